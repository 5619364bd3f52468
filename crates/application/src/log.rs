//! What becomes a leaf of the log, and when.
//!
//! Every audit line makes one: the runner sees to it before it commits, so no use case can change
//! something and leave the log without a word. A vote writes its leaf itself, because the voter gets
//! a receipt for it.

use plenum_domain::id::{LeafId, SessionId};
use plenum_ports::repository::{AuditEntry, LoggedEntry, NewLeaf, TreeKey};
use plenum_ports::{StoreError, Tx};
use plenum_record::leaf::{Actor, ActorWord, Draft, Leaf, Target, VERSION};
use plenum_record::receipt::Receipt;
use serde_json::{Map, Value};

use crate::env::Env;

/// What a tree is called in checkpoints, under the name of a server's log.
pub fn origin(log: &str, key: TreeKey) -> String {
    match key {
        TreeKey::Server => format!("{log}/server"),
        TreeKey::Organization(id) => format!("{log}/organizations/{id}"),
        TreeKey::Session(id) => format!("{log}/sessions/{id}"),
    }
}

fn salt(env: &Env) -> [u8; 32] {
    let mut salt = [0; 32];
    env.randomness.fill(&mut salt);
    salt
}

/// Queues a leaf for every audit line of the transaction that has none yet.
pub(crate) async fn queue(env: &Env, tx: &mut dyn Tx) -> Result<(), StoreError> {
    let leaves: Vec<NewLeaf> = tx
        .log()
        .take_entries()
        .iter()
        .filter(|logged| !logged.entry.log.apart)
        .map(|logged: &LoggedEntry| Draft::of(logged).seal(&logged.entry, || salt(env)))
        .collect();
    if !leaves.is_empty() {
        tx.log().append(&leaves).await?;
    }
    Ok(())
}

/// The leaf of a vote: who cast it for whom and what are sealed, each for itself, so that one can be
/// shown without the other.
pub(crate) fn vote(env: &Env, entry: &AuditEntry, who: Value, choice: Value) -> NewLeaf {
    let target = Target { table: entry.target.table.to_owned(), id: Some(entry.target.id) };
    let leaf = Leaf { at: Some(entry.at), ..withheld(entry, target) };
    Draft { leaf, sealed: vec![("who", who), ("choice", choice)] }.seal(entry, || salt(env))
}

/// The leaf of a secret vote: its envelope's hash, without a person, a time or a row to be found by.
/// An envelope that takes the place of an earlier one of the same vote names that one's hash.
pub fn envelope(entry: &AuditEntry, hash: &[u8; 32], replaced: Option<&[u8; 32]>) -> NewLeaf {
    let entry = AuditEntry { action: "vote.seal", ..entry.clone() };
    let target = Target { table: entry.target.table.to_owned(), id: None };
    let mut leaf = withheld(&entry, target);
    leaf.facts.insert("envelope".to_owned(), plenum_record::hex(hash).into());
    if let Some(replaced) = replaced {
        leaf.facts.insert("replaces".to_owned(), plenum_record::hex(replaced).into());
    }
    Draft { leaf, sealed: Vec::new() }.seal(&entry, || [0; 32])
}

fn withheld(entry: &AuditEntry, target: Target) -> Leaf {
    Leaf {
        v: VERSION,
        action: entry.action.to_owned(),
        target,
        actor: Actor::Word(ActorWord::Withheld),
        event_id: entry.event_id.map(plenum_domain::id::EventId::get),
        at: None,
        facts: Map::new(),
        sealed: std::collections::BTreeMap::new(),
    }
}

/// What a voter is given for a vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoteReceipt {
    /// Which one; `GET /receipts/{id}` tells where its leaf is.
    pub id: LeafId,
    /// The hash of the leaf.
    pub leaf: [u8; 32],
    /// The signed note.
    pub note: String,
}

/// Queues the leaves of votes of a sitting and signs a receipt for each.
pub(crate) async fn promise(
    env: &Env,
    tx: &mut dyn Tx,
    session: SessionId,
    leaves: &[NewLeaf],
) -> Result<Vec<VoteReceipt>, StoreError> {
    let ids = tx.log().append(leaves).await?;
    let origin = origin(env.log_key.name(), TreeKey::Session(session));
    let receipts = ids.into_iter().zip(leaves).map(|(id, leaf)| {
        let receipt = Receipt { origin: origin.clone(), id, leaf: leaf.hash };
        VoteReceipt { id, leaf: leaf.hash, note: receipt.sign(&env.log_key) }
    });
    Ok(receipts.collect())
}
