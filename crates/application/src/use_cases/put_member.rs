use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::field::FieldErrors;
use plenum_domain::id::{OrganizationId, UserId};
use plenum_domain::organization::{Contact, Member, Role, Weight};
use plenum_domain::permission::{self, ManageMembers, Permitted, Scope, Standing, change_membership};
use plenum_domain::text::{AndrewId, EmailAddress, MemberNumber};
use plenum_domain::user::User;
use plenum_ports::Tx;
use plenum_ports::repository::{AuditEntry, NewMember};
use serde_json::{Value, json};

use crate::audit::{self, Describe};
use crate::{Env, Failure, UseCase, load, rolls};

/// What is to change in how a member is reached and numbered; `None` stays, `Some(None)` is taken away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactChange {
    /// Their address for this organization.
    pub email: Option<Option<EmailAddress>>,
    /// Their number in it.
    pub number: Option<Option<MemberNumber>>,
}

/// A member as they are now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolled {
    /// The membership.
    pub member: Member,
    /// The person.
    pub user: User,
    /// How the organization reaches and numbers them.
    pub contact: Contact,
    /// Whether they were no member before.
    pub is_new: bool,
}

/// Makes a person whom the organization knows a member, or changes their role, weight, address or number.
#[derive(Clone, Debug)]
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
    /// How they are reached and numbered.
    pub contact: ContactChange,
}

/// Makes a person a member by login name, or changes their role, weight, address or number.
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
    /// How they are reached and numbered.
    pub contact: ContactChange,
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
    type Output = Enrolled;

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
    type Output = Enrolled;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<Self::Output, Failure> {
        let (_, standing) = load::organization(tx, self.organization_id, self.by).await?;
        // Who may not add members does not learn either who is known to the server.
        ManageMembers::permit(&standing).map_err(|denied| Failure::denied(denied, "organization"))?;
        let found = tx.users().find_by_andrew_id(&self.andrew_id).await?;
        let (user, _) = found.ok_or(Failure::NotFound("user"))?;
        let Self { organization_id, by, role, weight, contact, .. } = self.clone();
        let put = PutMember { organization_id, by, user_id: user.id, role, weight, contact };
        load::require_active(tx, self.organization_id).await?;
        put.put(tx, &standing, user).await
    }
}

impl PutMember {
    async fn put(&self, tx: &mut dyn Tx, standing: &Standing, user: User) -> Result<Enrolled, Failure> {
        let before = tx.organizations().member(self.organization_id, self.user_id).await?;
        let weight = self.weight.or(before.map(|member| member.weight)).unwrap_or(Weight::ONE);
        let same = before.filter(|member| member.role == self.role && member.weight == weight);
        // Who only corrects an address gives nobody a role.
        if same.is_none() || self.contact == ContactChange::default() {
            change_membership(standing, self.user_id, before.as_ref(), Some((self.role, weight)))?;
            keep_an_admin(tx, self.organization_id, self.user_id, before.as_ref(), Some(self.role)).await?;
        }
        let now = tx.now().await?;
        let (changed, mut lines) = (same.is_none(), Vec::new());
        let member = if let Some(same) = same {
            same
        } else {
            let new = NewMember { user_id: self.user_id, role: self.role, weight };
            let members = tx.organizations().put_members(self.organization_id, &[new]).await?;
            let member = members.into_iter().next().ok_or(Failure::NotFound("member"))?;
            let mut line = self.line("member.put", now).after(document(&member));
            line.before = before.as_ref().map(document);
            lines.push(line);
            member
        };
        let contact = self.put_contact(tx, now, &mut lines).await?;
        if !lines.is_empty() {
            tx.audit().append(&lines).await?;
        }
        if changed {
            rolls::join(tx, self.organization_id, &[self.user_id], Some(self.by), now).await?;
        }
        Ok(Enrolled { member, user, contact, is_new: before.is_none() })
    }

    fn line(&self, action: &'static str, now: Moment) -> AuditEntry {
        audit::entry(action, "organization_members", self.user_id.get(), Some(self.by), now)
            .organization(self.organization_id)
    }

    async fn put_contact(
        &self,
        tx: &mut dyn Tx,
        now: Moment,
        lines: &mut Vec<AuditEntry>,
    ) -> Result<Contact, Failure> {
        let contacts = tx.organizations().contacts(self.organization_id).await?;
        let own = contacts.iter().find(|(user, _)| *user == self.user_id);
        let before = own.map(|(_, contact)| contact.clone()).unwrap_or_default();
        let wanted = Contact {
            email: self.contact.email.clone().unwrap_or_else(|| before.email.clone()),
            number: self.contact.number.clone().unwrap_or_else(|| before.number.clone()),
        };
        if wanted == before {
            return Ok(before);
        }
        let number = wanted.number.as_ref().map(MemberNumber::folded);
        let taken = number.is_some_and(|number| {
            let mut others = contacts.iter().filter(|(user, _)| *user != self.user_id);
            others.any(|(_, other)| other.number.as_ref().map(MemberNumber::folded).as_ref() == Some(&number))
        });
        if taken {
            return Err(FieldErrors::one("member_number", "belongs to another member already").into());
        }
        tx.organizations().put_contacts(self.organization_id, &[(self.user_id, wanted.clone())]).await?;
        lines.push(contact_line(self.line("member.contact", now), self.user_id, &wanted));
        Ok(wanted)
    }
}

/// Addresses and numbers stay out of the log, which is kept for good.
pub(crate) fn contact_line(line: AuditEntry, user: UserId, contact: &Contact) -> AuditEntry {
    line.after(json!({
        "user_id": user.get(),
        "email": contact.email.is_some(),
        "member_number": contact.number.is_some(),
    }))
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
