//! What forms send: read whole, from a page of this site, and at most once where the form has a key.

use std::str::FromStr;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header;
use axum::response::Response;
use plenum_application::{App, Failure, UseCase};
use plenum_domain::id::UserId;
use plenum_ports::repository::{IdempotencyKey, SavedAnswer};
use sha2::{Digest, Sha256};

use super::fault::Fault;
use super::page::go;
use super::viewer::Viewer;
use crate::extract::read_body;
use crate::problem::{Code, Problem};
use crate::state::HttpState;

/// The field that makes sending the form twice the same as sending it once.
const KEY: &str = "key";
const LONGEST_KEY: usize = 255;

/// A form that somebody signed in has sent.
pub(crate) struct Form {
    pub(crate) viewer: Viewer,
    fields: Vec<(String, String)>,
    path: String,
    app: App,
}

/// The fields of a form, whoever sent it.
pub(crate) async fn fields(request: Request, state: &HttpState) -> Result<Vec<(String, String)>, Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !kind.unwrap_or_default().starts_with("application/x-www-form-urlencoded") {
        let detail = "This address takes what the forms of its pages send. Programs use /api/v1.";
        return Err(Problem::new(Code::UnsupportedMediaType, detail));
    }
    let body = read_body(request, state).await?;
    Ok(url::form_urlencoded::parse(&body).into_owned().collect())
}

impl FromRequest<HttpState> for Form {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &HttpState) -> Result<Self, Fault> {
        let (mut parts, body) = request.into_parts();
        let viewer = Viewer::from_request_parts(&mut parts, state).await?;
        let path = parts.uri.path().to_owned();
        let fields = fields(Request::from_parts(parts, body), state).await?;
        Ok(Self { viewer, fields, path, app: state.app.clone() })
    }
}

impl Form {
    pub(crate) const fn by(&self) -> UserId {
        self.viewer.id()
    }

    /// A field; empty when it was not sent.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }

    /// A field of some type; `None` when it is empty or something else.
    pub(crate) fn parsed<T: FromStr>(&self, name: &str) -> Option<T> {
        self.get(name).trim().parse().ok()
    }

    /// Whether a box was ticked.
    pub(crate) fn ticked(&self, name: &str) -> bool {
        self.fields.iter().any(|(key, _)| key == name)
    }

    /// Every value of a field that may come several times, in order.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The fields that begin so, without that beginning.
    pub(crate) fn under<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.fields.iter().filter_map(move |(key, value)| Some((key.strip_prefix(prefix)?, value.as_str())))
    }

    /// Runs a use case and goes on to the address that `to` makes of its answer. With a key the form
    /// counts once: sent again, it leads where it led the first time.
    pub(crate) async fn run<U: UseCase>(
        &self,
        use_case: &U,
        to: impl Fn(&U::Output) -> String + Send + Sync,
    ) -> Result<Response, Failure> {
        self.keep(self.key(), use_case, to).await
    }

    /// As [`run`](Self::run) for a vote that may be secret: nothing is kept that tells a choice. The
    /// form is known again by the rest, and another choice is told by this process and no other.
    pub(crate) async fn run_veiled<U: UseCase>(
        &self,
        use_case: &U,
        rest: &str,
        to: impl Fn(&U::Output) -> String + Send + Sync,
    ) -> Result<Response, Failure> {
        let key = self.key().map(|key| IdempotencyKey {
            choices: Some(self.app.env.veil.check(&key.fingerprint)),
            fingerprint: Sha256::new()
                .chain_update(b"veiled form\0")
                .chain_update(&self.path)
                .chain_update([0])
                .chain_update(rest)
                .finalize()
                .into(),
            ..key
        });
        self.keep(key, use_case, to).await
    }

    async fn keep<U: UseCase>(
        &self,
        key: Option<IdempotencyKey>,
        use_case: &U,
        to: impl Fn(&U::Output) -> String + Send + Sync,
    ) -> Result<Response, Failure> {
        let Some(key) = key else {
            let output = self.app.run(use_case).await?;
            return Ok(go(&to(&output)));
        };
        let render = |output: &U::Output| {
            let answer = SavedAnswer { status: 303, body: to(output).into_bytes() };
            (answer.clone(), answer)
        };
        let answered = self.app.run_once(use_case, &key, render).await?;
        Ok(go(std::str::from_utf8(&answered.answer.body).unwrap_or("/")))
    }

    fn key(&self) -> Option<IdempotencyKey> {
        let key = self.get(KEY);
        let usable =
            (1..=LONGEST_KEY).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
        usable.then(|| {
            let mut hash = Sha256::new();
            // Apart from what the API keeps under the same key, for its answers are of another kind.
            for part in ["form", self.path.as_str()] {
                hash.update(part.as_bytes());
                hash.update([0]);
            }
            for (name, value) in &self.fields {
                let lengths = [name.len() as u64, value.len() as u64].map(u64::to_be_bytes).concat();
                hash.update(lengths);
                hash.update(name.as_bytes());
                hash.update(value.as_bytes());
            }
            let fingerprint = hash.finalize().into();
            IdempotencyKey { user_id: self.by(), key: key.to_owned(), fingerprint, choices: None }
        })
    }
}
