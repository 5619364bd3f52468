//! Sittings.

use async_trait::async_trait;
use plenum_domain::id::{OrganizationId, SessionId, UserId};
use plenum_domain::session::{JoinCode, Session, SessionStatus};

use super::state::{State, refers, the_row};
use super::store::MemoryTx;
use crate::error::{Constraint, StoreError};
use crate::repository::{NewScreenLink, NewSession, SessionRepository};

impl State {
    fn session_with_code(&self, code: &JoinCode) -> Option<&Session> {
        self.sessions.values().find(|session| !session.status.is_closed() && session.join_code == *code)
    }

    fn set_session_status(&mut self, id: SessionId, status: SessionStatus) -> Result<(), StoreError> {
        let code = the_row(self.sessions.get(&id), "update session")?.join_code.clone();
        let taken = self.session_with_code(&code).is_some_and(|other| other.id != id);
        if taken && !status.is_closed() {
            return Err(StoreError::Violated(Constraint::JoinCode));
        }
        the_row(self.sessions.get_mut(&id), "update session")?.status = status;
        Ok(())
    }
}

#[async_trait]
impl SessionRepository for MemoryTx {
    async fn get(&mut self, id: SessionId) -> Result<Option<Session>, StoreError> {
        self.look(|state| state.sessions.get(&id).cloned())
    }

    async fn get_for_share(&mut self, id: SessionId) -> Result<Option<Session>, StoreError> {
        SessionRepository::get(self, id).await
    }

    async fn get_for_update(&mut self, id: SessionId) -> Result<Option<Session>, StoreError> {
        SessionRepository::get(self, id).await
    }

    async fn find_by_code_for_share(&mut self, code: &JoinCode) -> Result<Option<Session>, StoreError> {
        self.look(|state| state.session_with_code(code).cloned())
    }

    async fn running_with(
        &mut self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Vec<SessionId>, StoreError> {
        self.look(|state| {
            let running = state.sessions.values().filter(|session| {
                session.organization_id == organization
                    && !session.status.is_closed()
                    && state.own(session.id, user).is_some()
            });
            running.map(|session| session.id).collect()
        })
    }

    async fn running(&mut self, organization: OrganizationId) -> Result<Vec<SessionId>, StoreError> {
        self.look(|state| {
            let running = state
                .sessions
                .values()
                .filter(|session| session.organization_id == organization && !session.status.is_closed());
            running.map(|session| session.id).collect()
        })
    }

    async fn insert(&mut self, session: &NewSession) -> Result<Option<Session>, StoreError> {
        let now = self.time();
        self.change(|state| {
            refers(
                state.organizations.contains_key(&session.organization_id),
                "sessions_organization_id_fkey",
            )?;
            refers(
                state.users.contains_key(&session.created_by_user_id),
                "sessions_created_by_user_id_fkey",
            )?;
            if state.session_with_code(&session.join_code).is_some() {
                return Ok(None);
            }
            let id = SessionId::new(state.next_id());
            let session = Session {
                id,
                organization_id: session.organization_id,
                join_code: session.join_code.clone(),
                title: session.title.clone(),
                status: SessionStatus::Open,
                created_by_user_id: session.created_by_user_id,
                created_at: now,
            };
            state.sessions.insert(id, session.clone());
            Ok(Some(session))
        })
    }

    async fn set_status(&mut self, id: SessionId, status: SessionStatus) -> Result<(), StoreError> {
        self.change(|state| state.set_session_status(id, status))
    }

    async fn put_screen(&mut self, link: &NewScreenLink) -> Result<bool, StoreError> {
        self.change(|state| {
            refers(state.sessions.contains_key(&link.session_id), "screen_links_session_id_fkey")?;
            Ok(state.screens.insert(link.session_id, *link).is_some())
        })
    }

    async fn delete_screen(&mut self, id: SessionId) -> Result<bool, StoreError> {
        self.change(|state| Ok(state.screens.remove(&id).is_some()))
    }
}
