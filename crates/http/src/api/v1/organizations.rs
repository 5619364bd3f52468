//! `/organizations`: organizations with their description and rules.

use axum::extract::State;
use axum::response::Response;
use plenum_application::use_cases::{
    ArchiveOrganization, CreateOrganization, DeleteOrganization, TransferOwnership, UpdateOrganization,
};
use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_domain::id::{OrganizationId, UserId};
use plenum_domain::organization::{Organization, Role};
use plenum_domain::permission::Standing;
use plenum_domain::text::OrganizationName;
use plenum_ports::documents::OrganizationData;
use plenum_ports::page::Page;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::Answer;
use crate::extract::{Json, Path, Post, Query, SignedIn};
use crate::problem::Problem;
use crate::state::HttpState;
use crate::wire::{Items, Nothing, RoleWord, permitted};

pub(super) fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(show, change, delete))
        .routes(routes!(archive))
        .routes(routes!(restore))
        .routes(routes!(transfer))
}

/// An organization, and what you may do in it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Organization, example = json!({
    "id": 3,
    "name": "Student Senate",
    "data": {
        "description": "Meets every other Thursday.",
        "rules": {
            "joining": "members",
            "quorum": {"fraction": 0.5, "comparison": "more_than"},
            "proxies": {"allowed": true, "max_per_holder": 1, "holders": "voting_members"},
            "motion": {"threshold": 0.5, "comparison": "more_than", "base": "votes_cast_without_abstentions"},
        },
    },
    "user_role": "member",
    "permitted": ["view_organization", "view_session"],
}))]
struct OrganizationBody {
    id: i32,
    name: String,
    data: OrganizationData,
    /// Your role in it.
    user_role: Option<RoleWord>,
    /// What you may do in it.
    permitted: Vec<String>,
}

/// An organization to be founded.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewOrganization, example = json!({
    "name": "Student Senate",
    "data": {"description": "Meets every other Thursday.", "rules": {"quorum": {"fraction": "1/2"}}},
}))]
struct NewOrganizationBody {
    /// Up to 200 characters.
    name: String,
    /// Description and rules; what is left out takes its default.
    #[serde(default)]
    data: OrganizationData,
}

/// What is to change in an organization; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrganizationChange, example = json!({"data": {"rules": {"proxies": {"max_per_holder": 2}}}}))]
struct OrganizationChangeBody {
    /// Up to 200 characters.
    name: Option<String>,
    /// Description, rules and colour.
    data: Option<OrganizationData>,
}

impl OrganizationBody {
    fn of(organization: &Organization, standing: Standing) -> Self {
        Self {
            id: organization.id.get(),
            name: organization.name.to_string(),
            data: OrganizationData::of(organization),
            user_role: standing.role.map(RoleWord::from),
            permitted: permitted(standing),
        }
    }
}

impl NewOrganizationBody {
    fn read(&self, by: UserId) -> Result<CreateOrganization, FieldErrors> {
        let mut checks = FieldChecks::new();
        let name = checks.take("name", OrganizationName::parse(&self.name));
        checks.finish(name.map(|name| CreateOrganization { by, name, data: self.data.clone() }))
    }
}

impl OrganizationChangeBody {
    fn read(self, organization_id: OrganizationId, by: UserId) -> Result<UpdateOrganization, FieldErrors> {
        let mut checks = FieldChecks::new();
        let name = self.name.and_then(|name| checks.take("name", OrganizationName::parse(&name)));
        checks.finish(Some(UpdateOrganization { organization_id, by, name, data: self.data }))
    }
}

/// List your organizations
#[utoipa::path(
    get,
    path = "/organizations",
    tag = "organizations",
    params(crate::openapi::PagingParameters),
    responses((status = 200, description = "A piece of the list.", body = Items<OrganizationBody>)),
)]
async fn list(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Query(page): Query<Page>,
) -> Result<Answer, Problem> {
    let by = actor.user.id;
    let lines = state.app.organizations(by, page).await?;
    Ok(Answer::ok(&Items::of(lines, |(organization, standing)| {
        OrganizationBody::of(&organization, standing)
    })))
}

/// Found an organization
///
/// You become its first owner.
#[utoipa::path(
    post,
    path = "/organizations",
    tag = "organizations",
    request_body = NewOrganizationBody,
    responses((status = 201, description = "The organization.", body = OrganizationBody)),
)]
async fn create(post: Post<NewOrganizationBody>) -> Result<Response, Problem> {
    let use_case = post.body.read(post.by())?;
    post.run(&use_case, |(organization, member)| {
        let standing = Standing::in_organization(member.user_id, Some(member.role));
        Answer::created(&OrganizationBody::of(organization, standing))
    })
    .await
}

/// Show an organization
#[utoipa::path(
    get,
    path = "/organizations/{id}",
    tag = "organizations",
    params(("id" = i32, Path, description = "The organization.")),
    responses((status = 200, description = "The organization.", body = OrganizationBody)),
)]
async fn show(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<OrganizationId>,
) -> Result<Answer, Problem> {
    let (organization, standing) = state.app.organization(id, actor.user.id).await?;
    Ok(Answer::ok(&OrganizationBody::of(&organization, standing)))
}

/// Change an organization
///
/// Its name, description, rules or the colour of its pages. Events that are open keep the rules they were opened under.
#[utoipa::path(
    patch,
    path = "/organizations/{id}",
    tag = "organizations",
    params(("id" = i32, Path, description = "The organization.")),
    request_body = OrganizationChangeBody,
    responses((status = 200, description = "The organization as it is now.", body = OrganizationBody)),
)]
async fn change(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<OrganizationId>,
    Json(body): Json<OrganizationChangeBody>,
) -> Result<Answer, Problem> {
    let by = actor.user.id;
    state.app.run(&body.read(id, by)?).await?;
    let (organization, standing) = state.app.organization(id, by).await?;
    Ok(Answer::ok(&OrganizationBody::of(&organization, standing)))
}

/// Delete an organization
///
/// One that has never put anything to the vote. Archive any other.
#[utoipa::path(
    delete,
    path = "/organizations/{id}",
    tag = "organizations",
    params(("id" = i32, Path, description = "The organization.")),
    responses((status = 204, description = "It is gone.")),
)]
async fn delete(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(organization_id): Path<OrganizationId>,
) -> Result<Answer, Problem> {
    state.app.run(&DeleteOrganization { organization_id, by: actor.user.id }).await?;
    Ok(Answer::nothing())
}

/// Archive an organization
///
/// Everything in it can be looked at and nothing changed. Its sessions have to be closed.
#[utoipa::path(
    post,
    path = "/organizations/{id}/archive",
    tag = "organizations",
    params(("id" = i32, Path, description = "The organization.")),
    responses((status = 204, description = "It is in the archive.")),
)]
async fn archive(
    Path(organization_id): Path<OrganizationId>,
    post: Post<Nothing>,
) -> Result<Response, Problem> {
    let use_case = ArchiveOrganization { organization_id, by: post.by(), archive: true };
    post.run(&use_case, |()| Answer::nothing()).await
}

/// Bring an organization back from the archive
#[utoipa::path(
    post,
    path = "/organizations/{id}/restore",
    tag = "organizations",
    params(("id" = i32, Path, description = "The organization.")),
    responses((status = 204, description = "It can be changed again.")),
)]
async fn restore(
    Path(organization_id): Path<OrganizationId>,
    post: Post<Nothing>,
) -> Result<Response, Problem> {
    let use_case = ArchiveOrganization { organization_id, by: post.by(), archive: false };
    post.run(&use_case, |()| Answer::nothing()).await
}

/// To whom an organization is handed over.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Transfer, example = json!({"user_id": 12, "keep_role": "member"}))]
struct TransferBody {
    /// The member who becomes an owner.
    user_id: i32,
    /// What you are afterwards; a member when left out.
    keep_role: Option<RoleWord>,
}

/// Hand an organization over
///
/// Another member becomes an owner, and you keep a lesser role.
#[utoipa::path(
    post,
    path = "/organizations/{id}/transfer",
    tag = "organizations",
    params(("id" = i32, Path, description = "The organization.")),
    request_body = TransferBody,
    responses((status = 204, description = "It is handed over.")),
)]
async fn transfer(
    Path(organization_id): Path<OrganizationId>,
    post: Post<TransferBody>,
) -> Result<Response, Problem> {
    let keep = post.body.keep_role.map_or(Role::Member, Role::from);
    let to = UserId::new(post.body.user_id);
    let use_case = TransferOwnership { organization_id, by: post.by(), to, keep };
    post.run(&use_case, |_| Answer::nothing()).await
}
