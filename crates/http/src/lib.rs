//! HTTP: the REST API, the pages, the sign-in routes and the operator's endpoints.
//!
//! Nothing here decides anything: a request is parsed into types that cannot be invalid, a use case or
//! a view of the application is run, and its answer becomes JSON or a page. [`router`] builds the whole server,
//! [`openapi`] describes it.
#![deny(missing_docs)]

mod answer;
mod api;
mod auth;
mod cookies;
mod docs_page;
mod extract;
mod limits;
mod live;
mod metrics;
mod middleware;
mod openapi;
mod operator;
mod problem;
mod scopes;
mod state;
mod web;
mod wire;

#[cfg(test)]
mod tests;

pub use limits::{Allowance, LimitSettings};
pub use live::Live;
pub use metrics::Metrics;
pub use openapi::openapi;
pub use state::{BodyLimits, HttpSettings, HttpState};

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::router::OpenApiRouter;

/// Every route that the API description lists.
fn described(limits: BodyLimits) -> OpenApiRouter<HttpState> {
    OpenApiRouter::with_openapi(openapi::frame())
        .nest("/api/v1", api::v1::router(limits))
        .merge(auth::router())
        .merge(operator::router())
}

/// The whole server.
pub fn router(state: HttpState) -> Router {
    let (described, document) = described(state.settings.body_limits).split_for_parts();
    described
        .merge(docs_page::router(&openapi::finish(document)))
        .merge(web::router(&state))
        .merge(problem::pages())
        .fallback(web::no_such_path)
        .method_not_allowed_fallback(problem::wrong_method)
        .layer(DefaultBodyLimit::max(state.settings.body_limits.usual))
        .layer(axum::middleware::from_fn(limits::by_address))
        .layer(axum::Extension(Arc::new(limits::Limits::new(&state.settings.limits))))
        .layer(axum::middleware::from_fn_with_state(state.clone(), middleware::in_time))
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(axum::middleware::from_fn_with_state(state.clone(), middleware::track))
        .with_state(state)
}
