//! Counted results.

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::id::EventId;
use plenum_ports::StoreError;
use plenum_ports::documents::ResultData;
use plenum_ports::repository::ResultRepository;
use sqlx::types::Json;

use crate::rows::{self, Document};
use crate::store::PgTx;

#[async_trait]
impl ResultRepository for PgTx {
    async fn insert(
        &mut self,
        event: EventId,
        result: &ResultData,
        counted_at: Moment,
    ) -> Result<(), StoreError> {
        let data = Json(result);
        let answer = sqlx::query!(
            "INSERT INTO event_results (event_id, data, counted_at) VALUES ($1, $2, $3)",
            event.get(),
            data as _,
            counted_at,
        )
        .execute(self.connection())
        .await;
        self.changed("insert event result", 1, answer)
    }

    async fn complete(
        &mut self,
        event: EventId,
        result: &ResultData,
        counted_at: Moment,
    ) -> Result<(), StoreError> {
        let answer = sqlx::query!(
            "INSERT INTO event_results (event_id, number, data, counted_at)
             SELECT event_id, max(number) + 1, $2, $3 FROM event_results WHERE event_id = $1 GROUP BY event_id",
            event.get(),
            Json(result) as _,
            counted_at,
        )
        .execute(self.connection())
        .await;
        self.changed("complete event result", 1, answer)
    }

    async fn get(&mut self, event: EventId) -> Result<Option<ResultData>, StoreError> {
        let data = sqlx::query_scalar!(
            r#"SELECT data AS "data: Document" FROM event_results WHERE event_id = $1 ORDER BY number DESC LIMIT 1"#,
            event.get(),
        )
        .fetch_optional(self.connection())
        .await;
        self.done(data)?.map(|data| rows::result(event, &data)).transpose()
    }
}
