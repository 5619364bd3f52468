//! `/auth`: to the sign-in provider and back, and out again.

mod wire;

use axum::body::Bytes;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use plenum_application::use_cases::{SignOut, SignOutEverywhere};
use plenum_ports::identity::CallbackParameters;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::Answer;
use crate::cookies::{self, Purpose};
use crate::extract::{FromQuery, Query, QueryReader, SignedIn, check_site, read_body, read_json};
use crate::problem::Problem;
use crate::state::HttpState;
use crate::web::{self, Prefs, wants_page};
use wire::SignedOutBody;

pub(crate) fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(login)).routes(routes!(callback)).routes(routes!(logout))
}

/// Sends the browser somewhere with these cookies.
fn send_to(address: &str, cookies: impl IntoIterator<Item = Option<HeaderValue>>) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    let location = HeaderValue::from_str(address).unwrap_or(HeaderValue::from_static("/"));
    headers.insert(header::LOCATION, location);
    for cookie in cookies.into_iter().flatten() {
        headers.append(header::SET_COOKIE, cookie);
    }
    response
}

/// A problem as a page for whoever is looking, or as JSON.
fn problem_page(state: &HttpState, headers: &HeaderMap, problem: Problem) -> Response {
    if !wants_page(headers) {
        return problem.into_response();
    }
    let mut page = web::problem_page(&problem, Prefs::read(headers));
    if let Some(value) = problem.into_response().headers_mut().remove(header::RETRY_AFTER) {
        page.headers_mut().insert(header::RETRY_AFTER, value);
    }
    web::guarded(state, page)
}

/// Sign in
///
/// Sends the browser to the sign-in provider.
#[utoipa::path(
    get,
    path = "/auth/login",
    tag = "sign-in",
    params(wire::LoginQuery),
    responses((status = 303, description = "Go to the sign-in provider.")),
)]
async fn login(
    State(state): State<HttpState>,
    headers: HeaderMap,
    Query(query): Query<wire::LoginQuery>,
) -> Response {
    match state.app.depart(query.next.as_deref().unwrap_or("/")).await {
        Ok(departure) => {
            let lasts = state.app.env.settings.login_attempt;
            let cookie = cookies::write(Purpose::SigningIn, &departure.browser, lasts, &state.settings);
            send_to(&departure.url, [cookie])
        }
        Err(failure) => problem_page(&state, &headers, failure.into()),
    }
}

/// Come back from the sign-in provider
#[utoipa::path(
    get,
    path = "/auth/callback",
    tag = "sign-in",
    params(wire::CallbackQuery),
    responses((status = 303, description = "You are signed in; go where you wanted to be.")),
)]
async fn callback(
    State(state): State<HttpState>,
    headers: HeaderMap,
    Query(query): Query<wire::CallbackQuery>,
) -> Response {
    let settings = &state.settings;
    let browser = cookies::read(Purpose::SigningIn, &headers, settings);
    let previous = cookies::read(Purpose::SignedIn, &headers, settings);
    let wire::CallbackQuery { code, state: login_state, iss, error, error_description } = query;
    let parameters = CallbackParameters { code, state: login_state, iss, error, error_description };
    match state.app.arrive(parameters, browser.as_ref(), previous.as_ref()).await {
        Ok(arrival) => {
            let lasts = state.app.env.settings.login_absolute;
            let signed_in = cookies::write(Purpose::SignedIn, &arrival.token, lasts, settings);
            send_to(&arrival.next, [signed_in, cookies::forget(Purpose::SigningIn, settings)])
        }
        Err(failure) => problem_page(&state, &headers, failure.into()),
    }
}

/// Sign out
///
/// In this browser, or everywhere. Being signed out already is no mistake.
#[utoipa::path(
    post,
    path = "/auth/logout",
    tag = "sign-in",
    params(wire::LogoutBody),
    request_body(content = wire::LogoutBody, description = "May be left out."),
    responses(
        (status = 200, description = "You are signed out.", body = SignedOutBody),
        (status = 303, description = "The same for a browser that prefers a page: go on."),
    ),
)]
async fn logout(
    State(state): State<HttpState>,
    Query(query): Query<wire::LogoutBody>,
    request: Request,
) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let body = read_body(Request::from_parts(parts.clone(), body), &state).await?;
    let everywhere = query.everywhere || logout_body(&parts.headers, &body)?.everywhere;
    let settings = &state.settings;
    let cookie = cookies::read(Purpose::SignedIn, &parts.headers, settings);
    if cookie.is_some() {
        check_site(&parts.method, &parts.headers, settings)?;
    }
    if everywhere {
        sign_out_everywhere(&state, &mut parts).await?;
    }
    if let Some(cookie) = cookie {
        state.app.run(&SignOut { token: cookie.hash() }).await?;
    }
    let end_session_url = state.app.identity.end_session_url();
    let forget = cookies::forget(Purpose::SignedIn, settings);
    if wants_page(&parts.headers) {
        return Ok(send_to(end_session_url.as_deref().unwrap_or("/"), [forget]));
    }
    let mut response = Answer::ok(&SignedOutBody { end_session_url }).into_response();
    if let Some(forget) = forget {
        response.headers_mut().append(header::SET_COOKIE, forget);
    }
    Ok(response)
}

async fn sign_out_everywhere(state: &HttpState, parts: &mut Parts) -> Result<(), Problem> {
    let SignedIn(actor) = SignedIn::from_request_parts(parts, state).await?;
    state.app.run(&SignOutEverywhere { by: actor.user.id }).await?;
    Ok(())
}

/// JSON, or what a form of a page sends.
fn logout_body(headers: &HeaderMap, body: &Bytes) -> Result<wire::LogoutBody, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/x-www-form-urlencoded") {
        let mut form = QueryReader::new(std::str::from_utf8(body).ok());
        let read = wire::LogoutBody::read(&mut form);
        return Ok(form.finish(read)?);
    }
    read_json(headers, body)
}
