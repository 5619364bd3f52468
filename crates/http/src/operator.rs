//! What the operator's tools ask: alive, ready, and the figures.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::Answer;
use crate::problem::{Code, Problem};
use crate::state::HttpState;

pub(crate) fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(healthz)).routes(routes!(readyz)).routes(routes!(metrics))
}

/// How the server is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Status, example = json!({"status": "ok"}))]
struct StatusBody {
    status: &'static str,
}

/// Is the server alive?
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "operator",
    responses((status = 200, description = "The process answers.", body = StatusBody)),
)]
async fn healthz() -> Answer {
    Answer::ok(&StatusBody { status: "ok" })
}

/// Is the server ready?
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "operator",
    responses((status = 200, description = "The database answers and has the schema.", body = StatusBody)),
)]
async fn readyz(State(state): State<HttpState>) -> Result<Answer, Problem> {
    if state.app.queries.ready().await? {
        return Ok(Answer::ok(&StatusBody { status: "ready" }));
    }
    let detail = "The database has another schema than this program expects. Run plenum migrate.";
    Err(Problem::new(Code::Unavailable, detail).retry_after(5))
}

/// Figures for Prometheus
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "operator",
    responses((
        status = 200,
        description = "OpenMetrics text.",
        body = String,
        content_type = "application/openmetrics-text",
        example = "# TYPE plenum_http_requests_in_flight gauge\nplenum_http_requests_in_flight 1\n# EOF\n",
    )),
)]
async fn metrics(State(state): State<HttpState>) -> Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], state.metrics.render()).into_response()
}
