//! Join codes that led nowhere.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::TimeDelta;
use plenum_ports::StoreError;
use plenum_ports::repository::{MissKey, MissRepository};

use crate::store::PgTx;

#[async_trait]
impl MissRepository for PgTx {
    async fn add(&mut self, misses: &[(MissKey, TimeDelta)]) -> Result<(), StoreError> {
        // In the order of the keys: two who guess at the same time wait for one another and do not block.
        let misses: BTreeMap<String, i64> = misses
            .iter()
            .map(|(key, weight)| (key.to_string(), weight.num_microseconds().unwrap_or(i64::MAX)))
            .collect();
        let (keys, weights): (Vec<String>, Vec<i64>) = misses.into_iter().unzip();
        let answer = sqlx::query!(
            "INSERT INTO join_misses AS known (key, settled_at)
             SELECT key, clock_timestamp() + weight * interval '1 microsecond'
             FROM unnest($1::text[], $2::bigint[]) AS new (key, weight)
             ON CONFLICT (key) DO UPDATE
             SET settled_at = excluded.settled_at + greatest(known.settled_at - clock_timestamp(), interval '0')",
            &keys,
            &weights,
        )
        .execute(self.connection())
        .await;
        let count = u64::try_from(keys.len()).unwrap_or(u64::MAX);
        self.changed("count misses", count, answer)
    }

    async fn purge(&mut self) -> Result<u64, StoreError> {
        let answer = sqlx::query!("DELETE FROM join_misses WHERE settled_at <= clock_timestamp()")
            .execute(self.connection())
            .await;
        Ok(self.done(answer)?.rows_affected())
    }
}
