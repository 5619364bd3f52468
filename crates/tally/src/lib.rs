//! Counting methods: ballots in, a counted result with every step out.
//!
//! The crate stands on its own. It reads no clock, draws no random numbers, opens no files (readers take any
//! [`std::io::BufRead`]) and uses no floating point: votes are whole numbers, fixed-point decimals with a stated
//! rounding, or exact fractions ([`numbers`]).
//!
//! ```
//! use plenum_tally::{Election, Method, RankedBallots, count};
//!
//! let mut ballots = RankedBallots::builder(3);
//! ballots.push_order(4, &[0, 1])?;
//! ballots.push_order(3, &[1, 0])?;
//! ballots.push_order(2, &[2, 1])?;
//! let election = Election::new("Chair", ["Ann", "Bob", "Cy"], 1, ballots.finish())?;
//!
//! let result = count(&Method::named("irv")?, &election)?;
//! assert_eq!(result.elected_names(), ["Bob"]);
//! assert_eq!(result.rounds[0].sentence, "Round 1: Cy is excluded; 2 of its votes go to Bob.");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The parts, in the order a reader wants them: [`election`] and [`ballots`] hold what was voted, [`method`] names a
//! way of counting and its parameters, [`count`](fn@count) runs it, [`result`] says what came out and why, [`ties`]
//! says how equal figures are separated, and [`files`] reads ballot files. The methods themselves live one to a file
//! in their families: [`choice`], [`ranked`], [`condorcet`], [`stv`] and [`lists`].

#![deny(missing_docs)]

pub mod ballots;
pub mod choice;
pub mod condorcet;
pub mod election;
pub mod error;
pub mod files;
pub mod fraction;
pub mod lists;
pub mod method;
pub mod motion;
pub mod numbers;
pub mod ranked;
pub mod result;
pub mod stv;
pub mod ties;

pub use ballots::{ApprovalBallots, Ballots, GradeTallies, Mark, RankedBallots, ScoreBallots, Weight};
pub use election::{Candidate, Election};
pub use error::{BallotError, CountError, ParamError};
pub use fraction::Fraction;
pub use method::{Method, Params, Rule, count};
pub use numbers::Figure;
pub use result::{CountResult, Round};
pub use ties::{TiePolicy, TieRule};
