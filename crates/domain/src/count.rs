//! The exact numbers and majorities of the counting crate, for those who build on the rules.

pub use plenum_tally::Fraction;
pub use plenum_tally::motion::{Base, Comparison, Majority, MotionCount, MotionFigures};
