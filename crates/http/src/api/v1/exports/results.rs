//! What was decided.

use axum::extract::State;
use axum::response::Response;
use plenum_application::views::EventResults;
use plenum_domain::id::SessionId;
use plenum_ports::documents::ResultData;
use plenum_ports::queries::SessionLine;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::events::EventTypeWord;
use super::super::results::ResultsBody;
use super::csv::{joined, or_empty, table, time, word};
use super::{SittingBody, csv_file, json_file};
use crate::extract::{Path, SignedIn};
use crate::problem::Problem;
use crate::state::HttpState;

const HEADINGS: [&str; 20] = [
    "Event ID",
    "Event",
    "Type",
    "State",
    "Opened",
    "Closed",
    "Released",
    "Outcome",
    "Entitled",
    "Present",
    "Votes Cast",
    "Weight Cast",
    "Quorum",
    "Quorum Met",
    "In Favour",
    "Against",
    "Abstaining",
    "Needed",
    "Elected",
    "Summary",
];

fn row(EventResults { event, result }: &EventResults) -> [String; 20] {
    let state = &event.state;
    let figure = |figure: fn(&ResultData) -> u64| or_empty(result.as_ref().map(figure));
    let motion = result.as_ref().and_then(|result| result.motion.as_ref());
    let elected = result.as_ref().map(ResultData::elected).unwrap_or_default();
    [
        event.id.to_string(),
        event.name.to_string(),
        event.event_type().to_string(),
        state.as_str().to_owned(),
        time(state.opened_at()),
        time(state.closed_at()),
        time(state.released_at()),
        match state.annulment() {
            Some(_) => "annulled".to_owned(),
            None => or_empty(result.as_ref().and_then(|result| result.outcome.as_deref())),
        },
        figure(|result| result.entitled.people),
        figure(|result| result.present.people),
        figure(|result| result.cast.people),
        figure(|result| result.cast.weight),
        figure(|result| result.quorum.required),
        result.as_ref().map(|result| word(result.quorum.met)).unwrap_or_default(),
        or_empty(motion.map(|count| count.in_favour)),
        or_empty(motion.map(|count| count.against)),
        or_empty(motion.map(|count| count.abstaining)),
        or_empty(motion.map(|count| count.needed)),
        joined(elected.iter().map(String::as_str)),
        match state.annulment() {
            Some(annulment) => format!("Annulled: {}", annulment.reason),
            None => or_empty(result.as_ref().and_then(|result| result.summary.as_deref())),
        },
    ]
}

/// What was decided in a session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ResultsExport, example = json!({
    "session": {
        "session_id": 7, "organization_id": 3, "organization_name": "Student Senate",
        "join_code": "7QK2MD", "title": "March assembly", "status": "closed",
        "created_at": "2026-03-01T19:00:00Z", "closed_at": "2026-03-01T21:14:30.120554Z",
    },
    "events": [{
        "event_id": 10, "name": "Treasurer", "event_type": "election", "state": "active",
        "visible": false, "result": null,
    }],
}))]
struct ResultsExport {
    session: SittingBody,
    events: Vec<ExportedResult>,
}

/// What was decided on one event.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ExportedResult {
    event_id: i32,
    name: String,
    event_type: EventTypeWord,
    state: &'static str,
    /// Whether there is a counted result that may be shown.
    visible: bool,
    /// The counted result; null while it is not visible.
    result: Option<ResultsBody>,
}

impl ExportedResult {
    pub(super) fn of(EventResults { event, result }: &EventResults) -> Self {
        Self {
            event_id: event.id.get(),
            name: event.name.to_string(),
            event_type: event.event_type().into(),
            state: event.state.as_str(),
            visible: result.is_some(),
            result: result.as_ref().map(|result| ResultsBody::of(event, result, true)),
        }
    }
}

impl ResultsExport {
    fn of(line: &SessionLine, events: &[EventResults]) -> Self {
        Self { session: SittingBody::of(line), events: events.iter().map(ExportedResult::of).collect() }
    }
}

/// Export the results as CSV
///
/// Figures are left empty while a result may not be shown. UTF-8 without a byte order mark, lines end with
/// CRLF. A cell that a spreadsheet would take for a formula begins with an apostrophe.
#[utoipa::path(
    get,
    path = "/sessions/{id}/exports/results.csv",
    tag = "exports",
    params(("id" = i32, Path, description = "The session.")),
    responses((
        status = 200,
        description = "One line for each event.",
        body = String,
        content_type = "text/csv",
        example = json!("Event ID,Event,Type,State,Opened,Closed,Released,Outcome,Entitled,Present,Votes Cast,\
            Weight Cast,Quorum,Quorum Met,In Favour,Against,Abstaining,Needed,Elected,Summary\r\n\
            10,Treasurer,election,active,2026-03-01T20:10:00Z,,,,,,,,,,,,,,,\r\n"),
    )),
)]
pub(super) async fn csv(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<SessionId>,
) -> Result<Response, Problem> {
    let (line, events) = state.app.export_results(id, actor.user.id).await?;
    Ok(csv_file(&line, "results.csv", table(HEADINGS, events.iter().map(row))))
}

/// Export the results as JSON
#[utoipa::path(
    get,
    path = "/sessions/{id}/exports/results.json",
    tag = "exports",
    params(("id" = i32, Path, description = "The session.")),
    responses((status = 200, description = "The result of every event.", body = ResultsExport)),
)]
pub(super) async fn json(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<SessionId>,
) -> Result<Response, Problem> {
    let (line, events) = state.app.export_results(id, actor.user.id).await?;
    Ok(json_file(&line, "results.json", &ResultsExport::of(&line, &events)))
}
