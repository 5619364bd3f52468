//! `/sessions/{id}`: the sitting as somebody in it sees it: what to vote on, or what to wait for.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use plenum_application::use_cases::LeaveSession;
use plenum_application::views;
use plenum_domain::event::{Event, EventState};
use plenum_domain::id::{SessionId, UserId};
use plenum_domain::nomination::OfficeState;
use plenum_domain::permission::{Action, Standing};
use plenum_ports::queries::OfficeLine;

use super::ballot::{BallotView, open_ballots};
use super::charts;
use super::fault::Fault;
use super::form::Form;
use super::home::{conducts, status};
use super::page::{Page, show};
use super::presence::Question;
use super::viewer::Viewer;
use crate::extract::{FromQuery, Path, Query, QueryReader};
use crate::state::HttpState;

pub(super) fn router() -> Router<HttpState> {
    Router::new().route("/sessions/{id}", get(look)).route("/sessions/{id}/leave", post(leave))
}

/// The sitting.
#[derive(Template)]
#[template(path = "sitting.html")]
pub(super) struct Sitting {
    pub(super) page: Page,
    pub(super) session: i32,
    pub(super) organization: i32,
    pub(super) organization_name: String,
    /// The code, for a person who may see it and is not in.
    pub(super) code: Option<String>,
    pub(super) status: &'static str,
    pub(super) tone: &'static str,
    pub(super) closed: bool,
    pub(super) present: bool,
    pub(super) conducts: bool,
    pub(super) ballots: Vec<BallotView>,
    /// Whether they are asked if they are here.
    pub(super) question: Option<Question>,
    /// For what the person was put forward and has not answered.
    pub(super) proposed: Vec<Proposed>,
    /// For how many offices people are or were nominated.
    pub(super) offices: usize,
    pub(super) events: Vec<EventLine>,
    pub(super) figures: Figures,
}

/// An office that the person was put forward for.
#[derive(Clone, Debug)]
pub(super) struct Proposed {
    pub(super) id: i32,
    pub(super) office_id: i32,
    pub(super) office: String,
}

impl Proposed {
    fn of(offices: &[OfficeLine], user: UserId) -> Vec<Self> {
        let open = offices.iter().filter(|line| line.office.state == OfficeState::Open);
        open.flat_map(|line| line.nominations.iter().map(move |one| (line, &one.nomination)))
            .filter(|(_, one)| one.candidate == user && one.answer.is_none())
            .map(|(line, one)| Self {
                id: one.id.get(),
                office_id: line.office.id.get(),
                office: line.office.name.to_string(),
            })
            .collect()
    }
}

impl Sitting {
    /// How many votes can be cast now.
    pub(super) fn castable(&self) -> usize {
        self.ballots.iter().map(|ballot| ballot.castable).sum()
    }

    /// Whether there is anything to choose.
    pub(super) fn takes(&self) -> bool {
        self.ballots.iter().any(BallotView::takes)
    }
}

/// Who is there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Figures {
    pub(super) headcount: usize,
    /// Present or represented.
    pub(super) present: u64,
    pub(super) required: u64,
    /// How many more are needed.
    pub(super) missing: u64,
    pub(super) met: bool,
    /// The weights of the votes that can be cast, and of all there are.
    pub(super) strength: u64,
    pub(super) whole: u64,
    /// Whether weights make them another figure than that of people.
    pub(super) weighted: bool,
}

impl Figures {
    pub(super) const fn of(figures: &views::Figures) -> Self {
        let quorum = &figures.quorum;
        Self {
            headcount: figures.headcount,
            present: quorum.present,
            required: quorum.required,
            missing: quorum.missing(),
            met: quorum.is_met(),
            strength: figures.strength.present,
            whole: figures.strength.entitled,
            weighted: figures.strength.entitled != quorum.entitled,
        }
    }
}

/// An event on the agenda.
#[derive(Clone, Debug)]
pub(super) struct EventLine {
    pub(super) id: i32,
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) state: &'static str,
    pub(super) tone: &'static str,
}

impl EventLine {
    pub(super) fn of(event: &Event) -> Self {
        let (state, tone) = match event.state {
            EventState::Draft => ("state.draft", "plain"),
            EventState::Active { .. } => ("state.active", "good"),
            EventState::Closed(_) => ("state.closed", "warn"),
            EventState::Released { .. } => ("state.released", ""),
            EventState::Annulled { .. } => ("state.annulled", "bad"),
        };
        Self {
            id: event.id.get(),
            name: event.name.to_string(),
            kind: charts::kind(event.event_type()),
            state,
            tone,
        }
    }
}

/// What was just done, from the address.
pub(super) struct Note(pub(super) Option<String>);

impl FromQuery for Note {
    fn read(query: &mut QueryReader) -> Option<Self> {
        let note = query.take("note");
        query.ignore_rest();
        Some(Self(note))
    }
}

/// Where a sitting's changes are told.
pub(super) fn stream(id: SessionId) -> String {
    format!("/api/v1/sessions/{id}/live")
}

/// Whether somebody may follow what happens in a sitting.
pub(super) fn follows(standing: &Standing) -> bool {
    Action::FollowEvents.allows(standing)
}

async fn look(
    State(state): State<HttpState>,
    Path(id): Path<SessionId>,
    Query(Note(note)): Query<Note>,
    viewer: Viewer,
) -> Result<Response, Fault> {
    let app = &state.app;
    let line = app.session(id, viewer.id()).await?;
    let session = &line.session;
    let closed = session.status.is_closed();
    let mut page = Page::new(app, &viewer, "sitting.title")
        .titled(&session.title)
        .at(format!("/sessions/{id}"))
        .owned_by(&line.organization)
        .noting(note.as_deref());
    let follows = follows(&line.standing);
    if follows && !closed {
        page = page.following(stream(id));
    }
    let events = app.agenda(id, &line.standing).await?;
    let ballots = if follows { open_ballots(app, &page, &events, viewer.id()).await? } else { Vec::new() };
    let (_, offices) = app.offices(id, viewer.id()).await?;
    let (figures, present) = app.figures(&line, viewer.id()).await?;
    let (status, tone) = status(session.status);
    Ok(show(&Sitting {
        session: id.get(),
        organization: line.organization.id.get(),
        organization_name: line.organization.name.to_string(),
        code: Action::ViewJoinCode.allows(&line.standing).then(|| session.join_code.to_string()),
        status,
        tone,
        closed,
        present,
        conducts: conducts(&line.standing),
        ballots,
        question: Question::to(app, id, viewer.id()).await?.filter(|_| present && !closed),
        proposed: if closed { Vec::new() } else { Proposed::of(&offices, viewer.id()) },
        offices: offices.len(),
        events: events.iter().map(EventLine::of).collect(),
        figures: Figures::of(&figures),
        page,
    }))
}

async fn leave(Path(session_id): Path<SessionId>, form: Form) -> Result<Response, Fault> {
    let use_case = LeaveSession { session_id, by: form.by() };
    Ok(form.run(&use_case, |_| format!("/sessions/{session_id}?note=left")).await?)
}
