//! `/events/{id}`: what was or is put to the vote, and what came of it.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use plenum_application::Failure;
use plenum_application::views::Results;
use plenum_domain::Refusal;
use plenum_domain::event::EventState;
use plenum_domain::id::EventId;
use plenum_ports::page::Page as Piece;

use super::ballot::CandidateView;
use super::charts::{self, ResultView};
use super::fault::Fault;
use super::page::{Page, show};
use super::rounds::Rounds;
use super::sitting::{EventLine, Note, follows, stream};
use super::viewer::Viewer;
use crate::extract::{Path, Query};
use crate::problem::Problem;
use crate::state::HttpState;

/// How many votes by name one page shows.
const MOST_VOTES: u16 = 200;

pub(super) fn router() -> Router<HttpState> {
    Router::new().route("/events/{id}", get(look))
}

/// An event with its result, as far as it may be seen.
#[derive(Template)]
#[template(path = "event.html")]
pub(super) struct EventPage {
    pub(super) page: Page,
    pub(super) session: i32,
    pub(super) session_title: String,
    pub(super) event: EventLine,
    pub(super) description: String,
    pub(super) rule: String,
    pub(super) secrecy: String,
    pub(super) annulled: Option<String>,
    /// Who stands, where the candidates come from nominations.
    pub(super) candidates: Vec<CandidateView>,
    pub(super) result: Option<ResultView>,
    /// How an election was counted.
    pub(super) rounds: Option<Rounds>,
    /// Why there is no result to see.
    pub(super) hidden: Option<String>,
    pub(super) open: bool,
    pub(super) votes: Vec<NamedVote>,
    pub(super) more_votes: bool,
}

/// Who voted how.
#[derive(Clone, Debug)]
pub(super) struct NamedVote {
    pub(super) name: String,
    /// Who cast it, when somebody else did.
    pub(super) by: Option<String>,
    pub(super) choice: String,
}

/// The result, or in words why it cannot be seen.
pub(super) fn result_or_reason(
    page: &Page,
    results: Result<Results, Failure>,
) -> Result<(Option<ResultView>, Option<String>), Failure> {
    match results {
        Ok(results) => Ok((Some(ResultView::of(&results.event, &results.result, results.counted)), None)),
        Err(
            failure @ (Failure::Refused(Refusal::ResultsHidden | Refusal::NoResult | Refusal::EventAnnulled)
            | Failure::Forbidden { .. }),
        ) => Ok((None, Some(page.problem(&Problem::from(failure))))),
        Err(failure) => Err(failure),
    }
}

async fn look(
    State(state): State<HttpState>,
    Path(id): Path<EventId>,
    Query(Note(note)): Query<Note>,
    viewer: Viewer,
) -> Result<Response, Fault> {
    let app = &state.app;
    let line = app.event(id, viewer.id()).await?;
    let (event, session) = (&line.event, &line.line.session);
    let mut page = Page::new(app, &viewer, "event.result")
        .titled(&event.name)
        .at(format!("/events/{id}"))
        .owned_by(&line.line.organization)
        .noting(note.as_deref());
    if follows(&line.line.standing) && !session.status.is_closed() {
        page = page.following(stream(session.id));
    }
    let results = app.results(id, viewer.id()).await;
    let options: Vec<String> =
        event.terms.ballot.options().labels().iter().map(ToString::to_string).collect();
    let count = results.as_ref().ok().and_then(|results| results.result.election.as_ref()?.count.as_ref());
    let rounds = count.and_then(|count| Rounds::of(count, &options));
    let (result, hidden) = result_or_reason(&page, results)?;
    let piece = Piece::new(Some(MOST_VOTES), None).unwrap_or_else(|_| Piece::first());
    let (votes, more_votes) = match app.votes(id, viewer.id(), piece).await {
        Ok((event, votes)) => {
            let lines = votes.items.iter().map(|line| NamedVote {
                name: line.principal.name.to_string(),
                by: (line.caster.id != line.principal.id).then(|| line.caster.name.to_string()),
                choice: line.vote.response.labels(&event.terms.ballot).join(" › "),
            });
            (lines.collect(), votes.next.is_some())
        }
        Err(Failure::Refused(_) | Failure::Forbidden { .. }) => (Vec::new(), false),
        Err(failure) => return Err(failure.into()),
    };
    let candidates = app.candidates(event).await?;
    Ok(show(&EventPage {
        session: session.id.get(),
        session_title: session.title.to_string(),
        event: EventLine::of(event),
        description: event.terms.description.to_string(),
        rule: charts::rule(&page, event),
        secrecy: format!("secrecy.{}", event.terms.secrecy.as_str()),
        annulled: event.state.annulment().map(|annulment| annulment.reason.to_string()),
        candidates: candidates.iter().map(CandidateView::of).collect(),
        result,
        rounds,
        hidden,
        open: follows(&line.line.standing) && matches!(event.state, EventState::Active { .. }),
        votes,
        more_votes,
        page,
    }))
}
