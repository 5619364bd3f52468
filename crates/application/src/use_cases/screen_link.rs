use async_trait::async_trait;
use plenum_domain::Refusal;
use plenum_domain::id::{SessionId, UserId};
use plenum_domain::permission::ManageSession;
use plenum_ports::Tx;
use plenum_ports::repository::NewScreenLink;
use serde_json::json;

use crate::audit::{self, Describe};
use crate::load::{self, Take};
use crate::secret::Secret;
use crate::{Env, Failure, UseCase};

/// Makes a link to the screen of a sitting that is not closed; it needs no sign-in. The one there was ends.
#[derive(Clone, Copy, Debug)]
pub struct MakeScreenLink {
    /// Which sitting.
    pub session_id: SessionId,
    /// Who makes it.
    pub by: UserId,
}

/// Ends the link to a sitting's screen, and what it shows.
#[derive(Clone, Copy, Debug)]
pub struct RevokeScreenLink {
    /// Which sitting.
    pub session_id: SessionId,
    /// Who ends it.
    pub by: UserId,
}

#[async_trait]
impl UseCase for MakeScreenLink {
    const NAME: &'static str = "screen.link";
    /// The link's token, which nobody can show again.
    type Output = Secret;

    async fn run(&self, env: &Env, tx: &mut dyn Tx) -> Result<Secret, Failure> {
        let at = load::session(tx, self.session_id, self.by, Take::Update).await?;
        at.permit::<ManageSession>()?;
        if at.session.status.is_closed() {
            return Err(Refusal::SessionClosed.into());
        }
        let now = tx.now().await?;
        let secret = Secret::draw(env.randomness.as_ref(), "");
        let link = NewScreenLink { session_id: self.session_id, token: secret.hash(), created_at: now };
        let replaced = tx.sessions().put_screen(&link).await?;
        let entry = audit::entry(Self::NAME, "sessions", self.session_id.get(), Some(self.by), now)
            .session(&at.session)
            .before(json!({"screen_link": replaced}))
            .after(json!({"screen_link": true}));
        tx.audit().append(&[entry]).await?;
        Ok(secret)
    }
}

#[async_trait]
impl UseCase for RevokeScreenLink {
    const NAME: &'static str = "screen.revoke";
    type Output = ();

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<(), Failure> {
        let at = load::session(tx, self.session_id, self.by, Take::Update).await?;
        at.permit::<ManageSession>()?;
        if !tx.sessions().delete_screen(self.session_id).await? {
            return Ok(());
        }
        let now = tx.now().await?;
        let entry = audit::entry(Self::NAME, "sessions", self.session_id.get(), Some(self.by), now)
            .session(&at.session)
            .before(json!({"screen_link": true}))
            .after(json!({"screen_link": false}));
        tx.audit().append(&[entry]).await?;
        Ok(())
    }
}
