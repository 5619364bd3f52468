//! Vote instances and the log of coming and going.

use plenum_domain::attendance::{AttendanceChange, AttendanceEntry, Correction, JoinLeft, UserSession};
use plenum_domain::id::SessionId;
use plenum_domain::organization::Role;
use plenum_domain::text::Reason;

use super::World;
use super::fixture::{
    Done, Hall, begin, member, minutes, new_session, person, pieces, refused, revoke, violated,
};
use crate::error::Constraint;
use crate::page::Page;

/// A person has one own instance in a sitting, joined from the start, and may have others elsewhere.
pub async fn an_own_instance_is_made_once(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let other = new_session(&hall.organization, &hall.people[0], "OTHER1");
    let other = tx.sessions().insert(&other).await.done().expect("the code is free");
    let now = tx.now().await.done();
    let (session, user) = (hall.session.id, hall.id(1));
    assert_eq!(tx.attendance().own(session, user).await.done(), None);
    let own = tx.attendance().insert_own(session, user, now).await.done();
    let expected = UserSession {
        id: own.id,
        user_id: user,
        session_id: session,
        proxy: None,
        join_left: JoinLeft::Joined,
        barred: false,
        timestamp: now,
    };
    assert_eq!(own, expected);
    let elsewhere = tx.attendance().insert_own(other.id, user, now).await.done();
    assert_eq!(tx.attendance().own(session, user).await.done(), Some(own));
    assert_eq!(tx.attendance().own(other.id, user).await.done(), Some(elsewhere));
    assert_eq!(tx.attendance().own(session, hall.id(0)).await.done(), None);
    tx.commit().await.done();

    let mut tx = begin(world).await;
    let again = tx.attendance().insert_own(session, user, now).await;
    assert_eq!(violated(again), Constraint::OwnInstance, "there is one already, left or joined");
}

/// The instance with which one person votes for another is made once per sitting and comes back later.
pub async fn a_proxy_instance_is_kept_per_holder_and_principal(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 4).await;
    let (session, holder, principal) = (hall.session.id, hall.id(1), hall.id(2));
    let now = tx.now().await.done();
    let made = tx.attendance().put_proxy(session, holder, principal, JoinLeft::Left, now).await.done();
    let expected = UserSession {
        id: made.id,
        user_id: holder,
        session_id: session,
        proxy: Some(principal),
        join_left: JoinLeft::Left,
        barred: false,
        timestamp: now,
    };
    assert_eq!(made, expected);
    let later = now + minutes(5);
    let back = tx.attendance().put_proxy(session, holder, principal, JoinLeft::Joined, later).await.done();
    assert_eq!((back.id, back.join_left), (made.id, JoinLeft::Joined));
    assert_eq!((back.user_id, back.proxy), (holder, Some(principal)));

    let second = hall.proxy(&mut *tx, 3, 1).await;
    let another_holder = hall.proxy(&mut *tx, 2, 3).await;
    assert!(second.id != made.id && another_holder.id != made.id && second.id != another_holder.id);
    assert_eq!(tx.attendance().own(session, holder).await.done(), None, "a proxy is no own instance");
    assert_eq!(tx.attendance().of_user(session, holder).await.done(), [back, second]);
}

/// A person's instances come with the own one first; those of a sitting come by id.
pub async fn instances_are_ordered(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 4).await;
    let first = hall.proxy(&mut *tx, 2, 1).await;
    let own = hall.join(&mut *tx, 1).await;
    let second = hall.proxy(&mut *tx, 3, 1).await;
    let host = hall.join(&mut *tx, 0).await;
    let session = hall.session.id;
    let mut theirs = [first, second];
    theirs.sort_by_key(|instance| instance.id);
    assert_eq!(tx.attendance().of_user(session, hall.id(1)).await.done(), [own, theirs[0], theirs[1]]);
    assert_eq!(tx.attendance().of_user(session, hall.id(2)).await.done(), []);
    let mut all = vec![first, own, second, host];
    all.sort_by_key(|instance| instance.id);
    assert_eq!(tx.attendance().all(session).await.done(), all);
    assert_eq!(tx.attendance().all(SessionId::new(i32::MAX)).await.done(), []);
}

/// Joined, left and barred are written to the rows that are named and to no other.
pub async fn presence_and_bars_are_written(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 3).await;
    let (host, own) = (hall.join(&mut *tx, 0).await, hall.join(&mut *tx, 1).await);
    let proxy = hall.proxy(&mut *tx, 2, 1).await;
    tx.attendance().set_join_left(&[own.id, proxy.id], JoinLeft::Left).await.done();
    tx.attendance().set_join_left(&[], JoinLeft::Left).await.done();
    tx.attendance().set_barred(own.id, true).await.done();
    tx.commit().await.done();

    let mut tx = begin(world).await;
    let gone = UserSession { join_left: JoinLeft::Left, ..proxy };
    let shown_out = UserSession { join_left: JoinLeft::Left, barred: true, ..own };
    assert_eq!(tx.attendance().of_user(hall.session.id, hall.id(1)).await.done(), [shown_out, gone]);
    assert_eq!(tx.attendance().own(hall.session.id, hall.id(0)).await.done(), Some(host));

    tx.attendance().set_barred(own.id, false).await.done();
    tx.attendance().set_join_left(&[own.id], JoinLeft::Joined).await.done();
    assert_eq!(tx.attendance().own(hall.session.id, hall.id(1)).await.done(), Some(own), "let in again");
    assert_eq!(tx.attendance().of_user(hall.session.id, hall.id(1)).await.done()[1], gone);
}

/// The log comes in order of time, line by line as it was written, each sitting's own.
pub async fn the_log_is_in_order_of_time(world: &dyn World) {
    use AttendanceChange::{Joined, Left, Removed};
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let elsewhere = Hall::build(&mut *tx, "BBBBB", 1).await;
    let now = tx.now().await.done();
    let removed = AttendanceEntry { by_user_id: hall.id(0), ..hall.entry(1, Removed, now + minutes(3)) };
    let later = [hall.entry(1, Joined, now + minutes(2)), removed];
    let earlier = [hall.entry(1, Joined, now), hall.entry(1, Left, now + minutes(1))];
    tx.attendance().log(hall.session.id, &later).await.done();
    tx.attendance().log(hall.session.id, &earlier).await.done();
    tx.attendance().log(hall.session.id, &[]).await.done();
    tx.attendance().log(elsewhere.session.id, &[elsewhere.entry(0, Joined, now)]).await.done();
    let [first, second] = earlier;
    let [third, fourth] = later;
    let log = tx.attendance().entries(hall.session.id).await.done();
    assert_eq!(log, [first, second, third, fourth]);
    assert_eq!(tx.attendance().entries(SessionId::new(i32::MAX)).await.done(), []);
    refused(tx.attendance().log(SessionId::new(i32::MAX), &[hall.entry(1, Joined, now)]).await);
}

/// Attendees are those who are or were in, and those represented, by user id, with what is known of them.
pub async fn attendees_are_listed_with_their_comings_and_goings(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 6).await;
    let guest = person(&mut *tx, "guest").await;
    let now = tx.now().await.done();
    let visiting = tx.attendance().insert_own(hall.session.id, guest.id, now).await.done();
    let (own, left) = (hall.join(&mut *tx, 1).await, hall.join(&mut *tx, 2).await);
    hall.leave(&mut *tx, 2).await;
    hall.mandate(&mut *tx, 3, 1).await;
    let (taken_back, _) = hall.mandate(&mut *tx, 4, 1).await;
    revoke(&mut *tx, &taken_back, now).await;
    tx.commit().await.done();

    let lines = world.queries().attendees(hall.session.id).await.done();
    let who: Vec<_> = lines.iter().map(|line| line.user.clone()).collect();
    let expected = [&hall.people[1], &hall.people[2], &hall.people[3], &guest].map(Clone::clone);
    assert_eq!(who, expected, "not those who never came and are not represented");
    let [present, gone, represented, visitor] = lines.as_slice() else { unreachable!("four of them") };
    assert_eq!((present.own, present.entries.len()), (Some(own), 1));
    assert_eq!(present.member.map(|member| member.role), Some(Role::Member));
    assert_eq!(gone.own, Some(UserSession { join_left: JoinLeft::Left, ..left }));
    let changes: Vec<_> = gone.entries.iter().map(|entry| entry.change).collect();
    assert_eq!(changes, [AttendanceChange::Joined, AttendanceChange::Left]);
    assert_eq!((represented.own, represented.entries.len()), (None, 0));
    assert_eq!((visitor.own, visitor.member), (Some(visiting), None));
    assert!(world.queries().attendees(SessionId::new(i32::MAX)).await.done().is_empty());
}

/// A live quorum rests on the memberships of the organization and every instance of the sitting.
pub async fn quorum_facts_are_members_and_instances(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 3).await;
    Hall::build(&mut *tx, "BBBBB", 2).await.join(&mut *tx, 1).await;
    tx.organizations()
        .put_members(hall.organization.id, &[member(&hall.people[2], Role::Observer)])
        .await
        .done();
    let mut instances = vec![hall.join(&mut *tx, 1).await, hall.proxy(&mut *tx, 2, 1).await];
    let mut members = tx.organizations().members(hall.organization.id).await.done();
    tx.commit().await.done();

    let (mut found_members, mut found) = world.queries().quorum_facts(hall.session.id).await.done();
    found_members.sort_by_key(|member| member.user_id);
    members.sort_by_key(|member| member.user_id);
    found.sort_by_key(|instance| instance.id);
    instances.sort_by_key(|instance| instance.id);
    assert_eq!((found_members, found), (members, instances));
    let nothing = world.queries().quorum_facts(SessionId::new(i32::MAX)).await.done();
    assert_eq!(nothing, (vec![], vec![]));
}

/// A correction comes back as a line at the time it was written; one that is not past is refused.
pub async fn corrections_are_lines_of_the_log(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 3).await;
    let session = hall.session.id;
    hall.join(&mut *tx, 1).await;
    let now = tx.now().await.done();
    let reason = Reason::parse("Was outside.").expect("a reason");
    let line = |present, from, until| {
        let stretch = Correction { present, from: now - minutes(from), until: now - minutes(until) };
        AttendanceEntry { by_user_id: hall.id(0), ..hall.entry(1, AttendanceChange::Corrected(stretch), now) }
    };
    let (outside, before) = (line(false, 40, 30), line(true, 90, 80));
    tx.attendance().correct(session, &outside, &reason).await.done();
    tx.attendance().correct(session, &before, &reason).await.done();
    tx.commit().await.done();

    let mut tx = begin(world).await;
    let log = tx.attendance().entries(session).await.done();
    assert_eq!(log[1..], [outside, before]);
    let piece = world.queries().attendees_piece(session, Page::first()).await.done();
    assert_eq!(piece.items[0].entries, log);
    refused(tx.attendance().correct(session, &line(true, 1, 5), &reason).await);
    drop(tx);
    let mut tx = begin(world).await;
    refused(tx.attendance().correct(session, &line(true, 1, -5), &reason).await);
}

/// Whether people count as having been there while voting was open follows the corrections too.
pub async fn the_roll_follows_corrections(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 5).await;
    let event = hall.open_motion(&mut *tx, &[1, 2, 3, 4]).await;
    for at in [1, 2] {
        hall.join(&mut *tx, at).await;
    }
    let now = tx.now().await.done();
    let reason = Reason::parse("Counted again.").expect("a reason");
    for (at, present, from, until) in
        [(1, false, 50, 0), (2, false, 50, 20), (3, true, 20, 10), (4, true, 50, 40)]
    {
        let stretch = Correction { present, from: now - minutes(from), until: now - minutes(until) };
        let line = hall.entry(at, AttendanceChange::Corrected(stretch), now);
        tx.attendance().correct(hall.session.id, &line, &reason).await.done();
    }
    tx.attendance().log(hall.session.id, &[hall.entry(1, AttendanceChange::Left, now)]).await.done();
    let lines = tx.events().roll_lines(event.id, now + minutes(1)).await.done();
    let present: Vec<bool> = lines.iter().map(|line| line.present).collect();
    assert_eq!(present, [false, true, true, false], "open for the last half hour");
    tx.commit().await.done();
    let running = world.queries().running_count(&event).await.done();
    assert_eq!(running.roll, lines);
}

/// Attendees come in pieces by user id, each with their own lines.
pub async fn attendees_come_in_pieces(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 6).await;
    for at in [1, 2, 4] {
        hall.join(&mut *tx, at).await;
    }
    hall.leave(&mut *tx, 2).await;
    hall.mandate(&mut *tx, 5, 1).await;
    tx.commit().await.done();
    let queries = world.queries();
    let found = pieces(2, async |page| queries.attendees_piece(hall.session.id, page).await).await;
    let lengths: Vec<usize> = found.iter().map(Vec::len).collect();
    assert_eq!(lengths, [2, 2]);
    let shape = |line: &crate::queries::AttendeeLine| (line.user.id, line.own, line.entries.clone());
    let found: Vec<_> = found.iter().flatten().map(shape).collect();
    let whole: Vec<_> = queries.attendees(hall.session.id).await.done().iter().map(shape).collect();
    assert_eq!(found, whole);
    let nothing = queries.attendees_piece(SessionId::new(i32::MAX), Page::first()).await.done();
    assert!(nothing.items.is_empty());
}
