//! Motions beside their votes.

use plenum_domain::id::EventId;
use plenum_domain::motion::Motion;
use plenum_ports::StoreError;
use plenum_ports::queries::MotionLine;
use sqlx::PgPool;

use crate::error::failed;
use crate::rows::{self, MotionRow, TextRow};

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
    Ok(MotionLine {
        motion: match row {
            Some(row) => rows::motion(&row, texts)?,
            None => Motion::new(id),
        },
        amended_by: of(true),
        reconsidered_by: of(false),
    })
}
