//! Motions beside their votes.

use async_trait::async_trait;
use plenum_domain::event::Event;
use plenum_domain::id::EventId;
use plenum_domain::motion::{Motion, TextVersion};

use crate::error::StoreError;

/// Loads and writes what is known of motions. The event is held by whoever writes.
#[async_trait]
pub trait MotionRepository: Send {
    /// What is known of a motion; `None` when nobody said anything about it.
    async fn get(&mut self, id: EventId) -> Result<Option<Motion>, StoreError>;
    /// Writes mover, seconder, link and withdrawal; the texts stay as they are.
    async fn put(&mut self, motion: &Motion) -> Result<(), StoreError>;
    /// Adds a version of the text of a motion that was written before. A version is never changed.
    async fn add_text(&mut self, id: EventId, version: &TextVersion) -> Result<(), StoreError>;
    /// The events that amend this one, by id, as they are now.
    async fn amendments(&mut self, id: EventId) -> Result<Vec<Event>, StoreError>;
    /// Whether any event amends or reconsiders this one.
    async fn is_linked_to(&mut self, id: EventId) -> Result<bool, StoreError>;
}
