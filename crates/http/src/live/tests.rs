//! What streams tell, to whom, and when they end.

use axum::body::Body;
use axum::http::Request;
use futures::StreamExt;
use plenum_application::use_cases::AppointAdministrator;
use plenum_domain::text::AndrewId;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::tests::sitting::{Hall, motion};
use crate::tests::world::Person;

/// One message.
#[derive(Debug)]
struct Message {
    kind: String,
    id: Option<String>,
    data: Value,
}

/// A client of a stream.
struct Client {
    body: axum::body::BodyDataStream,
    text: String,
}

impl Client {
    async fn of(hall: &Hall, person: &Person, heard: Option<&str>) -> Self {
        let header = ("authorization", format!("Bearer {}", person.token));
        Self::request(hall, Request::get(hall.at("/live")).header(header.0, header.1), heard).await
    }

    /// Whoever has this address.
    async fn by(hall: &Hall, path: &str, heard: Option<&str>) -> Self {
        Self::request(hall, Request::get(path), heard).await
    }

    async fn request(hall: &Hall, mut request: axum::http::request::Builder, heard: Option<&str>) -> Self {
        if let Some(heard) = heard {
            request = request.header("last-event-id", heard);
        }
        let request = request.body(Body::empty()).expect("a request");
        let response = hall.world.router.clone().oneshot(request).await.expect("an answer");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        Self { body: response.into_body().into_data_stream(), text: String::new() }
    }

    /// The next message; `None` at the end of the stream.
    async fn next(&mut self) -> Option<Message> {
        loop {
            if let Some((message, rest)) = self.text.split_once("\n\n") {
                let field =
                    |name: &str| message.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                let message = Message {
                    kind: field("event: ").expect("a kind"),
                    id: field("id: "),
                    data: serde_json::from_str(&field("data: ").expect("data")).expect("JSON"),
                };
                assert!(message.data["server_time"].is_string(), "{message:?}");
                self.text = rest.to_owned();
                return Some(message);
            }
            let bytes = self.body.next().await?.expect("bytes");
            self.text.push_str(std::str::from_utf8(&bytes).expect("text"));
        }
    }

    /// The messages of one batch, without its end, whose id is the mark.
    async fn batch(&mut self) -> (Vec<Message>, String) {
        let mut messages = Vec::new();
        loop {
            let message = self.next().await.expect("a message");
            if message.kind == "current" {
                return (messages, message.id.expect("a mark"));
            }
            if message.kind != "time" {
                messages.push(message);
            }
        }
    }

    /// The first message of a kind for which this holds.
    async fn until(&mut self, kind: &str, holds: impl Fn(&Value) -> bool) -> Value {
        loop {
            let message = self.next().await.expect("a message");
            if message.kind == kind && holds(&message.data) {
                return message.data;
            }
        }
    }
}

fn kinds(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.kind.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_stream_tells_everything_first_and_then_what_changes() {
    let hall = Hall::full(2).await;
    let mut client = Client::of(&hall, &hall.members[0], None).await;
    let (messages, first) = client.batch().await;
    assert_eq!(kinds(&messages), ["session", "attendance", "presence_check"]);
    assert_eq!(messages[1].data["headcount"], 3);
    assert_eq!(messages[1].data["voting_strength"], json!({"entitled": 3, "present": 3}));
    assert_eq!(messages[2].data["check_id"], json!(null), "nobody asks");
    let event = hall.open(&motion()).await;
    let told = client.until("event", |data| data["state"] == "active").await;
    assert_eq!((&told["event_id"], &told["name"]), (&json!(event), &json!("Amend article 4")));
    hall.vote(event, &hall.members[1], "yes").await;
    let turnout = client.until("turnout", |data| data["voted"] == 1).await;
    assert_eq!((&turnout["entitled"], &turnout["present"]), (&json!(3), &json!(3)));

    let (_, mark) = client.batch().await;
    assert_ne!(first, mark);
    let mut again = Client::of(&hall, &hall.members[0], Some(&mark)).await;
    let (missed, same) = again.batch().await;
    assert!(missed.is_empty() && same == mark, "{missed:?}");
    let mut behind = Client::of(&hall, &hall.members[0], Some(&first)).await;
    assert_eq!(
        kinds(&behind.batch().await.0),
        ["session", "attendance", "presence_check", "event", "turnout"]
    );
    // What is shared and then not any more is taken off the pages that show it.
    for (step, shown) in [("share", true), ("unshare", false)] {
        hall.step(event, step).await;
        again.until("event", |data| data["event_id"] == event && data["results_shown"] == shown).await;
    }
    let deleted = hall.draft(&motion()).await;
    again.until("event", |data| data["event_id"] == deleted).await;
    let path = format!("/api/v1/events/{deleted}");
    hall.send(axum::http::Method::DELETE, &path, &hall.chair, &json!({})).await;
    again.until("event", |data| data["event_id"] == deleted && data["state"] == "deleted").await;
}

#[tokio::test(start_paused = true)]
async fn the_stream_says_how_many_are_missing_and_that_somebody_asks() {
    let hall = Hall::full(2).await;
    assert_eq!(hall.rules(&json!({"quorum": {"count": 5}})).await.status, 200);
    let mut client = Client::of(&hall, &hall.members[0], None).await;
    let told = client.until("attendance", |data| data["quorum"]["missing"] == 2).await;
    let words =
        "There is no quorum: 3 of 3 entitled are present or represented, 5 required; 2 more are needed.";
    assert_eq!(told["quorum_in_words"], words);
    let path = hall.at("/presence-checks");
    let check = hall.post(&path, &hall.chair, &json!({"seconds": 30})).await.json();
    let asked = client.until("presence_check", |data| data["check_id"] == check["id"]).await;
    assert_eq!((&asked["closes_at"], &asked["asked"]), (&check["closes_at"], &json!(3)));
    hall.post(&format!("{path}/{}/answer", check["id"]), &hall.members[0], &json!({})).await;
    client.until("presence_check", |data| data["answered"] == 2).await;
    hall.post(&format!("{path}/{}/close", check["id"]), &hall.chair, &json!({})).await;
    client.until("presence_check", |data| data["check_id"].is_null()).await;
}

#[tokio::test(start_paused = true)]
async fn hidden_results_are_not_in_the_stream_until_their_release_not_even_for_the_host() {
    let hall = Hall::full(2).await;
    let mut client = Client::of(&hall, &hall.chair, None).await;
    let event = hall.open(&motion()).await;
    hall.vote(event, &hall.members[0], "yes").await;
    hall.step(event, "close").await;
    loop {
        let message = client.next().await.expect("a message");
        assert_ne!(message.kind, "results", "{message:?}");
        if message.kind == "event" && message.data["state"] == "closed" {
            break;
        }
    }
    hall.step(event, "release").await;
    let results = client.until("results", |_| true).await;
    assert_eq!((&results["counted"], &results["outcome"]), (&json!(true), &json!("adopted")));

    let live =
        json!({"event_type": "motion", "name": "Live", "data": {"visibility": {"participants": "live"}}});
    let event = hall.open(&live).await;
    hall.vote(event, &hall.members[0], "no").await;
    let results = client.until("results", |data| data["event_id"] == event && data["cast"] == 1).await;
    assert_eq!((&results["counted"], &results["outcome"]), (&json!(false), &json!(null)));
    assert_eq!(results["options"][1], json!({"option": "no", "voters": 1, "votes": 1}));
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_for_who_may_not_follow_any_more_and_for_nobody_else() {
    let hall = Hall::full(2).await;
    let (out, stays) = (&hall.members[0], &hall.members[1]);
    let mut removed = Client::of(&hall, out, None).await;
    let mut other = Client::of(&hall, stays, None).await;
    removed.batch().await;
    other.batch().await;
    let path = hall.at(&format!("/attendance/{}", out.id));
    assert!(hall.send(axum::http::Method::DELETE, &path, &hall.chair, &json!({})).await.status.is_success());
    // A member sees a sitting they were shown out of, and follows it no longer.
    removed.until("end", |_| true).await;
    assert!(removed.next().await.is_none());
    let told = other.until("attendance", |data| data["headcount"] == 2).await;
    assert_eq!(told["quorum"]["present"], 2);
    let strange = hall.get(&hall.at("/live"), &hall.stranger).await;
    assert_eq!(strange.problem(), (404, "not_found".to_owned()));
    let shut = hall.get(&hall.at("/live"), out).await;
    assert_eq!(shut.problem(), (403, "forbidden".to_owned()));
    hall.world.live.close();
    while let Some(message) = other.next().await {
        assert!(["current", "time"].contains(&message.kind.as_str()), "a server that stops ends its streams");
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_disabled_is_out_everywhere_within_a_second_and_their_vote_counts() {
    let hall = Hall::full(2).await;
    let (out, root) = (&hall.members[0], hall.world.person("root").await);
    let andrew_id = AndrewId::parse("root").expect("a login name");
    hall.world.app.run(&AppointAdministrator { andrew_id }).await.expect("appointed");
    let event = hall.open(&motion()).await;
    hall.vote(event, out, "yes").await;
    let mut streams = [Client::of(&hall, out, None).await, Client::of(&hall, out, None).await];
    for stream in &mut streams {
        stream.batch().await;
    }
    let began = tokio::time::Instant::now();
    let disable = format!("/api/v1/users/{}/disable", out.id);
    assert_eq!(hall.post(&disable, &root, &json!({})).await.status, 200);
    for mut stream in streams {
        stream.until("end", |_| true).await;
        assert!(stream.next().await.is_none());
    }
    assert!(began.elapsed() < std::time::Duration::from_secs(1), "{:?}", began.elapsed());
    let refused = hall.get("/api/v1/me", out).await;
    assert_eq!(refused.problem(), (401, "invalid_token".to_owned()));
    hall.step(event, "close").await;
    let result = hall.get(&format!("/api/v1/events/{event}/results"), &hall.chair).await.json();
    assert_eq!(result["cast"]["people"], 1, "what was voted stays: {result}");
}

#[tokio::test(start_paused = true)]
async fn a_sitting_is_told_at_most_four_times_a_second() {
    let hall = Hall::full(1).await;
    let mut client = Client::of(&hall, &hall.members[0], None).await;
    client.batch().await;
    let began = tokio::time::Instant::now();
    let batches = async {
        let mut batches = 0;
        loop {
            client.batch().await;
            batches += 1;
            if batches == 8 {
                return began.elapsed();
            }
        }
    };
    let changes = async {
        loop {
            for step in ["/lock", "/open"] {
                hall.post(&hall.at(step), &hall.chair, &json!({})).await;
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        }
    };
    tokio::select! {
        took = batches => assert!(took >= std::time::Duration::from_millis(1750), "{took:?}"),
        () = changes => unreachable!("changes go on"),
    }
}

#[tokio::test(start_paused = true)]
async fn an_idle_stream_says_the_time_and_nobody_is_attended_to_for_long() {
    let hall = Hall::full(1).await;
    let mut client = Client::of(&hall, &hall.members[0], None).await;
    client.batch().await;
    for _ in 0..25 {
        assert_eq!(client.next().await.expect("the time").kind, "time");
    }
    assert!(!hall.world.live.is_quiet());
    drop(client);
    assert!(hall.world.live.is_quiet());
}

#[tokio::test(start_paused = true)]
async fn a_screen_follows_by_its_link_until_that_ends() {
    let hall = Hall::full(1).await;
    let path = format!("{}-link", hall.at("/screen"));
    let made = hall.send(axum::http::Method::POST, &path, &hall.chair, &json!({})).await;
    let token = made.json()["token"].as_str().expect("a token").to_owned();
    let mut screen = Client::by(&hall, &format!("{}?screen={token}", hall.at("/live")), None).await;
    assert_eq!(kinds(&screen.batch().await.0), ["session", "attendance", "presence_check"]);
    hall.open(&motion()).await;
    screen.until("event", |data| data["state"] == "active").await;

    let wrong = format!("{}?screen={token}x", hall.at("/live"));
    assert_eq!(hall.world.get(&wrong).send().await.status, 404);
    hall.send(axum::http::Method::DELETE, &path, &hall.chair, &json!({})).await;
    screen.until("end", |_| true).await;
    assert!(screen.next().await.is_none());
}
