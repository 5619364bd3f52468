//! Signed-in browsers, logins under way and API tokens.

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::id::{ApiTokenId, LoginId, UserId};
use plenum_domain::text::TokenName;
use plenum_domain::token::TokenScopes;

use crate::error::StoreError;

/// The SHA-256 of a secret; the only form in which one is stored.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; 32]);

/// A login that left for the provider and has not come back.
#[derive(Clone)]
pub struct LoginAttempt {
    /// Hash of the state.
    pub state: TokenHash,
    /// Hash of the secret in the cookie of the browser that left.
    pub browser: TokenHash,
    /// Nonce of the ID token.
    pub nonce: String,
    /// PKCE verifier.
    pub pkce_verifier: String,
    /// Where on this server to go afterwards.
    pub next: String,
    /// Too late from here on.
    pub expires_at: Moment,
}

/// A signed-in browser to be written.
#[derive(Clone, Copy)]
pub struct NewLogin {
    /// Who.
    pub user_id: UserId,
    /// Hash of the cookie's secret.
    pub token: TokenHash,
    /// Since when.
    pub created_at: Moment,
    /// Ends for good.
    pub expires_at: Moment,
}

/// Loads and writes logins.
#[async_trait]
pub trait LoginRepository: Send {
    /// Remembers a login under way.
    async fn insert_attempt(&mut self, attempt: &LoginAttempt) -> Result<(), StoreError>;
    /// Takes a login under way out: it works once.
    async fn take_attempt(&mut self, state: TokenHash) -> Result<Option<LoginAttempt>, StoreError>;
    /// Adds a signed-in browser.
    async fn insert(&mut self, login: &NewLogin) -> Result<LoginId, StoreError>;
    /// Ends the login with this secret; who it was.
    async fn delete(&mut self, token: TokenHash) -> Result<Option<UserId>, StoreError>;
    /// Ends every login of a person; how many there were.
    async fn delete_all(&mut self, user: UserId) -> Result<u64, StoreError>;
    /// Notes that a login is in use.
    async fn touch(&mut self, id: LoginId, now: Moment) -> Result<(), StoreError>;
    /// Throws away attempts that expired and logins that ended or were idle since `idle_since`.
    async fn purge(&mut self, now: Moment, idle_since: Moment) -> Result<u64, StoreError>;
}

/// An API token without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    /// Which one.
    pub id: ApiTokenId,
    /// Whose.
    pub user_id: UserId,
    /// What they call it.
    pub name: TokenName,
    /// What it may be used for.
    pub scopes: TokenScopes,
    /// Since when.
    pub created_at: Moment,
    /// When it ends.
    pub expires_at: Option<Moment>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Moment>,
}

/// An API token to be written.
#[derive(Clone)]
pub struct NewApiToken {
    /// Whose.
    pub user_id: UserId,
    /// What they call it.
    pub name: TokenName,
    /// What it may be used for.
    pub scopes: TokenScopes,
    /// Hash of the secret.
    pub token: TokenHash,
    /// Since when.
    pub created_at: Moment,
    /// When it ends.
    pub expires_at: Option<Moment>,
}

/// Loads and writes API tokens.
#[async_trait]
pub trait ApiTokenRepository: Send {
    /// Adds one.
    async fn insert(&mut self, token: &NewApiToken) -> Result<ApiToken, StoreError>;
    /// Revokes a person's token, expired or not; `None` when they have none of that id, or it was revoked
    /// before.
    async fn revoke(
        &mut self,
        id: ApiTokenId,
        user: UserId,
        now: Moment,
    ) -> Result<Option<ApiToken>, StoreError>;
    /// Notes that a token is in use.
    async fn touch(&mut self, id: ApiTokenId, now: Moment) -> Result<(), StoreError>;
}
