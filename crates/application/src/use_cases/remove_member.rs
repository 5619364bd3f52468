use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::attendance::AttendanceChange;
use plenum_domain::id::{OrganizationId, UserId};
use plenum_domain::permission::{ManageMembers, Permitted, change_membership};
use plenum_ports::Tx;

use super::join_session::depart;
use super::put_member::{document, keep_an_admin};
use crate::audit::{self, Describe};
use crate::{Env, Failure, UseCase, load};

/// Ends a membership, and shows the person out of the organization's sittings that are running. Votes,
/// rolls and the attendance log stay as they are.
#[derive(Clone, Copy, Debug)]
pub struct RemoveMember {
    /// Where.
    pub organization_id: OrganizationId,
    /// Who does it; a member may end their own membership.
    pub by: UserId,
    /// Whose membership.
    pub user_id: UserId,
}

#[async_trait]
impl UseCase for RemoveMember {
    const NAME: &'static str = "member.remove";
    type Output = ();

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<(), Failure> {
        let (organization, standing) = load::organization(tx, self.organization_id, self.by).await?;
        if self.by != self.user_id || !standing.may_know() {
            ManageMembers::permit(&standing).map_err(|denied| Failure::denied(denied, "organization"))?;
        }
        let before = tx
            .organizations()
            .member(organization.id, self.user_id)
            .await?
            .ok_or(Failure::NotFound("member"))?;
        if self.by != self.user_id {
            change_membership(&standing, self.user_id, Some(&before), None)?;
        }
        keep_an_admin(tx, organization.id, self.user_id, Some(&before), None).await?;
        tx.organizations().remove_member(organization.id, self.user_id).await?;
        let now = tx.now().await?;
        self.show_out(tx, now).await?;
        let entry = audit::entry(Self::NAME, "organization_members", self.user_id.get(), Some(self.by), now)
            .organization(organization.id)
            .before(document(&before));
        tx.audit().append(&[entry]).await?;
        Ok(())
    }
}

impl RemoveMember {
    /// Who is no member any more neither watches nor holds votes of others.
    async fn show_out(&self, tx: &mut dyn Tx, now: Moment) -> Result<(), Failure> {
        for id in tx.sessions().running_with(self.organization_id, self.user_id).await? {
            let Some(session) = tx.sessions().get_for_share(id).await? else { continue };
            let Some(own) = tx.attendance().own(id, self.user_id).await? else { continue };
            if session.status.is_closed() || own.barred {
                continue;
            }
            if own.is_own_presence() {
                depart(tx, &session, &own, AttendanceChange::Removed, self.by, now).await?;
            }
            tx.attendance().set_barred(own.id, true).await?;
        }
        Ok(())
    }
}
