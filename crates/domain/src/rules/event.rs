//! The part of the rules that an event keeps from its opening on.

use crate::rules::{AtCounting, LateArrivals, ProxyHolders, Rules, TieRules};

/// What an event keeps of the rules it was opened under. A change of the rules changes nothing for it.
///
/// A draft has the defaults: nothing is settled for it yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventRules {
    /// The version of the organization's rules; `None` for a draft, and for what was opened before
    /// versions were kept.
    pub version: Option<u32>,
    /// What a quorum missed at the count does.
    pub at_counting: AtCounting,
    /// What becomes of those who come while voting is open.
    pub late_arrivals: LateArrivals,
    /// Whether a cast vote may be changed while voting is open.
    pub may_change_votes: bool,
    /// Who may cast another's vote.
    pub proxy_holders: ProxyHolders,
    /// Whether a person may give parts of their weight to several responses.
    pub may_split_weights: bool,
    /// What happens when votes are equal.
    pub ties: TieRules,
    /// Whether it was opened although the quorum was missed.
    pub opened_without_quorum: bool,
    /// The sum of the weights of all members with a vote when it opened, entitled on this event or not;
    /// `None` for a draft, and for what was opened before it was kept.
    pub members: Option<u64>,
}

impl EventRules {
    /// What an event that opens now keeps.
    pub const fn of(rules: &Rules) -> Self {
        Self {
            version: Some(rules.version),
            at_counting: rules.quorum_missed.at_counting,
            late_arrivals: rules.late_arrivals,
            may_change_votes: rules.votes.may_be_changed,
            proxy_holders: rules.proxies.holders,
            may_split_weights: rules.weights.split,
            ties: rules.ties,
            opened_without_quorum: false,
            members: None,
        }
    }
}
