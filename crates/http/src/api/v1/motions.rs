//! `/events/{id}/motion` and around it: text and amendments, mover and seconder, reconsideration, withdrawal.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use plenum_application::use_cases::{AmendMotion, ReconsiderMotion, WithdrawMotion, WriteMotion};
use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_domain::id::{EventId, UserId};
use plenum_domain::motion::{Amendment, Link, TextVersion};
use plenum_domain::text::{MotionText, Reason, Title};
use plenum_ports::queries::MotionLine;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::events::EventBody;
use crate::answer::Answer;
use crate::extract::{Json, Path, Post, SignedIn};
use crate::problem::Problem;
use crate::state::HttpState;

pub(super) fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(routes!(show, write))
        .routes(routes!(amend))
        .routes(routes!(reconsider))
        .routes(routes!(withdraw))
}

/// A motion beside its vote.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Motion, example = json!({
    "event_id": 9, "mover_user_id": 12, "seconder_user_id": 18,
    "text": "The senate buys 30 chairs.",
    "versions": [
        {"version": 1, "text": "The senate buys 20 chairs.", "at": "2026-03-01T19:05:00Z", "by_user_id": 12,
         "amendment": null},
        {"version": 2, "text": "The senate buys 30 chairs.", "at": "2026-03-01T19:40:00Z", "by_user_id": 4,
         "amendment": {"event_id": 10, "replaces": "20 chairs", "inserts": "30 chairs"}},
    ],
    "amends": null, "reconsiders_event_id": null,
    "amended_by_event_ids": [10], "reconsidered_by_event_ids": [],
    "withdrawn_at": null, "withdrawn_by_user_id": null, "withdrawal_reason": null,
}))]
struct MotionBody {
    event_id: i32,
    mover_user_id: Option<i32>,
    seconder_user_id: Option<i32>,
    /// The text as it is now; null when none was written.
    text: Option<String>,
    /// Every version of the text, the oldest first.
    versions: Vec<TextBody>,
    /// The motion it amends, and what it does to its text.
    amends: Option<AmendmentBody>,
    /// The decided motion it puts to the vote again.
    reconsiders_event_id: Option<i32>,
    /// The events that amend this motion.
    amended_by_event_ids: Vec<i32>,
    /// The events that put this motion to the vote again.
    reconsidered_by_event_ids: Vec<i32>,
    withdrawn_at: Option<DateTime<Utc>>,
    withdrawn_by_user_id: Option<i32>,
    withdrawal_reason: Option<String>,
}

/// A version of a motion's text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MotionText)]
pub(super) struct TextBody {
    /// Counted from 1.
    version: u32,
    text: String,
    at: DateTime<Utc>,
    /// Who wrote it, or released the amendment that made it.
    by_user_id: i32,
    /// The adopted amendment that made it; null for a text written by hand.
    amendment: Option<AmendmentBody>,
}

/// A change of a motion's text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MotionAmendment)]
struct AmendmentBody {
    /// The event of the amendment in a version, of the amended motion in `amends`.
    event_id: i32,
    /// The words it replaces; empty when it adds to the end.
    replaces: String,
    /// The words it puts there; empty when it strikes out.
    inserts: String,
}

impl AmendmentBody {
    fn of(event: EventId, change: &Amendment) -> Self {
        Self {
            event_id: event.get(),
            replaces: change.replaces.to_string(),
            inserts: change.inserts.to_string(),
        }
    }
}

impl TextBody {
    pub(super) fn of(version: &TextVersion) -> Self {
        Self {
            version: version.number,
            text: version.text.to_string(),
            at: version.at,
            by_user_id: version.by_user_id.get(),
            amendment: version.amendment.as_ref().map(|(event, change)| AmendmentBody::of(*event, change)),
        }
    }
}

impl MotionBody {
    fn of(line: &MotionLine) -> Self {
        let motion = &line.motion;
        let withdrawal = motion.withdrawal.as_ref();
        let ids = |events: &[EventId]| events.iter().map(|id| id.get()).collect();
        Self {
            event_id: motion.event_id.get(),
            mover_user_id: motion.mover.map(UserId::get),
            seconder_user_id: motion.seconder.map(UserId::get),
            text: motion.text().map(ToString::to_string),
            versions: motion.texts.iter().map(TextBody::of).collect(),
            amends: match &motion.link {
                Some(Link::Amends { main, change }) => Some(AmendmentBody::of(*main, change)),
                Some(Link::Reconsiders(_)) | None => None,
            },
            reconsiders_event_id: match &motion.link {
                Some(Link::Reconsiders(decided)) => Some(decided.get()),
                Some(Link::Amends { .. }) | None => None,
            },
            amended_by_event_ids: ids(&line.amended_by),
            reconsidered_by_event_ids: ids(&line.reconsidered_by),
            withdrawn_at: withdrawal.map(|withdrawal| withdrawal.at),
            withdrawn_by_user_id: withdrawal.map(|withdrawal| withdrawal.by_user_id.get()),
            withdrawal_reason: withdrawal
                .and_then(|withdrawal| withdrawal.reason.as_ref())
                .map(ToString::to_string),
        }
    }
}

/// Who moves and seconds a motion, and its text.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MotionChange, example = json!({
    "mover_user_id": 12, "seconder_user_id": 18, "text": "The senate buys 20 chairs.",
}))]
struct WriteBody {
    /// Nobody when left out.
    mover_user_id: Option<i32>,
    /// Nobody when left out; another person than the mover.
    seconder_user_id: Option<i32>,
    /// Up to 50,000 characters; left out, the text stays.
    text: Option<String>,
}

/// An amendment to be prepared.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAmendment, example = json!({
    "replaces": "20 chairs", "inserts": "30 chairs", "mover_user_id": 18,
}))]
struct AmendBody {
    /// The words of the text that are replaced, quoted exactly; they stand in it once. Left out or empty:
    /// the amendment adds to the end.
    #[serde(default)]
    replaces: String,
    /// The words that come in their place; left out or empty: they are struck out.
    #[serde(default)]
    inserts: String,
    /// What it is called; after the motion when left out.
    name: Option<String>,
    mover_user_id: Option<i32>,
    seconder_user_id: Option<i32>,
}

/// A decided motion that is to be voted on again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewReconsideration, example = json!({"mover_user_id": 18}))]
struct ReconsiderBody {
    /// What it is called; after the motion when left out.
    name: Option<String>,
    mover_user_id: Option<i32>,
    seconder_user_id: Option<i32>,
}

/// Why a motion is taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MotionWithdrawal, example = json!({"reason": "Settled in committee."}))]
struct WithdrawBody {
    /// Up to 1,000 characters.
    reason: Option<String>,
}

impl AmendBody {
    fn read(&self, event_id: EventId, by: UserId) -> Result<AmendMotion, FieldErrors> {
        let mut checks = FieldChecks::new();
        let replaces = checks.take("replaces", MotionText::parse(&self.replaces));
        let inserts = checks.take("inserts", MotionText::parse(&self.inserts));
        let name = self.name.as_ref().and_then(|name| checks.take("name", Title::parse(name)));
        checks.finish(replaces.zip(inserts).map(|(replaces, inserts)| AmendMotion {
            event_id,
            by,
            name,
            change: Amendment { replaces, inserts },
            mover: self.mover_user_id.map(UserId::new),
            seconder: self.seconder_user_id.map(UserId::new),
        }))
    }
}

/// Look at a motion beside its vote
///
/// Its text in every version with the amendments that made them, mover and seconder, what it amends or
/// reconsiders, and whether it was withdrawn.
#[utoipa::path(
    get,
    path = "/events/{id}/motion",
    tag = "motions",
    params(("id" = i32, Path, description = "The event.")),
    responses((status = 200, description = "The motion.", body = MotionBody)),
)]
async fn show(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<EventId>,
) -> Result<Answer, Problem> {
    Ok(Answer::ok(&MotionBody::of(&state.app.motion(id, actor.user.id).await?)))
}

/// Write a motion
///
/// Who moves and seconds it, and its text. A text that changes becomes a new version. Possible until its vote
/// opens (409 `motion_text_settled`).
#[utoipa::path(
    put,
    path = "/events/{id}/motion",
    tag = "motions",
    params(("id" = i32, Path, description = "The event.")),
    request_body = WriteBody,
    responses((status = 200, description = "The motion as it is now.", body = MotionBody)),
)]
async fn write(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(event_id): Path<EventId>,
    Json(body): Json<WriteBody>,
) -> Result<Answer, Problem> {
    let by = actor.user.id;
    let mut checks = FieldChecks::new();
    let text = body.text.as_ref().and_then(|text| checks.take("text", MotionText::parse(text)));
    let use_case = checks.finish(Some(WriteMotion {
        event_id,
        by,
        mover: body.mover_user_id.map(UserId::new),
        seconder: body.seconder_user_id.map(UserId::new),
        text,
    }))?;
    state.app.run(&use_case).await?;
    Ok(Answer::ok(&MotionBody::of(&state.app.motion(event_id, by).await?)))
}

/// Prepare an amendment of a motion
///
/// As a motion of its own. When it is adopted and its result released, the text of the amended motion
/// changes and keeps the amendment in its trail.
#[utoipa::path(
    post,
    path = "/events/{id}/amendments",
    tag = "motions",
    params(("id" = i32, Path, description = "The motion to be amended.")),
    request_body = AmendBody,
    responses((status = 201, description = "The amendment, a draft.", body = EventBody)),
)]
async fn amend(Path(event_id): Path<EventId>, post: Post<AmendBody>) -> Result<Response, Problem> {
    let use_case = post.body.read(event_id, post.by())?;
    post.run(&use_case, |(event, session)| Answer::created(&EventBody::of(event, session))).await
}

/// Put a decided motion to the vote again
///
/// As a new draft with the same text and terms. Only a motion whose result was released can be reconsidered
/// (409 `not_decided`).
#[utoipa::path(
    post,
    path = "/events/{id}/reconsider",
    tag = "motions",
    params(("id" = i32, Path, description = "The motion that was decided.")),
    request_body = ReconsiderBody,
    responses((status = 201, description = "The new motion, a draft.", body = EventBody)),
)]
async fn reconsider(Path(event_id): Path<EventId>, post: Post<ReconsiderBody>) -> Result<Response, Problem> {
    let mut checks = FieldChecks::new();
    let name = post.body.name.as_ref().and_then(|name| checks.take("name", Title::parse(name)));
    let use_case = checks.finish(Some(ReconsiderMotion {
        event_id,
        by: post.by(),
        name,
        mover: post.body.mover_user_id.map(UserId::new),
        seconder: post.body.seconder_user_id.map(UserId::new),
    }))?;
    post.run(&use_case, |(event, session)| Answer::created(&EventBody::of(event, session))).await
}

/// Withdraw a motion
///
/// By its mover or the chair, before its vote opens (409 `motion_vote_begun`). It stays on the agenda, and
/// cannot be changed, opened or deleted any more.
#[utoipa::path(
    post,
    path = "/events/{id}/withdraw",
    tag = "motions",
    params(("id" = i32, Path, description = "The motion.")),
    request_body = WithdrawBody,
    responses((status = 204, description = "It is withdrawn.")),
)]
async fn withdraw(Path(event_id): Path<EventId>, post: Post<WithdrawBody>) -> Result<Response, Problem> {
    let mut checks = FieldChecks::new();
    let reason = post.body.reason.as_ref().and_then(|text| checks.take("reason", Reason::parse(text)));
    let use_case = checks.finish(Some(WithdrawMotion { event_id, by: post.by(), reason }))?;
    post.run(&use_case, |()| Answer::nothing()).await
}
