//! Mandates.

use plenum_domain::id::{ProxyId, SessionId};
use plenum_domain::proxy::Mandate;

use super::World;
use super::fixture::{Done, Hall, begin, meanwhile, minutes, new_session, record, violated, vote};
use crate::error::Constraint;

/// A mandate comes back as it was written, stands, and stands no more once it is revoked.
pub async fn a_mandate_stands_until_it_is_revoked(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 4).await;
    let instance = hall.proxy(&mut *tx, 1, 2).await;
    let now = tx.now().await.done();
    let mut new = hall.new_mandate(&instance, now);
    new.created_by_user_id = hall.id(0);
    let made = tx.proxies().insert(&new).await.done();
    let expected = Mandate {
        id: made.id,
        session_id: hall.session.id,
        principal_user_id: hall.id(1),
        holder_user_id: hall.id(2),
        user_session_id: instance.id,
        created_by_user_id: hall.id(0),
        created_at: now,
        revoked_at: None,
    };
    assert_eq!(made, expected);
    let (second, _) = hall.mandate(&mut *tx, 3, 2).await;
    tx.commit().await.done();

    let mut tx = begin(world).await;
    assert_eq!(tx.proxies().get_for_update(made.id).await.done(), Some(made));
    assert_eq!(tx.proxies().get_for_update(ProxyId::new(i32::MAX)).await.done(), None);
    assert_eq!(tx.proxies().standing(hall.session.id).await.done(), [made, second], "by id");
    assert_eq!(tx.proxies().standing(SessionId::new(i32::MAX)).await.done(), []);
    tx.proxies().revoke(made.id, now + minutes(1)).await.done();
    let revoked = Mandate { revoked_at: Some(now + minutes(1)), ..made };
    assert_eq!(tx.proxies().get_for_update(made.id).await.done(), Some(revoked));
    assert_eq!(tx.proxies().standing(hall.session.id).await.done(), [second]);
}

/// A principal's second standing mandate in a sitting is refused; after a revocation, or in another
/// sitting, it is not.
pub async fn a_principal_gives_one_mandate_per_sitting(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 4).await;
    let (first, instance) = hall.mandate(&mut *tx, 1, 2).await;
    let other = new_session(&hall.organization, &hall.people[0], "OTHER1");
    let other = tx.sessions().insert(&other).await.done().expect("the code is free");
    let there = Hall { session: other, people: hall.people.clone(), organization: hall.organization.clone() };
    there.mandate(&mut *tx, 1, 3).await;
    tx.commit().await.done();

    let mut tx = begin(world).await;
    let to_another = hall.proxy(&mut *tx, 1, 3).await;
    let now = tx.now().await.done();
    let answer = tx.proxies().insert(&hall.new_mandate(&to_another, now)).await;
    assert_eq!(violated(answer), Constraint::Mandate);
    drop(tx);

    let mut tx = begin(world).await;
    tx.proxies().revoke(first.id, now).await.done();
    let (again, back) = hall.mandate(&mut *tx, 1, 2).await;
    assert_ne!(again.id, first.id);
    assert_eq!(back.id, instance.id, "the same instance serves the new mandate");
    assert_eq!(tx.proxies().standing(hall.session.id).await.done(), [again]);
}

/// A mandate counts as used while an event is active on which its instance voted for its principal.
pub async fn use_in_an_active_event_is_known(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 4).await;
    let own = hall.join(&mut *tx, 2).await;
    let (mandate, instance) = hall.mandate(&mut *tx, 1, 2).await;
    let in_person = hall.join(&mut *tx, 3).await;
    let (unused, _) = hall.mandate(&mut *tx, 3, 2).await;
    let event = hall.open_motion(&mut *tx, &[1, 2, 3]).await;
    assert_eq!(record(&mut *tx, &[vote(&event, &own, 0)]).await, [true]);
    assert!(!tx.proxies().used_in_active_event(&mandate).await.done(), "the holder's own vote is another");
    assert_eq!(record(&mut *tx, &[vote(&event, &instance, 0)]).await, [true]);
    assert!(tx.proxies().used_in_active_event(&mandate).await.done());
    assert_eq!(record(&mut *tx, &[vote(&event, &in_person, 1)]).await, [true]);
    assert!(!tx.proxies().used_in_active_event(&unused).await.done(), "the principal voted in person");
    hall.close(&mut *tx, &event).await;
    assert!(!tx.proxies().used_in_active_event(&mandate).await.done(), "the vote is over");
}

/// Of two who revoke a mandate at once, the second one finds it revoked.
pub async fn a_mandate_is_revoked_by_one(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 3).await;
    let (mandate, _) = hall.mandate(&mut *tx, 1, 2).await;
    tx.commit().await.done();

    let mut first = begin(world).await;
    assert!(first.proxies().get_for_update(mandate.id).await.done().is_some_and(|found| found.stands()));
    let store = world.store();
    let second = tokio::spawn(async move {
        let mut tx = store.begin().await.done();
        tx.proxies().get_for_update(mandate.id).await.done()
    });
    meanwhile(&mut *first).await;
    let now = first.now().await.done();
    first.proxies().revoke(mandate.id, now).await.done();
    first.commit().await.done();
    let seen = second.await.expect("it ends");
    assert_eq!(seen, Some(Mandate { revoked_at: Some(now), ..mandate }));
}

/// The list has every mandate of a sitting by id, revoked ones too, and says whether the principal is in.
pub async fn mandates_are_listed_with_their_people(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 5).await;
    hall.join(&mut *tx, 1).await;
    hall.join(&mut *tx, 2).await;
    let (present, _) = hall.mandate(&mut *tx, 1, 4).await;
    let (gone, _) = hall.mandate(&mut *tx, 2, 4).await;
    let (absent, _) = hall.mandate(&mut *tx, 3, 4).await;
    hall.leave(&mut *tx, 2).await;
    let now = tx.now().await.done();
    tx.proxies().revoke(gone.id, now).await.done();
    tx.commit().await.done();

    let lines = world.queries().mandates(hall.session.id).await.done();
    let found: Vec<_> = lines.iter().map(|line| (line.mandate, line.principal_present)).collect();
    let gone = Mandate { revoked_at: Some(now), ..gone };
    assert_eq!(found, [(present, true), (gone, false), (absent, false)]);
    let principals: Vec<_> = lines.iter().map(|line| line.principal.clone()).collect();
    assert_eq!(principals, hall.people[1..4]);
    assert!(lines.iter().all(|line| line.holder == hall.people[4]));
    assert!(world.queries().mandates(SessionId::new(i32::MAX)).await.done().is_empty());
}
