//! Records of generated sittings: both verifiers believe them, and neither believes an edited one.

mod verifiers;
mod world;

use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use plenum_application::use_cases::{
    AnnulEvent, BallotPaper, CastVotes, Choices, CloseEvent, CloseSession, ContactChange, CorrectPresence,
    DecideTie, GiveProxy, LeaveSession, Presence, PutMember, ReleaseEvent, RevokeProxy,
};
use plenum_application::{Observer, Outcome};
use plenum_domain::count::BallotForm;
use plenum_domain::event::{Ballot, EventType, Method};
use plenum_domain::id::{EventId, UserId};
use plenum_domain::organization::{Role, Weight};
use plenum_domain::session::Session;
use plenum_domain::text::Reason;
use plenum_ports::documents::{EventData, PartData};
use plenum_ports::fakes::FakeRandomness;
use plenum_ports::randomness::Randomness;
use plenum_record::file::{Form, LeafLine, Record};
use plenum_record::verify::{Against, Check, Verdict, verify};
use serde_json::{Value, json};
use verifiers::{Files, Python, pack};
use world::World;

/// Numbers that a seed decides.
struct Dice(FakeRandomness);

impl Dice {
    fn below(&self, bound: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        usize::try_from(u64::from_le_bytes(bytes) % bound as u64).expect("it is below the bound")
    }

    fn one_in(&self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn pick<'a, T>(&self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// Ways of counting of every family, with ties that wait, are drawn, or stop the count.
fn methods() -> Vec<Value> {
    vec![
        json!({"name": "plurality"}),
        json!({"name": "plurality", "runoff": true}),
        json!({"name": "approval", "ties": "chair"}),
        json!({"name": "score", "max_score": 3, "ties": "lot"}),
        json!({"name": "star"}),
        json!({"name": "majority-judgment"}),
        json!({"name": "irv", "ties": ["backwards", "chair"]}),
        json!({"name": "borda", "variant": "dowdall"}),
        json!({"name": "schulze", "strength": "margins"}),
        json!({"name": "ranked-pairs"}),
        json!({"name": "scottish-stv", "seats": 2, "ties": "chair"}),
        json!({"name": "meek-stv", "seats": 2, "ties": "lot"}),
        json!({"name": "cambridge-stv", "seats": 2}),
        json!({"name": "dhondt", "seats": 5, "ties": "candidate-order"}),
        json!({"name": "block-vote", "seats": 2, "reopen_nominations": "Anna"}),
    ]
}

fn event_data(dice: &Dice) -> (EventType, EventData) {
    let secrecy = *dice.pick(&["roll_call", "standard", "standard", "secret", "secret"]);
    let visibility = if secrecy == "secret" {
        "hidden_until_release"
    } else {
        *dice.pick(&["live", "hidden_until_release"])
    };
    let mut data = json!({
        "description": "Zażółć gęślą jaźń, 参議院, \"quoted\" and \\ back", "secrecy": secrecy,
        "visibility": {"participants": visibility},
    });
    let event_type = if dice.one_in(3) {
        data["vote_options"] = json!(["Anna", "Bartosz", "Çağla", "Δήμος", "abstain"]);
        data["method"] = dice.pick(&methods()).clone();
        EventType::Election
    } else {
        let thresholds = [json!("2/3"), json!(0.5), json!(0.6666), json!("1/3"), json!(1)];
        let threshold = dice.pick(&thresholds);
        let base = dice.pick(&[
            "votes_cast",
            "votes_cast_without_abstentions",
            "present",
            "entitled",
            "all_members",
        ]);
        data["method"] = json!({"name": "majority", "threshold": threshold, "base": base});
        EventType::Motion
    };
    (event_type, serde_json::from_value(data).expect("event data"))
}

/// What the organizations settle.
const RULES: [&str; 6] = [
    r#"{"votes": {"may_be_changed": true}, "proxies": {"max_per_holder": 3}, "weights": {"split": true}}"#,
    r#"{"quorum": {"count": 2}, "proxies": {"max_per_holder": 3}, "ties": {"motion": "chair", "election": "chair"}}"#,
    r#"{"quorum": {"count": 4, "at_opening": "warn", "at_counting": "warn"}, "ties": {"motion": "chair", "election": "chair"}}"#,
    r#"{"quorum": {"fraction": "1/2", "of": "present"}, "ties": {"motion": "chair", "election": "lot"}}"#,
    r#"{"ties": {"motion": "chair", "election": "chair"}}"#,
    r#"{"quorum": {"fraction": "1/3"}, "proxies": {"max_per_holder": 2, "holders": "members"}, "weights": {"split": true}}"#,
];

/// Plays a sitting. Whatever a random step is refused is left out: the record tells what was done.
async fn play(seed: u64) -> (World, Session) {
    let dice = Dice(FakeRandomness::seeded(seed));
    let rules: &&str = dice.pick(&RULES);
    let world = World::with_rules(rules).await;
    weigh(&world, &dice).await;
    let session = world.session().await;
    let people: Vec<UserId> = world.members.iter().copied().chain([world.owner, world.observer]).collect();
    let (present, absent) = people.split_at(2 + dice.below(people.len() - 1));
    for person in present {
        world.join(&session, *person).await.expect("they join");
    }
    let mut mandates = Vec::new();
    for principal in absent {
        let (by, holder) = (world.owner, *dice.pick(present));
        let give = GiveProxy {
            session_id: session.id,
            by,
            principal: *principal,
            holder,
            event_id: None,
            reason: None,
        };
        mandates.extend(world.app.run(&give).await.ok().map(|given| given.mandate.id));
    }
    let mut open: Vec<EventId> = Vec::new();
    for _ in 0..12 + dice.below(20) {
        world
            .store
            .advance(chrono::TimeDelta::milliseconds(1 + i64::try_from(dice.below(900)).expect("small")));
        let person = *dice.pick(&people);
        match dice.below(11) {
            0 => drop(world.join(&session, person).await),
            1 => drop(world.app.run(&LeaveSession { session_id: session.id, by: person }).await),
            2 => {
                let holder = *dice.pick(&people);
                let give = GiveProxy {
                    session_id: session.id,
                    by: world.owner,
                    principal: person,
                    holder,
                    event_id: None,
                    reason: None,
                };
                mandates.extend(world.app.run(&give).await.ok().map(|given| given.mandate.id));
            }
            3 if !mandates.is_empty() => {
                let proxy_id = *dice.pick(&mandates);
                let revoke =
                    RevokeProxy { session_id: Some(session.id), by: world.owner, proxy_id, reason: None };
                drop(world.app.run(&revoke).await);
            }
            4 if open.len() < 3 => {
                let (event_type, data) = event_data(&dice);
                if let Some(event) = world.try_open(&session, event_type, data).await {
                    open.push(event.id);
                }
            }
            5 if !open.is_empty() => {
                let event_id = open.swap_remove(dice.below(open.len()));
                if dice.one_in(2) {
                    for person in &people {
                        vote(&world, &dice, event_id, *person).await;
                    }
                }
                end(&world, &dice, event_id).await;
            }
            6 => correct(&world, &dice, &session, person).await,
            // Somebody is given a vote while others vote already.
            7 if dice.one_in(3) => promote(&world, world.observer).await,
            _ if !open.is_empty() => vote(&world, &dice, *dice.pick(&open), person).await,
            _ => {}
        }
    }
    // Nobody comes in at the very instant at which everything ends.
    world.store.advance(chrono::TimeDelta::milliseconds(1));
    for event_id in open.into_iter().skip(dice.below(2)) {
        end(&world, &dice, event_id).await;
    }
    if dice.below(4) > 0 {
        let close = CloseSession { session_id: session.id, by: world.owner };
        world.app.run(&close).await.expect("it is closed");
        if dice.one_in(3) {
            correct(&world, &dice, &session, *dice.pick(&people)).await;
        }
    }
    (world, session)
}

async fn weigh(world: &World, dice: &Dice) {
    // Secret votes are only opened where enough people share a weight.
    let weights = if dice.one_in(2) { 3 } else { 1 };
    for member in &world.members {
        let weight = u32::try_from(1 + dice.below(weights)).expect("small");
        let weight = Some(Weight::new(weight).expect("a weight"));
        let put = PutMember {
            organization_id: world.organization,
            by: world.owner,
            user_id: *member,
            role: Role::Member,
            weight,
            contact: ContactChange::default(),
        };
        world.app.run(&put).await.expect("it is written");
    }
}

async fn promote(world: &World, user_id: UserId) {
    let (organization_id, by) = (world.organization, world.owner);
    let contact = ContactChange::default();
    let put = PutMember { organization_id, by, user_id, role: Role::Member, weight: None, contact };
    world.app.run(&put).await.expect("they become a member");
}

/// Says that somebody was there or not in the last seconds, for a while or up to now.
async fn correct(world: &World, dice: &Dice, session: &Session, user_id: UserId) {
    let now = world.app.queries.now().await.expect("the store answers");
    let length = 1 + i64::try_from(dice.below(4000)).expect("small");
    let since = now - chrono::TimeDelta::milliseconds(length);
    let correction = CorrectPresence {
        session_id: session.id,
        by: world.owner,
        user_id,
        presence: *dice.pick(&[Presence::Present, Presence::Absent]),
        since,
        until: dice.one_in(2).then(|| since + chrono::TimeDelta::milliseconds((length + 1) / 2)),
        reason: Reason::parse("The list by the door says so.").expect("a reason"),
    };
    drop(world.app.run(&correction).await);
}

async fn end(world: &World, dice: &Dice, event_id: EventId) {
    let by = world.owner;
    if dice.one_in(8) {
        let reason = Reason::parse("The question was put wrongly.").expect("a reason");
        drop(world.app.run(&AnnulEvent { event_id, by, reason }).await);
        return;
    }
    drop(world.app.run(&CloseEvent { event_id, by }).await);
    while let Ok(counted) = world.app.results(event_id, by).await {
        let Some(awaiting) = counted.result.awaiting.filter(|_| !dice.one_in(6)) else { break };
        let choice = Some(dice.pick(&awaiting.between).clone());
        world.app.run(&DecideTie { event_id, by, choice }).await.expect("one of the tied is chosen");
    }
    if dice.below(4) > 0 {
        drop(world.app.run(&ReleaseEvent { event_id, by }).await);
    }
}

async fn vote(world: &World, dice: &Dice, event_id: EventId, by: UserId) {
    let Ok((line, instances)) = world.app.vote_instances(event_id, by).await else { return };
    let ballot = &line.event.terms.ballot;
    for instance in instances {
        let weight = instance.instance.weight.map_or(0, Weight::get);
        let splits = line.event.terms.rules.may_split_weights && weight > 1;
        let choices = if splits && dice.one_in(2) {
            let part = |weight| PartData { weight, vote_response: response(dice, ballot) };
            Choices::Split(vec![part(1), part(weight - 1)])
        } else {
            Choices::Whole(response(dice, ballot))
        };
        let paper = BallotPaper { user_session_id: Some(instance.instance.row.id), choices };
        drop(world.app.run(&CastVotes { event_id, by, papers: vec![paper], listed: true }).await);
    }
}

/// What somebody might put on a ballot.
fn response(dice: &Dice, ballot: &Ballot) -> Vec<String> {
    let mut labels: Vec<String> = ballot.options().labels().iter().map(ToString::to_string).collect();
    let Method::Election(method) = ballot.method() else { return vec![dice.pick(&labels).clone()] };
    let abstain = method.abstain().map(|at| labels.remove(at));
    if let Some(abstain) = abstain.filter(|_| dice.one_in(6)) {
        return vec![abstain];
    }
    let mut order: Vec<String> =
        (0..labels.len()).map(|_| labels.swap_remove(dice.below(labels.len()))).collect();
    match method.form() {
        BallotForm::One => order.truncate(1),
        BallotForm::Set { most } | BallotForm::Ranking { most } => {
            order.truncate(dice.below(most.map_or(order.len(), |most| most as usize) + 1));
        }
        BallotForm::Scores { highest, .. } => {
            for label in &mut order {
                *label = format!("{label}={}", dice.below(usize::from(highest.unwrap_or(0)) + 1));
            }
        }
    }
    order
}

/// Whether a leaf is of a split vote that the copy shows.
fn is_split(leaf: &LeafLine) -> bool {
    leaf.openings.get("choice").is_some_and(|choice| choice.text.contains("\"split\""))
}

fn read(bytes: &[u8]) -> Record {
    Record::read(std::io::Cursor::new(bytes)).expect("a record")
}

#[tokio::test]
async fn both_verifiers_agree_on_two_hundred_sittings() {
    let mut files = Files::new();
    let mut verdicts = Vec::new();
    let (mut redacted, mut results, mut proxies) = (0, 0, 0);
    let (mut elections, mut decisions, mut secrets, mut corrections, mut late) = (0, 0, 0, 0, 0);
    let mut splits = 0;
    for seed in 0..200 {
        let (world, session) = play(seed).await;
        // Members see less than the host.
        let by = if seed % 3 == 0 { world.members[0] } else { world.owner };
        let bytes = match world.record(&session, by).await {
            Some(bytes) => bytes,
            None => world.record(&session, world.owner).await.expect("the host may"),
        };
        let record = read(&bytes);
        redacted += u32::from(record.manifest.form == Form::Redacted);
        results += record.results.len();
        let having =
            |field: &str| record.results.iter().filter(|line| line.result.get(field).is_some()).count();
        elections += having("election");
        decisions += having("decisions");
        secrets += record.leaves.iter().filter(|leaf| leaf.text.contains("event.destroy_key")).count();
        corrections +=
            record.leaves.iter().filter(|leaf| leaf.text.contains("session.correct_presence")).count();
        splits += record.leaves.iter().filter(|leaf| is_split(leaf)).count();
        late += record.leaves.iter().filter(|leaf| leaf.text.contains("event.join_roll")).count();
        let report = verify(&record, &Against::default());
        assert!(report.is_sound(), "seed {seed}:\n{}", report.lines().join("\n"));
        proxies += u32::from(report.verdict(Check::Mandates) == Verdict::Holds);
        verdicts.push(Check::ALL.map(|check| report.verdict(check).as_str()));
        files.add(&bytes);
    }
    assert!(redacted > 20 && results > 200 && proxies > 10, "{redacted}, {results}, {proxies}: too tame");
    assert!(corrections > 100 && late > 5 && splits > 5, "{corrections}, {late}, {splits}: too tame");
    assert!(elections > 60 && decisions > 5 && secrets > 20, "{elections}, {decisions}, {secrets}: too tame");
    let answers = Python::verify(&files);
    for (seed, (answer, verdicts)) in answers.iter().zip(&verdicts).enumerate() {
        for (check, verdict) in Check::ALL.iter().zip(verdicts) {
            assert_eq!(
                answer["verdicts"][check.as_str()],
                *verdict,
                "seed {seed}, {}: {answer}",
                check.as_str()
            );
        }
        assert_eq!(answer["not_counted"], json!([]), "seed {seed}: {answer}");
    }
    assert_eq!(answers.len(), verdicts.len());
}

/// Every place in a value where something simple stands; texts that hold JSON are looked into.
fn places(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                places(field, &format!("{path}/{}", key.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                places(item, &format!("{path}/{at}"), found);
            }
        }
        _ => found.push(path.to_owned()),
    }
}

/// Changes something simple to something else of its kind.
fn changed(value: &Value, dice: &Dice) -> Value {
    match value {
        Value::Null => json!(1),
        Value::Bool(flag) => json!(!flag),
        Value::Number(number) => match number.as_i64() {
            Some(number) => json!(number + if dice.one_in(2) { 1 } else { -1 }),
            None => json!(2),
        },
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(inside @ (Value::Object(_) | Value::Array(_))) => {
                json!(serde_json::to_string(&edited(&inside, dice)).expect("JSON"))
            }
            _ if text.is_empty() => json!("x"),
            _ => {
                let mut letters: Vec<char> = text.chars().collect();
                let at = dice.below(letters.len());
                letters[at] = if letters[at] == 'a' { 'b' } else { 'a' };
                json!(letters.into_iter().collect::<String>())
            }
        },
        Value::Array(_) | Value::Object(_) => edited(value, dice),
    }
}

/// The same with one field changed.
fn edited(value: &Value, dice: &Dice) -> Value {
    let mut found = Vec::new();
    places(value, "", &mut found);
    let mut edited = value.clone();
    if found.is_empty() {
        return json!([1]);
    }
    let field = edited.pointer_mut(dice.pick::<String>(&found)).expect("a place that was just found");
    *field = changed(field, dice);
    edited
}

#[tokio::test]
async fn a_thousand_edits_are_all_caught_by_both() {
    // The first sitting in which enough happened.
    let mut seed = 1000;
    let bytes = loop {
        let (world, session) = play(seed).await;
        let bytes = world.record(&session, world.owner).await.expect("the host may");
        let record = read(&bytes);
        if record.results.len() >= 2 && record.leaves.len() > 25 {
            break bytes;
        }
        seed += 1;
    };
    let record = serde_json::to_value(read(&bytes).leaves).expect("JSON");
    let whole = read(&bytes);
    let files = [
        ("leaves.jsonl", record),
        ("checkpoints.jsonl", serde_json::to_value(&whole.checkpoints).expect("JSON")),
        ("results.jsonl", serde_json::to_value(&whole.results).expect("JSON")),
    ];
    let manifest = serde_json::to_value(&whole.manifest).expect("JSON");
    let dice = Dice(FakeRandomness::seeded(99));
    let mut packed = Files::new();
    let untouched = pack(&manifest, &files, true);
    assert!(verify(&read(&untouched), &Against::default()).is_sound(), "it is sound before it is edited");
    packed.add(&untouched);
    let mut missed = Vec::new();
    for number in 0..1000 {
        let (mut manifest, mut files) = (manifest.clone(), files.clone());
        // The manifest is made to fit the edited files: it is not what catches the edit.
        let in_manifest = dice.one_in(12);
        if in_manifest {
            manifest = edited(&manifest, &dice);
        } else {
            let at = *dice.pick(&[0, 0, 0, 0, 0, 0, 1, 2]);
            files[at].1 = edited(&files[at].1, &dice);
        }
        let bytes = pack(&manifest, &files, !in_manifest);
        let sound = Record::read(std::io::Cursor::new(&bytes))
            .is_ok_and(|record| verify(&record, &Against::default()).is_sound());
        if sound {
            missed.push(number);
        }
        packed.add(&bytes);
    }
    assert!(missed.is_empty(), "edits that were not caught: {missed:?}");
    let answers = Python::verify(&packed);
    assert_eq!(answers.len(), 1001);
    assert_eq!(answers[0]["sound"], true, "{}", answers[0]);
    let missed: Vec<usize> = answers
        .iter()
        .enumerate()
        .skip(1)
        .filter(|(_, answer)| answer["sound"] == true)
        .map(|(at, _)| at - 1)
        .collect();
    assert!(missed.is_empty(), "edits that docs/verify.py did not catch: {missed:?}");
}

#[tokio::test]
async fn a_record_grows_out_of_what_was_kept_of_it() {
    let world = World::new().await;
    let session = world.session().await;
    world.join(&session, world.members[0]).await.expect("they join");
    let early_bytes = world.record(&session, world.owner).await.expect("the host may");
    let early = read(&early_bytes);
    let kept = early.checkpoints.last().expect("a checkpoint").note.clone();
    world.join(&session, world.members[1]).await.expect("they join");
    let late_bytes = world.record(&session, world.owner).await.expect("the host may");
    let late = read(&late_bytes);
    let against =
        Against { checkpoint: Some(kept.clone()), other: Some(early.clone()), ..Against::default() };
    let report = verify(&late, &against);
    assert!(report.is_sound(), "{}", report.lines().join("\n"));
    assert_eq!(report.verdict(Check::Checkpoint), Verdict::Holds);
    assert_eq!(report.verdict(Check::OtherCopy), Verdict::Holds);

    // Another log of the same name and key, as a server would have that tells everyone something else.
    let other_world = World::new().await;
    let other_session = other_world.session().await;
    other_world.store.advance(chrono::TimeDelta::seconds(1));
    other_world.join(&other_session, other_world.members[2]).await.expect("they join");
    let other_bytes = other_world.record(&other_session, other_world.owner).await.expect("the host may");
    let other = read(&other_bytes);
    assert_eq!(other.manifest.origin, late.manifest.origin);
    let (public_key, mut files) = (late.manifest.public_key.clone(), Files::new());
    let checkpoint = files.add(kept.as_bytes());
    let [early, later, another] = [&early_bytes, &late_bytes, &other_bytes].map(|bytes| files.add(bytes));
    let python = |record: &Path, copy: &Path| {
        let more =
            [OsStr::new("--checkpoint"), checkpoint.as_os_str(), OsStr::new("--other"), copy.as_os_str()];
        Python::told(record, &more)
    };
    let (code, told) = python(&later, &early);
    assert!(
        code == Some(0) && told.contains("ok   checkpoint") && told.contains("ok   other_copy"),
        "{told}"
    );
    let (code, told) = python(&another, &later);
    assert!(
        code == Some(1) && told.contains("FAIL checkpoint") && told.contains("FAIL other_copy"),
        "{told}"
    );
    let (code, told) = Python::told(&later, &["--key", &public_key].map(OsStr::new));
    assert!(code == Some(0) && told.contains("Everything that could be checked holds."), "{told}");
    let (code, told) =
        Python::told(&later, &["--key", "vote.example.org/sessions/1+00000000+AA=="].map(OsStr::new));
    assert!(code == Some(1) && told.contains("FAIL signatures"), "{told}");
    assert_eq!(Python::told(&checkpoint, &[]).0, Some(2), "what is no record is told apart");

    let against = Against { checkpoint: Some(kept), other: Some(late), ..Against::default() };
    let report = verify(&other, &against);
    assert_eq!(report.verdict(Check::Checkpoint), Verdict::Fails);
    assert_eq!(report.verdict(Check::OtherCopy), Verdict::Fails);
    let key = plenum_record::note::LogKey::new("vote.example.org", &[8; 32]).expect("a name");
    let against = Against { key: Some(key.public(&other.manifest.origin)), ..Against::default() };
    assert_eq!(verify(&other, &against).verdict(Check::Signatures), Verdict::Fails, "another key");
}

#[tokio::test]
async fn who_may_not_see_the_votes_gets_a_record_without_them() {
    let world = World::new().await;
    let session = world.session().await;
    for member in &world.members[..3] {
        world.join(&session, *member).await.expect("they join");
    }
    let event = world.motion(&session).await;
    for member in &world.members[..3] {
        world.vote(event.id, *member, "yes").await.expect("it is cast");
    }
    world.app.run(&CloseEvent { event_id: event.id, by: world.owner }).await.expect("it closes");
    let bytes = world.record(&session, world.members[0]).await.expect("participants may");
    let record = read(&bytes);
    let report = verify(&record, &Against::default());
    assert!(report.is_sound(), "{}", report.lines().join("\n"));
    assert_eq!(record.manifest.form, Form::Redacted);
    assert!(record.results.is_empty());
    assert!(
        record.leaves.iter().all(|leaf| !leaf.text.contains("ballots_root")),
        "it could be found by trying"
    );
    let votes = record.leaves.iter().filter(|leaf| leaf.text.contains("vote.cast"));
    assert!(votes.clone().count() == 3 && votes.into_iter().all(|leaf| leaf.openings.is_empty()));
    assert_eq!(report.verdict(Check::Tally), Verdict::NotChecked);
    assert!(world.record(&session, world.members[4]).await.is_none(), "who takes no part has no record");
    assert!(world.record(&session, world.stranger).await.is_none());

    world.app.run(&ReleaseEvent { event_id: event.id, by: world.owner }).await.expect("it is released");
    let record = read(&world.record(&session, world.members[0]).await.expect("participants may"));
    let report = verify(&record, &Against::default());
    assert_eq!(record.manifest.form, Form::Full, "everybody sees a released standard vote");
    assert_eq!(report.verdict(Check::Tally), Verdict::Holds);
}

/// The machine fails when the count is committed.
struct FailsAfterTheCount;

impl Observer for FailsAfterTheCount {
    fn ended(&self, _use_case: &'static str, _outcome: Outcome, _tries: u32, _took: Duration) {}

    fn reached(&self, step: &'static str) {
        assert_ne!(step, "committed", "the machine fails");
    }
}

#[tokio::test]
async fn a_record_taken_before_the_key_is_destroyed_says_so() {
    let world = World::new().await;
    let session = world.session().await;
    for member in &world.members {
        world.join(&session, *member).await.expect("they join");
    }
    let data = EventData { secrecy: Some("secret".to_owned()), ..EventData::default() };
    let event_id = world.open(&session, EventType::Motion, data).await.id;
    for member in &world.members {
        world.vote(event_id, *member, "yes").await.expect("it is cast");
    }
    let (mut app, by) = (world.app.clone(), world.owner);
    app.env.observer = Arc::new(FailsAfterTheCount);
    let close = CloseEvent { event_id, by };
    assert!(tokio::spawn(async move { app.run(&close).await }).await.is_err());
    let early = world.record(&session, by).await.expect("the host may");
    let report = verify(&read(&early), &Against::default());
    assert_eq!(report.verdict(Check::Envelopes), Verdict::Waits);
    assert!(report.is_sound() && !report.is_complete(), "{}", report.lines().join("\n"));
    let mut files = Files::new();
    let (code, told) = Python::told(&files.add(&early), &[]);
    assert!(code == Some(4) && told.contains("wait envelopes"), "{code:?}: {told}");
    assert!(told.contains("is not destroyed yet") && told.contains("something is still to come"), "{told}");

    // What the schedule does after a restart.
    world.store.advance(chrono::TimeDelta::seconds(1));
    world.app.tend_keys().await.expect("tended");
    let late = world.record(&session, by).await.expect("the host may");
    let against = Against { other: Some(read(&early)), ..Against::default() };
    let report = verify(&read(&late), &against);
    assert!(report.is_sound() && report.is_complete(), "{}", report.lines().join("\n"));
    assert_eq!(report.verdict(Check::Envelopes), Verdict::Holds);
    assert_eq!(Python::told(&files.add(&late), &[]).0, Some(0));
}

#[tokio::test]
async fn both_verifiers_find_what_a_receipt_promises() {
    let world = World::new().await;
    let session = world.session().await;
    world.join(&session, world.members[0]).await.expect("they join");
    let event = world.motion(&session).await;
    let before = world.record(&session, world.owner).await.expect("the host may");
    world.store.advance(chrono::TimeDelta::seconds(1));
    let receipts = world.vote(event.id, world.members[0], "yes").await.expect("it is cast");
    let receipt = receipts[0].logged.clone().expect("a receipt").note;
    let after = world.record(&session, world.owner).await.expect("the host may");
    let other = World::new().await;
    let elsewhere = other.session().await;
    let elsewhere = other.record(&elsewhere, other.owner).await.expect("the host may");
    let mut files = Files::new();
    // As an editor on another system may have left it.
    let kept = files.add(receipt.replace('\n', "\r\n").trim_end().as_bytes());
    let edited = files.add(receipt.replacen("v1", "v2", 1).as_bytes());
    for (record, note, path, holds) in [
        (&after, receipt.clone(), &kept, true),
        (&before, receipt.clone(), &kept, false),
        (&elsewhere, receipt.clone(), &kept, false),
        (&after, receipt.replacen("v1", "v2", 1), &edited, false),
    ] {
        let against = Against { receipt: Some(note), ..Against::default() };
        let report = verify(&read(record), &against);
        let wanted = if holds { Verdict::Holds } else { Verdict::Fails };
        assert_eq!((report.verdict(Check::Receipt), report.is_sound()), (wanted, holds));
        let (code, told) = Python::told(&files.add(record), &[OsStr::new("--receipt"), path.as_os_str()]);
        let line = if holds { "ok   receipt" } else { "FAIL receipt" };
        assert!(code == Some(i32::from(!holds)) && told.contains(line), "{code:?}: {told}");
    }
}
