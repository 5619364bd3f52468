//! Answers: a status and a body, in a form that can be kept and given again.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use plenum_ports::repository::SavedAnswer;
use serde::Serialize;

/// An answer in JSON, or an empty one.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    status: StatusCode,
    body: Vec<u8>,
}

impl Answer {
    /// 200 with a body.
    pub(crate) fn ok(body: &impl Serialize) -> Self {
        Self::json(StatusCode::OK, body)
    }

    /// 201 with a body.
    pub(crate) fn created(body: &impl Serialize) -> Self {
        Self::json(StatusCode::CREATED, body)
    }

    /// 204.
    pub(crate) const fn nothing() -> Self {
        Self { status: StatusCode::NO_CONTENT, body: Vec::new() }
    }

    /// Any status with a body.
    pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Self {
        // Unwrap safety: wire types have text keys and derived implementations, which cannot fail; and a
        // panic here rolls the transaction back.
        let body = serde_json::to_vec(body).expect("wire types turn into JSON");
        Self { status, body }
    }

    pub(crate) fn saved(self) -> SavedAnswer {
        SavedAnswer { status: self.status.as_u16(), body: self.body }
    }

    pub(crate) fn from_saved(saved: SavedAnswer) -> Self {
        let status = StatusCode::from_u16(saved.status).unwrap_or(StatusCode::OK);
        Self { status, body: saved.body }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        if self.body.is_empty() {
            return self.status.into_response();
        }
        let json = HeaderValue::from_static("application/json");
        (self.status, [(header::CONTENT_TYPE, json)], self.body).into_response()
    }
}
