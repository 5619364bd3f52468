//! Vote instances and the log of coming and going.

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::attendance::{AttendanceChange, AttendanceEntry, JoinLeft, UserSession};
use plenum_domain::id::{SessionId, UserId, UserSessionId};
use plenum_domain::text::Reason;

use super::state::{State, checked, refers, the_row};
use super::store::MemoryTx;
use crate::error::{Constraint, StoreError};
use crate::repository::AttendanceRepository;

impl State {
    fn add_instance(&mut self, new: UserSession) -> Result<UserSession, StoreError> {
        refers(self.sessions.contains_key(&new.session_id), "user_sessions_session_id_fkey")?;
        refers(self.users.contains_key(&new.user_id), "user_sessions_user_id_fkey")?;
        refers(self.users.contains_key(&new.principal()), "user_sessions_proxy_fkey")?;
        checked(new.proxy != Some(new.user_id), "user_sessions_not_own_proxy")?;
        self.no_client(new.user_id)?;
        self.no_client(new.principal())?;
        let instance = UserSession { id: UserSessionId::new(self.next_id()), ..new };
        self.instances.insert(instance.id, instance);
        Ok(instance)
    }

    fn change_instance(
        &mut self,
        id: UserSessionId,
        change: impl FnOnce(&mut UserSession),
    ) -> Result<UserSession, StoreError> {
        let instance = the_row(self.instances.get_mut(&id), "update user session")?;
        change(instance);
        let may_be_barred = instance.proxy.is_none() && instance.join_left == JoinLeft::Left;
        checked(!instance.barred || may_be_barred, "user_sessions_barred_own")?;
        Ok(*instance)
    }
}

#[async_trait]
impl AttendanceRepository for MemoryTx {
    async fn own(&mut self, session: SessionId, user: UserId) -> Result<Option<UserSession>, StoreError> {
        self.look(|state| state.own(session, user).copied())
    }

    async fn of_user(&mut self, session: SessionId, user: UserId) -> Result<Vec<UserSession>, StoreError> {
        self.look(|state| state.instances_of(session, user))
    }

    async fn all(&mut self, session: SessionId) -> Result<Vec<UserSession>, StoreError> {
        self.look(|state| state.instances_in(session).copied().collect())
    }

    async fn insert_own(
        &mut self,
        session: SessionId,
        user: UserId,
        now: Moment,
    ) -> Result<UserSession, StoreError> {
        self.change(|state| {
            if state.own(session, user).is_some() {
                return Err(StoreError::Violated(Constraint::OwnInstance));
            }
            state.add_instance(UserSession {
                id: UserSessionId::new(0),
                user_id: user,
                session_id: session,
                proxy: None,
                join_left: JoinLeft::Joined,
                barred: false,
                timestamp: now,
            })
        })
    }

    async fn put_proxy(
        &mut self,
        session: SessionId,
        holder: UserId,
        principal: UserId,
        join_left: JoinLeft,
        now: Moment,
    ) -> Result<UserSession, StoreError> {
        self.change(|state| {
            let earlier = state
                .instances_in(session)
                .find(|instance| instance.user_id == holder && instance.proxy == Some(principal))
                .map(|instance| instance.id);
            if let Some(id) = earlier {
                return state.change_instance(id, |instance| instance.join_left = join_left);
            }
            state.add_instance(UserSession {
                id: UserSessionId::new(0),
                user_id: holder,
                session_id: session,
                proxy: Some(principal),
                join_left,
                barred: false,
                timestamp: now,
            })
        })
    }

    async fn set_join_left(&mut self, ids: &[UserSessionId], join_left: JoinLeft) -> Result<(), StoreError> {
        self.change(|state| {
            for id in ids {
                state.change_instance(*id, |instance| instance.join_left = join_left)?;
            }
            Ok(())
        })
    }

    async fn set_barred(&mut self, id: UserSessionId, barred: bool) -> Result<(), StoreError> {
        self.change(|state| {
            state.change_instance(id, |instance| instance.barred = barred)?;
            Ok(())
        })
    }

    async fn log(&mut self, session: SessionId, entries: &[AttendanceEntry]) -> Result<(), StoreError> {
        self.change(|state| {
            for entry in entries {
                refers(state.sessions.contains_key(&session), "attendance_log_session_id_fkey")?;
                refers(state.users.contains_key(&entry.user_id), "attendance_log_user_id_fkey")?;
                refers(state.users.contains_key(&entry.by_user_id), "attendance_log_by_user_id_fkey")?;
                state.attendance.push((session, *entry));
            }
            Ok(())
        })
    }

    async fn correct(
        &mut self,
        session: SessionId,
        entry: &AttendanceEntry,
        _reason: &Reason,
    ) -> Result<(), StoreError> {
        let corrects = matches!(
            entry.change,
            AttendanceChange::Corrected(stretch) if stretch.from < stretch.until && stretch.until <= entry.at
        );
        self.change(|state| {
            checked(corrects, "attendance_log_correction")?;
            refers(state.sessions.contains_key(&session), "attendance_log_session_id_fkey")?;
            refers(state.users.contains_key(&entry.user_id), "attendance_log_user_id_fkey")?;
            state.attendance.push((session, *entry));
            Ok(())
        })
    }

    async fn entries(&mut self, session: SessionId) -> Result<Vec<AttendanceEntry>, StoreError> {
        self.look(|state| state.log_of(session))
    }
}
