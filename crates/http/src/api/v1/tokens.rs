//! `/me/tokens`: a person's API tokens.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use plenum_application::sign_in::Actor;
use plenum_application::use_cases::{CreateToken, IssuedToken, RevokeToken};
use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_domain::id::ApiTokenId;
use plenum_domain::text::TokenName;
use plenum_domain::token::{TokenScope, TokenScopes};
use plenum_ports::page::Page;
use plenum_ports::repository::ApiToken;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::Answer;
use crate::extract::{Path, Post, Query, SignedIn};
use crate::problem::Problem;
use crate::state::HttpState;
use crate::wire::Items;

pub(super) fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(revoke))
}

/// An API token, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Token, example = json!({
    "id": 4, "name": "minutes script", "scopes": ["read"], "created_at": "2026-03-01T19:00:00Z",
    "expires_at": "2027-03-01T00:00:00Z", "last_used_at": null,
}))]
pub(super) struct TokenBody {
    id: i32,
    name: String,
    /// What it may be used for.
    scopes: Vec<ScopeWord>,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    /// To the minute.
    last_used_at: Option<DateTime<Utc>>,
}

/// An API token together with its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CreatedToken, example = json!({
    "id": 4, "name": "minutes script", "scopes": ["read"], "created_at": "2026-03-01T19:00:00Z",
    "expires_at": "2027-03-01T00:00:00Z", "last_used_at": null,
    "token": "plenum_Vd7nGZ3uX0m4cB1sQk9yT2wE5rU8iO6pA-fHjLxCvNM",
}))]
pub(super) struct CreatedTokenBody {
    #[serde(flatten)]
    about: TokenBody,
    /// The secret, shown this once; null when an answer is given again for an `Idempotency-Key`.
    token: Option<String>,
}

/// An API token to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewToken, example = json!({
    "name": "minutes script", "scopes": ["read"], "expires_at": "2027-03-01T00:00:00Z",
}))]
pub(super) struct NewTokenBody {
    /// What it is called; up to 100 characters.
    pub(super) name: String,
    /// When it ends; left out, it works until it is revoked.
    pub(super) expires_at: Option<DateTime<Utc>>,
    /// What it may be used for; everything when left out, or as much as the token that asks.
    scopes: Option<Vec<ScopeWord>>,
}

/// What a token may be used for.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TokenScope)]
enum ScopeWord {
    /// Look at things.
    Read,
    /// Join, leave, give one's proxy, vote.
    Vote,
    /// Run sessions: attendance, agenda, votes.
    Host,
    /// Everything else that changes something.
    Administer,
}

impl From<TokenScope> for ScopeWord {
    fn from(scope: TokenScope) -> Self {
        match scope {
            TokenScope::Read => Self::Read,
            TokenScope::Vote => Self::Vote,
            TokenScope::Host => Self::Host,
            TokenScope::Administer => Self::Administer,
        }
    }
}

impl From<ScopeWord> for TokenScope {
    fn from(word: ScopeWord) -> Self {
        match word {
            ScopeWord::Read => Self::Read,
            ScopeWord::Vote => Self::Vote,
            ScopeWord::Host => Self::Host,
            ScopeWord::Administer => Self::Administer,
        }
    }
}

impl TokenBody {
    pub(super) fn of(token: &ApiToken) -> Self {
        Self {
            id: token.id.get(),
            name: token.name.to_string(),
            scopes: token.scopes.iter().map(ScopeWord::from).collect(),
            created_at: token.created_at,
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
        }
    }
}

impl CreatedTokenBody {
    /// The answer, and the one that is kept for an `Idempotency-Key`: without the secret.
    pub(super) fn answers(issued: &IssuedToken) -> (Answer, Answer) {
        let answer = |token| Answer::created(&Self { about: TokenBody::of(&issued.token), token });
        (answer(Some(issued.secret.reveal().to_owned())), answer(None))
    }
}

impl NewTokenBody {
    /// The scopes asked for, if any were.
    pub(super) fn wanted(&self) -> Option<Result<TokenScopes, &'static str>> {
        let words = self.scopes.as_ref()?;
        let wanted = TokenScopes::new(words.iter().map(|word| TokenScope::from(*word)));
        Some(wanted.ok_or("must name at least one"))
    }

    fn read(&self, actor: &Actor) -> Result<CreateToken, FieldErrors> {
        let mut checks = FieldChecks::new();
        let name = checks.take("name", TokenName::parse(&self.name));
        // A token makes none that may be used for more than itself.
        let scopes = self.wanted().unwrap_or(Ok(actor.scopes)).and_then(|wanted| {
            if wanted.within(actor.scopes) { Ok(wanted) } else { Err("goes beyond this token's own") }
        });
        let scopes = checks.take("scopes", scopes);
        let (by, expires_at) = (actor.user.id, self.expires_at);
        checks.finish(name.zip(scopes).map(|(name, scopes)| CreateToken { by, name, expires_at, scopes }))
    }
}

/// List your API tokens
///
/// Those that were not revoked. Their secrets cannot be shown again.
#[utoipa::path(
    get,
    path = "/me/tokens",
    tag = "me",
    params(crate::openapi::PagingParameters),
    responses((status = 200, description = "A piece of the list.", body = Items<TokenBody>)),
)]
async fn list(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Query(page): Query<Page>,
) -> Result<Answer, Problem> {
    let tokens = state.app.api_tokens(actor.user.id, page).await?;
    Ok(Answer::ok(&Items::of(tokens, |token| TokenBody::of(&token))))
}

/// Make an API token
///
/// The secret is in the answer and nowhere else.
#[utoipa::path(
    post,
    path = "/me/tokens",
    tag = "me",
    request_body = NewTokenBody,
    responses((status = 201, description = "The token with its secret.", body = CreatedTokenBody)),
)]
async fn create(post: Post<NewTokenBody>) -> Result<Response, Problem> {
    let use_case = post.body.read(&post.actor)?;
    post.run_keeping(&use_case, CreatedTokenBody::answers).await
}

/// Revoke an API token
#[utoipa::path(
    delete,
    path = "/me/tokens/{id}",
    tag = "me",
    params(("id" = i32, Path, description = "The token.")),
    responses((status = 204, description = "It does not work any more.")),
)]
async fn revoke(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(token_id): Path<ApiTokenId>,
) -> Result<Answer, Problem> {
    state.app.run(&RevokeToken { by: actor.user.id, token_id }).await?;
    Ok(Answer::nothing())
}
