//! Counting methods: ballots in, a counted result with every step out.
//!
//! Pure and exact: no input or output, no clock, no randomness, no floating point.
#![deny(missing_docs)]

pub mod fraction;
pub mod motion;

pub use fraction::Fraction;
