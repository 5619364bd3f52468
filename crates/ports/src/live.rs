//! What servers tell one another about changes, in the transaction that makes them.

use async_trait::async_trait;
use plenum_domain::id::{SessionId, UserId};

use crate::error::StoreError;

/// Something changed. What exactly is for who hears it to look up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Announcement {
    /// Something about a sitting: who is in it, its events, its state. Cast votes are not announced.
    Session(SessionId),
    /// What a person may see: a role, a place in a sitting, a login.
    Person(UserId),
    /// Announcements may have been missed: everything is to be looked up.
    Missed,
}

/// Where committed changes are heard of, in every server.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// Hears of what is committed from now on.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] while the database cannot be reached.
    async fn listen(&self) -> Result<Box<dyn Bulletin>, StoreError>;
}

/// Announcements in the order of their commits.
#[async_trait]
pub trait Bulletin: Send {
    /// Waits for the next one. A connection that was lost is made anew and answered with
    /// [`Announcement::Missed`].
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] while the database cannot be reached; it may be asked again.
    async fn next(&mut self) -> Result<Announcement, StoreError>;
}
