//! Reading the log.

use std::collections::BTreeMap;

use async_trait::async_trait;
use plenum_domain::id::{EventId, LeafId, TreeId, UserId};

use crate::error::StoreError;
use crate::page::{Page, Paged};
use crate::repository::{LogCheckpoint, LogHash, LogNode, LogTree, Opening, TreeKey};

/// A leaf in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeafLine {
    /// Its place in the tree, from 0.
    pub position: u64,
    /// Which one.
    pub id: LeafId,
    /// The event it concerns.
    pub event_id: Option<EventId>,
    /// What was done.
    pub action: String,
    /// Its hash.
    pub hash: LogHash,
    /// The leaf, exactly as it is hashed.
    pub text: String,
    /// What opens its commitments, by name; those that were erased are gone.
    pub openings: BTreeMap<String, Opening>,
}

/// Where a leaf is, for who holds a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptLine {
    /// Which one.
    pub id: LeafId,
    /// Where it belongs.
    pub tree: TreeKey,
    /// The event it concerns.
    pub event_id: Option<EventId>,
    /// Its hash.
    pub hash: LogHash,
    /// Its place; `None` while it waits.
    pub position: Option<u64>,
}

/// Reads the log.
#[async_trait]
pub trait LogQueries: Send + Sync {
    /// A tree; `None` while it has no leaves.
    async fn log_tree(&self, key: TreeKey) -> Result<Option<LogTree>, StoreError>;
    /// Leaves of a tree from a position on, in order.
    async fn log_leaves(&self, tree: TreeId, from: u64, limit: u16) -> Result<Vec<LeafLine>, StoreError>;
    /// The hashes of one level from a position to another (without it); level 0 are the leaves.
    async fn log_hashes(&self, tree: TreeId, spans: &[(u8, u64, u64)]) -> Result<Vec<LogNode>, StoreError>;
    /// The smallest checkpoint that covers so many leaves; the latest one for `None`.
    async fn log_checkpoint(
        &self,
        tree: TreeId,
        covering: Option<u64>,
    ) -> Result<Option<LogCheckpoint>, StoreError>;
    /// The checkpoints of a tree, the latest first (the cursor is the size to continue below).
    async fn log_checkpoints(&self, tree: TreeId, page: Page) -> Result<Paged<LogCheckpoint>, StoreError>;
    /// Where the leaf of a receipt is.
    async fn receipt(&self, id: LeafId) -> Result<Option<ReceiptLine>, StoreError>;
    /// Which leaves the votes of these people on an event have, the latest of each vote. Whose leaf is still in the
    /// queue, and who has not voted, is left out.
    async fn leaves_of_votes(
        &self,
        event: EventId,
        principals: &[UserId],
    ) -> Result<Vec<(UserId, LeafId)>, StoreError>;
    /// How many leaves wait for their place.
    async fn log_queued(&self) -> Result<u64, StoreError>;
}
