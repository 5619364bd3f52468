use plenum_domain::count::Majority;
use plenum_domain::event::EventType;
use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_domain::rules::{
    Durations, ElectionTie, EventRules, MotionTie, Preset, Presets, Seconds, TieRules, VoteRules, WeightRules,
};
use plenum_domain::text::Title;
use serde::{Deserialize, Serialize};

use super::proxies::HOLDERS;
use super::quorum::AT_COUNTING;
use super::{LATE, choose, word};
use crate::documents::EventData;

/// How much a vote counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct WeightRulesData {
    /// Whether the members' vote weights are used; otherwise everyone counts one. Default true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<bool>,
    /// Whether a person may give parts of their weight to several responses, never in a secret vote;
    /// default false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<bool>,
}

/// What can be done with a cast vote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct VoteRulesData {
    /// Whether a cast vote may be changed while voting is open; default false. The audit log shows that it
    /// was changed, never what it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub may_be_changed: Option<bool>,
}

/// What happens when votes are equal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct TieRulesData {
    /// Equal votes on a motion: it is lost (`rejected`, default), or the result waits for the casting vote
    /// of the `chair`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub motion: Option<String>,
    /// Equal votes for the last seat of an election: nobody of the equal ones is elected (`refuse`,
    /// default), the `lot` decides, or the result waits for the `chair`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub election: Option<String>,
}

/// How many seconds voting lasts when neither the event nor the chair says, from 5 to 2592000; 0 or left
/// out: until the chair closes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DurationsData {
    /// A motion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub motion: Option<u32>,
    /// An election.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub election: Option<u32>,
    /// A quick vote that does not have its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quick_vote: Option<u32>,
}

/// A vote that can be put with one call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct QuickVoteData {
    /// What the preset is called, and the event when nobody names it; unique in the list.
    pub name: String,
    /// `motion` (default) or `election`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_type: Option<String>,
    /// What is put to the vote and how, as for any event. Without a `duration` in it,
    /// `durations.quick_vote` says how long voting lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<EventData>,
}

/// What an event keeps of the rules it was opened under.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct EventRulesData {
    /// The version of the organization's rules; null for what was opened before versions were kept.
    #[serde(default)]
    pub version: Option<u32>,
    /// What a quorum missed at the count does: `no_quorum`, `warn` or `ignore`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_counting: Option<String>,
    /// `join` or `wait`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_arrivals: Option<String>,
    /// Whether a cast vote may be changed while voting is open.
    #[serde(default)]
    pub may_change_votes: bool,
    /// Who may cast another's vote: `voting_members`, `members` or `anyone`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy_holders: Option<String>,
    /// Whether parts of a weight may be given to several responses.
    #[serde(default)]
    pub may_split_weights: bool,
    /// What happens when votes are equal.
    #[serde(default)]
    pub ties: TieRulesData,
    /// Whether it was opened although the quorum was missed.
    #[serde(default)]
    pub opened_without_quorum: bool,
    /// The sum of the vote weights of all members with a vote when it opened, entitled on it or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members: Option<u64>,
}

const MOTION: [(MotionTie, &str); 2] = [(MotionTie::Rejected, "rejected"), (MotionTie::Chair, "chair")];
const ELECTION: [(ElectionTie, &str); 3] =
    [(ElectionTie::Refuse, "refuse"), (ElectionTie::Lot, "lot"), (ElectionTie::Chair, "chair")];

impl WeightRulesData {
    pub(super) const fn of(rules: WeightRules) -> Self {
        Self { used: Some(rules.used), split: Some(rules.split) }
    }

    pub(super) fn over(self, rules: WeightRules) -> WeightRules {
        WeightRules { used: self.used.unwrap_or(rules.used), split: self.split.unwrap_or(rules.split) }
    }
}

impl VoteRulesData {
    pub(super) const fn of(rules: VoteRules) -> Self {
        Self { may_be_changed: Some(rules.may_be_changed) }
    }

    pub(super) fn over(self, rules: VoteRules) -> VoteRules {
        VoteRules { may_be_changed: self.may_be_changed.unwrap_or(rules.may_be_changed) }
    }
}

impl TieRulesData {
    pub(super) fn of(rules: TieRules) -> Self {
        Self { motion: Some(word(&MOTION, rules.motion)), election: Some(word(&ELECTION, rules.election)) }
    }

    pub(super) fn over(&self, rules: TieRules) -> Result<TieRules, FieldErrors> {
        let mut checks = FieldChecks::new();
        let motion = choose(&mut checks, "motion", &MOTION, self.motion.as_deref(), rules.motion);
        let election = choose(&mut checks, "election", &ELECTION, self.election.as_deref(), rules.election);
        checks.finish(motion.zip(election).map(|(motion, election)| TieRules { motion, election }))
    }
}

#[expect(clippy::option_option, reason = "wrong, none and some are three things")]
fn duration(
    checks: &mut FieldChecks,
    field: &str,
    said: Option<u32>,
    present: Option<Seconds>,
) -> Option<Option<Seconds>> {
    match said {
        None => Some(present),
        Some(0) => Some(None),
        Some(seconds) => checks.take(field, Seconds::new(seconds)).map(Some),
    }
}

impl DurationsData {
    pub(super) fn of(rules: Durations) -> Self {
        let seconds = |duration: Option<Seconds>| Some(duration.map_or(0, Seconds::get));
        Self {
            motion: seconds(rules.motion),
            election: seconds(rules.election),
            quick_vote: seconds(rules.quick_vote),
        }
    }

    pub(super) fn over(&self, rules: Durations) -> Result<Durations, FieldErrors> {
        let mut checks = FieldChecks::new();
        let motion = duration(&mut checks, "motion", self.motion, rules.motion);
        let election = duration(&mut checks, "election", self.election, rules.election);
        let quick_vote = duration(&mut checks, "quick_vote", self.quick_vote, rules.quick_vote);
        let built = motion.zip(election).zip(quick_vote).map(|((motion, election), quick_vote)| Durations {
            motion,
            election,
            quick_vote,
        });
        checks.finish(built)
    }
}

impl QuickVoteData {
    pub(super) fn of(preset: &Preset) -> Self {
        Self {
            name: preset.name.to_string(),
            event_type: Some(preset.terms.ballot.event_type().as_str().to_owned()),
            // A preset belongs to no sitting yet.
            data: Some(EventData {
                session_code: None,
                automatic_open: None,
                ..EventData::of(&preset.terms, "")
            }),
        }
    }

    fn read(&self, majority: Majority) -> Result<Preset, FieldErrors> {
        let mut checks = FieldChecks::new();
        let name = checks.take("name", Title::parse(&self.name));
        let event_type = match self.event_type.as_deref() {
            Some(text) => checks.take("event_type", text.parse::<EventType>()),
            None => Some(EventType::Motion),
        };
        let data = self.data.clone().unwrap_or_default();
        for (field, there) in [
            ("data.session_code", data.session_code.is_some()),
            ("data.rules", data.rules.is_some()),
            ("data.automatic_open", data.automatic_open == Some(true)),
        ] {
            if there {
                checks.fail(field, "does not belong to a preset; leave it out");
            }
        }
        let data = EventData { session_code: None, ..data };
        let terms =
            event_type.and_then(|event_type| checks.nest("data", data.read(event_type, "", majority)));
        checks.finish(name.zip(terms).map(|(name, terms)| Preset { name, terms }))
    }
}

pub(super) fn read_quick_votes(
    documents: &[QuickVoteData],
    majority: Majority,
) -> Result<Presets, FieldErrors> {
    let mut checks = FieldChecks::new();
    // All of them are looked at before any is missed, so that every mistake is told.
    let presets: Vec<Option<Preset>> = documents
        .iter()
        .take(Presets::MAX + 1)
        .enumerate()
        .map(|(at, document)| checks.nest(&format!("[{at}]"), document.read(majority)))
        .collect();
    let presets: Option<Vec<Preset>> = presets.into_iter().collect();
    let presets = presets.and_then(|presets| checks.take("", Presets::new(presets)));
    checks.finish(presets)
}

impl EventRulesData {
    /// Writes the canonical document.
    pub fn of(rules: &EventRules) -> Self {
        Self {
            version: rules.version,
            at_counting: Some(word(&AT_COUNTING, rules.at_counting)),
            late_arrivals: Some(word(&LATE, rules.late_arrivals)),
            may_change_votes: rules.may_change_votes,
            proxy_holders: Some(word(&HOLDERS, rules.proxy_holders)),
            may_split_weights: rules.may_split_weights,
            ties: TieRulesData::of(rules.ties),
            opened_without_quorum: rules.opened_without_quorum,
            members: rules.members,
        }
    }

    /// Reads what an event keeps; what the document does not say has its default.
    ///
    /// # Errors
    /// [`FieldErrors`] naming everything that is wrong.
    pub fn read(&self) -> Result<EventRules, FieldErrors> {
        let mut checks = FieldChecks::new();
        let usual = EventRules::default();
        let at_counting =
            choose(&mut checks, "at_counting", &AT_COUNTING, self.at_counting.as_deref(), usual.at_counting);
        let late =
            choose(&mut checks, "late_arrivals", &LATE, self.late_arrivals.as_deref(), usual.late_arrivals);
        let holders = choose(
            &mut checks,
            "proxy_holders",
            &HOLDERS,
            self.proxy_holders.as_deref(),
            usual.proxy_holders,
        );
        let ties = checks.nest("ties", self.ties.over(usual.ties));
        let built = at_counting.zip(late).zip(holders.zip(ties));
        let built = built.map(|((at_counting, late_arrivals), (proxy_holders, ties))| EventRules {
            version: self.version,
            at_counting,
            late_arrivals,
            may_change_votes: self.may_change_votes,
            proxy_holders,
            may_split_weights: self.may_split_weights,
            ties,
            opened_without_quorum: self.opened_without_quorum,
            members: self.members,
        });
        checks.finish(built)
    }
}
