//! The repositories, one file per port. A transaction is all of them.
//!
//! Rows that others only refer to are locked `FOR NO KEY UPDATE`: it excludes every other lock that
//! somebody takes on purpose, and lets pass the `FOR KEY SHARE` that each foreign key towards the
//! row takes on its own. `FOR UPDATE` would make every line of the audit log wait for whoever works
//! on its sitting, and two of them for one another. Events are the exception: a vote that refers to
//! an event must wait for whoever closes it.
//!
//! Sittings and events are shared by many and changed by one, and row locks are not fair: while
//! people keep coming, each of them joins those who hold the row for share already, and the chair who
//! wants to close waits for good (measured: 32 voters kept a close waiting for more than 30 s). So
//! whoever locks such a row first passes an advisory lock of the same kind and number, which is
//! granted in the order of asking. It stands in the same statement, in a subquery that is evaluated
//! before the first row is locked. The row lock stays the one that counts: it yields the newest
//! version of the row, however long the wait was.

mod access;
mod attendance;
mod audit;
mod ballot_box;
mod client;
mod committee;
mod event;
mod idempotency;
mod log;
mod miss;
mod motion;
mod nomination;
mod organization;
mod presence;
mod proxy;
mod result;
mod role;
mod rules;
mod sealed;
mod session;
mod user;
