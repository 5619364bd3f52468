//! What operators see, what browsers are told, and what is never written down.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::routing::get;
use plenum_ports::Store;
use tower::ServiceExt;

use super::world::World;

#[tokio::test]
async fn every_answer_protects_the_browser() {
    let world = World::new();
    for path in
        ["/", "/api/docs", "/api/openapi.json", "/api/v1/me", "/nothing", "/healthz", "/auth/callback"]
    {
        let reply = world.get(path).send().await;
        assert!(reply.header("content-security-policy").starts_with("default-src 'none'"), "{path}");
        assert!(reply.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(reply.header("cache-control"), "no-store", "{path}");
        assert_eq!(reply.header("x-request-id").len(), 24, "{path}");
    }
}

#[tokio::test]
async fn the_server_says_how_it_is() {
    let world = World::new();
    let person = world.person("zng").await;
    assert_eq!(world.get("/healthz").send().await.status, 200);
    assert_eq!(world.get("/readyz").send().await.status, 200);
    world.get("/api/v1/organizations/7").by(&person).send().await;
    world.get("/nothing/SECRET").send().await;
    let text = world.get("/metrics").send().await;
    let text = text.text();
    for line in [
        "plenum_http_requests_total{method=\"GET\",route=\"/api/v1/organizations/{id}\",status=\"404\"} 1",
        "plenum_http_requests_total{method=\"GET\",route=\"unmatched\",status=\"404\"} 1",
        "plenum_http_requests_in_flight 1",
        "plenum_use_case_tries_total{use_case=\"token.issue\",outcome=\"done\"} 1",
    ] {
        assert!(text.contains(line), "{line} is missing in\n{text}");
    }
    assert!(text.contains("plenum_http_request_duration_seconds_bucket{"));
    assert!(text.contains("plenum_use_case_duration_seconds_bucket{"));
    assert!(!text.contains("SECRET"));
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("the log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_has_one_line_for_each_request_and_no_secret() {
    let world = World::new();
    let cookie = world.sign_in("zng").await;
    let person = world.person("script").await;
    // With a single subscriber its interest in an event is decided by the thread that happens to come
    // first, which may be that of another test; with two, each event asks anew.
    let _second = tracing::Dispatch::new(tracing_subscriber::fmt().with_writer(io::sink).finish());
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    tracing::callsite::rebuild_interest_cache();
    let call = world.post("/api/v1/me/tokens").header("cookie", &cookie).same_origin();
    let made = call.header("idempotency-key", "KEY-SECRET").json(r#"{"name": "BODY-SECRET"}"#).await.json();
    world.get("/api/v1/me?join=QUERY-SECRET").by(&person).send().await;
    world.get("/api/v1/organizations/PATH-SECRET").by(&person).send().await;
    let reply = world.get("/auth/login?next=/QUERY-SECRET").send().await;
    drop(guard);
    let text = String::from_utf8(log.0.lock().expect("the log").clone()).expect("a text");
    assert_eq!(text.matches("answered").count(), 4, "{text}");
    let id = reply.header("x-request-id");
    let line = text.lines().find(|line| line.contains("answered") && line.contains(id)).expect("its line");
    for part in ["method=\"GET\"", "route=\"/auth/login\"", "status=303", "duration_ms="] {
        assert!(line.contains(part), "{line}");
    }
    let secret = cookie.split_once('=').expect("a cookie").1;
    for secret in ["SECRET", secret, &person.token, made["token"].as_str().expect("a token"), "state-"] {
        assert!(!text.contains(secret), "{secret} is in\n{text}");
    }
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_given_up() {
    let world = World::with(|settings| settings.request_timeout = Duration::from_millis(50));
    let person = world.person("zng").await;
    let held = world.store.begin().await.expect("a transaction");
    let reply = world.post("/api/v1/organizations").by(&person).json(r#"{"name": "x"}"#).await;
    assert_eq!(reply.problem(), (503, "timeout".to_owned()));
    assert_eq!(reply.header("retry-after"), "1");
    drop(held);
    let list = world.get("/api/v1/organizations").by(&person).send().await.json();
    assert_eq!(list["items"].as_array().map(Vec::len), Some(0), "nothing was done");
    assert_eq!(world.post("/api/v1/organizations").by(&person).json(r#"{"name": "x"}"#).await.status, 201);
}

#[tokio::test]
async fn a_panic_is_a_problem_like_any_other() {
    let handler = async || -> &'static str { panic!("SECRET") };
    let router: axum::Router = axum::Router::new()
        .route("/", get(handler))
        .layer(tower_http::catch_panic::CatchPanicLayer::custom(crate::problem::panicked));
    let request = axum::http::Request::new(axum::body::Body::empty());
    let response = router.oneshot(request).await.expect("an answer");
    assert_eq!(response.status(), 500);
    let body = http_body_util::BodyExt::collect(response.into_body()).await.expect("a body").to_bytes();
    let text = std::str::from_utf8(&body).expect("a text");
    assert!(text.contains("\"internal\"") && !text.contains("SECRET"), "{text}");
}

#[tokio::test]
async fn pages_need_nothing_from_elsewhere() {
    let world = World::new();
    let page = world.get("/api/docs").send().await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
    for wrong in
        ["<script", "<img", "<link", "<style", "style=", "src=", "href=\"http", "href=\"//", "@import"]
    {
        assert!(!page.text().contains(wrong), "{wrong} on the page about the API");
    }
    let front = world.get("/").send().await;
    assert_eq!((front.status.as_u16(), front.header("content-type")), (200, "text/html; charset=utf-8"));
    for wrong in ["<style", "style=", "href=\"http", "src=\"http", "href=\"//", "@import", "unsafe"] {
        assert!(!front.text().contains(wrong), "{wrong} on the front page");
        assert!(!front.header("content-security-policy").contains(wrong), "{wrong} is allowed");
    }
    assert!(front.text().contains("href=\"/auth/login") && front.text().contains("href=\"/api/docs\""));
}
