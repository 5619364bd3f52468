//! Single transferable vote in its many forms.
//!
//! To add a method: a file here with its struct, its `INFO` and its `CountingRule`; a variant and an arm below; its
//! `INFO` in [`METHODS`].

mod cambridge;
mod ers97;
mod meek;
mod papers;
mod qpq;
mod rctab;
mod reading;
mod stages;
mod wigm;

#[cfg(test)]
mod tests;

pub use cambridge::Cambridge;
pub use ers97::Ers97;
pub use meek::{EqualUnderMeek, Meek, MeekNz, NzDraw};
pub use qpq::Qpq;
pub use rctab::{Rctab, WinnerMode};
pub use reading::Reading;
pub use wigm::{DefeatBatch, Numbers, Quota, Scottish, ValueRounding, Wigm};

use crate::method::{CountingRule, MethodInfo};

/// The methods of this family.
pub const METHODS: &[&MethodInfo] = &[
    &wigm::SCOTTISH,
    &wigm::WIGM,
    &meek::MEEK,
    &meek::WARREN,
    &meek::NZ,
    &ers97::INFO,
    &qpq::INFO,
    &rctab::INFO,
    &cambridge::INFO,
];

/// A method of this family with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StvMethod {
    /// Scottish STV.
    Scottish(Scottish),
    /// Weighted inclusive Gregory STV.
    Wigm(Wigm),
    /// Meek STV and Warren STV.
    Meek(Meek),
    /// New Zealand Meek STV.
    MeekNz(MeekNz),
    /// ERS97 STV.
    Ers97(Ers97),
    /// Quota preferential by quotient.
    Qpq(Qpq),
    /// STV as `RCTab` counts it.
    Rctab(Rctab),
    /// STV by whole ballots.
    Cambridge(Cambridge),
}

impl StvMethod {
    /// The method itself.
    pub fn as_counting(&self) -> &dyn CountingRule {
        match self {
            Self::Scottish(method) => method,
            Self::Wigm(method) => method,
            Self::Meek(method) => method,
            Self::MeekNz(method) => method,
            Self::Ers97(method) => method,
            Self::Qpq(method) => method,
            Self::Rctab(method) => method,
            Self::Cambridge(method) => method,
        }
    }
}
