//! `/sessions/{id}/events` and `/events/{id}`: what is put to the vote, from draft to released result.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use plenum_application::use_cases::{
    AnnulEvent, CloseEvent, CreateEvent, DecideTie, DeleteEvent, OpenEvent, ReleaseEvent, UpdateEvent,
};
use plenum_application::views::Waiting;
use plenum_domain::Moment;
use plenum_domain::event::{Annulment, Event, EventType};
use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_domain::id::{EventId, SessionId, UserId};
use plenum_domain::permission::Action;
use plenum_domain::session::Session;
use plenum_domain::text::{Reason, Title};
use plenum_ports::documents::{AwaitedData, EventData};
use plenum_ports::page::Page;
use plenum_ports::queries::SessionLine;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::moments::{Time, said};
use super::nominations::CandidateBody;
use super::results::ResultsBody;
use crate::answer::Answer;
use crate::extract::{Json, Path, Post, Query, SignedIn};
use crate::problem::Problem;
use crate::state::HttpState;
use crate::wire::{Items, Nothing};

pub(super) fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, change, delete))
        .routes(routes!(open))
        .routes(routes!(close))
        .routes(routes!(release))
        .routes(routes!(tie))
        .routes(routes!(annul))
}

/// What kind of decision it is.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = EventType)]
pub(super) enum EventTypeWord {
    /// A question to adopt or reject.
    Motion,
    /// People or options to choose from.
    Election,
}

impl From<EventType> for EventTypeWord {
    fn from(event_type: EventType) -> Self {
        match event_type {
            EventType::Motion => Self::Motion,
            EventType::Election => Self::Election,
        }
    }
}

impl From<EventTypeWord> for EventType {
    fn from(word: EventTypeWord) -> Self {
        match word {
            EventTypeWord::Motion => Self::Motion,
            EventTypeWord::Election => Self::Election,
        }
    }
}

/// Something put to the vote in a session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event, example = json!({
    "id": 9, "session_id": 7, "event_type": "motion", "name": "Amend article 4",
    "status": "inactive", "state": "draft",
    "start_time": "2026-03-01T19:30:00Z", "end_time": null,
    "data": {
        "description": "Amend article 4 as printed in the agenda.", "session_code": "7QK2MD",
        "vote_type": "motion", "vote_options": ["yes", "no", "abstain"], "threshold": "2/3",
        "visibility": {"participants": "hidden_until_release"}, "proxy": true, "secrecy": "roll_call",
        "method": {
            "name": "majority", "threshold": "2/3", "comparison": "at_least",
            "base": "votes_cast_without_abstentions",
            "in_favour": "yes", "against": "no", "abstain": "abstain",
        },
    },
    "created_by_user_id": 12, "created_at": "2026-03-01T19:05:00Z",
    "opened_at": null, "closed_at": null, "released_at": null, "annulled_at": null,
    "annulment_reason": null, "annulment_code": null,
}))]
pub(super) struct EventBody {
    id: i32,
    session_id: i32,
    event_type: EventTypeWord,
    name: String,
    /// `active` while votes can be cast, else `inactive`.
    status: &'static str,
    /// `draft`, `active`, `closed` (counted), `released` (published) or `annulled` (void).
    state: &'static str,
    /// No vote is accepted before.
    start_time: DateTime<Utc>,
    /// Voting ends by itself here; null: when the host closes it.
    end_time: Option<DateTime<Utc>>,
    /// What is put to the vote and how, with everything that was left out filled in.
    data: EventData,
    created_by_user_id: i32,
    created_at: DateTime<Utc>,
    /// When the electoral roll was fixed.
    opened_at: Option<DateTime<Utc>>,
    closed_at: Option<DateTime<Utc>>,
    released_at: Option<DateTime<Utc>>,
    annulled_at: Option<DateTime<Utc>>,
    annulment_reason: Option<String>,
    /// The server's clock, for a countdown to `end_time`; where events are looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    server_time: Option<DateTime<Utc>>,
    /// Whether the result waits for a decision on a tie; where events are looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    awaits_decision: Option<bool>,
    /// That decision, for who may see the result.
    #[serde(skip_serializing_if = "Option::is_none")]
    awaiting: Option<AwaitedData>,
    /// Who stands in an election that came from nominations, when the event is looked at alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    candidates: Vec<CandidateBody>,
    /// `key_lost` for a secret vote that is void because its key was lost; null when somebody annulled it.
    annulment_code: Option<&'static str>,
}

impl EventBody {
    /// With the code of the sitting, for who runs the event and so may see it.
    pub(super) fn of(event: &Event, session: &Session) -> Self {
        Self::new(event, Some(session.join_code.as_str()))
    }

    /// As somebody who looks at the sitting may see it.
    fn seen(event: &Event, line: &SessionLine) -> Self {
        let may_see = Action::ViewJoinCode.allows(&line.standing);
        Self::new(event, may_see.then(|| line.session.join_code.as_str()))
    }

    fn new(event: &Event, session_code: Option<&str>) -> Self {
        let annulment = event.state.annulment();
        Self {
            id: event.id.get(),
            session_id: event.session_id.get(),
            event_type: event.event_type().into(),
            name: event.name.to_string(),
            status: event.state.status(),
            state: event.state.as_str(),
            start_time: event.schedule.start_time,
            end_time: event.schedule.end_time,
            data: EventData {
                session_code: session_code.map(str::to_owned),
                ..EventData::of(&event.terms, session_code.unwrap_or_default())
            },
            created_by_user_id: event.created_by_user_id.get(),
            created_at: event.created_at,
            opened_at: event.state.opened_at(),
            closed_at: event.state.closed_at(),
            released_at: event.state.released_at(),
            annulled_at: annulment.map(|annulment| annulment.annulled_at),
            annulment_reason: annulment.map(|annulment| annulment.reason.to_string()),
            server_time: None,
            awaits_decision: None,
            awaiting: None,
            candidates: Vec::new(),
            annulment_code: annulment.and_then(Annulment::code),
        }
    }

    /// With the server's clock, and what its result waits for.
    fn looked_at(self, now: Moment, waiting: Option<Waiting>) -> Self {
        Self {
            server_time: Some(now),
            awaits_decision: Some(waiting.is_some()),
            awaiting: waiting.and_then(|waiting| waiting.awaited),
            ..self
        }
    }

    /// The answer of a step in an event's life.
    pub(super) fn answer((event, session): &(Event, Session)) -> Answer {
        Answer::ok(&Self::of(event, session))
    }
}

/// An event to be prepared.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewEvent, example = json!({
    "event_type": "motion", "name": "Amend article 4",
    "data": {
        "description": "Amend article 4 as printed in the agenda.", "threshold": "2/3",
        "secrecy": "roll_call",
    },
}))]
struct NewEventBody {
    event_type: EventTypeWord,
    /// What it is called; up to 200 characters.
    name: String,
    /// No vote is accepted before; now when left out.
    #[schema(value_type = Option<DateTime<Utc>>)]
    start_time: Option<Time>,
    /// Voting ends by itself here; left out, the host closes it.
    #[schema(value_type = Option<DateTime<Utc>>)]
    end_time: Option<Time>,
    /// What is put to the vote and how. A motion needs none of it; an election needs `vote_options`.
    data: Option<EventData>,
}

impl NewEventBody {
    fn read(&self, session_id: SessionId, by: UserId) -> Result<CreateEvent, FieldErrors> {
        let mut checks = FieldChecks::new();
        let name = checks.take("name", Title::parse(&self.name));
        checks.finish(name.map(|name| CreateEvent {
            session_id,
            by,
            event_type: self.event_type.into(),
            name,
            start_time: self.start_time.map(|time| time.0),
            end_time: self.end_time.map(|time| time.0),
            data: self.data.clone().unwrap_or_default(),
        }))
    }
}

/// Changes to a draft; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EventChange, example = json!({"name": "Amend articles 4 and 5", "end_time": null}))]
struct EventChangeBody {
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = String, required = false)]
    name: Option<String>,
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = DateTime<Utc>, required = false)]
    start_time: Option<Time>,
    /// Null takes the end away.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    #[expect(clippy::option_option, reason = "null and left out are two things")]
    end_time: Option<Option<Time>>,
    /// Its keys replace those of the same name; what is not named stays.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = EventData, required = false)]
    data: Option<EventData>,
}

impl EventChangeBody {
    fn read(self, event_id: EventId, by: UserId) -> Result<UpdateEvent, FieldErrors> {
        let mut checks = FieldChecks::new();
        let name = self.name.and_then(|name| checks.take("name", Title::parse(&name)));
        checks.finish(Some(UpdateEvent {
            event_id,
            by,
            name,
            start_time: self.start_time.map(|time| time.0),
            end_time: self.end_time.map(|end| end.map(|time| time.0)),
            data: self.data,
        }))
    }
}

/// Why an event is declared void.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Annulment, example = json!({"reason": "The wrong text was on the screen."}))]
struct AnnulmentBody {
    /// Up to 1,000 characters.
    reason: String,
}

/// List the events of a session
///
/// Its agenda, drafts among them, in the order they were prepared.
#[utoipa::path(
    get,
    path = "/sessions/{id}/events",
    tag = "events",
    params(("id" = i32, Path, description = "The session."), crate::openapi::PagingParameters),
    responses((status = 200, description = "A piece of the list.", body = Items<EventBody>)),
)]
async fn list(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<SessionId>,
    Query(page): Query<Page>,
) -> Result<Answer, Problem> {
    let (line, events) = state.app.events(id, actor.user.id, page).await?;
    let now = state.app.server_time().await?;
    let mut items = Vec::with_capacity(events.items.len());
    for event in &events.items {
        let waiting = state.app.waiting(event, &line.standing).await?;
        items.push(EventBody::seen(event, &line).looked_at(now, waiting));
    }
    Ok(Answer::ok(&Items { items, next: events.next }))
}

/// Prepare an event
///
/// As a draft, which can be changed and deleted until it is opened.
#[utoipa::path(
    post,
    path = "/sessions/{id}/events",
    tag = "events",
    params(("id" = i32, Path, description = "The session.")),
    request_body = NewEventBody,
    responses((status = 201, description = "The draft.", body = EventBody)),
)]
async fn create(Path(session_id): Path<SessionId>, post: Post<NewEventBody>) -> Result<Response, Problem> {
    let use_case = post.body.read(session_id, post.by())?;
    post.run(&use_case, |(event, session)| Answer::created(&EventBody::of(event, session))).await
}

/// Look at an event
///
/// With the server's clock for a countdown, with who stands where the candidates came from nominations, and with what its
/// result waits for: a tie that the chair decides is named to who may see the result, and that it waits to everybody.
#[utoipa::path(
    get,
    path = "/events/{id}",
    tag = "events",
    params(("id" = i32, Path, description = "The event.")),
    responses((status = 200, description = "The event.", body = EventBody)),
)]
async fn get(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<EventId>,
) -> Result<Answer, Problem> {
    let found = state.app.event(id, actor.user.id).await?;
    let now = state.app.server_time().await?;
    let waiting = state.app.waiting(&found.event, &found.line.standing).await?;
    let candidates = state.app.candidates(&found.event).await?.iter().map(CandidateBody::of).collect();
    let seen = EventBody::seen(&found.event, &found.line).looked_at(now, waiting);
    Ok(Answer::ok(&EventBody { candidates, ..seen }))
}

/// Change a draft
///
/// New `vote_options` or a new `threshold` in `data` without a `method` derive the method again. An event
/// that was opened cannot be changed any more (409 `event_not_draft`).
#[utoipa::path(
    patch,
    path = "/events/{id}",
    tag = "events",
    params(("id" = i32, Path, description = "The event.")),
    request_body = EventChangeBody,
    responses((status = 200, description = "The draft as it is now.", body = EventBody)),
)]
async fn change(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(event_id): Path<EventId>,
    Json(body): Json<EventChangeBody>,
) -> Result<Answer, Problem> {
    let use_case = body.read(event_id, actor.user.id)?;
    Ok(EventBody::answer(&state.app.run(&use_case).await?))
}

/// Delete a draft
#[utoipa::path(
    delete,
    path = "/events/{id}",
    tag = "events",
    params(("id" = i32, Path, description = "The event.")),
    responses((status = 204, description = "It is gone.")),
)]
async fn delete(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(event_id): Path<EventId>,
) -> Result<Answer, Problem> {
    state.app.run(&DeleteEvent { event_id, by: actor.user.id }).await?;
    Ok(Answer::nothing())
}

/// Open voting on an event
///
/// Fixes the electoral roll; refused without a quorum (409 `no_quorum`). Opening twice changes nothing.
#[utoipa::path(
    post,
    path = "/events/{id}/open",
    tag = "events",
    params(("id" = i32, Path, description = "The event.")),
    responses((status = 200, description = "The event, active.", body = EventBody)),
)]
async fn open(Path(event_id): Path<EventId>, post: Post<Nothing>) -> Result<Response, Problem> {
    post.run(&OpenEvent { event_id, by: post.by() }, EventBody::answer).await
}

/// Close voting on an event
///
/// Counts it; the host sees the result, others once it is released. Closing twice changes nothing.
#[utoipa::path(
    post,
    path = "/events/{id}/close",
    tag = "events",
    params(("id" = i32, Path, description = "The event.")),
    responses((status = 200, description = "The event, closed.", body = EventBody)),
)]
async fn close(Path(event_id): Path<EventId>, post: Post<Nothing>) -> Result<Response, Problem> {
    post.run(&CloseEvent { event_id, by: post.by() }, EventBody::answer).await
}

/// Release the result of an event
///
/// Publishes it for good. Doing it twice changes nothing.
#[utoipa::path(
    post,
    path = "/events/{id}/release",
    tag = "events",
    params(("id" = i32, Path, description = "The event.")),
    responses((status = 200, description = "The event, released.", body = EventBody)),
)]
async fn release(Path(event_id): Path<EventId>, post: Post<Nothing>) -> Result<Response, Problem> {
    post.run(&ReleaseEvent { event_id, by: post.by() }, EventBody::answer).await
}

/// How a tie is decided.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TieDecision, example = json!({"choice": "Ann"}))]
struct TieBody {
    /// The option the chair chooses, one of `awaiting.between`: whoever is elected, or goes out of the count where the
    /// question is `exclude`; for a motion with equal votes the option in favour or the one against.
    choice: Option<String>,
    /// Instead: the server draws a lot, whose seed stands in the result.
    by_lot: Option<bool>,
}

/// Decide a tie
///
/// A result with `awaiting` cannot be released before. The decision is recorded, and the votes are counted again with it; the
/// count may meet a further tie that waits.
#[utoipa::path(
    post,
    path = "/events/{id}/tie",
    tag = "events",
    params(("id" = i32, Path, description = "The event.")),
    request_body = TieBody,
    responses((status = 200, description = "The result as it is now.", body = ResultsBody)),
)]
async fn tie(Path(event_id): Path<EventId>, post: Post<TieBody>) -> Result<Response, Problem> {
    let choice = match (&post.body.choice, post.body.by_lot.unwrap_or(false)) {
        (Some(choice), false) => Some(choice.clone()),
        (None, true) => None,
        (Some(_), true) => return Err(Problem::field("by_lot", "cannot be combined with choice")),
        (None, false) => return Err(Problem::field("choice", "is required, unless by_lot is true")),
    };
    let use_case = DecideTie { event_id, by: post.by(), choice };
    post.run(&use_case, |(event, _, result)| Answer::ok(&ResultsBody::of(event, result, true))).await
}

/// Annul an event
///
/// Declares it void for a reason. Votes and result are kept as they were.
#[utoipa::path(
    post,
    path = "/events/{id}/annul",
    tag = "events",
    params(("id" = i32, Path, description = "The event.")),
    request_body = AnnulmentBody,
    responses((status = 200, description = "The event, annulled.", body = EventBody)),
)]
async fn annul(Path(event_id): Path<EventId>, post: Post<AnnulmentBody>) -> Result<Response, Problem> {
    let mut checks = FieldChecks::new();
    let reason = checks.take("reason", Reason::parse(&post.body.reason));
    let reason = checks.finish(reason)?;
    post.run(&AnnulEvent { event_id, by: post.by(), reason }, EventBody::answer).await
}
