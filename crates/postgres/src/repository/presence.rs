//! The waiting list and presence checks.

use async_trait::async_trait;
use plenum_domain::id::{PresenceCheckId, SessionId, UserId};
use plenum_domain::presence::{Asked, PresenceCheck, Waiting, WaitingState};
use plenum_domain::{Moment, Step};
use plenum_ports::StoreError;
use plenum_ports::repository::{NewPresenceCheck, PresenceRepository};

use crate::rows::{AskedRow, PresenceCheckRow, WaitingRow};
use crate::store::PgTx;

/// Selects [`PresenceCheckRow`]s; which ones is the rest of the statement.
macro_rules! checks {
    ($rest:literal, $($argument:expr),+ $(,)?) => {
        sqlx::query_as!(
            PresenceCheckRow,
            "SELECT id, session_id, created_by_user_id, opened_at, closes_at, sets_absent, closed_at
             FROM presence_checks "
                + $rest,
            $($argument),+
        )
    };
}

#[async_trait]
impl PresenceRepository for PgTx {
    async fn waiting(&mut self, session: SessionId, user: UserId) -> Result<Option<Waiting>, StoreError> {
        let row = sqlx::query_as!(
            WaitingRow,
            "SELECT session_id, state, since, decided_at, decided_by_user_id FROM waiting_list
             WHERE session_id = $1 AND user_id = $2
             FOR UPDATE",
            session.get(),
            user.get(),
        )
        .fetch_optional(self.connection())
        .await;
        self.done(row)?.map(TryInto::try_into).transpose()
    }

    async fn put_waiting(
        &mut self,
        session: SessionId,
        user: UserId,
        waiting: &Waiting,
    ) -> Result<(), StoreError> {
        let decided = match waiting.state {
            WaitingState::Waiting => None,
            WaitingState::Admitted { at, by } | WaitingState::Refused { at, by } => Some((at, by)),
        };
        let answer = sqlx::query!(
            "INSERT INTO waiting_list (session_id, user_id, state, since, decided_at, decided_by_user_id)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (session_id, user_id) DO UPDATE
                 SET state = excluded.state, since = excluded.since, decided_at = excluded.decided_at,
                     decided_by_user_id = excluded.decided_by_user_id
                 WHERE excluded.state <> 'waiting'",
            session.get(),
            user.get(),
            waiting.state.as_str(),
            waiting.since,
            decided.map(|(at, _)| at),
            decided.map(|(_, by)| by.get()),
        )
        .execute(self.connection())
        .await;
        match waiting.state {
            WaitingState::Waiting => self.done(answer).map(drop),
            _ => self.changed("put waiting list", 1, answer),
        }
    }

    async fn open_check(
        &mut self,
        check: &NewPresenceCheck,
        people: &[UserId],
    ) -> Result<PresenceCheck, StoreError> {
        let row = sqlx::query_as!(
            PresenceCheckRow,
            "INSERT INTO presence_checks (session_id, created_by_user_id, opened_at, closes_at, sets_absent)
             VALUES ($1, $2, $3, $4, $5)
             RETURNING id, session_id, created_by_user_id, opened_at, closes_at, sets_absent, closed_at",
            check.session_id.get(),
            check.created_by_user_id.get(),
            check.opened_at,
            check.closes_at,
            check.sets_absent,
        )
        .fetch_one(self.connection())
        .await;
        let opened: PresenceCheck = self.done(row)?.into();
        let people: Vec<i32> = people.iter().map(|user| user.get()).collect();
        let answer = sqlx::query!(
            "INSERT INTO presence_check_people (presence_check_id, user_id)
             SELECT $1, user_id FROM unnest($2::int4[]) AS asked (user_id)",
            opened.id.get(),
            &people,
        )
        .execute(self.connection())
        .await;
        self.changed("insert presence check people", people.len() as u64, answer)?;
        Ok(opened)
    }

    async fn check(&mut self, id: PresenceCheckId) -> Result<Option<PresenceCheck>, StoreError> {
        let row = checks!("WHERE id = $1", id.get()).fetch_optional(self.connection()).await;
        Ok(self.done(row)?.map(Into::into))
    }

    async fn check_for_share(&mut self, id: PresenceCheckId) -> Result<Option<PresenceCheck>, StoreError> {
        let row = checks!(
            "WHERE id = $1
               AND (SELECT pg_advisory_xact_lock_shared('presence_checks'::regclass::oid::int4, $1)) IS NOT NULL
             FOR SHARE",
            id.get(),
        ).fetch_optional(self.connection()).await;
        Ok(self.done(row)?.map(Into::into))
    }

    async fn check_for_update(&mut self, id: PresenceCheckId) -> Result<Option<PresenceCheck>, StoreError> {
        let row = checks!(
            "WHERE id = $1
               AND (SELECT pg_advisory_xact_lock('presence_checks'::regclass::oid::int4, $1)) IS NOT NULL
             FOR NO KEY UPDATE",
            id.get(),
        )
        .fetch_optional(self.connection())
        .await;
        Ok(self.done(row)?.map(Into::into))
    }

    async fn running_check(&mut self, session: SessionId) -> Result<Option<PresenceCheckId>, StoreError> {
        let id = sqlx::query_scalar!(
            "SELECT id FROM presence_checks WHERE session_id = $1 AND closed_at IS NULL",
            session.get(),
        )
        .fetch_optional(self.connection())
        .await;
        Ok(self.done(id)?.map(PresenceCheckId::new))
    }

    async fn answer(
        &mut self,
        id: PresenceCheckId,
        user: UserId,
        now: Moment,
    ) -> Result<Option<Step<()>>, StoreError> {
        let answer = sqlx::query!(
            "UPDATE presence_check_people SET answered_at = $3
             WHERE presence_check_id = $1 AND user_id = $2 AND answered_at IS NULL",
            id.get(),
            user.get(),
            now,
        )
        .execute(self.connection())
        .await;
        if self.done(answer)?.rows_affected() == 1 {
            return Ok(Some(Step::To(())));
        }
        let asked = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM presence_check_people
                              WHERE presence_check_id = $1 AND user_id = $2) AS "asked!""#,
            id.get(),
            user.get(),
        )
        .fetch_one(self.connection())
        .await;
        Ok(self.done(asked)?.then_some(Step::Unchanged))
    }

    async fn asked(&mut self, id: PresenceCheckId) -> Result<Vec<Asked>, StoreError> {
        let found = sqlx::query_as!(
            AskedRow,
            "SELECT user_id, answered_at, set_absent FROM presence_check_people
             WHERE presence_check_id = $1
             ORDER BY user_id",
            id.get(),
        )
        .fetch_all(self.connection())
        .await;
        Ok(self.done(found)?.into_iter().map(Into::into).collect())
    }

    async fn close_check(
        &mut self,
        id: PresenceCheckId,
        now: Moment,
        set_absent: &[UserId],
    ) -> Result<(), StoreError> {
        let answer = sqlx::query!(
            "UPDATE presence_checks SET closed_at = $2 WHERE id = $1 AND closed_at IS NULL",
            id.get(),
            now,
        )
        .execute(self.connection())
        .await;
        self.changed("close presence check", 1, answer)?;
        let people: Vec<i32> = set_absent.iter().map(|user| user.get()).collect();
        let answer = sqlx::query!(
            "UPDATE presence_check_people SET set_absent = true
             WHERE presence_check_id = $1 AND user_id = ANY($2)",
            id.get(),
            &people,
        )
        .execute(self.connection())
        .await;
        self.changed("update presence check people", people.len() as u64, answer)
    }
}
