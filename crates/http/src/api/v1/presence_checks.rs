//! `/sessions/{id}/presence-checks`: "are you here?", and who said so.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use plenum_application::use_cases::{AnswerPresenceCheck, CheckPresence, ClosePresenceCheck};
use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_domain::id::{PresenceCheckId, SessionId, UserId};
use plenum_domain::presence::{Asked, PresenceCheck};
use plenum_domain::rules::Seconds;
use plenum_domain::user::User;
use plenum_ports::page::Page;
use plenum_ports::queries::PresenceCheckLine;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::Answer;
use crate::extract::{Path, Post, Query, SignedIn};
use crate::problem::Problem;
use crate::state::HttpState;
use crate::wire::{Items, Nothing, PersonBody};

pub(super) fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(routes!(list, open))
        .routes(routes!(look))
        .routes(routes!(answer))
        .routes(routes!(close))
}

/// A presence check.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PresenceCheck, example = json!({
    "id": 3, "session_id": 7, "created_by_user_id": 12, "opened_at": "2026-03-01T20:00:00Z",
    "closes_at": "2026-03-01T20:01:00Z", "sets_absent": true, "closed_at": null,
}))]
struct CheckBody {
    id: i32,
    session_id: i32,
    /// Who asks.
    created_by_user_id: i32,
    opened_at: DateTime<Utc>,
    /// Answers are taken up to this moment.
    closes_at: DateTime<Utc>,
    /// Whether who does not answer is set absent.
    sets_absent: bool,
    /// When it ended; null while it runs.
    closed_at: Option<DateTime<Utc>>,
}

impl CheckBody {
    fn of(check: &PresenceCheck) -> Self {
        Self {
            id: check.id.get(),
            session_id: check.session_id.get(),
            created_by_user_id: check.created_by_user_id.get(),
            opened_at: check.opened_at,
            closes_at: check.closes_at,
            sets_absent: check.sets_absent,
            closed_at: check.closed_at,
        }
    }
}

/// A presence check with its figures.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PresenceCheckFigures, example = json!({
    "id": 3, "session_id": 7, "created_by_user_id": 12, "opened_at": "2026-03-01T20:00:00Z",
    "closes_at": "2026-03-01T20:01:00Z", "sets_absent": true, "closed_at": "2026-03-01T20:01:00.2Z",
    "asked": 24, "answered": 22, "set_absent": 2,
}))]
struct FiguresBody {
    #[serde(flatten)]
    check: CheckBody,
    /// How many were asked: everyone in the session when it was opened.
    asked: u64,
    /// How many of them answered.
    answered: u64,
    /// How many of them its end set absent.
    set_absent: u64,
}

impl FiguresBody {
    fn of(line: &PresenceCheckLine) -> Self {
        Self {
            check: CheckBody::of(&line.check),
            asked: line.asked,
            answered: line.answered,
            set_absent: line.set_absent,
        }
    }
}

/// A presence check with what each of the people asked did.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PresenceCheckResult, example = json!({
    "id": 3, "session_id": 7, "created_by_user_id": 12, "opened_at": "2026-03-01T20:00:00Z",
    "closes_at": "2026-03-01T20:01:00Z", "sets_absent": true, "closed_at": "2026-03-01T20:01:00.2Z",
    "asked": 24, "answered": 22, "set_absent": 2,
    "people": {"items": [{
        "user": {"id": 18, "name": "Łukasz Żak", "andrew_id": "lzak"},
        "answered_at": "2026-03-01T20:00:12Z", "set_absent": false,
    }], "next": null},
}))]
struct ResultBody {
    #[serde(flatten)]
    figures: FiguresBody,
    /// A piece of those who were asked; null for those who do not manage attendance.
    people: Option<Items<AskedBody>>,
}

/// Somebody who was asked.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Asked)]
struct AskedBody {
    user: PersonBody,
    /// Null for no answer.
    answered_at: Option<DateTime<Utc>>,
    /// Whether the end of the check set them absent.
    set_absent: bool,
}

impl AskedBody {
    fn of(user: &User, asked: &Asked) -> Self {
        let user = PersonBody::of(user);
        Self { user, answered_at: asked.answered_at, set_absent: asked.set_absent }
    }
}

/// A question to everyone present.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPresenceCheck, example = json!({"seconds": 60, "sets_absent": true}))]
struct NewCheckBody {
    /// For how long answers are taken, at least 5; as the organization's rules say when left out.
    seconds: Option<u32>,
    /// Whether who does not answer is set absent; as the organization's rules say when left out.
    sets_absent: Option<bool>,
}

impl NewCheckBody {
    fn read(&self, session_id: SessionId, by: UserId) -> Result<CheckPresence, FieldErrors> {
        let mut checks = FieldChecks::new();
        let seconds = self.seconds.map(|seconds| checks.take("seconds", Seconds::new(seconds)));
        let sets_absent = self.sets_absent;
        checks.finish(Some(CheckPresence { session_id, by, seconds: seconds.flatten(), sets_absent }))
    }
}

/// List the presence checks of a session
///
/// The newest first: a check without `closed_at` waits for answers. For participants and the host.
#[utoipa::path(
    get,
    path = "/sessions/{id}/presence-checks",
    tag = "attendance",
    params(("id" = i32, Path, description = "The session."), crate::openapi::PagingParameters),
    responses((status = 200, description = "A piece of the list.", body = Items<FiguresBody>)),
)]
async fn list(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<SessionId>,
    Query(page): Query<Page>,
) -> Result<Answer, Problem> {
    let piece = state.app.presence_checks(id, actor.user.id, page).await?;
    Ok(Answer::ok(&Items::of(piece, |line| FiguresBody::of(&line))))
}

/// Ask everyone present: are you here?
///
/// For the host. Answers are taken for a set time; then the check ends by itself and, if you say so here,
/// sets absent who did not answer, with the votes they hold for others. You count as having answered.
#[utoipa::path(
    post,
    path = "/sessions/{id}/presence-checks",
    tag = "attendance",
    params(("id" = i32, Path, description = "The session.")),
    request_body = NewCheckBody,
    responses((status = 201, description = "The check.", body = CheckBody)),
)]
async fn open(Path(session_id): Path<SessionId>, post: Post<NewCheckBody>) -> Result<Response, Problem> {
    let use_case = post.body.read(session_id, post.by())?;
    post.run(&use_case, |check| Answer::created(&CheckBody::of(check))).await
}

/// Look at a presence check
///
/// Its figures, and for the host who answered and who did not.
#[utoipa::path(
    get,
    path = "/sessions/{id}/presence-checks/{check_id}",
    tag = "attendance",
    params(
        ("id" = i32, Path, description = "The session."),
        ("check_id" = i32, Path, description = "The check."),
        crate::openapi::PagingParameters,
    ),
    responses((status = 200, description = "The check.", body = ResultBody)),
)]
async fn look(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path((session_id, id)): Path<(SessionId, PresenceCheckId)>,
    Query(page): Query<Page>,
) -> Result<Answer, Problem> {
    let (line, people) = state.app.presence_check(session_id, id, actor.user.id, page).await?;
    Ok(Answer::ok(&ResultBody {
        figures: FiguresBody::of(&line),
        people: people.map(|piece| Items::of(piece, |(user, asked)| AskedBody::of(&user, &asked))),
    }))
}

/// Answer a presence check
///
/// "I am here." Saying it twice changes nothing.
#[utoipa::path(
    post,
    path = "/sessions/{id}/presence-checks/{check_id}/answer",
    tag = "attendance",
    params(
        ("id" = i32, Path, description = "The session."),
        ("check_id" = i32, Path, description = "The check."),
    ),
    responses((status = 200, description = "The check.", body = CheckBody)),
)]
async fn answer(
    Path((session_id, check_id)): Path<(SessionId, PresenceCheckId)>,
    post: Post<Nothing>,
) -> Result<Response, Problem> {
    let use_case = AnswerPresenceCheck { session_id, check_id, by: post.by() };
    post.run(&use_case, |check| Answer::ok(&CheckBody::of(check))).await
}

/// End a presence check before its time
///
/// For the host. Ending it twice changes nothing.
#[utoipa::path(
    post,
    path = "/sessions/{id}/presence-checks/{check_id}/close",
    tag = "attendance",
    params(
        ("id" = i32, Path, description = "The session."),
        ("check_id" = i32, Path, description = "The check."),
    ),
    responses((status = 200, description = "The check, ended.", body = CheckBody)),
)]
async fn close(
    Path((session_id, check_id)): Path<(SessionId, PresenceCheckId)>,
    post: Post<Nothing>,
) -> Result<Response, Problem> {
    let use_case = ClosePresenceCheck { session_id, check_id, by: post.by() };
    post.run(&use_case, |check| Answer::ok(&CheckBody::of(check))).await
}
