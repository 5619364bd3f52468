use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::client::require_person;
use plenum_domain::field::FieldErrors;
use plenum_domain::id::UserId;
use plenum_domain::text::{AndrewId, PersonName, TokenName};
use plenum_domain::token::{TokenScope, TokenScopes};
use plenum_domain::user::User;
use plenum_ports::Tx;
use plenum_ports::repository::{ApiToken, NewApiToken};
use serde_json::{Value, json};

use super::AddPerson;
use crate::audit::{self, Describe};
use crate::secret::Secret;
use crate::{Env, Failure, UseCase};

/// A person makes themselves an API token.
#[derive(Clone, Debug)]
pub struct CreateToken {
    /// Whose.
    pub by: UserId,
    /// What they call it.
    pub name: TokenName,
    /// When it ends.
    pub expires_at: Option<Moment>,
    /// What it may be used for.
    pub scopes: TokenScopes,
}

/// The operator makes an API token for a person, who is added if they are not known yet.
#[derive(Clone, Debug)]
pub struct IssueToken {
    /// The person's login name.
    pub andrew_id: AndrewId,
    /// The person's name, used when they are not known yet; otherwise their login name is.
    pub person_name: Option<PersonName>,
    /// What the token is called.
    pub token_name: TokenName,
}

/// A token together with its secret, which nobody can show again.
#[derive(Clone, Debug)]
pub struct IssuedToken {
    /// The token.
    pub token: ApiToken,
    /// Its secret.
    pub secret: Secret,
}

/// Draws a secret and keeps its hash.
pub(super) async fn mint(
    env: &Env,
    tx: &mut dyn Tx,
    user_id: UserId,
    name: &TokenName,
    expires_at: Option<Moment>,
    scopes: TokenScopes,
    now: Moment,
) -> Result<IssuedToken, Failure> {
    if expires_at.is_some_and(|end| end <= now) {
        return Err(FieldErrors::one("expires_at", "must lie in the future").into());
    }
    let secret = Secret::draw(env.randomness.as_ref(), Secret::API_TOKEN_PREFIX);
    let (name, token) = (name.clone(), secret.hash());
    let new = NewApiToken { user_id, name, scopes, token, created_at: now, expires_at };
    let token = tx.api_tokens().insert(&new).await?;
    Ok(IssuedToken { token, secret })
}

/// A token, as the audit log shows it.
pub(super) fn token_document(token: &ApiToken) -> Value {
    let scopes: Vec<&str> = token.scopes.iter().map(TokenScope::as_str).collect();
    json!({
        "user_id": token.user_id.get(), "name": token.name.as_str(), "scopes": scopes,
        "expires_at": token.expires_at,
    })
}

async fn issue(
    env: &Env,
    tx: &mut dyn Tx,
    user_id: UserId,
    by: Option<UserId>,
    name: &TokenName,
    expires_at: Option<Moment>,
    scopes: TokenScopes,
) -> Result<IssuedToken, Failure> {
    // A client's tokens are made by the people of its organization.
    require_person(tx.clients().is_client(user_id).await?)?;
    let now = tx.now().await?;
    let issued = mint(env, tx, user_id, name, expires_at, scopes, now).await?;
    let entry = audit::entry("token.create", "api_tokens", issued.token.id.get(), by, now)
        .after(token_document(&issued.token));
    tx.audit().append(&[entry]).await?;
    Ok(issued)
}

#[async_trait]
impl UseCase for CreateToken {
    const NAME: &'static str = "token.create";
    type Output = IssuedToken;

    async fn run(&self, env: &Env, tx: &mut dyn Tx) -> Result<IssuedToken, Failure> {
        issue(env, tx, self.by, Some(self.by), &self.name, self.expires_at, self.scopes).await
    }
}

#[async_trait]
impl UseCase for IssueToken {
    const NAME: &'static str = "token.issue";
    /// The token, its owner, and whether the owner was added.
    type Output = (IssuedToken, User, bool);

    async fn run(&self, env: &Env, tx: &mut dyn Tx) -> Result<Self::Output, Failure> {
        let person = AddPerson { andrew_id: self.andrew_id.clone(), name: self.person_name.clone() };
        let (user, added) = person.find_or_add(tx).await?;
        let issued = issue(env, tx, user.id, None, &self.token_name, None, TokenScopes::ALL).await?;
        Ok((issued, user, added))
    }
}
