//! Events, their rolls and their results.

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::event::{Event, Schedule, Terms};
use plenum_domain::id::{EventId, OrganizationId, SessionId, UserId};
use plenum_domain::organization::QuorumRule;
use plenum_domain::result::RollLine;
use plenum_domain::roll::RollEntry;
use plenum_domain::text::Title;
use plenum_domain::vote::Response;

use crate::documents::ResultData;
use crate::error::StoreError;

/// An event to be prepared.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// In which sitting.
    pub session_id: SessionId,
    /// What it is called.
    pub name: Title,
    /// When voting may start and when it ends.
    pub schedule: Schedule,
    /// What is put to the vote and how.
    pub terms: Terms,
    /// Who prepares it.
    pub created_by_user_id: UserId,
    /// When.
    pub created_at: Moment,
}

/// Loads and writes events.
#[async_trait]
pub trait EventRepository: Send {
    /// By id, without a lock.
    async fn get(&mut self, id: EventId) -> Result<Option<Event>, StoreError>;
    /// By id; waits for the votes under way and holds back new ones until the transaction ends.
    async fn get_for_update(&mut self, id: EventId) -> Result<Option<Event>, StoreError>;
    /// The active events of a sitting, each taken for update, by id.
    async fn active_for_update(&mut self, session: SessionId) -> Result<Vec<Event>, StoreError>;
    /// Adds a draft.
    async fn insert(&mut self, event: &NewEvent) -> Result<Event, StoreError>;
    /// Writes name, schedule, terms and state.
    async fn update(&mut self, event: &Event) -> Result<(), StoreError>;
    /// Deletes a draft.
    async fn delete(&mut self, id: EventId) -> Result<(), StoreError>;
    /// Opens an event: writes its state and schedule, the quorum rule it is opened under, and its roll.
    async fn fix_roll(
        &mut self,
        opened: &Event,
        roll: &[RollEntry],
        quorum: QuorumRule,
    ) -> Result<(), StoreError>;
    /// The open votes of an organization's running sittings on whose rolls some of these people are missing who are
    /// in, unless late arrivals wait there: each with those people, by id. The events are held, so that none is
    /// counted before the transaction ends.
    async fn missing_on_rolls(
        &mut self,
        organization: OrganizationId,
        people: &[UserId],
    ) -> Result<Vec<(Event, Vec<UserId>)>, StoreError>;
    /// Adds people to the roll of an event that is open.
    async fn join_roll(&mut self, id: EventId, joining: &[RollEntry]) -> Result<(), StoreError>;
    /// The roll as the count sees it: who was present or represented when the event opened or came in until `closed_at`.
    /// By user id.
    async fn roll_lines(&mut self, id: EventId, closed_at: Moment) -> Result<Vec<RollLine>, StoreError>;
    /// The quorum rule the event was opened under.
    async fn quorum_rule(&mut self, id: EventId) -> Result<QuorumRule, StoreError>;
    /// Every vote of an event: whose, and what; by user id.
    async fn votes(&mut self, event: &Event) -> Result<Vec<(UserId, Response)>, StoreError>;
}

/// Loads and writes counted results. What is written is never changed; a result that waited for a decision is followed
/// by another.
#[async_trait]
pub trait ResultRepository: Send {
    /// Writes the result of an event.
    async fn insert(
        &mut self,
        event: EventId,
        result: &ResultData,
        counted_at: Moment,
    ) -> Result<(), StoreError>;
    /// Writes a further result of an event that has one: the present one from here on. Those before are kept.
    async fn complete(
        &mut self,
        event: EventId,
        result: &ResultData,
        counted_at: Moment,
    ) -> Result<(), StoreError>;
    /// The present result of an event.
    async fn get(&mut self, event: EventId) -> Result<Option<ResultData>, StoreError>;
}
