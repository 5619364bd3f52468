//! `/me`: who you are, where you belong and what you may do there.

use axum::extract::State;
use chrono::{DateTime, Utc};
use plenum_domain::permission::{Granted, RoleGrant, Standing};
use plenum_domain::user::User;
use plenum_ports::queries::{MembershipLine, SessionLine};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::role_grants::{RoleName, ScopeBody};
use crate::answer::Answer;
use crate::extract::SignedIn;
use crate::problem::Problem;
use crate::state::HttpState;
use crate::wire::{RoleWord, permitted};

pub(super) fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(show))
}

/// What concerns you.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Me, example = json!({
    "user": {"id": 12, "name": "Zoë Ng", "andrew_id": "zng", "created_at": "2026-02-10T17:30:00Z"},
    "memberships": [{
        "organization_id": 3, "organization_name": "Student Senate", "user_role": "member",
        "vote_weight": 1, "joined_at": "2026-02-10T17:30:00Z",
        "permitted": ["view_organization", "view_session"],
    }],
    "roles": [{
        "id": 31, "role": "teller", "is_global": false, "organization_id": null, "committee_id": null,
        "session_id": 7, "event_id": null, "created_at": "2026-03-01T19:00:00Z",
    }],
    "sessions": [{
        "id": 7, "organization_id": 3, "title": "March meeting", "status": "open",
        "host": false, "participant": true,
        "permitted": ["view_organization", "view_session", "view_attendance", "follow_events"],
    }],
    "waiting": [{
        "session_id": 8, "organization_name": "Student Senate", "title": "April meeting",
        "status": "waiting", "since": "2026-04-01T18:58:00Z",
    }],
}))]
struct MeBody {
    user: UserBody,
    /// At most 200.
    memberships: Vec<MembershipBody>,
    /// The roles granted to you besides, wherever they hold; at most 200.
    roles: Vec<MyRoleBody>,
    /// The running sessions you host or take part in, the newest first.
    sessions: Vec<MySessionBody>,
    /// What you are, where you are no person but an API client.
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<MyClientBody>,
    /// The running sessions you wait to be admitted to, or were turned away from.
    waiting: Vec<MyWaitingBody>,
}

/// An API client that asks who it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MyClient)]
struct MyClientBody {
    id: i32,
    /// For whom you act.
    organization_id: i32,
    name: String,
}

/// A session you entered the code of, and to which the host admits.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MyWaiting)]
struct MyWaitingBody {
    session_id: i32,
    organization_name: String,
    title: String,
    /// `waiting` or `refused`.
    status: &'static str,
    since: DateTime<Utc>,
}

/// A person known to the server.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
struct UserBody {
    id: i32,
    name: String,
    andrew_id: String,
    created_at: DateTime<Utc>,
}

/// A membership of yours.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Membership)]
struct MembershipBody {
    organization_id: i32,
    organization_name: String,
    user_role: RoleWord,
    vote_weight: u32,
    joined_at: DateTime<Utc>,
    /// What you may do in this organization.
    permitted: Vec<String>,
}

/// A role granted to you.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MyRole)]
struct MyRoleBody {
    /// The role grant.
    id: i32,
    role: RoleName,
    #[serde(flatten)]
    scope: ScopeBody,
    created_at: DateTime<Utc>,
}

/// A running session you host or take part in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MySession)]
struct MySessionBody {
    id: i32,
    organization_id: i32,
    title: String,
    /// `open` or `locked`.
    status: &'static str,
    /// Whether you opened it.
    host: bool,
    /// Whether you are or were in it.
    participant: bool,
    /// What you may do in this session.
    permitted: Vec<String>,
}

impl UserBody {
    fn of(user: &User) -> Self {
        Self {
            id: user.id.get(),
            name: user.name.to_string(),
            andrew_id: user.andrew_id.to_string(),
            created_at: user.created_at,
        }
    }
}

impl MembershipBody {
    fn of(line: &MembershipLine, roles: &[RoleGrant]) -> Self {
        let MembershipLine { organization, member } = line;
        Self {
            organization_id: organization.id.get(),
            organization_name: organization.name.to_string(),
            user_role: member.role.into(),
            vote_weight: member.weight.get(),
            joined_at: member.joined_at,
            permitted: permitted(
                Standing::in_organization(member.user_id, Some(member.role))
                    .with(Granted::in_organization(roles, organization.id)),
            ),
        }
    }
}

impl MyRoleBody {
    fn of(grant: &RoleGrant) -> Self {
        Self {
            id: grant.id.get(),
            role: grant.role.into(),
            scope: ScopeBody::of(grant.scope),
            created_at: grant.created_at,
        }
    }
}

impl MySessionBody {
    fn of(line: &SessionLine) -> Self {
        Self {
            id: line.session.id.get(),
            organization_id: line.session.organization_id.get(),
            title: line.session.title.to_string(),
            status: line.session.status.as_str(),
            host: line.standing.host,
            participant: line.standing.participant,
            permitted: permitted(line.standing),
        }
    }
}

/// Show who you are
///
/// With your memberships, the sessions you host or take part in, and what you may do there.
#[utoipa::path(
    get,
    path = "/me",
    tag = "me",
    responses((status = 200, description = "What concerns you.", body = MeBody)),
)]
async fn show(State(state): State<HttpState>, SignedIn(actor): SignedIn) -> Result<Answer, Problem> {
    let me = state.app.me(actor.user.id).await?;
    Ok(Answer::ok(&MeBody {
        user: UserBody::of(&actor.user),
        memberships: me.memberships.iter().map(|line| MembershipBody::of(line, &me.roles)).collect(),
        roles: me.roles.iter().map(MyRoleBody::of).collect(),
        sessions: me.sessions.iter().map(MySessionBody::of).collect(),
        client: me.client.map(|client| MyClientBody {
            id: client.id.get(),
            organization_id: client.organization_id.get(),
            name: client.name.to_string(),
        }),
        waiting: me
            .waiting
            .iter()
            .map(|(line, waiting)| MyWaitingBody {
                session_id: line.session.id.get(),
                organization_name: line.organization.name.to_string(),
                title: line.session.title.to_string(),
                status: waiting.state.as_str(),
                since: waiting.since,
            })
            .collect(),
    }))
}
