//! Pages for phones, laptops and the wall: rendered on the server, complete without script, each form
//! answered with a redirect. They run the same use cases and views as the API.
#![expect(
    clippy::unused_self,
    clippy::trivially_copy_pass_by_ref,
    clippy::struct_field_names,
    reason = "templates reach everything by methods of what they are given, pass references, and name fields"
)]

mod assets;
mod ballot;
mod charts;
mod clients;
mod committees;
mod console;
mod draft;
mod event;
mod fault;
mod flow;
mod form;
mod home;
mod mandates;
mod me;
mod members;
mod offices;
mod organization;
mod ownership;
mod page;
mod presence;
mod proxies;
mod qr;
mod roles;
mod rounds;
mod rules;
mod screen;
mod seats;
mod sitting;
mod viewer;
mod voting;
mod words;

#[cfg(test)]
mod tests;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use url::Url;

pub(crate) use fault::{no_such_path, problem_page, wants_page};
pub(crate) use viewer::Prefs;

use crate::state::HttpState;

pub(crate) fn router(state: &HttpState) -> Router<HttpState> {
    let policy = policy(state.app.identity.end_session_url().as_deref());
    Router::new()
        .merge(home::router())
        .merge(sitting::router())
        .merge(ballot::router())
        .merge(voting::router())
        .merge(offices::router())
        .merge(presence::router())
        .merge(event::router())
        .merge(proxies::router())
        .merge(mandates::router())
        .merge(me::router())
        .merge(organization::router())
        .merge(ownership::router())
        .merge(rules::router())
        .merge(roles::router())
        .merge(clients::router())
        .merge(committees::router())
        .merge(members::router(state.settings.body_limits))
        .merge(console::router())
        .merge(draft::router())
        .merge(screen::router())
        .layer(axum::middleware::from_fn(fault::explain))
        .layer(axum::middleware::from_fn_with_state(policy, guard))
        .merge(assets::router())
}

/// What pages may load and reach: this server alone, and no script or style but its files. Signing out
/// leads on to the provider, so its form may go there too.
fn policy(end_session: Option<&str>) -> HeaderValue {
    let provider = end_session.and_then(|address| Url::parse(address).ok());
    let provider =
        provider.map_or_else(String::new, |url| format!(" {}", url.origin().ascii_serialization()));
    let text = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
         form-action 'self'{provider}; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

async fn guard(State(policy): State<HeaderValue>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

/// The policy of pages that are shown outside this router, such as those about sign-ins that failed.
pub(crate) fn guarded(state: &HttpState, mut response: Response) -> Response {
    let policy = policy(state.app.identity.end_session_url().as_deref());
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}
