//! Signing in through the development provider, by the same path as through any other.

mod common {
    pub(crate) mod browser;
    pub(crate) mod clock;
}

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use common::browser::{Browser, Page, callback};
use common::clock::TestClock;
use openidconnect::http::{StatusCode, header};
use openidconnect::reqwest;
use plenum_oidc::{
    DemoPerson, DevelopmentClient, DevelopmentError, DevelopmentProvider, OidcIdentityProvider, OidcSettings,
    Refusal,
};
use plenum_ports::identity::{
    CallbackParameters, ExpectedLogin, IdentityError, IdentityProvider as _, LoginStart, VerifiedIdentity,
};
use url::Url;

const CALLBACK: &str = "http://localhost:8080/sign-in/callback";

fn person(subject: &str, name: &str, description: &str) -> DemoPerson {
    DemoPerson {
        subject: subject.to_owned(),
        name: name.to_owned(),
        andrew_id: format!("{subject}-id"),
        email: format!("{subject}@example.org"),
        description: description.to_owned(),
    }
}

async fn provider_at(
    listen: SocketAddr,
    clock: &Arc<TestClock>,
) -> Result<DevelopmentProvider, DevelopmentError> {
    let people = vec![
        person("ada", "Ada Lovelace", "Chair of the senate"),
        person("emmy", "Emmy <Nöther> & \"Söhne\"", "Member"),
    ];
    let client = DevelopmentClient { client_id: "plenum".to_owned(), redirect_uri: CALLBACK.to_owned() };
    DevelopmentProvider::start(listen, people, client, clock.clone()).await
}

fn loopback(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

fn settings(issuer: &str) -> OidcSettings {
    let mut settings = OidcSettings::new(issuer, "plenum", CALLBACK);
    settings.post_logout_redirect_uri = Some("http://localhost:8080/bye".to_owned());
    settings.timings.discovery_pause = Duration::ZERO;
    settings
}

struct Place {
    clock: Arc<TestClock>,
    provider: DevelopmentProvider,
    adapter: OidcIdentityProvider,
}

impl Place {
    async fn new() -> Self {
        let clock = TestClock::new();
        let provider = provider_at(loopback(0), &clock).await.expect("provider");
        let adapter = OidcIdentityProvider::new(settings(provider.issuer()), clock.clone()).expect("adapter");
        Self { clock, provider, adapter }
    }

    /// Begins, opens the page, picks a person; what came back is not yet handed in.
    async fn pick(&self, person: &str) -> (LoginStart, CallbackParameters) {
        let start = begin(&self.adapter).await;
        let (url, page) = pick_page(&start, person).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{url}: {}", page.body);
        let parameters = callback(&page.location().expect("a redirect"));
        (start, parameters)
    }
}

async fn begin(adapter: &OidcIdentityProvider) -> LoginStart {
    adapter.begin().await.unwrap_or_else(|error| panic!("{error}"))
}

async fn pick_page(start: &LoginStart, person: &str) -> (Url, Page) {
    let mut browser = Browser::new();
    let url = Url::parse(&start.authorization_url).expect("an address");
    let mut fields: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    fields.push(("person".to_owned(), person.to_owned()));
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let form = url.join("/authorize").expect("an address");
    let page = browser.post(form.as_str(), &fields).await;
    (url, page)
}

fn expected(start: &LoginStart) -> ExpectedLogin {
    ExpectedLogin { nonce: start.nonce.clone(), pkce_verifier: start.pkce_verifier.clone() }
}

#[track_caller]
fn assert_refused(result: Result<VerifiedIdentity, IdentityError>, refusal: Refusal) {
    match result {
        Err(IdentityError::Invalid { reason }) => assert_eq!(reason, refusal.reason()),
        Err(other) => panic!("{other:?} instead of {refusal:?}"),
        Ok(_) => panic!("accepted instead of {refusal:?}"),
    }
}

#[track_caller]
fn assert_provider_refused(result: Result<VerifiedIdentity, IdentityError>, expected: &str) {
    match result {
        Err(IdentityError::ProviderRefused { error, .. }) => assert_eq!(error, expected),
        Err(other) => panic!("{other:?} instead of {expected}"),
        Ok(_) => panic!("accepted instead of {expected}"),
    }
}

#[tokio::test]
async fn a_person_signs_in() {
    let place = Place::new().await;
    let mut browser = Browser::new();
    let begun = Instant::now();
    let start = begin(&place.adapter).await;
    let page = browser.get(&start.authorization_url).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("<h2 id=\"group-0\">Chair of the senate</h2>"), "{}", page.body);
    assert!(page.body.contains("Emmy &lt;Nöther&gt; &amp; &quot;Söhne&quot;"), "{}", page.body);

    let (_, page) = pick_page(&start, "emmy").await;
    let back = browser.follow(page, CALLBACK).await;
    let parameters = callback(&back);
    assert_eq!(parameters.state.as_deref(), Some(start.state.as_str()));
    assert_eq!(parameters.iss.as_deref(), Some(place.provider.issuer()));
    let identity =
        place.adapter.finish(parameters, expected(&start)).await.unwrap_or_else(|error| panic!("{error}"));
    println!("a whole first login with discovery: {:?}", begun.elapsed());
    assert_eq!(identity.issuer, place.provider.issuer());
    assert_eq!(identity.subject, "emmy");
    assert_eq!(identity.name.as_deref(), Some("Emmy <Nöther> & \"Söhne\""));
    assert_eq!(identity.andrew_id.as_deref(), Some("emmy-id"));
    assert_eq!(identity.email.as_deref(), Some("emmy@example.org"));
    assert!(identity.email_verified);

    let begun = Instant::now();
    let (start, parameters) = place.pick("ada").await;
    assert!(place.adapter.finish(parameters, expected(&start)).await.is_ok());
    println!("a whole login: {:?}", begun.elapsed());
    place.provider.shutdown().await;
}

#[tokio::test]
async fn every_attempt_has_its_own_secrets() {
    let place = Place::new().await;
    let (one, two) = (begin(&place.adapter).await, begin(&place.adapter).await);
    assert_ne!(one.state, two.state);
    assert_ne!(one.nonce, two.nonce);
    assert_ne!(one.pkce_verifier, two.pkce_verifier);
    let url = Url::parse(&one.authorization_url).expect("an address");
    let parameter = |name: &str| {
        let found: Vec<_> = url.query_pairs().filter(|(key, _)| key == name).collect();
        assert_eq!(found.len(), 1, "{name}");
        found[0].1.clone().into_owned()
    };
    assert_eq!(parameter("response_type"), "code");
    assert_eq!(parameter("code_challenge_method"), "S256");
    assert_eq!(parameter("state"), one.state);
    assert_eq!(parameter("nonce"), one.nonce);
    assert_eq!(parameter("redirect_uri"), CALLBACK);
    assert_eq!(parameter("scope"), "openid profile email");
    assert!(!one.authorization_url.contains(&one.pkce_verifier));
}

#[tokio::test]
async fn a_code_works_once() {
    let place = Place::new().await;
    let (start, parameters) = place.pick("ada").await;
    let first = place.adapter.finish(parameters.clone(), expected(&start)).await;
    assert!(first.is_ok());
    let again = place.adapter.finish(parameters, expected(&start)).await;
    assert_provider_refused(again, "invalid_grant");
}

#[tokio::test]
async fn a_code_works_for_a_minute() {
    let place = Place::new().await;
    let (start, parameters) = place.pick("ada").await;
    place.clock.advance(TimeDelta::seconds(60));
    let late = place.adapter.finish(parameters, expected(&start)).await;
    assert_provider_refused(late, "invalid_grant");
}

#[tokio::test]
async fn a_code_needs_the_verifier_it_was_asked_with() {
    let place = Place::new().await;
    let other = begin(&place.adapter).await;
    for wrong in [other.pkce_verifier.as_str(), "", "short"] {
        let (start, parameters) = place.pick("ada").await;
        let mut expected = expected(&start);
        wrong.clone_into(&mut expected.pkce_verifier);
        let result = place.adapter.finish(parameters, expected).await;
        assert_provider_refused(result, "invalid_grant");
    }
}

#[tokio::test]
async fn an_answer_belongs_to_its_attempt() {
    let place = Place::new().await;
    let other = begin(&place.adapter).await;
    let (start, parameters) = place.pick("ada").await;
    let mut wrong = expected(&start);
    wrong.nonce = other.nonce;
    assert_refused(place.adapter.finish(parameters, wrong).await, Refusal::NonceMismatch);

    let (start, parameters) = place.pick("ada").await;
    let mut wrong = expected(&start);
    wrong.nonce = String::new();
    assert_refused(place.adapter.finish(parameters, wrong).await, Refusal::NonceMismatch);
}

#[tokio::test]
async fn an_answer_says_where_it_comes_from() {
    let place = Place::new().await;
    for (iss, refusal) in [
        (None, Refusal::IssuerMissing),
        (Some("http://127.0.0.1:1"), Refusal::IssuerMixedUp),
        (Some(""), Refusal::IssuerMixedUp),
    ] {
        let (start, mut parameters) = place.pick("ada").await;
        parameters.iss = iss.map(str::to_owned);
        assert_refused(place.adapter.finish(parameters, expected(&start)).await, refusal);
    }
    let (start, mut parameters) = place.pick("ada").await;
    parameters.code = None;
    assert_refused(place.adapter.finish(parameters, expected(&start)).await, Refusal::CodeMissing);
}

#[tokio::test]
async fn requests_that_are_not_right_go_nowhere() {
    let place = Place::new().await;
    let start = begin(&place.adapter).await;
    let changed = |name: &str, value: Option<&str>| {
        let mut url = Url::parse(&start.authorization_url).expect("an address");
        let pairs: Vec<_> = url.query_pairs().into_owned().filter(|(key, _)| key != name).collect();
        url.query_pairs_mut().clear().extend_pairs(pairs).extend_pairs(value.map(|value| (name, value)));
        url.to_string()
    };
    let mut browser = Browser::new();
    for nowhere in [
        changed("client_id", Some("other")),
        changed("client_id", None),
        changed("redirect_uri", Some("http://localhost:8080/sign-in/callback/../elsewhere")),
        changed("redirect_uri", Some("https://example.org/")),
        changed("redirect_uri", None),
        format!("{}&state=twice", start.authorization_url),
    ] {
        let page = browser.get(&nowhere).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{nowhere}");
        assert!(page.location().is_none());
    }
    for (back, error) in [
        (changed("code_challenge", None), "invalid_request"),
        (changed("code_challenge_method", Some("plain")), "invalid_request"),
        (changed("code_challenge_method", None), "invalid_request"),
        (changed("response_type", Some("token")), "unsupported_response_type"),
        (changed("scope", Some("profile")), "invalid_scope"),
        (changed("prompt", Some("none")), "login_required"),
    ] {
        let page = browser.get(&back).await;
        let parameters = callback(&browser.follow(page, CALLBACK).await);
        assert_eq!(parameters.error.as_deref(), Some(error), "{back}");
        assert_eq!(parameters.state.as_deref(), Some(start.state.as_str()));
        assert_provider_refused(place.adapter.finish(parameters, expected(&start)).await, error);
    }
    let (_, page) = pick_page(&start, "nobody").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_page_does_nothing_but_its_job() {
    let place = Place::new().await;
    let start = begin(&place.adapter).await;
    let page = Browser::new().get(&start.authorization_url).await;
    let header = |name| page.headers[name].to_str().expect("text").to_owned();
    let policy = header(header::CONTENT_SECURITY_POLICY);
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    assert!(policy.contains("form-action 'self' http://localhost:8080;"), "{policy}");
    assert_eq!(header(header::CACHE_CONTROL), "no-store");
    assert!(!page.body.contains("<script"));

    let client = reqwest::Client::builder().no_proxy().build().expect("client");
    let foreign_host = client.get(place.provider.issuer()).header(header::HOST, "rebound.example.org");
    let answer = foreign_host.send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::MISDIRECTED_REQUEST);
    let foreign_form = client
        .post(format!("{}/authorize", place.provider.issuer()))
        .header(header::ORIGIN, "https://example.org");
    let answer = foreign_form.send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn signing_out_at_the_provider() {
    let place = Place::new().await;
    assert_eq!(place.adapter.end_session_url(), None, "not known yet");
    assert!(place.adapter.check().await.is_ok());
    let url = place.adapter.end_session_url().expect("offered");
    let mut browser = Browser::new();
    let page = browser.get(&url).await;
    assert_eq!(browser.follow(page, "http://localhost:8080/bye").await.path(), "/bye");
    let page = browser.get(&url.replace("localhost%3A8080", "example.org")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Signed out"));
}

#[tokio::test]
async fn a_server_starts_before_its_provider_and_outlives_it() {
    let clock = TestClock::new();
    let reserved = tokio::net::TcpListener::bind(loopback(0)).await.expect("a port");
    let address = reserved.local_addr().expect("address");
    drop(reserved);
    let adapter =
        OidcIdentityProvider::new(settings(&format!("http://{address}")), clock.clone()).expect("adapter");
    assert!(matches!(adapter.check().await, Err(IdentityError::Unavailable { .. })));
    assert!(matches!(adapter.begin().await, Err(IdentityError::Unavailable { .. })));

    let mut place = Place { provider: provider_at(address, &clock).await.expect("provider"), clock, adapter };
    let (start, parameters) = place.pick("ada").await;
    assert!(place.adapter.finish(parameters, expected(&start)).await.is_ok());

    // The next one has another key, which the adapter has to fetch.
    place.provider.shutdown().await;
    let start = begin(&place.adapter).await;
    let gone = CallbackParameters {
        code: Some("code".to_owned()),
        iss: Some(format!("http://{address}")),
        ..CallbackParameters::default()
    };
    let result = place.adapter.finish(gone, expected(&start)).await;
    assert!(matches!(result, Err(IdentityError::Unavailable { .. })));
    place.provider = provider_at(address, &place.clock).await.expect("provider");
    let (start, parameters) = place.pick("ada").await;
    assert!(place.adapter.finish(parameters, expected(&start)).await.is_ok());
}

#[tokio::test]
async fn it_stays_on_this_machine() {
    let clock = TestClock::new();
    for address in ["0.0.0.0:0", "192.0.2.1:0", "[::]:0"] {
        let result = provider_at(address.parse().expect("address"), &clock).await;
        assert!(matches!(result, Err(DevelopmentError::NotLoopback { .. })), "{address}");
    }
    let provider = provider_at(loopback(0), &clock).await.expect("provider");
    let taken = Url::parse(provider.issuer()).expect("address").port().expect("port");
    let result = provider_at(loopback(taken), &clock).await;
    assert!(matches!(result, Err(DevelopmentError::Listen { .. })));
}
