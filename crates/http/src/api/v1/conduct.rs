//! `/sessions/{id}/quick-votes` and `/events/{id}/…`: votes with one call, more time, figures shown or hidden.

use axum::response::Response;
use plenum_application::use_cases::{ExtendEvent, QuickVote, ShareResults};
use plenum_domain::event::Extension;
use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_domain::id::{EventId, SessionId, UserId};
use plenum_domain::rules::Seconds;
use plenum_domain::text::{Description, Reason, Title};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::events::EventBody;
use super::moments::Time;
use crate::answer::Answer;
use crate::extract::{Path, Post};
use crate::problem::Problem;
use crate::state::HttpState;
use crate::wire::Nothing;

pub(super) fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(routes!(quick_vote))
        .routes(routes!(extend))
        .routes(routes!(share))
        .routes(routes!(unshare))
}

/// A vote to be put with one call.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewQuickVote, example = json!({"preset": "Straw poll", "name": "A break now?", "duration": 60}))]
struct QuickVoteBody {
    /// The name of one of the organization's `rules.quick_votes`, without regard to case.
    preset: String,
    /// What it is called; as the preset when left out.
    name: Option<String>,
    /// What is decided, in words.
    description: Option<String>,
    /// How many seconds voting lasts, from 5 to 2592000; as the preset or the rules say when left out.
    duration: Option<u32>,
}

impl QuickVoteBody {
    fn read(&self, session_id: SessionId, by: UserId) -> Result<QuickVote, FieldErrors> {
        let mut checks = FieldChecks::new();
        let name = self.name.as_ref().and_then(|name| checks.take("name", Title::parse(name)));
        let description =
            self.description.as_ref().and_then(|text| checks.take("description", Description::parse(text)));
        let duration = self.duration.and_then(|seconds| checks.take("duration", Seconds::new(seconds)));
        let preset = self.preset.clone();
        checks.finish(Some(QuickVote { session_id, by, preset, name, description, duration }))
    }
}

/// How much longer voting goes on: `seconds` more, or until `end_time`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EventExtension, example = json!({"seconds": 120, "reason": "The doors were shut."}))]
struct ExtensionBody {
    /// So many seconds longer than it would have, from 5 to 2592000.
    seconds: Option<u32>,
    /// Until this moment, later than the present end.
    #[schema(value_type = Option<DateTime<Utc>>)]
    end_time: Option<Time>,
    /// Why, for the audit log; up to 1,000 characters.
    reason: Option<String>,
}

impl ExtensionBody {
    fn read(&self, event_id: EventId, by: UserId) -> Result<ExtendEvent, FieldErrors> {
        let mut checks = FieldChecks::new();
        let reason = self.reason.as_ref().and_then(|text| checks.take("reason", Reason::parse(text)));
        let extension = match (self.seconds, self.end_time) {
            (Some(seconds), None) => checks.take("seconds", Seconds::new(seconds)).map(Extension::By),
            (None, Some(end)) => Some(Extension::Until(end.0)),
            _ => {
                checks.fail("seconds", "say either how many seconds longer, or the new end_time");
                None
            }
        };
        checks.finish(extension.map(|extension| ExtendEvent { event_id, by, extension, reason }))
    }
}

/// Put a vote with one call
///
/// Prepares an event from one of the organization's presets and opens it at once.
#[utoipa::path(
    post,
    path = "/sessions/{id}/quick-votes",
    tag = "events",
    params(("id" = i32, Path, description = "The session.")),
    request_body = QuickVoteBody,
    responses((status = 201, description = "The event, active.", body = EventBody)),
)]
async fn quick_vote(
    Path(session_id): Path<SessionId>,
    post: Post<QuickVoteBody>,
) -> Result<Response, Problem> {
    let use_case = post.body.read(session_id, post.by())?;
    post.run(&use_case, |(event, session)| Answer::created(&EventBody::of(event, session))).await
}

/// Give an open vote more time
///
/// The audit log keeps who did, why, and both ends. A vote without an end time has nothing to extend (409
/// `nothing_to_extend`), and one whose end has come cannot be extended (409 `extension_too_late`).
#[utoipa::path(
    post,
    path = "/events/{id}/extend",
    tag = "events",
    params(("id" = i32, Path, description = "The event.")),
    request_body = ExtensionBody,
    responses((status = 200, description = "The event with its new end.", body = EventBody)),
)]
async fn extend(Path(event_id): Path<EventId>, post: Post<ExtensionBody>) -> Result<Response, Problem> {
    let use_case = post.body.read(event_id, post.by())?;
    post.run(&use_case, EventBody::answer).await
}

/// Show the figures of an open vote
///
/// To everyone who takes part, as if `visibility.participants` were `live`. Doing it twice changes nothing.
#[utoipa::path(
    post,
    path = "/events/{id}/share",
    tag = "events",
    params(("id" = i32, Path, description = "The event.")),
    responses((status = 200, description = "The event, its figures seen live.", body = EventBody)),
)]
async fn share(Path(event_id): Path<EventId>, post: Post<Nothing>) -> Result<Response, Problem> {
    post.run(&ShareResults { event_id, by: post.by(), shared: true }, EventBody::answer).await
}

/// Hide the figures of an open vote again
///
/// Until its result is released. Doing it twice changes nothing.
#[utoipa::path(
    post,
    path = "/events/{id}/unshare",
    tag = "events",
    params(("id" = i32, Path, description = "The event.")),
    responses((status = 200, description = "The event, its figures hidden.", body = EventBody)),
)]
async fn unshare(Path(event_id): Path<EventId>, post: Post<Nothing>) -> Result<Response, Problem> {
    post.run(&ShareResults { event_id, by: post.by(), shared: false }, EventBody::answer).await
}
