//! Voting: fill in, review, cast. What is open in a sitting is on one page, and what was filled in of it is reviewed
//! and cast together.
//!
//! Nothing of a choice is ever in an address or kept before it is cast: between the steps it travels
//! in the forms.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use plenum_application::Failure;
use plenum_application::use_cases::{BallotPaper, CastTogether, CastVotes, Choices};
use plenum_domain::Refusal;
use plenum_domain::event::{Event, EventState};
use plenum_domain::id::{EventId, SessionId, UserSessionId};
use plenum_domain::vote::require_voting;
use plenum_ports::queries::SessionLine;

use super::ballot::{BallotView, PaperView, open_ballots};
use super::fault::Fault;
use super::form::Form;
use super::page::{Page, go, show};
use super::sitting::follows;
use crate::extract::Path;
use crate::state::HttpState;

pub(super) fn router() -> Router<HttpState> {
    Router::new()
        .route("/sessions/{id}/review", post(review))
        .route("/sessions/{id}/change", post(change))
        .route("/sessions/{id}/cast", post(cast_together))
        .route("/events/{id}/cast", post(cast))
}

/// The ballots on a page of their own, for going back to them.
#[derive(Template)]
#[template(path = "ballot.html")]
pub(super) struct Ballot {
    pub(super) page: Page,
    pub(super) session: i32,
    pub(super) session_title: String,
    /// What is in the way, in words.
    pub(super) wrong: Vec<String>,
    pub(super) ballots: Vec<BallotView>,
}

impl Ballot {
    /// How many votes can be cast.
    pub(super) fn castable(&self) -> usize {
        self.ballots.iter().map(|ballot| ballot.castable).sum()
    }

    /// Whether there is anything to choose.
    pub(super) fn takes(&self) -> bool {
        self.ballots.iter().any(BallotView::takes)
    }
}

/// What is about to be cast.
#[derive(Template)]
#[template(path = "review.html")]
pub(super) struct Review {
    pub(super) page: Page,
    pub(super) session: i32,
    pub(super) session_title: String,
    /// Where it is cast.
    pub(super) action: String,
    pub(super) ballots: Vec<ReviewBallot>,
    /// How many votes stay uncast.
    pub(super) left_out: usize,
    /// Whether what is cast can be changed while voting is open, all of it.
    pub(super) changeable: bool,
}

impl Review {
    /// How many votes are about to be cast.
    pub(super) fn votes(&self) -> usize {
        self.ballots.iter().map(|ballot| ballot.papers.len()).sum()
    }
}

/// What is about to be cast on one event.
#[derive(Clone, Debug)]
pub(super) struct ReviewBallot {
    pub(super) name: String,
    pub(super) papers: Vec<ReviewPaper>,
}

/// One vote about to be cast.
#[derive(Clone, Debug)]
pub(super) struct ReviewPaper {
    pub(super) principal: Option<String>,
    pub(super) choices: Vec<String>,
    /// What carries the choice on, for casting and for going back.
    pub(super) fields: Vec<(String, String)>,
}

impl ReviewPaper {
    fn of(paper: &PaperView) -> Self {
        let field = format!("vote-{}", paper.key());
        Self {
            principal: paper.principal.clone(),
            choices: paper.choices.clone(),
            fields: paper.choices.iter().map(|choice| (field.clone(), choice.clone())).collect(),
        }
    }
}

/// What a form says, held against what is open now.
struct Filled {
    line: SessionLine,
    page: Page,
    /// What is open, the oldest first.
    events: Vec<Event>,
    ballots: Vec<BallotView>,
    /// Events that something was chosen for and that nothing can be cast on any more.
    over: Vec<EventId>,
}

impl Filled {
    async fn read(state: &HttpState, id: SessionId, form: &Form) -> Result<Self, Fault> {
        let app = &state.app;
        let line = app.session(id, form.by()).await?;
        let page = Page::new(app, &form.viewer, "ballot.title")
            .at(format!("/sessions/{id}"))
            .owned_by(&line.organization);
        let mut events =
            if follows(&line.standing) { app.agenda(id, &line.standing).await? } else { Vec::new() };
        events.retain(|event| matches!(event.state, EventState::Active { .. }));
        let now = app.queries.now().await.map_err(Failure::from)?;
        events.retain(|event| require_voting(event, now).is_ok());
        let mut ballots = open_ballots(app, &page, &events, form.by()).await?;
        for ballot in &mut ballots {
            ballot.fill(form);
        }
        let open: BTreeSet<EventId> = events.iter().map(|event| event.id).collect();
        let over = named(form).difference(&open).copied().collect();
        Ok(Self { line, page, events, ballots, over })
    }

    /// The ballots to fill in, with what is in the way.
    fn again(self, wrong: Vec<String>) -> Response {
        let session = &self.line.session;
        show(&Ballot {
            session: session.id.get(),
            session_title: session.title.to_string(),
            wrong,
            ballots: self.ballots,
            page: self.page,
        })
    }

    /// Says of each event that is over that nothing was cast on it.
    async fn about_over(&self, state: &HttpState, form: &Form) -> Result<Vec<String>, Failure> {
        let mut words = Vec::new();
        for id in &self.over {
            let name = state.app.event(*id, form.by()).await?.event.name;
            words.push(self.page.f("ballot.over", name));
        }
        Ok(words)
    }
}

/// The events that a form says something about.
fn named(form: &Form) -> BTreeSet<EventId> {
    let id = |name: &str| name.split('-').next().and_then(|id| id.parse().ok()).map(EventId::new);
    let chosen = ["vote-", "rank-", "score-", "all-"].into_iter().flat_map(|prefix| form.under(prefix));
    chosen.filter(|(_, value)| !value.trim().is_empty()).filter_map(|(name, _)| id(name)).collect()
}

/// Where a person learns what became of their votes.
fn outcome(session: SessionId, events: &BTreeSet<EventId>) -> String {
    match events.first() {
        Some(event) if events.len() == 1 => format!("/events/{event}/receipt"),
        _ => format!("/sessions/{session}"),
    }
}

async fn review(
    State(state): State<HttpState>,
    Path(id): Path<SessionId>,
    form: Form,
) -> Result<Response, Fault> {
    let mut filled = Filled::read(&state, id, &form).await?;
    if !filled.ballots.iter().any(BallotView::takes) {
        // Cast in another tab, or closed in the meantime: the receipt says how it stands.
        return Ok(go(&outcome(id, &named(&form))));
    }
    if !filled.over.is_empty() {
        let wrong = filled.about_over(&state, &form).await?;
        return Ok(filled.again(wrong));
    }
    let mut whole = filled.ballots.iter().any(|ballot| ballot.filled().next().is_some());
    for ballot in &mut filled.ballots {
        if ballot.has_place_twice(&form) {
            ballot.wrong = Some("ballot.place_twice");
            whole = false;
        }
    }
    if !whole {
        let nothing = filled.ballots.iter().all(|ballot| ballot.wrong.is_none());
        let wrong = nothing.then(|| filled.page.t("ballot.nothing_chosen").to_owned());
        return Ok(filled.again(wrong.into_iter().collect()));
    }
    let chosen: Vec<&BallotView> =
        filled.ballots.iter().filter(|ballot| ballot.filled().next().is_some()).collect();
    let ids: BTreeSet<i32> = chosen.iter().map(|ballot| ballot.event).collect();
    let changes = |event: &Event| event.terms.rules.may_change_votes && !event.is_secret();
    let left_out = |ballot: &BallotView| {
        ballot.papers.iter().filter(|paper| paper.is_castable() && paper.choices.is_empty()).count()
    };
    let session = &filled.line.session;
    Ok(show(&Review {
        session: id.get(),
        session_title: session.title.to_string(),
        action: match chosen.as_slice() {
            [one] => format!("/events/{}/cast", one.event),
            _ => format!("/sessions/{id}/cast"),
        },
        left_out: filled.ballots.iter().map(left_out).sum(),
        changeable: filled.events.iter().filter(|event| ids.contains(&event.id.get())).all(changes),
        ballots: chosen
            .iter()
            .map(|ballot| ReviewBallot {
                name: ballot.name.clone(),
                papers: ballot.filled().map(ReviewPaper::of).collect(),
            })
            .collect(),
        page: filled.page,
    }))
}

async fn change(
    State(state): State<HttpState>,
    Path(id): Path<SessionId>,
    form: Form,
) -> Result<Response, Fault> {
    Ok(Filled::read(&state, id, &form).await?.again(Vec::new()))
}

/// The papers that a form carries, by event.
fn papers(form: &Form) -> Vec<(EventId, BallotPaper)> {
    let mut choices: BTreeMap<(i32, i32), Vec<String>> = BTreeMap::new();
    for (name, choice) in form.under("vote-") {
        let ids =
            name.split_once('-').and_then(|(event, own)| Some((event.parse().ok()?, own.parse().ok()?)));
        if let Some(ids) = ids {
            choices.entry(ids).or_default().push(choice.to_owned());
        }
    }
    let paper = |((event, own), vote_response)| {
        let user_session_id = Some(UserSessionId::new(own));
        (EventId::new(event), BallotPaper { user_session_id, choices: Choices::Whole(vote_response) })
    };
    choices.into_iter().map(paper).collect()
}

async fn cast(
    State(state): State<HttpState>,
    Path(event_id): Path<EventId>,
    form: Form,
) -> Result<Response, Fault> {
    let papers = papers(&form).into_iter().filter(|(event, _)| *event == event_id);
    let papers: Vec<BallotPaper> = papers.map(|(_, paper)| paper).collect();
    let receipt = format!("/events/{event_id}/receipt");
    if papers.is_empty() {
        // Who may not know of it is told so here, too.
        state.app.event(event_id, form.by()).await?;
        return Ok(go(&receipt));
    }
    let instances: Vec<Option<UserSessionId>> = papers.iter().map(|paper| paper.user_session_id).collect();
    let use_case = CastVotes { event_id, by: form.by(), papers, listed: true };
    let to = |_: &_| format!("{receipt}?note=cast");
    // A draft may still become secret, and is veiled like a secret event.
    let answer = if state.app.is_recorded(event_id).await? {
        form.run(&use_case, to).await
    } else {
        form.run_veiled(&use_case, &format!("{instances:?}"), to).await
    };
    match answer {
        // Cast from another tab, or sent again with another choice: what was accepted first stands.
        Err(Failure::Refused(Refusal::AlreadyVoted) | Failure::KeyReused) => {
            Ok(go(&format!("{receipt}?note=stands")))
        }
        answer => Ok(answer?),
    }
}

/// Casts on several events, all of it or nothing.
async fn cast_together(
    State(state): State<HttpState>,
    Path(session_id): Path<SessionId>,
    form: Form,
) -> Result<Response, Fault> {
    let papers = papers(&form);
    let sitting = format!("/sessions/{session_id}");
    if papers.is_empty() {
        state.app.session(session_id, form.by()).await?;
        return Ok(go(&sitting));
    }
    let mut recorded = true;
    let mut instances = Vec::with_capacity(papers.len());
    for (event, paper) in &papers {
        recorded &= state.app.is_recorded(*event).await?;
        instances.push((*event, paper.user_session_id));
    }
    let use_case = CastTogether { session_id, by: form.by(), papers, all: false };
    let to = |_: &_| format!("{sitting}?note=cast_together");
    let answer = if recorded {
        form.run(&use_case, to).await
    } else {
        form.run_veiled(&use_case, &format!("{instances:?}"), to).await
    };
    match answer {
        Err(Failure::KeyReused) => Ok(go(&format!("{sitting}?note=stands"))),
        // One of them was cast from another tab, or is over: nothing was cast now, and the rest is still filled in.
        Err(Failure::RefusedFor { event, refusal }) => {
            let name = state.app.event(event, form.by()).await?.event.name;
            let filled = Filled::read(&state, session_id, &form).await?;
            if !filled.ballots.iter().any(BallotView::takes) {
                return Ok(go(&format!("{sitting}?note=stands")));
            }
            let why = filled.page.problem(&Failure::from(refusal).into());
            let wrong = filled.page.f2("ballot.none_cast", name, why);
            Ok(filled.again(vec![wrong]))
        }
        answer => Ok(answer?),
    }
}
