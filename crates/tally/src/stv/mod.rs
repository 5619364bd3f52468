//! Single transferable vote in its many forms.
//!
//! To add a method: a file here with its struct, its `INFO` and its `CountingRule`; a variant and an arm below; its
//! `INFO` in [`METHODS`].

use crate::method::{CountingRule, MethodInfo};

/// The methods of this family.
pub const METHODS: &[&MethodInfo] = &[];

/// A method of this family with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StvMethod {}

impl StvMethod {
    /// The method itself.
    pub fn as_counting(&self) -> &dyn CountingRule {
        match *self {}
    }
}
