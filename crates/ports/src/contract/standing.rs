//! How a person stands towards organizations, sittings and events, and which of them they see.

use plenum_domain::id::{EventId, OrganizationId, SessionId};
use plenum_domain::organization::Role;
use plenum_domain::permission::Standing;
use plenum_domain::session::SessionStatus;

use super::World;
use super::fixture::{Done, Hall, begin, member, motion, new_session, person, pieces};
use crate::page::Page;
use crate::queries::SessionLine;

/// Towards an organization a person stands by their role, or by none.
pub async fn towards_an_organization(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 4).await;
    let stranger = Hall::build(&mut *tx, "BBBBB", 1).await.people.remove(0);
    let roles = [member(&hall.people[1], Role::Chair), member(&hall.people[2], Role::Observer)];
    tx.organizations().put_members(hall.organization.id, &roles).await.done();
    tx.commit().await.done();

    let queries = world.queries();
    let expected = [
        (hall.id(0), Some(Role::Owner)),
        (hall.id(1), Some(Role::Chair)),
        (hall.id(2), Some(Role::Observer)),
        (hall.id(3), Some(Role::Member)),
        (stranger.id, None),
    ];
    for (user, role) in expected {
        let found = queries.organization(hall.organization.id, user).await.done();
        let (organization, standing) = found.expect("the organization is there");
        assert_eq!(organization, hall.organization);
        assert_eq!(standing, Standing::in_organization(user, role));
    }
    let unknown = queries.organization(OrganizationId::new(i32::MAX), hall.id(0)).await.done();
    assert!(unknown.is_none());
}

/// Towards a sitting, and its events, a person stands by role, by hosting it, and by having been in it.
pub async fn towards_a_sitting_and_its_events(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 6).await;
    let (guest, stranger) = (person(&mut *tx, "guest").await, person(&mut *tx, "stranger").await);
    let now = tx.now().await.done();
    tx.attendance().insert_own(hall.session.id, guest.id, now).await.done();
    hall.join(&mut *tx, 1).await;
    hall.join(&mut *tx, 2).await;
    hall.leave(&mut *tx, 2).await;
    hall.mandate(&mut *tx, 3, 4).await;
    hall.join(&mut *tx, 5).await;
    tx.organizations().remove_member(hall.organization.id, hall.id(5)).await.done();
    let event = hall.draft(&mut *tx, motion()).await;
    tx.commit().await.done();

    let (owner, plain) = (Some(Role::Owner), Some(Role::Member));
    let expected = [
        (hall.id(0), owner, true, false, "hosts and never came in"),
        (hall.id(1), plain, false, true, "is in"),
        (hall.id(2), plain, false, true, "was in"),
        (hall.id(3), plain, false, false, "is represented"),
        (hall.id(4), plain, false, false, "holds a proxy and never came in"),
        (hall.id(5), None, false, true, "was in and is no member any more"),
        (guest.id, None, false, true, "is in and no member"),
        (stranger.id, None, false, false, "has nothing to do with it"),
    ];
    let queries = world.queries();
    for (user_id, role, host, participant, who) in expected {
        let standing = Standing { host, participant, ..Standing::in_organization(user_id, role) };
        let line = queries.session(hall.session.id, user_id).await.done().expect("the sitting is there");
        assert_eq!(line.standing, standing, "{who}");
        assert_eq!((line.session, line.organization), (hall.session.clone(), hall.organization.clone()));
        let line = queries.event(event.id, user_id).await.done().expect("the event is there");
        assert_eq!(line.event, event);
        assert_eq!(line.line.standing, standing, "{who}");
        assert_eq!(line.line.session, hall.session);
        assert_eq!(line.line.organization, hall.organization);
    }
    assert!(queries.session(SessionId::new(i32::MAX), guest.id).await.done().is_none());
    assert!(queries.event(EventId::new(i32::MAX), guest.id).await.done().is_none());
}

fn ids(lines: impl IntoIterator<Item = SessionLine>) -> Vec<SessionId> {
    lines.into_iter().map(|line| line.session.id).collect()
}

/// A person sees the sittings of their organizations, those they host and those they were in.
pub async fn sittings_a_person_may_see(world: &dyn World) {
    let mut tx = begin(world).await;
    let home = Hall::build(&mut *tx, "AAAAA", 2).await;
    let visited = Hall::build(&mut *tx, "BBBBB", 1).await;
    let foreign = Hall::build(&mut *tx, "CCCCC", 1).await;
    let ann = &home.people[1];
    let hosted = new_session(&foreign.organization, ann, "HOSTED");
    let hosted = tx.sessions().insert(&hosted).await.done().expect("the code is free").id;
    let now = tx.now().await.done();
    tx.attendance().insert_own(visited.session.id, ann.id, now).await.done();
    let closed = home.end(&mut *tx).await;
    tx.commit().await.done();

    let queries = world.queries();
    let found = queries.sessions(ann.id, None, Page::first()).await.done();
    let by_id = |line: &SessionLine| std::cmp::Reverse(line.session.id);
    assert!(found.items.is_sorted_by_key(by_id), "the newest first");
    assert!(found.items.iter().all(|line| line.standing.user_id == ann.id && line.standing.may_know()));
    let mut all = vec![closed, visited.session.id, hosted];
    all.sort_by_key(|id| std::cmp::Reverse(*id));
    assert_eq!(ids(found.items), all, "closed ones too, and not that of strangers");
    for (organization, expected) in [
        (home.organization.id, vec![closed]),
        (foreign.organization.id, vec![hosted]),
        (OrganizationId::new(i32::MAX), vec![]),
    ] {
        let found = queries.sessions(ann.id, Some(organization), Page::first()).await.done();
        assert_eq!(ids(found.items), expected);
    }
}

/// Sittings come newest first; the cursor continues below.
pub async fn sittings_come_newest_first_and_in_pieces(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 1).await;
    let mut all = vec![hall.session.id];
    for code in ["AAAAA2", "AAAAA3", "AAAAA4", "AAAAA5"] {
        let new = new_session(&hall.organization, &hall.people[0], code);
        all.push(tx.sessions().insert(&new).await.done().expect("the code is free").id);
    }
    tx.commit().await.done();

    let queries = world.queries();
    let fetched = pieces(2, async |page| queries.sessions(hall.id(0), None, page).await).await;
    assert_eq!(fetched.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    all.reverse();
    assert_eq!(ids(fetched.into_iter().flatten()), all);
}

/// Current are the sittings not closed that a person hosts or has been in; membership alone is not enough.
pub async fn current_sittings_of_a_person(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 3).await;
    let mut made = Vec::new();
    for code in ["AAAAA2", "AAAAA3", "AAAAA4"] {
        let new = new_session(&hall.organization, &hall.people[0], code);
        made.push(tx.sessions().insert(&new).await.done().expect("the code is free"));
    }
    let visit = async |tx: &mut dyn crate::store::Tx, at: usize| {
        let now = tx.now().await.done();
        tx.attendance().insert_own(made[at].id, hall.id(1), now).await.done();
    };
    visit(&mut *tx, 0).await;
    visit(&mut *tx, 1).await;
    tx.sessions().set_status(made[0].id, SessionStatus::Locked).await.done();
    let now = tx.now().await.done();
    tx.sessions().set_status(made[1].id, SessionStatus::Closed { at: now }).await.done();
    hall.join(&mut *tx, 1).await;
    hall.leave(&mut *tx, 1).await;
    tx.commit().await.done();

    let queries = world.queries();
    let theirs = queries.current_sessions(hall.id(1)).await.done();
    assert!(theirs.iter().all(|line| line.standing.participant && !line.standing.host));
    assert_eq!(ids(theirs), [made[0].id, hall.session.id], "the locked one, and the one that was left");
    let hosted = queries.current_sessions(hall.id(0)).await.done();
    assert_eq!(ids(hosted), [made[2].id, made[0].id, hall.session.id]);
    assert!(queries.current_sessions(hall.id(2)).await.done().is_empty());
}
