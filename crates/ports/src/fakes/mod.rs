//! Fakes that keep the same contract as the real adapters.
//!
//! [`MemoryStore`] passes the [`contract`](crate::contract) suite that the database adapter passes, so
//! what is tested against it holds there too. Only what a database cannot offer is added: a clock
//! that tests set.

mod access;
mod attendance;
mod audit;
mod ballot_box;
mod client;
mod clock;
mod committee;
mod event;
mod idempotency;
mod keys;
mod live;
mod log;
mod miss;
mod motion;
mod nomination;
mod organization;
mod presence;
mod proxy;
mod queries;
mod randomness;
mod role;
mod rules;
mod sealed;
mod session;
mod state;
mod store;
mod typesetter;
mod user;

pub use clock::FakeClock;
pub use keys::{FakeSealing, MemoryKeyStore};
pub use randomness::FakeRandomness;
pub use store::MemoryStore;
pub use typesetter::FakeTypesetter;

#[cfg(test)]
mod tests;
