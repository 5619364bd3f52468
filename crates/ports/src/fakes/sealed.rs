//! Secret votes.

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::event::{Event, EventState};
use plenum_domain::id::EventId;
use plenum_domain::secret::BareBallot;

use super::state::{State, refers, the_row};
use super::store::MemoryTx;
use crate::error::StoreError;
use crate::repository::{Seal, SealState, SealedVote, SealedVotes};

impl State {
    fn is_secret(&self, event: EventId) -> bool {
        self.events.get(&event).is_some_and(Event::is_secret)
    }

    fn add_seal(&mut self, seal: &Seal) -> Result<(), StoreError> {
        refers(self.is_secret(seal.event_id), "event_keys_event_id_fkey")?;
        let taken = self.seals.values().any(|known| known.seal.key_id == seal.key_id);
        if taken || self.seals.contains_key(&seal.event_id) {
            return Err(StoreError::Other("the event or the key is sealed already".to_owned()));
        }
        let state = SealState { seal: seal.clone(), retired_at: None, destroyed_at: None };
        self.seals.insert(seal.event_id, state);
        Ok(())
    }

    fn add_envelope(&mut self, vote: &SealedVote) -> Result<bool, StoreError> {
        let (event, principal) = (vote.event_id, vote.principal_user_id);
        let by_instance = self.envelopes_on(event).any(|known| known.user_session_id == vote.user_session_id);
        if by_instance || self.voted(event, principal) {
            return Ok(false);
        }
        refers(self.is_secret(event), "envelopes_event_id_fkey")?;
        refers(self.votes_for(vote.user_session_id, principal), "envelopes_user_session_fkey")?;
        let on_roll = self.rolls.get(&event).is_some_and(|roll| roll.entries.contains_key(&principal));
        refers(on_roll, "envelopes_roll_fkey")?;
        self.envelopes.insert((event, principal), vote.clone());
        Ok(true)
    }

    fn replace_envelope(&mut self, vote: &SealedVote) -> Result<Option<Vec<u8>>, StoreError> {
        let open = self
            .events
            .get(&vote.event_id)
            .is_some_and(|event| matches!(event.state, EventState::Active { .. }));
        let known = self.envelopes.get_mut(&(vote.event_id, vote.principal_user_id));
        let Some(known) = known.filter(|known| known.user_session_id == vote.user_session_id) else {
            return Ok(None);
        };
        if open {
            Ok(Some(std::mem::replace(&mut known.sealed, vote.sealed.clone())))
        } else {
            Err(StoreError::Other("an envelope stands once voting is over".to_owned()))
        }
    }

    fn add_ballots(&mut self, event: EventId, ballots: &[BareBallot]) -> Result<(), StoreError> {
        refers(self.is_secret(event), "ballots_event_id_fkey")?;
        match self.ballots.insert(event, ballots.to_vec()) {
            None => Ok(()),
            Some(_) => Err(StoreError::Other("the ballots of the event were written before".to_owned())),
        }
    }
}

#[async_trait]
impl SealedVotes for MemoryTx {
    async fn insert_seal(&mut self, seal: &Seal) -> Result<(), StoreError> {
        self.change(|state| state.add_seal(seal))
    }

    async fn seal(&mut self, event: EventId) -> Result<Option<SealState>, StoreError> {
        self.look(|state| state.seals.get(&event).cloned())
    }

    async fn record_sealed(&mut self, votes: &[SealedVote]) -> Result<Vec<bool>, StoreError> {
        self.change(|state| votes.iter().map(|vote| state.add_envelope(vote)).collect())
    }

    async fn replace_sealed(&mut self, votes: &[SealedVote]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.change(|state| votes.iter().map(|vote| state.replace_envelope(vote)).collect())
    }

    async fn sealed_votes(&mut self, event: EventId) -> Result<Vec<SealedVote>, StoreError> {
        self.look(|state| state.envelopes_on(event).cloned().collect())
    }

    async fn insert_ballots(&mut self, event: &Event, ballots: &[BareBallot]) -> Result<(), StoreError> {
        if ballots.is_empty() {
            return Ok(());
        }
        self.change(|state| state.add_ballots(event.id, ballots))
    }

    async fn ballots(&mut self, event: &Event) -> Result<Vec<BareBallot>, StoreError> {
        self.look(|state| state.ballots.get(&event.id).cloned().unwrap_or_default())
    }

    async fn retire_key(&mut self, event: EventId, at: Moment) -> Result<bool, StoreError> {
        self.change(|state| {
            let found = the_row(state.seals.get_mut(&event), "retire key")?;
            let first = found.retired_at.is_none();
            found.retired_at.get_or_insert(at);
            Ok(first)
        })
    }

    async fn note_destruction(&mut self, event: EventId, at: Moment) -> Result<bool, StoreError> {
        self.change(|state| {
            let found = state.seals.get_mut(&event).filter(|found| found.retired_at.is_some());
            let found = the_row(found, "note destruction")?;
            let first = found.destroyed_at.is_none();
            found.destroyed_at.get_or_insert(at);
            Ok(first)
        })
    }
}
