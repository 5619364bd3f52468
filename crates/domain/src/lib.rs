//! The rules of sittings, attendance, proxies, events and votes.
//!
//! Pure: nothing here waits, reads a clock, draws a random number or knows how it is stored. Time
//! and facts come in as arguments, decisions go out as values, refusals as [`Refusal`].
#![deny(missing_docs)]

pub mod attendance;
mod ballots;
pub mod client;
pub mod committee;
pub mod count;
pub mod event;
pub mod field;
pub mod id;
pub mod motion;
pub mod nomination;
pub mod organization;
pub mod permission;
pub mod presence;
pub mod proxy;
pub mod refusal;
mod response;
pub mod result;
pub mod roll;
pub mod rules;
pub mod secret;
pub mod session;
pub mod text;
pub mod tie;
pub mod token;
pub mod user;
pub mod vote;
mod words;

pub use chrono::{DateTime, Utc};
pub use refusal::Refusal;

/// A moment, always in UTC.
pub type Moment = DateTime<Utc>;

/// What an idempotent step did: asking twice changes nothing the second time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<T> {
    /// It already was so.
    Unchanged,
    /// The state it goes to.
    To(T),
}
