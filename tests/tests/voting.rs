//! Votes and what is put to the vote, at their edges.

use std::time::Duration;

use plenum_tests::{Hall, Organization, Person, TestServer, until};
use serde_json::{Value, json};

fn motion(name: &str) -> Value {
    json!({"event_type": "motion", "name": name})
}

async fn event_is(person: &Person, event: i64, status: &str) -> Value {
    let path = format!("events/{event}");
    let look = async || person.get(&path).expect(200).await;
    until(&format!("the event to be {status}"), look, |seen| seen["status"] == status).await
}

#[tokio::test]
async fn the_same_key_gives_the_same_answer() {
    let server = TestServer::start().await;
    let hall = Hall::fill(&server, 2, &json!({})).await;
    let event = hall.open(&motion("Replays")).await;
    let path = format!("events/{event}/votes");
    let (ada, ben) = (&hall.members[0], &hall.members[1]);
    let yes = json!({"vote_response": ["yes"]});

    let first = ada.post(&path, &yes).key("one").send().await.expect(201);
    let again = ada.post(&path, &yes).key("one").send().await.expect(201);
    assert_eq!(first.body, again.body);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    ada.post(&path, &json!({"vote_response": ["no"]}))
        .key("one")
        .refused(422, "idempotency_key_reused")
        .await;
    ada.post(&path, &yes).refused(409, "already_voted").await;
    ada.post(&path, &yes).key("two").refused(409, "already_voted").await;
    // Keys belong to people.
    ben.post(&path, &json!({"vote_response": ["no"]})).key("one").expect(201).await;
    for wrong in ["with space", &"x".repeat(256)] {
        ada.post(&path, &yes).key(wrong).wrong_field("Idempotency-Key").await;
    }

    // What was answered stays the answer, also when the vote is over.
    let result = hall.result(event).await;
    assert_eq!(result["cast"], json!({"people": 2, "weight": 2}));
    let late = ada.post(&path, &yes).key("one").send().await.expect(201);
    assert_eq!(first.body, late.body);

    // The same holds for every POST.
    let body = json!({"organization_id": hall.organization.id, "title": "Once"});
    let one = hall.chair.post("sessions", &body).key("session").expect(201).await;
    let two = hall.chair.post("sessions", &body).key("session").expect(201).await;
    assert_eq!(one, two);
    let token = json!({"name": "script"});
    let one = ada.post("me/tokens", &token).key("token").expect(201).await;
    let two = ada.post("me/tokens", &token).key("token").expect(201).await;
    assert_eq!(one["id"], two["id"]);
    assert!(one["token"].is_string() && two["token"].is_null(), "a secret is shown once");
    server.stop().await;
}

#[tokio::test]
async fn an_end_time_ends_the_vote_by_itself() {
    let server = TestServer::start().await;
    let hall = Hall::fill(&server, 2, &json!({})).await;
    let end = server.in_time(Duration::from_secs(3)).await;
    let event = hall.open(&json!({"event_type": "motion", "name": "Soon over", "end_time": end})).await;
    let path = format!("events/{event}/votes");
    hall.vote(&hall.members[0], event, "yes").await;

    // The clock of the database decides, whether or not the event was closed already.
    let clock = async || server.in_time(Duration::ZERO).await;
    until("the end time", clock, |now| now.as_str() > end.as_str()).await;
    let late = hall.members[1].post(&path, &json!({"vote_response": ["no"]})).send().await;
    assert!(matches!(late.code().as_str(), "event_ended" | "event_not_active"), "{late}");
    assert_eq!(late.status, 409);

    let closed = event_is(&hall.chair, event, "inactive").await;
    let told = hall.members[1].post(&path, &json!({"vote_response": ["no"]}));
    told.refused(409, "event_not_active").await;
    let moment = |text: &Value| text.as_str().map(|text| text[..19].to_owned());
    assert_eq!(moment(&closed["end_time"]), moment(&json!(end)), "the end stays as it was set: {closed}");
    let result = hall.chair.get(&format!("events/{event}/results")).expect(200).await;
    assert_eq!(result["cast"]["people"], 1, "{result}");
    assert_eq!(result["outcome"], "adopted");
    let audit = hall.chair.list(&hall.organization.path("audit")).await;
    let close = audit.iter().find(|line| line["action"] == "event.close").expect("a line");
    assert_eq!(close["actor"], "system", "{close}");
    server.stop().await;
}

#[tokio::test]
async fn nobody_votes_before_the_start_time() {
    let server = TestServer::start().await;
    let hall = Hall::fill(&server, 1, &json!({})).await;
    let yes = json!({"vote_response": ["yes"]});
    let voter = &hall.members[0];

    let start = server.in_time(Duration::from_hours(1)).await;
    let event = hall.open(&json!({"event_type": "motion", "name": "Later", "start_time": start})).await;
    let path = format!("events/{event}/votes");
    voter.post(&path, &yes).refused(409, "event_not_started").await;
    let result = hall.result(event).await;
    assert_eq!((&result["outcome"], &result["cast"]["people"]), (&json!("rejected"), &json!(0)));

    // From the start on it goes by itself.
    let start = server.in_time(Duration::from_secs(1)).await;
    let event = hall.open(&json!({"event_type": "motion", "name": "Soon", "start_time": start})).await;
    let path = format!("events/{event}/votes");
    let mut codes = Vec::new();
    let cast = async || voter.post(&path, &yes).send().await;
    let accepted = until("the start time", cast, |answer| {
        codes.push(answer.code());
        answer.status == 201
    });
    assert_eq!(accepted.await.json()["data"]["vote_response"], json!(["yes"]));
    codes.pop();
    assert!(codes.iter().all(|code| code == "event_not_started"), "{codes:?}");

    // A schedule that cannot be is refused when it is made, or when it has passed at the opening.
    let (end, start) = (server.in_time(Duration::ZERO).await, server.in_time(Duration::from_mins(1)).await);
    let body = json!({"event_type": "motion", "name": "Backwards", "start_time": start, "end_time": end});
    hall.chair.post(&hall.path("events"), &body).wrong_field("end_time").await;
    let body = json!({
        "event_type": "motion", "name": "Over before", "start_time": "2020-01-01T00:00:00Z",
        "end_time": "2020-01-02T00:00:00Z",
    });
    let draft = hall.draft(&body).await;
    hall.chair.do_post(&format!("events/{draft}/open")).refused(409, "end_time_passed").await;
    server.stop().await;
}

/// Names as they are written around the world.
const NAMES: &[&str] = &[
    "Łukasz Żółć",
    "Νίκος Παπαδόπουλος",
    "王小明",
    "محمد الفاتح",
    "יעל כהן",
    "Владимир Ленский",
    "नरेन्द्र",
    "ไพศาล",
    "김민준",
    "Nguyễn Thị Hương",
    "Zoë 🗳",
    "O'Brien, \"Jonas\"",
    "Robert'); DROP TABLE votes;--",
    "<b>Bold</b>",
];

#[tokio::test]
async fn names_in_any_script_come_back_as_they_were() {
    let server = TestServer::start().await;
    let hall = Hall::fill(&server, 0, &json!({})).await;
    let mut roster = csv_line(&["andrew_id", "name"]);
    for (number, name) in NAMES.iter().enumerate() {
        roster.push_str(&csv_line(&[&format!("n{number}"), name]));
    }
    hall.organization.import(&roster, false).await;
    for (number, name) in NAMES.iter().enumerate() {
        let person = server.person(&format!("n{number}"), "Another name").await;
        assert_eq!(person.name, *name, "the roster's name stays");
        hall.enter(&person).await;
        let shown = person.get("me").expect(200).await;
        assert_eq!(shown["user"]["name"], *name);
    }
    let (session, _) = hall.organization.convene(&hall.chair, NAMES[2]).await;
    let shown = hall.chair.get(&format!("sessions/{session}")).expect(200).await;
    assert_eq!(shown["title"], NAMES[2]);
    let body = json!({"event_type": "election", "name": NAMES[3], "data": {"vote_options": NAMES}});
    let event = hall.open(&body).await;
    let shown = hall.chair.get(&format!("events/{event}")).expect(200).await;
    assert_eq!((&shown["name"], &shown["data"]["vote_options"]), (&json!(NAMES[3]), &json!(NAMES)));
    hall.vote(&hall.chair, event, NAMES[12]).await;
    assert_eq!(hall.result(event).await["election"]["elected"], json!([NAMES[12]]));
    let attendance = hall.chair.get(&hall.path("exports/attendance.csv")).send().await.expect(200).csv();
    let names: Vec<_> = attendance.select(&["Name"]).concat();
    for name in NAMES {
        assert!(names.contains(name), "{name} in {names:?}");
    }
    server.stop().await;
}

fn csv_line(cells: &[&str]) -> String {
    let quoted: Vec<String> = cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
    format!("{}\n", quoted.join(","))
}

#[tokio::test]
async fn control_characters_are_refused_where_they_stand() {
    let server = TestServer::start().await;
    let hall = Hall::fill(&server, 0, &json!({})).await;
    let (chair, owner) = (&hall.chair, &hall.organization.owner);
    for harmful in
        ["a\u{0}b", "a\nb", "a\u{1b}[31mb", "a\u{7f}b", "a\u{85}b", "a\u{202e}b", "a\u{2066}b", "a\u{feff}b"]
    {
        owner.post("organizations", &json!({"name": harmful})).wrong_field("name").await;
        let body = json!({"organization_id": hall.organization.id, "title": harmful});
        chair.post("sessions", &body).wrong_field("title").await;
        chair.post(&hall.path("events"), &motion(harmful)).wrong_field("name").await;
        let data = json!({"vote_options": ["Ann", harmful]});
        let body = json!({"event_type": "election", "name": "Election", "data": data});
        chair.post(&hall.path("events"), &body).wrong_field("data.vote_options[1]").await;
        chair.post("me/tokens", &json!({"name": harmful})).wrong_field("name").await;
        let roster = format!("{}{}", csv_line(&["andrew_id", "name"]), csv_line(&["x", harmful]));
        let report = hall.organization.import(&roster, true).await;
        assert_eq!(report["rows"][0]["change"], "wrong", "{harmful:?}: {report}");
    }
    // Descriptions have lines, and nothing else of that kind.
    let body = json!({"event_type": "motion", "name": "M", "data": {"description": "one\r\n\ttwo\nthree"}});
    let event = chair.post(&hall.path("events"), &body).expect(201).await;
    assert_eq!(event["data"]["description"], "one\n\ttwo\nthree");
    let body = json!({"event_type": "motion", "name": "M", "data": {"description": "a\u{0}b"}});
    chair.post(&hall.path("events"), &body).wrong_field("data.description").await;
    server.stop().await;
}

/// What a spreadsheet would take for a formula.
const FORMULAS: &[&str] = &[
    "=HYPERLINK(\"http://evil.example\",\"Click\")",
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@SUM(A1:A9)",
    "-2+3+cmd|' /C calc'!A0",
];

#[tokio::test]
async fn formulas_are_defused_in_every_csv_export() {
    let server = TestServer::start().await;
    let hall = Hall::fill(&server, 1, &json!({"rules": {"proxies": {"max_per_holder": 9}}})).await;
    let mut roster = csv_line(&["andrew_id", "name"]);
    for (number, name) in FORMULAS.iter().enumerate() {
        roster.push_str(&csv_line(&[&format!("f{number}"), name]));
    }
    hall.organization.import(&roster, false).await;
    let mut people = Vec::new();
    for number in 0..FORMULAS.len() {
        people.push(server.person(&format!("f{number}"), "unused").await);
    }
    // The first is represented, the others are there.
    let body = json!({"principal_user_id": people[0].user_id, "holder_user_id": hall.members[0].user_id});
    hall.chair.post(&hall.path("proxies"), &body).expect(201).await;
    for person in &people[1..] {
        hall.enter(person).await;
    }
    let data = json!({"vote_options": FORMULAS, "secrecy": "roll_call", "description": FORMULAS[0]});
    let event = hall.open(&json!({"event_type": "election", "name": FORMULAS[2], "data": data})).await;
    hall.vote(&people[1], event, FORMULAS[3]).await;
    hall.result(event).await;
    let voided = hall.open(&motion("=1+1")).await;
    hall.chair.post(&format!("events/{voided}/annul"), &json!({"reason": "=2+2"})).expect(200).await;

    for kind in ["attendance", "votes", "results", "minutes"] {
        let path = hall.path(&format!("exports/{kind}.csv"));
        let answer = hall.chair.get(&path).send().await.expect(200);
        assert!(answer.header("content-type").is_some_and(|kind| kind.starts_with("text/csv")), "{answer}");
        let disposition = answer.header("content-disposition").unwrap_or_default().to_owned();
        assert!(disposition.starts_with("attachment"), "{disposition}");
        let table = answer.csv();
        for cell in table.cells() {
            assert!(
                !cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']),
                "{kind}: {cell:?}"
            );
        }
        if kind == "attendance" {
            for name in FORMULAS {
                assert!(table.cells().any(|cell| cell.ends_with(name)), "{name} is still to be read");
            }
        }
        let path = hall.path(&format!("exports/{kind}.json"));
        let document = hall.chair.get(&path).expect(200).await.to_string();
        let name = Value::from(if kind == "attendance" { FORMULAS[1] } else { FORMULAS[2] }).to_string();
        assert!(document.contains(name.trim_matches('"')), "JSON has names as they are: {document}");
    }
    server.stop().await;
}

#[tokio::test]
async fn texts_and_lists_are_bounded() {
    let server = TestServer::start().await;
    let hall = Hall::fill(&server, 0, &json!({})).await;
    let chair = &hall.chair;
    let events = hall.path("events");
    let description = |length: usize| json!({"event_type": "motion", "name": "Long", "data": {"description": "ż".repeat(length)}});
    let event = chair.post(&events, &description(10_000)).expect(201).await;
    let shown = chair.get(&format!("events/{}", event["id"])).expect(200).await;
    assert_eq!(shown["data"]["description"], "ż".repeat(10_000));
    chair.post(&events, &description(10_001)).wrong_field("data.description").await;
    chair.post(&events, &motion(&"n".repeat(200))).expect(201).await;
    chair.post(&events, &motion(&"n".repeat(201))).wrong_field("name").await;
    chair.post(&events, &motion("  ")).wrong_field("name").await;

    let election = |options: Vec<String>| json!({"event_type": "election", "name": "Election", "data": {"vote_options": options}});
    let many = |count: usize| (1..=count).map(|number| format!("Candidate {number}")).collect::<Vec<_>>();
    let event = hall.open(&election(many(200))).await;
    hall.vote(chair, event, "candidate 200").await;
    assert_eq!(hall.result(event).await["election"]["elected"], json!(["Candidate 200"]));
    chair.post(&events, &election(many(201))).wrong_field("data.vote_options").await;
    chair.post(&events, &election(many(1))).expect(201).await;
    chair.post(&events, &election(Vec::new())).wrong_field("data.vote_options").await;
    chair
        .post(&events, &json!({"event_type": "election", "name": "E"}))
        .wrong_field("data.vote_options")
        .await;
    let twice = election(vec!["Ann".to_owned(), " ann ".to_owned()]);
    chair.post(&events, &twice).wrong_field("data.vote_options").await;
    chair.post(&events, &election(vec!["ż".repeat(200)])).expect(201).await;
    chair.post(&events, &election(vec!["ż".repeat(201)])).wrong_field("data.vote_options[0]").await;
    let unclear = json!({"event_type": "motion", "name": "M", "data": {"vote_options": ["Ja", "Nein"]}});
    chair.post(&events, &unclear).wrong_field("data.vote_options").await;
    let named = json!({"name": "majority", "in_favour": "Ja", "against": "Nein"});
    let data = json!({"vote_options": ["Ja", "Nein"], "method": named});
    chair.post(&events, &json!({"event_type": "motion", "name": "M", "data": data})).expect(201).await;

    // What does not fit on the ballot is not cast.
    let event = hall.open(&motion("Ballot")).await;
    let votes = format!("events/{event}/votes");
    chair.post(&votes, &json!({"vote_response": ["maybe"]})).wrong_field("vote_response[0]").await;
    chair.post(&votes, &json!({"vote_response": []})).wrong_field("vote_response").await;
    chair.post(&votes, &json!({"vote_response": ["yes", "no"]})).wrong_field("vote_response").await;
    chair.post(&votes, &json!({"vote_response": ["YES"]})).expect(201).await;
    server.stop().await;
}

#[tokio::test]
async fn unknown_fields_are_refused_by_name() {
    let server = TestServer::start().await;
    let hall = Hall::fill(&server, 1, &json!({})).await;
    let (chair, owner, member) = (&hall.chair, &hall.organization.owner, &hall.members[0]);
    let organization = format!("organizations/{}", hall.organization.id);
    let event = hall.open(&motion("Fields")).await;
    let draft = hall.draft(&motion("Draft")).await;

    let wrong = [
        (owner.post("organizations", &json!({"name": "A", "nmae": "A"})), "nmae"),
        (owner.patch(&organization, &json!({"data": {"rule": {}}})), "data.rule"),
        (owner.patch(&organization, &json!({"data": {"rules": {"quorums": {}}}})), "data.rules.quorums"),
        (
            owner.put(
                &hall.organization.path(&format!("members/{}", member.user_id)),
                &json!({"user_role": "member", "weight": 2}),
            ),
            "weight",
        ),
        (
            owner.post(&hall.organization.path("members/import"), &json!({"csv": "", "dryrun": true})),
            "dryrun",
        ),
        (
            chair.post(
                "sessions",
                &json!({"organization_id": hall.organization.id, "title": "T", "code": "X"}),
            ),
            "code",
        ),
        (member.post("sessions/join", &json!({"join_code": hall.code, "as": "ada"})), "as"),
        (
            chair.post(
                &hall.path("proxies"),
                &json!({"principal_user_id": 1, "holder_user_id": 2, "weight": 1}),
            ),
            "weight",
        ),
        (
            chair.post(
                &hall.path("events"),
                &json!({"event_type": "motion", "name": "M", "data": {"treshold": "2/3"}}),
            ),
            "data.treshold",
        ),
        (chair.patch(&format!("events/{draft}"), &json!({"title": "M"})), "title"),
        (
            member.post(&format!("events/{event}/votes"), &json!({"vote_response": ["yes"], "user_id": 1})),
            "user_id",
        ),
        (chair.post(&format!("events/{event}/annul"), &json!({"why": "x"})), "why"),
        (member.post("me/tokens", &json!({"name": "t", "scope": "all"})), "scope"),
    ];
    for (request, field) in wrong {
        request.wrong_field(field).await;
    }
    for query in ["limit=0", "limit=201", "limit=x"] {
        owner.get(&hall.organization.path(&format!("members?{query}"))).wrong_field("limit").await;
    }
    owner.get(&hall.organization.path("members?limt=1")).wrong_field("limt").await;

    let broken = member.do_post("sessions/join").body("application/json", "{\"join_code\": ");
    broken.refused(400, "malformed_json").await;
    let twice =
        member.do_post("sessions/join").body("application/json", r#"{"join_code": "A", "join_code": "B"}"#);
    twice.wrong_field("join_code").await;
    let form = member.do_post("sessions/join").body("application/x-www-form-urlencoded", "join_code=A");
    form.refused(415, "unsupported_media_type").await;
    member.post("sessions/join", &json!({})).wrong_field("join_code").await;
    member.post("sessions/join", &json!({"join_code": 7})).wrong_field("join_code").await;
    // Nothing of all that was done.
    assert_eq!(chair.get(&format!("events/{event}/turnout")).expect(200).await["voted"], 0);
    server.stop().await;
}

#[tokio::test]
async fn thresholds_mean_what_was_written() {
    let server = TestServer::start().await;
    let hall = Hall::fill(&server, 30, &json!({})).await;
    // 20 of 30 in favour, in each of them. As a binary number two thirds would ask for 21.
    for (threshold, needed, outcome) in [
        (json!("2/3"), 20, "adopted"),
        (json!(0.6666), 20, "adopted"),
        (json!("0.6666"), 20, "adopted"),
        (json!("0.6667"), 21, "rejected"),
        (json!("0.66666666666666667"), 21, "rejected"),
        (json!("20/30"), 20, "adopted"),
    ] {
        let data = json!({"threshold": threshold, "vote_options": ["yes", "no"]});
        let event = hall.open(&json!({"event_type": "motion", "name": "Edge", "data": data})).await;
        for (number, member) in hall.members.iter().enumerate() {
            hall.vote(member, event, if number < 20 { "yes" } else { "no" }).await;
        }
        let result = hall.result(event).await;
        assert_eq!(result["motion"]["base_count"], 30, "{threshold}: {result}");
        assert_eq!(result["motion"]["needed"], needed, "{threshold}: {result}");
        assert_eq!(result["outcome"], outcome, "{threshold}: {result}");
    }
    for wrong in [json!("3/2"), json!(1.5), json!("1/0"), json!("half"), json!(-0.5), json!("1e-1")] {
        let data = json!({"threshold": wrong});
        let body = json!({"event_type": "motion", "name": "M", "data": data});
        let answer = hall.chair.post(&hall.path("events"), &body).send().await.expect(422);
        let errors = answer.json()["errors"].to_string();
        assert!(errors.contains("threshold"), "{answer}");
    }
    server.stop().await;
}

#[tokio::test]
async fn weights_are_counted_and_fixed_at_the_opening() {
    let server = TestServer::start().await;
    let hall = Hall::fill(&server, 3, &json!({})).await;
    let weigh = async |person: &Person, weight: u32| {
        let path = hall.organization.path(&format!("members/{}", person.user_id));
        hall.organization
            .owner
            .put(&path, &json!({"user_role": "member", "vote_weight": weight}))
            .expect(200)
            .await
    };
    weigh(&hall.members[0], 3).await;
    weigh(&hall.members[1], 0).await;
    let event = hall.open(&motion("Weighed")).await;
    // Too late for this vote.
    weigh(&hall.members[2], 100).await;
    hall.vote(&hall.members[0], event, "yes").await;
    hall.vote(&hall.members[1], event, "no").await;
    hall.vote(&hall.members[2], event, "no").await;
    hall.vote(&hall.chair, event, "no").await;
    let result = hall.result(event).await;
    // In favour 3; against 0 + 1 + 1. On the roll are the owner 1, the chair 1 and 3 + 0 + 1.
    assert_eq!(result["motion"]["in_favour"], 3, "{result}");
    assert_eq!(result["motion"]["against"], 2);
    assert_eq!(result["cast"], json!({"people": 4, "weight": 5}));
    assert_eq!(result["entitled"], json!({"people": 5, "weight": 6}));
    assert_eq!(result["outcome"], "adopted");
    let beyond = json!({"user_role": "member", "vote_weight": 1_000_001});
    let path = hall.organization.path(&format!("members/{}", hall.members[0].user_id));
    hall.organization.owner.put(&path, &beyond).wrong_field("vote_weight").await;
    server.stop().await;
}

#[tokio::test]
async fn an_annulled_vote_keeps_its_record() {
    let server = TestServer::start().await;
    let hall = Hall::fill(&server, 1, &json!({})).await;
    let event = hall.open(&motion("Void")).await;
    hall.vote(&hall.members[0], event, "yes").await;
    let before = hall.result(event).await;
    let annul = format!("events/{event}/annul");
    hall.chair.post(&annul, &json!({})).wrong_field("reason").await;
    hall.chair.post(&annul, &json!({"reason": " "})).wrong_field("reason").await;
    hall.members[0].post(&annul, &json!({"reason": "I lost"})).refused(403, "forbidden").await;
    hall.chair.post(&annul, &json!({"reason": "The text was the wrong one."})).expect(200).await;
    let after = hall.members[0].get(&format!("events/{event}/results")).expect(200).await;
    assert_eq!((&after["cast"], &after["motion"]), (&before["cast"], &before["motion"]));
    assert_eq!((&before["outcome"], &after["outcome"]), (&json!("adopted"), &json!("annulled")));
    let said = format!(
        "Annulled, so the result decides nothing. The reason: The text was the wrong one. It was: {}",
        before["summary"].as_str().expect("words")
    );
    assert_eq!(after["summary"], said);
    let votes = hall.members[0].list(&format!("events/{event}/votes")).await;
    assert_eq!(votes.len(), 1);
    hall.chair.do_post(&format!("events/{event}/release")).refused(409, "release_after_annulment").await;
    hall.chair.delete(&format!("events/{event}")).refused(409, "event_not_draft").await;
    let rename = hall.chair.patch(&format!("events/{event}"), &json!({"name": "Another"}));
    rename.refused(409, "event_not_draft").await;
    server.stop().await;
}

#[tokio::test]
async fn lists_come_in_pieces() {
    let server = TestServer::start().await;
    let hall = Hall::fill(&server, 4, &json!({})).await;
    let path = hall.organization.path("members");
    let all = hall.chair.list(&path).await;
    assert_eq!(all.len(), 6);
    let (mut pieces, mut after) = (Vec::new(), Value::Null);
    loop {
        let cursor = if after.is_null() { String::new() } else { format!("&after={after}") };
        let piece = hall.chair.get(&format!("{path}?limit=2{cursor}")).expect(200).await;
        pieces.extend(piece["items"].as_array().expect("items").iter().cloned());
        after = piece["next"].clone();
        if after.is_null() {
            break;
        }
    }
    assert_eq!(pieces, all);
    server.stop().await;
}

#[tokio::test]
async fn the_last_owner_stays() {
    let server = TestServer::start().await;
    let owner = server.person("owner", "Olga Owner").await;
    let organization = Organization::found(&owner, "Society", &json!({})).await;
    let path = organization.path(&format!("members/{}", owner.user_id));
    owner.put(&path, &json!({"user_role": "member"})).refused(409, "last_owner").await;
    owner.delete(&path).refused(409, "last_owner").await;
    server.stop().await;
}
