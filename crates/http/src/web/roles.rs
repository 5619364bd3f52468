//! `/organizations/{id}/roles`: who holds which role, and roles that wait for somebody to sign in.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use plenum_application::Failure;
use plenum_application::use_cases::{Bestowed, GrantRole, Grantee, RevokePendingRole, RevokeRole};
use plenum_domain::Moment;
use plenum_domain::field::FieldErrors;
use plenum_domain::id::{OrganizationId, PendingRoleId, RoleGrantId};
use plenum_domain::permission::{Action, Role, Scope};
use plenum_domain::text::{AndrewId, EmailAddress};
use plenum_ports::page::Page as Piece;
use plenum_ports::repository::Promisee;

use super::fault::Fault;
use super::form::Form;
use super::page::{Page, show};
use super::proxies::{find, members, named};
use super::sitting::Note;
use super::viewer::Viewer;
use crate::extract::{Path, Query};
use crate::problem::Problem;
use crate::state::HttpState;

/// How many of either kind one page lists; the API lists all.
const MOST: u16 = 200;

pub(super) fn router() -> Router<HttpState> {
    Router::new()
        .route("/organizations/{id}/roles", get(look).post(grant))
        .route("/organizations/{id}/roles/{grant_id}/revoke", post(revoke))
        .route("/organizations/{id}/roles/pending/{pending_id}/revoke", post(withdraw))
}

/// The roles of an organization.
#[derive(Template)]
#[template(path = "roles.html")]
pub(super) struct Roles {
    pub(super) page: Page,
    pub(super) organization: i32,
    pub(super) organization_name: String,
    pub(super) held: Vec<HeldRole>,
    pub(super) promised: Vec<PromisedRole>,
    pub(super) people: Vec<String>,
    pub(super) grants: bool,
    pub(super) typed: String,
    pub(super) chosen: String,
    pub(super) wrong: Option<String>,
}

/// A role that somebody holds.
#[derive(Clone, Debug)]
pub(super) struct HeldRole {
    pub(super) id: i32,
    pub(super) name: String,
    pub(super) login: String,
    pub(super) role: &'static str,
    /// The text that names the kind of place where it holds.
    pub(super) place: &'static str,
    pub(super) granted_by: Option<String>,
    pub(super) since: Moment,
}

/// A role that waits.
#[derive(Clone, Debug)]
pub(super) struct PromisedRole {
    pub(super) id: i32,
    pub(super) to: String,
    pub(super) role: &'static str,
    pub(super) place: &'static str,
    pub(super) until: Moment,
}

impl Roles {
    pub(super) fn roles(&self) -> impl Iterator<Item = &'static str> {
        Role::ALL.into_iter().map(Role::as_str)
    }

    pub(super) fn is_chosen(&self, role: &str) -> bool {
        self.chosen == role
    }
}

const fn place(scope: Scope) -> &'static str {
    match scope {
        Scope::Global => "roles.everywhere",
        Scope::Organization(_) => "roles.organization",
        Scope::Committee(_) => "roles.committee",
        Scope::Session(_) => "roles.session",
        Scope::Event(_) => "roles.event",
    }
}

async fn look(
    State(state): State<HttpState>,
    Path(id): Path<OrganizationId>,
    Query(Note(note)): Query<Note>,
    viewer: Viewer,
) -> Result<Response, Fault> {
    list(&state, id, &viewer, note.as_deref(), ("", ""), None).await
}

async fn list(
    state: &HttpState,
    id: OrganizationId,
    viewer: &Viewer,
    note: Option<&str>,
    (typed, chosen): (&str, &str),
    wrong: Option<&Problem>,
) -> Result<Response, Fault> {
    let app = &state.app;
    let (organization, standing) = app.organization(id, viewer.id()).await?;
    let scope = Scope::Organization(id);
    let piece = || Piece::new(Some(MOST), None).unwrap_or_else(|_| Piece::first());
    let held = app.role_grants(scope, viewer.id(), piece()).await?.items;
    let promised = app.pending_roles(scope, viewer.id(), piece()).await?.items;
    let grants = Action::GrantRoles.allows(&standing);
    let people = if grants { members(app, id, viewer.id()).await? } else { Vec::new() };
    let page = Page::new(app, viewer, "roles.title")
        .at(format!("/organizations/{id}/roles"))
        .owned_by(&organization)
        .noting(note);
    Ok(show(&Roles {
        organization: id.get(),
        organization_name: organization.name.to_string(),
        held: held
            .iter()
            .map(|line| HeldRole {
                id: line.grant.id.get(),
                name: line.user.name.to_string(),
                login: line.user.andrew_id.to_string(),
                role: line.grant.role.as_str(),
                place: place(line.grant.scope),
                granted_by: line.granted_by.as_ref().map(|user| user.name.to_string()),
                since: line.grant.created_at,
            })
            .collect(),
        promised: promised
            .iter()
            .map(|promise| PromisedRole {
                id: promise.id.get(),
                to: match &promise.to {
                    Promisee::Email(email) => email.to_string(),
                    Promisee::AndrewId(login) => login.to_string(),
                },
                role: promise.role.as_str(),
                place: place(promise.scope),
                until: promise.expires_at,
            })
            .collect(),
        people: people.iter().map(|line| named(&line.user)).collect(),
        grants,
        typed: typed.to_owned(),
        chosen: chosen.to_owned(),
        wrong: wrong.map(|problem| page.problem(problem)),
        page,
    }))
}

/// Whom the form names: a member, else whoever will sign in with this address or login name.
async fn grantee(state: &HttpState, id: OrganizationId, form: &Form) -> Result<Grantee, Failure> {
    let typed = form.get("person").trim();
    let people = members(&state.app, id, form.by()).await?;
    if let Some(person) = find(people.iter().map(|line| &line.user), typed) {
        return Ok(Grantee::User(person.id));
    }
    let known = if typed.contains('@') {
        EmailAddress::parse(typed).map(Promisee::Email).map_err(|error| error.to_string())
    } else {
        AndrewId::parse(typed).map(Promisee::AndrewId).map_err(|error| error.to_string())
    };
    known.map(Grantee::Known).map_err(|error| FieldErrors::one("person", &error).into())
}

async fn grant(
    State(state): State<HttpState>,
    Path(id): Path<OrganizationId>,
    form: Form,
) -> Result<Response, Fault> {
    let by = form.by();
    let granted = async {
        let to = grantee(&state, id, &form).await?;
        let wrong = "must be one of the roles in the list";
        let role = form.get("role").parse::<Role>().map_err(|_| FieldErrors::one("role", wrong))?;
        let use_case = GrantRole { by, to, role, scope: Scope::Organization(id), expires_at: None };
        let told = |bestowed: &Bestowed| match bestowed {
            Bestowed::Now(..) => "granted",
            Bestowed::Promised(_) => "promised",
        };
        form.run(&use_case, |bestowed| format!("/organizations/{id}/roles?note={}", told(bestowed))).await
    };
    match granted.await {
        Ok(response) => Ok(response),
        Err(failure @ (Failure::Invalid(_) | Failure::Refused(_))) => {
            let problem = Problem::from(failure).plainly();
            let typed = (form.get("person"), form.get("role"));
            let mut page = list(&state, id, &form.viewer, None, typed, Some(&problem)).await?;
            *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(page)
        }
        Err(failure) => Err(failure.into()),
    }
}

async fn revoke(
    Path((organization, id)): Path<(OrganizationId, RoleGrantId)>,
    form: Form,
) -> Result<Response, Fault> {
    let use_case = RevokeRole { id, by: form.by() };
    Ok(form.run(&use_case, |()| format!("/organizations/{organization}/roles?note=role_revoked")).await?)
}

async fn withdraw(
    Path((organization, id)): Path<(OrganizationId, PendingRoleId)>,
    form: Form,
) -> Result<Response, Fault> {
    let use_case = RevokePendingRole { id, by: form.by() };
    Ok(form.run(&use_case, |()| format!("/organizations/{organization}/roles?note=role_revoked")).await?)
}
