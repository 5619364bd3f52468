use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_domain::rules::{Confirmation, GiveUntil, ProxyHolders, ProxyRules};
use serde::{Deserialize, Serialize};

use super::{choose, word};

/// Rules on voting for someone else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ProxyRulesData {
    /// Whether there are proxies at all; default true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<bool>,
    /// Whether a proxy may be for one event only, rather than for the whole session; default true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_event: Option<bool>,
    /// How many votes of others one person may hold in a session; default 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_per_holder: Option<u32>,
    /// Who may hold them: `voting_members` (default), `members` or `anyone`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holders: Option<String>,
    /// Whether the holder must be in the session when the proxy is given; default false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder_present: Option<bool>,
    /// Whether the person represented must be out of the session when it is given; default false. While
    /// that person is in, a proxy rests in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal_absent: Option<bool>,
    /// Who agrees before it can be used: `nobody` (default), the `chair` or the `holder`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmation: Option<String>,
    /// Until when it can be given: `any_time` (default) while the session runs, `between_votes` (not
    /// while a vote is open), or `first_vote` (not once the first vote of the session was opened).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Whether a reason must be written down; default false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason_required: Option<bool>,
}

pub(super) const HOLDERS: [(ProxyHolders, &str); 3] = [
    (ProxyHolders::VotingMembers, "voting_members"),
    (ProxyHolders::Members, "members"),
    (ProxyHolders::Anyone, "anyone"),
];
const CONFIRMATION: [(Confirmation, &str); 3] =
    [(Confirmation::Nobody, "nobody"), (Confirmation::Chair, "chair"), (Confirmation::Holder, "holder")];
const UNTIL: [(GiveUntil, &str); 3] = [
    (GiveUntil::AnyTime, "any_time"),
    (GiveUntil::BetweenVotes, "between_votes"),
    (GiveUntil::FirstVote, "first_vote"),
];

impl ProxyRulesData {
    pub(super) fn of(rules: &ProxyRules) -> Self {
        Self {
            allowed: Some(rules.allowed),
            per_event: Some(rules.per_event),
            max_per_holder: Some(rules.max_per_holder),
            holders: Some(word(&HOLDERS, rules.holders)),
            holder_present: Some(rules.holder_present),
            principal_absent: Some(rules.principal_absent),
            confirmation: Some(word(&CONFIRMATION, rules.confirmation)),
            until: Some(word(&UNTIL, rules.until)),
            reason_required: Some(rules.reason_required),
        }
    }

    pub(super) fn over(&self, rules: ProxyRules) -> Result<ProxyRules, FieldErrors> {
        let mut checks = FieldChecks::new();
        let holders = choose(&mut checks, "holders", &HOLDERS, self.holders.as_deref(), rules.holders);
        let confirmation = choose(
            &mut checks,
            "confirmation",
            &CONFIRMATION,
            self.confirmation.as_deref(),
            rules.confirmation,
        );
        let until = choose(&mut checks, "until", &UNTIL, self.until.as_deref(), rules.until);
        let built = holders.zip(confirmation).zip(until).map(|((holders, confirmation), until)| ProxyRules {
            allowed: self.allowed.unwrap_or(rules.allowed),
            per_event: self.per_event.unwrap_or(rules.per_event),
            max_per_holder: self.max_per_holder.unwrap_or(rules.max_per_holder),
            holders,
            holder_present: self.holder_present.unwrap_or(rules.holder_present),
            principal_absent: self.principal_absent.unwrap_or(rules.principal_absent),
            confirmation,
            until,
            reason_required: self.reason_required.unwrap_or(rules.reason_required),
        });
        checks.finish(built)
    }
}
