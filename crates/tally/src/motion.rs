//! Motions: in favour, against, abstaining, and the majority a proposal needs.

use crate::Fraction;

/// How the votes in favour are held against the threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// Strictly more than the fraction, as in "more than half".
    MoreThan,
    /// The fraction itself is enough, as in "at least two thirds".
    AtLeast,
}

/// Of what the threshold is a fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Base {
    /// Every vote cast, abstentions among them.
    VotesCast,
    /// Votes in favour and against; who abstains does not count.
    VotesCastWithoutAbstentions,
    /// Everyone entitled and present when voting opened or later.
    Present,
    /// Everyone on the electoral roll.
    Entitled,
    /// Every member with a vote, on the electoral roll or not.
    AllMembers,
}

/// The majority a motion needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Majority {
    /// The fraction of the base, in [0, 1].
    pub threshold: Fraction,
    /// Strictly more, or at least.
    pub comparison: Comparison,
    /// What the fraction is taken of.
    pub base: Base,
}

impl Majority {
    /// More than half of the votes cast, abstentions not counted.
    pub const SIMPLE: Self = Self {
        threshold: Fraction::ONE_HALF,
        comparison: Comparison::MoreThan,
        base: Base::VotesCastWithoutAbstentions,
    };

    /// The comparison meant when nobody says which: "more than" up to one half, "at least" above it.
    pub fn usual_comparison(threshold: Fraction) -> Comparison {
        if threshold <= Fraction::ONE_HALF { Comparison::MoreThan } else { Comparison::AtLeast }
    }
}

/// What was counted, each as a sum of vote weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MotionFigures {
    /// In favour.
    pub in_favour: u64,
    /// Against.
    pub against: u64,
    /// Abstaining.
    pub abstaining: u64,
    /// Weight of the entitled people who were present.
    pub present: u64,
    /// Weight of everyone on the roll.
    pub entitled: u64,
    /// Weight of every member with a vote, on the roll or not.
    pub members: u64,
}

/// A counted motion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MotionCount {
    /// The figures it rests on.
    pub figures: MotionFigures,
    /// The majority that was asked for.
    pub majority: Majority,
    /// The number the threshold is a fraction of.
    pub base_count: u64,
    /// How many votes in favour were needed; never less than one.
    pub needed: u64,
    /// Whether the motion is adopted.
    pub adopted: bool,
}

/// Counts a motion.
///
/// A motion nobody voted for is never adopted, whatever the threshold: at least one vote in
/// favour is needed. An equal vote does not carry under "more than half".
pub fn count(majority: Majority, figures: MotionFigures) -> MotionCount {
    let base_count = match majority.base {
        Base::VotesCast => {
            figures.in_favour.saturating_add(figures.against).saturating_add(figures.abstaining)
        }
        Base::VotesCastWithoutAbstentions => figures.in_favour.saturating_add(figures.against),
        Base::Present => figures.present,
        Base::Entitled => figures.entitled,
        Base::AllMembers => figures.members,
    };
    let needed = match majority.comparison {
        Comparison::MoreThan => majority.threshold.of_exceeded(base_count),
        Comparison::AtLeast => majority.threshold.of_rounded_up(base_count),
    }
    .max(1);
    MotionCount { figures, majority, base_count, needed, adopted: figures.in_favour >= needed }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(in_favour: u64, against: u64, abstaining: u64) -> MotionFigures {
        MotionFigures { in_favour, against, abstaining, present: 50, entitled: 60, members: 80 }
    }

    fn majority(threshold: Fraction, comparison: Comparison, base: Base) -> Majority {
        Majority { threshold, comparison, base }
    }

    #[test]
    fn a_simple_majority_is_more_than_half_without_abstentions() {
        for (yes, no, abstain, adopted) in
            [(21, 20, 9, true), (20, 20, 0, false), (1, 0, 49, true), (0, 0, 50, false), (0, 0, 0, false)]
        {
            assert_eq!(
                count(Majority::SIMPLE, figures(yes, no, abstain)).adopted,
                adopted,
                "{yes}-{no}-{abstain}"
            );
        }
    }

    #[test]
    fn two_thirds_is_met_exactly_at_the_edge() {
        let rule = majority(Fraction::TWO_THIRDS, Comparison::AtLeast, Base::VotesCastWithoutAbstentions);
        let met = count(rule, figures(20, 10, 5));
        assert!(met.adopted);
        assert_eq!((met.base_count, met.needed), (30, 20));
        assert!(!count(rule, figures(26, 14, 0)).adopted, "26 of 40 is below two thirds: 27 are needed");
        assert!(count(rule, figures(27, 13, 0)).adopted);
    }

    #[test]
    fn the_base_decides_what_an_abstention_does() {
        let of = |base| count(majority(Fraction::ONE_HALF, Comparison::MoreThan, base), figures(20, 15, 10));
        assert!(of(Base::VotesCastWithoutAbstentions).adopted);
        assert!(!of(Base::VotesCast).adopted, "20 of 45 is less than half");
        assert_eq!(of(Base::Present).base_count, 50);
        assert_eq!(of(Base::Entitled).base_count, 60);
        assert_eq!(of(Base::AllMembers).base_count, 80);
    }

    #[test]
    fn unanimity_can_be_reached() {
        let rule = majority(Fraction::ONE, Comparison::AtLeast, Base::VotesCastWithoutAbstentions);
        assert!(count(rule, figures(30, 0, 4)).adopted);
        assert!(!count(rule, figures(30, 1, 4)).adopted);
    }

    #[test]
    fn nobody_in_favour_never_adopts() {
        let rule = majority(Fraction::ZERO, Comparison::AtLeast, Base::Entitled);
        assert!(!count(rule, figures(0, 0, 0)).adopted);
    }
}
