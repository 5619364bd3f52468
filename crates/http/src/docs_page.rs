//! `/api/openapi.json`, and the same for people to read.

use std::sync::Arc;

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use utoipa::openapi::OpenApi;

use crate::state::HttpState;

pub(crate) fn router(document: OpenApi) -> Router<HttpState> {
    let json: Arc<str> = crate::openapi::to_json(&document).into();
    let answer = move || {
        let json = Arc::clone(&json);
        async move { ([(header::CONTENT_TYPE, "application/json")], json.to_string()).into_response() }
    };
    Router::new().route("/api/openapi.json", get(answer))
}
