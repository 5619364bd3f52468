//! Organizations and their members.

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::id::{OrganizationId, UserId};
use plenum_domain::organization::{Accent, Contact, Member, Organization, Role, Rules, Weight};
use plenum_domain::text::{Description, OrganizationName};

use crate::error::StoreError;

/// An organization to be added.
#[derive(Clone, Debug)]
pub struct NewOrganization {
    /// Name.
    pub name: OrganizationName,
    /// What it says about itself.
    pub description: Description,
    /// Its bylaws.
    pub rules: Rules,
    /// The colour of its pages.
    pub accent: Option<Accent>,
}

/// A membership to be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewMember {
    /// Who.
    pub user_id: UserId,
    /// In which role.
    pub role: Role,
    /// With what weight.
    pub weight: Weight,
}

/// Loads and writes organizations and members.
#[async_trait]
pub trait OrganizationRepository: Send {
    /// By id.
    async fn get(&mut self, id: OrganizationId) -> Result<Option<Organization>, StoreError>;
    /// By id, locked against other changes of the organization and its members.
    async fn get_for_update(&mut self, id: OrganizationId) -> Result<Option<Organization>, StoreError>;
    /// Adds one.
    async fn insert(&mut self, organization: &NewOrganization) -> Result<Organization, StoreError>;
    /// Writes name, description and rules.
    async fn update(&mut self, organization: &Organization) -> Result<(), StoreError>;
    /// One membership.
    async fn member(&mut self, id: OrganizationId, user: UserId) -> Result<Option<Member>, StoreError>;
    /// Whether it is in the archive.
    async fn is_archived(&mut self, id: OrganizationId) -> Result<bool, StoreError>;
    /// Writes since when it is in the archive.
    async fn set_archived(&mut self, id: OrganizationId, since: Option<Moment>) -> Result<(), StoreError>;
    /// Whether any of its sittings is not closed.
    async fn has_running_sessions(&mut self, id: OrganizationId) -> Result<bool, StoreError>;
    /// Whether anything was ever put to the vote in it.
    async fn has_held_votes(&mut self, id: OrganizationId) -> Result<bool, StoreError>;
    /// Makes it as good as gone: nothing finds it any more.
    async fn delete(&mut self, id: OrganizationId, now: Moment) -> Result<(), StoreError>;
    /// Whether the organization knows a person: they are a member, were in one of its
    /// sittings or represented there, or hold or held a role in it.
    async fn knows(&mut self, id: OrganizationId, user: UserId) -> Result<bool, StoreError>;
    /// Every membership, by user id.
    async fn members(&mut self, id: OrganizationId) -> Result<Vec<Member>, StoreError>;
    /// Adds or changes memberships; `joined_at` of those who were members stays. In the same order.
    async fn put_members(
        &mut self,
        id: OrganizationId,
        members: &[NewMember],
    ) -> Result<Vec<Member>, StoreError>;
    /// How members are reached and numbered, those of whom nothing is known left out, by user id.
    async fn contacts(&mut self, id: OrganizationId) -> Result<Vec<(UserId, Contact)>, StoreError>;
    /// Writes that for members. They may exchange their numbers;
    /// [`Constraint::MemberNumber`](crate::Constraint::MemberNumber) when one belongs to somebody else then.
    async fn put_contacts(
        &mut self,
        id: OrganizationId,
        contacts: &[(UserId, Contact)],
    ) -> Result<(), StoreError>;
    /// Ends a membership; whether there was one. Votes, rolls and attendance stay.
    async fn remove_member(&mut self, id: OrganizationId, user: UserId) -> Result<bool, StoreError>;
}
