//! What is wrong with a request is said precisely.

use axum::http::Method;

use super::world::World;

#[tokio::test]
async fn malformed_json_is_told_by_line_and_column() {
    let world = World::new();
    let owner = world.person("owner").await;
    for (body, place) in [
        ("{", "line 1, column 1"),
        ("{\n  \"name\": \"x\",\n}", "line 3, column 1"),
        ("{\"name\": \"x\"} trailing", "line 1, column 15"),
        ("{\"name\": \"\\ud800\"}", "line 1"),
        ("not json", "line 1, column 2"),
    ] {
        let reply = world.post("/api/v1/organizations").by(&owner).json(body).await;
        assert_eq!(reply.problem(), (400, "malformed_json".to_owned()), "{body}");
        assert!(reply.text().contains(place), "{}", reply.text());
    }
    let deep = "[".repeat(100_000);
    let reply = world.post("/api/v1/organizations").by(&owner).json(&deep).await;
    assert_eq!(reply.problem(), (400, "malformed_json".to_owned()));
    let call = world.post("/api/v1/organizations").by(&owner).header("content-type", "application/json");
    assert_eq!(call.body(vec![b'"', 0xff, b'"']).await.problem(), (400, "malformed_json".to_owned()));
}

#[tokio::test]
async fn wrong_fields_are_named_by_their_path() {
    let world = World::new();
    let owner = world.person("owner").await;
    for (body, field) in [
        (r#"{"name": "x", "colour": 1}"#, "colour"),
        (r#"{"name": "x", "data": {"colour": 1}}"#, "data.colour"),
        (r#"{"name": "x", "data": {"rules": {"quorum": {"colour": 1}}}}"#, "data.rules.quorum.colour"),
        (r#"{"name": 7}"#, "name"),
        (r#"{"name": null}"#, "name"),
        (r#"{"data": {}}"#, "name"),
        ("{}", "name"),
        (r#"{"name": ""}"#, "name"),
        (r#"{"name": "a\u0000b"}"#, "name"),
        (r#"{"name": "x", "data": {"rules": {"joining": "nobody"}}}"#, "data.rules.joining"),
        (r#"{"name": "x", "data": {"rules": {"quorum": {"count": -1}}}}"#, "data.rules.quorum.count"),
        (r#"{"name": "x", "name": "y"}"#, "name"),
        (r#"{"name": "x", "data": {"rules": {}, "rules": {}}}"#, "data.rules"),
        (r#"{"name": "x", "data": {"rules": [{"a": 1, "a": 2}]}}"#, "data.rules[0].a"),
    ] {
        let reply = world.post("/api/v1/organizations").by(&owner).json(body).await;
        assert_eq!(reply.wrong_fields(), [field], "{body}");
    }
    let reply = world.post("/api/v1/organizations").by(&owner).send().await;
    assert_eq!(reply.wrong_fields(), ["name"], "no body at all");
    let long = format!(r#"{{"name": "{}"}}"#, "ż".repeat(201));
    let reply = world.post("/api/v1/organizations").by(&owner).json(&long).await;
    assert!(reply.text().contains("at most 200 characters"), "{}", reply.text());
}

#[tokio::test]
async fn only_json_is_read() {
    let world = World::new();
    let owner = world.person("owner").await;
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""] {
        let call = world.post("/api/v1/organizations").by(&owner).header("content-type", kind);
        let reply = call.body(r#"{"name": "x"}"#).await;
        assert_eq!(reply.problem(), (415, "unsupported_media_type".to_owned()), "{kind}");
    }
    for kind in ["application/json; charset=utf-8", "Application/JSON", "application/merge-patch+json"] {
        let call = world.post("/api/v1/organizations").by(&owner).header("content-type", kind);
        assert_eq!(call.body(r#"{"name": "x"}"#).await.status, 201, "{kind}");
    }
}

#[tokio::test]
async fn too_much_is_refused_and_rosters_may_be_larger() {
    let world = World::new();
    let owner = world.person("owner").await;
    let id = world.organization(&owner).await;
    let long = |bytes: usize| format!(r#"{{"csv": "{}"}}"#, "x".repeat(bytes));
    let path = format!("/api/v1/organizations/{id}/members");
    let reply = world.post(&path).by(&owner).json(&long(2 << 20)).await;
    assert_eq!(reply.problem(), (413, "too_large".to_owned()));
    let import = format!("{path}/import");
    assert_eq!(world.post(&import).by(&owner).json(&long(2 << 20)).await.wrong_fields(), ["csv"]);
    let reply = world.post(&import).by(&owner).json(&long(9 << 20)).await;
    assert_eq!(reply.problem(), (413, "too_large".to_owned()));
}

#[tokio::test]
async fn ids_that_cannot_be_are_not_found() {
    let world = World::new();
    let owner = world.person("owner").await;
    let id = world.organization(&owner).await;
    for wrong in ["x", "0", "-1", "+1", "1.0", "99999999999999999999", "%00", "1%20"] {
        let reply = world.get(&format!("/api/v1/organizations/{wrong}")).by(&owner).send().await;
        assert_eq!(reply.problem(), (404, "not_found".to_owned()), "{wrong}");
    }
    let path = format!("/api/v1/organizations/{id}/members/x");
    assert_eq!(world.call(Method::DELETE, &path).by(&owner).send().await.status, 404);
}

#[tokio::test]
async fn lists_come_in_pieces() {
    let world = World::new();
    let owner = world.person("owner").await;
    for _ in 0..3 {
        world.organization(&owner).await;
    }
    let first = world.get("/api/v1/organizations?limit=2").by(&owner).send().await.json();
    assert_eq!(first["items"].as_array().map(Vec::len), Some(2));
    let next = first["next"].as_i64().expect("a cursor");
    let path = format!("/api/v1/organizations?limit=2&after={next}");
    let second = world.get(&path).by(&owner).send().await.json();
    assert_eq!(second["items"].as_array().map(Vec::len), Some(1));
    assert!(second["next"].is_null());
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=-1", "limit"),
        ("limit=x", "limit"),
        ("limit=", "limit"),
        ("after=x", "after"),
        ("limit=1&limit=2", "limit"),
        ("offset=3", "offset"),
        ("limit=200&page=2", "page"),
    ] {
        let reply = world.get(&format!("/api/v1/organizations?{query}")).by(&owner).send().await;
        assert_eq!(reply.wrong_fields(), [field], "{query}");
    }
    assert_eq!(world.get("/api/v1/organizations?limit=200").by(&owner).send().await.status, 200);
}
