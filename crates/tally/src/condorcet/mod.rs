//! Methods that compare candidates pair by pair.
//!
//! All of them count the same [`Pairwise`] matrix, which stands in the result under the name `pairwise`. Where a rule
//! puts several candidates in front, the group `winners` holds them all, whatever the tie rules make of it.
//!
//! To add a method: a file here with its struct, its `INFO` and its `CountingRule`; a variant and an arm below; its
//! `INFO` in [`METHODS`].

mod basic;
mod copeland;
mod default_option;
mod elimination;
mod graph;
mod kemeny;
mod minimax;
mod pairwise;
mod ranked_pairs;
mod schulze;
mod sets;
mod strength;

pub use basic::{Condorcet, PairwiseMatrix};
pub use copeland::Copeland;
pub use default_option::{DefaultOption, Ratios};
pub use elimination::{Baldwin, Nanson};
pub use kemeny::{Kemeny, MAX_CANDIDATES as MAX_KEMENY_CANDIDATES};
pub use minimax::{Minimax, Worst};
pub use pairwise::{MAX_COMPARED, Pairwise};
pub use ranked_pairs::RankedPairs;
pub use schulze::Schulze;
pub use sets::{SchwartzSet, SmithIrv, SmithSet};
pub use strength::Strength;

use crate::method::{CountingRule, MethodInfo};

/// The methods of this family.
pub const METHODS: &[&MethodInfo] = &[
    &basic::MATRIX,
    &basic::WINNER,
    &copeland::INFO,
    &minimax::INFO,
    &ranked_pairs::INFO,
    &schulze::INFO,
    &default_option::INFO,
    &kemeny::INFO,
    &elimination::NANSON,
    &elimination::BALDWIN,
    &sets::SMITH_IRV,
    &sets::SMITH,
    &sets::SCHWARTZ,
];

/// A method of this family with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CondorcetMethod {
    /// The matrix for itself.
    PairwiseMatrix(PairwiseMatrix),
    /// The Condorcet winner or nobody.
    Condorcet(Condorcet),
    /// Most victories.
    Copeland(Copeland),
    /// The least bad worst pair.
    Minimax(Minimax),
    /// The strongest victories locked in one after another.
    RankedPairs(RankedPairs),
    /// The strongest paths.
    Schulze(Schulze),
    /// The strongest paths among those that pass against a default option.
    DefaultOption(DefaultOption),
    /// The order most preferences agree with.
    Kemeny(Kemeny),
    /// Exclusion of all below the average of Borda points.
    Nanson(Nanson),
    /// Exclusion of the fewest Borda points.
    Baldwin(Baldwin),
    /// Instant runoff within the Smith set.
    SmithIrv(SmithIrv),
    /// The Smith set for itself.
    SmithSet(SmithSet),
    /// The Schwartz set for itself.
    SchwartzSet(SchwartzSet),
}

impl CondorcetMethod {
    /// The method itself.
    pub fn as_counting(&self) -> &dyn CountingRule {
        match self {
            Self::PairwiseMatrix(method) => method,
            Self::Condorcet(method) => method,
            Self::Copeland(method) => method,
            Self::Minimax(method) => method,
            Self::RankedPairs(method) => method,
            Self::Schulze(method) => method,
            Self::DefaultOption(method) => method,
            Self::Kemeny(method) => method,
            Self::Nanson(method) => method,
            Self::Baldwin(method) => method,
            Self::SmithIrv(method) => method,
            Self::SmithSet(method) => method,
            Self::SchwartzSet(method) => method,
        }
    }
}

#[cfg(test)]
mod tests;
