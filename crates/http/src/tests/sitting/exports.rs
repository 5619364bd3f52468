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
        "visible": false, "options": null, "votes": null,
    });
    assert_eq!(votes["events"][1], hidden);
    let results = take("results").await;
    assert_eq!(results["events"][0]["result"]["outcome"], "adopted");
    assert_eq!(results["events"][0]["result"]["options"][0]["percent"], "66.7");
    assert!(results["events"][1]["result"].is_null());
    let minutes = take("minutes").await;
    assert_eq!(
        minutes["entries"][0],
        json!({"time": "2026-03-01T19:00:00Z", "what": "The session was opened."})
    );
}

#[tokio::test]
async fn exports_are_for_the_host() {
    let (hall, ..) = sitting().await;
    for name in ["attendance", "votes", "results", "minutes"] {
        for format in ["csv", "json"] {
            let path = hall.at(&format!("/exports/{name}.{format}"));
            assert_eq!(
                hall.get(&path, &hall.members[0]).await.problem(),
                refusal(403, "forbidden"),
                "{path}"
            );
            assert_eq!(hall.get(&path, &hall.stranger).await.problem(), refusal(404, "not_found"), "{path}");
        }
        let path = hall.at(&format!("/exports/{name}.pdf"));
        let reply = hall.get(&path, &hall.chair).await;
        assert_eq!(reply.problem(), refusal(406, "format_not_available"));
        assert!(reply.text().contains(&format!("{name}.csv or {name}.json")), "{}", reply.text());
        assert_eq!(hall.get(&path, &hall.stranger).await.problem(), refusal(404, "not_found"));
    }
    for file in ["attendance", "attendance.xlsx", "secrets.csv", "secrets.pdf", ".pdf", "votes.pdf.pdf"] {
        let reply = hall.get(&hall.at(&format!("/exports/{file}")), &hall.chair).await;
        assert_eq!(reply.problem(), refusal(404, "not_found"), "{file}");
    }
    let reply = hall.world.call(Method::DELETE, &hall.at("/exports/votes.csv")).by(&hall.chair).send().await;
    assert_eq!(reply.problem(), refusal(405, "method_not_allowed"));
}
