//! What people see when something does not work.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use plenum_application::Failure;

use super::page::{Page, show};
use super::viewer::Prefs;
use crate::problem::{Code, Problem};
use crate::state::HttpState;

/// A problem, with a way on.
#[derive(Template)]
#[template(path = "trouble.html")]
struct Trouble {
    page: Page,
    detail: String,
    fields: Vec<String>,
    code: &'static str,
    signed_out: bool,
}

/// Why a page cannot be shown, or a form was not accepted.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Sign in and come back here.
    SignIn(String),
    /// Anything else.
    Problem(Problem),
}

impl Fault {
    /// Somebody who is not signed in is sent to sign in when they look at something; what they sent off
    /// is told to be lost, for it cannot be sent again by itself.
    pub(super) fn turned_away(problem: Problem, method: &Method, uri: &Uri) -> Self {
        if problem.code() == Code::NotSignedIn.as_str() && method.is_safe() {
            let path = uri.path_and_query().map_or("/", |path| path.as_str());
            let next: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
            return Self::SignIn(format!("/auth/login?next={next}"));
        }
        Self::Problem(problem)
    }
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        Self::Problem(failure.into())
    }
}

/// A fault on its way to [`explain`], which knows the reader's language.
#[derive(Clone)]
struct Unexplained(std::sync::Arc<Problem>);

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        match self {
            Self::SignIn(address) => Redirect::to(&address).into_response(),
            Self::Problem(problem) => {
                let mut response = problem.status().into_response();
                if let Some(seconds) = problem.wait() {
                    response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
                }
                response.extensions_mut().insert(Unexplained(problem.into()));
                response
            }
        }
    }
}

/// Turns faults into pages in the reader's language.
pub(super) async fn explain(request: Request, next: Next) -> Response {
    let prefs = Prefs::read(request.headers());
    let mut response = next.run(request).await;
    let Some(Unexplained(problem)) = response.extensions_mut().remove() else { return response };
    let mut page = problem_page(&problem, prefs);
    *page.status_mut() = response.status();
    if let Some(wait) = response.headers_mut().remove(header::RETRY_AFTER) {
        page.headers_mut().insert(header::RETRY_AFTER, wait);
    }
    page
}

/// A problem in words, with a way on.
pub(crate) fn problem_page(problem: &Problem, prefs: Prefs) -> Response {
    let mut page = Page::for_guest(prefs, "trouble.title");
    let heading = match problem.status() {
        StatusCode::NOT_FOUND => "trouble.not_found",
        StatusCode::FORBIDDEN => "trouble.forbidden",
        StatusCode::UNAUTHORIZED => "trouble.signed_out",
        StatusCode::CONFLICT => "trouble.conflict",
        StatusCode::UNPROCESSABLE_ENTITY => "trouble.content",
        status if status.is_server_error() => "trouble.server",
        _ => "trouble.unknown",
    };
    page.t(heading).clone_into(&mut page.title);
    let trouble = Trouble {
        detail: page.problem(problem),
        fields: problem.fields().map(|(field, message)| format!("{field}: {message}")).collect(),
        code: problem.code(),
        signed_out: problem.status() == StatusCode::UNAUTHORIZED,
        page,
    };
    let mut response = show(&trouble);
    *response.status_mut() = problem.status();
    response
}

/// Whether a person is looking, rather than a program.
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let at = |kind: &str| accept.find(kind).unwrap_or(usize::MAX);
    at("text/html") < at("application/json").min(at("application/problem+json"))
}

/// Answers where no route is: with a page for people, with a problem for programs.
pub(crate) async fn no_such_path(
    State(state): State<HttpState>,
    prefs: Prefs,
    headers: HeaderMap,
) -> Response {
    let problem = Problem::not_found("address");
    if wants_page(&headers) {
        return super::guarded(&state, problem_page(&problem, prefs));
    }
    crate::problem::no_such_path().into_response()
}
