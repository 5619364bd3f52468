//! Organizations, members, rosters and the audit log over HTTP.

use axum::http::Method;
use serde_json::{Value, json};

use super::world::World;

#[tokio::test]
async fn an_organization_shows_its_rules_and_what_may_be_done() {
    let world = World::new();
    let (owner, stranger) = (world.person("owner").await, world.person("stranger").await);
    let id = world.organization(&owner).await;
    let path = format!("/api/v1/organizations/{id}");
    let shown = world.get(&path).by(&owner).send().await.json();
    assert_eq!(shown["user_role"], "owner");
    assert_eq!(shown["data"]["rules"]["motion"]["threshold"], json!(0.5));
    assert!(shown["permitted"].as_array().expect("a list").contains(&json!("manage_members")));
    let change = r#"{"data": {"description": "Ż", "rules": {"motion": {"threshold": "2/3"}}}}"#;
    let changed = world.call(Method::PATCH, &path).by(&owner).json(change).await.json();
    assert_eq!(changed["name"], "Student Senate");
    assert_eq!(changed["data"]["rules"]["motion"]["threshold"], "2/3");
    for method in [Method::GET, Method::PATCH] {
        let reply = world.call(method, &path).by(&stranger).json("{}").await;
        assert_eq!(reply.problem(), (404, "not_found".to_owned()));
    }
}

#[tokio::test]
async fn members_come_change_and_go() {
    let world = World::new();
    let (owner, zoe) = (world.person("owner").await, world.person("zoe").await);
    let id = world.organization(&owner).await;
    let path = format!("/api/v1/organizations/{id}/members/{}", zoe.id);
    let put = async |body: &str| world.call(Method::PUT, &path).by(&owner).json(body).await;
    let new = put(r#"{"user_role": "member"}"#).await;
    assert_eq!(new.status, 201);
    let member = new.json();
    let expected = json!({
        "organization_id": id, "user_id": zoe.id, "name": "Person zoe", "andrew_id": "zoe",
        "user_role": "member", "vote_weight": 1, "joined_at": "2026-03-01T19:00:00Z",
    });
    assert_eq!(member, expected);
    let changed = put(r#"{"user_role": "chair", "vote_weight": 3}"#).await;
    assert_eq!((changed.status.as_u16(), &changed.json()["vote_weight"]), (200, &json!(3)));
    let kept = put(r#"{"user_role": "observer"}"#).await.json();
    assert_eq!((&kept["user_role"], &kept["vote_weight"]), (&json!("observer"), &json!(3)));
    assert_eq!(put(r#"{"user_role": "king"}"#).await.wrong_fields(), ["user_role"]);
    assert_eq!(
        put(r#"{"user_role": "member", "vote_weight": 1000001}"#).await.wrong_fields(),
        ["vote_weight"]
    );

    let by_zoe = world.call(Method::PUT, &path).by(&zoe).json(r#"{"user_role": "owner"}"#).await;
    assert_eq!(by_zoe.problem(), (403, "forbidden".to_owned()));
    let me = world.get("/api/v1/me").by(&zoe).send().await.json();
    assert_eq!(me["memberships"][0]["user_role"], "observer");

    let alone = format!("/api/v1/organizations/{id}/members/{}", owner.id);
    let last = world.call(Method::DELETE, &alone).by(&owner).send().await;
    assert_eq!(last.problem(), (409, "last_owner".to_owned()));
    assert_eq!(world.call(Method::DELETE, &path).by(&zoe).send().await.status, 204, "one's own membership");
    assert_eq!(world.call(Method::DELETE, &path).by(&owner).send().await.problem().0, 404);
}

#[tokio::test]
async fn people_are_added_by_login_name() {
    let world = World::new();
    let (owner, stranger) = (world.person("owner").await, world.person("stranger").await);
    world.person("zoe").await;
    let id = world.organization(&owner).await;
    let path = format!("/api/v1/organizations/{id}/members");
    let body = r#"{"andrew_id": "ZOE", "user_role": "member", "vote_weight": 2}"#;
    let added = world.post(&path).by(&owner).json(body).await;
    assert_eq!((added.status.as_u16(), &added.json()["andrew_id"]), (201, &json!("zoe")));
    assert_eq!(world.post(&path).by(&owner).json(body).await.status, 200);
    let unknown = r#"{"andrew_id": "nobody", "user_role": "member"}"#;
    let reply = world.post(&path).by(&owner).json(unknown).await;
    assert!(reply.problem().0 == 404 && reply.text().contains("user"), "{}", reply.text());
    let wrong = r#"{"andrew_id": "a b", "user_role": "member", "vote_weight": 1000001}"#;
    assert_eq!(world.post(&path).by(&owner).json(wrong).await.wrong_fields(), ["andrew_id", "vote_weight"]);
    for body in [body, unknown] {
        let reply = world.post(&path).by(&stranger).json(body).await;
        assert!(reply.problem().0 == 404 && reply.text().contains("organization"), "{}", reply.text());
    }
}

#[tokio::test]
async fn a_roster_is_tried_before_it_is_taken() {
    let world = World::new();
    let owner = world.person("owner").await;
    let id = world.organization(&owner).await;
    let path = format!("/api/v1/organizations/{id}/members/import");
    let csv = "andrew_id,name,user_role,vote_weight\nowner,,owner,\nzoe,Zoë,,2\nbad,,king,\n";
    let send = async |body: Value| world.post(&path).by(&owner).json(&body.to_string()).await;
    let tried = send(json!({"csv": csv})).await.json();
    assert_eq!(tried["applied"], false, "a dry run unless said otherwise");
    let changes: Vec<_> = tried["rows"].as_array().expect("rows").iter().map(|row| &row["change"]).collect();
    assert_eq!(changes, ["unchanged", "new_person", "wrong"]);
    assert!(tried["rows"][2]["message"].is_string());
    let refused = send(json!({"csv": csv, "dry_run": false})).await;
    assert_eq!(refused.wrong_fields(), ["csv line 4"]);
    let csv = "andrew_id,name\nzoe,Zoë\n";
    assert_eq!(send(json!({"csv": csv, "dry_run": false})).await.json()["applied"], true);
    let members = world.get(&format!("/api/v1/organizations/{id}/members")).by(&owner).send().await.json();
    assert_eq!(members["items"][1]["name"], "Zoë");
}

#[tokio::test]
async fn the_audit_log_says_who_did_what() {
    let world = World::new();
    let (owner, zoe) = (world.person("owner").await, world.person("zoe").await);
    let id = world.organization(&owner).await;
    let member = format!("/api/v1/organizations/{id}/members/{}", zoe.id);
    world.call(Method::PUT, &member).by(&owner).json(r#"{"user_role": "member"}"#).await;
    let path = format!("/api/v1/organizations/{id}/audit");
    let log = world.get(&path).by(&owner).send().await.json();
    let entry = &log["items"][0];
    let expected = json!({
        "id": entry["id"],
        "at": "2026-03-01T19:00:00Z",
        "action": "member.put",
        "target": {"table": "organization_members", "id": zoe.id},
        "actor": {"user_id": owner.id, "role": "owner"},
        "session_id": null,
        "event_id": null,
        "changes": {
            "before": null,
            "after": {"user_id": zoe.id, "user_role": "member", "vote_weight": 1},
        },
    });
    assert_eq!(*entry, expected);
    assert_eq!(log["items"][1]["action"], "organization.create");
    assert_eq!(world.get(&path).by(&zoe).send().await.problem(), (403, "forbidden".to_owned()));
}

#[tokio::test]
async fn rules_come_in_versions_and_in_words() {
    let world = World::new();
    let (owner, stranger) = (world.person("owner").await, world.person("stranger").await);
    let id = world.organization(&owner).await;
    let path = format!("/api/v1/organizations/{id}");
    let rules = format!("{path}/rules");
    let change = async |body: Value| {
        let body = json!({"data": {"rules": body}}).to_string();
        world.call(Method::PATCH, &path).by(&owner).json(&body).await
    };
    let first = world.get(&rules).by(&owner).send().await.json();
    assert_eq!(first["version"], 1);
    let says = |document: &Value, setting: &str| {
        let statements = document["in_words"].as_array().expect("statements");
        let found = statements.iter().find(|one| one["setting"] == setting).expect("the setting");
        found["text"].as_str().expect("a text").to_owned()
    };
    assert_eq!(says(&first, "votes"), "A cast vote stands.");

    let changed = change(json!({"version": 1, "votes": {"may_be_changed": true}})).await.json();
    assert_eq!(changed["data"]["rules"]["version"], 2);
    let again = change(json!({"votes": {"may_be_changed": true}})).await.json();
    assert_eq!(again["data"]["rules"]["version"], 2, "nothing was changed");
    let late = change(json!({"version": 1, "votes": {"may_be_changed": false}})).await;
    assert_eq!(late.wrong_fields(), ["data.rules.version"]);
    let wrong = change(json!({
        "voters": {"users": [owner.id, stranger.id]}, "attendance": {"list": [stranger.id, 2_000_000]},
    }));
    assert_eq!(wrong.await.wrong_fields(), ["data.rules.voters.users", "data.rules.attendance.list"]);
    let committee = change(json!({"voters": {"committee": 2_000_000}})).await;
    assert_eq!(committee.wrong_fields(), ["data.rules.voters.committee"]);

    let versions = world.get(&format!("{rules}/versions")).by(&owner).send().await.json();
    let numbers: Vec<_> =
        versions["items"].as_array().expect("items").iter().map(|one| &one["version"]).collect();
    assert_eq!(numbers, [2, 1], "the newest first");
    let second = world.get(&format!("{rules}/versions/2")).by(&owner).send().await.json();
    assert_eq!(second["adopted_by_user_id"], owner.id);
    assert!(says(&second, "votes").starts_with("A cast vote may be changed"));
    let first = world.get(&format!("{rules}/versions/1")).by(&owner).send().await.json();
    assert_eq!(first["rules"]["votes"]["may_be_changed"], false);
    let missing = world.get(&format!("{rules}/versions/3")).by(&owner).send().await;
    assert_eq!(missing.problem(), (404, "not_found".to_owned()));
    let hidden = world.get(&format!("{rules}/versions/1")).by(&stranger).send().await;
    assert_eq!(hidden.problem(), (404, "not_found".to_owned()));
}
