//! `/organizations/{id}/committees`: the committees with their members, and what leaders change.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use plenum_application::Failure;
use plenum_application::use_cases::{
    CreateCommittee, DissolveCommittee, PutCommitteeMember, RemoveCommitteeMember,
};
use plenum_domain::committee::{Committee, CommitteeMember, CommitteeRole};
use plenum_domain::field::FieldChecks;
use plenum_domain::id::{CommitteeId, OrganizationId, UserId};
use plenum_domain::permission::Action;
use plenum_domain::text::CommitteeName;
use plenum_domain::user::User;
use plenum_ports::page::Page as Piece;

use super::fault::Fault;
use super::form::Form;
use super::page::{Page, show};
use super::proxies::{find, members, named};
use super::sitting::Note;
use super::viewer::Viewer;
use crate::extract::{Path, Query};
use crate::problem::Problem;
use crate::state::HttpState;

/// How many committees, and how many people of one, the page lists; the API lists all.
const MOST: u16 = 200;

pub(super) fn router() -> Router<HttpState> {
    Router::new()
        .route("/organizations/{id}/committees", get(look).post(create))
        .route("/organizations/{id}/committees/{committee_id}/members", post(put))
        .route("/organizations/{id}/committees/{committee_id}/members/{user_id}/remove", post(remove))
        .route("/organizations/{id}/committees/{committee_id}/dissolve", post(dissolve))
}

/// The committees of an organization.
#[derive(Template)]
#[template(path = "committees.html")]
pub(super) struct Committees {
    pub(super) page: Page,
    pub(super) organization: i32,
    pub(super) organization_name: String,
    pub(super) committees: Vec<CommitteeView>,
    pub(super) people: Vec<String>,
    pub(super) manages: bool,
    pub(super) typed: String,
    pub(super) wrong: Option<String>,
}

/// A committee.
#[derive(Clone, Debug)]
pub(super) struct CommitteeView {
    pub(super) id: i32,
    pub(super) name: String,
    /// What it is part of.
    pub(super) parent: Option<String>,
    pub(super) members: Vec<SeatView>,
}

/// Somebody's place in a committee.
#[derive(Clone, Debug)]
pub(super) struct SeatView {
    pub(super) id: i32,
    pub(super) name: String,
    pub(super) role: &'static str,
}

impl Committees {
    pub(super) fn roles(&self) -> impl Iterator<Item = &'static str> {
        CommitteeRole::ALL.into_iter().map(CommitteeRole::as_str)
    }
}

impl CommitteeView {
    fn of(committee: &Committee, all: &[Committee], members: &[(CommitteeMember, User)]) -> Self {
        let parent = all.iter().find(|other| Some(other.id) == committee.parent_id);
        let seat = |(seat, user): &(CommitteeMember, User)| SeatView {
            id: user.id.get(),
            name: user.name.to_string(),
            role: seat.role.as_str(),
        };
        Self {
            id: committee.id.get(),
            name: committee.name.to_string(),
            parent: parent.map(|parent| parent.name.to_string()),
            members: members.iter().map(seat).collect(),
        }
    }
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
    let piece = || Piece::new(Some(MOST), None).unwrap_or_else(|_| Piece::first());
    let all = app.committees(id, viewer.id(), piece()).await?.items;
    let mut committees = Vec::new();
    for committee in &all {
        let members = app.committee_members(committee.id, viewer.id(), piece()).await?.items;
        committees.push(CommitteeView::of(committee, &all, &members));
    }
    let manages = Action::ManageCommittees.allows(&standing);
    let people = if manages { members(app, id, viewer.id()).await? } else { Vec::new() };
    let page = Page::new(app, viewer, "committees.title")
        .at(format!("/organizations/{id}/committees"))
        .owned_by(&organization)
        .noting(note);
    Ok(show(&Committees {
        organization: id.get(),
        organization_name: organization.name.to_string(),
        committees,
        people: people.iter().map(|line| named(&line.user)).collect(),
        manages,
        typed: typed.to_owned(),
        wrong: wrong.map(|problem| page.problem(problem)),
        page,
    }))
}

/// The page again, with what is wrong; other failures are pages of their own.
async fn again(
    state: &HttpState,
    id: OrganizationId,
    form: &Form,
    failure: Failure,
) -> Result<Response, Fault> {
    if !matches!(failure, Failure::Invalid(_) | Failure::Refused(_)) {
        return Err(failure.into());
    }
    let problem = Problem::from(failure).plainly();
    let mut page = list(state, id, &form.viewer, None, form.get("name"), Some(&problem)).await?;
    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page)
}

fn back(id: OrganizationId) -> String {
    format!("/organizations/{id}/committees?note=settled")
}

async fn create(
    State(state): State<HttpState>,
    Path(organization_id): Path<OrganizationId>,
    form: Form,
) -> Result<Response, Fault> {
    let created = async {
        let mut checks = FieldChecks::new();
        let name = checks.take("name", CommitteeName::parse(form.get("name")));
        let name = checks.finish(name)?;
        let parent_id = form.parsed::<i32>("parent").map(CommitteeId::new);
        let use_case = CreateCommittee { organization_id, by: form.by(), parent_id, name };
        form.run(&use_case, |_| back(organization_id)).await
    };
    match created.await {
        Ok(response) => Ok(response),
        Err(failure) => again(&state, organization_id, &form, failure).await,
    }
}

async fn put(
    State(state): State<HttpState>,
    Path((organization, committee_id)): Path<(OrganizationId, CommitteeId)>,
    form: Form,
) -> Result<Response, Fault> {
    let taken = async {
        let people = members(&state.app, organization, form.by()).await?;
        let mut checks = FieldChecks::new();
        let wrong = "is nobody of the organization; choose a name from the list";
        let person = find(people.iter().map(|line| &line.user), form.get("person")).ok_or(wrong);
        let person = checks.take("person", person);
        let role = form.get("role").parse::<CommitteeRole>();
        let role = checks.take("role", role.map_err(|_| "must be one of the roles in the list"));
        let (person, role) = checks.finish(person.zip(role))?;
        let use_case = PutCommitteeMember { committee_id, by: form.by(), user_id: person.id, role };
        form.run(&use_case, |_| back(organization)).await
    };
    match taken.await {
        Ok(response) => Ok(response),
        Err(failure) => again(&state, organization, &form, failure).await,
    }
}

async fn remove(
    Path((organization, committee_id, user_id)): Path<(OrganizationId, CommitteeId, UserId)>,
    form: Form,
) -> Result<Response, Fault> {
    let use_case = RemoveCommitteeMember { committee_id, by: form.by(), user_id };
    Ok(form.run(&use_case, |()| back(organization)).await?)
}

async fn dissolve(
    State(state): State<HttpState>,
    Path((organization, committee_id)): Path<(OrganizationId, CommitteeId)>,
    form: Form,
) -> Result<Response, Fault> {
    let use_case = DissolveCommittee { committee_id, by: form.by() };
    match form.run(&use_case, |()| back(organization)).await {
        Ok(response) => Ok(response),
        Err(failure) => again(&state, organization, &form, failure).await,
    }
}
