use async_trait::async_trait;
use plenum_domain::committee::{Committee, CommitteeMember, CommitteeRole, place_under};
use plenum_domain::id::{CommitteeId, OrganizationId, UserId};
use plenum_domain::permission::{ManageCommitteeMembers, ManageCommittees, Permitted, Scope, surpasses};
use plenum_domain::text::CommitteeName;
use plenum_domain::user::User;
use plenum_domain::{Moment, Refusal};
use plenum_ports::Tx;
use plenum_ports::repository::{AuditEntry, NewCommittee};
use serde_json::{Value, json};

use crate::audit::{self, Describe};
use crate::{Env, Failure, UseCase, load, rolls};

/// Makes a committee.
#[derive(Clone, Debug)]
pub struct CreateCommittee {
    /// Whose.
    pub organization_id: OrganizationId,
    /// Who makes it.
    pub by: UserId,
    /// What it is part of; `None` for the organization itself.
    pub parent_id: Option<CommitteeId>,
    /// What it is called.
    pub name: CommitteeName,
}

/// Renames a committee, or makes it part of another one.
#[derive(Clone, Debug)]
pub struct UpdateCommittee {
    /// Which one.
    pub committee_id: CommitteeId,
    /// Who changes it.
    pub by: UserId,
    /// What it is to be called.
    pub name: Option<CommitteeName>,
    /// What it is to be part of; `Some(None)` for the organization itself.
    pub parent_id: Option<Option<CommitteeId>>,
}

/// Dissolves a committee that no other is part of. Its sittings stay what they were.
#[derive(Clone, Copy, Debug)]
pub struct DissolveCommittee {
    /// Which one.
    pub committee_id: CommitteeId,
    /// Who dissolves it.
    pub by: UserId,
}

/// Takes a member of the organization into a committee, or changes their role there.
#[derive(Clone, Copy, Debug)]
pub struct PutCommitteeMember {
    /// Where.
    pub committee_id: CommitteeId,
    /// Who does it.
    pub by: UserId,
    /// Whose place.
    pub user_id: UserId,
    /// The role.
    pub role: CommitteeRole,
}

/// Ends a person's place in a committee; anybody may end their own.
#[derive(Clone, Copy, Debug)]
pub struct RemoveCommitteeMember {
    /// Where.
    pub committee_id: CommitteeId,
    /// Who does it.
    pub by: UserId,
    /// Whose place.
    pub user_id: UserId,
}

fn document(committee: &Committee) -> Value {
    json!({"name": committee.name.as_str(), "parent_id": committee.parent_id.map(CommitteeId::get)})
}

fn seat(member: &CommitteeMember) -> Value {
    json!({"user_id": member.user_id.get(), "user_role": member.role.as_str()})
}

fn entry(action: &'static str, committee: &Committee, by: UserId, now: Moment) -> AuditEntry {
    audit::entry(action, "committees", committee.id.get(), Some(by), now)
        .organization(committee.organization_id)
}

/// What a committee is to be part of has to be there, in the same organization.
async fn require_parent(
    tx: &mut dyn Tx,
    organization: OrganizationId,
    parent: Option<CommitteeId>,
) -> Result<(), Failure> {
    let Some(parent) = parent else { return Ok(()) };
    let found = tx.committees().get(parent).await?;
    found
        .filter(|parent| parent.organization_id == organization)
        .map(drop)
        .ok_or(Failure::NotFound("committee"))
}

#[async_trait]
impl UseCase for CreateCommittee {
    const NAME: &'static str = "committee.create";
    type Output = Committee;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<Committee, Failure> {
        let (organization, standing) = load::organization(tx, self.organization_id, self.by).await?;
        ManageCommittees::permit(&standing).map_err(|denied| Failure::denied(denied, "organization"))?;
        load::require_active(tx, organization.id).await?;
        require_parent(tx, organization.id, self.parent_id).await?;
        let new = NewCommittee {
            organization_id: organization.id,
            parent_id: self.parent_id,
            name: self.name.clone(),
            created_by_user_id: self.by,
        };
        let committee = tx.committees().insert(&new).await?;
        let line = entry(Self::NAME, &committee, self.by, committee.created_at).after(document(&committee));
        tx.audit().append(&[line]).await?;
        Ok(committee)
    }
}

#[async_trait]
impl UseCase for UpdateCommittee {
    const NAME: &'static str = "committee.update";
    type Output = Committee;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<Committee, Failure> {
        let place = load::place(tx, Scope::Committee(self.committee_id), self.by).await?;
        place.permit::<ManageCommittees>()?;
        place.require_active(tx).await?;
        let before = tx.committees().get(self.committee_id).await?.ok_or(Failure::NotFound("committee"))?;
        let after = Committee {
            name: self.name.clone().unwrap_or_else(|| before.name.clone()),
            parent_id: self.parent_id.unwrap_or(before.parent_id),
            ..before.clone()
        };
        if after == before {
            return Ok(after);
        }
        require_parent(tx, before.organization_id, after.parent_id).await?;
        if let Some(parent) = after.parent_id {
            place_under(after.id, &tx.committees().line(parent).await?)?;
        }
        tx.committees().update(&after).await?;
        let now = tx.now().await?;
        let line = entry(Self::NAME, &after, self.by, now).before(document(&before)).after(document(&after));
        tx.audit().append(&[line]).await?;
        Ok(after)
    }
}

#[async_trait]
impl UseCase for DissolveCommittee {
    const NAME: &'static str = "committee.dissolve";
    type Output = ();

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<(), Failure> {
        let place = load::place(tx, Scope::Committee(self.committee_id), self.by).await?;
        place.permit::<ManageCommittees>()?;
        place.require_active(tx).await?;
        let committee =
            tx.committees().get(self.committee_id).await?.ok_or(Failure::NotFound("committee"))?;
        if tx.committees().has_parts(committee.id).await? {
            return Err(Refusal::CommitteeHasParts.into());
        }
        tx.committees().dissolve(committee.id).await?;
        let now = tx.now().await?;
        tx.audit()
            .append(&[entry(Self::NAME, &committee, self.by, now).before(document(&committee))])
            .await?;
        Ok(())
    }
}

#[async_trait]
impl UseCase for PutCommitteeMember {
    const NAME: &'static str = "committee.put_member";
    /// The place, the person, and whether it is new.
    type Output = (CommitteeMember, User, bool);

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<Self::Output, Failure> {
        let place = load::place(tx, Scope::Committee(self.committee_id), self.by).await?;
        place.permit::<ManageCommitteeMembers>()?;
        place.require_active(tx).await?;
        let committee =
            tx.committees().get(self.committee_id).await?.ok_or(Failure::NotFound("committee"))?;
        // Only members of the organization: whose id it is otherwise is nobody's business.
        tx.organizations()
            .member(committee.organization_id, self.user_id)
            .await?
            .ok_or(Failure::NotFound("member"))?;
        let user = tx.users().get(self.user_id).await?.ok_or(Failure::NotFound("member"))?;
        let before = tx.committees().member(committee.id, self.user_id).await?;
        let held = place.standing.here();
        let touched = before.iter().map(|member| member.role).chain([self.role]);
        for role in touched.map(CommitteeRole::role) {
            if surpasses(role, held) {
                return Err(Refusal::RoleBeyondOwn { role: role.as_str() }.into());
            }
        }
        // Roles are ordered from the most powerful down.
        if self.user_id == self.by && before.is_none_or(|member| self.role < member.role) {
            return Err(Refusal::OwnRoleUpward.into());
        }
        let after = tx.committees().put_member(committee.id, self.user_id, self.role).await?;
        if before != Some(after) {
            let now = tx.now().await?;
            let mut line = entry(Self::NAME, &committee, self.by, now).after(seat(&after));
            line.before = before.as_ref().map(seat);
            tx.audit().append(&[line]).await?;
            rolls::join(tx, committee.organization_id, &[self.user_id], Some(self.by), now).await?;
        }
        Ok((after, user, before.is_none()))
    }
}

#[async_trait]
impl UseCase for RemoveCommitteeMember {
    const NAME: &'static str = "committee.remove_member";
    type Output = ();

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<(), Failure> {
        let place = load::place(tx, Scope::Committee(self.committee_id), self.by).await?;
        let committee =
            tx.committees().get(self.committee_id).await?.ok_or(Failure::NotFound("committee"))?;
        let before = tx.committees().member(committee.id, self.user_id).await?;
        if self.user_id != self.by || before.is_none() {
            place.permit::<ManageCommitteeMembers>()?;
        }
        let before = before.ok_or(Failure::NotFound("member"))?;
        let role = before.role.role();
        if self.user_id != self.by && surpasses(role, place.standing.here()) {
            return Err(Refusal::RoleBeyondOwn { role: role.as_str() }.into());
        }
        tx.committees().remove_member(committee.id, self.user_id).await?;
        let now = tx.now().await?;
        tx.audit().append(&[entry(Self::NAME, &committee, self.by, now).before(seat(&before))]).await?;
        Ok(())
    }
}
