//! Offices and nominations.

use async_trait::async_trait;
use plenum_domain::id::{EventId, NominationId, OfficeId, SessionId};
use plenum_domain::nomination::{Nomination, Office, OfficeState};

use super::state::{State, refers, the_row, unreferred};
use super::store::MemoryTx;
use crate::documents::EventData;
use crate::error::{Constraint, StoreError};
use crate::queries::{CandidateLine, NominationLine, OfficeLine};
use crate::repository::{NewNomination, NewOffice, NominationRepository};

impl State {
    pub(super) fn nominations_for(&self, id: OfficeId) -> impl Iterator<Item = &Nomination> {
        self.nominations.values().filter(move |nomination| nomination.office_id == id)
    }

    pub(super) fn office_line(&self, id: OfficeId) -> Result<Option<OfficeLine>, StoreError> {
        let Some((office, data)) = self.offices.get(&id).cloned() else { return Ok(None) };
        let line = |nomination: &Nomination| {
            let (candidate, nominated_by) =
                (self.user(nomination.candidate)?, self.user(nomination.nominated_by)?);
            Ok(NominationLine { nomination: nomination.clone(), candidate, nominated_by })
        };
        let nominations = self.nominations_for(id).map(line).collect::<Result<_, StoreError>>()?;
        Ok(Some(OfficeLine { office, data, nominations }))
    }

    /// The office that an event fills, or one it follows.
    fn office_behind(&self, id: EventId) -> Option<OfficeId> {
        let mut next = Some(id);
        while let Some(id) = next {
            let found = self.offices.values().find(|(office, _)| office.state.event_id() == Some(id));
            if let Some((office, _)) = found {
                return Some(office.id);
            }
            next = self.events.get(&id).and_then(|event| event.terms.follows);
        }
        None
    }

    pub(super) fn candidates(&self, id: EventId) -> Result<Vec<CandidateLine>, StoreError> {
        let Some(office) = self.office_behind(id) else { return Ok(Vec::new()) };
        let mut standing: Vec<&Nomination> =
            self.nominations_for(office).filter(|nomination| nomination.option.is_some()).collect();
        standing.sort_by_key(|nomination| (nomination.nominated_at, nomination.id));
        let line = |nomination: &Nomination| {
            let option = the_row(nomination.option.clone(), "select candidate")?;
            Ok(CandidateLine {
                office_id: office,
                option,
                user: self.user(nomination.candidate)?,
                nominated_by: self.user(nomination.nominated_by)?,
                statement: nomination.statement.clone(),
            })
        };
        standing.into_iter().map(line).collect()
    }

    /// Passes when no office refers to this event.
    pub(super) fn fills_nothing(&self, id: EventId) -> Result<(), StoreError> {
        let mut offices = self.offices.values();
        unreferred(offices.any(|(office, _)| office.state.event_id() == Some(id)), "offices_event_id_fkey")?;
        let mut offices = self.offices.values();
        unreferred(offices.any(|(office, _)| office.follows == Some(id)), "offices_follows_event_id_fkey")
    }
}

#[async_trait]
impl NominationRepository for MemoryTx {
    async fn insert_office(&mut self, new: &NewOffice) -> Result<Office, StoreError> {
        self.change(|state| {
            refers(state.sessions.contains_key(&new.session_id), "offices_session_id_fkey")?;
            refers(state.users.contains_key(&new.created_by_user_id), "offices_created_by_user_id_fkey")?;
            let follows = new.follows.is_none_or(|id| state.events.contains_key(&id));
            refers(follows, "offices_follows_event_id_fkey")?;
            let office = Office {
                id: OfficeId::new(state.next_id()),
                session_id: new.session_id,
                name: new.name.clone(),
                seats: new.seats,
                state: OfficeState::Open,
                follows: new.follows,
                created_by_user_id: new.created_by_user_id,
                created_at: new.created_at,
            };
            state.offices.insert(office.id, (office.clone(), new.data.clone()));
            Ok(office)
        })
    }

    async fn office_for_update(&mut self, id: OfficeId) -> Result<Option<(Office, EventData)>, StoreError> {
        self.look(|state| state.offices.get(&id).cloned())
    }

    async fn session_of_office(&mut self, id: OfficeId) -> Result<Option<SessionId>, StoreError> {
        self.look(|state| state.offices.get(&id).map(|(office, _)| office.session_id))
    }

    async fn office_of_event(&mut self, id: EventId) -> Result<Option<(Office, EventData)>, StoreError> {
        self.look(|state| {
            state.offices.values().find(|(office, _)| office.state.event_id() == Some(id)).cloned()
        })
    }

    async fn put_office(&mut self, office: &Office) -> Result<(), StoreError> {
        self.change(|state| {
            if let Some(event) = office.state.event_id() {
                refers(state.events.contains_key(&event), "offices_event_id_fkey")?;
                let taken = state
                    .offices
                    .values()
                    .any(|(other, _)| other.id != office.id && other.state.event_id() == Some(event));
                super::state::checked(!taken, "offices_event_key")?;
            }
            let row = the_row(state.offices.get_mut(&office.id), "update office")?;
            row.0.state = office.state;
            Ok(())
        })
    }

    async fn delete_office(&mut self, id: OfficeId) -> Result<(), StoreError> {
        self.change(|state| {
            the_row(state.offices.remove(&id), "delete office")?;
            state.nominations.retain(|_, nomination| nomination.office_id != id);
            Ok(())
        })
    }

    async fn nominations(&mut self, id: OfficeId) -> Result<Vec<Nomination>, StoreError> {
        self.look(|state| state.nominations_for(id).cloned().collect())
    }

    async fn office_of_nomination(&mut self, id: NominationId) -> Result<Option<OfficeId>, StoreError> {
        self.look(|state| state.nominations.get(&id).map(|nomination| nomination.office_id))
    }

    async fn insert_nomination(&mut self, new: &NewNomination) -> Result<Nomination, StoreError> {
        self.change(|state| {
            refers(state.offices.contains_key(&new.office_id), "nominations_office_id_fkey")?;
            for (user, key) in [
                (new.candidate, "nominations_candidate_user_id_fkey"),
                (new.nominated_by, "nominations_nominated_by_user_id_fkey"),
            ] {
                refers(state.users.contains_key(&user), key)?;
            }
            if state.nominations_for(new.office_id).any(|other| other.candidate == new.candidate) {
                return Err(StoreError::Violated(Constraint::Nomination));
            }
            let nomination = Nomination {
                id: NominationId::new(state.next_id()),
                office_id: new.office_id,
                candidate: new.candidate,
                nominated_by: new.nominated_by,
                nominated_at: new.nominated_at,
                answer: new.answer,
                statement: new.statement.clone(),
                option: None,
                left_out: None,
            };
            state.nominations.insert(nomination.id, nomination.clone());
            Ok(nomination)
        })
    }

    async fn put_nomination(&mut self, nomination: &Nomination) -> Result<(), StoreError> {
        self.change(|state| {
            let on_ballot = nomination.option.is_none() || nomination.is_accepted();
            super::state::checked(on_ballot, "nominations_on_ballot")?;
            let stood =
                nomination.left_out.is_none() || nomination.is_accepted() && nomination.option.is_none();
            super::state::checked(stood, "nominations_left_out")?;
            let row = the_row(state.nominations.get_mut(&nomination.id), "update nomination")?;
            row.answer = nomination.answer;
            row.statement.clone_from(&nomination.statement);
            row.option.clone_from(&nomination.option);
            row.left_out = nomination.left_out;
            Ok(())
        })
    }
}
