//! Tokens for some uses only, limits on how often somebody asks, and codes that strangers learn nothing from.

use serde_json::json;

use super::world::{Person, World};
use crate::Allowance;

const JOIN: &str = "/api/v1/sessions/join";

/// A sitting of an organization; its number and its code.
async fn sitting(world: &World, owner: &Person, rules: &str) -> (i64, String) {
    let body = format!(r#"{{"name": "Senate", "data": {{"rules": {rules}}}}}"#);
    let organization = world.post("/api/v1/organizations").by(owner).json(&body).await;
    assert_eq!(organization.status, 201, "{}", organization.text());
    let body = json!({"organization_id": organization.json()["id"], "title": "Sitting"}).to_string();
    let session = world.post("/api/v1/sessions").by(owner).json(&body).await.json();
    let code = session["join_code"].as_str().expect("the host sees the code").to_owned();
    (session["organization_id"].as_i64().expect("an id"), code)
}

async fn join(world: &World, by: &Person, code: &str) -> super::world::Reply {
    world.post(JOIN).by(by).json(&json!({"join_code": code}).to_string()).await
}

#[tokio::test]
async fn a_token_does_what_its_scopes_say() {
    let world = World::new();
    let owner = world.person("owner").await;
    let issue = async |by: &Person, body: &str| world.post("/api/v1/me/tokens").by(by).json(body).await;
    let made = issue(&owner, r#"{"name": "reader", "scopes": ["read"]}"#).await;
    assert_eq!((made.status.as_u16(), &made.json()["scopes"]), (201, &json!(["read"])));
    let token = made.json()["token"].as_str().expect("the secret").to_owned();
    let reader = Person { id: owner.id, token };
    assert_eq!(world.get("/api/v1/me").by(&reader).send().await.status, 200);
    for (path, body) in [
        ("/api/v1/organizations", r#"{"name": "X"}"#),
        (JOIN, r#"{"join_code": "ZZZZZZ"}"#),
        ("/api/v1/sessions", r#"{"organization_id": 1, "title": "X"}"#),
        ("/api/v1/me/tokens", r#"{"name": "wider"}"#),
    ] {
        let reply = world.post(path).by(&reader).json(body).await;
        assert_eq!(reply.problem(), (403, "token_scope".to_owned()), "{path}");
    }
    let made = issue(&owner, r#"{"name": "admin", "scopes": ["administer", "read"]}"#).await.json();
    let narrow = Person { id: owner.id, token: made["token"].as_str().expect("the secret").to_owned() };
    let wider = issue(&narrow, r#"{"name": "wider", "scopes": ["vote"]}"#).await;
    assert_eq!(wider.wrong_fields(), ["scopes"]);
    let same = issue(&narrow, r#"{"name": "as wide"}"#).await.json();
    assert_eq!(same["scopes"], json!(["read", "administer"]), "no wider than the token that asked");
    assert_eq!(issue(&owner, r#"{"name": "none", "scopes": []}"#).await.wrong_fields(), ["scopes"]);
}

#[tokio::test]
async fn who_asks_too_often_waits() {
    let world = World::with(|settings| settings.limits.token = Allowance { burst: 3, per_minute: 6 });
    let (busy, other) = (world.person("busy").await, world.person("other").await);
    for _ in 0..3 {
        assert_eq!(world.get("/api/v1/me").by(&busy).send().await.status, 200);
    }
    let refused = world.get("/api/v1/me").by(&busy).send().await;
    assert_eq!(refused.problem(), (429, "too_many_requests".to_owned()));
    assert_eq!(refused.header("retry-after"), "10");
    assert_eq!(world.get("/api/v1/me").by(&other).send().await.status, 200);
}

#[tokio::test]
async fn who_guesses_codes_is_shut_out() {
    let allowance = Allowance { burst: 3, per_minute: 6 };
    let world = World::with(|settings| settings.limits.misses_of_person = allowance);
    let (owner, guesser) = (world.person("owner").await, world.person("guesser").await);
    let (_, code) = sitting(&world, &owner, "{}").await;
    for wrong in ["ZZZZZ1", "ZZZZZ2"] {
        assert_eq!(join(&world, &guesser, wrong).await.problem(), (404, "not_found".to_owned()));
    }
    let right = join(&world, &guesser, &code).await;
    assert_eq!(right.problem(), (404, "not_found".to_owned()), "a code of others tells a stranger nothing");
    let shut = join(&world, &guesser, "ZZZZZ3").await;
    assert_eq!(shut.problem(), (429, "too_many_join_codes".to_owned()));
    assert!(shut.header("retry-after").parse::<u32>().is_ok_and(|seconds| (1..=10).contains(&seconds)));
    assert_eq!(join(&world, &owner, &code).await.status, 200);
    let metrics = world.get("/metrics").send().await;
    assert!(metrics.text().contains("plenum_join_misses_total 3"), "{}", metrics.text());
    assert!(metrics.text().contains(r#"plenum_join_shut_out_total{breaker="person"} 1"#));
}

#[tokio::test]
async fn guesses_are_counted_for_all_servers_together() {
    let allowance = Allowance { burst: 3, per_minute: 6 };
    let mut world = World::with(|settings| settings.limits.misses_of_person = allowance);
    let guesser = world.person("guesser").await;
    for wrong in ["ZZZZZ2", "ZZZZZ3", "ZZZZZ4"] {
        assert_eq!(join(&world, &guesser, wrong).await.problem(), (404, "not_found".to_owned()));
        world.another_server();
    }
    let shut = join(&world, &guesser, "ZZZZZ5").await;
    assert_eq!(shut.problem(), (429, "too_many_join_codes".to_owned()), "elsewhere, too");
    world.store.advance(chrono::TimeDelta::seconds(10));
    assert_eq!(join(&world, &guesser, "ZZZZZ5").await.status, 404, "one more after a while");
    assert_eq!(join(&world, &guesser, "ZZZZZ6").await.status, 429);
}

#[tokio::test]
async fn members_come_in_while_the_breaker_is_tripped() {
    let allowance = Allowance { burst: 4, per_minute: 6 };
    let world = World::with(|settings| settings.limits.misses_of_all = allowance);
    let (owner, guest) = (world.person("owner").await, world.person("guest").await);
    let (_, code) = sitting(&world, &owner, r#"{"joining": "anyone"}"#).await;
    for (at, name) in ["a", "b", "c", "d"].into_iter().enumerate() {
        let guesser = world.person(name).await;
        assert_eq!(join(&world, &guesser, &format!("ZZZZZ{}", at + 2)).await.status, 404);
    }
    for tried in [code.as_str(), "ZZZZZ9"] {
        let shut = join(&world, &guest, tried).await;
        assert_eq!(shut.problem(), (429, "too_many_join_codes".to_owned()), "right and wrong look alike");
    }
    let started = std::time::Instant::now();
    assert_eq!(join(&world, &owner, &code).await.status, 200);
    assert!(started.elapsed() < std::time::Duration::from_secs(1));
    let metrics = world.get("/metrics").send().await;
    assert!(metrics.text().contains(r#"plenum_join_shut_out_total{breaker="all"} 2"#), "{}", metrics.text());
}

#[tokio::test]
async fn a_code_is_shown_to_who_is_in_or_runs_the_sitting() {
    let world = World::new();
    let (owner, member) = (world.person("owner").await, world.person("member").await);
    let (organization, code) = sitting(&world, &owner, "{}").await;
    let path = format!("/api/v1/organizations/{organization}/members");
    let body = r#"{"andrew_id": "member", "user_role": "member"}"#;
    assert_eq!(world.post(&path).by(&owner).json(body).await.status, 201);
    let seen =
        async |by: &Person| world.get("/api/v1/sessions").by(by).send().await.json()["items"][0].clone();
    assert_eq!(seen(&member).await["join_code"], json!(null));
    assert_eq!(seen(&owner).await["join_code"], code);
    let session = seen(&owner).await["id"].clone();
    let events = format!("/api/v1/sessions/{session}/events");
    let motion = r#"{"event_type": "motion", "name": "Motion"}"#;
    assert_eq!(world.post(&events).by(&owner).json(motion).await.json()["data"]["session_code"], code);
    let listed = async |by: &Person| world.get(&events).by(by).send().await.json()["items"][0].clone();
    assert!(listed(&member).await["data"].get("session_code").is_none_or(serde_json::Value::is_null));
    assert_eq!(join(&world, &member, &code).await.status, 200);
    assert_eq!(seen(&member).await["join_code"], code);
    assert_eq!(listed(&member).await["data"]["session_code"], code);
}

#[tokio::test]
async fn people_are_not_found_out_by_number_where_the_directory_is_closed() {
    let world = World::closed();
    let (owner, stranger) = (world.person("owner").await, world.person("stranger").await);
    let organization = world.organization(&owner).await;
    let path = format!("/api/v1/organizations/{organization}/members/{}", stranger.id);
    let put = || world.call(axum::http::Method::PUT, &path).by(&owner);
    let refused = put().json(r#"{"user_role": "member"}"#).await;
    assert_eq!(refused.problem(), (404, "not_found".to_owned()));
    assert!(!refused.text().contains("stranger"));
    let members = format!("/api/v1/organizations/{organization}/members");
    let body = r#"{"andrew_id": "stranger", "user_role": "member"}"#;
    assert_eq!(world.post(&members).by(&owner).json(body).await.status, 201);
    assert_eq!(put().json(r#"{"user_role": "observer"}"#).await.status, 200, "known by now");
}
