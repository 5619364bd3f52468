//! Requests as a program makes them, with an API token.

use std::ops::Deref;

use openidconnect::http::Method;
use openidconnect::reqwest;
use serde_json::Value;

use crate::answer::Answer;

/// Speaks to a server, as somebody or as nobody.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

/// Somebody with an API token.
#[derive(Clone, Debug)]
pub struct Person {
    /// Their number.
    pub user_id: i64,
    /// Their full name.
    pub name: String,
    /// Their short login name.
    pub andrew_id: String,
    /// Their API token.
    pub token: String,
    pub(crate) client: Client,
}

impl Deref for Person {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

/// A request that was not sent yet.
#[derive(Debug)]
pub struct Request {
    builder: reqwest::RequestBuilder,
    shown: String,
}

impl Client {
    pub(crate) fn new(base: &str) -> Self {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .expect("an HTTP client");
        Self { http, base: base.trim_end_matches('/').to_owned(), token: None }
    }

    /// The same connections as somebody else.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// Any request. Paths that do not begin at the root are below `/api/v1/`.
    pub fn request(&self, method: Method, path: &str) -> Request {
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/api/v1/{path}") };
        let shown = format!("{method} {path}");
        let mut builder = self.http.request(method, format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            builder = builder.bearer_auth(token);
        }
        Request { builder, shown }
    }

    /// A GET.
    pub fn get(&self, path: &str) -> Request {
        self.request(Method::GET, path)
    }

    /// A POST with a body.
    pub fn post(&self, path: &str, body: &Value) -> Request {
        self.request(Method::POST, path).json(body)
    }

    /// A POST without a body.
    pub fn do_post(&self, path: &str) -> Request {
        self.request(Method::POST, path)
    }

    /// A PUT.
    pub fn put(&self, path: &str, body: &Value) -> Request {
        self.request(Method::PUT, path).json(body)
    }

    /// A PATCH.
    pub fn patch(&self, path: &str, body: &Value) -> Request {
        self.request(Method::PATCH, path).json(body)
    }

    /// A DELETE.
    pub fn delete(&self, path: &str) -> Request {
        self.request(Method::DELETE, path)
    }

    /// Every item of a list, piece by piece.
    pub async fn list(&self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut after = String::new();
        loop {
            let join = if path.contains('?') { '&' } else { '?' };
            let piece = self.get(&format!("{path}{join}limit=200{after}")).expect(200).await;
            items.extend(piece["items"].as_array().expect("items").iter().cloned());
            if piece["next"].is_null() {
                return items;
            }
            after = format!("&after={}", piece["next"]);
        }
    }
}

impl Request {
    /// With a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", &body.to_string())
    }

    /// With any body.
    #[must_use]
    pub fn body(self, content_type: &str, body: &str) -> Self {
        let shown = format!("{} {body}", self.shown);
        Self { builder: self.builder.header("content-type", content_type).body(body.to_owned()), shown }
    }

    /// With a header.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        Self { builder: self.builder.header(name, value), shown: self.shown }
    }

    /// With an `Idempotency-Key`.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        self.header("Idempotency-Key", key)
    }

    /// Sends it and takes whatever comes.
    pub async fn send(self) -> Answer {
        let response = self.builder.send().await;
        let response = response.unwrap_or_else(|error| panic!("{} had no answer: {error}", self.shown));
        Answer::read(self.shown, response).await
    }

    /// Sends it and takes an answer of this status only, giving its JSON.
    #[track_caller]
    pub fn expect(self, status: u16) -> impl Future<Output = Value> {
        let here = std::panic::Location::caller();
        async move {
            let answer = self.send().await;
            assert_eq!(answer.status, status, "at {here}: {answer}");
            answer.json()
        }
    }

    /// Sends it and takes a problem of this status and code only.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> impl Future<Output = Value> {
        let here = std::panic::Location::caller();
        async move {
            let answer = self.send().await;
            let got = (answer.status, answer.code());
            assert_eq!((got.0, got.1.as_str()), (status, code), "at {here}: {answer}");
            answer.refused(status, code)
        }
    }

    /// Sends it and takes a 422 that names this field only.
    #[track_caller]
    pub fn wrong_field(self, field: &str) -> impl Future<Output = ()> {
        let here = std::panic::Location::caller();
        async move {
            let answer = self.send().await;
            assert_eq!(answer.status, 422, "at {here}: {answer}");
            answer.wrong_field(field);
        }
    }
}
