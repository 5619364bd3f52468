//! `/organizations/{id}/audit`: who changed what.

use axum::extract::State;
use chrono::{DateTime, Utc};
use plenum_domain::id::{EventId, OrganizationId, SessionId, UserId};
use plenum_ports::page::Page;
use plenum_ports::queries::{AuditFilter, AuditLine};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::Answer;
use crate::extract::{FromQuery, Path, Query, QueryReader, SignedIn};
use crate::problem::Problem;
use crate::state::HttpState;
use crate::wire::Items;

pub(super) fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(list))
}

/// A line of the audit log: who did what, on what, before and after.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry, example = json!({
    "id": 841,
    "at": "2026-03-01T19:42:10Z",
    "action": "member.put",
    "target": {"table": "organization_members", "id": 12},
    "actor": {"user_id": 4, "role": "owner"},
    "session_id": null,
    "event_id": null,
    "changes": {
        "before": {"user_id": 12, "user_role": "member", "vote_weight": 1},
        "after": {"user_id": 12, "user_role": "chair", "vote_weight": 1},
    },
}))]
struct AuditBody {
    id: i64,
    at: DateTime<Utc>,
    /// What was done.
    action: String,
    target: TargetBody,
    actor: ActorBody,
    session_id: Option<i32>,
    event_id: Option<i32>,
    changes: ChangesBody,
}

/// The row an entry is about.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditTarget)]
struct TargetBody {
    table: String,
    id: i64,
}

/// Who did it: a person, or `"system"` for the server itself.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = AuditActor)]
enum ActorBody {
    User {
        user_id: i32,
        /// The role in the organization then; null for a guest.
        role: Option<String>,
        /// The name of the API client that it was.
        #[serde(skip_serializing_if = "Option::is_none")]
        client: Option<String>,
    },
    System(SystemWord),
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SystemWord {
    System,
}

/// How it was and how it became; null where there was nothing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditChanges)]
struct ChangesBody {
    before: Option<Value>,
    after: Option<Value>,
}

impl AuditBody {
    fn of(line: AuditLine) -> Self {
        Self {
            id: line.id.get(),
            at: line.at,
            action: line.action,
            target: TargetBody { table: line.target_table, id: line.target_id },
            actor: match line.actor {
                Some(user) => {
                    ActorBody::User { user_id: user.get(), role: line.actor_role, client: line.client }
                }
                None => ActorBody::System(SystemWord::System),
            },
            session_id: line.session_id.map(SessionId::get),
            event_id: line.event_id.map(EventId::get),
            changes: ChangesBody { before: line.before, after: line.after },
        }
    }
}

/// Which lines are wanted.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query; AuditFilter is what reads it")]
struct FilterParameters {
    /// An action such as `event.open`, or the part before the point: `event`.
    #[param(example = "event")]
    action: Option<String>,
    /// The id of a person, or `system`.
    #[param(example = "4")]
    actor: Option<String>,
    /// What happened in this session.
    session_id: Option<i32>,
    /// What concerns this event.
    event_id: Option<i32>,
    /// Not before this moment.
    #[param(example = "2026-03-01T19:00:00Z")]
    from: Option<DateTime<Utc>>,
    /// Before this moment.
    #[param(example = "2026-03-02T00:00:00Z")]
    until: Option<DateTime<Utc>>,
}

impl FromQuery for AuditFilter {
    fn read(query: &mut QueryReader) -> Option<Self> {
        let moment = "must be a time such as 2026-03-01T19:00:00Z";
        let actor = query.take("actor").map(|text| match text.as_str() {
            "system" => Ok(None),
            number => number.parse().map(|id| Some(UserId::new(id))),
        });
        let actor = match actor {
            Some(read) => {
                Some(query.check("actor", read.map_err(|_| "must be the id of a user, or system"))?)
            }
            None => None,
        };
        let id = "must be a whole number";
        Some(Self {
            action: query.take("action"),
            actor,
            session_id: query.take_parsed("session_id", id).map(SessionId::new),
            event_id: query.take_parsed("event_id", id).map(EventId::new),
            from: query.take_parsed("from", moment),
            until: query.take_parsed("until", moment),
        })
    }
}

/// Read the audit log
///
/// The newest line first, those that match every filter; for owners and chairs.
#[utoipa::path(
    get,
    path = "/organizations/{id}/audit",
    tag = "organizations",
    params(("id" = i32, Path, description = "The organization."), FilterParameters, crate::openapi::PagingParameters),
    responses((status = 200, description = "A piece of the log.", body = Items<AuditBody>)),
)]
async fn list(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<OrganizationId>,
    Query((filter, page)): Query<(AuditFilter, Page)>,
) -> Result<Answer, Problem> {
    let lines = state.app.audit(id, actor.user.id, &filter, page).await?;
    Ok(Answer::ok(&Items::of(lines, AuditBody::of)))
}
