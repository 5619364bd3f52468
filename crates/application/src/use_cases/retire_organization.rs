use async_trait::async_trait;
use plenum_domain::Refusal;
use plenum_domain::id::{OrganizationId, UserId};
use plenum_domain::organization::{Member, Role};
use plenum_domain::permission::{Permitted, RetireOrganization, TransferOwnership as Transfer};
use plenum_ports::Tx;
use plenum_ports::repository::NewMember;
use serde_json::json;

use super::put_member::{document, keep_an_admin};
use crate::audit::{self, Describe};
use crate::{Env, Failure, UseCase, load};

/// Archives an organization, or brings it back. In an archive everything can be looked at and nothing
/// changed, but that memberships, roles and mandates can still be ended: nobody keeps what they should not
/// have because it lies in an archive.
#[derive(Clone, Copy, Debug)]
pub struct ArchiveOrganization {
    /// Which one.
    pub organization_id: OrganizationId,
    /// Who does it.
    pub by: UserId,
    /// Into the archive, or out of it.
    pub archive: bool,
}

/// Deletes an organization that has never put anything to the vote. To everybody it is gone; its row stays
/// for the audit log.
#[derive(Clone, Copy, Debug)]
pub struct DeleteOrganization {
    /// Which one.
    pub organization_id: OrganizationId,
    /// Who does it.
    pub by: UserId,
}

/// Hands an organization over: another member becomes an owner, and who does it keeps a lesser role.
#[derive(Clone, Copy, Debug)]
pub struct TransferOwnership {
    /// Which one.
    pub organization_id: OrganizationId,
    /// The owner who hands it over.
    pub by: UserId,
    /// The member who becomes an owner.
    pub to: UserId,
    /// What the former owner is afterwards.
    pub keep: Role,
}

#[async_trait]
impl UseCase for ArchiveOrganization {
    const NAME: &'static str = "organization.archive";
    type Output = ();

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<(), Failure> {
        let (organization, standing) = load::organization(tx, self.organization_id, self.by).await?;
        RetireOrganization::permit(&standing).map_err(|denied| Failure::denied(denied, "organization"))?;
        if tx.organizations().is_archived(organization.id).await? == self.archive {
            return Ok(());
        }
        if self.archive && tx.organizations().has_running_sessions(organization.id).await? {
            return Err(Refusal::SessionsRunning.into());
        }
        let now = tx.now().await?;
        tx.organizations().set_archived(organization.id, self.archive.then_some(now)).await?;
        let entry = audit::entry(Self::NAME, "organizations", organization.id.get(), Some(self.by), now)
            .organization(organization.id)
            .after(json!({"archived": self.archive}));
        tx.audit().append(&[entry]).await?;
        Ok(())
    }
}

#[async_trait]
impl UseCase for DeleteOrganization {
    const NAME: &'static str = "organization.delete";
    type Output = ();

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<(), Failure> {
        let (organization, standing) = load::organization(tx, self.organization_id, self.by).await?;
        RetireOrganization::permit(&standing).map_err(|denied| Failure::denied(denied, "organization"))?;
        if tx.organizations().has_held_votes(organization.id).await? {
            return Err(Refusal::OrganizationHasVotes.into());
        }
        if tx.organizations().has_running_sessions(organization.id).await? {
            return Err(Refusal::SessionsRunning.into());
        }
        let now = tx.now().await?;
        tx.organizations().delete(organization.id, now).await?;
        let entry = audit::entry(Self::NAME, "organizations", organization.id.get(), Some(self.by), now)
            .organization(organization.id)
            .before(json!({"name": organization.name.as_str()}));
        tx.audit().append(&[entry]).await?;
        Ok(())
    }
}

#[async_trait]
impl UseCase for TransferOwnership {
    const NAME: &'static str = "organization.transfer";
    /// The new owner's membership, and that of the former one.
    type Output = (Member, Option<Member>);

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<Self::Output, Failure> {
        let (organization, standing) = load::organization(tx, self.organization_id, self.by).await?;
        Transfer::permit(&standing).map_err(|denied| Failure::denied(denied, "organization"))?;
        load::require_active(tx, organization.id).await?;
        if self.to == self.by {
            return Err(Refusal::RoleToOneself.into());
        }
        let to =
            tx.organizations().member(organization.id, self.to).await?.ok_or(Failure::NotFound("member"))?;
        let former = tx.organizations().member(organization.id, self.by).await?;
        let mut new = vec![NewMember { user_id: to.user_id, role: Role::Owner, weight: to.weight }];
        // An admin by grant, who is no owner, has no membership to change.
        let leaves = former.filter(|member| member.role == Role::Owner);
        new.extend(leaves.map(|member| NewMember {
            user_id: self.by,
            role: self.keep,
            weight: member.weight,
        }));
        let put = tx.organizations().put_members(organization.id, &new).await?;
        // Who is kept out runs nothing, as an owner neither.
        keep_an_admin(tx, organization.id, self.by, leaves.as_ref(), Some(self.keep)).await?;
        let now = tx.now().await?;
        let mut entries = Vec::new();
        for (after, before) in put.iter().zip([Some(to), leaves]) {
            let entry =
                audit::entry(Self::NAME, "organization_members", after.user_id.get(), Some(self.by), now)
                    .organization(organization.id)
                    .after(document(after));
            entries.push(match before {
                Some(before) => entry.before(document(&before)),
                None => entry,
            });
        }
        tx.audit().append(&entries).await?;
        let mut put = put.into_iter();
        let owner = put.next().ok_or(Failure::NotFound("member"))?;
        Ok((owner, put.next()))
    }
}
