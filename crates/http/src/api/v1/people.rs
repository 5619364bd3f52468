//! `/users`: keeping people out, joining duplicates, and taking names away.

use axum::response::Response;
use plenum_application::use_cases::{AnonymizePerson, DisablePerson, MergePeople};
use plenum_domain::id::UserId;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::Answer;
use crate::extract::{Path, Post};
use crate::problem::Problem;
use crate::state::HttpState;
use crate::wire::{Nothing, PersonBody};

pub(super) fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(routes!(disable))
        .routes(routes!(enable))
        .routes(routes!(anonymize))
        .routes(routes!(merge))
}

/// Which other row of the same person goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Merge, example = json!({"duplicate_user_id": 17}))]
struct MergeBody {
    duplicate_user_id: i32,
}

/// Keep a person out
///
/// For administrators of the server. The person is signed out everywhere at once, and their tokens work no
/// more; what they voted stays.
#[utoipa::path(
    post,
    path = "/users/{id}/disable",
    tag = "people",
    params(("id" = i32, Path, description = "The person.")),
    responses((status = 200, description = "They are kept out.", body = PersonBody)),
)]
async fn disable(Path(user_id): Path<UserId>, post: Post<Nothing>) -> Result<Response, Problem> {
    let use_case = DisablePerson { user_id, by: post.by(), disable: true };
    post.run(&use_case, |user| Answer::ok(&PersonBody::of(user))).await
}

/// Let a person in again
///
/// For administrators of the server.
#[utoipa::path(
    post,
    path = "/users/{id}/enable",
    tag = "people",
    params(("id" = i32, Path, description = "The person.")),
    responses((status = 200, description = "They may sign in again.", body = PersonBody)),
)]
async fn enable(Path(user_id): Path<UserId>, post: Post<Nothing>) -> Result<Response, Problem> {
    let use_case = DisablePerson { user_id, by: post.by(), disable: false };
    post.run(&use_case, |user| Answer::ok(&PersonBody::of(user))).await
}

/// Take a person's name away
///
/// For administrators of the server, and for good: name, login name, and what the provider knows the person
/// by. They are kept out. What they voted and did stays, by number.
#[utoipa::path(
    post,
    path = "/users/{id}/anonymize",
    tag = "people",
    params(("id" = i32, Path, description = "The person.")),
    responses((status = 200, description = "Nobody's name.", body = PersonBody)),
)]
async fn anonymize(Path(user_id): Path<UserId>, post: Post<Nothing>) -> Result<Response, Problem> {
    let use_case = AnonymizePerson { user_id, by: post.by() };
    post.run(&use_case, |user| Answer::ok(&PersonBody::of(user))).await
}

/// Join two rows of the same person
///
/// For administrators of the server. Memberships and roles of the duplicate go to the person that is kept,
/// and so does whoever signs in as the duplicate. What either did stays where it was recorded.
#[utoipa::path(
    post,
    path = "/users/{id}/merge",
    tag = "people",
    params(("id" = i32, Path, description = "The person that is kept.")),
    request_body = MergeBody,
    responses((status = 200, description = "The person that is kept.", body = PersonBody)),
)]
async fn merge(Path(user_id): Path<UserId>, post: Post<MergeBody>) -> Result<Response, Problem> {
    let duplicate = UserId::new(post.body.duplicate_user_id);
    let use_case = MergePeople { user_id, duplicate, by: post.by() };
    post.run(&use_case, |user| Answer::ok(&PersonBody::of(user))).await
}
