//! `/sessions/{id}/record`: everything a stranger needs to check what a sitting decided.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures::stream;
use plenum_application::views::RecordPieces;
use plenum_domain::id::SessionId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::extract::{Path, SignedIn};
use crate::problem::Problem;
use crate::state::HttpState;

pub(super) fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(record))
}

/// Take the record of a session
///
/// A zip of JSON lines that `plenum verify` and docs/verify.py check without this server; docs/RECORD.md
/// describes it. Of a running session it is the record up to now. What you may not see, such as who voted
/// how before the result is released, is withheld, and the rest can be checked all the same.
#[utoipa::path(
    get,
    path = "/sessions/{id}/record",
    tag = "log",
    params(("id" = i32, Path, description = "The session.")),
    responses((
        status = 200,
        description = "The record.",
        content_type = "application/zip",
        body = Vec<u8>,
        example = json!("(a zip file)"),
    )),
)]
async fn record(
    State(state): State<HttpState>,
    SignedIn(actor): SignedIn,
    Path(id): Path<SessionId>,
) -> Result<Response, Problem> {
    let (line, pieces) = state.app.record(id, actor.user.id).await?;
    let disposition = format!("attachment; filename=\"{}_record.zip\"", line.session.join_code);
    // Unwrap safety: a join code has letters and digits only.
    let disposition = HeaderValue::from_str(&disposition).expect("a header of plain letters");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/zip")),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, Body::from_stream(stream::unfold(Some(pieces), piece))).into_response())
}

/// The next piece of the file. After a failure the connection breaks off, so that nobody takes the
/// beginning of a record for a whole one.
async fn piece(
    pieces: Option<RecordPieces>,
) -> Option<(Result<Vec<u8>, std::io::Error>, Option<RecordPieces>)> {
    let mut pieces = pieces?;
    match pieces.next().await {
        Ok(Some(bytes)) => Some((Ok(bytes), Some(pieces))),
        Ok(None) => None,
        Err(failure) => {
            tracing::error!(%failure, "a record broke off");
            Some((Err(std::io::Error::other("the record broke off")), None))
        }
    }
}
