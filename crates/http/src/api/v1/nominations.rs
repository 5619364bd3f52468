//! `/offices` and `/nominations`: what comes before the ballot of an election; several elections at once.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use plenum_application::use_cases::{
    AnswerNomination, DeleteOffice, Nominate, OfficeWish, OpenNominations, OpenTogether, PrepareElections,
};
use plenum_domain::event::Event;
use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_domain::id::{EventId, NominationId, OfficeId, SessionId, UserId};
use plenum_domain::rules::Ineligible;
use plenum_domain::session::Session;
use plenum_domain::text::{Statement, Title};
use plenum_ports::documents::EventData;
use plenum_ports::queries::{CandidateLine, NominationLine, OfficeLine};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::events::EventBody;
use crate::answer::Answer;
use crate::extract::{Path, Post, SignedIn};
use crate::problem::Problem;
use crate::state::HttpState;
use crate::wire::{Items, Nothing, PersonBody};

/// The most offices or events in one request.
const MOST_AT_ONCE: usize = 50;

pub(super) fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, delete))
        .routes(routes!(nominate))
        .routes(routes!(accept))
        .routes(routes!(decline))
        .routes(routes!(prepare))
        .routes(routes!(open_together))
}

/// Somebody put forward for an office.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Nomination, example = json!({
    "id": 61, "office_id": 5, "candidate": {"id": 18, "name": "Łukasz Żak", "andrew_id": "lzak"},
    "nominated_by": {"id": 12, "name": "Zoë Ng", "andrew_id": "zng"},
    "nominated_at": "2026-03-01T19:10:00Z", "state": "accepted", "answered_at": "2026-03-01T19:12:00Z",
    "answered_by_user_id": 18, "statement": "I kept the books of the choir for three years.", "option": null, "left_out": null,
}))]
struct NominationBody {
    id: i32,
    office_id: i32,
    candidate: PersonBody,
    nominated_by: PersonBody,
    nominated_at: DateTime<Utc>,
    /// `proposed` until the person says whether they stand, then `accepted` or `declined`; `left_out` where they stood and
    /// could not be on the ballot when nominations were closed.
    state: &'static str,
    answered_at: Option<DateTime<Utc>>,
    /// Who said it: the person, or who prepares votes for somebody who said it aloud.
    answered_by_user_id: Option<i32>,
    /// What the person has to say for themselves.
    statement: Option<String>,
    /// How they are called on the ballot, once it is prepared and they are on it.
    option: Option<String>,
    /// Why they are not on the ballot although they stood, in words.
    left_out: Option<&'static str>,
}

impl NominationBody {
    fn of(line: &NominationLine) -> Self {
        let nomination = &line.nomination;
        Self {
            id: nomination.id.get(),
            office_id: nomination.office_id.get(),
            candidate: PersonBody::of(&line.candidate),
            nominated_by: PersonBody::of(&line.nominated_by),
            nominated_at: nomination.nominated_at,
            state: nomination.state(),
            answered_at: nomination.answer.map(|answer| answer.at),
            answered_by_user_id: nomination.answer.map(|answer| answer.by_user_id.get()),
            statement: nomination.statement.as_ref().map(ToString::to_string),
            option: nomination.option.as_ref().map(ToString::to_string),
            left_out: nomination.left_out.map(Ineligible::in_words),
        }
    }
}

/// Something to be filled by election.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Office, example = json!({
    "id": 5, "session_id": 7, "name": "Treasurer", "seats": 1, "state": "open",
    "data": {"secrecy": "secret", "method": {"name": "irv"}},
    "event_id": null, "follows_event_id": null, "created_by_user_id": 12, "created_at": "2026-03-01T19:05:00Z",
    "closed_at": null,
    "nominations": [{
        "id": 61, "office_id": 5, "candidate": {"id": 18, "name": "Łukasz Żak", "andrew_id": "lzak"},
        "nominated_by": {"id": 12, "name": "Zoë Ng", "andrew_id": "zng"},
        "nominated_at": "2026-03-01T19:10:00Z", "state": "proposed", "answered_at": null,
        "answered_by_user_id": null, "statement": null, "option": null, "left_out": null,
    }],
}))]
struct OfficeBody {
    id: i32,
    session_id: i32,
    name: String,
    /// How many people it takes.
    seats: u32,
    /// `open` while people can be nominated and answer; `closed` once its election is prepared.
    state: &'static str,
    /// How the election will be held: the data of an event without its candidates, as it was given.
    data: EventData,
    /// The election that fills it.
    event_id: Option<i32>,
    /// The election whose outcome opened nominations again.
    follows_event_id: Option<i32>,
    created_by_user_id: i32,
    created_at: DateTime<Utc>,
    /// When nominations were closed.
    closed_at: Option<DateTime<Utc>>,
    /// Who is nominated, in that order.
    nominations: Vec<NominationBody>,
}

impl OfficeBody {
    fn of(line: &OfficeLine) -> Self {
        use plenum_domain::nomination::OfficeState;
        let office = &line.office;
        Self {
            id: office.id.get(),
            session_id: office.session_id.get(),
            name: office.name.to_string(),
            seats: office.seats,
            state: office.state.as_str(),
            data: line.data.clone(),
            event_id: office.state.event_id().map(EventId::get),
            follows_event_id: office.follows.map(EventId::get),
            created_by_user_id: office.created_by_user_id.get(),
            created_at: office.created_at,
            closed_at: match office.state {
                OfficeState::Open => None,
                OfficeState::Closed { at, .. } => Some(at),
            },
            nominations: line.nominations.iter().map(NominationBody::of).collect(),
        }
    }
}

/// A person on the ballot of an election that came from nominations.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Candidate, example = json!({
    "option": "Łukasz Żak", "office_id": 5, "user": {"id": 18, "name": "Łukasz Żak", "andrew_id": "lzak"},
    "nominated_by": {"id": 12, "name": "Zoë Ng", "andrew_id": "zng"},
    "statement": "I kept the books of the choir for three years.",
}))]
pub(super) struct CandidateBody {
    /// How they are called on the ballot.
    option: String,
    /// The office they were nominated for.
    office_id: i32,
    user: PersonBody,
    nominated_by: PersonBody,
    /// What they have to say for themselves.
    statement: Option<String>,
}

impl CandidateBody {
    pub(super) fn of(line: &CandidateLine) -> Self {
        Self {
            option: line.option.to_string(),
            office_id: line.office_id.get(),
            user: PersonBody::of(&line.user),
            nominated_by: PersonBody::of(&line.nominated_by),
            statement: line.statement.as_ref().map(ToString::to_string),
        }
    }
}

/// An office to be filled.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewOffice)]
struct NewOfficeBody {
    /// What it is called, and its election after it; up to 200 characters.
    name: String,
    /// How many people it takes; one when left out.
    seats: Option<u32>,
    /// How its election will be held, as for any event: method, secrecy, visibility, duration. Without `vote_options`,
    /// which come from the nominations; options that are no candidates are named in `method`.
    data: Option<EventData>,
}

/// Offices to be filled.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewOffices, example = json!({"offices": [
    {"name": "President", "data": {"secrecy": "secret", "method": {"name": "irv"}}},
    {"name": "Senators", "seats": 4, "data": {"method": {"name": "scottish-stv", "abstain": "Abstain"}}},
]}))]
struct NewOfficesBody {
    /// 1 to 50 of them.
    #[schema(min_items = 1, max_items = 50)]
    offices: Vec<NewOfficeBody>,
}

impl NewOfficesBody {
    fn read(&self, session_id: SessionId, by: UserId) -> Result<OpenNominations, FieldErrors> {
        let mut checks = FieldChecks::new();
        some(&mut checks, "offices", self.offices.len());
        let names: Vec<Option<Title>> = self
            .offices
            .iter()
            .enumerate()
            .map(|(at, office)| checks.take(&format!("offices[{at}].name"), Title::parse(&office.name)))
            .collect();
        let wishes = names.into_iter().zip(&self.offices).filter_map(|(name, office)| {
            Some(OfficeWish {
                name: name?,
                seats: office.seats.unwrap_or(1),
                data: office.data.clone().unwrap_or_default(),
            })
        });
        let offices = wishes.collect();
        checks.finish(Some(OpenNominations { session_id, by, offices }))
    }
}

/// Notes when there are none of them, or too many.
fn some(checks: &mut FieldChecks, field: &str, count: usize) {
    if count == 0 || count > MOST_AT_ONCE {
        checks.fail(field, format!("must name 1 to {MOST_AT_ONCE}"));
    }
}

/// Who is put forward.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewNomination, example = json!({"user_id": 18}))]
struct NewNominationBody {
    /// Yourself when left out: then you have accepted already.
    user_id: Option<i32>,
    /// What you have to say for yourself, up to 5,000 characters; for others they write it when they accept.
    statement: Option<String>,
}

/// That somebody stands.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NominationAcceptance, example = json!({"statement": "I kept the books of the choir for three years."}))]
struct AcceptBody {
    /// What the person has to say for themselves, up to 5,000 characters; left out, it stays as it is.
    statement: Option<String>,
}

/// The offices whose elections are prepared.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewElections, example = json!({"office_ids": [4, 5, 6], "open": true}))]
struct ElectionsBody {
    /// 1 to 50 of them.
    #[schema(min_items = 1, max_items = 50)]
    office_ids: Vec<i32>,
    /// Whether voting on all of them opens at once; default false: they are drafts.
    #[serde(default)]
    open: bool,
}

/// The events that open together.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EventsToOpen, example = json!({"event_ids": [9, 10, 11]}))]
struct EventsBody {
    /// 1 to 50 of them.
    #[schema(min_items = 1, max_items = 50)]
    event_ids: Vec<i32>,
}

fn statement(checks: &mut FieldChecks, text: Option<&String>) -> Option<Statement> {
    text.and_then(|text| checks.take("statement", Statement::parse(text)))
}

fn events((events, session): &(Vec<Event>, Session)) -> Items<EventBody> {
    Items { items: events.iter().map(|event| EventBody::of(event, session)).collect(), next: None }
}

/// List the offices of a session
///
/// With everybody who is nominated, and what they said to it.
#[utoipa::path(
    get,
    path = "/sessions/{id}/offices",
    tag = "nominations",
    params(("id" = i32, Path, description = "The session.")),
    responses((status = 200, description = "All of them, in the order they were opened.", body = Items<OfficeBody>)),
)]
async fn list(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<SessionId>,
) -> Result<Answer, Problem> {
    let (_, offices) = state.app.offices(id, actor.user.id).await?;
    Ok(Answer::ok(&Items { items: offices.iter().map(OfficeBody::of).collect(), next: None }))
}

/// Open nominations for offices
///
/// For one or several, all or nothing. Whether their elections can be held as `data` says is checked now.
#[utoipa::path(
    post,
    path = "/sessions/{id}/offices",
    tag = "nominations",
    params(("id" = i32, Path, description = "The session.")),
    request_body = NewOfficesBody,
    responses((status = 201, description = "The offices, in the same order.", body = Items<OfficeBody>)),
)]
async fn create(Path(session_id): Path<SessionId>, post: Post<NewOfficesBody>) -> Result<Response, Problem> {
    let use_case = post.body.read(session_id, post.by())?;
    let items = |lines: &Vec<OfficeLine>| lines.iter().map(OfficeBody::of).collect();
    post.run(&use_case, |lines| Answer::created(&Items { items: items(lines), next: None })).await
}

/// Look at an office
#[utoipa::path(
    get,
    path = "/offices/{id}",
    tag = "nominations",
    params(("id" = i32, Path, description = "The office.")),
    responses((status = 200, description = "The office with its nominations.", body = OfficeBody)),
)]
async fn get(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<OfficeId>,
) -> Result<Answer, Problem> {
    Ok(Answer::ok(&OfficeBody::of(&state.app.office(id, actor.user.id).await?)))
}

/// Delete an office
///
/// With its nominations, unless its election is prepared (409 `office_has_election`).
#[utoipa::path(
    delete,
    path = "/offices/{id}",
    tag = "nominations",
    params(("id" = i32, Path, description = "The office.")),
    responses((status = 204, description = "It is gone.")),
)]
async fn delete(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(office_id): Path<OfficeId>,
) -> Result<Answer, Problem> {
    state.app.run(&DeleteOffice { office_id, by: actor.user.id }).await?;
    Ok(Answer::nothing())
}

/// Nominate somebody, or yourself
///
/// As the organization's `rules.elections` let you (403 `may_not_nominate`, `not_oneself`; 409 `not_eligible`,
/// `already_nominated`, `nominations_closed`). Whoever is nominated by somebody else accepts or declines.
#[utoipa::path(
    post,
    path = "/offices/{id}/nominations",
    tag = "nominations",
    params(("id" = i32, Path, description = "The office.")),
    request_body = NewNominationBody,
    responses((status = 201, description = "The nomination.", body = NominationBody)),
)]
async fn nominate(
    Path(office_id): Path<OfficeId>,
    post: Post<NewNominationBody>,
) -> Result<Response, Problem> {
    let by = post.by();
    let mut checks = FieldChecks::new();
    let statement = statement(&mut checks, post.body.statement.as_ref());
    let candidate = post.body.user_id.map_or(by, UserId::new);
    let use_case = checks.finish(Some(Nominate { office_id, by, candidate, statement }))?;
    post.run(&use_case, |line| Answer::created(&NominationBody::of(line))).await
}

/// Accept a nomination
///
/// By the person nominated, or by who prepares votes for somebody who said it aloud (403 `not_the_nominee`), until
/// nominations are closed. Accepting again with another statement replaces it.
#[utoipa::path(
    post,
    path = "/nominations/{id}/accept",
    tag = "nominations",
    params(("id" = i32, Path, description = "The nomination.")),
    request_body = AcceptBody,
    responses((status = 200, description = "The nomination, accepted.", body = NominationBody)),
)]
async fn accept(
    Path(nomination_id): Path<NominationId>,
    post: Post<AcceptBody>,
) -> Result<Response, Problem> {
    let mut checks = FieldChecks::new();
    let statement = statement(&mut checks, post.body.statement.as_ref());
    let by = post.by();
    let use_case = checks.finish(Some(AnswerNomination { nomination_id, by, accepted: true, statement }))?;
    post.run(&use_case, |line| Answer::ok(&NominationBody::of(line))).await
}

/// Decline a nomination
///
/// Also one that was accepted, until nominations are closed. Who declined may still accept.
#[utoipa::path(
    post,
    path = "/nominations/{id}/decline",
    tag = "nominations",
    params(("id" = i32, Path, description = "The nomination.")),
    responses((status = 200, description = "The nomination, declined.", body = NominationBody)),
)]
async fn decline(Path(nomination_id): Path<NominationId>, post: Post<Nothing>) -> Result<Response, Problem> {
    let use_case = AnswerNomination { nomination_id, by: post.by(), accepted: false, statement: None };
    post.run(&use_case, |line| Answer::ok(&NominationBody::of(line))).await
}

/// Close nominations and prepare the elections
///
/// One for each office, all or nothing, with those on the ballot who accepted and nobody else (409 `no_candidates` where
/// nobody did); with `open` they open for voting at once, as `POST /events/{id}/open` does. Deleting such a draft opens
/// nominations again.
#[utoipa::path(
    post,
    path = "/sessions/{id}/elections",
    tag = "nominations",
    params(("id" = i32, Path, description = "The session.")),
    request_body = ElectionsBody,
    responses((status = 201, description = "The elections, in the order of the offices.", body = Items<EventBody>)),
)]
async fn prepare(Path(session_id): Path<SessionId>, post: Post<ElectionsBody>) -> Result<Response, Problem> {
    let mut checks = FieldChecks::new();
    some(&mut checks, "office_ids", post.body.office_ids.len());
    let office_ids = post.body.office_ids.iter().copied().map(OfficeId::new).collect();
    let open = post.body.open;
    let use_case = checks.finish(Some(PrepareElections { session_id, by: post.by(), office_ids, open }))?;
    post.run(&use_case, |prepared| Answer::created(&events(prepared))).await
}

/// Open voting on several events at once
///
/// On all of them or none, as `POST /events/{id}/open` does for one; a problem names the event in `event_id`. Members cast
/// their votes on all of them with `POST /sessions/{id}/votes`.
#[utoipa::path(
    post,
    path = "/sessions/{id}/events/open",
    tag = "events",
    params(("id" = i32, Path, description = "The session.")),
    request_body = EventsBody,
    responses((status = 200, description = "The events, active, in the same order.", body = Items<EventBody>)),
)]
async fn open_together(
    Path(session_id): Path<SessionId>,
    post: Post<EventsBody>,
) -> Result<Response, Problem> {
    let mut checks = FieldChecks::new();
    some(&mut checks, "event_ids", post.body.event_ids.len());
    let event_ids = post.body.event_ids.iter().copied().map(EventId::new).collect();
    let use_case = checks.finish(Some(OpenTogether { session_id, by: post.by(), event_ids }))?;
    post.run(&use_case, |opened| Answer::ok(&events(opened))).await
}
