use async_trait::async_trait;
use plenum_domain::id::{PendingRoleId, RoleGrantId, UserId};
use plenum_domain::organization;
use plenum_domain::permission::{self, GrantRoles, Role, RoleGrant, Scope, ViewRoles, surpasses};
use plenum_domain::{Moment, Refusal};
use plenum_ports::Tx;
use plenum_ports::repository::{PendingRole, Promisee};
use serde_json::json;

use super::grant_role::{document, entry, scope};
use crate::audit::{self, Describe};
use crate::load;
use crate::{Env, Failure, UseCase};

/// Ends a role grant: one's own, or one that one could have made.
#[derive(Clone, Copy, Debug)]
pub struct RevokeRole {
    /// Which grant.
    pub id: RoleGrantId,
    /// Who ends it.
    pub by: UserId,
}

#[async_trait]
impl UseCase for RevokeRole {
    const NAME: &'static str = "role.revoke";
    type Output = ();

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<(), Failure> {
        const WHAT: Failure = Failure::NotFound("role grant");
        let grant = tx.roles().get(self.id).await?.ok_or(WHAT)?;
        let Ok(place) = load::place(tx, grant.scope, self.by).await else { return Err(WHAT) };
        // Now that others wait: it may have been revoked in between.
        let grant = tx.roles().get(self.id).await?.filter(|grant| grant.deleted_at.is_none()).ok_or(WHAT)?;
        if grant.user_id != self.by && place.permit::<ViewRoles>().is_err() {
            return Err(WHAT);
        }
        if !permission::dismiss(&place.standing, &grant)? {
            place.permit::<GrantRoles>()?;
        }
        keep_an_admin(tx, &grant).await?;
        let now = tx.now().await?;
        tx.roles().revoke(grant.id, Some(self.by), now).await?;
        let line = entry(Self::NAME, &grant, Some(self.by), now).before(document(&grant));
        tx.audit().append(&[place.located(line)]).await?;
        Ok(())
    }
}

/// An organization is not left without anybody who runs it.
async fn keep_an_admin(tx: &mut dyn Tx, grant: &RoleGrant) -> Result<(), Failure> {
    let (Role::Admin, Scope::Organization(id)) = (grant.role, grant.scope) else { return Ok(()) };
    let member = tx.organizations().member(id, grant.user_id).await?;
    let owner = member.is_some_and(|member| member.role == organization::Role::Owner);
    let others = tx.roles().has_other_admin(id, grant.user_id).await?;
    Ok(permission::keep_an_admin(others, true, owner)?)
}

/// Takes back a promised role that nobody has claimed.
#[derive(Clone, Copy, Debug)]
pub struct RevokePendingRole {
    /// Which promise.
    pub id: PendingRoleId,
    /// Who takes it back.
    pub by: UserId,
}

#[async_trait]
impl UseCase for RevokePendingRole {
    const NAME: &'static str = "role.withdraw";
    type Output = ();

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<(), Failure> {
        const WHAT: Failure = Failure::NotFound("pending role");
        let promise = tx.roles().pending(self.id).await?.ok_or(WHAT)?;
        let Ok(place) = load::place(tx, promise.scope, self.by).await else { return Err(WHAT) };
        let promise = tx.roles().pending(self.id).await?.ok_or(WHAT)?;
        if promise.granted_by != self.by {
            if place.permit::<ViewRoles>().is_err() {
                return Err(WHAT);
            }
            place.permit::<GrantRoles>()?;
            if surpasses(promise.role, place.standing.here()) {
                return Err(Refusal::RoleBeyondOwn { role: promise.role.as_str() }.into());
            }
        }
        let now = tx.now().await?;
        tx.roles().end_pending(promise.id, None, now).await?;
        let line = audit::entry(Self::NAME, "pending_roles", promise.id.get(), Some(self.by), now)
            .before(json!({"role": promise.role.as_str(), "scope": scope(promise.scope)}));
        tx.audit().append(&[place.located(line)]).await?;
        Ok(())
    }
}

/// Gives a person who has just signed in what was promised to them. A promise whose maker may not grant
/// the role any more is void.
pub(crate) async fn claim(
    tx: &mut dyn Tx,
    user: UserId,
    claims: &[Promisee],
    now: Moment,
) -> Result<(), Failure> {
    for promise in tx.roles().claimable(claims, now).await? {
        claim_one(tx, user, &promise, now).await?;
    }
    Ok(())
}

async fn claim_one(tx: &mut dyn Tx, user: UserId, promise: &PendingRole, now: Moment) -> Result<(), Failure> {
    let place = load::place(tx, promise.scope, promise.granted_by).await.ok();
    // Whoever is kept out grants nothing, and what they promised is not kept for them.
    let active = match &place {
        Some(place) => {
            place.require_active(tx).await.is_ok() && !tx.users().is_disabled(promise.granted_by).await?
        }
        None => false,
    };
    let appointment = place.as_ref().filter(|_| active).and_then(|place| {
        let permit = place.permit::<GrantRoles>().ok()?;
        permission::appoint(&permit, &place.standing, promise.role, promise.scope, Some(user)).ok()
    });
    let (Some(place), Some(appointment)) = (place, appointment) else {
        tx.roles().end_pending(promise.id, None, now).await?;
        let line = audit::entry("role.lapse", "pending_roles", promise.id.get(), None, now)
            .before(json!({"role": promise.role.as_str(), "scope": scope(promise.scope)}));
        return Ok(tx.audit().append(&[line]).await?);
    };
    tx.roles().end_pending(promise.id, Some(user), now).await?;
    if tx.roles().find(user, promise.role, promise.scope).await?.is_some() {
        return Ok(());
    }
    let grant = tx.roles().insert(user, &appointment).await?;
    let line = entry("role.claim", &grant, Some(user), now).after(document(&grant));
    Ok(tx.audit().append(&[place.located(line)]).await?)
}
