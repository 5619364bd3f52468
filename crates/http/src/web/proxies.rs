//! `/sessions/{id}/proxies`: whose votes one holds, and to whom one gives one's own.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use plenum_application::use_cases::{AcceptProxy, DeclineProxy, GiveProxy, RevokeProxy};
use plenum_application::views::MandateView;
use plenum_application::{App, Failure};
use plenum_domain::field::FieldErrors;
use plenum_domain::id::{OrganizationId, ProxyId, SessionId, UserId};
use plenum_domain::proxy::{Awaits, MandateState, MandateStatus};
use plenum_domain::user::User;
use plenum_ports::page::Page as Piece;
use plenum_ports::queries::MemberLine;

use super::fault::Fault;
use super::form::Form;
use super::page::{Page, show};
use super::sitting::Note;
use super::viewer::Viewer;
use crate::extract::{Path, Query};
use crate::problem::Problem;
use crate::state::HttpState;

pub(super) fn router() -> Router<HttpState> {
    Router::new()
        .route("/sessions/{id}/proxies", get(look).post(give))
        .route("/sessions/{id}/proxies/{proxy_id}/revoke", post(revoke))
        .route("/sessions/{id}/proxies/{proxy_id}/accept", post(accept))
        .route("/sessions/{id}/proxies/{proxy_id}/decline", post(decline))
}

/// The proxies of one person in a sitting.
#[derive(Template)]
#[template(path = "proxies.html")]
pub(super) struct Proxies {
    pub(super) page: Page,
    pub(super) session: i32,
    pub(super) session_title: String,
    pub(super) closed: bool,
    pub(super) rules_allow: bool,
    pub(super) held: Vec<ProxyLine>,
    pub(super) given: Vec<ProxyLine>,
    /// Whether their vote is with somebody now.
    pub(super) gave: bool,
    pub(super) people: Vec<String>,
    pub(super) holder: String,
    pub(super) wrong: Option<String>,
}

/// A mandate, with the other person.
#[derive(Clone, Debug)]
pub(super) struct ProxyLine {
    pub(super) id: i32,
    pub(super) other: String,
    pub(super) status: &'static str,
    pub(super) tone: &'static str,
    pub(super) revocable: bool,
    /// Whose word the offer waits for.
    pub(super) awaits_holder: bool,
    pub(super) awaits_chair: bool,
}

impl ProxyLine {
    pub(super) fn of(view: &MandateView, other: &User) -> Self {
        let (word, tone) = match view.status {
            MandateStatus::Offered => ("mandate.offered", "warn"),
            MandateStatus::Declined => ("mandate.declined", "plain"),
            MandateStatus::Expired => ("mandate.expired", "plain"),
            MandateStatus::Active => ("mandate.active", "good"),
            MandateStatus::Suspended => ("mandate.suspended", "warn"),
            MandateStatus::Revoked => ("mandate.revoked", "plain"),
        };
        let waits =
            |whom| matches!(view.line.mandate.state, MandateState::Offered { awaits } if awaits == whom);
        Self {
            id: view.line.mandate.id.get(),
            awaits_holder: waits(Awaits::Holder),
            awaits_chair: waits(Awaits::Chair),
            other: other.name.to_string(),
            status: word,
            tone,
            revocable: view.line.mandate.lives(),
        }
    }
}

/// `Zoë Ng (zng)`: how a person is named where they have to be told from others.
pub(super) fn named(user: &User) -> String {
    format!("{} ({})", user.name, user.andrew_id)
}

/// The members of an organization whom the viewer may see; nobody for a guest.
pub(super) async fn members(app: &App, id: OrganizationId, by: UserId) -> Result<Vec<MemberLine>, Failure> {
    let mut members = Vec::new();
    let mut piece = Piece::first();
    loop {
        let found = match app.members(id, by, piece).await {
            Err(Failure::NotFound(_)) => return Ok(members),
            found => found?,
        };
        members.extend(found.items);
        match found.next {
            Some(next) => piece = Piece::first().continued(next),
            None => return Ok(members),
        }
    }
}

/// Finds the person that was typed: by login name, alone or in brackets behind the name, or by a name
/// that only one of them has.
pub(super) fn find<'a>(people: impl Iterator<Item = &'a User> + Clone, typed: &str) -> Option<&'a User> {
    let typed = typed.trim();
    let login =
        typed.strip_suffix(')').and_then(|text| text.rsplit_once('(')).map_or(typed, |(_, login)| login);
    let by_login = people.clone().find(|user| user.andrew_id.as_str().eq_ignore_ascii_case(login.trim()));
    by_login.or_else(|| {
        let mut same = people.filter(|user| user.name.as_str().to_lowercase() == typed.to_lowercase());
        same.next().filter(|_| same.next().is_none())
    })
}

async fn look(
    State(state): State<HttpState>,
    Path(id): Path<SessionId>,
    Query(Note(note)): Query<Note>,
    viewer: Viewer,
) -> Result<Response, Fault> {
    list(&state, id, &viewer, note.as_deref(), String::new(), None).await
}

async fn list(
    state: &HttpState,
    id: SessionId,
    viewer: &Viewer,
    note: Option<&str>,
    holder: String,
    wrong: Option<&Problem>,
) -> Result<Response, Fault> {
    let app = &state.app;
    let line = app.session(id, viewer.id()).await?;
    let page = Page::new(app, viewer, "proxies.title")
        .at(format!("/sessions/{id}/proxies"))
        .owned_by(&line.organization)
        .noting(note);
    let mandates = match app.mandates(id, viewer.id()).await {
        Err(Failure::Forbidden { .. }) => Vec::new(),
        mandates => mandates?,
    };
    let me = viewer.id();
    let held = mandates.iter().filter(|view| view.line.holder.id == me && view.line.mandate.lives());
    let given: Vec<ProxyLine> = mandates
        .iter()
        .filter(|view| view.line.principal.id == me)
        .map(|view| ProxyLine::of(view, &view.line.holder))
        .collect();
    let people = members(app, line.organization.id, me).await?;
    let people = people.iter().filter(|line| line.user.id != me).map(|line| named(&line.user));
    Ok(show(&Proxies {
        session: id.get(),
        session_title: line.session.title.to_string(),
        closed: line.session.status.is_closed(),
        rules_allow: line.organization.rules.proxies.allowed,
        held: held.map(|view| ProxyLine::of(view, &view.line.principal)).collect(),
        gave: given.iter().any(|line| line.revocable),
        given,
        people: people.collect(),
        holder,
        wrong: wrong.map(|problem| page.problem(problem)),
        page,
    }))
}

async fn give(
    State(state): State<HttpState>,
    Path(session_id): Path<SessionId>,
    form: Form,
) -> Result<Response, Fault> {
    let by = form.by();
    let line = state.app.session(session_id, by).await?;
    let people = members(&state.app, line.organization.id, by).await?;
    let typed = form.get("holder");
    let given = match find(people.iter().map(|line| &line.user), typed) {
        Some(holder) => {
            let holder = holder.id;
            let use_case = GiveProxy { session_id, event_id: None, by, principal: by, holder, reason: None };
            form.run(&use_case, |_| format!("/sessions/{session_id}/proxies?note=given")).await
        }
        None => {
            Err(FieldErrors::one("holder", "is nobody of the organization; choose a name from the list")
                .into())
        }
    };
    match given {
        Ok(response) => Ok(response),
        Err(failure @ (Failure::Refused(_) | Failure::Invalid(_))) => {
            let problem = Problem::from(failure).plainly();
            let mut page =
                list(&state, session_id, &form.viewer, None, typed.to_owned(), Some(&problem)).await?;
            *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(page)
        }
        Err(failure) => Err(failure.into()),
    }
}

async fn revoke(
    Path((session_id, proxy_id)): Path<(SessionId, ProxyId)>,
    form: Form,
) -> Result<Response, Fault> {
    let use_case = RevokeProxy { session_id: Some(session_id), proxy_id, by: form.by(), reason: None };
    Ok(form.run(&use_case, |_| format!("/sessions/{session_id}/proxies?note=revoked")).await?)
}

async fn accept(
    Path((session_id, proxy_id)): Path<(SessionId, ProxyId)>,
    form: Form,
) -> Result<Response, Fault> {
    let use_case = AcceptProxy { proxy_id, by: form.by() };
    Ok(form.run(&use_case, |_| format!("/sessions/{session_id}/proxies?note=accepted")).await?)
}

async fn decline(
    Path((session_id, proxy_id)): Path<(SessionId, ProxyId)>,
    form: Form,
) -> Result<Response, Fault> {
    let use_case = DeclineProxy { proxy_id, by: form.by(), reason: None };
    Ok(form.run(&use_case, |_| format!("/sessions/{session_id}/proxies?note=declined")).await?)
}
