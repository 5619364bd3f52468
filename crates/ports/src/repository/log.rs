//! The log: a queue of leaves, and the trees they are put in.

use std::collections::BTreeMap;

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::id::{EventId, LeafId, OrganizationId, SessionId, TreeId, VoteId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::StoreError;
use crate::repository::AuditEntry;

/// A SHA-256 hash.
pub type LogHash = [u8; 32];

/// What the log says of an audit line besides its changes, which it seals.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogPart {
    /// What stands in the clear: numbers, hashes and words of the program.
    pub facts: Map<String, Value>,
    /// What is sealed besides the changes, by name.
    pub sealed: Vec<(&'static str, Value)>,
    /// Whether the use case writes the leaf itself, so that the line makes none.
    pub apart: bool,
}

/// An audit line that was written in this transaction.
#[derive(Clone, Debug)]
pub struct LoggedEntry {
    /// The line.
    pub entry: AuditEntry,
    /// The role that its actor has in the organization.
    pub actor_role: Option<String>,
}

/// What opens a commitment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// 32 random bytes in hexadecimal.
    pub salt: String,
    /// What was committed to, exactly as it was hashed.
    pub text: String,
}

/// A leaf to be logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLeaf {
    /// Whose log it belongs to; `None` for what concerns the server.
    pub organization_id: Option<OrganizationId>,
    /// The sitting it happened in: then it belongs to the sitting's own tree.
    pub session_id: Option<SessionId>,
    /// The event it concerns.
    pub event_id: Option<EventId>,
    /// What was done.
    pub action: &'static str,
    /// The leaf, exactly as it is hashed.
    pub text: String,
    /// Its hash.
    pub hash: LogHash,
    /// What opens its commitments, by name.
    pub openings: BTreeMap<String, Opening>,
}

/// Which tree: the server's, an organization's, or a sitting's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TreeKey {
    /// What concerns no organization.
    Server,
    /// What happens in an organization outside sittings.
    Organization(OrganizationId),
    /// What happens in a sitting.
    Session(SessionId),
}

impl TreeKey {
    /// Where a leaf belongs.
    pub const fn of(organization: Option<OrganizationId>, session: Option<SessionId>) -> Self {
        match (organization, session) {
            (_, Some(session)) => Self::Session(session),
            (Some(organization), None) => Self::Organization(organization),
            (None, None) => Self::Server,
        }
    }
}

/// A leaf that waits for its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedLeaf {
    /// Which one.
    pub id: LeafId,
    /// Where it belongs.
    pub tree: TreeKey,
    /// The event it concerns.
    pub event_id: Option<EventId>,
    /// What was done.
    pub action: String,
    /// The leaf, exactly as it is hashed.
    pub text: String,
    /// Its hash.
    pub hash: LogHash,
    /// What opens its commitments, by name.
    pub openings: BTreeMap<String, Opening>,
}

/// A tree as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogTree {
    /// Which one.
    pub id: TreeId,
    /// Whose.
    pub key: TreeKey,
    /// What it is called in checkpoints; never changes.
    pub origin: String,
    /// The public key that signs its checkpoints.
    pub public_key: String,
    /// How many leaves it has.
    pub size: u64,
    /// Its right edge, as `plenum-record` writes it.
    pub edge: Vec<u8>,
    /// The size of its latest checkpoint; 0 without one.
    pub signed_size: u64,
    /// When that was signed.
    pub signed_at: Option<Moment>,
}

/// A stored hash above the leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogNode {
    /// Levels above the leaves.
    pub level: u8,
    /// Which one of its level, from the left.
    pub position: u64,
    /// The hash.
    pub hash: LogHash,
}

/// A checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogCheckpoint {
    /// How many leaves it covers.
    pub size: u64,
    /// Their root.
    pub root: LogHash,
    /// The signed note.
    pub note: String,
    /// When it was signed.
    pub at: Moment,
}

/// Writes the log.
///
/// Whoever changes something appends to the queue in the same transaction and touches nothing that
/// others touch. One sequencer at a time gives the leaves their places.
#[async_trait]
pub trait LogRepository: Send {
    /// The audit lines written in this transaction that were not asked for before.
    fn take_entries(&mut self) -> Vec<LoggedEntry>;
    /// Queues leaves; their ids, in the same order.
    async fn append(&mut self, leaves: &[NewLeaf]) -> Result<Vec<LeafId>, StoreError>;
    /// Erases what opens the choices of these votes, in every leaf about them so far: a vote that is
    /// changed takes the place of the earlier one, and nobody learns what that was.
    async fn erase_choices(&mut self, votes: &[VoteId]) -> Result<(), StoreError>;
    /// Becomes the one sequencer until the transaction ends; `false` when there is another one. Who
    /// waits becomes it in any case, once the other one has ended.
    async fn lead(&mut self, wait: bool) -> Result<bool, StoreError>;
    /// Takes the first leaves out of the queue, in order of their ids.
    async fn take(&mut self, limit: u16) -> Result<Vec<QueuedLeaf>, StoreError>;
    /// A tree, taken for update; made with this origin and key when there is none yet.
    async fn tree_for_update(
        &mut self,
        key: TreeKey,
        origin: &str,
        public_key: &str,
    ) -> Result<LogTree, StoreError>;
    /// Writes leaves at the end of a tree, the hashes that they complete, and the tree's new size and edge.
    /// `tree` is the tree as it is now, `leaves` are its last ones.
    async fn extend(
        &mut self,
        tree: &LogTree,
        leaves: &[QueuedLeaf],
        nodes: &[LogNode],
    ) -> Result<(), StoreError>;
    /// Trees that have grown since a checkpoint signed before `before`, or never had one.
    async fn unsigned_trees(&mut self, before: Moment) -> Result<Vec<LogTree>, StoreError>;
    /// Keeps a checkpoint.
    async fn insert_checkpoint(&mut self, tree: TreeId, checkpoint: &LogCheckpoint)
    -> Result<(), StoreError>;
}
