//! Join codes that led nowhere, counted for all servers together.

use std::fmt;
use std::net::IpAddr;

use async_trait::async_trait;
use chrono::TimeDelta;
use plenum_domain::id::UserId;

use crate::error::StoreError;

/// Whose misses are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MissKey {
    /// Those of a person.
    Person(UserId),
    /// Those from an address.
    Address(IpAddr),
    /// Those of all together.
    All,
}

/// The stored form.
impl fmt::Display for MissKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(id) => write!(f, "person {id}"),
            Self::Address(address) => write!(f, "address {address}"),
            Self::All => f.write_str("all"),
        }
    }
}

/// Counts misses.
#[async_trait]
pub trait MissRepository: Send {
    /// Counts one more under each of these keys; it weighs for so long, after what is left of those before it.
    async fn add(&mut self, misses: &[(MissKey, TimeDelta)]) -> Result<(), StoreError>;
    /// Forgets the keys under which nothing weighs any more; how many there were.
    async fn purge(&mut self) -> Result<u64, StoreError>;
}
