//! Events and their rolls.

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::event::Event;
use plenum_domain::id::{EventId, OrganizationId, SessionId, UserId};
use plenum_domain::organization::QuorumRule;
use plenum_domain::result::RollLine;
use plenum_domain::roll::RollEntry;
use plenum_domain::vote::Response;
use plenum_ports::StoreError;
use plenum_ports::documents::{EventData, QuorumData};
use plenum_ports::repository::{EventRepository, NewEvent};
use sqlx::types::Json;

use crate::rows::{self, Document, EventRow, RollRow, corrected_log};
use crate::store::PgTx;

impl PgTx {
    async fn write_roll(&mut self, id: EventId, roll: &[RollEntry]) -> Result<(), StoreError> {
        let principals: Vec<i32> = roll.iter().map(|entry| entry.principal.get()).collect();
        let weights: Vec<i64> = roll.iter().map(|entry| i64::from(entry.weight.get())).collect();
        let present: Vec<bool> = roll.iter().map(|entry| entry.present).collect();
        let holders: Vec<Option<i32>> =
            roll.iter().map(|entry| entry.held_by.map(|(holder, _)| holder.get())).collect();
        let instances: Vec<Option<i32>> =
            roll.iter().map(|entry| entry.held_by.map(|(_, instance)| instance.get())).collect();
        let answer = sqlx::query!(
            "INSERT INTO electoral_roll (event_id, principal_user_id, vote_weight, present, holder_user_id,
                                         user_session_id)
             SELECT $1, principal_user_id, vote_weight, present, holder_user_id, user_session_id
             FROM unnest($2::int4[], $3::int8[], $4::bool[], $5::int4[], $6::int4[])
                 AS entry (principal_user_id, vote_weight, present, holder_user_id, user_session_id)",
            id.get(),
            &principals,
            &weights,
            &present,
            &holders as &[Option<i32>],
            &instances as &[Option<i32>],
        )
        .execute(self.connection())
        .await;
        self.changed("insert electoral roll", roll.len() as u64, answer)
    }
}

#[async_trait]
impl EventRepository for PgTx {
    async fn get(&mut self, id: EventId) -> Result<Option<Event>, StoreError> {
        let row = sqlx::query_as!(
            EventRow,
            r#"SELECT id, event_type, name, state, start_time, end_time, data AS "data: _",
                      created_by_user_id, session_id, created_at, opened_at, closed_at, released_at,
                      annulled_at, annulled_by_user_id, annulment_reason
               FROM events WHERE id = $1"#,
            id.get(),
        )
        .fetch_optional(self.connection())
        .await;
        self.done(row)?.map(TryInto::try_into).transpose()
    }

    async fn get_for_update(&mut self, id: EventId) -> Result<Option<Event>, StoreError> {
        let row = sqlx::query_as!(
            EventRow,
            r#"SELECT id, event_type, name, state, start_time, end_time, data AS "data: _",
                      created_by_user_id, session_id, created_at, opened_at, closed_at, released_at,
                      annulled_at, annulled_by_user_id, annulment_reason
               FROM events
               WHERE id = $1
                 AND (SELECT pg_advisory_xact_lock('events'::regclass::oid::int4, $1)) IS NOT NULL
               FOR UPDATE"#,
            id.get(),
        )
        .fetch_optional(self.connection())
        .await;
        self.done(row)?.map(TryInto::try_into).transpose()
    }

    async fn active_for_update(&mut self, session: SessionId) -> Result<Vec<Event>, StoreError> {
        // Locked in the order of their ids, as those who cast votes on several of them do.
        let found = sqlx::query_as!(
            EventRow,
            r#"SELECT id, event_type, name, state, start_time, end_time, data AS "data: _",
                      created_by_user_id, session_id, created_at, opened_at, closed_at, released_at,
                      annulled_at, annulled_by_user_id, annulment_reason
               FROM events
               WHERE session_id = $1 AND state = 'active'
                 AND (SELECT count(pg_advisory_xact_lock('events'::regclass::oid::int4, id))
                      FROM (SELECT id FROM events WHERE session_id = $1 AND state = 'active' ORDER BY id)
                          AS running) >= 0
               ORDER BY id
               FOR UPDATE"#,
            session.get(),
        )
        .fetch_all(self.connection())
        .await;
        rows::all(self.done(found)?)
    }

    async fn insert(&mut self, event: &NewEvent) -> Result<Event, StoreError> {
        // The document names the sitting's code, which the sitting itself knows best.
        let data = Json(EventData::of(&event.terms, ""));
        let row = sqlx::query_as!(
            EventRow,
            r#"INSERT INTO events (event_type, name, state, start_time, end_time, data, created_by_user_id,
                                   session_id, created_at)
               SELECT $1, $2, 'draft', $3, $4,
                      $5::jsonb || jsonb_build_object('session_code', sessions.join_code),
                      $6, sessions.id, $7
               FROM sessions WHERE sessions.id = $8
               RETURNING id, event_type, name, state, start_time, end_time, data AS "data: _",
                         created_by_user_id, session_id, created_at, opened_at, closed_at, released_at,
                         annulled_at, annulled_by_user_id, annulment_reason"#,
            event.terms.ballot.event_type().as_str(),
            event.name.as_str(),
            event.schedule.start_time,
            event.schedule.end_time,
            data as _,
            event.created_by_user_id.get(),
            event.created_at,
            event.session_id.get(),
        )
        .fetch_optional(self.connection())
        .await;
        self.the_row("insert event", row)?.try_into()
    }

    async fn update(&mut self, event: &Event) -> Result<(), StoreError> {
        let data = Json(EventData::of(&event.terms, ""));
        let state = &event.state;
        let annulment = state.annulment();
        let answer = sqlx::query!(
            "UPDATE events
             SET event_type = $2,
                 name = $3,
                 state = $4,
                 start_time = $5,
                 end_time = $6,
                 data = $7::jsonb || jsonb_build_object('session_code', sessions.join_code),
                 opened_at = $8,
                 closed_at = $9,
                 released_at = $10,
                 annulled_at = $11,
                 annulled_by_user_id = $12,
                 annulment_reason = $13
             FROM sessions
             WHERE events.id = $1 AND sessions.id = events.session_id",
            event.id.get(),
            event.event_type().as_str(),
            event.name.as_str(),
            state.as_str(),
            event.schedule.start_time,
            event.schedule.end_time,
            data as _,
            state.opened_at(),
            state.closed_at(),
            state.released_at(),
            annulment.map(|annulment| annulment.annulled_at),
            annulment.and_then(|annulment| annulment.annulled_by_user_id).map(UserId::get),
            annulment.map(|annulment| annulment.reason.as_str()),
        )
        .execute(self.connection())
        .await;
        self.changed("update event", 1, answer)
    }

    async fn delete(&mut self, id: EventId) -> Result<(), StoreError> {
        let answer = sqlx::query!("DELETE FROM events WHERE id = $1 AND state = 'draft'", id.get())
            .execute(self.connection())
            .await;
        self.changed("delete event", 1, answer)
    }

    async fn fix_roll(
        &mut self,
        opened: &Event,
        roll: &[RollEntry],
        quorum: QuorumRule,
    ) -> Result<(), StoreError> {
        let answer = sqlx::query!(
            "UPDATE events SET state = $2, start_time = $3, end_time = $4, opened_at = $5, quorum = $6
             WHERE id = $1 AND state = 'draft'",
            opened.id.get(),
            opened.state.as_str(),
            opened.schedule.start_time,
            opened.schedule.end_time,
            opened.state.opened_at(),
            Json(QuorumData::of(quorum)) as _,
        )
        .execute(self.connection())
        .await;
        self.changed("open event", 1, answer)?;

        self.write_roll(opened.id, roll).await
    }

    async fn missing_on_rolls(
        &mut self,
        organization: OrganizationId,
        people: &[UserId],
    ) -> Result<Vec<(Event, Vec<UserId>)>, StoreError> {
        let people: Vec<i32> = people.iter().map(|user| user.get()).collect();
        let missing = sqlx::query!(
            "SELECT events.id, own.user_id
             FROM user_sessions AS own
             JOIN sessions ON sessions.id = own.session_id
             JOIN events ON events.session_id = sessions.id
             WHERE own.user_id = ANY($2) AND own.proxy IS NULL AND own.join_left = 'joined'
               AND sessions.organization_id = $1 AND sessions.status <> 'closed'
               AND events.state = 'active'
               AND events.data #>> '{rules,late_arrivals}' IS DISTINCT FROM 'wait'
               AND NOT EXISTS (SELECT FROM electoral_roll
                               WHERE electoral_roll.event_id = events.id
                                 AND electoral_roll.principal_user_id = own.user_id)
             ORDER BY events.id, own.user_id
             FOR SHARE OF events",
            organization.get(),
            &people,
        )
        .fetch_all(self.connection())
        .await;
        let mut found: Vec<(Event, Vec<UserId>)> = Vec::new();
        for row in self.done(missing)? {
            let user = UserId::new(row.user_id);
            if let Some((_, users)) = found.last_mut().filter(|(event, _)| event.id.get() == row.id) {
                users.push(user);
            } else if let Some(event) = EventRepository::get(self, EventId::new(row.id)).await? {
                found.push((event, vec![user]));
            }
        }
        Ok(found)
    }

    async fn join_roll(&mut self, id: EventId, joining: &[RollEntry]) -> Result<(), StoreError> {
        self.write_roll(id, joining).await
    }

    async fn roll_lines(&mut self, id: EventId, closed_at: Moment) -> Result<Vec<RollLine>, StoreError> {
        // An instance on the roll: present, or represented, when the event opened. Whoever was coming in
        // while the roll was being fixed may be in the log before the opening and still without one,
        // so both are asked.
        let lines = sqlx::query_as!(
            RollRow,
            r#"WITH change AS (
                   SELECT log.user_id, log.change, log.at, events.opened_at,
                          lead(log.at) OVER (PARTITION BY log.user_id ORDER BY log.at, log.id) AS next_at
                   FROM events JOIN attendance_log AS log ON log.session_id = events.session_id
                   WHERE events.id = $1 AND log.true_from IS NULL
               ),
               inside AS (
                   SELECT user_id FROM change
                   WHERE change = 'joined' AND at <= $2 AND (next_at IS NULL OR next_at > opened_at)
               )
               SELECT principal_user_id, vote_weight,
                      (user_session_id IS NOT NULL
                       OR principal_user_id IN (SELECT user_id FROM inside)) AS "present!"
               FROM electoral_roll WHERE event_id = $1
               ORDER BY principal_user_id"#,
            id.get(),
            closed_at,
        )
        .fetch_all(self.connection())
        .await;
        let roll = rows::all(self.done(lines)?)?;
        let corrected = corrected_log!(id.get()).fetch_all(self.connection()).await;
        rows::correct(roll, self.done(corrected)?, Some(closed_at))
    }

    async fn quorum_rule(&mut self, id: EventId) -> Result<QuorumRule, StoreError> {
        let quorum =
            sqlx::query_scalar!(r#"SELECT quorum AS "quorum: Document" FROM events WHERE id = $1"#, id.get())
                .fetch_optional(self.connection())
                .await;
        let quorum = self.the_row("select quorum rule", quorum)?;
        rows::quorum(id, quorum.as_ref())
    }

    async fn votes(&mut self, event: &Event) -> Result<Vec<(UserId, Response)>, StoreError> {
        let votes = sqlx::query!(
            r#"SELECT id, principal_user_id, data AS "data: Document" FROM votes
               WHERE event_id = $1
               ORDER BY principal_user_id"#,
            event.id.get(),
        )
        .fetch_all(self.connection())
        .await;
        self.done(votes)?
            .into_iter()
            .map(|row| Ok((UserId::new(row.principal_user_id), rows::response(event, row.id, &row.data)?)))
            .collect()
    }
}
