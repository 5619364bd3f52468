use async_trait::async_trait;
use plenum_domain::attendance::{self, AttendanceChange, UserSession};
use plenum_domain::id::{SessionId, UserId};
use plenum_domain::{Refusal, Step};
use plenum_ports::Tx;

use super::join_session::depart;
use crate::load::{self, Take};
use crate::{Env, Failure, UseCase};

/// Leaves a sitting. Votes that were cast stay; leaving twice changes nothing.
#[derive(Clone, Copy, Debug)]
pub struct LeaveSession {
    /// Which sitting.
    pub session_id: SessionId,
    /// Who leaves.
    pub by: UserId,
}

#[async_trait]
impl UseCase for LeaveSession {
    const NAME: &'static str = "session.leave";
    /// The person's instances afterwards.
    type Output = Vec<UserSession>;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<Self::Output, Failure> {
        let at = load::session(tx, self.session_id, self.by, Take::Share).await?;
        if !at.standing.may_know() {
            return Err(Failure::NotFound("session"));
        }
        let own = tx.attendance().own(self.session_id, self.by).await?.ok_or(Refusal::NotPresent)?;
        if attendance::leave(Some(&own)) != Step::Unchanged {
            let now = tx.now().await?;
            depart(tx, &at.session, &own, AttendanceChange::Left, self.by, now).await?;
        }
        Ok(tx.attendance().of_user(self.session_id, self.by).await?)
    }
}
