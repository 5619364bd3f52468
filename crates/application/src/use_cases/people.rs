use async_trait::async_trait;
use plenum_domain::client::require_person;
use plenum_domain::id::UserId;
use plenum_domain::permission::{ManagePeople, Permitted, Scope, Standing};
use plenum_domain::text::{AndrewId, PersonName};
use plenum_domain::user::User;
use plenum_domain::{Moment, Refusal};
use plenum_ports::Tx;
use serde_json::{Value, json};

use crate::audit::{self, Describe};
use crate::{Env, Failure, UseCase};

/// Keeps a person out, or lets them in again. They are signed out everywhere at once, their tokens work no
/// more while it lasts, and what they voted stays.
#[derive(Clone, Copy, Debug)]
pub struct DisablePerson {
    /// Who.
    pub user_id: UserId,
    /// Which administrator of the server does it.
    pub by: UserId,
    /// Out, or in again.
    pub disable: bool,
}

/// Takes name, login name and everything else that tells who a person is away, for good. What they voted
/// and did stays, by number.
#[derive(Clone, Copy, Debug)]
pub struct AnonymizePerson {
    /// Who.
    pub user_id: UserId,
    /// Which administrator of the server does it.
    pub by: UserId,
}

/// Joins two rows of the same person: memberships and roles go to the one that is kept, and so does
/// whoever signs in as the other. What either did stays where it was recorded.
#[derive(Clone, Copy, Debug)]
pub struct MergePeople {
    /// The one that is kept.
    pub user_id: UserId,
    /// The other one.
    pub duplicate: UserId,
    /// Which administrator of the server does it.
    pub by: UserId,
}

/// Only administrators of the server, and never on themselves.
async fn permitted(tx: &mut dyn Tx, by: UserId, person: UserId) -> Result<User, Failure> {
    let granted = tx.roles().held(by, Scope::Global).await?;
    let standing = Standing::in_organization(by, None).with(granted);
    // Nobody else learns whose numbers there are.
    ManagePeople::permit(&standing).map_err(|_| Failure::NotFound("user"))?;
    if by == person {
        return Err(Refusal::OwnAccount.into());
    }
    let user = tx.users().get(person).await?.ok_or(Failure::NotFound("user"))?;
    // Clients are kept out and ended by the people of their organization.
    require_person(tx.clients().is_client(user.id).await?)?;
    Ok(user)
}

async fn note(
    tx: &mut dyn Tx,
    action: &'static str,
    person: UserId,
    by: UserId,
    now: Moment,
    after: Value,
) -> Result<(), Failure> {
    let entry = audit::entry(action, "users", person.get(), Some(by), now).after(after);
    Ok(tx.audit().append(&[entry]).await?)
}

#[async_trait]
impl UseCase for DisablePerson {
    const NAME: &'static str = "user.disable";
    type Output = User;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<User, Failure> {
        let user = permitted(tx, self.by, self.user_id).await?;
        if tx.users().is_disabled(user.id).await? == self.disable {
            return Ok(user);
        }
        if !self.disable && tx.users().is_gone(user.id).await? {
            return Err(Refusal::PersonGone.into());
        }
        if self.disable && tx.users().runs_alone(user.id).await? {
            return Err(Refusal::LastOwner.into());
        }
        let now = tx.now().await?;
        tx.users().set_disabled(user.id, self.disable.then_some(now)).await?;
        if self.disable {
            tx.logins().delete_all(user.id).await?;
        }
        note(tx, Self::NAME, user.id, self.by, now, json!({"disabled": self.disable})).await?;
        Ok(user)
    }
}

#[async_trait]
impl UseCase for AnonymizePerson {
    const NAME: &'static str = "user.anonymize";
    type Output = User;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<User, Failure> {
        let user = permitted(tx, self.by, self.user_id).await?;
        if tx.users().runs_alone(user.id).await? {
            return Err(Refusal::LastOwner.into());
        }
        let unnamed = |_| Failure::NotFound("user");
        let name = PersonName::parse(&format!("Former member {}", user.id)).map_err(unnamed)?;
        let andrew_id = AndrewId::parse(&format!("former-{}", user.id)).map_err(unnamed)?;
        let now = tx.now().await?;
        tx.logins().delete_all(user.id).await?;
        let after = tx.users().anonymize(user.id, &name, &andrew_id, now).await?;
        note(tx, Self::NAME, user.id, self.by, now, json!({"anonymized": true})).await?;
        Ok(after)
    }
}

#[async_trait]
impl UseCase for MergePeople {
    const NAME: &'static str = "user.merge";
    type Output = User;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<User, Failure> {
        let kept = permitted(tx, self.by, self.user_id).await?;
        let duplicate = permitted(tx, self.by, self.duplicate).await?;
        if kept.id == duplicate.id {
            return Err(Refusal::OwnAccount.into());
        }
        if tx.users().is_gone(kept.id).await? || tx.users().is_gone(duplicate.id).await? {
            return Err(Refusal::PersonGone.into());
        }
        // Two votes of one person in one sitting would be two votes too many to tell apart.
        if tx.users().is_in_running_session(duplicate.id).await? {
            return Err(Refusal::PersonInSession.into());
        }
        // Somebody who is kept out runs nothing.
        if tx.users().runs_alone(duplicate.id).await? && tx.users().is_disabled(kept.id).await? {
            return Err(Refusal::LastOwner.into());
        }
        let now = tx.now().await?;
        tx.logins().delete_all(duplicate.id).await?;
        tx.users().merge(duplicate.id, kept.id, now).await?;
        note(tx, Self::NAME, duplicate.id, self.by, now, json!({"merged_into": kept.id.get()})).await?;
        Ok(kept)
    }
}
