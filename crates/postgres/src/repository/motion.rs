//! Motions beside their votes.

use async_trait::async_trait;
use plenum_domain::event::Event;
use plenum_domain::id::{EventId, UserId};
use plenum_domain::motion::{Link, Motion, TextVersion};
use plenum_domain::text::Reason;
use plenum_ports::StoreError;
use plenum_ports::repository::MotionRepository;

use crate::rows::{self, Cell, EventRow, MotionRow, TextRow};
use crate::store::PgTx;

#[async_trait]
impl MotionRepository for PgTx {
    async fn get(&mut self, id: EventId) -> Result<Option<Motion>, StoreError> {
        let row = sqlx::query_as!(
            MotionRow,
            "SELECT event_id, mover_user_id, seconder_user_id, amends_event_id, replaces, inserts,
                    reconsiders_event_id, withdrawn_at, withdrawn_by_user_id, withdrawal_reason
             FROM motions WHERE event_id = $1",
            id.get(),
        )
        .fetch_optional(self.connection())
        .await;
        let Some(row) = self.done(row)? else { return Ok(None) };
        let texts = sqlx::query_as!(
            TextRow,
            "SELECT event_id, version, text, at, by_user_id, amendment_event_id, replaced, inserted
             FROM motion_texts WHERE event_id = $1
             ORDER BY version",
            id.get(),
        )
        .fetch_all(self.connection())
        .await;
        rows::motion(&row, self.done(texts)?).map(Some)
    }

    async fn put(&mut self, motion: &Motion) -> Result<(), StoreError> {
        let (amends, reconsiders) = match &motion.link {
            Some(Link::Amends { main, change }) => (Some((main.get(), change)), None),
            Some(Link::Reconsiders(decided)) => (None, Some(decided.get())),
            None => (None, None),
        };
        let withdrawal = motion.withdrawal.as_ref();
        let answer = sqlx::query!(
            "INSERT INTO motions (event_id, mover_user_id, seconder_user_id, amends_event_id, replaces, inserts,
                                  reconsiders_event_id, withdrawn_at, withdrawn_by_user_id, withdrawal_reason)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             ON CONFLICT (event_id) DO UPDATE
             SET mover_user_id = excluded.mover_user_id,
                 seconder_user_id = excluded.seconder_user_id,
                 amends_event_id = excluded.amends_event_id,
                 replaces = excluded.replaces,
                 inserts = excluded.inserts,
                 reconsiders_event_id = excluded.reconsiders_event_id,
                 withdrawn_at = excluded.withdrawn_at,
                 withdrawn_by_user_id = excluded.withdrawn_by_user_id,
                 withdrawal_reason = excluded.withdrawal_reason",
            motion.event_id.get(),
            motion.mover.map(UserId::get),
            motion.seconder.map(UserId::get),
            amends.map(|(main, _)| main),
            amends.map(|(_, change)| change.replaces.as_str()),
            amends.map(|(_, change)| change.inserts.as_str()),
            reconsiders,
            withdrawal.map(|withdrawal| withdrawal.at),
            withdrawal.map(|withdrawal| withdrawal.by_user_id.get()),
            withdrawal.and_then(|withdrawal| withdrawal.reason.as_ref()).map(Reason::as_str),
        )
        .execute(self.connection())
        .await;
        self.changed("put motion", 1, answer)
    }

    async fn add_text(&mut self, id: EventId, version: &TextVersion) -> Result<(), StoreError> {
        let number = Cell::new("motion_texts", "version", id.get()).check(i32::try_from(version.number))?;
        let amendment = version.amendment.as_ref();
        let answer = sqlx::query!(
            "INSERT INTO motion_texts (event_id, version, text, at, by_user_id, amendment_event_id, replaced,
                                       inserted)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            id.get(),
            number,
            version.text.as_str(),
            version.at,
            version.by_user_id.get(),
            amendment.map(|(event, _)| event.get()),
            amendment.map(|(_, change)| change.replaces.as_str()),
            amendment.map(|(_, change)| change.inserts.as_str()),
        )
        .execute(self.connection())
        .await;
        self.changed("add motion text", 1, answer)
    }

    async fn amendments(&mut self, id: EventId) -> Result<Vec<Event>, StoreError> {
        let found = sqlx::query_as!(
            EventRow,
            r#"SELECT id, event_type, name, state, start_time, end_time, data AS "data: _",
                      created_by_user_id, session_id, created_at, opened_at, closed_at, released_at,
                      annulled_at, annulled_by_user_id, annulment_reason
               FROM events
               WHERE id IN (SELECT event_id FROM motions WHERE amends_event_id = $1)
               ORDER BY id"#,
            id.get(),
        )
        .fetch_all(self.connection())
        .await;
        rows::all(self.done(found)?)
    }

    async fn is_linked_to(&mut self, id: EventId) -> Result<bool, StoreError> {
        let linked = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM motions WHERE amends_event_id = $1 OR reconsiders_event_id = $1)
                   AS "linked!""#,
            id.get(),
        )
        .fetch_one(self.connection())
        .await;
        self.done(linked)
    }
}
