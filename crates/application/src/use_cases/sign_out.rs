use async_trait::async_trait;
use plenum_domain::id::UserId;
use plenum_ports::Tx;
use plenum_ports::repository::TokenHash;
use serde_json::json;

use crate::audit::{self, Describe};
use crate::{Env, Failure, UseCase};

/// Ends the login of one browser; a login that is gone already is no mistake.
#[derive(Clone, Copy)]
pub struct SignOut {
    /// Hash of the cookie's secret.
    pub token: TokenHash,
}

/// Ends every login of a person, in all browsers.
#[derive(Clone, Copy, Debug)]
pub struct SignOutEverywhere {
    /// Who.
    pub by: UserId,
}

#[async_trait]
impl UseCase for SignOut {
    const NAME: &'static str = "login.end";
    type Output = ();

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<(), Failure> {
        if let Some(user) = tx.logins().delete(self.token).await? {
            let now = tx.now().await?;
            let entry = audit::entry(Self::NAME, "users", user.get(), Some(user), now);
            tx.audit().append(&[entry]).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl UseCase for SignOutEverywhere {
    const NAME: &'static str = "login.end_all";
    type Output = u64;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<u64, Failure> {
        let ended = tx.logins().delete_all(self.by).await?;
        let now = tx.now().await?;
        let entry = audit::entry(Self::NAME, "users", self.by.get(), Some(self.by), now)
            .after(json!({"logins": ended}));
        tx.audit().append(&[entry]).await?;
        Ok(ended)
    }
}
