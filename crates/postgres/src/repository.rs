//! The repositories, one file per port. A transaction is all of them.
//!
//! Rows that others only refer to are locked `FOR NO KEY UPDATE`: it excludes every other lock that
//! somebody takes on purpose, and lets pass the `FOR KEY SHARE` that each foreign key towards the
//! row takes on its own. `FOR UPDATE` would make every line of the audit log wait for whoever works
//! on its sitting, and two of them for one another. Events are the exception: a vote that refers to
//! an event must wait for whoever closes it.

mod access;
mod attendance;
mod audit;
mod ballot_box;
mod event;
mod idempotency;
mod organization;
mod proxy;
mod result;
mod session;
mod user;
