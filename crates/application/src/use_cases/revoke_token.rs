use async_trait::async_trait;
use plenum_domain::id::{ApiTokenId, UserId};
use plenum_ports::Tx;
use serde_json::json;

use crate::audit::{self, Describe};
use crate::{Env, Failure, UseCase};

/// A person revokes one of their API tokens.
#[derive(Clone, Copy, Debug)]
pub struct RevokeToken {
    /// Whose.
    pub by: UserId,
    /// Which one.
    pub token_id: ApiTokenId,
}

#[async_trait]
impl UseCase for RevokeToken {
    const NAME: &'static str = "token.revoke";
    type Output = ();

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<(), Failure> {
        let now = tx.now().await?;
        let token =
            tx.api_tokens().revoke(self.token_id, self.by, now).await?.ok_or(Failure::NotFound("token"))?;
        let entry = audit::entry(Self::NAME, "api_tokens", token.id.get(), Some(self.by), now)
            // Names whose it was, so that their live streams ask again who follows.
            .before(json!({"name": token.name.as_str(), "user_id": self.by.get()}));
        tx.audit().append(&[entry]).await?;
        Ok(())
    }
}
