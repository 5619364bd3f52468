//! `/`: what this is and where to go.

use axum::Router;
use axum::http::header;
use axum::response::{Html, IntoResponse};
use axum::routing::get;

use crate::state::HttpState;

const PAGE: &str = "<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<title>Plenum</title>
<main>
<h1>Plenum</h1>
<p>This server runs an organization's decisions: sessions, attendance, proxies, votes and results.</p>
<ul>
<li><a href=\"/auth/login?next=/\">Sign in</a></li>
<li><a href=\"/api/docs\">Read how to use the API</a></li>
</ul>
</main>
</html>
";

/// No script, no style, no image, from nowhere.
pub(crate) const PLAIN_PAGE: &str =
    "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

pub(crate) fn router() -> Router<HttpState> {
    Router::new().route("/", get(show))
}

async fn show() -> impl IntoResponse {
    ([(header::CONTENT_SECURITY_POLICY, PLAIN_PAGE)], Html(PAGE))
}

/// A text inside a page.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
