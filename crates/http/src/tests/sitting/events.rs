//! Events from draft to annulment.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Hall, motion, refusal};

/// An event as it is answered where it is not looked at: without the server's clock, and without what its result waits for.
fn alone(event: &Value) -> Value {
    assert_eq!(event["server_time"], "2026-03-01T19:00:00Z");
    assert_eq!(event["awaits_decision"], false);
    let mut event = event.clone();
    for field in ["server_time", "awaits_decision"] {
        event.as_object_mut().expect("an event").remove(field);
    }
    event
}

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
            "automatic_open": false,
        },
        "created_by_user_id": hall.chair.id, "created_at": "2026-03-01T19:00:00Z",
        "opened_at": null, "closed_at": null, "released_at": null, "annulled_at": null,
        "annulment_reason": null, "annulment_code": null,
    });
    assert_eq!(event, expected);
    let seen = hall.get(&format!("/api/v1/events/{}", event["id"]), &hall.chair).await;
    assert_eq!(alone(&seen.json()), expected);
    let list = hall.get(&hall.at("/events?limit=1"), &hall.chair).await.json();
    assert_eq!((alone(&list["items"][0]), &list["next"]), (expected, &json!(null)));
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
    assert_eq!(change(json!({})).await.json(), alone(&unchanged));
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
    assert_eq!(post("close").await.problem(), refusal(409, "close_before_opening"));
    let opened = hall.step(event, "open").await;
    assert_eq!((&opened["status"], &opened["state"]), (&json!("active"), &json!("active")));
    assert!(opened["opened_at"].is_string());
    let reply = hall.send(Method::PATCH, &path, &hall.chair, &json!({"name": "x"})).await;
    assert_eq!(reply.problem(), refusal(409, "event_not_draft"));
    let reply = hall.world.call(Method::DELETE, &path).by(&hall.chair).send().await;
    assert_eq!(reply.problem(), refusal(409, "event_not_draft"));
    assert_eq!(post("release").await.problem(), refusal(409, "release_before_close"));
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

#[tokio::test]
async fn a_vote_is_put_with_one_call_and_given_more_time() {
    let hall = Hall::full(2).await;
    let quick = async |body: Value| hall.post(&hall.at("/quick-votes"), &hall.chair, &body).await;
    let put = quick(json!({"preset": "straw poll", "name": "A break now?", "duration": 60})).await;
    assert_eq!(put.status, 201, "{}", put.text());
    let event = put.json();
    assert_eq!((&event["name"], &event["state"]), (&json!("A break now?"), &json!("active")));
    assert_eq!(event["end_time"], "2026-03-01T19:01:00Z");
    assert_eq!(event["data"]["rules"]["version"], 1, "the event names the rules it was opened under");
    for (body, field) in [
        (json!({}), "preset"),
        (json!({"preset": "Raffle"}), "preset"),
        (json!({"preset": "Straw poll", "duration": 4}), "duration"),
        (json!({"preset": "Straw poll", "name": ""}), "name"),
    ] {
        assert_eq!(quick(body.clone()).await.wrong_fields(), [field], "{body}");
    }
    let path = format!("/api/v1/events/{}", event["id"]);
    let step = async |step: &str, body: Value| hall.post(&format!("{path}/{step}"), &hall.chair, &body).await;
    let longer = step("extend", json!({"seconds": 30})).await.json();
    assert_eq!(longer["end_time"], "2026-03-01T19:01:30Z");
    let until = step("extend", json!({"end_time": "2026-03-01T19:05:00Z"})).await.json();
    assert_eq!(until["end_time"], "2026-03-01T19:05:00Z");
    let earlier = step("extend", json!({"end_time": "2026-03-01T19:02:00Z"})).await;
    assert_eq!(earlier.problem(), refusal(409, "extension_not_later"));
    assert_eq!(step("extend", json!({})).await.wrong_fields(), ["seconds"]);
    let hidden = step("unshare", json!({})).await.json();
    assert_eq!(hidden["data"]["visibility"]["participants"], "hidden_until_release");
    let shown = step("share", json!({})).await.json();
    assert_eq!(shown["data"]["visibility"]["participants"], "live");
}

#[tokio::test]
async fn a_motion_has_a_text_with_a_trail() {
    let hall = Hall::full(2).await;
    let event = hall.draft(&motion()).await;
    let path = format!("/api/v1/events/{event}");
    let body = json!({"mover_user_id": hall.members[0].id, "text": "Buy 20 chairs."});
    let written = hall.send(Method::PUT, &format!("{path}/motion"), &hall.chair, &body).await.json();
    assert_eq!((&written["text"], &written["mover_user_id"]), (&body["text"], &body["mover_user_id"]));
    let amend = json!({"replaces": "20", "inserts": "30"});
    let amendment = hall.post(&format!("{path}/amendments"), &hall.chair, &amend).await;
    assert_eq!(amendment.status, 201, "{}", amendment.text());
    let amendment = amendment.json()["id"].clone();
    let step = async |event: &Value, step: &str| {
        let path = format!("/api/v1/events/{event}/{step}");
        hall.post(&path, &hall.chair, &json!({})).await
    };
    step(&amendment, "open").await;
    let yes = json!({"vote_response": ["yes"]});
    hall.post(&format!("/api/v1/events/{amendment}/votes"), &hall.members[1], &yes).await;
    step(&amendment, "close").await;
    assert_eq!(step(&json!(event), "open").await.problem(), refusal(409, "amendment_pending"));
    step(&amendment, "release").await;
    let shown = hall.get(&format!("{path}/motion"), &hall.members[1]).await.json();
    assert_eq!(
        (&shown["text"], &shown["amended_by_event_ids"]),
        (&json!("Buy 30 chairs."), &json!([amendment]))
    );
    let made_by = json!({"event_id": amendment, "replaces": "20", "inserts": "30"});
    assert_eq!(shown["versions"][1]["amendment"], made_by);

    let withdraw = format!("{path}/withdraw");
    let other = hall.post(&withdraw, &hall.members[1], &json!({})).await;
    assert_eq!(other.problem(), refusal(403, "not_the_mover"));
    assert_eq!(hall.post(&withdraw, &hall.members[0], &json!({"reason": "Enough."})).await.status, 204);
    assert_eq!(step(&json!(event), "open").await.problem(), refusal(409, "motion_withdrawn"));
    let again = hall.post(&format!("/api/v1/events/{amendment}/reconsider"), &hall.chair, &json!({})).await;
    assert_eq!(again.json()["name"], "Reconsideration: Amendment: Amend article 4");
}
