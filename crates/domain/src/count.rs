//! The exact numbers and majorities of the counting crate, for those who build on the rules.

pub use plenum_tally::method::{self, BallotForm};
pub use plenum_tally::motion::{Base, Comparison, Majority, MotionCount, MotionFigures};
pub use plenum_tally::{CountError, CountResult, Fraction};
