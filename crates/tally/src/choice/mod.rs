//! Methods that read marks, approvals, scores or grades, and no order beyond the first.
//!
//! To add a method: a file here with its struct, its `INFO` and its `CountingRule`; a variant and an arm below; its
//! `INFO` in [`METHODS`].

mod plurality;

pub use plurality::Plurality;

use crate::method::{CountingRule, MethodInfo};

/// The methods of this family.
pub const METHODS: &[&MethodInfo] = &[&plurality::INFO];

/// A method of this family with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChoiceMethod {
    /// Most first choices.
    Plurality(Plurality),
}

impl ChoiceMethod {
    /// The method itself.
    pub fn as_counting(&self) -> &dyn CountingRule {
        match self {
            Self::Plurality(method) => method,
        }
    }
}
