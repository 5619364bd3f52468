//! `/sessions`: sittings, and how people come in and go.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use plenum_application::App;
use plenum_application::use_cases::{
    CloseSession, ConveneCommittee, CreateSession, JoinIfKnown, JoinSession, Joined, LeaveSession,
    LockSession, UnlockSession,
};
use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_domain::id::{CommitteeId, OrganizationId, SessionId, UserId};
use plenum_domain::organization::Organization;
use plenum_domain::permission::{Action, Standing};
use plenum_domain::session::{JoinCode, Session, SessionStatus};
use plenum_domain::text::Title;
use plenum_ports::page::Page;
use plenum_ports::queries::SessionLine;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::attendance::{PresenceBody, UserSessionBody};
use crate::answer::Answer;
use crate::extract::{FromQuery, Path, Post, Query, QueryReader, SignedIn};
use crate::limits::{Door, Guesses};
use crate::problem::Problem;
use crate::state::HttpState;
use crate::wire::{Items, Nothing, RoleWord, permitted};

pub(super) fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(join))
        .routes(routes!(get))
        .routes(routes!(leave))
        .routes(routes!(lock))
        .routes(routes!(open))
        .routes(routes!(close))
}

/// A sitting, and how the person who asks stands towards it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session, example = json!({
    "id": 7, "organization_id": 3, "organization_name": "Student Senate", "join_code": "7QK2MD",
    "title": "March assembly", "status": "open", "created_by_user_id": 12,
    "created_at": "2026-03-01T19:00:00Z", "closed_at": null,
    "user_role": "chair", "host": true, "participant": true,
    "permitted": ["view_session", "manage_session", "view_attendance", "conduct_events"],
}))]
pub(super) struct SessionBody {
    id: i32,
    organization_id: i32,
    organization_name: String,
    /// Six letters or digits with which people join; null for who is not in the session and does not run it.
    join_code: Option<String>,
    title: String,
    /// `open`, `locked` (nobody new joins, voting goes on) or `closed` (for good).
    status: String,
    /// The host.
    created_by_user_id: i32,
    created_at: DateTime<Utc>,
    closed_at: Option<DateTime<Utc>>,
    /// Your role in the organization; null for a guest.
    user_role: Option<RoleWord>,
    /// Whether you opened this session.
    host: bool,
    /// Whether you are or were in it.
    participant: bool,
    /// What you may do in this session.
    permitted: Vec<String>,
    /// The server's clock, for countdowns in it; when the session is looked at alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    server_time: Option<DateTime<Utc>>,
}

impl SessionBody {
    pub(super) fn of(line: &SessionLine) -> Self {
        Self::new(&line.session, &line.organization, line.standing)
    }

    fn new(session: &Session, organization: &Organization, standing: Standing) -> Self {
        Self {
            id: session.id.get(),
            organization_id: session.organization_id.get(),
            organization_name: organization.name.to_string(),
            join_code: Action::ViewJoinCode.allows(&standing).then(|| session.join_code.to_string()),
            title: session.title.to_string(),
            status: session.status.as_str().to_owned(),
            created_by_user_id: session.created_by_user_id.get(),
            created_at: session.created_at,
            closed_at: closed_at(session),
            user_role: standing.role.map(RoleWord::from),
            host: standing.host,
            participant: standing.participant,
            permitted: permitted(standing),
            server_time: None,
        }
    }
}

/// When a sitting ended.
pub(super) const fn closed_at(session: &Session) -> Option<DateTime<Utc>> {
    match session.status {
        SessionStatus::Closed { at } => Some(at),
        SessionStatus::Open | SessionStatus::Locked => None,
    }
}

/// A sitting to be opened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSession, example = json!({"organization_id": 3, "title": "March assembly"}))]
struct NewSessionBody {
    organization_id: i32,
    /// What it is called; up to 200 characters.
    title: String,
    /// The committee of the organization that sits; left out, the organization itself does.
    committee_id: Option<i32>,
}

impl NewSessionBody {
    fn read(&self, by: UserId) -> Result<CreateSession, FieldErrors> {
        let mut checks = FieldChecks::new();
        let title = checks.take("title", Title::parse(&self.title));
        let organization_id = OrganizationId::new(self.organization_id);
        checks.finish(title.map(|title| CreateSession { organization_id, by, title }))
    }
}

/// The code of a sitting to join.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Join, example = json!({"join_code": "7QK2MD"}))]
struct JoinBody {
    /// In any case, with or without spaces and hyphens.
    join_code: String,
}

/// Where someone joined, and with what they vote there.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Joined, example = json!({
    "status": "joined",
    "session": {
        "id": 7, "organization_id": 3, "organization_name": "Student Senate", "join_code": "7QK2MD",
        "title": "March assembly", "status": "open", "created_by_user_id": 12,
        "created_at": "2026-03-01T19:00:00Z", "closed_at": null,
        "user_role": "member", "host": false, "participant": true,
        "permitted": ["view_organization", "view_session", "view_attendance", "follow_events"],
    },
    "user_sessions": [{
        "id": 41, "user_id": 15, "session_id": 7, "proxy": null, "join_left": "joined",
        "timestamp": "2026-03-01T19:02:11.402113Z",
    }],
}))]
struct JoinedBody {
    /// `joined`, or `waiting` until the host admits you.
    status: &'static str,
    session: SessionBody,
    /// Your vote instances: your own first, then those you hold for others.
    user_sessions: Vec<UserSessionBody>,
}

/// Which sittings are wanted.
struct Filter(Option<OrganizationId>);

impl FromQuery for Filter {
    fn read(query: &mut QueryReader) -> Option<Self> {
        let id = query.take_parsed::<i32>("organization_id", "must be the id of an organization");
        Some(Self(id.map(OrganizationId::new)))
    }
}

#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query; Filter is what reads it")]
struct FilterParameters {
    /// Sessions of this organization only.
    organization_id: Option<i32>,
}

/// List sessions
///
/// The sessions of your organizations and those you took part in, newest first.
#[utoipa::path(
    get,
    path = "/sessions",
    tag = "sessions",
    params(FilterParameters, crate::openapi::PagingParameters),
    responses((status = 200, description = "A piece of the list.", body = Items<SessionBody>)),
)]
async fn list(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Query((filter, page)): Query<(Filter, Page)>,
) -> Result<Answer, Problem> {
    let sessions = state.app.sessions(actor.user.id, filter.0, page).await?;
    Ok(Answer::ok(&Items::of(sessions, |line| SessionBody::of(&line))))
}

/// Open a session
///
/// For owners and chairs of the organization. You are its host; join it with its code to be in it.
#[utoipa::path(
    post,
    path = "/sessions",
    tag = "sessions",
    request_body = NewSessionBody,
    responses((status = 201, description = "The session with its join code.", body = SessionBody)),
)]
async fn create(State(state): State<HttpState>, post: Post<NewSessionBody>) -> Result<Response, Problem> {
    let use_case = post.body.read(post.by())?;
    let (organization, standing) = state.app.organization(use_case.organization_id, post.by()).await?;
    let standing = Standing { host: true, ..standing };
    let answer = |session: &Session| Answer::created(&SessionBody::new(session, &organization, standing));
    match post.body.committee_id {
        None => post.run(&use_case, answer).await,
        Some(id) => {
            let committee_id = CommitteeId::new(id);
            post.run(&ConveneCommittee { session: use_case, committee_id }, answer).await
        }
    }
}

/// Look at a session
#[utoipa::path(
    get,
    path = "/sessions/{id}",
    tag = "sessions",
    params(("id" = i32, Path, description = "The session.")),
    responses((status = 200, description = "The session.", body = SessionBody)),
)]
async fn get(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<SessionId>,
) -> Result<Answer, Problem> {
    let line = state.app.session(id, actor.user.id).await?;
    let server_time = Some(state.app.server_time().await?);
    Ok(Answer::ok(&SessionBody { server_time, ..SessionBody::of(&line) }))
}

/// Join a session with its code
///
/// Joining twice changes nothing; who left comes back. An unknown code is not told from that of a closed
/// session, or of one you may not join (404). A locked session takes nobody new (409 `session_locked`).
/// Codes that lead nowhere are counted: after too many the answer is 429 for a while, except for members
/// with the right code where others used up the address's or everybody's share. Where the organization's
/// rules let the host admit people, you wait: 202 with the status `waiting`. Ask again, or look at `/me`.
#[utoipa::path(
    post,
    path = "/sessions/join",
    tag = "sessions",
    request_body = JoinBody,
    responses(
        (status = 200, description = "The session and your vote instances in it.", body = JoinedBody),
        (status = 202, description = "You wait for the host to admit you.", body = JoinedBody),
    ),
)]
async fn join(
    State(state): State<HttpState>,
    guesses: Guesses,
    post: Post<JoinBody>,
) -> Result<Response, Problem> {
    let mut checks = FieldChecks::new();
    let code = checks.take("join_code", JoinCode::parse(&post.body.join_code));
    let use_case = JoinSession { code: checks.finish(code)?, by: post.by() };
    let answer = |joined: &Joined| {
        let (code, status) =
            if joined.waiting { (StatusCode::ACCEPTED, "waiting") } else { (StatusCode::OK, "joined") };
        let body = JoinedBody {
            status,
            session: SessionBody::new(&joined.session, &joined.organization, joined.standing),
            user_sessions: joined.instances.iter().map(UserSessionBody::of).collect(),
        };
        Answer::json(code, &body)
    };
    let door = guesses.door(&state.app, post.by()).await?;
    let joined = match door {
        Door::Open => post.run(&use_case, answer).await,
        Door::Known(..) => post.run(&JoinIfKnown(use_case), answer).await,
        Door::Shut(..) => Err(Problem::not_found("session")),
    };
    guesses.judged(joined, door, post.by(), &state).await
}

/// Leave a session
///
/// Votes you cast stay. Leaving twice changes nothing; join again with the code to come back.
#[utoipa::path(
    post,
    path = "/sessions/{id}/leave",
    tag = "sessions",
    params(("id" = i32, Path, description = "The session.")),
    responses((status = 200, description = "Your vote instances afterwards.", body = PresenceBody)),
)]
async fn leave(Path(session_id): Path<SessionId>, post: Post<Nothing>) -> Result<Response, Problem> {
    let by = post.by();
    post.run(&LeaveSession { session_id, by }, |instances| {
        Answer::ok(&PresenceBody::of(session_id, by, instances))
    })
    .await
}

/// The sitting as the person sees it, for answering with its changed form.
async fn line(app: &App, id: SessionId, by: UserId) -> Result<SessionLine, Problem> {
    Ok(app.session(id, by).await?)
}

/// The answer to a change of status.
fn changed(session: &Session, before: &SessionLine) -> Answer {
    Answer::ok(&SessionBody::new(session, &before.organization, before.standing))
}

/// Lock a session
///
/// Nobody new joins; who was in may come back; voting goes on.
#[utoipa::path(
    post,
    path = "/sessions/{id}/lock",
    tag = "sessions",
    params(("id" = i32, Path, description = "The session.")),
    responses((status = 200, description = "The session, locked.", body = SessionBody)),
)]
async fn lock(
    State(state): State<HttpState>,
    Path(session_id): Path<SessionId>,
    post: Post<Nothing>,
) -> Result<Response, Problem> {
    let before = line(&state.app, session_id, post.by()).await?;
    let use_case = LockSession { session_id, by: post.by() };
    post.run(&use_case, |session| changed(session, &before)).await
}

/// Open a locked session again
#[utoipa::path(
    post,
    path = "/sessions/{id}/open",
    tag = "sessions",
    params(("id" = i32, Path, description = "The session.")),
    responses((status = 200, description = "The session, open.", body = SessionBody)),
)]
async fn open(
    State(state): State<HttpState>,
    Path(session_id): Path<SessionId>,
    post: Post<Nothing>,
) -> Result<Response, Problem> {
    let before = line(&state.app, session_id, post.by()).await?;
    let use_case = UnlockSession { session_id, by: post.by() };
    post.run(&use_case, |session| changed(session, &before)).await
}

/// Close a session for good
///
/// Closes and counts what is open for voting; everyone leaves. Results can still be released afterwards.
#[utoipa::path(
    post,
    path = "/sessions/{id}/close",
    tag = "sessions",
    params(("id" = i32, Path, description = "The session.")),
    responses((status = 200, description = "The session, closed.", body = SessionBody)),
)]
async fn close(
    State(state): State<HttpState>,
    Path(session_id): Path<SessionId>,
    post: Post<Nothing>,
) -> Result<Response, Problem> {
    let before = line(&state.app, session_id, post.by()).await?;
    let use_case = CloseSession { session_id, by: post.by() };
    post.run(&use_case, |session| changed(session, &before)).await
}
