//! Use cases against the fakes: sittings, proxies, events, votes.

mod world;

use plenum_application::Failure;
use plenum_application::use_cases::{
    AnnulEvent, BallotPaper, CastVotes, Choices, CloseDueEvent, CloseEvent, CloseSession, ContactChange,
    CreateEvent, GiveProxy, ImportMembers, LeaveSession, LockSession, OpenEvent, Presence, PutMember,
    ReleaseEvent, RemoveAttendee, RemoveMember, RevokeProxy, RosterFile, RowChange, SetPresence, UpdateEvent,
    UpdateOrganization,
};
use plenum_domain::Refusal;
use plenum_domain::event::{EventState, EventType, WrongMove};
use plenum_domain::id::UserId;
use plenum_domain::organization::Role;
use plenum_domain::result::Outcome;
use plenum_domain::session::Session;
use plenum_domain::text::{Reason, Title};
use plenum_ports::documents::{EventData, VisibilityData};
use plenum_ports::page::Page;
use world::World;

fn refused<T: std::fmt::Debug>(result: Result<T, Failure>) -> Refusal {
    match result.expect_err("it is refused") {
        Failure::Refused(refusal) => refusal,
        failure => panic!("another failure: {failure}"),
    }
}

/// Gives a vote for the whole sitting.
fn give(session: &Session, by: UserId, principal: UserId, holder: UserId) -> GiveProxy {
    GiveProxy { session_id: session.id, event_id: None, by, principal, holder, reason: None }
}

#[tokio::test]
async fn a_motion_from_draft_to_released_result() {
    let world = World::new().await;
    let session = world.session().await;
    for member in &world.members {
        world.join(&session, *member).await.expect("members join");
    }
    let event = world.motion(&session).await;
    for (member, choice) in world.members.iter().zip(["yes", "yes", "no", "abstain"]) {
        world.vote(event.id, *member, choice).await.expect("it is accepted");
    }
    assert_eq!(refused(world.vote(event.id, world.members[0], "no").await), Refusal::AlreadyVoted);
    let early = world.app.results(event.id, world.owner).await;
    assert_eq!(refused(early), Refusal::ResultsHidden, "hidden from the host too while it is open");

    let closed =
        world.app.run(&CloseEvent { event_id: event.id, by: world.owner }).await.expect("it closes").0;
    assert!(matches!(closed.state, EventState::Closed(_)));
    assert_eq!(
        refused(world.vote(event.id, world.members[4], "yes").await),
        Refusal::EventNotActive { state: "closed" }
    );
    assert!(world.app.results(event.id, world.owner).await.is_ok(), "the host sees it, to release it");
    assert_eq!(refused(world.app.results(event.id, world.members[0]).await), Refusal::ResultsHidden);

    world.app.run(&ReleaseEvent { event_id: event.id, by: world.owner }).await.expect("it is released");
    let results = world.app.results(event.id, world.members[4]).await.expect("everyone sees it");
    assert!(results.counted);
    assert_eq!(results.result.outcome.as_deref(), Some(Outcome::Adopted.as_str()));
    assert_eq!((results.result.cast.people, results.result.entitled.people), (4, 6));
    let summary = results.result.summary.expect("words");
    assert!(summary.contains("2 in favour, 1 against, 1 abstaining"), "{summary}");
}

#[tokio::test]
async fn a_proxy_votes_until_the_principal_comes() {
    let world = World::new().await;
    let session = world.session().await;
    let [holder, principal, other] = [world.members[0], world.members[1], world.members[2]];
    world.join(&session, holder).await.expect("the holder joins");
    let give = |by, principal, holder| give(&session, by, principal, holder);
    let given = world.app.run(&give(principal, principal, holder)).await.expect("it is given");
    assert_eq!(
        refused(world.app.run(&give(other, other, holder)).await),
        Refusal::ProxyLimitReached { limit: 1 }
    );
    assert_eq!(refused(world.app.run(&give(holder, holder, other)).await), Refusal::ProxyChain);
    let stranger = world.app.run(&give(other, principal, holder)).await;
    assert!(matches!(stranger, Err(Failure::Forbidden { .. })), "only the principal or the host");

    let first = world.motion(&session).await;
    let several = world.vote(first.id, holder, "yes").await;
    assert_eq!(refused(several), Refusal::InstanceRequired { count: 2 });
    let instance = given.instance.map(|row| row.id);
    let paper = BallotPaper { user_session_id: instance, choices: Choices::Whole(vec!["no".to_owned()]) };
    let cast = CastVotes { event_id: first.id, by: holder, papers: vec![paper.clone()], listed: false };
    let receipt = world.app.run(&cast).await.expect("it is cast").remove(0);
    assert_eq!(receipt.proxy_for, Some(principal));
    let revoke =
        RevokeProxy { session_id: Some(session.id), by: principal, proxy_id: given.mandate.id, reason: None };
    assert_eq!(refused(world.app.run(&revoke).await), Refusal::ProxyUsed);
    world.join(&session, principal).await.expect("the principal comes after all");
    assert_eq!(
        refused(world.vote(first.id, principal, "yes").await),
        Refusal::AlreadyVoted,
        "it was cast for them"
    );
    world.app.run(&CloseEvent { event_id: first.id, by: world.owner }).await.expect("it closes");

    let second = world.motion(&session).await;
    let cast = CastVotes { event_id: second.id, by: holder, papers: vec![paper], listed: false };
    assert_eq!(refused(world.app.run(&cast).await), Refusal::ProxySuspended);
    world.vote(second.id, principal, "yes").await.expect("in person");
    world.app.run(&revoke).await.expect("it was not used in what is open");
}

#[tokio::test]
async fn several_votes_are_cast_together_or_not_at_all() {
    let world = World::new().await;
    let session = world.session().await;
    let [holder, principal] = [world.members[0], world.members[1]];
    world.join(&session, holder).await.expect("the holder joins");
    let give = give(&session, world.owner, principal, holder);
    let given = world.app.run(&give).await.expect("the host enters it");
    let proxy = given.instance.expect("it stands").id;
    let event = world.motion(&session).await;
    let (_, instances) = world.app.vote_instances(event.id, holder).await.expect("two of them");
    let own = instances[0].instance.row.id;
    let paper = |id, choice: &str| BallotPaper {
        user_session_id: Some(id),
        choices: Choices::Whole(vec![choice.to_owned()]),
    };
    let cast = |papers| CastVotes { event_id: event.id, by: holder, papers, listed: true };
    let wrong = world.app.run(&cast(vec![paper(own, "yes"), paper(proxy, "perhaps")])).await;
    let Err(Failure::Invalid(errors)) = wrong else { panic!("a wrong choice: {wrong:?}") };
    assert_eq!(errors.as_slice()[0].field, "votes[1].vote_response[0]");
    assert_eq!(
        refused(world.app.run(&cast(vec![paper(own, "yes"), paper(own, "no")])).await),
        Refusal::InstanceTwice
    );
    let turnout = world.app.turnout(event.id, world.owner, Page::first()).await.expect("the host sees it");
    assert_eq!(turnout.turnout.voted, 0, "nothing was cast");
    assert_eq!(turnout.missing.expect("for the host").items.len(), 6);
    let receipts = world.app.run(&cast(vec![paper(own, "yes"), paper(proxy, "no")])).await.expect("both");
    assert_eq!(receipts.len(), 2);
}

#[tokio::test]
async fn locks_removals_and_strangers() {
    let world = World::new().await;
    let session = world.session().await;
    let [early, late] = [world.members[0], world.members[1]];
    world.join(&session, early).await.expect("open");
    let stranger = world.join(&session, world.stranger).await;
    assert!(matches!(stranger, Err(Failure::NotFound(_))), "a code tells a stranger nothing: {stranger:?}");
    world.app.run(&LockSession { session_id: session.id, by: world.owner }).await.expect("locked");
    assert_eq!(refused(world.join(&session, late).await), Refusal::SessionLocked);
    world.app.run(&LeaveSession { session_id: session.id, by: early }).await.expect("left");
    world.join(&session, early).await.expect("who was in may come back");
    let remove = RemoveAttendee { session_id: session.id, by: world.owner, user_id: early };
    world.app.run(&remove).await.expect("shown out");
    assert_eq!(refused(world.join(&session, early).await), Refusal::RemovedFromSession);
    let admit =
        SetPresence { session_id: session.id, by: world.owner, user_id: early, presence: Presence::Present };
    world.app.run(&admit).await.expect("let in again");
    let attendance = world.app.attendance(session.id, early, None, None).await.expect("they see it");
    assert_eq!(attendance.figures.headcount, 1);
    let found =
        attendance.attendees.iter().find(|attendee| attendee.user.id == early).expect("they are listed");
    assert_eq!(found.intervals.len(), 3);
    let before = found.intervals[0].from - chrono::TimeDelta::seconds(1);
    let earlier = world.app.attendance(session.id, early, Some(before), None).await.expect("they see it");
    let earlier = earlier.figures;
    assert_eq!((earlier.headcount, earlier.quorum.present), (0, 0), "nobody had come yet");
    assert!(matches!(world.app.session(session.id, world.stranger).await, Err(Failure::NotFound("session"))));
    let by_member = world.app.run(&LockSession { session_id: session.id, by: late }).await;
    assert!(matches!(by_member, Err(Failure::Forbidden { .. })));
    let by_stranger = world.app.run(&LockSession { session_id: session.id, by: world.stranger }).await;
    assert!(matches!(by_stranger, Err(Failure::NotFound(_))));
}

#[tokio::test]
async fn closing_a_sitting_counts_what_is_open_and_sends_everyone_home() {
    let world = World::new().await;
    let session = world.session().await;
    let voter = world.members[0];
    world.join(&session, voter).await.expect("joined");
    let event = world.motion(&session).await;
    world.vote(event.id, voter, "yes").await.expect("cast");
    world.app.run(&LeaveSession { session_id: session.id, by: voter }).await.expect("left after voting");
    for _ in 0..2 {
        let close = CloseSession { session_id: session.id, by: world.owner };
        assert!(world.app.run(&close).await.expect("closed").status.is_closed());
    }
    let results = world.app.results(event.id, world.owner).await.expect("counted");
    assert_eq!(results.result.cast.people, 1, "who left has voted all the same");
    assert!(
        matches!(world.join(&session, voter).await, Err(Failure::NotFound("session"))),
        "the code is dead"
    );
    let open = world.app.run(&OpenEvent { event_id: event.id, by: world.owner }).await;
    assert_eq!(refused(open), WrongMove::OpenAfterClose.into());
}

#[tokio::test]
async fn no_runoff_is_prepared_in_a_sitting_that_ends() {
    let world = World::new().await;
    let data: EventData = serde_json::from_value(serde_json::json!({
        "vote_options": ["Ann", "Bob", "Cy"], "method": {"name": "plurality", "runoff": true},
    }))
    .expect("event data");
    for ends in [false, true] {
        let session = world.session().await;
        for member in &world.members[..5] {
            world.join(&session, *member).await.expect("joined");
        }
        let event_id = world.open(&session, EventType::Election, data.clone()).await.id;
        for (member, name) in world.members.iter().zip(["Ann", "Ann", "Bob", "Bob", "Cy"]) {
            world.vote(event_id, *member, name).await.expect("cast");
        }
        if ends {
            let close = CloseSession { session_id: session.id, by: world.owner };
            world.app.run(&close).await.expect("closed");
        } else {
            world.app.run(&CloseEvent { event_id, by: world.owner }).await.expect("closed");
        }
        let results = world.app.results(event_id, world.owner).await.expect("counted");
        assert_eq!(results.result.outcome.as_deref(), Some("runoff"));
        assert_eq!(results.result.next_event_id.is_some(), !ends, "a draft nobody could ever open");
    }
}

#[tokio::test]
async fn the_schedule_closes_what_is_due_and_nothing_else() {
    let world = World::new().await;
    let session = world.session().await;
    world.join(&session, world.members[0]).await.expect("joined");
    let now = world.app.queries.now().await.expect("a clock");
    let draft = CreateEvent {
        session_id: session.id,
        by: world.owner,
        event_type: EventType::Motion,
        name: Title::parse("Timed").expect("a name"),
        start_time: None,
        end_time: Some(now + chrono::TimeDelta::minutes(5)),
        data: EventData::default(),
    };
    let event = world.app.run(&draft).await.expect("prepared").0;
    world.app.run(&OpenEvent { event_id: event.id, by: world.owner }).await.expect("opened");
    assert!(!world.app.run(&CloseDueEvent { event_id: event.id }).await.expect("not due"));
    world.store.advance(chrono::TimeDelta::minutes(5));
    assert_eq!(refused(world.vote(event.id, world.members[0], "yes").await), Refusal::EventEnded);
    assert_eq!(world.app.queries.due_events().await.expect("a list"), [event.id]);
    assert!(world.app.run(&CloseDueEvent { event_id: event.id }).await.expect("due"));
    assert!(!world.app.run(&CloseDueEvent { event_id: event.id }).await.expect("closed already"));
}

#[tokio::test]
async fn drafts_change_and_open_events_do_not() {
    let world = World::new().await;
    let session = world.session().await;
    world.join(&session, world.members[0]).await.expect("joined");
    let event = world.motion(&session).await;
    let data = EventData {
        visibility: Some(VisibilityData { participants: Some("live".to_owned()) }),
        ..EventData::default()
    };
    let update = UpdateEvent {
        event_id: event.id,
        by: world.owner,
        name: None,
        start_time: None,
        end_time: None,
        data: Some(data),
    };
    assert_eq!(refused(world.app.run(&update).await), Refusal::EventNotDraft);
    let reason = Reason::parse("A point of order").expect("a reason");
    let annul = AnnulEvent { event_id: event.id, by: world.owner, reason };
    let annulled = world.app.run(&annul).await.expect("annulled").0;
    assert_eq!(annulled.state.as_str(), "annulled");
    assert_eq!(refused(world.app.run(&annul).await), WrongMove::AnnulTwice.into());
    assert_eq!(
        refused(world.vote(event.id, world.members[0], "yes").await),
        WrongMove::VoteAfterAnnulment.into()
    );
}

#[tokio::test]
async fn a_quorum_is_needed_to_open() {
    let world = World::with_rules(r#"{"quorum": {"fraction": "1/2", "comparison": "more_than"}}"#).await;
    let session = world.session().await;
    for member in &world.members[..3] {
        world.join(&session, *member).await.expect("joined");
    }
    let draft = CreateEvent {
        session_id: session.id,
        by: world.owner,
        event_type: EventType::Motion,
        name: Title::parse("A motion").expect("a name"),
        start_time: None,
        end_time: None,
        data: EventData::default(),
    };
    let event_id = world.app.run(&draft).await.expect("prepared").0.id;
    let open = OpenEvent { event_id, by: world.owner };
    assert_eq!(refused(world.app.run(&open).await), Refusal::NoQuorum { present: 3, required: 4 });
    let proxy = give(&session, world.owner, world.members[4], world.members[0]);
    world.app.run(&proxy).await.expect("represented");
    world.app.run(&open).await.expect("three present and one represented");
}

#[tokio::test]
async fn memberships_keep_an_owner_and_votes_stay() {
    let world = World::new().await;
    let demote = PutMember {
        organization_id: world.organization,
        by: world.owner,
        user_id: world.owner,
        role: Role::Member,
        weight: None,
        contact: ContactChange::default(),
    };
    assert_eq!(refused(world.app.run(&demote).await), Refusal::LastOwner);
    let session = world.session().await;
    let voter = world.members[0];
    world.join(&session, voter).await.expect("joined");
    let event = world.motion(&session).await;
    world.vote(event.id, voter, "yes").await.expect("cast");
    let remove = RemoveMember { organization_id: world.organization, by: world.owner, user_id: voter };
    world.app.run(&remove).await.expect("removed");
    let closed = CloseEvent { event_id: event.id, by: world.owner };
    world.app.run(&closed).await.expect("closed");
    let results = world.app.results(event.id, world.owner).await.expect("counted");
    assert_eq!(results.result.cast.people, 1);
}

#[tokio::test]
async fn a_roster_is_all_or_nothing() {
    let world = World::new().await;
    let import = |csv: &str, dry_run| ImportMembers {
        organization_id: world.organization,
        by: world.owner,
        roster: RosterFile::Text(csv.to_owned()),
        dry_run,
    };
    let csv = "Andrew ID;Name;Role\nnew1;Zażółć Gęślą;member\nm1;;observer\nm2;;member\nstranger;;\n";
    let report = world.app.run(&import(csv, true)).await.expect("a dry run");
    let changes: Vec<&RowChange> = report.rows.iter().map(|row| &row.change).collect();
    assert_eq!(
        changes,
        [&RowChange::NewPerson, &RowChange::Changed, &RowChange::Unchanged, &RowChange::NewMember]
    );
    assert!(!report.applied);
    let bad = "andrew_id,name,user_role,vote_weight\nx y,A,member,1\nnew2,,member,1\nnew3,B,king,1\nnew4,C,member,-1\nm1,,,\nm1,,,\n";
    let report = world.app.run(&import(bad, true)).await.expect("a dry run");
    let wrong = report.rows.iter().filter(|row| matches!(row.change, RowChange::Wrong(_))).count();
    assert_eq!(wrong, 5);
    let Err(Failure::Invalid(errors)) = world.app.run(&import(bad, false)).await else { panic!("refused") };
    assert_eq!(errors.as_slice().len(), 5);
    assert!(world.app.run(&import(csv, false)).await.expect("done").applied);
    let members = world.app.members(world.organization, world.owner, Page::first()).await.expect("a list");
    assert_eq!(members.items.len(), 9);
    let nobody_left = "andrew_id,user_role\nowner,member\n";
    assert_eq!(refused(world.app.run(&import(nobody_left, false)).await), Refusal::LastOwner);
}

#[tokio::test]
async fn rules_that_change_while_an_event_is_open_change_nothing_in_it() {
    let world = World::new().await;
    let session = world.session().await;
    let [holder, principal] = [world.members[0], world.members[1]];
    world.join(&session, holder).await.expect("joined");
    let give = give(&session, world.owner, principal, holder);
    world.app.run(&give).await.expect("given");
    let before = world.motion(&session).await;
    let rules: plenum_ports::documents::OrganizationData =
        serde_json::from_str(r#"{"rules": {"proxies": {"allowed": false}}}"#).expect("rules");
    let update = UpdateOrganization {
        organization_id: world.organization,
        by: world.owner,
        name: None,
        data: Some(rules),
    };
    world.app.run(&update).await.expect("changed");
    let after = world.motion(&session).await;
    for (event, votes) in [(before.id, 2), (after.id, 1)] {
        let (_, instances) = world.app.vote_instances(event, holder).await.expect("a list");
        assert_eq!(instances.len(), votes, "what is shown can be cast and nothing else");
    }
    world.vote(after.id, holder, "yes").await.expect("there is only one");
    let proxy = world.app.vote_instances(before.id, holder).await.expect("a list").1[1].instance.row.id;
    let paper = BallotPaper { user_session_id: Some(proxy), choices: Choices::Whole(vec!["no".to_owned()]) };
    let cast = |event_id| CastVotes { event_id, by: holder, papers: vec![paper.clone()], listed: false };
    assert_eq!(refused(world.app.run(&cast(after.id)).await), Refusal::ProxiesNotAllowed);
    world.app.run(&cast(before.id)).await.expect("opened under the old rules");
}

#[tokio::test]
async fn who_is_no_member_any_more_is_out() {
    let world = World::new().await;
    let session = world.session().await;
    let [gone, principal] = [world.members[0], world.members[1]];
    world.join(&session, gone).await.expect("joined");
    let give = give(&session, world.owner, principal, gone);
    let proxy = world.app.run(&give).await.expect("given").instance.expect("it stands").id;
    let remove = RemoveMember { organization_id: world.organization, by: world.owner, user_id: gone };
    world.app.run(&remove).await.expect("removed");
    let event = world.motion(&session).await;
    let paper = BallotPaper { user_session_id: Some(proxy), choices: Choices::Whole(vec!["yes".to_owned()]) };
    let cast = CastVotes { event_id: event.id, by: gone, papers: vec![paper], listed: false };
    assert_eq!(refused(world.app.run(&cast).await), Refusal::NotPresent);
    assert!(matches!(world.app.attendance(session.id, gone, None, None).await, Err(Failure::NotFound(_))));
    assert!(matches!(world.app.turnout(event.id, gone, Page::first()).await, Err(Failure::NotFound(_))));
}

#[tokio::test]
async fn changing_a_draft_keeps_what_is_not_named() {
    let world = World::new().await;
    let session = world.session().await;
    let data = |json: &str| serde_json::from_str::<EventData>(json).expect("data");
    let draft = CreateEvent {
        session_id: session.id,
        by: world.owner,
        event_type: EventType::Motion,
        name: Title::parse("Satzung").expect("a name"),
        start_time: None,
        end_time: None,
        data: data(
            r#"{"vote_options": ["Ja", "Nein"], "visibility": {"participants": "live"},
                "method": {"name": "majority", "threshold": "2/3", "in_favour": "Ja", "against": "Nein"}}"#,
        ),
    };
    let event_id = world.app.run(&draft).await.expect("prepared").0.id;
    let change = async |json: &str| {
        let update = UpdateEvent {
            event_id,
            by: world.owner,
            name: None,
            start_time: None,
            end_time: None,
            data: Some(data(json)),
        };
        let (event, session) = world.app.run(&update).await?;
        let document = EventData::of(&event.terms, session.join_code.as_str());
        Ok::<_, Failure>(serde_json::to_value(document).expect("json"))
    };
    let seen = change(r#"{"method": {"base": "present"}, "visibility": {}}"#).await.expect("changed");
    assert_eq!(seen["method"]["threshold"], "2/3");
    assert_eq!(seen["method"]["comparison"], "at_least");
    assert_eq!(seen["method"]["base"], "present");
    assert_eq!(seen["visibility"]["participants"], "live");
    let seen = change(r#"{"threshold": "1/3"}"#).await.expect("the words stay as they were told");
    assert_eq!(
        (&seen["method"]["comparison"], &seen["method"]["in_favour"]),
        (&"more_than".into(), &"Ja".into())
    );
    assert!(change(r#"{"vote_options": ["Oui", "Non"]}"#).await.is_err(), "new words have to be told anew");
    let seen = change(r#"{"vote_options": ["yes", "no"]}"#).await.expect("words that are known");
    assert_eq!(seen["method"]["in_favour"], "yes");
    assert_eq!(seen["method"]["base"], "present");
}
