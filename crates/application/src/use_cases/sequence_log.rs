use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::TimeDelta;
use plenum_domain::Moment;
use plenum_ports::repository::{LogCheckpoint, LogNode, LogTree, QueuedLeaf, TreeKey};
use plenum_ports::{StoreError, Tx};
use plenum_record::note::Checkpoint;
use plenum_record::tree::{Frontier, STORED_LEVELS};

use crate::{Env, Failure, UseCase, log};

/// Leaves that one run puts in place.
const BATCH: u16 = 2_000;
/// No tree stays without a checkpoint of its newest leaves for longer.
const SIGN_EVERY: TimeDelta = TimeDelta::seconds(5);
/// What is signed at once: the moments that people look at.
const SIGNED_AT_ONCE: [&str; 10] = [
    "session.create",
    "session.lock",
    "session.open",
    "session.close",
    "event.open",
    "event.close",
    "event.close_due",
    "event.release",
    "event.annul",
    "event.correct",
];

/// Puts waiting leaves in their places and signs checkpoints. Every server runs it again and again;
/// while one does, the others pass.
#[derive(Clone, Copy, Debug, Default)]
pub struct SequenceLog {
    /// A tree that is to have a checkpoint of everything up to now: then the run waits for the one
    /// that is under way.
    pub sign: Option<TreeKey>,
}

/// What a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sequenced {
    /// Leaves put in place.
    pub leaves: usize,
    /// Checkpoints signed.
    pub checkpoints: usize,
    /// Whether there may be more.
    pub more: bool,
    /// Trees that another key than this server's belongs to; they are grown and not signed.
    pub foreign: usize,
}

#[async_trait]
impl UseCase for SequenceLog {
    const NAME: &'static str = "log.sequence";
    type Output = Sequenced;

    async fn run(&self, env: &Env, tx: &mut dyn Tx) -> Result<Sequenced, Failure> {
        if !tx.log().lead(self.sign.is_some()).await? {
            return Ok(Sequenced::default());
        }
        let queued = tx.log().take(BATCH).await?;
        let mut done = Sequenced {
            leaves: queued.len(),
            more: queued.len() == usize::from(BATCH),
            ..Sequenced::default()
        };
        let mut by_tree: BTreeMap<TreeKey, Vec<QueuedLeaf>> = BTreeMap::new();
        for leaf in queued {
            by_tree.entry(leaf.tree).or_default().push(leaf);
        }
        let now = tx.now().await?;
        let mut signed_now = Vec::new();
        for (key, leaves) in by_tree {
            let tree = grow(env, tx, key, &leaves).await?;
            if leaves.iter().any(|leaf| SIGNED_AT_ONCE.contains(&leaf.action.as_str())) {
                signed_now.push(tree.id);
                done.sign(sign(env, tx, &tree, now).await?);
            }
        }
        let long_ago = now - SIGN_EVERY;
        for tree in tx.log().unsigned_trees(now).await? {
            let wanted = self.sign == Some(tree.key) || tree.signed_at.is_none_or(|signed| signed < long_ago);
            if wanted && !signed_now.contains(&tree.id) {
                done.sign(sign(env, tx, &tree, now).await?);
            }
        }
        Ok(done)
    }
}

impl Sequenced {
    const fn sign(&mut self, signed: bool) {
        if signed {
            self.checkpoints += 1;
        } else {
            self.foreign += 1;
        }
    }
}

fn frontier(tree: &LogTree) -> Result<Frontier, StoreError> {
    Frontier::from_bytes(tree.size, &tree.edge).map_err(|error| StoreError::Corrupt {
        table: "log_trees",
        column: "edge",
        row: tree.id.get().into(),
        reason: error.to_string(),
    })
}

async fn grow(
    env: &Env,
    tx: &mut dyn Tx,
    key: TreeKey,
    leaves: &[QueuedLeaf],
) -> Result<LogTree, StoreError> {
    let origin = log::origin(env.log_key.name(), key);
    let public = env.log_key.public(&origin).to_string();
    let mut tree = tx.log().tree_for_update(key, &origin, &public).await?;
    let mut frontier = frontier(&tree)?;
    let mut nodes = Vec::new();
    for leaf in leaves {
        frontier.append(leaf.hash, |node| {
            if node.level > 0 && node.level.is_multiple_of(STORED_LEVELS) {
                nodes.push(LogNode { level: node.level, position: node.position, hash: node.hash });
            }
        });
    }
    tree.size = frontier.size();
    tree.edge = frontier.to_bytes();
    tx.log().extend(&tree, leaves, &nodes).await?;
    Ok(tree)
}

/// Signs a tree as it is; `false` when it belongs to another key.
async fn sign(env: &Env, tx: &mut dyn Tx, tree: &LogTree, now: Moment) -> Result<bool, StoreError> {
    if env.log_key.public(&tree.origin).to_string() != tree.public_key {
        return Ok(false);
    }
    let checkpoint =
        Checkpoint { origin: tree.origin.clone(), size: tree.size, root: frontier(tree)?.root() };
    let note = checkpoint.sign(&env.log_key);
    let kept = LogCheckpoint { size: checkpoint.size, root: checkpoint.root, note, at: now };
    tx.log().insert_checkpoint(tree.id, &kept).await?;
    Ok(true)
}
