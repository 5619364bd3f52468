//! An assembly of 20,000: what is written for all of them is one statement each, and nothing is slow
//! for one person because of the others.

mod hall;

use hall::Hall;
use plenum_domain::event::Event;
use plenum_domain::id::{UserId, UserSessionId};
use plenum_domain::organization::QuorumRule;
use plenum_domain::result;
use plenum_domain::vote::Response;
use plenum_ports::Store;
use plenum_ports::repository::{CastKey, NewVote, Recorded};
use plenum_postgres::PgStore;
use plenum_postgres::testing::TestDatabase;
use tokio::time::Instant;

const PEOPLE: usize = 20_000;

/// Says how long a step took. What bounds it is the connection's statement timeout.
fn step(name: &str, last: &mut Instant) {
    println!("{name}: {:?}", last.elapsed());
    *last = Instant::now();
}

#[tokio::test]
async fn twenty_thousand_people_decide() {
    let database = TestDatabase::new().await;
    let store = PgStore::new(plenum_postgres::connect(database.connect_options(), 4).await.expect("a pool"));
    let mut last = Instant::now();
    let hall = Hall::open(&store, PEOPLE).await;
    step("people, members, instances, log", &mut last);
    let event = hall.motion(&store).await;
    step("opening", &mut last);

    for _ in 0..20 {
        let mut tx = store.begin().await.expect("a transaction");
        let key = CastKey { event_id: event.id, user_id: hall.people[PEOPLE / 2] };
        tx.ballot_box().facts(&[key]).await.expect("facts");
    }
    step("facts for one person, 20 times", &mut last);

    let pairs = hall.pairs();
    for batch in pairs.chunks(100).take(20) {
        cast_batch(&store, &event, batch).await;
    }
    step("votes of 2,000 in batches of 100", &mut last);
    for batch in pairs[2_000..].chunks(PEOPLE) {
        cast_batch(&store, &event, batch).await;
    }
    step("votes of 18,000 at once", &mut last);

    let mut tx = store.begin().await.expect("a transaction");
    let event = tx.events().get_for_update(event.id).await.expect("an answer").expect("the event");
    let now = tx.now().await.expect("the time");
    let roll = tx.events().roll_lines(event.id, now).await.expect("the roll");
    let votes = tx.events().votes(&event).await.expect("the votes");
    let result = result::count(&event.terms.ballot, QuorumRule::None, &roll, &votes);
    step("counting", &mut last);
    assert_eq!((result.entitled.people, result.present.people, result.cast.people), (20_000, 20_000, 20_000));
}

async fn cast_batch(store: &PgStore, event: &Event, batch: &[(UserId, UserSessionId)]) {
    let mut tx = store.begin().await.expect("a transaction");
    let keys: Vec<CastKey> =
        batch.iter().map(|(user, _)| CastKey { event_id: event.id, user_id: *user }).collect();
    let facts = tx.ballot_box().facts(&keys).await.expect("facts");
    let instances = facts.iter().flatten().map(|facts| facts.instances.len());
    assert!(instances.eq(std::iter::repeat_n(1, batch.len())));
    let votes: Vec<NewVote<'_>> = batch
        .iter()
        .map(|(user, instance)| NewVote {
            event,
            user_session_id: *instance,
            principal_user_id: *user,
            cast_by_user_id: *user,
            response: Response::One(0),
        })
        .collect();
    let recorded = tx.ballot_box().record(&votes).await.expect("they are recorded");
    assert!(recorded.iter().all(|answer| matches!(answer, Recorded::Accepted { .. })));
    tx.commit().await.expect("they are committed");
}
