//! Join codes that led nowhere.

use chrono::TimeDelta;
use plenum_ports::StoreError;
use plenum_ports::repository::MissKey;
use sqlx::PgPool;

use crate::error::failed;

pub(super) async fn weights(pool: &PgPool, keys: &[MissKey]) -> Result<Vec<TimeDelta>, StoreError> {
    let words: Vec<String> = keys.iter().map(MissKey::to_string).collect();
    let rows = sqlx::query!(
        r#"SELECT key, (extract(epoch FROM settled_at - clock_timestamp()) * 1000000)::bigint AS "left!"
           FROM join_misses WHERE key = ANY ($1)"#,
        &words,
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    let left = |word: &String| rows.iter().find(|row| row.key == *word).map_or(0, |row| row.left.max(0));
    Ok(words.iter().map(|word| TimeDelta::microseconds(left(word))).collect())
}
