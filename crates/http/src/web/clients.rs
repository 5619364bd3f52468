//! `/organizations/{id}/clients`: machines that act for an organization, and their tokens.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use chrono::TimeDelta;
use plenum_application::Failure;
use plenum_application::use_cases::{
    CreateClient, DeleteClient, IssueClientToken, RevokeClientToken, UpdateClient,
};
use plenum_domain::Moment;
use plenum_domain::client::ApiClient;
use plenum_domain::field::FieldChecks;
use plenum_domain::id::{ApiTokenId, ClientId, OrganizationId};
use plenum_domain::permission::{Action, Role, Roles};
use plenum_domain::text::{ClientName, TokenName};
use plenum_domain::token::{TokenScope, TokenScopes};
use plenum_ports::page::Page as Piece;
use plenum_ports::queries::ClientLine;

use super::fault::Fault;
use super::form::Form;
use super::me::{LIFETIMES, TokenLine};
use super::page::{Page, show};
use super::sitting::Note;
use super::viewer::Viewer;
use crate::extract::{Path, Query};
use crate::problem::Problem;
use crate::state::HttpState;

/// How many clients one page lists; the API lists all.
const MOST: u16 = 50;

pub(super) fn router() -> Router<HttpState> {
    Router::new()
        .route("/organizations/{id}/clients", get(look).post(create))
        .route("/organizations/{id}/clients/{client_id}", post(change))
        .route("/organizations/{id}/clients/{client_id}/delete", post(delete))
        .route("/organizations/{id}/clients/{client_id}/tokens", post(issue))
        .route("/organizations/{id}/clients/{client_id}/tokens/{token_id}/revoke", post(revoke))
}

/// The API clients of an organization.
#[derive(Template)]
#[template(path = "clients.html")]
pub(super) struct Clients {
    pub(super) page: Page,
    pub(super) organization: i32,
    pub(super) organization_name: String,
    pub(super) manages: bool,
    pub(super) clients: Vec<ClientView>,
    /// Whether there are more than one page lists.
    pub(super) more: bool,
    pub(super) typed: String,
    pub(super) wrong: Option<String>,
}

/// An API client.
#[derive(Clone, Debug)]
pub(super) struct ClientView {
    pub(super) id: i32,
    pub(super) name: String,
    pub(super) roles: Vec<&'static str>,
    pub(super) disabled: bool,
    pub(super) since: Moment,
    pub(super) tokens: Vec<TokenLine>,
}

impl Clients {
    /// The roles that a client can have.
    pub(super) fn roles(&self) -> impl Iterator<Item = &'static str> {
        Role::ALL.into_iter().filter(|role| ApiClient::may_hold(*role).is_ok()).map(Role::as_str)
    }

    /// What its tokens can be used for.
    pub(super) fn scopes(&self) -> impl Iterator<Item = &'static str> {
        TokenScope::ALL.into_iter().filter(|scope| *scope != TokenScope::Vote).map(TokenScope::as_str)
    }

    pub(super) fn lifetimes(&self) -> [i64; 3] {
        LIFETIMES
    }
}

impl ClientView {
    fn of(line: &ClientLine, tokens: Vec<TokenLine>) -> Self {
        Self {
            id: line.client.id.get(),
            name: line.client.name.to_string(),
            roles: line.roles.iter().map(Role::as_str).collect(),
            disabled: line.client.disabled,
            since: line.client.created_at,
            tokens,
        }
    }
}

/// A client's token that was just made; nothing can show it again.
#[derive(Template)]
#[template(path = "client_token.html")]
pub(super) struct ClientToken {
    pub(super) page: Page,
    pub(super) organization: i32,
    pub(super) client: String,
    pub(super) name: String,
    pub(super) secret: String,
    pub(super) until: Option<Moment>,
}

fn place(id: OrganizationId) -> String {
    format!("/organizations/{id}/clients")
}

async fn look(
    State(state): State<HttpState>,
    Path(id): Path<OrganizationId>,
    Query(Note(note)): Query<Note>,
    viewer: Viewer,
) -> Result<Response, Fault> {
    list(&state, id, &viewer, note.as_deref(), "", None).await
}

async fn list(
    state: &HttpState,
    id: OrganizationId,
    viewer: &Viewer,
    note: Option<&str>,
    typed: &str,
    wrong: Option<&Problem>,
) -> Result<Response, Fault> {
    let app = &state.app;
    let (organization, standing) = app.organization(id, viewer.id()).await?;
    let piece = Piece::new(Some(MOST), None).unwrap_or_else(|_| Piece::first());
    let found = app.clients(id, viewer.id(), piece).await?;
    let manages = Action::ManageClients.allows(&standing);
    let mut clients = Vec::new();
    for line in &found.items {
        let tokens = if manages {
            let held = app.client_tokens(id, viewer.id(), line.client.id, Piece::first()).await?;
            held.items.iter().map(TokenLine::of).collect()
        } else {
            Vec::new()
        };
        clients.push(ClientView::of(line, tokens));
    }
    let page = Page::new(app, viewer, "clients.title").at(place(id)).owned_by(&organization).noting(note);
    Ok(show(&Clients {
        organization: id.get(),
        organization_name: organization.name.to_string(),
        manages,
        clients,
        more: found.next.is_some(),
        typed: typed.to_owned(),
        wrong: wrong.map(|problem| page.problem(problem)),
        page,
    }))
}

/// The page again, with what is wrong with the form that was sent; other failures are pages of their own.
async fn again(
    state: &HttpState,
    id: OrganizationId,
    form: &Form,
    done: Result<Response, Failure>,
) -> Result<Response, Fault> {
    match done {
        Ok(response) => Ok(response),
        Err(failure @ (Failure::Invalid(_) | Failure::Refused(_))) => {
            let problem = Problem::from(failure).plainly();
            let mut page = list(state, id, &form.viewer, None, form.get("name"), Some(&problem)).await?;
            *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(page)
        }
        Err(failure) => Err(failure.into()),
    }
}

async fn create(
    State(state): State<HttpState>,
    Path(organization_id): Path<OrganizationId>,
    form: Form,
) -> Result<Response, Fault> {
    let done = async {
        let mut checks = FieldChecks::new();
        let name = checks.take("name", ClientName::parse(form.get("name")));
        let name = checks.finish(name)?;
        let roles: Roles = form.all("role").filter_map(|word| word.parse().ok()).collect();
        let use_case = CreateClient { organization_id, by: form.by(), name, roles };
        form.run(&use_case, |_| format!("{}?note=client_made", place(organization_id))).await
    };
    let done = done.await;
    again(&state, organization_id, &form, done).await
}

/// Keeps a client out, or lets it in again.
async fn change(
    Path((organization_id, client_id)): Path<(OrganizationId, ClientId)>,
    form: Form,
) -> Result<Response, Fault> {
    let out = form.get("disabled") == "yes";
    let use_case =
        UpdateClient { organization_id, client_id, by: form.by(), name: None, disabled: Some(out) };
    let note = if out { "client_out" } else { "client_in" };
    Ok(form.run(&use_case, |_| format!("{}?note={note}", place(organization_id))).await?)
}

async fn delete(
    Path((organization_id, client_id)): Path<(OrganizationId, ClientId)>,
    form: Form,
) -> Result<Response, Fault> {
    let use_case = DeleteClient { organization_id, client_id, by: form.by() };
    Ok(form.run(&use_case, |()| format!("{}?note=client_ended", place(organization_id))).await?)
}

/// Answers with the token itself: an address to go on to would have to hold it.
async fn issue(
    State(state): State<HttpState>,
    Path((organization_id, client_id)): Path<(OrganizationId, ClientId)>,
    form: Form,
) -> Result<Response, Fault> {
    let app = &state.app;
    let now = app.queries.now().await.map_err(Failure::from)?;
    let days = form.parsed::<i64>("days").filter(|days| LIFETIMES.contains(days));
    let made = async {
        let mut checks = FieldChecks::new();
        let name = checks.take("name", TokenName::parse(form.get("name")));
        let wanted = TokenScopes::new(form.all("scope").filter_map(|word| word.parse::<TokenScope>().ok()));
        let wanted = wanted.ok_or_else(|| "choose at least one thing that it may do".to_owned());
        let scopes = wanted.and_then(|wanted| {
            let scopes = ApiClient::token_scopes(Some(wanted), form.viewer.actor.scopes);
            scopes.map_err(|error| error.to_string())
        });
        let scopes = checks.take("scope", scopes).flatten();
        let (name, scopes) = checks.finish(name.zip(scopes))?;
        let expires_at = days.map(|days| now + TimeDelta::days(days));
        let by = form.by();
        let use_case = IssueClientToken { organization_id, client_id, by, name, expires_at, scopes };
        app.run(&use_case).await
    };
    let made = match made.await {
        Ok(issued) => {
            let (organization, _) = app.organization(organization_id, form.by()).await?;
            let line = app.client(organization_id, form.by(), client_id).await?;
            let page = Page::new(app, &form.viewer, "me.token_made").at(place(organization_id));
            Ok(show(&ClientToken {
                page: page.owned_by(&organization),
                organization: organization_id.get(),
                client: line.client.name.to_string(),
                name: issued.token.name.to_string(),
                secret: issued.secret.reveal().to_owned(),
                until: issued.token.expires_at,
            }))
        }
        Err(failure) => Err(failure),
    };
    again(&state, organization_id, &form, made).await
}

async fn revoke(
    Path((organization_id, client_id, token_id)): Path<(OrganizationId, ClientId, ApiTokenId)>,
    form: Form,
) -> Result<Response, Fault> {
    let use_case = RevokeClientToken { organization_id, client_id, by: form.by(), token_id };
    Ok(form.run(&use_case, |()| format!("{}?note=token_revoked", place(organization_id))).await?)
}
