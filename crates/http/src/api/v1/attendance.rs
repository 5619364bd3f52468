//! `/sessions/{id}/attendance`: who is in, since when, and for whom they vote.

use axum::extract::State;
use chrono::{DateTime, Utc};
use plenum_application::Failure;
use plenum_application::use_cases::{CorrectPresence, Presence, RemoveAttendee, SetPresence};
use plenum_application::views::{Attendance, Attendee};
use plenum_domain::Refusal;
use plenum_domain::attendance::{Interval, JoinLeft, UserSession, quorum_in_words};
use plenum_domain::field::FieldChecks;
use plenum_domain::id::{SessionId, UserId};
use plenum_domain::text::Reason;
use plenum_domain::user::User;
use plenum_ports::documents::QuorumFigureData;
use plenum_ports::page::Page;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::moments::Time;
use crate::answer::Answer;
use crate::extract::{FromQuery, Json, Path, Query, QueryReader, SignedIn};
use crate::problem::Problem;
use crate::state::HttpState;
use crate::wire::RoleWord;

pub(super) fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(look)).routes(routes!(mark, remove))
}

/// One vote instance in a session: a person's own, or one they hold for someone else.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserSession, example = json!({
    "id": 41, "user_id": 15, "session_id": 7, "proxy": null, "join_left": "joined",
    "timestamp": "2026-03-01T19:02:11.402113Z",
}))]
pub(super) struct UserSessionBody {
    id: i32,
    /// Who casts it.
    user_id: i32,
    session_id: i32,
    /// The id of the person it is cast for, as a string; null for one's own vote.
    proxy: Option<String>,
    /// `joined` or `left`.
    join_left: String,
    /// When the instance came to be.
    timestamp: DateTime<Utc>,
}

impl UserSessionBody {
    pub(super) fn of(row: &UserSession) -> Self {
        Self {
            id: row.id.get(),
            user_id: row.user_id.get(),
            session_id: row.session_id.get(),
            proxy: proxy(row),
            join_left: row.join_left.as_str().to_owned(),
            timestamp: row.timestamp,
        }
    }
}

/// The published form of an instance's `proxy`.
pub(super) fn proxy(row: &UserSession) -> Option<String> {
    row.proxy.map(|principal| principal.to_string())
}

/// Whether a person is in a session, and with what they vote there.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Presence, example = json!({
    "user_id": 15, "session_id": 7, "join_left": "left",
    "user_sessions": [{
        "id": 41, "user_id": 15, "session_id": 7, "proxy": null, "join_left": "left",
        "timestamp": "2026-03-01T19:02:11.402113Z",
    }],
}))]
pub(super) struct PresenceBody {
    user_id: i32,
    session_id: i32,
    /// `joined` or `left`.
    join_left: String,
    /// The person's vote instances: their own first, then those they hold for others.
    user_sessions: Vec<UserSessionBody>,
}

impl PresenceBody {
    pub(super) fn of(session: SessionId, user: UserId, instances: &[UserSession]) -> Self {
        let present = instances.iter().any(UserSession::is_own_presence);
        let join_left = if present { JoinLeft::Joined } else { JoinLeft::Left };
        Self {
            user_id: user.get(),
            session_id: session.get(),
            join_left: join_left.as_str().to_owned(),
            user_sessions: instances.iter().map(UserSessionBody::of).collect(),
        }
    }
}

/// A person by id and name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NamedUser, example = json!({"user_id": 18, "name": "Łukasz Żak"}))]
pub(super) struct NamedUserBody {
    user_id: i32,
    name: String,
}

impl NamedUserBody {
    pub(super) fn of(user: &User) -> Self {
        Self { user_id: user.id.get(), name: user.name.to_string() }
    }
}

/// A stretch of presence.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Interval, example = json!({"from": "2026-03-01T19:02:11.402113Z", "until": null}))]
pub(super) struct IntervalBody {
    /// Came in.
    from: DateTime<Utc>,
    /// Went away; null while still there.
    until: Option<DateTime<Utc>>,
}

impl IntervalBody {
    fn of(interval: &Interval) -> Self {
        Self { from: interval.from, until: interval.until }
    }
}

/// A person in a session, or represented in it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attendee, example = json!({
    "user_id": 15, "name": "Zoë Ng", "andrew_id": "zng", "user_role": "member",
    "join_left": "joined", "since": "2026-03-01T19:02:11.402113Z", "present": true,
    "intervals": [{"from": "2026-03-01T19:02:11.402113Z", "until": null}],
    "corrected": false, "removed": false, "is_proxy_holder": true,
    "proxy_for": [{"user_id": 18, "name": "Łukasz Żak"}], "represented_by": null,
}))]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each for itself")]
pub(super) struct AttendeeBody {
    user_id: i32,
    name: String,
    andrew_id: String,
    /// Their role in the organization; null for a guest.
    user_role: Option<RoleWord>,
    /// `joined` or `left`; null for someone who is represented and never came.
    join_left: Option<String>,
    /// Since when they are in; null while they are not.
    since: Option<DateTime<Utc>>,
    /// Whether they were in at the moment asked for.
    present: bool,
    /// When they were in, in order.
    intervals: Vec<IntervalBody>,
    /// Whether the host corrected when they were in.
    corrected: bool,
    /// Whether the host showed them out.
    removed: bool,
    /// Whether they hold a vote for someone else.
    is_proxy_holder: bool,
    /// For whom.
    proxy_for: Vec<NamedUserBody>,
    /// Who holds their vote.
    represented_by: Option<NamedUserBody>,
}

impl AttendeeBody {
    pub(super) fn of(attendee: &Attendee) -> Self {
        let open = attendee.intervals.last().filter(|interval| interval.until.is_none());
        Self {
            user_id: attendee.user.id.get(),
            name: attendee.user.name.to_string(),
            andrew_id: attendee.user.andrew_id.to_string(),
            user_role: attendee.role.map(RoleWord::from),
            join_left: attendee.join_left.map(|join_left| join_left.as_str().to_owned()),
            since: open.map(|interval| interval.from),
            present: attendee.present,
            intervals: attendee.intervals.iter().map(IntervalBody::of).collect(),
            corrected: attendee.corrected,
            removed: attendee.removed,
            is_proxy_holder: !attendee.holds_for.is_empty(),
            proxy_for: attendee.holds_for.iter().map(NamedUserBody::of).collect(),
            represented_by: attendee.represented_by.as_ref().map(NamedUserBody::of),
        }
    }
}

/// Who is in a session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attendance, example = json!({
    "session_id": 7, "at": null, "headcount": 1,
    "quorum": {"entitled": 4, "present": 2, "required": 3, "missing": 1, "met": false},
    "quorum_in_words": "There is no quorum: 2 of 4 entitled are present or represented, 3 required; one more is needed.",
    "voting_strength": {"entitled": 4, "present": 2},
    "next": null,
    "attendees": [{
        "user_id": 15, "name": "Zoë Ng", "andrew_id": "zng", "user_role": "member",
        "join_left": "joined", "since": "2026-03-01T19:02:11.402113Z", "present": true,
        "intervals": [{"from": "2026-03-01T19:02:11.402113Z", "until": null}],
        "corrected": false, "removed": false, "is_proxy_holder": true,
        "proxy_for": [{"user_id": 18, "name": "Łukasz Żak"}], "represented_by": null,
    }, {
        "user_id": 18, "name": "Łukasz Żak", "andrew_id": "lzak", "user_role": "member",
        "join_left": null, "since": null, "present": false, "intervals": [],
        "corrected": false, "removed": false, "is_proxy_holder": false,
        "proxy_for": [], "represented_by": {"user_id": 15, "name": "Zoë Ng"},
    }],
}))]
struct AttendanceBody {
    session_id: i32,
    /// The moment asked for; for a closed session the end; null for now.
    at: Option<DateTime<Utc>>,
    /// People who are in at that moment. This and the other figures are of the whole list, whatever the piece.
    headcount: usize,
    /// How the quorum stands at that moment: members with a vote, of them present or represented.
    quorum: QuorumFigureData,
    /// How the quorum stands, in a sentence.
    quorum_in_words: String,
    /// The weight of the votes that can be cast at that moment.
    voting_strength: StrengthBody,
    /// A piece of everyone who is or was in, or is represented, by id.
    attendees: Vec<AttendeeBody>,
    /// Ask with `after` set to this for the next piece; null at the end of the list.
    next: Option<i64>,
}

/// The weight of votes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = VotingStrength, example = json!({"entitled": 4, "present": 2}))]
struct StrengthBody {
    /// Of everyone entitled, together.
    entitled: u64,
    /// Of those present or represented.
    present: u64,
}

impl AttendanceBody {
    fn of(attendance: &Attendance) -> Self {
        let figures = &attendance.figures;
        Self {
            session_id: attendance.line.session.id.get(),
            at: attendance.at,
            headcount: figures.headcount,
            quorum: figures.quorum.into(),
            quorum_in_words: quorum_in_words(&figures.quorum),
            voting_strength: StrengthBody {
                entitled: figures.strength.entitled,
                present: figures.strength.present,
            },
            attendees: attendance.attendees.iter().map(AttendeeBody::of).collect(),
            next: attendance.next,
        }
    }
}

/// The moment and the piece of the list asked for.
struct At {
    at: Option<DateTime<Utc>>,
    page: Page,
}

impl FromQuery for At {
    fn read(query: &mut QueryReader) -> Option<Self> {
        let wrong = "must be a time in RFC 3339, such as 2026-03-01T19:00:00Z";
        let at = query.take_parsed("at", wrong);
        let limit = query.take_parsed::<u16>("limit", "must be a whole number from 1 to 200");
        let after = query.take_parsed::<i64>("after", "must be the next of an earlier answer");
        // As many as there can be unless said: most sittings fit into one piece.
        let page = query.check("limit", Page::new(Some(limit.unwrap_or(Page::MAX)), after))?;
        Some(Self { at, page })
    }
}

#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query; At is what reads it")]
struct AtParameters {
    /// The moment to look at, in RFC 3339; now unless said.
    at: Option<DateTime<Utc>>,
    /// How many people at most; 200 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// Continue behind the `next` of an earlier answer.
    after: Option<i64>,
}

/// What the host says of a person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Mark, example = json!({
    "status": "absent", "since": "2026-03-01T19:40:00Z", "reason": "Left without signing off.",
}))]
struct MarkBody {
    status: PresenceWord,
    /// Corrects the record: it was so from this moment on.
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Time>,
    /// With `since`: it was so up to this moment and the present stays as it is; until now and on when left out.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Time>,
    /// Why; required for a correction, up to 1,000 characters.
    reason: Option<String>,
}

impl MarkBody {
    /// The correction it asks for; `None` when it is about the present alone.
    fn correction(
        &self,
        session_id: SessionId,
        by: UserId,
        user_id: UserId,
    ) -> Result<Option<CorrectPresence>, Problem> {
        let Some(since) = self.since else {
            if self.until.is_some() {
                return Err(Problem::field("since", "is required with until"));
            }
            return Ok(None);
        };
        let Some(text) = &self.reason else { return Err(Failure::from(Refusal::ReasonRequired).into()) };
        let mut checks = FieldChecks::new();
        let reason = checks.take("reason", Reason::parse(text));
        Ok(Some(CorrectPresence {
            session_id,
            by,
            user_id,
            presence: self.status.into(),
            since: since.0,
            until: self.until.map(|until| until.0),
            reason: checks.finish(reason)?,
        }))
    }
}

/// There or not.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum PresenceWord {
    /// In the session; also lets back in who was removed.
    Present,
    /// Gone.
    Absent,
}

impl From<PresenceWord> for Presence {
    fn from(word: PresenceWord) -> Self {
        match word {
            PresenceWord::Present => Self::Present,
            PresenceWord::Absent => Self::Absent,
        }
    }
}

/// Look at the attendance of a session
///
/// Who is in, since when, who left, which proxies stand, headcount and quorum: now, or at any moment with
/// `at`. A closed session is shown as it was at its end. For participants and the host.
#[utoipa::path(
    get,
    path = "/sessions/{id}/attendance",
    tag = "attendance",
    params(("id" = i32, Path, description = "The session."), AtParameters),
    responses((status = 200, description = "Everyone who is or was in, or is represented.", body = AttendanceBody)),
)]
async fn look(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<SessionId>,
    Query(At { at, page }): Query<At>,
) -> Result<Answer, Problem> {
    let attendance = state.app.attendance(id, actor.user.id, at, Some(page)).await?;
    Ok(Answer::ok(&AttendanceBody::of(&attendance)))
}

/// Mark a person present or absent
///
/// For the host. Brings in members who have not joined, also while the session is locked, lets in who waits
/// and lets back in who was removed. With `since`, corrects the record, with a reason: nothing is edited, the
/// correction is a line of its own that says what was true from when.
#[utoipa::path(
    put,
    path = "/sessions/{id}/attendance/{user_id}",
    tag = "attendance",
    params(
        ("id" = i32, Path, description = "The session."),
        ("user_id" = i32, Path, description = "The person."),
    ),
    request_body = MarkBody,
    responses((status = 200, description = "The person's vote instances afterwards.", body = PresenceBody)),
)]
async fn mark(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path((session_id, user_id)): Path<(SessionId, UserId)>,
    Json(body): Json<MarkBody>,
) -> Result<Answer, Problem> {
    let by = actor.user.id;
    let instances = if let Some(correction) = body.correction(session_id, by, user_id)? {
        state.app.run(&correction).await?
    } else {
        let presence = body.status.into();
        state.app.run(&SetPresence { session_id, by, user_id, presence }).await?
    };
    Ok(Answer::ok(&PresenceBody::of(session_id, user_id, &instances)))
}

/// Remove a person from a session
///
/// For the host. They cannot come back until the host marks them present. Votes they cast stay.
#[utoipa::path(
    delete,
    path = "/sessions/{id}/attendance/{user_id}",
    tag = "attendance",
    params(
        ("id" = i32, Path, description = "The session."),
        ("user_id" = i32, Path, description = "The person."),
    ),
    responses((status = 204, description = "They are out.")),
)]
async fn remove(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path((session_id, user_id)): Path<(SessionId, UserId)>,
) -> Result<Answer, Problem> {
    state.app.run(&RemoveAttendee { session_id, by: actor.user.id, user_id }).await?;
    Ok(Answer::nothing())
}
