//! Single transferable vote in its many forms.
//!
//! To add a method: a file here with its struct, its `INFO` and its `CountingRule`; a variant and an arm below; its
//! `INFO` in [`METHODS`].

mod papers;
mod reading;
mod stages;
mod wigm;

pub use reading::Reading;
pub use wigm::{DefeatBatch, Numbers, Quota, Scottish, ValueRounding, Wigm};

use crate::method::{CountingRule, MethodInfo};

/// The methods of this family.
pub const METHODS: &[&MethodInfo] = &[&wigm::SCOTTISH, &wigm::WIGM];

/// A method of this family with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StvMethod {
    /// Scottish STV.
    Scottish(Scottish),
    /// Weighted inclusive Gregory STV.
    Wigm(Wigm),
}

impl StvMethod {
    /// The method itself.
    pub fn as_counting(&self) -> &dyn CountingRule {
        match self {
            Self::Scottish(method) => method,
            Self::Wigm(method) => method,
        }
    }
}
