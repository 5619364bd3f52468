//! Whole-system tests: a real server over a real database, spoken to over HTTP.
//!
//! Each test starts its own [`TestServer`] on a port and a database of its own, so tests are
//! independent and run side by side. The server is configured as one in production is: a database
//! address and the issuer of a sign-in provider, which the harness runs as well.
#![expect(clippy::missing_panics_doc, reason = "a helper of tests says by panicking that the test fails")]

mod answer;
mod browser;
mod client;
mod organization;
mod provider;
mod server;
mod wait;

pub use answer::{Answer, Table};
pub use browser::{Browser, Page};
pub use client::{Client, Person, Request};
pub use organization::{Hall, Organization};
pub use provider::{Provider, ThirdParty, demo_person};
pub use server::{Sibling, TestServer};
pub use wait::until;
