//! Secret votes.

use plenum_domain::event::Event;
use plenum_domain::id::{EventId, SessionId};
use plenum_domain::secret::BareBallot;
use plenum_ports::StoreError;
use plenum_ports::keys::{KeyId, KeyStoreId};
use plenum_ports::page::{Page, Paged};
use plenum_ports::repository::{Seal, SealState};
use sqlx::PgPool;

use super::one_more;
use crate::error::failed;
use crate::rows::{self, BallotRow, SealRow};

pub(super) async fn ballots(
    pool: &PgPool,
    event: &Event,
    page: Page,
) -> Result<Paged<BareBallot>, StoreError> {
    let rows = sqlx::query_as!(
        BallotRow,
        r#"SELECT place, vote_weight, vote_response AS "vote_response: _" FROM ballots
           WHERE event_id = $1 AND place > $2::bigint
           ORDER BY place
           LIMIT $3"#,
        event.id.get(),
        page.after().unwrap_or(0),
        one_more(page),
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    let piece = Paged::from_one_more(page, rows, |row| row.place.into());
    let items = piece.items.into_iter().map(|row| rows::bare_ballot(event, &row));
    Ok(Paged { items: items.collect::<Result<_, _>>()?, next: piece.next })
}

pub(super) async fn is_recorded(pool: &PgPool, event: EventId) -> Result<bool, StoreError> {
    let recorded = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM events WHERE id = $1 AND state <> 'draft' AND NOT secret) AS "recorded!""#,
        event.get(),
    );
    recorded.fetch_one(pool).await.map_err(failed)
}

pub(super) async fn open_seals(pool: &PgPool, id: SessionId) -> Result<Vec<Seal>, StoreError> {
    let rows = sqlx::query_as!(
        SealRow,
        "SELECT k.event_id, k.key_id, k.key_store_id, k.suite, k.public_key, k.retired_at, k.destroyed_at
         FROM events e
         JOIN event_keys k ON k.event_id = e.id
         WHERE e.session_id = $1 AND e.state = 'active'
         ORDER BY e.id",
        id.get(),
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    rows.into_iter().map(|row| Ok(SealState::try_from(row)?.seal)).collect()
}

pub(super) async fn seal(pool: &PgPool, event: EventId) -> Result<Option<SealState>, StoreError> {
    let row = sqlx::query_as!(
        SealRow,
        "SELECT event_id, key_id, key_store_id, suite, public_key, retired_at, destroyed_at
         FROM event_keys WHERE event_id = $1",
        event.get(),
    )
    .fetch_optional(pool)
    .await
    .map_err(failed)?;
    row.map(TryInto::try_into).transpose()
}

pub(super) async fn keys_to_destroy(pool: &PgPool, store: KeyStoreId) -> Result<Vec<Seal>, StoreError> {
    let rows = sqlx::query_as!(
        SealRow,
        "SELECT event_id, key_id, key_store_id, suite, public_key, retired_at, destroyed_at
         FROM event_keys
         WHERE retired_at IS NOT NULL AND destroyed_at IS NULL AND key_store_id = $1
         ORDER BY event_id",
        &store.as_bytes()[..],
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    rows.into_iter().map(|row| Ok(SealState::try_from(row)?.seal)).collect()
}

pub(super) async fn known_keys(pool: &PgPool, keys: &[KeyId]) -> Result<Vec<KeyId>, StoreError> {
    let asked: Vec<&[u8]> = keys.iter().map(|key| &key.as_bytes()[..]).collect();
    let rows = sqlx::query_as!(
        SealRow,
        "SELECT event_id, key_id, key_store_id, suite, public_key, retired_at, destroyed_at
         FROM event_keys WHERE key_id = ANY($1)",
        &asked as &[&[u8]],
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    rows.into_iter().map(|row| Ok(SealState::try_from(row)?.seal.key_id)).collect()
}
