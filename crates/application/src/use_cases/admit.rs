use async_trait::async_trait;
use plenum_domain::attendance::{self, UserSession};
use plenum_domain::id::{SessionId, UserId};
use plenum_domain::organization::Joining;
use plenum_domain::permission::ManageAttendance;
use plenum_domain::presence::{self, Waiting, WaitingState};
use plenum_domain::session::Session;
use plenum_domain::{Moment, Step};
use plenum_ports::Tx;
use serde_json::json;

use super::join_session::enter;
use crate::audit::{self, Describe};
use crate::load::{self, Take};
use crate::{Env, Failure, UseCase};

/// The host lets in somebody who waits, or whom they turned away before. A lock does not stop the host.
#[derive(Clone, Copy, Debug)]
pub struct Admit {
    /// To which sitting.
    pub session_id: SessionId,
    /// The host.
    pub by: UserId,
    /// Who waits.
    pub user_id: UserId,
}

/// The host turns away somebody who waits. They cannot come in until the host admits them.
#[derive(Clone, Copy, Debug)]
pub struct RefuseAdmission {
    /// From which sitting.
    pub session_id: SessionId,
    /// The host.
    pub by: UserId,
    /// Who waits.
    pub user_id: UserId,
}

#[async_trait]
impl UseCase for Admit {
    const NAME: &'static str = "session.admit";
    /// The person's instances afterwards.
    type Output = Vec<UserSession>;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<Self::Output, Failure> {
        let at = load::session(tx, self.session_id, self.by, Take::Share).await?;
        at.permit::<ManageAttendance>()?;
        at.session.require_running()?;
        let place = tx.presence().waiting(self.session_id, self.user_id).await?;
        let now = tx.now().await?;
        let desk = Desk { session: &at.session, user: self.user_id, by: self.by, now };
        if let Step::To(after) = presence::admit(place.as_ref(), now, self.by)? {
            desk.write(tx, Self::NAME, place.as_ref(), &after).await?;
            let own = tx.attendance().own(self.session_id, self.user_id).await?;
            // The rules on joining let them pass when they entered the code.
            if attendance::admit(&at.session, Joining::Anyone, None, own.as_ref())? != Step::Unchanged {
                enter(tx, &at.session, own.as_ref(), self.user_id, self.by, now).await?;
            }
        }
        Ok(tx.attendance().of_user(self.session_id, self.user_id).await?)
    }
}

#[async_trait]
impl UseCase for RefuseAdmission {
    const NAME: &'static str = "session.refuse_admission";
    type Output = ();

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<(), Failure> {
        let at = load::session(tx, self.session_id, self.by, Take::Share).await?;
        at.permit::<ManageAttendance>()?;
        at.session.require_running()?;
        let place = tx.presence().waiting(self.session_id, self.user_id).await?;
        let now = tx.now().await?;
        let Step::To(after) = presence::refuse(place.as_ref(), now, self.by)? else { return Ok(()) };
        let desk = Desk { session: &at.session, user: self.user_id, by: self.by, now };
        desk.write(tx, Self::NAME, place.as_ref(), &after).await
    }
}

/// Puts a person on the waiting list; asking again changes nothing.
pub(crate) async fn wait(
    tx: &mut dyn Tx,
    session: &Session,
    user: UserId,
    now: Moment,
) -> Result<(), Failure> {
    let place = Waiting { since: now, state: WaitingState::Waiting };
    Desk { session, user, by: user, now }.write(tx, "session.wait", None, &place).await
}

/// Takes a person whom the host brings in another way off the waiting list, if they stand on it.
pub(crate) async fn note_admitted(
    tx: &mut dyn Tx,
    session: &Session,
    user: UserId,
    by: UserId,
    now: Moment,
) -> Result<(), Failure> {
    let place = tx.presence().waiting(session.id, user).await?;
    match presence::admit(place.as_ref(), now, by) {
        Ok(Step::To(after)) => {
            Desk { session, user, by, now }.write(tx, Admit::NAME, place.as_ref(), &after).await
        }
        Ok(Step::Unchanged) | Err(_) => Ok(()),
    }
}

/// Where it is written down who waits and what became of them.
struct Desk<'a> {
    session: &'a Session,
    user: UserId,
    by: UserId,
    now: Moment,
}

impl Desk<'_> {
    async fn write(
        &self,
        tx: &mut dyn Tx,
        action: &'static str,
        before: Option<&Waiting>,
        after: &Waiting,
    ) -> Result<(), Failure> {
        tx.presence().put_waiting(self.session.id, self.user, after).await?;
        let document = |place: &Waiting| json!({"user_id": self.user.get(), "state": place.state.as_str()});
        let entry = audit::entry(action, "waiting_list", self.user.get(), Some(self.by), self.now)
            .session(self.session)
            .after(document(after));
        let entry = match before {
            Some(before) => entry.before(document(before)),
            None => entry,
        };
        tx.audit().append(&[entry]).await?;
        Ok(())
    }
}
