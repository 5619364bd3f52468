//! A provider that answers whatever a test wants, with keys of its own.

mod token;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode, header};
use openidconnect::PrivateSigningKey as _;
use openidconnect::core::{CoreJsonWebKey, CoreRsaPrivateSigningKey};
use plenum_oidc::{OidcIdentityProvider, OidcSettings, Refusal};
use plenum_ports::identity::{
    CallbackParameters, ExpectedLogin, IdentityError, IdentityProvider as _, LoginStart, VerifiedIdentity,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::common::clock::TestClock;
pub(crate) use token::{Forgery, Signer, key, public_pem};

pub(crate) const CLIENT: &str = "plenum";
pub(crate) const CALLBACK: &str = "https://plenum.example.org/sign-in/callback";

/// What a path answers.
#[derive(Clone)]
pub(crate) enum Answer {
    Json(Value),
    Text {
        status: u16,
        kind: &'static str,
        text: String,
    },
    Redirect(String),
    /// A mebibyte, without saying so beforehand.
    Overlong,
    /// Nothing, ever.
    Silence,
}

impl Answer {
    fn into_response(self) -> Response<Body> {
        let builder = Response::builder();
        let response = match self {
            Self::Json(value) => {
                builder.header(header::CONTENT_TYPE, "application/json").body(Body::from(value.to_string()))
            }
            Self::Text { status, kind, text } => {
                builder.status(status).header(header::CONTENT_TYPE, kind).body(Body::from(text))
            }
            Self::Redirect(target) => builder
                .status(StatusCode::TEMPORARY_REDIRECT)
                .header(header::LOCATION, target)
                .body(Body::empty()),
            Self::Overlong => {
                let chunks = (0..64).map(|_| Ok::<_, std::convert::Infallible>(vec![b' '; 16 * 1024]));
                builder
                    .header(header::CONTENT_TYPE, "application/json")
                    .body(Body::from_stream(futures::stream::iter(chunks)))
            }
            Self::Silence => unreachable!("silence is kept by the caller"),
        };
        response.expect("a response")
    }
}

#[derive(Default)]
struct Plan {
    answers: HashMap<&'static str, Answer>,
    asked: HashMap<String, usize>,
    last_token_request: String,
}

/// The provider, the adapter that trusts it, and the clock both go by.
pub(crate) struct Hostile {
    pub(crate) issuer: String,
    pub(crate) adapter: OidcIdentityProvider,
    pub(crate) clock: Arc<TestClock>,
    plan: Arc<Mutex<Plan>>,
}

pub(crate) const DISCOVERY: &str = "/.well-known/openid-configuration";
pub(crate) const JWKS: &str = "/jwks";
pub(crate) const TOKEN: &str = "/token";
pub(crate) const USERINFO: &str = "/userinfo";

impl Hostile {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut OidcSettings)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let issuer = format!("http://{}", listener.local_addr().expect("address"));
        let plan = Arc::new(Mutex::new(Plan::default()));
        let router = Router::new().fallback(serve).with_state(plan.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let clock = TestClock::new();
        let mut settings = OidcSettings::new(&issuer, CLIENT, CALLBACK);
        settings.timings.discovery_pause = Duration::ZERO;
        change(&mut settings);
        let adapter = OidcIdentityProvider::new(settings, clock.clone()).expect("adapter");
        let hostile = Self { issuer, adapter, clock, plan };
        hostile.answer(DISCOVERY, Answer::Json(hostile.honest_discovery()));
        hostile.publish(&[key(0)]);
        hostile
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().expect("plan")
    }

    pub(crate) fn answer(&self, path: &'static str, answer: Answer) {
        self.plan().answers.insert(path, answer);
    }

    /// How often a path was asked for.
    pub(crate) fn asked(&self, path: &str) -> usize {
        self.plan().asked.get(path).copied().unwrap_or_default()
    }

    pub(crate) fn last_token_request(&self) -> HashMap<String, String> {
        let request = self.plan().last_token_request.clone();
        url::form_urlencoded::parse(request.as_bytes()).into_owned().collect()
    }

    pub(crate) fn publish(&self, keys: &[&CoreRsaPrivateSigningKey]) {
        let keys: Vec<CoreJsonWebKey> = keys.iter().map(|key| key.as_verification_key()).collect();
        self.answer(JWKS, Answer::Json(json!({ "keys": keys })));
    }

    pub(crate) fn honest_discovery(&self) -> Value {
        let issuer = &self.issuer;
        json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}{TOKEN}"),
            "jwks_uri": format!("{issuer}{JWKS}"),
            "userinfo_endpoint": format!("{issuer}{USERINFO}"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["none", "HS256", "RS256", "a new one"],
            "authorization_response_iss_parameter_supported": true,
        })
    }

    /// Serves a discovery document with one member changed, or without it.
    pub(crate) fn discovery_with(&self, member: &str, value: Value) {
        let mut document = self.honest_discovery();
        let members = document.as_object_mut().expect("an object");
        if value.is_null() {
            members.remove(member);
        } else {
            members.insert(member.to_owned(), value);
        }
        self.answer(DISCOVERY, Answer::Json(document));
    }

    pub(crate) fn token_answer(&self, id_token: &str) {
        self.answer(
            TOKEN,
            Answer::Json(json!({
                "access_token": token::ACCESS_TOKEN,
                "token_type": "Bearer",
                "expires_in": 300,
                "id_token": id_token,
            })),
        );
    }

    pub(crate) fn parameters(&self) -> CallbackParameters {
        CallbackParameters {
            code: Some("a-code".to_owned()),
            iss: Some(self.issuer.clone()),
            ..CallbackParameters::default()
        }
    }

    pub(crate) async fn begin(&self) -> LoginStart {
        self.adapter.begin().await.unwrap_or_else(|error| panic!("{error}"))
    }

    pub(crate) async fn finish(&self, start: &LoginStart) -> Result<VerifiedIdentity, IdentityError> {
        let expected =
            ExpectedLogin { nonce: start.nonce.clone(), pkce_verifier: start.pkce_verifier.clone() };
        self.adapter.finish(self.parameters(), expected).await
    }

    /// A login whose ID token is honest but for the change.
    pub(crate) async fn attempt(
        &self,
        change: impl FnOnce(&mut Forgery),
    ) -> Result<VerifiedIdentity, IdentityError> {
        let start = self.begin().await;
        let mut forgery = self.honest(&start);
        change(&mut forgery);
        self.token_answer(&forgery.encode());
        self.finish(&start).await
    }

    pub(crate) fn honest(&self, start: &LoginStart) -> Forgery {
        use plenum_ports::clock::Clock as _;
        Forgery::honest(&self.issuer, &start.nonce, self.clock.now())
    }

    /// The same, expecting a refusal for this reason and no other.
    pub(crate) async fn refuses(&self, refusal: Refusal, change: impl FnOnce(&mut Forgery)) {
        assert_refused(self.attempt(change).await, refusal);
    }
}

async fn serve(State(plan): State<Arc<Mutex<Plan>>>, request: Request) -> Response<Body> {
    let path = request.uri().path().to_owned();
    let body = axum::body::to_bytes(request.into_body(), 64 * 1024).await.expect("a small request");
    let answer = {
        let mut plan = plan.lock().expect("plan");
        *plan.asked.entry(path.clone()).or_default() += 1;
        if path == TOKEN {
            plan.last_token_request = String::from_utf8(body.to_vec()).expect("text");
        }
        plan.answers.get(path.as_str()).cloned()
    };
    match answer {
        Some(Answer::Silence) => std::future::pending().await,
        Some(answer) => answer.into_response(),
        None => Answer::Text { status: 404, kind: "text/plain", text: String::new() }.into_response(),
    }
}

#[track_caller]
pub(crate) fn assert_refused(result: Result<VerifiedIdentity, IdentityError>, refusal: Refusal) {
    match result {
        Err(IdentityError::Invalid { reason }) => assert_eq!(reason, refusal.reason()),
        Err(other) => panic!("{other:?} instead of {refusal:?}"),
        Ok(_) => panic!("accepted instead of {refusal:?}"),
    }
}

#[track_caller]
pub(crate) fn assert_unavailable<T>(result: Result<T, IdentityError>) {
    match result {
        Err(IdentityError::Unavailable { .. }) => {}
        Err(other) => panic!("{other:?} instead of unavailable"),
        Ok(_) => panic!("accepted instead of unavailable"),
    }
}
