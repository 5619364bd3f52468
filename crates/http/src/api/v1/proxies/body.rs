//! What mandates look like.

use chrono::{DateTime, Utc};
use plenum_application::use_cases::GivenProxy;
use plenum_application::views::MandateView;
use plenum_domain::proxy::{Mandate, MandateState, MandateStatus, Scope};
use plenum_domain::user::User;
use plenum_ports::queries::{MandateLine, MandateNoteLine};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::v1::attendance::{NamedUserBody, UserSessionBody};
use crate::wire::PersonBody;

/// A mandate to vote for someone else.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Mandate, example = json!({
    "id": 5, "session_id": 7, "event_id": null, "from": null, "until": null, "span_proxy_id": null,
    "principal_user_id": 18, "holder_user_id": 15, "status": "active", "awaits": null,
    "user_session_id": 44, "created_by_user_id": 18, "created_at": "2026-03-01T18:40:00Z",
    "stands_since": "2026-03-01T18:40:00Z", "ended_at": null, "revoked_at": null,
}))]
pub(super) struct MandateBody {
    id: i32,
    /// Null for a span of time.
    session_id: Option<i32>,
    /// For this event of the session alone; null for all of them.
    event_id: Option<i32>,
    /// For every session opened from this moment on; null for one session.
    from: Option<DateTime<Utc>>,
    /// Up to this moment.
    until: Option<DateTime<Utc>>,
    /// The proxy for a span of time that this one comes from.
    span_proxy_id: Option<i32>,
    /// Whose vote.
    principal_user_id: i32,
    /// Who casts it.
    holder_user_id: i32,
    /// `offered`, `active`, `suspended` (while the principal is in the session), `declined`, `revoked` or
    /// `expired`.
    status: String,
    /// Whose word an offer waits for: `holder` or `chair`.
    awaits: Option<String>,
    /// The vote instance it made; null for an offer and for a span of time.
    user_session_id: Option<i32>,
    /// Who entered it: the principal, or the host.
    created_by_user_id: i32,
    created_at: DateTime<Utc>,
    /// When it came to stand.
    stands_since: Option<DateTime<Utc>>,
    /// When it ended, in whatever way.
    ended_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    revoked_at: Option<DateTime<Utc>>,
}

impl MandateBody {
    fn of(mandate: &Mandate, status: MandateStatus) -> Self {
        let (from, until) = match mandate.scope {
            Scope::Span { from, until, .. } => (Some(from), Some(until)),
            Scope::Event { .. } | Scope::Sitting { .. } => (None, None),
        };
        let awaits = match mandate.state {
            MandateState::Offered { awaits } => Some(awaits.as_str().to_owned()),
            MandateState::Standing(_) | MandateState::Ended { .. } => None,
        };
        let ended_at = mandate.end().map(|(_, at)| at);
        Self {
            id: mandate.id.get(),
            session_id: mandate.scope.session_id().map(plenum_domain::id::SessionId::get),
            event_id: mandate.scope.event_id().map(plenum_domain::id::EventId::get),
            from,
            until,
            span_proxy_id: mandate.span.map(plenum_domain::id::ProxyId::get),
            principal_user_id: mandate.principal_user_id.get(),
            holder_user_id: mandate.holder_user_id.get(),
            status: status.as_str().to_owned(),
            awaits,
            user_session_id: mandate.instance().map(plenum_domain::id::UserSessionId::get),
            created_by_user_id: mandate.created_by_user_id.get(),
            created_at: mandate.created_at,
            stands_since: mandate.stood().map(|stood| stood.since),
            ended_at,
            revoked_at: ended_at.filter(|_| status == MandateStatus::Revoked),
        }
    }

    /// One that has ended just now.
    pub(super) fn ended(mandate: &Mandate) -> Self {
        let now = mandate.end().map_or(mandate.created_at, |(_, at)| at);
        Self::of(mandate, MandateStatus::of(mandate, false, now))
    }
}

/// A mandate with its people.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Proxy, example = json!({
    "id": 5, "session_id": 7, "event_id": null, "from": null, "until": null, "span_proxy_id": null,
    "principal_user_id": 18, "holder_user_id": 15, "status": "active", "awaits": null,
    "user_session_id": 44, "created_by_user_id": 18, "created_at": "2026-03-01T18:40:00Z",
    "stands_since": "2026-03-01T18:40:00Z", "ended_at": null, "revoked_at": null,
    "organization_id": 3, "session_title": "March assembly", "reason": "Away for the exam.",
    "principal": {"id": 18, "name": "Łukasz Żak", "andrew_id": "lzak"},
    "holder": {"id": 15, "name": "Zoë Ng", "andrew_id": "zng"},
}))]
pub(in crate::api::v1) struct ProxyBody {
    #[serde(flatten)]
    mandate: MandateBody,
    organization_id: i32,
    /// Null for a span of time.
    session_title: Option<String>,
    /// Why it was given.
    reason: Option<String>,
    principal: PersonBody,
    holder: PersonBody,
}

impl ProxyBody {
    pub(super) fn of(view: &MandateView) -> Self {
        Self::new(&view.line, view.status)
    }

    /// A mandate in a sitting, which no moment of its own ends.
    pub(in crate::api::v1) fn in_session(line: &MandateLine) -> Self {
        let status = MandateStatus::of(&line.mandate, line.principal_present, line.mandate.created_at);
        Self::new(line, status)
    }

    fn new(line: &MandateLine, status: MandateStatus) -> Self {
        Self {
            mandate: MandateBody::of(&line.mandate, status),
            organization_id: line.organization_id.get(),
            session_title: line.title.as_ref().map(ToString::to_string),
            reason: line.reason.as_ref().map(ToString::to_string),
            principal: PersonBody::of(&line.principal),
            holder: PersonBody::of(&line.holder),
        }
    }
}

/// A mandate with the vote instance it made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GivenProxy, example = json!({
    "id": 5, "session_id": 7, "event_id": null, "from": null, "until": null, "span_proxy_id": null,
    "principal_user_id": 18, "holder_user_id": 15, "status": "active", "awaits": null,
    "user_session_id": 44, "created_by_user_id": 18, "created_at": "2026-03-01T18:40:00Z",
    "stands_since": "2026-03-01T18:40:00Z", "ended_at": null, "revoked_at": null,
    "user_session": {
        "id": 44, "user_id": 15, "session_id": 7, "proxy": "18", "join_left": "joined",
        "timestamp": "2026-03-01T18:40:00Z",
    },
}))]
pub(super) struct GivenProxyBody {
    #[serde(flatten)]
    mandate: MandateBody,
    /// Null while it waits for the holder or the chair, and for a span of time.
    user_session: Option<UserSessionBody>,
}

impl GivenProxyBody {
    pub(super) fn of(given: &GivenProxy) -> Self {
        Self {
            mandate: MandateBody::of(&given.mandate, given.status),
            user_session: given.instance.as_ref().map(UserSessionBody::of),
        }
    }
}

/// A mandate with everything that happened to it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProxyHistory, example = json!({
    "id": 5, "session_id": 7, "event_id": null, "from": null, "until": null, "span_proxy_id": null,
    "principal_user_id": 18, "holder_user_id": 15, "status": "active", "awaits": null,
    "user_session_id": 44, "created_by_user_id": 18, "created_at": "2026-03-01T18:40:00Z",
    "stands_since": "2026-03-01T18:40:00Z", "ended_at": null, "revoked_at": null,
    "organization_id": 3, "session_title": "March assembly", "reason": "Away for the exam.",
    "principal": {"id": 18, "name": "Łukasz Żak", "andrew_id": "lzak"},
    "holder": {"id": 15, "name": "Zoë Ng", "andrew_id": "zng"},
    "history": [{
        "change": "given", "at": "2026-03-01T18:40:00Z", "by": {"user_id": 18, "name": "Łukasz Żak"},
        "event_id": null, "reason": "Away for the exam.",
    }],
}))]
pub(super) struct HistoryBody {
    #[serde(flatten)]
    proxy: ProxyBody,
    /// The earliest first.
    history: Vec<ChangeBody>,
}

impl HistoryBody {
    pub(super) fn of(view: &MandateView, notes: &[MandateNoteLine]) -> Self {
        Self { proxy: ProxyBody::of(view), history: notes.iter().map(ChangeBody::of).collect() }
    }
}

/// Something that happened to a mandate.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProxyChange)]
struct ChangeBody {
    /// `offered`, `given` (it stood at once), `accepted`, `confirmed`, `declined`, `suspended`, `resumed`,
    /// `used`, `revoked` or `expired`.
    change: String,
    at: DateTime<Utc>,
    /// Who did it; null for the server itself.
    by: Option<NamedUserBody>,
    /// The event it was used in.
    event_id: Option<i32>,
    /// In the words of who did it.
    reason: Option<String>,
}

impl ChangeBody {
    fn of(line: &MandateNoteLine) -> Self {
        Self {
            change: line.note.change.as_str().to_owned(),
            at: line.note.at,
            by: line.by.as_ref().map(|user: &User| NamedUserBody::of(user)),
            event_id: line.note.event_id.map(plenum_domain::id::EventId::get),
            reason: line.note.reason.as_ref().map(ToString::to_string),
        }
    }
}
