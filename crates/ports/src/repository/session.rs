//! Sittings.

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::id::{OrganizationId, SessionId, UserId};
use plenum_domain::session::{JoinCode, Session, SessionStatus};
use plenum_domain::text::Title;

use super::TokenHash;
use crate::error::StoreError;

/// A sitting to be opened.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Whose.
    pub organization_id: OrganizationId,
    /// Its code.
    pub join_code: JoinCode,
    /// What it is called.
    pub title: Title,
    /// The host.
    pub created_by_user_id: UserId,
}

/// A link to a sitting's screen that needs no sign-in.
#[derive(Clone, Copy)]
pub struct NewScreenLink {
    /// Whose screen.
    pub session_id: SessionId,
    /// What is kept of its token.
    pub token: TokenHash,
    /// When it is made.
    pub created_at: Moment,
}

/// Loads and writes sittings.
///
/// Whoever decides something that a close of the sitting would forbid takes it `for_share`; whoever
/// changes the sitting, or something that must happen one at a time in it, takes it `for_update`.
#[async_trait]
pub trait SessionRepository: Send {
    /// By id, without a lock.
    async fn get(&mut self, id: SessionId) -> Result<Option<Session>, StoreError>;
    /// By id; it cannot be closed before the transaction ends.
    async fn get_for_share(&mut self, id: SessionId) -> Result<Option<Session>, StoreError>;
    /// By id; nothing else can take it until the transaction ends.
    async fn get_for_update(&mut self, id: SessionId) -> Result<Option<Session>, StoreError>;
    /// The sitting that is not closed and has this code, taken for share.
    async fn find_by_code_for_share(&mut self, code: &JoinCode) -> Result<Option<Session>, StoreError>;
    /// The sittings of an organization that are not closed and that a person has come into, by id.
    async fn running_with(
        &mut self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Vec<SessionId>, StoreError>;
    /// The sittings of an organization that are not closed, by id.
    async fn running(&mut self, organization: OrganizationId) -> Result<Vec<SessionId>, StoreError>;
    /// Adds one; `None` when the code is in use, so that the caller can draw another one in the same
    /// transaction.
    async fn insert(&mut self, session: &NewSession) -> Result<Option<Session>, StoreError>;
    /// Writes the status.
    async fn set_status(&mut self, id: SessionId, status: SessionStatus) -> Result<(), StoreError>;
    /// Writes the link to a sitting's screen in place of the one there is; whether there was one.
    async fn put_screen(&mut self, link: &NewScreenLink) -> Result<bool, StoreError>;
    /// Deletes the link to a sitting's screen; whether there was one.
    async fn delete_screen(&mut self, id: SessionId) -> Result<bool, StoreError>;
}
