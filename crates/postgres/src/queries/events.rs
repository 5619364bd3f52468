//! Events.

use plenum_domain::event::Event;
use plenum_domain::id::{EventId, SessionId, UserId};
use plenum_ports::StoreError;
use plenum_ports::page::{Page, Paged};
use plenum_ports::queries::EventLine;
use sqlx::PgPool;

use super::sessions::LineRow;
use super::{above, one_more};
use crate::error::failed;
use crate::rows::{Document, EventRow, all};

pub(super) async fn events(pool: &PgPool, id: SessionId, page: Page) -> Result<Paged<Event>, StoreError> {
    let rows = sqlx::query_as!(
        EventRow,
        r#"SELECT id, event_type, name, state, start_time, end_time, data AS "data: Document",
                  created_by_user_id, session_id, created_at, opened_at, closed_at, released_at, annulled_at,
                  annulled_by_user_id, annulment_reason
           FROM events
           WHERE session_id = $1 AND id > $2::bigint
           ORDER BY id
           LIMIT $3"#,
        id.get(),
        above(page),
        one_more(page),
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    Ok(Paged::from_one_more(page, all(rows)?, |event: &Event| event.id.get().into()))
}

pub(super) async fn event(pool: &PgPool, id: EventId, user: UserId) -> Result<Option<EventLine>, StoreError> {
    let row = sqlx::query!(
        r#"SELECT e.id, e.event_type, e.name, e.state, e.start_time, e.end_time, e.data AS "data: Document",
                  e.created_by_user_id, e.session_id, e.created_at, e.opened_at, e.closed_at, e.released_at,
                  e.annulled_at, e.annulled_by_user_id, e.annulment_reason,
                  s.organization_id, s.join_code, s.title, s.status, s.created_by_user_id AS host_user_id,
                  s.created_at AS session_created_at, s.closed_at AS session_closed_at,
                  o.name AS organization_name, o.data AS "organization_data: Document",
                  (SELECT m.user_role FROM organization_members m
                   WHERE m.organization_id = s.organization_id AND m.user_id = $2) AS user_role,
                  EXISTS (SELECT FROM user_sessions us
                          WHERE us.session_id = s.id AND us.user_id = $2
                            AND us.proxy IS NULL AND NOT us.barred) AS "participant!",
                  held_roles($2, s.organization_id, s.committee_id, s.id, e.id) AS "held!"
           FROM events e
           JOIN sessions s ON s.id = e.session_id
           JOIN organizations o ON o.id = s.organization_id AND o.deleted_at IS NULL
           WHERE e.id = $1"#,
        id.get(),
        user.get(),
    )
    .fetch_optional(pool)
    .await
    .map_err(failed)?;
    row.map(|row| {
        let event = EventRow {
            id: row.id,
            event_type: row.event_type,
            name: row.name,
            state: row.state,
            start_time: row.start_time,
            end_time: row.end_time,
            data: row.data,
            created_by_user_id: row.created_by_user_id,
            session_id: row.session_id,
            created_at: row.created_at,
            opened_at: row.opened_at,
            closed_at: row.closed_at,
            released_at: row.released_at,
            annulled_at: row.annulled_at,
            annulled_by_user_id: row.annulled_by_user_id,
            annulment_reason: row.annulment_reason,
        };
        let line = LineRow {
            id: row.session_id,
            organization_id: row.organization_id,
            join_code: row.join_code,
            title: row.title,
            status: row.status,
            created_by_user_id: row.host_user_id,
            created_at: row.session_created_at,
            closed_at: row.session_closed_at,
            organization_name: row.organization_name,
            organization_data: row.organization_data,
            user_role: row.user_role,
            participant: row.participant,
            held: row.held,
        };
        Ok(EventLine { event: event.try_into()?, line: line.into_line(user)? })
    })
    .transpose()
}

pub(super) async fn due_events(pool: &PgPool) -> Result<Vec<EventId>, StoreError> {
    // The statement's time is the same for every row; with clock_timestamp() the index is of no use.
    let ids = sqlx::query_scalar!(
        "SELECT id FROM events
         WHERE state = 'active' AND end_time <= statement_timestamp()
         ORDER BY id",
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    Ok(ids.into_iter().map(EventId::new).collect())
}

pub(super) async fn due_openings(pool: &PgPool) -> Result<Vec<EventId>, StoreError> {
    let ids = sqlx::query_scalar!(
        "SELECT e.id FROM events e
         JOIN sessions s ON s.id = e.session_id
         WHERE e.state = 'draft' AND e.data ->> 'automatic_open' = 'true'
           AND e.start_time <= statement_timestamp() AND s.status <> 'closed'
         ORDER BY e.id",
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    Ok(ids.into_iter().map(EventId::new).collect())
}
