//! Casting votes, behind a port of its own.
//!
//! Both calls take batches, so that many people's votes can share one transaction; a bad vote never
//! fails its neighbours.

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::event::Event;
use plenum_domain::id::{EventId, UserId, UserSessionId, VoteId};
use plenum_domain::vote::{Instance, Response};

use crate::error::StoreError;

/// Who votes on what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CastKey {
    /// The event.
    pub event_id: EventId,
    /// The person at the ballot box.
    pub user_id: UserId,
}

/// What bears on a person's voting at this instant.
#[derive(Clone, Debug)]
pub struct CastFacts {
    /// The event, held open: a close waits until the transaction ends.
    pub event: Event,
    /// The person's instances in the event's sitting, the own one first, then by id.
    pub instances: Vec<Instance>,
    /// The database's clock, read after the event was taken.
    pub now: Moment,
}

/// A vote to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewVote<'a> {
    /// On what.
    pub event: &'a Event,
    /// With which instance.
    pub user_session_id: UserSessionId,
    /// Whose vote.
    pub principal_user_id: UserId,
    /// Who casts it.
    pub cast_by_user_id: UserId,
    /// What.
    pub response: Response,
}

/// What became of a vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It stands once the transaction is committed.
    Accepted {
        /// Its id.
        id: VoteId,
        /// The database's time of the cast.
        cast_time: Moment,
    },
    /// This instance or this principal voted before; nothing was written.
    AlreadyVoted,
}

/// The ballot box.
#[async_trait]
pub trait BallotBox: Send {
    /// Takes each event for share and tells what bears on each person's voting, in the same order;
    /// `None` when there is no such event. The mandates behind proxy instances are held too, so that
    /// they cannot be revoked in between.
    async fn facts(&mut self, keys: &[CastKey]) -> Result<Vec<Option<CastFacts>>, StoreError>;

    /// Records votes, in the same order.
    async fn record(&mut self, votes: &[NewVote<'_>]) -> Result<Vec<Recorded>, StoreError>;

    /// Changes votes that were cast with these instances, in the same order, where the rules of their
    /// events allow it. [`Recorded::AlreadyVoted`] where the vote was cast with another instance, or not
    /// at all; nothing is written then.
    async fn change(&mut self, votes: &[NewVote<'_>]) -> Result<Vec<Recorded>, StoreError>;
}
