//! `/committees`: groups of an organization's members.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use plenum_application::use_cases::{
    CreateCommittee, DissolveCommittee, PutCommitteeMember, RemoveCommitteeMember, UpdateCommittee,
};
use plenum_domain::committee::{Committee, CommitteeMember, CommitteeRole};
use plenum_domain::field::FieldChecks;
use plenum_domain::id::{CommitteeId, OrganizationId, UserId};
use plenum_domain::text::CommitteeName;
use plenum_domain::user::User;
use plenum_ports::page::Page;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::Answer;
use crate::extract::{Json, Path, Post, Query, SignedIn};
use crate::problem::Problem;
use crate::state::HttpState;
use crate::wire::{Items, PersonBody};

pub(super) fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(change, dissolve))
        .routes(routes!(members))
        .routes(routes!(put_member, remove_member))
}

/// A committee.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Committee, example = json!({
    "id": 4, "organization_id": 3, "parent_id": null, "name": "Finance", "created_at": "2026-02-10T17:30:00Z",
}))]
struct CommitteeBody {
    id: i32,
    organization_id: i32,
    /// The committee it is part of.
    parent_id: Option<i32>,
    name: String,
    created_at: DateTime<Utc>,
}

impl CommitteeBody {
    fn of(committee: &Committee) -> Self {
        Self {
            id: committee.id.get(),
            organization_id: committee.organization_id.get(),
            parent_id: committee.parent_id.map(CommitteeId::get),
            name: committee.name.to_string(),
            created_at: committee.created_at,
        }
    }
}

/// A committee to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewCommittee, example = json!({"name": "Finance"}))]
struct NewCommitteeBody {
    /// Up to 200 characters, unique in the organization.
    name: String,
    /// The committee it is part of.
    parent_id: Option<i32>,
}

/// What is to change in a committee; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CommitteeChange, example = json!({"name": "Finance and audit"}))]
struct CommitteeChangeBody {
    /// Up to 200 characters, unique in the organization.
    name: Option<String>,
    /// The committee it is to be part of; null for none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i32>)]
    #[expect(clippy::option_option, reason = "left out, null and a number are three things")]
    parent_id: Option<Option<i32>>,
}

/// Tells null from left out.
#[expect(clippy::option_option, reason = "left out, null and a number are three things")]
fn given<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<i32>>, D::Error> {
    Option::deserialize(value).map(Some)
}

/// A person's place in a committee.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CommitteeMember, example = json!({
    "committee_id": 4, "user": {"id": 12, "name": "Zoë Ng", "andrew_id": "zng"}, "user_role": "chair",
    "joined_at": "2026-02-10T17:30:00Z",
}))]
struct CommitteeMemberBody {
    committee_id: i32,
    user: PersonBody,
    user_role: CommitteeRoleWord,
    joined_at: DateTime<Utc>,
}

/// What a member may do in a committee.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CommitteeRole)]
enum CommitteeRoleWord {
    /// Opens its sessions, conducts its votes, appoints its members.
    Chair,
    /// Keeps its books.
    Secretary,
    /// Belongs to it and votes where it is the electorate.
    Member,
    /// Looks on.
    Observer,
}

impl From<CommitteeRole> for CommitteeRoleWord {
    fn from(role: CommitteeRole) -> Self {
        match role {
            CommitteeRole::Chair => Self::Chair,
            CommitteeRole::Secretary => Self::Secretary,
            CommitteeRole::Member => Self::Member,
            CommitteeRole::Observer => Self::Observer,
        }
    }
}

impl From<CommitteeRoleWord> for CommitteeRole {
    fn from(word: CommitteeRoleWord) -> Self {
        match word {
            CommitteeRoleWord::Chair => Self::Chair,
            CommitteeRoleWord::Secretary => Self::Secretary,
            CommitteeRoleWord::Member => Self::Member,
            CommitteeRoleWord::Observer => Self::Observer,
        }
    }
}

/// The role a person is to have in a committee.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CommitteeMemberChange, example = json!({"user_role": "member"}))]
struct CommitteeMemberChangeBody {
    user_role: CommitteeRoleWord,
}

impl CommitteeMemberBody {
    fn of(member: &CommitteeMember, user: &User) -> Self {
        Self {
            committee_id: member.committee_id.get(),
            user: PersonBody::of(user),
            user_role: member.role.into(),
            joined_at: member.joined_at,
        }
    }
}

/// List the committees of an organization
#[utoipa::path(
    get,
    path = "/organizations/{id}/committees",
    tag = "committees",
    params(("id" = i32, Path, description = "The organization."), crate::openapi::PagingParameters),
    responses((status = 200, description = "A piece of the list.", body = Items<CommitteeBody>)),
)]
async fn list(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<OrganizationId>,
    Query(page): Query<Page>,
) -> Result<Answer, Problem> {
    let committees = state.app.committees(id, actor.user.id, page).await?;
    Ok(Answer::ok(&Items::of(committees, |committee| CommitteeBody::of(&committee))))
}

/// Make a committee
#[utoipa::path(
    post,
    path = "/organizations/{id}/committees",
    tag = "committees",
    params(("id" = i32, Path, description = "The organization.")),
    request_body = NewCommitteeBody,
    responses((status = 201, description = "The committee.", body = CommitteeBody)),
)]
async fn create(
    Path(organization_id): Path<OrganizationId>,
    post: Post<NewCommitteeBody>,
) -> Result<Response, Problem> {
    let mut checks = FieldChecks::new();
    let name = checks.take("name", CommitteeName::parse(&post.body.name));
    let parent_id = post.body.parent_id.map(CommitteeId::new);
    let by = post.by();
    let use_case =
        checks.finish(name.map(|name| CreateCommittee { organization_id, by, parent_id, name }))?;
    post.run(&use_case, |committee| Answer::created(&CommitteeBody::of(committee))).await
}

/// Change a committee
///
/// Its name, or the committee it is part of.
#[utoipa::path(
    patch,
    path = "/committees/{id}",
    tag = "committees",
    params(("id" = i32, Path, description = "The committee.")),
    request_body = CommitteeChangeBody,
    responses((status = 200, description = "The committee as it is now.", body = CommitteeBody)),
)]
async fn change(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(committee_id): Path<CommitteeId>,
    Json(body): Json<CommitteeChangeBody>,
) -> Result<Answer, Problem> {
    let mut checks = FieldChecks::new();
    let name = body.name.and_then(|name| checks.take("name", CommitteeName::parse(&name)));
    let parent_id = body.parent_id.map(|parent| parent.map(CommitteeId::new));
    let by = actor.user.id;
    let use_case = checks.finish(Some(UpdateCommittee { committee_id, by, name, parent_id }))?;
    Ok(Answer::ok(&CommitteeBody::of(&state.app.run(&use_case).await?)))
}

/// Dissolve a committee
///
/// One that no other committee is part of. Its sessions stay what they were.
#[utoipa::path(
    delete,
    path = "/committees/{id}",
    tag = "committees",
    params(("id" = i32, Path, description = "The committee.")),
    responses((status = 204, description = "It is dissolved.")),
)]
async fn dissolve(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(committee_id): Path<CommitteeId>,
) -> Result<Answer, Problem> {
    state.app.run(&DissolveCommittee { committee_id, by: actor.user.id }).await?;
    Ok(Answer::nothing())
}

/// List the members of a committee
#[utoipa::path(
    get,
    path = "/committees/{id}/members",
    tag = "committees",
    params(("id" = i32, Path, description = "The committee."), crate::openapi::PagingParameters),
    responses((status = 200, description = "A piece of the list.", body = Items<CommitteeMemberBody>)),
)]
async fn members(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<CommitteeId>,
    Query(page): Query<Page>,
) -> Result<Answer, Problem> {
    let members = state.app.committee_members(id, actor.user.id, page).await?;
    Ok(Answer::ok(&Items::of(members, |(member, user)| CommitteeMemberBody::of(&member, &user))))
}

/// Take a member into a committee, or change their role there
#[utoipa::path(
    put,
    path = "/committees/{id}/members/{user_id}",
    tag = "committees",
    params(
        ("id" = i32, Path, description = "The committee."),
        ("user_id" = i32, Path, description = "A member of the organization."),
    ),
    request_body = CommitteeMemberChangeBody,
    responses(
        (status = 200, description = "Their place, known before.", body = CommitteeMemberBody),
        (status = 201, description = "Their new place.", body = CommitteeMemberBody),
    ),
)]
async fn put_member(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path((committee_id, user_id)): Path<(CommitteeId, UserId)>,
    Json(body): Json<CommitteeMemberChangeBody>,
) -> Result<Answer, Problem> {
    let role = body.user_role.into();
    let use_case = PutCommitteeMember { committee_id, by: actor.user.id, user_id, role };
    let (member, user, is_new) = state.app.run(&use_case).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok(Answer::json(status, &CommitteeMemberBody::of(&member, &user)))
}

/// End somebody's place in a committee
///
/// Anybody can end their own.
#[utoipa::path(
    delete,
    path = "/committees/{id}/members/{user_id}",
    tag = "committees",
    params(
        ("id" = i32, Path, description = "The committee."),
        ("user_id" = i32, Path, description = "The person."),
    ),
    responses((status = 204, description = "They do not belong to it any more.")),
)]
async fn remove_member(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path((committee_id, user_id)): Path<(CommitteeId, UserId)>,
) -> Result<Answer, Problem> {
    state.app.run(&RemoveCommitteeMember { committee_id, by: actor.user.id, user_id }).await?;
    Ok(Answer::nothing())
}
