use axum::http::Method;
use serde_json::{Value, json};

use super::{Hall, motion, refusal};
use crate::tests::world::{Person, Reply};

impl Hall {
    /// Changes the organization's rules on proxies.
    async fn proxy_rules(&self, rules: &Value) {
        let organization = self.get(&self.at(""), &self.chair).await.json()["organization_id"].clone();
        let path = format!("/api/v1/organizations/{organization}");
        let body = json!({"data": {"rules": {"proxies": rules}}});
        let reply = self.send(Method::PATCH, &path, &self.chair, &body).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
    }

    /// Says something about a proxy.
    async fn word(&self, proxy: &Value, word: &str, by: &Person) -> Reply {
        self.post(&format!("/api/v1/proxies/{}/{word}", proxy["id"]), by, &json!({})).await
    }

    async fn history(&self, proxy: &Value, by: &Person) -> Vec<String> {
        let reply = self.get(&format!("/api/v1/proxies/{}", proxy["id"]), by).await.json();
        let lines = reply["history"].as_array().expect("a history").iter();
        lines.map(|line| line["change"].as_str().expect("a word").to_owned()).collect()
    }
}

#[tokio::test]
async fn a_proxy_that_waits_for_its_holder() {
    let hall = Hall::of(4).await;
    let [ann, bob, eve, dan] = [&hall.members[0], &hall.members[1], &hall.members[2], &hall.members[3]];
    hall.proxy_rules(&json!({"confirmation": "holder"})).await;
    hall.join(ann).await;
    let offer = hall.proxy(bob, ann).await;
    assert_eq!((&offer["status"], &offer["awaits"]), (&json!("offered"), &json!("holder")));
    assert_eq!((&offer["user_session"], &offer["user_session_id"]), (&Value::Null, &Value::Null));
    let other = hall.proxy(bob, eve).await;
    let again = json!({"principal_user_id": bob.id, "holder_user_id": ann.id});
    let reply = hall.post(&hall.at("/proxies"), bob, &again).await;
    assert_eq!(reply.problem(), refusal(409, "proxy_already_offered"));
    assert_eq!(hall.join(ann).await.as_array().map(Vec::len), Some(1), "an offer is no vote");
    assert_eq!(hall.word(&offer, "accept", bob).await.problem(), refusal(403, "forbidden"));
    assert_eq!(hall.word(&offer, "accept", &hall.stranger).await.problem(), refusal(404, "not_found"));
    assert_eq!(
        hall.word(&offer, "confirm", &hall.chair).await.problem(),
        refusal(409, "proxy_waits_for_holder")
    );
    let standing = hall.word(&offer, "accept", ann).await.json();
    assert_eq!((&standing["status"], &standing["awaits"]), (&json!("active"), &Value::Null));
    assert_eq!(standing["user_session"]["proxy"], bob.id.to_string());
    assert_eq!(hall.word(&offer, "accept", ann).await.problem(), refusal(409, "proxy_stands_already"));
    assert_eq!(hall.word(&other, "accept", eve).await.problem(), refusal(409, "proxy_already_given"));
    assert_eq!(hall.word(&other, "decline", dan).await.problem(), refusal(403, "forbidden"));
    assert_eq!(hall.word(&other, "decline", eve).await.json()["status"], "declined");
    assert_eq!(hall.word(&other, "accept", eve).await.problem(), refusal(409, "proxy_ended"));

    let event = hall.open(&motion()).await;
    let paper = json!({"user_session_id": standing["user_session_id"], "vote_response": ["yes"]});
    assert_eq!(hall.cast(event, ann, &paper).await.status, 201);
    assert_eq!(hall.word(&offer, "decline", ann).await.problem(), refusal(409, "proxy_used"));
    hall.step(event, "close").await;
    hall.join(bob).await;
    hall.post(&hall.at("/leave"), bob, &json!({})).await;
    assert_eq!(hall.word(&offer, "decline", ann).await.json()["status"], "declined");
    let expected = ["offered", "accepted", "used", "suspended", "resumed", "declined"];
    for who in [ann, bob, &hall.chair] {
        assert_eq!(hall.history(&offer, who).await, expected);
    }
    // The audit log has each of these changes, too; a use is the line of its vote.
    let audit = format!("/api/v1/organizations/{}/audit", hall.organization().await);
    let lines = async |action: &str| {
        let reply = hall.get(&format!("{audit}?action={action}&limit=200"), &hall.chair).await.json();
        let mut items = reply["items"].as_array().expect("lines").clone();
        items.reverse();
        items
    };
    let of_it = |line: &&Value| line["target"] == json!({"table": "proxies", "id": offer["id"]});
    let changes = lines("proxy").await;
    let actions: Vec<&Value> = changes.iter().filter(of_it).map(|line| &line["action"]).collect();
    assert_eq!(actions, ["proxy.give", "proxy.accept", "proxy.suspend", "proxy.resume", "proxy.decline"]);
    for line in changes.iter().filter(of_it) {
        let after = &line["changes"]["after"];
        assert_eq!((&after["principal_user_id"], &after["holder_user_id"]), (&json!(bob.id), &json!(ann.id)));
    }
    let used = lines("vote.cast").await;
    assert_eq!((&used[0]["actor"]["user_id"], used.len()), (&json!(ann.id), 1));
    assert_eq!(used[0]["changes"]["after"]["principal_user_id"], bob.id);
    let path = format!("/api/v1/proxies/{}", offer["id"]);
    assert_eq!(hall.get(&path, dan).await.problem(), refusal(403, "forbidden"));
    assert_eq!(hall.get(&path, &hall.stranger).await.problem(), refusal(404, "not_found"));
    let mine = hall.get("/api/v1/me/proxies?limit=1", bob).await.json();
    assert_eq!(mine["items"][0]["id"], other["id"], "the newest first");
    let rest = hall.get(&format!("/api/v1/me/proxies?after={}", mine["next"]), bob).await.json();
    assert_eq!((&rest["items"][0]["id"], &rest["next"]), (&offer["id"], &Value::Null));
    assert_eq!(rest["items"][0]["session_title"], "March assembly");
    assert_eq!(hall.get("/api/v1/me/proxies", dan).await.json()["items"], json!([]));
}

#[tokio::test]
async fn a_proxy_that_waits_for_the_chair_and_gives_a_reason() {
    let hall = Hall::of(3).await;
    let [ann, bob, eve] = [&hall.members[0], &hall.members[1], &hall.members[2]];
    hall.proxy_rules(&json!({"confirmation": "chair", "reason_required": true})).await;
    let body =
        |reason: Value| json!({"principal_user_id": bob.id, "holder_user_id": ann.id, "reason": reason});
    let reply = hall.post(&hall.at("/proxies"), bob, &body(Value::Null)).await;
    assert_eq!(reply.problem(), refusal(409, "proxy_reason_required"));
    assert_eq!(hall.post(&hall.at("/proxies"), bob, &body(json!(""))).await.wrong_fields(), ["reason"]);
    let offer = hall.post(&hall.at("/proxies"), bob, &body(json!("Exam."))).await.json();
    assert_eq!((&offer["status"], &offer["awaits"]), (&json!("offered"), &json!("chair")));
    assert_eq!(hall.word(&offer, "accept", ann).await.problem(), refusal(409, "proxy_waits_for_chair"));
    assert_eq!(hall.word(&offer, "confirm", bob).await.problem(), refusal(403, "forbidden"));
    let standing = hall.word(&offer, "confirm", &hall.chair).await.json();
    assert_eq!(
        (&standing["status"], &standing["user_session"]["join_left"]),
        (&json!("active"), &json!("left"))
    );
    let paper = json!({"principal_user_id": eve.id, "holder_user_id": hall.chair.id, "reason": "On paper."});
    let entered = hall.post(&hall.at("/proxies"), &hall.chair, &paper).await.json();
    assert_eq!(entered["status"], "active", "who has the word and enters it has given it");
    let shown = hall.get(&format!("/api/v1/proxies/{}", entered["id"]), eve).await.json();
    assert_eq!(
        (&shown["reason"], &shown["history"][0]["reason"]),
        (&json!("On paper."), &json!("On paper."))
    );
    assert_eq!(shown["history"][0]["by"]["user_id"], hall.chair.id);
    let revoke = format!("/api/v1/proxies/{}/revoke", entered["id"]);
    assert_eq!(hall.post(&revoke, ann, &json!({})).await.problem(), refusal(403, "forbidden"));
    let revoked = hall.post(&revoke, eve, &json!({"reason": "Came after all."})).await.json();
    assert_eq!(revoked["status"], "revoked");
    hall.post(&hall.at("/close"), &hall.chair, &json!({})).await;
    for who in [ann, bob, &hall.chair] {
        assert_eq!(hall.history(&standing, who).await, ["offered", "confirmed", "expired"]);
    }
    let audit = format!("/api/v1/organizations/{}/audit?action=proxy.expire", hall.organization().await);
    let expired = hall.get(&audit, &hall.chair).await.json();
    assert_eq!(expired["items"][0]["target"]["id"], standing["id"], "{expired}");
    assert_eq!(expired["items"][0]["changes"]["after"]["state"], "expired");
    let list = hall.get(&hall.at("/proxies"), &hall.chair).await.json();
    let statuses: Vec<&Value> =
        list["items"].as_array().expect("a list").iter().map(|one| &one["status"]).collect();
    assert_eq!(statuses, ["expired", "revoked"]);
}

#[tokio::test]
async fn a_proxy_for_one_event() {
    let hall = Hall::of(3).await;
    let [ann, bob, eve] = [&hall.members[0], &hall.members[1], &hall.members[2]];
    hall.join(ann).await;
    let (first, second) = (hall.draft(&motion()).await, hall.draft(&motion()).await);
    let body = |event: i64, holder: &Person| json!({"principal_user_id": bob.id, "holder_user_id": holder.id, "event_id": event});
    let reply = hall.post(&hall.at("/proxies"), bob, &body(999, ann)).await;
    assert_eq!(reply.wrong_fields(), ["event_id"]);
    let given = hall.post(&hall.at("/proxies"), bob, &body(first, ann)).await.json();
    assert_eq!((&given["event_id"], &given["status"]), (&json!(first), &json!("active")));
    let whole = json!({"principal_user_id": bob.id, "holder_user_id": eve.id});
    let reply = hall.post(&hall.at("/proxies"), bob, &whole).await;
    assert_eq!(reply.problem(), refusal(409, "proxy_already_given"), "it would be for that event too");
    let other = hall.post(&hall.at("/proxies"), bob, &body(second, eve)).await;
    assert_eq!(other.status, 201, "another holder for another event");
    for (event, votes) in [(first, 2), (second, 1)] {
        hall.step(event, "open").await;
        let seen = hall.get(&format!("/api/v1/events/{event}/vote-instances"), ann).await.json();
        assert_eq!(seen["items"].as_array().map(Vec::len), Some(votes), "{seen}");
    }
    hall.step(first, "close").await;
    let list = hall.get(&hall.at("/proxies"), ann).await.json();
    assert_eq!(list["items"][0]["status"], "expired");
    let reply = hall.post(&hall.at("/proxies"), bob, &body(first, ann)).await;
    assert_eq!(reply.problem(), refusal(409, "proxy_event_over"));
    hall.proxy_rules(&json!({"per_event": false})).await;
    let reply = hall.post(&hall.at("/proxies"), eve, &body(second, ann)).await;
    assert_eq!(reply.problem(), refusal(403, "forbidden"), "not for somebody else");
    let draft = hall.draft(&motion()).await;
    let body = json!({"principal_user_id": eve.id, "holder_user_id": ann.id, "event_id": draft});
    assert_eq!(
        hall.post(&hall.at("/proxies"), eve, &body).await.problem(),
        refusal(409, "proxy_not_per_event")
    );
}

#[tokio::test]
async fn a_proxy_for_a_span_is_there_in_every_sitting() {
    let hall = Hall::of(3).await;
    let [ann, bob, eve] = [&hall.members[0], &hall.members[1], &hall.members[2]];
    let organization = hall.get(&hall.at(""), &hall.chair).await.json()["organization_id"].clone();
    let path = format!("/api/v1/organizations/{organization}/proxies");
    let body = |from: &str, until: &str| json!({"principal_user_id": bob.id, "holder_user_id": ann.id, "from": from, "until": until});
    let (march, april, june) = ("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z", "2026-06-01T00:00:00Z");
    for (from, until) in
        [(june, march), ("2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z"), (march, "2036-01-01T00:00:00Z")]
    {
        assert_eq!(
            hall.post(&path, bob, &body(from, until)).await.wrong_fields(),
            ["until"],
            "{from} {until}"
        );
    }
    assert_eq!(hall.post(&path, eve, &body(march, april)).await.problem(), refusal(403, "forbidden"));
    assert_eq!(
        hall.post(&path, &hall.stranger, &body(march, april)).await.problem(),
        refusal(404, "not_found")
    );
    let span = hall.post(&path, bob, &body(march, april)).await.json();
    assert_eq!(
        (&span["status"], &span["session_id"], &span["from"]),
        (&json!("active"), &Value::Null, &json!(march))
    );
    let again = hall.post(&path, bob, &body("2026-03-31T00:00:00Z", june)).await;
    assert_eq!(again.problem(), refusal(409, "proxy_already_given"), "the spans meet");
    let later = hall.post(&path, bob, &body(april, june)).await.json();
    assert_eq!(later["status"], "active");

    let here = hall.get(&hall.at("/proxies"), &hall.chair).await.json();
    assert_eq!(here["items"].as_array().map(Vec::len), Some(1), "the running sitting falls in one of them");
    assert_eq!(here["items"][0]["span_proxy_id"], span["id"]);
    let opened = json!({"organization_id": organization, "title": "Next week"});
    let next = hall.post("/api/v1/sessions", &hall.chair, &opened).await.json();
    let there = hall.get(&format!("/api/v1/sessions/{}/proxies", next["id"]), &hall.chair).await.json();
    assert_eq!(
        (&there["items"][0]["span_proxy_id"], &there["items"][0]["status"]),
        (&span["id"], &json!("active"))
    );

    let listed = async |by| {
        let list = hall.get(&path, by).await.json();
        list["items"].as_array().map(Vec::len)
    };
    assert_eq!(
        (listed(&hall.chair).await, listed(ann).await, listed(eve).await),
        (Some(2), Some(2), Some(0))
    );
    assert_eq!(hall.word(&span, "revoke", bob).await.json()["status"], "revoked");
    for session in [&json!(hall.session), &next["id"]] {
        let list = hall.get(&format!("/api/v1/sessions/{session}/proxies"), &hall.chair).await.json();
        assert_eq!(list["items"][0]["status"], "revoked", "with the span it comes from");
    }
}

#[tokio::test]
async fn a_holder_made_an_observer_keeps_the_proxy_and_cannot_use_it() {
    let hall = Hall::full(1).await;
    let ann = &hall.members[0];
    let organization = hall.get(&hall.at(""), &hall.chair).await.json()["organization_id"].clone();
    let given = hall.proxy(&hall.chair, ann).await;
    hall.post(&hall.at("/leave"), &hall.chair, &json!({})).await;
    let event = hall.open(&motion()).await;
    let path = format!("/api/v1/organizations/{organization}/members/{}", ann.id);
    let made = hall.send(Method::PUT, &path, &hall.chair, &json!({"user_role": "observer"})).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let paper = json!({"user_session_id": given["user_session_id"], "vote_response": ["yes"]});
    assert_eq!(hall.cast(event, ann, &paper).await.problem(), refusal(409, "holder_not_allowed"));
    let seen = hall.get(&format!("/api/v1/events/{event}/vote-instances"), ann).await.json();
    assert_eq!(seen["items"][1]["can_vote"], false, "{seen}");
    hall.proxy_rules(&json!({"holders": "members"})).await;
    let still = hall.cast(event, ann, &paper).await;
    assert_eq!(
        still.problem(),
        refusal(409, "holder_not_allowed"),
        "no change of the rules reaches an open vote"
    );
    let event = hall.open(&motion()).await;
    assert_eq!(hall.cast(event, ann, &paper).await.status, 201);
}
