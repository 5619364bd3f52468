//! `/proxies`: every proxy that a person gave or holds, and what happened to each.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use plenum_application::views::MandateView;
use plenum_domain::Moment;
use plenum_domain::id::{ProxyId, UserId};
use plenum_domain::proxy::Scope;
use plenum_ports::page::Page as Piece;
use plenum_ports::queries::MandateNoteLine;

use super::fault::Fault;
use super::me::After;
use super::page::{Page, show};
use super::proxies::ProxyLine;
use super::viewer::Viewer;
use crate::extract::{Path, Query};
use crate::state::HttpState;

/// How many one page lists.
const PIECE: u16 = 30;

pub(super) fn router() -> Router<HttpState> {
    Router::new().route("/proxies", get(list)).route("/proxies/{id}", get(look))
}

/// Every proxy of a person, the newest first.
#[derive(Template)]
#[template(path = "mandates.html")]
pub(super) struct Mandates {
    pub(super) page: Page,
    pub(super) lines: Vec<MandateRow>,
    pub(super) next: Option<i64>,
}

/// A proxy of a person.
#[derive(Clone, Debug)]
pub(super) struct MandateRow {
    pub(super) line: ProxyLine,
    /// Whether the person holds it; otherwise it is their own vote.
    pub(super) held: bool,
    pub(super) place: Place,
}

/// What a proxy is good for.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// A sitting, or one event of it.
    Sitting {
        /// Which sitting.
        id: i32,
        /// What it is called.
        title: String,
        /// The event, where it is for one.
        event: Option<i32>,
    },
    /// Every sitting opened in a span of time.
    Span {
        /// From this moment on.
        from: Moment,
        /// Up to this one.
        until: Moment,
    },
}

/// What happened to a proxy.
#[derive(Template)]
#[template(path = "mandate.html")]
pub(super) struct MandatePage {
    pub(super) page: Page,
    pub(super) principal: String,
    pub(super) holder: String,
    pub(super) status: &'static str,
    pub(super) tone: &'static str,
    pub(super) place: Place,
    pub(super) reason: String,
    pub(super) notes: Vec<NoteLine>,
}

/// Something that happened to a proxy.
#[derive(Clone, Debug)]
pub(super) struct NoteLine {
    pub(super) at: Moment,
    /// The text that names it.
    pub(super) what: String,
    /// Who did it; `None` for the server.
    pub(super) by: Option<String>,
    /// The event it was used in.
    pub(super) event: Option<i32>,
    pub(super) reason: String,
}

impl Place {
    fn of(view: &MandateView) -> Self {
        let sitting = |id: plenum_domain::id::SessionId, event| Self::Sitting {
            id: id.get(),
            title: view.line.title.as_ref().map(ToString::to_string).unwrap_or_default(),
            event,
        };
        match view.line.mandate.scope {
            Scope::Event { session_id, event_id } => sitting(session_id, Some(event_id.get())),
            Scope::Sitting { session_id } => sitting(session_id, None),
            Scope::Span { from, until, .. } => Self::Span { from, until },
        }
    }
}

impl MandateRow {
    fn of(view: &MandateView, viewer: UserId) -> Self {
        let held = view.line.holder.id == viewer;
        let other = if held { &view.line.principal } else { &view.line.holder };
        Self { line: ProxyLine::of(view, other), held, place: Place::of(view) }
    }
}

impl NoteLine {
    fn of(line: &MandateNoteLine) -> Self {
        let note = &line.note;
        Self {
            at: note.at,
            what: format!("mandate_change.{}", note.change.as_str()),
            by: line.by.as_ref().map(|user| user.name.to_string()),
            event: note.event_id.map(plenum_domain::id::EventId::get),
            reason: note.reason.as_ref().map(ToString::to_string).unwrap_or_default(),
        }
    }
}

async fn list(
    State(state): State<HttpState>,
    Query(After(after)): Query<After>,
    viewer: Viewer,
) -> Result<Response, Fault> {
    let piece = Piece::new(Some(PIECE), after).unwrap_or_else(|_| Piece::first());
    let mandates = state.app.my_mandates(viewer.id(), piece).await?;
    Ok(show(&Mandates {
        page: Page::new(&state.app, &viewer, "proxies.mine").at("/proxies"),
        lines: mandates.items.iter().map(|view| MandateRow::of(view, viewer.id())).collect(),
        next: mandates.next,
    }))
}

async fn look(
    State(state): State<HttpState>,
    Path(id): Path<ProxyId>,
    viewer: Viewer,
) -> Result<Response, Fault> {
    let (view, notes) = state.app.mandate(id, viewer.id()).await?;
    let line = ProxyLine::of(&view, &view.line.holder);
    Ok(show(&MandatePage {
        page: Page::new(&state.app, &viewer, "proxies.single")
            .at(format!("/proxies/{id}"))
            .of(view.line.organization_id),
        principal: view.line.principal.name.to_string(),
        holder: view.line.holder.name.to_string(),
        status: line.status,
        tone: line.tone,
        place: Place::of(&view),
        reason: view.line.reason.as_ref().map(ToString::to_string).unwrap_or_default(),
        notes: notes.iter().map(NoteLine::of).collect(),
    }))
}
