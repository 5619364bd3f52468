//! What can be taken away.

use axum::http::Method;
use serde_json::json;

use super::{Hall, motion, refusal};

/// A sitting with a proxy, a released motion and one that is still open.
async fn sitting() -> (Hall, i64, i64) {
    let hall = Hall::of(2).await;
    let (ann, bob) = (&hall.members[0], &hall.members[1]);
    hall.join(&hall.chair).await;
    let own = hall.join(ann).await[0]["id"].clone();
    let given = hall.proxy(bob, ann).await["user_session_id"].clone();
    let first = hall.open(&motion()).await;
    let body = json!({"votes": [
        {"user_session_id": own, "vote_response": ["yes"]}, {"user_session_id": given, "vote_response": ["yes"]},
    ]});
    assert_eq!(hall.cast(first, ann, &body).await.status, 201);
    hall.vote(first, &hall.chair, "no").await;
    hall.step(first, "close").await;
    hall.step(first, "release").await;
    let second = hall.open(&json!({"event_type": "motion", "name": "=cmd|' /C calc'!A0"})).await;
    hall.vote(second, &hall.chair, "no").await;
    (hall, first, second)
}

#[tokio::test]
async fn tables_have_their_columns_and_their_names() {
    let (hall, first, second) = sitting().await;
    let (chair, ann, bob) = (hall.chair.id, hall.members[0].id, hall.members[1].id);
    let now = "2026-03-01T19:00:00Z";
    let attendance = format!(
        "User ID,Name,Andrew ID,Is Proxy Holder,Proxy For,Role,Represented By,Present,Removed,Intervals\r\n\
         {chair},Person chair,chair,false,,owner,,true,false,{now}/\r\n\
         {ann},Person member0,member0,true,Person member1,member,,true,false,{now}/\r\n\
         {bob},Person member1,member1,false,,member,Person member0,false,false,\r\n"
    );
    let votes = format!(
        "Event ID,Event,Option,Count,Percent\r\n\
         {first},Amend article 4,yes,2,66.7\r\n\
         {first},Amend article 4,no,1,33.3\r\n\
         {first},Amend article 4,abstain,0,0.0\r\n"
    );
    for (name, expected) in [("attendance", attendance), ("votes", votes)] {
        let reply = hall.get(&hall.at(&format!("/exports/{name}.csv")), &hall.chair).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert_eq!(reply.text(), expected);
        assert_eq!(reply.header("content-type"), "text/csv; charset=utf-8; header=present");
        let file = format!("attachment; filename=\"{}_{name}.csv\"", hall.code);
        assert_eq!(reply.header("content-disposition"), file);
    }
    let results = hall.get(&hall.at("/exports/results.csv"), &hall.chair).await;
    let lines: Vec<&str> = results.text().split("\r\n").collect();
    assert_eq!(lines.len(), 4, "{lines:?}");
    let start = format!(
        "{first},Amend article 4,motion,released,{now},{now},{now},adopted,3,3,3,3,0,true,2,1,0,2,,\"The motion is adopted"
    );
    assert!(lines[1].starts_with(&start), "{}", lines[1]);
    assert_eq!(lines[2], format!("{second},'=cmd|' /C calc'!A0,motion,active,{now},,,,,,,,,,,,,,,"));
    let minutes = hall.get(&hall.at("/exports/minutes.csv"), &hall.chair).await;
    let opening = format!("Time,What\r\n{now},The session was opened.\r\n");
    assert!(minutes.text().starts_with(&opening), "{}", minutes.text());
    assert!(minutes.text().contains("Person member1 gave their vote to Person member0."));
    assert!(minutes.text().contains("The motion is adopted"));
}

#[tokio::test]
async fn documents_say_what_is_not_visible_yet() {
    let (hall, first, second) = sitting().await;
    let take = async |name: &str| {
        let reply = hall.get(&hall.at(&format!("/exports/{name}.json")), &hall.chair).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        let file = format!("attachment; filename=\"{}_{name}.json\"", hall.code);
        assert_eq!(reply.header("content-disposition"), file);
        assert_eq!(reply.json()["session"]["join_code"], hall.code);
        reply.json()
    };
    let attendance = take("attendance").await;
    assert_eq!(attendance["headcount"], 2);
    assert_eq!(attendance["attendees"].as_array().map(Vec::len), Some(3));
    let votes = take("votes").await;
    assert_eq!(
        (&votes["events"][0]["event_id"], &votes["events"][0]["visible"]),
        (&json!(first), &json!(true))
    );
    assert_eq!(votes["events"][0]["votes"].as_array().map(Vec::len), Some(3));
    let hidden = json!({
        "event_id": second, "name": "=cmd|' /C calc'!A0", "event_type": "motion", "state": "active",
        "visible": false, "options": null, "votes": null, "ballots": null,
    });
    assert_eq!(votes["events"][1], hidden);
    let results = take("results").await;
    assert_eq!(results["events"][0]["result"]["outcome"], "adopted");
    assert_eq!(results["events"][0]["result"]["options"][0]["percent"], "66.7");
    assert!(results["events"][1]["result"].is_null());
    let minutes = take("minutes").await;
    let decided = &minutes["events"][0];
    assert_eq!(decided["result"]["outcome"], "adopted");
    assert_eq!(decided["votes"].as_array().map(Vec::len), Some(3));
    assert_eq!(minutes["proxies"][0]["principal"]["andrew_id"], "member1");
    assert_eq!(minutes["headcount"], 2);
    let root = &minutes["log_root"];
    assert_eq!(root["words"].as_array().map(Vec::len), Some(12), "{root}");
    let head = hall.get(&hall.at("/log/head"), &hall.chair).await.json();
    assert_eq!(
        root["words"]
            .as_array()
            .map(|words| words.iter().filter_map(serde_json::Value::as_str).collect::<Vec<_>>().join(" "))
            .map(serde_json::Value::from)
            .as_ref(),
        Some(&head["words"]),
        "the minutes seal what is logged up to them"
    );
    assert_eq!(root["entries"], head["size"]);
    assert_eq!(
        (&minutes["events"][1]["result"], &minutes["events"][1]["votes"]),
        (&json!(null), &json!(null))
    );
    assert_eq!(
        minutes["entries"][0],
        json!({"time": "2026-03-01T19:00:00Z", "what": "The session was opened."})
    );
}

#[tokio::test]
async fn exports_are_for_the_host() {
    let (hall, ..) = sitting().await;
    for name in ["attendance", "votes", "results", "minutes"] {
        let text: &[&str] = if name == "minutes" { &["md", "html"] } else { &[] };
        for format in ["csv", "json", "pdf"].iter().chain(text) {
            let path = hall.at(&format!("/exports/{name}.{format}"));
            assert_eq!(
                hall.get(&path, &hall.members[0]).await.problem(),
                refusal(403, "forbidden"),
                "{path}"
            );
            assert_eq!(hall.get(&path, &hall.stranger).await.problem(), refusal(404, "not_found"), "{path}");
        }
        let path = hall.at(&format!("/exports/{name}.xlsx"));
        let reply = hall.get(&path, &hall.chair).await;
        assert_eq!(reply.problem(), refusal(406, "format_not_available"));
        assert!(reply.text().contains(&format!("{name}.csv, {name}.json, {name}.pdf")), "{}", reply.text());
        assert_eq!(hall.get(&path, &hall.stranger).await.problem(), refusal(404, "not_found"));
    }
    for file in ["attendance", "secrets.csv", "secrets.pdf", ".pdf", "votes.pdf.pdf"] {
        let reply = hall.get(&hall.at(&format!("/exports/{file}")), &hall.chair).await;
        assert_eq!(reply.problem(), refusal(404, "not_found"), "{file}");
    }
    let reply = hall.world.call(Method::DELETE, &hall.at("/exports/votes.csv")).by(&hall.chair).send().await;
    assert_eq!(reply.problem(), refusal(405, "method_not_allowed"));
}

#[tokio::test]
async fn papers_say_what_may_be_seen_and_no_more() {
    let (hall, ..) = sitting().await;
    let take = async |file: &str, kind: &str| {
        let reply = hall.get(&hall.at(&format!("/exports/{file}")), &hall.chair).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert_eq!(reply.header("content-type"), kind);
        let name = format!("attachment; filename=\"{}_{file}\"", hall.code);
        assert_eq!(reply.header("content-disposition"), name);
        reply.text().to_owned()
    };
    let attendance = take("attendance.pdf", "application/pdf").await;
    for words in
        ["Person member0", "votes for Person member1", "represented by Person member0", "not present"]
    {
        assert!(attendance.contains(words), "{words}: {attendance}");
    }
    let results = take("results.pdf", "application/pdf").await;
    for words in ["The motion is adopted", "voting is open", "Voting is still open.", "66.7"] {
        assert!(results.contains(words), "{words}: {results}");
    }
    assert!(!results.contains("Person member1"), "results name nobody");
    let votes = take("votes.pdf", "application/pdf").await;
    assert!(votes.contains("yes (2)") && votes.contains("Person member1 (by Person member0)"), "{votes}");
    for (file, kind) in [
        ("minutes.pdf", "application/pdf"),
        ("minutes.md", "text/markdown; charset=utf-8"),
        ("minutes.html", "text/html; charset=utf-8"),
    ] {
        let minutes = take(file, kind).await;
        for words in [
            "March assembly",
            "Amend article 4",
            "The motion is adopted",
            "two",
            "Proceedings",
            "Host",
            "UTC",
        ] {
            assert!(minutes.contains(words), "{file}: {words}: {minutes}");
        }
        // The second event is open: that the chair voted no on it must not be found anywhere.
        assert_eq!(minutes.matches("no (1)").count() + minutes.matches("no \\(1\\)").count(), 1, "{file}");
    }
}

#[tokio::test]
async fn odd_sittings_have_minutes_too() {
    let hall = Hall::of(1).await;
    let minutes = async || {
        let reply = hall.get(&hall.at("/exports/minutes.md"), &hall.chair).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.text().to_owned()
    };
    let text = minutes().await;
    assert!(text.contains("Nothing was put to the vote.") && text.contains("not yet; this is how it stood"));
    hall.join(&hall.chair).await;
    let name = "<b>'\"&` ".to_owned() + &"x".repeat(190);
    let empty = hall.open(&json!({"event_type": "motion", "name": name})).await;
    hall.step(empty, "close").await;
    let text = minutes().await;
    assert!(text.contains("> This result has not been released."), "{text}");
    assert!(text.contains("&lt;b\\>'\"&amp;\\` xxx") && !text.contains("<b"), "{text}");
    hall.step(empty, "release").await;
    let text = minutes().await;
    assert!(text.contains("Nobody voted.") && text.contains("| yes | 0 | zero | 0.0 |"), "{text}");
    let void = hall.open(&motion()).await;
    hall.vote(void, &hall.chair, "no").await;
    hall.step(void, "close").await;
    hall.step(void, "release").await;
    let path = format!("/api/v1/events/{void}/annul");
    let reply = hall.post(&path, &hall.chair, &json!({"reason": "# The wrong roll\n- again"})).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    hall.draft(&json!({"event_type": "motion", "name": "Never reached"})).await;
    let text = minutes().await;
    assert!(text.contains("UTC: \\# The wrong roll  \n> \\- again"), "{text}");
    assert!(text.contains("**no (1):** Person chair"), "an annulled vote is kept: {text}");
    assert!(text.contains("**Prepared and not put to the vote:** Never reached"), "{text}");
    let overview = hall.get(&hall.at("/exports/results.pdf"), &hall.chair).await;
    assert!(overview.text().contains("\"annulled\"") && !overview.text().contains("Never reached"));
    let reply = hall.post(&hall.at("/close"), &hall.chair, &json!({})).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let text = minutes().await;
    assert!(
        text.contains("- Closed: 2026-03-01 19:00 UTC\n") && text.contains("- People who came: 1\n"),
        "{text}"
    );
}

#[tokio::test]
async fn a_busy_press_says_when_to_come_back() {
    let mut hall = Hall::of(0).await;
    hall.world.busy_press();
    let reply = hall.get(&hall.at("/exports/minutes.pdf"), &hall.chair).await;
    assert_eq!(reply.problem(), refusal(503, "unavailable"));
    assert_eq!(reply.header("retry-after"), "5");
    let reply = hall.get(&hall.at("/exports/minutes.html"), &hall.chair).await;
    assert_eq!(reply.status, 200, "the other formats are not printed");
}

#[tokio::test]
async fn minutes_tell_who_moved_what_and_what_was_taken_back() {
    let hall = Hall::full(3).await;
    let (ann, bob, absent) = (&hall.members[0], &hall.members[1], &hall.members[2]);
    let event = hall.draft(&motion()).await;
    let path = format!("/api/v1/events/{event}");
    for text in ["Buy 20 chairs.", "Buy 30 chairs."] {
        let body = json!({"mover_user_id": ann.id, "seconder_user_id": bob.id, "text": text});
        assert_eq!(hall.send(Method::PUT, &format!("{path}/motion"), &hall.chair, &body).await.status, 200);
    }
    let lost = hall.draft(&json!({"event_type": "motion", "name": "Paint the hall"})).await;
    let by_ann = json!({"mover_user_id": ann.id});
    hall.send(Method::PUT, &format!("/api/v1/events/{lost}/motion"), &hall.chair, &by_ann).await;
    let withdraw = format!("/api/v1/events/{lost}/withdraw");
    assert_eq!(hall.post(&withdraw, ann, &json!({"reason": "Too dear."})).await.status, 204);
    assert_eq!(hall.post(&hall.at("/leave"), absent, &json!({})).await.status, 200);
    let only = json!({"principal_user_id": absent.id, "holder_user_id": ann.id, "event_id": event});
    assert_eq!(hall.post(&hall.at("/proxies"), absent, &only).await.status, 201);
    hall.step(event, "open").await;
    hall.vote(event, bob, "yes").await;
    hall.step(event, "close").await;
    hall.step(event, "release").await;

    let minutes = hall.get(&hall.at("/exports/minutes.json"), &hall.chair).await.json();
    let told = &minutes["events"][0]["motion"];
    assert_eq!((&told["mover"]["id"], &told["seconder"]["id"]), (&json!(ann.id), &json!(bob.id)));
    assert_eq!(told["versions"][1]["text"], "Buy 30 chairs.");
    assert_eq!(told["withdrawal"], json!(null));
    let withdrawal = &minutes["events"][1]["motion"]["withdrawal"];
    assert_eq!((&withdrawal["by"]["id"], &withdrawal["reason"]), (&json!(ann.id), &json!("Too dear.")));
    let text = hall.get(&hall.at("/exports/minutes.md"), &hall.chair).await;
    for told in [
        "- Moved by: Person member0\n",
        "- Seconded by: Person member1\n",
        "- Quorum: none required; 4 of 4 entitled present or represented, 1 voted\n",
        "| 2 | 2026-03-01 19:00 UTC | Person chair | Buy 30 chairs. |",
        "| Paint the hall | Person member0 | 2026-03-01 19:00 UTC; Person member0 | Too dear. |",
        "| Person member2 | Person member0 | “Amend article 4” | 2026-03-01 19:00 UTC | 2026-03-01 19:00 UTC; over |",
        "Person member2 gave their vote for “Amend article 4” to Person member0.",
        "The text of “Amend article 4” was changed by hand; it is version 2.",
        "“Paint the hall” was withdrawn by Person member0. Too dear.",
    ] {
        assert!(text.text().contains(told), "{told}\n{}", text.text());
    }
    assert!(!text.text().contains("not put to the vote"), "a withdrawn motion is no draft: {}", text.text());
    let lines = hall.get(&hall.at("/exports/minutes.csv"), &hall.chair).await;
    assert!(lines.text().contains("“Paint the hall” was withdrawn by Person member0. Too dear."));
}

#[tokio::test]
async fn ballots_of_a_secret_vote_are_exported_once_it_is_released() {
    let hall = Hall::full(5).await;
    let event = json!({"event_type": "motion", "name": "Trust", "data": {"secrecy": "secret"}});
    let event = hall.open(&event).await;
    for (member, option) in hall.members.iter().zip(["yes", "no", "yes", "abstain", "no"]) {
        hall.vote(event, member, option).await;
    }
    let exported = async || {
        let reply = hall.get(&hall.at("/exports/votes.json"), &hall.chair).await;
        assert!(reply.json()["events"][0]["votes"].is_null(), "no names of a secret vote");
        reply.json()["events"][0]["ballots"].clone()
    };
    assert!(exported().await.is_null());
    hall.step(event, "close").await;
    assert!(exported().await.is_null(), "not before the release");
    hall.step(event, "release").await;
    let ballots = exported().await;
    let mut choices: Vec<&str> = ballots
        .as_array()
        .expect("ballots")
        .iter()
        .map(|ballot| {
            let keys: Vec<&String> = ballot.as_object().expect("a ballot").keys().collect();
            assert_eq!(keys, ["vote_response", "vote_weight"], "nothing else is known of a ballot");
            assert!(ballot["vote_weight"].is_null());
            ballot["vote_response"][0].as_str().expect("a choice")
        })
        .collect();
    choices.sort_unstable();
    assert_eq!(choices, ["abstain", "no", "no", "yes", "yes"]);
}
