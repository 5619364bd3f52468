//! Every POST: who acts, what they send, and at most once where they ask for it.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use plenum_application::sign_in::Actor;
use plenum_application::{App, UseCase};
use plenum_domain::id::UserId;
use plenum_ports::repository::IdempotencyKey;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::{SignedIn, json};
use crate::answer::Answer;
use crate::problem::Problem;
use crate::state::HttpState;

const KEY: &str = "idempotency-key";
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
const LONGEST_KEY: usize = 255;

/// A POST by someone signed in, with a body of type `T`; use [`Nothing`](crate::wire::Nothing) where
/// there is none.
pub(crate) struct Post<T> {
    /// Who acts.
    pub(crate) actor: Actor,
    /// What they send.
    pub(crate) body: T,
    key: Option<IdempotencyKey>,
    /// Method, path and query, hashed.
    head: Sha256,
    app: App,
}

impl<T: DeserializeOwned> FromRequest<HttpState> for Post<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &HttpState) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let SignedIn(actor) = SignedIn::from_request_parts(&mut parts, state).await?;
        let key = key(&parts.headers)?;
        let path = whole_path(&parts);
        let request = Request::from_parts(parts.clone(), body);
        let body = json::body(request, state).await?;
        let mut head = Sha256::new();
        // Parts are separated by a byte that none of the first three can hold.
        for part in [parts.method.as_str(), path.as_str(), &canonical(parts.uri.query())] {
            head.update(part.as_bytes());
            head.update([0]);
        }
        let key = key.map(|key| {
            let fingerprint = head.clone().chain_update(&body).finalize().into();
            IdempotencyKey { user_id: actor.user.id, key, fingerprint, choices: None }
        });
        let body = json::parse(&parts.headers, &body)?;
        Ok(Self { actor, body, key, head, app: state.app.clone() })
    }
}

impl<T> Post<T> {
    /// Who acts.
    pub(crate) const fn by(&self) -> UserId {
        self.actor.user.id
    }

    /// Lets nothing be kept of the request that tells a choice: the same key is known again by the rest.
    /// Whether another choice was sent with it is told by this process and no other.
    pub(crate) fn veil(&mut self, rest: &[u8]) {
        if let Some(key) = &mut self.key {
            key.choices = Some(self.app.env.veil.check(&key.fingerprint));
            key.fingerprint = self.head.clone().chain_update(rest).finalize().into();
        }
    }

    /// Whether the sender may send it again.
    pub(crate) const fn is_kept(&self) -> bool {
        self.key.is_some()
    }

    /// The application.
    pub(crate) const fn app(&self) -> &App {
        &self.app
    }

    /// Runs a use case and answers; with an `Idempotency-Key` at most once, giving the kept answer to
    /// whoever sends the same again.
    pub(crate) async fn run<U: UseCase>(
        &self,
        use_case: &U,
        render: impl Fn(&U::Output) -> Answer + Send + Sync,
    ) -> Result<Response, Problem> {
        self.run_keeping(use_case, |output| {
            let answer = render(output);
            (answer.clone(), answer)
        })
        .await
    }

    /// As [`run`](Self::run), where the answer that is kept (the second) is not the one that is given,
    /// because that one holds a secret.
    pub(crate) async fn run_keeping<U: UseCase>(
        &self,
        use_case: &U,
        render: impl Fn(&U::Output) -> (Answer, Answer) + Send + Sync,
    ) -> Result<Response, Problem> {
        let Some(key) = &self.key else {
            let output = self.app.run(use_case).await?;
            return Ok(render(&output).0.into_response());
        };
        let render = |output: &U::Output| {
            let (answer, kept) = render(output);
            (answer.saved(), kept.saved())
        };
        let answered = self.app.run_once(use_case, key, render).await?;
        let mut response = Answer::from_saved(answered.answer).into_response();
        if answered.replayed {
            response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
        }
        Ok(response)
    }
}

/// The path of a request; what is nested is matched without its prefix.
fn whole_path(parts: &axum::http::request::Parts) -> String {
    let prefix = parts.extensions.get::<axum::extract::NestedPath>().map_or("", |prefix| prefix.as_str());
    format!("{prefix}{}", parts.uri.path())
}

/// The client's key.
fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all(KEY).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
    if values.next().is_some() || text.is_empty() || text.len() > LONGEST_KEY || !visible {
        let message = "has to be there once, with 1 to 255 visible ASCII characters and no spaces";
        return Err(Problem::field("Idempotency-Key", message));
    }
    Ok(Some(text.to_owned()))
}

/// The query in one form, however its parts are ordered.
fn canonical(query: Option<&str>) -> String {
    let mut pairs: Vec<_> =
        url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
    pairs.sort();
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}
