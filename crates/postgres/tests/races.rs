//! Many transactions at once: each principal's vote counts once, and a close neither loses a vote
//! nor lets one in behind it.

mod hall;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hall::Hall;
use plenum_domain::Refusal;
use plenum_domain::attendance::JoinLeft;
use plenum_domain::event::{Counted, Event, EventState};
use plenum_domain::id::{EventId, UserId, UserSessionId};
use plenum_domain::organization::QuorumRule;
use plenum_domain::proxy::{MandateState, Scope, Stood};
use plenum_domain::result;
use plenum_domain::session::SessionStatus;
use plenum_domain::vote::{self, Response};
use plenum_ports::Store;
use plenum_ports::documents::ResultData;
use plenum_ports::repository::{CastKey, NewMandate, NewVote, Recorded};
use plenum_postgres::PgStore;
use plenum_postgres::testing::TestDatabase;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

const ROUNDS: usize = 200;
const VOTERS: usize = 16;

async fn store(database: &TestDatabase, connections: u32) -> PgStore {
    PgStore::new(
        plenum_postgres::connect(database.connect_options(), connections).await.expect("the server answers"),
    )
}

/// The principal's own instance, and one with which the holder votes for them.
async fn own_and_proxy(
    hall: &Hall,
    store: &PgStore,
    holder: UserId,
    principal: UserId,
) -> (UserSessionId, UserSessionId) {
    let mut tx = store.begin().await.expect("a transaction");
    let now = tx.now().await.expect("the time");
    let proxy = tx.attendance().put_proxy(hall.session, holder, principal, JoinLeft::Joined, now).await;
    let proxy = proxy.expect("the proxy instance").id;
    let mandate = NewMandate {
        scope: Scope::Sitting { session_id: hall.session },
        span: None,
        principal_user_id: principal,
        holder_user_id: holder,
        created_by_user_id: principal,
        created_at: now,
        reason: None,
        state: MandateState::Standing(Stood { since: now, instance: Some(proxy) }),
    };
    tx.proxies().insert(&mandate).await.expect("the mandate");
    let own = tx.attendance().own(hall.session, principal).await.expect("an answer").expect("an instance");
    tx.commit().await.expect("it is committed");
    (own.id, proxy)
}

/// Casts a person's own vote as the use case does. `Ok` is an acknowledgement.
async fn cast(store: &PgStore, event: EventId, voter: UserId) -> Result<(), Refusal> {
    let mut tx = store.begin().await.expect("a transaction");
    let key = CastKey { event_id: event, user_id: voter };
    let facts = tx.ballot_box().facts(&[key]).await.expect("facts").remove(0).expect("the event");
    let instance = facts.instances.first();
    vote::cast(&facts.event, voter, instance, facts.now)?;
    let Some(instance) = instance else { return Err(Refusal::NotPresent) };
    let vote = NewVote {
        event: &facts.event,
        user_session_id: instance.row.id,
        principal_user_id: voter,
        cast_by_user_id: voter,
        response: Response::One(0),
    };
    let recorded = tx.ballot_box().record(&[vote]).await.expect("it is recorded");
    if recorded == [Recorded::AlreadyVoted] {
        return Err(Refusal::AlreadyVoted);
    }
    tx.commit().await.expect("it is committed");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_votes_once_however_often_it_is_tried_at_once() {
    const TRIES: usize = 64;
    let database = TestDatabase::new().await;
    let store = store(&database, 64).await;
    let hall = Hall::open(&store, 1).await;
    let event = hall.motion(&store).await;
    let start = Arc::new(Barrier::new(TRIES));
    let mut tries = JoinSet::new();
    for _ in 0..TRIES {
        let (store, start, voter, event) = (store.clone(), Arc::clone(&start), hall.people[0], event.id);
        tries.spawn(async move {
            start.wait().await;
            cast(&store, event, voter).await
        });
    }
    let answers = tries.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
    assert!(
        answers.iter().all(|answer| matches!(answer, Ok(()) | Err(Refusal::AlreadyVoted))),
        "{answers:?}"
    );
    assert_eq!(votes_of(&store, &event).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_principal_votes_once_though_two_instances_try_at_once() {
    let database = TestDatabase::new().await;
    let store = store(&database, 8).await;
    let hall = Hall::open(&store, 2).await;
    let (holder, principal) = (hall.people[0], hall.people[1]);
    let (own, proxy) = own_and_proxy(&hall, &store, holder, principal).await;
    for _ in 0..50 {
        let event = hall.motion(&store).await;
        let start = Arc::new(Barrier::new(2));
        let mut tries = JoinSet::new();
        for (instance, caster) in [(own, principal), (proxy, holder)] {
            let (store, start, event) = (store.clone(), Arc::clone(&start), event.clone());
            tries.spawn(async move {
                let mut tx = store.begin().await.expect("a transaction");
                start.wait().await;
                let vote = NewVote {
                    event: &event,
                    user_session_id: instance,
                    principal_user_id: principal,
                    cast_by_user_id: caster,
                    response: Response::One(0),
                };
                let recorded = tx.ballot_box().record(&[vote]).await.expect("it is recorded");
                tx.commit().await.expect("it is committed");
                matches!(recorded[..], [Recorded::Accepted { .. }])
            });
        }
        assert_eq!(tries.join_all().await.into_iter().filter(|accepted| *accepted).count(), 1);
        assert_eq!(votes_of(&store, &event).await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_of_the_same_votes_in_any_order_do_not_hold_each_other_up() {
    let database = TestDatabase::new().await;
    let store = store(&database, 8).await;
    let hall = Hall::open(&store, 40).await;
    for _ in 0..20 {
        let event = hall.motion(&store).await;
        let start = Arc::new(Barrier::new(8));
        let mut batches = JoinSet::new();
        for batch in 0..8_usize {
            let (store, start, event) = (store.clone(), Arc::clone(&start), event.clone());
            let mut pairs = hall.pairs();
            pairs.rotate_left(batch * 5);
            if batch % 2 == 1 {
                pairs.reverse();
            }
            batches.spawn(async move {
                let votes: Vec<NewVote<'_>> = pairs
                    .iter()
                    .map(|(user, instance)| NewVote {
                        event: &event,
                        user_session_id: *instance,
                        principal_user_id: *user,
                        cast_by_user_id: *user,
                        response: Response::One(0),
                    })
                    .collect();
                let mut tx = store.begin().await.expect("a transaction");
                start.wait().await;
                let recorded = tx.ballot_box().record(&votes).await.expect("no deadlock");
                tx.commit().await.expect("it is committed");
                recorded.into_iter().filter(|answer| matches!(answer, Recorded::Accepted { .. })).count()
            });
        }
        assert_eq!(batches.join_all().await.into_iter().sum::<usize>(), 40);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mandate_that_is_being_taken_back_is_waited_for_and_does_not_stand() {
    let database = TestDatabase::new().await;
    let store = store(&database, 4).await;
    let hall = Hall::open(&store, 3).await;
    let (holder, principal) = (hall.people[0], hall.people[1]);
    let (_, proxy) = own_and_proxy(&hall, &store, holder, principal).await;
    let event = hall.motion(&store).await;

    let mut revoking = store.begin().await.expect("a transaction");
    let mandate = revoking.proxies().standing(hall.session).await.expect("mandates")[0];
    revoking.proxies().get_for_update(mandate.id).await.expect("an answer").expect("the mandate");
    let now = revoking.now().await.expect("the time");
    let revoked = mandate.revoke(now, false).expect("it was not used");
    revoking.proxies().update(&revoked).await.expect("it is taken back");

    let key = |user_id| CastKey { event_id: event.id, user_id };
    let mut other = store.begin().await.expect("a transaction");
    other.ballot_box().facts(&[key(hall.people[2])]).await.expect("others are not held up");

    let casting = tokio::spawn({
        let (store, keys) = (store.clone(), [key(hall.people[2]), key(holder)]);
        async move {
            let mut tx = store.begin().await.expect("a transaction");
            tx.ballot_box().facts(&keys).await.expect("facts")
        }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!casting.is_finished(), "it waits for the revocation");
    revoking.commit().await.expect("it is committed");
    let facts = casting.await.expect("it ends").remove(1).expect("the event");
    let found = facts.instances.iter().find(|instance| instance.row.id == proxy).expect("the instance");
    assert!(!found.mandate_stands);
}

/// Closes an event as the use case does; who is in the count.
async fn close(store: &PgStore, event: EventId) -> BTreeSet<UserId> {
    let mut tx = store.begin().await.expect("a transaction");
    let event = tx.events().get_for_update(event).await.expect("an answer").expect("the event");
    let closed_at = tx.now().await.expect("the time");
    let roll = tx.events().roll_lines(event.id, closed_at).await.expect("the roll");
    let votes = tx.events().votes(&event).await.expect("the votes");
    let result = result::count(&event.terms.ballot, QuorumRule::None, &roll, &votes);
    assert_eq!(result.cast.people, votes.len() as u64, "every vote is counted");
    let opened_at = event.state.opened_at().expect("it was opened");
    let state = EventState::Closed(Counted { opened_at, closed_at });
    tx.events().update(&Event { state, ..event.clone() }).await.expect("it is closed");
    tx.results()
        .insert(event.id, &ResultData::counted(&result), closed_at)
        .await
        .expect("the result is kept");
    tx.commit().await.expect("it is committed");
    votes.into_iter().map(|(principal, _)| principal).collect()
}

async fn votes_of(store: &PgStore, event: &Event) -> BTreeSet<UserId> {
    let mut tx = store.begin().await.expect("a transaction");
    let votes = tx.events().votes(event).await.expect("the votes");
    votes.into_iter().map(|(principal, _)| principal).collect()
}

/// Small waits that differ from voter to voter and from round to round.
fn wait(round: usize, voter: usize) -> Duration {
    let mixed = (round * 31 + voter * 17 + round * voter) % 23;
    Duration::from_micros(200 * mixed as u64)
}

#[tokio::test(flavor = "multi_thread")]
async fn casting_against_closing_loses_nothing_and_lets_nothing_in_late() {
    let database = TestDatabase::new().await;
    let store = store(&database, 24).await;
    let hall = Hall::open(&store, VOTERS).await;
    let (mut accepted, mut late) = (0, 0);
    for round in 0..ROUNDS {
        let event = hall.motion(&store).await;
        let start = Arc::new(Barrier::new(VOTERS + 1));
        let mut voters = JoinSet::new();
        for (at, voter) in hall.people.iter().copied().enumerate() {
            let (store, start, event) = (store.clone(), Arc::clone(&start), event.id);
            voters.spawn(async move {
                start.wait().await;
                tokio::time::sleep(wait(round, at)).await;
                (voter, cast(&store, event, voter).await)
            });
        }
        start.wait().await;
        tokio::time::sleep(wait(round, VOTERS)).await;
        let counted = close(&store, event.id).await;
        let answers = voters.join_all().await;
        let acknowledged: BTreeSet<UserId> =
            answers.iter().filter(|(_, answer)| answer.is_ok()).map(|(voter, _)| *voter).collect();
        for (_, answer) in &answers {
            assert!(matches!(answer, Ok(()) | Err(Refusal::EventNotActive { .. })), "{answer:?}");
        }
        assert_eq!(counted, acknowledged, "round {round}: counted and acknowledged");
        assert_eq!(votes_of(&store, &event).await, counted, "round {round}: on disk and counted");
        accepted += acknowledged.len();
        late += VOTERS - acknowledged.len();
    }
    assert!(accepted > VOTERS && late > VOTERS, "the two never met: {accepted} in time, {late} late");
}

/// Waits until so many tries were made that everybody is at it.
async fn in_full_swing(tries: &AtomicU64) {
    while tries.load(Ordering::Relaxed) < 500 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_close_gets_its_turn_while_people_keep_coming() {
    let database = TestDatabase::new().await;
    let store = store(&database, 40).await;
    let hall = Hall::open(&store, 32).await;
    let event = hall.motion(&store).await;
    let mut voters = JoinSet::new();
    let casts = Arc::new(AtomicU64::new(0));
    for voter in hall.people.clone() {
        let (store, event, tries) = (store.clone(), event.id, Arc::clone(&casts));
        // Who has voted tries again and again, so that the event is never let go by everybody.
        voters.spawn(async move {
            while !matches!(cast(&store, event, voter).await, Err(Refusal::EventNotActive { .. })) {
                tries.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    in_full_swing(&casts).await;
    // Without a queue it would never find the event free, and fail at the connection's lock timeout.
    close(&store, event.id).await;
    voters.join_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chair_locks_a_sitting_while_people_keep_joining() {
    let database = TestDatabase::new().await;
    let store = store(&database, 40).await;
    let hall = Hall::open(&store, 1).await;
    let mut people = JoinSet::new();
    let looks = Arc::new(AtomicU64::new(0));
    for _ in 0..32 {
        let (store, session, looks) = (store.clone(), hall.session, Arc::clone(&looks));
        people.spawn(async move {
            loop {
                looks.fetch_add(1, Ordering::Relaxed);
                let mut tx = store.begin().await.expect("a transaction");
                let session = tx.sessions().get_for_share(session).await.expect("an answer");
                tx.now().await.expect("the time");
                tx.commit().await.expect("it is committed");
                if session.expect("the sitting").status == SessionStatus::Locked {
                    return;
                }
            }
        });
    }
    in_full_swing(&looks).await;
    let mut tx = store.begin().await.expect("a transaction");
    tx.sessions().get_for_update(hall.session).await.expect("an answer").expect("the sitting");
    tx.sessions().set_status(hall.session, SessionStatus::Locked).await.expect("it is locked");
    tx.commit().await.expect("it is committed");
    people.join_all().await;
}
