//! Many at once, over HTTP: one vote each, and one result.

use futures::future::{join, join_all};
use plenum_tests::{Hall, Person, TestServer};
use serde_json::json;

const AT_ONCE: usize = 64;

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_casts_of_one_instance_give_one_vote() {
    let server = TestServer::start().await;
    let hall = Hall::fill(&server, 1, &json!({})).await;
    let event = hall.open(&json!({"event_type": "motion", "name": "Once"})).await;
    let person = &hall.members[0];
    let path = format!("events/{event}/votes");
    let casts = (0..AT_ONCE).map(|number| {
        let choice = if number % 2 == 0 { "yes" } else { "no" };
        person.post(&path, &json!({"vote_response": [choice]})).send()
    });
    let answers = join_all(casts).await;
    let (accepted, turned_away): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|answer| answer.status == 201);
    assert_eq!(accepted.len(), 1, "{accepted:?}");
    assert_eq!(turned_away.len(), AT_ONCE - 1);
    for answer in turned_away {
        answer.refused(409, "already_voted");
    }
    let acknowledged = accepted[0].json();
    let result = hall.result(event).await;
    assert_eq!(result["cast"], json!({"people": 1, "weight": 1}), "{result}");
    let votes = hall.chair.list(&path).await;
    assert_eq!(votes.len(), 1, "{votes:?}");
    assert_eq!(
        votes[0]["vote_response"], acknowledged["data"]["vote_response"],
        "the vote that stands is the acknowledged one"
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_cast_with_one_key_has_one_answer() {
    let server = TestServer::start().await;
    let hall = Hall::fill(&server, 1, &json!({})).await;
    let event = hall.open(&json!({"event_type": "motion", "name": "Double click"})).await;
    let path = format!("events/{event}/votes");
    let cast = || hall.members[0].post(&path, &json!({"vote_response": ["yes"]})).key("double-click").send();
    let answers = join_all((0..8).map(|_| cast())).await;
    for answer in &answers {
        assert_eq!(answer.status, 201, "{answer}");
        assert_eq!(answer.body, answers[0].body);
    }
    let fresh = answers.iter().filter(|answer| answer.header("idempotency-replayed").is_none());
    assert_eq!(fresh.count(), 1);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_closers_at_once_give_one_result() {
    let server = TestServer::start().await;
    let hall = Hall::fill(&server, 3, &json!({})).await;
    let event = hall.open(&json!({"event_type": "motion", "name": "Closed by two"})).await;
    for (member, choice) in hall.members.iter().zip(["yes", "yes", "no"]) {
        hall.vote(member, event, choice).await;
    }
    let path = format!("events/{event}/close");
    let closers = [&hall.chair, &hall.organization.owner];
    let closed =
        join_all(closers.iter().cycle().take(8).map(|closer| closer.do_post(&path).expect(200))).await;
    for answer in &closed {
        assert_eq!(answer["closed_at"], closed[0]["closed_at"], "{answer}");
        assert_eq!(answer["status"], "inactive");
    }
    let counts = hall.organization.owner.list(&hall.organization.path("audit")).await;
    let counts = counts.iter().filter(|line| line["action"] == "event.close").count();
    assert_eq!(counts, 1, "it was counted once");
    let result = hall.chair.get(&format!("events/{event}/results")).expect(200).await;
    assert_eq!((&result["outcome"], &result["cast"]["people"]), (&json!("adopted"), &json!(3)), "{result}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn votes_that_race_a_close_are_counted_or_refused() {
    let server = TestServer::start().await;
    let hall = Hall::fill(&server, 12, &json!({})).await;
    for round in 0..5 {
        let event = hall.open(&json!({"event_type": "motion", "name": format!("Round {round}")})).await;
        let path = format!("events/{event}/votes");
        let casts = join_all(
            hall.members.iter().map(|member| member.post(&path, &json!({"vote_response": ["yes"]})).send()),
        );
        let (answers, _) =
            futures::join!(casts, hall.chair.do_post(&format!("events/{event}/close")).expect(200));
        let mut accepted = 0_u64;
        for answer in answers {
            if answer.status == 201 {
                accepted += 1;
            } else {
                answer.refused(409, "event_not_active");
            }
        }
        let result = hall.chair.get(&format!("events/{event}/results")).expect(200).await;
        assert_eq!(result["cast"]["people"], accepted, "every acknowledged vote is counted: {result}");
    }
    server.stop().await;
}

/// A sitting to which the host admits, with these people waiting.
async fn a_queue(server: &TestServer, length: usize) -> (Hall, Vec<Person>) {
    let hall = Hall::fill(server, 1, &json!({})).await;
    let rules = json!({"data": {"rules": {"attendance": {"admission": "host"}}}});
    let path = format!("organizations/{}", hall.organization.id);
    hall.organization.owner.patch(&path, &rules).expect(200).await;
    let mut queue = Vec::new();
    for number in 0..length {
        let person = server.person(&format!("q{number}"), &format!("Queue {number}")).await;
        hall.organization.put(&person, "member").await;
        let join = || person.post("sessions/join", &json!({"join_code": hall.code})).expect(202);
        join_all([join(), join(), join()]).await;
        queue.push(person);
    }
    (hall, queue)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_admitted_by_many_at_once_comes_in_once() {
    let server = TestServer::start().await;
    let (hall, queue) = a_queue(&server, 4).await;
    let waiting = format!("sessions/{}/waiting-list", hall.session);
    assert_eq!(hall.chair.list(&waiting).await.len(), queue.len(), "each waits once");
    let desks = [&hall.chair, &hall.organization.owner];
    let calls = queue.iter().flat_map(|person| {
        let path = format!("{waiting}/{}/admit", person.user_id);
        desks.iter().cycle().take(6).map(move |desk| desk.do_post(&path).expect(200)).collect::<Vec<_>>()
    });
    for answer in join_all(calls).await {
        assert_eq!(answer["join_left"], "joined", "{answer}");
    }
    let attendance = hall.chair.get(&format!("sessions/{}/attendance", hall.session)).expect(200).await;
    assert_eq!(attendance["headcount"], 2 + queue.len());
    let lines = hall.organization.owner.list(&hall.organization.path("audit")).await;
    let admissions = lines.iter().filter(|line| line["action"] == "session.admit").count();
    assert_eq!(admissions, queue.len(), "each was let in once");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn admitting_races_the_end_of_the_sitting() {
    let server = TestServer::start().await;
    let (hall, queue) = a_queue(&server, 6).await;
    let (mut admitted, mut late) = (0, 0);
    let admit = async |person: &Person| {
        let path = format!("sessions/{}/waiting-list/{}/admit", hall.session, person.user_id);
        hall.organization.owner.do_post(&path).send().await
    };
    let close = format!("sessions/{}/close", hall.session);
    let (answers, _) = join(join_all(queue.iter().map(admit)), hall.chair.do_post(&close).expect(200)).await;
    for answer in answers {
        if answer.status == 200 {
            admitted += 1;
        } else {
            answer.refused(409, "session_closed");
            late += 1;
        }
    }
    assert_eq!(admitted + late, queue.len());
    let attendance = hall.chair.get(&format!("sessions/{}/attendance", hall.session)).expect(200).await;
    let people = attendance["attendees"].as_array().expect("a list");
    assert_eq!(people.len(), 2 + admitted, "who was told that it is over never came in");
    assert!(people.iter().all(|one| one["join_left"] == "left"), "nobody is left inside: {attendance}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mandates_given_at_once_keep_within_the_limit() {
    let server = TestServer::start().await;
    let rules = json!({"rules": {"proxies": {"max_per_holder": 2}}});
    let hall = Hall::fill(&server, 7, &rules).await;
    let (holder, principals) = hall.members.split_first().expect("people");
    let path = format!("sessions/{}/proxies", hall.session);
    let give = |person: &Person| {
        let body = json!({"principal_user_id": person.user_id, "holder_user_id": holder.user_id});
        person.post(&path, &body).send()
    };
    let answers = join_all(principals.iter().map(give)).await;
    let (given, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
    assert_eq!(given.len(), 2, "{given:?}");
    for answer in refused {
        answer.refused(409, "proxy_limit_reached");
    }
    server.stop().await;
}
