use async_trait::async_trait;
use plenum_domain::id::{SessionId, UserId};
use plenum_domain::permission::ManageSession;
use plenum_domain::session::{Session, SessionStatus};
use plenum_domain::{Moment, Refusal, Step};
use plenum_ports::Tx;
use serde_json::json;

use crate::audit::{self, Describe};
use crate::load::{self, InSession, Take};
use crate::{Env, Failure, UseCase};

/// Stops new people from joining a sitting; voting goes on.
#[derive(Clone, Copy, Debug)]
pub struct LockSession {
    /// Which sitting.
    pub session_id: SessionId,
    /// Who locks it.
    pub by: UserId,
}

/// Lets people join a locked sitting again.
#[derive(Clone, Copy, Debug)]
pub struct UnlockSession {
    /// Which sitting.
    pub session_id: SessionId,
    /// Who opens it.
    pub by: UserId,
}

/// Writes a change of status, with its audit line.
pub(crate) async fn write_status(
    tx: &mut dyn Tx,
    action: &'static str,
    at: InSession,
    step: Step<SessionStatus>,
    by: UserId,
    now: Moment,
) -> Result<Session, Failure> {
    let Step::To(status) = step else { return Ok(at.session) };
    let session = at.session;
    tx.sessions().set_status(session.id, status).await?;
    let entry = audit::entry(action, "sessions", session.id.get(), Some(by), now)
        .session(&session)
        .before(json!({"status": session.status.as_str()}))
        .after(json!({"status": status.as_str()}));
    tx.audit().append(&[entry]).await?;
    Ok(Session { status, ..session })
}

async fn change(
    tx: &mut dyn Tx,
    action: &'static str,
    id: SessionId,
    by: UserId,
    decide: impl FnOnce(&InSession) -> Result<Result<Step<SessionStatus>, Refusal>, Failure> + Send,
) -> Result<Session, Failure> {
    let at = load::session(tx, id, by, Take::Update).await?;
    let step = decide(&at)??;
    let now = tx.now().await?;
    write_status(tx, action, at, step, by, now).await
}

#[async_trait]
impl UseCase for LockSession {
    const NAME: &'static str = "session.lock";
    type Output = Session;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<Session, Failure> {
        change(tx, Self::NAME, self.session_id, self.by, |at| {
            Ok(at.session.lock(&at.permit::<ManageSession>()?))
        })
        .await
    }
}

#[async_trait]
impl UseCase for UnlockSession {
    const NAME: &'static str = "session.open";
    type Output = Session;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<Session, Failure> {
        change(tx, Self::NAME, self.session_id, self.by, |at| {
            Ok(at.session.open(&at.permit::<ManageSession>()?))
        })
        .await
    }
}
