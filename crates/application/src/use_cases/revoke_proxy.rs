use async_trait::async_trait;
use plenum_domain::attendance::JoinLeft;
use plenum_domain::id::{ProxyId, SessionId, UserId};
use plenum_domain::permission::ManageProxies;
use plenum_domain::proxy;
use plenum_ports::Tx;
use serde_json::json;

use crate::audit::{self, Describe};
use crate::load::{self, Take};
use crate::{Env, Failure, UseCase};

/// Takes a mandate back. Votes cast with it stay.
#[derive(Clone, Copy, Debug)]
pub struct RevokeProxy {
    /// In which sitting.
    pub session_id: SessionId,
    /// Who acts: the principal, or the host.
    pub by: UserId,
    /// Which mandate.
    pub proxy_id: ProxyId,
}

#[async_trait]
impl UseCase for RevokeProxy {
    const NAME: &'static str = "proxy.revoke";
    type Output = ();

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<(), Failure> {
        let at = load::session(tx, self.session_id, self.by, Take::Share).await?;
        if !at.standing.may_know() {
            return Err(Failure::NotFound("session"));
        }
        // Held for update, so a vote being cast with it either is seen below or waits and is refused.
        let mandate = tx
            .proxies()
            .get_for_update(self.proxy_id)
            .await?
            .filter(|mandate| mandate.session_id == self.session_id)
            .ok_or(Failure::NotFound("proxy"))?;
        if mandate.principal_user_id != self.by {
            at.permit::<ManageProxies>()?;
        }
        let used = tx.proxies().used_in_active_event(&mandate).await?;
        proxy::revoke(&at.session, &mandate, used)?;
        let now = tx.now().await?;
        tx.proxies().revoke(mandate.id, now).await?;
        tx.attendance().set_join_left(&[mandate.user_session_id], JoinLeft::Left).await?;
        let entry = audit::entry(Self::NAME, "proxies", mandate.id.get(), Some(self.by), now)
            .session(&at.session)
            .before(json!({
                "principal_user_id": mandate.principal_user_id.get(),
                "holder_user_id": mandate.holder_user_id.get(),
            }));
        tx.audit().append(&[entry]).await?;
        Ok(())
    }
}
