//! New motions and elections, and changes to those that are not open yet.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use chrono::TimeDelta;
use plenum_application::Failure;
use plenum_application::use_cases::{CreateEvent, OpenEvent, UpdateEvent};
use plenum_domain::event::{Event, EventState, EventType, Method};
use plenum_domain::field::{FieldChecks, FieldError, FieldErrors};
use plenum_domain::id::{EventId, SessionId};
use plenum_domain::permission::Action;
use plenum_domain::text::Title;
use plenum_domain::{Moment, Refusal};
use plenum_ports::documents::{EventData, MethodData, ThresholdData, VisibilityData};
use plenum_ports::queries::SessionLine;

use super::charts;
use super::console::back;
use super::fault::Fault;
use super::form::Form;
use super::page::{Page, show};
use super::viewer::Viewer;
use crate::extract::{FromQuery, Path, Query, QueryReader};
use crate::problem::Problem;
use crate::state::HttpState;

/// The thresholds that are offered; whoever needs another one says it over the API.
const THRESHOLDS: [&str; 4] = ["", "1/2", "2/3", "3/4"];
/// The ways of counting that are offered; every other one can be had over the API.
pub(super) const METHODS: [&str; 7] =
    ["plurality", "approval", "irv", "scottish-stv", "schulze", "score", "star"];
/// For how long voting can be opened from the form, in minutes; zero: until the chair closes it.
const DURATIONS: [u32; 6] = [0, 1, 2, 5, 10, 30];

pub(super) fn router() -> Router<HttpState> {
    Router::new()
        .route("/sessions/{id}/events/new", get(blank))
        .route("/sessions/{id}/events", post(create))
        .route("/sessions/{id}/quick", post(quick))
        .route("/events/{id}/edit", get(edit).post(change))
}

/// The form for a motion or an election.
#[derive(Template)]
#[template(path = "draft.html")]
pub(super) struct Draft {
    pub(super) page: Page,
    pub(super) session: i32,
    pub(super) session_title: String,
    /// Where the form goes.
    pub(super) action: String,
    pub(super) election: bool,
    pub(super) new: bool,
    pub(super) fields: Fields,
    /// The organization's rule for motions in words.
    pub(super) usual: String,
    pub(super) proxies_allowed: bool,
    pub(super) wrong: Vec<String>,
}

/// What is filled in.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) options: String,
    pub(super) threshold: String,
    pub(super) method: String,
    pub(super) seats: String,
    pub(super) secrecy: String,
    pub(super) live: bool,
    pub(super) proxy: bool,
}

impl Draft {
    pub(super) fn thresholds(&self) -> impl Iterator<Item = &'static str> {
        THRESHOLDS.into_iter().filter(|one| !one.is_empty())
    }

    pub(super) fn has_threshold(&self, one: &str) -> bool {
        self.fields.threshold == one
    }

    /// Whether the event has a threshold that the form does not offer.
    pub(super) fn has_own_threshold(&self) -> bool {
        !THRESHOLDS.contains(&self.fields.threshold.as_str())
    }

    pub(super) fn methods(&self) -> [&'static str; 7] {
        METHODS
    }

    pub(super) fn is_method(&self, one: &str) -> bool {
        self.fields.method == one
    }

    /// Whether the event has a way of counting that the form does not offer.
    pub(super) fn has_own_method(&self) -> bool {
        !METHODS.contains(&self.fields.method.as_str())
    }

    pub(super) fn secrecies(&self) -> [&'static str; 3] {
        ["standard", "roll_call", "secret"]
    }

    pub(super) fn is_secrecy(&self, one: &str) -> bool {
        self.fields.secrecy == one
    }
}

impl Fields {
    fn blank() -> Self {
        Self {
            method: METHODS[0].to_owned(),
            seats: "1".to_owned(),
            secrecy: "standard".to_owned(),
            proxy: true,
            ..Self::default()
        }
    }

    fn sent(form: &Form) -> Self {
        Self {
            name: form.get("name").to_owned(),
            description: form.get("description").to_owned(),
            options: form.get("options").to_owned(),
            threshold: form.get("threshold").to_owned(),
            method: form.get("method").to_owned(),
            seats: form.get("seats").to_owned(),
            secrecy: form.get("secrecy").to_owned(),
            live: form.ticked("live"),
            proxy: form.ticked("proxy"),
        }
    }

    fn of(event: &Event) -> Self {
        let data = EventData::of(&event.terms, "");
        let threshold = match event.terms.ballot.method() {
            Method::Majority(method) => method.majority.threshold.to_string(),
            Method::Election(_) => String::new(),
        };
        let seats = match event.terms.ballot.method() {
            Method::Majority(_) => String::new(),
            Method::Election(method) => method.seats().to_string(),
        };
        Self {
            name: event.name.to_string(),
            description: data.description.unwrap_or_default(),
            options: data.vote_options.unwrap_or_default().join("\n"),
            threshold,
            method: event.terms.ballot.method().name().to_owned(),
            seats,
            secrecy: data.secrecy.unwrap_or_default(),
            live: event.terms.visibility == plenum_domain::event::Visibility::Live,
            proxy: event.terms.proxy,
        }
    }

    /// As the document that the use case reads; what is left empty keeps its default.
    fn data(&self, election: bool) -> Result<EventData, FieldErrors> {
        let mut checks = FieldChecks::new();
        let threshold = match self.threshold.as_str() {
            "" => None,
            text => checks.take("threshold", text.parse()).map(ThresholdData),
        };
        let method = if election {
            let seats = match self.seats.trim() {
                "" => None,
                text => checks.take("seats", text.parse().map_err(|_| "must be a whole number")),
            };
            Some(MethodData { name: self.method.clone(), seats, ..MethodData::default() })
        } else {
            threshold.map(|threshold| MethodData {
                name: "majority".to_owned(),
                threshold: Some(threshold),
                ..MethodData::default()
            })
        };
        let options: Vec<String> =
            self.options.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
        let visibility = if self.live { "live" } else { "hidden_until_release" };
        checks.finish(Some(EventData {
            description: Some(self.description.clone()),
            vote_options: (election || !options.is_empty()).then_some(options),
            visibility: Some(VisibilityData { participants: Some(visibility.to_owned()) }),
            proxy: Some(self.proxy),
            secrecy: Some(self.secrecy.clone()).filter(|secrecy| !secrecy.is_empty()),
            method,
            ..EventData::default()
        }))
    }
}

/// Which form is wanted.
struct Type(EventType);

impl FromQuery for Type {
    fn read(query: &mut QueryReader) -> Option<Self> {
        let election = query.take("type").is_some_and(|word| word == EventType::Election.as_str());
        query.ignore_rest();
        Some(Self(if election { EventType::Election } else { EventType::Motion }))
    }
}

/// The sitting, for who may prepare events in it.
pub(super) async fn prepared(
    state: &HttpState,
    id: SessionId,
    viewer: &Viewer,
) -> Result<SessionLine, Fault> {
    let line = state.app.session(id, viewer.id()).await?;
    if Action::WriteEvents.allows(&line.standing) {
        Ok(line)
    } else {
        Err(Failure::Forbidden { needs: Action::WriteEvents.needs() }.into())
    }
}

fn form_page(
    state: &HttpState,
    viewer: &Viewer,
    line: &SessionLine,
    event: Option<EventId>,
    election: bool,
    fields: Fields,
) -> Draft {
    let title = match (event, election) {
        (Some(_), _) => "draft.change",
        (None, true) => "draft.new_election",
        (None, false) => "draft.new_motion",
    };
    let id = line.session.id;
    let page = Page::new(&state.app, viewer, title)
        .at(format!("/sessions/{id}/console"))
        .owned_by(&line.organization);
    Draft {
        session: id.get(),
        session_title: line.session.title.to_string(),
        action: event
            .map_or_else(|| format!("/sessions/{id}/events"), |event| format!("/events/{event}/edit")),
        election,
        new: event.is_none(),
        fields,
        usual: charts::majority(&page, &line.organization.rules.motion_majority),
        proxies_allowed: line.organization.rules.proxies.allowed,
        wrong: Vec::new(),
        page,
    }
}

async fn blank(
    State(state): State<HttpState>,
    Path(id): Path<SessionId>,
    Query(Type(event_type)): Query<Type>,
    viewer: Viewer,
) -> Result<Response, Fault> {
    let line = prepared(&state, id, &viewer).await?;
    let election = event_type == EventType::Election;
    Ok(show(&form_page(&state, &viewer, &line, None, election, Fields::blank())))
}

/// What is wrong with fields, as sentences.
pub(super) fn plainly(errors: &FieldErrors) -> Vec<String> {
    let sentence = |error: &FieldError| {
        let field = error.field.rsplit('.').next().unwrap_or_default();
        Problem::field(field, &error.message).plainly().detail().to_owned()
    };
    errors.as_slice().iter().map(sentence).collect()
}

/// Shows the form again with what is wrong; other failures are pages of their own.
fn again(mut draft: Draft, failure: Failure) -> Result<Response, Fault> {
    let Failure::Invalid(errors) = &failure else { return Err(failure.into()) };
    draft.wrong = plainly(errors);
    let mut page = show(&draft);
    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page)
}

async fn create(
    State(state): State<HttpState>,
    Path(session_id): Path<SessionId>,
    form: Form,
) -> Result<Response, Fault> {
    let election = form.get("type") == EventType::Election.as_str();
    let fields = Fields::sent(&form);
    let created = async {
        let mut checks = FieldChecks::new();
        let name = checks.take("name", Title::parse(&fields.name));
        let data = checks.nest("", fields.data(election));
        let (name, data) = checks.finish(name.zip(data))?;
        let use_case = CreateEvent {
            session_id,
            by: form.by(),
            event_type: if election { EventType::Election } else { EventType::Motion },
            name,
            start_time: None,
            end_time: None,
            data,
        };
        form.run(&use_case, |_| back(session_id, "prepared")).await
    };
    match created.await {
        Ok(response) => Ok(response),
        Err(failure) => {
            let line = prepared(&state, session_id, &form.viewer).await?;
            again(form_page(&state, &form.viewer, &line, None, election, fields.clone()), failure)
        }
    }
}

/// A motion that is put to the vote at once: prepared and opened.
async fn quick(
    State(state): State<HttpState>,
    Path(session_id): Path<SessionId>,
    form: Form,
) -> Result<Response, Fault> {
    let mut checks = FieldChecks::new();
    let name = checks.take("name", Title::parse(form.get("name")));
    let name = checks.finish(name).map_err(Failure::from)?;
    let minutes = form.parsed::<u32>("minutes").filter(|minutes| DURATIONS.contains(minutes)).unwrap_or(0);
    let now = state.app.queries.now().await.map_err(Failure::from)?;
    let end_time: Option<Moment> = (minutes > 0).then(|| now + TimeDelta::minutes(i64::from(minutes)));
    let data = EventData {
        visibility: Some(VisibilityData {
            participants: Some(if form.ticked("live") { "live" } else { "hidden_until_release" }.to_owned()),
        }),
        ..EventData::default()
    };
    let by = form.by();
    let use_case =
        CreateEvent { session_id, by, event_type: EventType::Motion, name, start_time: None, end_time, data };
    // Sent twice, the second finds the first one's event, already open.
    let prepared = form.run(&use_case, |(event, _)| format!("/events/{}", event.id)).await?;
    let location = prepared.headers().get(axum::http::header::LOCATION);
    let event = location.and_then(|value| value.to_str().ok()?.strip_prefix("/events/")?.parse().ok());
    let Some(event) = event else { return Ok(prepared) };
    match state.app.run(&OpenEvent { event_id: EventId::new(event), by }).await {
        Ok(_) | Err(Failure::Refused(Refusal::EventWrongState { .. })) => {
            Ok(super::page::go(&back(session_id, "voting")))
        }
        Err(failure) => Err(failure.into()),
    }
}

async fn edit(
    State(state): State<HttpState>,
    Path(id): Path<EventId>,
    viewer: Viewer,
) -> Result<Response, Fault> {
    let line = state.app.event(id, viewer.id()).await?;
    let sitting = prepared(&state, line.event.session_id, &viewer).await?;
    if line.event.state != EventState::Draft {
        return Err(Failure::from(Refusal::EventNotDraft).into());
    }
    let election = line.event.event_type() == EventType::Election;
    Ok(show(&form_page(&state, &viewer, &sitting, Some(id), election, Fields::of(&line.event))))
}

async fn change(
    State(state): State<HttpState>,
    Path(event_id): Path<EventId>,
    form: Form,
) -> Result<Response, Fault> {
    let line = state.app.event(event_id, form.by()).await?;
    let election = line.event.event_type() == EventType::Election;
    let session_id = line.event.session_id;
    let fields = Fields::sent(&form);
    let changed = async {
        let mut checks = FieldChecks::new();
        let name = checks.take("name", Title::parse(&fields.name));
        let data = checks.nest("", fields.data(election));
        let (name, data) = checks.finish(name.zip(data))?;
        let use_case = UpdateEvent {
            event_id,
            by: form.by(),
            name: Some(name),
            start_time: None,
            end_time: None,
            data: Some(data),
        };
        form.run(&use_case, |_| back(session_id, "prepared")).await
    };
    match changed.await {
        Ok(response) => Ok(response),
        Err(failure) => {
            let sitting = prepared(&state, session_id, &form.viewer).await?;
            again(
                form_page(&state, &form.viewer, &sitting, Some(event_id), election, fields.clone()),
                failure,
            )
        }
    }
}
