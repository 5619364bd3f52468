//! Granting and revoking roles.

use super::role::{Role, Roles};
use super::standing::Standing;
use super::table::{Action, GrantRoles};
use super::{Permit, Permitted};
use crate::id::{CommitteeId, EventId, OrganizationId, RoleGrantId, SessionId, UserId};
use crate::organization::{self, Member, Weight};
use crate::{Moment, Refusal};

/// Where a role holds: there and in everything narrower.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The whole server.
    Global,
    /// An organization.
    Organization(OrganizationId),
    /// A committee of an organization, and the committees below it.
    Committee(CommitteeId),
    /// A sitting.
    Session(SessionId),
    /// An event.
    Event(EventId),
}

/// A role that was granted to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoleGrant {
    /// Which one.
    pub id: RoleGrantId,
    /// To whom.
    pub user_id: UserId,
    /// Which role.
    pub role: Role,
    /// Where it holds.
    pub scope: Scope,
    /// When it was granted.
    pub created_at: Moment,
    /// By whom; `None` for the operator.
    pub granted_by: Option<UserId>,
    /// When it ended; `None` while it holds.
    pub deleted_at: Option<Moment>,
    /// Who ended it.
    pub revoked_by: Option<UserId>,
}

/// A grant the rules allow. There is no other way to get one than to ask them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appointment {
    role: Role,
    scope: Scope,
    by: Option<UserId>,
}

impl Appointment {
    /// The operator of the server appoints, who answers to no rule in here.
    pub const fn by_operator(role: Role, scope: Scope) -> Self {
        Self { role, scope, by: None }
    }

    /// The role.
    pub const fn role(&self) -> Role {
        self.role
    }

    /// Where it is to hold.
    pub const fn scope(&self) -> Scope {
        self.scope
    }

    /// Who grants it; `None` for the operator.
    pub const fn by(&self) -> Option<UserId> {
        self.by
    }
}

/// Whether a role lets a person do something that none of these roles does.
pub fn surpasses(role: Role, held: Roles) -> bool {
    Action::ALL.iter().map(|action| action.roles()).any(|row| row.contains(role) && !row.meets(held))
}

/// Decides whether a role may be granted: nobody hands out more than they hold at that place, and nobody
/// appoints themselves. `standing` is the one towards the scope; `to` is `None` for a person not known yet.
///
/// # Errors
/// [`Refusal::RoleToOneself`], [`Refusal::RoleBeyondOwn`].
pub fn appoint(
    permit: &Permit<GrantRoles>,
    standing: &Standing,
    role: Role,
    scope: Scope,
    to: Option<UserId>,
) -> Result<Appointment, Refusal> {
    if to == Some(standing.user_id) {
        return Err(Refusal::RoleToOneself);
    }
    if surpasses(role, standing.here()) {
        return Err(Refusal::RoleBeyondOwn { role: role.as_str() });
    }
    Ok(Appointment { role, scope, by: permit.by() })
}

/// Whether a role may be promised to somebody who has not signed in yet: what rules everything waits
/// until the person is known.
pub const fn may_pend(role: Role, scope: Scope) -> bool {
    !matches!(role, Role::Admin) && !matches!(scope, Scope::Global)
}

/// Decides whether a grant may be revoked: one's own always, another's by who could have made it.
///
/// # Errors
/// [`Refusal::RoleBeyondOwn`]; `Ok(false)` for who may revoke no grants here at all.
pub fn dismiss(standing: &Standing, grant: &RoleGrant) -> Result<bool, Refusal> {
    if grant.user_id == standing.user_id {
        return Ok(true);
    }
    if GrantRoles::permit(standing).is_err() {
        return Ok(false);
    }
    if surpasses(grant.role, standing.here()) {
        return Err(Refusal::RoleBeyondOwn { role: grant.role.as_str() });
    }
    Ok(true)
}

/// Decides whether who manages members may change a membership in this way: nobody touches or makes
/// a member who may do more than themselves, and nobody raises their own role or, unless they run the
/// organization anyway, the weight of their own vote. `after` is `None` for the end of a membership.
///
/// # Errors
/// [`Refusal::RoleBeyondOwn`], [`Refusal::OwnRoleUpward`].
pub fn change_membership(
    standing: &Standing,
    user: UserId,
    before: Option<&Member>,
    after: Option<(organization::Role, Weight)>,
) -> Result<(), Refusal> {
    let held = standing.in_general();
    let roles = before.map(|member| member.role).into_iter().chain(after.map(|(role, _)| role));
    for role in roles.map(Role::of_membership) {
        if surpasses(role, held) {
            return Err(Refusal::RoleBeyondOwn { role: role.as_str() });
        }
    }
    let Some((role, weight)) = after.filter(|_| user == standing.user_id) else { return Ok(()) };
    // Roles are ordered from the most powerful down.
    let rises = before.is_none_or(|member| role < member.role);
    let heavier = before.is_none_or(|member| weight > member.weight) && !held.contains(Role::Admin);
    if rises || heavier { Err(Refusal::OwnRoleUpward) } else { Ok(()) }
}

/// Refuses to leave an organization without anybody who can run it.
///
/// `others` tells whether somebody else runs it, as an owner or by a grant; `before` and `after` whether
/// the person being changed does.
///
/// # Errors
/// [`Refusal::LastOwner`].
pub const fn keep_an_admin(others: bool, before: bool, after: bool) -> Result<(), Refusal> {
    if before && !after && !others { Err(Refusal::LastOwner) } else { Ok(()) }
}
