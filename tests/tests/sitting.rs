//! Who is in a sitting, with how many votes, and when there are enough.

use plenum_tests::{Hall, Person, TestServer};
use serde_json::{Value, json};

fn motion(name: &str) -> Value {
    json!({"event_type": "motion", "name": name})
}

async fn votes_of(person: &Person, event: i64) -> usize {
    let instances = person.get(&format!("events/{event}/vote-instances")).expect(200).await;
    instances["items"].as_array().map_or(0, Vec::len)
}

async fn give(hall: &Hall, principal: &Person, holder: &Person) {
    let body = json!({"principal_user_id": principal.user_id, "holder_user_id": holder.user_id});
    hall.chair.post(&hall.path("proxies"), &body).expect(201).await;
}

/// | who | present | and with a proxy |
/// |-----|---------|------------------|
/// | member | 1 | 2 |
/// | observer or guest | 0 | 1 |
#[tokio::test]
async fn how_many_votes_people_have() {
    let server = TestServer::start().await;
    let rules = json!({"rules": {"joining": "anyone", "proxies": {"holders": "anyone"}}});
    let hall = Hall::fill(&server, 4, &rules).await;
    let observer = server.person("observer", "Oskar Observer").await;
    hall.organization.put(&observer, "observer").await;
    let second = server.person("second", "Second Observer").await;
    hall.organization.put(&second, "observer").await;
    let (guest, other) = (server.person("guest", "Gus Guest").await, server.person("other", "Otto").await);
    for person in [&observer, &second, &guest, &other] {
        hall.enter(person).await;
    }
    let away = &hall.organization.owner;
    give(&hall, away, &hall.members[1]).await;
    give(&hall, &hall.members[2], &observer).await;
    give(&hall, &hall.members[3], &guest).await;
    for principal in &hall.members[2..] {
        principal.do_post(&hall.path("leave")).expect(200).await;
    }
    let event = hall.open(&motion("Counted")).await;
    for (person, votes) in
        [(&hall.members[0], 1), (&hall.members[1], 2), (&second, 0), (&observer, 1), (&other, 0), (&guest, 1)]
    {
        assert_eq!(votes_of(person, event).await, votes, "{}", person.name);
    }
    // With one vote in all nobody has to say which, whoever it belongs to.
    let receipt = hall.vote(&guest, event, "yes").await;
    assert_eq!(receipt["data"]["proxy_for_user_id"], hall.members[3].user_id);
    let other = other.post(&format!("events/{event}/votes"), &json!({"vote_response": ["yes"]}));
    other.refused(403, "not_entitled").await;
    // Their vote is cast; coming back does not give them another.
    hall.enter(&hall.members[3]).await;
    let again = hall.members[3].post(&format!("events/{event}/votes"), &json!({"vote_response": ["no"]}));
    again.refused(409, "already_voted").await;
    let result = hall.result(event).await;
    assert_eq!(result["cast"]["people"], 1, "{result}");
    server.stop().await;
}

#[tokio::test]
async fn nothing_is_opened_without_a_quorum() {
    let server = TestServer::start().await;
    // On the roll are the owner, the chair and three members: 5. At least two thirds of 5 are 4.
    let hall = Hall::fill(&server, 3, &json!({"rules": {"quorum": {"fraction": "2/3"}}})).await;
    hall.members[2].do_post(&hall.path("leave")).expect(200).await;
    let draft = hall.draft(&motion("Too few")).await;
    let open = format!("events/{draft}/open");
    let refused = hall.chair.do_post(&open).refused(409, "no_quorum").await;
    assert!(refused["detail"].as_str().is_some_and(|detail| detail.contains("3 of 4")), "{refused}");
    let attendance = hall.chair.get(&hall.path("attendance")).expect(200).await;
    let quorum = json!({"entitled": 5, "present": 3, "required": 4, "missing": 1, "met": false});
    assert_eq!(attendance["quorum"], quorum);
    // Who is represented counts as there.
    give(&hall, &hall.organization.owner, &hall.members[0]).await;
    hall.chair.do_post(&open).expect(200).await;
    let turnout = hall.chair.get(&format!("events/{draft}/turnout")).expect(200).await;
    assert_eq!((&turnout["entitled"], &turnout["voted"]), (&json!(5), &json!(0)));
    server.stop().await;
}

#[tokio::test]
async fn whoever_is_shown_out_comes_back_when_let_in() {
    let server = TestServer::start().await;
    let hall = Hall::fill(&server, 2, &json!({})).await;
    let event = hall.open(&motion("Order")).await;
    let (noisy, quiet) = (&hall.members[0], &hall.members[1]);
    hall.vote(noisy, event, "no").await;
    let place = hall.path(&format!("attendance/{}", noisy.user_id));
    quiet.delete(&place).refused(403, "forbidden").await;
    let own = hall.path(&format!("attendance/{}", hall.chair.user_id));
    hall.chair.delete(&own).refused(409, "remove_oneself").await;
    hall.chair.delete(&place).expect(204).await;
    let code = json!({"join_code": hall.code});
    noisy.post("sessions/join", &code).refused(403, "removed_from_session").await;
    let second = hall.open(&motion("Another")).await;
    let cast = noisy.post(&format!("events/{second}/votes"), &json!({"vote_response": ["no"]}));
    cast.refused(409, "not_present").await;

    // The host lets people in, the lock notwithstanding.
    hall.chair.do_post(&hall.path("lock")).expect(200).await;
    hall.chair.put(&place, &json!({"status": "present"})).expect(200).await;
    hall.vote(noisy, second, "no").await;
    let owner = hall.path(&format!("attendance/{}", hall.organization.owner.user_id));
    hall.chair.put(&owner, &json!({"status": "present"})).expect(200).await;
    hall.vote(&hall.organization.owner, second, "yes").await;
    hall.chair.put(&owner, &json!({"status": "absent"})).expect(200).await;
    let result = hall.result(event).await;
    assert_eq!(result["motion"]["against"], 1, "the vote stayed: {result}");
    assert_eq!(hall.result(second).await["cast"]["people"], 2);
    server.stop().await;
}
