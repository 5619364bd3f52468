//! `/sessions/{id}/proxies` and `/proxies/{id}`: votes that people cast for others.

mod body;
mod spans;

use axum::extract::State;
use axum::response::Response;
use plenum_application::use_cases::{AcceptProxy, ConfirmProxy, DeclineProxy, GiveProxy, RevokeProxy};
use plenum_application::views::MandateView;
use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_domain::id::{EventId, ProxyId, SessionId, UserId};
use plenum_domain::text::Reason;
use plenum_ports::page::{Page, Paged};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) use self::body::ProxyBody;
use self::body::{GivenProxyBody, HistoryBody, MandateBody};
use crate::answer::Answer;
use crate::extract::{Path, Post, Query, SignedIn};
use crate::problem::Problem;
use crate::state::HttpState;
use crate::wire::{Items, Nothing};

pub(super) fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(routes!(list, give))
        .routes(routes!(revoke_in_session))
        .routes(routes!(mine))
        .routes(routes!(look))
        .routes(routes!(accept))
        .routes(routes!(decline))
        .routes(routes!(confirm))
        .routes(routes!(revoke))
        .merge(spans::router())
}

/// A vote to be given to someone else.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewProxy, example = json!({
    "principal_user_id": 18, "holder_user_id": 15, "event_id": null, "reason": "Away for the exam.",
}))]
struct NewProxyBody {
    /// Whose vote.
    principal_user_id: i32,
    /// Who shall cast it.
    holder_user_id: i32,
    /// For this event of the session alone; for all of them when left out.
    event_id: Option<i32>,
    /// Why; up to 1,000 characters. Required when the organization's rules say so.
    reason: Option<String>,
}

/// Why a proxy ends.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProxyEnd, example = json!({"reason": "Comes in person after all."}))]
struct EndBody {
    /// For the people concerned; up to 1,000 characters.
    reason: Option<String>,
}

/// A reason that may be left out.
fn reason(text: Option<&String>) -> Result<Option<Reason>, FieldErrors> {
    let mut checks = FieldChecks::new();
    let reason = text.map(|text| checks.take("reason", Reason::parse(text)));
    match reason {
        None => Ok(None),
        Some(reason) => checks.finish(reason).map(Some),
    }
}

/// List the proxies of a session
///
/// Ended ones too. Participants and the host see all of them; who only gave or holds one sees that one.
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
    let cursor = |view: &MandateView| i64::from(view.line.mandate.id.get());
    let mut views = state.app.mandates(id, actor.user.id).await?;
    views.retain(|view| page.after().is_none_or(|after| cursor(view) > after));
    let piece = Paged::from_one_more(page, views, cursor);
    Ok(Answer::ok(&Items::of(piece, |view| ProxyBody::of(&view))))
}

/// Give a proxy
///
/// By the principal, or entered by the host, for the whole session or for one event of it. It stands at
/// once unless the organization's rules want the holder to accept it or the chair to confirm it. It rests
/// while the principal is in the session.
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
        event_id: post.body.event_id.map(EventId::new),
        by: post.by(),
        principal: UserId::new(post.body.principal_user_id),
        holder: UserId::new(post.body.holder_user_id),
        reason: reason(post.body.reason.as_ref())?,
    };
    post.run(&use_case, |given| Answer::created(&GivenProxyBody::of(given))).await
}

/// Revoke a proxy of a session
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
async fn revoke_in_session(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path((session_id, proxy_id)): Path<(SessionId, ProxyId)>,
) -> Result<Answer, Problem> {
    let by = actor.user.id;
    state.app.run(&RevokeProxy { session_id: Some(session_id), by, proxy_id, reason: None }).await?;
    Ok(Answer::nothing())
}

/// List your proxies
///
/// Every proxy you gave or hold, in all sessions and for spans of time, ended ones too, the newest first.
#[utoipa::path(
    get,
    path = "/me/proxies",
    tag = "proxies",
    params(crate::openapi::PagingParameters),
    responses((status = 200, description = "A piece of the list.", body = Items<ProxyBody>)),
)]
async fn mine(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Query(page): Query<Page>,
) -> Result<Answer, Problem> {
    let piece = state.app.my_mandates(actor.user.id, page).await?;
    Ok(Answer::ok(&Items::of(piece, |view| ProxyBody::of(&view))))
}

/// Look at a proxy and what happened to it
///
/// For its principal, its holder and those who conduct the session: offered, accepted, suspended while the
/// principal was present, used in which vote, and how it ended, each with the time and the person.
#[utoipa::path(
    get,
    path = "/proxies/{id}",
    tag = "proxies",
    params(("id" = i32, Path, description = "The proxy.")),
    responses((status = 200, description = "The proxy with its history.", body = HistoryBody)),
)]
async fn look(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<ProxyId>,
) -> Result<Answer, Problem> {
    let (view, notes) = state.app.mandate(id, actor.user.id).await?;
    Ok(Answer::ok(&HistoryBody::of(&view, &notes)))
}

/// Accept a proxy
///
/// By the holder, where the organization's rules want it.
#[utoipa::path(
    post,
    path = "/proxies/{id}/accept",
    tag = "proxies",
    params(("id" = i32, Path, description = "The proxy.")),
    responses((status = 200, description = "The proxy with the vote instance it made.", body = GivenProxyBody)),
)]
async fn accept(Path(proxy_id): Path<ProxyId>, post: Post<Nothing>) -> Result<Response, Problem> {
    let use_case = AcceptProxy { proxy_id, by: post.by() };
    post.run(&use_case, |given| Answer::ok(&GivenProxyBody::of(given))).await
}

/// Confirm a proxy
///
/// By the host of the session or whoever leads the organization, where the organization's rules want it.
#[utoipa::path(
    post,
    path = "/proxies/{id}/confirm",
    tag = "proxies",
    params(("id" = i32, Path, description = "The proxy.")),
    responses((status = 200, description = "The proxy with the vote instance it made.", body = GivenProxyBody)),
)]
async fn confirm(Path(proxy_id): Path<ProxyId>, post: Post<Nothing>) -> Result<Response, Problem> {
    let use_case = ConfirmProxy { proxy_id, by: post.by() };
    post.run(&use_case, |given| Answer::ok(&GivenProxyBody::of(given))).await
}

/// Decline a proxy
///
/// By the holder: turns an offer down, or gives back a proxy that is not in use in an open vote.
#[utoipa::path(
    post,
    path = "/proxies/{id}/decline",
    tag = "proxies",
    params(("id" = i32, Path, description = "The proxy.")),
    request_body = EndBody,
    responses((status = 200, description = "The proxy, declined.", body = MandateBody)),
)]
async fn decline(Path(proxy_id): Path<ProxyId>, post: Post<EndBody>) -> Result<Response, Problem> {
    let use_case = DeclineProxy { by: post.by(), proxy_id, reason: reason(post.body.reason.as_ref())? };
    post.run(&use_case, |mandate| Answer::ok(&MandateBody::ended(mandate))).await
}

/// Revoke a proxy
///
/// By the principal or those who conduct the session, except while a vote it was used in is still open. A
/// proxy for a span of time ends in every running session too. Votes cast with it stay.
#[utoipa::path(
    post,
    path = "/proxies/{id}/revoke",
    tag = "proxies",
    params(("id" = i32, Path, description = "The proxy.")),
    request_body = EndBody,
    responses((status = 200, description = "The proxy, revoked.", body = MandateBody)),
)]
async fn revoke(Path(proxy_id): Path<ProxyId>, post: Post<EndBody>) -> Result<Response, Problem> {
    let reason = reason(post.body.reason.as_ref())?;
    let use_case = RevokeProxy { session_id: None, by: post.by(), proxy_id, reason };
    post.run(&use_case, |mandate| Answer::ok(&MandateBody::ended(mandate))).await
}
