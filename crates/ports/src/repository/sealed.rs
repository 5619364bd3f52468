//! Secret votes: the key of an event, sealed votes, and bare ballots.

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::event::Event;
use plenum_domain::id::{EventId, UserId, UserSessionId};
use plenum_domain::secret::BareBallot;

use crate::error::StoreError;
use crate::keys::{KeyId, KeyStoreId, PublicKey};

/// What the votes on an event are sealed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// Which event.
    pub event_id: EventId,
    /// Which key pair.
    pub key_id: KeyId,
    /// Where its private half is kept.
    pub key_store_id: KeyStoreId,
    /// How it seals.
    pub suite: String,
    /// Its public half.
    pub public_key: PublicKey,
}

/// How far a key has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealState {
    /// The key.
    pub seal: Seal,
    /// Since when nothing is opened with it any more.
    pub retired_at: Option<Moment>,
    /// Since when its private half is gone.
    pub destroyed_at: Option<Moment>,
}

/// A sealed vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedVote {
    /// On what.
    pub event_id: EventId,
    /// With which instance.
    pub user_session_id: UserSessionId,
    /// Whose vote.
    pub principal_user_id: UserId,
    /// What, sealed.
    pub sealed: Vec<u8>,
}

/// Keeps what a secret vote leaves. Nothing here tells a person's choice to anyone without the key.
#[async_trait]
pub trait SealedVotes: Send {
    /// Keeps the key that an event opens with.
    async fn insert_seal(&mut self, seal: &Seal) -> Result<(), StoreError>;
    /// The key of an event.
    async fn seal(&mut self, event: EventId) -> Result<Option<SealState>, StoreError>;
    /// Casts sealed votes; whether each was accepted, in the same order. One that is refused because its
    /// instance or its principal voted before changes nothing, and spoils none of the others.
    async fn record_sealed(&mut self, votes: &[SealedVote]) -> Result<Vec<bool>, StoreError>;
    /// Puts sealed votes in the place of those that were cast with the same instances for the same
    /// principals; what stood there, in the same order. `None` where nothing did: then nothing is written.
    async fn replace_sealed(&mut self, votes: &[SealedVote]) -> Result<Vec<Option<Vec<u8>>>, StoreError>;
    /// Every sealed vote on an event, by user id.
    async fn sealed_votes(&mut self, event: EventId) -> Result<Vec<SealedVote>, StoreError>;
    /// Writes what was in the envelopes, in this order, which is kept.
    async fn insert_ballots(&mut self, event: &Event, ballots: &[BareBallot]) -> Result<(), StoreError>;
    /// What was in the envelopes, in the order in which it was written.
    async fn ballots(&mut self, event: &Event) -> Result<Vec<BareBallot>, StoreError>;
    /// Notes that nothing is opened with the key of an event any more, and makes sure that whoever sees
    /// this committed sees it after any crash. `false` when that was noted before.
    async fn retire_key(&mut self, event: EventId, at: Moment) -> Result<bool, StoreError>;
    /// Notes that a retired key is gone; `false` when that was noted before.
    async fn note_destruction(&mut self, event: EventId, at: Moment) -> Result<bool, StoreError>;
}
