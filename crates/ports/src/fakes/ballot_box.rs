//! Casting.

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::event::{Event, EventState};
use plenum_domain::id::VoteId;
use plenum_domain::vote::Vote;

use super::state::{State, checked, refers};
use super::store::MemoryTx;
use crate::error::StoreError;
use crate::repository::{BallotBox, CastFacts, CastKey, NewVote, Recorded};

impl State {
    fn record(&mut self, new: &NewVote<'_>, now: Moment) -> Result<Recorded, StoreError> {
        let event = new.event.id;
        refers(self.events.contains_key(&event), "votes_event_id_fkey")?;
        let by_instance = self.votes_on(event).any(|vote| vote.user_session_id == new.user_session_id);
        if by_instance || self.voted(event, new.principal_user_id) {
            return Ok(Recorded::AlreadyVoted);
        }
        refers(!self.events.get(&event).is_some_and(Event::is_secret), "votes_event_id_fkey")?;
        refers(self.votes_for(new.user_session_id, new.principal_user_id), "votes_user_session_fkey")?;
        let roll = self.rolls.get(&event);
        let on_roll = roll.is_some_and(|roll| roll.entries.contains_key(&new.principal_user_id));
        refers(on_roll, "votes_roll_fkey")?;
        let id = VoteId::new(self.next_id());
        let vote = Vote {
            id,
            event_id: event,
            user_session_id: new.user_session_id,
            principal_user_id: new.principal_user_id,
            cast_by_user_id: new.cast_by_user_id,
            cast_time: now,
            response: new.response.clone(),
        };
        self.votes.insert(id, vote);
        Ok(Recorded::Accepted { id, cast_time: now })
    }
}

#[async_trait]
impl BallotBox for MemoryTx {
    async fn facts(&mut self, keys: &[CastKey]) -> Result<Vec<Option<CastFacts>>, StoreError> {
        let now = self.time();
        self.look(|state| {
            let facts = |key: &CastKey| {
                let event = state.events.get(&key.event_id)?.clone();
                Some(CastFacts { instances: state.voting_instances(&event, key.user_id), event, now })
            };
            keys.iter().map(facts).collect()
        })
    }

    async fn record(&mut self, votes: &[NewVote<'_>]) -> Result<Vec<Recorded>, StoreError> {
        let now = self.time();
        self.change(|state| votes.iter().map(|vote| state.record(vote, now)).collect())
    }

    async fn change(&mut self, votes: &[NewVote<'_>]) -> Result<Vec<Recorded>, StoreError> {
        let now = self.time();
        self.change(|state| {
            let mut answers = Vec::with_capacity(votes.len());
            for new in votes {
                let stored = state.votes.values_mut().find(|vote| {
                    vote.event_id == new.event.id && vote.user_session_id == new.user_session_id
                });
                let event = state.events.get(&new.event.id);
                let open = event.is_some_and(|event| {
                    event.terms.rules.may_change_votes && matches!(event.state, EventState::Active { .. })
                });
                answers.push(match stored {
                    Some(vote) => {
                        checked(open, "votes_changed_by_rule")?;
                        vote.response = new.response.clone();
                        vote.cast_time = now;
                        Recorded::Accepted { id: vote.id, cast_time: now }
                    }
                    None => Recorded::AlreadyVoted,
                });
            }
            Ok(answers)
        })
    }
}
