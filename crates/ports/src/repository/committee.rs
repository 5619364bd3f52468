//! Committees and who belongs to them.

use async_trait::async_trait;
use plenum_domain::committee::{Committee, CommitteeMember, CommitteeRole};
use plenum_domain::id::{CommitteeId, OrganizationId, SessionId, UserId};
use plenum_domain::text::CommitteeName;

use crate::error::StoreError;

/// A committee to be made.
#[derive(Clone, Debug)]
pub struct NewCommittee {
    /// Whose.
    pub organization_id: OrganizationId,
    /// What it is part of.
    pub parent_id: Option<CommitteeId>,
    /// What it is called.
    pub name: CommitteeName,
    /// Who makes it.
    pub created_by_user_id: UserId,
}

/// Loads and writes committees. Whoever changes one takes its organization for update first.
#[async_trait]
pub trait CommitteeRepository: Send {
    /// By id, unless it was dissolved.
    async fn get(&mut self, id: CommitteeId) -> Result<Option<Committee>, StoreError>;
    /// A committee and those it is part of, the nearest first or in any order; dissolved ones left out.
    async fn line(&mut self, id: CommitteeId) -> Result<Vec<CommitteeId>, StoreError>;
    /// Whether other committees that were not dissolved are part of it.
    async fn has_parts(&mut self, id: CommitteeId) -> Result<bool, StoreError>;
    /// Adds one. [`Constraint::CommitteeName`](crate::Constraint::CommitteeName) when the organization has one
    /// of that name, in whatever case.
    async fn insert(&mut self, new: &NewCommittee) -> Result<Committee, StoreError>;
    /// Writes name and parent.
    async fn update(&mut self, committee: &Committee) -> Result<(), StoreError>;
    /// Dissolves it: its name is free again, and nobody holds anything by belonging to it.
    async fn dissolve(&mut self, id: CommitteeId) -> Result<(), StoreError>;
    /// Everyone who belongs to it, by user id.
    async fn members(&mut self, id: CommitteeId) -> Result<Vec<CommitteeMember>, StoreError>;
    /// One person's place in it.
    async fn member(&mut self, id: CommitteeId, user: UserId) -> Result<Option<CommitteeMember>, StoreError>;
    /// Takes a member of the organization in, or changes their role; `joined_at` of who was in stays.
    async fn put_member(
        &mut self,
        id: CommitteeId,
        user: UserId,
        role: CommitteeRole,
    ) -> Result<CommitteeMember, StoreError>;
    /// Ends a person's place in it; whether they had one.
    async fn remove_member(&mut self, id: CommitteeId, user: UserId) -> Result<bool, StoreError>;
    /// Makes a sitting one of this committee's.
    async fn convene(&mut self, id: CommitteeId, session: SessionId) -> Result<(), StoreError>;
}
