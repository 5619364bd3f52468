//! `/`: a code to enter, the sittings one is in, one's organizations.

use askama::Template;
use axum::Router;
use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::routing::{get, post};
use plenum_application::use_cases::{JoinIfKnown, JoinSession, Joined};
use plenum_application::{Failure, sign_in};
use plenum_domain::permission::{Action, Standing};
use plenum_domain::presence::{Waiting, WaitingState};
use plenum_domain::session::{JoinCode, SessionStatus};
use plenum_ports::queries::SessionLine;

use super::fault::Fault;
use super::form::{Form, fields};
use super::page::{Page, go, show};
use super::viewer::{LANG, Prefs, THEME, Theme, Viewer};
use super::words::Lang;
use crate::extract::{QueryReader, check_site};
use crate::limits::{Door, Guesses};
use crate::problem::Problem;
use crate::state::HttpState;

/// How long a browser remembers how somebody likes their pages, in seconds.
const REMEMBERED: u32 = 365 * 24 * 3600;

pub(super) fn router() -> Router<HttpState> {
    Router::new()
        .route("/", get(home))
        .route("/join", get(ask).post(join))
        .route("/join/{code}", get(offer))
        .route("/preferences", post(prefer))
}

/// For somebody who is not signed in.
#[derive(Template)]
#[template(path = "landing.html")]
pub(super) struct Landing {
    pub(super) page: Page,
}

/// For somebody who is.
#[derive(Template)]
#[template(path = "home.html")]
pub(super) struct Home {
    pub(super) page: Page,
    pub(super) code: String,
    pub(super) wrong: Option<String>,
    pub(super) sittings: Vec<SittingLine>,
    /// Sittings that the person waits to be let in to, or was turned away from.
    pub(super) doors: Vec<SittingLine>,
    pub(super) organizations: Vec<OrganizationLine>,
}

/// One tap from a QR code into the sitting.
#[derive(Template)]
#[template(path = "join.html")]
pub(super) struct Offer {
    pub(super) page: Page,
    pub(super) code: String,
}

/// A sitting in a list.
#[derive(Clone, Debug)]
pub(super) struct SittingLine {
    pub(super) id: i32,
    pub(super) title: String,
    pub(super) organization: String,
    pub(super) status: &'static str,
    pub(super) tone: &'static str,
    pub(super) conducts: bool,
}

impl SittingLine {
    pub(super) fn of(line: &SessionLine) -> Self {
        let (status, tone) = status(line.session.status);
        Self {
            id: line.session.id.get(),
            title: line.session.title.to_string(),
            organization: line.organization.name.to_string(),
            status,
            tone,
            conducts: conducts(&line.standing),
        }
    }
}

impl SittingLine {
    /// A sitting that the person is not in yet.
    fn at_door((line, place): &(SessionLine, Waiting)) -> Self {
        let (status, tone) = match place.state {
            WaitingState::Refused { .. } => ("presence.refused", "bad"),
            WaitingState::Waiting | WaitingState::Admitted { .. } => ("presence.waits", "warn"),
        };
        Self { status, tone, ..Self::of(line) }
    }
}

/// An organization in a list.
#[derive(Clone, Debug)]
pub(super) struct OrganizationLine {
    pub(super) id: i32,
    pub(super) name: String,
    pub(super) role: String,
}

/// The text that names a status, and its tone.
pub(super) const fn status(status: SessionStatus) -> (&'static str, &'static str) {
    match status {
        SessionStatus::Open => ("status.open", "good"),
        SessionStatus::Locked => ("status.locked", "warn"),
        SessionStatus::Closed { .. } => ("status.closed", "plain"),
    }
}

/// Whether somebody finds their way to the chair's console.
pub(super) fn conducts(standing: &Standing) -> bool {
    Action::ConductEvents.allows(standing)
}

async fn home(State(state): State<HttpState>, prefs: Prefs, request: Request) -> Result<Response, Fault> {
    let (mut parts, _) = request.into_parts();
    let viewer = Viewer::from_request_parts(&mut parts, &state).await;
    match viewer {
        Ok(viewer) => {
            let note = QueryReader::new(parts.uri.query()).take("note");
            let page = Page::new(&state.app, &viewer, "home.title").noting(note.as_deref());
            at_home(&state, &viewer, page, String::new(), None).await
        }
        Err(Fault::SignIn(_)) => Ok(show(&Landing { page: Page::for_guest(prefs, "landing.heading") })),
        Err(fault) => Err(fault),
    }
}

async fn at_home(
    state: &HttpState,
    viewer: &Viewer,
    page: Page,
    code: String,
    wrong: Option<&Problem>,
) -> Result<Response, Fault> {
    let me = state.app.me(viewer.id()).await?;
    let wrong = wrong.map(|problem| page.problem(problem));
    let organizations = me.memberships.iter().map(|line| OrganizationLine {
        id: line.organization.id.get(),
        name: line.organization.name.to_string(),
        role: format!("role.{}", line.member.role.as_str()),
    });
    Ok(show(&Home {
        code,
        wrong,
        sittings: me.sessions.iter().map(SittingLine::of).collect(),
        doors: me.waiting.iter().map(SittingLine::at_door).collect(),
        organizations: organizations.collect(),
        page,
    }))
}

/// A typed code becomes the address that a QR code leads to, so that it survives the sign-in.
async fn ask(State(state): State<HttpState>, prefs: Prefs, request: Request) -> Result<Response, Fault> {
    let mut query = QueryReader::new(request.uri().query());
    match JoinCode::parse(&query.take("code").unwrap_or_default()) {
        Ok(code) => Ok(go(&format!("/join/{code}"))),
        Err(_) => home(State(state), prefs, request).await,
    }
}

async fn offer(
    State(state): State<HttpState>,
    Path(code): Path<String>,
    viewer: Viewer,
) -> Result<Response, Fault> {
    match JoinCode::parse(&code) {
        Ok(code) => {
            let page = Page::new(&state.app, &viewer, "join.title").at(format!("/join/{code}"));
            Ok(show(&Offer { page, code: code.to_string() }))
        }
        Err(error) => {
            let page = Page::new(&state.app, &viewer, "home.title");
            at_home(&state, &viewer, page, code, Some(&Problem::field("code", error))).await
        }
    }
}

async fn join(State(state): State<HttpState>, guesses: Guesses, form: Form) -> Result<Response, Fault> {
    let typed = form.get("code");
    let door = guesses.door(&state.app, form.by()).await?;
    let joined = match JoinCode::parse(typed) {
        Ok(code) => {
            let use_case = JoinSession { code, by: form.by() };
            let into = |joined: &Joined| {
                if joined.waiting {
                    format!("/sessions/{}/waiting", joined.session.id)
                } else {
                    format!("/sessions/{}?note=joined", joined.session.id)
                }
            };
            match door {
                Door::Open => form.run(&use_case, into).await,
                Door::Known(..) => form.run(&JoinIfKnown(use_case), into).await,
                Door::Shut(..) => Err(Failure::NotFound("session")),
            }
        }
        Err(error) => Err(Failure::Invalid(plenum_domain::field::FieldErrors::one("code", error))),
    };
    match guesses.judged(joined.map_err(Problem::from), door, form.by(), &state).await {
        Ok(response) => Ok(response),
        Err(problem) => {
            let problem = problem.plainly();
            let page = Page::new(&state.app, &form.viewer, "home.title");
            let mut response = at_home(&state, &form.viewer, page, typed.to_owned(), Some(&problem)).await?;
            *response.status_mut() = problem.status();
            Ok(response)
        }
    }
}

/// Remembers language and light in cookies; whoever looks need not be signed in.
async fn prefer(State(state): State<HttpState>, request: Request) -> Result<Response, Fault> {
    check_site(request.method(), request.headers(), &state.settings)?;
    let fields = fields(request, &state).await?;
    let value = |name: &str| {
        fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str()).to_owned()
    };
    let mut response = go(sign_in::safe_next(&value("next")));
    let lang = Lang::of(&value("lang")).map(|lang| (LANG, lang.code()));
    let theme = Theme::ALL.into_iter().find(|theme| theme.as_str() == value("theme"));
    let theme = theme.map(|theme| (THEME, theme.as_str()));
    let secure = if state.settings.secure_cookies { "; Secure" } else { "" };
    for (name, value) in lang.into_iter().chain(theme) {
        let text = format!("{name}={value}; Path=/; Max-Age={REMEMBERED}; SameSite=Lax{secure}");
        if let Ok(cookie) = HeaderValue::from_str(&text) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    Ok(response)
}
