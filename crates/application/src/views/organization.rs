use plenum_domain::committee::{Committee, CommitteeMember};
use plenum_domain::id::{CommitteeId, OrganizationId, UserId};
use plenum_domain::organization::{Contact, Organization};
use plenum_domain::permission::{ManageMembers, Permitted, Scope, Standing, ViewAudit, ViewOrganization};
use plenum_domain::rules::Adopted;
use plenum_domain::user::User;
use plenum_ports::page::{Page, Paged};
use plenum_ports::queries::{AuditFilter, AuditLine, MemberLine};

use super::require;
use crate::{App, Failure};

impl App {
    /// The organizations the person belongs to or holds a role in, and how they stand towards each.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn organizations(
        &self,
        user: UserId,
        page: Page,
    ) -> Result<Paged<(Organization, Standing)>, Failure> {
        Ok(self.queries.organizations(user, page).await?)
    }

    /// One organization, and how the person stands towards it.
    ///
    /// # Errors
    /// [`Failure::NotFound`] for anyone but its members.
    pub async fn organization(
        &self,
        id: OrganizationId,
        user: UserId,
    ) -> Result<(Organization, Standing), Failure> {
        let found = self.queries.organization(id, user).await?.ok_or(Failure::NotFound("organization"))?;
        require::<ViewOrganization>(&found.1, "organization")?;
        Ok(found)
    }

    /// Whether an organization is archived.
    ///
    /// # Errors
    /// [`Failure::NotFound`] for anyone but its members.
    pub async fn is_archived(&self, id: OrganizationId, user: UserId) -> Result<bool, Failure> {
        self.organization(id, user).await?;
        Ok(self.queries.is_archived(id).await?)
    }

    /// The versions of an organization's rules, the newest first.
    ///
    /// # Errors
    /// [`Failure::NotFound`] for anyone but its members.
    pub async fn rules_versions(
        &self,
        id: OrganizationId,
        user: UserId,
        page: Page,
    ) -> Result<Paged<Adopted>, Failure> {
        self.organization(id, user).await?;
        Ok(self.queries.rules_versions(id, page).await?)
    }

    /// One version of an organization's rules.
    ///
    /// # Errors
    /// [`Failure::NotFound`] when there is none of this number, and for anyone but its members.
    pub async fn rules_version(
        &self,
        id: OrganizationId,
        user: UserId,
        version: u32,
    ) -> Result<Adopted, Failure> {
        self.organization(id, user).await?;
        self.queries.rules_version(id, version).await?.ok_or(Failure::NotFound("version of the rules"))
    }

    /// An organization's members.
    ///
    /// # Errors
    /// [`Failure::NotFound`] for anyone but its members.
    pub async fn members(
        &self,
        id: OrganizationId,
        user: UserId,
        page: Page,
    ) -> Result<Paged<MemberLine>, Failure> {
        let (_, standing) = self.organization(id, user).await?;
        let members = self.queries.members(id, page).await?;
        if ManageMembers::permit(&standing).is_ok() {
            return Ok(members);
        }
        // How others are reached is for who manages the members.
        Ok(members.map(|line| {
            let contact = if line.user.id == user { line.contact } else { Contact::default() };
            MemberLine { contact, ..line }
        }))
    }

    /// An organization's committees.
    ///
    /// # Errors
    /// [`Failure::NotFound`] for who has no part in the organization.
    pub async fn committees(
        &self,
        id: OrganizationId,
        user: UserId,
        page: Page,
    ) -> Result<Paged<Committee>, Failure> {
        self.organization(id, user).await?;
        Ok(self.queries.committees(id, page).await?)
    }

    /// Who belongs to a committee.
    ///
    /// # Errors
    /// [`Failure::NotFound`] for who has no part in the organization or the committee.
    pub async fn committee_members(
        &self,
        id: CommitteeId,
        user: UserId,
        page: Page,
    ) -> Result<Paged<(CommitteeMember, User)>, Failure> {
        let standing = self.queries.standing(Scope::Committee(id), user).await?;
        standing.filter(Standing::belongs).ok_or(Failure::NotFound("committee"))?;
        Ok(self.queries.committee_members(id, page).await?)
    }

    /// An organization's audit log, the newest line first.
    ///
    /// # Errors
    /// [`Failure::Forbidden`] for members who do not lead it, [`Failure::NotFound`] for strangers.
    pub async fn audit(
        &self,
        id: OrganizationId,
        user: UserId,
        filter: &AuditFilter,
        page: Page,
    ) -> Result<Paged<AuditLine>, Failure> {
        let (_, standing) = self.organization(id, user).await?;
        require::<ViewAudit>(&standing, "organization")?;
        Ok(self.queries.audit(id, filter, page).await?)
    }
}
