//! `/me` and `/history`: one's own account, and what one took part in.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use chrono::TimeDelta;
use plenum_application::Failure;
use plenum_application::use_cases::{CreateToken, RevokeToken};
use plenum_domain::Moment;
use plenum_domain::field::FieldChecks;
use plenum_domain::id::ApiTokenId;
use plenum_domain::text::TokenName;
use plenum_domain::token::{TokenScope, TokenScopes};
use plenum_ports::page::Page as Piece;
use plenum_ports::repository::ApiToken;

use super::fault::Fault;
use super::form::Form;
use super::home::status;
use super::page::{Page, show};
use super::sitting::Note;
use super::viewer::Viewer;
use crate::extract::{FromQuery, Path, Query, QueryReader};
use crate::problem::Problem;
use crate::state::HttpState;

/// How many sittings one page of the history has.
const PIECE: u16 = 30;
/// For how many days a token can be made from the form.
pub(super) const LIFETIMES: [i64; 3] = [30, 90, 365];

pub(super) fn router() -> Router<HttpState> {
    Router::new()
        .route("/history", get(history))
        .route("/me", get(account))
        .route("/me/tokens", post(make))
        .route("/me/tokens/{id}/revoke", post(revoke))
}

/// Sittings of the past and the present.
#[derive(Template)]
#[template(path = "history.html")]
pub(super) struct History {
    pub(super) page: Page,
    pub(super) lines: Vec<PastLine>,
    pub(super) next: Option<i64>,
}

/// A sitting in the history.
#[derive(Clone, Debug)]
pub(super) struct PastLine {
    pub(super) id: i32,
    pub(super) title: String,
    pub(super) organization: String,
    pub(super) at: Moment,
    pub(super) status: &'static str,
    pub(super) tone: &'static str,
    pub(super) took_part: bool,
}

/// One's own account.
#[derive(Template)]
#[template(path = "me.html")]
pub(super) struct Account {
    pub(super) page: Page,
    pub(super) andrew_id: String,
    pub(super) tokens: Vec<TokenLine>,
    pub(super) typed: String,
    pub(super) wrong: Option<String>,
}

impl Account {
    pub(super) fn scopes(&self) -> impl Iterator<Item = &'static str> {
        TokenScope::ALL.into_iter().map(TokenScope::as_str)
    }

    pub(super) fn lifetimes(&self) -> [i64; 3] {
        LIFETIMES
    }
}

/// A token that was just made; nothing can show it again.
#[derive(Template)]
#[template(path = "token.html")]
pub(super) struct TokenPage {
    pub(super) page: Page,
    pub(super) name: String,
    pub(super) secret: String,
    pub(super) until: Option<Moment>,
}

/// An API token, without its secret.
#[derive(Clone, Debug)]
pub(super) struct TokenLine {
    pub(super) id: i32,
    pub(super) name: String,
    pub(super) used: Option<Moment>,
    pub(super) until: Option<Moment>,
    /// What it may be used for.
    pub(super) scopes: Vec<&'static str>,
}

impl TokenLine {
    pub(super) fn of(token: &ApiToken) -> Self {
        Self {
            id: token.id.get(),
            name: token.name.to_string(),
            used: token.last_used_at,
            until: token.expires_at,
            scopes: token.scopes.iter().map(TokenScope::as_str).collect(),
        }
    }
}

/// Where a list continues.
pub(super) struct After(pub(super) Option<i64>);

impl FromQuery for After {
    fn read(query: &mut QueryReader) -> Option<Self> {
        let after = query.take_parsed("after", "must be the next of an earlier page");
        query.ignore_rest();
        Some(Self(after))
    }
}

async fn history(
    State(state): State<HttpState>,
    Query(After(after)): Query<After>,
    viewer: Viewer,
) -> Result<Response, Fault> {
    let piece = Piece::new(Some(PIECE), after).unwrap_or_else(|_| Piece::first());
    let found = state.app.sessions(viewer.id(), None, piece).await?;
    let lines = found.items.iter().map(|line| {
        let (status, tone) = status(line.session.status);
        PastLine {
            id: line.session.id.get(),
            title: line.session.title.to_string(),
            organization: line.organization.name.to_string(),
            at: line.session.created_at,
            status,
            tone,
            took_part: line.standing.participant,
        }
    });
    let page = Page::new(&state.app, &viewer, "history.title").at("/history");
    Ok(show(&History { page, lines: lines.collect(), next: found.next }))
}

async fn account(
    State(state): State<HttpState>,
    Query(Note(note)): Query<Note>,
    viewer: Viewer,
) -> Result<Response, Fault> {
    profile(&state, &viewer, note.as_deref(), "", None).await
}

async fn profile(
    state: &HttpState,
    viewer: &Viewer,
    note: Option<&str>,
    typed: &str,
    wrong: Option<&Problem>,
) -> Result<Response, Fault> {
    let tokens = state.app.api_tokens(viewer.id(), Piece::first()).await?.items;
    let user = &viewer.actor.user;
    let page = Page::new(&state.app, viewer, "me.title").titled(&user.name).at("/me").noting(note);
    Ok(show(&Account {
        andrew_id: user.andrew_id.to_string(),
        tokens: tokens.iter().map(TokenLine::of).collect(),
        typed: typed.to_owned(),
        wrong: wrong.map(|problem| page.problem(problem)),
        page,
    }))
}

/// Answers with the token itself: an address to go on to would have to hold it.
async fn make(State(state): State<HttpState>, form: Form) -> Result<Response, Fault> {
    let now = state.app.queries.now().await.map_err(Failure::from)?;
    let days = form.parsed::<i64>("days").filter(|days| LIFETIMES.contains(days));
    let made = async {
        let mut checks = FieldChecks::new();
        let name = checks.take("name", TokenName::parse(form.get("name")));
        let wanted = form.all("scope").filter_map(|word| word.parse::<TokenScope>().ok());
        let wanted = TokenScopes::new(wanted).filter(|wanted| wanted.within(form.viewer.actor.scopes));
        let scopes = checks.take("scope", wanted.ok_or("choose at least one thing that it may do"));
        let (name, scopes) = checks.finish(name.zip(scopes))?;
        let expires_at = days.map(|days| now + TimeDelta::days(days));
        state.app.run(&CreateToken { by: form.by(), name, expires_at, scopes }).await
    };
    match made.await {
        Ok(issued) => Ok(show(&TokenPage {
            page: Page::new(&state.app, &form.viewer, "me.token_made").at("/me"),
            name: issued.token.name.to_string(),
            secret: issued.secret.reveal().to_owned(),
            until: issued.token.expires_at,
        })),
        Err(failure @ Failure::Invalid(_)) => {
            let problem = Problem::from(failure).plainly();
            let mut page = profile(&state, &form.viewer, None, form.get("name"), Some(&problem)).await?;
            *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(page)
        }
        Err(failure) => Err(failure.into()),
    }
}

async fn revoke(Path(token_id): Path<ApiTokenId>, form: Form) -> Result<Response, Fault> {
    let use_case = RevokeToken { token_id, by: form.by() };
    Ok(form.run(&use_case, |()| "/me?note=token_revoked".to_owned()).await?)
}
