//! The audit log.

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::id::{EventId, OrganizationId, SessionId, UserId};
use plenum_ports::StoreError;
use plenum_ports::repository::{AuditEntry, AuditRepository, LoggedEntry};
use sqlx::types::Json;

use crate::rows::ChangesData;
use crate::store::PgTx;

#[async_trait]
impl AuditRepository for PgTx {
    async fn append(&mut self, entries: &[AuditEntry]) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        let organizations: Vec<Option<i32>> =
            entries.iter().map(|entry| entry.organization_id.map(OrganizationId::get)).collect();
        let sessions: Vec<Option<i32>> =
            entries.iter().map(|entry| entry.session_id.map(SessionId::get)).collect();
        let events: Vec<Option<i32>> = entries.iter().map(|entry| entry.event_id.map(EventId::get)).collect();
        let actions: Vec<&str> = entries.iter().map(|entry| entry.action).collect();
        let tables: Vec<&str> = entries.iter().map(|entry| entry.target.table).collect();
        let targets: Vec<i64> = entries.iter().map(|entry| entry.target.id).collect();
        let actors: Vec<Option<i32>> = entries.iter().map(|entry| entry.actor.map(UserId::get)).collect();
        let moments: Vec<Moment> = entries.iter().map(|entry| entry.at).collect();
        let changes: Vec<Json<ChangesData>> = entries
            .iter()
            .map(|entry| Json(ChangesData { before: entry.before.clone(), after: entry.after.clone() }))
            .collect();
        let roles = sqlx::query!(
            "INSERT INTO audit_log (organization_id, session_id, event_id, action, target_table, target_id,
                                    actor_user_id, actor_role, at, changes)
             SELECT organization_id, session_id, event_id, action, target_table, target_id, actor_user_id,
                    (SELECT user_role FROM organization_members AS member
                     WHERE member.organization_id = line.organization_id
                       AND member.user_id = line.actor_user_id),
                    at, changes
             FROM unnest($1::int4[], $2::int4[], $3::int4[], $4::text[], $5::text[], $6::int8[], $7::int4[],
                         $8::timestamptz[], $9::jsonb[]) WITH ORDINALITY
                 AS line (organization_id, session_id, event_id, action, target_table, target_id,
                          actor_user_id, at, changes, place)
             ORDER BY place
             RETURNING id, actor_role",
            &organizations as &[Option<i32>],
            &sessions as &[Option<i32>],
            &events as &[Option<i32>],
            &actions as &[&str],
            &tables as &[&str],
            &targets,
            &actors as &[Option<i32>],
            &moments,
            &changes as &[Json<ChangesData>],
        )
        .fetch_all(self.connection())
        .await;
        let mut roles = self.done(roles)?;
        roles.sort_by_key(|row| row.id);
        let logged = entries.iter().zip(roles);
        self.logged.extend(
            logged.map(|(entry, row)| LoggedEntry { entry: entry.clone(), actor_role: row.actor_role }),
        );
        Ok(())
    }
}
