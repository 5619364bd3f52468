//! `organization.data.rules`: the bylaws an organization votes by.
//!
//! Reading takes a document over the rules there are: what it does not name stays. So documents written
//! before a setting existed take that setting's default.

mod attendance;
mod elections;
mod motion;
mod proxies;
mod quorum;
mod voters;
mod votes;

pub use attendance::{AttendanceRulesData, PresenceCheckData};
pub use elections::ElectionRulesData;
pub use motion::MotionRulesData;
pub use proxies::ProxyRulesData;
pub use quorum::QuorumData;
pub use voters::VotersData;
pub use votes::{DurationsData, EventRulesData, QuickVoteData, TieRulesData, VoteRulesData, WeightRulesData};

use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_domain::rules::{Joining, LateArrivals, People, Rules};
use serde::{Deserialize, Serialize};

/// The bylaws an organization votes by. In a change, what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct RulesData {
    /// Which version of the rules this is, counted from 1. Read only: a change that names a version is
    /// refused unless it is the present one, so that two people cannot overwrite each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// Who may enter a session with its code: `members` (default), the people on `attendance.list`
    /// (`list`), or `anyone` who is signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joining: Option<String>,
    /// How people are let in, and how presence is checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attendance: Option<AttendanceRulesData>,
    /// How many must be present or represented for a decision, and what happens when they are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quorum: Option<QuorumData>,
    /// Who may vote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voters: Option<VotersData>,
    /// What becomes of an entitled person who comes while voting is open: they vote at once (`join`,
    /// default) or from the next event on (`wait`). A vote that was cast stays when its voter leaves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_arrivals: Option<String>,
    /// Voting for someone else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxies: Option<ProxyRulesData>,
    /// The majority of a motion that does not say its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub motion: Option<MotionRulesData>,
    /// How much a vote counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<WeightRulesData>,
    /// What can be done with a cast vote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub votes: Option<VoteRulesData>,
    /// What happens when votes are equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ties: Option<TieRulesData>,
    /// How elections are prepared, and what stands on their ballots besides the candidates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elections: Option<ElectionRulesData>,
    /// How long voting lasts when neither the event nor the chair says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub durations: Option<DurationsData>,
    /// Up to ten votes that can be put with one call. A list that is given replaces the whole list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quick_votes: Option<Vec<QuickVoteData>>,
}

const JOINING: [(Joining, &str); 3] =
    [(Joining::Members, "members"), (Joining::List, "list"), (Joining::Anyone, "anyone")];
const LATE: [(LateArrivals, &str); 2] = [(LateArrivals::Join, "join"), (LateArrivals::Wait, "wait")];

fn word<T: Copy + PartialEq>(table: &[(T, &'static str)], value: T) -> String {
    table.iter().find(|(known, _)| *known == value).map(|(_, word)| (*word).to_owned()).unwrap_or_default()
}

fn value<T: Copy>(table: &[(T, &'static str)], text: &str) -> Result<T, String> {
    let words = || table.iter().map(|(_, word)| *word).collect::<Vec<_>>().join(", ");
    let found = table.iter().find(|(_, word)| *word == text).map(|(value, _)| *value);
    found.ok_or_else(|| format!("must be one of: {}", words()))
}

/// The value that a word names, or the present one where nothing is said.
fn choose<T: Copy>(
    checks: &mut FieldChecks,
    field: &str,
    table: &[(T, &'static str)],
    text: Option<&str>,
    present: T,
) -> Option<T> {
    match text {
        Some(text) => checks.take(field, value(table, text)),
        None => Some(present),
    }
}

/// The people with these ids, or those there are where nothing is said.
fn people(
    checks: &mut FieldChecks,
    field: &str,
    ids: Option<&[i32]>,
    present: impl FnOnce() -> People,
) -> Option<People> {
    match ids {
        Some(ids) => {
            let ids = ids.iter().map(|id| plenum_domain::id::UserId::new(*id));
            checks.take(field, People::new(ids))
        }
        None => Some(present()),
    }
}

fn ids(people: &People) -> Vec<i32> {
    people.iter().map(plenum_domain::id::UserId::get).collect()
}

impl RulesData {
    /// Writes the canonical document.
    pub fn of(rules: &Rules) -> Self {
        Self {
            version: Some(rules.version),
            joining: Some(word(&JOINING, rules.joining)),
            attendance: Some(AttendanceRulesData::of(&rules.attendance)),
            quorum: Some(QuorumData::with(rules.quorum, rules.quorum_missed)),
            voters: Some(VotersData::of(&rules.voters)),
            late_arrivals: Some(word(&LATE, rules.late_arrivals)),
            proxies: Some(ProxyRulesData::of(&rules.proxies)),
            motion: Some(MotionRulesData::of(&rules.motion_majority)),
            weights: Some(WeightRulesData::of(rules.weights)),
            votes: Some(VoteRulesData::of(rules.votes)),
            ties: Some(TieRulesData::of(rules.ties)),
            elections: Some(ElectionRulesData::of(&rules.elections)),
            durations: Some(DurationsData::of(rules.durations)),
            quick_votes: Some(rules.quick_votes.as_slice().iter().map(QuickVoteData::of).collect()),
        }
    }

    /// Reads over what there is now. A version that is named is taken over; whether it may be named is
    /// for the caller to say.
    ///
    /// # Errors
    /// [`FieldErrors`] naming everything that is wrong.
    pub fn over(&self, rules: &Rules) -> Result<Rules, FieldErrors> {
        let mut checks = FieldChecks::new();
        let joining = choose(&mut checks, "joining", &JOINING, self.joining.as_deref(), rules.joining);
        let attendance = match &self.attendance {
            Some(document) => checks.nest("attendance", document.over(&rules.attendance)),
            None => Some(rules.attendance.clone()),
        };
        let quorum = match &self.quorum {
            Some(document) => checks.nest("quorum", document.over(rules.quorum_missed)),
            None => Some((rules.quorum, rules.quorum_missed)),
        };
        let voters = match &self.voters {
            Some(document) => checks.nest("voters", document.read()),
            None => Some(rules.voters.clone()),
        };
        let late =
            choose(&mut checks, "late_arrivals", &LATE, self.late_arrivals.as_deref(), rules.late_arrivals);
        let proxies = match &self.proxies {
            Some(document) => checks.nest("proxies", document.over(rules.proxies)),
            None => Some(rules.proxies),
        };
        let majority = match &self.motion {
            Some(document) => checks.nest("motion", document.over(rules.motion_majority)),
            None => Some(rules.motion_majority),
        };
        let weights = self.weights.map_or(rules.weights, |document| document.over(rules.weights));
        let casting = self.votes.map_or(rules.votes, |document| document.over(rules.votes));
        let ties = match &self.ties {
            Some(document) => checks.nest("ties", document.over(rules.ties)),
            None => Some(rules.ties),
        };
        let elections = match &self.elections {
            Some(document) => checks.nest("elections", document.over(&rules.elections)),
            None => Some(rules.elections.clone()),
        };
        let durations = match &self.durations {
            Some(document) => checks.nest("durations", document.over(rules.durations)),
            None => Some(rules.durations),
        };
        let quick_votes = match &self.quick_votes {
            Some(documents) => {
                let majority = majority.unwrap_or(rules.motion_majority);
                checks.nest("quick_votes", votes::read_quick_votes(documents, majority))
            }
            None => Some(rules.quick_votes.clone()),
        };
        let built = (|| {
            let (quorum, quorum_missed) = quorum?;
            Some(Rules {
                version: self.version.unwrap_or(rules.version),
                joining: joining?,
                attendance: attendance?,
                quorum,
                quorum_missed,
                voters: voters?,
                late_arrivals: late?,
                proxies: proxies?,
                motion_majority: majority?,
                weights,
                votes: casting,
                ties: ties?,
                elections: elections?,
                durations: durations?,
                quick_votes: quick_votes?,
            })
        })();
        checks.finish(built)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Rules, String> {
        let data: RulesData = serde_json::from_str(json).map_err(|error| error.to_string())?;
        data.over(&Rules::default()).map_err(|errors| errors.to_string())
    }

    #[test]
    fn a_document_from_before_the_settings_keeps_reading() {
        let old = r#"{
            "joining": "anyone", "quorum": {"fraction": 0.5, "comparison": "more_than"},
            "proxies": {"allowed": true, "max_per_holder": 2, "holders": "members"},
            "motion": {"threshold": "2/3", "comparison": "at_least", "base": "present"}
        }"#;
        let rules = read(old).expect("it reads");
        assert_eq!(rules.proxies.max_per_holder, 2);
        let usual = Rules::default();
        let settled = Rules {
            joining: rules.joining,
            quorum: rules.quorum,
            proxies: rules.proxies,
            motion_majority: rules.motion_majority,
            ..usual
        };
        assert_eq!(rules, settled, "everything else has its default");
    }

    #[test]
    fn what_is_written_reads_the_same() {
        let json = r#"{
            "version": 4, "joining": "list",
            "attendance": {"admission": "host", "list": [9, 3, 9],
                           "checks": {"seconds": 30, "sets_absent": true}},
            "quorum": {"fraction": "1/3", "of": "present", "at_opening": "ignore", "at_counting": "warn"},
            "voters": {"users": [5, 4]}, "late_arrivals": "wait",
            "proxies": {"per_event": false, "holder_present": true, "principal_absent": true,
                        "confirmation": "holder", "until": "first_vote", "reason_required": true},
            "motion": {"threshold": "3/4", "abstentions_count": true},
            "weights": {"used": true, "split": true}, "votes": {"may_be_changed": true},
            "ties": {"motion": "chair", "election": "lot"},
            "elections": {"nominators": "participants", "oneself": false, "eligible": "members",
                          "reopen_nominations": "Re-open nominations", "none_of_the_above": "None"},
            "durations": {"motion": 120, "election": 600, "quick_vote": 45},
            "quick_votes": [
                {"name": "Show of hands",
                 "data": {"duration": 20, "vote_options": ["aye", "nay"], "visibility": {"participants": "live"}}},
                {"name": "Colour", "event_type": "election", "data": {"vote_options": ["red", "blue"]}}
            ]
        }"#;
        let rules = read(json).expect("it reads");
        assert_eq!((rules.version, rules.attendance.list.len()), (4, 2));
        let written = serde_json::to_string(&RulesData::of(&rules)).expect("it is written");
        assert_eq!(read(&written), Ok(rules));
        let usual = serde_json::to_string(&RulesData::of(&Rules::default())).expect("it is written");
        assert_eq!(read(&usual), Ok(Rules::default()));
    }

    #[test]
    fn who_may_vote_reads_as_it_is_written() {
        for json in [
            "{}",
            r#"{"committee":3}"#,
            r#"{"committee":3,"with_parts":true}"#,
            r#"{"role":"voting_member"}"#,
            r#"{"users":[4,5]}"#,
        ] {
            let rules = read(&format!(r#"{{"voters": {json}}}"#)).expect(json);
            let written = serde_json::to_string(&VotersData::of(&rules.voters)).expect("it is written");
            assert_eq!(written, json);
        }
    }

    #[test]
    fn every_mistake_is_named() {
        for (json, said) in [
            (r#"{"late_arrivals": "never"}"#, "late_arrivals: must be one of: join, wait"),
            (r#"{"ties": {"election": "coin"}}"#, "ties.election: must be one of: refuse, lot, chair"),
            (
                r#"{"elections": {"nominators": "owners"}}"#,
                "elections.nominators: must be one of: voting_members, members, participants, chair",
            ),
            (
                r#"{"elections": {"reopen_nominations": "None", "none_of_the_above": "none"}}"#,
                "elections.none_of_the_above: is called the same as reopen_nominations",
            ),
            (r#"{"durations": {"motion": 4}}"#, "durations.motion: must be a whole number of seconds"),
            (
                r#"{"quorum": {"count": 4, "of": "present"}}"#,
                "quorum: takes either a count, or a fraction with a comparison",
            ),
            (
                r#"{"voters": {"users": [1], "committee": 2}}"#,
                "voters: names either a committee, a role or users",
            ),
            (r#"{"voters": {"role": "observer"}}"#, "voters.role: cannot be observer"),
            (r#"{"voters": {"role": "owner"}}"#, "voters.role: a role is one of admin"),
            (
                r#"{"voters": {"users": [1], "with_parts": true}}"#,
                "voters.with_parts: belongs to a committee",
            ),
            (
                r#"{"motion": {"base": "votes_cast", "abstentions_count": false}}"#,
                "motion.abstentions_count: does not go with the base",
            ),
            (
                r#"{"quick_votes": [{"name": "x", "event_type": "election"}]}"#,
                "quick_votes[0].data.vote_options: is required for an election",
            ),
            (r#"{"quick_votes": [{"name": ""}]}"#, "quick_votes[0].name: may not be empty"),
        ] {
            let errors = read(json).expect_err(json);
            assert!(errors.starts_with(said), "{json}: {errors}");
        }
    }
}
