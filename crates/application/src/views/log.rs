use std::collections::HashMap;

use plenum_domain::field::FieldErrors;
use plenum_domain::id::{EventId, LeafId, OrganizationId, SessionId, TreeId, UserId};
use plenum_domain::permission::{Action, ViewOrganization, ViewSession};
use plenum_ports::page::{Page, Paged};
use plenum_ports::queries::LeafLine;
use plenum_ports::repository::{LogCheckpoint, LogTree, TreeKey};
use plenum_record::Hash;
use plenum_record::receipt::Receipt;
use plenum_record::tree::{Frontier, Plan};

use super::{VotingInstance, require};
use crate::log::origin;
use crate::{App, Failure};

/// Whose log is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogOwner {
    /// What happens in an organization outside sittings.
    Organization(OrganizationId),
    /// What happens in a sitting.
    Session(SessionId),
}

/// A leaf as a person may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Its place in the tree, from 0.
    pub position: u64,
    /// Its hash.
    pub hash: Hash,
    /// The leaf itself, for who may read the audit log or conducts the sitting.
    pub text: Option<String>,
}

/// A tree's head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogHead {
    /// The tree's name.
    pub origin: String,
    /// The key that signs its checkpoints.
    pub public_key: String,
    /// Leaves in it, those behind the latest checkpoint included.
    pub size: u64,
    /// The root over all of them.
    pub root: Hash,
    /// The latest checkpoint; `None` in the first seconds.
    pub checkpoint: Option<LogCheckpoint>,
}

/// A proof, with what it proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogProof {
    /// Leaves in the tree that is proven something about.
    pub size: u64,
    /// Hashes, in the order of RFC 6962.
    pub hashes: Vec<Hash>,
}

/// Where the leaf of a receipt is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptView {
    /// Which receipt.
    pub id: LeafId,
    /// The leaf's hash.
    pub leaf: Hash,
    /// The sitting it was given in.
    pub session_id: SessionId,
    /// The event it was given for.
    pub event_id: Option<EventId>,
    /// Its place and the proof of it; `None` until a checkpoint covers it.
    pub place: Option<ReceiptPlace>,
}

/// A vote of a person's, as the log has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedVote {
    /// Whose vote it is.
    pub principal: UserId,
    /// Where its leaf is.
    pub receipt: ReceiptView,
    /// The receipt, signed anew: the same bytes as when the vote was cast.
    pub note: String,
}

/// A leaf's place in a signed tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptPlace {
    /// The leaf's place, from 0.
    pub position: u64,
    /// The checkpoint it is proven against.
    pub checkpoint: LogCheckpoint,
    /// Hashes from the leaf upwards.
    pub proof: Vec<Hash>,
}

impl App {
    async fn log_access(&self, owner: LogOwner, user: UserId) -> Result<(TreeKey, bool), Failure> {
        match owner {
            LogOwner::Organization(id) => {
                let (_, standing) =
                    self.queries.organization(id, user).await?.ok_or(Failure::NotFound("organization"))?;
                require::<ViewOrganization>(&standing, "organization")?;
                Ok((TreeKey::Organization(id), Action::ViewAudit.allows(&standing)))
            }
            LogOwner::Session(id) => {
                let line = self.queries.session(id, user).await?.ok_or(Failure::NotFound("session"))?;
                require::<ViewSession>(&line.standing, "session")?;
                let whole = Action::ExportSession.allows(&line.standing);
                Ok((TreeKey::Session(id), whole))
            }
        }
    }

    async fn tree(&self, owner: LogOwner, user: UserId) -> Result<(LogTree, bool), Failure> {
        let (key, whole) = self.log_access(owner, user).await?;
        let tree = self.queries.log_tree(key).await?.unwrap_or_else(|| self.empty_tree(key));
        Ok((tree, whole))
    }

    /// A tree before its first leaf has found its place.
    fn empty_tree(&self, key: TreeKey) -> LogTree {
        let origin = origin(self.env.log_key.name(), key);
        let public_key = self.env.log_key.public(&origin).to_string();
        LogTree {
            id: TreeId::new(0),
            key,
            origin,
            public_key,
            size: 0,
            edge: Vec::new(),
            signed_size: 0,
            signed_at: None,
        }
    }

    /// The leaves of a log in order; who may not read them sees their hashes.
    ///
    /// # Errors
    /// [`Failure::NotFound`] for who may not know of the sitting or organization.
    pub async fn log(&self, owner: LogOwner, user: UserId, page: Page) -> Result<Paged<LogLine>, Failure> {
        let (tree, whole) = self.tree(owner, user).await?;
        let from = page.after().map_or(0, |after| u64::try_from(after + 1).unwrap_or(0));
        let leaves = self.queries.log_leaves(tree.id, from, page.limit() + 1).await?;
        let lines = leaves.into_iter().map(|leaf: LeafLine| LogLine {
            position: leaf.position,
            hash: leaf.hash,
            text: whole.then_some(leaf.text),
        });
        Ok(Paged::from_one_more(page, lines.collect(), |line| line.position.cast_signed()))
    }

    /// The head of a log.
    ///
    /// # Errors
    /// [`Failure::NotFound`] for who may not know of the sitting or organization.
    pub async fn log_head(&self, owner: LogOwner, user: UserId) -> Result<LogHead, Failure> {
        let (tree, _) = self.tree(owner, user).await?;
        self.head_of(tree).await
    }

    /// The head of a sitting's log for its minutes: the root over everything that was done in it.
    ///
    /// # Errors
    /// [`Failure::NotFound`] for who may not know of the sitting.
    pub async fn session_log_head(&self, id: SessionId, user: UserId) -> Result<LogHead, Failure> {
        self.log_head(LogOwner::Session(id), user).await
    }

    pub(crate) async fn head_of(&self, tree: LogTree) -> Result<LogHead, Failure> {
        let checkpoint = self.queries.log_checkpoint(tree.id, None).await?;
        let root = Frontier::from_bytes(tree.size, &tree.edge).map_err(|error| {
            plenum_ports::StoreError::Corrupt {
                table: "log_trees",
                column: "edge",
                row: tree.id.get().into(),
                reason: error.to_string(),
            }
        })?;
        Ok(LogHead {
            origin: tree.origin,
            public_key: tree.public_key,
            size: tree.size,
            root: root.root(),
            checkpoint,
        })
    }

    /// The checkpoints of a log, the latest first.
    ///
    /// # Errors
    /// [`Failure::NotFound`] for who may not know of the sitting or organization.
    pub async fn log_checkpoints(
        &self,
        owner: LogOwner,
        user: UserId,
        page: Page,
    ) -> Result<Paged<LogCheckpoint>, Failure> {
        let (tree, _) = self.tree(owner, user).await?;
        Ok(self.queries.log_checkpoints(tree.id, page).await?)
    }

    /// Proves that a leaf is in the tree of the first `size` leaves; of all of them for `None`.
    ///
    /// # Errors
    /// [`Failure::Invalid`] when there are not so many leaves.
    pub async fn log_inclusion(
        &self,
        owner: LogOwner,
        user: UserId,
        position: u64,
        size: Option<u64>,
    ) -> Result<LogProof, Failure> {
        let (tree, _) = self.tree(owner, user).await?;
        let size = checked_size(&tree, size)?;
        if position >= size {
            return Err(FieldErrors::one("position", format!("must be below the size, {size}")).into());
        }
        let hashes = self.proof(&tree, &Plan::inclusion(position, size)).await?;
        Ok(LogProof { size, hashes })
    }

    /// Proves that the tree of the first `size` leaves grew from that of the first `old`.
    ///
    /// # Errors
    /// [`Failure::Invalid`] when there are not so many leaves.
    pub async fn log_consistency(
        &self,
        owner: LogOwner,
        user: UserId,
        old: u64,
        size: Option<u64>,
    ) -> Result<LogProof, Failure> {
        let (tree, _) = self.tree(owner, user).await?;
        let size = checked_size(&tree, size)?;
        if old > size {
            return Err(FieldErrors::one("old", format!("must be at most the size, {size}")).into());
        }
        let hashes = self.proof(&tree, &Plan::consistency(old, size)).await?;
        Ok(LogProof { size, hashes })
    }

    async fn proof(&self, tree: &LogTree, plan: &Plan) -> Result<Vec<Hash>, Failure> {
        let spans: Vec<_> = plan.needs().iter().map(|need| (need.level, need.from, need.to)).collect();
        let nodes = self.queries.log_hashes(tree.id, &spans).await?;
        let nodes: HashMap<_, _> =
            nodes.into_iter().map(|node| ((node.level, node.position), node.hash)).collect();
        let missing = || plenum_ports::StoreError::Corrupt {
            table: "log_nodes",
            column: "hash",
            row: tree.id.get().into(),
            reason: "a hash of the tree is missing".to_owned(),
        };
        Ok(plan.make(&nodes).ok_or_else(missing)?)
    }

    /// Where the leaf of a receipt is. Says nothing of what is in it, nor whose it is.
    ///
    /// # Errors
    /// [`Failure::NotFound`] when there is no such receipt, or it is of a sitting the person may not know of.
    pub async fn receipt(&self, id: LeafId, user: UserId) -> Result<ReceiptView, Failure> {
        let unknown = Failure::NotFound("receipt");
        let Some(line) = self.queries.receipt(id).await? else { return Err(unknown) };
        let (TreeKey::Session(session_id), Some(_)) = (line.tree, line.event_id) else { return Err(unknown) };
        let Some(session) = self.queries.session(session_id, user).await? else { return Err(unknown) };
        require::<ViewSession>(&session.standing, "receipt")?;
        let mut place = None;
        if let Some(position) = line.position
            && let Some(tree) = self.queries.log_tree(line.tree).await?
            && let Some(checkpoint) = self.queries.log_checkpoint(tree.id, Some(position + 1)).await?
        {
            let proof = self.proof(&tree, &Plan::inclusion(position, checkpoint.size)).await?;
            place = Some(ReceiptPlace { position, checkpoint, proof });
        }
        Ok(ReceiptView { id, leaf: line.hash, session_id, event_id: line.event_id, place })
    }
}

impl App {
    /// Where the votes of these instances are in the log, which are the person's own and those they hold. A vote that was
    /// just cast is left out until it has its place, a few seconds.
    ///
    /// Nothing that joins a person to a leaf is kept for this: a recorded vote is found by its row, a sealed one by the
    /// hash of its envelope, of which the log has nothing else.
    ///
    /// # Errors
    /// [`Failure::NotFound`] for who may not know of the sitting.
    pub async fn logged_votes(
        &self,
        event: EventId,
        instances: &[VotingInstance],
        user: UserId,
    ) -> Result<Vec<LoggedVote>, Failure> {
        let principals: Vec<UserId> = instances
            .iter()
            .filter(|found| found.instance.voted)
            .map(|found| found.instance.row.principal())
            .collect();
        if principals.is_empty() {
            return Ok(Vec::new());
        }
        let mut votes = Vec::with_capacity(principals.len());
        for (principal, leaf) in self.queries.leaves_of_votes(event, &principals).await? {
            let receipt = self.receipt(leaf, user).await?;
            let origin = origin(self.env.log_key.name(), TreeKey::Session(receipt.session_id));
            let note = Receipt { origin, id: leaf, leaf: receipt.leaf }.sign(&self.env.log_key);
            votes.push(LoggedVote { principal, receipt, note });
        }
        Ok(votes)
    }
}

fn checked_size(tree: &LogTree, size: Option<u64>) -> Result<u64, FieldErrors> {
    match size {
        None => Ok(tree.size),
        Some(size) if (1..=tree.size).contains(&size) => Ok(size),
        Some(_) => Err(FieldErrors::one("size", format!("must be from 1 to the size now, {}", tree.size))),
    }
}
