//! Nominations over HTTP: who may put whom forward, who stands, what reaches the ballot; several elections prepared, opened
//! and cast together; nominations opened again; ties that wait, seen by everybody.

use plenum_tests::{Hall, Person, TestServer};
use serde_json::{Value, json};

/// Opens nominations for offices; gives their numbers.
async fn offices(hall: &Hall, offices: &Value) -> Vec<i64> {
    let made = hall.chair.post(&hall.path("offices"), &json!({"offices": offices})).expect(201).await;
    let items = made["items"].as_array().expect("offices");
    items.iter().map(|office| office["id"].as_i64().expect("an id")).collect()
}

/// Puts people forward who accept.
async fn stand(office: i64, people: &[&Person]) {
    for person in people {
        let path = format!("offices/{office}/nominations");
        let made =
            person.post(&path, &json!({"statement": format!("I am {}.", person.name)})).expect(201).await;
        assert_eq!((&made["state"], &made["candidate"]["id"]), (&json!("accepted"), &json!(person.user_id)));
    }
}

/// Closes nominations and opens voting; gives the numbers of the events.
async fn open(hall: &Hall, offices: &[i64]) -> Vec<i64> {
    let body = json!({"office_ids": offices, "open": true});
    let made = hall.chair.post(&hall.path("elections"), &body).expect(201).await;
    let events = made["items"].as_array().expect("events");
    assert!(events.iter().all(|event| event["state"] == "active"), "{made}");
    events.iter().map(|event| event["id"].as_i64().expect("an id")).collect()
}

#[tokio::test]
async fn only_who_accepted_reaches_the_ballot() {
    let server = TestServer::start().await;
    let hall = Hall::fill(&server, 4, &json!({})).await;
    let (chair, members) = (&hall.chair, &hall.members);
    let guest = server.person("guest", "Gwen Guest").await;
    let method = json!({"name": "irv", "abstain": "Abstain"});
    let office = offices(&hall, &json!([{"name": "Treasurer", "data": {"method": method}}])).await[0];
    let nominations = format!("offices/{office}/nominations");
    let nominate = |user: i64| json!({"user_id": user});
    let first = members[0].post(&nominations, &nominate(members[1].user_id)).expect(201).await;
    assert_eq!((&first["state"], &first["answered_at"]), (&json!("proposed"), &Value::Null));
    members[2].post(&nominations, &nominate(members[1].user_id)).refused(409, "already_nominated").await;
    members[2].post(&nominations, &nominate(guest.user_id)).refused(409, "not_eligible").await;
    guest.post(&nominations, &json!({})).refused(404, "not_found").await;
    let mine = json!({"user_id": members[3].user_id, "statement": "They are good."});
    members[2].post(&nominations, &mine).wrong_field("statement").await;
    stand(office, &[&members[2]]).await;
    let third = chair.post(&nominations, &nominate(members[3].user_id)).expect(201).await;
    let fourth = chair.post(&nominations, &nominate(members[0].user_id)).expect(201).await;

    let accept = |nomination: &Value| format!("nominations/{}/accept", nomination["id"]);
    let decline = |nomination: &Value| format!("nominations/{}/decline", nomination["id"]);
    members[0].post(&accept(&first), &json!({})).refused(403, "not_the_nominee").await;
    let statement = json!({"statement": "I kept the books of the choir."});
    let accepted = members[1].post(&accept(&first), &statement).expect(200).await;
    assert_eq!(accepted["answered_by_user_id"], members[1].user_id);
    // Said aloud, and written down by the chair.
    let declined = chair.do_post(&decline(&third)).expect(200).await;
    assert_eq!(
        (&declined["state"], &declined["answered_by_user_id"]),
        (&json!("declined"), &json!(chair.user_id))
    );

    let body = json!({"office_ids": [office]});
    members[0].post(&hall.path("elections"), &body).refused(403, "forbidden").await;
    let made = chair.post(&hall.path("elections"), &body).expect(201).await;
    let event = made["items"][0].clone();
    assert_eq!((&event["name"], &event["state"]), (&json!("Treasurer"), &json!("draft")));
    assert_eq!(event["data"]["vote_options"], json!(["Member 2", "Member 3", "Abstain"]));
    assert_eq!(event["data"]["method"]["abstain"], "Abstain");
    let path = format!("events/{}", event["id"]);
    let seen = members[3].get(&path).expect(200).await;
    let candidates = seen["candidates"].as_array().expect("candidates");
    assert_eq!(candidates.len(), 2, "who declined and who never answered is not there: {seen}");
    assert_eq!(candidates[0]["statement"], "I kept the books of the choir.");
    assert_eq!(candidates[0]["nominated_by"]["id"], members[0].user_id);
    assert_eq!(
        (&candidates[1]["option"], &candidates[1]["statement"]),
        (&json!("Member 3"), &json!("I am Member 3."))
    );

    // Nominations are closed now, and nobody comes onto the ballot another way.
    members[0].post(&accept(&fourth), &json!({})).refused(409, "nominations_closed").await;
    members[0].post(&nominations, &json!({})).refused(409, "nominations_closed").await;
    let change = json!({"data": {"vote_options": ["Member 1", "Abstain"]}});
    chair.patch(&path, &change).wrong_field("data.vote_options").await;
    chair.delete(&format!("offices/{office}")).refused(409, "office_has_election").await;
    chair.post(&hall.path("elections"), &body).refused(409, "nominations_closed").await;
    let closed = members[0].get(&format!("offices/{office}")).expect(200).await;
    assert_eq!((&closed["state"], &closed["event_id"]), (&json!("closed"), &event["id"]));
    let options: Vec<&Value> =
        closed["nominations"].as_array().expect("nominations").iter().map(|one| &one["option"]).collect();
    assert_eq!(options, [&json!("Member 2"), &json!("Member 3"), &Value::Null, &Value::Null]);

    // Deleting the draft opens them again.
    chair.delete(&path).expect(204).await;
    members[0].post(&accept(&fourth), &json!({})).expect(200).await;
    members[2].do_post(&decline(&json!({"id": closed["nominations"][1]["id"]}))).expect(200).await;

    // Who lost the right to stand meanwhile is left out, and everybody sees why.
    hall.organization.put(&members[0], "observer").await;
    let made = chair.post(&hall.path("elections"), &body).expect(201).await;
    let without = &made["items"][0];
    assert_eq!(without["data"]["vote_options"], json!(["Member 2", "Abstain"]));
    let closed = members[3].get(&format!("offices/{office}")).expect(200).await;
    let mut nominations = closed["nominations"].as_array().expect("nominations").iter();
    let out = nominations.find(|one| one["state"] == "left_out").expect("somebody is left out");
    assert_eq!((&out["candidate"]["id"], &out["option"]), (&json!(members[0].user_id), &Value::Null));
    assert_eq!(out["left_out"], "Not on the ballot: a member without a vote when nominations were closed.");
    chair.delete(&format!("events/{}", without["id"])).expect(204).await;
    hall.organization.put(&members[0], "member").await;
    let event = open(&hall, &[office]).await[0];
    let shown = chair.get(&format!("events/{event}")).expect(200).await;
    assert_eq!(shown["data"]["vote_options"], json!(["Member 2", "Member 1", "Abstain"]));
    let audit = chair.list(&hall.organization.path("audit")).await;
    for action in [
        "office.open",
        "nomination.propose",
        "nomination.answer",
        "nomination.leave_out",
        "office.close",
        "office.reopen",
    ] {
        assert!(audit.iter().any(|line| line["action"] == action), "no {action}");
    }
    server.stop().await;
}

#[tokio::test]
async fn the_rules_say_who_nominates_and_what_an_office_needs() {
    let server = TestServer::start().await;
    let elections = json!({"nominators": "chair", "oneself": false, "eligible": "members"});
    let hall = Hall::fill(&server, 2, &json!({"rules": {"elections": elections}})).await;
    let (chair, member) = (&hall.chair, &hall.members[0]);
    let rules = chair.get(&hall.organization.path("rules")).expect(200).await;
    let said = rules["in_words"].as_array().expect("words");
    let elections = said.iter().find(|one| one["setting"] == "elections").expect("a statement");
    assert_eq!(
        elections["text"],
        "Only the chair may nominate somebody for an office while nominations are open, and nobody may nominate \
         themselves. Any member may stand, and who is nominated accepts before they are on the ballot."
    );
    let office = offices(&hall, &json!([{"name": "Clerk"}])).await[0];
    let nominations = format!("offices/{office}/nominations");
    member.post(&nominations, &json!({"user_id": chair.user_id})).refused(403, "may_not_nominate").await;
    chair.post(&nominations, &json!({})).refused(403, "not_oneself").await;
    let body = json!({"office_ids": [office]});
    chair.post(&hall.path("elections"), &body).refused(409, "no_candidates").await;
    for person in &hall.members {
        let made = chair.post(&nominations, &json!({"user_id": person.user_id})).expect(201).await;
        person.post(&format!("nominations/{}/accept", made["id"]), &json!({})).expect(200).await;
    }
    for (body, field) in [
        (json!({"offices": []}), "offices"),
        (json!({"offices": [{"name": "x", "seats": 0}]}), "offices[0].seats"),
        (json!({"offices": [{"name": "x", "seats": 3}]}), "offices[0].data.method.seats"),
        (json!({"offices": [{"name": ""}]}), "offices[0].name"),
        (
            json!({"offices": [{"name": "x", "data": {"vote_options": ["Ann"]}}]}),
            "offices[0].data.vote_options",
        ),
        (
            json!({"offices": [{"name": "x", "data": {"method": {"name": "dhondt"}}}]}),
            "offices[0].data.method.name",
        ),
        (
            json!({"offices": [{"name": "x", "seats": 2, "data": {"method": {"name": "irv"}}}]}),
            "offices[0].data.method.seats",
        ),
    ] {
        chair.post(&hall.path("offices"), &body).wrong_field(field).await;
    }
    let fewer = json!([{"name": "Clerks", "seats": 4, "data": {"method": {"name": "sntv"}}}]);
    let fewer = offices(&hall, &fewer).await[0];
    for person in &hall.members {
        let path = format!("offices/{fewer}/nominations");
        let made = chair.post(&path, &json!({"user_id": person.user_id})).expect(201).await;
        chair.post(&format!("nominations/{}/accept", made["id"]), &json!({})).expect(200).await;
    }
    let event = open(&hall, &[fewer]).await[0];
    let shown = member.get(&format!("events/{event}")).expect(200).await;
    assert_eq!(shown["data"]["method"]["seats"], 2);
    assert_eq!(shown["data"]["description"], "2 candidates stand for 4 seats; the others stay empty.");
    chair.delete(&format!("offices/{office}")).expect(204).await;
    member.get(&format!("offices/{office}")).refused(404, "not_found").await;
    server.stop().await;
}

#[tokio::test]
async fn several_elections_are_opened_and_cast_together() {
    let server = TestServer::start().await;
    let hall = Hall::fill(&server, 4, &json!({"rules": {"proxies": {"max_per_holder": 2}}})).await;
    let (chair, members) = (&hall.chair, &hall.members);
    let secret = json!({"secrecy": "secret", "method": {"name": "irv"}});
    let made = offices(
        &hall,
        &json!([{"name": "President", "data": secret}, {"name": "Secretary"}, {"name": "Treasurer", "data": secret}]),
    )
    .await;
    for office in &made {
        stand(*office, &[&members[0], &members[1]]).await;
    }
    // One of them has no candidates: none is prepared.
    let fourth = offices(&hall, &json!([{"name": "Auditor"}])).await[0];
    let all = json!({"office_ids": [made[0], fourth], "open": true});
    chair.post(&hall.path("elections"), &all).refused(409, "no_candidates").await;
    assert_eq!(chair.list(&hall.path("events")).await.len(), 0);
    let twice = json!({"office_ids": [made[0], made[0]]});
    chair.post(&hall.path("elections"), &twice).wrong_field("office_ids[1]").await;
    // In the order they are asked for.
    let events = open(&hall, &[made[2], made[0], made[1]]).await;
    let names: Vec<Value> =
        chair.list(&hall.path("events")).await.iter().map(|event| event["name"].clone()).collect();
    assert_eq!(names.len(), 3);
    let [treasurer, president, secretary] = events[..] else { panic!("three events") };

    // The third member votes for the fourth, too.
    let body = json!({"principal_user_id": members[3].user_id, "holder_user_id": members[2].user_id});
    members[3].do_post(&hall.path("leave")).expect(200).await;
    chair.post(&hall.path("proxies"), &body).expect(201).await;
    let votes = hall.path("votes");
    let paper = |event: i64, choice: &str| json!({"event_id": event, "vote_response": [choice]});
    // All or nothing: the third paper is wrong, or one event is not open.
    let wrong = json!({"votes": [paper(president, "Member 1"), paper(secretary, "Member 1"), paper(treasurer, "Zoe")]});
    members[0].post(&votes, &wrong).wrong_field("votes[2].vote_response[0]").await;
    let draft = hall.draft(&json!({"event_type": "motion", "name": "Later"})).await;
    let early = json!({"votes": [paper(president, "Member 1"), paper(draft, "yes")]});
    let problem = members[0].post(&votes, &early).refused(409, "vote_before_opening").await;
    assert_eq!(problem["event_id"], draft);
    let turnout = chair.get(&format!("events/{president}/turnout")).expect(200).await;
    assert_eq!(turnout["voted"], 0, "nothing was cast");

    let good = json!({"votes": [paper(secretary, "Member 1"), paper(president, "Member 2"), paper(treasurer, "Member 2")]});
    let cast = members[0].post(&votes, &good).key("together-1").expect(201).await;
    let order: Vec<&Value> =
        cast["votes"].as_array().expect("receipts").iter().map(|one| &one["event_id"]).collect();
    assert_eq!(order, [&json!(secretary), &json!(president), &json!(treasurer)]);
    assert_eq!(cast["votes"][0]["data"]["vote_response"], json!(["Member 1"]));
    assert!(cast["votes"][1]["envelope"].is_string() && cast["votes"][1]["data"]["vote_response"].is_null());
    // The same again gives the same answer; with another choice under the same key it is refused.
    let again = members[0].post(&votes, &good).key("together-1").expect(201).await;
    assert_eq!(again, cast);
    let other = json!({"votes": [paper(secretary, "Member 1"), paper(president, "Member 1"), paper(treasurer, "Member 2")]});
    members[0].post(&votes, &other).key("together-1").refused(422, "idempotency_key_reused").await;
    let problem = members[0].post(&votes, &good).refused(409, "already_voted").await;
    assert!(events.iter().any(|event| problem["event_id"] == *event), "{problem}");

    // With every vote in hand alike, or each on its own.
    let alike = json!({"all": true, "votes": [paper(president, "Member 1"), paper(treasurer, "Member 1")]});
    let cast = members[2].post(&votes, &alike).expect(201).await;
    assert_eq!(cast["votes"].as_array().map(Vec::len), Some(4));
    let instances = members[2].get(&format!("events/{secretary}/vote-instances")).expect(200).await;
    let with = |at: usize, choice: &str| {
        let instance = &instances["items"][at]["user_session_id"];
        json!({"event_id": secretary, "user_session_id": instance, "vote_response": [choice]})
    };
    let apart = json!({"votes": [with(0, "Member 1"), with(1, "Member 2")]});
    let cast = members[2].post(&votes, &apart).expect(201).await;
    let proxies: Vec<&Value> =
        cast["votes"].as_array().expect("receipts").iter().map(|one| &one["data"]["proxy"]).collect();
    assert_eq!(proxies, [&json!(false), &json!(true)]);
    let chosen = json!({"all": true, "votes": [with(0, "Member 1")]});
    members[1].post(&votes, &chosen).wrong_field("votes[0].user_session_id").await;

    // Each has a result of its own.
    for (event, elected) in [(president, "Member 1"), (treasurer, "Member 1"), (secretary, "Member 1")] {
        let result = hall.result(event).await;
        assert_eq!(result["election"]["elected"], json!([elected]), "{result}");
    }
    server.stop().await;
}

#[tokio::test]
async fn drafts_are_opened_together_or_not_at_all() {
    let server = TestServer::start().await;
    let hall = Hall::fill(&server, 1, &json!({})).await;
    let (chair, path) = (&hall.chair, hall.path("events/open"));
    let mut drafts = Vec::new();
    for name in ["One", "Two"] {
        drafts.push(hall.draft(&json!({"event_type": "motion", "name": name})).await);
    }
    let over = hall.open(&json!({"event_type": "motion", "name": "Over"})).await;
    chair.do_post(&format!("events/{over}/close")).expect(200).await;
    let body = json!({"event_ids": [drafts[0], over]});
    let problem = chair.post(&path, &body).refused(409, "open_after_close").await;
    assert_eq!(problem["event_id"], over);
    let still = chair.get(&format!("events/{}", drafts[0])).expect(200).await;
    assert_eq!(still["state"], "draft");
    chair.post(&path, &json!({"event_ids": [i32::MAX]})).wrong_field("event_ids[0]").await;
    chair.post(&path, &json!({"event_ids": []})).wrong_field("event_ids").await;
    let opened = chair.post(&path, &json!({"event_ids": [drafts[1], drafts[0]]})).expect(200).await;
    let ids: Vec<&Value> =
        opened["items"].as_array().expect("events").iter().map(|event| &event["id"]).collect();
    assert_eq!(ids, [&json!(drafts[1]), &json!(drafts[0])]);
    server.stop().await;
}

#[tokio::test]
async fn new_nominations_are_opened_when_voters_ask_for_them() {
    let server = TestServer::start().await;
    let rules = json!({"rules": {"elections": {"reopen_nominations": "Re-open nominations"}}});
    let hall = Hall::fill(&server, 3, &rules).await;
    let (chair, members) = (&hall.chair, &hall.members);
    let office =
        offices(&hall, &json!([{"name": "Clerk", "data": {"description": "As in article 3."}}])).await[0];
    stand(office, &[&members[0]]).await;
    let event = open(&hall, &[office]).await[0];
    let shown = members[1].get(&format!("events/{event}")).expect(200).await;
    assert_eq!(shown["data"]["vote_options"], json!(["Member 1", "Re-open nominations"]));
    hall.vote(&members[0], event, "Member 1").await;
    for person in [&members[1], &members[2]] {
        hall.vote(person, event, "Re-open nominations").await;
    }
    chair.do_post(&format!("events/{event}/close")).expect(200).await;
    // Who may not see the result yet does not learn it from the agenda either.
    let before = members[1].get(&hall.path("offices")).expect(200).await;
    assert_eq!(before["items"].as_array().map(Vec::len), Some(1), "{before}");
    let early = chair.get(&format!("events/{event}/results")).expect(200).await;
    let next = early["next_office_id"].as_i64().expect("an office");
    members[1].get(&format!("offices/{next}")).refused(404, "not_found").await;
    chair.do_post(&format!("events/{event}/release")).expect(200).await;
    let result = members[1].get(&format!("events/{event}/results")).expect(200).await;
    assert_eq!((&result["outcome"], &result["next_event_id"]), (&json!("reopen_nominations"), &Value::Null));
    assert!(result["summary"].as_str().is_some_and(|text| text.starts_with(
        "Nobody is elected: \u{201C}Re-open nominations\u{201D} won, so nominations are opened again."
    )));
    let again = members[1].get(&format!("offices/{next}")).expect(200).await;
    assert_eq!((&again["name"], &again["state"]), (&json!("Clerk (new nominations)"), &json!("open")));
    assert_eq!((&again["follows_event_id"], &again["nominations"]), (&json!(event), &json!([])));
    stand(next, &[&members[2]]).await;
    let event = open(&hall, &[next]).await[0];
    let shown = chair.get(&format!("events/{event}")).expect(200).await;
    assert_eq!(shown["data"]["description"], "As in article 3.");
    server.stop().await;
}

#[tokio::test]
async fn a_tie_that_waits_is_seen_by_everybody_and_named_to_few() {
    let server = TestServer::start().await;
    let rules = json!({"rules": {"ties": {"election": "chair"}}});
    let hall = Hall::fill(&server, 2, &rules).await;
    let data = json!({"vote_options": ["Ann", "Bob"]});
    let event = hall.open(&json!({"event_type": "election", "name": "Clerk", "data": data})).await;
    let path = format!("events/{event}");
    let member = &hall.members[0];
    let open = member.get(&path).expect(200).await;
    assert_eq!((&open["awaits_decision"], &open["awaiting"]), (&json!(false), &Value::Null));
    assert!(open["server_time"].is_string() && open.get("candidates").is_none(), "{open}");
    hall.vote(member, event, "Ann").await;
    hall.vote(&hall.members[1], event, "Bob").await;
    hall.chair.do_post(&format!("{path}/close")).expect(200).await;
    let seen = member.get(&path).expect(200).await;
    assert_eq!((&seen["awaits_decision"], seen.get("awaiting")), (&json!(true), None));
    assert!(!seen.to_string().contains("between"), "{seen}");
    let conducted = hall.chair.get(&path).expect(200).await;
    assert_eq!(conducted["awaiting"], json!({"question": "elect", "between": ["Ann", "Bob"]}));
    let listed = hall.chair.get(&hall.path("events")).expect(200).await;
    assert_eq!(listed["items"][0]["awaits_decision"], true);
    assert!(listed["items"][0]["server_time"].is_string());
    let session = member.get(&format!("sessions/{}", hall.session)).expect(200).await;
    assert!(session["server_time"].is_string(), "{session}");
    let live = member.get(&hall.path("live")).send().await;
    assert!(live.body.contains("\"awaits_decision\":true"), "{}", live.body);
    let messages = live.body.lines().filter_map(|line| line.strip_prefix("data: "));
    for message in messages {
        let message: Value = serde_json::from_str(message).expect("JSON");
        assert!(message["server_time"].is_string(), "{message}");
    }
    hall.chair.post(&format!("{path}/tie"), &json!({"choice": "Bob"})).expect(200).await;
    assert_eq!(member.get(&path).expect(200).await["awaits_decision"], false);
    server.stop().await;
}
