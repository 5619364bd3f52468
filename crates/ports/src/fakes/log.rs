//! The log.

use std::collections::BTreeMap;

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::id::{EventId, LeafId, TreeId, UserId, VoteId};

use sha2::{Digest, Sha256};

use super::state::{State, checked, refers, the_row};
use super::store::{MemoryStore, MemoryTx};
use crate::error::StoreError;
use crate::page::{Page, Paged};
use crate::queries::{LeafLine, LogQueries, ReceiptLine};
use crate::repository::{
    LogCheckpoint, LogHash, LogNode, LogRepository, LogTree, LoggedEntry, NewLeaf, Opening, QueuedLeaf,
    TreeKey,
};

/// Queue and trees.
#[derive(Clone, Default)]
pub(super) struct LogState {
    queue: BTreeMap<LeafId, QueuedLeaf>,
    trees: BTreeMap<TreeId, LogTree>,
    leaves: BTreeMap<(TreeId, u64), LeafLine>,
    nodes: BTreeMap<(TreeId, u8, u64), LogHash>,
    checkpoints: BTreeMap<(TreeId, u64), LogCheckpoint>,
}

impl LogState {
    /// Takes away openings of leaves about these rows: the named one, or all of them.
    pub(super) fn erase(&mut self, of: impl Fn(&str) -> bool, rows: &[i64], name: Option<&str>) {
        let erase = |action: &str, text: &str, openings: &mut BTreeMap<String, Opening>| {
            let leaf: Option<serde_json::Value> = serde_json::from_str(text).ok();
            let row = leaf.and_then(|leaf| leaf["target"]["id"].as_i64());
            if of(action) && row.is_some_and(|row| rows.contains(&row)) {
                openings.retain(|opening, _| name.is_some_and(|name| opening != name));
            }
        };
        for leaf in self.queue.values_mut() {
            erase(&leaf.action, &leaf.text, &mut leaf.openings);
        }
        for leaf in self.leaves.values_mut() {
            erase(&leaf.action, &leaf.text, &mut leaf.openings);
        }
    }
}

impl State {
    fn tree(&mut self, id: TreeId, statement: &'static str) -> Result<&mut LogTree, StoreError> {
        the_row(self.log.trees.get_mut(&id), statement)
    }
}

#[async_trait]
impl LogRepository for MemoryTx {
    fn take_entries(&mut self) -> Vec<LoggedEntry> {
        std::mem::take(&mut self.logged)
    }

    async fn append(&mut self, leaves: &[NewLeaf]) -> Result<Vec<LeafId>, StoreError> {
        self.change(|state| {
            let mut ids = Vec::with_capacity(leaves.len());
            for leaf in leaves {
                if let Some(session) = leaf.session_id {
                    refers(state.sessions.contains_key(&session), "log_queue_session_id_fkey")?;
                }
                let id = LeafId::new(state.next_id().into());
                let queued = QueuedLeaf {
                    id,
                    tree: TreeKey::of(leaf.organization_id, leaf.session_id),
                    event_id: leaf.event_id,
                    action: leaf.action.to_owned(),
                    text: leaf.text.clone(),
                    hash: leaf.hash,
                    openings: leaf.openings.clone(),
                };
                state.log.queue.insert(id, queued);
                ids.push(id);
            }
            Ok(ids)
        })
    }

    async fn erase_choices(&mut self, votes: &[VoteId]) -> Result<(), StoreError> {
        self.change(|state| {
            let ids: Vec<i64> = votes.iter().map(|vote| vote.get().into()).collect();
            state.log.erase(|action| matches!(action, "vote.cast" | "vote.change"), &ids, Some("choice"));
            Ok(())
        })
    }

    async fn lead(&mut self, _wait: bool) -> Result<bool, StoreError> {
        // Transactions take turns here.
        self.look(|_| true)
    }

    async fn take(&mut self, limit: u16) -> Result<Vec<QueuedLeaf>, StoreError> {
        self.change(|state| {
            let mut taken = Vec::new();
            while taken.len() < usize::from(limit)
                && let Some((_, leaf)) = state.log.queue.pop_first()
            {
                taken.push(leaf);
            }
            Ok(taken)
        })
    }

    async fn tree_for_update(
        &mut self,
        key: TreeKey,
        origin: &str,
        public_key: &str,
    ) -> Result<LogTree, StoreError> {
        self.change(|state| {
            if let Some(tree) = state.log.trees.values().find(|tree| tree.key == key) {
                return Ok(tree.clone());
            }
            let tree = LogTree {
                id: TreeId::new(state.next_id()),
                key,
                origin: origin.to_owned(),
                public_key: public_key.to_owned(),
                size: 0,
                edge: Vec::new(),
                signed_size: 0,
                signed_at: None,
            };
            state.log.trees.insert(tree.id, tree.clone());
            Ok(tree)
        })
    }

    async fn extend(
        &mut self,
        tree: &LogTree,
        leaves: &[QueuedLeaf],
        nodes: &[LogNode],
    ) -> Result<(), StoreError> {
        self.change(|state| {
            let kept = state.tree(tree.id, "update log tree")?;
            let first = kept.size;
            checked(first + leaves.len() as u64 == tree.size, "log_leaves_pkey")?;
            kept.size = tree.size;
            kept.edge.clone_from(&tree.edge);
            for (position, leaf) in (first..).zip(leaves) {
                let line = LeafLine {
                    position,
                    id: leaf.id,
                    event_id: leaf.event_id,
                    action: leaf.action.clone(),
                    hash: leaf.hash,
                    text: leaf.text.clone(),
                    openings: leaf.openings.clone(),
                };
                state.log.leaves.insert((tree.id, position), line);
            }
            for node in nodes {
                state.log.nodes.insert((tree.id, node.level, node.position), node.hash);
            }
            Ok(())
        })
    }

    async fn unsigned_trees(&mut self, before: Moment) -> Result<Vec<LogTree>, StoreError> {
        self.look(|state| {
            let waits = |tree: &&LogTree| {
                tree.size > tree.signed_size && tree.signed_at.is_none_or(|signed| signed < before)
            };
            state.log.trees.values().filter(waits).cloned().collect()
        })
    }

    async fn insert_checkpoint(
        &mut self,
        tree: TreeId,
        checkpoint: &LogCheckpoint,
    ) -> Result<(), StoreError> {
        self.change(|state| {
            let kept = state.tree(tree, "sign log tree")?;
            checked(checkpoint.size > kept.signed_size && checkpoint.size <= kept.size, "log_trees_check")?;
            kept.signed_size = checkpoint.size;
            kept.signed_at = Some(checkpoint.at);
            state.log.checkpoints.insert((tree, checkpoint.size), checkpoint.clone());
            Ok(())
        })
    }
}

#[async_trait]
impl LogQueries for MemoryStore {
    async fn log_tree(&self, key: TreeKey) -> Result<Option<LogTree>, StoreError> {
        Ok(self.snapshot().log.trees.values().find(|tree| tree.key == key).cloned())
    }

    async fn log_leaves(&self, tree: TreeId, from: u64, limit: u16) -> Result<Vec<LeafLine>, StoreError> {
        let state = self.snapshot();
        let found = state.log.leaves.range((tree, from)..=(tree, u64::MAX)).map(|(_, leaf)| leaf.clone());
        Ok(found.take(limit.into()).collect())
    }

    async fn log_hashes(&self, tree: TreeId, spans: &[(u8, u64, u64)]) -> Result<Vec<LogNode>, StoreError> {
        let state = self.snapshot();
        let mut found = Vec::new();
        for &(level, from, to) in spans {
            for position in from..to {
                let hash = match level {
                    0 => state.log.leaves.get(&(tree, position)).map(|leaf| leaf.hash),
                    _ => state.log.nodes.get(&(tree, level, position)).copied(),
                };
                found.extend(hash.map(|hash| LogNode { level, position, hash }));
            }
        }
        Ok(found)
    }

    async fn log_checkpoint(
        &self,
        tree: TreeId,
        covering: Option<u64>,
    ) -> Result<Option<LogCheckpoint>, StoreError> {
        let state = self.snapshot();
        let mut found = state.log.checkpoints.range((tree, covering.unwrap_or(0))..=(tree, u64::MAX));
        let found = if covering.is_some() { found.next() } else { found.next_back() };
        Ok(found.map(|(_, checkpoint)| checkpoint.clone()))
    }

    async fn log_checkpoints(&self, tree: TreeId, page: Page) -> Result<Paged<LogCheckpoint>, StoreError> {
        let state = self.snapshot();
        let below = page.after().and_then(|after| u64::try_from(after).ok()).unwrap_or(u64::MAX);
        let found = state.log.checkpoints.range((tree, 0)..(tree, below)).rev();
        let found = found.take(usize::from(page.limit()) + 1).map(|(_, checkpoint)| checkpoint.clone());
        Ok(Paged::from_one_more(page, found.collect(), |checkpoint: &LogCheckpoint| {
            checkpoint.size.cast_signed()
        }))
    }

    async fn receipt(&self, id: LeafId) -> Result<Option<ReceiptLine>, StoreError> {
        let state = self.snapshot();
        if let Some(leaf) = state.log.queue.get(&id) {
            let (tree, event_id, hash) = (leaf.tree, leaf.event_id, leaf.hash);
            return Ok(Some(ReceiptLine { id, tree, event_id, hash, position: None }));
        }
        let found = state.log.leaves.iter().find(|(_, leaf)| leaf.id == id);
        Ok(found.and_then(|((tree, position), leaf)| {
            let tree = state.log.trees.get(tree)?.key;
            Some(ReceiptLine {
                id,
                tree,
                event_id: leaf.event_id,
                hash: leaf.hash,
                position: Some(*position),
            })
        }))
    }

    async fn leaves_of_votes(
        &self,
        event: EventId,
        principals: &[UserId],
    ) -> Result<Vec<(UserId, LeafId)>, StoreError> {
        let state = self.snapshot();
        let mut found = Vec::new();
        for principal in principals {
            let vote = state.votes_on(event).find(|vote| vote.principal_user_id == *principal);
            let envelope = state.envelopes.get(&(event, *principal));
            let envelope = envelope.map(|vote| hex::encode(Sha256::digest(&vote.sealed)));
            let is_of = |leaf: &&LeafLine| {
                let text: serde_json::Value = serde_json::from_str(&leaf.text).unwrap_or_default();
                match leaf.action.as_str() {
                    "vote.cast" | "vote.change" => {
                        vote.is_some_and(|vote| text["target"]["id"] == i64::from(vote.id.get()))
                    }
                    "vote.seal" => envelope.as_deref().is_some_and(|hash| text["facts"]["envelope"] == hash),
                    _ => false,
                }
            };
            let latest = state.log.leaves.values().filter(is_of).map(|leaf| leaf.id).max();
            found.extend(latest.map(|leaf| (*principal, leaf)));
        }
        Ok(found)
    }

    async fn log_queued(&self) -> Result<u64, StoreError> {
        Ok(self.snapshot().log.queue.len() as u64)
    }
}
