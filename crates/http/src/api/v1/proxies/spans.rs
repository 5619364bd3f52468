//! `/organizations/{id}/proxies`: votes given for every session in a span of time.

use axum::extract::State;
use axum::response::Response;
use plenum_application::use_cases::GiveSpanProxy;
use plenum_domain::id::{OrganizationId, UserId};
use plenum_ports::page::Page;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{GivenProxyBody, ProxyBody};
use super::reason;
use crate::answer::Answer;
use crate::api::v1::moments::Time;
use crate::extract::{Path, Post, Query, SignedIn};
use crate::problem::Problem;
use crate::state::HttpState;
use crate::wire::Items;

pub(super) fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(list, give))
}

/// A vote to be given to someone else for a span of time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSpanProxy, example = json!({
    "principal_user_id": 18, "holder_user_id": 15, "from": "2026-03-01T00:00:00Z",
    "until": "2026-06-01T00:00:00Z", "reason": "Exchange semester.",
}))]
struct NewSpanProxyBody {
    /// Whose vote.
    principal_user_id: i32,
    /// Who shall cast it.
    holder_user_id: i32,
    /// For every session opened from this moment on.
    #[schema(value_type = String, format = DateTime)]
    from: Time,
    /// Up to this moment; at most three years later.
    #[schema(value_type = String, format = DateTime)]
    until: Time,
    /// Why; up to 1,000 characters. Required when the organization's rules say so.
    reason: Option<String>,
}

/// List the proxies for spans of time
///
/// The newest first, ended ones too. Owners and chairs see all of them; members those that concern them.
#[utoipa::path(
    get,
    path = "/organizations/{id}/proxies",
    tag = "proxies",
    params(("id" = i32, Path, description = "The organization."), crate::openapi::PagingParameters),
    responses((status = 200, description = "A piece of the list.", body = Items<ProxyBody>)),
)]
async fn list(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<OrganizationId>,
    Query(page): Query<Page>,
) -> Result<Answer, Problem> {
    let piece = state.app.span_mandates(id, actor.user.id, page).await?;
    Ok(Answer::ok(&Items::of(piece, |view| ProxyBody::of(&view))))
}

/// Give a proxy for a span of time
///
/// By the principal, or entered by an owner or chair. It makes a proxy in every session that is opened in
/// the span, and in running ones that were, to the end of that session. Where the principal gave another
/// proxy, that one stays.
#[utoipa::path(
    post,
    path = "/organizations/{id}/proxies",
    tag = "proxies",
    params(("id" = i32, Path, description = "The organization.")),
    request_body = NewSpanProxyBody,
    responses((status = 201, description = "The proxy.", body = GivenProxyBody)),
)]
async fn give(
    Path(organization_id): Path<OrganizationId>,
    post: Post<NewSpanProxyBody>,
) -> Result<Response, Problem> {
    let use_case = GiveSpanProxy {
        organization_id,
        by: post.by(),
        principal: UserId::new(post.body.principal_user_id),
        holder: UserId::new(post.body.holder_user_id),
        from: post.body.from.0,
        until: post.body.until.0,
        reason: reason(post.body.reason.as_ref())?,
    };
    post.run(&use_case, |given| Answer::created(&GivenProxyBody::of(given))).await
}
