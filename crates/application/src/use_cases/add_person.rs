use async_trait::async_trait;
use plenum_domain::field::FieldErrors;
use plenum_domain::text::{AndrewId, PersonName};
use plenum_domain::user::User;
use plenum_ports::Tx;
use plenum_ports::repository::NewUser;
use serde_json::json;

use crate::audit::{self, Describe};
use crate::{Env, Failure, UseCase};

/// The operator adds a person by login name, unless they are known already. At their first sign-in
/// they are recognized by that name.
#[derive(Clone, Debug)]
pub struct AddPerson {
    /// The login name.
    pub andrew_id: AndrewId,
    /// The full name; the login name stands in for it until the first sign-in when left out.
    pub name: Option<PersonName>,
}

#[async_trait]
impl UseCase for AddPerson {
    const NAME: &'static str = "user.add";
    /// The person, and whether they were added.
    type Output = (User, bool);

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<Self::Output, Failure> {
        self.find_or_add(tx).await
    }
}

impl AddPerson {
    pub(crate) async fn find_or_add(&self, tx: &mut dyn Tx) -> Result<(User, bool), Failure> {
        if let Some((user, _)) = tx.users().find_by_andrew_id(&self.andrew_id).await? {
            return Ok((user, false));
        }
        let name = match &self.name {
            Some(name) => name.clone(),
            None => PersonName::parse(self.andrew_id.as_str())
                .map_err(|error| FieldErrors::one("andrew_id", error))?,
        };
        let new = NewUser { name, andrew_id: self.andrew_id.clone(), subject: None };
        let user = tx.users().insert(&new).await?;
        let now = tx.now().await?;
        let entry = audit::entry(Self::NAME, "users", user.id.get(), None, now)
            .after(json!({"andrew_id": user.andrew_id.as_str()}));
        tx.audit().append(&[entry]).await?;
        Ok((user, true))
    }
}
