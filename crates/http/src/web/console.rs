//! `/sessions/{id}/console`: everything the chair needs at one place, each step answered by the same page.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use plenum_application::use_cases::{
    AnnulEvent, CloseEvent, CloseSession, ConfirmProxy, DeleteEvent, ExtendEvent, LockSession, OpenEvent,
    Presence, ReleaseEvent, RemoveAttendee, RevokeProxy, SetPresence, ShareResults, UnlockSession,
};
use plenum_application::views::{Attendee, ConductedEvent};
use plenum_application::{App, Failure};
use plenum_domain::Moment;
use plenum_domain::event::{EventState, Extension, Visibility};
use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_domain::id::{EventId, ProxyId, SessionId, UserId};
use plenum_domain::permission::Action;
use plenum_domain::rules::Seconds;
use plenum_domain::session::SessionStatus;
use plenum_domain::text::Reason;

use super::charts::{self, ResultView};
use super::fault::Fault;
use super::form::Form;
use super::home::status;
use super::page::{Markup, Page, show};
use super::presence::Desk;
use super::proxies::{ProxyLine, find, members, named};
use super::qr;
use super::sitting::{EventLine, Figures, stream};
use super::viewer::Viewer;
use crate::extract::{FromQuery, Path, Query, QueryReader};
use crate::state::HttpState;

/// How many people one page lists; a search finds the others.
const MOST_PEOPLE: usize = 150;

pub(super) fn router() -> Router<HttpState> {
    Router::new()
        .route("/sessions/{id}/console", get(look))
        .route("/sessions/{id}/lock", post(lock))
        .route("/sessions/{id}/open", post(open))
        .route("/sessions/{id}/close", post(close))
        .route("/sessions/{id}/admit", post(admit))
        .route("/sessions/{id}/people/{user_id}/{what}", post(person))
        .route("/sessions/{id}/mandates/{proxy_id}/revoke", post(revoke))
        .route("/sessions/{id}/mandates/{proxy_id}/confirm", post(confirm))
        .route("/events/{id}/{step}", post(step))
}

/// The chair's console.
#[derive(Template)]
#[template(path = "console.html")]
pub(super) struct ConsolePage {
    pub(super) page: Page,
    pub(super) session: i32,
    pub(super) organization: i32,
    pub(super) organization_name: String,
    pub(super) code: String,
    pub(super) address: String,
    pub(super) qr: Option<Markup>,
    pub(super) status: &'static str,
    pub(super) tone: &'static str,
    pub(super) locked: bool,
    pub(super) closed: bool,
    pub(super) figures: Figures,
    pub(super) events: Vec<ConsoleEvent>,
    /// Who waits at the door, and who is asked.
    pub(super) desk: Desk,
    pub(super) people: Vec<PersonLine>,
    /// How many more there are than are listed.
    pub(super) more_people: usize,
    pub(super) wanted: String,
    /// Who can be admitted.
    pub(super) outside: Vec<String>,
    pub(super) mandates: Vec<MandateView>,
    pub(super) exports: bool,
    /// Since when the screen is shown by a link, too.
    pub(super) screen_since: Option<Moment>,
}

impl ConsolePage {
    /// The events that are open now.
    pub(super) fn open(&self) -> impl Iterator<Item = &ConsoleEvent> {
        self.events.iter().filter(|event| event.active)
    }

    /// Those that can be opened.
    pub(super) fn drafts(&self) -> impl Iterator<Item = &ConsoleEvent> {
        self.events.iter().filter(|event| event.draft)
    }
}

/// An event in the console.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, each of which shows a part of the page"
)]
pub(super) struct ConsoleEvent {
    pub(super) line: EventLine,
    pub(super) rule: String,
    pub(super) secrecy: String,
    pub(super) draft: bool,
    pub(super) active: bool,
    /// Counted, and not yet shown to anybody else.
    pub(super) releasable: bool,
    pub(super) annullable: bool,
    /// Whether everybody sees the figures of the open vote, and whether they can be made to.
    pub(super) shared: bool,
    pub(super) shareable: bool,
    pub(super) end: Option<Moment>,
    pub(super) voted: u64,
    pub(super) entitled: u64,
    /// The part of the entitled that have voted, in thousandths.
    pub(super) turnout: u64,
    pub(super) missing: Vec<String>,
    pub(super) more_missing: bool,
    pub(super) result: Option<ResultView>,
}

/// Somebody in the sitting.
#[derive(Clone, Debug)]
pub(super) struct PersonLine {
    pub(super) id: i32,
    pub(super) name: String,
    pub(super) login: String,
    pub(super) role: String,
    pub(super) present: bool,
    pub(super) removed: bool,
    pub(super) holds_for: String,
    pub(super) represented_by: Option<String>,
}

/// A mandate in the console.
#[derive(Clone, Debug)]
pub(super) struct MandateView {
    pub(super) principal: String,
    pub(super) line: ProxyLine,
}

impl PersonLine {
    fn of(one: &Attendee) -> Self {
        let holds_for: Vec<&str> = one.holds_for.iter().map(|user| user.name.as_str()).collect();
        Self {
            id: one.user.id.get(),
            name: one.user.name.to_string(),
            login: one.user.andrew_id.to_string(),
            role: one.role.map_or_else(|| "role.guest".to_owned(), |role| format!("role.{}", role.as_str())),
            present: one.present,
            removed: one.removed,
            holds_for: holds_for.join(", "),
            represented_by: one.represented_by.as_ref().map(|user| user.name.to_string()),
        }
    }
}

impl ConsoleEvent {
    fn of(page: &Page, conducted: ConductedEvent) -> Self {
        let ConductedEvent { event, turnout, missing, results } = conducted;
        let state = &event.state;
        let result = results.map(|results| ResultView::of(&results.event, &results.result, results.counted));
        let missing = missing.as_ref();
        Self {
            line: EventLine::of(&event),
            rule: charts::rule(page, &event),
            secrecy: format!("secrecy.{}", event.terms.secrecy.as_str()),
            draft: matches!(state, EventState::Draft),
            active: matches!(state, EventState::Active { .. }),
            releasable: matches!(state, EventState::Closed(_)),
            annullable: !matches!(state, EventState::Draft | EventState::Annulled { .. }),
            shared: event.terms.visibility == Visibility::Live,
            shareable: !event.is_secret(),
            end: event.schedule.end_time,
            voted: turnout.map_or(0, |turnout| turnout.voted),
            entitled: turnout.map_or(0, |turnout| turnout.entitled),
            turnout: turnout.map_or(0, |turnout| charts::part(turnout.voted, turnout.entitled)),
            missing: missing
                .map(|piece| piece.items.iter().map(|user| user.name.to_string()).collect())
                .unwrap_or_default(),
            more_missing: missing.is_some_and(|piece| piece.next.is_some()),
            result,
        }
    }
}

/// What to show, from the address.
struct Wanted {
    note: Option<String>,
    name: String,
}

impl FromQuery for Wanted {
    fn read(query: &mut QueryReader) -> Option<Self> {
        let (note, name) = (query.take("note"), query.take("q"));
        query.ignore_rest();
        Some(Self { note, name: name.unwrap_or_default() })
    }
}

/// Where every step leads back to.
pub(super) fn back(id: SessionId, note: &str) -> String {
    format!("/sessions/{id}/console?note={note}")
}

async fn look(
    State(state): State<HttpState>,
    Path(id): Path<SessionId>,
    Query(Wanted { note, name }): Query<Wanted>,
    viewer: Viewer,
) -> Result<Response, Fault> {
    let app = &state.app;
    let console = app.console(id, viewer.id()).await?;
    let attendance = console.attendance;
    let line = &attendance.line;
    let session = &line.session;
    let page = Page::new(app, &viewer, "console.link")
        .titled(&session.title)
        .at(format!("/sessions/{id}/console"))
        .owned_by(&line.organization)
        .noting(note.as_deref())
        .following(stream(id));
    let address = state.settings.public_origin.join(&format!("join/{}", session.join_code));
    let address = address.map(String::from).unwrap_or_default();
    let (status, tone) = status(session.status);
    let (people, more_people) = listed(&attendance.attendees, &name);
    let events = console.events.into_iter().map(|event| ConsoleEvent::of(&page, event));
    let mandates = console.mandates.iter().map(|view| MandateView {
        principal: view.line.principal.name.to_string(),
        line: ProxyLine::of(view, &view.line.holder),
    });
    Ok(show(&ConsolePage {
        session: id.get(),
        organization: line.organization.id.get(),
        organization_name: line.organization.name.to_string(),
        code: session.join_code.to_string(),
        qr: qr::code(&address, &page.f("console.qr", &session.join_code)),
        address,
        status,
        tone,
        locked: matches!(session.status, SessionStatus::Locked),
        closed: session.status.is_closed(),
        figures: Figures::of(&attendance.figures),
        events: events.collect(),
        desk: Desk::of(app, id, viewer.id()).await?,
        people,
        more_people,
        wanted: name,
        outside: outside(app, line.organization.id, viewer.id(), &attendance.attendees).await?,
        mandates: mandates.filter(|view| view.line.revocable).collect(),
        exports: Action::ExportSession.allows(&line.standing),
        screen_since: app.queries.screen_since(id).await.map_err(Failure::from)?,
        page,
    }))
}

/// Those whose name or login has the wanted letters, who is in first, each group by name.
fn listed(attendees: &[Attendee], wanted: &str) -> (Vec<PersonLine>, usize) {
    let wanted = wanted.trim().to_lowercase();
    let mut people: Vec<&Attendee> = attendees
        .iter()
        .filter(|one| {
            let login = one.user.andrew_id.as_str();
            one.user.name.as_str().to_lowercase().contains(&wanted) || login.contains(&wanted)
        })
        .collect();
    people.sort_by_key(|one| (!one.present, one.user.name.as_str().to_lowercase()));
    let more = people.len().saturating_sub(MOST_PEOPLE);
    (people.into_iter().take(MOST_PEOPLE).map(PersonLine::of).collect(), more)
}

/// The members who are not in.
async fn outside(
    app: &App,
    id: plenum_domain::id::OrganizationId,
    by: UserId,
    attendees: &[Attendee],
) -> Result<Vec<String>, Failure> {
    let inside: std::collections::HashSet<UserId> =
        attendees.iter().filter(|one| one.present).map(|one| one.user.id).collect();
    let members = members(app, id, by).await?;
    Ok(members.iter().filter(|line| !inside.contains(&line.user.id)).map(|line| named(&line.user)).collect())
}

async fn lock(Path(session_id): Path<SessionId>, form: Form) -> Result<Response, Fault> {
    let use_case = LockSession { session_id, by: form.by() };
    Ok(form.run(&use_case, |_| back(session_id, "locked")).await?)
}

async fn open(Path(session_id): Path<SessionId>, form: Form) -> Result<Response, Fault> {
    let use_case = UnlockSession { session_id, by: form.by() };
    Ok(form.run(&use_case, |_| back(session_id, "opened")).await?)
}

async fn close(Path(session_id): Path<SessionId>, form: Form) -> Result<Response, Fault> {
    let use_case = CloseSession { session_id, by: form.by() };
    Ok(form.run(&use_case, |_| back(session_id, "closed")).await?)
}

async fn admit(
    State(state): State<HttpState>,
    Path(session_id): Path<SessionId>,
    form: Form,
) -> Result<Response, Fault> {
    let line = state.app.session(session_id, form.by()).await?;
    let people = members(&state.app, line.organization.id, form.by()).await?;
    let Some(person) = find(people.iter().map(|line| &line.user), form.get("person")) else {
        let wrong = "is nobody of the organization; choose a name from the list";
        return Err(Failure::from(FieldErrors::one("person", wrong)).into());
    };
    let use_case = SetPresence { session_id, by: form.by(), user_id: person.id, presence: Presence::Present };
    Ok(form.run(&use_case, |_| back(session_id, "admitted")).await?)
}

/// What the console does with a person who is in the list.
async fn person(
    axum::extract::Path((session_id, user_id, what)): axum::extract::Path<(i32, i32, String)>,
    form: Form,
) -> Result<Response, Fault> {
    let (session_id, user_id) = (SessionId::new(session_id), UserId::new(user_id));
    let presence = |presence| SetPresence { session_id, by: form.by(), user_id, presence };
    match what.as_str() {
        "present" => Ok(form.run(&presence(Presence::Present), |_| back(session_id, "admitted")).await?),
        "absent" => Ok(form.run(&presence(Presence::Absent), |_| back(session_id, "absent")).await?),
        "remove" => {
            let use_case = RemoveAttendee { session_id, by: form.by(), user_id };
            Ok(form.run(&use_case, |()| back(session_id, "removed")).await?)
        }
        _ => Err(Failure::NotFound("address").into()),
    }
}

async fn revoke(
    Path((session_id, proxy_id)): Path<(SessionId, ProxyId)>,
    form: Form,
) -> Result<Response, Fault> {
    let use_case = RevokeProxy { session_id: Some(session_id), proxy_id, by: form.by(), reason: None };
    Ok(form.run(&use_case, |_| back(session_id, "revoked")).await?)
}

async fn confirm(
    Path((session_id, proxy_id)): Path<(SessionId, ProxyId)>,
    form: Form,
) -> Result<Response, Fault> {
    let use_case = ConfirmProxy { proxy_id, by: form.by() };
    Ok(form.run(&use_case, |_| back(session_id, "confirmed")).await?)
}

/// A step of an event: open, extend, share, close, release, annul, delete.
async fn step(
    State(state): State<HttpState>,
    axum::extract::Path((event_id, step)): axum::extract::Path<(i32, String)>,
    form: Form,
) -> Result<Response, Fault> {
    let (event_id, by) = (EventId::new(event_id), form.by());
    let answer = match step.as_str() {
        "open" => form.run(&OpenEvent { event_id, by }, |(_, session)| back(session.id, "voting")).await,
        "close" => form.run(&CloseEvent { event_id, by }, |(_, session)| back(session.id, "counted")).await,
        "release" => {
            form.run(&ReleaseEvent { event_id, by }, |(_, session)| back(session.id, "released")).await
        }
        "share" => {
            let use_case = ShareResults { event_id, by, shared: true };
            form.run(&use_case, |(_, session)| back(session.id, "shared")).await
        }
        "hide" => {
            let use_case = ShareResults { event_id, by, shared: false };
            form.run(&use_case, |(_, session)| back(session.id, "hidden")).await
        }
        "extend" => {
            let mut checks = FieldChecks::new();
            let reason = checks.take("reason", Reason::parse(form.get("reason")));
            // More than there is room for is more than the rules let voting last.
            let minutes = form.parsed::<u32>("minutes").unwrap_or(0);
            let longer = checks.take("minutes", Seconds::new(minutes.saturating_mul(60)));
            let (longer, reason) = checks.finish(longer.zip(reason)).map_err(Failure::from)?;
            let use_case =
                ExtendEvent { event_id, by, extension: Extension::By(longer), reason: Some(reason) };
            form.run(&use_case, |(_, session)| back(session.id, "extended")).await
        }
        "annul" => {
            let mut checks = FieldChecks::new();
            let reason = checks.take("reason", Reason::parse(form.get("reason")));
            let use_case = AnnulEvent { event_id, by, reason: checks.finish(reason).map_err(Failure::from)? };
            form.run(&use_case, |(_, session)| back(session.id, "annulled")).await
        }
        "delete" => {
            let session = state.app.event(event_id, by).await?.event.session_id;
            form.run(&DeleteEvent { event_id, by }, |()| back(session, "deleted")).await
        }
        _ => Err(Failure::NotFound("address")),
    };
    Ok(answer?)
}
