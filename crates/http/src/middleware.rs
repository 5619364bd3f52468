//! What happens around every request.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;

use crate::problem::{Code, Problem};
use crate::state::HttpState;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Names, logs, counts and protects. The log has the route, never the path: paths and queries can
/// hold codes.
pub(crate) async fn track(State(state): State<HttpState>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let in_flight = state.metrics.begin();
    let method = known(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("unmatched", MatchedPath::as_str);
    let mut bytes = [0; 12];
    state.app.env.randomness.fill(&mut bytes);
    let request_id = hex::encode(bytes);
    let span = tracing::info_span!("request", request_id);
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    let took = started.elapsed();
    state.metrics.answered(method, route, status, took);
    drop(in_flight);
    let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(request_id, method, route, status, duration_ms, "answered");
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    protect(response.headers_mut());
    response
}

/// The method as a label: whatever else a client invents is one label.
fn known(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// Headers that keep browsers from doing what is not meant; pages bring their own policy.
fn protect(headers: &mut HeaderMap) {
    let defaults = [
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in defaults {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

/// How many times as long as other requests a roster may take: one of 20,000 rows is written in one transaction.
const ROSTER_PATIENCE: u32 = 4;

/// Gives up on a request that takes too long. A transaction under way is rolled back by being dropped.
pub(crate) async fn in_time(State(state): State<HttpState>, request: Request, next: Next) -> Response {
    let times = if request.uri().path().ends_with("/members/import") { ROSTER_PATIENCE } else { 1 };
    let patience = state.settings.request_timeout * times;
    let Ok(response) = tokio::time::timeout(patience, next.run(request)).await else {
        let detail = "Answering took too long. It may or may not have been done: send the same request again \
                      with the same Idempotency-Key, or look.";
        return Problem::new(Code::Timeout, detail).retry_after(1).into_response();
    };
    response
}
