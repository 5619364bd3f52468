//! The waiting list and presence checks.

use async_trait::async_trait;
use plenum_domain::id::{PresenceCheckId, SessionId, UserId};
use plenum_domain::presence::{Asked, PresenceCheck, Waiting, WaitingState};
use plenum_domain::{Moment, Step};

use super::state::{State, checked, refers, the_row};
use super::store::MemoryTx;
use crate::error::{Constraint, StoreError};
use crate::repository::{NewPresenceCheck, PresenceRepository};

impl State {
    pub(super) fn asked_in(&self, check: PresenceCheckId) -> impl Iterator<Item = &Asked> {
        self.asked.iter().filter(move |((of, _), _)| *of == check).map(|(_, asked)| asked)
    }

    fn open_check(&mut self, new: &NewPresenceCheck, people: &[UserId]) -> Result<PresenceCheck, StoreError> {
        refers(self.sessions.contains_key(&new.session_id), "presence_checks_session_id_fkey")?;
        checked(new.opened_at < new.closes_at, "presence_checks_closes_after")?;
        let runs = |check: &PresenceCheck| check.session_id == new.session_id && check.closed_at.is_none();
        if self.checks.values().any(runs) {
            return Err(StoreError::Violated(Constraint::PresenceCheck));
        }
        let check = PresenceCheck {
            id: PresenceCheckId::new(self.next_id()),
            session_id: new.session_id,
            created_by_user_id: new.created_by_user_id,
            opened_at: new.opened_at,
            closes_at: new.closes_at,
            sets_absent: new.sets_absent,
            closed_at: None,
        };
        self.checks.insert(check.id, check);
        for user_id in people.iter().copied() {
            refers(self.users.contains_key(&user_id), "presence_check_people_user_id_fkey")?;
            self.asked.insert((check.id, user_id), Asked { user_id, answered_at: None, set_absent: false });
        }
        Ok(check)
    }
}

#[async_trait]
impl PresenceRepository for MemoryTx {
    async fn waiting(&mut self, session: SessionId, user: UserId) -> Result<Option<Waiting>, StoreError> {
        self.look(|state| state.waiting.get(&(session, user)).copied())
    }

    async fn put_waiting(
        &mut self,
        session: SessionId,
        user: UserId,
        waiting: &Waiting,
    ) -> Result<(), StoreError> {
        self.change(|state| {
            refers(state.sessions.contains_key(&session), "waiting_list_session_id_fkey")?;
            refers(state.users.contains_key(&user), "waiting_list_user_id_fkey")?;
            if waiting.state == WaitingState::Waiting {
                state.waiting.entry((session, user)).or_insert(*waiting);
            } else {
                state.waiting.insert((session, user), *waiting);
            }
            Ok(())
        })
    }

    async fn open_check(
        &mut self,
        check: &NewPresenceCheck,
        people: &[UserId],
    ) -> Result<PresenceCheck, StoreError> {
        self.change(|state| state.open_check(check, people))
    }

    async fn check(&mut self, id: PresenceCheckId) -> Result<Option<PresenceCheck>, StoreError> {
        self.look(|state| state.checks.get(&id).copied())
    }

    async fn check_for_share(&mut self, id: PresenceCheckId) -> Result<Option<PresenceCheck>, StoreError> {
        PresenceRepository::check(self, id).await
    }

    async fn check_for_update(&mut self, id: PresenceCheckId) -> Result<Option<PresenceCheck>, StoreError> {
        PresenceRepository::check(self, id).await
    }

    async fn running_check(&mut self, session: SessionId) -> Result<Option<PresenceCheckId>, StoreError> {
        self.look(|state| {
            let mut checks = state.checks.values();
            let running = checks.find(|check| check.session_id == session && check.closed_at.is_none());
            running.map(|check| check.id)
        })
    }

    async fn answer(
        &mut self,
        id: PresenceCheckId,
        user: UserId,
        now: Moment,
    ) -> Result<Option<Step<()>>, StoreError> {
        self.change(|state| {
            let Some(asked) = state.asked.get_mut(&(id, user)) else { return Ok(None) };
            if asked.answered_at.is_some() {
                return Ok(Some(Step::Unchanged));
            }
            asked.answered_at = Some(now);
            Ok(Some(Step::To(())))
        })
    }

    async fn asked(&mut self, id: PresenceCheckId) -> Result<Vec<Asked>, StoreError> {
        self.look(|state| state.asked_in(id).copied().collect())
    }

    async fn close_check(
        &mut self,
        id: PresenceCheckId,
        now: Moment,
        set_absent: &[UserId],
    ) -> Result<(), StoreError> {
        self.change(|state| {
            let running = state.checks.get_mut(&id).filter(|check| check.closed_at.is_none());
            the_row(running, "close presence check")?.closed_at = Some(now);
            for user in set_absent {
                let asked = the_row(state.asked.get_mut(&(id, *user)), "update presence check people")?;
                checked(asked.answered_at.is_none(), "presence_check_people_absent")?;
                asked.set_absent = true;
            }
            Ok(())
        })
    }
}
