//! What people follow a vote by.

use plenum_domain::event::Event;
use plenum_domain::id::{EventId, SessionId};
use plenum_domain::organization::{QuorumRule, Role};
use plenum_domain::text::PersonName;
use plenum_domain::vote::{Instance, Response};

use super::World;
use super::fixture::{Done, Hall, andrew_id, begin, member, motion, pieces, record, revoke, vote};
use crate::page::Page;
use crate::queries::Turnout;
use crate::repository::{CastKey, ImportedPerson};

/// The events of a sitting come by id, whatever their state, in pieces.
pub async fn events_come_in_pieces(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 1).await;
    let mut all = vec![hall.draft(&mut *tx, motion()).await, hall.open_motion(&mut *tx, &[0]).await];
    Hall::build(&mut *tx, "BBBBB", 1).await.draft(&mut *tx, motion()).await;
    let opened = hall.open_motion(&mut *tx, &[]).await;
    all.push(hall.close(&mut *tx, &opened).await.0);
    tx.commit().await.done();

    let queries = world.queries();
    let fetched = pieces(2, async |page| queries.events(hall.session.id, page).await).await;
    assert_eq!(fetched.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(fetched.into_iter().flatten().collect::<Vec<Event>>(), all);
    let none = queries.events(SessionId::new(i32::MAX), Page::first()).await.done();
    assert_eq!((none.items, none.next), (vec![], None));
}

/// A person's instances on an event are what the ballot box would say, with the principals' names.
pub async fn vote_instances_are_those_of_the_person(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 5).await;
    let (_, for_absent) = hall.mandate(&mut *tx, 2, 1).await;
    let own = hall.join(&mut *tx, 1).await;
    let (revoked, _) = hall.mandate(&mut *tx, 3, 1).await;
    hall.join(&mut *tx, 4).await;
    let now = tx.now().await.done();
    revoke(&mut *tx, &revoked, now).await;
    let event = hall.open_motion(&mut *tx, &[1, 2, 3]).await;
    assert_eq!(record(&mut *tx, &[vote(&event, &for_absent, 0)]).await, [true]);
    let draft = hall.draft(&mut *tx, motion()).await;
    tx.commit().await.done();

    let queries = world.queries();
    let lines = queries.vote_instances(&event, hall.id(1)).await.done();
    let principals: Vec<_> = lines.iter().map(|line| line.principal.clone()).collect();
    assert_eq!(principals, hall.people[1..4], "the own one first, then by id");
    let found: Vec<Instance> = lines.iter().map(|line| line.instance).collect();
    let flags = |one: &Instance| (one.on_roll, one.voted, one.mandate_stands);
    let expected = [(true, false, true), (true, true, true), (true, false, false)];
    assert_eq!(found.iter().map(flags).collect::<Vec<_>>(), expected);
    assert!(found.iter().all(|one| one.caster_present));
    assert_eq!(found[0].row, own);

    let mut tx = begin(world).await;
    let key = CastKey { event_id: event.id, user_id: hall.id(1) };
    let facts = tx.ballot_box().facts(&[key]).await.done().remove(0).expect("the event is there");
    assert_eq!(found, facts.instances, "page and ballot box agree");
    drop(tx);

    let not_entitled = queries.vote_instances(&event, hall.id(4)).await.done();
    assert!(matches!(not_entitled.as_slice(), [line] if !line.instance.on_roll && !line.instance.voted));
    assert!(queries.vote_instances(&event, hall.id(0)).await.done().is_empty());
    let undecided = queries.vote_instances(&draft, hall.id(1)).await.done();
    assert_eq!(undecided.len(), 3);
    assert!(undecided.iter().all(|line| !line.instance.on_roll && !line.instance.voted));
}

/// Turnout counts the roll, those of it who are in now, and the votes.
pub async fn turnout_counts_roll_presence_and_votes(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 6).await;
    let first = hall.join(&mut *tx, 1).await;
    let second = hall.join(&mut *tx, 2).await;
    hall.join(&mut *tx, 5).await;
    let (_, proxy) = hall.mandate(&mut *tx, 3, 1).await;
    let event = hall.open_motion(&mut *tx, &[1, 2, 3, 4]).await;
    let votes = [vote(&event, &second, 0), vote(&event, &proxy, 0)];
    assert_eq!(record(&mut *tx, &votes).await, [true, true]);
    hall.leave(&mut *tx, 2).await;
    let draft = hall.draft(&mut *tx, motion()).await;
    tx.commit().await.done();

    let queries = world.queries();
    let turnout = queries.turnout(event.id).await.done();
    assert_eq!(turnout, Turnout { entitled: 4, present: 1, voted: 2 });
    let nothing = Turnout { entitled: 0, present: 0, voted: 0 };
    assert_eq!(queries.turnout(draft.id).await.done(), nothing);
    assert_eq!(queries.turnout(EventId::new(i32::MAX)).await.done(), nothing);
    let mut tx = begin(world).await;
    assert_eq!(record(&mut *tx, &[vote(&event, &first, 1)]).await, [true]);
    tx.commit().await.done();
    assert_eq!(queries.turnout(event.id).await.done(), Turnout { voted: 3, ..turnout });
}

/// Who is on the roll and has not voted comes by user id, in pieces, present or not.
pub async fn the_missing_are_listed_in_pieces(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 8).await;
    let own = hall.join(&mut *tx, 2).await;
    hall.join(&mut *tx, 3).await;
    let (_, proxy) = hall.mandate(&mut *tx, 4, 2).await;
    let event = hall.open_motion(&mut *tx, &[6, 5, 4, 3, 2, 1]).await;
    let other = hall.open_motion(&mut *tx, &[1, 3]).await;
    let votes = [vote(&event, &own, 0), vote(&event, &proxy, 0)];
    assert_eq!(record(&mut *tx, &votes).await, [true, true]);
    tx.commit().await.done();

    let queries = world.queries();
    let fetched = pieces(3, async |page| queries.missing(event.id, page).await).await;
    assert_eq!(fetched.iter().map(Vec::len).collect::<Vec<_>>(), [3, 1]);
    let expected = [1, 3, 5, 6].map(|at| hall.people[at].clone());
    assert_eq!(fetched.into_iter().flatten().collect::<Vec<_>>(), expected);
    let of_other = queries.missing(other.id, Page::first()).await.done();
    assert_eq!((of_other.items.len(), of_other.next), (2, None));
}

/// A running count rests on the same roll, votes and quorum as a close at that moment would.
pub async fn a_running_count_is_what_a_close_would_count(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 4).await;
    let own = hall.join(&mut *tx, 1).await;
    let draft = hall.draft(&mut *tx, motion()).await;
    let event = hall.open(&mut *tx, &draft, &[1, 2, 3]).await;
    let now = tx.now().await.done();
    let came = hall.entry(2, plenum_domain::attendance::AttendanceChange::Joined, now);
    tx.attendance().insert_own(hall.session.id, hall.id(2), now).await.done();
    tx.attendance().log(hall.session.id, &[came]).await.done();
    assert_eq!(record(&mut *tx, &[vote(&event, &own, 2)]).await, [true]);
    hall.leave(&mut *tx, 1).await;
    let unopened = hall.draft(&mut *tx, motion()).await;
    tx.commit().await.done();

    let nothing = world.queries().running_count(&unopened).await.done();
    assert_eq!((nothing.roll, nothing.votes, nothing.quorum), (vec![], vec![], QuorumRule::None));
    let running = world.queries().running_count(&event).await.done();
    let presence: Vec<_> = running.roll.iter().map(|line| (line.principal, line.present)).collect();
    let expected = [(hall.id(1), true), (hall.id(2), true), (hall.id(3), false)];
    assert_eq!(presence, expected, "who left was there while voting was open");
    assert_eq!(running.votes, [(hall.id(1), Response::One(2))]);
    assert_eq!(running.quorum, QuorumRule::None);
    let mut tx = begin(world).await;
    let now = tx.now().await.done();
    assert_eq!(tx.events().roll_lines(event.id, now).await.done(), running.roll);
}

/// The roll call comes by vote id with caster and principal, in pieces.
pub async fn votes_are_listed_with_their_people(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 4).await;
    let first = hall.join(&mut *tx, 1).await;
    let second = hall.join(&mut *tx, 2).await;
    let (_, proxy) = hall.mandate(&mut *tx, 3, 1).await;
    let event = hall.open_motion(&mut *tx, &[1, 2, 3]).await;
    let other = hall.open_motion(&mut *tx, &[1, 2, 3]).await;
    for new in
        [vote(&event, &proxy, 0), vote(&event, &second, 1), vote(&other, &second, 0), vote(&event, &first, 2)]
    {
        assert_eq!(record(&mut *tx, &[new]).await, [true]);
    }
    tx.commit().await.done();

    let queries = world.queries();
    let fetched = pieces(2, async |page| queries.votes(&event, page).await).await;
    assert_eq!(fetched.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
    let lines: Vec<_> = fetched.into_iter().flatten().collect();
    let found: Vec<_> =
        lines.iter().map(|line| (&line.caster, &line.principal, line.vote.response.clone())).collect();
    let expected = [(1, 3, 0), (2, 2, 1), (1, 1, 2)].map(|(caster, principal, choice)| {
        (&hall.people[caster], &hall.people[principal], Response::One(choice))
    });
    assert_eq!(found, expected);
    assert!(lines.is_sorted_by_key(|line| line.vote.id));
}

/// A page holds 50 lines when nobody says, and 200 at most.
pub async fn a_standard_page_is_bounded(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 1).await;
    let imported = |at: u16| ImportedPerson {
        name: PersonName::parse(&format!("Member {at}")).expect("a name"),
        andrew_id: andrew_id(&format!("m{at}")),
    };
    let roster: Vec<_> = (0..Page::MAX).map(imported).collect();
    let people = tx.users().insert_all(&roster).await.done();
    let members: Vec<_> = people.iter().map(|user| member(user, Role::Member)).collect();
    tx.organizations().put_members(hall.organization.id, &members).await.done();
    tx.commit().await.done();

    let queries = world.queries();
    let first = queries.members(hall.organization.id, Page::first()).await.done();
    assert_eq!(first.items.len(), usize::from(Page::MAX));
    let rest = Page::new(Some(Page::MAX), first.next).expect("a page");
    let rest = queries.members(hall.organization.id, rest).await.done();
    assert_eq!((rest.items.len(), rest.next), (1, None));
    let usual = Page::new(None, None).expect("a page");
    let usual = queries.members(hall.organization.id, usual).await.done();
    assert_eq!(usual.items.len(), usize::from(Page::DEFAULT));
    assert!(usual.next.is_some());
}
