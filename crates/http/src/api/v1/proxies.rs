//! `/sessions/{id}/proxies`: votes that people cast for others.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use plenum_application::use_cases::{GiveProxy, GivenProxy, RevokeProxy};
use plenum_domain::id::{ProxyId, SessionId, UserId};
use plenum_domain::proxy::{Mandate, MandateStatus};
use plenum_ports::page::{Page, Paged};
use plenum_ports::queries::MandateLine;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::attendance::UserSessionBody;
use crate::answer::Answer;
use crate::extract::{Path, Post, Query, SignedIn};
use crate::problem::Problem;
use crate::state::HttpState;
use crate::wire::{Items, PersonBody};

pub(super) fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(list, give)).routes(routes!(revoke))
}

/// A mandate to vote for someone else in a session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Mandate, example = json!({
    "id": 5, "session_id": 7, "principal_user_id": 18, "holder_user_id": 15, "status": "active",
    "user_session_id": 44, "created_by_user_id": 18, "created_at": "2026-03-01T18:40:00Z",
    "revoked_at": null,
}))]
struct MandateBody {
    id: i32,
    session_id: i32,
    /// Whose vote.
    principal_user_id: i32,
    /// Who casts it.
    holder_user_id: i32,
    /// `active`, `suspended` (while the principal is in the session) or `revoked`.
    status: String,
    /// The vote instance it made.
    user_session_id: i32,
    /// Who entered it: the principal, or the host.
    created_by_user_id: i32,
    created_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
}

impl MandateBody {
    fn of(mandate: &Mandate, status: MandateStatus) -> Self {
        Self {
            id: mandate.id.get(),
            session_id: mandate.session_id.get(),
            principal_user_id: mandate.principal_user_id.get(),
            holder_user_id: mandate.holder_user_id.get(),
            status: status.as_str().to_owned(),
            user_session_id: mandate.user_session_id.get(),
            created_by_user_id: mandate.created_by_user_id.get(),
            created_at: mandate.created_at,
            revoked_at: mandate.revoked_at,
        }
    }
}

/// A mandate with its people.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Proxy, example = json!({
    "id": 5, "session_id": 7, "principal_user_id": 18, "holder_user_id": 15, "status": "active",
    "user_session_id": 44, "created_by_user_id": 18, "created_at": "2026-03-01T18:40:00Z",
    "revoked_at": null,
    "principal": {"id": 18, "name": "Łukasz Żak", "andrew_id": "lzak"},
    "holder": {"id": 15, "name": "Zoë Ng", "andrew_id": "zng"},
}))]
pub(super) struct ProxyBody {
    #[serde(flatten)]
    mandate: MandateBody,
    principal: PersonBody,
    holder: PersonBody,
}

impl ProxyBody {
    pub(super) fn of(line: &MandateLine) -> Self {
        let status = MandateStatus::of(&line.mandate, line.principal_present);
        Self {
            mandate: MandateBody::of(&line.mandate, status),
            principal: PersonBody::of(&line.principal),
            holder: PersonBody::of(&line.holder),
        }
    }
}

/// A mandate with the vote instance it made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GivenProxy, example = json!({
    "id": 5, "session_id": 7, "principal_user_id": 18, "holder_user_id": 15, "status": "active",
    "user_session_id": 44, "created_by_user_id": 18, "created_at": "2026-03-01T18:40:00Z",
    "revoked_at": null,
    "user_session": {
        "id": 44, "user_id": 15, "session_id": 7, "proxy": "18", "join_left": "joined",
        "timestamp": "2026-03-01T18:40:00Z",
    },
}))]
struct GivenProxyBody {
    #[serde(flatten)]
    mandate: MandateBody,
    user_session: UserSessionBody,
}

impl GivenProxyBody {
    fn of(given: &GivenProxy) -> Self {
        Self {
            mandate: MandateBody::of(&given.mandate, given.status),
            user_session: UserSessionBody::of(&given.instance),
        }
    }
}

/// A vote to be given to someone else.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewProxy, example = json!({"principal_user_id": 18, "holder_user_id": 15}))]
struct NewProxyBody {
    /// Whose vote.
    principal_user_id: i32,
    /// Who shall cast it.
    holder_user_id: i32,
}

/// List the proxies of a session
///
/// Revoked ones too. Participants and the host see all of them; who only gave their vote away sees that one.
#[utoipa::path(
    get,
    path = "/sessions/{id}/proxies",
    tag = "proxies",
    params(("id" = i32, Path, description = "The session."), crate::openapi::PagingParameters),
    responses((status = 200, description = "A piece of the list.", body = Items<ProxyBody>)),
)]
async fn list(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<SessionId>,
    Query(page): Query<Page>,
) -> Result<Answer, Problem> {
    let cursor = |line: &MandateLine| i64::from(line.mandate.id.get());
    let mut lines = state.app.mandates(id, actor.user.id).await?;
    lines.retain(|line| page.after().is_none_or(|after| cursor(line) > after));
    let piece = Paged::from_one_more(page, lines, cursor);
    Ok(Answer::ok(&Items::of(piece, |line| ProxyBody::of(&line))))
}

/// Give a proxy
///
/// By the principal, or entered by the host. It rests while the principal is in the session.
#[utoipa::path(
    post,
    path = "/sessions/{id}/proxies",
    tag = "proxies",
    params(("id" = i32, Path, description = "The session.")),
    request_body = NewProxyBody,
    responses((status = 201, description = "The proxy with the vote instance it made.", body = GivenProxyBody)),
)]
async fn give(Path(session_id): Path<SessionId>, post: Post<NewProxyBody>) -> Result<Response, Problem> {
    let use_case = GiveProxy {
        session_id,
        by: post.by(),
        principal: UserId::new(post.body.principal_user_id),
        holder: UserId::new(post.body.holder_user_id),
    };
    post.run(&use_case, |given| Answer::created(&GivenProxyBody::of(given))).await
}

/// Revoke a proxy
///
/// By the principal or the host, except while a vote it was used in is still open. Votes cast with it stay.
#[utoipa::path(
    delete,
    path = "/sessions/{id}/proxies/{proxy_id}",
    tag = "proxies",
    params(
        ("id" = i32, Path, description = "The session."),
        ("proxy_id" = i32, Path, description = "The proxy."),
    ),
    responses((status = 204, description = "It does not stand any more.")),
)]
async fn revoke(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path((session_id, proxy_id)): Path<(SessionId, ProxyId)>,
) -> Result<Answer, Problem> {
    state.app.run(&RevokeProxy { session_id, by: actor.user.id, proxy_id }).await?;
    Ok(Answer::nothing())
}
