//! `/me` and `/history`: one's own account, and what one took part in.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use plenum_application::use_cases::RevokeToken;
use plenum_domain::Moment;
use plenum_domain::id::ApiTokenId;
use plenum_ports::page::Page as Piece;

use super::fault::Fault;
use super::form::Form;
use super::home::status;
use super::page::{Page, show};
use super::sitting::Note;
use super::viewer::Viewer;
use crate::extract::{FromQuery, Path, Query, QueryReader};
use crate::state::HttpState;

/// How many sittings one page of the history has.
const PIECE: u16 = 30;

pub(super) fn router() -> Router<HttpState> {
    Router::new()
        .route("/history", get(history))
        .route("/me", get(account))
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
}

/// An API token, without its secret.
#[derive(Clone, Debug)]
pub(super) struct TokenLine {
    pub(super) id: i32,
    pub(super) name: String,
    pub(super) used: Option<Moment>,
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
    let tokens = state.app.api_tokens(viewer.id(), Piece::first()).await?.items;
    let tokens = tokens.iter().map(|token| TokenLine {
        id: token.id.get(),
        name: token.name.to_string(),
        used: token.last_used_at,
    });
    let user = &viewer.actor.user;
    let page =
        Page::new(&state.app, &viewer, "me.title").titled(&user.name).at("/me").noting(note.as_deref());
    Ok(show(&Account { page, andrew_id: user.andrew_id.to_string(), tokens: tokens.collect() }))
}

async fn revoke(Path(token_id): Path<ApiTokenId>, form: Form) -> Result<Response, Fault> {
    let use_case = RevokeToken { token_id, by: form.by() };
    Ok(form.run(&use_case, |()| "/me?note=token_revoked".to_owned()).await?)
}
