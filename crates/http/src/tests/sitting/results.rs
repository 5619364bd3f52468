//! Turnout and results.

use serde_json::json;

use super::{Hall, motion, refusal};

#[tokio::test]
async fn turnout_is_for_all_and_names_are_for_the_host() {
    let hall = Hall::full(2).await;
    let (ann, bob) = (&hall.members[0], &hall.members[1]);
    let event = hall.draft(&motion()).await;
    let path = format!("/api/v1/events/{event}/turnout");
    assert_eq!(hall.get(&path, &hall.chair).await.problem(), refusal(409, "no_result"));
    hall.step(event, "open").await;
    hall.vote(event, ann, "yes").await;
    let seen = hall.get(&path, bob).await.json();
    let expected = json!({
        "event_id": event, "state": "active", "entitled": 3, "present": 3, "voted": 1, "missing": null,
    });
    assert_eq!(seen, expected);
    let seen = hall.get(&format!("{path}?limit=1"), &hall.chair).await.json();
    assert_eq!(seen["missing"]["items"].as_array().map(Vec::len), Some(1));
    let next = seen["missing"]["next"].as_i64().expect("a cursor");
    let seen = hall.get(&format!("{path}?limit=1&after={next}"), &hall.chair).await.json();
    assert_eq!(seen["missing"]["items"][0]["name"], "Person member1");
    assert!(seen["missing"]["next"].is_null());
    assert_eq!(hall.get(&path, &hall.stranger).await.problem(), refusal(404, "not_found"));
}

#[tokio::test]
async fn a_hidden_result_is_hidden_until_its_release() {
    let hall = Hall::full(2).await;
    let ann = &hall.members[0];
    let event = hall.draft(&motion()).await;
    let path = format!("/api/v1/events/{event}/results");
    assert_eq!(hall.get(&path, &hall.chair).await.problem(), refusal(409, "no_result"));
    hall.step(event, "open").await;
    hall.vote(event, &hall.chair, "yes").await;
    hall.vote(event, ann, "no").await;
    hall.vote(event, &hall.members[1], "yes").await;
    for by in [&hall.chair, ann] {
        assert_eq!(hall.get(&path, by).await.problem(), refusal(403, "results_hidden"));
    }
    hall.step(event, "close").await;
    assert_eq!(hall.get(&path, ann).await.problem(), refusal(403, "results_hidden"));
    assert_eq!(hall.get(&path, &hall.chair).await.json()["outcome"], "adopted");
    hall.step(event, "release").await;
    let seen = hall.get(&path, ann).await.json();
    let options = json!([
        {"option": "yes", "voters": 2, "votes": 2, "percent": "66.7"},
        {"option": "no", "voters": 1, "votes": 1, "percent": "33.3"},
        {"option": "abstain", "voters": 0, "votes": 0, "percent": "0.0"},
    ]);
    let expected = json!({
        "event_id": event, "session_id": hall.session, "event_type": "motion", "name": "Amend article 4",
        "state": "released", "counted": true,
        "method": {
            "name": "majority", "threshold": 0.5, "comparison": "more_than",
            "base": "votes_cast_without_abstentions",
            "in_favour": "yes", "against": "no", "abstain": "abstain",
        },
        "options": options, "rounds": [{"round": 1, "options": options}],
        "entitled": {"people": 3, "weight": 3}, "present": {"people": 3, "weight": 3},
        "cast": {"people": 3, "weight": 3},
        "quorum": {"entitled": 3, "present": 3, "required": 0, "missing": 0, "met": true},
        "motion": {
            "in_favour": 2, "against": 1, "abstaining": 0, "threshold": 0.5, "comparison": "more_than",
            "base": "votes_cast_without_abstentions", "base_count": 3, "needed": 2,
        },
        "election": null, "awaiting": null, "decisions": [], "next_event_id": null, "next_office_id": null, "outcome": "adopted", "summary": seen["summary"],
    });
    assert_eq!(seen, expected);
    assert!(seen["summary"].as_str().is_some_and(|text| text.contains("2 in favour, 1 against")));
}

#[tokio::test]
async fn live_figures_name_no_winner() {
    let hall = Hall::full(1).await;
    let body = json!({
        "event_type": "election", "name": "Treasurer",
        "data": {"vote_options": ["Ann", "Bob"], "visibility": {"participants": "live"}},
    });
    let event = hall.open(&body).await;
    let path = format!("/api/v1/events/{event}/results");
    hall.vote(event, &hall.chair, "Ann").await;
    let seen = hall.get(&path, &hall.members[0]).await.json();
    assert_eq!((&seen["counted"], &seen["state"]), (&json!(false), &json!("active")));
    assert_eq!(seen["options"][0]["votes"], 1);
    for key in ["outcome", "summary", "election", "motion"] {
        assert!(seen[key].is_null(), "{key}");
    }
    hall.step(event, "close").await;
    let seen = hall.get(&path, &hall.members[0]).await.json();
    assert_eq!(seen["election"]["elected"], json!(["Ann"]));
    assert_eq!(seen["rounds"][0]["tally"], json!({"Ann": 1, "Bob": 0}));
    assert_eq!((&seen["counted"], &seen["outcome"]), (&json!(true), &json!("elected")));
}
