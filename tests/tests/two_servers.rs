//! Two servers on one database: what one of them learns the other one knows.

use std::time::{Duration, Instant};

use futures::future::join_all;
use openidconnect::reqwest;
use plenum_tests::{Answer, Browser, Client, Hall, Organization, Person, Sibling, TestServer, demo_person};
use serde_json::json;

/// Behind a proxy on this machine, which says where requests come from.
const BEHIND_A_PROXY: (&str, &str) = ("PLENUM_LIMITS_TRUSTED_PROXIES", "127.0.0.1");

/// How many wrong codes one person tries at once: fewer than would shut them out.
const TRIES: usize = 9;

/// A code that leads nowhere, but for a chance of one in two thousand million.
fn wrong(number: usize) -> String {
    format!("ZZZ{number:03}").replace('0', "Q").replace('1', "W")
}

async fn join(by: &Client, from: &str, code: &str) -> Answer {
    by.post("sessions/join", &json!({"join_code": code})).header("x-forwarded-for", from).send().await
}

/// Passes for a 429 that says how long to wait; gives what it says.
#[track_caller]
fn shut_out(answer: Answer) -> u32 {
    let wait = answer.header("retry-after").and_then(|seconds| seconds.parse::<u32>().ok());
    let wait = wait.filter(|seconds| *seconds > 0);
    let wait = wait.unwrap_or_else(|| panic!("how long to wait: {answer}"));
    answer.refused(429, "too_many_join_codes");
    wait
}

/// What a counter of a server stands at.
async fn metric(client: &Client, name: &str) -> u64 {
    let metrics = client.get("/metrics").send().await.body;
    let found = metrics.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    found.unwrap_or_default()
}

/// Both servers, with a sitting that anybody may join.
struct Town {
    here: TestServer,
    there: Sibling,
    owner: Person,
    code: String,
}

impl Town {
    async fn build() -> Self {
        let here = TestServer::start_in(Vec::new(), &[BEHIND_A_PROXY]).await;
        let there = here.sibling().await;
        let owner = here.person("owner", "Olga Owner").await;
        let data = json!({"rules": {"joining": "anyone"}});
        let organization = Organization::found(&owner, "Senate", &data).await;
        let (_, code) = organization.convene(&owner, "Sitting").await;
        Self { here, there, owner, code }
    }

    /// Somebody new, at both servers.
    async fn stranger(&self, name: String) -> [Client; 2] {
        let person = self.here.person(&name, &name).await;
        [self.here.nobody().with_token(&person.token), self.there.meet(&person)]
    }

    /// New people try wrong codes at both servers until one of them is told to wait; how many were looked at.
    async fn trip(&self, name: &str, most: usize, from: impl Fn(usize) -> String) -> usize {
        let mut looked_at = 0;
        for group in 0..most / TRIES {
            let clients = self.stranger(format!("{name}{group}")).await;
            let tries = (0..TRIES).map(|at| {
                let (client, from, code) = (&clients[at % 2], from(group), wrong(group * TRIES + at));
                async move { join(client, &from, &code).await }
            });
            let answers = join_all(tries).await;
            looked_at += answers.iter().filter(|answer| answer.status == 404).count();
            let mut waits = answers.into_iter().filter(|answer| answer.status != 404).map(shut_out);
            if let Some(wait) = waits.next() {
                assert!(wait <= 60, "{wait}");
                return looked_at;
            }
        }
        panic!("{most} wrong codes of {name} were not too many")
    }

    /// Lets nothing settle that was counted under such keys, so that a slow machine sees the same.
    async fn hold(&self, keys: &str) {
        sqlx::query("UPDATE join_misses SET settled_at = settled_at + interval '1 hour' WHERE key LIKE $1")
            .bind(keys)
            .execute(self.here.database.pool())
            .await
            .expect("the counts are in the database");
    }

    async fn stop(self) {
        self.there.stop().await;
        self.here.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_codes_of_a_person_are_counted_for_both_servers() {
    let town = Town::build().await;
    let clients = town.stranger("guesser".to_owned()).await;
    let mut looked_at = 0;
    let wait = loop {
        assert!(looked_at < 30, "thirty wrong codes were not too many");
        let answer = join(&clients[looked_at % 2], "192.0.2.1", &wrong(looked_at)).await;
        if answer.status == 429 {
            break shut_out(answer);
        }
        answer.refused(404, "not_found");
        looked_at += 1;
    };
    assert!((10..30).contains(&looked_at) && wait <= 6, "{looked_at} were looked at, then {wait} seconds");
    town.hold("person %").await;
    for (client, from) in clients.iter().zip(["192.0.2.2", "192.0.2.3"]) {
        let right = join(client, from, &town.code).await;
        assert_eq!(right.body, join(client, from, &wrong(99)).await.body, "nothing tells that it is right");
        shut_out(right);
    }
    for server in [town.here.nobody(), town.there.nobody()] {
        assert!(metric(server, "plenum_join_shut_out_total{breaker=\"person\"}").await >= 2);
        assert!(metric(server, "plenum_join_misses_total").await >= 5);
    }
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_codes_from_an_address_are_counted_for_both_servers() {
    let town = Town::build().await;
    let from = "198.51.100.7";
    assert!(town.trip("neighbour", 200, |_| from.to_owned()).await >= 60, "sixty at once");
    town.hold("address %").await;
    for server in 0..2 {
        // Somebody whom the sitting does not know yet, at each.
        let client = &town.stranger(format!("last{server}")).await[server];
        shut_out(join(client, from, &town.code).await);
        join(client, "198.51.100.8", &town.code).await.expect(200);
    }
    // Whom the sitting knows comes in from there, too.
    join(&town.there.meet(&town.owner), from, &town.code).await.expect(200);
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_codes_of_all_together_raise_the_alarm() {
    let town = Town::build().await;
    let looked_at = town.trip("guesser", 900, |group| format!("203.0.113.{group}")).await;
    assert!(looked_at >= 300, "three hundred at once, and not {looked_at}");
    town.hold("all").await;
    let clients = town.stranger("newcomer".to_owned()).await;
    for (client, server) in clients.iter().zip([town.here.nobody(), town.there.nobody()]) {
        let alarm = "plenum_join_shut_out_total{breaker=\"all\"}";
        let before = metric(server, alarm).await;
        let right = join(client, "203.0.113.250", &town.code).await;
        assert_eq!(right.body, join(client, "203.0.113.250", "ZZZZZZ").await.body, "both look alike");
        shut_out(right);
        assert_eq!(metric(server, alarm).await, before + 2, "an alarm at each");
    }
    let started = Instant::now();
    join(&town.there.meet(&town.owner), "203.0.113.251", &town.code).await.expect(200);
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    town.stop().await;
}

#[tokio::test]
async fn requests_are_counted_by_each_server_and_told_to_wait() {
    let few = [
        BEHIND_A_PROXY,
        ("PLENUM_LIMITS_TOKEN_PER_MINUTE", "60"),
        ("PLENUM_LIMITS_ADDRESS_PER_MINUTE", "120"),
    ];
    let here = TestServer::start_in(Vec::new(), &few).await;
    let there = here.sibling().await;
    let person = here.person("busy", "Bea Busy").await;
    // Ten seconds' worth at once: of a token ten, from an address twenty.
    for (client, most, answered) in
        [(here.nobody().with_token(&person.token), 10, 200), (here.nobody().clone(), 20, 401)]
    {
        let mut asked = 0;
        let refused = loop {
            let from = if answered == 200 { format!("192.0.2.{asked}") } else { "198.51.100.7".to_owned() };
            let answer = client.get("me").header("x-forwarded-for", &from).send().await;
            if answer.status == 429 {
                break answer;
            }
            assert_eq!(answer.status, answered, "{answer}");
            asked += 1;
            assert!(asked < most * 5, "no limit after {asked}");
        };
        assert!(asked >= most, "only {asked}");
        assert_eq!(refused.header("retry-after"), Some("1"), "{refused}");
        refused.refused(429, "too_many_requests");
    }
    here.nobody().get("me").header("x-forwarded-for", "198.51.100.8").refused(401, "not_signed_in").await;
    // These limits keep a server answering, so each counts what it has to answer itself.
    there.meet(&person).get("me").expect(200).await;
    there.stop().await;
    here.stop().await;
}

/// Follows a sitting until the server ends the stream.
async fn follow(address: &str, hall: &Hall, token: &str) -> reqwest::Response {
    let url = format!("{address}/api/v1/{}", hall.path("live"));
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let mut stream = client.get(url).bearer_auth(token).send().await.expect("a stream");
    assert_eq!(stream.status().as_u16(), 200);
    assert!(stream.chunk().await.expect("a stream").is_some(), "it tells how things stand");
    stream
}

/// How long after `since` every stream has ended.
async fn ended(streams: Vec<reqwest::Response>, since: Instant) -> Duration {
    let ends = streams.into_iter().map(|mut stream| async move {
        while stream.chunk().await.expect("a stream that ends in order").is_some() {}
    });
    let all = tokio::time::timeout(Duration::from_secs(20), join_all(ends)).await;
    all.expect("the streams end");
    since.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_kept_out_is_out_of_both_servers_within_a_second() {
    let people: Vec<_> = (1..=3).map(|at| demo_person(&format!("m{at}"), &format!("Member {at}"))).collect();
    let here = TestServer::start_for(people).await;
    let there = here.sibling().await;
    let hall = Hall::fill(&here, 4, &json!({})).await;
    let root = here.administrator("root").await;
    let kept = here.person("kept", "Karl Kept").await;
    let leave = hall.path("leave");
    // Somebody in a running sitting is not merged; they go on following it as a member.
    let double = &hall.members[2];
    double.do_post(&leave).expect(200).await;
    hall.organization.put(double, "chair").await;
    let merge = json!({"duplicate_user_id": double.user_id});
    for (at, what, body) in [(1, "disable", None), (2, "anonymize", None), (3, "merge", Some(merge))] {
        let person = &hall.members[at - 1];
        let mut browser = here.browser();
        browser.sign_in(&format!("subject-of-m{at}")).await;
        let cookie = browser.cookie(Browser::SIGNED_IN).expect("they signed in").to_owned();
        let mut elsewhere = there.browser();
        elsewhere.put_cookie(Browser::SIGNED_IN, &cookie);
        elsewhere.get("/api/v1/me").await.answer.expect(200);
        let streams = vec![
            follow(&here.address(), &hall, &person.token).await,
            follow(&there.address(), &hall, &person.token).await,
        ];
        let whom = if what == "merge" { kept.user_id } else { person.user_id };
        let request = root.request("POST".parse().expect("a method"), &format!("users/{whom}/{what}"));
        let request = match &body {
            Some(body) => request.json(body),
            None => request,
        };
        request.expect(200).await;
        let started = Instant::now();
        there.meet(person).get("me").refused(401, "invalid_token").await;
        person.get("me").refused(401, "invalid_token").await;
        assert_eq!(elsewhere.get("/api/v1/me").await.answer.status, 401, "{what}");
        let took = ended(streams, started).await;
        assert!(took < Duration::from_secs(1), "{what}: {took:?}");
    }
    let seen = kept.get(&format!("organizations/{}", hall.organization.id)).expect(200).await;
    assert_eq!(seen["user_role"], "chair", "what the duplicate was: {seen}");

    // A token that is taken back, and a machine that is kept out, follow nothing any more either.
    let person = &hall.members[3];
    let token = person.post("me/tokens", &json!({"name": "second"})).expect(201).await;
    let secret = token["token"].as_str().expect("a secret").to_owned();
    let streams = vec![follow(&there.address(), &hall, &secret).await];
    person.delete(&format!("me/tokens/{}", token["id"])).expect(204).await;
    let took = ended(streams, Instant::now()).await;
    assert!(took < Duration::from_secs(1), "a token: {took:?}");
    let owner = &hall.organization.owner;
    let clients = hall.organization.path("clients");
    let client = owner.post(&clients, &json!({"name": "Robot", "roles": ["auditor"]})).expect(201).await;
    let client = format!("{clients}/{}", client["id"]);
    let token = owner.post(&format!("{client}/tokens"), &json!({"name": "wall"})).expect(201).await;
    let secret = token["token"].as_str().expect("a secret").to_owned();
    let streams = vec![follow(&there.address(), &hall, &secret).await];
    owner.patch(&client, &json!({"disabled": true})).expect(200).await;
    let took = ended(streams, Instant::now()).await;
    assert!(took < Duration::from_secs(1), "a machine: {took:?}");
    person.get("me").expect(200).await;
    there.stop().await;
    here.stop().await;
}
