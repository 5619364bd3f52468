//! `/sessions/{id}/offices`: who is nominated for what, and the elections that come of it.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use plenum_application::Failure;
use plenum_application::use_cases::{
    AnswerNomination, DeleteOffice, Nominate, OfficeWish, OpenNominations, OpenTogether, PrepareElections,
};
use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_domain::id::{EventId, NominationId, OfficeId, SessionId, UserId};
use plenum_domain::nomination::OfficeState;
use plenum_domain::permission::Action;
use plenum_domain::text::{Statement, Title};
use plenum_ports::documents::{EventData, MethodData, VisibilityData};
use plenum_ports::queries::{NominationLine, OfficeLine};

use super::console::back;
use super::draft::{METHODS, plainly, prepared};
use super::fault::Fault;
use super::form::Form;
use super::page::{Page, show};
use super::proxies::{find, members, named};
use super::sitting::{Note, follows, stream};
use super::viewer::Viewer;
use crate::extract::{Path, Query};
use crate::problem::Problem;
use crate::state::HttpState;

/// How many offices the form has room for at first, and how many more at a time.
const ROWS: usize = 3;
/// The most that one form opens.
const MOST_ROWS: usize = 30;

pub(super) fn router() -> Router<HttpState> {
    Router::new()
        .route("/sessions/{id}/offices", get(look).post(create))
        .route("/sessions/{id}/offices/new", get(blank))
        .route("/sessions/{id}/offices/{office_id}/nominate", post(nominate))
        .route("/sessions/{id}/offices/{office_id}/delete", post(delete))
        .route("/sessions/{id}/nominations/{nomination_id}/{answer}", post(answer))
        .route("/sessions/{id}/elections", post(prepare))
        .route("/sessions/{id}/open-together", post(open_together))
}

/// The offices of a sitting with who is nominated.
#[derive(Template)]
#[template(path = "offices.html")]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each of which shows a form")]
pub(super) struct Offices {
    pub(super) page: Page,
    pub(super) session: i32,
    pub(super) session_title: String,
    pub(super) closed: bool,
    /// Whether the person prepares elections here, and opens them.
    pub(super) prepares: bool,
    pub(super) opens: bool,
    /// Whether they may put others forward, and themselves.
    pub(super) nominates: bool,
    pub(super) oneself: bool,
    pub(super) people: Vec<String>,
    pub(super) offices: Vec<OfficeView>,
    /// What is in the way, at the office it is about.
    pub(super) wrong: Option<(i32, String)>,
}

impl Offices {
    /// Those that people can still be nominated for.
    pub(super) fn open(&self) -> impl Iterator<Item = &OfficeView> {
        self.offices.iter().filter(|office| office.election.is_none())
    }

    pub(super) fn wrong_at(&self, office: &i32) -> Option<&str> {
        self.wrong.as_ref().filter(|(at, _)| at == office).map(|(_, wrong)| wrong.as_str())
    }
}

/// An office.
#[derive(Clone, Debug)]
pub(super) struct OfficeView {
    pub(super) id: i32,
    pub(super) name: String,
    pub(super) seats: u32,
    /// How it is counted, by the name of the method.
    pub(super) method: String,
    pub(super) secrecy: String,
    /// The election, once nominations are closed.
    pub(super) election: Option<i32>,
    pub(super) nominees: Vec<NomineeView>,
    /// How many stand.
    pub(super) standing: usize,
    /// Whether the person who looks is nominated.
    pub(super) mine: bool,
}

/// Somebody put forward.
#[derive(Clone, Debug)]
pub(super) struct NomineeView {
    pub(super) id: i32,
    pub(super) name: String,
    /// Who put them forward, where it was somebody else.
    pub(super) by: Option<String>,
    pub(super) state: &'static str,
    pub(super) tone: &'static str,
    pub(super) statement: String,
    /// Whether it is the person who looks.
    pub(super) me: bool,
    pub(super) accepted: bool,
    pub(super) declined: bool,
}

impl OfficeView {
    fn of(line: &OfficeLine, viewer: UserId) -> Self {
        let data = &line.data;
        let method = data.method.as_ref().map(|method| method.name.as_str()).filter(|name| !name.is_empty());
        Self {
            id: line.office.id.get(),
            name: line.office.name.to_string(),
            seats: line.office.seats,
            method: method.unwrap_or(METHODS[0]).to_owned(),
            secrecy: data.secrecy.clone().unwrap_or_else(|| "standard".to_owned()),
            election: line.office.state.event_id().map(EventId::get),
            nominees: line.nominations.iter().map(|one| NomineeView::of(one, viewer)).collect(),
            standing: line.nominations.iter().filter(|one| one.nomination.is_accepted()).count(),
            mine: line.nominations.iter().any(|one| one.candidate.id == viewer),
        }
    }

    /// Whether the way of counting has words of its own.
    pub(super) fn has_words(&self) -> bool {
        METHODS.contains(&self.method.as_str())
    }
}

impl NomineeView {
    fn of(line: &NominationLine, viewer: UserId) -> Self {
        let nomination = &line.nomination;
        let (state, tone) = match nomination.answer {
            None => ("nominee.proposed", "warn"),
            Some(answer) if answer.accepted => ("nominee.accepted", "good"),
            Some(_) => ("nominee.declined", "plain"),
        };
        Self {
            id: nomination.id.get(),
            name: line.candidate.name.to_string(),
            by: (line.nominated_by.id != line.candidate.id).then(|| line.nominated_by.name.to_string()),
            state,
            tone,
            statement: nomination.statement.as_ref().map(ToString::to_string).unwrap_or_default(),
            me: line.candidate.id == viewer,
            accepted: nomination.is_accepted(),
            declined: nomination.answer.is_some_and(|answer| !answer.accepted),
        }
    }
}

/// The form that opens nominations for several offices.
#[derive(Template)]
#[template(path = "offices_new.html")]
#[expect(clippy::struct_excessive_bools, reason = "independent boxes to tick")]
pub(super) struct NewOffices {
    pub(super) page: Page,
    pub(super) session: i32,
    pub(super) session_title: String,
    pub(super) rows: Vec<Row>,
    pub(super) secrecy: String,
    pub(super) abstain: bool,
    pub(super) live: bool,
    pub(super) proxy: bool,
    pub(super) proxies_allowed: bool,
    pub(super) wrong: Vec<String>,
}

/// One office in the form.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) seats: String,
    pub(super) method: String,
}

impl Row {
    fn blank() -> Self {
        Self { name: String::new(), seats: "1".to_owned(), method: METHODS[0].to_owned() }
    }

    fn is_blank(&self) -> bool {
        self.name.trim().is_empty()
    }

    pub(super) fn is(&self, method: &str) -> bool {
        self.method == method
    }
}

impl NewOffices {
    pub(super) fn methods(&self) -> [&'static str; 7] {
        METHODS
    }

    pub(super) fn secrecies(&self) -> [&'static str; 3] {
        ["standard", "roll_call", "secret"]
    }

    pub(super) fn is_secrecy(&self, one: &str) -> bool {
        self.secrecy == one
    }

    async fn new(state: &HttpState, id: SessionId, viewer: &Viewer) -> Result<Self, Fault> {
        let line = prepared(state, id, viewer).await?;
        Ok(Self {
            page: Page::new(&state.app, viewer, "offices.new")
                .at(format!("/sessions/{id}/offices/new"))
                .owned_by(&line.organization),
            session: id.get(),
            session_title: line.session.title.to_string(),
            rows: vec![Row::blank(); ROWS],
            secrecy: "secret".to_owned(),
            abstain: true,
            live: false,
            proxy: true,
            proxies_allowed: line.organization.rules.proxies.allowed,
            wrong: Vec::new(),
        })
    }

    /// Takes over what was sent, with room for more.
    fn fill(&mut self, form: &Form) {
        let field = |name: &str, at: usize| form.get(&format!("{name}-{at}")).to_owned();
        let sent = form.under("name-").filter_map(|(at, _)| at.parse::<usize>().ok()).max().unwrap_or(0);
        self.rows = (0..=sent.min(MOST_ROWS - 1))
            .map(|at| Row { name: field("name", at), seats: field("seats", at), method: field("method", at) })
            .collect();
        form.get("secrecy").clone_into(&mut self.secrecy);
        self.abstain = form.ticked("abstain");
        self.live = form.ticked("live");
        self.proxy = form.ticked("proxy");
    }

    fn more(&mut self) {
        let wanted = (self.rows.len() + ROWS).min(MOST_ROWS);
        self.rows.resize(wanted, Row::blank());
    }

    /// The rows that name an office, as wishes.
    fn wishes(&self) -> Result<Vec<OfficeWish>, FieldErrors> {
        let mut checks = FieldChecks::new();
        let rows: Vec<&Row> = self.rows.iter().filter(|row| !row.is_blank()).collect();
        if rows.is_empty() {
            checks.fail("name", "is missing: name at least one office");
        }
        let visibility = if self.live { "live" } else { "hidden_until_release" };
        let mut wishes = Vec::with_capacity(rows.len());
        for row in rows {
            let name = checks.take("name", Title::parse(&row.name));
            let seats = checks.take("seats", row.seats.trim().parse().map_err(|_| "must be a whole number"));
            let (Some(name), Some(seats)) = (name, seats) else { continue };
            let data = EventData {
                visibility: Some(VisibilityData { participants: Some(visibility.to_owned()) }),
                proxy: Some(self.proxy),
                secrecy: Some(self.secrecy.clone()).filter(|secrecy| !secrecy.is_empty()),
                method: Some(MethodData {
                    name: row.method.clone(),
                    abstain: self.abstain.then(|| "Abstain".to_owned()),
                    ..MethodData::default()
                }),
                ..EventData::default()
            };
            wishes.push(OfficeWish { name, seats, data });
        }
        checks.finish(Some(wishes))
    }
}

async fn look(
    State(state): State<HttpState>,
    Path(id): Path<SessionId>,
    Query(Note(note)): Query<Note>,
    viewer: Viewer,
) -> Result<Response, Fault> {
    Ok(show(&list(&state, id, &viewer, note.as_deref()).await?))
}

async fn list(
    state: &HttpState,
    id: SessionId,
    viewer: &Viewer,
    note: Option<&str>,
) -> Result<Offices, Fault> {
    let app = &state.app;
    let (line, offices) = app.offices(id, viewer.id()).await?;
    let closed = line.session.status.is_closed();
    let mut page = Page::new(app, viewer, "offices.title")
        .at(format!("/sessions/{id}/offices"))
        .owned_by(&line.organization)
        .noting(note);
    if follows(&line.standing) && !closed {
        page = page.following(stream(id));
    }
    let prepares = Action::WriteEvents.allows(&line.standing);
    let rules = &line.organization.rules.elections;
    let (_, present) = app.figures(&line, viewer.id()).await?;
    let nominates = rules.may_nominate(line.standing.role, present, prepares);
    let some_open = offices.iter().any(|office| office.office.state == OfficeState::Open);
    let people = if nominates && some_open && !closed {
        members(app, line.organization.id, viewer.id()).await?
    } else {
        Vec::new()
    };
    Ok(Offices {
        session: id.get(),
        session_title: line.session.title.to_string(),
        closed,
        prepares: prepares && !closed,
        opens: Action::ConductEvents.allows(&line.standing) && !closed,
        nominates: nominates && !closed,
        oneself: nominates && rules.oneself && rules.may_stand(line.standing.role, present),
        people: people.iter().map(|line| named(&line.user)).collect(),
        offices: offices.iter().map(|line| OfficeView::of(line, viewer.id())).collect(),
        wrong: None,
        page,
    })
}

async fn blank(
    State(state): State<HttpState>,
    Path(id): Path<SessionId>,
    viewer: Viewer,
) -> Result<Response, Fault> {
    Ok(show(&NewOffices::new(&state, id, &viewer).await?))
}

async fn create(
    State(state): State<HttpState>,
    Path(session_id): Path<SessionId>,
    form: Form,
) -> Result<Response, Fault> {
    let mut page = NewOffices::new(&state, session_id, &form.viewer).await?;
    page.fill(&form);
    if form.ticked("more") {
        page.more();
        return Ok(show(&page));
    }
    let opened = async {
        let use_case = OpenNominations { session_id, by: form.by(), offices: page.wishes()? };
        form.run(&use_case, |_| at(session_id, "nominations_open")).await
    };
    match opened.await {
        Err(Failure::Invalid(errors)) => {
            page.wrong = plainly(&errors);
            let mut response = show(&page);
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        answer => Ok(answer?),
    }
}

/// Where every step leads back to.
fn at(id: SessionId, note: &str) -> String {
    format!("/sessions/{id}/offices?note={note}")
}

/// What somebody has to say for themselves; `None` where the field is empty.
fn statement(form: &Form) -> Result<Option<Statement>, FieldErrors> {
    let text = form.get("statement").trim();
    if text.is_empty() {
        return Ok(None);
    }
    let mut checks = FieldChecks::new();
    let statement = checks.take("statement", Statement::parse(text));
    checks.finish(Some(statement))
}

async fn nominate(
    State(state): State<HttpState>,
    Path((session_id, office_id)): Path<(SessionId, OfficeId)>,
    form: Form,
) -> Result<Response, Fault> {
    let by = form.by();
    let nominated = async {
        let candidate = if form.ticked("oneself") {
            by
        } else {
            let line = state.app.session(session_id, by).await?;
            let people = members(&state.app, line.organization.id, by).await?;
            let found = find(people.iter().map(|line| &line.user), form.get("person"));
            let wrong = "is nobody of the organization; choose a name from the list";
            found.map(|user| user.id).ok_or_else(|| FieldErrors::one("person", wrong))?
        };
        let use_case = Nominate { office_id, by, candidate, statement: statement(&form)? };
        let note = if candidate == by { "stands_for" } else { "nominated" };
        form.run(&use_case, |_| at(session_id, note)).await
    };
    match nominated.await {
        Err(failure @ (Failure::Refused(_) | Failure::Invalid(_))) => {
            let problem = Problem::from(failure).plainly();
            let mut page = list(&state, session_id, &form.viewer, None).await?;
            page.wrong = Some((office_id.get(), page.page.problem(&problem)));
            let mut response = show(&page);
            *response.status_mut() = problem.status();
            Ok(response)
        }
        answer => Ok(answer?),
    }
}

async fn answer(
    axum::extract::Path((session_id, nomination_id, answer)): axum::extract::Path<(i32, i32, String)>,
    form: Form,
) -> Result<Response, Fault> {
    let (session_id, nomination_id) = (SessionId::new(session_id), NominationId::new(nomination_id));
    let (accepted, note) = match answer.as_str() {
        "accept" => (true, "nomination_accepted"),
        "decline" => (false, "nomination_declined"),
        _ => return Err(Failure::NotFound("address").into()),
    };
    let statement = statement(&form).map_err(Failure::from)?;
    let use_case = AnswerNomination { nomination_id, by: form.by(), accepted, statement };
    Ok(form.run(&use_case, |_| at(session_id, note)).await?)
}

async fn delete(
    Path((session_id, office_id)): Path<(SessionId, OfficeId)>,
    form: Form,
) -> Result<Response, Fault> {
    let use_case = DeleteOffice { office_id, by: form.by() };
    Ok(form.run(&use_case, |()| at(session_id, "office_deleted")).await?)
}

/// The numbers that a form names under one field.
fn numbers<T>(form: &Form, field: &str, make: fn(i32) -> T) -> Vec<T> {
    form.all(field).filter_map(|text| text.parse().ok()).map(make).collect()
}

/// Fails where nothing is chosen.
fn some<T>(chosen: Vec<T>, field: &str) -> Result<Vec<T>, Failure> {
    if chosen.is_empty() {
        Err(FieldErrors::one(field, "is missing: choose at least one").into())
    } else {
        Ok(chosen)
    }
}

/// Closes nominations for the chosen offices and makes their ballots.
async fn prepare(Path(session_id): Path<SessionId>, form: Form) -> Result<Response, Fault> {
    let office_ids = some(numbers(&form, "office", OfficeId::new), "office")?;
    let open = form.ticked("open");
    let note = if open { "voting" } else { "ballots_made" };
    let use_case = PrepareElections { session_id, by: form.by(), office_ids, open };
    Ok(form.run(&use_case, |_| back(session_id, note)).await?)
}

/// Opens voting on the chosen drafts, on all of them or none.
async fn open_together(Path(session_id): Path<SessionId>, form: Form) -> Result<Response, Fault> {
    let event_ids = some(numbers(&form, "event", EventId::new), "event")?;
    let use_case = OpenTogether { session_id, by: form.by(), event_ids };
    Ok(form.run(&use_case, |_| back(session_id, "voting")).await?)
}
