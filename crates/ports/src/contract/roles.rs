//! Role grants and promises.

use plenum_domain::id::{
    CommitteeId, EventId, OrganizationId, PendingRoleId, RoleGrantId, SessionId, UserId,
};
use plenum_domain::organization;
use plenum_domain::permission::{Appointment, Granted, Role, RoleGrant, Roles, Scope};
use plenum_domain::text::EmailAddress;

use super::World;
use super::fixture::{
    Done, Hall, andrew_id, begin, member, minutes, motion, new_organization, person, refused, violated,
};
use crate::error::Constraint;
use crate::repository::{NewPendingRole, Promisee};

fn granted(role: Role, scope: Scope) -> Appointment {
    Appointment::by_operator(role, scope)
}

/// A grant comes back by id and by what it says, holds once at a time, and can be granted again when it
/// was revoked.
pub async fn a_grant_lives_once_and_is_kept(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let event = hall.draft(&mut *tx, motion()).await;
    let senate = Scope::Organization(hall.organization.id);
    let before = tx.now().await.done();
    let mut made: Vec<RoleGrant> = Vec::new();
    for scope in [Scope::Global, senate, Scope::Session(hall.session.id), Scope::Event(event.id)] {
        let grant = tx.roles().insert(hall.id(1), &granted(Role::Teller, scope)).await.done();
        assert_eq!((grant.user_id, grant.role, grant.scope), (hall.id(1), Role::Teller, scope));
        assert_eq!((grant.granted_by, grant.deleted_at, grant.revoked_by), (None, None, None));
        assert!(grant.created_at >= before);
        assert_eq!(tx.roles().get(grant.id).await.done(), Some(grant));
        made.push(grant);
    }
    for grant in &made {
        assert_eq!(tx.roles().find(hall.id(1), Role::Teller, grant.scope).await.done(), Some(*grant));
        assert_eq!(tx.roles().find(hall.id(1), Role::Chair, grant.scope).await.done(), None);
        assert_eq!(tx.roles().find(hall.id(0), Role::Teller, grant.scope).await.done(), None);
    }
    tx.commit().await.done();

    let mut tx = begin(world).await;
    let twice = tx.roles().insert(hall.id(1), &granted(Role::Teller, senate)).await;
    assert_eq!(violated(twice), Constraint::RoleGrant);
    drop(tx);
    let mut tx = begin(world).await;
    let now = tx.now().await.done();
    tx.roles().revoke(made[1].id, Some(hall.id(0)), now).await.done();
    assert_eq!(tx.roles().find(hall.id(1), Role::Teller, senate).await.done(), None);
    let ended = tx.roles().get(made[1].id).await.done().expect("it is kept");
    assert_eq!((ended.deleted_at, ended.revoked_by), (Some(now), Some(hall.id(0))));
    let again = tx.roles().insert(hall.id(1), &granted(Role::Teller, senate)).await.done();
    assert_ne!(again.id, made[1].id);
    tx.commit().await.done();
    let mut tx = begin(world).await;
    assert_eq!(tx.roles().get(RoleGrantId::new(i32::MAX)).await.done(), None);
    refused(tx.roles().revoke(made[1].id, None, now).await);
    drop(tx);
    let mut tx = begin(world).await;
    refused(
        tx.roles().insert(hall.id(1), &granted(Role::Teller, Scope::Session(SessionId::new(i32::MAX)))).await,
    );
    drop(tx);
    let mut tx = begin(world).await;
    refused(tx.roles().insert(UserId::new(i32::MAX), &granted(Role::Teller, senate)).await);
}

/// What was granted holds there and in everything narrower, and nowhere else.
pub async fn grants_reach_down(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 6).await;
    let other = Hall::build(&mut *tx, "BBBBB", 1).await;
    let event = hall.draft(&mut *tx, motion()).await;
    let sibling = hall.draft(&mut *tx, motion()).await;
    let teller = Roles::of(&[Role::Teller]);
    let everywhere = Granted { global: teller, ..Granted::NONE };
    let general = Granted { organization: teller, ..Granted::NONE };
    let below = Granted { below: teller, ..Granted::NONE };
    let places = [
        Scope::Global,
        Scope::Organization(hall.organization.id),
        Scope::Session(hall.session.id),
        Scope::Event(event.id),
        Scope::Event(sibling.id),
        Scope::Organization(other.organization.id),
        Scope::Session(other.session.id),
    ];
    let expected = [
        (places[0], [everywhere; 7]),
        (places[1], [Granted::NONE, general, general, general, general, Granted::NONE, Granted::NONE]),
        (places[2], [Granted::NONE, Granted::NONE, below, below, below, Granted::NONE, Granted::NONE]),
        (
            places[3],
            [Granted::NONE, Granted::NONE, Granted::NONE, below, Granted::NONE, Granted::NONE, Granted::NONE],
        ),
    ];
    for (at, (scope, _)) in expected.iter().enumerate() {
        tx.roles().insert(hall.id(at), &granted(Role::Teller, *scope)).await.done();
    }
    let revoked = tx.roles().insert(hall.id(4), &granted(Role::Admin, Scope::Global)).await.done();
    let now = tx.now().await.done();
    tx.roles().revoke(revoked.id, None, now).await.done();
    tx.commit().await.done();

    let mut tx = begin(world).await;
    for (at, (scope, reach)) in expected.into_iter().enumerate() {
        for (place, granted) in places.into_iter().zip(reach) {
            let held = tx.roles().held(hall.id(at), place).await.done();
            assert_eq!(held, granted, "granted for {scope:?}, looked at from {place:?}");
        }
    }
    for place in places {
        assert_eq!(tx.roles().held(hall.id(4), place).await.done(), Granted::NONE, "a revoked one");
    }
    for nothing in [
        Scope::Organization(OrganizationId::new(i32::MAX)),
        Scope::Committee(CommitteeId::new(i32::MAX)),
        Scope::Session(SessionId::new(i32::MAX)),
        Scope::Event(EventId::new(i32::MAX)),
    ] {
        assert_eq!(tx.roles().held(hall.id(1), nothing).await.done(), Granted::NONE);
        assert_eq!(tx.roles().held(hall.id(0), nothing).await.done(), everywhere);
        assert_eq!(tx.roles().organization_of(nothing).await.done(), None);
    }
    for place in &places[1..5] {
        assert_eq!(tx.roles().organization_of(*place).await.done(), Some(hall.organization.id));
    }
    assert_eq!(tx.roles().organization_of(Scope::Global).await.done(), None);
    tx.commit().await.done();

    let queries = world.queries();
    let standing =
        queries.organization(hall.organization.id, hall.id(1)).await.done().expect("it is there").1;
    assert_eq!(standing.granted, general);
    let standing = queries.session(hall.session.id, hall.id(2)).await.done().expect("it is there").standing;
    assert_eq!(standing.granted, below);
    let line = queries.event(event.id, hall.id(3)).await.done().expect("it is there").line;
    assert_eq!(line.standing.granted, below);
    let line = queries.event(sibling.id, hall.id(3)).await.done().expect("it is there").line;
    assert_eq!(line.standing.granted, Granted::NONE);
}

/// A sitting is listed for whoever holds a role in it or anywhere wider.
pub async fn grants_show_sittings(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 1).await;
    let other = Hall::build(&mut *tx, "BBBBB", 1).await;
    let mut people = Vec::new();
    for (login, scope) in [
        ("global", Scope::Global),
        ("organization", Scope::Organization(hall.organization.id)),
        ("session", Scope::Session(hall.session.id)),
    ] {
        let user = person(&mut *tx, login).await;
        tx.roles().insert(user.id, &granted(Role::Auditor, scope)).await.done();
        people.push(user.id);
    }
    tx.commit().await.done();
    let queries = world.queries();
    let both = vec![other.session.id, hall.session.id];
    for (user, expected) in people.into_iter().zip([both, vec![hall.session.id], vec![hall.session.id]]) {
        let found = queries.sessions(user, None, crate::page::Page::first()).await.done();
        assert_eq!(found.items.iter().map(|line| line.session.id).collect::<Vec<_>>(), expected);
        let found =
            queries.sessions(user, Some(hall.organization.id), crate::page::Page::first()).await.done();
        assert_eq!(found.items.iter().map(|line| line.session.id).collect::<Vec<_>>(), [hall.session.id]);
    }
}

/// Who runs an organization: its owners, and those who were made its admins.
pub async fn other_admins_are_known(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 4).await;
    let id = hall.organization.id;
    assert!(!tx.roles().has_other_admin(id, hall.id(0)).await.done());
    assert!(tx.roles().has_other_admin(id, hall.id(1)).await.done());
    tx.roles().insert(hall.id(1), &granted(Role::Admin, Scope::Global)).await.done();
    tx.roles().insert(hall.id(1), &granted(Role::Chair, Scope::Organization(id))).await.done();
    tx.roles().insert(hall.id(1), &granted(Role::Admin, Scope::Session(hall.session.id))).await.done();
    assert!(!tx.roles().has_other_admin(id, hall.id(0)).await.done(), "none of these runs the organization");
    let grant = tx.roles().insert(hall.id(2), &granted(Role::Admin, Scope::Organization(id))).await.done();
    assert!(tx.roles().has_other_admin(id, hall.id(0)).await.done());
    let now = tx.now().await.done();
    tx.roles().revoke(grant.id, None, now).await.done();
    assert!(!tx.roles().has_other_admin(id, hall.id(0)).await.done());
    let owner = [member(&hall.people[3], organization::Role::Owner)];
    tx.organizations().put_members(id, &owner).await.done();
    assert!(tx.roles().has_other_admin(id, hall.id(0)).await.done());
    assert!(tx.roles().has_other_admin(id, hall.id(3)).await.done());
}

/// A promise waits for whoever is recognized by it until it expires, is claimed, or is taken back.
pub async fn promises_are_claimed_once(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let other = tx.organizations().insert(&new_organization("Other")).await.done();
    let now = tx.now().await.done();
    let email = Promisee::Email(EmailAddress::parse("Zoe@example.org").expect("an address"));
    let login = Promisee::AndrewId(andrew_id("zng"));
    let promise = |to: &Promisee, role, scope, last| NewPendingRole {
        to: to.clone(),
        appointment: granted(role, scope),
        granted_by: hall.id(0),
        expires_at: now + minutes(last),
    };
    let senate = Scope::Organization(hall.organization.id);
    let first = promise(&email, Role::Teller, senate, 60);
    let kept = tx.roles().promise(&first).await.done();
    assert_eq!((&kept.to, kept.role, kept.scope), (&email, Role::Teller, senate));
    assert_eq!((kept.expires_at, kept.granted_by), (first.expires_at, hall.id(0)));
    let second = tx.roles().promise(&promise(&login, Role::Teller, senate, 60)).await.done();
    let sitting = Scope::Session(hall.session.id);
    let third = tx.roles().promise(&promise(&login, Role::Chair, sitting, 60)).await.done();
    let elsewhere = Scope::Organization(other.id);
    tx.roles().promise(&promise(&login, Role::Chair, elsewhere, -1)).await.done();
    tx.commit().await.done();

    let mut tx = begin(world).await;
    assert_eq!(violated(tx.roles().promise(&first).await), Constraint::PendingRole);
    drop(tx);
    let mut tx = begin(world).await;
    let both = [email, login];
    let waiting = tx.roles().claimable(&both, now).await.done();
    assert_eq!(waiting, [kept.clone(), second.clone(), third.clone()], "by id, and not what has expired");
    assert_eq!(tx.roles().claimable(&both[..1], now).await.done(), std::slice::from_ref(&kept));
    assert_eq!(tx.roles().claimable(&[], now).await.done(), []);
    assert_eq!(tx.roles().pending(kept.id).await.done(), Some(kept.clone()));
    tx.roles().end_pending(kept.id, Some(hall.id(1)), now).await.done();
    tx.roles().end_pending(third.id, None, now).await.done();
    assert_eq!(tx.roles().pending(kept.id).await.done(), None);
    assert_eq!(tx.roles().pending(PendingRoleId::new(i32::MAX)).await.done(), None);
    assert_eq!(tx.roles().claimable(&both, now).await.done(), [second]);
    let again = tx.roles().promise(&first).await.done();
    assert_ne!(again.id, kept.id, "an ended one leaves room");
    refused(tx.roles().end_pending(kept.id, None, now).await);
}
