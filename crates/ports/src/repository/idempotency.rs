//! Answers kept for requests that are sent again.

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::id::UserId;

use crate::error::StoreError;

/// What identifies a request that may be sent again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IdempotencyKey {
    /// Who sends it.
    pub user_id: UserId,
    /// The client's key.
    pub key: String,
    /// SHA-256 of method, path and body.
    pub fingerprint: [u8; 32],
}

/// The answer that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// What claiming a key found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The key is new; it belongs to this transaction now.
    New,
    /// The same request was answered before.
    Replay(SavedAnswer),
    /// The key was used for another request.
    Different,
}

/// Keeps answers.
#[async_trait]
pub trait IdempotencyRepository: Send {
    /// Claims a key, waiting for a transaction that holds the same one. A replay writes to the row,
    /// so that its acknowledgement follows a commit that reached the log like the first one did.
    async fn claim(&mut self, key: &IdempotencyKey, now: Moment) -> Result<Claim, StoreError>;
    /// Keeps the answer under the key claimed before.
    async fn save(&mut self, key: &IdempotencyKey, answer: &SavedAnswer) -> Result<(), StoreError>;
    /// Throws away answers older than this.
    async fn purge(&mut self, before: Moment) -> Result<u64, StoreError>;
}
