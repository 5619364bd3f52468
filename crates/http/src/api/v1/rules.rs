//! `/organizations/{id}/rules`: the bylaws, in words and in every version.

use axum::extract::State;
use chrono::{DateTime, Utc};
use plenum_domain::id::{OrganizationId, UserId};
use plenum_domain::rules::{self, Adopted, Rules, Statement};
use plenum_ports::documents::RulesData;
use plenum_ports::page::Page;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::Answer;
use crate::extract::{Path, Query, RulesVersion, SignedIn};
use crate::problem::Problem;
use crate::state::HttpState;
use crate::wire::Items;

pub(super) fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(show)).routes(routes!(versions)).routes(routes!(version))
}

/// The rules that hold now, as a document and in words.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PresentRules, example = json!({
    "version": 3,
    "rules": {"version": 3, "quorum": {"fraction": 0.5, "comparison": "more_than"}},
    "in_words": [{
        "setting": "quorum",
        "text": "Of the people entitled to vote, more than half must be present or represented. Without it \
                 a vote cannot be opened; if it is missed at the count, nothing is decided.",
    }],
}))]
struct RulesBody {
    /// Counted from 1.
    version: u32,
    rules: RulesData,
    /// What each setting says, in sentences that can be read out.
    in_words: Vec<StatementBody>,
}

/// What one setting says.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RuleInWords, example = json!({"setting": "votes", "text": "A cast vote stands."}))]
struct StatementBody {
    /// The key in `rules`.
    setting: &'static str,
    text: String,
}

/// A version of the rules, and who adopted it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RulesVersion, example = json!({
    "version": 2,
    "adopted_at": "2026-03-01T19:00:00Z",
    "adopted_by_user_id": 12,
    "rules": {"version": 2, "joining": "members"},
    "in_words": [{
        "setting": "joining", "text": "Members of the organization enter a session with its code.",
    }],
}))]
struct VersionBody {
    #[serde(flatten)]
    rules: RulesBody,
    adopted_at: DateTime<Utc>,
    /// Null for rules from before versions were kept.
    adopted_by_user_id: Option<i32>,
}

impl RulesBody {
    fn of(rules: &Rules) -> Self {
        let statements = rules::describe(rules).into_iter();
        Self {
            version: rules.version,
            rules: RulesData::of(rules),
            in_words: statements.map(|Statement { setting, text }| StatementBody { setting, text }).collect(),
        }
    }
}

impl VersionBody {
    fn of(adopted: &Adopted) -> Self {
        Self {
            rules: RulesBody::of(&adopted.rules),
            adopted_at: adopted.adopted_at,
            adopted_by_user_id: adopted.adopted_by_user_id.map(UserId::get),
        }
    }
}

/// Show the rules of an organization
///
/// Those that hold now, with each setting in words. They are changed with the organization's `data.rules`.
#[utoipa::path(
    get,
    path = "/organizations/{id}/rules",
    tag = "organizations",
    params(("id" = i32, Path, description = "The organization.")),
    responses((status = 200, description = "The rules.", body = RulesBody)),
)]
async fn show(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<OrganizationId>,
) -> Result<Answer, Problem> {
    let (organization, _) = state.app.organization(id, actor.user.id).await?;
    Ok(Answer::ok(&RulesBody::of(&organization.rules)))
}

/// List the versions of the rules
///
/// The newest first. An event names the version it was opened under in `rules.version`.
#[utoipa::path(
    get,
    path = "/organizations/{id}/rules/versions",
    tag = "organizations",
    params(("id" = i32, Path, description = "The organization."), crate::openapi::PagingParameters),
    responses((status = 200, description = "A piece of the list.", body = Items<VersionBody>)),
)]
async fn versions(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<OrganizationId>,
    Query(page): Query<Page>,
) -> Result<Answer, Problem> {
    let versions = state.app.rules_versions(id, actor.user.id, page).await?;
    Ok(Answer::ok(&Items::of(versions, |adopted| VersionBody::of(&adopted))))
}

/// Show one version of the rules
#[utoipa::path(
    get,
    path = "/organizations/{id}/rules/versions/{version}",
    tag = "organizations",
    params(
        ("id" = i32, Path, description = "The organization."),
        ("version" = i32, Path, description = "The number of the version, from 1."),
    ),
    responses((status = 200, description = "The version.", body = VersionBody)),
)]
async fn version(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path((id, RulesVersion(version))): Path<(OrganizationId, RulesVersion)>,
) -> Result<Answer, Problem> {
    let adopted = state.app.rules_version(id, actor.user.id, version).await?;
    Ok(Answer::ok(&VersionBody::of(&adopted)))
}
