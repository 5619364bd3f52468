use async_trait::async_trait;
use plenum_domain::id::{ApiTokenId, LoginId};
use plenum_ports::Tx;

use crate::{Env, Failure, UseCase};

/// Notes that a login is in use; called at most once a minute for each.
#[derive(Clone, Copy, Debug)]
pub struct TouchLogin(pub LoginId);

/// Notes that an API token is in use; called at most once a minute for each.
#[derive(Clone, Copy, Debug)]
pub struct TouchToken(pub ApiTokenId);

#[async_trait]
impl UseCase for TouchLogin {
    const NAME: &'static str = "login.touch";
    type Output = ();

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<(), Failure> {
        let now = tx.now().await?;
        Ok(tx.logins().touch(self.0, now).await?)
    }
}

#[async_trait]
impl UseCase for TouchToken {
    const NAME: &'static str = "token.touch";
    type Output = ();

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<(), Failure> {
        let now = tx.now().await?;
        Ok(tx.api_tokens().touch(self.0, now).await?)
    }
}
