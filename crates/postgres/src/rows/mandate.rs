//! Mandates.

use plenum_domain::Moment;
use plenum_domain::id::{EventId, OrganizationId, ProxyId, SessionId, UserId, UserSessionId};
use plenum_domain::proxy::{Awaits, End, Mandate, MandateChange, MandateState, Scope, Stood};
use plenum_ports::StoreError;

use super::Cell;

/// A row of `proxies`, without the reason.
#[derive(Debug)]
pub(crate) struct MandateRow {
    pub(crate) id: i32,
    pub(crate) session_id: Option<i32>,
    pub(crate) event_id: Option<i32>,
    pub(crate) organization_id: Option<i32>,
    pub(crate) valid_from: Option<Moment>,
    pub(crate) valid_until: Option<Moment>,
    pub(crate) span_id: Option<i32>,
    pub(crate) principal_user_id: i32,
    pub(crate) holder_user_id: i32,
    pub(crate) user_session_id: Option<i32>,
    pub(crate) created_by_user_id: i32,
    pub(crate) created_at: Moment,
    pub(crate) state: String,
    pub(crate) awaits: Option<String>,
    pub(crate) stood_at: Option<Moment>,
    pub(crate) ended_at: Option<Moment>,
}

impl MandateRow {
    fn cell(&self, column: &'static str) -> Cell {
        Cell::new("proxies", column, self.id)
    }

    fn scope(&self) -> Result<Scope, StoreError> {
        let Some(session_id) = self.session_id.map(SessionId::new) else {
            let organization = self.cell("organization_id").present(self.organization_id)?;
            return Ok(Scope::Span {
                organization_id: OrganizationId::new(organization),
                from: self.cell("valid_from").present(self.valid_from)?,
                until: self.cell("valid_until").present(self.valid_until)?,
            });
        };
        Ok(match self.event_id.map(EventId::new) {
            Some(event_id) => Scope::Event { session_id, event_id },
            None => Scope::Sitting { session_id },
        })
    }

    fn state(&self) -> Result<MandateState, StoreError> {
        let stood = self
            .stood_at
            .map(|since| Stood { since, instance: self.user_session_id.map(UserSessionId::new) });
        let how = match self.state.as_str() {
            "offered" => {
                let awaits = match self.awaits.as_deref() {
                    Some("holder") => Awaits::Holder,
                    Some("chair") => Awaits::Chair,
                    _ => return Err(self.cell("awaits").corrupt("must be one of: holder, chair")),
                };
                return Ok(MandateState::Offered { awaits });
            }
            "standing" => return Ok(MandateState::Standing(self.cell("stood_at").present(stood)?)),
            "declined" => End::Declined,
            "revoked" => End::Revoked,
            "expired" => End::Expired,
            _ => {
                let words = "must be one of: offered, standing, declined, revoked, expired";
                return Err(self.cell("state").corrupt(words));
            }
        };
        let at = self.cell("ended_at").present(self.ended_at)?;
        Ok(MandateState::Ended { how, at, stood })
    }
}

impl TryFrom<MandateRow> for Mandate {
    type Error = StoreError;

    fn try_from(row: MandateRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: ProxyId::new(row.id),
            scope: row.scope()?,
            span: row.span_id.map(ProxyId::new),
            principal_user_id: UserId::new(row.principal_user_id),
            holder_user_id: UserId::new(row.holder_user_id),
            created_by_user_id: UserId::new(row.created_by_user_id),
            created_at: row.created_at,
            state: row.state()?,
        })
    }
}

/// What a line of `proxy_log` says.
pub(crate) fn mandate_change(row: i64, text: &str) -> Result<MandateChange, StoreError> {
    let found = MandateChange::ALL.into_iter().find(|change| change.as_str() == text);
    found.ok_or_else(|| Cell::new("proxy_log", "change", row).corrupt("is no change of a mandate"))
}
