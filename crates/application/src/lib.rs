//! Use cases: the only code that begins or commits a transaction.
//!
//! Each use case is a small value with one `run`, called alike by the API, the pages, the schedule
//! and the command line, so that a rule is written once. Lists and pages are [`views`].
#![deny(missing_docs)]

mod audit;
pub mod env;
pub mod failure;
pub mod keys;
mod load;
pub mod log;
mod mandate;
pub mod papers;
mod rolls;
pub mod roster;
mod runner;
pub mod secret;
mod shuffle;
pub mod sign_in;
pub mod use_cases;
pub mod veil;
pub mod views;

pub use env::{Env, Observer, Outcome, Settings};
pub use failure::{Failure, KeyTrouble};
pub use runner::{Answered, App, UseCase};
