//! Methods that read marks, approvals, scores or grades, and no order beyond the first.
//!
//! Where a method for one seat puts several candidates in front, the group `winners` of the result holds them all,
//! whatever the tie rules make of it.
//!
//! To add a method: a file here with its struct, its `INFO` and its `CountingRule`; a variant and an arm below; its
//! `INFO` in [`METHODS`].

mod approval;
mod block;
mod judgment;
mod plurality;
mod score;
mod spent;
mod star;
mod sums;

pub use approval::{Approval, ApprovalMajority};
pub use block::Block;
pub use judgment::{MajorityJudgment, MissingMode};
pub use plurality::{Plurality, Sntv};
pub use score::{Cumulative, Score};
pub use spent::{Price, SpentScore};
pub use star::Star;
pub use sums::ScoreRules;

use crate::method::{CountingRule, MethodInfo};

/// The methods of this family.
pub const METHODS: &[&MethodInfo] = &[
    &plurality::INFO,
    &plurality::SNTV,
    &block::BLOCK,
    &block::LIMITED,
    &score::CUMULATIVE,
    &approval::SINGLE,
    &approval::SEVERAL,
    &approval::MAJORITY,
    &score::SCORE,
    &star::STAR,
    &star::BLOC,
    &spent::ALLOCATED,
    &spent::SPENT,
    &judgment::INFO,
];

/// A method of this family with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChoiceMethod {
    /// Most first choices.
    Plurality(Plurality),
    /// Most first choices, several seats.
    Sntv(Sntv),
    /// Several marks, each one vote: block vote, limited vote.
    Block(Block),
    /// Votes spread over candidates.
    Cumulative(Cumulative),
    /// Most approvals.
    Approval(Approval),
    /// Highest sum of scores.
    Score(Score),
    /// Scores, then a runoff.
    Star(Star),
    /// Seats paid for with scores: allocated score, sequentially spent score.
    SpentScore(SpentScore),
    /// Best median grade.
    MajorityJudgment(MajorityJudgment),
}

impl ChoiceMethod {
    /// The method itself.
    pub fn as_counting(&self) -> &dyn CountingRule {
        match self {
            Self::Plurality(method) => method,
            Self::Sntv(method) => method,
            Self::Block(method) => method,
            Self::Cumulative(method) => method,
            Self::Approval(method) => method,
            Self::Score(method) => method,
            Self::Star(method) => method,
            Self::SpentScore(method) => method,
            Self::MajorityJudgment(method) => method,
        }
    }
}

#[cfg(test)]
mod tests;
