use async_trait::async_trait;
use plenum_domain::attendance::{self, AttendanceChange};
use plenum_domain::id::{SessionId, UserId};
use plenum_domain::permission::ManageAttendance;
use plenum_domain::{Refusal, Step};
use plenum_ports::Tx;
use serde_json::json;

use super::join_session::depart;
use crate::audit::{self, Describe};
use crate::load::{self, Take};
use crate::{Env, Failure, UseCase};

/// The host shows a person out: they may not come back until the host marks them present. Cast votes stay.
#[derive(Clone, Copy, Debug)]
pub struct RemoveAttendee {
    /// From which sitting.
    pub session_id: SessionId,
    /// The host.
    pub by: UserId,
    /// Who is shown out.
    pub user_id: UserId,
}

#[async_trait]
impl UseCase for RemoveAttendee {
    const NAME: &'static str = "session.remove_attendee";
    type Output = ();

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<(), Failure> {
        let at = load::session(tx, self.session_id, self.by, Take::Share).await?;
        at.permit::<ManageAttendance>()?;
        at.session.require_running()?;
        if self.by == self.user_id {
            return Err(Failure::Refused(Refusal::RemoveOneself));
        }
        let own =
            tx.attendance().own(self.session_id, self.user_id).await?.ok_or(Failure::NotFound("attendee"))?;
        if own.barred {
            return Ok(());
        }
        let now = tx.now().await?;
        if attendance::leave(Some(&own)) == Step::Unchanged {
            // Gone already: barring them is a change of its own.
            let entry = audit::entry(Self::NAME, "user_sessions", own.id.get(), Some(self.by), now)
                .session(&at.session)
                .after(json!({"user_id": self.user_id.get(), "barred": true}));
            tx.audit().append(&[entry]).await?;
        } else {
            depart(tx, &at.session, &own, AttendanceChange::Removed, self.by, now).await?;
        }
        tx.attendance().set_barred(own.id, true).await?;
        Ok(())
    }
}
