//! The audit log.

use async_trait::async_trait;
use plenum_domain::id::{AuditId, OrganizationId};

use super::state::refers;
use super::store::MemoryTx;
use crate::error::StoreError;
use crate::queries::AuditLine;
use crate::repository::{AuditEntry, AuditRepository, LoggedEntry};

/// A line as kept.
#[derive(Clone)]
pub(super) struct AuditRow {
    pub(super) organization_id: Option<OrganizationId>,
    pub(super) line: AuditLine,
}

#[async_trait]
impl AuditRepository for MemoryTx {
    async fn append(&mut self, entries: &[AuditEntry]) -> Result<(), StoreError> {
        let mut logged = Vec::new();
        self.change(|state| {
            for entry in entries {
                let actor_role = entry.actor.zip(entry.organization_id).and_then(|(actor, organization)| {
                    state.member(organization, actor).map(|member| member.role.as_str().to_owned())
                });
                logged.push(LoggedEntry { entry: entry.clone(), actor_role: actor_role.clone() });
                if let Some(actor) = entry.actor {
                    refers(state.users.contains_key(&actor), "audit_log_actor_user_id_fkey")?;
                }
                let line = AuditLine {
                    id: AuditId::new(i64::from(state.next_id())),
                    at: entry.at,
                    action: entry.action.to_owned(),
                    target_table: entry.target.table.to_owned(),
                    target_id: entry.target.id,
                    actor: entry.actor,
                    actor_role,
                    client: entry.actor.and_then(|actor| state.client_name(actor)),
                    session_id: entry.session_id,
                    event_id: entry.event_id,
                    before: entry.before.clone(),
                    after: entry.after.clone(),
                };
                state.audit.push(AuditRow { organization_id: entry.organization_id, line });
            }
            Ok(())
        })?;
        self.logged.append(&mut logged);
        Ok(())
    }
}
