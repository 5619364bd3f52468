//! How many must be there for a decision.

use plenum_tally::Fraction;

/// Whom a quorum counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QuorumOf {
    /// So many of the entitled people must be present or represented.
    Entitled,
    /// So many of the people present or represented must vote. It can be missed at the count only.
    Present,
}

/// How many entitled people must be present for a decision to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuorumRule {
    /// Any number.
    None,
    /// At least so many people.
    Count(u32),
    /// At least this share of the entitled members; "more than" when `strictly` is set.
    Fraction {
        /// The share, in [0, 1].
        share: Fraction,
        /// Whether exactly the share is too few.
        strictly: bool,
    },
    /// At least this share of the people present or represented must have cast a vote, abstentions
    /// among them; "more than" when `strictly` is set.
    FractionOfPresent {
        /// The share, in [0, 1].
        share: Fraction,
        /// Whether exactly the share is too few.
        strictly: bool,
    },
}

fn of(share: Fraction, strictly: bool, people: u64) -> u64 {
    if strictly { share.of_exceeded(people) } else { share.of_rounded_up(people) }
}

impl QuorumRule {
    /// Whom it counts: those present, or those who vote.
    pub const fn counts(self) -> QuorumOf {
        match self {
            Self::None | Self::Count(_) | Self::Fraction { .. } => QuorumOf::Entitled,
            Self::FractionOfPresent { .. } => QuorumOf::Present,
        }
    }

    /// How many must be present when `entitled` people are entitled. A quorum of those who vote asks
    /// for nobody's presence.
    pub fn required(self, entitled: u64) -> u64 {
        match self {
            Self::None | Self::FractionOfPresent { .. } => 0,
            Self::Count(count) => u64::from(count),
            Self::Fraction { share, strictly } => of(share, strictly, entitled),
        }
    }

    /// How many must have voted when `present` people are present or represented.
    pub fn votes_required(self, present: u64) -> u64 {
        match self {
            Self::FractionOfPresent { share, strictly } => of(share, strictly, present),
            Self::None | Self::Count(_) | Self::Fraction { .. } => 0,
        }
    }
}

/// What happens when a vote is opened and too few people are there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AtOpening {
    /// It cannot be opened.
    #[default]
    Refuse,
    /// It opens, and the answer and the record say that the quorum was missed.
    Warn,
    /// It is not looked at.
    Ignore,
}

/// What happens when a vote is counted and too few people took part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AtCounting {
    /// Nothing is decided: the outcome is `no_quorum`.
    #[default]
    NoDecision,
    /// The decision stands, and the result says that the quorum was missed.
    Warn,
    /// It is not looked at.
    Ignore,
}

/// When the quorum is looked at, and what happens when it is missed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QuorumRules {
    /// When a vote is opened.
    pub at_opening: AtOpening,
    /// When it is counted.
    pub at_counting: AtCounting,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quorum_is_exact_at_its_edge() {
        let half = QuorumRule::Fraction { share: Fraction::ONE_HALF, strictly: false };
        let more = QuorumRule::Fraction { share: Fraction::ONE_HALF, strictly: true };
        for (entitled, at_least, more_than) in [(0, 0, 1), (1, 1, 1), (24, 12, 13), (25, 13, 13)] {
            assert_eq!(half.required(entitled), at_least, "half of {entitled}");
            assert_eq!(more.required(entitled), more_than, "more than half of {entitled}");
        }
        assert_eq!(QuorumRule::Count(7).required(3), 7);
        assert_eq!(QuorumRule::None.required(99), 0);
    }

    #[test]
    fn a_quorum_of_those_present_asks_for_votes() {
        let rule = QuorumRule::FractionOfPresent { share: Fraction::TWO_THIRDS, strictly: false };
        assert_eq!((rule.required(30), rule.votes_required(30)), (0, 20));
        assert_eq!(QuorumRule::Count(7).votes_required(30), 0);
    }
}
