//! Style, script and logo: part of the program, each under an address that holds its content's hash, so
//! that browsers keep them for a year and never see an old one.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

use crate::problem::Problem;
use crate::state::HttpState;

struct Asset {
    kind: &'static str,
    content: &'static str,
    /// `plenum-1f0c….css`.
    name: String,
}

impl Asset {
    fn new(stem: &str, extension: &str, kind: &'static str, content: &'static str) -> Self {
        let hash = hex::encode(&Sha256::digest(content.as_bytes())[..8]);
        Self { kind, content, name: format!("{stem}-{hash}.{extension}") }
    }

    fn address(&self) -> String {
        format!("/assets/{}", self.name)
    }
}

static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("plenum", "css", "text/css; charset=utf-8", include_str!("../../assets/plenum.css"))
});
static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("plenum", "js", "text/javascript; charset=utf-8", include_str!("../../assets/plenum.js"))
});
static LOGO: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("logo", "svg", "image/svg+xml", include_str!("../../assets/logo.svg")));

/// Where the style sheet is.
pub(crate) fn style() -> String {
    STYLE.address()
}

/// Where the script is.
pub(crate) fn script() -> String {
    SCRIPT.address()
}

/// Where the logo is.
pub(crate) fn logo() -> String {
    LOGO.address()
}

pub(crate) fn router() -> Router<HttpState> {
    Router::new().route("/assets/{name}", get(show))
}

async fn show(Path(name): Path<String>) -> Result<Response, Problem> {
    let assets = [&STYLE, &SCRIPT, &LOGO];
    let asset =
        assets.into_iter().find(|asset| asset.name == name).ok_or_else(|| Problem::not_found("file"))?;
    let headers =
        [(header::CONTENT_TYPE, asset.kind), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Ok((headers, asset.content).into_response())
}
