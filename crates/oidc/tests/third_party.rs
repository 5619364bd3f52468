//! Signing in through a certified provider of somebody else: the npm package `oidc-provider`, run by node on loopback.

mod common {
    pub(crate) mod browser;
}

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use common::browser::{Browser, callback};
use plenum_oidc::{OidcIdentityProvider, OidcSettings, Refusal, Secret};
use plenum_ports::clock::Clock;
use plenum_ports::identity::{
    CallbackParameters, ExpectedLogin, IdentityError, IdentityProvider as _, LoginStart, VerifiedIdentity,
};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

const CALLBACK: &str = "http://127.0.0.1:9/sign-in/callback";
const CLIENT_SECRET: &str = "a secret: with %20 & signs";
const ADA: &str = "subject-of-ada";

/// The machine's clock, ahead by some time.
struct ClockAhead(TimeDelta);

impl Clock for ClockAhead {
    #[expect(clippy::disallowed_methods, reason = "the other side goes by the machine's clock")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now() + self.0
    }
}

/// A running provider; ends with this value.
struct ThirdParty {
    issuer: String,
    _child: Child,
    _input: ChildStdin,
    /// Kept open because the provider goes on talking.
    _output: Lines<BufReader<ChildStdout>>,
}

impl ThirdParty {
    async fn start() -> Self {
        let folder = tokio::task::spawn_blocking(installed).await.expect("an installed provider");
        let mut child = Command::new("node")
            .arg("server.mjs")
            .arg(CALLBACK)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("node runs the sign-in provider these tests use; install Node.js 20 or later");
        let input = child.stdin.take().expect("an input");
        let mut lines = BufReader::new(child.stdout.take().expect("an output")).lines();
        let line = tokio::time::timeout(Duration::from_mins(1), lines.next_line())
            .await
            .expect("the provider says within a minute where it listens")
            .expect("text")
            .expect("the provider says where it listens; run `node server.mjs x` in tests/oidc-provider to see why not");
        let line: Value = serde_json::from_str(&line).expect("json");
        let issuer = line["issuer"].as_str().expect("an issuer").to_owned();
        Self { issuer, _child: child, _input: input, _output: lines }
    }

    fn adapter(&self, client_id: &str, ahead: TimeDelta) -> OidcIdentityProvider {
        let mut settings = OidcSettings::new(&self.issuer, client_id, CALLBACK);
        settings.client_secret = (client_id == "plenum").then(|| Secret::new(CLIENT_SECRET));
        OidcIdentityProvider::new(settings, Arc::new(ClockAhead(ahead))).expect("adapter")
    }
}

/// The folder of the provider, with its packages; they are fetched when they are not there.
fn installed() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/oidc-provider");
    let wanted = folder.join("package-lock.json");
    let present = folder.join("node_modules/.package-lock.json");
    // Other test processes wait here.
    let lock = File::open(folder.join("package.json")).expect("package.json");
    lock.lock().expect("a lock");
    let changed = |path: &Path| path.metadata().and_then(|metadata| metadata.modified()).ok();
    if changed(&present) < changed(&wanted) {
        let npm = std::process::Command::new("npm")
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(&folder)
            .output()
            .expect("npm fetches the sign-in provider these tests use; install Node.js 20 or later with npm");
        assert!(
            npm.status.success(),
            "`npm ci` in tests/oidc-provider failed: {}",
            String::from_utf8_lossy(&npm.stderr)
        );
    }
    folder
}

/// Goes through the provider's pages and picks a person on the form.
async fn sign_in(start: &LoginStart, person: &str) -> CallbackParameters {
    let mut browser = Browser::new();
    let mut page = browser.get(&start.authorization_url).await;
    while let Some(next) = page.location() {
        page = browser.get(next.as_str()).await;
    }
    assert!(page.body.contains(person), "{}", page.body);
    let answer = browser.post(page.url.as_str(), &[("person", person)]).await;
    callback(&browser.follow(answer, CALLBACK).await)
}

/// Goes through the provider's pages, which know who comes.
async fn sign_in_with_hint(start: &LoginStart, person: &str) -> CallbackParameters {
    let mut browser = Browser::new();
    let page = browser.get(&format!("{}&login_hint={person}", start.authorization_url)).await;
    callback(&browser.follow(page, CALLBACK).await)
}

async fn begin(adapter: &OidcIdentityProvider) -> LoginStart {
    adapter.begin().await.unwrap_or_else(|error| panic!("{error}"))
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
fn assert_invalid_grant(result: Result<VerifiedIdentity, IdentityError>) {
    assert!(
        matches!(result, Err(IdentityError::ProviderRefused { ref error, .. }) if error == "invalid_grant"),
        "{:?}",
        result.err()
    );
}

#[tokio::test]
async fn people_sign_in_with_every_accepted_algorithm() {
    let third_party = ThirdParty::start().await;
    // RS256 with a client secret, and public clients with ES256, PS256 and EdDSA.
    for client_id in ["plenum", "plenum-es", "plenum-ps", "plenum-ed"] {
        let adapter = third_party.adapter(client_id, TimeDelta::zero());
        let start = begin(&adapter).await;
        let parameters = sign_in(&start, ADA).await;
        assert_eq!(parameters.state.as_deref(), Some(start.state.as_str()), "{client_id}");
        assert_eq!(parameters.iss.as_deref(), Some(third_party.issuer.as_str()), "{client_id}");
        let identity = adapter
            .finish(parameters, expected(&start))
            .await
            .unwrap_or_else(|error| panic!("{client_id}: {error}"));
        assert_eq!(identity.issuer, third_party.issuer);
        assert_eq!(identity.subject, ADA);
        assert_eq!(identity.name.as_deref(), Some("Ada Lovelace"));
        assert_eq!(identity.andrew_id.as_deref(), Some("ada"));
        assert_eq!(identity.email.as_deref(), Some("ada@example.org"));
        assert!(identity.email_verified);
    }
}

#[tokio::test]
async fn a_person_without_the_claim_is_known_by_the_user_name() {
    let third_party = ThirdParty::start().await;
    let adapter = third_party.adapter("plenum", TimeDelta::zero());
    assert!(adapter.check().await.is_ok());
    let begun = Instant::now();
    let start = begin(&adapter).await;
    let parameters = sign_in_with_hint(&start, "subject-of-amalie").await;
    let identity =
        adapter.finish(parameters, expected(&start)).await.unwrap_or_else(|error| panic!("{error}"));
    println!("a whole login: {:?}", begun.elapsed());
    assert_eq!(identity.name.as_deref(), Some("Amalie Nöther 数学"));
    assert_eq!(identity.andrew_id.as_deref(), Some("anoether"));
    assert!(!identity.email_verified);
    let sign_out = adapter.end_session_url().expect("offered");
    assert!(sign_out.starts_with(&third_party.issuer), "{sign_out}");
}

#[tokio::test]
async fn what_does_not_belong_together_is_refused() {
    let third_party = ThirdParty::start().await;
    let adapter = third_party.adapter("plenum", TimeDelta::zero());
    let other = begin(&adapter).await;

    let start = begin(&adapter).await;
    let parameters = sign_in_with_hint(&start, ADA).await;
    assert_ne!(parameters.state.as_deref(), Some(other.state.as_str()));
    assert!(adapter.finish(parameters.clone(), expected(&start)).await.is_ok());
    assert_invalid_grant(adapter.finish(parameters, expected(&start)).await);

    // One browser's answer handed in for another's attempt.
    let start = begin(&adapter).await;
    let parameters = sign_in_with_hint(&start, ADA).await;
    assert_invalid_grant(adapter.finish(parameters, expected(&other)).await);

    let start = begin(&adapter).await;
    let parameters = sign_in_with_hint(&start, ADA).await;
    let mut wrong = expected(&start);
    wrong.nonce.clone_from(&other.nonce);
    assert_refused(adapter.finish(parameters, wrong).await, Refusal::NonceMismatch);

    for (iss, refusal) in
        [(None, Refusal::IssuerMissing), (Some("http://127.0.0.1:9".to_owned()), Refusal::IssuerMixedUp)]
    {
        let start = begin(&adapter).await;
        let parameters = CallbackParameters { iss, ..sign_in_with_hint(&start, ADA).await };
        assert_refused(adapter.finish(parameters, expected(&start)).await, refusal);
    }

    // Another client's adapter: same provider, but neither its code nor its token.
    let public = third_party.adapter("plenum-ed", TimeDelta::zero());
    let start = begin(&adapter).await;
    let parameters = sign_in_with_hint(&start, ADA).await;
    assert_invalid_grant(public.finish(parameters, expected(&start)).await);

    let declined = CallbackParameters {
        code: None,
        error: Some("access_denied".to_owned()),
        iss: Some(third_party.issuer.clone()),
        ..CallbackParameters::default()
    };
    let result = adapter.finish(declined, expected(&start)).await;
    assert!(matches!(result, Err(IdentityError::ProviderRefused { error, .. }) if error == "access_denied"));
}

#[tokio::test]
async fn a_clock_far_off_is_noticed() {
    let third_party = ThirdParty::start().await;
    for (ahead, refusal) in
        [(TimeDelta::hours(2), Refusal::TokenExpired), (TimeDelta::hours(-1), Refusal::TokenFromTheFuture)]
    {
        let adapter = third_party.adapter("plenum", ahead);
        let start = begin(&adapter).await;
        let parameters = sign_in_with_hint(&start, ADA).await;
        assert_refused(adapter.finish(parameters, expected(&start)).await, refusal);
    }
}
