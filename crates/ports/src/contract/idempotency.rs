//! Answers kept for requests that are sent again.

use plenum_domain::id::UserId;

use super::World;
use super::fixture::{Done, begin, meanwhile, minutes, person};
use crate::repository::{ChoiceCheck, Claim, IdempotencyKey, SavedAnswer};

fn key(user_id: UserId, key: &str, fingerprint: u8) -> IdempotencyKey {
    IdempotencyKey { user_id, key: key.to_owned(), fingerprint: [fingerprint; 32], choices: None }
}

fn answer(status: u16) -> SavedAnswer {
    SavedAnswer { status, body: b"{\"id\": 7, \"name\": \"\xC5\xBC\"}\0\xFF".to_vec() }
}

/// The same request has the same answer again; another one under the same key has none.
pub async fn an_answer_is_replayed(world: &dyn World) {
    let mut tx = begin(world).await;
    let ann = person(&mut *tx, "ann").await.id;
    let now = tx.now().await.done();
    assert_eq!(tx.idempotency().claim(&key(ann, "k", 1), now).await.done(), Claim::New);
    tx.idempotency().save(&key(ann, "k", 1), &answer(201)).await.done();
    tx.commit().await.done();

    for _ in 0..2 {
        let mut tx = begin(world).await;
        let later = tx.now().await.done();
        let replay = tx.idempotency().claim(&key(ann, "k", 1), later).await.done();
        assert_eq!(replay, Claim::Replay(answer(201)));
        tx.commit().await.done();
        let mut tx = begin(world).await;
        assert_eq!(tx.idempotency().claim(&key(ann, "k", 2), later).await.done(), Claim::Different);
        tx.commit().await.done();
    }
}

/// Requests that differ in the choices alone are told apart by the process that answered, and by no other.
pub async fn choices_are_compared_by_one_process(world: &dyn World) {
    let mut tx = begin(world).await;
    let ann = person(&mut *tx, "ann").await.id;
    let now = tx.now().await.done();
    let cast = |process: u8, code: u8| {
        let choices = Some(ChoiceCheck { process: [process; 8], code: [code; 32] });
        IdempotencyKey { choices, ..key(ann, "k", 1) }
    };
    assert_eq!(tx.idempotency().claim(&cast(1, 1), now).await.done(), Claim::New);
    tx.idempotency().save(&cast(1, 1), &answer(201)).await.done();
    tx.commit().await.done();

    let mut tx = begin(world).await;
    for same in [cast(1, 1), cast(2, 1), cast(2, 2), key(ann, "k", 1)] {
        assert_eq!(tx.idempotency().claim(&same, now).await.done(), Claim::Replay(answer(201)), "{same:?}");
    }
    let otherwise = IdempotencyKey { fingerprint: [2; 32], ..cast(1, 1) };
    for other in [cast(1, 2), otherwise] {
        assert_eq!(tx.idempotency().claim(&other, now).await.done(), Claim::Different, "{other:?}");
    }
}

/// The same key of another person is another key.
pub async fn keys_belong_to_one_person(world: &dyn World) {
    let mut tx = begin(world).await;
    let (ann, bob) = (person(&mut *tx, "ann").await.id, person(&mut *tx, "bob").await.id);
    let now = tx.now().await.done();
    for (at, user) in [(1, ann), (2, bob)] {
        assert_eq!(tx.idempotency().claim(&key(user, "k", at), now).await.done(), Claim::New);
        tx.idempotency().save(&key(user, "k", at), &answer(200 + u16::from(at))).await.done();
    }
    assert_eq!(tx.idempotency().claim(&key(ann, "K", 3), now).await.done(), Claim::New, "case counts");
    tx.idempotency().save(&key(ann, "K", 3), &answer(204)).await.done();
    tx.commit().await.done();
    let mut tx = begin(world).await;
    let replay = tx.idempotency().claim(&key(bob, "k", 2), now).await.done();
    assert_eq!(replay, Claim::Replay(answer(202)));
    let replay = tx.idempotency().claim(&key(ann, "k", 1), now).await.done();
    assert_eq!(replay, Claim::Replay(answer(201)));
}

/// A request that failed leaves its key to the next attempt, of whatever content.
pub async fn a_key_rolled_back_is_new_again(world: &dyn World) {
    let mut tx = begin(world).await;
    let ann = person(&mut *tx, "ann").await.id;
    let now = tx.now().await.done();
    tx.commit().await.done();

    let mut tx = begin(world).await;
    assert_eq!(tx.idempotency().claim(&key(ann, "k", 1), now).await.done(), Claim::New);
    tx.idempotency().save(&key(ann, "k", 1), &answer(201)).await.done();
    drop(tx);
    let mut tx = begin(world).await;
    assert_eq!(tx.idempotency().claim(&key(ann, "k", 2), now).await.done(), Claim::New);
}

/// A request that is sent twice at once is answered once: the second waits for the first, and takes
/// its place when that one fails.
pub async fn the_same_request_waits_for_the_first(world: &dyn World) {
    let mut tx = begin(world).await;
    let ann = person(&mut *tx, "ann").await.id;
    let now = tx.now().await.done();
    tx.commit().await.done();

    for (name, commits) in [("kept", true), ("lost", false)] {
        let mut first = begin(world).await;
        assert_eq!(first.idempotency().claim(&key(ann, name, 1), now).await.done(), Claim::New);
        let store = world.store();
        let second = tokio::spawn(async move {
            let mut tx = store.begin().await.done();
            tx.idempotency().claim(&key(ann, name, 1), now).await.done()
        });
        meanwhile(&mut *first).await;
        first.idempotency().save(&key(ann, name, 1), &answer(201)).await.done();
        if commits {
            first.commit().await.done();
        } else {
            drop(first);
        }
        let expected = if commits { Claim::Replay(answer(201)) } else { Claim::New };
        assert_eq!(second.await.expect("it ends"), expected, "{name}");
    }
}

/// Old answers go, and their keys are new again; recent ones stay.
pub async fn old_answers_are_thrown_away(world: &dyn World) {
    let mut tx = begin(world).await;
    let ann = person(&mut *tx, "ann").await.id;
    let now = tx.now().await.done();
    for (name, at) in [("old", now - minutes(90)), ("recent", now - minutes(30))] {
        tx.idempotency().claim(&key(ann, name, 1), at).await.done();
        tx.idempotency().save(&key(ann, name, 1), &answer(201)).await.done();
    }
    tx.commit().await.done();

    let mut tx = begin(world).await;
    assert_eq!(tx.idempotency().purge(now - minutes(60)).await.done(), 1);
    assert_eq!(tx.idempotency().purge(now - minutes(60)).await.done(), 0);
    assert_eq!(tx.idempotency().claim(&key(ann, "old", 2), now).await.done(), Claim::New);
    let replay = tx.idempotency().claim(&key(ann, "recent", 1), now).await.done();
    assert_eq!(replay, Claim::Replay(answer(201)));
}
