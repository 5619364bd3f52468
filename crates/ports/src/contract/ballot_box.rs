//! Casting.

use plenum_domain::attendance::{JoinLeft, UserSession};
use plenum_domain::event::{Event, EventState, Terms};
use plenum_domain::id::EventId;
use plenum_domain::organization::Weight;
use plenum_domain::rules::{EventRules, LateArrivals};
use plenum_domain::vote::{Instance, Part, Response};

use super::World;
use super::fixture::{Done, Hall, begin, meanwhile, motion, record, revoke, vote};
use crate::page::Page;
use crate::repository::{CastFacts, CastKey, NewVote, Recorded};
use crate::store::Tx;

async fn facts(tx: &mut dyn Tx, hall: &Hall, event: EventId, at: usize) -> CastFacts {
    let key = CastKey { event_id: event, user_id: hall.id(at) };
    let mut found = tx.ballot_box().facts(&[key]).await.done();
    assert_eq!(found.len(), 1);
    found.remove(0).expect("there is such an event")
}

/// An instance of someone present, whose principal is on the roll, absent and has not voted.
const fn usable(row: UserSession) -> Instance {
    Instance {
        row,
        on_roll: true,
        weight: Some(Weight::ONE),
        voted: false,
        caster_present: true,
        principal_present: row.proxy.is_none(),
        mandate_stands: true,
    }
}

/// The same of someone whose principal is not on the roll.
const fn unlisted(row: UserSession) -> Instance {
    Instance { on_roll: false, weight: None, ..usable(row) }
}

/// Each instance comes with roll, vote, presence and mandate of its own principal, the own one first.
pub async fn facts_tell_what_bears_on_each_instance(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 6).await;
    let (_, for_absent) = hall.mandate(&mut *tx, 2, 1).await;
    let (_, for_present) = hall.mandate(&mut *tx, 3, 1).await;
    let (revoked, for_revoked) = hall.mandate(&mut *tx, 4, 1).await;
    let (_, for_unlisted) = hall.mandate(&mut *tx, 5, 1).await;
    let own = hall.join(&mut *tx, 1).await;
    let third = hall.join(&mut *tx, 3).await;
    let before = tx.now().await.done();
    revoke(&mut *tx, &revoked, before).await;
    let event = hall.open_motion(&mut *tx, &[1, 2, 3, 4]).await;
    tx.commit().await.done();

    let mut tx = begin(world).await;
    let found = facts(&mut *tx, &hall, event.id, 1).await;
    assert_eq!(found.event, event);
    assert!(found.now >= before && found.now <= tx.now().await.done());
    let expected = [
        usable(own),
        usable(for_absent),
        Instance { principal_present: true, ..usable(for_present) },
        Instance { mandate_stands: false, ..usable(for_revoked) },
        unlisted(for_unlisted),
    ];
    assert_eq!(found.instances[0], expected[0], "the own one first");
    assert_eq!(found.instances, sorted(&expected));

    let votes = [vote(&event, &for_absent, 0), vote(&event, &third, 1)];
    assert_eq!(record(&mut *tx, &votes).await, [true, true]);
    let found = facts(&mut *tx, &hall, event.id, 1).await;
    let used: Vec<_> = found.instances.iter().filter(|one| one.voted).map(|one| one.row.id).collect();
    assert_eq!(used, [for_absent.id, for_present.id], "by whomever it was cast");

    hall.leave(&mut *tx, 1).await;
    let found = facts(&mut *tx, &hall, event.id, 1).await;
    assert!(found.instances.iter().all(|one| !one.caster_present && one.row.join_left == JoinLeft::Left));
    assert!(!found.instances[0].principal_present, "for an own vote caster and principal are one");
    assert!(found.instances[2].principal_present, "the others do not leave with them");
}

/// The own instance first, the others by id.
fn sorted(instances: &[Instance]) -> Vec<Instance> {
    let mut instances = instances.to_vec();
    instances.sort_by_key(|instance| (instance.row.proxy.is_some(), instance.row.id));
    instances
}

/// A draft has no roll yet; a person without instances has none; an unknown event is no event.
pub async fn facts_of_a_draft_and_of_nothing(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let elsewhere = Hall::build(&mut *tx, "BBBBB", 1).await;
    let own = hall.join(&mut *tx, 1).await;
    let draft = hall.draft(&mut *tx, motion()).await;
    let there = elsewhere.draft(&mut *tx, motion()).await;
    let found = facts(&mut *tx, &hall, draft.id, 1).await;
    assert_eq!(found.event, draft);
    assert_eq!(found.instances, [unlisted(own)]);
    assert_eq!(facts(&mut *tx, &hall, draft.id, 0).await.instances, []);
    assert_eq!(facts(&mut *tx, &hall, there.id, 1).await.instances, [], "instances of another sitting");
    let unknown = CastKey { event_id: EventId::new(i32::MAX), user_id: hall.id(1) };
    assert!(matches!(tx.ballot_box().facts(&[unknown]).await.done().as_slice(), [None]));
    assert!(tx.ballot_box().facts(&[]).await.done().is_empty());
}

/// A batch of keys is answered key by key, whatever order and repetition they come in.
pub async fn facts_come_in_the_order_of_the_keys(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 3).await;
    let first = hall.join(&mut *tx, 1).await;
    let second = hall.join(&mut *tx, 2).await;
    let one = hall.open_motion(&mut *tx, &[1, 2]).await;
    let two = hall.open_motion(&mut *tx, &[2]).await;
    let key = |event_id, at: usize| CastKey { event_id, user_id: hall.id(at) };
    let nothing = EventId::new(i32::MAX);
    let keys =
        [key(two.id, 2), key(nothing, 1), key(one.id, 2), key(two.id, 1), key(one.id, 1), key(one.id, 2)];
    let found = tx.ballot_box().facts(&keys).await.done();
    let found: Vec<_> = found
        .iter()
        .map(|facts| facts.as_ref().map(|facts| (facts.event.id, facts.instances.clone())))
        .collect();
    let expected = [
        Some((two.id, vec![usable(second)])),
        None,
        Some((one.id, vec![usable(second)])),
        Some((two.id, vec![unlisted(first)])),
        Some((one.id, vec![usable(first)])),
        Some((one.id, vec![usable(second)])),
    ];
    assert_eq!(found, expected);
}

/// A split vote comes back with its parts.
pub async fn a_split_vote_keeps_its_parts(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let own = hall.join(&mut *tx, 1).await;
    let event = hall.open_motion(&mut *tx, &[1]).await;
    let part = |weight, option| Part {
        weight: Weight::new(weight).expect("a weight"),
        response: Response::One(option),
    };
    let split = Response::Split(vec![part(3, 0), part(2, 1)]);
    let cast = NewVote { response: split.clone(), ..vote(&event, &own, 0) };
    assert_eq!(record(&mut *tx, &[cast]).await, [true]);
    tx.commit().await.done();
    let mut tx = begin(world).await;
    assert_eq!(tx.events().votes(&event).await.done(), [(hall.id(1), split.clone())]);
    drop(tx);
    let queries = world.queries();
    assert_eq!(queries.running_count(&event).await.done().votes, [(hall.id(1), split.clone())]);
    let lines = queries.votes(&event, Page::first()).await.done().items;
    assert_eq!(lines[0].vote.response, split);
}

/// A recorded vote has an id and the database's time, and comes back whole.
pub async fn a_vote_stands_as_it_was_cast(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 3).await;
    let own = hall.join(&mut *tx, 1).await;
    let (_, proxy) = hall.mandate(&mut *tx, 2, 1).await;
    let event = hall.open_motion(&mut *tx, &[1, 2]).await;
    let before = tx.now().await.done();
    let votes = [vote(&event, &own, 2), vote(&event, &proxy, 1)];
    let recorded = tx.ballot_box().record(&votes).await.done();
    let after = tx.now().await.done();
    tx.commit().await.done();

    let lines = world.queries().votes(&event, Page::first()).await.done().items;
    assert_eq!(lines.len(), 2);
    for (new, outcome) in votes.iter().zip(recorded) {
        let Recorded::Accepted { id, cast_time } = outcome else { panic!("the vote was not accepted") };
        assert!((before..=after).contains(&cast_time));
        let line = lines.iter().find(|line| line.vote.id == id).expect("the vote is there");
        assert_eq!(line.vote.cast_time, cast_time);
        assert_eq!((line.vote.event_id, line.vote.user_session_id), (event.id, new.user_session_id));
        assert_eq!(line.vote.principal_user_id, new.principal_user_id);
        assert_eq!(line.vote.cast_by_user_id, new.cast_by_user_id);
        assert_eq!(line.vote.response, new.response);
    }
}

/// A second vote with the same instance is told and not written, and the transaction goes on.
pub async fn an_instance_votes_once(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let own = hall.join(&mut *tx, 1).await;
    let event = hall.open_motion(&mut *tx, &[1]).await;
    let other = hall.open_motion(&mut *tx, &[1]).await;
    assert_eq!(record(&mut *tx, &[vote(&event, &own, 0)]).await, [true]);
    tx.commit().await.done();

    let mut tx = begin(world).await;
    assert_eq!(record(&mut *tx, &[vote(&event, &own, 1)]).await, [false]);
    assert_eq!(record(&mut *tx, &[vote(&other, &own, 1)]).await, [true], "another event is another vote");
    tx.commit().await.done();
    let mut tx = begin(world).await;
    let votes = tx.events().votes(&event).await.done();
    assert_eq!(votes, [(hall.id(1), Response::One(0))], "the first one stands");
}

/// A principal's vote is cast once, in person or through any of their holders.
pub async fn a_principal_votes_once_whoever_casts(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 4).await;
    let own = hall.join(&mut *tx, 1).await;
    let one = hall.proxy(&mut *tx, 1, 2).await;
    let two = hall.proxy(&mut *tx, 1, 3).await;
    let event = hall.open_motion(&mut *tx, &[1]).await;
    let other = hall.open_motion(&mut *tx, &[1]).await;
    assert_eq!(record(&mut *tx, &[vote(&event, &one, 0)]).await, [true]);
    assert_eq!(record(&mut *tx, &[vote(&other, &own, 0)]).await, [true]);
    tx.commit().await.done();

    let mut tx = begin(world).await;
    assert_eq!(record(&mut *tx, &[vote(&event, &own, 1)]).await, [false]);
    assert_eq!(record(&mut *tx, &[vote(&event, &two, 1)]).await, [false]);
    assert_eq!(record(&mut *tx, &[vote(&other, &one, 1)]).await, [false]);
    assert_eq!(tx.events().votes(&event).await.done(), [(hall.id(1), Response::One(0))]);
    assert_eq!(tx.events().votes(&other).await.done(), [(hall.id(1), Response::One(0))]);
}

/// In a batch each vote has its answer in its place, and none spoils another: the first of two wins.
pub async fn a_batch_keeps_its_order_and_its_good_votes(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 12).await;
    let everybody: Vec<usize> = (1..12).collect();
    let mut instances = Vec::new();
    for at in &everybody {
        instances.push(hall.join(&mut *tx, *at).await);
    }
    let proxy = hall.proxy(&mut *tx, 5, 6).await;
    let event = hall.open_motion(&mut *tx, &everybody).await;
    let other = hall.open_motion(&mut *tx, &everybody).await;
    assert_eq!(record(&mut *tx, &[vote(&event, &instances[2], 0)]).await, [true]);
    assert_eq!(record(&mut *tx, &[]).await, [false; 0]);
    tx.commit().await.done();

    let mut tx = begin(world).await;
    let mut votes: Vec<_> = instances.iter().rev().map(|instance| vote(&event, instance, 1)).collect();
    votes.push(vote(&event, &proxy, 2));
    votes.push(vote(&event, &instances[0], 2));
    votes.push(vote(&other, &proxy, 2));
    votes.push(vote(&other, &instances[4], 0));
    let mut expected = vec![true; 11];
    expected[8] = false;
    expected.extend([false, false, true, false]);
    assert_eq!(record(&mut *tx, &votes).await, expected);
    tx.commit().await.done();

    let mut tx = begin(world).await;
    let votes = tx.events().votes(&event).await.done();
    let expected: Vec<_> =
        everybody.iter().map(|at| (hall.id(*at), Response::One(usize::from(*at != 3)))).collect();
    assert_eq!(votes, expected);
    assert_eq!(tx.events().votes(&other).await.done(), [(hall.id(5), Response::One(2))]);
}

/// While a vote is under way, a second one of the same principal waits and then finds it cast.
pub async fn a_vote_under_way_excludes_a_second_one(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 3).await;
    let own = hall.join(&mut *tx, 1).await;
    let proxy = hall.proxy(&mut *tx, 1, 2).await;
    let event = hall.open_motion(&mut *tx, &[1]).await;
    tx.commit().await.done();

    let mut first = begin(world).await;
    facts(&mut *first, &hall, event.id, 1).await;
    assert_eq!(record(&mut *first, &[vote(&event, &own, 0)]).await, [true]);
    let rivals = [own, proxy].map(|instance| {
        let (store, event) = (world.store(), event.clone());
        tokio::spawn(async move {
            let mut tx = store.begin().await.done();
            let key = CastKey { event_id: event.id, user_id: instance.user_id };
            tx.ballot_box().facts(&[key]).await.done();
            let recorded = record(&mut *tx, &[vote(&event, &instance, 1)]).await;
            tx.commit().await.done();
            recorded
        })
    });
    meanwhile(&mut *first).await;
    first.commit().await.done();
    for rival in rivals {
        assert_eq!(rival.await.expect("it ends"), [false]);
    }
    let mut tx = begin(world).await;
    assert_eq!(tx.events().votes(&event).await.done(), [(hall.id(1), Response::One(0))]);
}

/// A vote that was rolled back does not stand in the way of the one that waited for it.
pub async fn a_vote_rolled_back_leaves_room(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let own = hall.join(&mut *tx, 1).await;
    let event = hall.open_motion(&mut *tx, &[1]).await;
    tx.commit().await.done();

    let mut first = begin(world).await;
    assert_eq!(record(&mut *first, &[vote(&event, &own, 0)]).await, [true]);
    let (store, same) = (world.store(), event.clone());
    let second = tokio::spawn(async move {
        let mut tx = store.begin().await.done();
        let recorded = record(&mut *tx, &[vote(&same, &own, 1)]).await;
        tx.commit().await.done();
        recorded
    });
    meanwhile(&mut *first).await;
    drop(first);
    assert_eq!(second.await.expect("it ends"), [true]);
    let mut tx = begin(world).await;
    assert_eq!(tx.events().votes(&event).await.done(), [(hall.id(1), Response::One(1))]);
}

/// A close waits for the votes under way and counts them.
pub async fn a_close_waits_for_votes_under_way(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let own = hall.join(&mut *tx, 1).await;
    let event = hall.open_motion(&mut *tx, &[1]).await;
    tx.commit().await.done();

    let mut cast = begin(world).await;
    facts(&mut *cast, &hall, event.id, 1).await;
    let (store, id) = (world.store(), event.id);
    let close = tokio::spawn(async move {
        let mut tx = store.begin().await.done();
        let event = tx.events().get_for_update(id).await.done().expect("the event is there");
        tx.events().votes(&event).await.done()
    });
    meanwhile(&mut *cast).await;
    assert_eq!(record(&mut *cast, &[vote(&event, &own, 0)]).await, [true]);
    cast.commit().await.done();
    assert_eq!(close.await.expect("it ends"), [(hall.id(1), Response::One(0))]);
}

/// A vote that meets a close under way waits for it and finds the event closed.
pub async fn votes_wait_for_a_close_under_way(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    hall.join(&mut *tx, 1).await;
    let event = hall.open_motion(&mut *tx, &[1]).await;
    tx.commit().await.done();

    let mut close = begin(world).await;
    close.events().get_for_update(event.id).await.done();
    let (store, key) = (world.store(), CastKey { event_id: event.id, user_id: hall.id(1) });
    let cast = tokio::spawn(async move {
        let mut tx = store.begin().await.done();
        tx.ballot_box().facts(&[key]).await.done().remove(0).expect("the event is there")
    });
    meanwhile(&mut *close).await;
    let (closed, _) = hall.close(&mut *close, &event).await;
    close.commit().await.done();
    let found = cast.await.expect("it ends");
    assert_eq!(found.event, closed);
    let EventState::Closed(counted) = found.event.state else { panic!("the event is open") };
    assert!(found.now >= counted.closed_at, "the clock was read after the event was taken");
}

/// A revocation that meets a vote with the mandate under way waits and finds the mandate used.
pub async fn a_revocation_waits_for_votes_under_way(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 3).await;
    hall.join(&mut *tx, 2).await;
    let (mandate, proxy) = hall.mandate(&mut *tx, 1, 2).await;
    let event = hall.open_motion(&mut *tx, &[1, 2]).await;
    tx.commit().await.done();

    let mut cast = begin(world).await;
    facts(&mut *cast, &hall, event.id, 2).await;
    let store = world.store();
    let revoke = tokio::spawn(async move {
        let mut tx = store.begin().await.done();
        let found = tx.proxies().get_for_update(mandate.id).await.done().expect("the mandate is there");
        tx.proxies().used_in_active_event(&found).await.done()
    });
    meanwhile(&mut *cast).await;
    assert_eq!(record(&mut *cast, &[vote(&event, &proxy, 0)]).await, [true]);
    cast.commit().await.done();
    assert!(revoke.await.expect("it ends"));
}

/// A cast vote changes where the rules its event was opened under let it, while the event is open, and
/// with the instance it was cast with.
pub async fn a_vote_is_changed_as_the_rules_allow(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let own = hall.join(&mut *tx, 0).await;
    let other = hall.join(&mut *tx, 1).await;
    let rules = EventRules { version: Some(1), may_change_votes: true, ..EventRules::default() };
    let draft = hall.draft(&mut *tx, motion()).await;
    let event = hall.open(&mut *tx, &draft, &[0, 1]).await;
    let event = Event { terms: Terms { rules, ..event.terms.clone() }, ..event };
    tx.events().update(&event).await.done();
    assert_eq!(record(&mut *tx, &[vote(&event, &own, 0)]).await, [true]);
    let changed = tx.ballot_box().change(&[vote(&event, &own, 1), vote(&event, &other, 1)]).await.done();
    assert!(matches!(changed[..], [Recorded::Accepted { .. }, Recorded::AlreadyVoted]), "{changed:?}");
    assert_eq!(tx.ballot_box().change(&[]).await.done(), []);
    tx.commit().await.done();

    let mut tx = begin(world).await;
    assert_eq!(tx.events().votes(&event).await.done(), [(hall.id(0), Response::One(1))]);
    let (closed, _) = hall.close(&mut *tx, &event).await;
    tx.ballot_box().change(&[vote(&closed, &own, 2)]).await.expect_err("it is closed");
    drop(tx);

    let mut tx = begin(world).await;
    let plain = hall.open_motion(&mut *tx, &[0]).await;
    assert_eq!(record(&mut *tx, &[vote(&plain, &own, 0)]).await, [true]);
    tx.ballot_box().change(&[vote(&plain, &own, 1)]).await.expect_err("its rules let a cast vote stand");
}

/// Where late arrivals wait, who was neither present nor represented at the opening has no vote.
pub async fn late_arrivals_wait_where_the_rules_say_so(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    hall.join(&mut *tx, 0).await;
    let draft = hall.draft(&mut *tx, motion()).await;
    let event = hall.open(&mut *tx, &draft, &[0, 1]).await;
    let rules = EventRules { version: Some(1), late_arrivals: LateArrivals::Wait, ..EventRules::default() };
    let waiting = Event { terms: Terms { rules, ..event.terms.clone() }, ..event.clone() };
    hall.join(&mut *tx, 1).await;
    for (event, late_votes) in [(&event, true), (&waiting, false)] {
        tx.events().update(event).await.done();
        let keys = [0, 1].map(|at| CastKey { event_id: event.id, user_id: hall.id(at) });
        let facts = tx.ballot_box().facts(&keys).await.done();
        let on_roll: Vec<bool> =
            facts.into_iter().flatten().map(|facts| facts.instances[0].on_roll).collect();
        assert_eq!(on_roll, [true, late_votes]);
    }
    tx.commit().await.done();
    for (at, on_roll) in [(0, true), (1, false)] {
        let line = world.queries().vote_instances(&waiting, hall.id(at)).await.done();
        assert_eq!(line[0].instance.on_roll, on_roll);
    }
}
