//! The log.

use std::collections::BTreeMap;

use async_trait::async_trait;
use plenum_domain::id::{EventId, LeafId, OrganizationId, SessionId, TreeId, UserId};
use plenum_ports::StoreError;
use plenum_ports::page::{Page, Paged};
use plenum_ports::queries::{LeafLine, LogQueries, ReceiptLine};
use plenum_ports::repository::{LogCheckpoint, LogNode, LogTree, Opening, TreeKey};
use sqlx::types::Json;

use super::{PgQueries, below, one_more};
use crate::error::failed;
use crate::rows::{Cell, LogTreeRow, number, signed};

type Openings = Json<BTreeMap<String, Opening>>;

/// A row of `log_checkpoints`.
struct CheckpointRow {
    tree_id: i32,
    size: i64,
    root: Vec<u8>,
    note: String,
    at: plenum_domain::Moment,
}

impl TryFrom<CheckpointRow> for LogCheckpoint {
    type Error = StoreError;

    fn try_from(row: CheckpointRow) -> Result<Self, StoreError> {
        let cell = |column| Cell::new("log_checkpoints", column, row.tree_id);
        Ok(Self {
            size: number(cell("size"), row.size)?,
            root: cell("root").hash(&row.root)?,
            note: row.note,
            at: row.at,
        })
    }
}

#[async_trait]
impl LogQueries for PgQueries {
    async fn log_tree(&self, key: TreeKey) -> Result<Option<LogTree>, StoreError> {
        let (organization, session) = match key {
            TreeKey::Server => (0, 0),
            TreeKey::Organization(id) => (id.get(), 0),
            TreeKey::Session(id) => (0, id.get()),
        };
        let row = sqlx::query_as!(
            LogTreeRow,
            "SELECT id, organization_id, session_id, origin, public_key, size, edge, signed_size, signed_at
             FROM log_trees
             WHERE coalesce(organization_id, 0) = $1 AND coalesce(session_id, 0) = $2",
            organization,
            session,
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(failed)?;
        row.map(LogTree::try_from).transpose()
    }

    async fn log_leaves(&self, tree: TreeId, from: u64, limit: u16) -> Result<Vec<LeafLine>, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT position, id, event_id, action, hash, leaf, openings AS "openings: Openings"
               FROM log_leaves
               WHERE tree_id = $1 AND position >= $2
               ORDER BY position
               LIMIT $3"#,
            tree.get(),
            signed(from)?,
            i64::from(limit),
        )
        .fetch_all(&self.pool)
        .await
        .map_err(failed)?;
        rows.into_iter()
            .map(|row| {
                let cell = |column| Cell::new("log_leaves", column, row.id);
                Ok(LeafLine {
                    position: number(cell("position"), row.position)?,
                    id: LeafId::new(row.id),
                    event_id: row.event_id.map(EventId::new),
                    hash: cell("hash").hash(&row.hash)?,
                    action: row.action,
                    text: row.leaf,
                    openings: row.openings.0,
                })
            })
            .collect()
    }

    async fn log_hashes(&self, tree: TreeId, spans: &[(u8, u64, u64)]) -> Result<Vec<LogNode>, StoreError> {
        let levels: Vec<i16> = spans.iter().map(|span| span.0.into()).collect();
        let from: Vec<i64> = spans.iter().map(|span| signed(span.1)).collect::<Result<_, StoreError>>()?;
        let to: Vec<i64> = spans.iter().map(|span| signed(span.2)).collect::<Result<_, StoreError>>()?;
        let rows = sqlx::query!(
            r#"WITH span AS (
                   SELECT level, first, last
                   FROM unnest($2::int2[], $3::int8[], $4::int8[]) AS span (level, first, last)
               )
               SELECT span.level AS "level!", log_leaves.position AS "position!", log_leaves.hash AS "hash!"
               FROM span
               JOIN log_leaves ON log_leaves.tree_id = $1
                   AND log_leaves.position >= span.first AND log_leaves.position < span.last
               WHERE span.level = 0
               UNION ALL
               SELECT span.level, log_nodes.position, log_nodes.hash
               FROM span
               JOIN log_nodes ON log_nodes.tree_id = $1 AND log_nodes.level = span.level
                   AND log_nodes.position >= span.first AND log_nodes.position < span.last
               WHERE span.level > 0"#,
            tree.get(),
            &levels,
            &from,
            &to,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(failed)?;
        rows.into_iter()
            .map(|row| {
                let cell = |column| Cell::new("log_nodes", column, row.position);
                Ok(LogNode {
                    level: cell("level").check(u8::try_from(row.level))?,
                    position: number(cell("position"), row.position)?,
                    hash: cell("hash").hash(&row.hash)?,
                })
            })
            .collect()
    }

    async fn log_checkpoint(
        &self,
        tree: TreeId,
        covering: Option<u64>,
    ) -> Result<Option<LogCheckpoint>, StoreError> {
        // Two statements: one that served both would go along the index in neither direction.
        let row = match covering {
            Some(size) => {
                sqlx::query_as!(
                    CheckpointRow,
                    "SELECT tree_id, size, root, note, at FROM log_checkpoints
                     WHERE tree_id = $1 AND size >= $2 ORDER BY size LIMIT 1",
                    tree.get(),
                    signed(size)?,
                )
                .fetch_optional(&self.pool)
                .await
            }
            None => {
                sqlx::query_as!(
                    CheckpointRow,
                    "SELECT tree_id, size, root, note, at FROM log_checkpoints
                     WHERE tree_id = $1 ORDER BY size DESC LIMIT 1",
                    tree.get(),
                )
                .fetch_optional(&self.pool)
                .await
            }
        };
        row.map_err(failed)?.map(LogCheckpoint::try_from).transpose()
    }

    async fn log_checkpoints(&self, tree: TreeId, page: Page) -> Result<Paged<LogCheckpoint>, StoreError> {
        let rows = sqlx::query_as!(
            CheckpointRow,
            "SELECT tree_id, size, root, note, at FROM log_checkpoints
             WHERE tree_id = $1 AND size < $2 ORDER BY size DESC LIMIT $3",
            tree.get(),
            below(page),
            one_more(page),
        )
        .fetch_all(&self.pool)
        .await
        .map_err(failed)?;
        let lines = rows.into_iter().map(LogCheckpoint::try_from).collect::<Result<Vec<_>, _>>()?;
        Ok(Paged::from_one_more(page, lines, |line| line.size.cast_signed()))
    }

    async fn receipt(&self, id: LeafId) -> Result<Option<ReceiptLine>, StoreError> {
        let row = sqlx::query!(
            r#"SELECT log_trees.organization_id, log_trees.session_id, log_leaves.event_id,
                      log_leaves.hash AS "hash!", log_leaves.position AS "position?"
               FROM log_leaves
               JOIN log_trees ON log_trees.id = log_leaves.tree_id
               WHERE log_leaves.id = $1
               UNION ALL
               SELECT organization_id, session_id, event_id, hash, NULL FROM log_queue WHERE id = $1"#,
            id.get(),
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(failed)?;
        row.map(|row| {
            let cell = |column| Cell::new("log_leaves", column, id.get());
            Ok(ReceiptLine {
                id,
                tree: TreeKey::of(
                    row.organization_id.map(OrganizationId::new),
                    row.session_id.map(SessionId::new),
                ),
                event_id: row.event_id.map(EventId::new),
                hash: cell("hash").hash(&row.hash)?,
                position: row.position.map(|position| number(cell("position"), position)).transpose()?,
            })
        })
        .transpose()
    }

    async fn leaves_of_votes(
        &self,
        event: EventId,
        principals: &[UserId],
    ) -> Result<Vec<(UserId, LeafId)>, StoreError> {
        let principals: Vec<i32> = principals.iter().map(|principal| principal.get()).collect();
        // Only who has the envelope can tell which leaf is its: nothing that joins the two is kept.
        let rows = sqlx::query!(
            r#"SELECT vote.principal_user_id AS "principal_user_id!", max(log_leaves.id) AS "id!"
               FROM votes AS vote
               JOIN log_leaves ON log_leaves.action IN ('vote.cast', 'vote.change')
                   AND log_leaves.leaf::jsonb #>> '{target,id}' = vote.id::text
               WHERE vote.event_id = $1 AND vote.principal_user_id = ANY ($2)
               GROUP BY vote.principal_user_id
               UNION ALL
               SELECT envelope.principal_user_id, max(log_leaves.id)
               FROM envelopes AS envelope
               JOIN log_leaves ON log_leaves.action = 'vote.seal'
                   AND log_leaves.leaf::jsonb #>> '{facts,envelope}' = encode(sha256(envelope.sealed), 'hex')
               WHERE envelope.event_id = $1 AND envelope.principal_user_id = ANY ($2)
               GROUP BY envelope.principal_user_id"#,
            event.get(),
            &principals,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(failed)?;
        Ok(rows.into_iter().map(|row| (UserId::new(row.principal_user_id), LeafId::new(row.id))).collect())
    }

    async fn log_queued(&self) -> Result<u64, StoreError> {
        let count = sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM log_queue"#)
            .fetch_one(&self.pool)
            .await
            .map_err(failed)?;
        number(Cell::new("log_queue", "count", 0), count)
    }
}
