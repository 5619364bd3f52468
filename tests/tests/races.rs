//! Many at once, over HTTP: one vote each, and one result.

use futures::future::join_all;
use plenum_tests::{Hall, TestServer};
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
