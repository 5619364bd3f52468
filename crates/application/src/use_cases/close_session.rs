use async_trait::async_trait;
use plenum_domain::Step;
use plenum_domain::attendance::{AttendanceChange, AttendanceEntry, JoinLeft, UserSession};
use plenum_domain::id::{SessionId, UserId, UserSessionId};
use plenum_domain::permission::{ConductEvents, ManageSession, Permit};
use plenum_domain::session::{Session, SessionStatus};
use plenum_ports::Tx;

use super::close_event::count_and_close;
use super::lock_session::write_status;
use crate::keys::KeysInHand;
use crate::load::{self, Take};
use crate::{App, Env, Failure, UseCase, mandate};

/// Ends a sitting for good: closes and counts what is open, and everyone leaves.
#[derive(Clone, Copy, Debug)]
pub struct CloseSession {
    /// Which sitting.
    pub session_id: SessionId,
    /// Who closes it.
    pub by: UserId,
}

#[async_trait]
impl UseCase for CloseSession {
    const NAME: &'static str = "session.close";
    type Output = Session;

    async fn keys(&self, app: &App) -> Result<KeysInHand, Failure> {
        let seals = app.queries.open_seals(self.session_id).await?;
        Ok(app.keys_of(seals).await)
    }

    async fn run(&self, env: &Env, tx: &mut dyn Tx) -> Result<Session, Failure> {
        let at = load::session(tx, self.session_id, self.by, Take::Update).await?;
        let permit = at.permit::<ManageSession>()?;
        let events = tx.events().active_for_update(self.session_id).await?;
        let now = tx.now().await?;
        let step = at.session.close(&permit, now);
        if step != Step::Unchanged {
            let conduct = Permit::<ConductEvents>::with_session(&permit);
            // What they are counted for is over: no runoff is prepared in it.
            let over = Session { status: SessionStatus::Closed { at: now }, ..at.session.clone() };
            for event in events {
                count_and_close(env, tx, &event, &over, &conduct, now).await?;
            }
            let instances = tx.attendance().all(self.session_id).await?;
            let joined: Vec<UserSessionId> =
                instances.iter().filter(|row| row.join_left == JoinLeft::Joined).map(|row| row.id).collect();
            let entries: Vec<AttendanceEntry> = instances
                .iter()
                .filter(|row| UserSession::is_own_presence(row))
                .map(|row| AttendanceEntry {
                    user_id: row.user_id,
                    change: AttendanceChange::Left,
                    at: now,
                    by_user_id: self.by,
                })
                .collect();
            tx.attendance().set_join_left(&joined, JoinLeft::Left).await?;
            tx.attendance().log(self.session_id, &entries).await?;
            mandate::expire(tx, &at.session, None, now).await?;
            if let Some(id) = tx.presence().running_check(self.session_id).await? {
                // Everyone is out already: it ends without setting anybody absent.
                tx.presence().close_check(id, now, &[]).await?;
            }
        }
        write_status(tx, Self::NAME, at, step, self.by, now).await
    }
}
