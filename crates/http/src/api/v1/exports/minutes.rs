//! The minutes for programs: what happened, in order of time, and everything that was decided.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use plenum_application::views::{Export, LogRoot, MinutesLine, ResultLine};
use plenum_domain::id::{SessionId, UserId};
use plenum_ports::documents::QuorumFigureData;
use plenum_ports::queries::MotionLine;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::attendance::AttendeeBody;
use super::super::motions::TextBody;
use super::super::proxies::ProxyBody;
use super::super::votes::RollCallBody;
use super::csv::{table, time};
use super::results::ExportedResult;
use super::{SittingBody, csv_file, json_file};
use crate::extract::{Path, SignedIn};
use crate::problem::Problem;
use crate::state::HttpState;
use crate::wire::PersonBody;

/// What happened in a session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MinutesExport, example = json!({
    "session": {
        "session_id": 7, "organization_id": 3, "organization_name": "Student Senate",
        "join_code": "7QK2MD", "title": "March assembly", "status": "open",
        "created_at": "2026-03-01T19:00:00Z", "closed_at": null,
    },
    "headcount": 1,
    "quorum": {"entitled": 4, "present": 3, "required": 3, "missing": 0, "met": true},
    "attendees": [{
        "user_id": 15, "name": "Zoë Ng", "andrew_id": "zng", "user_role": "member",
        "join_left": "joined", "since": "2026-03-01T19:02:11.402113Z", "present": true,
        "intervals": [{"from": "2026-03-01T19:02:11.402113Z", "until": null}],
        "removed": false, "is_proxy_holder": false, "proxy_for": [], "represented_by": null,
    }],
    "proxies": [],
    "events": [{
        "event_id": 10, "name": "Treasurer", "event_type": "election", "state": "active",
        "description": "For the term from April.", "visible": false, "result": null, "votes": null,
        "motion": null,
    }],
    "log_root": null,
    "entries": [
        {"time": "2026-03-01T19:00:00Z", "what": "The session was opened."},
        {"time": "2026-03-01T19:02:11.402113Z", "what": "Zoë Ng came in."},
    ],
}))]
struct MinutesExport {
    session: SittingBody,
    /// People who are in; for a closed session those who stayed to its end.
    headcount: usize,
    /// How the quorum stands; for a closed session as it stood at its end.
    quorum: QuorumFigureData,
    /// Everyone who is or was in, or is represented.
    attendees: Vec<AttendeeBody>,
    /// Every proxy of the session, revoked ones too.
    proxies: Vec<ProxyBody>,
    /// What was put to the vote, and what came of it.
    events: Vec<MinutesEvent>,
    /// The root of the log; null where the session has none.
    log_root: Option<LogRootBody>,
    /// What happened, in order of time.
    entries: Vec<EntryBody>,
}

/// What was put to the vote.
#[derive(Debug, Serialize, ToSchema)]
struct MinutesEvent {
    #[serde(flatten)]
    result: ExportedResult,
    /// The text that was put to the vote.
    description: String,
    /// Who voted how; null while or where that is not shown.
    votes: Option<Vec<RollCallBody>>,
    /// Who moved it, and its text; null for an election.
    motion: Option<MinutesMotion>,
}

/// A motion as the minutes tell of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "mover": {"id": 12, "name": "Zoë Ng", "andrew_id": "zng"}, "seconder": null,
    "versions": [{
        "version": 1, "text": "The senate buys 20 chairs.", "at": "2026-03-01T19:05:00Z", "by_user_id": 12,
        "amendment": null,
    }],
    "withdrawal": null,
}))]
struct MinutesMotion {
    mover: Option<PersonBody>,
    seconder: Option<PersonBody>,
    /// Every version of the text, the oldest first; the last one is what was put to the vote.
    versions: Vec<TextBody>,
    /// Null for a motion that was not taken back.
    withdrawal: Option<WithdrawalBody>,
}

/// That a motion was taken back.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Withdrawal)]
struct WithdrawalBody {
    at: DateTime<Utc>,
    by: Option<PersonBody>,
    reason: Option<String>,
}

impl MinutesMotion {
    fn of(line: &MotionLine) -> Self {
        let person = |id: UserId| line.person(id).map(PersonBody::of);
        let motion = &line.motion;
        Self {
            mover: motion.mover.and_then(person),
            seconder: motion.seconder.and_then(person),
            versions: motion.texts.iter().map(TextBody::of).collect(),
            withdrawal: motion.withdrawal.as_ref().map(|withdrawal| WithdrawalBody {
                at: withdrawal.at,
                by: person(withdrawal.by_user_id),
                reason: withdrawal.reason.as_ref().map(ToString::to_string),
            }),
        }
    }
}

/// The root of the log: it stands for every entry up to then.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LogRoot)]
struct LogRootBody {
    /// The root as twelve words that can be read out and compared.
    words: Vec<String>,
    /// How many entries it stands for.
    entries: u64,
    /// When it was taken.
    at: DateTime<Utc>,
}

impl MinutesExport {
    fn of(export: &Export) -> Self {
        let attendance = &export.attendance;
        let event = |line: &ResultLine| {
            let event = &line.results.event;
            let votes = line.votes.as_ref();
            MinutesEvent {
                result: ExportedResult::of(&line.results),
                description: event.terms.description.to_string(),
                votes: votes.map(|votes| votes.iter().map(|vote| RollCallBody::of(event, vote)).collect()),
                motion: line.motion.as_ref().map(MinutesMotion::of),
            }
        };
        let root =
            |root: &LogRoot| LogRootBody { words: root.words.clone(), entries: root.entries, at: root.at };
        Self {
            session: SittingBody::of(&attendance.line),
            headcount: attendance.figures.headcount,
            quorum: attendance.figures.quorum.into(),
            attendees: attendance.attendees.iter().map(AttendeeBody::of).collect(),
            proxies: export.mandates.iter().map(ProxyBody::in_session).collect(),
            events: export.events.iter().map(event).collect(),
            log_root: export.log_root.as_ref().map(root),
            entries: export.chronicle().into_iter().map(EntryBody::of).collect(),
        }
    }
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
    let (sitting, lines) = state.app.export_chronicle(id, actor.user.id).await?;
    let rows = lines.into_iter().map(|line| [time(Some(line.at)), line.text]);
    Ok(csv_file(&sitting, "minutes.csv", table(["Time", "What"], rows)))
}

/// Export the minutes as JSON
#[utoipa::path(
    get,
    path = "/sessions/{id}/exports/minutes.json",
    tag = "exports",
    params(("id" = i32, Path, description = "The session.")),
    responses((status = 200, description = "Everything that happened and was decided.", body = MinutesExport)),
)]
pub(super) async fn json(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<SessionId>,
) -> Result<Response, Problem> {
    let export = state.app.export_minutes(id, actor.user.id).await?;
    Ok(json_file(&export.attendance.line, "minutes.json", &MinutesExport::of(&export)))
}
