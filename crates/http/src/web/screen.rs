//! `/sessions/{id}/screen`, and `/screen/{link}` for who is not signed in: what goes on, for the wall. It
//! shows what everyone who takes part may see, and nothing else.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::routing::{get, post};
use plenum_application::Failure;
use plenum_application::secret::Secret;
use plenum_application::use_cases::{MakeScreenLink, RevokeScreenLink};
use plenum_application::views::{Sealed, Watched, WatchedEvent};
use plenum_domain::Moment;
use plenum_domain::event::EventState;
use plenum_domain::id::SessionId;
use plenum_ports::queries::OfficeLine;

use super::charts::{self, ResultView};
use super::console::back;
use super::fault::Fault;
use super::form::Form;
use super::page::{Markup, Page, show};
use super::qr;
use super::sitting::{Figures, stream};
use super::viewer::{Prefs, Viewer};
use crate::extract::Path;
use crate::state::HttpState;

pub(super) fn router() -> Router<HttpState> {
    Router::new()
        .route("/sessions/{id}/screen", get(look))
        .route("/screen/{link}", get(by_link))
        .route("/sessions/{id}/screen/link", post(link))
        .route("/sessions/{id}/screen/revoke", post(revoke))
}

/// The wall.
#[derive(Template)]
#[template(path = "screen.html")]
pub(super) struct Screen {
    pub(super) page: Page,
    pub(super) code: String,
    /// The address people type when they have no camera.
    pub(super) host: String,
    pub(super) qr: Option<Markup>,
    pub(super) closed: bool,
    /// What is being voted on.
    pub(super) voting: Option<Scene>,
    /// What else is being voted on.
    pub(super) others: Vec<String>,
    /// What was counted and waits for a decision on a tie.
    pub(super) tied: Option<Scene>,
    /// What people are nominated for.
    pub(super) offices: Vec<OfficeView>,
    /// What was decided last.
    pub(super) shown: Option<Scene>,
    pub(super) figures: Figures,
    /// The words of the record, once the sitting is over and they are signed.
    pub(super) sealed: Option<Sealed>,
    pub(super) session: i32,
}

/// An office on the wall.
#[derive(Clone, Debug)]
pub(super) struct OfficeView {
    pub(super) name: String,
    pub(super) seats: u32,
    /// Who stands.
    pub(super) standing: Vec<String>,
    /// How many have not answered yet.
    pub(super) asked: usize,
}

impl OfficeView {
    fn of(line: &OfficeLine) -> Self {
        let standing = line.nominations.iter().filter(|one| one.nomination.is_accepted());
        Self {
            name: line.office.name.to_string(),
            seats: line.office.seats,
            standing: standing.map(|one| one.candidate.name.to_string()).collect(),
            asked: line.nominations.iter().filter(|one| one.nomination.answer.is_none()).count(),
        }
    }
}

/// An event on the wall.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    pub(super) id: i32,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) rule: String,
    pub(super) secrecy: String,
    pub(super) end: Option<Moment>,
    pub(super) voted: u64,
    pub(super) entitled: u64,
    /// The part of the entitled that have voted, in thousandths.
    pub(super) turnout: u64,
    pub(super) result: Option<ResultView>,
}

impl Scene {
    fn of(page: &Page, line: &WatchedEvent) -> Self {
        let event = &line.event;
        let result = line.result.as_ref().map(|(result, counted)| ResultView::of(event, result, *counted));
        Self {
            id: event.id.get(),
            name: event.name.to_string(),
            description: event.terms.description.to_string(),
            rule: charts::rule(page, event),
            secrecy: format!("secrecy.{}", event.terms.secrecy.as_str()),
            end: event.schedule.end_time,
            voted: line.turnout.map_or(0, |turnout| turnout.voted),
            entitled: line.turnout.map_or(0, |turnout| turnout.entitled),
            turnout: line.turnout.map_or(0, |turnout| charts::part(turnout.voted, turnout.entitled)),
            result,
        }
    }
}

/// What was opened last of what is open.
fn voting(watched: &Watched) -> Option<&WatchedEvent> {
    let open = watched.events.iter().filter(|line| matches!(line.event.state, EventState::Active { .. }));
    open.max_by_key(|line| line.event.state.opened_at())
}

/// What was counted last of what waits for a decision on a tie.
fn tied(watched: &Watched) -> Option<&WatchedEvent> {
    watched.events.iter().filter(|line| line.waits).max_by_key(|line| line.event.state.closed_at())
}

/// What people are nominated for, unless a result was shared since.
fn nominated(watched: &Watched) -> &[OfficeLine] {
    let shared = released(watched).and_then(|line| line.event.state.released_at());
    let opened = watched.offices.iter().map(|line| line.office.created_at).max();
    if opened >= shared && !watched.line.session.status.is_closed() { &watched.offices } else { &[] }
}

/// What else is open besides what was opened last.
fn others(watched: &Watched) -> Vec<String> {
    let first = voting(watched).map(|line| line.event.id);
    let open = watched.events.iter().filter(|line| matches!(line.event.state, EventState::Active { .. }));
    open.filter(|line| Some(line.event.id) != first).map(|line| line.event.name.to_string()).collect()
}

/// What was released last, unless it was annulled since.
fn released(watched: &Watched) -> Option<&WatchedEvent> {
    let released =
        watched.events.iter().filter(|line| matches!(line.event.state, EventState::Released { .. }));
    released.max_by_key(|line| line.event.state.released_at())
}

/// A link that was just made; nothing can show it again.
#[derive(Template)]
#[template(path = "screen_link.html")]
pub(super) struct LinkPage {
    pub(super) page: Page,
    pub(super) session: i32,
    pub(super) session_title: String,
    pub(super) address: String,
    pub(super) path: String,
    pub(super) qr: Option<Markup>,
}

async fn look(
    State(state): State<HttpState>,
    Path(id): Path<SessionId>,
    viewer: Viewer,
) -> Result<Response, Fault> {
    state.app.may_follow(id, viewer.id()).await?;
    let page = Page::new(&state.app, &viewer, "screen.title").at(format!("/sessions/{id}/screen"));
    scenes(&state, id, page.following(stream(id))).await
}

async fn by_link(
    State(state): State<HttpState>,
    axum::extract::Path(link): axum::extract::Path<String>,
    prefs: Prefs,
) -> Result<Response, Fault> {
    let id = state.app.screen(&Secret::given(&link)).await?.ok_or(Failure::NotFound("screen"))?;
    let page = Page::for_guest(prefs, "screen.title").at(format!("/screen/{link}"));
    let mut response = scenes(&state, id, page.following(format!("{}?screen={link}", stream(id)))).await?;
    // The address is the key: no other page learns it.
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(response)
}

async fn scenes(state: &HttpState, id: SessionId, page: Page) -> Result<Response, Fault> {
    let watched = state.app.watch(id).await?.ok_or(Failure::NotFound("session"))?;
    let session = &watched.line.session;
    let page = page.titled(&session.title).owned_by(&watched.line.organization);
    let address = state.settings.public_origin.join(&format!("join/{}", session.join_code));
    let address = address.map(String::from).unwrap_or_default();
    Ok(show(&Screen {
        code: session.join_code.to_string(),
        host: state.settings.public_origin.as_str().trim_end_matches('/').to_owned(),
        qr: qr::code(&address, &page.f("console.qr", &session.join_code)),
        closed: session.status.is_closed(),
        voting: voting(&watched).map(|line| Scene::of(&page, line)),
        others: others(&watched),
        tied: tied(&watched).map(|line| Scene::of(&page, line)),
        offices: nominated(&watched).iter().map(OfficeView::of).collect(),
        shown: released(&watched).map(|line| Scene::of(&page, line)),
        figures: Figures::of(&watched.figures),
        sealed: watched.sealed.clone(),
        session: id.get(),
        page,
    }))
}

/// Answers with the link itself: an address to go on to would have to hold it.
async fn link(
    State(state): State<HttpState>,
    Path(session_id): Path<SessionId>,
    form: Form,
) -> Result<Response, Fault> {
    let sitting = state.app.session(session_id, form.by()).await?;
    let secret = state.app.run(&MakeScreenLink { session_id, by: form.by() }).await?;
    let address = state.settings.public_origin.join(&format!("screen/{}", secret.reveal()));
    let address = address.map(String::from).unwrap_or_default();
    let page = Page::new(&state.app, &form.viewer, "screen.link_title")
        .at(format!("/sessions/{session_id}/console"))
        .owned_by(&sitting.organization);
    Ok(show(&LinkPage {
        session: session_id.get(),
        session_title: sitting.session.title.to_string(),
        qr: qr::code(&address, page.t("screen.link_title")),
        address,
        path: format!("/screen/{}", secret.reveal()),
        page,
    }))
}

async fn revoke(Path(session_id): Path<SessionId>, form: Form) -> Result<Response, Fault> {
    let use_case = RevokeScreenLink { session_id, by: form.by() };
    Ok(form.run(&use_case, |()| back(session_id, "screen_revoked")).await?)
}
