//! Signing in, against a mocked provider.

mod world;

use std::sync::{Arc, Mutex};

use plenum_application::failure::SignInFailure;
use plenum_application::secret::Secret;
use plenum_application::sign_in::{Arrival, Departure};
use plenum_application::use_cases::{CreateToken, RevokeToken, SignOut, SignOutEverywhere};
use plenum_application::{App, Failure};
use plenum_domain::text::TokenName;
use plenum_domain::token::TokenScopes;
use plenum_ports::fakes::MemoryStore;
use plenum_ports::identity::{CallbackParameters, LoginStart, MockIdentityProvider, VerifiedIdentity};

const STATE: &str = "the state of this login";

fn identity(subject: &str, name: &str, andrew_id: Option<&str>) -> VerifiedIdentity {
    VerifiedIdentity {
        issuer: "https://id.example".to_owned(),
        subject: subject.to_owned(),
        name: Some(name.to_owned()),
        andrew_id: andrew_id.map(str::to_owned),
        email: None,
        email_verified: false,
    }
}

/// An application whose provider vouches for whoever stands in the returned cell.
fn application(first: VerifiedIdentity) -> (App, MemoryStore, Arc<Mutex<VerifiedIdentity>>) {
    let who = Arc::new(Mutex::new(first));
    let mut provider = MockIdentityProvider::new();
    provider.expect_begin().returning(|| {
        Ok(LoginStart {
            authorization_url: "https://id.example/authorize".to_owned(),
            state: STATE.to_owned(),
            nonce: "nonce".to_owned(),
            pkce_verifier: "verifier".to_owned(),
        })
    });
    let vouched = Arc::clone(&who);
    provider.expect_finish().returning(move |_, expected| {
        assert_eq!((expected.nonce.as_str(), expected.pkce_verifier.as_str()), ("nonce", "verifier"));
        Ok(vouched.lock().expect("not poisoned").clone())
    });
    let store = MemoryStore::new();
    (world::app(&store, Arc::new(provider)), store, who)
}

fn callback() -> CallbackParameters {
    CallbackParameters {
        state: Some(STATE.to_owned()),
        code: Some("code".to_owned()),
        ..CallbackParameters::default()
    }
}

async fn sign_in(app: &App) -> Result<Arrival, Failure> {
    let departure: Departure = app.depart("/sessions/1").await?;
    app.arrive(callback(), Some(&departure.browser), None).await
}

fn is_expired<T>(result: &Result<T, Failure>) -> bool {
    matches!(result, Err(Failure::SignIn(SignInFailure::Expired)))
}

#[tokio::test]
async fn a_person_is_added_and_followed() {
    let (app, store, who) = application(identity("s1", "Ann Old\u{0}", Some("ANN")));
    let arrival = sign_in(&app).await.expect("signed in");
    assert_eq!((arrival.user.name.as_str(), arrival.user.andrew_id.as_str()), ("Ann Old", "ann"));
    assert_eq!(arrival.next, "/sessions/1");
    *who.lock().expect("not poisoned") = identity("s1", "Ann New", Some("ann2"));
    let again = sign_in(&app).await.expect("signed in");
    assert_eq!(again.user.id, arrival.user.id);
    assert_eq!((again.user.name.as_str(), again.user.andrew_id.as_str()), ("Ann New", "ann2"));
    *who.lock().expect("not poisoned") = identity("s1", "Ann New", None);
    assert_eq!(sign_in(&app).await.expect("the known login name stays").user.andrew_id.as_str(), "ann2");
    assert!(!format!("{:?}", store.audit_log()).contains("s1\""), "the subject is in no audit line");
}

#[tokio::test]
async fn login_names_are_claimed_once() {
    let (app, _store, who) = application(identity("s1", "Ann", Some("ann")));
    let rostered = world::person(&app, "ann").await;
    assert_eq!(sign_in(&app).await.expect("signed in").user.id, rostered, "a rostered person is recognized");
    *who.lock().expect("not poisoned") = identity("s2", "Somebody else", Some("ann"));
    let taken = sign_in(&app).await;
    assert!(matches!(taken, Err(Failure::SignIn(SignInFailure::LoginNameTaken))), "a recycled login name");
    *who.lock().expect("not poisoned") = identity("s3", "Nameless", None);
    assert!(matches!(sign_in(&app).await, Err(Failure::SignIn(SignInFailure::NoLoginName))));
}

#[tokio::test]
async fn a_login_comes_back_once_in_time_and_to_its_browser() {
    let (app, store, _who) = application(identity("s1", "Ann", Some("ann")));
    let departure = app.depart("/").await.expect("departed");
    assert!(is_expired(&app.arrive(callback(), Some(&Secret::given("another browser")), None).await));
    assert!(is_expired(&app.arrive(callback(), Some(&departure.browser), None).await), "used up");
    let departure = app.depart("/").await.expect("departed");
    assert!(is_expired(&app.arrive(callback(), None, None).await), "no cookie");
    let unknown = CallbackParameters { state: Some("another".to_owned()), ..callback() };
    assert!(is_expired(&app.arrive(unknown, Some(&departure.browser), None).await));
    store.advance(chrono::TimeDelta::minutes(11));
    assert!(is_expired(&app.arrive(callback(), Some(&departure.browser), None).await), "too late");
}

#[tokio::test]
async fn logins_rotate_idle_and_end() {
    let (app, store, _who) = application(identity("s1", "Ann", Some("ann")));
    let first = sign_in(&app).await.expect("signed in");
    assert!(app.who_has_login(&first.token).await.expect("a look").is_some());
    let departure = app.depart("/").await.expect("departed");
    let second =
        app.arrive(callback(), Some(&departure.browser), Some(&first.token)).await.expect("signed in again");
    assert!(app.who_has_login(&first.token).await.expect("a look").is_none(), "rotated at sign-in");
    store.advance(chrono::TimeDelta::hours(11));
    assert!(app.who_has_login(&second.token).await.expect("a look").is_some(), "used within the idle time");
    store.advance(chrono::TimeDelta::hours(11));
    assert!(app.who_has_login(&second.token).await.expect("a look").is_some(), "the idle time begins anew");
    store.advance(chrono::TimeDelta::hours(13));
    assert!(app.who_has_login(&second.token).await.expect("a look").is_none(), "idle for too long");

    let third = sign_in(&app).await.expect("signed in");
    let fourth = sign_in(&app).await.expect("in another browser");
    app.run(&SignOut { token: third.token.hash() }).await.expect("signed out");
    assert!(app.who_has_login(&third.token).await.expect("a look").is_none());
    assert!(app.who_has_login(&fourth.token).await.expect("a look").is_some());
    app.run(&SignOutEverywhere { by: fourth.user.id }).await.expect("everywhere");
    assert!(app.who_has_login(&fourth.token).await.expect("a look").is_none());

    let fifth = sign_in(&app).await.expect("signed in");
    // In use every nine hours, so it is never idle for too long.
    for _ in 0..18 {
        store.advance(chrono::TimeDelta::hours(9));
        assert!(app.who_has_login(&fifth.token).await.expect("a look").is_some());
    }
    store.advance(chrono::TimeDelta::hours(9));
    assert!(app.who_has_login(&fifth.token).await.expect("a look").is_none(), "the absolute end has come");
}

#[tokio::test]
async fn tokens_are_shown_once_expire_and_are_revoked() {
    let (app, store, _who) = application(identity("s1", "Ann", Some("ann")));
    let by = world::person(&app, "ben").await;
    let name = TokenName::parse("script").expect("a name");
    let now = app.queries.now().await.expect("a clock");
    let past = CreateToken { by, name: name.clone(), expires_at: Some(now), scopes: TokenScopes::ALL };
    assert!(matches!(app.run(&past).await, Err(Failure::Invalid(_))));
    let create = CreateToken {
        by,
        name,
        expires_at: Some(now + chrono::TimeDelta::hours(1)),
        scopes: TokenScopes::ALL,
    };
    let issued = app.run(&create).await.expect("issued");
    assert!(issued.secret.reveal().starts_with("plenum_"));
    assert!(!format!("{issued:?}").contains(issued.secret.reveal()), "never printed");
    assert_eq!(app.who_has_token(&issued.secret).await.expect("a look").map(|actor| actor.user.id), Some(by));
    store.advance(chrono::TimeDelta::hours(1));
    assert!(app.who_has_token(&issued.secret).await.expect("a look").is_none(), "expired");
    let lasting = CreateToken { expires_at: None, ..create };
    let issued = app.run(&lasting).await.expect("issued");
    let stranger = world::person(&app, "eve").await;
    let steal = app.run(&RevokeToken { by: stranger, token_id: issued.token.id }).await;
    assert!(matches!(steal, Err(Failure::NotFound("token"))));
    app.run(&RevokeToken { by, token_id: issued.token.id }).await.expect("revoked");
    assert!(app.who_has_token(&issued.secret).await.expect("a look").is_none());
}
