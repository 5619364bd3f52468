//! Events from draft to annulment.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Hall, motion, refusal};

#[tokio::test]
async fn an_event_is_answered_with_everything_filled_in() {
    let hall = Hall::of(0).await;
    let body = json!({
        "event_type": "motion", "name": "Amend article 4", "end_time": "2026-03-01T22:00:00+01:00",
        "data": {"threshold": "2/3", "secrecy": "roll_call"},
    });
    let reply = hall.post(&hall.at("/events"), &hall.chair, &body).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    let event = reply.json();
    let expected = json!({
        "id": event["id"], "session_id": hall.session, "event_type": "motion", "name": "Amend article 4",
        "status": "inactive", "state": "draft",
        "start_time": "2026-03-01T19:00:00Z", "end_time": "2026-03-01T21:00:00Z",
        "data": {
            "description": "", "session_code": hall.code, "vote_type": "motion",
            "vote_options": ["yes", "no", "abstain"], "threshold": "2/3",
            "visibility": {"participants": "hidden_until_release"}, "proxy": true, "secrecy": "roll_call",
            "method": {
                "name": "majority", "threshold": "2/3", "comparison": "at_least",
                "base": "votes_cast_without_abstentions",
                "in_favour": "yes", "against": "no", "abstain": "abstain",
            },
        },
        "created_by_user_id": hall.chair.id, "created_at": "2026-03-01T19:00:00Z",
        "opened_at": null, "closed_at": null, "released_at": null, "annulled_at": null,
        "annulment_reason": null,
    });
    assert_eq!(event, expected);
    let seen = hall.get(&format!("/api/v1/events/{}", event["id"]), &hall.chair).await;
    assert_eq!(seen.json(), expected);
    let list = hall.get(&hall.at("/events?limit=1"), &hall.chair).await.json();
    assert_eq!(list, json!({"items": [expected], "next": null}));
}

#[tokio::test]
async fn what_is_wrong_with_an_event_is_named() {
    let hall = Hall::of(1).await;
    for (body, fields) in [
        (json!({}), vec!["event_type"]),
        (json!({"event_type": "poll", "name": "x"}), vec!["event_type"]),
        (json!({"event_type": "motion", "name": ""}), vec!["name"]),
        (json!({"event_type": "motion", "name": "x", "colour": 1}), vec!["colour"]),
        (json!({"event_type": "motion", "name": "x", "start_time": "tomorrow"}), vec!["start_time"]),
        (
            json!({
                "event_type": "motion", "name": "x",
                "start_time": "2026-03-01T20:00:00Z", "end_time": "2026-03-01T20:00:00Z",
            }),
            vec!["end_time"],
        ),
        (json!({"event_type": "election", "name": "x"}), vec!["data.vote_options"]),
        (
            json!({"event_type": "motion", "name": "x", "data": {"threshold": "7/3", "secrecy": "open"}}),
            vec!["data.secrecy", "data.method.threshold"],
        ),
        (json!({"event_type": "motion", "name": "x", "data": {"threshold": "most"}}), vec!["data.threshold"]),
        (json!({"event_type": "motion", "name": "x", "data": {"treshold": 0.5}}), vec!["data.treshold"]),
    ] {
        let reply = hall.post(&hall.at("/events"), &hall.chair, &body).await;
        assert_eq!(reply.wrong_fields(), fields, "{body}");
    }
    assert_eq!(
        hall.post(&hall.at("/events"), &hall.members[0], &motion()).await.problem(),
        refusal(403, "forbidden")
    );
    assert_eq!(
        hall.post(&hall.at("/events"), &hall.stranger, &motion()).await.problem(),
        refusal(404, "not_found")
    );
}

#[tokio::test]
async fn a_draft_changes_where_something_is_said() {
    let hall = Hall::of(1).await;
    let mut body = motion();
    body["end_time"] = json!("2026-03-01T21:00:00Z");
    body["data"] = json!({"description": "As printed.", "threshold": "2/3"});
    let event = hall.draft(&body).await;
    let path = format!("/api/v1/events/{event}");
    let change = async |body: Value| hall.send(Method::PATCH, &path, &hall.chair, &body).await;
    let unchanged = hall.get(&path, &hall.chair).await.json();
    assert_eq!(change(json!({})).await.json(), unchanged);
    let renamed = change(json!({"name": "Amend article 5"})).await.json();
    assert_eq!((&renamed["name"], &renamed["end_time"]), (&json!("Amend article 5"), &unchanged["end_time"]));
    let endless = change(json!({"end_time": null})).await.json();
    assert!(endless["end_time"].is_null());
    let ended = change(json!({"end_time": "2026-03-01T22:00:00Z"})).await.json();
    assert_eq!(ended["end_time"], "2026-03-01T22:00:00Z");
    let amended = change(json!({"data": {"threshold": 0.75}})).await.json();
    assert_eq!(amended["data"]["description"], "As printed.");
    assert_eq!(amended["data"]["method"]["threshold"], 0.75);
    for (body, field) in [
        (json!({"name": null}), "name"),
        (json!({"start_time": null}), "start_time"),
        (json!({"data": null}), "data"),
        (json!({"event_type": "election"}), "event_type"),
        (json!({"end_time": "2026-03-01T18:00:00Z"}), "end_time"),
        (json!({"name": ""}), "name"),
    ] {
        assert_eq!(change(body.clone()).await.wrong_fields(), [field], "{body}");
    }
    let reply = hall.send(Method::PATCH, &path, &hall.members[0], &json!({"name": "x"})).await;
    assert_eq!(reply.problem(), refusal(403, "forbidden"));
    let delete = async || hall.world.call(Method::DELETE, &path).by(&hall.chair).send().await;
    assert_eq!(delete().await.status, 204);
    assert_eq!(delete().await.problem(), refusal(404, "not_found"));
}

#[tokio::test]
async fn an_event_goes_its_way_and_not_back() {
    let hall = Hall::full(1).await;
    let event = hall.draft(&motion()).await;
    let path = format!("/api/v1/events/{event}");
    let post = async |step: &str| hall.post(&format!("{path}/{step}"), &hall.chair, &json!({})).await;
    assert_eq!(post("close").await.problem(), refusal(409, "event_wrong_state"));
    let opened = hall.step(event, "open").await;
    assert_eq!((&opened["status"], &opened["state"]), (&json!("active"), &json!("active")));
    assert!(opened["opened_at"].is_string());
    let reply = hall.send(Method::PATCH, &path, &hall.chair, &json!({"name": "x"})).await;
    assert_eq!(reply.problem(), refusal(409, "event_not_draft"));
    let reply = hall.world.call(Method::DELETE, &path).by(&hall.chair).send().await;
    assert_eq!(reply.problem(), refusal(409, "event_not_draft"));
    assert_eq!(post("release").await.problem(), refusal(409, "event_wrong_state"));
    let closed = hall.step(event, "close").await;
    assert_eq!((&closed["status"], &closed["state"]), (&json!("inactive"), &json!("closed")));
    assert_eq!(closed["end_time"], closed["closed_at"]);
    let released = hall.step(event, "release").await;
    assert!(released["state"] == "released" && released["released_at"].is_string());
    assert_eq!(post("annul").await.wrong_fields(), ["reason"]);
    let reply = hall.post(&format!("{path}/annul"), &hall.chair, &json!({"reason": " "})).await;
    assert_eq!(reply.wrong_fields(), ["reason"]);
    let annulled =
        hall.post(&format!("{path}/annul"), &hall.chair, &json!({"reason": "Wrong text."})).await.json();
    assert_eq!(
        (&annulled["state"], &annulled["annulment_reason"]),
        (&json!("annulled"), &json!("Wrong text."))
    );
    assert!(annulled["annulled_at"].is_string() && annulled["released_at"].is_string());
    for step in ["open", "close", "release"] {
        let reply = hall.post(&format!("{path}/{step}"), &hall.members[0], &json!({})).await;
        assert_eq!(reply.problem(), refusal(403, "forbidden"), "{step}");
        let reply = hall.post(&format!("{path}/{step}"), &hall.stranger, &json!({})).await;
        assert_eq!(reply.problem(), refusal(404, "not_found"), "{step}");
    }
}
