//! `Idempotency-Key`: a lost answer is never a thing lost or done twice.

use super::world::World;

const KEY: &str = "idempotency-key";

#[tokio::test]
async fn the_same_request_has_the_same_answer() {
    let world = World::new();
    let owner = world.person("owner").await;
    let body = r#"{"name": "Senate"}"#;
    let send = || world.post("/api/v1/organizations").by(&owner).header(KEY, "k-1");
    let first = send().json(body).await;
    let again = send().json(body).await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 201));
    assert_eq!(first.body, again.body);
    assert_eq!(first.header("idempotency-replayed"), "");
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.header("content-type"), "application/json");
    let list = world.get("/api/v1/organizations").by(&owner).send().await.json();
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_key_belongs_to_one_request_of_one_person() {
    let world = World::new();
    let (owner, other) = (world.person("owner").await, world.person("other").await);
    let body = r#"{"name": "Senate"}"#;
    let first = world.post("/api/v1/organizations").by(&owner).header(KEY, "k").json(body).await;
    assert_eq!(first.status, 201);
    for (path, body) in [
        ("/api/v1/organizations", r#"{"name": "Another"}"#),
        ("/api/v1/organizations", r#"{"name":  "Senate"}"#),
        ("/api/v1/organizations?x=1", r#"{"name": "Senate"}"#),
        ("/api/v1/me/tokens", r#"{"name": "Senate"}"#),
    ] {
        let reply = world.post(path).by(&owner).header(KEY, "k").json(body).await;
        assert_eq!(reply.problem(), (422, "idempotency_key_reused".to_owned()), "{path} {body}");
    }
    let theirs = world.post("/api/v1/organizations").by(&other).header(KEY, "k").json(body).await;
    assert_eq!((theirs.status.as_u16(), theirs.header("idempotency-replayed")), (201, ""));
}

#[tokio::test]
async fn a_refusal_is_not_kept() {
    let world = World::new();
    let owner = world.person("owner").await;
    let path = "/api/v1/organizations/99/members/import";
    for _ in 0..2 {
        let reply = world.post(path).by(&owner).header(KEY, "k").json(r#"{"csv": "andrew_id\n"}"#).await;
        assert_eq!(reply.problem(), (404, "not_found".to_owned()));
    }
}

#[tokio::test]
async fn keys_have_a_form() {
    let world = World::new();
    let owner = world.person("owner").await;
    for key in ["", "a b", "ż", &"k".repeat(256)] {
        let call = world.post("/api/v1/organizations").by(&owner).header(KEY, key);
        assert_eq!(call.json(r#"{"name": "x"}"#).await.wrong_fields(), ["Idempotency-Key"], "{key}");
    }
    let call = world.post("/api/v1/organizations").by(&owner).header(KEY, "a").header(KEY, "b");
    assert_eq!(call.json(r#"{"name": "x"}"#).await.wrong_fields(), ["Idempotency-Key"]);
    let call = world.post("/api/v1/organizations").by(&owner).header(KEY, &"k".repeat(255));
    assert_eq!(call.json(r#"{"name": "x"}"#).await.status, 201);
}

#[tokio::test]
async fn the_secret_of_a_token_is_shown_once() {
    let world = World::new();
    let owner = world.person("owner").await;
    let body = r#"{"name": "script"}"#;
    let send = || world.post("/api/v1/me/tokens").by(&owner).header(KEY, "k");
    let first = send().json(body).await.json();
    let again = send().json(body).await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    let again = again.json();
    assert_eq!(first["id"], again["id"]);
    assert!(again["token"].is_null());
    let secret = first["token"].as_str().expect("a secret");
    let call = world.get("/api/v1/me").header("authorization", &format!("Bearer {secret}"));
    assert_eq!(call.send().await.status, 200);
}
