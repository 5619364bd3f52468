//! Sittings.

use async_trait::async_trait;
use plenum_domain::id::{OrganizationId, SessionId, UserId};
use plenum_domain::session::{JoinCode, Session, SessionStatus};
use plenum_ports::StoreError;
use plenum_ports::repository::{NewScreenLink, NewSession, SessionRepository};

use crate::rows::SessionRow;
use crate::store::PgTx;

#[async_trait]
impl SessionRepository for PgTx {
    async fn get(&mut self, id: SessionId) -> Result<Option<Session>, StoreError> {
        let row = sqlx::query_as!(
            SessionRow,
            "SELECT id, organization_id, join_code, title, status, created_by_user_id, created_at, closed_at
             FROM sessions WHERE id = $1",
            id.get(),
        )
        .fetch_optional(self.connection())
        .await;
        self.done(row)?.map(TryInto::try_into).transpose()
    }

    async fn get_for_share(&mut self, id: SessionId) -> Result<Option<Session>, StoreError> {
        let row = sqlx::query_as!(
            SessionRow,
            "SELECT id, organization_id, join_code, title, status, created_by_user_id, created_at, closed_at
             FROM sessions
             WHERE id = $1
               AND (SELECT pg_advisory_xact_lock_shared('sessions'::regclass::oid::int4, $1)) IS NOT NULL
             FOR SHARE",
            id.get(),
        )
        .fetch_optional(self.connection())
        .await;
        self.done(row)?.map(TryInto::try_into).transpose()
    }

    async fn get_for_update(&mut self, id: SessionId) -> Result<Option<Session>, StoreError> {
        let row = sqlx::query_as!(
            SessionRow,
            "SELECT id, organization_id, join_code, title, status, created_by_user_id, created_at, closed_at
             FROM sessions
             WHERE id = $1
               AND (SELECT pg_advisory_xact_lock('sessions'::regclass::oid::int4, $1)) IS NOT NULL
             FOR NO KEY UPDATE",
            id.get(),
        )
        .fetch_optional(self.connection())
        .await;
        self.done(row)?.map(TryInto::try_into).transpose()
    }

    async fn find_by_code_for_share(&mut self, code: &JoinCode) -> Result<Option<Session>, StoreError> {
        let row = sqlx::query_as!(
            SessionRow,
            "SELECT id, organization_id, join_code, title, status, created_by_user_id, created_at, closed_at
             FROM sessions
             WHERE join_code = $1 AND status <> 'closed'
               AND (SELECT pg_advisory_xact_lock_shared('sessions'::regclass::oid::int4, running.id)
                    FROM sessions AS running
                    WHERE running.join_code = $1 AND running.status <> 'closed') IS NOT NULL
             FOR SHARE",
            code.as_str(),
        )
        .fetch_optional(self.connection())
        .await;
        self.done(row)?.map(TryInto::try_into).transpose()
    }

    async fn running_with(
        &mut self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Vec<SessionId>, StoreError> {
        let ids = sqlx::query_scalar!(
            "SELECT sessions.id
             FROM sessions JOIN user_sessions AS own ON own.session_id = sessions.id
             WHERE sessions.organization_id = $1 AND sessions.status <> 'closed'
               AND own.user_id = $2 AND own.proxy IS NULL
             ORDER BY sessions.id",
            organization.get(),
            user.get(),
        )
        .fetch_all(self.connection())
        .await;
        Ok(self.done(ids)?.into_iter().map(SessionId::new).collect())
    }

    async fn running(&mut self, organization: OrganizationId) -> Result<Vec<SessionId>, StoreError> {
        let ids = sqlx::query_scalar!(
            "SELECT id FROM sessions WHERE organization_id = $1 AND status <> 'closed' ORDER BY id",
            organization.get(),
        )
        .fetch_all(self.connection())
        .await;
        Ok(self.done(ids)?.into_iter().map(SessionId::new).collect())
    }

    async fn insert(&mut self, session: &NewSession) -> Result<Option<Session>, StoreError> {
        let row = sqlx::query_as!(
            SessionRow,
            "INSERT INTO sessions (organization_id, join_code, title, created_by_user_id)
             VALUES ($1, $2, $3, $4)
             ON CONFLICT (join_code) WHERE status <> 'closed' DO NOTHING
             RETURNING id, organization_id, join_code, title, status, created_by_user_id, created_at,
                       closed_at",
            session.organization_id.get(),
            session.join_code.as_str(),
            session.title.as_str(),
            session.created_by_user_id.get(),
        )
        .fetch_optional(self.connection())
        .await;
        self.done(row)?.map(TryInto::try_into).transpose()
    }

    async fn set_status(&mut self, id: SessionId, status: SessionStatus) -> Result<(), StoreError> {
        let closed_at = match status {
            SessionStatus::Closed { at } => Some(at),
            SessionStatus::Open | SessionStatus::Locked => None,
        };
        let answer = sqlx::query!(
            "UPDATE sessions SET status = $2, closed_at = $3 WHERE id = $1",
            id.get(),
            status.as_str(),
            closed_at,
        )
        .execute(self.connection())
        .await;
        self.changed("update session", 1, answer)
    }

    async fn put_screen(&mut self, link: &NewScreenLink) -> Result<bool, StoreError> {
        // The sitting is locked by whoever writes a link, so that nobody else does at the same time.
        let replaced = self.delete_screen(link.session_id).await?;
        let answer = sqlx::query!(
            "INSERT INTO screen_links (session_id, token_hash, created_at) VALUES ($1, $2, $3)",
            link.session_id.get(),
            &link.token.0[..],
            link.created_at,
        )
        .execute(self.connection())
        .await;
        self.changed("insert screen link", 1, answer)?;
        Ok(replaced)
    }

    async fn delete_screen(&mut self, id: SessionId) -> Result<bool, StoreError> {
        let gone = sqlx::query_scalar!(
            "DELETE FROM screen_links WHERE session_id = $1 RETURNING session_id",
            id.get(),
        )
        .fetch_optional(self.connection())
        .await;
        Ok(self.done(gone)?.is_some())
    }
}
