//! Secret votes.

use plenum_domain::attendance::UserSession;
use plenum_domain::event::{Event, EventState, Secrecy, Terms};
use plenum_domain::id::{EventId, UserId};
use plenum_domain::organization::Weight;
use plenum_domain::secret::BareBallot;
use plenum_domain::vote::Response;

use super::World;
use super::fixture::{Done, Hall, begin, counted, meanwhile, minutes, motion, refused, vote};
use crate::keys::{KeyId, KeyStoreId, PublicKey};
use crate::page::Page;
use crate::repository::{CastKey, Seal, SealedVote};
use crate::store::Tx;

fn secret() -> Terms {
    Terms { secrecy: Secrecy::Secret, ..motion() }
}

fn seal(event: EventId, number: u8) -> Seal {
    Seal {
        event_id: event,
        key_id: KeyId::new([number; 16]),
        key_store_id: KeyStoreId::new([number % 2; 16]),
        suite: "toy".to_owned(),
        public_key: PublicKey::new(vec![0, number, 255, 1]),
    }
}

pub(super) fn sealed(event: &Event, instance: &UserSession, content: u8) -> SealedVote {
    SealedVote {
        event_id: event.id,
        user_session_id: instance.id,
        principal_user_id: instance.principal(),
        sealed: vec![content; 112],
    }
}

pub(super) async fn open(tx: &mut dyn Tx, hall: &Hall, roll: &[usize], number: u8) -> Event {
    let draft = hall.draft(tx, secret()).await;
    let event = hall.open(tx, &draft, roll).await;
    tx.sealed().insert_seal(&seal(event.id, number)).await.done();
    event
}

async fn cast(tx: &mut dyn Tx, votes: &[SealedVote]) -> Vec<bool> {
    tx.sealed().record_sealed(votes).await.done()
}

/// The key an event opens with comes back, for one event and once; a recorded event has none.
pub async fn a_seal_comes_back_and_never_changes(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let event = open(&mut *tx, &hall, &[1], 7).await;
    let recorded = hall.open_motion(&mut *tx, &[1]).await;
    let found = tx.sealed().seal(event.id).await.done().expect("a seal");
    assert_eq!((found.seal, found.retired_at, found.destroyed_at), (seal(event.id, 7), None, None));
    assert_eq!(tx.sealed().seal(recorded.id).await.done(), None);
    tx.commit().await.done();

    assert_eq!(world.queries().seal(event.id).await.done().expect("a seal").seal, seal(event.id, 7));
    assert_eq!(world.queries().seal(EventId::new(i32::MAX)).await.done(), None);
    for wrong in [seal(event.id, 8), seal(recorded.id, 9), seal(EventId::new(i32::MAX), 9)] {
        let mut tx = begin(world).await;
        refused(tx.sealed().insert_seal(&wrong).await);
    }
}

/// A sealed vote comes back with its instance and principal, byte by byte.
pub async fn a_sealed_vote_comes_back_as_it_was_cast(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 4).await;
    let own = hall.join(&mut *tx, 2).await;
    let (_, proxy) = hall.mandate(&mut *tx, 1, 2).await;
    let event = open(&mut *tx, &hall, &[1, 2, 3], 1).await;
    let other = open(&mut *tx, &hall, &[1, 2, 3], 2).await;
    let votes = [sealed(&event, &own, 3), sealed(&event, &proxy, 4)];
    assert_eq!(cast(&mut *tx, &votes).await, [true, true]);
    assert_eq!(cast(&mut *tx, &[sealed(&other, &own, 5)]).await, [true]);
    assert_eq!(cast(&mut *tx, &[]).await, [false; 0]);
    tx.commit().await.done();
    let mut tx = begin(world).await;
    let [own, proxy] = votes;
    assert_eq!(tx.sealed().sealed_votes(event.id).await.done(), [proxy, own], "by user id");
    assert_eq!(tx.sealed().sealed_votes(EventId::new(i32::MAX)).await.done(), []);
}

/// One sealed vote for a principal and for an instance, whoever casts it; the first one stands.
pub async fn a_principal_has_one_sealed_vote(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 4).await;
    let own = hall.join(&mut *tx, 1).await;
    let second = hall.join(&mut *tx, 2).await;
    let proxy = hall.proxy(&mut *tx, 1, 2).await;
    let stranger = hall.join(&mut *tx, 3).await;
    let event = open(&mut *tx, &hall, &[1, 2], 1).await;
    let votes = [
        sealed(&event, &own, 1),
        sealed(&event, &proxy, 2),
        sealed(&event, &own, 3),
        sealed(&event, &second, 4),
    ];
    assert_eq!(cast(&mut *tx, &votes).await, [true, false, false, true]);
    tx.commit().await.done();
    let mut tx = begin(world).await;
    assert_eq!(cast(&mut *tx, &[sealed(&event, &proxy, 5)]).await, [false]);
    assert_eq!(
        tx.sealed().sealed_votes(event.id).await.done(),
        [sealed(&event, &own, 1), sealed(&event, &second, 4)]
    );
    refused(tx.sealed().record_sealed(&[sealed(&event, &stranger, 1)]).await);
    drop(tx);
    let mut tx = begin(world).await;
    let borrowed = SealedVote { principal_user_id: hall.id(2), ..sealed(&event, &stranger, 1) };
    let elsewhere = open(&mut *tx, &hall, &[2], 2).await;
    refused(tx.sealed().record_sealed(&[SealedVote { event_id: elsewhere.id, ..borrowed }]).await);
}

/// Whoever may change a vote puts another one in the place of theirs, with the same instance and while
/// voting is open; what stood there comes back once, and is gone.
pub async fn a_sealed_vote_is_replaced_while_voting_is_open(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 4).await;
    let own = hall.join(&mut *tx, 1).await;
    let second = hall.join(&mut *tx, 2).await;
    let proxy = hall.proxy(&mut *tx, 1, 2).await;
    let event = open(&mut *tx, &hall, &[1, 2], 1).await;
    assert_eq!(cast(&mut *tx, &[sealed(&event, &own, 1)]).await, [true]);
    tx.commit().await.done();
    let mut tx = begin(world).await;
    let again = [sealed(&event, &second, 3), sealed(&event, &own, 2), sealed(&event, &proxy, 4)];
    let before = tx.sealed().replace_sealed(&again).await.done();
    assert_eq!(before, [None, Some(vec![1; 112]), None], "neither another's nor with another instance");
    assert_eq!(tx.sealed().replace_sealed(&again[1..2]).await.done(), [Some(vec![2; 112])]);
    assert_eq!(tx.sealed().replace_sealed(&[]).await.done(), []);
    tx.commit().await.done();
    let mut tx = begin(world).await;
    assert_eq!(tx.sealed().sealed_votes(event.id).await.done(), [sealed(&event, &own, 2)]);
    hall.close(&mut *tx, &event).await;
    refused(tx.sealed().replace_sealed(&[sealed(&event, &own, 5)]).await);
}

/// A secret event takes no open vote and an open one no sealed vote, so that nobody has both.
pub async fn votes_and_sealed_votes_never_meet(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let own = hall.join(&mut *tx, 1).await;
    let event = open(&mut *tx, &hall, &[1], 1).await;
    let recorded = hall.open_motion(&mut *tx, &[1]).await;
    tx.commit().await.done();
    let mut tx = begin(world).await;
    refused(tx.sealed().record_sealed(&[sealed(&recorded, &own, 1)]).await);
    drop(tx);
    let mut tx = begin(world).await;
    refused(tx.ballot_box().record(&[vote(&event, &own, 0)]).await);
    drop(tx);
    let mut tx = begin(world).await;
    let ballot = BareBallot { weight: None, response: Response::One(0) };
    refused(tx.sealed().insert_ballots(&recorded, &[ballot]).await);
    drop(tx);
    assert!(world.queries().is_recorded(recorded.id).await.done());
    assert!(!world.queries().is_recorded(event.id).await.done());
    assert!(!world.queries().is_recorded(EventId::new(i32::MAX)).await.done());
    let mut tx = begin(world).await;
    let draft = hall.draft(&mut *tx, motion()).await;
    tx.commit().await.done();
    assert!(!world.queries().is_recorded(draft.id).await.done(), "a draft can still become secret");
}

/// A sealed vote counts as cast wherever that is asked: facts, turnout, who is missing, mandates.
pub async fn sealed_votes_count_as_cast(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 4).await;
    let own = hall.join(&mut *tx, 2).await;
    let (mandate, proxy) = hall.mandate(&mut *tx, 1, 2).await;
    let event = open(&mut *tx, &hall, &[1, 2, 3], 1).await;
    assert!(!tx.proxies().used_in_active_event(&mandate).await.done());
    assert_eq!(cast(&mut *tx, &[sealed(&event, &proxy, 1)]).await, [true]);
    assert!(tx.proxies().used_in_active_event(&mandate).await.done());
    let key = CastKey { event_id: event.id, user_id: hall.id(2) };
    let facts = tx.ballot_box().facts(&[key]).await.done().remove(0).expect("the event");
    let voted = |instances: Vec<plenum_domain::vote::Instance>| -> Vec<_> {
        instances.into_iter().filter(|instance| instance.voted).map(|instance| instance.row.id).collect()
    };
    assert_eq!(voted(facts.instances), [proxy.id]);
    tx.commit().await.done();

    let queries = world.queries();
    let turnout = queries.turnout(event.id).await.done();
    assert_eq!((turnout.entitled, turnout.present, turnout.voted), (3, 1, 1));
    let missing = queries.missing(event.id, Page::first()).await.done().items;
    assert_eq!(missing.iter().map(|user| user.id).collect::<Vec<UserId>>(), [hall.id(2), hall.id(3)]);
    let lines = queries.vote_instances(&event, hall.id(2)).await.done();
    assert_eq!(voted(lines.into_iter().map(|line| line.instance).collect()), [proxy.id]);
    assert!(queries.votes(&event, Page::first()).await.done().items.is_empty());
    assert!(queries.running_count(&event).await.done().votes.is_empty(), "no figures but the turnout");
    assert_ne!(own.id, proxy.id);
}

/// Ballots come back in the order in which they were written, whole and in pieces; once written they stay.
pub async fn ballots_keep_their_order(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let event = open(&mut *tx, &hall, &[1], 1).await;
    let empty = open(&mut *tx, &hall, &[1], 2).await;
    let heavy = Weight::new(7).expect("a weight");
    let ballots: Vec<BareBallot> = (0..300_usize)
        .map(|at| BareBallot {
            weight: (at % 5 > 0).then_some(if at % 5 == 1 { heavy } else { Weight::ONE }),
            response: Response::One(at * at % 3),
        })
        .collect();
    tx.sealed().insert_ballots(&event, &ballots).await.done();
    tx.sealed().insert_ballots(&empty, &[]).await.done();
    assert_eq!(tx.sealed().ballots(&event).await.done(), ballots);
    assert_eq!(tx.sealed().ballots(&empty).await.done(), []);
    tx.commit().await.done();

    let (mut listed, mut page) = (Vec::new(), Page::first());
    loop {
        let piece = world.queries().ballots(&event, page).await.done();
        listed.extend(piece.items);
        match piece.next {
            Some(next) => page = Page::first().continued(next),
            None => break,
        }
    }
    assert_eq!(listed, ballots);
    let mut tx = begin(world).await;
    refused(tx.sealed().insert_ballots(&event, &ballots).await);
}

/// A key is retired once and its destruction noted once, in this order; the first times stand.
pub async fn a_key_goes_once(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let event = open(&mut *tx, &hall, &[1], 1).await;
    let now = tx.now().await.done();
    tx.commit().await.done();
    let mut tx = begin(world).await;
    refused(tx.sealed().note_destruction(event.id, now).await);
    drop(tx);
    let mut tx = begin(world).await;
    assert!(tx.sealed().retire_key(event.id, now).await.done());
    assert!(!tx.sealed().retire_key(event.id, now + minutes(1)).await.done());
    tx.commit().await.done();
    let mut tx = begin(world).await;
    assert!(tx.sealed().note_destruction(event.id, now + minutes(2)).await.done());
    assert!(!tx.sealed().note_destruction(event.id, now + minutes(3)).await.done());
    let found = tx.sealed().seal(event.id).await.done().expect("a seal");
    assert_eq!((found.retired_at, found.destroyed_at), (Some(now), Some(now + minutes(2))));
    refused(tx.sealed().retire_key(EventId::new(i32::MAX), now).await);
}

/// Keys are found by sitting while open, by store once retired, and by their own id always.
pub async fn keys_are_found_by_what_is_left_to_do(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let elsewhere = Hall::build(&mut *tx, "BBBBB", 2).await;
    let mut events = Vec::new();
    for number in 1..=4 {
        events.push(open(&mut *tx, &hall, &[1], number).await);
    }
    let there = open(&mut *tx, &elsewhere, &[1], 5).await;
    let now = tx.now().await.done();
    for at in [0, 1, 2] {
        let opened_at = events[at].state.opened_at().expect("open");
        let closed = Event { state: EventState::Closed(counted(opened_at, now)), ..events[at].clone() };
        tx.events().update(&closed).await.done();
        tx.sealed().retire_key(closed.id, now).await.done();
    }
    tx.sealed().note_destruction(events[2].id, now).await.done();
    tx.commit().await.done();

    let queries = world.queries();
    assert_eq!(queries.open_seals(hall.session.id).await.done(), [seal(events[3].id, 4)]);
    assert_eq!(queries.open_seals(elsewhere.session.id).await.done(), [seal(there.id, 5)]);
    let waiting = |number: u8| KeyStoreId::new([number; 16]);
    assert_eq!(queries.keys_to_destroy(waiting(1)).await.done(), [seal(events[0].id, 1)]);
    assert_eq!(queries.keys_to_destroy(waiting(0)).await.done(), [seal(events[1].id, 2)]);
    let asked: Vec<KeyId> = [9, 3, 5, 8].map(|number| KeyId::new([number; 16])).to_vec();
    let mut known = queries.known_keys(&asked).await.done();
    known.sort_unstable();
    assert_eq!(known, [asked[1], asked[2]]);
    assert_eq!(queries.known_keys(&[]).await.done(), []);
}

/// A close waits for the sealed votes under way and finds them.
pub async fn a_close_waits_for_sealed_votes_under_way(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let own = hall.join(&mut *tx, 1).await;
    let event = open(&mut *tx, &hall, &[1], 1).await;
    tx.commit().await.done();

    let mut under_way = begin(world).await;
    let key = CastKey { event_id: event.id, user_id: hall.id(1) };
    under_way.ballot_box().facts(&[key]).await.done();
    let (store, id) = (world.store(), event.id);
    let close = tokio::spawn(async move {
        let mut tx = store.begin().await.done();
        tx.events().get_for_update(id).await.done().expect("the event is there");
        tx.sealed().sealed_votes(id).await.done()
    });
    meanwhile(&mut *under_way).await;
    assert_eq!(cast(&mut *under_way, &[sealed(&event, &own, 1)]).await, [true]);
    under_way.commit().await.done();
    assert_eq!(close.await.expect("it ends"), [sealed(&event, &own, 1)]);
}
