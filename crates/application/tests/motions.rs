//! Use cases against the fakes: motions with their texts, amendments, reconsideration and withdrawal.

mod world;

use plenum_application::Failure;
use plenum_application::use_cases::{
    AmendMotion, CloseEvent, CreateEvent, DeleteEvent, OpenEvent, ReconsiderMotion, ReleaseEvent,
    UpdateEvent, WithdrawMotion, WriteMotion,
};
use plenum_domain::Refusal;
use plenum_domain::event::{Event, EventState, EventType};
use plenum_domain::id::{EventId, UserId};
use plenum_domain::motion::{Amendment, Link};
use plenum_domain::session::Session;
use plenum_domain::text::{MotionText, Reason, Title};
use plenum_ports::documents::EventData;
use plenum_ports::page::Page;
use plenum_ports::queries::AuditFilter;
use plenum_ports::queries::MotionLine;
use world::World;

fn refused<T: std::fmt::Debug>(result: Result<T, Failure>) -> Refusal {
    match result.expect_err("it is refused") {
        Failure::Refused(refusal) => refusal,
        failure => panic!("another failure: {failure}"),
    }
}

fn text(text: &str) -> MotionText {
    MotionText::parse(text).expect("a text")
}

async fn draft(world: &World, session: &Session, event_type: EventType) -> EventId {
    let vote_options = (event_type == EventType::Election).then(|| vec!["Ann".to_owned(), "Bob".to_owned()]);
    let draft = CreateEvent {
        session_id: session.id,
        by: world.owner,
        event_type,
        name: Title::parse("Chairs").expect("a name"),
        start_time: None,
        end_time: None,
        data: EventData { vote_options, ..EventData::default() },
    };
    world.app.run(&draft).await.expect("it is prepared").0.id
}

fn written(world: &World, event_id: EventId, words: &str) -> WriteMotion {
    let (mover, seconder) = (Some(world.members[0]), Some(world.members[1]));
    WriteMotion { event_id, by: world.owner, mover, seconder, text: Some(text(words)) }
}

fn amendment(world: &World, event_id: EventId, replaces: &str, inserts: &str) -> AmendMotion {
    AmendMotion {
        event_id,
        by: world.owner,
        name: None,
        change: Amendment { replaces: text(replaces), inserts: text(inserts) },
        mover: Some(world.members[1]),
        seconder: None,
    }
}

async fn open(world: &World, event_id: EventId) -> Result<Event, Failure> {
    world.app.run(&OpenEvent { event_id, by: world.owner }).await.map(|(event, _)| event)
}

async fn decide(world: &World, event_id: EventId, choice: &str) {
    open(world, event_id).await.expect("it opens");
    world.vote(event_id, world.members[0], choice).await.expect("it is accepted");
    world.app.run(&CloseEvent { event_id, by: world.owner }).await.expect("it closes");
}

async fn release(world: &World, event_id: EventId) {
    world.app.run(&ReleaseEvent { event_id, by: world.owner }).await.expect("it is released");
}

async fn shown(world: &World, event_id: EventId) -> MotionLine {
    world.app.motion(event_id, world.members[0]).await.expect("members see it")
}

fn withdraw(by: UserId, event_id: EventId) -> WithdrawMotion {
    let reason = Some(Reason::parse("Settled otherwise.").expect("a reason"));
    WithdrawMotion { event_id, by, reason }
}

async fn hall() -> (World, Session) {
    let world = World::new().await;
    let session = world.session().await;
    for person in &world.members[..2] {
        world.join(&session, *person).await.expect("they join");
    }
    (world, session)
}

#[tokio::test]
async fn an_adopted_amendment_changes_the_text_when_it_is_released() {
    let (world, session) = hall().await;
    let main = draft(&world, &session, EventType::Motion).await;
    world.app.run(&written(&world, main, "Buy 20 red chairs.")).await.expect("it is written");
    world.app.run(&written(&world, main, "Buy 20 red chairs.")).await.expect("the same text is no version");
    let amend = async |replaces, inserts| {
        world.app.run(&amendment(&world, main, replaces, inserts)).await.expect("it is prepared").0
    };
    let more = amend("20", "30").await;
    let (blue, lost) = (amend("red", "blue").await, amend("Buy", "Rent").await);
    assert_eq!(more.name.as_str(), "Amendment: Chairs");

    decide(&world, more.id, "yes").await;
    assert_eq!(shown(&world, main).await.motion.texts.len(), 1, "nobody learns before the release");
    assert_eq!(refused(open(&world, main).await), Refusal::AmendmentPending);
    release(&world, more.id).await;
    release(&world, more.id).await;
    decide(&world, lost.id, "no").await;
    release(&world, lost.id).await;
    decide(&world, blue.id, "yes").await;
    release(&world, blue.id).await;

    let line = shown(&world, main).await;
    assert_eq!(line.motion.text().map(MotionText::as_str), Some("Buy 30 blue chairs."));
    assert_eq!(line.amended_by, [more.id, blue.id, lost.id]);
    let trail: Vec<_> =
        line.motion.texts.iter().map(|version| (version.number, &version.amendment)).collect();
    let change = |replaces, inserts| Amendment { replaces: text(replaces), inserts: text(inserts) };
    let second = Some((more.id, change("20", "30")));
    let third = Some((blue.id, change("red", "blue")));
    assert_eq!(trail, [(1, &None), (2, &second), (3, &third)]);
    let linked = shown(&world, blue.id).await.motion.link;
    assert!(matches!(linked, Some(Link::Amends { main: amended, .. }) if amended == main));
    open(&world, main).await.expect("its amendments are settled");
    let late = world.app.run(&amendment(&world, main, "30", "40")).await;
    assert_eq!(refused(late), Refusal::MotionTextSettled);
    let late = world.app.run(&written(&world, main, "Something else.")).await;
    assert_eq!(refused(late), Refusal::MotionTextSettled);
}

#[tokio::test]
async fn an_amendment_that_does_not_fit_is_told() {
    let (world, session) = hall().await;
    let main = draft(&world, &session, EventType::Motion).await;
    world.app.run(&written(&world, main, "Buy chairs, many chairs.")).await.expect("it is written");
    let amend = async |replaces, inserts| world.app.run(&amendment(&world, main, replaces, inserts)).await;
    assert_eq!(refused(amend("tables", "x").await), Refusal::AmendmentTextNotFound);
    assert_eq!(refused(amend("chairs", "x").await), Refusal::AmendmentTextAmbiguous);
    assert!(matches!(amend("", "").await, Err(Failure::Invalid(_))));
    let first = amend("many chairs", "stools").await.expect("it fits").0;
    let second = amend("many chairs", "benches").await.expect("it fits still").0;
    for event in [&first, &second] {
        decide(&world, event.id, "yes").await;
        release(&world, event.id).await;
    }
    let line = shown(&world, main).await;
    assert_eq!(line.motion.text().map(MotionText::as_str), Some("Buy chairs, stools."));
    let log = world
        .app
        .audit(world.organization, world.owner, &AuditFilter::default(), Page::first())
        .await
        .expect("the log");
    let told = log.items.iter().find(|line| line.action == "motion.amended").expect("a line");
    assert_eq!(told.after.as_ref().expect("a change")["not_applied"], "amendment_text_not_found");
}

#[tokio::test]
async fn a_decided_motion_is_voted_on_again_as_a_new_one() {
    let (world, session) = hall().await;
    let main = draft(&world, &session, EventType::Motion).await;
    world.app.run(&written(&world, main, "Buy chairs.")).await.expect("it is written");
    let again = ReconsiderMotion {
        event_id: main,
        by: world.owner,
        name: None,
        mover: Some(world.members[1]),
        seconder: None,
    };
    assert_eq!(refused(world.app.run(&again).await), Refusal::NotDecided);
    decide(&world, main, "no").await;
    assert_eq!(refused(world.app.run(&again).await), Refusal::NotDecided, "nobody knows it yet");
    release(&world, main).await;
    let new = world.app.run(&again).await.expect("it is prepared").0;
    assert_eq!((new.state, new.name.as_str()), (EventState::Draft, "Reconsideration: Chairs"));
    assert_eq!(new.terms.rules.version, None, "the rules are settled when it opens");
    let line = shown(&world, new.id).await;
    assert_eq!(line.motion.link, Some(Link::Reconsiders(main)));
    assert_eq!(line.motion.text().map(MotionText::as_str), Some("Buy chairs."));
    assert_eq!(shown(&world, main).await.reconsidered_by, [new.id]);
    decide(&world, new.id, "yes").await;
    let before = world.app.results(main, world.owner).await.expect("it stays").result.outcome;
    assert_eq!(before.as_deref(), Some("rejected"));
}

#[tokio::test]
async fn a_motion_is_withdrawn_by_its_mover_before_the_vote() {
    let (world, session) = hall().await;
    let [mover, other] = [world.members[0], world.members[1]];
    let main = draft(&world, &session, EventType::Motion).await;
    world.app.run(&written(&world, main, "Buy chairs.")).await.expect("it is written");
    assert_eq!(refused(world.app.run(&withdraw(other, main)).await), Refusal::NotTheMover);
    let stranger = world.app.run(&withdraw(world.stranger, main)).await;
    assert!(matches!(stranger, Err(Failure::NotFound(_))));
    world.app.run(&withdraw(mover, main)).await.expect("the mover may");
    let withdrawal = shown(&world, main).await.motion.withdrawal.expect("it is withdrawn");
    assert_eq!(withdrawal.by_user_id, mover);
    assert_eq!(refused(world.app.run(&withdraw(world.owner, main)).await), Refusal::MotionWithdrawn);
    assert_eq!(refused(open(&world, main).await), Refusal::MotionWithdrawn);
    let rename = UpdateEvent {
        event_id: main,
        by: world.owner,
        name: Some(Title::parse("Stools").expect("a name")),
        start_time: None,
        end_time: None,
        data: None,
    };
    assert_eq!(refused(world.app.run(&rename).await), Refusal::MotionWithdrawn);
    let delete = DeleteEvent { event_id: main, by: world.owner };
    assert_eq!(refused(world.app.run(&delete).await), Refusal::MotionWithdrawn);

    let opened = world.motion(&session).await;
    assert_eq!(refused(world.app.run(&withdraw(world.owner, opened.id)).await), Refusal::MotionVoteBegun);
    let election = draft(&world, &session, EventType::Election).await;
    assert_eq!(refused(world.app.run(&withdraw(world.owner, election)).await), Refusal::NotAMotion);
}

#[tokio::test]
async fn mover_and_seconder_are_two_known_people() {
    let (world, session) = hall().await;
    let main = draft(&world, &session, EventType::Motion).await;
    let plain = written(&world, main, "Buy chairs.");
    for (mover, seconder, field) in [
        (Some(world.members[0]), Some(world.members[0]), "seconder_user_id"),
        (Some(world.stranger), None, "mover_user_id"),
    ] {
        let wrong = world.app.run(&WriteMotion { mover, seconder, ..plain.clone() }).await;
        let Err(Failure::Invalid(errors)) = wrong else { panic!("it was taken") };
        assert_eq!(errors.as_slice()[0].field, field);
    }
    let by_member = WriteMotion { by: world.members[0], ..plain.clone() };
    assert!(matches!(world.app.run(&by_member).await, Err(Failure::Forbidden { .. })));
    world.app.run(&plain).await.expect("it is written");
    let amending = world.app.run(&amendment(&world, main, "chairs", "stools")).await.expect("it fits").0;
    let delete = |event_id| DeleteEvent { event_id, by: world.owner };
    assert_eq!(refused(world.app.run(&delete(main)).await), Refusal::EventLinked);
    world.app.run(&delete(amending.id)).await.expect("a draft goes");
    world.app.run(&delete(main)).await.expect("nothing refers to it any more");
}
