//! The waiting list and presence checks.

use plenum_domain::Step;
use plenum_domain::id::{PresenceCheckId, SessionId, UserId};
use plenum_domain::organization::Role;
use plenum_domain::presence::{Asked, PresenceCheck, Waiting, WaitingState};

use super::World;
use super::fixture::{Done, Hall, begin, meanwhile, minutes, person, pieces, refused, violated};
use crate::error::Constraint;
use crate::repository::NewPresenceCheck;

/// A place on the waiting list is kept per person and sitting, and read with what became of it.
pub async fn people_wait_until_the_host_decides(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 3).await;
    let elsewhere = Hall::build(&mut *tx, "BBBBB", 1).await;
    let guest = person(&mut *tx, "guest").await;
    let (session, now) = (hall.session.id, tx.now().await.done());
    let place = Waiting { since: now, state: WaitingState::Waiting };
    assert_eq!(tx.presence().waiting(session, guest.id).await.done(), None);
    for user in [guest.id, hall.id(1), hall.id(2)] {
        tx.presence().put_waiting(session, user, &place).await.done();
    }
    tx.presence().put_waiting(elsewhere.session.id, guest.id, &place).await.done();
    let again = Waiting { since: now + minutes(5), ..place };
    tx.presence().put_waiting(session, hall.id(1), &again).await.done();
    let (at, by) = (now + minutes(1), hall.id(0));
    let refusal = Waiting { state: WaitingState::Refused { at, by }, ..place };
    let admission = Waiting { state: WaitingState::Admitted { at, by }, ..place };
    tx.presence().put_waiting(session, guest.id, &refusal).await.done();
    tx.presence().put_waiting(session, hall.id(2), &admission).await.done();
    tx.commit().await.done();

    let mut tx = begin(world).await;
    assert_eq!(tx.presence().waiting(session, guest.id).await.done(), Some(refusal));
    assert_eq!(tx.presence().waiting(session, hall.id(2)).await.done(), Some(admission));
    refused(tx.presence().put_waiting(SessionId::new(i32::MAX), guest.id, &place).await);
    drop(tx);
    let queries = world.queries();
    let list = pieces(1, async |page| queries.waiting_list(session, page).await).await;
    let found: Vec<_> = list.into_iter().flatten().map(|line| (line.user, line.role, line.waiting)).collect();
    assert_eq!(found, [(hall.people[1].clone(), Some(Role::Member), place), (guest.clone(), None, refusal)]);
    let theirs = queries.waits_for(guest.id).await.done();
    let found: Vec<_> = theirs.iter().map(|(line, waiting)| (line.session.id, *waiting)).collect();
    let mut expected = vec![(session, refusal), (elsewhere.session.id, place)];
    expected.sort_by_key(|(session, _)| *session);
    assert_eq!(found, expected);
    assert!(queries.waits_for(hall.id(2)).await.done().is_empty(), "who was admitted waits no more");
    let mut tx = begin(world).await;
    elsewhere.end(&mut *tx).await;
    tx.commit().await.done();
    assert_eq!(queries.waits_for(guest.id).await.done().len(), 1, "nobody waits for what is over");
}

fn new_check(hall: &Hall, now: plenum_domain::Moment, length: i64) -> NewPresenceCheck {
    NewPresenceCheck {
        session_id: hall.session.id,
        created_by_user_id: hall.id(0),
        opened_at: now,
        closes_at: now + minutes(length),
        sets_absent: true,
    }
}

/// A check asks whom it names, keeps first answers, and ends once with who was set absent.
pub async fn a_presence_check_is_asked_answered_and_ended(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 4).await;
    let now = tx.now().await.done();
    let check = tx.presence().open_check(&new_check(&hall, now, 1), &[hall.id(1), hall.id(2)]).await.done();
    let expected = PresenceCheck {
        id: check.id,
        session_id: hall.session.id,
        created_by_user_id: hall.id(0),
        opened_at: now,
        closes_at: now + minutes(1),
        sets_absent: true,
        closed_at: None,
    };
    assert_eq!(check, expected);
    assert_eq!(tx.presence().running_check(hall.session.id).await.done(), Some(check.id));
    let mut answers = Vec::new();
    for (at, minute) in [(1, 1), (1, 2), (3, 0)] {
        answers.push(tx.presence().answer(check.id, hall.id(at), now + minutes(minute)).await.done());
    }
    assert_eq!(answers, [Some(Step::To(())), Some(Step::Unchanged), None], "first, again, not asked");
    tx.commit().await.done();

    let mut tx = begin(world).await;
    assert_eq!(tx.presence().check(check.id).await.done(), Some(check));
    assert_eq!(tx.presence().check_for_update(check.id).await.done(), Some(check));
    assert_eq!(tx.presence().check(PresenceCheckId::new(i32::MAX)).await.done(), None);
    let asked = |user_id, answered_at| Asked { user_id, answered_at, set_absent: false };
    let everyone = [asked(hall.id(1), Some(now + minutes(1))), asked(hall.id(2), None)];
    assert_eq!(tx.presence().asked(check.id).await.done(), everyone);
    tx.presence().close_check(check.id, now + minutes(3), &[hall.id(2)]).await.done();
    assert_eq!(tx.presence().running_check(hall.session.id).await.done(), None);
    let second = tx.presence().open_check(&new_check(&hall, now, 60), &[]).await.done();
    tx.commit().await.done();

    let closed = PresenceCheck { closed_at: Some(now + minutes(3)), ..check };
    let queries = world.queries();
    let line = queries.presence_check(check.id).await.done().expect("it is there");
    assert_eq!((line.check, line.asked, line.answered, line.set_absent), (closed, 2, 1, 1));
    let list = pieces(1, async |page| queries.presence_checks(hall.session.id, page).await).await;
    let found: Vec<_> = list.into_iter().flatten().map(|line| line.check).collect();
    assert_eq!(found, [second, closed], "the newest first");
    let people = pieces(1, async |page| queries.asked(check.id, page).await).await;
    let found: Vec<_> = people.into_iter().flatten().collect();
    let absent = Asked { set_absent: true, ..everyone[1] };
    assert_eq!(found, [(hall.people[1].clone(), everyone[0]), (hall.people[2].clone(), absent)]);
    let mut tx = begin(world).await;
    refused(tx.presence().close_check(check.id, now, &[]).await);
}

/// One check runs at a time in a sitting.
pub async fn a_second_presence_check_is_refused(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 1).await;
    let elsewhere = Hall::build(&mut *tx, "BBBBB", 1).await;
    let now = tx.now().await.done();
    tx.presence().open_check(&new_check(&hall, now, 1), &[]).await.done();
    tx.presence().open_check(&new_check(&elsewhere, now, 1), &[]).await.done();
    tx.commit().await.done();
    let mut tx = begin(world).await;
    assert_eq!(
        violated(tx.presence().open_check(&new_check(&hall, now, 1), &[]).await),
        Constraint::PresenceCheck
    );
}

/// The schedule finds the checks that run and whose time is up.
pub async fn due_presence_checks_are_past_their_time(world: &dyn World) {
    let mut tx = begin(world).await;
    let now = tx.now().await.done() - minutes(10);
    let mut checks = Vec::new();
    for (label, length) in [("AAAAA", 5), ("BBBBB", 60), ("CCCCC", 5)] {
        let hall = Hall::build(&mut *tx, label, 1).await;
        checks.push(tx.presence().open_check(&new_check(&hall, now, length), &[]).await.done().id);
    }
    tx.presence().close_check(checks[2], now, &[]).await.done();
    tx.commit().await.done();
    assert_eq!(world.queries().due_presence_checks().await.done(), [checks[0]]);
}

/// The end of a check waits for answers under way.
pub async fn the_end_of_a_check_waits_for_answers(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let now = tx.now().await.done();
    let check = tx.presence().open_check(&new_check(&hall, now, 1), &[hall.id(1)]).await.done().id;
    tx.commit().await.done();

    let mut answering = begin(world).await;
    answering.presence().check_for_share(check).await.done().expect("it is there");
    let store = world.store();
    let ending = tokio::spawn(async move {
        let mut tx = store.begin().await.done();
        tx.presence().check_for_update(check).await.done().expect("it is there");
        tx.presence().asked(check).await.done()
    });
    meanwhile(&mut *answering).await;
    let user: UserId = hall.id(1);
    assert_eq!(answering.presence().answer(check, user, now).await.done(), Some(Step::To(())));
    answering.commit().await.done();
    let seen = ending.await.expect("it ends");
    assert_eq!(seen, [Asked { user_id: user, answered_at: Some(now), set_absent: false }]);
}
