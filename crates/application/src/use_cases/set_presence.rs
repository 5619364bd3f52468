use async_trait::async_trait;
use plenum_domain::Step;
use plenum_domain::attendance::{self, AttendanceChange, UserSession};
use plenum_domain::id::{SessionId, UserId};
use plenum_domain::permission::ManageAttendance;
use plenum_ports::Tx;

use super::admit::note_admitted;
use super::join_session::{depart, enter};
use crate::load::{self, Take};
use crate::{Env, Failure, UseCase};

/// What the host says of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Here: admitted if they were not in yet, let in again if they had been removed.
    Present,
    /// Gone.
    Absent,
}

/// The host marks a person present or absent.
#[derive(Clone, Copy, Debug)]
pub struct SetPresence {
    /// In which sitting.
    pub session_id: SessionId,
    /// The host.
    pub by: UserId,
    /// Whose presence.
    pub user_id: UserId,
    /// What it is.
    pub presence: Presence,
}

#[async_trait]
impl UseCase for SetPresence {
    const NAME: &'static str = "session.set_presence";
    /// The person's instances afterwards.
    type Output = Vec<UserSession>;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<Self::Output, Failure> {
        let at = load::session(tx, self.session_id, self.by, Take::Share).await?;
        at.permit::<ManageAttendance>()?;
        at.session.require_running()?;
        let own = tx.attendance().own(self.session_id, self.user_id).await?;
        let member = tx.organizations().member(at.session.organization_id, self.user_id).await?;
        if own.is_none() && member.is_none() {
            return Err(Failure::NotFound("member or attendee"));
        }
        let now = tx.now().await?;
        match self.presence {
            Presence::Present => {
                let role = member.map(|member| member.role);
                let joining = at.organization.rules.joining_of(self.user_id);
                if attendance::admit(&at.session, joining, role, own.as_ref())? != Step::Unchanged {
                    note_admitted(tx, &at.session, self.user_id, self.by, now).await?;
                    enter(tx, &at.session, own.as_ref(), self.user_id, self.by, now).await?;
                }
            }
            Presence::Absent => {
                if let Some(own) = own.as_ref().filter(|_| attendance::leave(own.as_ref()) != Step::Unchanged)
                {
                    depart(tx, &at.session, own, AttendanceChange::Left, self.by, now).await?;
                }
            }
        }
        Ok(tx.attendance().of_user(self.session_id, self.user_id).await?)
    }
}
