use async_trait::async_trait;
use plenum_domain::id::{OrganizationId, UserId};
use plenum_domain::organization::{Member, Role, Weight};
use plenum_domain::permission::{self, ManageMembers, Permitted, Scope, Standing, change_membership};
use plenum_domain::text::AndrewId;
use plenum_domain::user::User;
use plenum_ports::Tx;
use plenum_ports::repository::NewMember;
use serde_json::{Value, json};

use crate::audit::{self, Describe};
use crate::{Env, Failure, UseCase, load, rolls};

/// Makes a person whom the organization knows a member, or changes their role or weight.
#[derive(Clone, Copy, Debug)]
pub struct PutMember {
    /// Where.
    pub organization_id: OrganizationId,
    /// Who does it.
    pub by: UserId,
    /// Whose membership.
    pub user_id: UserId,
    /// The role.
    pub role: Role,
    /// The weight of their vote; `None` keeps the present one, or gives one vote.
    pub weight: Option<Weight>,
}

/// Makes a person a member by login name, or changes their role or weight.
#[derive(Clone, Debug)]
pub struct AddMember {
    /// Where.
    pub organization_id: OrganizationId,
    /// Who does it.
    pub by: UserId,
    /// Whose membership.
    pub andrew_id: AndrewId,
    /// The role.
    pub role: Role,
    /// The weight of their vote; `None` keeps the present one, or gives one vote.
    pub weight: Option<Weight>,
}

/// The part of a membership that the audit log shows.
pub(crate) fn document(member: &Member) -> Value {
    json!({
        "user_id": member.user_id.get(),
        "user_role": member.role.as_str(),
        "vote_weight": member.weight.get(),
    })
}

#[async_trait]
impl UseCase for PutMember {
    const NAME: &'static str = "member.put";
    /// The membership, the person, and whether it is new.
    type Output = (Member, User, bool);

    async fn run(&self, env: &Env, tx: &mut dyn Tx) -> Result<Self::Output, Failure> {
        let (organization, standing) = load::organization(tx, self.organization_id, self.by).await?;
        ManageMembers::permit(&standing).map_err(|denied| Failure::denied(denied, "organization"))?;
        // Where people may not know one another, nobody learns whose a number is by making it a member.
        let open = env.settings.open_directory;
        let known = open || tx.organizations().knows(organization.id, self.user_id).await?;
        let user = if known { tx.users().get(self.user_id).await? } else { None };
        let user = user.ok_or(Failure::NotFound("user"))?;
        load::require_active(tx, self.organization_id).await?;
        self.put(tx, &standing, user).await
    }
}

#[async_trait]
impl UseCase for AddMember {
    const NAME: &'static str = "member.add";
    /// The membership, the person, and whether it is new.
    type Output = (Member, User, bool);

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<Self::Output, Failure> {
        let (_, standing) = load::organization(tx, self.organization_id, self.by).await?;
        // Who may not add members does not learn either who is known to the server.
        ManageMembers::permit(&standing).map_err(|denied| Failure::denied(denied, "organization"))?;
        let found = tx.users().find_by_andrew_id(&self.andrew_id).await?;
        let (user, _) = found.ok_or(Failure::NotFound("user"))?;
        let &Self { organization_id, by, role, weight, .. } = self;
        let put = PutMember { organization_id, by, user_id: user.id, role, weight };
        load::require_active(tx, self.organization_id).await?;
        put.put(tx, &standing, user).await
    }
}

impl PutMember {
    async fn put(
        &self,
        tx: &mut dyn Tx,
        standing: &Standing,
        user: User,
    ) -> Result<(Member, User, bool), Failure> {
        let before = tx.organizations().member(self.organization_id, self.user_id).await?;
        let weight = self.weight.or(before.map(|member| member.weight)).unwrap_or(Weight::ONE);
        change_membership(standing, self.user_id, before.as_ref(), Some((self.role, weight)))?;
        keep_an_admin(tx, self.organization_id, self.user_id, before.as_ref(), Some(self.role)).await?;
        if let Some(same) = before.filter(|member| member.role == self.role && member.weight == weight) {
            return Ok((same, user, false));
        }
        let new = NewMember { user_id: self.user_id, role: self.role, weight };
        let members = tx.organizations().put_members(self.organization_id, &[new]).await?;
        let member = members.into_iter().next().ok_or(Failure::NotFound("member"))?;
        let now = tx.now().await?;
        let mut entry =
            audit::entry("member.put", "organization_members", self.user_id.get(), Some(self.by), now)
                .organization(self.organization_id)
                .after(document(&member));
        entry.before = before.as_ref().map(document);
        tx.audit().append(&[entry]).await?;
        rolls::join(tx, self.organization_id, &[self.user_id], Some(self.by), now).await?;
        Ok((member, user, before.is_none()))
    }
}

/// Refuses to end the last person's running of an organization, with this change of their membership.
pub(crate) async fn keep_an_admin(
    tx: &mut dyn Tx,
    id: OrganizationId,
    user: UserId,
    before: Option<&Member>,
    after: Option<Role>,
) -> Result<(), Failure> {
    let owned = before.is_some_and(|member| member.role == Role::Owner);
    if !owned || after == Some(Role::Owner) {
        return Ok(());
    }
    let granted = tx.roles().find(user, permission::Role::Admin, Scope::Organization(id)).await?.is_some();
    let others = tx.roles().has_other_admin(id, user).await?;
    Ok(permission::keep_an_admin(others, owned, granted)?)
}
