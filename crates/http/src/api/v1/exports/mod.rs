//! `/sessions/{id}/exports`: attendance, votes, results and minutes to take away: as CSV and JSON for
//! programs, as PDF for people; the minutes as Markdown and HTML, too.

mod attendance;
mod csv;
mod html;
mod markdown;
mod minutes;
mod paper;
mod results;
mod text;
mod votes;

use axum::extract::{RawPathParams, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use plenum_domain::id::SessionId;
use plenum_ports::queries::SessionLine;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::sessions::closed_at;
use crate::answer::Answer;
use crate::extract::{Path, SignedIn};
use crate::problem::{Code, Problem};
use crate::state::HttpState;

/// What can be exported.
const NAMES: [&str; 4] = ["attendance", "votes", "results", "minutes"];

pub(super) fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(routes!(attendance::csv))
        .routes(routes!(attendance::json))
        .routes(routes!(votes::csv))
        .routes(routes!(votes::json))
        .routes(routes!(results::csv))
        .routes(routes!(results::json))
        .routes(routes!(minutes::csv))
        .routes(routes!(minutes::json))
        .routes(routes!(paper::attendance_pdf))
        .routes(routes!(paper::votes_pdf))
        .routes(routes!(paper::results_pdf))
        .routes(routes!(paper::minutes_pdf))
        .routes(routes!(paper::minutes_md))
        .routes(routes!(paper::minutes_html))
        .routes(routes!(other))
}

/// The sitting an export is about.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExportedSession, example = json!({
    "session_id": 7, "organization_id": 3, "organization_name": "Student Senate", "join_code": "7QK2MD",
    "title": "March assembly", "status": "closed", "created_at": "2026-03-01T19:00:00Z",
    "closed_at": "2026-03-01T21:14:30.120554Z",
}))]
struct SittingBody {
    session_id: i32,
    organization_id: i32,
    organization_name: String,
    join_code: String,
    title: String,
    /// `open`, `locked` or `closed`.
    status: &'static str,
    created_at: DateTime<Utc>,
    closed_at: Option<DateTime<Utc>>,
}

impl SittingBody {
    fn of(line: &SessionLine) -> Self {
        let session = &line.session;
        Self {
            session_id: session.id.get(),
            organization_id: session.organization_id.get(),
            organization_name: line.organization.name.to_string(),
            join_code: session.join_code.to_string(),
            title: session.title.to_string(),
            status: session.status.as_str(),
            created_at: session.created_at,
            closed_at: closed_at(session),
        }
    }
}

/// Names the file that an answer is saved as.
fn saved_as(line: &SessionLine, file: &str, answer: impl IntoResponse) -> Response {
    let disposition = format!("attachment; filename=\"{}_{file}\"", line.session.join_code);
    // Unwrap safety: a join code has letters and digits only, and files have plain names.
    let disposition = HeaderValue::try_from(disposition).expect("a file name fits into a header");
    ([(header::CONTENT_DISPOSITION, disposition)], answer).into_response()
}

/// A table to be saved.
fn csv_file(line: &SessionLine, file: &str, table: Vec<u8>) -> Response {
    let kind = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
    saved_as(line, file, ([(header::CONTENT_TYPE, kind)], table))
}

/// A document to be saved.
fn json_file(line: &SessionLine, file: &str, body: &impl Serialize) -> Response {
    saved_as(line, file, Answer::ok(body))
}

/// Any other export
///
/// A format that an export does not have is refused with 406 `format_not_available`.
#[utoipa::path(
    get,
    path = "/sessions/{id}/exports/{file}",
    tag = "exports",
    params(
        ("id" = i32, Path, description = "The session."),
        ("file" = String, Path, description = "Name and format.", example = "attendance.xlsx"),
    ),
    responses((status = 406, description = "The export exists, but not in this format.")),
)]
async fn other(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<SessionId>,
    parameters: RawPathParams,
) -> Result<Answer, Problem> {
    state.app.exported(id, actor.user.id).await?;
    let file = parameters.iter().find(|(key, _)| *key == "file").map(|(_, value)| value);
    let name = file.and_then(|file| file.rsplit_once('.')).map(|(name, _)| name);
    let name = name.filter(|name| NAMES.contains(name)).ok_or_else(|| Problem::not_found("export"))?;
    let more = if name == "minutes" { ", minutes.md, minutes.html" } else { "" };
    let detail = format!("This format is not offered. Take {name}.csv, {name}.json, {name}.pdf{more}.");
    Err(Problem::new(Code::FormatNotAvailable, detail))
}
