//! What happened, in order of time.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use plenum_application::views::MinutesLine;
use plenum_domain::id::SessionId;
use serde::Serialize;
use utoipa::ToSchema;

use super::csv::{table, time};
use super::{SittingBody, csv_file, json_file};
use crate::extract::{Path, SignedIn};
use crate::problem::Problem;
use crate::state::HttpState;

/// What happened in a session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MinutesExport, example = json!({
    "session": {
        "session_id": 7, "organization_id": 3, "organization_name": "Student Senate",
        "join_code": "7QK2MD", "title": "March assembly", "status": "open",
        "created_at": "2026-03-01T19:00:00Z", "closed_at": null,
    },
    "entries": [
        {"time": "2026-03-01T19:00:00Z", "what": "The session was opened."},
        {"time": "2026-03-01T19:02:11.402113Z", "what": "Zoë Ng came in."},
    ],
}))]
struct MinutesExport {
    session: SittingBody,
    /// In order of time.
    entries: Vec<EntryBody>,
}

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MinutesEntry)]
struct EntryBody {
    time: DateTime<Utc>,
    /// As a sentence.
    what: String,
}

impl EntryBody {
    fn of(line: MinutesLine) -> Self {
        Self { time: line.at, what: line.text }
    }
}

/// Export the minutes as CSV
///
/// UTF-8 without a byte order mark, lines end with CRLF. A cell that a spreadsheet would take for a formula
/// begins with an apostrophe.
#[utoipa::path(
    get,
    path = "/sessions/{id}/exports/minutes.csv",
    tag = "exports",
    params(("id" = i32, Path, description = "The session.")),
    responses((
        status = 200,
        description = "One line for each thing that happened, in order of time.",
        body = String,
        content_type = "text/csv",
        example = json!("Time,What\r\n2026-03-01T19:00:00Z,The session was opened.\r\n"),
    )),
)]
pub(super) async fn csv(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<SessionId>,
) -> Result<Response, Problem> {
    let export = state.app.export_minutes(id, actor.user.id).await?;
    let rows = export.chronicle().into_iter().map(|line| [time(Some(line.at)), line.text]);
    Ok(csv_file(&export.attendance.line, "minutes.csv", table(["Time", "What"], rows)))
}

/// Export the minutes as JSON
#[utoipa::path(
    get,
    path = "/sessions/{id}/exports/minutes.json",
    tag = "exports",
    params(("id" = i32, Path, description = "The session.")),
    responses((status = 200, description = "What happened, in order of time.", body = MinutesExport)),
)]
pub(super) async fn json(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<SessionId>,
) -> Result<Response, Problem> {
    let export = state.app.export_minutes(id, actor.user.id).await?;
    let line = &export.attendance.line;
    let entries = export.chronicle().into_iter().map(EntryBody::of).collect();
    Ok(json_file(line, "minutes.json", &MinutesExport { session: SittingBody::of(line), entries }))
}
