//! The log of a real server: two sequencers, receipts sent again, and a record that both verifiers believe.

use std::io::Cursor;

use plenum_application::use_cases::SequenceLog;
use plenum_record::file::{Form, LeafLine, Record};
use plenum_record::receipt::Receipt;
use plenum_record::tree;
use plenum_record::verify::{Against, Check, Report, Verdict, verify};
use plenum_tests::{Hall, Person, TestServer, until};
use serde_json::{Value, json};

#[tokio::test]
async fn two_sequencers_lose_and_double_nothing() {
    let server = TestServer::start().await;
    let hall = Hall::fill(&server, 8, &json!({})).await;
    let event = hall.open(&json!({"event_type": "motion", "name": "Motion"})).await;
    // Besides the server's own schedule, two more that run without a pause.
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let sequencers: Vec<_> = (0..2)
        .map(|_| {
            let (app, stopped) = (server.server.app.clone(), stopped.clone());
            tokio::spawn(async move {
                while !*stopped.borrow() {
                    app.run(&SequenceLog::default()).await.expect("a run");
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    let mut receipts = Vec::new();
    for member in &hall.members {
        let path = format!("events/{event}/votes");
        let body = json!({"vote_response": ["yes"]});
        let first = member.post(&path, &body).header("Idempotency-Key", "one").expect(201).await;
        let again = member.post(&path, &body).header("Idempotency-Key", "one").expect(201).await;
        assert_eq!(first["receipt"], again["receipt"], "the same receipt for the same request");
        receipts.push(first["receipt"].clone());
    }
    hall.result(event).await;
    let mut places = Vec::new();
    for receipt in &receipts {
        let path = format!("receipts/{}", receipt["id"]);
        let look = async || hall.members[0].get(&path).expect(200).await;
        let place = until("the vote to be in the record", look, |place| place["in_record"] == true).await;
        assert_eq!(place["leaf_hash"], receipt["leaf_hash"]);
        places.push(place["position"].as_i64().expect("a place"));
    }
    let _ = stop.send(true);
    for sequencer in sequencers {
        sequencer.await.expect("it ends");
    }
    places.sort_unstable();
    places.dedup();
    assert_eq!(places.len(), receipts.len(), "every vote has a place of its own");

    let answer = hall.chair.get(&format!("sessions/{}/record", hall.session)).send().await;
    assert_eq!(answer.status, 200);
    let record = Record::read(Cursor::new(&answer.bytes)).expect("a record");
    let report = verify(&record, &Against::default());
    assert!(report.is_sound(), "{}", report.lines().join("\n"));
    for check in
        [Check::Signatures, Check::Root, Check::Entitled, Check::OneVote, Check::Tally, Check::Published]
    {
        assert_eq!(report.verdict(check), Verdict::Holds, "{}", check.as_str());
    }
    let key = record.manifest.public_key.parse().expect("a key");
    for receipt in &receipts {
        let promise = Receipt::open(receipt["note"].as_str().expect("a note"), &key).expect("it is signed");
        let kept = record.leaves.iter().any(|leaf| tree::leaf_hash(leaf.text.as_bytes()) == promise.leaf);
        assert!(kept, "what was promised is in the record");
    }
    server.stop().await;
}

/// Takes the record and checks it.
async fn checked_record(hall: &Hall, by: &Person) -> (Record, Report) {
    let answer = by.get(&hall.path("record")).send().await;
    assert_eq!(answer.status, 200);
    let record = Record::read(Cursor::new(&answer.bytes)).expect("a record");
    let report = verify(&record, &Against::default());
    assert!(report.is_sound(), "{}", report.lines().join("\n"));
    (record, report)
}

/// The leaf of a receipt, from the record.
fn leaf_of<'a>(record: &'a Record, receipt: &Value) -> &'a LeafLine {
    let hash = receipt["receipt"]["leaf_hash"].as_str().expect("a hash");
    let of = |leaf: &&LeafLine| plenum_record::hex(&tree::leaf_hash(leaf.text.as_bytes())) == hash;
    record.leaves.iter().find(of).expect("what was promised is in the record")
}

/// Everybody ranks in an order of their own, and sends it twice; the last one casts two votes. The receipts.
async fn rank(hall: &Hall, event: i64, options: [&str; 3]) -> Vec<Value> {
    let path = format!("events/{event}/votes");
    let mut receipts = Vec::new();
    for (number, member) in hall.members.iter().enumerate() {
        let ranking = [options[number % 3], options[(number + 1) % 3]];
        let body = if number == 6 {
            json!({"all": true, "vote_response": ranking})
        } else {
            json!({"vote_response": ranking})
        };
        let cast = member.post(&path, &body).header("Idempotency-Key", "once").expect(201).await;
        let again = member.post(&path, &body).header("Idempotency-Key", "once").expect(201).await;
        assert_eq!(cast, again, "the same answer for the same request, the receipt included");
        match cast["votes"].as_array() {
            Some(votes) => receipts.extend(votes.clone()),
            None => receipts.push(cast),
        }
    }
    receipts
}

#[tokio::test]
async fn secret_votes_are_in_the_record_and_their_choices_beside_nobody() {
    let server = TestServer::start().await;
    let rules = json!({"rules": {"votes": {"may_be_changed": true}, "proxies": {"max_per_holder": 2}}});
    let hall = Hall::fill(&server, 7, &rules).await;
    let options = ["Quokka-41f7", "Numbat-9c02", "Bilby-77d5"];
    let absent = server.person("absent", "Abel Absent").await;
    hall.organization.put(&absent, "member").await;
    let mandate = json!({"principal_user_id": absent.user_id, "holder_user_id": hall.members[6].user_id});
    hall.chair.post(&hall.path("proxies"), &mandate).expect(201).await;
    let election = json!({
        "event_type": "election", "name": "Delegates",
        "data": {"secrecy": "secret", "proxy": true, "vote_options": options, "method": {"name": "irv"}},
    });
    let event = hall.open(&election).await;
    let path = format!("events/{event}/votes");

    // The first one thinks again.
    let receipts = rank(&hall, event, options).await;
    assert_eq!(receipts.len(), 8);
    let first = &hall.members[0];
    let changed = first.post(&path, &json!({"vote_response": [options[2]]})).expect(201).await;
    assert_ne!(changed["envelope"], receipts[0]["envelope"]);
    for receipt in receipts.iter().chain([&changed]) {
        let text = receipt.to_string();
        assert!(!options.iter().any(|option| text.contains(option)), "{text}");
        assert_eq!((&receipt["cast_time"], &receipt["data"]["vote_response"]), (&Value::Null, &Value::Null));
        let path = format!("receipts/{}", receipt["receipt"]["id"]);
        let look = async || first.get(&path).expect(200).await;
        let place = until("the vote to be in the record", look, |place| place["in_record"] == true).await;
        assert_eq!(place["leaf_hash"], receipt["receipt"]["leaf_hash"]);
        assert!(!options.iter().any(|option| place.to_string().contains(option)), "{place}");
    }
    // While it is open the record knows envelopes and nobody's choice, whoever takes it.
    let (open, _) = checked_record(&hall, &hall.chair).await;
    let shown = |record: &Record| -> Vec<String> {
        let tells = |leaf: &&LeafLine| {
            let whole = serde_json::to_string(leaf).expect("JSON");
            options.iter().any(|option| whole.contains(option))
        };
        let action = |leaf: &LeafLine| {
            let leaf: Value = serde_json::from_str(&leaf.text).expect("JSON");
            leaf["action"].as_str().expect("a word").to_owned()
        };
        record.leaves.iter().filter(tells).map(action).collect()
    };
    assert_eq!(shown(&open), ["event.create", "event.open"], "the names of the options alone");

    let result = hall.result(event).await;
    assert_eq!(result["cast"]["people"], 8);
    let (record, report) = checked_record(&hall, &hall.chair).await;
    for check in [
        Check::Signatures,
        Check::Root,
        Check::Rules,
        Check::Roll,
        Check::Entitled,
        Check::Mandates,
        Check::OneVote,
        Check::Late,
        Check::Ballots,
        Check::Envelopes,
        Check::Tally,
        Check::Quorum,
        Check::Published,
    ] {
        assert_eq!(report.verdict(check), Verdict::Holds, "{}", check.as_str());
    }
    assert_eq!(record.manifest.form, Form::Full);
    assert_eq!(shown(&record), ["event.create", "event.open", "event.close"]);
    let key = record.manifest.public_key.parse().expect("a key");
    for receipt in receipts.iter().chain([&changed]) {
        let note = receipt["receipt"]["note"].as_str().expect("a note");
        Receipt::open(note, &key).expect("it is signed");
        let line = leaf_of(&record, receipt);
        let leaf: Value = serde_json::from_str(&line.text).expect("JSON");
        assert_eq!(leaf["action"], "vote.seal");
        assert_eq!(leaf["facts"]["envelope"], receipt["envelope"]);
        assert_eq!((&leaf["at"], &leaf["target"]["id"]), (&Value::Null, &Value::Null));
        assert_eq!((&leaf["actor"], line.openings.len()), (&json!("withheld"), 0));
    }
    let replaced: Value = serde_json::from_str(&leaf_of(&record, &changed).text).expect("JSON");
    assert_eq!(replaced["facts"]["replaces"], receipts[0]["envelope"]);

    // Who may not see who voted checks all the rest.
    let (redacted, report) = checked_record(&hall, first).await;
    assert_eq!(redacted.manifest.form, Form::Redacted);
    for (check, verdict) in [
        (Check::Ballots, Verdict::Holds),
        (Check::Envelopes, Verdict::Holds),
        (Check::Published, Verdict::Holds),
        (Check::Entitled, Verdict::NotChecked),
    ] {
        assert_eq!(report.verdict(check), verdict, "{}", check.as_str());
    }
    let against = Against { other: Some(open), ..Against::default() };
    assert!(verify(&record, &against).is_sound(), "it grew out of the copy taken while voting was open");
    server.stop().await;
}

#[tokio::test]
async fn a_recorded_vote_that_was_changed_keeps_its_earlier_choice_to_itself() {
    let server = TestServer::start().await;
    let hall = Hall::fill(&server, 2, &json!({"rules": {"votes": {"may_be_changed": true}}})).await;
    let motion = json!({"event_type": "motion", "name": "Motion", "data": {"secrecy": "roll_call"}});
    let event = hall.open(&motion).await;
    let (ann, ben) = (&hall.members[0], &hall.members[1]);
    let first = hall.vote(ann, event, "yes").await;
    hall.vote(ben, event, "yes").await;
    // The first vote is erased where it waits or where it has its place already.
    let second = hall.vote(ann, event, "abstain").await;
    let last = hall.vote(ann, event, "no").await;
    hall.result(event).await;
    let (record, report) = checked_record(&hall, &hall.chair).await;
    assert_eq!(report.verdict(Check::Ballots), Verdict::Holds);
    assert_eq!(report.verdict(Check::Tally), Verdict::Holds);
    for (receipt, opened) in [(&first, vec!["who"]), (&second, vec!["who"]), (&last, vec!["choice", "who"])] {
        let leaf = leaf_of(&record, receipt);
        assert_eq!(leaf.openings.keys().map(String::as_str).collect::<Vec<_>>(), opened);
    }
    assert_eq!((record.manifest.form, record.manifest.withheld), (Form::Redacted, 2));
    server.stop().await;
}
