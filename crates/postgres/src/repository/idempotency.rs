//! Answers kept for requests that are sent again.

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_ports::StoreError;
use plenum_ports::repository::{ChoiceCheck, Claim, IdempotencyKey, IdempotencyRepository, SavedAnswer};

use crate::rows::Cell;
use crate::store::PgTx;

#[async_trait]
impl IdempotencyRepository for PgTx {
    async fn claim(&mut self, key: &IdempotencyKey, now: Moment) -> Result<Claim, StoreError> {
        // The insert waits for a transaction that holds the same key, and the update that follows is
        // the write a replay has to make. A row without xmax is one that this statement inserted.
        let choices = key.choices.map(ChoiceCheck::to_bytes);
        let row = sqlx::query!(
            r#"INSERT INTO idempotency_keys (user_id, key, fingerprint, choice_check, created_at, last_used_at)
               VALUES ($1, $2, $3, $4, $5, $5)
               ON CONFLICT ON CONSTRAINT idempotency_keys_pkey
                   DO UPDATE SET last_used_at = excluded.last_used_at
               RETURNING fingerprint, choice_check, status, body, (xmax = 0) AS "inserted!""#,
            key.user_id.get(),
            &key.key,
            &key.fingerprint[..],
            choices.as_ref().map(|bytes| &bytes[..]),
            now,
        )
        .fetch_one(self.connection())
        .await;
        let row = self.done(row)?;
        if row.inserted {
            return Ok(Claim::New);
        }
        if !key.matches(&row.fingerprint, row.choice_check.as_deref().and_then(ChoiceCheck::from_bytes)) {
            return Ok(Claim::Different);
        }
        // Claimed and never answered: nothing can be given again.
        let Some((status, body)) = row.status.zip(row.body) else { return Ok(Claim::New) };
        let cell = Cell::new("idempotency_keys", "status", key.user_id.get());
        Ok(Claim::Replay(SavedAnswer { status: cell.check(u16::try_from(status))?, body }))
    }

    async fn save(&mut self, key: &IdempotencyKey, answer: &SavedAnswer) -> Result<(), StoreError> {
        let answer = sqlx::query!(
            "UPDATE idempotency_keys SET status = $4, body = $5
             WHERE user_id = $1 AND key = $2 AND fingerprint = $3",
            key.user_id.get(),
            &key.key,
            &key.fingerprint[..],
            i32::from(answer.status),
            &answer.body,
        )
        .execute(self.connection())
        .await;
        self.changed("save answer", 1, answer)
    }

    async fn purge(&mut self, before: Moment) -> Result<u64, StoreError> {
        let answer = sqlx::query!("DELETE FROM idempotency_keys WHERE created_at < $1", before)
            .execute(self.connection())
            .await;
        Ok(self.done(answer)?.rows_affected())
    }
}
