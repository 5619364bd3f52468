//! Votes: who may cast them, who has, and what they come to.

use plenum_domain::event::Event;
use plenum_domain::id::{EventId, UserId};
use plenum_domain::organization::QuorumRule;
use plenum_domain::user::User;
use plenum_domain::vote::Instance;
use plenum_ports::StoreError;
use plenum_ports::documents::ResultData;
use plenum_ports::page::{Page, Paged};
use plenum_ports::queries::{InstanceLine, RunningCount, Turnout, VoteLine};
use sqlx::PgPool;

use super::{above, one_more};
use crate::error::failed;
use crate::rows::{self, Cell, Document, RollRow, UserRow, UserSessionRow, VoteRow, all, corrected_log};

pub(super) async fn vote_instances(
    pool: &PgPool,
    event: EventId,
    user: UserId,
) -> Result<Vec<InstanceLine>, StoreError> {
    let rows = sqlx::query!(
        r#"SELECT us.id, us.user_id, us.session_id, us.proxy, us.join_left, us.barred, us.timestamp,
                  u.id AS principal_user_id, u.name, u.andrew_id, u.created_at,
                  EXISTS (SELECT FROM electoral_roll r
                          WHERE r.event_id = e.id AND r.principal_user_id = u.id
                            AND (r.user_session_id IS NOT NULL
                                 OR e.data #>> '{rules,late_arrivals}' IS DISTINCT FROM 'wait'))
                      AS "on_roll!",
                  (SELECT r.vote_weight FROM electoral_roll r
                   WHERE r.event_id = e.id AND r.principal_user_id = u.id) AS "vote_weight?",
                  EXISTS (SELECT FROM votes v
                          WHERE v.event_id = e.id AND v.principal_user_id = u.id)
                  OR EXISTS (SELECT FROM envelopes s
                             WHERE s.event_id = e.id AND s.principal_user_id = u.id) AS "voted!",
                  EXISTS (SELECT FROM user_sessions own
                          WHERE own.session_id = e.session_id AND own.user_id = us.user_id
                            AND own.proxy IS NULL AND own.join_left = 'joined') AS "caster_present!",
                  EXISTS (SELECT FROM user_sessions own
                          WHERE own.session_id = e.session_id AND own.user_id = u.id
                            AND own.proxy IS NULL AND own.join_left = 'joined') AS "principal_present!",
                  us.proxy IS NULL
                  OR EXISTS (SELECT FROM proxies p
                             WHERE p.user_session_id = us.id AND p.state = 'standing'
                               AND (p.event_id IS NULL OR p.event_id = e.id)) AS "mandate_stands!"
           FROM events e
           JOIN user_sessions us ON us.session_id = e.session_id
           JOIN users u ON u.id = us.principal_user_id
           WHERE e.id = $1 AND us.user_id = $2
           ORDER BY us.proxy IS NOT NULL, us.id"#,
        event.get(),
        user.get(),
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    rows.into_iter()
        .map(|row| {
            let principal = UserRow {
                id: row.principal_user_id,
                name: row.name,
                andrew_id: row.andrew_id,
                created_at: row.created_at,
            };
            let own = UserSessionRow {
                id: row.id,
                user_id: row.user_id,
                session_id: row.session_id,
                proxy: row.proxy,
                join_left: row.join_left,
                barred: row.barred,
                timestamp: row.timestamp,
            };
            let instance = Instance {
                row: own.try_into()?,
                on_roll: row.on_roll,
                weight: row
                    .vote_weight
                    .map(|value| rows::weight(Cell::new("electoral_roll", "vote_weight", row.id), value))
                    .transpose()?,
                voted: row.voted,
                caster_present: row.caster_present,
                principal_present: row.principal_present,
                mandate_stands: row.mandate_stands,
            };
            Ok(InstanceLine { instance, principal: principal.try_into()? })
        })
        .collect()
}

pub(super) async fn turnout(pool: &PgPool, event: EventId) -> Result<Turnout, StoreError> {
    let row = sqlx::query!(
        r#"SELECT (SELECT count(*) FROM electoral_roll WHERE event_id = $1) AS "entitled!",
                  (SELECT count(*)
                   FROM events e
                   JOIN user_sessions own ON own.session_id = e.session_id
                   JOIN electoral_roll r ON r.event_id = e.id AND r.principal_user_id = own.user_id
                   WHERE e.id = $1 AND own.proxy IS NULL AND own.join_left = 'joined') AS "present!",
                  (SELECT count(*) FROM votes WHERE event_id = $1)
                  + (SELECT count(*) FROM envelopes WHERE event_id = $1) AS "voted!""#,
        event.get(),
    )
    .fetch_one(pool)
    .await
    .map_err(failed)?;
    Ok(Turnout {
        entitled: row.entitled.unsigned_abs(),
        present: row.present.unsigned_abs(),
        voted: row.voted.unsigned_abs(),
    })
}

pub(super) async fn missing(pool: &PgPool, event: EventId, page: Page) -> Result<Paged<User>, StoreError> {
    let rows = sqlx::query_as!(
        UserRow,
        "SELECT u.id, u.name, u.andrew_id, u.created_at
         FROM electoral_roll r
         JOIN users u ON u.id = r.principal_user_id
         WHERE r.event_id = $1 AND r.principal_user_id > $2::bigint
           AND NOT EXISTS (SELECT FROM votes v
                           WHERE v.event_id = r.event_id AND v.principal_user_id = r.principal_user_id)
           AND NOT EXISTS (SELECT FROM envelopes s
                           WHERE s.event_id = r.event_id AND s.principal_user_id = r.principal_user_id)
         ORDER BY r.principal_user_id
         LIMIT $3",
        event.get(),
        above(page),
        one_more(page),
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    Ok(Paged::from_one_more(page, all(rows)?, |user: &User| user.id.get().into()))
}

pub(super) async fn result(pool: &PgPool, event: EventId) -> Result<Option<ResultData>, StoreError> {
    let document = sqlx::query_scalar!(
        r#"SELECT data AS "data: Document" FROM event_results WHERE event_id = $1 ORDER BY number DESC LIMIT 1"#,
        event.get(),
    )
    .fetch_optional(pool)
    .await
    .map_err(failed)?;
    document.map(|document| rows::result(event, &document)).transpose()
}

/// The figures of an event that was never opened are those of an empty roll without a quorum.
pub(super) async fn running_count(pool: &PgPool, event: &Event) -> Result<RunningCount, StoreError> {
    let quorum = sqlx::query_scalar!(
        r#"SELECT quorum AS "quorum: Document" FROM events WHERE id = $1"#,
        event.id.get(),
    )
    .fetch_optional(pool)
    .await
    .map_err(failed)?
    .flatten();
    // Present is who a close would count: with an instance on the roll (present or represented when it
    // was fixed), or with a stretch of presence that did not end before the opening. Somebody coming in
    // while the roll was being fixed is in the log before the opening and without an instance on it.
    let roll = sqlx::query_as!(
        RollRow,
        r#"WITH change AS (
               SELECT a.user_id, a.change, e.opened_at,
                      lead(a.at) OVER (PARTITION BY a.user_id ORDER BY a.at, a.id) AS next_at
               FROM events e
               JOIN attendance_log a ON a.session_id = e.session_id
               WHERE e.id = $1 AND a.true_from IS NULL)
           SELECT r.principal_user_id, r.vote_weight,
                  r.user_session_id IS NOT NULL OR r.principal_user_id IN (
                      SELECT user_id FROM change
                      WHERE change = 'joined' AND (next_at IS NULL OR next_at > opened_at)) AS "present!"
           FROM electoral_roll r
           WHERE r.event_id = $1
           ORDER BY r.principal_user_id"#,
        event.id.get(),
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    let corrected = corrected_log!(event.id.get()).fetch_all(pool).await.map_err(failed)?;
    let votes = sqlx::query!(
        r#"SELECT id, principal_user_id, data AS "data: Document"
           FROM votes
           WHERE event_id = $1
           ORDER BY principal_user_id"#,
        event.id.get(),
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    let votes = votes.into_iter().map(|row| {
        let response = rows::response(event, row.id, &row.data)?;
        Ok((UserId::new(row.principal_user_id), response))
    });
    Ok(RunningCount {
        roll: rows::correct(all(roll)?, corrected, None)?,
        votes: votes.collect::<Result<_, StoreError>>()?,
        quorum: match quorum {
            Some(document) => rows::quorum(event.id, Some(&document))?,
            None => QuorumRule::None,
        },
    })
}

pub(super) async fn votes(pool: &PgPool, event: &Event, page: Page) -> Result<Paged<VoteLine>, StoreError> {
    // The votes of one event are few and sorted in a moment. Left to itself, the planner may walk
    // the votes of all events in order of id instead.
    let rows = sqlx::query!(
        r#"WITH of_event AS MATERIALIZED (
               SELECT id, user_session_id, principal_user_id, cast_time, data
               FROM votes
               WHERE event_id = $1 AND id > $2::bigint)
           SELECT v.id, v.user_session_id, v.cast_time, v.data AS "data!: Document",
                  caster.id AS caster_id, caster.name AS caster_name,
                  caster.andrew_id AS caster_andrew_id, caster.created_at AS caster_created_at,
                  principal.id AS principal_id, principal.name AS principal_name,
                  principal.andrew_id AS principal_andrew_id, principal.created_at AS principal_created_at
           FROM (SELECT * FROM of_event ORDER BY id LIMIT $3) v
           JOIN user_sessions us ON us.id = v.user_session_id
           JOIN users caster ON caster.id = us.user_id
           JOIN users principal ON principal.id = v.principal_user_id
           ORDER BY v.id"#,
        event.id.get(),
        above(page),
        one_more(page),
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    let lines = rows
        .into_iter()
        .map(|row| {
            let vote = VoteRow {
                id: row.id,
                user_session_id: row.user_session_id,
                principal_user_id: row.principal_id,
                cast_by_user_id: row.caster_id,
                cast_time: row.cast_time,
                data: row.data,
            };
            let caster = UserRow {
                id: row.caster_id,
                name: row.caster_name,
                andrew_id: row.caster_andrew_id,
                created_at: row.caster_created_at,
            };
            let principal = UserRow {
                id: row.principal_id,
                name: row.principal_name,
                andrew_id: row.principal_andrew_id,
                created_at: row.principal_created_at,
            };
            Ok(VoteLine {
                vote: vote.into_vote(event)?,
                caster: caster.try_into()?,
                principal: principal.try_into()?,
            })
        })
        .collect::<Result<_, StoreError>>()?;
    Ok(Paged::from_one_more(page, lines, |line: &VoteLine| line.vote.id.get().into()))
}
