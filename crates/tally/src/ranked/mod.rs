//! Methods for one seat that read rankings and count by elimination or points.
//!
//! To add a method: a file here with its struct, its `INFO` and its `CountingRule`; a variant and an arm below; its
//! `INFO` in [`METHODS`].

mod irv;

pub use irv::{Irv, OvervoteRule};

use crate::method::{CountingRule, MethodInfo};

/// The methods of this family.
pub const METHODS: &[&MethodInfo] = &[&irv::INFO];

/// A method of this family with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RankedMethod {
    /// Instant runoff, the alternative vote.
    Irv(Irv),
}

impl RankedMethod {
    /// The method itself.
    pub fn as_counting(&self) -> &dyn CountingRule {
        match self {
            Self::Irv(method) => method,
        }
    }
}
