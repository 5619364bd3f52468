//! The log: queue and trees.

use std::collections::BTreeMap;

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::id::{EventId, LeafId, OrganizationId, SessionId, TreeId, VoteId};
use plenum_ports::StoreError;
use plenum_ports::repository::{
    LogCheckpoint, LogNode, LogRepository, LogTree, LoggedEntry, NewLeaf, Opening, QueuedLeaf, TreeKey,
};
use sqlx::types::Json;

use crate::rows::{Cell, LogTreeRow, number, signed};
use crate::store::PgTx;

type Openings = Json<BTreeMap<String, Opening>>;

#[async_trait]
impl LogRepository for PgTx {
    fn take_entries(&mut self) -> Vec<LoggedEntry> {
        std::mem::take(&mut self.logged)
    }

    async fn append(&mut self, leaves: &[NewLeaf]) -> Result<Vec<LeafId>, StoreError> {
        if leaves.is_empty() {
            return Ok(Vec::new());
        }
        let organizations: Vec<Option<i32>> =
            leaves.iter().map(|leaf| leaf.organization_id.map(OrganizationId::get)).collect();
        let sessions: Vec<Option<i32>> =
            leaves.iter().map(|leaf| leaf.session_id.map(SessionId::get)).collect();
        let events: Vec<Option<i32>> = leaves.iter().map(|leaf| leaf.event_id.map(EventId::get)).collect();
        let actions: Vec<&str> = leaves.iter().map(|leaf| leaf.action).collect();
        let hashes: Vec<&[u8]> = leaves.iter().map(|leaf| leaf.hash.as_slice()).collect();
        let texts: Vec<&str> = leaves.iter().map(|leaf| leaf.text.as_str()).collect();
        let openings: Vec<Json<&BTreeMap<String, Opening>>> =
            leaves.iter().map(|leaf| Json(&leaf.openings)).collect();
        let ids = sqlx::query_scalar!(
            "INSERT INTO log_queue (organization_id, session_id, event_id, action, hash, leaf, openings)
             SELECT organization_id, session_id, event_id, action, hash, leaf, openings
             FROM unnest($1::int4[], $2::int4[], $3::int4[], $4::text[], $5::bytea[], $6::text[], $7::jsonb[])
                 WITH ORDINALITY
                 AS leaf (organization_id, session_id, event_id, action, hash, leaf, openings, place)
             ORDER BY place
             RETURNING id",
            &organizations as &[Option<i32>],
            &sessions as &[Option<i32>],
            &events as &[Option<i32>],
            &actions as &[&str],
            &hashes as &[&[u8]],
            &texts as &[&str],
            &openings as &[Json<&BTreeMap<String, Opening>>],
        )
        .fetch_all(self.connection())
        .await;
        let mut ids = self.done(ids)?;
        ids.sort_unstable();
        Ok(ids.into_iter().map(LeafId::new).collect())
    }

    async fn erase_choices(&mut self, votes: &[VoteId]) -> Result<(), StoreError> {
        let ids: Vec<String> = votes.iter().map(ToString::to_string).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let erased = sqlx::query!("SELECT erase_choices_from_log($1)", &ids).execute(self.connection()).await;
        self.done(erased).map(drop)
    }

    async fn lead(&mut self, wait: bool) -> Result<bool, StoreError> {
        if wait {
            let had = sqlx::query_scalar!(
                r#"SELECT count(pg_advisory_xact_lock('log_queue'::regclass::oid::int4, 0)) AS "count!""#
            )
            .fetch_one(self.connection())
            .await;
            return self.done(had).map(|_| true);
        }
        let lead = sqlx::query_scalar!(
            r#"SELECT pg_try_advisory_xact_lock('log_queue'::regclass::oid::int4, 0) AS "lead!""#
        )
        .fetch_one(self.connection())
        .await;
        self.done(lead)
    }

    async fn take(&mut self, limit: u16) -> Result<Vec<QueuedLeaf>, StoreError> {
        // Whatever is seen here was committed; what a leaf depends on was committed before it and has a
        // smaller id, so it is either here too or has its place already.
        let rows = sqlx::query!(
            r#"WITH first AS (
                   SELECT id FROM log_queue ORDER BY id LIMIT $1
               ),
               taken AS (
                   DELETE FROM log_queue USING first WHERE log_queue.id = first.id
                   RETURNING log_queue.*
               )
               SELECT id, organization_id, session_id, event_id, action, hash, leaf,
                      openings AS "openings: Openings"
               FROM taken
               ORDER BY id"#,
            i64::from(limit),
        )
        .fetch_all(self.connection())
        .await;
        self.done(rows)?
            .into_iter()
            .map(|row| {
                Ok(QueuedLeaf {
                    id: LeafId::new(row.id),
                    tree: TreeKey::of(
                        row.organization_id.map(OrganizationId::new),
                        row.session_id.map(SessionId::new),
                    ),
                    event_id: row.event_id.map(EventId::new),
                    action: row.action,
                    text: row.leaf,
                    hash: Cell::new("log_queue", "hash", row.id).hash(&row.hash)?,
                    openings: row.openings.0,
                })
            })
            .collect()
    }

    async fn tree_for_update(
        &mut self,
        key: TreeKey,
        origin: &str,
        public_key: &str,
    ) -> Result<LogTree, StoreError> {
        let (organization, session) = match key {
            TreeKey::Server => (None, None),
            TreeKey::Organization(id) => (Some(id.get()), None),
            TreeKey::Session(id) => (None, Some(id.get())),
        };
        let inserted = sqlx::query!(
            "INSERT INTO log_trees (organization_id, session_id, origin, public_key)
             VALUES ($1, $2, $3, $4)
             ON CONFLICT (coalesce(organization_id, 0), coalesce(session_id, 0)) DO NOTHING",
            organization,
            session,
            origin,
            public_key,
        )
        .execute(self.connection())
        .await;
        self.done(inserted)?;
        let row = sqlx::query_as!(
            LogTreeRow,
            "SELECT id, organization_id, session_id, origin, public_key, size, edge, signed_size, signed_at
             FROM log_trees
             WHERE coalesce(organization_id, 0) = coalesce($1, 0) AND coalesce(session_id, 0) = coalesce($2, 0)
             FOR NO KEY UPDATE",
            organization,
            session,
        )
        .fetch_optional(self.connection())
        .await;
        self.the_row("select log tree", row)?.try_into()
    }

    async fn extend(
        &mut self,
        tree: &LogTree,
        leaves: &[QueuedLeaf],
        nodes: &[LogNode],
    ) -> Result<(), StoreError> {
        let size = signed(tree.size)?;
        let first = size - i64::try_from(leaves.len()).unwrap_or(i64::MAX);
        let updated = sqlx::query!(
            "UPDATE log_trees SET size = $2, edge = $3 WHERE id = $1 AND size = $4",
            tree.id.get(),
            size,
            &tree.edge,
            first,
        )
        .execute(self.connection())
        .await;
        self.changed("update log tree", 1, updated)?;
        let ids: Vec<i64> = leaves.iter().map(|leaf| leaf.id.get()).collect();
        let events: Vec<Option<i32>> = leaves.iter().map(|leaf| leaf.event_id.map(EventId::get)).collect();
        let actions: Vec<&str> = leaves.iter().map(|leaf| leaf.action.as_str()).collect();
        let hashes: Vec<&[u8]> = leaves.iter().map(|leaf| leaf.hash.as_slice()).collect();
        let texts: Vec<&str> = leaves.iter().map(|leaf| leaf.text.as_str()).collect();
        let openings: Vec<Json<&BTreeMap<String, Opening>>> =
            leaves.iter().map(|leaf| Json(&leaf.openings)).collect();
        let inserted = sqlx::query!(
            "INSERT INTO log_leaves (tree_id, position, id, event_id, action, hash, leaf, openings)
             SELECT $1, $2 + place - 1, id, event_id, action, hash, leaf, openings
             FROM unnest($3::int8[], $4::int4[], $5::text[], $6::bytea[], $7::text[], $8::jsonb[])
                 WITH ORDINALITY AS leaf (id, event_id, action, hash, leaf, openings, place)",
            tree.id.get(),
            first,
            &ids,
            &events as &[Option<i32>],
            &actions as &[&str],
            &hashes as &[&[u8]],
            &texts as &[&str],
            &openings as &[Json<&BTreeMap<String, Opening>>],
        )
        .execute(self.connection())
        .await;
        self.changed("insert log leaves", leaves.len() as u64, inserted)?;
        if nodes.is_empty() {
            return Ok(());
        }
        let levels: Vec<i16> = nodes.iter().map(|node| node.level.into()).collect();
        let positions: Vec<i64> =
            nodes.iter().map(|node| signed(node.position)).collect::<Result<_, StoreError>>()?;
        let hashes: Vec<&[u8]> = nodes.iter().map(|node| node.hash.as_slice()).collect();
        let inserted = sqlx::query!(
            "INSERT INTO log_nodes (tree_id, level, position, hash)
             SELECT $1, level, position, hash
             FROM unnest($2::int2[], $3::int8[], $4::bytea[]) AS node (level, position, hash)",
            tree.id.get(),
            &levels,
            &positions,
            &hashes as &[&[u8]],
        )
        .execute(self.connection())
        .await;
        self.changed("insert log nodes", nodes.len() as u64, inserted)
    }

    async fn unsigned_trees(&mut self, before: Moment) -> Result<Vec<LogTree>, StoreError> {
        let rows = sqlx::query_as!(
            LogTreeRow,
            "SELECT id, organization_id, session_id, origin, public_key, size, edge, signed_size, signed_at
             FROM log_trees
             WHERE size > signed_size AND (signed_at IS NULL OR signed_at < $1)
             ORDER BY id",
            before,
        )
        .fetch_all(self.connection())
        .await;
        self.done(rows)?.into_iter().map(LogTree::try_from).collect()
    }

    async fn insert_checkpoint(
        &mut self,
        tree: TreeId,
        checkpoint: &LogCheckpoint,
    ) -> Result<(), StoreError> {
        let size = signed(checkpoint.size)?;
        let updated = sqlx::query!(
            "UPDATE log_trees SET signed_size = $2, signed_at = $3 WHERE id = $1 AND signed_size < $2",
            tree.get(),
            size,
            checkpoint.at,
        )
        .execute(self.connection())
        .await;
        self.changed("sign log tree", 1, updated)?;
        let inserted = sqlx::query!(
            "INSERT INTO log_checkpoints (tree_id, size, root, note, at) VALUES ($1, $2, $3, $4, $5)",
            tree.get(),
            size,
            checkpoint.root.as_slice(),
            checkpoint.note,
            checkpoint.at,
        )
        .execute(self.connection())
        .await;
        self.changed("insert log checkpoint", 1, inserted)
    }
}

impl TryFrom<LogTreeRow> for LogTree {
    type Error = StoreError;

    fn try_from(row: LogTreeRow) -> Result<Self, StoreError> {
        let cell = |column| Cell::new("log_trees", column, row.id);
        Ok(Self {
            id: TreeId::new(row.id),
            key: TreeKey::of(
                row.organization_id.map(OrganizationId::new),
                row.session_id.map(SessionId::new),
            ),
            origin: row.origin,
            public_key: row.public_key,
            size: number(cell("size"), row.size)?,
            edge: row.edge,
            signed_size: number(cell("signed_size"), row.signed_size)?,
            signed_at: row.signed_at,
        })
    }
}
