//! Mandates.

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::event::EventState;
use plenum_domain::id::{ProxyId, SessionId};
use plenum_domain::proxy::Mandate;

use super::state::{State, checked, refers, the_row};
use super::store::MemoryTx;
use crate::error::{Constraint, StoreError};
use crate::repository::{NewMandate, ProxyRepository};

impl State {
    fn add_mandate(&mut self, new: &NewMandate) -> Result<Mandate, StoreError> {
        refers(self.sessions.contains_key(&new.session_id), "proxies_session_id_fkey")?;
        let fits = self.votes_for(new.user_session_id, new.principal_user_id);
        refers(fits, "proxies_user_session_fkey")?;
        checked(new.principal_user_id != new.holder_user_id, "proxies_not_to_oneself")?;
        for user in [new.principal_user_id, new.holder_user_id, new.created_by_user_id] {
            refers(self.users.contains_key(&user), "proxies_user_id_fkey")?;
        }
        let taken = self
            .mandates_of(new.session_id)
            .any(|mandate| mandate.stands() && mandate.principal_user_id == new.principal_user_id);
        if taken {
            return Err(StoreError::Violated(Constraint::Mandate));
        }
        let mandate = Mandate {
            id: ProxyId::new(self.next_id()),
            session_id: new.session_id,
            principal_user_id: new.principal_user_id,
            holder_user_id: new.holder_user_id,
            user_session_id: new.user_session_id,
            created_by_user_id: new.created_by_user_id,
            created_at: new.created_at,
            revoked_at: None,
        };
        self.mandates.insert(mandate.id, mandate);
        Ok(mandate)
    }

    fn used_in_active_event(&self, mandate: &Mandate) -> bool {
        self.votes.values().any(|vote| {
            vote.user_session_id == mandate.user_session_id
                && vote.principal_user_id == mandate.principal_user_id
                && self
                    .events
                    .get(&vote.event_id)
                    .is_some_and(|event| matches!(event.state, EventState::Active { .. }))
        })
    }
}

#[async_trait]
impl ProxyRepository for MemoryTx {
    async fn get_for_update(&mut self, id: ProxyId) -> Result<Option<Mandate>, StoreError> {
        self.look(|state| state.mandates.get(&id).copied())
    }

    async fn standing(&mut self, session: SessionId) -> Result<Vec<Mandate>, StoreError> {
        self.look(|state| state.mandates_of(session).filter(|mandate| mandate.stands()).copied().collect())
    }

    async fn insert(&mut self, mandate: &NewMandate) -> Result<Mandate, StoreError> {
        self.change(|state| state.add_mandate(mandate))
    }

    async fn revoke(&mut self, id: ProxyId, now: Moment) -> Result<(), StoreError> {
        self.change(|state| {
            let standing = state.mandates.get_mut(&id).filter(|mandate| mandate.stands());
            the_row(standing, "revoke proxy")?.revoked_at = Some(now);
            Ok(())
        })
    }

    async fn used_in_active_event(&mut self, mandate: &Mandate) -> Result<bool, StoreError> {
        self.look(|state| state.used_in_active_event(mandate))
    }
}
