//! Signed-in browsers, logins under way and API tokens.

use async_trait::async_trait;
use chrono::TimeDelta;
use plenum_domain::Moment;
use plenum_domain::id::{ApiTokenId, LoginId, UserId};

use super::state::{refers, the_row};
use super::store::MemoryTx;
use crate::error::StoreError;
use crate::repository::{
    ApiToken, ApiTokenRepository, LoginAttempt, LoginRepository, NewApiToken, NewLogin, TokenHash,
};

/// A signed-in browser as kept.
#[derive(Clone)]
pub(super) struct LoginRow {
    pub(super) user_id: UserId,
    pub(super) token: TokenHash,
    pub(super) last_used_at: Moment,
    pub(super) expires_at: Moment,
}

/// An API token as kept.
#[derive(Clone)]
pub(super) struct TokenRow {
    pub(super) token: ApiToken,
    pub(super) hash: TokenHash,
    pub(super) revoked: bool,
}

/// Whether a use is worth noting: use is known to the minute.
fn worth_noting(last: Moment, now: Moment) -> bool {
    now - last >= TimeDelta::minutes(1)
}

#[async_trait]
impl LoginRepository for MemoryTx {
    async fn insert_attempt(&mut self, attempt: &LoginAttempt) -> Result<(), StoreError> {
        self.change(|state| match state.attempts.insert(attempt.state, attempt.clone()) {
            None => Ok(()),
            Some(_) => Err(StoreError::Other("the state of a login was used before".to_owned())),
        })
    }

    async fn take_attempt(&mut self, state: TokenHash) -> Result<Option<LoginAttempt>, StoreError> {
        self.change(|kept| Ok(kept.attempts.remove(&state)))
    }

    async fn insert(&mut self, login: &NewLogin) -> Result<LoginId, StoreError> {
        self.change(|state| {
            refers(state.users.contains_key(&login.user_id), "logins_user_id_fkey")?;
            if state.logins.values().any(|row| row.token == login.token) {
                return Err(StoreError::Other("the token of a login was used before".to_owned()));
            }
            let id = LoginId::new(state.next_id());
            let row = LoginRow {
                user_id: login.user_id,
                token: login.token,
                last_used_at: login.created_at,
                expires_at: login.expires_at,
            };
            state.logins.insert(id, row);
            Ok(id)
        })
    }

    async fn delete(&mut self, token: TokenHash) -> Result<Option<UserId>, StoreError> {
        self.change(|state| {
            let found = state.logins.iter().find(|(_, row)| row.token == token).map(|(id, _)| *id);
            Ok(found.and_then(|id| state.logins.remove(&id)).map(|row| row.user_id))
        })
    }

    async fn delete_all(&mut self, user: UserId) -> Result<u64, StoreError> {
        self.change(|state| {
            let before = state.logins.len();
            state.logins.retain(|_, row| row.user_id != user);
            Ok((before - state.logins.len()) as u64)
        })
    }

    async fn touch(&mut self, id: LoginId, now: Moment) -> Result<(), StoreError> {
        self.change(|state| {
            if let Some(row) = state.logins.get_mut(&id).filter(|row| worth_noting(row.last_used_at, now)) {
                row.last_used_at = now;
            }
            Ok(())
        })
    }

    async fn purge(&mut self, now: Moment, idle_since: Moment) -> Result<u64, StoreError> {
        self.change(|state| {
            let before = state.attempts.len() + state.logins.len();
            state.attempts.retain(|_, attempt| attempt.expires_at > now);
            state.logins.retain(|_, row| row.expires_at > now && row.last_used_at > idle_since);
            Ok((before - state.attempts.len() - state.logins.len()) as u64)
        })
    }
}

#[async_trait]
impl ApiTokenRepository for MemoryTx {
    async fn insert(&mut self, token: &NewApiToken) -> Result<ApiToken, StoreError> {
        self.change(|state| {
            refers(state.users.contains_key(&token.user_id), "api_tokens_user_id_fkey")?;
            if state.tokens.values().any(|row| row.hash == token.token) {
                return Err(StoreError::Other("the secret of an API token was used before".to_owned()));
            }
            let kept = ApiToken {
                id: ApiTokenId::new(state.next_id()),
                user_id: token.user_id,
                name: token.name.clone(),
                scopes: token.scopes,
                created_at: token.created_at,
                expires_at: token.expires_at,
                last_used_at: None,
            };
            let row = TokenRow { token: kept.clone(), hash: token.token, revoked: false };
            state.tokens.insert(kept.id, row);
            Ok(kept)
        })
    }

    async fn revoke(
        &mut self,
        id: ApiTokenId,
        user: UserId,
        _now: Moment,
    ) -> Result<Option<ApiToken>, StoreError> {
        self.change(|state| {
            let theirs = state.tokens.get_mut(&id).filter(|row| row.token.user_id == user && !row.revoked);
            Ok(theirs.map(|row| {
                row.revoked = true;
                row.token.clone()
            }))
        })
    }

    async fn touch(&mut self, id: ApiTokenId, now: Moment) -> Result<(), StoreError> {
        self.change(|state| {
            let row = the_row(state.tokens.get_mut(&id), "touch API token")?;
            if row.token.last_used_at.is_none_or(|last| worth_noting(last, now)) {
                row.token.last_used_at = Some(now);
            }
            Ok(())
        })
    }
}
