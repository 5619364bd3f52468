//! The API description: complete, fresh, and true.

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::{Value, json};

use super::world::World;
use crate::docs_page::{examples, operations};

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");

/// Routes that describe the description.
const NOT_DESCRIBED: [&str; 2] = ["/api/docs", "/api/openapi.json"];

/// Whether a route is for programs; all others are pages for people, whose tests are beside them.
fn is_for_programs(path: &str) -> bool {
    let operator = ["/healthz", "/readyz", "/metrics"];
    path.starts_with("/api/") || path.starts_with("/auth/") || operator.contains(&path)
}

fn document() -> Value {
    json!(crate::openapi())
}

/// A path with some value for every variable.
fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "1" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

#[test]
fn the_committed_description_is_fresh() {
    let fresh = crate::openapi::to_json(&crate::openapi());
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        std::fs::write(COMMITTED, &fresh).expect("docs/openapi.json can be written");
    }
    let committed = std::fs::read_to_string(COMMITTED).unwrap_or_default();
    assert!(committed == fresh, "docs/openapi.json is stale: UPDATE_GENERATED=1 cargo test -p plenum-http");
}

/// The router is asked which paths it has, and each path which methods; both must be described.
#[tokio::test]
async fn every_route_is_described() {
    let world = World::new();
    let debug = format!("{:?}", world.router);
    let paths: BTreeSet<&str> =
        debug.split('"').filter(|text| is_for_programs(text) && !NOT_DESCRIBED.contains(text)).collect();
    let methods = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let mut answering = BTreeSet::new();
    for path in paths {
        for method in &methods {
            let reply = world.call(method.clone(), &filled(path)).send().await;
            if reply.status != 405 {
                answering.insert((method.to_string(), path.to_owned()));
            }
        }
    }
    let described: BTreeSet<_> =
        operations(&document()).into_iter().map(|(method, path, _)| (method, path)).collect();
    assert!(answering.len() > 15, "{answering:?}");
    assert_eq!(answering, described);
}

#[test]
fn every_operation_has_examples_and_a_unique_name() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let at = format!("{method} {path}");
        assert!(operation["summary"].is_string(), "{at} has no summary");
        assert!(ids.insert(operation["operationId"].to_string()), "{at}: the operationId is taken");
        assert!(operation["tags"][0].is_string(), "{at} has no tag");
        let mut media: Vec<&Value> = Vec::new();
        media
            .extend(operation["requestBody"]["content"].as_object().into_iter().flat_map(|map| map.values()));
        let responses = operation["responses"].as_object().expect("responses");
        assert!(responses.contains_key("default"), "{at} says nothing of problems");
        for response in responses.values() {
            media.extend(response["content"].as_object().into_iter().flat_map(|map| map.values()));
        }
        for media in media {
            assert!(!examples(media).is_empty(), "{at} has no example for {}", media["schema"]);
        }
    }
}

/// Every schema that is referred to is there.
#[test]
fn no_reference_leads_nowhere() {
    let document = document();
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().expect("a pointer");
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
}

/// What the examples say is accepted: sent to something that is not there, they are read before it is missed.
#[tokio::test]
async fn every_example_of_a_request_is_accepted() {
    let world = World::new();
    let person = world.person("zng").await;
    for (method, path, operation) in operations(&document()) {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let path = filled(&path);
        let Some(media) = operation.pointer("/requestBody/content/application~1json") else { continue };
        for example in examples(media) {
            let reply = world.call(method.clone(), &path).by(&person).json(&example.to_string()).await;
            assert!(reply.status.is_success() || reply.status == 404, "{path}: {}", reply.text());
        }
    }
}

#[tokio::test]
async fn nothing_of_the_api_is_open_to_anyone() {
    let world = World::new();
    for (method, path, _) in operations(&document()) {
        if !path.starts_with("/api/v1/") {
            continue;
        }
        let call = world.call(Method::from_bytes(method.as_bytes()).expect("a method"), &filled(&path));
        assert_eq!(call.json("{}").await.problem(), (401, "not_signed_in".to_owned()), "{method} {path}");
    }
}

#[tokio::test]
async fn the_description_is_served() {
    let world = World::new();
    let reply = world.get("/api/openapi.json").send().await;
    assert_eq!(reply.header("content-type"), "application/json");
    assert_eq!(reply.json(), document());
    let page = world.get("/api/docs").send().await;
    for (method, path, _) in operations(&document()) {
        assert!(page.text().contains(&format!("<code>{method} {path}</code>")), "{method} {path}");
    }
}

#[test]
fn it_is_said_how_to_sign_in_and_how_to_repeat() {
    let document = document();
    for (method, path, operation) in operations(&document) {
        let api = path.starts_with("/api/v1/");
        assert_eq!(operation["security"].is_array(), api, "{method} {path}");
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let has_key = parameters.into_iter().any(|parameter| parameter["name"] == "Idempotency-Key");
        assert_eq!(has_key, api && method == "POST", "{method} {path}");
    }
    for way in ["token", "cookie"] {
        assert!(document["components"]["securitySchemes"][way].is_object(), "{way}");
    }
}
