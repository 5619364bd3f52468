//! Mandates.

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::event::EventState;
use plenum_domain::id::{EventId, OrganizationId, ProxyId, SessionId, UserSessionId};
use plenum_domain::proxy::{Mandate, Scope, Voting};

use super::state::{State, checked, refers, the_row};
use super::store::MemoryTx;
use crate::error::{Constraint, StoreError};
use crate::repository::{MandateNote, NewMandate, ProxyRepository};

impl State {
    /// What the schema asks of a mandate, whether it is new or changed.
    fn check_mandate(&self, mandate: &Mandate) -> Result<(), StoreError> {
        match mandate.scope {
            Scope::Event { session_id, .. } | Scope::Sitting { session_id } => {
                refers(self.sessions.contains_key(&session_id), "proxies_session_id_fkey")?;
            }
            Scope::Span { organization_id, from, until } => {
                refers(self.organizations.contains_key(&organization_id), "proxies_organization_id_fkey")?;
                checked(from < until && mandate.span.is_none(), "proxies_scope")?;
            }
        }
        let instance = mandate.instance();
        let in_sitting = mandate.scope.session_id().is_some();
        checked(instance.is_some() == (in_sitting && mandate.stood().is_some()), "proxies_instance")?;
        let fits = instance.is_none_or(|instance| self.votes_for(instance, mandate.principal_user_id));
        refers(fits, "proxies_user_session_fkey")?;
        checked(mandate.principal_user_id != mandate.holder_user_id, "proxies_not_to_oneself")?;
        for user in [mandate.principal_user_id, mandate.holder_user_id, mandate.created_by_user_id] {
            refers(self.users.contains_key(&user), "proxies_user_id_fkey")?;
        }
        refers(mandate.span.is_none_or(|span| self.mandates.contains_key(&span)), "proxies_span_id_fkey")?;
        let taken = in_sitting
            && mandate.stands()
            && self.mandates.values().any(|other| {
                other.id != mandate.id
                    && other.stands()
                    && other.scope == mandate.scope
                    && other.principal_user_id == mandate.principal_user_id
            });
        if taken { Err(StoreError::Violated(Constraint::Mandate)) } else { Ok(()) }
    }

    fn add_mandate(&mut self, new: &NewMandate) -> Result<Mandate, StoreError> {
        let mandate = Mandate {
            id: ProxyId::new(self.next_id()),
            scope: new.scope,
            span: new.span,
            principal_user_id: new.principal_user_id,
            holder_user_id: new.holder_user_id,
            created_by_user_id: new.created_by_user_id,
            created_at: new.created_at,
            state: new.state,
        };
        self.check_mandate(&mandate)?;
        self.mandates.insert(mandate.id, mandate);
        self.reasons.extend(new.reason.clone().map(|reason| (mandate.id, reason)));
        Ok(mandate)
    }

    fn change_mandate(&mut self, mandate: &Mandate) -> Result<(), StoreError> {
        self.check_mandate(mandate)?;
        the_row(self.mandates.get_mut(&mandate.id), "update proxy")?.state = mandate.state;
        Ok(())
    }

    fn used_in_active_event(&self, mandate: &Mandate) -> bool {
        let open = |id: EventId| {
            self.events.get(&id).is_some_and(|event| matches!(event.state, EventState::Active { .. }))
        };
        let with_it = |event: EventId, instance: UserSessionId| {
            mandate.instance() == Some(instance) && mandate.covers(event) && open(event)
        };
        let mut votes = self.votes.values();
        let mut sealed = self.envelopes.values();
        votes.any(|vote| with_it(vote.event_id, vote.user_session_id))
            || sealed.any(|vote| with_it(vote.event_id, vote.user_session_id))
    }

    fn voting(&self, session: SessionId) -> Voting {
        let opened = || {
            let events = self.events.values();
            events.filter(|event| event.session_id == session && event.state.opened_at().is_some())
        };
        if opened().any(|event| matches!(event.state, EventState::Active { .. })) {
            Voting::Open
        } else if opened().next().is_some() {
            Voting::Between
        } else {
            Voting::NotYet
        }
    }
}

/// Those that pass, by id.
fn picked(state: &State, pass: impl Fn(&Mandate) -> bool) -> Vec<Mandate> {
    state.mandates.values().filter(|mandate| pass(mandate)).copied().collect()
}

#[async_trait]
impl ProxyRepository for MemoryTx {
    async fn get(&mut self, id: ProxyId) -> Result<Option<Mandate>, StoreError> {
        self.look(|state| state.mandates.get(&id).copied())
    }

    async fn get_for_update(&mut self, id: ProxyId) -> Result<Option<Mandate>, StoreError> {
        self.look(|state| state.mandates.get(&id).copied())
    }

    async fn standing(&mut self, session: SessionId) -> Result<Vec<Mandate>, StoreError> {
        self.look(|state| {
            picked(state, |mandate| mandate.scope.session_id() == Some(session) && mandate.stands())
        })
    }

    async fn living(&mut self, session: SessionId) -> Result<Vec<Mandate>, StoreError> {
        self.look(|state| {
            picked(state, |mandate| mandate.scope.session_id() == Some(session) && mandate.lives())
        })
    }

    async fn living_spans(&mut self, organization: OrganizationId) -> Result<Vec<Mandate>, StoreError> {
        self.look(|state| {
            picked(state, |mandate| {
                let of = matches!(mandate.scope, Scope::Span { organization_id, .. } if organization_id == organization);
                of && mandate.lives()
            })
        })
    }

    async fn living_of_span(&mut self, span: ProxyId) -> Result<Vec<Mandate>, StoreError> {
        self.look(|state| picked(state, |mandate| mandate.span == Some(span) && mandate.lives()))
    }

    async fn insert(&mut self, mandate: &NewMandate) -> Result<Mandate, StoreError> {
        self.change(|state| state.add_mandate(mandate))
    }

    async fn update(&mut self, mandate: &Mandate) -> Result<(), StoreError> {
        self.change(|state| state.change_mandate(mandate))
    }

    async fn standing_with(&mut self, instances: &[UserSessionId]) -> Result<Vec<Mandate>, StoreError> {
        self.look(|state| {
            picked(state, |mandate| {
                mandate.stands() && mandate.instance().is_some_and(|id| instances.contains(&id))
            })
        })
    }

    async fn expire(
        &mut self,
        session: SessionId,
        event: Option<EventId>,
        now: Moment,
    ) -> Result<Vec<Mandate>, StoreError> {
        self.change(|state| {
            let over = picked(state, |mandate| {
                mandate.scope.session_id() == Some(session)
                    && mandate.lives()
                    && event.is_none_or(|event| mandate.scope.event_id() == Some(event))
            });
            let over: Vec<Mandate> = over.into_iter().map(|mandate| mandate.expire(now)).collect();
            state.mandates.extend(over.iter().map(|mandate| (mandate.id, *mandate)));
            Ok(over)
        })
    }

    async fn note(&mut self, notes: &[MandateNote]) -> Result<(), StoreError> {
        self.change(|state| {
            for note in notes {
                refers(state.mandates.contains_key(&note.proxy_id), "proxy_log_proxy_id_fkey")?;
                refers(note.by.is_none_or(|by| state.users.contains_key(&by)), "proxy_log_by_user_id_fkey")?;
                state.mandate_notes.push(note.clone());
            }
            Ok(())
        })
    }

    async fn used_in_active_event(&mut self, mandate: &Mandate) -> Result<bool, StoreError> {
        self.look(|state| state.used_in_active_event(mandate))
    }

    async fn voting(&mut self, session: SessionId) -> Result<Voting, StoreError> {
        self.look(|state| state.voting(session))
    }
}
