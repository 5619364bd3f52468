//! Casting, and who voted how.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Hall, motion, refusal};

/// The instances of a person on an event.
async fn instances(hall: &Hall, event: i64, by: &super::Person) -> Value {
    hall.get(&format!("/api/v1/events/{event}/vote-instances"), by).await.json()["items"].clone()
}

#[tokio::test]
async fn one_vote_gives_one_receipt_and_stands() {
    let hall = Hall::full(1).await;
    let ann = &hall.members[0];
    let event = hall.open(&motion()).await;
    let own = instances(&hall, event, ann).await[0].clone();
    let expected = json!({
        "user_session_id": own["user_session_id"], "proxy": null, "proxy_for_user_id": null,
        "proxy_for_name": null, "weight": 1, "has_voted": false, "can_vote": true, "code": null, "detail": null,
    });
    assert_eq!(own, expected);
    let reply = hall.cast(event, ann, &json!({"vote_response": ["YES"]})).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    let receipt = reply.json();
    let expected = json!({
        "vote_id": receipt["id"], "id": receipt["vote_id"], "event_id": event,
        "user_session_id": own["user_session_id"], "cast_time": "2026-03-01T19:00:00Z",
        "data": {"proxy": false, "proxy_for_user_id": null, "vote_response": ["yes"]},
        "receipt": receipt["receipt"],
    });
    assert_eq!(receipt, expected);
    let promised = &receipt["receipt"];
    assert!(promised["id"].is_i64() && promised["leaf_hash"].as_str().is_some_and(|hash| hash.len() == 64));
    assert!(promised["note"].as_str().is_some_and(|note| note.starts_with("plenum receipt v1\n")));
    assert!(receipt["id"].is_i64());
    let again = hall.cast(event, ann, &json!({"vote_response": ["no"]})).await;
    assert_eq!(again.problem(), refusal(409, "already_voted"));
    let own = instances(&hall, event, ann).await[0].clone();
    assert_eq!(
        (&own["has_voted"], &own["can_vote"], &own["code"]),
        (&json!(true), &json!(false), &json!("already_voted"))
    );
}

#[tokio::test]
async fn a_weight_is_not_split_unless_the_rules_let_it() {
    let hall = Hall::full(2).await;
    let ann = &hall.members[0];
    let unsplit = hall.open(&motion()).await;
    let split = |yes: u32, no: u32| json!({"split": [{"weight": yes, "vote_response": ["yes"]}, {"weight": no, "vote_response": ["no"]}]});
    let reply = hall.cast(unsplit, ann, &split(3, 2)).await;
    assert_eq!(reply.problem(), refusal(409, "split_not_allowed"));
    for (body, fields) in [
        (json!({"split": []}), vec!["split"]),
        (
            json!({"split": [{"weight": 5, "vote_response": ["maybe"]}]}),
            vec!["split", "split[0].vote_response[0]"],
        ),
        (json!({"vote_response": ["yes"], "split": split(3, 2)["split"]}), vec!["split"]),
        (json!({"votes": [{"user_session_id": 1}]}), vec!["votes[0].vote_response"]),
        (json!({"all": true, "split": split(3, 2)["split"]}), vec!["split", "vote_response"]),
    ] {
        assert_eq!(hall.cast(unsplit, ann, &body).await.wrong_fields(), fields, "{body}");
    }
}

#[tokio::test]
async fn a_weight_is_split_where_the_rules_let_it() {
    let hall = Hall::full(2).await;
    let ann = &hall.members[0];
    let rules = hall.rules(&json!({"weights": {"split": true}})).await;
    assert_eq!(rules.status, 200, "{}", rules.text());
    let seat = format!("/api/v1/organizations/{}/members/{}", hall.organization().await, ann.id);
    let put =
        hall.send(Method::PUT, &seat, &hall.chair, &json!({"user_role": "member", "vote_weight": 5})).await;
    assert_eq!(put.status, 200, "{}", put.text());
    let event = hall.open(&motion()).await;
    let part = |weight: u32, choice: &str| json!({"weight": weight, "vote_response": [choice]});
    let split = |yes, no| json!({"split": [part(yes, "yes"), part(no, "no")]});
    assert_eq!(hall.cast(event, ann, &split(3, 1)).await.problem(), refusal(409, "split_not_whole"));
    let receipt = hall.cast(event, ann, &split(3, 2)).await;
    assert_eq!(receipt.status, 201, "{}", receipt.text());
    assert_eq!(receipt.json()["data"]["split"], split(3, 2)["split"]);
    hall.vote(event, &hall.members[1], "no").await;
    hall.step(event, "close").await;
    let results = hall.get(&format!("/api/v1/events/{event}/results"), &hall.chair).await.json();
    let figures =
        |at: usize| (results["options"][at]["voters"].clone(), results["options"][at]["votes"].clone());
    assert_eq!((figures(0), figures(1)), ((json!(1), json!(3)), (json!(2), json!(3))), "{results}");
    assert_eq!((&results["outcome"], &results["cast"]["people"]), (&json!("rejected"), &json!(2)));
}

#[tokio::test]
async fn several_votes_are_cast_at_once_or_not_at_all() {
    let hall = Hall::of(2).await;
    let (ann, bob) = (&hall.members[0], &hall.members[1]);
    let own = hall.join(ann).await[0]["id"].clone();
    let given = hall.proxy(bob, ann).await["user_session_id"].clone();
    let event = hall.open(&motion()).await;
    let held = instances(&hall, event, ann).await[1].clone();
    assert_eq!(held["proxy"], bob.id.to_string());
    assert_eq!(
        (&held["proxy_for_user_id"], &held["proxy_for_name"]),
        (&json!(bob.id), &json!("Person member1"))
    );
    let reply = hall.cast(event, ann, &json!({"vote_response": ["yes"]})).await;
    assert_eq!(reply.problem(), refusal(409, "instance_required"));
    let wrong = json!({"votes": [
        {"user_session_id": own, "vote_response": ["yes"]}, {"user_session_id": given, "vote_response": ["maybe"]},
    ]});
    assert_eq!(hall.cast(event, ann, &wrong).await.wrong_fields(), ["votes[1].vote_response[0]"]);
    let twice = json!({"votes": [
        {"user_session_id": own, "vote_response": ["yes"]}, {"user_session_id": own, "vote_response": ["no"]},
    ]});
    assert_eq!(hall.cast(event, ann, &twice).await.problem(), refusal(409, "instance_twice"));
    let foreign = json!({"votes": [
        {"user_session_id": own, "vote_response": ["yes"]}, {"user_session_id": 9999, "vote_response": ["no"]},
    ]});
    assert_eq!(hall.cast(event, ann, &foreign).await.problem(), refusal(403, "not_your_instance"));
    let turnout = hall.get(&format!("/api/v1/events/{event}/turnout"), &hall.chair).await.json();
    assert_eq!(turnout["voted"], 0, "nothing of the refused requests was cast");
    let body = json!({"votes": [
        {"user_session_id": given, "vote_response": ["no"]}, {"user_session_id": own, "vote_response": ["yes"]},
    ]});
    let reply = hall.cast(event, ann, &body).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    let votes = reply.json()["votes"].clone();
    assert_eq!(votes.as_array().map(Vec::len), Some(2));
    assert_eq!((&votes[0]["user_session_id"], &votes[1]["user_session_id"]), (&given, &own));
    let data = json!({"proxy": true, "proxy_for_user_id": bob.id, "vote_response": ["no"]});
    assert_eq!(votes[0]["data"], data);
}

#[tokio::test]
async fn a_list_of_one_is_answered_with_a_list() {
    let hall = Hall::full(0).await;
    let event = hall.open(&motion()).await;
    let own = instances(&hall, event, &hall.chair).await[0]["user_session_id"].clone();
    let body = json!({"votes": [{"user_session_id": own, "vote_response": ["yes"]}]});
    let reply = hall.cast(event, &hall.chair, &body).await.json();
    assert_eq!(reply["votes"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_request_to_vote_has_one_of_two_forms() {
    let hall = Hall::full(0).await;
    let event = hall.open(&motion()).await;
    let paper = json!({"user_session_id": 1, "vote_response": ["yes"]});
    let many: Vec<&Value> = std::iter::repeat_n(&paper, 1001).collect();
    for (body, fields) in [
        (json!({}), vec!["vote_response"]),
        (json!({"user_session_id": 1}), vec!["vote_response"]),
        (json!({"vote_response": ["yes"], "votes": [paper]}), vec!["votes"]),
        (json!({"user_session_id": 1, "votes": [paper]}), vec!["user_session_id"]),
        (json!({"votes": []}), vec!["votes"]),
        (json!({"votes": many}), vec!["votes"]),
        (json!({"votes": [{"vote_response": ["yes"]}]}), vec!["votes[0].user_session_id"]),
        (json!({"vote_response": "yes"}), vec!["vote_response"]),
        (json!({"vote_response": []}), vec!["vote_response"]),
        (json!({"vote_response": ["yes", "no"]}), vec!["vote_response"]),
        (json!({"vote_response": ["maybe"]}), vec!["vote_response[0]"]),
        (json!({"vote_response": ["yes"], "weight": 3}), vec!["weight"]),
    ] {
        assert_eq!(hall.cast(event, &hall.chair, &body).await.wrong_fields(), fields, "{body}");
    }
}

#[tokio::test]
async fn a_lost_answer_is_given_again() {
    let hall = Hall::full(0).await;
    let event = hall.open(&motion()).await;
    let path = format!("/api/v1/events/{event}/votes");
    let send = async || {
        let call = hall.world.post(&path).by(&hall.chair).header("idempotency-key", "ballot-1");
        call.json(r#"{"vote_response": ["yes"]}"#).await
    };
    let (first, again) = (send().await, send().await);
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 201));
    assert_eq!(first.body, again.body);
}

#[tokio::test]
async fn who_may_not_vote_is_told_why() {
    let hall = Hall::of(1).await;
    let ann = &hall.members[0];
    hall.join(&hall.chair).await;
    let draft = hall.draft(&motion()).await;
    let body = json!({"vote_response": ["yes"]});
    assert_eq!(hall.cast(draft, &hall.chair, &body).await.problem(), refusal(409, "vote_before_opening"));
    hall.step(draft, "open").await;
    assert_eq!(hall.cast(draft, ann, &body).await.problem(), refusal(409, "not_present"));
    assert_eq!(hall.cast(draft, &hall.stranger, &body).await.problem(), refusal(404, "not_found"));
    assert_eq!(hall.cast(9999, ann, &body).await.problem(), refusal(404, "not_found"));
    hall.step(draft, "close").await;
    assert_eq!(hall.cast(draft, &hall.chair, &body).await.problem(), refusal(409, "event_not_active"));
}

#[tokio::test]
async fn the_roll_call_shows_names_when_it_may() {
    let hall = Hall::of(2).await;
    let (ann, bob) = (&hall.members[0], &hall.members[1]);
    hall.join(ann).await;
    let given = hall.proxy(bob, ann).await["user_session_id"].clone();
    let event = hall.open(&motion()).await;
    let body = json!({"user_session_id": given, "vote_response": ["no"]});
    assert_eq!(hall.cast(event, ann, &body).await.status, 201);
    let path = format!("/api/v1/events/{event}/votes");
    for by in [ann, &hall.chair] {
        assert_eq!(hall.get(&path, by).await.problem(), refusal(403, "votes_not_shown"));
    }
    hall.step(event, "close").await;
    assert_eq!(hall.get(&path, &hall.chair).await.problem(), refusal(403, "votes_not_shown"));
    hall.step(event, "release").await;
    let list = hall.get(&path, ann).await.json();
    let line = &list["items"][0];
    let expected = json!({
        "vote_id": line["vote_id"], "user_session_id": given,
        "user": {"id": ann.id, "name": "Person member0", "andrew_id": "member0"},
        "principal": {"id": bob.id, "name": "Person member1", "andrew_id": "member1"},
        "proxy": true, "vote_response": ["no"], "cast_time": "2026-03-01T19:00:00Z",
    });
    assert_eq!(list, json!({"items": [expected], "next": null}));
    let open = json!({
        "event_type": "motion", "name": "In the open",
        "data": {"secrecy": "roll_call", "visibility": {"participants": "live"}},
    });
    let event = hall.open(&open).await;
    let list = hall.get(&format!("/api/v1/events/{event}/votes"), ann).await;
    assert_eq!(list.json(), json!({"items": [], "next": null}));
}
