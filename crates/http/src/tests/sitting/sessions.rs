//! Sittings, attendance and proxies.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Hall, refusal};

#[tokio::test]
async fn a_session_from_its_opening_to_its_end() {
    let hall = Hall::of(1).await;
    let member = &hall.members[0];
    let seen = hall.get(&hall.at(""), &hall.chair).await.json();
    let expected = json!({
        "id": hall.session, "organization_id": seen["organization_id"], "organization_name": "Student Senate",
        "join_code": hall.code, "title": "March assembly", "status": "open",
        "created_by_user_id": hall.chair.id, "created_at": "2026-03-01T19:00:00Z", "closed_at": null,
        "user_role": "owner", "host": true, "participant": false, "permitted": seen["permitted"],
        "server_time": "2026-03-01T19:00:00Z",
    });
    assert_eq!(seen, expected);
    assert!(seen["permitted"].as_array().is_some_and(|all| all.contains(&json!("conduct_events"))));
    let seen = hall.get(&hall.at(""), member).await.json();
    assert_eq!((&seen["host"], &seen["user_role"]), (&json!(false), &json!("member")));
    for (step, status) in [("lock", "locked"), ("lock", "locked"), ("open", "open"), ("close", "closed")] {
        let reply = hall.post(&hall.at(&format!("/{step}")), &hall.chair, &json!({})).await.json();
        assert_eq!(reply["status"], status);
        assert_eq!(reply["closed_at"].is_string(), status == "closed");
    }
    let reply = hall.post(&hall.at("/open"), &hall.chair, &json!({})).await;
    assert_eq!(reply.problem(), refusal(409, "session_closed"));
    for step in ["lock", "open", "close"] {
        let path = hall.at(&format!("/{step}"));
        assert_eq!(hall.post(&path, member, &json!({})).await.problem(), refusal(403, "forbidden"));
        assert_eq!(hall.post(&path, &hall.stranger, &json!({})).await.problem(), refusal(404, "not_found"));
    }
}

#[tokio::test]
async fn sessions_are_opened_by_those_who_may() {
    let hall = Hall::of(1).await;
    let organization = hall.get(&hall.at(""), &hall.chair).await.json()["organization_id"].clone();
    let body = json!({"organization_id": organization, "title": "x"});
    let path = "/api/v1/sessions";
    assert_eq!(hall.post(path, &hall.members[0], &body).await.problem(), refusal(403, "forbidden"));
    assert_eq!(hall.post(path, &hall.stranger, &body).await.problem(), refusal(404, "not_found"));
    let body = json!({"organization_id": organization, "title": " "});
    assert_eq!(hall.post(path, &hall.chair, &body).await.wrong_fields(), ["title"]);
    let body = json!({"organization_id": "1", "title": "x"});
    assert_eq!(hall.post(path, &hall.chair, &body).await.wrong_fields(), ["organization_id"]);
}

#[tokio::test]
async fn sessions_are_listed_for_those_who_may_see_them() {
    let hall = Hall::of(1).await;
    let items = |reply: Value| reply["items"].as_array().map(Vec::len);
    let organization = hall.get(&hall.at(""), &hall.chair).await.json()["organization_id"].clone();
    for (query, count) in [
        (String::new(), 1),
        (format!("?organization_id={organization}"), 1),
        ("?organization_id=999".to_owned(), 0),
    ] {
        let list = hall.get(&format!("/api/v1/sessions{query}"), &hall.members[0]).await.json();
        assert_eq!(items(list), Some(count), "{query}");
    }
    assert_eq!(items(hall.get("/api/v1/sessions", &hall.stranger).await.json()), Some(0));
    let reply = hall.get("/api/v1/sessions?organization_id=x", &hall.chair).await;
    assert_eq!(reply.wrong_fields(), ["organization_id"]);
    assert_eq!(hall.get(&hall.at(""), &hall.stranger).await.problem(), refusal(404, "not_found"));
}

#[tokio::test]
async fn people_join_with_the_code_and_leave() {
    let hall = Hall::of(2).await;
    let member = &hall.members[0];
    let typed = format!(" {}-{} ", hall.code[..3].to_lowercase(), &hall.code[3..]);
    let reply = hall.post("/api/v1/sessions/join", member, &json!({"join_code": typed})).await.json();
    assert_eq!(reply["session"]["organization_name"], "Student Senate");
    assert_eq!(reply["session"]["participant"], true);
    let own = &reply["user_sessions"][0];
    let expected = json!({
        "id": own["id"], "user_id": member.id, "session_id": hall.session, "proxy": null,
        "join_left": "joined", "timestamp": "2026-03-01T19:00:00Z",
    });
    assert_eq!(*own, expected);
    assert_eq!(hall.join(member).await, json!([expected]), "joining twice changes nothing");
    let left = hall.post(&hall.at("/leave"), member, &json!({})).await.json();
    assert_eq!((&left["user_id"], &left["join_left"]), (&json!(member.id), &json!("left")));
    assert_eq!(left["user_sessions"][0]["join_left"], "left");
    for (code, fields) in [("", ["join_code"]), ("ABC", ["join_code"]), ("ABCDE!", ["join_code"])] {
        let reply = hall.post("/api/v1/sessions/join", member, &json!({"join_code": code})).await;
        assert_eq!(reply.wrong_fields(), fields, "{code}");
    }
    let unknown = hall.post("/api/v1/sessions/join", member, &json!({"join_code": "ZZZZZZ"})).await;
    assert_eq!(unknown.problem(), refusal(404, "not_found"));
    let body = json!({"join_code": hall.code});
    let reply = hall.post("/api/v1/sessions/join", &hall.stranger, &body).await;
    assert_eq!(reply.problem(), refusal(404, "not_found"), "a code tells a stranger nothing");
    hall.post(&hall.at("/lock"), &hall.chair, &json!({})).await;
    let reply = hall.post("/api/v1/sessions/join", &hall.members[1], &body).await;
    assert_eq!(reply.problem(), refusal(409, "session_locked"));
    hall.join(member).await;
    hall.post(&hall.at("/close"), &hall.chair, &json!({})).await;
    let closed = hall.post("/api/v1/sessions/join", member, &body).await;
    assert_eq!(closed.text(), unknown.text(), "a closed session is not told from an unknown code");
}

#[tokio::test]
async fn the_attendance_says_who_is_in_and_for_whom() {
    let hall = Hall::of(3).await;
    let (ann, bob, eve) = (&hall.members[0], &hall.members[1], &hall.members[2]);
    hall.join(ann).await;
    hall.proxy(bob, ann).await;
    let seen = hall.get(&hall.at("/attendance"), ann).await.json();
    let expected = json!({
        "session_id": hall.session, "at": null, "headcount": 1,
        "quorum": {"entitled": 4, "present": 2, "required": 0, "missing": 0, "met": true},
        "quorum_in_words": "No quorum is required; 2 of 4 entitled are present or represented.",
        "voting_strength": {"entitled": 4, "present": 2}, "next": null,
        "attendees": [{
            "user_id": ann.id, "name": "Person member0", "andrew_id": "member0", "user_role": "member",
            "join_left": "joined", "since": "2026-03-01T19:00:00Z", "present": true,
            "intervals": [{"from": "2026-03-01T19:00:00Z", "until": null}], "corrected": false, "removed": false,
            "is_proxy_holder": true, "proxy_for": [{"user_id": bob.id, "name": "Person member1"}],
            "represented_by": null,
        }, {
            "user_id": bob.id, "name": "Person member1", "andrew_id": "member1", "user_role": "member",
            "join_left": null, "since": null, "present": false, "intervals": [], "corrected": false, "removed": false,
            "is_proxy_holder": false, "proxy_for": [],
            "represented_by": {"user_id": ann.id, "name": "Person member0"},
        }],
    });
    assert_eq!(seen, expected);
    let before = hall.get(&hall.at("/attendance?at=2026-03-01T18:59:59Z"), ann).await.json();
    assert_eq!((&before["headcount"], &before["quorum"]["present"]), (&json!(0), &json!(0)));
    assert_eq!(hall.get(&hall.at("/attendance?at=noon"), ann).await.wrong_fields(), ["at"]);
    assert_eq!(hall.get(&hall.at("/attendance"), eve).await.problem(), refusal(403, "forbidden"));
    assert_eq!(hall.get(&hall.at("/attendance"), &hall.stranger).await.problem(), refusal(404, "not_found"));
}

#[tokio::test]
async fn the_host_marks_and_removes() {
    let hall = Hall::of(2).await;
    let (ann, bob) = (&hall.members[0], &hall.members[1]);
    let path = hall.at(&format!("/attendance/{}", ann.id));
    let mark = async |status: &str, by| hall.send(Method::PUT, &path, by, &json!({"status": status})).await;
    let reply = mark("present", &hall.chair).await.json();
    assert_eq!(
        (&reply["join_left"], &reply["user_sessions"][0]["join_left"]),
        (&json!("joined"), &json!("joined"))
    );
    assert_eq!(mark("absent", &hall.chair).await.json()["join_left"], "left");
    assert_eq!(mark("late", &hall.chair).await.wrong_fields(), ["status"]);
    assert_eq!(mark("absent", bob).await.problem(), refusal(403, "forbidden"));
    let remove = async |by| hall.world.call(Method::DELETE, &path).by(by).send().await;
    assert_eq!(remove(bob).await.problem(), refusal(403, "forbidden"));
    assert_eq!(remove(&hall.chair).await.status, 204);
    let reply = hall.post("/api/v1/sessions/join", ann, &json!({"join_code": hall.code})).await;
    assert_eq!(reply.problem(), refusal(403, "removed_from_session"));
    let seen = hall.get(&hall.at("/attendance"), &hall.chair).await.json();
    assert_eq!(seen["attendees"][0]["removed"], true);
    assert_eq!(mark("present", &hall.chair).await.json()["join_left"], "joined");
    let nobody = hall.at(&format!("/attendance/{}", hall.stranger.id));
    let reply = hall.send(Method::PUT, &nobody, &hall.chair, &json!({"status": "present"})).await;
    assert_eq!(reply.problem(), refusal(404, "not_found"));
}

#[tokio::test]
async fn proxies_are_given_listed_and_revoked() {
    let hall = Hall::of(3).await;
    let (ann, bob, eve) = (&hall.members[0], &hall.members[1], &hall.members[2]);
    hall.join(ann).await;
    let given = hall.proxy(bob, ann).await;
    let expected = json!({
        "id": given["id"], "session_id": hall.session, "event_id": null, "from": null, "until": null,
        "span_proxy_id": null, "principal_user_id": bob.id, "holder_user_id": ann.id, "status": "active",
        "awaits": null, "user_session_id": given["user_session"]["id"], "created_by_user_id": bob.id,
        "created_at": "2026-03-01T19:00:00Z", "stands_since": "2026-03-01T19:00:00Z", "ended_at": null,
        "revoked_at": null,
        "user_session": {
            "id": given["user_session_id"], "user_id": ann.id, "session_id": hall.session,
            "proxy": bob.id.to_string(), "join_left": "joined", "timestamp": "2026-03-01T19:00:00Z",
        },
    });
    assert_eq!(given, expected);
    let instances = hall.join(ann).await;
    assert_eq!(instances.as_array().map(Vec::len), Some(2));
    for (principal, holder, by, code) in [
        (bob, eve, bob, refusal(409, "proxy_already_given")),
        (eve, eve, eve, refusal(409, "proxy_to_oneself")),
        (eve, ann, eve, refusal(409, "proxy_limit_reached")),
        (ann, eve, ann, refusal(409, "proxy_chain")),
        (eve, ann, bob, refusal(403, "forbidden")),
        (eve, ann, &hall.stranger, refusal(404, "not_found")),
    ] {
        let body = json!({"principal_user_id": principal.id, "holder_user_id": holder.id});
        assert_eq!(hall.post(&hall.at("/proxies"), by, &body).await.problem(), code, "{body}");
    }
    let body = json!({"principal_user_id": eve.id, "holder_user_id": hall.stranger.id});
    assert_eq!(hall.post(&hall.at("/proxies"), eve, &body).await.wrong_fields(), ["holder_user_id"]);
    hall.join(bob).await;
    let list = hall.get(&hall.at("/proxies?limit=1"), ann).await.json();
    assert_eq!(list["items"][0]["status"], "suspended");
    assert_eq!(list["items"][0]["principal"]["name"], "Person member1");
    assert_eq!(list["items"][0]["holder"]["andrew_id"], "member0");
    assert!(list["next"].is_null());
    let path = hall.at(&format!("/proxies/{}", given["id"]));
    let revoke = async |by| hall.world.call(Method::DELETE, &path).by(by).send().await;
    assert_eq!(revoke(eve).await.problem(), refusal(403, "forbidden"));
    assert_eq!(revoke(bob).await.status, 204);
    assert_eq!(revoke(bob).await.problem(), refusal(409, "proxy_already_revoked"));
    let list = hall.get(&hall.at("/proxies"), &hall.chair).await.json();
    assert_eq!(list["items"][0]["status"], "revoked");
    assert!(list["items"][0]["revoked_at"].is_string());
    let path = hall.at("/proxies/999");
    assert_eq!(hall.world.call(Method::DELETE, &path).by(&hall.chair).send().await.status, 404);
}
