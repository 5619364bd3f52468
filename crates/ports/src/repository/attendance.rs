//! Vote instances, the attendance log and mandates.

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::attendance::{AttendanceEntry, JoinLeft, UserSession};
use plenum_domain::id::{EventId, OrganizationId, ProxyId, SessionId, UserId, UserSessionId};
use plenum_domain::proxy::{Mandate, MandateChange, MandateState, Scope, Voting};
use plenum_domain::text::Reason;

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
    /// Adds a correction to the log, with its reason.
    async fn correct(
        &mut self,
        session: SessionId,
        entry: &AttendanceEntry,
        reason: &Reason,
    ) -> Result<(), StoreError>;
    /// The log of a sitting in order of time, each line at the time it was written.
    async fn entries(&mut self, session: SessionId) -> Result<Vec<AttendanceEntry>, StoreError>;
}

/// A mandate to be written.
#[derive(Clone, Debug)]
pub struct NewMandate {
    /// What it is good for.
    pub scope: Scope,
    /// The mandate for a span that it comes from.
    pub span: Option<ProxyId>,
    /// Whose vote.
    pub principal_user_id: UserId,
    /// Who casts it.
    pub holder_user_id: UserId,
    /// Who entered it.
    pub created_by_user_id: UserId,
    /// When.
    pub created_at: Moment,
    /// Why.
    pub reason: Option<Reason>,
    /// Where it stands from the start.
    pub state: MandateState,
}

/// Something that happened to a mandate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MandateNote {
    /// Which one.
    pub proxy_id: ProxyId,
    /// What.
    pub change: MandateChange,
    /// When.
    pub at: Moment,
    /// Who did it; `None` for the server itself.
    pub by: Option<UserId>,
    /// The event it was used in.
    pub event_id: Option<EventId>,
    /// Why.
    pub reason: Option<Reason>,
}

/// Loads and writes mandates.
#[async_trait]
pub trait ProxyRepository: Send {
    /// By id, without a lock.
    async fn get(&mut self, id: ProxyId) -> Result<Option<Mandate>, StoreError>;
    /// By id, locked until the end of the transaction.
    async fn get_for_update(&mut self, id: ProxyId) -> Result<Option<Mandate>, StoreError>;
    /// The mandates of a sitting that stand, by id.
    async fn standing(&mut self, session: SessionId) -> Result<Vec<Mandate>, StoreError>;
    /// The mandates of a sitting that stand or wait for somebody's word, by id.
    async fn living(&mut self, session: SessionId) -> Result<Vec<Mandate>, StoreError>;
    /// The mandates for spans of an organization that stand or wait for somebody's word, by id.
    async fn living_spans(&mut self, organization: OrganizationId) -> Result<Vec<Mandate>, StoreError>;
    /// The living mandates in sittings that come from one for a span, by id.
    async fn living_of_span(&mut self, span: ProxyId) -> Result<Vec<Mandate>, StoreError>;
    /// Adds one. [`Constraint::Mandate`](crate::Constraint::Mandate) when the principal gave one that stands
    /// for the same already.
    async fn insert(&mut self, mandate: &NewMandate) -> Result<Mandate, StoreError>;
    /// Writes the state. [`Constraint::Mandate`](crate::Constraint::Mandate) as for a new one.
    async fn update(&mut self, mandate: &Mandate) -> Result<(), StoreError>;
    /// The standing mandates that are cast with these instances, by id.
    async fn standing_with(&mut self, instances: &[UserSessionId]) -> Result<Vec<Mandate>, StoreError>;
    /// Ends every living mandate of a sitting, or only those for one event of it, as expired. Which ones,
    /// as they are afterwards, by id.
    async fn expire(
        &mut self,
        session: SessionId,
        event: Option<EventId>,
        now: Moment,
    ) -> Result<Vec<Mandate>, StoreError>;
    /// Adds lines to what happened to mandates.
    async fn note(&mut self, notes: &[MandateNote]) -> Result<(), StoreError>;
    /// Whether a vote was cast with this mandate's instance for its principal on an event that is active
    /// and that it is good for.
    async fn used_in_active_event(&mut self, mandate: &Mandate) -> Result<bool, StoreError>;
    /// What has been put to the vote in a sitting so far.
    async fn voting(&mut self, session: SessionId) -> Result<Voting, StoreError>;
}
