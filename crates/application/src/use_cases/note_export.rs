use async_trait::async_trait;
use plenum_domain::id::{SessionId, UserId};
use plenum_ports::Tx;
use serde_json::json;

use crate::audit::{self, Describe};
use crate::{Env, Failure, UseCase};

/// Notes that somebody took an export of a sitting. Whether they may is decided where it is made.
#[derive(Clone, Copy, Debug)]
pub struct NoteExport {
    /// Of which sitting.
    pub session_id: SessionId,
    /// Who took it.
    pub by: UserId,
    /// What, such as `record` or `minutes`.
    pub kind: &'static str,
}

#[async_trait]
impl UseCase for NoteExport {
    const NAME: &'static str = "session.export";
    type Output = ();

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<(), Failure> {
        let session = tx.sessions().get(self.session_id).await?.ok_or(Failure::NotFound("session"))?;
        let now = tx.now().await?;
        let entry = audit::entry(Self::NAME, "sessions", session.id.get(), Some(self.by), now)
            .session(&session)
            .after(json!({"kind": self.kind}));
        tx.audit().append(&[entry]).await?;
        Ok(())
    }
}
