//! Who waits at the door, "are you here?", and what was true of somebody's presence.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use chrono::{NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use plenum_application::use_cases::{
    Admit, AnswerPresenceCheck, CheckPresence, ClosePresenceCheck, CorrectPresence, Presence,
    RefuseAdmission, SetPresence,
};
use plenum_application::views::Attendee;
use plenum_application::{App, Failure};
use plenum_domain::Moment;
use plenum_domain::attendance::Interval;
use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_domain::id::{PresenceCheckId, SessionId, UserId};
use plenum_domain::permission::{Action, ManageAttendance, Permitted};
use plenum_domain::presence::WaitingState;
use plenum_domain::rules::Seconds;
use plenum_domain::text::Reason;
use plenum_ports::page::Page as Piece;
use plenum_ports::queries::{PresenceCheckLine, WaitingLine};

use super::console::back;
use super::draft::plainly;
use super::fault::Fault;
use super::form::Form;
use super::page::{Page, go, show};
use super::sitting::Note;
use super::viewer::Viewer;
use crate::extract::{Path, Query};
use crate::state::HttpState;

/// How a browser writes a day and a time of a field.
const FIELD: &str = "%Y-%m-%dT%H:%M";

pub(super) fn router() -> Router<HttpState> {
    Router::new()
        .route("/sessions/{id}/waiting", get(wait))
        .route("/sessions/{id}/waiting/admit-all", post(admit_all))
        .route("/sessions/{id}/waiting/{user_id}/{answer}", post(decide))
        .route("/sessions/{id}/presence-checks", post(ask))
        .route("/sessions/{id}/presence-checks/{check_id}/{step}", post(check))
        .route("/sessions/{id}/people/{user_id}", get(look))
        .route("/sessions/{id}/people/{user_id}/correct", post(correct))
}

/// Before the door.
#[derive(Template)]
#[template(path = "waiting.html")]
pub(super) struct WaitingRoom {
    pub(super) page: Page,
    pub(super) session: i32,
    pub(super) organization_name: String,
    /// Whether the chair said no.
    pub(super) refused: bool,
    pub(super) since: Moment,
}

/// Somebody before the door, as the console has them.
#[derive(Clone, Debug)]
pub(super) struct WaitingView {
    pub(super) id: i32,
    pub(super) name: String,
    pub(super) login: String,
    pub(super) role: String,
    pub(super) refused: bool,
    pub(super) since: Moment,
}

impl WaitingView {
    fn of(line: &WaitingLine) -> Self {
        Self {
            id: line.user.id.get(),
            name: line.user.name.to_string(),
            login: line.user.andrew_id.to_string(),
            role: line.role.map_or_else(|| "role.guest".to_owned(), |role| format!("role.{}", role.as_str())),
            refused: matches!(line.waiting.state, WaitingState::Refused { .. }),
            since: line.waiting.since,
        }
    }
}

/// A presence check as the console has it.
#[derive(Clone, Debug)]
pub(super) struct CheckView {
    pub(super) id: i32,
    pub(super) running: bool,
    pub(super) closes_at: Moment,
    pub(super) sets_absent: bool,
    pub(super) asked: u64,
    pub(super) answered: u64,
    /// The part of the asked that have answered, in thousandths.
    pub(super) part: u64,
    pub(super) set_absent: u64,
    /// Who has said nothing.
    pub(super) silent: Vec<String>,
}

/// What the check that runs asks of somebody.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question {
    pub(super) check: i32,
    pub(super) closes_at: Moment,
    pub(super) sets_absent: bool,
    pub(super) answered: bool,
}

impl Question {
    /// What the check that runs in a sitting asks of a person who was in when it began.
    pub(super) async fn to(app: &App, id: SessionId, user: UserId) -> Result<Option<Self>, Failure> {
        let question = app.question(id, user).await?;
        Ok(question.map(|(check, asked)| Self {
            check: check.id.get(),
            closes_at: check.closes_at,
            sets_absent: check.sets_absent,
            answered: asked.answered_at.is_some(),
        }))
    }
}

/// Everything about the door and the check that the console shows.
#[derive(Clone, Debug, Default)]
pub(super) struct Desk {
    pub(super) waiting: Vec<WaitingView>,
    pub(super) check: Option<CheckView>,
}

impl Desk {
    /// Those who wait for an answer.
    pub(super) fn undecided(&self) -> usize {
        self.waiting.iter().filter(|one| !one.refused).count()
    }

    pub(super) async fn of(app: &App, id: SessionId, by: UserId) -> Result<Self, Failure> {
        let line = app.session(id, by).await?;
        if ManageAttendance::permit(&line.standing).is_err() {
            return Ok(Self::default());
        }
        let waiting = waiting(app, id, by).await?;
        let checks = app.presence_checks(id, by, Piece::first().limited(1)).await?;
        let check = match checks.items.first() {
            Some(line) => Some(CheckView::of(app, line, by).await?),
            None => None,
        };
        Ok(Self { waiting: waiting.iter().map(WaitingView::of).collect(), check })
    }
}

impl CheckView {
    async fn of(app: &App, line: &PresenceCheckLine, by: UserId) -> Result<Self, Failure> {
        let check = &line.check;
        let silent = silent(app, check.session_id, check.id, by).await?;
        Ok(Self {
            id: check.id.get(),
            running: check.closed_at.is_none(),
            closes_at: check.closes_at,
            sets_absent: check.sets_absent,
            asked: line.asked,
            answered: line.answered,
            part: super::charts::part(line.answered, line.asked),
            set_absent: line.set_absent,
            silent: silent.into_iter().map(|(_, name)| name).collect(),
        })
    }
}

/// Everybody who waits or was turned away.
async fn waiting(app: &App, id: SessionId, by: UserId) -> Result<Vec<WaitingLine>, Failure> {
    let mut lines = Vec::new();
    let mut piece = Piece::first();
    loop {
        let found = app.waiting_list(id, by, piece).await?;
        lines.extend(found.items.into_iter().filter(|line| {
            matches!(line.waiting.state, WaitingState::Waiting | WaitingState::Refused { .. })
        }));
        match found.next {
            Some(next) => piece = Piece::first().continued(next),
            None => break,
        }
    }
    lines.sort_by_key(|line| (line.waiting.state != WaitingState::Waiting, line.waiting.since));
    Ok(lines)
}

/// Who was asked and has not answered.
async fn silent(
    app: &App,
    session: SessionId,
    check: PresenceCheckId,
    by: UserId,
) -> Result<Vec<(UserId, String)>, Failure> {
    let mut silent = Vec::new();
    let mut piece = Piece::first();
    loop {
        let (_, people) = app.presence_check(session, check, by, piece).await?;
        let Some(people) = people else { return Ok(silent) };
        let quiet = people.items.into_iter().filter(|(_, asked)| asked.answered_at.is_none());
        silent.extend(quiet.map(|(user, _)| (user.id, user.name.to_string())));
        match people.next {
            Some(next) => piece = Piece::first().continued(next),
            None => break,
        }
    }
    silent.sort_by_key(|(_, name)| name.to_lowercase());
    Ok(silent)
}

async fn wait(
    State(state): State<HttpState>,
    Path(id): Path<SessionId>,
    viewer: Viewer,
) -> Result<Response, Fault> {
    let me = state.app.me(viewer.id()).await?;
    let Some((line, place)) = me.waiting.iter().find(|(line, _)| line.session.id == id) else {
        // Admitted, or never before the door: the sitting says how it stands.
        let line = state.app.session(id, viewer.id()).await?;
        let (_, present) = state.app.figures(&line, viewer.id()).await?;
        let note = if present { "?note=joined" } else { "" };
        return Ok(go(&format!("/sessions/{id}{note}")));
    };
    Ok(show(&WaitingRoom {
        page: Page::new(&state.app, &viewer, "waiting.title")
            .titled(&line.session.title)
            .at(format!("/sessions/{id}/waiting"))
            .owned_by(&line.organization),
        session: id.get(),
        organization_name: line.organization.name.to_string(),
        refused: matches!(place.state, WaitingState::Refused { .. }),
        since: place.since,
    }))
}

async fn decide(
    axum::extract::Path((session_id, user_id, answer)): axum::extract::Path<(i32, i32, String)>,
    form: Form,
) -> Result<Response, Fault> {
    let (session_id, user_id, by) = (SessionId::new(session_id), UserId::new(user_id), form.by());
    match answer.as_str() {
        "admit" => {
            let use_case = Admit { session_id, by, user_id };
            Ok(form.run(&use_case, |_| back(session_id, "admitted")).await?)
        }
        "refuse" => {
            let use_case = RefuseAdmission { session_id, by, user_id };
            Ok(form.run(&use_case, |()| back(session_id, "turned_away")).await?)
        }
        _ => Err(Failure::NotFound("address").into()),
    }
}

/// Lets in everybody who waits for an answer, one after another: who comes to the door meanwhile is not meant.
async fn admit_all(
    State(state): State<HttpState>,
    Path(session_id): Path<SessionId>,
    form: Form,
) -> Result<Response, Fault> {
    let by = form.by();
    for line in waiting(&state.app, session_id, by).await? {
        if line.waiting.state == WaitingState::Waiting {
            state.app.run(&Admit { session_id, by, user_id: line.user.id }).await?;
        }
    }
    Ok(go(&back(session_id, "admitted")))
}

async fn ask(Path(session_id): Path<SessionId>, form: Form) -> Result<Response, Fault> {
    let mut checks = FieldChecks::new();
    let seconds = form.parsed::<u32>("seconds").unwrap_or(0);
    let seconds = checks.take("seconds", Seconds::new(seconds));
    let seconds = Some(checks.finish(seconds).map_err(Failure::from)?);
    let sets_absent = Some(form.ticked("sets_absent"));
    let use_case = CheckPresence { session_id, by: form.by(), seconds, sets_absent };
    Ok(form.run(&use_case, |_| back(session_id, "asked")).await?)
}

/// A step of a presence check: answer it, end it, mark as gone who said nothing.
async fn check(
    State(state): State<HttpState>,
    axum::extract::Path((session_id, check_id, step)): axum::extract::Path<(i32, i32, String)>,
    form: Form,
) -> Result<Response, Fault> {
    let (session_id, check_id) = (SessionId::new(session_id), PresenceCheckId::new(check_id));
    let by = form.by();
    match step.as_str() {
        "answer" => {
            let use_case = AnswerPresenceCheck { session_id, check_id, by };
            Ok(form.run(&use_case, |_| format!("/sessions/{session_id}?note=here")).await?)
        }
        "close" => {
            let use_case = ClosePresenceCheck { session_id, check_id, by };
            Ok(form.run(&use_case, |_| back(session_id, "check_closed")).await?)
        }
        "absent" => {
            // Who answers by coming back meanwhile is not among them any more.
            state.app.run(&ClosePresenceCheck { session_id, check_id, by }).await?;
            for (user_id, _) in silent(&state.app, session_id, check_id, by).await? {
                let use_case = SetPresence { session_id, by, user_id, presence: Presence::Absent };
                state.app.run(&use_case).await?;
            }
            Ok(go(&back(session_id, "silent_absent")))
        }
        _ => Err(Failure::NotFound("address").into()),
    }
}

/// When somebody was in a sitting, for who keeps its attendance.
#[derive(Template)]
#[template(path = "person.html")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, each of which shows a part of the page"
)]
pub(super) struct PersonPage {
    pub(super) page: Page,
    pub(super) session: i32,
    pub(super) session_title: String,
    pub(super) person: i32,
    pub(super) present: bool,
    pub(super) removed: bool,
    pub(super) closed: bool,
    pub(super) corrected: bool,
    pub(super) intervals: Vec<Interval>,
    pub(super) fields: Correction,
    pub(super) wrong: Vec<String>,
}

/// What is filled in.
#[derive(Clone, Debug, Default)]
pub(super) struct Correction {
    pub(super) absent: bool,
    pub(super) since: String,
    pub(super) until: String,
    pub(super) reason: String,
}

impl Correction {
    fn sent(form: &Form) -> Self {
        Self {
            absent: form.get("presence") == "absent",
            since: form.get("since").to_owned(),
            until: form.get("until").to_owned(),
            reason: form.get("reason").to_owned(),
        }
    }

    fn read(
        &self,
        session_id: SessionId,
        by: UserId,
        user_id: UserId,
        zone: Tz,
    ) -> Result<CorrectPresence, FieldErrors> {
        let mut checks = FieldChecks::new();
        let since = checks.take("since", moment(&self.since, zone));
        let until = match self.until.trim() {
            "" => Some(None),
            text => checks.take("until", moment(text, zone)).map(Some),
        };
        let reason = checks.take("reason", Reason::parse(&self.reason));
        let presence = if self.absent { Presence::Absent } else { Presence::Present };
        let read = since.zip(until).zip(reason).map(|((since, until), reason)| CorrectPresence {
            session_id,
            by,
            user_id,
            presence,
            since,
            until,
            reason,
        });
        checks.finish(read)
    }
}

/// A day and time as a field has it, in the reader's zone. An hour that a clock shows twice is the first of them.
fn moment(text: &str, zone: Tz) -> Result<Moment, &'static str> {
    let local = NaiveDateTime::parse_from_str(text.trim(), FIELD)
        .or_else(|_| NaiveDateTime::parse_from_str(text.trim(), "%Y-%m-%dT%H:%M:%S"));
    let local = local.map_err(|_| "must be a day and a time")?;
    let moment = zone.from_local_datetime(&local).earliest().ok_or("is a time that the clocks skipped")?;
    Ok(moment.with_timezone(&Utc))
}

async fn person(
    state: &HttpState,
    id: SessionId,
    user: UserId,
    viewer: &Viewer,
    note: Option<&str>,
) -> Result<PersonPage, Fault> {
    let app = &state.app;
    let line = app.session(id, viewer.id()).await?;
    if !Action::ManageAttendance.allows(&line.standing) {
        return Err(Failure::Forbidden { needs: Action::ManageAttendance.needs() }.into());
    }
    let closed = line.session.status.is_closed();
    // The piece that begins with this person.
    let piece = Piece::first().limited(1).continued(i64::from(user.get()) - 1);
    let found = app.attendance(id, viewer.id(), None, Some(piece)).await?;
    let found = found.attendees.into_iter().find(|one| one.user.id == user);
    let Attendee { user, present, removed, intervals, corrected, .. } =
        found.ok_or(Failure::NotFound("attendee"))?;
    Ok(PersonPage {
        page: Page::new(app, viewer, "attendance.title")
            .titled(&user.name)
            .at(format!("/sessions/{id}/people/{}", user.id))
            .owned_by(&line.organization)
            .noting(note),
        session: id.get(),
        session_title: line.session.title.to_string(),
        person: user.id.get(),
        present,
        removed,
        closed,
        corrected,
        intervals,
        fields: Correction { absent: true, ..Correction::default() },
        wrong: Vec::new(),
    })
}

async fn look(
    State(state): State<HttpState>,
    Path((id, user)): Path<(SessionId, UserId)>,
    Query(Note(note)): Query<Note>,
    viewer: Viewer,
) -> Result<Response, Fault> {
    Ok(show(&person(&state, id, user, &viewer, note.as_deref()).await?))
}

async fn correct(
    State(state): State<HttpState>,
    Path((session_id, user_id)): Path<(SessionId, UserId)>,
    form: Form,
) -> Result<Response, Fault> {
    let fields = Correction::sent(&form);
    let corrected = async {
        let use_case = fields.read(session_id, form.by(), user_id, form.viewer.prefs.zone)?;
        form.run(&use_case, |_| format!("/sessions/{session_id}/people/{user_id}?note=corrected")).await
    };
    match corrected.await {
        Err(Failure::Invalid(errors)) => {
            let mut page = person(&state, session_id, user_id, &form.viewer, None).await?;
            page.wrong = plainly(&errors);
            page.fields = fields;
            let mut response = show(&page);
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        answer => Ok(answer?),
    }
}
