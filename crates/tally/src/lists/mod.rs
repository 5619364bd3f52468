//! Seats for party lists. The candidates of the election are the lists; a list stands in the result's `elected` once for each of
//! its seats, in the order they were taken, and the column `seats` says how many it has.
//!
//! To add a method: a file here with its struct, its `INFO` and its `CountingRule`; a variant and an arm below; its
//! `INFO` in [`METHODS`].

mod divisors;
mod remainders;
mod votes;

#[cfg(test)]
mod tests;

pub use divisors::{HighestAverages, Sequence};
pub use remainders::LargestRemainder;

use crate::method::{CountingRule, MethodInfo};

/// The methods of this family.
pub const METHODS: &[&MethodInfo] = &[&divisors::DHONDT, &divisors::SAINTE_LAGUE, &remainders::INFO];

/// A method of this family with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListMethod {
    /// D'Hondt and Sainte-Laguë.
    HighestAverages(HighestAverages),
    /// Hare's quota and the largest remainders.
    LargestRemainder(LargestRemainder),
}

impl ListMethod {
    /// The method itself.
    pub fn as_counting(&self) -> &dyn CountingRule {
        match self {
            Self::HighestAverages(method) => method,
            Self::LargestRemainder(method) => method,
        }
    }
}
