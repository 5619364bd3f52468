//! `/sessions/{id}/waiting-list`: who entered the code and waits for the host.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use plenum_application::use_cases::{Admit, RefuseAdmission};
use plenum_domain::id::{SessionId, UserId};
use plenum_ports::page::Page;
use plenum_ports::queries::WaitingLine;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::attendance::PresenceBody;
use crate::answer::Answer;
use crate::extract::{Path, Post, Query, SignedIn};
use crate::problem::Problem;
use crate::state::HttpState;
use crate::wire::{Items, Nothing, PersonBody, RoleWord};

pub(super) fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(admit)).routes(routes!(refuse))
}

/// Somebody who waits, or was turned away.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Waiting, example = json!({
    "user": {"id": 18, "name": "Łukasz Żak", "andrew_id": "lzak"}, "user_role": "member",
    "status": "waiting", "since": "2026-03-01T18:58:00Z",
}))]
struct WaitingBody {
    user: PersonBody,
    /// Their role in the organization; null for a guest.
    user_role: Option<RoleWord>,
    /// `waiting`, or `refused`: they can still be admitted.
    status: &'static str,
    /// When they entered the code.
    since: DateTime<Utc>,
}

impl WaitingBody {
    fn of(line: &WaitingLine) -> Self {
        Self {
            user: PersonBody::of(&line.user),
            user_role: line.role.map(RoleWord::from),
            status: line.waiting.state.as_str(),
            since: line.waiting.since,
        }
    }
}

/// List who waits for admission
///
/// For the host, where the organization's rules let the host admit people.
#[utoipa::path(
    get,
    path = "/sessions/{id}/waiting-list",
    tag = "attendance",
    params(("id" = i32, Path, description = "The session."), crate::openapi::PagingParameters),
    responses((status = 200, description = "A piece of the list.", body = Items<WaitingBody>)),
)]
async fn list(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<SessionId>,
    Query(page): Query<Page>,
) -> Result<Answer, Problem> {
    let piece = state.app.waiting_list(id, actor.user.id, page).await?;
    Ok(Answer::ok(&Items::of(piece, |line| WaitingBody::of(&line))))
}

/// Admit a person who waits
///
/// For the host. Also somebody who was refused before.
#[utoipa::path(
    post,
    path = "/sessions/{id}/waiting-list/{user_id}/admit",
    tag = "attendance",
    params(
        ("id" = i32, Path, description = "The session."),
        ("user_id" = i32, Path, description = "The person."),
    ),
    responses((status = 200, description = "The person's vote instances.", body = PresenceBody)),
)]
async fn admit(
    Path((session_id, user_id)): Path<(SessionId, UserId)>,
    post: Post<Nothing>,
) -> Result<Response, Problem> {
    let use_case = Admit { session_id, by: post.by(), user_id };
    post.run(&use_case, |instances| Answer::ok(&PresenceBody::of(session_id, user_id, instances))).await
}

/// Refuse a person who waits
///
/// For the host. They cannot come in until the host admits them.
#[utoipa::path(
    post,
    path = "/sessions/{id}/waiting-list/{user_id}/refuse",
    tag = "attendance",
    params(
        ("id" = i32, Path, description = "The session."),
        ("user_id" = i32, Path, description = "The person."),
    ),
    responses((status = 204, description = "They were turned away.")),
)]
async fn refuse(
    Path((session_id, user_id)): Path<(SessionId, UserId)>,
    post: Post<Nothing>,
) -> Result<Response, Problem> {
    let use_case = RefuseAdmission { session_id, by: post.by(), user_id };
    post.run(&use_case, |()| Answer::nothing()).await
}
