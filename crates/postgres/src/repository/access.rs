//! Signed-in browsers, logins under way and API tokens.

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::id::{ApiTokenId, LoginId, UserId};
use plenum_ports::StoreError;
use plenum_ports::repository::{
    ApiToken, ApiTokenRepository, LoginAttempt, LoginRepository, NewApiToken, NewLogin, TokenHash,
};

use crate::rows::{ApiTokenRow, Cell};
use crate::store::PgTx;

fn hash(column: &'static str, bytes: Vec<u8>) -> Result<TokenHash, StoreError> {
    // The row has no number, and its key must not get into a log.
    let cell = Cell::new("login_attempts", column, 0);
    bytes.try_into().map(TokenHash).map_err(|_| cell.corrupt("must have 32 bytes"))
}

#[async_trait]
impl LoginRepository for PgTx {
    async fn insert_attempt(&mut self, attempt: &LoginAttempt) -> Result<(), StoreError> {
        let answer = sqlx::query!(
            "INSERT INTO login_attempts (state_hash, browser_hash, nonce, pkce_verifier, next, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
            &attempt.state.0[..],
            &attempt.browser.0[..],
            &attempt.nonce,
            &attempt.pkce_verifier,
            &attempt.next,
            attempt.expires_at,
        )
        .execute(self.connection())
        .await;
        self.changed("insert login attempt", 1, answer)
    }

    async fn take_attempt(&mut self, state: TokenHash) -> Result<Option<LoginAttempt>, StoreError> {
        let row = sqlx::query!(
            "DELETE FROM login_attempts WHERE state_hash = $1
             RETURNING state_hash, browser_hash, nonce, pkce_verifier, next, expires_at",
            &state.0[..],
        )
        .fetch_optional(self.connection())
        .await;
        let Some(row) = self.done(row)? else { return Ok(None) };
        Ok(Some(LoginAttempt {
            state: hash("state_hash", row.state_hash)?,
            browser: hash("browser_hash", row.browser_hash)?,
            nonce: row.nonce,
            pkce_verifier: row.pkce_verifier,
            next: row.next,
            expires_at: row.expires_at,
        }))
    }

    async fn insert(&mut self, login: &NewLogin) -> Result<LoginId, StoreError> {
        let id = sqlx::query_scalar!(
            "INSERT INTO logins (user_id, token_hash, created_at, last_used_at, expires_at)
             VALUES ($1, $2, $3, $3, $4)
             RETURNING id",
            login.user_id.get(),
            &login.token.0[..],
            login.created_at,
            login.expires_at,
        )
        .fetch_one(self.connection())
        .await;
        self.done(id).map(LoginId::new)
    }

    async fn delete(&mut self, token: TokenHash) -> Result<Option<UserId>, StoreError> {
        let user =
            sqlx::query_scalar!("DELETE FROM logins WHERE token_hash = $1 RETURNING user_id", &token.0[..])
                .fetch_optional(self.connection())
                .await;
        Ok(self.done(user)?.map(UserId::new))
    }

    async fn delete_all(&mut self, user: UserId) -> Result<u64, StoreError> {
        let answer = sqlx::query!("DELETE FROM logins WHERE user_id = $1", user.get())
            .execute(self.connection())
            .await;
        Ok(self.done(answer)?.rows_affected())
    }

    async fn touch(&mut self, id: LoginId, now: Moment) -> Result<(), StoreError> {
        // The number of rows says nothing here: use is known to the minute, and the person may have
        // signed out in another window in the meantime.
        let answer = sqlx::query!(
            "UPDATE logins SET last_used_at = $2
             WHERE id = $1 AND last_used_at <= $2::timestamptz - interval '1 minute'",
            id.get(),
            now,
        )
        .execute(self.connection())
        .await;
        self.done(answer).map(drop)
    }

    async fn purge(&mut self, now: Moment, idle_since: Moment) -> Result<u64, StoreError> {
        let attempts = sqlx::query!("DELETE FROM login_attempts WHERE expires_at <= $1", now)
            .execute(self.connection())
            .await;
        let attempts = self.done(attempts)?.rows_affected();
        let logins =
            sqlx::query!("DELETE FROM logins WHERE expires_at <= $1 OR last_used_at <= $2", now, idle_since)
                .execute(self.connection())
                .await;
        Ok(attempts + self.done(logins)?.rows_affected())
    }
}

#[async_trait]
impl ApiTokenRepository for PgTx {
    async fn insert(&mut self, token: &NewApiToken) -> Result<ApiToken, StoreError> {
        let scopes: Vec<&str> = token.scopes.iter().map(plenum_domain::token::TokenScope::as_str).collect();
        let row = sqlx::query_as!(
            ApiTokenRow,
            "INSERT INTO api_tokens (user_id, name, token_hash, created_at, expires_at, scopes)
             VALUES ($1, $2, $3, $4, $5, $6)
             RETURNING id, user_id, name, scopes, created_at, expires_at, last_used_at",
            token.user_id.get(),
            token.name.as_str(),
            &token.token.0[..],
            token.created_at,
            token.expires_at,
            &scopes as &[&str],
        )
        .fetch_one(self.connection())
        .await;
        self.done(row)?.try_into()
    }

    async fn revoke(
        &mut self,
        id: ApiTokenId,
        user: UserId,
        now: Moment,
    ) -> Result<Option<ApiToken>, StoreError> {
        let row = sqlx::query_as!(
            ApiTokenRow,
            "UPDATE api_tokens SET revoked_at = $3
             WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL
             RETURNING id, user_id, name, scopes, created_at, expires_at, last_used_at",
            id.get(),
            user.get(),
            now,
        )
        .fetch_optional(self.connection())
        .await;
        self.done(row)?.map(TryInto::try_into).transpose()
    }

    async fn touch(&mut self, id: ApiTokenId, now: Moment) -> Result<(), StoreError> {
        let answer = sqlx::query!(
            "UPDATE api_tokens
             SET last_used_at = CASE
                     WHEN last_used_at > $2::timestamptz - interval '1 minute' THEN last_used_at
                     ELSE $2
                 END
             WHERE id = $1",
            id.get(),
            now,
        )
        .execute(self.connection())
        .await;
        self.changed("touch API token", 1, answer)
    }
}
