//! Mandates.

use plenum_domain::id::{ProxyId, SessionId};
use plenum_domain::proxy::{Awaits, End, Mandate, MandateChange, MandateState, Scope, Stood, Voting};
use plenum_domain::text::Reason;

use super::World;
use super::fixture::{
    Done, Hall, begin, meanwhile, minutes, new_session, pieces, record, refused, revoke, violated, vote,
};
use crate::error::Constraint;
use crate::repository::{MandateNote, NewMandate};

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
        scope: Scope::Sitting { session_id: hall.session.id },
        span: None,
        principal_user_id: hall.id(1),
        holder_user_id: hall.id(2),
        created_by_user_id: hall.id(0),
        created_at: now,
        state: MandateState::Standing(Stood { since: now, instance: Some(instance.id) }),
    };
    assert_eq!(made, expected);
    let (second, _) = hall.mandate(&mut *tx, 3, 2).await;
    tx.commit().await.done();

    let mut tx = begin(world).await;
    assert_eq!(tx.proxies().get_for_update(made.id).await.done(), Some(made));
    assert_eq!(tx.proxies().get_for_update(ProxyId::new(i32::MAX)).await.done(), None);
    assert_eq!(tx.proxies().standing(hall.session.id).await.done(), [made, second], "by id");
    assert_eq!(tx.proxies().standing(SessionId::new(i32::MAX)).await.done(), []);
    assert_eq!(tx.proxies().get(made.id).await.done(), Some(made));
    let revoked = revoke(&mut *tx, &made, now + minutes(1)).await;
    assert_eq!(revoked.end(), Some((End::Revoked, now + minutes(1))));
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
    revoke(&mut *tx, &first, now).await;
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
    let revoked = revoke(&mut *first, &mandate, now).await;
    first.commit().await.done();
    let seen = second.await.expect("it ends");
    assert_eq!(seen, Some(revoked));
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
    let gone = revoke(&mut *tx, &gone, now).await;
    tx.commit().await.done();

    let lines = world.queries().mandates(hall.session.id).await.done();
    let found: Vec<_> = lines.iter().map(|line| (line.mandate, line.principal_present)).collect();
    assert_eq!(found, [(present, true), (gone, false), (absent, false)]);
    let principals: Vec<_> = lines.iter().map(|line| line.principal.clone()).collect();
    assert_eq!(principals, hall.people[1..4]);
    assert!(lines.iter().all(|line| line.holder == hall.people[4]));
    assert!(lines.iter().all(|line| line.title.as_ref() == Some(&hall.session.title)));
    assert!(lines.iter().all(|line| line.organization_id == hall.organization.id));
    assert!(world.queries().mandates(SessionId::new(i32::MAX)).await.done().is_empty());
}

/// An offer lives and does not stand, comes to stand with an instance, and ends in each of the ways.
pub async fn a_mandate_goes_through_every_state(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 6).await;
    let session = hall.session.id;
    let now = tx.now().await.done();
    let reason = Reason::parse("On parental leave.").expect("a reason");
    let new = NewMandate { reason: Some(reason.clone()), ..hall.new_offer(1, 2, now) };
    let offer = tx.proxies().insert(&new).await.done();
    assert_eq!(offer.state, MandateState::Offered { awaits: Awaits::Holder });
    assert_eq!(tx.proxies().standing(session).await.done(), []);
    assert_eq!(tx.proxies().living(session).await.done(), [offer]);
    let instance = hall.proxy(&mut *tx, 1, 2).await.id;
    let standing = offer.accept(now + minutes(1), Some(instance)).expect("it waits for the holder");
    tx.proxies().update(&standing).await.done();
    assert_eq!(tx.proxies().get_for_update(offer.id).await.done(), Some(standing));
    assert_eq!(tx.proxies().standing(session).await.done(), [standing]);
    let for_chair = MandateState::Offered { awaits: Awaits::Chair };
    let other =
        tx.proxies().insert(&NewMandate { state: for_chair, ..hall.new_offer(3, 2, now) }).await.done();
    let declined = other.decline(now + minutes(2), false).expect("unused");
    tx.proxies().update(&declined).await.done();
    let expired = standing.expire(now + minutes(3));
    tx.proxies().update(&expired).await.done();
    tx.commit().await.done();

    let mut tx = begin(world).await;
    assert_eq!(tx.proxies().get(offer.id).await.done(), Some(expired));
    assert_eq!(tx.proxies().get(other.id).await.done(), Some(declined));
    assert_eq!(tx.proxies().living(session).await.done(), []);
    let line = world.queries().mandate(offer.id).await.done().expect("it is there");
    assert_eq!((line.mandate, line.reason), (expired, Some(reason)));
    assert!(world.queries().mandate(ProxyId::new(i32::MAX)).await.done().is_none());
}

/// Of two offers of one vote the second cannot come to stand while the first one does.
pub async fn two_offers_of_one_vote_never_both_stand(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 4).await;
    let now = tx.now().await.done();
    let first = tx.proxies().insert(&hall.new_offer(1, 2, now)).await.done();
    let second = tx.proxies().insert(&hall.new_offer(1, 3, now)).await.done();
    let (one, other) = (hall.proxy(&mut *tx, 1, 2).await.id, hall.proxy(&mut *tx, 1, 3).await.id);
    tx.commit().await.done();

    let mut tx = begin(world).await;
    tx.proxies().update(&first.accept(now, Some(one)).expect("it waits")).await.done();
    let store = world.store();
    let rival = tokio::spawn(async move {
        let mut tx = store.begin().await.done();
        tx.proxies().update(&second.accept(now, Some(other)).expect("it waits")).await
    });
    meanwhile(&mut *tx).await;
    tx.commit().await.done();
    assert_eq!(violated(rival.await.expect("it ends")), Constraint::Mandate);
}

/// A mandate for one event is good for that one alone, at the ballot box too, and stands beside one for another.
pub async fn a_mandate_for_one_event_is_good_for_that_one(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 4).await;
    let session_id = hall.session.id;
    hall.join(&mut *tx, 2).await;
    let instance = hall.proxy(&mut *tx, 1, 2).await;
    let now = tx.now().await.done();
    assert_eq!(tx.proxies().voting(session_id).await.done(), Voting::NotYet);
    let (meant, another) =
        (hall.open_motion(&mut *tx, &[1, 2]).await, hall.open_motion(&mut *tx, &[1, 2]).await);
    assert_eq!(tx.proxies().voting(session_id).await.done(), Voting::Open);
    let scope = |event_id| Scope::Event { session_id, event_id };
    let new = hall.new_mandate(&instance, now);
    let mandate = tx.proxies().insert(&NewMandate { scope: scope(meant.id), ..new.clone() }).await.done();
    assert_eq!(mandate.scope, scope(meant.id));
    let usable = async |tx: &mut dyn crate::store::Tx, event_id| {
        let key = crate::repository::CastKey { event_id, user_id: hall.id(2) };
        let facts = tx.ballot_box().facts(&[key]).await.done().remove(0).expect("the event");
        facts.instances.iter().filter(|found| found.row.proxy.is_some() && found.mandate_stands).count()
    };
    assert_eq!((usable(&mut *tx, meant.id).await, usable(&mut *tx, another.id).await), (1, 0));
    let second = tx.proxies().insert(&NewMandate { scope: scope(another.id), ..new.clone() }).await.done();
    assert_eq!(usable(&mut *tx, another.id).await, 1);
    assert_eq!(record(&mut *tx, &[vote(&meant, &instance, 0)]).await, [true]);
    assert!(tx.proxies().used_in_active_event(&mandate).await.done());
    assert!(!tx.proxies().used_in_active_event(&second).await.done(), "used in the other vote");
    tx.commit().await.done();

    let shown = async |event| {
        let lines = world.queries().vote_instances(event, hall.id(2)).await.done();
        lines.iter().filter(|line| line.instance.row.proxy.is_some() && line.instance.mandate_stands).count()
    };
    assert_eq!((shown(&meant).await, shown(&another).await), (1, 1));
    let mut tx = begin(world).await;
    let twice = tx.proxies().insert(&NewMandate { scope: scope(meant.id), ..new }).await;
    assert_eq!(violated(twice), Constraint::Mandate);
    drop(tx);
    let mut tx = begin(world).await;
    hall.close(&mut *tx, &meant).await;
    hall.close(&mut *tx, &another).await;
    assert_eq!(tx.proxies().voting(session_id).await.done(), Voting::Between);
}

/// A mandate for a span belongs to the organization, and knows what came of it in each sitting.
pub async fn a_mandate_for_a_span_has_ones_in_sittings(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 3).await;
    let elsewhere = Hall::build(&mut *tx, "BBBBB", 1).await;
    let now = tx.now().await.done();
    let scope = Scope::Span { organization_id: hall.organization.id, from: now, until: now + minutes(60) };
    let offer = tx.proxies().insert(&NewMandate { scope, ..hall.new_offer(1, 2, now) }).await.done();
    assert_eq!(offer.scope, scope);
    let span = offer.accept(now, None).expect("it waits");
    tx.proxies().update(&span).await.done();
    let instance = hall.proxy(&mut *tx, 1, 2).await;
    let new = NewMandate { span: Some(span.id), ..hall.new_mandate(&instance, now) };
    let there = tx.proxies().insert(&new).await.done();
    assert_eq!(there.span, Some(span.id));
    assert_eq!(tx.proxies().living_spans(hall.organization.id).await.done(), [span]);
    assert_eq!(tx.proxies().living_spans(elsewhere.organization.id).await.done(), []);
    assert_eq!(tx.proxies().living_of_span(span.id).await.done(), [there]);
    assert_eq!(tx.proxies().standing(hall.session.id).await.done(), [there], "the span is in no sitting");
    let gone = revoke(&mut *tx, &there, now).await;
    assert_eq!(tx.proxies().living_of_span(span.id).await.done(), []);
    tx.commit().await.done();

    let mut tx = begin(world).await;
    let backwards = Scope::Span { organization_id: hall.organization.id, from: now, until: now };
    refused(tx.proxies().insert(&NewMandate { scope: backwards, ..hall.new_offer(1, 2, now) }).await);
    drop(tx);
    let queries = world.queries();
    for (user, expected) in [(1, vec![gone, span]), (2, vec![gone, span]), (0, vec![])] {
        let found = pieces(1, async |page| queries.mandates_of_user(hall.id(user), page).await).await;
        let found: Vec<Mandate> = found.into_iter().flatten().map(|line| line.mandate).collect();
        assert_eq!(found, expected, "the newest first, for {user}");
    }
    let spans = pieces(1, async |page| queries.span_mandates(hall.organization.id, page).await).await;
    let spans: Vec<_> = spans.into_iter().flatten().map(|line| (line.mandate, line.title)).collect();
    assert_eq!(spans, [(span, None)]);
}

/// What happened to a mandate comes in the order in which it was noted, with who did it.
pub async fn what_happened_to_a_mandate_is_kept(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 3).await;
    let (mandate, _) = hall.mandate(&mut *tx, 1, 2).await;
    let (other, _) = hall.mandate(&mut *tx, 0, 2).await;
    let event = hall.open_motion(&mut *tx, &[1]).await;
    let now = tx.now().await.done();
    let note =
        |proxy_id, change, by| MandateNote { proxy_id, change, at: now, by, event_id: None, reason: None };
    let notes: Vec<MandateNote> =
        MandateChange::ALL.map(|change| note(mandate.id, change, Some(hall.id(1)))).into();
    tx.proxies().note(&notes).await.done();
    tx.proxies().note(&[]).await.done();
    let last = MandateNote {
        event_id: Some(event.id),
        reason: Some(Reason::parse("By mistake.").expect("a reason")),
        ..note(mandate.id, MandateChange::Revoked, None)
    };
    let elsewhere = note(other.id, MandateChange::Given, None);
    tx.proxies().note(&[last.clone(), elsewhere]).await.done();
    tx.commit().await.done();

    let lines = world.queries().mandate_notes(mandate.id).await.done();
    let found: Vec<MandateNote> = lines.iter().map(|line| line.note.clone()).collect();
    assert_eq!(found[..10], notes);
    assert_eq!(found[10..], [last]);
    assert_eq!(lines[0].by, Some(hall.people[1].clone()));
    assert_eq!(lines[10].by, None);
    let mut tx = begin(world).await;
    refused(tx.proxies().note(&[note(ProxyId::new(i32::MAX), MandateChange::Given, None)]).await);
}

/// With its sitting, or with its event, every mandate that lives comes to its end.
pub async fn mandates_expire_with_what_they_are_for(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 6).await;
    let elsewhere = Hall::build(&mut *tx, "BBBBB", 2).await;
    let session_id = hall.session.id;
    let (other, _) = elsewhere.mandate(&mut *tx, 0, 1).await;
    let event = hall.open_motion(&mut *tx, &[1]).await;
    let (whole, instance) = hall.mandate(&mut *tx, 1, 2).await;
    let now = tx.now().await.done();
    let scope = Scope::Event { session_id, event_id: event.id };
    let for_event = tx.proxies().insert(&NewMandate { scope, ..hall.new_offer(3, 2, now) }).await.done();
    let offer = tx.proxies().insert(&hall.new_offer(4, 2, now)).await.done();
    let (gone, _) = hall.mandate(&mut *tx, 5, 2).await;
    let gone = revoke(&mut *tx, &gone, now).await;
    assert_eq!(tx.proxies().standing_with(&[instance.id]).await.done(), [whole]);
    assert_eq!(tx.proxies().standing_with(&[]).await.done(), []);
    assert_eq!(tx.proxies().expire(session_id, Some(event.id), now).await.done(), [for_event.expire(now)]);
    assert_eq!(tx.proxies().get(for_event.id).await.done(), Some(for_event.expire(now)));
    assert_eq!(tx.proxies().living(session_id).await.done(), [whole, offer]);
    let over = [whole.expire(now), offer.expire(now)];
    assert_eq!(tx.proxies().expire(session_id, None, now).await.done(), over);
    assert_eq!(tx.proxies().get(whole.id).await.done(), Some(whole.expire(now)));
    assert_eq!(tx.proxies().get(gone.id).await.done(), Some(gone), "what ended stays as it ended");
    assert_eq!(tx.proxies().standing(elsewhere.session.id).await.done(), [other]);
    assert_eq!(tx.proxies().standing_with(&[instance.id]).await.done(), []);
    assert_eq!(tx.sessions().running(hall.organization.id).await.done(), [session_id]);
    hall.end(&mut *tx).await;
    assert_eq!(tx.sessions().running(hall.organization.id).await.done(), []);
}
