//! Every step with an event, in every state it can be in: what follows, and what is refused with which code.

use std::collections::BTreeSet;

use axum::http::Method;
use plenum_domain::event::WrongMove;
use serde_json::{Value, json};

use super::{Hall, motion};
use crate::problem::section;

/// The states, in the order of the columns below.
const STATES: [&str; 5] = ["draft", "active", "closed", "released", "annulled"];

/// The steps, and what each answers in each state; `ok` where it is taken or changes nothing.
const MOVES: [(&str, [&str; 5]); 11] = [
    ("open", ["ok", "ok", "open_after_close", "open_after_close", "open_after_annulment"]),
    ("close", ["close_before_opening", "ok", "ok", "ok", "close_after_annulment"]),
    ("release", ["release_before_opening", "release_before_close", "ok", "ok", "release_after_annulment"]),
    ("annul", ["annul_before_opening", "ok", "ok", "ok", "annul_twice"]),
    (
        "extend",
        ["extend_before_opening", "ok", "extend_after_close", "extend_after_close", "extend_after_annulment"],
    ),
    (
        "share",
        ["share_before_opening", "ok", "share_after_close", "share_after_release", "share_after_annulment"],
    ),
    (
        "unshare",
        ["share_before_opening", "ok", "share_after_close", "share_after_release", "share_after_annulment"],
    ),
    (
        "tie",
        [
            "tie_before_close",
            "tie_before_close",
            "no_tie_to_decide",
            "tie_after_release",
            "tie_after_annulment",
        ],
    ),
    ("votes", ["vote_before_opening", "ok", "event_not_active", "event_not_active", "vote_after_annulment"]),
    ("change", ["ok", "event_not_draft", "event_not_draft", "event_not_draft", "event_not_draft"]),
    ("delete", ["ok", "event_not_draft", "event_not_draft", "event_not_draft", "event_not_draft"]),
];

/// An event in a state, with an end a while ahead.
async fn event_in(hall: &Hall, state: &str) -> i64 {
    let mut body = motion();
    body["end_time"] = json!("2026-03-01T21:00:00Z");
    let event = hall.draft(&body).await;
    let steps: &[&str] = match state {
        "draft" => &[],
        "active" | "annulled" => &["open"],
        "closed" => &["open", "close"],
        _ => &["open", "close", "release"],
    };
    for step in steps {
        hall.step(event, step).await;
    }
    if state == "annulled" {
        let path = format!("/api/v1/events/{event}/annul");
        let reply = hall.post(&path, &hall.chair, &json!({"reason": "The text was wrong."})).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
    event
}

#[tokio::test]
async fn every_wrong_move_is_refused_with_its_own_code_and_says_what_would_be_right() {
    let hall = Hall::full(1).await;
    let mut met: BTreeSet<String> = BTreeSet::new();
    for (step, answers) in MOVES {
        for (state, expected) in STATES.into_iter().zip(answers) {
            let path = format!("/api/v1/events/{}", event_in(&hall, state).await);
            let body: Value = match step {
                "annul" => json!({"reason": "The text was wrong."}),
                "extend" => json!({"seconds": 60}),
                "tie" => json!({"choice": "yes"}),
                "votes" => json!({"vote_response": ["yes"]}),
                "change" => json!({"name": "Another text"}),
                _ => json!({}),
            };
            let reply = match step {
                "change" => hall.send(Method::PATCH, &path, &hall.chair, &body).await,
                "delete" => hall.world.call(Method::DELETE, &path).by(&hall.chair).send().await,
                _ => hall.post(&format!("{path}/{step}"), &hall.chair, &body).await,
            };
            let place = format!("{step} of an event that is {state}");
            if expected == "ok" {
                assert!(reply.status.as_u16() < 300, "{place}: {}", reply.text());
                continue;
            }
            assert_eq!(reply.problem(), (409, expected.to_owned()), "{place}");
            let problem = reply.json();
            let told = problem["detail"].as_str().unwrap_or_default();
            if let Some(wrong) = WrongMove::ALL.into_iter().find(|wrong| wrong.code() == expected) {
                assert_eq!(told, wrong.to_string(), "{place}");
                met.insert(expected.to_owned());
            }
            assert!(!told.is_empty() && section(expected).is_some(), "{place}: {problem}");
        }
    }
    let all: BTreeSet<String> = WrongMove::ALL.map(|wrong| wrong.code().to_owned()).into();
    assert_eq!(met, all, "every wrong move is met above");
}
