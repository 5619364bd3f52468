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
    /// SHA-256 of method, path and body; of a request that may cast secret votes, of all it says but the
    /// choices: among few choices a hash tells which one it was.
    pub fingerprint: [u8; 32],
    /// What tells such requests apart that differ in the choices alone.
    pub choices: Option<ChoiceCheck>,
}

/// A code over choices that nobody can make again once the process that made it has stopped.
///
/// Two codes of one process differ where the choices do. Codes of two processes say nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChoiceCheck {
    /// Which process made it.
    pub process: [u8; 8],
    /// The code.
    pub code: [u8; 32],
}

impl ChoiceCheck {
    /// The stored form.
    pub fn to_bytes(self) -> [u8; 40] {
        let mut bytes = [0; 40];
        bytes[..8].copy_from_slice(&self.process);
        bytes[8..].copy_from_slice(&self.code);
        bytes
    }

    /// Reads the stored form.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (process, code) = bytes.split_at_checked(8)?;
        Some(Self { process: process.try_into().ok()?, code: code.try_into().ok()? })
    }
}

impl IdempotencyKey {
    /// Whether a request is the one that was kept under the same key, as far as anybody can tell.
    pub fn matches(&self, fingerprint: &[u8], choices: Option<ChoiceCheck>) -> bool {
        let differ = self
            .choices
            .zip(choices)
            .is_some_and(|(one, other)| one.process == other.process && one.code != other.code);
        fingerprint == self.fingerprint && !differ
    }
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
