//! `/organizations/{id}/clients`: machines that act for an organization.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use plenum_application::sign_in::Actor;
use plenum_application::use_cases::{
    CreateClient, DeleteClient, IssueClientToken, RevokeClientToken, UpdateClient,
};
use plenum_domain::client::ApiClient;
use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_domain::id::{ApiTokenId, ClientId, OrganizationId};
use plenum_domain::permission::Roles;
use plenum_domain::text::{ClientName, TokenName};
use plenum_ports::page::Page;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::role_grants::RoleName;
use super::tokens::{CreatedTokenBody, NewTokenBody, TokenBody};
use crate::answer::Answer;
use crate::extract::{Json, Path, Post, Query, SignedIn};
use crate::problem::Problem;
use crate::state::HttpState;
use crate::wire::Items;

pub(super) fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(show, change, delete))
        .routes(routes!(list_tokens, create_token))
        .routes(routes!(revoke_token))
}

/// A machine that acts for an organization.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Client, example = json!({
    "id": 52, "organization_id": 3, "name": "Membership system", "roles": ["member_manager"], "disabled": false,
    "created_by_user_id": 4, "created_at": "2026-03-01T19:00:00Z",
}))]
struct ClientBody {
    /// Also the `user_id` under which it acts: in the audit log, and for granting it roles in a narrower place.
    id: i32,
    organization_id: i32,
    /// Unique in the organization.
    name: String,
    /// Its roles in the whole organization.
    roles: Vec<RoleName>,
    /// While this is true its tokens do not work.
    disabled: bool,
    created_by_user_id: i32,
    created_at: DateTime<Utc>,
}

impl ClientBody {
    fn of(client: &ApiClient, roles: Roles) -> Self {
        Self {
            id: client.id.get(),
            organization_id: client.organization_id.get(),
            name: client.name.to_string(),
            roles: roles.iter().map(RoleName::from).collect(),
            disabled: client.disabled,
            created_by_user_id: client.created_by.get(),
            created_at: client.created_at,
        }
    }
}

/// A client to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewClient, example = json!({"name": "Membership system", "roles": ["member_manager"]}))]
struct NewClientBody {
    /// Up to 100 characters, unique in the organization.
    name: String,
    /// Its roles in the whole organization, none beyond your own; never `voting_member`. None when left out.
    #[serde(default)]
    roles: Vec<RoleName>,
}

/// What is to change in a client; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ClientChange, example = json!({"disabled": true}))]
struct ClientChangeBody {
    /// Up to 100 characters, unique in the organization.
    name: Option<String>,
    /// True keeps it out at once, false lets it in again.
    disabled: Option<bool>,
}

impl NewTokenBody {
    fn for_client(
        &self,
        actor: &Actor,
        (organization_id, client_id): (OrganizationId, ClientId),
    ) -> Result<IssueClientToken, FieldErrors> {
        let mut checks = FieldChecks::new();
        let name = checks.take("name", TokenName::parse(&self.name));
        let wanted = match self.wanted() {
            Some(Err(why)) => Err(why.to_owned()),
            Some(Ok(wanted)) => Ok(Some(wanted)),
            None => Ok(None),
        };
        let scopes = wanted.and_then(|wanted| {
            let scopes = ApiClient::token_scopes(wanted, actor.scopes).map_err(|error| error.to_string())?;
            scopes
                .ok_or_else(|| "has to be named: this token may be used for nothing a client does".to_owned())
        });
        let scopes = checks.take("scopes", scopes);
        let (by, expires_at) = (actor.user.id, self.expires_at);
        checks.finish(name.zip(scopes).map(|(name, scopes)| IssueClientToken {
            organization_id,
            client_id,
            by,
            name,
            expires_at,
            scopes,
        }))
    }
}

/// List the API clients of an organization
///
/// For who may see who holds which role in it.
#[utoipa::path(
    get,
    path = "/organizations/{id}/clients",
    tag = "clients",
    params(("id" = i32, Path, description = "The organization."), crate::openapi::PagingParameters),
    responses((status = 200, description = "A piece of the list.", body = Items<ClientBody>)),
)]
async fn list(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<OrganizationId>,
    Query(page): Query<Page>,
) -> Result<Answer, Problem> {
    let clients = state.app.clients(id, actor.user.id, page).await?;
    Ok(Answer::ok(&Items::of(clients, |line| ClientBody::of(&line.client, line.roles))))
}

/// Make an API client
///
/// A machine that acts for the organization, with roles no greater than yours. It never votes.
#[utoipa::path(
    post,
    path = "/organizations/{id}/clients",
    tag = "clients",
    params(("id" = i32, Path, description = "The organization.")),
    request_body = NewClientBody,
    responses((status = 201, description = "The client. It has no token yet.", body = ClientBody)),
)]
async fn create(
    Path(organization_id): Path<OrganizationId>,
    post: Post<NewClientBody>,
) -> Result<Response, Problem> {
    let mut checks = FieldChecks::new();
    let name = checks.take("name", ClientName::parse(&post.body.name));
    let roles: Roles = post.body.roles.iter().map(|role| (*role).into()).collect();
    let by = post.by();
    let use_case = checks.finish(name.map(|name| CreateClient { organization_id, by, name, roles }))?;
    post.run(&use_case, |client| Answer::created(&ClientBody::of(client, roles))).await
}

/// Show an API client
#[utoipa::path(
    get,
    path = "/organizations/{id}/clients/{client_id}",
    tag = "clients",
    params(
        ("id" = i32, Path, description = "The organization."),
        ("client_id" = i32, Path, description = "The client."),
    ),
    responses((status = 200, description = "The client.", body = ClientBody)),
)]
async fn show(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path((id, client_id)): Path<(OrganizationId, ClientId)>,
) -> Result<Answer, Problem> {
    let line = state.app.client(id, actor.user.id, client_id).await?;
    Ok(Answer::ok(&ClientBody::of(&line.client, line.roles)))
}

/// Rename an API client, keep it out, or let it in again
#[utoipa::path(
    patch,
    path = "/organizations/{id}/clients/{client_id}",
    tag = "clients",
    params(
        ("id" = i32, Path, description = "The organization."),
        ("client_id" = i32, Path, description = "The client."),
    ),
    request_body = ClientChangeBody,
    responses((status = 200, description = "The client as it is now.", body = ClientBody)),
)]
async fn change(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path((organization_id, client_id)): Path<(OrganizationId, ClientId)>,
    Json(body): Json<ClientChangeBody>,
) -> Result<Answer, Problem> {
    let mut checks = FieldChecks::new();
    let name = body.name.and_then(|name| checks.take("name", ClientName::parse(&name)));
    let (by, disabled) = (actor.user.id, body.disabled);
    let use_case = checks.finish(Some(UpdateClient { organization_id, client_id, by, name, disabled }))?;
    state.app.run(&use_case).await?;
    let line = state.app.client(organization_id, by, client_id).await?;
    Ok(Answer::ok(&ClientBody::of(&line.client, line.roles)))
}

/// Delete an API client
///
/// Its tokens and roles end with it. What it did stays in the record under its name.
#[utoipa::path(
    delete,
    path = "/organizations/{id}/clients/{client_id}",
    tag = "clients",
    params(
        ("id" = i32, Path, description = "The organization."),
        ("client_id" = i32, Path, description = "The client."),
    ),
    responses((status = 204, description = "It is gone.")),
)]
async fn delete(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path((organization_id, client_id)): Path<(OrganizationId, ClientId)>,
) -> Result<Answer, Problem> {
    state.app.run(&DeleteClient { organization_id, client_id, by: actor.user.id }).await?;
    Ok(Answer::nothing())
}

/// List the tokens of an API client
///
/// Those that were not revoked. Their secrets cannot be shown again.
#[utoipa::path(
    get,
    path = "/organizations/{id}/clients/{client_id}/tokens",
    tag = "clients",
    params(
        ("id" = i32, Path, description = "The organization."),
        ("client_id" = i32, Path, description = "The client."),
        crate::openapi::PagingParameters,
    ),
    responses((status = 200, description = "A piece of the list.", body = Items<TokenBody>)),
)]
async fn list_tokens(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path((id, client_id)): Path<(OrganizationId, ClientId)>,
    Query(page): Query<Page>,
) -> Result<Answer, Problem> {
    let tokens = state.app.client_tokens(id, actor.user.id, client_id, page).await?;
    Ok(Answer::ok(&Items::of(tokens, |token| TokenBody::of(&token))))
}

/// Make a token of an API client
///
/// The secret is in the answer and nowhere else. Its scopes go no further than those of the token you send,
/// and `vote` is never among them.
#[utoipa::path(
    post,
    path = "/organizations/{id}/clients/{client_id}/tokens",
    tag = "clients",
    params(
        ("id" = i32, Path, description = "The organization."),
        ("client_id" = i32, Path, description = "The client."),
    ),
    request_body = NewTokenBody,
    responses((status = 201, description = "The token with its secret.", body = CreatedTokenBody)),
)]
async fn create_token(
    Path(ids): Path<(OrganizationId, ClientId)>,
    post: Post<NewTokenBody>,
) -> Result<Response, Problem> {
    let use_case = post.body.for_client(&post.actor, ids)?;
    post.run_keeping(&use_case, CreatedTokenBody::answers).await
}

/// Revoke a token of an API client
#[utoipa::path(
    delete,
    path = "/organizations/{id}/clients/{client_id}/tokens/{token_id}",
    tag = "clients",
    params(
        ("id" = i32, Path, description = "The organization."),
        ("client_id" = i32, Path, description = "The client."),
        ("token_id" = i32, Path, description = "The token."),
    ),
    responses((status = 204, description = "It does not work any more.")),
)]
async fn revoke_token(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path((organization_id, client_id, token_id)): Path<(OrganizationId, ClientId, ApiTokenId)>,
) -> Result<Answer, Problem> {
    state.app.run(&RevokeClientToken { organization_id, client_id, by: actor.user.id, token_id }).await?;
    Ok(Answer::nothing())
}
