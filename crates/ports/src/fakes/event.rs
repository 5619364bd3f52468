//! Events, their rolls and their results.

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::attendance::UserSession;
use plenum_domain::event::{Event, EventState};
use plenum_domain::id::{EventId, OrganizationId, SessionId, UserId};
use plenum_domain::organization::QuorumRule;
use plenum_domain::permission::Scope;
use plenum_domain::result::RollLine;
use plenum_domain::roll::RollEntry;
use plenum_domain::rules::LateArrivals;
use plenum_domain::vote::Response;

use super::state::{Roll, State, checked, refers, the_row, unreferred};
use super::store::MemoryTx;
use crate::documents::ResultData;
use crate::error::StoreError;
use crate::repository::{EventRepository, NewEvent, ResultRepository};

/// Whether an event ends no earlier than it starts.
fn schedule_holds(event: &Event) -> bool {
    event.schedule.end_time.is_none_or(|end| end >= event.schedule.start_time)
}

impl State {
    fn add_event(&mut self, new: &NewEvent) -> Result<Event, StoreError> {
        refers(self.sessions.contains_key(&new.session_id), "events_session_id_fkey")?;
        refers(self.users.contains_key(&new.created_by_user_id), "events_created_by_user_id_fkey")?;
        let event = Event {
            id: EventId::new(self.next_id()),
            session_id: new.session_id,
            name: new.name.clone(),
            state: EventState::Draft,
            schedule: new.schedule,
            terms: new.terms.clone(),
            created_by_user_id: new.created_by_user_id,
            created_at: new.created_at,
        };
        checked(schedule_holds(&event), "events_end_after_start")?;
        self.events.insert(event.id, event.clone());
        Ok(event)
    }

    fn delete_draft(&mut self, id: EventId) -> Result<(), StoreError> {
        the_row(self.events.get(&id).filter(|event| event.state == EventState::Draft), "delete event")?;
        unreferred(self.votes_on(id).next().is_some(), "votes_event_id_fkey")?;
        unreferred(self.seals.contains_key(&id), "event_keys_event_id_fkey")?;
        unreferred(self.rolls.contains_key(&id), "electoral_roll_event_id_fkey")?;
        unreferred(self.results.contains_key(&id), "event_results_event_id_fkey")?;
        self.unlinked(id)?;
        self.fills_nothing(id)?;
        self.motions.remove(&id);
        self.events.remove(&id);
        self.roles.retain(|_, grant| grant.scope != Scope::Event(id));
        self.promises.retain(|_, promise| promise.scope != Scope::Event(id));
        Ok(())
    }

    fn fix_roll(&mut self, opened: &Event, roll: &[RollEntry], quorum: QuorumRule) -> Result<(), StoreError> {
        for entry in roll {
            refers(self.users.contains_key(&entry.principal), "electoral_roll_principal_user_id_fkey")?;
            if let Some((_, instance)) = entry.held_by {
                refers(self.votes_for(instance, entry.principal), "electoral_roll_user_session_fkey")?;
            }
        }
        let draft = self.events.get_mut(&opened.id).filter(|event| event.state == EventState::Draft);
        let event = the_row(draft, "open event")?;
        event.state = opened.state.clone();
        event.schedule = opened.schedule;
        checked(schedule_holds(event), "events_end_after_start")?;
        let entries = roll.iter().map(|entry| (entry.principal, *entry)).collect();
        self.rolls.insert(opened.id, Roll { entries, quorum });
        Ok(())
    }

    fn missing_on_rolls(&self, organization: OrganizationId, people: &[UserId]) -> Vec<(Event, Vec<UserId>)> {
        let running = |session: SessionId| {
            let session = self.sessions.get(&session);
            session.is_some_and(|it| it.organization_id == organization && !it.status.is_closed())
        };
        let open = self.events.values().filter(|event| {
            matches!(event.state, EventState::Active { .. })
                && event.terms.rules.late_arrivals == LateArrivals::Join
                && running(event.session_id)
        });
        let missing = |event: &Event, user: &UserId| {
            let own = self.own(event.session_id, *user);
            let on_roll = self.rolls.get(&event.id).is_some_and(|roll| roll.entries.contains_key(user));
            own.is_some_and(UserSession::is_own_presence) && !on_roll
        };
        let found = open.map(|event| {
            let mut users: Vec<UserId> = people.iter().filter(|user| missing(event, user)).copied().collect();
            users.sort_unstable();
            (event.clone(), users)
        });
        found.filter(|(_, users)| !users.is_empty()).collect()
    }

    fn join_roll(&mut self, id: EventId, joining: &[RollEntry]) -> Result<(), StoreError> {
        for entry in joining {
            refers(self.users.contains_key(&entry.principal), "electoral_roll_principal_user_id_fkey")?;
        }
        refers(self.rolls.contains_key(&id), "electoral_roll_event_id_fkey")?;
        let roll = the_row(self.rolls.get_mut(&id), "insert electoral roll")?;
        for entry in joining {
            checked(!roll.entries.contains_key(&entry.principal), "electoral_roll_pkey")?;
            roll.entries.insert(entry.principal, *entry);
        }
        Ok(())
    }

    fn write_event(&mut self, event: &Event) -> Result<(), StoreError> {
        checked(schedule_holds(event), "events_end_after_start")?;
        let opened = event.state != EventState::Draft;
        checked(!opened || self.rolls.contains_key(&event.id), "events_quorum")?;
        let row = the_row(self.events.get_mut(&event.id), "update event")?;
        row.name = event.name.clone();
        row.schedule = event.schedule;
        row.terms = event.terms.clone();
        row.state = event.state.clone();
        Ok(())
    }

    /// The rule an event was opened under.
    pub(super) fn quorum_rule(&self, id: EventId) -> Result<QuorumRule, StoreError> {
        the_row(self.rolls.get(&id), "select quorum rule").map(|roll| roll.quorum)
    }
}

#[async_trait]
impl EventRepository for MemoryTx {
    async fn get(&mut self, id: EventId) -> Result<Option<Event>, StoreError> {
        self.look(|state| state.events.get(&id).cloned())
    }

    async fn get_for_update(&mut self, id: EventId) -> Result<Option<Event>, StoreError> {
        EventRepository::get(self, id).await
    }

    async fn active_for_update(&mut self, session: SessionId) -> Result<Vec<Event>, StoreError> {
        self.look(|state| {
            let of_session = state.events.values().filter(|event| event.session_id == session);
            of_session.filter(|event| matches!(event.state, EventState::Active { .. })).cloned().collect()
        })
    }

    async fn insert(&mut self, event: &NewEvent) -> Result<Event, StoreError> {
        self.change(|state| state.add_event(event))
    }

    async fn update(&mut self, event: &Event) -> Result<(), StoreError> {
        self.change(|state| state.write_event(event))
    }

    async fn delete(&mut self, id: EventId) -> Result<(), StoreError> {
        self.change(|state| state.delete_draft(id))
    }

    async fn fix_roll(
        &mut self,
        opened: &Event,
        roll: &[RollEntry],
        quorum: QuorumRule,
    ) -> Result<(), StoreError> {
        self.change(|state| state.fix_roll(opened, roll, quorum))
    }

    async fn missing_on_rolls(
        &mut self,
        organization: OrganizationId,
        people: &[UserId],
    ) -> Result<Vec<(Event, Vec<UserId>)>, StoreError> {
        self.look(|state| state.missing_on_rolls(organization, people))
    }

    async fn join_roll(&mut self, id: EventId, joining: &[RollEntry]) -> Result<(), StoreError> {
        self.change(|state| state.join_roll(id, joining))
    }

    async fn roll_lines(&mut self, id: EventId, closed_at: Moment) -> Result<Vec<RollLine>, StoreError> {
        self.look(|state| state.roll_lines(id, Some(closed_at)))
    }

    async fn quorum_rule(&mut self, id: EventId) -> Result<QuorumRule, StoreError> {
        self.change(|state| state.quorum_rule(id))
    }

    async fn votes(&mut self, event: &Event) -> Result<Vec<(UserId, Response)>, StoreError> {
        self.look(|state| state.responses(event.id))
    }
}

#[async_trait]
impl ResultRepository for MemoryTx {
    async fn insert(
        &mut self,
        event: EventId,
        result: &ResultData,
        _counted_at: Moment,
    ) -> Result<(), StoreError> {
        self.change(|state| {
            refers(state.events.contains_key(&event), "event_results_event_id_fkey")?;
            match state.results.insert(event, result.clone()) {
                None => Ok(()),
                Some(_) => Err(StoreError::Other("the result of the event was written before".to_owned())),
            }
        })
    }

    async fn complete(
        &mut self,
        event: EventId,
        result: &ResultData,
        _counted_at: Moment,
    ) -> Result<(), StoreError> {
        self.change(|state| match state.results.insert(event, result.clone()) {
            Some(_) => Ok(()),
            None => Err(StoreError::Other("the event has no result to complete".to_owned())),
        })
    }

    async fn get(&mut self, event: EventId) -> Result<Option<ResultData>, StoreError> {
        self.look(|state| state.results.get(&event).cloned())
    }
}
