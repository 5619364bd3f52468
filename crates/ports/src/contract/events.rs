//! Events and their rolls.

use plenum_domain::attendance::AttendanceChange::{Joined, Left};
use plenum_domain::event::{Annulment, Event, EventState, Schedule, Secrecy, Terms, Timing, Visibility};
use plenum_domain::id::{EventId, SessionId};
use plenum_domain::organization::{QuorumRule, Weight};
use plenum_domain::result::RollLine;
use plenum_domain::roll::RollEntry;
use plenum_domain::rules::{EventRules, LateArrivals};
use plenum_domain::text::Reason;
use plenum_domain::vote::Response;

use super::World;
use super::fixture::{Done, Hall, begin, election, minutes, motion, record, refused, title, vote};
use crate::store::Tx;

async fn stored(tx: &mut dyn Tx, event: &Event) -> Event {
    tx.events().get(event.id).await.done().expect("the event is there")
}

/// An event is inserted as a draft and comes back field by field, with and without a lock.
pub async fn a_draft_comes_back_as_it_was_written(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let now = tx.now().await.done();
    let schedule = Schedule { start_time: now + minutes(5), end_time: Some(now + minutes(65)) };
    let mut new = hall.new_event(motion(), now - minutes(1));
    new.schedule = schedule;
    new.created_by_user_id = hall.id(1);
    let made = tx.events().insert(&new).await.done();
    let expected = Event {
        id: made.id,
        session_id: hall.session.id,
        name: title("Item 1"),
        state: EventState::Draft,
        schedule,
        terms: motion(),
        created_by_user_id: hall.id(1),
        created_at: now - minutes(1),
    };
    assert_eq!(made, expected);
    tx.commit().await.done();

    let mut tx = begin(world).await;
    assert_eq!(stored(&mut *tx, &made).await, made);
    assert_eq!(tx.events().get_for_update(made.id).await.done(), Some(made.clone()));
    assert_eq!(tx.events().get(EventId::new(i32::MAX)).await.done(), None);
    assert_eq!(tx.events().get_for_update(EventId::new(i32::MAX)).await.done(), None);
    let line = world.queries().event(made.id, hall.id(1)).await.done().expect("the event is there");
    assert_eq!(line.event, made);
}

/// Name, schedule and every term of a draft can be changed, the kind of decision too.
pub async fn every_field_of_a_draft_can_be_changed(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 1).await;
    let draft = hall.draft(&mut *tx, motion()).await;
    let neighbour = hall.draft(&mut *tx, motion()).await;
    let start_time = draft.schedule.start_time + minutes(10);
    let changed = Event {
        name: title("Élection du bureau 🗳"),
        schedule: Schedule { start_time, end_time: Some(start_time + minutes(1)) },
        terms: Terms {
            description: super::fixture::description("Three lines,\n\tindented\n\"quoted\"."),
            visibility: Visibility::Live,
            proxy: false,
            secrecy: Secrecy::RollCall,
            ..election(&["Ann", "Bob", "abstain"])
        },
        ..draft.clone()
    };
    tx.events().update(&changed).await.done();
    assert_eq!(stored(&mut *tx, &draft).await, changed);
    let back = Event { schedule: Schedule { end_time: None, ..changed.schedule }, ..changed };
    tx.events().update(&back).await.done();
    assert_eq!(stored(&mut *tx, &draft).await, back, "an end time can be taken away");
    assert_eq!(stored(&mut *tx, &neighbour).await, neighbour);
}

/// Draft, active, closed and released come back with their moments.
pub async fn an_event_goes_through_every_state(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    hall.join(&mut *tx, 1).await;
    let draft = hall.draft(&mut *tx, motion()).await;
    assert_eq!(stored(&mut *tx, &draft).await.state, EventState::Draft);
    let active = hall.open(&mut *tx, &draft, &[0, 1]).await;
    assert_eq!(stored(&mut *tx, &draft).await, active);
    let (closed, _) = hall.close(&mut *tx, &active).await;
    assert_eq!(stored(&mut *tx, &draft).await, closed);
    let EventState::Closed(counted) = closed.state else { panic!("the event is not closed") };
    let state = EventState::Released { counted, released_at: counted.closed_at + minutes(1) };
    let released = Event { state, ..closed };
    tx.events().update(&released).await.done();
    tx.commit().await.done();
    let mut tx = begin(world).await;
    assert_eq!(stored(&mut *tx, &draft).await, released);
}

/// An annulment comes back with its reason and with how far the event had come.
pub async fn an_event_is_annulled_from_any_state(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let now = tx.now().await.done();
    let annulment = Annulment {
        annulled_at: now + minutes(2),
        annulled_by_user_id: Some(hall.id(1)),
        reason: Reason::parse("Wrong wording:\n\"shall\" was missing. ✗").expect("a reason"),
    };
    let mut annulled = Vec::new();
    for steps in 0..3 {
        let mut event = hall.open_motion(&mut *tx, &[0, 1]).await;
        if steps > 0 {
            (event, _) = hall.close(&mut *tx, &event).await;
        }
        if let (2, EventState::Closed(counted)) = (steps, &event.state) {
            let state = EventState::Released { counted: *counted, released_at: now + minutes(1) };
            event = Event { state, ..event };
            tx.events().update(&event).await.done();
        }
        let state = EventState::Annulled {
            opened_at: event.state.opened_at().expect("an opened event"),
            closed_at: event.state.closed_at(),
            released_at: event.state.released_at(),
            annulment: annulment.clone(),
        };
        let start_time = event.schedule.start_time;
        let schedule = Schedule { start_time, end_time: Some(event.schedule.end_time.unwrap_or(now)) };
        let event = Event { state, schedule, ..event };
        tx.events().update(&event).await.done();
        annulled.push(event);
    }
    tx.commit().await.done();
    let mut tx = begin(world).await;
    for event in annulled {
        assert_eq!(stored(&mut *tx, &event).await, event);
    }
    assert_eq!(tx.events().active_for_update(hall.session.id).await.done(), []);
}

/// A draft can be deleted; what was opened or voted on cannot, and its votes stay.
pub async fn a_draft_is_deleted_and_a_voted_event_is_not(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let own = hall.join(&mut *tx, 1).await;
    let draft = hall.draft(&mut *tx, motion()).await;
    let event = hall.open_motion(&mut *tx, &[1]).await;
    let voted = hall.open_motion(&mut *tx, &[1]).await;
    assert_eq!(record(&mut *tx, &[vote(&voted, &own, 0)]).await, [true]);
    tx.events().delete(draft.id).await.done();
    assert_eq!(tx.events().get(draft.id).await.done(), None);
    tx.commit().await.done();

    for opened in [event.id, voted.id] {
        let mut tx = begin(world).await;
        refused(tx.events().delete(opened).await);
        drop(tx);
    }
    let mut tx = begin(world).await;
    assert_eq!(stored(&mut *tx, &event).await, event);
    assert_eq!(tx.events().votes(&voted).await.done().len(), 1);
}

/// Closing a sitting finds its active events by id, and no others.
pub async fn active_events_are_those_of_the_sitting(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let elsewhere = Hall::build(&mut *tx, "BBBBB", 1).await;
    hall.draft(&mut *tx, motion()).await;
    let one = hall.open_motion(&mut *tx, &[0]).await;
    let closed = hall.open_motion(&mut *tx, &[0]).await;
    let two = hall.open_motion(&mut *tx, &[1]).await;
    let there = elsewhere.open_motion(&mut *tx, &[0]).await;
    hall.close(&mut *tx, &closed).await;
    assert_eq!(tx.events().active_for_update(hall.session.id).await.done(), [one, two]);
    assert_eq!(tx.events().active_for_update(elsewhere.session.id).await.done(), [there]);
    assert_eq!(tx.events().active_for_update(SessionId::new(i32::MAX)).await.done(), []);
}

/// The roll comes by user id with its weights; present is who was there at the opening or came in before
/// the close, whether or not they stayed.
pub async fn the_roll_knows_who_came_while_voting_was_open(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 8).await;
    let own = hall.join(&mut *tx, 1).await;
    let (_, proxy) = hall.mandate(&mut *tx, 5, 1).await;
    let draft = hall.draft(&mut *tx, motion()).await;
    let now = tx.now().await.done();
    let (opened_at, closed_at) = (now - minutes(30), now - minutes(10));
    let log = [
        hall.entry(2, Joined, now - minutes(25)),
        hall.entry(2, Left, now - minutes(20)),
        hall.entry(3, Joined, now - minutes(50)),
        hall.entry(3, Left, now - minutes(40)),
        hall.entry(4, Joined, now - minutes(5)),
        hall.entry(6, Left, now - minutes(20)),
    ];
    tx.attendance().log(hall.session.id, &log).await.done();
    let elsewhere = super::fixture::new_session(&hall.organization, &hall.people[0], "OTHER1");
    let elsewhere = tx.sessions().insert(&elsewhere).await.done().expect("the code is free").id;
    tx.attendance().log(elsewhere, &[hall.entry(7, Joined, now - minutes(20))]).await.done();
    let weigh = |weight| Weight::new(weight).expect("a weight");
    let weights = [0, 1, 2, Weight::MAX, 1, 3, 1];
    let entries: Vec<RollEntry> = (1..8)
        .map(|at| RollEntry {
            principal: hall.id(at),
            weight: weigh(weights[at - 1]),
            present: at == 1,
            held_by: match at {
                1 => Some((hall.id(1), own.id)),
                5 => Some((hall.id(1), proxy.id)),
                _ => None,
            },
        })
        .rev()
        .collect();
    let schedule = Schedule { start_time: opened_at, end_time: None };
    let event = Event { state: EventState::Active { opened_at }, schedule, ..draft };
    tx.events().fix_roll(&event, &entries, QuorumRule::Count(3)).await.done();
    tx.commit().await.done();

    let mut tx = begin(world).await;
    let lines = tx.events().roll_lines(event.id, closed_at).await.done();
    let line =
        |at: usize, present| RollLine { principal: hall.id(at), weight: weigh(weights[at - 1]), present };
    let expected = [
        line(1, true),
        line(2, true),
        line(3, false),
        line(4, false),
        line(5, true),
        line(6, false),
        line(7, false),
    ];
    assert_eq!(lines, expected);
    assert_eq!(tx.events().quorum_rule(event.id).await.done(), QuorumRule::Count(3));
    assert_eq!(tx.events().roll_lines(EventId::new(i32::MAX), closed_at).await.done(), []);
}

/// Who is in and not on the roll of an open vote is found, and joins it once; not where late arrivals wait, and not
/// who is away, or in elsewhere.
pub async fn who_is_missing_on_a_roll_joins_it_once(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 4).await;
    let other = Hall::build(&mut *tx, "BBBBB", 1).await;
    for at in 0..3 {
        hall.join(&mut *tx, at).await;
    }
    hall.leave(&mut *tx, 2).await;
    other.join(&mut *tx, 0).await;
    let event = hall.open_motion(&mut *tx, &[0]).await;
    let waiting = hall.open_motion(&mut *tx, &[0]).await;
    let rules = EventRules { version: Some(1), late_arrivals: LateArrivals::Wait, ..EventRules::default() };
    tx.events().update(&Event { terms: Terms { rules, ..waiting.terms.clone() }, ..waiting }).await.done();
    let closed = hall.open_motion(&mut *tx, &[0]).await;
    hall.close(&mut *tx, &closed).await;
    tx.commit().await.done();

    let mut tx = begin(world).await;
    let people: Vec<_> = (0..4).map(|at| hall.id(at)).chain([other.id(0)]).collect();
    let missing = tx.events().missing_on_rolls(hall.organization.id, &people).await.done();
    let found: Vec<_> = missing.iter().map(|(event, users)| (event.id, users.clone())).collect();
    assert_eq!(found, [(event.id, vec![hall.id(1)])]);
    assert_eq!(missing[0].0.terms, stored(&mut *tx, &event).await.terms);
    let weight = Weight::new(3).expect("a weight");
    let line = RollEntry { principal: hall.id(1), weight, present: false, held_by: None };
    tx.events().join_roll(event.id, &[line]).await.done();
    assert_eq!(tx.events().missing_on_rolls(hall.organization.id, &people).await.done(), []);
    let now = tx.now().await.done();
    let lines = tx.events().roll_lines(event.id, now).await.done();
    assert_eq!(lines.last(), Some(&RollLine { principal: hall.id(1), weight, present: true }));
    assert_eq!(lines.len(), 2);
    tx.commit().await.done();
    let mut tx = begin(world).await;
    refused(tx.events().join_roll(event.id, &[line]).await);
}

/// The votes of an event come by user id of the principal, and none of another event among them.
pub async fn votes_come_by_principal(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 4).await;
    let mut instances = Vec::new();
    for at in 0..3 {
        instances.push(hall.join(&mut *tx, at).await);
    }
    let (_, proxy) = hall.mandate(&mut *tx, 3, 0).await;
    let event = hall.open_motion(&mut *tx, &[0, 1, 2, 3]).await;
    let other = hall.open_motion(&mut *tx, &[0, 1, 2, 3]).await;
    let votes = [
        vote(&event, &proxy, 2),
        vote(&event, &instances[2], 0),
        vote(&other, &instances[2], 1),
        vote(&event, &instances[0], 1),
    ];
    assert_eq!(record(&mut *tx, &votes).await, [true; 4]);
    let found = tx.events().votes(&event).await.done();
    let expected = [(0, 1), (2, 0), (3, 2)].map(|(at, choice)| (hall.id(at), Response::One(choice)));
    assert_eq!(found, expected);
    let draft = hall.draft(&mut *tx, motion()).await;
    assert_eq!(tx.events().votes(&draft).await.done(), []);
}

/// Due is what is active and past its end by the database's clock.
pub async fn due_events_are_active_and_past_their_end(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 1).await;
    let now = tx.now().await.done();
    let mut opened = Vec::new();
    for end_time in [Some(now - minutes(1)), Some(now + minutes(60)), None, Some(now - minutes(2))] {
        let event = hall.open_motion(&mut *tx, &[0]).await;
        let event = Event { schedule: Schedule { end_time, ..event.schedule }, ..event };
        tx.events().update(&event).await.done();
        opened.push(event);
    }
    let (closed, _) = hall.close(&mut *tx, &opened[3]).await;
    let ended = Schedule { end_time: Some(now - minutes(2)), ..closed.schedule };
    tx.events().update(&Event { schedule: ended, ..closed }).await.done();
    let draft = hall.draft(&mut *tx, motion()).await;
    let past = Schedule { start_time: now - minutes(9), end_time: Some(now - minutes(1)) };
    tx.events().update(&Event { schedule: past, ..draft }).await.done();
    tx.commit().await.done();
    assert_eq!(world.queries().due_events().await.done(), [opened[0].id]);
}

/// Due for opening is a draft that opens by itself, from its start time on, while its sitting runs.
pub async fn due_openings_are_drafts_whose_start_has_come(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 1).await;
    let over = Hall::build(&mut *tx, "BBBBB", 1).await;
    let now = tx.now().await.done();
    let by_itself =
        |opens_by_itself| Terms { timing: Timing { opens_by_itself, duration: None }, ..motion() };
    let mut drafts = Vec::new();
    for (hall, opens, start_time) in [
        (&hall, true, now - minutes(1)),
        (&hall, false, now - minutes(1)),
        (&hall, true, now + minutes(60)),
        (&over, true, now - minutes(1)),
        (&hall, true, now - minutes(1)),
    ] {
        let new = hall.new_event(by_itself(opens), start_time);
        drafts.push(tx.events().insert(&new).await.done());
    }
    over.end(&mut *tx).await;
    hall.open(&mut *tx, &drafts[4], &[0]).await;
    tx.commit().await.done();
    assert_eq!(world.queries().due_openings().await.done(), [drafts[0].id]);
}
