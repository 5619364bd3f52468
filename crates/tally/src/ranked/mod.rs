//! Methods for one seat that read rankings and count by elimination or points.
//!
//! To add a method: a file here with its struct, its `INFO` and its `CountingRule`; a variant and an arm below; its
//! `INFO` in [`METHODS`].

mod borda;
mod bucklin;
mod contingent;
mod coombs;
pub(crate) mod irv;
mod tied;
mod weak;

pub use borda::{Borda, BordaVariant};
pub use bucklin::Bucklin;
pub use contingent::Contingent;
pub use coombs::Coombs;
pub use irv::{Irv, OvervoteRule};
pub use tied::TiedLowest;

use crate::method::{CountingRule, MethodInfo};

/// The methods of this family.
pub const METHODS: &[&MethodInfo] =
    &[&irv::INFO, &contingent::INFO, &contingent::SUPPLEMENTARY, &borda::INFO, &bucklin::INFO, &coombs::INFO];

/// A method of this family with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RankedMethod {
    /// Instant runoff, the alternative vote.
    Irv(Irv),
    /// Runoff between the first two: contingent and supplementary vote.
    Contingent(Contingent),
    /// Points by place.
    Borda(Borda),
    /// Further preferences until there is a majority.
    Bucklin(Bucklin),
    /// Exclusion of whoever is last most often.
    Coombs(Coombs),
}

impl RankedMethod {
    /// The method itself.
    pub fn as_counting(&self) -> &dyn CountingRule {
        match self {
            Self::Irv(method) => method,
            Self::Contingent(method) => method,
            Self::Borda(method) => method,
            Self::Bucklin(method) => method,
            Self::Coombs(method) => method,
        }
    }
}

#[cfg(test)]
mod tests;
