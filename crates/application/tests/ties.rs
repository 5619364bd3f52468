//! Ties in the record: who decided them, between whom and how; and neither verifier believes another decision, not
//! even one that was signed with the log's key.

#[expect(dead_code, reason = "the other tests of records use the rest")]
mod verifiers;
mod world;

use std::io::Cursor;

use plenum_application::use_cases::{BallotPaper, CastVotes, Choices, CloseEvent, DecideTie, ReleaseEvent};
use plenum_domain::event::EventType;
use plenum_domain::session::Session;
use plenum_ports::documents::EventData;
use plenum_record::file::{LeafLine, Record};
use plenum_record::note::{Checkpoint, LogKey};
use plenum_record::verify::{Against, Check, Verdict, verify};
use plenum_record::{commitment, hex, leaf, tree};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use verifiers::{Files, Python};
use world::World;

const OPTIONS: [&str; 3] = ["Anna", "Bartosz", "Çağla"];

/// A sitting with one tie, decided by choice or by lot.
async fn decided(secrecy: &str, choice: Option<&str>) -> (World, Session) {
    let world = World::new().await;
    let session = world.session().await;
    for member in &world.members {
        world.join(&session, *member).await.expect("they join");
    }
    let data: EventData = serde_json::from_value(json!({
        "secrecy": secrecy, "vote_options": OPTIONS, "method": {"name": "plurality", "ties": "chair"},
    }))
    .expect("event data");
    let event_id = world.open(&session, EventType::Election, data).await.id;
    // Two for each of the first two, and one for the third.
    for (by, option) in world.members.iter().zip([0, 1, 0, 1, 2]) {
        let papers = vec![BallotPaper {
            user_session_id: None,
            choices: Choices::Whole(vec![OPTIONS[option].to_owned()]),
        }];
        let cast = CastVotes { event_id, by: *by, papers, listed: false };
        world.app.run(&cast).await.expect("it is cast");
    }
    let by = world.owner;
    world.app.run(&CloseEvent { event_id, by }).await.expect("it closes");
    let choice = choice.map(str::to_owned);
    let (_, _, result) = world.app.run(&DecideTie { event_id, by, choice }).await.expect("it is decided");
    assert_eq!((result.outcome.as_deref(), result.decisions.len()), (Some("elected"), 1));
    world.app.run(&ReleaseEvent { event_id, by }).await.expect("it is released");
    (world, session)
}

async fn record(world: &World, session: &Session) -> Record {
    let bytes = world.record(session, world.owner).await.expect("the host may");
    Record::read(Cursor::new(bytes)).expect("a record")
}

fn bytes(record: &Record) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    record.write(&mut bytes).expect("it is written");
    bytes.into_inner()
}

fn tie(record: &mut Record) -> &mut LeafLine {
    record
        .leaves
        .iter_mut()
        .find(|leaf| leaf.text.contains("\"event.tie\""))
        .expect("the decision is in the log")
}

/// The record with another decision, sealed, put into the tree, published and signed by whoever has the log's key.
fn forged(record: &Record, edit: impl Fn(&mut Value)) -> Record {
    let mut record = record.clone();
    let line = tie(&mut record);
    let opening = line.openings.get_mut("result").expect("it is shown");
    let mut result: Value = serde_json::from_str(&opening.text).expect("JSON");
    edit(&mut result);
    opening.text = leaf::text(&result);
    let sealed = hex(&commitment::of(opening).expect("a commitment"));
    let mut text: Value = serde_json::from_str(&line.text).expect("JSON");
    text["sealed"]["result"] = sealed.into();
    line.text = leaf::text(&text);
    record.results[0].result = result;
    signed(record)
}

fn signed(mut record: Record) -> Record {
    let root = tree::root(record.leaves.iter().map(|leaf| tree::leaf_hash(leaf.text.as_bytes())));
    let checkpoint = Checkpoint { origin: record.manifest.origin.clone(), size: record.manifest.size, root };
    let key = LogKey::new("vote.example.org", &[7; 32]).expect("a name");
    record.checkpoints.truncate(1);
    record.checkpoints[0].note = checkpoint.sign(&key);
    record.manifest.root = hex(&root);
    record
}

/// A seed with which the lot falls on another one.
fn other_seed(chosen: &str) -> String {
    let falls_on = |seed: &String| {
        OPTIONS[..2].iter().min_by_key(|name| <[u8; 32]>::from(Sha256::digest(format!("{seed}\n{name}"))))
    };
    (0..1_000)
        .map(|number| number.to_string())
        .find(|seed| falls_on(seed) != Some(&chosen))
        .expect("there is one")
}

fn refused_by_both(edits: &[(&str, Record)]) {
    let mut files = Files::new();
    for (what, record) in edits {
        let report = verify(record, &Against::default());
        assert!(!report.is_sound(), "{what}: {}", report.lines().join("\n"));
        files.add(&bytes(record));
    }
    for ((what, _), answer) in edits.iter().zip(Python::verify(&files)) {
        assert_eq!(answer["sound"], false, "{what}: {answer}");
    }
}

/// Refuses decisions that somebody who holds the log's key made up.
fn refuses_forgeries(whole: &Record, chosen: &str) {
    let forge = |edit: &dyn Fn(&mut Value)| forged(whole, edit);
    refused_by_both(&[
        (
            "forged: another one between",
            forge(&|result| {
                result["decisions"][0]["between"] = json!(["Anna", "Bartosz", "Çağla"]);
            }),
        ),
        ("forged: another question", forge(&|result| result["decisions"][0]["question"] = json!("exclude"))),
        ("forged: another person", forge(&|result| result["decisions"][0]["decided_by_user_id"] = json!(99))),
        ("forged: nobody's decision", forge(&|result| result["decisions"][0]["by"] = json!("nobody"))),
        (
            "forged: a lot that fell elsewhere",
            forge(&|result| {
                result["decisions"][0]["by"] = json!("lot");
                result["decisions"][0]["seed"] = json!(other_seed(chosen));
            }),
        ),
        (
            "forged: a chair with a seed",
            forge(&|result| {
                result["decisions"][0]["by"] = json!("chair");
                result["decisions"][0]["seed"] = json!("1");
            }),
        ),
        (
            "forged: the other one chosen, and elected as before",
            forge(&|result| {
                let other = OPTIONS.into_iter().find(|option| *option != chosen);
                result["decisions"][0]["choice"] = json!(other);
            }),
        ),
        (
            "forged: a decision that nobody asked for",
            forge(&|result| {
                let again = result["decisions"][0].clone();
                result["decisions"].as_array_mut().expect("decisions").push(again);
            }),
        ),
        ("forged: another outcome", forge(&|result| result["outcome"] = json!("nobody_elected"))),
    ]);
}

#[tokio::test]
async fn decisions_of_ties_are_checked_and_no_other_ones_believed() {
    for (secrecy, choice) in [("standard", Some("Bartosz")), ("standard", None), ("secret", Some("Anna"))] {
        let (world, session) = decided(secrecy, choice).await;
        let mut whole = record(&world, &session).await;
        let by = if choice.is_some() { "chair" } else { "lot" };
        let result = whole.results[0].result.clone();
        let decision = &result["decisions"][0];
        let chosen = decision["choice"].as_str().expect("somebody").to_owned();
        assert_eq!((&decision["by"], &decision["between"]), (&json!(by), &json!(["Anna", "Bartosz"])));
        assert_eq!(result["election"]["elected"], json!([chosen]));
        assert_eq!(decision["seed"].is_string(), choice.is_none(), "a lot can be drawn again: {decision}");
        let fact: Value = serde_json::from_str(&tie(&mut whole).text).expect("JSON");
        assert_eq!(fact["facts"], json!({}), "ties are decided before the release");

        let report = verify(&whole, &Against::default());
        assert!(report.is_sound(), "{}", report.lines().join("\n"));
        assert_eq!(report.verdict(Check::Tally), Verdict::Holds);
        let again = forged(&whole, |_| {});
        let mut files = Files::new();
        files.add(&bytes(&whole));
        files.add(&bytes(&again));
        for answer in Python::verify(&files) {
            assert_eq!(
                (&answer["sound"], &answer["verdicts"]["tally"]),
                (&json!(true), &json!("ok")),
                "{answer}"
            );
        }
        assert!(verify(&again, &Against::default()).is_sound(), "an unchanged forgery is the same record");

        let edited = |edit: &dyn Fn(&mut Record)| {
            let mut record = whole.clone();
            edit(&mut record);
            record
        };
        refused_by_both(&[
            (
                "another person in the leaf",
                edited(&|record| {
                    let line = tie(record);
                    let mut leaf: Value = serde_json::from_str(&line.text).expect("JSON");
                    leaf["actor"]["user_id"] = json!(99);
                    line.text = leaf::text(&leaf);
                }),
            ),
            (
                "another choice in what it opens",
                edited(&|record| {
                    let opening = tie(record).openings.get_mut("result").expect("it is shown");
                    opening.text = opening.text.replace(&chosen, "Çağla");
                }),
            ),
            (
                "no decision",
                edited(&|record| {
                    record.leaves.retain(|leaf| !leaf.text.contains("\"event.tie\""));
                }),
            ),
        ]);
        refuses_forgeries(&whole, &chosen);
    }
}
