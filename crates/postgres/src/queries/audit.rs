//! The audit log.

use plenum_domain::id::{AuditId, EventId, OrganizationId, SessionId, UserId};
use plenum_ports::StoreError;
use plenum_ports::page::{Page, Paged};
use plenum_ports::queries::AuditLine;
use sqlx::PgPool;

use super::{below, one_more};
use crate::error::failed;
use crate::rows::{Cell, ChangesData, Document};

pub(super) async fn audit(
    pool: &PgPool,
    id: OrganizationId,
    page: Page,
) -> Result<Paged<AuditLine>, StoreError> {
    let rows = sqlx::query!(
        r#"SELECT id, session_id, event_id, action, target_table, target_id, actor_user_id, at,
                  changes AS "changes: Document"
           FROM audit_log
           WHERE organization_id = $1 AND id < $2
           ORDER BY id DESC
           LIMIT $3"#,
        id.get(),
        below(page),
        one_more(page),
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
                session_id: row.session_id.map(SessionId::new),
                event_id: row.event_id.map(EventId::new),
                before: changes.before,
                after: changes.after,
            })
        })
        .collect::<Result<_, StoreError>>()?;
    Ok(Paged::from_one_more(page, lines, |line: &AuditLine| line.id.get()))
}
