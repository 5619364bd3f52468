//! Role grants, and roles promised to people who are not known yet.

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::id::{EventId, OrganizationId, PendingRoleId, RoleGrantId, SessionId, UserId};
use plenum_domain::permission::{Appointment, Granted, Role, RoleGrant, Scope};
use plenum_domain::rules::{Electorate, Voters};
use plenum_domain::text::{AndrewId, EmailAddress};

use crate::error::StoreError;

/// How somebody who has not signed in yet will be recognized.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Promisee {
    /// By an e-mail address that the provider has verified.
    Email(EmailAddress),
    /// By their login name.
    AndrewId(AndrewId),
}

/// A role promised to somebody who is not known yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingRole {
    /// Which one.
    pub id: PendingRoleId,
    /// To whom.
    pub to: Promisee,
    /// Which role.
    pub role: Role,
    /// Where it is to hold.
    pub scope: Scope,
    /// Not claimed by then, it is void.
    pub expires_at: Moment,
    /// When it was promised.
    pub created_at: Moment,
    /// By whom.
    pub granted_by: UserId,
}

/// A promise to be written.
#[derive(Clone, Debug)]
pub struct NewPendingRole {
    /// To whom.
    pub to: Promisee,
    /// What was decided.
    pub appointment: Appointment,
    /// Who decided it.
    pub granted_by: UserId,
    /// Not claimed by then, it is void.
    pub expires_at: Moment,
}

/// Loads and writes role grants and promises.
///
/// Whoever grants, revokes or promises something in an organization takes the organization for update
/// first, so that two who take away each other's role do not both succeed.
#[async_trait]
pub trait RoleRepository: Send {
    /// The roles that reach a person at a place: granted there or anywhere wider, or by belonging to a
    /// committee on the way. Nothing for a place that is not there.
    async fn held(&mut self, user: UserId, place: Scope) -> Result<Granted, StoreError>;
    /// Who may vote in a sitting, on an event of it where one is meant: what was said, or in a sitting of a
    /// committee its members, with the people that this means now. A committee that was dissolved, or lies in
    /// another organization, has none.
    async fn electorate(
        &mut self,
        said: &Voters,
        session: SessionId,
        event: Option<EventId>,
    ) -> Result<Electorate, StoreError>;
    /// The organization a scope lies in; `None` for the whole server, and for what is not there.
    async fn organization_of(&mut self, scope: Scope) -> Result<Option<OrganizationId>, StoreError>;
    /// A grant by id, revoked or not.
    async fn get(&mut self, id: RoleGrantId) -> Result<Option<RoleGrant>, StoreError>;
    /// The grant of this role to this person in exactly this scope that holds.
    async fn find(&mut self, user: UserId, role: Role, scope: Scope)
    -> Result<Option<RoleGrant>, StoreError>;
    /// Grants a role. [`Constraint::RoleGrant`](crate::Constraint::RoleGrant) when the person holds it there.
    async fn insert(&mut self, to: UserId, appointment: &Appointment) -> Result<RoleGrant, StoreError>;
    /// Ends a grant that holds; `by` is `None` for the operator.
    async fn revoke(&mut self, id: RoleGrantId, by: Option<UserId>, now: Moment) -> Result<(), StoreError>;
    /// Whether somebody else who is not disabled runs the organization: owns it, or holds the role of an
    /// admin in exactly its scope.
    async fn has_other_admin(
        &mut self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<bool, StoreError>;
    /// Promises a role. [`Constraint::PendingRole`](crate::Constraint::PendingRole) when the same is promised
    /// to them already.
    async fn promise(&mut self, new: &NewPendingRole) -> Result<PendingRole, StoreError>;
    /// A promise that was neither claimed nor taken back, expired or not.
    async fn pending(&mut self, id: PendingRoleId) -> Result<Option<PendingRole>, StoreError>;
    /// The promises to somebody recognized in one of these ways that are not expired, by id, locked until
    /// the end of the transaction.
    async fn claimable(&mut self, who: &[Promisee], now: Moment) -> Result<Vec<PendingRole>, StoreError>;
    /// Ends a promise: claimed by somebody, or taken back.
    async fn end_pending(
        &mut self,
        id: PendingRoleId,
        claimed_by: Option<UserId>,
        now: Moment,
    ) -> Result<(), StoreError>;
}
