//! Secret votes from opening to the destruction of their key, over the fakes.

mod world;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use plenum_application::use_cases::{
    AnnulEvent, Cast, CastAll, CloseDueEvent, CloseEvent, CloseSession, CreateEvent, DecideTie, GiveProxy,
    OpenEvent, PutMember, ReleaseEvent,
};
use plenum_application::{Failure, KeyTrouble, Observer, Outcome};
use plenum_domain::Refusal;
use plenum_domain::event::{Event, EventState, EventType};
use plenum_domain::id::UserId;
use plenum_domain::organization::{Role, Weight};
use plenum_domain::session::Session;
use plenum_domain::text::{Reason, Title};
use plenum_ports::documents::{EventData, VisibilityData};
use plenum_ports::fakes::MemoryKeyStore;
use plenum_ports::keys::KeyStore;
use plenum_ports::page::Page;
use plenum_ports::queries::Queries;
use world::World;

fn secret() -> EventData {
    EventData { secrecy: Some("secret".to_owned()), ..EventData::default() }
}

fn refused<T>(result: Result<T, Failure>) -> Refusal {
    match result.err() {
        Some(Failure::Refused(refusal)) => refusal,
        other => panic!("not refused by a rule: {other:?}"),
    }
}

async fn draft(world: &World, session: &Session, data: EventData) -> Result<Event, Failure> {
    let create = CreateEvent {
        session_id: session.id,
        by: world.owner,
        event_type: EventType::Motion,
        name: Title::parse("Something delicate").expect("a name"),
        start_time: None,
        end_time: None,
        data,
    };
    world.app.run(&create).await.map(|(event, _)| event)
}

/// A sitting in which everybody is, with a secret motion that is open.
async fn hall() -> (World, Session, Event) {
    let world = World::new().await;
    let session = world.session().await;
    for by in std::iter::once(world.owner).chain(world.members.iter().copied()) {
        world.join(&session, by).await.expect("they join");
    }
    let event = world.open(&session, EventType::Motion, secret()).await;
    (world, session, event)
}

async fn vote_all(world: &World, event: &Event, choices: [&str; 5]) {
    for (by, choice) in world.members.iter().zip(choices) {
        world.vote(event.id, *by, choice).await.expect("it is cast");
    }
}

async fn close(world: &World, event: &Event) -> Result<Event, Failure> {
    world.app.run(&CloseEvent { event_id: event.id, by: world.owner }).await.map(|(event, _)| event)
}

async fn kept(world: &World) -> usize {
    world.keys.list().await.expect("a list").len()
}

#[tokio::test]
async fn a_secret_vote_is_counted_and_its_key_is_gone() {
    let (world, _, event) = hall().await;
    assert_eq!(kept(&world).await, 1);
    let receipts = world.vote(event.id, world.members[0], "yes").await.expect("it is cast");
    let [receipt] = receipts.as_slice() else { panic!("one receipt") };
    assert!(matches!(receipt.cast, Cast::Sealed { .. }));
    assert!(!format!("{receipt:?}").contains("yes"));
    assert_eq!(refused(world.vote(event.id, world.members[0], "no").await), Refusal::AlreadyVoted);
    for (by, choice) in world.members[1..].iter().zip(["no", "yes", "abstain", "yes"]) {
        world.vote(event.id, *by, choice).await.expect("it is cast");
    }
    // While it is open: who has voted, and nothing else, for anybody.
    let turnout = world.app.turnout(event.id, world.owner, Page::first()).await.expect("the turnout");
    assert_eq!((turnout.turnout.voted, turnout.turnout.entitled), (5, 6));
    let waiting = turnout.missing.expect("the host sees it").items;
    assert_eq!(waiting.iter().map(|user| user.id).collect::<Vec<UserId>>(), [world.owner]);
    assert_eq!(refused(world.app.results(event.id, world.owner).await), Refusal::ResultsHidden);

    close(&world, &event).await.expect("it closes");
    assert_eq!(kept(&world).await, 0, "the key went with the count");
    let seal = world.store.seal(event.id).await.expect("an answer").expect("a seal");
    assert!(seal.retired_at.is_some() && seal.destroyed_at.is_some());
    let lines: Vec<String> = world.store.audit_log().iter().map(|line| line.action.clone()).collect();
    assert_eq!(lines[lines.len() - 2..], ["event.close", "event.destroy_key"]);

    world.app.run(&ReleaseEvent { event_id: event.id, by: world.owner }).await.expect("it is released");
    let results = world.app.results(event.id, world.members[4]).await.expect("the result");
    let text = format!("{:?}", results.result);
    assert!(text.contains("3 in favour, 1 against, 1 abstaining"), "{text}");
    let ballots = world.store.ballots(&event, Page::first()).await.expect("ballots").items;
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for ballot in &ballots {
        assert_eq!(ballot.weight, None);
        *counts.entry(format!("{:?}", ballot.response)).or_default() += 1;
    }
    assert_eq!(counts.values().copied().collect::<Vec<_>>(), [3, 1, 1]);
    let shown = world.app.votes(event.id, world.owner, Page::first()).await;
    assert!(matches!(refused(shown), Refusal::VotesNotShown { .. }), "not even after the release");
}

#[tokio::test]
async fn a_secret_vote_is_changed_where_the_rules_allow_it() {
    let world = World::with_rules(r#"{"votes": {"may_be_changed": true}}"#).await;
    let session = world.session().await;
    for by in std::iter::once(world.owner).chain(world.members.iter().copied()) {
        world.join(&session, by).await.expect("they join");
    }
    let event = world.open(&session, EventType::Motion, secret()).await;
    let envelope = |receipts: Vec<plenum_application::use_cases::Receipt>| match receipts.as_slice() {
        [receipt] => match receipt.cast {
            Cast::Sealed { envelope } => envelope,
            Cast::Recorded { .. } => panic!("it is sealed"),
        },
        _ => panic!("one receipt"),
    };
    let first = envelope(world.vote(event.id, world.members[0], "yes").await.expect("it is cast"));
    let second = envelope(world.vote(event.id, world.members[0], "no").await.expect("it is changed"));
    assert_ne!(first, second);
    for by in &world.members[1..] {
        world.vote(event.id, *by, "yes").await.expect("it is cast");
    }
    let turnout = world.app.turnout(event.id, world.owner, Page::first()).await.expect("the turnout");
    assert_eq!(turnout.turnout.voted, 5, "one vote each");
    close(&world, &event).await.expect("it closes");
    let results = world.app.results(event.id, world.owner).await.expect("the host sees it");
    assert!(format!("{:?}", results.result).contains("4 in favour, 1 against"), "the last word counts");
    let late = refused(world.vote(event.id, world.members[0], "yes").await);
    assert!(matches!(late, Refusal::EventNotActive { .. }), "not after the close: {late:?}");
}

#[tokio::test]
async fn nothing_kept_tells_when_or_what() {
    let (world, _, event) = hall().await;
    world.store.advance(TimeDelta::minutes(7));
    vote_all(&world, &event, ["yes", "no", "yes", "no", "abstain"]).await;
    let began = event.schedule.start_time;
    let lines: Vec<_> =
        world.store.audit_log().into_iter().filter(|line| line.action == "vote.cast").collect();
    assert_eq!(lines.len(), 5);
    for line in lines {
        assert_eq!(line.at, began, "no time but that of the opening");
        let text = format!("{:?}", line.after);
        assert!(!["yes", "no\"", "abstain"].iter().any(|choice| text.contains(choice)), "{text}");
    }
}

#[tokio::test]
async fn a_unanimous_result_says_what_it_gives_away() {
    for (choices, unanimous) in [(["no"; 5], true), (["no", "no", "no", "no", "yes"], false)] {
        let (world, _, event) = hall().await;
        vote_all(&world, &event, choices).await;
        close(&world, &event).await.expect("it closes");
        let results = world.app.results(event.id, world.owner).await.expect("the host sees it");
        assert_eq!(format!("{:?}", results.result).contains("Everyone voted the same way"), unanimous);
    }
}

#[tokio::test]
async fn a_lost_key_makes_the_event_void_and_it_says_so() {
    let (world, session, event) = hall().await;
    vote_all(&world, &event, ["yes"; 5]).await;
    let seal = world.store.seal(event.id).await.expect("an answer").expect("a seal").seal;
    world.keys.destroy(seal.key_id).await.expect("it is lost");
    let void = close(&world, &event).await.expect("it is settled");
    let annulment = void.state.annulment().expect("it is void");
    assert_eq!((void.state.as_str(), annulment.code()), ("annulled", Some("key_lost")));
    assert!(annulment.reason.as_str().contains("key"), "{}", annulment.reason);
    assert_eq!(refused(world.app.results(event.id, world.members[0]).await), Refusal::EventVoid);
    assert!(world.store.audit_log().iter().any(|line| line.action == "event.void"));
    assert_eq!(refused(close(&world, &event).await).code(), "close_after_annulment");
    let again = world.open(&session, EventType::Motion, secret()).await;
    vote_all(&world, &again, ["yes"; 5]).await;
    close(&world, &again).await.expect("the next one is counted");
}

#[tokio::test]
async fn a_key_out_of_reach_is_not_lost() {
    let (world, session, event) = hall().await;
    vote_all(&world, &event, ["yes"; 5]).await;
    world.keys.set_out_of_reach(true);
    let failed = close(&world, &event).await;
    assert!(matches!(failed, Err(Failure::Keys(KeyTrouble::Unavailable(_)))), "{failed:?}");
    let failed = world.app.run(&CloseSession { session_id: session.id, by: world.owner }).await;
    assert!(matches!(failed, Err(Failure::Keys(_))), "the sitting waits for it, too");
    let unopened = draft(&world, &session, secret()).await.expect("a draft");
    let open = world.app.run(&OpenEvent { event_id: unopened.id, by: world.owner }).await;
    assert!(matches!(open, Err(Failure::Keys(KeyTrouble::Unavailable(_)))), "none is opened without a key");
    let stranger = world.app.run(&OpenEvent { event_id: unopened.id, by: world.stranger }).await;
    assert!(matches!(stranger, Err(Failure::NotFound(_))), "who may not know learns nothing");
    let stranger = world.app.run(&CloseEvent { event_id: event.id, by: world.stranger }).await;
    assert!(matches!(stranger, Err(Failure::NotFound(_))));
    let turnout = world.app.turnout(event.id, world.owner, Page::first()).await.expect("the turnout");
    assert_eq!((turnout.event.state.as_str(), turnout.turnout.voted), ("active", 5), "nothing was lost");
    world.keys.set_out_of_reach(false);
    close(&world, &event).await.expect("now it closes");
}

#[tokio::test]
async fn a_key_of_another_store_is_elsewhere() {
    let (mut world, _, event) = hall().await;
    vote_all(&world, &event, ["yes"; 5]).await;
    let here = Arc::clone(&world.app.keys);
    world.app.keys = Arc::new(MemoryKeyStore::seeded(99));
    let failed = close(&world, &event).await;
    assert!(matches!(failed, Err(Failure::Keys(KeyTrouble::Elsewhere))), "{failed:?}");
    world.app.tend_keys().await.expect("it looks after its own");
    world.app.keys = here;
    close(&world, &event).await.expect("at home it closes");
    assert_eq!(kept(&world).await, 0);
}

#[tokio::test]
async fn an_envelope_that_does_not_open_stops_the_count() {
    let (world, _, event) = hall().await;
    vote_all(&world, &event, ["yes"; 5]).await;
    // Another key under the same id: every envelope is unreadable.
    let seal = world.store.seal(event.id).await.expect("an answer").expect("a seal").seal;
    world.keys.destroy(seal.key_id).await.expect("gone");
    world.keys.generate(seal.key_id).await.expect("another one");
    assert_eq!(refused(close(&world, &event).await), Refusal::EnvelopesUnreadable { count: 5 });
    assert_eq!(kept(&world).await, 1, "the key stays, for envelopes that come back");
    let reason = Reason::parse("The votes were damaged.").expect("a reason");
    let annul = AnnulEvent { event_id: event.id, by: world.owner, reason };
    world.app.run(&annul).await.expect("the chair is not stuck");
    assert_eq!(kept(&world).await, 0, "annulled, nothing is ever opened again");
}

#[tokio::test]
async fn few_people_of_one_weight_cannot_vote_in_secret() {
    let world = World::new().await;
    let session = world.session().await;
    let weight = Weight::new(3).expect("a weight");
    let heavy = PutMember {
        organization_id: world.organization,
        by: world.owner,
        user_id: world.members[0],
        role: Role::Member,
        weight: Some(weight),
    };
    world.app.run(&heavy).await.expect("changed");
    let event = draft(&world, &session, secret()).await.expect("a draft");
    let open = OpenEvent { event_id: event.id, by: world.owner };
    let refusal = refused(world.app.run(&open).await);
    assert_eq!(refusal, Refusal::WeightClassTooSmall { weight: 3, people: 1, least: 5 });
    assert_eq!(kept(&world).await, 0, "what was made for it is gone");
    world.app.run(&PutMember { weight: Some(Weight::ONE), ..heavy }).await.expect("changed back");
    world.app.run(&open).await.expect("now it opens");
    world.app.run(&open).await.expect("twice changes nothing");
    assert_eq!(kept(&world).await, 1);
}

#[tokio::test]
async fn figures_are_never_live() {
    let world = World::new().await;
    let session = world.session().await;
    let visibility = Some(VisibilityData { participants: Some("live".to_owned()) });
    let Err(Failure::Invalid(errors)) = draft(&world, &session, EventData { visibility, ..secret() }).await
    else {
        panic!("it was accepted")
    };
    assert_eq!(errors.as_slice()[0].field, "data.visibility.participants");
}

#[tokio::test]
async fn what_failed_openings_left_goes_when_it_is_old() {
    let (world, _, _) = hall().await;
    for number in 0..3 {
        world.keys.generate(plenum_ports::keys::KeyId::new([number; 16])).await.expect("left behind");
    }
    world.app.tend_keys().await.expect("tended");
    assert_eq!(kept(&world).await, 4, "an opening may be under way");
    world.store.advance(TimeDelta::hours(2));
    world.app.tend_keys().await.expect("tended");
    assert_eq!(kept(&world).await, 1, "the key of the open vote stays");
}

/// Ends the task at a step, as a crash does.
struct Crash(&'static str);

impl Observer for Crash {
    fn ended(&self, _use_case: &'static str, _outcome: Outcome, _tries: u32, _took: Duration) {}

    fn reached(&self, step: &'static str) {
        assert_ne!(step, self.0, "the machine fails");
    }
}

#[tokio::test]
async fn a_crash_at_any_step_of_the_close_leaves_all_or_nothing() {
    let before = [
        "close.envelopes_read",
        "close.envelopes_opened",
        "close.ballots_written",
        "close.result_written",
        "close.event_written",
        "close.ready",
    ];
    let after = ["committed", "keys.destroying", "keys.destroyed"];
    for step in before.into_iter().chain(after) {
        let (world, _, event) = hall().await;
        vote_all(&world, &event, ["yes", "no", "yes", "no", "yes"]).await;
        let mut app = world.app.clone();
        app.env.observer = Arc::new(Crash(step));
        let close = CloseEvent { event_id: event.id, by: world.owner };
        let crashed = tokio::spawn(async move { app.run(&close).await }).await;
        assert!(crashed.is_err(), "{step}: it went on");
        let counted = world.store.result(event.id).await.expect("an answer").is_some();
        let ballots = world.store.ballots(&event, Page::first()).await.expect("ballots").items.len();
        let state =
            world.app.turnout(event.id, world.owner, Page::first()).await.expect("the turnout").event.state;
        if before.contains(&step) {
            assert!(!counted && ballots == 0 && matches!(state, EventState::Active { .. }), "{step}");
            assert_eq!(kept(&world).await, 1, "{step}: the key is there for the next try");
            close_again(&world, &event).await;
        } else {
            assert!(counted && ballots == 5 && matches!(state, EventState::Closed(_)), "{step}");
            // What a restart finds.
            world.app.tend_keys().await.expect("tended");
        }
        assert_eq!(kept(&world).await, 0, "{step}");
        let seal = world.store.seal(event.id).await.expect("an answer").expect("a seal");
        assert!(seal.destroyed_at.is_some(), "{step}");
    }
}

async fn close_again(world: &World, event: &Event) {
    close(world, event).await.expect("it closes");
    let results = world.app.results(event.id, world.owner).await.expect("the result");
    assert!(format!("{:?}", results.result).contains("3 in favour, 2 against"));
}

#[tokio::test]
async fn the_schedule_closes_secret_votes_too() {
    let (world, _, event) = hall().await;
    vote_all(&world, &event, ["yes"; 5]).await;
    assert!(!world.app.run(&CloseDueEvent { event_id: event.id }).await.expect("an answer"), "it is not due");
    assert_eq!(kept(&world).await, 1, "looking does not harm the key");
}

#[tokio::test]
async fn votes_with_mandates_are_sealed_too_and_no_sealed_vote_is_changed() {
    let world =
        World::with_rules(r#"{"proxies": {"max_per_holder": 3}, "votes": {"may_be_changed": true}}"#).await;
    let session = world.session().await;
    let [holder, principal] = [world.members[0], world.members[1]];
    world.join(&session, holder).await.expect("they join");
    let give = GiveProxy {
        session_id: session.id,
        by: world.owner,
        principal,
        holder,
        event_id: None,
        reason: None,
    };
    let mandate = world.app.run(&give).await.expect("it is given").mandate;
    for by in &world.members[2..] {
        world.join(&session, *by).await.expect("they join");
    }
    let event = world.open(&session, EventType::Motion, secret()).await;
    world.store.advance(TimeDelta::minutes(7));
    let all = CastAll { event_id: event.id, by: holder, vote_response: vec!["yes".to_owned()] };
    let receipts = world.app.run(&all).await.expect("both are cast");
    assert_eq!(receipts.iter().map(|receipt| receipt.proxy_for).collect::<Vec<_>>(), [None, Some(principal)]);
    assert!(receipts.iter().all(|receipt| matches!(receipt.cast, Cast::Sealed { .. })));
    assert_eq!(refused(world.app.run(&all).await), Refusal::AlreadyVoted, "whatever the rules say of others");
    let notes = world.store.mandate_notes(mandate.id).await.expect("an answer");
    let used =
        notes.iter().find(|line| line.note.change.as_str() == "used").expect("that it was used is told");
    assert_eq!(used.note.at, event.schedule.start_time, "and not when");
    close(&world, &event).await.expect("it closes");
    let results = world.app.results(event.id, world.owner).await.expect("the host sees it");
    assert!(format!("{:?}", results.result).contains("2 in favour, 0 against"));
}

#[tokio::test]
async fn a_tie_is_decided_after_the_key_is_gone() {
    let world = World::with_rules(r#"{"ties": {"motion": "chair"}}"#).await;
    let session = world.session().await;
    for by in &world.members {
        world.join(&session, *by).await.expect("they join");
    }
    let event = world.open(&session, EventType::Motion, secret()).await;
    vote_all(&world, &event, ["yes", "no", "yes", "no", "abstain"]).await;
    close(&world, &event).await.expect("it closes");
    assert_eq!(kept(&world).await, 0, "the key does not wait for the decision");
    let results = world.app.results(event.id, world.owner).await.expect("the host sees it");
    let before = results.result;
    assert_eq!(before.outcome.as_deref(), Some("tie"));
    let decide = DecideTie { event_id: event.id, by: world.owner, choice: Some("yes".to_owned()) };
    let (_, _, decided) = world.app.run(&decide).await.expect("the bare ballots are counted again");
    assert_eq!(decided.outcome.as_deref(), Some("adopted"));
    assert_eq!(decided.options, before.options, "the figures stay");
}
