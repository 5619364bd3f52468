use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_domain::rules::{ElectionRules, Eligible, Nominators};
use plenum_domain::text::OptionLabel;
use serde::{Deserialize, Serialize};

use super::{choose, word};

/// How elections are prepared, and what stands on their ballots besides the candidates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ElectionRulesData {
    /// Who may nominate somebody for an office: `voting_members` (default), `members`, `participants` of the
    /// session, or only the `chair`, who may in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nominators: Option<String>,
    /// Whether people may nominate themselves; default true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oneself: Option<bool>,
    /// Who may stand: `voting_members` (default), `members`, or `anyone` who is a member or was in the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eligible: Option<String>,
    /// What the option to open nominations again is called that stands on the ballot of every election but those of
    /// lists, such as `Re-open nominations`; empty (default): there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reopen_nominations: Option<String>,
    /// What the option for none of those who stand is called, such as `None of the above`; empty (default): there is
    /// none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub none_of_the_above: Option<String>,
}

const NOMINATORS: [(Nominators, &str); 4] = [
    (Nominators::VotingMembers, "voting_members"),
    (Nominators::Members, "members"),
    (Nominators::Participants, "participants"),
    (Nominators::Chair, "chair"),
];
const ELIGIBLE: [(Eligible, &str); 3] = [
    (Eligible::VotingMembers, "voting_members"),
    (Eligible::Members, "members"),
    (Eligible::Anyone, "anyone"),
];

/// What an option is called, or the present name where nothing is said; nothing where the text is empty.
#[expect(clippy::option_option, reason = "wrong, none and some are three things")]
fn label(
    checks: &mut FieldChecks,
    field: &str,
    text: Option<&str>,
    present: Option<&OptionLabel>,
) -> Option<Option<OptionLabel>> {
    match text {
        None => Some(present.cloned()),
        Some("") => Some(None),
        Some(text) => checks.take(field, OptionLabel::parse(text)).map(Some),
    }
}

impl ElectionRulesData {
    pub(super) fn of(rules: &ElectionRules) -> Self {
        let label =
            |label: &Option<OptionLabel>| Some(label.as_ref().map_or_else(String::new, ToString::to_string));
        Self {
            nominators: Some(word(&NOMINATORS, rules.nominators)),
            oneself: Some(rules.oneself),
            eligible: Some(word(&ELIGIBLE, rules.eligible)),
            reopen_nominations: label(&rules.reopen_nominations),
            none_of_the_above: label(&rules.none_of_the_above),
        }
    }

    pub(super) fn over(&self, rules: &ElectionRules) -> Result<ElectionRules, FieldErrors> {
        let mut checks = FieldChecks::new();
        let nominators =
            choose(&mut checks, "nominators", &NOMINATORS, self.nominators.as_deref(), rules.nominators);
        let eligible = choose(&mut checks, "eligible", &ELIGIBLE, self.eligible.as_deref(), rules.eligible);
        let reopen = label(
            &mut checks,
            "reopen_nominations",
            self.reopen_nominations.as_deref(),
            rules.reopen_nominations.as_ref(),
        );
        let none = label(
            &mut checks,
            "none_of_the_above",
            self.none_of_the_above.as_deref(),
            rules.none_of_the_above.as_ref(),
        );
        if let (Some(Some(reopen)), Some(Some(none))) = (&reopen, &none)
            && reopen.as_str().to_lowercase() == none.as_str().to_lowercase()
        {
            checks
                .fail("none_of_the_above", "is called the same as reopen_nominations; they mean two things");
        }
        let built = (|| {
            Some(ElectionRules {
                nominators: nominators?,
                oneself: self.oneself.unwrap_or(rules.oneself),
                eligible: eligible?,
                reopen_nominations: reopen?,
                none_of_the_above: none?,
            })
        })();
        checks.finish(built)
    }
}
