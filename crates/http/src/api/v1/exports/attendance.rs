//! Who was there.

use axum::extract::State;
use axum::response::Response;
use plenum_application::views::{Attendance, Attendee};
use plenum_domain::id::SessionId;
use plenum_ports::documents::QuorumFigureData;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::attendance::AttendeeBody;
use super::csv::{joined, or_empty, table, time, word};
use super::{SittingBody, csv_file, json_file};
use crate::extract::{Path, SignedIn};
use crate::problem::Problem;
use crate::state::HttpState;

const HEADINGS: [&str; 10] = [
    "User ID",
    "Name",
    "Andrew ID",
    "Is Proxy Holder",
    "Proxy For",
    "Role",
    "Represented By",
    "Present",
    "Removed",
    "Intervals",
];

fn row(attendee: &Attendee) -> [String; 10] {
    let intervals = attendee.intervals.iter();
    let intervals =
        intervals.map(|interval| format!("{}/{}", time(Some(interval.from)), time(interval.until)));
    [
        attendee.user.id.to_string(),
        attendee.user.name.to_string(),
        attendee.user.andrew_id.to_string(),
        word(!attendee.holds_for.is_empty()),
        joined(attendee.holds_for.iter().map(|user| user.name.as_str())),
        or_empty(attendee.role),
        or_empty(attendee.represented_by.as_ref().map(|user| &user.name)),
        word(attendee.present),
        word(attendee.removed),
        intervals.collect::<Vec<_>>().join("; "),
    ]
}

/// Who was in a session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttendanceExport, example = json!({
    "session": {
        "session_id": 7, "organization_id": 3, "organization_name": "Student Senate",
        "join_code": "7QK2MD", "title": "March assembly", "status": "closed",
        "created_at": "2026-03-01T19:00:00Z", "closed_at": "2026-03-01T21:14:30.120554Z",
    },
    "headcount": 2,
    "quorum": {"entitled": 4, "present": 3, "required": 3, "missing": 0, "met": true},
    "attendees": [{
        "user_id": 15, "name": "Zoë Ng", "andrew_id": "zng", "user_role": "member",
        "join_left": "left", "since": null, "present": true,
        "intervals": [{"from": "2026-03-01T19:02:11.402113Z", "until": "2026-03-01T21:14:30.120554Z"}],
        "corrected": false, "removed": false, "is_proxy_holder": true,
        "proxy_for": [{"user_id": 18, "name": "Łukasz Żak"}], "represented_by": null,
    }],
}))]
struct AttendanceExport {
    session: SittingBody,
    /// People who are in; for a closed session those who stayed to its end.
    headcount: usize,
    /// How the quorum stands; for a closed session as it stood at its end.
    quorum: QuorumFigureData,
    /// Everyone who is or was in, or is represented.
    attendees: Vec<AttendeeBody>,
}

impl AttendanceExport {
    fn of(attendance: &Attendance) -> Self {
        Self {
            session: SittingBody::of(&attendance.line),
            headcount: attendance.figures.headcount,
            quorum: attendance.figures.quorum.into(),
            attendees: attendance.attendees.iter().map(AttendeeBody::of).collect(),
        }
    }
}

/// Export the attendance as CSV
///
/// UTF-8 without a byte order mark, lines end with CRLF. `Intervals` are `from/until` in UTC, separated by
/// semicolons like several names. `Present` is now, or at the end of a closed session. A cell that a spreadsheet would take for a formula begins with an apostrophe.
#[utoipa::path(
    get,
    path = "/sessions/{id}/exports/attendance.csv",
    tag = "exports",
    params(("id" = i32, Path, description = "The session.")),
    responses((
        status = 200,
        description = "One line for each person.",
        body = String,
        content_type = "text/csv",
        example = json!("User ID,Name,Andrew ID,Is Proxy Holder,Proxy For,Role,Represented By,Present,Removed,\
            Intervals\r\n15,Zoë Ng,zng,true,Łukasz Żak,member,,true,false,2026-03-01T19:02:11.402113Z/\r\n"),
    )),
)]
pub(super) async fn csv(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<SessionId>,
) -> Result<Response, Problem> {
    let attendance = state.app.export_attendance(id, actor.user.id).await?;
    let table = table(HEADINGS, attendance.attendees.iter().map(row));
    Ok(csv_file(&attendance.line, "attendance.csv", table))
}

/// Export the attendance as JSON
#[utoipa::path(
    get,
    path = "/sessions/{id}/exports/attendance.json",
    tag = "exports",
    params(("id" = i32, Path, description = "The session.")),
    responses((status = 200, description = "Who was there and when.", body = AttendanceExport)),
)]
pub(super) async fn json(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<SessionId>,
) -> Result<Response, Problem> {
    let attendance = state.app.export_attendance(id, actor.user.id).await?;
    Ok(json_file(&attendance.line, "attendance.json", &AttendanceExport::of(&attendance)))
}
