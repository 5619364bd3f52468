//! Motions beside their votes.

use plenum_domain::id::EventId;
use plenum_domain::motion::{Amendment, Link, Motion, TextVersion, Withdrawal};
use plenum_domain::text::{MotionText, Reason};

use super::World;
use super::fixture::{Done, Hall, begin, motion};

fn text(text: &str) -> MotionText {
    MotionText::parse(text).expect("a text")
}

fn change() -> Amendment {
    Amendment { replaces: text("20 chairs"), inserts: text("") }
}

/// Mover, seconder, withdrawal and every version of the text come back as they were written.
pub async fn a_motion_comes_back_with_its_texts(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 3).await;
    let event = hall.draft(&mut *tx, motion()).await;
    let amendment = hall.draft(&mut *tx, motion()).await;
    assert_eq!(tx.motions().get(event.id).await.done(), None);
    let mut expected =
        Motion { mover: Some(hall.id(1)), seconder: Some(hall.id(2)), ..Motion::new(event.id) };
    tx.motions().put(&expected).await.done();
    let at = tx.now().await.done();
    let first = TextVersion {
        number: 1,
        text: text("Buy 20 chairs.\n\nNow 🗳."),
        at,
        by_user_id: hall.id(0),
        amendment: None,
    };
    let second = TextVersion {
        number: 2,
        text: text("Buy ."),
        by_user_id: hall.id(1),
        amendment: Some((amendment.id, change())),
        ..first.clone()
    };
    for version in [&first, &second] {
        tx.motions().add_text(event.id, version).await.done();
    }
    expected.texts = vec![first, second];
    assert_eq!(tx.motions().get(event.id).await.done(), Some(expected.clone()));
    let reason = Some(Reason::parse("It came too late.").expect("a reason"));
    expected.seconder = None;
    expected.withdrawal = Some(Withdrawal { at, by_user_id: hall.id(1), reason });
    tx.motions().put(&expected).await.done();
    assert_eq!(tx.motions().get(event.id).await.done(), Some(expected.clone()), "the texts stay");
    tx.commit().await.done();

    let line = world.queries().motion(event.id).await.done();
    let named: Vec<_> = line.people.iter().map(|user| user.id).collect();
    assert_eq!(named, [hall.id(0), hall.id(1)], "who wrote it, moved and withdrew it; nobody seconds it now");
    assert_eq!((line.motion, line.amended_by, line.reconsidered_by), (expected.clone(), vec![], vec![]));
    let unknown = EventId::new(i32::MAX);
    assert_eq!(world.queries().motion(unknown).await.done().motion, Motion::new(unknown));
    let mut tx = begin(world).await;
    let again = expected.texts[0].clone();
    tx.motions().add_text(event.id, &again).await.expect_err("a version is written once");
}

/// Whoever amends or reconsiders a motion is found from it.
pub async fn amendments_and_reconsiderations_are_found(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let main = hall.draft(&mut *tx, motion()).await;
    let mut amending = Vec::new();
    for _ in 0..2 {
        let event = hall.draft(&mut *tx, motion()).await;
        let link = Some(Link::Amends { main: main.id, change: change() });
        tx.motions().put(&Motion { link, ..Motion::new(event.id) }).await.done();
        amending.push(event);
    }
    let again = hall.draft(&mut *tx, motion()).await;
    let reconsiders = Motion { link: Some(Link::Reconsiders(main.id)), ..Motion::new(again.id) };
    tx.motions().put(&reconsiders).await.done();
    assert_eq!(tx.motions().get(again.id).await.done(), Some(reconsiders));
    let opened = hall.open(&mut *tx, &amending[1], &[0]).await;
    let found = tx.motions().amendments(main.id).await.done();
    assert_eq!(found.iter().map(|event| event.id).collect::<Vec<_>>(), [amending[0].id, opened.id]);
    assert_eq!(found[1].state, opened.state);
    assert!(tx.motions().is_linked_to(main.id).await.done());
    assert!(!tx.motions().is_linked_to(again.id).await.done());
    tx.commit().await.done();

    let line = world.queries().motion(main.id).await.done();
    assert_eq!(line.amended_by, [amending[0].id, amending[1].id]);
    assert_eq!(line.reconsidered_by, [again.id]);
    let mut tx = begin(world).await;
    tx.events().delete(main.id).await.expect_err("others refer to it");
}

/// A draft that is deleted takes along what was known of it.
pub async fn a_deleted_draft_takes_its_texts_along(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 1).await;
    let event = hall.draft(&mut *tx, motion()).await;
    tx.motions().put(&Motion::new(event.id)).await.done();
    let at = tx.now().await.done();
    let version = TextVersion { number: 1, text: text("One"), at, by_user_id: hall.id(0), amendment: None };
    tx.motions().add_text(event.id, &version).await.done();
    tx.events().delete(event.id).await.done();
    assert_eq!(tx.motions().get(event.id).await.done(), None);
}
