//! `/role-grants`: who may do what, and where.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use plenum_application::use_cases::{Bestowed, GrantRole, Grantee, RevokePendingRole, RevokeRole};
use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_domain::id::{
    CommitteeId, EventId, OrganizationId, PendingRoleId, RoleGrantId, SessionId, UserId,
};
use plenum_domain::permission::{Role, RoleGrant, Scope};
use plenum_domain::text::{AndrewId, EmailAddress};
use plenum_domain::user::User;
use plenum_ports::page::Page;
use plenum_ports::repository::{PendingRole, Promisee};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::Answer;
use crate::extract::{FromQuery, Path, Post, Query, QueryReader, SignedIn};
use crate::problem::Problem;
use crate::state::HttpState;
use crate::wire::{Items, PersonBody};

pub(super) fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(routes!(list, grant))
        .routes(routes!(revoke))
        .routes(routes!(list_pending))
        .routes(routes!(revoke_pending))
}

/// A role that is granted in one place and holds in everything narrower.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Role)]
pub(super) enum RoleName {
    /// Everything.
    Admin,
    /// Opens sessions and conducts votes.
    Chair,
    /// Keeps attendance, proxies, the agenda and the minutes.
    Secretary,
    /// Watches the count.
    Teller,
    /// Adds, changes and removes plain members.
    MemberManager,
    /// Reads everything, the audit log too.
    Auditor,
    /// Sees the organization and its sessions.
    Observer,
    /// Sees the organization and its sessions; votes where the electorate is this role.
    VotingMember,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Admin => Self::Admin,
            RoleName::Chair => Self::Chair,
            RoleName::Secretary => Self::Secretary,
            RoleName::Teller => Self::Teller,
            RoleName::MemberManager => Self::MemberManager,
            RoleName::Auditor => Self::Auditor,
            RoleName::Observer => Self::Observer,
            RoleName::VotingMember => Self::VotingMember,
        }
    }
}

impl From<Role> for RoleName {
    fn from(role: Role) -> Self {
        match role {
            Role::Admin => Self::Admin,
            Role::Chair => Self::Chair,
            Role::Secretary => Self::Secretary,
            Role::Teller => Self::Teller,
            Role::MemberManager => Self::MemberManager,
            Role::Auditor => Self::Auditor,
            Role::Observer => Self::Observer,
            Role::VotingMember => Self::VotingMember,
        }
    }
}

/// Where a role holds: one of the ids, or the whole server.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
#[schema(as = RoleScope)]
pub(super) struct ScopeBody {
    /// The whole server.
    is_global: bool,
    organization_id: Option<i32>,
    committee_id: Option<i32>,
    session_id: Option<i32>,
    event_id: Option<i32>,
}

impl ScopeBody {
    pub(super) fn of(scope: Scope) -> Self {
        let none = Self::default();
        match scope {
            Scope::Global => Self { is_global: true, ..none },
            Scope::Organization(id) => Self { organization_id: Some(id.get()), ..none },
            Scope::Committee(id) => Self { committee_id: Some(id.get()), ..none },
            Scope::Session(id) => Self { session_id: Some(id.get()), ..none },
            Scope::Event(id) => Self { event_id: Some(id.get()), ..none },
        }
    }
}

/// Exactly one of these.
struct Wanted {
    is_global: bool,
    organization_id: Option<i32>,
    committee_id: Option<i32>,
    session_id: Option<i32>,
    event_id: Option<i32>,
}

impl Wanted {
    fn read(&self) -> Result<Scope, &'static str> {
        let scopes = [
            self.is_global.then_some(Scope::Global),
            self.organization_id.map(|id| Scope::Organization(OrganizationId::new(id))),
            self.committee_id.map(|id| Scope::Committee(CommitteeId::new(id))),
            self.session_id.map(|id| Scope::Session(SessionId::new(id))),
            self.event_id.map(|id| Scope::Event(EventId::new(id))),
        ];
        let mut named = scopes.into_iter().flatten();
        match (named.next(), named.next()) {
            (Some(scope), None) => Ok(scope),
            _ => Err("say exactly one of organization_id, committee_id, session_id, event_id and is_global"),
        }
    }
}

/// A role grant.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RoleGrant, example = json!({
    "id": 31, "user": {"id": 12, "name": "Zoë Ng", "andrew_id": "zng"}, "role": "teller",
    "is_global": false, "organization_id": null, "committee_id": null, "session_id": 7, "event_id": null,
    "created_at": "2026-03-01T19:00:00Z", "granted_by": {"id": 4, "name": "Ada Byron", "andrew_id": "ada"},
}))]
struct RoleGrantBody {
    id: i32,
    /// Who holds it.
    user: PersonBody,
    role: RoleName,
    #[serde(flatten)]
    scope: ScopeBody,
    created_at: DateTime<Utc>,
    /// Who granted it; null for the operator of the server.
    granted_by: Option<PersonBody>,
}

impl RoleGrantBody {
    fn of(grant: &RoleGrant, user: &User, granted_by: Option<&User>) -> Self {
        Self {
            id: grant.id.get(),
            user: PersonBody::of(user),
            role: grant.role.into(),
            scope: ScopeBody::of(grant.scope),
            created_at: grant.created_at,
            granted_by: granted_by.map(PersonBody::of),
        }
    }
}

/// A role that waits for somebody to sign in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PendingRole, example = json!({
    "id": 5, "email": "zoe@example.org", "andrew_id": null, "role": "secretary",
    "is_global": false, "organization_id": 3, "committee_id": null, "session_id": null, "event_id": null,
    "created_at": "2026-03-01T19:00:00Z", "expires_at": "2026-03-31T19:00:00Z", "granted_by_user_id": 4,
}))]
struct PendingRoleBody {
    id: i32,
    /// It is for whoever signs in with this address, when the provider has verified it.
    email: Option<String>,
    /// It is for whoever signs in with this login name.
    andrew_id: Option<String>,
    role: RoleName,
    #[serde(flatten)]
    scope: ScopeBody,
    created_at: DateTime<Utc>,
    /// Not claimed by then, it is void.
    expires_at: DateTime<Utc>,
    granted_by_user_id: i32,
}

impl PendingRoleBody {
    fn of(promise: &PendingRole) -> Self {
        let (email, andrew_id) = match &promise.to {
            Promisee::Email(email) => (Some(email.to_string()), None),
            Promisee::AndrewId(andrew_id) => (None, Some(andrew_id.to_string())),
        };
        Self {
            id: promise.id.get(),
            email,
            andrew_id,
            role: promise.role.into(),
            scope: ScopeBody::of(promise.scope),
            created_at: promise.created_at,
            expires_at: promise.expires_at,
            granted_by_user_id: promise.granted_by.get(),
        }
    }
}

/// A role to be granted: to one of `user_id`, `andrew_id` and `email`, in one scope.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewRoleGrant, example = json!({"role": "teller", "user_id": 12, "session_id": 7}))]
struct NewRoleGrantBody {
    role: RoleName,
    /// A person the organization knows.
    user_id: Option<i32>,
    /// A login name; the role waits for the person when nobody of that name is known yet.
    andrew_id: Option<String>,
    /// An e-mail address; the role waits until somebody signs in with it.
    email: Option<String>,
    /// The whole server.
    #[serde(default)]
    is_global: bool,
    organization_id: Option<i32>,
    committee_id: Option<i32>,
    session_id: Option<i32>,
    event_id: Option<i32>,
    /// For a role that waits: not claimed by then, it is void. 30 days from now when left out, at most a year.
    expires_at: Option<DateTime<Utc>>,
}

impl NewRoleGrantBody {
    fn read(&self, by: UserId) -> Result<GrantRole, FieldErrors> {
        let mut checks = FieldChecks::new();
        let wanted = Wanted {
            is_global: self.is_global,
            organization_id: self.organization_id,
            committee_id: self.committee_id,
            session_id: self.session_id,
            event_id: self.event_id,
        };
        let scope = checks.take("organization_id", wanted.read());
        let to = match (self.user_id, &self.andrew_id, &self.email) {
            (Some(id), None, None) => Some(Grantee::User(UserId::new(id))),
            (None, Some(name), None) => checks
                .take("andrew_id", AndrewId::parse(name))
                .map(|name| Grantee::Known(Promisee::AndrewId(name))),
            (None, None, Some(email)) => checks
                .take("email", EmailAddress::parse(email))
                .map(|email| Grantee::Known(Promisee::Email(email))),
            _ => {
                checks.fail("user_id", "say exactly one of user_id, andrew_id and email");
                None
            }
        };
        let (role, expires_at) = (self.role.into(), self.expires_at);
        checks.finish(scope.zip(to).map(|(scope, to)| GrantRole { by, to, role, scope, expires_at }))
    }
}

/// Which scope is looked at.
struct InScope(Scope);

impl FromQuery for InScope {
    fn read(query: &mut QueryReader) -> Option<Self> {
        let is_global = query.take_parsed::<bool>("is_global", "must be true or false").unwrap_or(false);
        let mut id = |key| query.take_parsed::<i32>(key, "must be an id");
        let wanted = Wanted {
            is_global,
            organization_id: id("organization_id"),
            committee_id: id("committee_id"),
            session_id: id("session_id"),
            event_id: id("event_id"),
        };
        query.check("organization_id", wanted.read()).map(Self)
    }
}

#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query; InScope is what reads it")]
struct ScopeParameters {
    /// Roles for the whole server.
    is_global: Option<bool>,
    /// Roles in this organization and everything in it.
    organization_id: Option<i32>,
    /// Roles in this committee and those below it.
    committee_id: Option<i32>,
    /// Roles in this session and its events.
    session_id: Option<i32>,
    /// Roles in this event.
    event_id: Option<i32>,
}

/// List role grants
///
/// Those that hold in one scope and in everything narrower. Say exactly one scope.
#[utoipa::path(
    get,
    path = "/role-grants",
    tag = "roles",
    params(ScopeParameters, crate::openapi::PagingParameters),
    responses((status = 200, description = "A piece of the list.", body = Items<RoleGrantBody>)),
)]
async fn list(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Query((scope, page)): Query<(InScope, Page)>,
) -> Result<Answer, Problem> {
    let grants = state.app.role_grants(scope.0, actor.user.id, page).await?;
    Ok(Answer::ok(&Items::of(grants, |line| {
        RoleGrantBody::of(&line.grant, &line.user, line.granted_by.as_ref())
    })))
}

/// Grant a role
///
/// You can grant what you may do yourself in that scope, to anybody but yourself. To somebody who has not
/// signed in yet the role is promised (202), except for the role of an admin and the whole server: they get
/// it when they first sign in with that login name, or with that address verified by the provider.
#[utoipa::path(
    post,
    path = "/role-grants",
    tag = "roles",
    request_body = NewRoleGrantBody,
    responses(
        (status = 200, description = "They hold this role here already.", body = RoleGrantBody),
        (status = 201, description = "The role is granted.", body = RoleGrantBody),
        (status = 202, description = "The role waits for them to sign in.", body = PendingRoleBody),
    ),
)]
async fn grant(post: Post<NewRoleGrantBody>) -> Result<Response, Problem> {
    let use_case = post.body.read(post.by())?;
    let by = post.actor.user.clone();
    post.run(&use_case, |bestowed| match bestowed {
        Bestowed::Now(grant, user, new) => {
            let status = if *new { StatusCode::CREATED } else { StatusCode::OK };
            let granted_by = (grant.granted_by == Some(by.id)).then_some(&by);
            Answer::json(status, &RoleGrantBody::of(grant, user, granted_by))
        }
        Bestowed::Promised(promise) => Answer::json(StatusCode::ACCEPTED, &PendingRoleBody::of(promise)),
    })
    .await
}

/// Revoke a role
///
/// Your own, or one that you could have granted.
#[utoipa::path(
    delete,
    path = "/role-grants/{id}",
    tag = "roles",
    params(("id" = i32, Path, description = "The role grant.")),
    responses((status = 204, description = "It does not hold any more.")),
)]
async fn revoke(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<RoleGrantId>,
) -> Result<Answer, Problem> {
    state.app.run(&RevokeRole { id, by: actor.user.id }).await?;
    Ok(Answer::nothing())
}

/// List roles that wait for somebody
#[utoipa::path(
    get,
    path = "/role-grants/pending",
    tag = "roles",
    params(ScopeParameters, crate::openapi::PagingParameters),
    responses((status = 200, description = "A piece of the list.", body = Items<PendingRoleBody>)),
)]
async fn list_pending(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Query((scope, page)): Query<(InScope, Page)>,
) -> Result<Answer, Problem> {
    let promises = state.app.pending_roles(scope.0, actor.user.id, page).await?;
    Ok(Answer::ok(&Items::of(promises, |promise| PendingRoleBody::of(&promise))))
}

/// Take back a role that waits
#[utoipa::path(
    delete,
    path = "/role-grants/pending/{id}",
    tag = "roles",
    params(("id" = i32, Path, description = "The pending role.")),
    responses((status = 204, description = "Nobody can claim it any more.")),
)]
async fn revoke_pending(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<PendingRoleId>,
) -> Result<Answer, Problem> {
    state.app.run(&RevokePendingRole { id, by: actor.user.id }).await?;
    Ok(Answer::nothing())
}
