//! A server in memory, and a client that talks to it without a network.

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use plenum_application::keys::KeysInHand;
use plenum_application::use_cases::IssueToken;
use plenum_application::veil::Veil;
use plenum_application::{App, Env, Settings};
use plenum_domain::text::{AndrewId, PersonName, TokenName};
use plenum_ports::fakes::{FakeRandomness, FakeSealing, FakeTypesetter, MemoryKeyStore, MemoryStore};
use plenum_ports::identity::{
    CallbackParameters, ExpectedLogin, IdentityError, IdentityProvider, LoginStart, VerifiedIdentity,
};
use plenum_record::note::LogKey;
use serde_json::Value;
use tower::ServiceExt;
use url::Url;

use crate::{HttpSettings, HttpState, Live, Metrics};

pub(crate) const ORIGIN: &str = "https://plenum.example";

/// A server in memory.
pub(crate) struct World {
    pub(crate) store: MemoryStore,
    pub(crate) app: App,
    pub(crate) live: Arc<Live>,
    pub(crate) router: Router,
    state: HttpState,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|_| ())
    }

    /// A server whose people need not know one another.
    pub(crate) fn closed() -> Self {
        Self::built(|_| (), Settings { open_directory: false, ..Settings::default() })
    }

    pub(crate) fn with(adjust: impl FnOnce(&mut HttpSettings)) -> Self {
        Self::built(adjust, Settings::default())
    }

    fn built(adjust: impl FnOnce(&mut HttpSettings), lasting: Settings) -> Self {
        let store = MemoryStore::new();
        let metrics = Arc::new(Metrics::new());
        let env = Env {
            clock: Arc::new(store.clock().clone()),
            randomness: Arc::new(FakeRandomness::default()),
            veil: Arc::new(Veil::draw(&FakeRandomness::seeded(8))),
            sealing: Arc::new(FakeSealing),
            keys: KeysInHand::default(),
            settings: lasting,
            log_key: Arc::new(LogKey::new("vote.example.org", &[7; 32]).expect("a name")),
            observer: Arc::clone(&metrics) as _,
        };
        let app = App {
            store: Arc::new(store.clone()),
            queries: Arc::new(store.clone()),
            keys: Arc::new(MemoryKeyStore::default()),
            identity: Arc::new(Provider::default()),
            env,
        };
        let mut settings = HttpSettings::new(Url::parse(ORIGIN).expect("an origin"));
        adjust(&mut settings);
        let press = Arc::new(FakeTypesetter::default());
        let live = Live::start(app.clone(), Arc::new(store.clone()));
        let state = HttpState {
            app: app.clone(),
            live: Arc::clone(&live),
            settings: Arc::new(settings),
            press,
            metrics,
        };
        Self { store, app, live, router: crate::router(state.clone()), state }
    }

    /// From now on too many papers are waiting.
    pub(crate) fn busy_press(&mut self) {
        self.state.press = Arc::new(FakeTypesetter { busy: true });
        self.router = crate::router(self.state.clone());
    }

    /// From now on another server over the same store answers.
    pub(crate) fn another_server(&mut self) {
        self.router = crate::router(self.state.clone());
    }

    /// A person with an API token.
    pub(crate) async fn person(&self, andrew_id: &str) -> Person {
        let use_case = IssueToken {
            andrew_id: AndrewId::parse(andrew_id).expect("a login name"),
            person_name: Some(PersonName::parse(&format!("Person {andrew_id}")).expect("a name")),
            token_name: TokenName::parse("test").expect("a name"),
        };
        let (issued, user, _) = self.app.run(&use_case).await.expect("a token");
        Person { id: user.id.get(), token: issued.secret.reveal().to_owned() }
    }

    /// An organization that this person owns.
    pub(crate) async fn organization(&self, owner: &Person) -> i64 {
        let reply = self.post("/api/v1/organizations").by(owner).json(r#"{"name": "Student Senate"}"#).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
        reply.json()["id"].as_i64().expect("an id")
    }

    pub(crate) fn get(&self, path: &str) -> Call<'_> {
        self.call(Method::GET, path)
    }

    pub(crate) fn post(&self, path: &str) -> Call<'_> {
        self.call(Method::POST, path)
    }

    pub(crate) fn call(&self, method: Method, path: &str) -> Call<'_> {
        let request = Request::builder().method(method).uri(path);
        Call { router: &self.router, request }
    }

    /// Signs in through the provider and gives the value of the cookie.
    pub(crate) async fn sign_in(&self, andrew_id: &str) -> String {
        let left = self.get("/auth/login?next=/me").send().await;
        let (name, browser) = left.cookie(0);
        let state = left.state();
        let back = self
            .get(&format!("/auth/callback?code={andrew_id}&state={state}"))
            .header("cookie", &format!("{name}={browser}"))
            .send()
            .await;
        assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.text());
        let (name, value) = back.cookie(0);
        format!("{name}={value}")
    }
}

/// A person with an API token.
pub(crate) struct Person {
    pub(crate) id: i32,
    pub(crate) token: String,
}

/// A request under construction.
pub(crate) struct Call<'a> {
    router: &'a Router,
    request: axum::http::request::Builder,
}

impl Call<'_> {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    pub(crate) fn by(self, person: &Person) -> Self {
        self.header("authorization", &format!("Bearer {}", person.token))
    }

    /// As a page of this server would send it.
    pub(crate) fn same_origin(self) -> Self {
        self.header("sec-fetch-site", "same-origin")
    }

    pub(crate) async fn json(self, body: &str) -> Reply {
        self.header("content-type", "application/json").body(body.to_owned()).await
    }

    pub(crate) async fn send(self) -> Reply {
        self.body(String::new()).await
    }

    pub(crate) async fn body(self, body: impl Into<Body>) -> Reply {
        let request = self.request.body(body.into()).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a body").to_bytes().to_vec();
        Reply { status: parts.status, headers: parts.headers, body }
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a text")
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a text"))
    }

    /// The code of a problem, whose form is checked.
    #[track_caller]
    pub(crate) fn problem(&self) -> (u16, String) {
        let body = self.json();
        assert_eq!(self.header("content-type"), "application/problem+json");
        let code = body["code"].as_str().expect("a code").to_owned();
        assert_eq!(body["type"], format!("/problems/{code}"));
        assert_eq!(body["status"], self.status.as_u16());
        assert!(body["title"].is_string() && body["detail"].is_string());
        (self.status.as_u16(), code)
    }

    /// The fields a 422 complains about.
    #[track_caller]
    pub(crate) fn wrong_fields(&self) -> Vec<String> {
        assert_eq!(self.problem(), (422, "invalid_content".to_owned()), "{}", self.text());
        let body = self.json();
        let errors = body["errors"].as_array().expect("errors");
        errors.iter().map(|error| error["field"].as_str().expect("a field").to_owned()).collect()
    }

    /// Name and value of one of the cookies.
    #[track_caller]
    pub(crate) fn cookie(&self, at: usize) -> (String, String) {
        let text = self.set_cookies()[at].clone();
        let (name, value) = text.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
        (name.to_owned(), value.to_owned())
    }

    pub(crate) fn set_cookies(&self) -> Vec<String> {
        let values = self.headers.get_all(header::SET_COOKIE).iter();
        values.map(|value| value.to_str().expect("a text").to_owned()).collect()
    }

    /// The state in the address of the provider.
    pub(crate) fn state(&self) -> String {
        let url = Url::parse(self.header("location")).expect("an address");
        let state = url.query_pairs().find(|(key, _)| key == "state").expect("a state");
        state.1.into_owned()
    }
}

/// A provider whose codes are login names.
#[derive(Default)]
struct Provider(std::sync::atomic::AtomicU32);

/// What nobody may ever see.
pub(crate) const SUBJECT: &str = "subject-6c1f0b";

#[async_trait]
impl IdentityProvider for Provider {
    async fn begin(&self) -> Result<LoginStart, IdentityError> {
        let number = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let state = format!("state-{number}");
        Ok(LoginStart {
            authorization_url: format!("https://provider.example/authorize?state={state}"),
            state,
            nonce: format!("nonce-{number}"),
            pkce_verifier: "verifier".to_owned(),
        })
    }

    async fn finish(
        &self,
        parameters: CallbackParameters,
        _expected: ExpectedLogin,
    ) -> Result<VerifiedIdentity, IdentityError> {
        if let Some(error) = parameters.error {
            return Err(IdentityError::ProviderRefused { error, description: parameters.error_description });
        }
        let andrew_id = parameters.code.unwrap_or_default();
        if andrew_id == "forged" {
            return Err(IdentityError::Invalid { reason: "wrong-nonce".to_owned() });
        }
        Ok(VerifiedIdentity {
            issuer: "https://provider.example".to_owned(),
            subject: format!("{SUBJECT}-{andrew_id}"),
            name: Some(format!("Person {andrew_id}")),
            andrew_id: Some(andrew_id),
            email: None,
            email_verified: false,
        })
    }

    fn end_session_url(&self) -> Option<String> {
        Some("https://provider.example/logout".to_owned())
    }
}
