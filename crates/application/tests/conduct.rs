//! Use cases against the fakes: votes with one call, votes that open and close by themselves, more time,
//! figures shown and hidden, and the rules an event keeps.

mod world;

use chrono::TimeDelta;
use plenum_application::Failure;
use plenum_application::use_cases::{
    BallotPaper, Cast, CastAll, CastVotes, Choices, CloseDueEvent, CloseEvent, CreateEvent, ExtendEvent,
    GiveProxy, OpenDueEvent, OpenEvent, QuickVote, Receipt, ReleaseEvent, ShareResults, UpdateOrganization,
};
use plenum_domain::Refusal;
use plenum_domain::event::{Event, EventState, EventType, Extension, Visibility};
use plenum_domain::id::UserId;
use plenum_domain::result::Outcome;
use plenum_domain::rules::Seconds;
use plenum_domain::session::Session;
use plenum_domain::text::{Reason, Title};
use plenum_domain::vote::Vote;
use plenum_ports::documents::EventData;
use plenum_ports::page::Page;
use plenum_ports::queries::AuditFilter;
use world::World;

fn refused<T: std::fmt::Debug>(result: Result<T, Failure>) -> Refusal {
    match result.expect_err("it is refused") {
        Failure::Refused(refusal) => refusal,
        failure => panic!("another failure: {failure}"),
    }
}

fn quick(session: &Session, by: UserId, preset: &str) -> QuickVote {
    let preset = preset.to_owned();
    QuickVote { session_id: session.id, by, preset, name: None, description: None, duration: None }
}

fn seconds(number: u32) -> Seconds {
    Seconds::new(number).expect("within bounds")
}

/// A draft that opens by itself after a minute.
async fn draft(world: &World, session: &Session) -> Event {
    let start = world.app.queries.now().await.expect("a time") + TimeDelta::minutes(1);
    let draft = CreateEvent {
        session_id: session.id,
        by: world.owner,
        event_type: EventType::Motion,
        name: Title::parse("At a set time").expect("a name"),
        start_time: Some(start),
        end_time: None,
        data: EventData { automatic_open: Some(true), duration: Some(120), ..EventData::default() },
    };
    world.app.run(&draft).await.expect("it is prepared").0
}

#[tokio::test]
async fn a_vote_is_put_with_one_call() {
    let world = World::with_rules(r#"{"durations": {"quick_vote": 45, "motion": 300}}"#).await;
    let session = world.session().await;
    world.join(&session, world.members[0]).await.expect("they join");
    let (event, _) = world.app.run(&quick(&session, world.owner, "straw POLL")).await.expect("it is put");
    assert!(matches!(event.state, EventState::Active { .. }));
    assert_eq!((event.name.as_str(), event.terms.visibility), ("Straw poll", Visibility::Live));
    let lasts = |event: &Event| event.schedule.end_time.expect("an end") - event.schedule.start_time;
    assert_eq!(lasts(&event), TimeDelta::seconds(45), "as the rules say of quick votes");
    let longer = QuickVote { duration: Some(seconds(90)), ..quick(&session, world.owner, "Roll call") };
    assert_eq!(lasts(&world.app.run(&longer).await.expect("it is put").0), TimeDelta::seconds(90));
    let usual = world.motion(&session).await;
    assert_eq!(lasts(&usual), TimeDelta::seconds(300), "as the rules say of motions");

    let unknown = world.app.run(&quick(&session, world.owner, "Raffle")).await;
    let Err(Failure::Invalid(errors)) = unknown else { panic!("an unknown preset: {unknown:?}") };
    assert!(errors.to_string().ends_with("Yes, no, abstain, Straw poll, Roll call"), "{errors}");
    let by_member = world.app.run(&quick(&session, world.members[0], "Roll call")).await;
    assert!(matches!(by_member, Err(Failure::Forbidden { .. })));
}

#[tokio::test]
async fn an_event_opens_and_closes_by_itself() {
    let world = World::new().await;
    let session = world.session().await;
    let event = draft(&world, &session).await;
    let app = &world.app;
    assert!(!app.run(&OpenDueEvent { event_id: event.id }).await.expect("nothing to do"), "too early");
    assert_eq!(app.queries.due_openings().await.expect("a list"), []);
    world.store.clock().advance(TimeDelta::seconds(61));
    assert_eq!(app.queries.due_openings().await.expect("a list"), [event.id]);
    assert!(app.run(&OpenDueEvent { event_id: event.id }).await.expect("it opens"));
    assert!(!app.run(&OpenDueEvent { event_id: event.id }).await.expect("nothing to do"), "open already");
    let opened = app.event(event.id, world.owner).await.expect("it is there").event;
    assert!(matches!(opened.state, EventState::Active { .. }));
    world.store.clock().advance(TimeDelta::seconds(121));
    assert_eq!(app.queries.due_events().await.expect("a list"), [event.id]);
    assert!(app.run(&CloseDueEvent { event_id: event.id }).await.expect("it closes"));
}

#[tokio::test]
async fn what_cannot_open_by_itself_is_left_to_the_chair() {
    let world = World::with_rules(r#"{"quorum": {"count": 3}}"#).await;
    let session = world.session().await;
    let event = draft(&world, &session).await;
    world.store.clock().advance(TimeDelta::seconds(61));
    assert!(!world.app.run(&OpenDueEvent { event_id: event.id }).await.expect("it was looked at"));
    let left = world.app.event(event.id, world.owner).await.expect("it is there").event;
    assert_eq!((left.state, left.terms.timing.opens_by_itself), (EventState::Draft, false));
    assert_eq!(world.app.queries.due_openings().await.expect("a list"), [], "it is not tried again");
    let log = world
        .app
        .audit(world.organization, world.owner, &AuditFilter::default(), Page::first())
        .await
        .expect("the log");
    let line = &log.items[0];
    assert_eq!((line.action.as_str(), line.actor), ("event.open_due", None));
    assert_eq!(line.after.as_ref().expect("a change")["refused"], "no_quorum");
}

#[tokio::test]
async fn an_open_vote_is_given_more_time() {
    let world = World::new().await;
    let session = world.session().await;
    let timed = QuickVote { duration: Some(seconds(60)), ..quick(&session, world.owner, "Roll call") };
    let event = world.app.run(&timed).await.expect("it is put").0;
    let extend = |event: &Event, by, extension| ExtendEvent {
        event_id: event.id,
        by,
        extension,
        reason: Reason::parse("The doors were shut").ok(),
    };
    let by = |number| Extension::By(seconds(number));
    let app = &world.app;
    let longer = app.run(&extend(&event, world.owner, by(30))).await.expect("it is extended").0;
    assert_eq!(longer.schedule.end_time, event.schedule.end_time.map(|end| end + TimeDelta::seconds(30)));
    let earlier = Extension::Until(event.schedule.start_time + TimeDelta::seconds(10));
    assert_eq!(refused(app.run(&extend(&event, world.owner, earlier)).await), Refusal::ExtensionNotLater);
    let log = app
        .audit(world.organization, world.owner, &AuditFilter::default(), Page::first())
        .await
        .expect("the log");
    assert_eq!((log.items[0].action.as_str(), log.items[0].actor), ("event.extend", Some(world.owner)));
    let after = log.items[0].after.as_ref().expect("what it is now");
    assert_eq!(after["reason"], "The doors were shut");

    world.store.clock().advance(TimeDelta::seconds(90));
    assert_eq!(refused(app.run(&extend(&event, world.owner, by(30))).await), Refusal::ExtensionTooLate);
    let endless = world.motion(&session).await;
    assert_eq!(refused(app.run(&extend(&endless, world.owner, by(30))).await), Refusal::NothingToExtend);
    app.run(&CloseEvent { event_id: endless.id, by: world.owner }).await.expect("it closes");
    let closed = app.run(&extend(&endless, world.owner, by(30))).await;
    assert_eq!(refused(closed).code(), "extend_after_close");
}

#[tokio::test]
async fn figures_are_shown_and_hidden_while_voting_is_on() {
    let world = World::new().await;
    let session = world.session().await;
    let [member, other] = [world.members[0], world.members[1]];
    for person in [member, other] {
        world.join(&session, person).await.expect("they join");
    }
    let event = world.motion(&session).await;
    world.vote(event.id, member, "yes").await.expect("it is accepted");
    let share = |shared| ShareResults { event_id: event.id, by: world.owner, shared };
    let app = &world.app;
    assert_eq!(refused(app.results(event.id, other).await), Refusal::ResultsHidden);
    app.run(&share(true)).await.expect("they are shown");
    app.run(&share(true)).await.expect("twice changes nothing");
    assert_eq!(app.results(event.id, other).await.expect("they are seen").result.cast.people, 1);
    app.run(&share(false)).await.expect("they are hidden");
    assert_eq!(refused(app.results(event.id, other).await), Refusal::ResultsHidden);
    let by_member = ShareResults { by: member, ..share(true) };
    assert!(matches!(app.run(&by_member).await, Err(Failure::Forbidden { .. })));

    app.run(&CloseEvent { event_id: event.id, by: world.owner }).await.expect("it closes");
    assert_eq!(refused(app.run(&share(true)).await).code(), "share_after_close");
    assert_eq!(refused(app.results(event.id, other).await), Refusal::ResultsHidden);
    app.run(&ReleaseEvent { event_id: event.id, by: world.owner }).await.expect("it is released");
    app.results(event.id, other).await.expect("everyone sees it");
}

#[tokio::test]
async fn an_event_keeps_the_rules_it_was_opened_under() {
    let world = World::with_rules(r#"{"quorum": {"count": 3, "at_opening": "warn"}}"#).await;
    let session = world.session().await;
    world.join(&session, world.members[0]).await.expect("they join");
    let event = world.motion(&session).await;
    let kept = event.terms.rules;
    assert_eq!((kept.version, kept.opened_without_quorum, kept.members), (Some(1), true, Some(6)));
    let change = UpdateOrganization {
        organization_id: world.organization,
        by: world.owner,
        name: None,
        data: serde_json::from_str(r#"{"rules": {"quorum": {}, "votes": {"may_be_changed": true}}}"#)
            .expect("a document"),
    };
    let changed = world.app.run(&change).await.expect("the rules change");
    assert_eq!(changed.rules.version, 2);
    let later = world.motion(&session).await;
    assert_eq!((later.terms.rules.version, later.terms.rules.may_change_votes), (Some(2), true));
    let stored = world.app.event(event.id, world.owner).await.expect("it is there").event;
    assert_eq!(stored.terms.rules, kept);
    world.vote(event.id, world.members[0], "yes").await.expect("it is accepted");
    world.app.run(&CloseEvent { event_id: event.id, by: world.owner }).await.expect("it closes");
    let result = world.app.results(event.id, world.owner).await.expect("the chair sees it").result;
    assert_eq!(result.decided(), Some(Outcome::NoQuorum), "counted under the quorum it was opened under");
}

#[tokio::test]
async fn only_those_entitled_are_on_the_roll() {
    let world = World::new().await;
    let list: Vec<i32> = world.members[..2].iter().map(|id| id.get()).collect();
    let data = format!(r#"{{"rules": {{"voters": {{"users": {list:?}}}}}}}"#);
    let change = UpdateOrganization {
        organization_id: world.organization,
        by: world.owner,
        name: None,
        data: serde_json::from_str(&data).expect("a document"),
    };
    world.app.run(&change).await.expect("the rules change");
    let session = world.session().await;
    for person in &world.members[..3] {
        world.join(&session, *person).await.expect("they join");
    }
    let event = world.motion(&session).await;
    world.vote(event.id, world.members[0], "yes").await.expect("they are on the list");
    assert_eq!(refused(world.vote(event.id, world.members[2], "yes").await), Refusal::NotEntitled);
    let turnout = world.app.turnout(event.id, world.owner, Page::first()).await.expect("figures").turnout;
    assert_eq!((turnout.entitled, turnout.voted), (2, 1));
    assert_eq!(event.terms.rules.members, Some(6), "all members count, entitled or not");
}

#[tokio::test]
async fn what_the_server_settles_is_not_written_by_others() {
    let world = World::new().await;
    let session = world.session().await;
    let data = serde_json::from_str(r#"{"rules": {"version": 7, "may_change_votes": true}}"#);
    let draft = CreateEvent {
        session_id: session.id,
        by: world.owner,
        event_type: EventType::Motion,
        name: Title::parse("Made up").expect("a name"),
        start_time: None,
        end_time: None,
        data: data.expect("a document"),
    };
    let Err(Failure::Invalid(errors)) = world.app.run(&draft).await else { panic!("it was taken") };
    assert_eq!(errors.as_slice()[0].field, "data.rules");
    let plain = CreateEvent { data: EventData::default(), ..draft };
    let event = world.app.run(&plain).await.expect("it is prepared").0;
    assert_eq!(event.terms.rules.version, None);
    let opened = world.app.run(&OpenEvent { event_id: event.id, by: world.owner }).await.expect("it opens").0;
    assert_eq!(opened.terms.rules.version, Some(1));
}

fn recorded(receipts: &[Receipt]) -> Vote {
    let [Receipt { cast: Cast::Recorded { vote, .. }, .. }] = receipts else { panic!("one recorded vote") };
    vote.clone()
}

fn cast(event: &Event, by: UserId, choice: &str) -> CastAll {
    CastAll { event_id: event.id, by, vote_response: vec![choice.to_owned()] }
}

#[tokio::test]
async fn one_request_casts_all_ones_votes() {
    let world = World::with_rules(r#"{"proxies": {"max_per_holder": 3}}"#).await;
    let session = world.session().await;
    let holder = world.members[0];
    world.join(&session, holder).await.expect("the holder joins");
    for principal in &world.members[1..4] {
        let give = GiveProxy {
            session_id: session.id,
            by: world.owner,
            principal: *principal,
            holder,
            event_id: None,
            reason: None,
        };
        world.app.run(&give).await.expect("it is given");
    }
    let event = world.motion(&session).await;
    // The second principal comes after all: their proxy rests, and the rest is cast without it.
    world.join(&session, world.members[2]).await.expect("they come");
    let receipts = world.app.run(&cast(&event, holder, "yes")).await.expect("they are accepted");
    let principals: Vec<_> = receipts.iter().map(|receipt| receipt.proxy_for.unwrap_or(holder)).collect();
    assert_eq!(principals, [holder, world.members[1], world.members[3]]);
    assert_eq!(refused(world.app.run(&cast(&event, holder, "no")).await), Refusal::AlreadyVoted);
    let absent = world.app.run(&cast(&event, world.members[4], "no")).await;
    assert_eq!(refused(absent), Refusal::NotPresent);
    let wrong = world.app.run(&cast(&event, world.members[2], "perhaps")).await;
    assert!(matches!(wrong, Err(Failure::Invalid(_))));
}

#[tokio::test]
async fn a_cast_vote_changes_where_the_rules_let_it() {
    let world = World::with_rules(r#"{"votes": {"may_be_changed": true}}"#).await;
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
    let proxy = world.app.run(&give).await.expect("it is given").instance.expect("it stands").id;
    let event = world.motion(&session).await;
    let paper = |choice: &str| BallotPaper {
        user_session_id: Some(proxy),
        choices: Choices::Whole(vec![choice.to_owned()]),
    };
    let by_proxy =
        |choice| CastVotes { event_id: event.id, by: holder, papers: vec![paper(choice)], listed: false };
    let first = recorded(&world.app.run(&by_proxy("yes")).await.expect("it is accepted"));
    let second = recorded(&world.app.run(&by_proxy("no")).await.expect("it is changed"));
    assert_eq!((second.id, second.principal_user_id), (first.id, principal), "the same vote");
    world.join(&session, principal).await.expect("the principal comes after all");
    let own = refused(world.vote(event.id, principal, "yes").await);
    assert_eq!(own, Refusal::AlreadyVoted, "it was cast with another instance");
    let log = world
        .app
        .audit(world.organization, world.owner, &AuditFilter::default(), Page::first())
        .await
        .expect("the log");
    let lines: Vec<_> = log.items.iter().filter(|line| line.action.starts_with("vote.")).collect();
    assert_eq!(
        lines.iter().map(|line| line.action.as_str()).collect::<Vec<_>>(),
        ["vote.change", "vote.cast"]
    );
    let told = format!("{:?}{:?}", lines[0].before, lines[0].after);
    assert!(!told.contains("yes") && !told.contains("\"no\""), "never a choice: {told}");
    world.app.run(&CloseEvent { event_id: event.id, by: world.owner }).await.expect("it closes");
    let result = world.app.results(event.id, world.owner).await.expect("the chair sees it").result;
    assert_eq!(result.options.iter().map(|option| option.votes).collect::<Vec<_>>(), [0, 1, 0]);
    assert_eq!(refused(world.app.run(&by_proxy("yes")).await).code(), "event_not_active");
}

#[tokio::test]
async fn late_arrivals_wait_where_the_rules_say_so() {
    let world = World::with_rules(r#"{"late_arrivals": "wait"}"#).await;
    let session = world.session().await;
    let [early, late] = [world.members[0], world.members[1]];
    world.join(&session, early).await.expect("they join");
    let first = world.motion(&session).await;
    world.join(&session, late).await.expect("they join");
    assert_eq!(refused(world.vote(first.id, late, "yes").await), Refusal::ArrivedLate);
    world.vote(first.id, early, "yes").await.expect("they were there");
    let second = world.motion(&session).await;
    world.vote(second.id, late, "yes").await.expect("the next event");
}
