//! `/organizations/{id}`: its sittings, rules and members, and what an owner changes.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use plenum_application::Failure;
use plenum_application::use_cases::{CreateSession, UpdateOrganization};
use plenum_domain::field::FieldChecks;
use plenum_domain::id::OrganizationId;
use plenum_domain::organization::{Accent, Organization, Role};
use plenum_domain::permission::{Action, Standing};
use plenum_domain::text::{OrganizationName, Title};
use plenum_ports::documents::OrganizationData;
use plenum_ports::page::Page as Piece;

use super::fault::Fault;
use super::form::Form;
use super::home::SittingLine;
use super::page::{Page, accent, show};
use super::proxies::{members, named};
use super::sitting::Note;
use super::viewer::Viewer;
use crate::extract::{Path, Query};
use crate::problem::Problem;
use crate::state::HttpState;

/// How many sittings the first page of an organization lists.
const LATEST: u16 = 20;

pub(super) fn router() -> Router<HttpState> {
    Router::new()
        .route("/organizations/{id}", get(look))
        .route("/organizations/{id}/sessions", post(begin))
        .route("/organizations/{id}/settings", get(settings).post(settle))
}

/// An organization.
#[derive(Template)]
#[template(path = "organization.html")]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each of which shows a link")]
pub(super) struct OrganizationPage {
    pub(super) page: Page,
    pub(super) organization: i32,
    pub(super) description: String,
    pub(super) sittings: Vec<SittingLine>,
    /// Whether the viewer may open a sitting, read the log, change the organization.
    pub(super) opens: bool,
    pub(super) audits: bool,
    pub(super) edits: bool,
    pub(super) sees_roles: bool,
    pub(super) archived: bool,
    pub(super) typed: String,
    pub(super) wrong: Option<String>,
}

/// What an owner changes.
#[derive(Template)]
#[template(path = "settings.html")]
pub(super) struct Settings {
    pub(super) page: Page,
    pub(super) organization: i32,
    pub(super) organization_name: String,
    pub(super) fields: SettingsFields,
    pub(super) archived: bool,
    /// Whether the viewer may hand the organization over, and archive or delete it.
    pub(super) hands_over: bool,
    pub(super) retires: bool,
    /// The other members, to hand it over to.
    pub(super) people: Vec<String>,
    pub(super) wrong: Option<String>,
}

impl Settings {
    pub(super) fn accents(&self) -> impl Iterator<Item = &'static str> {
        Accent::ALL.into_iter().map(Accent::as_str)
    }

    /// What a former owner can be afterwards.
    pub(super) fn lesser_roles(&self) -> impl Iterator<Item = &'static str> {
        Role::ALL.into_iter().filter(|role| *role != Role::Owner).map(Role::as_str)
    }

    pub(super) fn is_accent(&self, word: &str) -> bool {
        self.fields.accent == word
    }
}

/// What is filled in.
#[derive(Clone, Debug)]
pub(super) struct SettingsFields {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) accent: String,
}

impl SettingsFields {
    fn of(organization: &Organization) -> Self {
        Self {
            name: organization.name.to_string(),
            description: organization.description.to_string(),
            accent: accent(organization).as_str().to_owned(),
        }
    }

    fn sent(form: &Form) -> Self {
        let text = |field: &str| form.get(field).to_owned();
        Self { name: text("name"), description: text("description"), accent: text("accent") }
    }
}

async fn look(
    State(state): State<HttpState>,
    Path(id): Path<OrganizationId>,
    Query(Note(note)): Query<Note>,
    viewer: Viewer,
) -> Result<Response, Fault> {
    dashboard(&state, id, &viewer, note.as_deref(), String::new(), None).await
}

async fn dashboard(
    state: &HttpState,
    id: OrganizationId,
    viewer: &Viewer,
    note: Option<&str>,
    typed: String,
    wrong: Option<&Problem>,
) -> Result<Response, Fault> {
    let (organization, standing) = state.app.organization(id, viewer.id()).await?;
    let latest = Piece::new(Some(LATEST), None).unwrap_or_else(|_| Piece::first());
    let sittings = state.app.sessions(viewer.id(), Some(id), latest).await?;
    let page = Page::new(&state.app, viewer, "home.organizations")
        .titled(&organization.name)
        .at(format!("/organizations/{id}"))
        .owned_by(&organization)
        .noting(note);
    Ok(show(&OrganizationPage {
        organization: id.get(),
        description: organization.description.to_string(),
        sittings: sittings.items.iter().map(SittingLine::of).collect(),
        opens: Action::CreateSession.allows(&standing),
        audits: Action::ViewAudit.allows(&standing),
        edits: Action::EditOrganization.allows(&standing),
        sees_roles: Action::ViewRoles.allows(&standing),
        archived: state.app.is_archived(id, viewer.id()).await?,
        typed,
        wrong: wrong.map(|problem| page.problem(problem)),
        page,
    }))
}

async fn begin(
    State(state): State<HttpState>,
    Path(organization_id): Path<OrganizationId>,
    form: Form,
) -> Result<Response, Fault> {
    let mut checks = FieldChecks::new();
    let title = checks.take("title", Title::parse(form.get("title")));
    let begun = match checks.finish(title) {
        Ok(title) => {
            let use_case = CreateSession { organization_id, by: form.by(), title };
            form.run(&use_case, |session| format!("/sessions/{}/console?note=begun", session.id)).await
        }
        Err(errors) => Err(errors.into()),
    };
    match begun {
        Ok(response) => Ok(response),
        Err(failure @ Failure::Invalid(_)) => {
            let problem = Problem::from(failure).plainly();
            let typed = form.get("title").to_owned();
            let mut page =
                dashboard(&state, organization_id, &form.viewer, None, typed, Some(&problem)).await?;
            *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(page)
        }
        Err(failure) => Err(failure.into()),
    }
}

/// The organization, for who may change it.
async fn edited(
    state: &HttpState,
    id: OrganizationId,
    viewer: &Viewer,
) -> Result<(Organization, Standing), Failure> {
    let found = state.app.organization(id, viewer.id()).await?;
    if Action::EditOrganization.allows(&found.1) {
        Ok(found)
    } else {
        Err(Failure::Forbidden { needs: Action::EditOrganization.needs() })
    }
}

async fn settings_page(
    state: &HttpState,
    viewer: &Viewer,
    (organization, standing): &(Organization, Standing),
    fields: SettingsFields,
) -> Result<Settings, Failure> {
    let id = organization.id;
    let hands_over = Action::TransferOwnership.allows(standing);
    let people = if hands_over { members(&state.app, id, viewer.id()).await? } else { Vec::new() };
    let others = people.iter().filter(|line| line.user.id != viewer.id());
    Ok(Settings {
        page: Page::new(&state.app, viewer, "settings.title")
            .at(format!("/organizations/{id}/settings"))
            .owned_by(organization),
        organization: id.get(),
        organization_name: organization.name.to_string(),
        fields,
        archived: state.app.is_archived(id, viewer.id()).await?,
        hands_over,
        retires: Action::RetireOrganization.allows(standing),
        people: others.map(|line| named(&line.user)).collect(),
        wrong: None,
    })
}

async fn settings(
    State(state): State<HttpState>,
    Path(id): Path<OrganizationId>,
    viewer: Viewer,
) -> Result<Response, Fault> {
    let found = edited(&state, id, &viewer).await?;
    let fields = SettingsFields::of(&found.0);
    Ok(show(&settings_page(&state, &viewer, &found, fields).await?))
}

/// The page with what was typed, and why it was not done.
pub(super) async fn settings_again(
    state: &HttpState,
    id: OrganizationId,
    viewer: &Viewer,
    fields: Option<SettingsFields>,
    failure: Failure,
) -> Result<Response, Fault> {
    let found = edited(state, id, viewer).await?;
    let fields = fields.unwrap_or_else(|| SettingsFields::of(&found.0));
    let mut page = settings_page(state, viewer, &found, fields).await?;
    page.wrong = Some(page.page.problem(&Problem::from(failure).plainly()));
    let mut response = show(&page);
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

/// The changes as the documents that the use case reads; what is not named keeps its value.
fn changes(fields: &SettingsFields) -> Result<(OrganizationName, OrganizationData), Failure> {
    let mut checks = FieldChecks::new();
    let name = checks.take("name", OrganizationName::parse(&fields.name));
    // Where no colour was chosen the present one stays.
    let accent = Some(fields.accent.clone()).filter(|accent| !accent.is_empty());
    let data = OrganizationData { description: Some(fields.description.clone()), rules: None, accent };
    Ok((checks.finish(name)?, data))
}

async fn settle(
    State(state): State<HttpState>,
    Path(organization_id): Path<OrganizationId>,
    form: Form,
) -> Result<Response, Fault> {
    let fields = SettingsFields::sent(&form);
    let settled = match changes(&fields) {
        Ok((name, data)) => {
            let use_case =
                UpdateOrganization { organization_id, by: form.by(), name: Some(name), data: Some(data) };
            form.run(&use_case, |_| format!("/organizations/{organization_id}?note=settled")).await
        }
        Err(failure) => Err(failure),
    };
    match settled {
        Ok(response) => Ok(response),
        Err(failure @ Failure::Invalid(_)) => {
            settings_again(&state, organization_id, &form.viewer, Some(fields), failure).await
        }
        Err(failure) => Err(failure.into()),
    }
}
