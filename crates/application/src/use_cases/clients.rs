use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::client::{ApiClient, require_person};
use plenum_domain::field::FieldErrors;
use plenum_domain::id::{ApiTokenId, ClientId, OrganizationId, UserId};
use plenum_domain::organization::Organization;
use plenum_domain::permission::{GrantRoles, ManageClients, Permitted, Roles, Scope, Standing, appoint};
use plenum_domain::text::{AndrewId, ClientName, TokenName};
use plenum_domain::token::TokenScopes;
use plenum_ports::repository::{AuditEntry, NewClient};
use plenum_ports::{Constraint, StoreError, Tx};
use serde_json::{Value, json};

use super::grant_role;
use super::issue_token::{IssuedToken, mint, token_document};
use crate::audit::{self, Describe};
use crate::{Env, Failure, UseCase, load};

/// Makes an API client of an organization, with roles in it that whoever makes it may grant.
#[derive(Clone, Debug)]
pub struct CreateClient {
    /// For whom it is to act.
    pub organization_id: OrganizationId,
    /// Who makes it.
    pub by: UserId,
    /// What it is called.
    pub name: ClientName,
    /// What it may do in the whole organization.
    pub roles: Roles,
}

/// Renames a client, keeps it out or lets it in again. While it is kept out its tokens do not work.
#[derive(Clone, Debug)]
pub struct UpdateClient {
    /// Whose.
    pub organization_id: OrganizationId,
    /// Which one.
    pub client_id: ClientId,
    /// Who changes it.
    pub by: UserId,
    /// What it is to be called.
    pub name: Option<ClientName>,
    /// Out, or in again.
    pub disabled: Option<bool>,
}

/// Ends a client with its tokens and roles, for good. What it did stays in the record under its name.
#[derive(Clone, Copy, Debug)]
pub struct DeleteClient {
    /// Whose.
    pub organization_id: OrganizationId,
    /// Which one.
    pub client_id: ClientId,
    /// Who ends it.
    pub by: UserId,
}

/// Makes a token of a client.
#[derive(Clone, Debug)]
pub struct IssueClientToken {
    /// Whose.
    pub organization_id: OrganizationId,
    /// Which client's.
    pub client_id: ClientId,
    /// Who makes it.
    pub by: UserId,
    /// What it is called.
    pub name: TokenName,
    /// When it ends.
    pub expires_at: Option<Moment>,
    /// What it may be used for; `domain::client` says what that can be.
    pub scopes: TokenScopes,
}

/// Revokes a token of a client.
#[derive(Clone, Copy, Debug)]
pub struct RevokeClientToken {
    /// Whose.
    pub organization_id: OrganizationId,
    /// Which client's.
    pub client_id: ClientId,
    /// Who revokes it.
    pub by: UserId,
    /// Which one.
    pub token_id: ApiTokenId,
}

/// Passes for people who may manage the clients of an organization. No machine makes another one.
async fn permitted(
    tx: &mut dyn Tx,
    id: OrganizationId,
    by: UserId,
) -> Result<(Organization, Standing), Failure> {
    let (organization, standing) = load::organization(tx, id, by).await?;
    ManageClients::permit(&standing).map_err(|denied| Failure::denied(denied, "organization"))?;
    require_person(tx.clients().is_client(by).await?)?;
    Ok((organization, standing))
}

/// A client of the organization.
async fn client(tx: &mut dyn Tx, organization: &Organization, id: ClientId) -> Result<ApiClient, Failure> {
    let found = tx.clients().get(id).await?;
    let theirs = found.filter(|client| client.organization_id == organization.id);
    theirs.ok_or(Failure::NotFound("client"))
}

fn entry(action: &'static str, client: &ApiClient, by: UserId, now: Moment) -> AuditEntry {
    audit::entry(action, "api_clients", client.id.get(), Some(by), now).organization(client.organization_id)
}

/// Names the client by the number under which it acts, so that its live streams ask again whether it may follow.
fn document(client: &ApiClient) -> Value {
    json!({"name": client.name.as_str(), "user_id": client.id.get(), "disabled": client.disabled})
}

/// A name that is taken is the request's fault, not somebody else's haste.
fn named(error: StoreError) -> Failure {
    match error {
        StoreError::Violated(Constraint::ClientName) => {
            FieldErrors::one("name", "is the name of another client of this organization").into()
        }
        error => error.into(),
    }
}

#[async_trait]
impl UseCase for CreateClient {
    const NAME: &'static str = "client.create";
    type Output = ApiClient;

    async fn run(&self, env: &Env, tx: &mut dyn Tx) -> Result<ApiClient, Failure> {
        let (organization, standing) = permitted(tx, self.organization_id, self.by).await?;
        load::require_active(tx, organization.id).await?;
        for role in self.roles.iter() {
            ApiClient::may_hold(role)?;
        }
        let new = NewClient {
            organization_id: organization.id,
            name: self.name.clone(),
            andrew_id: fresh_login_name(env)?,
            created_by: self.by,
        };
        let client = tx.clients().insert(&new).await.map_err(named)?;
        let now = tx.now().await?;
        let mut lines = vec![entry(Self::NAME, &client, self.by, now).after(document(&client))];
        let permit =
            GrantRoles::permit(&standing).map_err(|denied| Failure::denied(denied, "organization"))?;
        let scope = Scope::Organization(organization.id);
        for role in self.roles.iter() {
            let appointment = appoint(&permit, &standing, role, scope, Some(client.id.user()))?;
            let grant = tx.roles().insert(client.id.user(), &appointment).await?;
            let line = grant_role::entry("role.grant", &grant, Some(self.by), now);
            lines.push(line.organization(organization.id).after(grant_role::document(&grant)));
        }
        tx.audit().append(&lines).await?;
        Ok(client)
    }
}

/// What stands where people have their login name. 64 random bits: nobody's, and no use in guessing it.
fn fresh_login_name(env: &Env) -> Result<AndrewId, Failure> {
    let mut bytes = [0; 8];
    env.randomness.fill(&mut bytes);
    let name = format!("client-{:016x}", u64::from_be_bytes(bytes));
    AndrewId::parse(&name).map_err(|error| StoreError::Other(error.to_string()).into())
}

#[async_trait]
impl UseCase for UpdateClient {
    const NAME: &'static str = "client.update";
    type Output = ApiClient;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<ApiClient, Failure> {
        let (organization, _) = permitted(tx, self.organization_id, self.by).await?;
        let before = client(tx, &organization, self.client_id).await?;
        load::require_active(tx, organization.id).await?;
        let after = ApiClient {
            name: self.name.clone().unwrap_or_else(|| before.name.clone()),
            disabled: self.disabled.unwrap_or(before.disabled),
            ..before.clone()
        };
        if after == before {
            return Ok(before);
        }
        let now = tx.now().await?;
        if after.name != before.name {
            tx.clients().rename(after.id, &after.name).await.map_err(named)?;
        }
        if after.disabled != before.disabled {
            tx.users().set_disabled(after.id.user(), after.disabled.then_some(now)).await?;
        }
        let line = entry(Self::NAME, &after, self.by, now).before(document(&before)).after(document(&after));
        tx.audit().append(&[line]).await?;
        Ok(after)
    }
}

#[async_trait]
impl UseCase for DeleteClient {
    const NAME: &'static str = "client.delete";
    type Output = ();

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<(), Failure> {
        let (organization, _) = permitted(tx, self.organization_id, self.by).await?;
        let client = client(tx, &organization, self.client_id).await?;
        let now = tx.now().await?;
        tx.clients().delete(client.id, now).await?;
        let line = entry(Self::NAME, &client, self.by, now).before(document(&client));
        Ok(tx.audit().append(&[line]).await?)
    }
}

#[async_trait]
impl UseCase for IssueClientToken {
    const NAME: &'static str = "client.issue_token";
    type Output = IssuedToken;

    async fn run(&self, env: &Env, tx: &mut dyn Tx) -> Result<IssuedToken, Failure> {
        let (organization, _) = permitted(tx, self.organization_id, self.by).await?;
        let client = client(tx, &organization, self.client_id).await?;
        load::require_active(tx, organization.id).await?;
        let now = tx.now().await?;
        let user = client.id.user();
        let issued = mint(env, tx, user, &self.name, self.expires_at, self.scopes, now).await?;
        let line = audit::entry("token.create", "api_tokens", issued.token.id.get(), Some(self.by), now)
            .organization(organization.id)
            .after(token_document(&issued.token));
        tx.audit().append(&[line]).await?;
        Ok(issued)
    }
}

#[async_trait]
impl UseCase for RevokeClientToken {
    const NAME: &'static str = "client.revoke_token";
    type Output = ();

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<(), Failure> {
        let (organization, _) = permitted(tx, self.organization_id, self.by).await?;
        let client = client(tx, &organization, self.client_id).await?;
        let now = tx.now().await?;
        let revoked = tx.api_tokens().revoke(self.token_id, client.id.user(), now).await?;
        let token = revoked.ok_or(Failure::NotFound("token"))?;
        let line = audit::entry("token.revoke", "api_tokens", token.id.get(), Some(self.by), now)
            .organization(organization.id)
            .before(token_document(&token));
        Ok(tx.audit().append(&[line]).await?)
    }
}
