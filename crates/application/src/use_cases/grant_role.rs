use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::client::{ApiClient, require_person};
use plenum_domain::field::FieldErrors;
use plenum_domain::id::{ClientId, UserId};
use plenum_domain::permission::{self, Appointment, GrantRoles, Role, RoleGrant, Scope};
use plenum_domain::text::AndrewId;
use plenum_domain::user::User;
use plenum_ports::Tx;
use plenum_ports::repository::{AuditEntry, NewPendingRole, PendingRole, Promisee};
use serde_json::{Value, json};

use crate::audit::{self, Describe};
use crate::load::{self, Place};
use crate::rolls;
use crate::{Env, Failure, UseCase};

/// To whom a role is granted.
#[derive(Clone, Debug)]
pub enum Grantee {
    /// A person the organization knows.
    User(UserId),
    /// A person by what they will be recognized by; it may be that they have never signed in.
    Known(Promisee),
}

/// Grants a role, or promises it to somebody who has not signed in yet.
#[derive(Clone, Debug)]
pub struct GrantRole {
    /// Who grants it.
    pub by: UserId,
    /// To whom.
    pub to: Grantee,
    /// The role.
    pub role: Role,
    /// Where it is to hold.
    pub scope: Scope,
    /// For a promise: not claimed by then, it is void.
    pub expires_at: Option<Moment>,
}

/// What became of a role that was to be granted.
#[derive(Clone, Debug)]
pub enum Bestowed {
    /// It is granted; the flag tells whether it is new.
    Now(RoleGrant, User, bool),
    /// It waits to be claimed.
    Promised(PendingRole),
}

/// A promise lasts at most so long, and so long when nobody says.
const LONGEST_PROMISE: chrono::TimeDelta = chrono::TimeDelta::days(366);
const USUAL_PROMISE: chrono::TimeDelta = chrono::TimeDelta::days(30);

#[async_trait]
impl UseCase for GrantRole {
    const NAME: &'static str = "role.grant";
    type Output = Bestowed;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<Bestowed, Failure> {
        let place = load::place(tx, self.scope, self.by).await?;
        let permit = place.permit::<GrantRoles>()?;
        place.require_active(tx).await?;
        let to = match &self.to {
            Grantee::User(id) => Some(self.known_by_id(tx, &place, *id).await?),
            Grantee::Known(Promisee::AndrewId(name)) => by_login_name(tx, name).await?,
            Grantee::Known(Promisee::Email(_)) => None,
        };
        let id = to.as_ref().map(|user| user.id);
        if let Some(user) = &to {
            self.check_client(tx, &place, user).await?;
        }
        let appointment = permission::appoint(&permit, &place.standing, self.role, self.scope, id)?;
        match (&self.to, to) {
            (_, Some(user)) => self.grant(tx, &place, &appointment, user).await,
            (Grantee::Known(to), None) => self.promise(tx, &place, appointment, to).await,
            (Grantee::User(_), None) => Err(Failure::NotFound("user")),
        }
    }
}

async fn by_login_name(tx: &mut dyn Tx, name: &AndrewId) -> Result<Option<User>, Failure> {
    Ok(tx.users().find_by_andrew_id(name).await?.map(|(user, _)| user))
}

impl GrantRole {
    /// Nobody learns whose an id is by granting a role to it.
    async fn known_by_id(&self, tx: &mut dyn Tx, place: &Place, id: UserId) -> Result<User, Failure> {
        let known = match &place.organization {
            Some(organization) => tx.organizations().knows(organization.id, id).await?,
            None => true,
        };
        let user = if known { tx.users().get(id).await? } else { None };
        user.ok_or(Failure::NotFound("user"))
    }

    /// A client acts for its organization alone, and never as a voter.
    async fn check_client(&self, tx: &mut dyn Tx, place: &Place, user: &User) -> Result<(), Failure> {
        if !tx.clients().is_client(user.id).await? {
            return Ok(());
        }
        let client = tx.clients().get(ClientId::of_user(user.id)).await?;
        let here = place.organization.as_ref().map(|organization| organization.id);
        client.filter(|client| Some(client.organization_id) == here).ok_or(Failure::NotFound("user"))?;
        Ok(ApiClient::may_hold(self.role)?)
    }

    async fn grant(
        &self,
        tx: &mut dyn Tx,
        place: &Place,
        appointment: &Appointment,
        user: User,
    ) -> Result<Bestowed, Failure> {
        if let Some(grant) = tx.roles().find(user.id, self.role, self.scope).await? {
            return Ok(Bestowed::Now(grant, user, false));
        }
        let grant = tx.roles().insert(user.id, appointment).await?;
        let now = tx.now().await?;
        let line = entry(Self::NAME, &grant, Some(self.by), now).after(document(&grant));
        tx.audit().append(&[place.located(line)]).await?;
        if let Some(organization) = &place.organization {
            rolls::join(tx, organization.id, &[user.id], Some(self.by), now).await?;
        }
        Ok(Bestowed::Now(grant, user, true))
    }

    async fn promise(
        &self,
        tx: &mut dyn Tx,
        place: &Place,
        appointment: Appointment,
        to: &Promisee,
    ) -> Result<Bestowed, Failure> {
        if !permission::may_pend(self.role, self.scope) {
            let why = "cannot be promised to somebody who has not signed in yet; grant it once they have";
            return Err(FieldErrors::one("role", why).into());
        }
        let now = tx.now().await?;
        let expires_at = self.expires_at.unwrap_or(now + USUAL_PROMISE);
        if expires_at <= now || expires_at > now + LONGEST_PROMISE {
            return Err(FieldErrors::one("expires_at", "must lie in the future, at most a year ahead").into());
        }
        let new = NewPendingRole { to: to.clone(), appointment, granted_by: self.by, expires_at };
        let waiting = tx.roles().claimable(std::slice::from_ref(to), now).await?;
        let same = |other: &PendingRole| other.role == self.role && other.scope == self.scope;
        if let Some(promise) = waiting.into_iter().find(same) {
            return Ok(Bestowed::Promised(promise));
        }
        let promise = tx.roles().promise(&new).await?;
        let line = audit::entry("role.promise", "pending_roles", promise.id.get(), Some(self.by), now)
            .after(json!({"role": self.role.as_str(), "scope": scope(self.scope), "expires_at": expires_at}));
        tx.audit().append(&[place.located(line)]).await?;
        Ok(Bestowed::Promised(promise))
    }
}

/// A scope, as the audit log shows it.
pub(crate) fn scope(scope: Scope) -> Value {
    match scope {
        Scope::Global => json!({"is_global": true}),
        Scope::Organization(id) => json!({"organization_id": id.get()}),
        Scope::Committee(id) => json!({"committee_id": id.get()}),
        Scope::Session(id) => json!({"session_id": id.get()}),
        Scope::Event(id) => json!({"event_id": id.get()}),
    }
}

/// A grant, as the audit log shows it.
pub(crate) fn document(grant: &RoleGrant) -> Value {
    json!({"user_id": grant.user_id.get(), "role": grant.role.as_str(), "scope": scope(grant.scope)})
}

pub(crate) fn entry(action: &'static str, grant: &RoleGrant, by: Option<UserId>, now: Moment) -> AuditEntry {
    audit::entry(action, "roles", grant.id.get(), by, now)
}

/// The operator makes a person an administrator of the whole server.
#[derive(Clone, Debug)]
pub struct AppointAdministrator {
    /// The person's login name.
    pub andrew_id: AndrewId,
}

#[async_trait]
impl UseCase for AppointAdministrator {
    const NAME: &'static str = "role.appoint_administrator";
    /// The person, and whether they were none before.
    type Output = (User, bool);

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<Self::Output, Failure> {
        let user = by_login_name(tx, &self.andrew_id).await?.ok_or(Failure::NotFound("user"))?;
        require_person(tx.clients().is_client(user.id).await?)?;
        if tx.roles().find(user.id, Role::Admin, Scope::Global).await?.is_some() {
            return Ok((user, false));
        }
        let appointment = Appointment::by_operator(Role::Admin, Scope::Global);
        let grant = tx.roles().insert(user.id, &appointment).await?;
        let now = tx.now().await?;
        tx.audit().append(&[entry("role.grant", &grant, None, now).after(document(&grant))]).await?;
        Ok((user, true))
    }
}
