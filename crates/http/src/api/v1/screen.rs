//! `/sessions/{id}/screen-link`: the screen for who is not signed in.

use axum::extract::State;
use axum::response::Response;
use plenum_application::use_cases::{MakeScreenLink, RevokeScreenLink};
use plenum_domain::id::SessionId;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::Answer;
use crate::extract::{Path, Post, SignedIn};
use crate::problem::Problem;
use crate::state::HttpState;
use crate::wire::Nothing;

pub(super) fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(link, unlink))
}

/// A link to a screen.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ScreenLink, example = json!({
    "token": "Jd0yQ2m6cQn0n9bqkP2s8V1r7uX3wZ5aB6cD7eF8gH0",
    "address": "https://vote.example.org/screen/Jd0yQ2m6cQn0n9bqkP2s8V1r7uX3wZ5aB6cD7eF8gH0",
}))]
struct LinkBody {
    /// What the page and the live stream (`?screen=`) take instead of a sign-in; null when the same
    /// request is sent again, for nothing keeps it.
    token: Option<String>,
    /// The page for the wall; null as the token is.
    address: Option<String>,
}

/// Make a link to the screen
///
/// Whoever has it sees what everyone who takes part sees, without signing in. The one there was ends.
#[utoipa::path(
    post,
    path = "/sessions/{id}/screen-link",
    tag = "sessions",
    params(("id" = i32, Path, description = "The session.")),
    responses((status = 201, description = "The link, which nothing can show again.", body = LinkBody)),
)]
async fn link(
    State(state): State<HttpState>,
    Path(session_id): Path<SessionId>,
    post: Post<Nothing>,
) -> Result<Response, Problem> {
    let origin = state.settings.public_origin.clone();
    let use_case = MakeScreenLink { session_id, by: post.by() };
    post.run_keeping(&use_case, |secret| {
        let address = origin.join(&format!("screen/{}", secret.reveal())).ok().map(String::from);
        let shown = LinkBody { token: Some(secret.reveal().to_owned()), address };
        (Answer::created(&shown), Answer::created(&LinkBody { token: None, address: None }))
    })
    .await
}

/// End the link to the screen
///
/// Pages that show it stop at once.
#[utoipa::path(
    delete,
    path = "/sessions/{id}/screen-link",
    tag = "sessions",
    params(("id" = i32, Path, description = "The session.")),
    responses((status = 204, description = "There is no link, or none any more.")),
)]
async fn unlink(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(session_id): Path<SessionId>,
) -> Result<Answer, Problem> {
    state.app.run(&RevokeScreenLink { session_id, by: actor.user.id }).await?;
    Ok(Answer::nothing())
}
