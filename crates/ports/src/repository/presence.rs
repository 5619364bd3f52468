//! The waiting list and presence checks.

use async_trait::async_trait;
use plenum_domain::id::{PresenceCheckId, SessionId, UserId};
use plenum_domain::presence::{Asked, PresenceCheck, Waiting};
use plenum_domain::{Moment, Step};

use crate::error::StoreError;

/// A presence check to be opened.
#[derive(Clone, Copy, Debug)]
pub struct NewPresenceCheck {
    /// In which sitting.
    pub session_id: SessionId,
    /// Who asks.
    pub created_by_user_id: UserId,
    /// Since when.
    pub opened_at: Moment,
    /// Answers are taken up to and without this moment.
    pub closes_at: Moment,
    /// Whether who does not answer is set absent.
    pub sets_absent: bool,
}

/// Loads and writes who waits, and presence checks.
#[async_trait]
pub trait PresenceRepository: Send {
    /// A person's place on the waiting list, locked until the end of the transaction.
    async fn waiting(&mut self, session: SessionId, user: UserId) -> Result<Option<Waiting>, StoreError>;
    /// Writes a person's place on the waiting list, new or not. Who is there already does not begin to wait
    /// again.
    async fn put_waiting(
        &mut self,
        session: SessionId,
        user: UserId,
        waiting: &Waiting,
    ) -> Result<(), StoreError>;
    /// Opens a check of these people. [`Constraint::PresenceCheck`](crate::Constraint::PresenceCheck) when
    /// one is running in the sitting.
    async fn open_check(
        &mut self,
        check: &NewPresenceCheck,
        people: &[UserId],
    ) -> Result<PresenceCheck, StoreError>;
    /// By id, without a lock.
    async fn check(&mut self, id: PresenceCheckId) -> Result<Option<PresenceCheck>, StoreError>;
    /// By id; it cannot end before the transaction does.
    async fn check_for_share(&mut self, id: PresenceCheckId) -> Result<Option<PresenceCheck>, StoreError>;
    /// By id, locked until the end of the transaction: answers under way have landed.
    async fn check_for_update(&mut self, id: PresenceCheckId) -> Result<Option<PresenceCheck>, StoreError>;
    /// The check that runs in a sitting.
    async fn running_check(&mut self, session: SessionId) -> Result<Option<PresenceCheckId>, StoreError>;
    /// Notes a person's first answer; later ones change nothing. `None` when they were not asked.
    async fn answer(
        &mut self,
        id: PresenceCheckId,
        user: UserId,
        now: Moment,
    ) -> Result<Option<Step<()>>, StoreError>;
    /// Everyone who was asked, by user id.
    async fn asked(&mut self, id: PresenceCheckId) -> Result<Vec<Asked>, StoreError>;
    /// Ends a check that runs, and notes who was set absent by it.
    async fn close_check(
        &mut self,
        id: PresenceCheckId,
        now: Moment,
        set_absent: &[UserId],
    ) -> Result<(), StoreError>;
}
