//! API clients.

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::client::ApiClient;
use plenum_domain::id::{ClientId, UserId};
use plenum_domain::text::ClientName;
use plenum_ports::StoreError;
use plenum_ports::repository::{ClientRepository, NewClient};

use crate::rows::ClientRow;
use crate::store::PgTx;

#[async_trait]
impl ClientRepository for PgTx {
    async fn get(&mut self, id: ClientId) -> Result<Option<ApiClient>, StoreError> {
        let row = sqlx::query_as!(
            ClientRow,
            r#"SELECT c.user_id, c.organization_id, c.name, c.created_by_user_id, c.created_at,
                      u.disabled_at IS NOT NULL AS "disabled!"
               FROM api_clients c
               JOIN users u ON u.id = c.user_id
               WHERE c.user_id = $1 AND c.deleted_at IS NULL"#,
            id.get(),
        )
        .fetch_optional(self.connection())
        .await;
        self.done(row)?.map(TryInto::try_into).transpose()
    }

    async fn is_client(&mut self, id: UserId) -> Result<bool, StoreError> {
        let found = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM users WHERE id = $1 AND is_client) AS "found!""#,
            id.get(),
        )
        .fetch_one(self.connection())
        .await;
        self.done(found)
    }

    async fn insert(&mut self, new: &NewClient) -> Result<ApiClient, StoreError> {
        let row = sqlx::query_as!(
            ClientRow,
            r#"WITH principal AS (
                   INSERT INTO users (name, andrew_id, is_client) VALUES ($2, $3, true) RETURNING id, created_at)
               INSERT INTO api_clients (user_id, organization_id, name, created_by_user_id, created_at)
               SELECT id, $1, $2, $4, created_at FROM principal
               RETURNING user_id, organization_id, name, created_by_user_id, created_at, false AS "disabled!""#,
            new.organization_id.get(),
            new.name.as_str(),
            new.andrew_id.as_str(),
            new.created_by.get(),
        )
        .fetch_one(self.connection())
        .await;
        self.done(row)?.try_into()
    }

    async fn rename(&mut self, id: ClientId, name: &ClientName) -> Result<(), StoreError> {
        let answer = sqlx::query!(
            "WITH client AS (
                 UPDATE api_clients SET name = $2 WHERE user_id = $1 AND deleted_at IS NULL RETURNING user_id)
             UPDATE users u SET name = $2 FROM client c WHERE u.id = c.user_id",
            id.get(),
            name.as_str(),
        )
        .execute(self.connection())
        .await;
        self.changed("rename client", 1, answer)
    }

    async fn delete(&mut self, id: ClientId, now: Moment) -> Result<(), StoreError> {
        let answer = sqlx::query!(
            "WITH client AS (
                 UPDATE api_clients SET deleted_at = $2 WHERE user_id = $1 AND deleted_at IS NULL
                 RETURNING user_id)
             UPDATE users u SET disabled_at = coalesce(u.disabled_at, $2) FROM client c WHERE u.id = c.user_id",
            id.get(),
            now,
        )
        .execute(self.connection())
        .await;
        self.changed("delete client", 1, answer)?;
        self.end_for(id.user(), now).await
    }
}
