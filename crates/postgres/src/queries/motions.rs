//! Motions beside their votes.

use plenum_domain::id::{EventId, UserId};
use plenum_domain::motion::Motion;
use plenum_ports::StoreError;
use plenum_ports::queries::MotionLine;
use sqlx::PgPool;

use crate::error::failed;
use crate::rows::{self, MotionRow, TextRow, UserRow};

pub(super) async fn motion(pool: &PgPool, id: EventId) -> Result<MotionLine, StoreError> {
    let row = sqlx::query_as!(
        MotionRow,
        "SELECT event_id, mover_user_id, seconder_user_id, amends_event_id, replaces, inserts,
                reconsiders_event_id, withdrawn_at, withdrawn_by_user_id, withdrawal_reason
         FROM motions WHERE event_id = $1",
        id.get(),
    )
    .fetch_optional(pool)
    .await
    .map_err(failed)?;
    let texts = sqlx::query_as!(
        TextRow,
        "SELECT event_id, version, text, at, by_user_id, amendment_event_id, replaced, inserted
         FROM motion_texts WHERE event_id = $1
         ORDER BY version",
        id.get(),
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    let links = sqlx::query!(
        r#"SELECT event_id, amends_event_id IS NOT NULL AS "amends!" FROM motions
           WHERE amends_event_id = $1 OR reconsiders_event_id = $1
           ORDER BY event_id"#,
        id.get(),
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    let of = |amends: bool| {
        links.iter().filter(|link| link.amends == amends).map(|link| EventId::new(link.event_id)).collect()
    };
    let motion = match row {
        Some(row) => rows::motion(&row, texts)?,
        None => Motion::new(id),
    };
    let named: Vec<i32> = motion.people().into_iter().map(UserId::get).collect();
    let people = sqlx::query_as!(
        UserRow,
        "SELECT id, name, andrew_id, created_at FROM users WHERE id = ANY($1) ORDER BY id",
        &named,
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    Ok(MotionLine {
        motion,
        people: people.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
        amended_by: of(true),
        reconsidered_by: of(false),
    })
}
