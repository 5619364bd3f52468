//! Mandates.

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::id::{ProxyId, SessionId};
use plenum_domain::proxy::Mandate;
use plenum_ports::StoreError;
use plenum_ports::repository::{NewMandate, ProxyRepository};

use crate::rows::MandateRow;
use crate::store::PgTx;

#[async_trait]
impl ProxyRepository for PgTx {
    async fn get_for_update(&mut self, id: ProxyId) -> Result<Option<Mandate>, StoreError> {
        let row = sqlx::query_as!(
            MandateRow,
            "SELECT id, session_id, principal_user_id, holder_user_id, user_session_id, created_by_user_id,
                    created_at, revoked_at
             FROM proxies WHERE id = $1
             FOR UPDATE",
            id.get(),
        )
        .fetch_optional(self.connection())
        .await;
        Ok(self.done(row)?.map(Into::into))
    }

    async fn standing(&mut self, session: SessionId) -> Result<Vec<Mandate>, StoreError> {
        let found = sqlx::query_as!(
            MandateRow,
            "SELECT id, session_id, principal_user_id, holder_user_id, user_session_id, created_by_user_id,
                    created_at, revoked_at
             FROM proxies WHERE session_id = $1 AND revoked_at IS NULL
             ORDER BY id",
            session.get(),
        )
        .fetch_all(self.connection())
        .await;
        Ok(self.done(found)?.into_iter().map(Into::into).collect())
    }

    async fn insert(&mut self, mandate: &NewMandate) -> Result<Mandate, StoreError> {
        let row = sqlx::query_as!(
            MandateRow,
            "INSERT INTO proxies (session_id, principal_user_id, holder_user_id, user_session_id,
                                  created_by_user_id, created_at)
             VALUES ($1, $2, $3, $4, $5, $6)
             RETURNING id, session_id, principal_user_id, holder_user_id, user_session_id,
                       created_by_user_id, created_at, revoked_at",
            mandate.session_id.get(),
            mandate.principal_user_id.get(),
            mandate.holder_user_id.get(),
            mandate.user_session_id.get(),
            mandate.created_by_user_id.get(),
            mandate.created_at,
        )
        .fetch_one(self.connection())
        .await;
        Ok(self.done(row)?.into())
    }

    async fn revoke(&mut self, id: ProxyId, now: Moment) -> Result<(), StoreError> {
        let answer = sqlx::query!(
            "UPDATE proxies SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
            id.get(),
            now,
        )
        .execute(self.connection())
        .await;
        self.changed("revoke proxy", 1, answer)
    }

    async fn used_in_active_event(&mut self, mandate: &Mandate) -> Result<bool, StoreError> {
        let used = sqlx::query_scalar!(
            r#"SELECT EXISTS (
                   SELECT FROM votes JOIN events ON events.id = votes.event_id
                   WHERE votes.user_session_id = $1 AND votes.principal_user_id = $2
                     AND events.state = 'active'
               ) AS "used!""#,
            mandate.user_session_id.get(),
            mandate.principal_user_id.get(),
        )
        .fetch_one(self.connection())
        .await;
        self.done(used)
    }
}
