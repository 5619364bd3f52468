//! Vote instances and the log of coming and going.

use std::collections::HashSet;

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::attendance::{AttendanceChange, AttendanceEntry, JoinLeft, UserSession};
use plenum_domain::id::{SessionId, UserId, UserSessionId};
use plenum_domain::text::Reason;
use plenum_ports::StoreError;
use plenum_ports::repository::AttendanceRepository;

use crate::rows::{self, AttendanceRow, UserSessionRow};
use crate::store::PgTx;

#[async_trait]
impl AttendanceRepository for PgTx {
    async fn own(&mut self, session: SessionId, user: UserId) -> Result<Option<UserSession>, StoreError> {
        let row = sqlx::query_as!(
            UserSessionRow,
            "SELECT id, user_id, session_id, proxy, join_left, barred, timestamp FROM user_sessions
             WHERE session_id = $1 AND user_id = $2 AND proxy IS NULL
             FOR NO KEY UPDATE",
            session.get(),
            user.get(),
        )
        .fetch_optional(self.connection())
        .await;
        self.done(row)?.map(TryInto::try_into).transpose()
    }

    async fn of_user(&mut self, session: SessionId, user: UserId) -> Result<Vec<UserSession>, StoreError> {
        let found = sqlx::query_as!(
            UserSessionRow,
            "SELECT id, user_id, session_id, proxy, join_left, barred, timestamp FROM user_sessions
             WHERE session_id = $1 AND user_id = $2
             ORDER BY proxy IS NOT NULL, id",
            session.get(),
            user.get(),
        )
        .fetch_all(self.connection())
        .await;
        rows::all(self.done(found)?)
    }

    async fn all(&mut self, session: SessionId) -> Result<Vec<UserSession>, StoreError> {
        let found = sqlx::query_as!(
            UserSessionRow,
            "SELECT id, user_id, session_id, proxy, join_left, barred, timestamp FROM user_sessions
             WHERE session_id = $1
             ORDER BY id",
            session.get(),
        )
        .fetch_all(self.connection())
        .await;
        rows::all(self.done(found)?)
    }

    async fn insert_own(
        &mut self,
        session: SessionId,
        user: UserId,
        now: Moment,
    ) -> Result<UserSession, StoreError> {
        let row = sqlx::query_as!(
            UserSessionRow,
            "INSERT INTO user_sessions (user_id, session_id, join_left, timestamp)
             VALUES ($1, $2, 'joined', $3)
             RETURNING id, user_id, session_id, proxy, join_left, barred, timestamp",
            user.get(),
            session.get(),
            now,
        )
        .fetch_one(self.connection())
        .await;
        self.done(row)?.try_into()
    }

    async fn put_proxy(
        &mut self,
        session: SessionId,
        holder: UserId,
        principal: UserId,
        join_left: JoinLeft,
        now: Moment,
    ) -> Result<UserSession, StoreError> {
        let row = sqlx::query_as!(
            UserSessionRow,
            "INSERT INTO user_sessions (user_id, session_id, proxy, join_left, timestamp)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (session_id, user_id, proxy) WHERE proxy IS NOT NULL
                 DO UPDATE SET join_left = excluded.join_left
             RETURNING id, user_id, session_id, proxy, join_left, barred, timestamp",
            holder.get(),
            session.get(),
            principal.get(),
            join_left.as_str(),
            now,
        )
        .fetch_one(self.connection())
        .await;
        self.done(row)?.try_into()
    }

    async fn set_join_left(&mut self, ids: &[UserSessionId], join_left: JoinLeft) -> Result<(), StoreError> {
        let distinct: HashSet<i32> = ids.iter().map(|id| id.get()).collect();
        let ids: Vec<i32> = distinct.into_iter().collect();
        let answer = sqlx::query!(
            "UPDATE user_sessions SET join_left = $2 WHERE id = ANY($1)",
            &ids,
            join_left.as_str()
        )
        .execute(self.connection())
        .await;
        self.changed("update join_left", ids.len() as u64, answer)
    }

    async fn set_barred(&mut self, id: UserSessionId, barred: bool) -> Result<(), StoreError> {
        let answer = sqlx::query!("UPDATE user_sessions SET barred = $2 WHERE id = $1", id.get(), barred)
            .execute(self.connection())
            .await;
        self.changed("update barred", 1, answer)
    }

    async fn log(&mut self, session: SessionId, entries: &[AttendanceEntry]) -> Result<(), StoreError> {
        let users: Vec<i32> = entries.iter().map(|entry| entry.user_id.get()).collect();
        let changes: Vec<&str> = entries.iter().map(|entry| entry.change.as_str()).collect();
        let moments: Vec<Moment> = entries.iter().map(|entry| entry.at).collect();
        let by: Vec<i32> = entries.iter().map(|entry| entry.by_user_id.get()).collect();
        debug_assert!(
            entries.iter().all(|entry| !matches!(entry.change, AttendanceChange::Corrected(_))),
            "a correction has a reason and a statement of its own"
        );
        let answer = sqlx::query!(
            "INSERT INTO attendance_log (session_id, user_id, change, at, by_user_id)
             SELECT $1, user_id, change, at, by_user_id
             FROM unnest($2::int4[], $3::text[], $4::timestamptz[], $5::int4[]) WITH ORDINALITY
                 AS line (user_id, change, at, by_user_id, place)
             ORDER BY place",
            session.get(),
            &users,
            &changes as &[&str],
            &moments,
            &by,
        )
        .execute(self.connection())
        .await;
        self.changed("insert attendance log", entries.len() as u64, answer)
    }

    async fn correct(
        &mut self,
        session: SessionId,
        entry: &AttendanceEntry,
        reason: &Reason,
    ) -> Result<(), StoreError> {
        let (from, until) = match entry.change {
            AttendanceChange::Corrected(correction) => (Some(correction.from), Some(correction.until)),
            AttendanceChange::Joined | AttendanceChange::Left | AttendanceChange::Removed => (None, None),
        };
        let answer = sqlx::query!(
            "INSERT INTO attendance_log (session_id, user_id, change, at, by_user_id, true_from, true_until,
                                         reason)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            session.get(),
            entry.user_id.get(),
            entry.change.as_str(),
            entry.at,
            entry.by_user_id.get(),
            from,
            until,
            reason.as_str(),
        )
        .execute(self.connection())
        .await;
        self.changed("insert correction", 1, answer)
    }

    async fn entries(&mut self, session: SessionId) -> Result<Vec<AttendanceEntry>, StoreError> {
        let found = sqlx::query_as!(
            AttendanceRow,
            "SELECT id, user_id, change, at, by_user_id, true_from, true_until FROM attendance_log
             WHERE session_id = $1
             ORDER BY at, id",
            session.get(),
        )
        .fetch_all(self.connection())
        .await;
        rows::all(self.done(found)?)
    }
}
