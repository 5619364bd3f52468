//! What each choice received and, where it may be shown, who voted how.

use axum::extract::State;
use axum::response::Response;
use plenum_application::views::{EventResults, ResultLine};
use plenum_domain::event::Event;
use plenum_domain::id::SessionId;
use plenum_domain::organization::Weight;
use plenum_domain::secret::BareBallot;
use plenum_ports::queries::SessionLine;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::events::EventTypeWord;
use super::super::results::OptionBody;
use super::super::votes::RollCallBody;
use super::csv::table;
use super::{SittingBody, csv_file, json_file};
use crate::extract::{Path, SignedIn};
use crate::problem::Problem;
use crate::state::HttpState;

const HEADINGS: [&str; 5] = ["Event ID", "Event", "Option", "Count", "Percent"];

fn rows(EventResults { event, result }: &EventResults) -> Vec<[String; 5]> {
    let options = result.as_ref().map(OptionBody::all).unwrap_or_default();
    let row = |option: OptionBody| {
        let (id, name) = (event.id.to_string(), event.name.to_string());
        [id, name, option.option, option.votes.to_string(), option.percent]
    };
    options.into_iter().map(row).collect()
}

/// The votes on the events of a session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = VotesExport, example = json!({
    "session": {
        "session_id": 7, "organization_id": 3, "organization_name": "Student Senate",
        "join_code": "7QK2MD", "title": "March assembly", "status": "closed",
        "created_at": "2026-03-01T19:00:00Z", "closed_at": "2026-03-01T21:14:30.120554Z",
    },
    "events": [{
        "event_id": 9, "name": "Amend article 4", "event_type": "motion", "state": "released",
        "visible": true,
        "options": [{"option": "yes", "voters": 1, "votes": 1, "percent": "100.0"}],
        "votes": [{
            "vote_id": 103, "user_session_id": 44,
            "user": {"id": 15, "name": "Zoë Ng", "andrew_id": "zng"},
            "principal": {"id": 18, "name": "Łukasz Żak", "andrew_id": "lzak"},
            "proxy": true, "vote_response": ["yes"], "cast_time": "2026-03-01T19:41:07.113902Z",
        }],
        "ballots": null,
    }, {
        "event_id": 10, "name": "Treasurer", "event_type": "election", "state": "active",
        "visible": false, "options": null, "votes": null, "ballots": null,
    }],
}))]
struct VotesExport {
    session: SittingBody,
    events: Vec<EventVotes>,
}

/// The votes on one event.
#[derive(Debug, Serialize, ToSchema)]
struct EventVotes {
    event_id: i32,
    name: String,
    event_type: EventTypeWord,
    state: &'static str,
    /// Whether there is a counted result that may be shown.
    visible: bool,
    /// What each choice received; null while that is not visible.
    options: Option<Vec<OptionBody>>,
    /// Who voted how; null while or where that is not shown.
    votes: Option<Vec<RollCallBody>>,
    /// The ballots of a secret vote in an order that was drawn, once the result is released; null for other votes, and
    /// where ballots were not kept because their weights would tell whose they are.
    ballots: Option<Vec<BallotBody>>,
}

/// A ballot of a secret vote. Nothing says whose it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SecretBallot, example = json!({"vote_response": ["yes"], "vote_weight": null}))]
struct BallotBody {
    vote_response: Vec<String>,
    /// How much it counts; null where all who voted had the same weight.
    vote_weight: Option<u32>,
}

impl BallotBody {
    fn of(event: &Event, ballot: &BareBallot) -> Self {
        Self {
            vote_response: ballot.response.labels(&event.terms.ballot),
            vote_weight: ballot.weight.map(Weight::get),
        }
    }
}

impl EventVotes {
    fn of(ResultLine { results, votes, ballots, .. }: &ResultLine) -> Self {
        let EventResults { event, result } = results;
        let bare = |ballots: &Vec<_>| ballots.iter().map(|ballot| BallotBody::of(event, ballot)).collect();
        let by_name = |votes: &Vec<_>| votes.iter().map(|line| RollCallBody::of(event, line)).collect();
        Self {
            event_id: event.id.get(),
            name: event.name.to_string(),
            event_type: event.event_type().into(),
            state: event.state.as_str(),
            visible: result.is_some(),
            options: result.as_ref().map(OptionBody::all),
            votes: votes.as_ref().map(by_name),
            ballots: ballots.as_ref().map(bare),
        }
    }
}

impl VotesExport {
    fn of(line: &SessionLine, events: &[ResultLine]) -> Self {
        Self { session: SittingBody::of(line), events: events.iter().map(EventVotes::of).collect() }
    }
}

/// Export the votes as CSV
///
/// What each choice received, for every event with a result that may be shown. UTF-8 without a byte order
/// mark, lines end with CRLF. A cell that a spreadsheet would take for a formula begins with an apostrophe.
#[utoipa::path(
    get,
    path = "/sessions/{id}/exports/votes.csv",
    tag = "exports",
    params(("id" = i32, Path, description = "The session.")),
    responses((
        status = 200,
        description = "One line for each choice of each event.",
        body = String,
        content_type = "text/csv",
        example = json!("Event ID,Event,Option,Count,Percent\r\n9,Amend article 4,yes,14,70.0\r\n"),
    )),
)]
pub(super) async fn csv(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<SessionId>,
) -> Result<Response, Problem> {
    let (line, events) = state.app.export_results(id, actor.user.id).await?;
    Ok(csv_file(&line, "votes.csv", table(HEADINGS, events.iter().flat_map(rows))))
}

/// Export the votes as JSON
///
/// With who voted how, for the events whose secrecy allows it by now; of secret events, once they are released, the
/// ballots, shuffled and without anything that says whose they are.
#[utoipa::path(
    get,
    path = "/sessions/{id}/exports/votes.json",
    tag = "exports",
    params(("id" = i32, Path, description = "The session.")),
    responses((status = 200, description = "The votes on every event.", body = VotesExport)),
)]
pub(super) async fn json(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<SessionId>,
) -> Result<Response, Problem> {
    let (line, events) = state.app.export_votes(id, actor.user.id).await?;
    Ok(json_file(&line, "votes.json", &VotesExport::of(&line, &events)))
}
