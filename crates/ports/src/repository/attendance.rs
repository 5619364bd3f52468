//! Vote instances, the attendance log and mandates.

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::attendance::{AttendanceEntry, JoinLeft, UserSession};
use plenum_domain::id::{ProxyId, SessionId, UserId, UserSessionId};
use plenum_domain::proxy::Mandate;

use crate::error::StoreError;

/// Loads and writes vote instances and the log of coming and going.
#[async_trait]
pub trait AttendanceRepository: Send {
    /// A person's own instance in a sitting, locked until the end of the transaction.
    async fn own(&mut self, session: SessionId, user: UserId) -> Result<Option<UserSession>, StoreError>;
    /// Every instance a person casts in a sitting, the own one first, then by id.
    async fn of_user(&mut self, session: SessionId, user: UserId) -> Result<Vec<UserSession>, StoreError>;
    /// Every instance of a sitting, by id.
    async fn all(&mut self, session: SessionId) -> Result<Vec<UserSession>, StoreError>;
    /// Makes a person's own instance, joined.
    async fn insert_own(
        &mut self,
        session: SessionId,
        user: UserId,
        now: Moment,
    ) -> Result<UserSession, StoreError>;
    /// Makes the instance with which `holder` votes for `principal`, or brings the one of an earlier
    /// mandate between the two back.
    async fn put_proxy(
        &mut self,
        session: SessionId,
        holder: UserId,
        principal: UserId,
        join_left: JoinLeft,
        now: Moment,
    ) -> Result<UserSession, StoreError>;
    /// Writes whether instances are in the sitting.
    async fn set_join_left(&mut self, ids: &[UserSessionId], join_left: JoinLeft) -> Result<(), StoreError>;
    /// Writes whether a person was shown out.
    async fn set_barred(&mut self, id: UserSessionId, barred: bool) -> Result<(), StoreError>;
    /// Adds lines to the log.
    async fn log(&mut self, session: SessionId, entries: &[AttendanceEntry]) -> Result<(), StoreError>;
    /// The log of a sitting in order of time.
    async fn entries(&mut self, session: SessionId) -> Result<Vec<AttendanceEntry>, StoreError>;
}

/// A mandate to be written.
#[derive(Clone, Copy, Debug)]
pub struct NewMandate {
    /// For which sitting.
    pub session_id: SessionId,
    /// Whose vote.
    pub principal_user_id: UserId,
    /// Who casts it.
    pub holder_user_id: UserId,
    /// With which instance.
    pub user_session_id: UserSessionId,
    /// Who entered it.
    pub created_by_user_id: UserId,
    /// When.
    pub created_at: Moment,
}

/// Loads and writes mandates.
#[async_trait]
pub trait ProxyRepository: Send {
    /// By id, locked until the end of the transaction.
    async fn get_for_update(&mut self, id: ProxyId) -> Result<Option<Mandate>, StoreError>;
    /// The mandates of a sitting that stand, by id.
    async fn standing(&mut self, session: SessionId) -> Result<Vec<Mandate>, StoreError>;
    /// Adds one. [`Constraint::Mandate`](crate::Constraint::Mandate) when the principal gave one already.
    async fn insert(&mut self, mandate: &NewMandate) -> Result<Mandate, StoreError>;
    /// Takes one back.
    async fn revoke(&mut self, id: ProxyId, now: Moment) -> Result<(), StoreError>;
    /// Whether a vote was cast with this mandate's instance for its principal on an event that is active.
    async fn used_in_active_event(&mut self, mandate: &Mandate) -> Result<bool, StoreError>;
}
