//! Rows of `roles` and `pending_roles`.

use plenum_domain::Moment;
use plenum_domain::id::{
    CommitteeId, EventId, OrganizationId, PendingRoleId, RoleGrantId, SessionId, UserId,
};
use plenum_domain::permission::{Granted, Role, RoleGrant, Scope};
use plenum_domain::text::{AndrewId, EmailAddress};
use plenum_ports::StoreError;
use plenum_ports::repository::{PendingRole, Promisee};

use super::Cell;

/// The columns that say where a role holds; all empty for the whole server.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_field_names, reason = "the names of the columns")]
pub(crate) struct ScopeColumns {
    pub(crate) organization_id: Option<i32>,
    pub(crate) committee_id: Option<i32>,
    pub(crate) session_id: Option<i32>,
    pub(crate) event_id: Option<i32>,
}

impl ScopeColumns {
    pub(crate) fn of(scope: Scope) -> Self {
        let none = Self::default();
        match scope {
            Scope::Global => none,
            Scope::Organization(id) => Self { organization_id: Some(id.get()), ..none },
            Scope::Committee(id) => Self { committee_id: Some(id.get()), ..none },
            Scope::Session(id) => Self { session_id: Some(id.get()), ..none },
            Scope::Event(id) => Self { event_id: Some(id.get()), ..none },
        }
    }

    /// The schema sees to it that there is at most one.
    fn scope(self) -> Scope {
        let organization = self.organization_id.map(|id| Scope::Organization(OrganizationId::new(id)));
        let committee = self.committee_id.map(|id| Scope::Committee(CommitteeId::new(id)));
        let session = self.session_id.map(|id| Scope::Session(SessionId::new(id)));
        let event = self.event_id.map(|id| Scope::Event(EventId::new(id)));
        organization.or(committee).or(session).or(event).unwrap_or(Scope::Global)
    }
}

/// A row of `roles`.
#[derive(Debug)]
pub(crate) struct RoleRow {
    pub(crate) id: i32,
    pub(crate) user_id: i32,
    pub(crate) role: String,
    pub(crate) organization_id: Option<i32>,
    pub(crate) committee_id: Option<i32>,
    pub(crate) session_id: Option<i32>,
    pub(crate) event_id: Option<i32>,
    pub(crate) created_at: Moment,
    pub(crate) granted_by_user_id: Option<i32>,
    pub(crate) deleted_at: Option<Moment>,
    pub(crate) revoked_by_user_id: Option<i32>,
}

impl TryFrom<RoleRow> for RoleGrant {
    type Error = StoreError;

    fn try_from(row: RoleRow) -> Result<Self, StoreError> {
        let columns = ScopeColumns {
            organization_id: row.organization_id,
            committee_id: row.committee_id,
            session_id: row.session_id,
            event_id: row.event_id,
        };
        Ok(Self {
            id: RoleGrantId::new(row.id),
            user_id: UserId::new(row.user_id),
            role: Cell::new("roles", "role", row.id).word(&row.role)?,
            scope: columns.scope(),
            created_at: row.created_at,
            granted_by: row.granted_by_user_id.map(UserId::new),
            deleted_at: row.deleted_at,
            revoked_by: row.revoked_by_user_id.map(UserId::new),
        })
    }
}

/// A row of `pending_roles` that was neither claimed nor taken back.
#[derive(Debug)]
pub(crate) struct PendingRoleRow {
    pub(crate) id: i32,
    pub(crate) email: Option<String>,
    pub(crate) andrew_id: Option<String>,
    pub(crate) role: String,
    pub(crate) organization_id: Option<i32>,
    pub(crate) committee_id: Option<i32>,
    pub(crate) session_id: Option<i32>,
    pub(crate) event_id: Option<i32>,
    pub(crate) expires_at: Moment,
    pub(crate) created_at: Moment,
    pub(crate) granted_by_user_id: i32,
}

impl TryFrom<PendingRoleRow> for PendingRole {
    type Error = StoreError;

    fn try_from(row: PendingRoleRow) -> Result<Self, StoreError> {
        let cell = |column| Cell::new("pending_roles", column, row.id);
        let to = match (&row.email, &row.andrew_id) {
            (Some(email), _) => Promisee::Email(cell("email").check(EmailAddress::parse(email))?),
            (None, Some(andrew_id)) => {
                Promisee::AndrewId(cell("andrew_id").check(AndrewId::parse(andrew_id))?)
            }
            (None, None) => return Err(cell("andrew_id").corrupt("is empty, and so is email")),
        };
        let columns = ScopeColumns {
            organization_id: row.organization_id,
            committee_id: row.committee_id,
            session_id: row.session_id,
            event_id: row.event_id,
        };
        Ok(Self {
            id: PendingRoleId::new(row.id),
            to,
            role: cell("role").word(&row.role)?,
            scope: columns.scope(),
            expires_at: row.expires_at,
            created_at: row.created_at,
            granted_by: UserId::new(row.granted_by_user_id),
        })
    }
}

/// Reads what the function `held_roles` says.
pub(crate) fn granted(user: UserId, words: &[String]) -> Result<Granted, StoreError> {
    let cell = Cell::new("roles", "role", user.get());
    let mut granted = Granted::NONE;
    for word in words {
        let (level, role) = cell.present(word.split_once(':'))?;
        let role: Role = cell.word(role)?;
        let level = match level {
            "global" => &mut granted.global,
            "organization" => &mut granted.organization,
            _ => &mut granted.below,
        };
        *level = level.with(role);
    }
    Ok(granted)
}
