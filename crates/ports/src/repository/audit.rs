//! The audit log.

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::id::{EventId, OrganizationId, SessionId, UserId};
use serde_json::Value;

use crate::error::StoreError;
use crate::repository::LogPart;

/// What an entry is about: a table and the id of a row in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditTarget {
    /// The table.
    pub table: &'static str,
    /// The row.
    pub id: i64,
}

/// A line of the audit log: who did what, on what, before and after.
#[derive(Clone, Debug)]
pub struct AuditEntry {
    /// Whose log it belongs to; `None` for what concerns the server.
    pub organization_id: Option<OrganizationId>,
    /// The sitting it happened in.
    pub session_id: Option<SessionId>,
    /// The event it concerns.
    pub event_id: Option<EventId>,
    /// What was done, such as `event.open`.
    pub action: &'static str,
    /// On what.
    pub target: AuditTarget,
    /// Who; `None` for the server itself.
    pub actor: Option<UserId>,
    /// When.
    pub at: Moment,
    /// How it was, where that says something.
    pub before: Option<Value>,
    /// How it is now. Never holds a choice, a secret or a provider's subject.
    pub after: Option<Value>,
    /// What the log says of it besides.
    pub log: LogPart,
}

/// Writes the audit log.
#[async_trait]
pub trait AuditRepository: Send {
    /// Adds lines.
    async fn append(&mut self, entries: &[AuditEntry]) -> Result<(), StoreError>;
}
