//! The bylaws an organization votes by.
//!
//! [`Rules`] is everything an organization can settle for itself; it has versions, each written once, and
//! an event keeps the part that bears on it ([`EventRules`]) from the moment it opens. Every setting has a
//! default, and the defaults together suit a student senate. [`describe`] says them in words.

mod attendance;
mod elections;
mod event;
mod proxies;
mod quorum;
mod voters;
mod votes;
mod words;

pub use attendance::{Admission, AttendanceRules, Joining, PresenceChecks};
pub use elections::{ElectionRules, Eligible, Ineligible, Nominators};
pub use event::EventRules;
pub use proxies::{Confirmation, GiveUntil, ProxyHolders, ProxyRules};
pub use quorum::{AtCounting, AtOpening, QuorumOf, QuorumRule, QuorumRules};
pub use voters::{Electorate, LateArrivals, People, PeopleError, Voters};
pub use votes::{
    Durations, ElectionTie, MotionTie, Preset, Presets, PresetsError, Seconds, SecondsError, TieRules,
    VoteRules, WeightRules,
};
pub use words::{Statement, describe};

use plenum_tally::motion::Majority;

use crate::Moment;
use crate::id::{OrganizationId, UserId};

/// The bylaws an organization votes by.
///
/// The defaults suit a student senate: members join, no quorum is enforced until one is set, one
/// proxy a person among voting members, a motion needs more than half of the votes cast without abstentions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Which version of the organization's rules this is; the one it was founded with is 1.
    pub version: u32,
    /// Who may enter a sitting.
    pub joining: Joining,
    /// How people are let in, and how presence is checked.
    pub attendance: AttendanceRules,
    /// How many must be there.
    pub quorum: QuorumRule,
    /// When that is looked at, and what happens when they are missing.
    pub quorum_missed: QuorumRules,
    /// Whose vote it is.
    pub voters: Voters,
    /// What becomes of those who come while voting is open.
    pub late_arrivals: LateArrivals,
    /// Voting for someone else.
    pub proxies: ProxyRules,
    /// The majority of a motion that does not say its own.
    pub motion_majority: Majority,
    /// How much a vote counts.
    pub weights: WeightRules,
    /// What can be done with a cast vote.
    pub votes: VoteRules,
    /// What happens when votes are equal.
    pub ties: TieRules,
    /// How elections are prepared.
    pub elections: ElectionRules,
    /// How long voting lasts when nobody says.
    pub durations: Durations,
    /// Votes that can be put with one call.
    pub quick_votes: Presets,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            version: 1,
            joining: Joining::Members,
            attendance: AttendanceRules::default(),
            quorum: QuorumRule::None,
            quorum_missed: QuorumRules::default(),
            voters: Voters::Members,
            late_arrivals: LateArrivals::Join,
            proxies: ProxyRules::default(),
            motion_majority: Majority::SIMPLE,
            weights: WeightRules::default(),
            votes: VoteRules::default(),
            ties: TieRules::default(),
            elections: ElectionRules::default(),
            durations: Durations::default(),
            quick_votes: Presets::usual(),
        }
    }
}

/// A version of an organization's rules, with who adopted it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adopted {
    /// Whose rules.
    pub organization_id: OrganizationId,
    /// The rules, with the number of the version.
    pub rules: Rules,
    /// Since when they hold.
    pub adopted_at: Moment,
    /// Who put them into force; `None` for rules from before versions were kept.
    pub adopted_by_user_id: Option<UserId>,
}

impl Rules {
    /// Whether they say something else than `other`, whatever the versions are.
    pub fn differ_from(&self, other: &Self) -> bool {
        Self { version: other.version, ..self.clone() } != *other
    }
}
