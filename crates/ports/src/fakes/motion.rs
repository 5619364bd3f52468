//! Motions beside their votes.

use async_trait::async_trait;
use plenum_domain::event::Event;
use plenum_domain::id::EventId;
use plenum_domain::motion::{Link, Motion, TextVersion};

use super::state::{State, checked, refers, the_row, unreferred};
use super::store::MemoryTx;
use crate::error::StoreError;
use crate::repository::MotionRepository;

impl State {
    pub(super) fn amendments_of(&self, id: EventId) -> Vec<EventId> {
        let amends = |motion: &&Motion| matches!(motion.link, Some(Link::Amends { main, .. }) if main == id);
        self.motions.values().filter(amends).map(|motion| motion.event_id).collect()
    }

    pub(super) fn reconsiderations_of(&self, id: EventId) -> Vec<EventId> {
        let again = |motion: &&Motion| motion.link == Some(Link::Reconsiders(id));
        self.motions.values().filter(again).map(|motion| motion.event_id).collect()
    }

    /// Passes when no motion refers to this event.
    pub(super) fn unlinked(&self, id: EventId) -> Result<(), StoreError> {
        unreferred(!self.amendments_of(id).is_empty(), "motions_amends_event_id_fkey")?;
        unreferred(!self.reconsiderations_of(id).is_empty(), "motions_reconsiders_event_id_fkey")
    }
}

#[async_trait]
impl MotionRepository for MemoryTx {
    async fn get(&mut self, id: EventId) -> Result<Option<Motion>, StoreError> {
        self.look(|state| state.motions.get(&id).cloned())
    }

    async fn put(&mut self, motion: &Motion) -> Result<(), StoreError> {
        self.change(|state| {
            refers(state.events.contains_key(&motion.event_id), "motions_event_id_fkey")?;
            let target = motion.link.as_ref().map(Link::target);
            refers(target.is_none_or(|id| state.events.contains_key(&id)), "motions_amends_event_id_fkey")?;
            let alone = motion.mover.is_some() && motion.mover == motion.seconder;
            checked(!alone, "motions_two_people")?;
            let texts = state.motions.remove(&motion.event_id).map(|motion| motion.texts).unwrap_or_default();
            state.motions.insert(motion.event_id, Motion { texts, ..motion.clone() });
            Ok(())
        })
    }

    async fn add_text(&mut self, id: EventId, version: &TextVersion) -> Result<(), StoreError> {
        self.change(|state| {
            let motion = the_row(state.motions.get_mut(&id), "add motion text")?;
            let taken = motion.texts.iter().any(|text| text.number == version.number);
            checked(!taken, "motion_texts_pkey")?;
            motion.texts.push(version.clone());
            Ok(())
        })
    }

    async fn amendments(&mut self, id: EventId) -> Result<Vec<Event>, StoreError> {
        self.look(|state| {
            let ids = state.amendments_of(id);
            ids.iter().filter_map(|id| state.events.get(id).cloned()).collect()
        })
    }

    async fn is_linked_to(&mut self, id: EventId) -> Result<bool, StoreError> {
        self.look(|state| state.unlinked(id).is_err())
    }
}
