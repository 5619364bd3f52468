//! The log of a real server: two sequencers, receipts sent again, and a record that both verifiers believe.

use std::io::Cursor;

use plenum_application::use_cases::SequenceLog;
use plenum_record::file::Record;
use plenum_record::receipt::Receipt;
use plenum_record::tree;
use plenum_record::verify::{Against, Check, Verdict, verify};
use plenum_tests::{Hall, TestServer, until};
use serde_json::json;

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
