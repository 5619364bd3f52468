//! The audit log.

use plenum_domain::id::{AuditId, EventId, OrganizationId, SessionId, UserId};
use plenum_ports::StoreError;
use plenum_ports::page::{Page, Paged};
use plenum_ports::queries::{AuditFilter, AuditLine};
use sqlx::PgPool;

use super::{below, one_more};
use crate::error::failed;
use crate::rows::{Cell, ChangesData, Document};

pub(super) async fn audit(
    pool: &PgPool,
    id: OrganizationId,
    filter: &AuditFilter,
    page: Page,
) -> Result<Paged<AuditLine>, StoreError> {
    let rows = sqlx::query!(
        r#"SELECT a.id, a.session_id, a.event_id, a.action, a.target_table, a.target_id, a.actor_user_id,
                  a.actor_role, a.at, a.changes AS "changes: Document", c.name AS "client?"
           FROM audit_log a
           LEFT JOIN api_clients c ON c.user_id = a.actor_user_id
           WHERE a.organization_id = $1 AND a.id < $2
             AND ($4::text IS NULL OR a.action = $4 OR starts_with(a.action, $4 || '.'))
             AND (NOT $5 OR a.actor_user_id IS NOT DISTINCT FROM $6)
             AND ($7::int4 IS NULL OR a.session_id = $7)
             AND ($8::int4 IS NULL OR a.event_id = $8)
             AND ($9::timestamptz IS NULL OR a.at >= $9)
             AND ($10::timestamptz IS NULL OR a.at < $10)
           ORDER BY a.id DESC
           LIMIT $3"#,
        id.get(),
        below(page),
        one_more(page),
        filter.action,
        filter.actor.is_some(),
        filter.actor.flatten().map(UserId::get),
        filter.session_id.map(SessionId::get),
        filter.event_id.map(EventId::get),
        filter.from,
        filter.until,
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    let lines = rows
        .into_iter()
        .map(|row| {
            let changes: ChangesData = Cell::new("audit_log", "changes", row.id).document(&row.changes)?;
            Ok(AuditLine {
                id: AuditId::new(row.id),
                at: row.at,
                action: row.action,
                target_table: row.target_table,
                target_id: row.target_id,
                actor: row.actor_user_id.map(UserId::new),
                actor_role: row.actor_role,
                client: row.client,
                session_id: row.session_id.map(SessionId::new),
                event_id: row.event_id.map(EventId::new),
                before: changes.before,
                after: changes.after,
            })
        })
        .collect::<Result<_, StoreError>>()?;
    Ok(Paged::from_one_more(page, lines, |line: &AuditLine| line.id.get()))
}
