//! `/sessions/{id}/screen`: what goes on, for the wall. It shows what everyone who takes part may see, and
//! nothing else.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use plenum_application::Failure;
use plenum_application::views::{Watched, WatchedEvent};
use plenum_domain::Moment;
use plenum_domain::event::EventState;
use plenum_domain::id::SessionId;

use super::charts::{self, ResultView};
use super::fault::Fault;
use super::page::{Markup, Page, show};
use super::qr;
use super::sitting::{Figures, stream};
use super::viewer::Viewer;
use crate::extract::Path;
use crate::state::HttpState;

pub(super) fn router() -> Router<HttpState> {
    Router::new().route("/sessions/{id}/screen", get(look))
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
    /// What was decided last.
    pub(super) shown: Option<Scene>,
    pub(super) figures: Figures,
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
            result,
        }
    }
}

/// What was opened last of what is open.
fn voting(watched: &Watched) -> Option<&WatchedEvent> {
    let open = watched.events.iter().filter(|line| matches!(line.event.state, EventState::Active { .. }));
    open.max_by_key(|line| line.event.state.opened_at())
}

/// What was released last, unless it was annulled since.
fn released(watched: &Watched) -> Option<&WatchedEvent> {
    let released =
        watched.events.iter().filter(|line| matches!(line.event.state, EventState::Released { .. }));
    released.max_by_key(|line| line.event.state.released_at())
}

async fn look(
    State(state): State<HttpState>,
    Path(id): Path<SessionId>,
    viewer: Viewer,
) -> Result<Response, Fault> {
    let app = &state.app;
    app.may_follow(id, viewer.id()).await?;
    let watched = app.watch(id).await?.ok_or(Failure::NotFound("session"))?;
    let session = &watched.line.session;
    let page = Page::new(app, &viewer, "screen.title")
        .titled(&session.title)
        .at(format!("/sessions/{id}/screen"))
        .owned_by(&watched.line.organization)
        .following(stream(id));
    let address = state.settings.public_origin.join(&format!("join/{}", session.join_code));
    let address = address.map(String::from).unwrap_or_default();
    Ok(show(&Screen {
        code: session.join_code.to_string(),
        host: state.settings.public_origin.as_str().trim_end_matches('/').to_owned(),
        qr: qr::code(&address, &page.f("console.qr", &session.join_code)),
        closed: session.status.is_closed(),
        voting: voting(&watched).map(|line| Scene::of(&page, line)),
        shown: released(&watched).map(|line| Scene::of(&page, line)),
        figures: Figures::of(&watched.figures),
        page,
    }))
}
