//! Audit entries, built in one line.

use plenum_domain::Moment;
use plenum_domain::event::Event;
use plenum_domain::id::{OrganizationId, UserId};
use plenum_domain::session::Session;
use plenum_ports::repository::{AuditEntry, AuditTarget, LogPart};
use serde_json::Value;

/// Starts an entry: `action` on row `id` of `table`.
pub(crate) fn entry(
    action: &'static str,
    table: &'static str,
    id: impl Into<i64>,
    actor: Option<UserId>,
    at: Moment,
) -> AuditEntry {
    AuditEntry {
        organization_id: None,
        session_id: None,
        event_id: None,
        action,
        target: AuditTarget { table, id: id.into() },
        actor,
        at,
        before: None,
        after: None,
        log: LogPart::default(),
    }
}

/// Says where it happened and what changed.
pub(crate) trait Describe: Sized {
    fn organization(self, id: OrganizationId) -> Self;
    fn session(self, session: &Session) -> Self;
    fn event(self, event: &Event) -> Self;
    fn before(self, value: Value) -> Self;
    fn after(self, value: Value) -> Self;
    /// What the log says of it in the clear: an object of numbers, hashes and words of the program.
    fn facts(self, value: Value) -> Self;
    /// What the log seals besides the changes.
    fn sealed(self, name: &'static str, value: Value) -> Self;
    /// The use case writes the leaf itself.
    fn logged_apart(self) -> Self;
}

impl Describe for AuditEntry {
    fn organization(mut self, id: OrganizationId) -> Self {
        self.organization_id = Some(id);
        self
    }

    fn session(mut self, session: &Session) -> Self {
        self.organization_id = Some(session.organization_id);
        self.session_id = Some(session.id);
        self
    }

    fn event(mut self, event: &Event) -> Self {
        self.event_id = Some(event.id);
        self
    }

    fn before(mut self, value: Value) -> Self {
        self.before = Some(value);
        self
    }

    fn after(mut self, value: Value) -> Self {
        self.after = Some(value);
        self
    }

    fn facts(mut self, value: Value) -> Self {
        if let Value::Object(facts) = value {
            self.log.facts = facts;
        }
        self
    }

    fn sealed(mut self, name: &'static str, value: Value) -> Self {
        self.log.sealed.push((name, value));
        self
    }

    fn logged_apart(mut self) -> Self {
        self.log.apart = true;
        self
    }
}
