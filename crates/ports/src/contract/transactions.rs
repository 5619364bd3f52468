//! What holds for every transaction.

use plenum_domain::event::{Event, EventState};
use plenum_domain::id::{ApiTokenId, EventId, OrganizationId, ProxyId, SessionId, UserId, UserSessionId};
use plenum_domain::organization::{Organization, QuorumRule, Role};
use plenum_domain::proxy::{Awaits, Mandate, MandateState, Scope};
use plenum_domain::session::SessionStatus;

use super::World;
use super::fixture::{Done, Hall, andrew_id, begin, member, motion, new_user, person, refused, violated};
use crate::error::Constraint;

/// The database's clock never runs backwards, and in a transaction it does not stand still at its beginning.
pub async fn the_clock_runs_forward(world: &dyn World) {
    let queries = world.queries();
    assert!(queries.ready().await.done());
    let mut tx = begin(world).await;
    let first = tx.now().await.done();
    let outside = queries.now().await.done();
    let second = tx.now().await.done();
    assert!(first <= outside && outside <= second);
}

/// A transaction that is dropped leaves nothing behind, of whatever it wrote.
pub async fn what_was_not_committed_never_was(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 3).await;
    let own = hall.join(&mut *tx, 1).await;
    let draft = hall.draft(&mut *tx, motion()).await;
    tx.commit().await.done();

    let mut tx = begin(world).await;
    let eve = person(&mut *tx, "eve").await;
    tx.organizations().put_members(hall.organization.id, &[member(&eve, Role::Owner)]).await.done();
    tx.organizations().remove_member(hall.organization.id, hall.id(2)).await.done();
    hall.join(&mut *tx, 2).await;
    hall.leave(&mut *tx, 1).await;
    let event = hall.open(&mut *tx, &draft, &[1]).await;
    super::fixture::record(&mut *tx, &[super::fixture::vote(&event, &own, 0)]).await;
    hall.end(&mut *tx).await;
    drop(tx);

    let mut tx = begin(world).await;
    assert_eq!(tx.users().get(eve.id).await.done(), None);
    assert_eq!(tx.organizations().members(hall.organization.id).await.done().len(), 3);
    assert_eq!(tx.attendance().all(hall.session.id).await.done(), [own]);
    assert_eq!(tx.attendance().entries(hall.session.id).await.done().len(), 1);
    assert_eq!(tx.events().get(draft.id).await.done(), Some(draft.clone()));
    let now = tx.now().await.done();
    assert_eq!(tx.events().roll_lines(draft.id, now).await.done(), []);
    assert_eq!(tx.events().votes(&draft).await.done(), []);
    assert_eq!(tx.sessions().get(hall.session.id).await.done(), Some(hall.session.clone()));
    let again = person(&mut *tx, "eve").await;
    assert_eq!(again.andrew_id, eve.andrew_id, "the login name is free");
}

/// What a transaction writes is seen by itself at once and by others once it is committed.
pub async fn what_was_committed_is_seen_by_all(world: &dyn World) {
    let queries = world.queries();
    let mut tx = begin(world).await;
    let ann = person(&mut *tx, "ann").await;
    assert_eq!(tx.users().get(ann.id).await.done(), Some(ann.clone()));
    assert_eq!(queries.user_by_andrew_id(&andrew_id("ann")).await.done(), None);
    tx.commit().await.done();
    assert_eq!(queries.user_by_andrew_id(&andrew_id("ann")).await.done(), Some(ann.clone()));
    let mut tx = begin(world).await;
    assert_eq!(tx.users().get(ann.id).await.done(), Some(ann));
}

/// After a violated constraint nothing of the transaction can be kept, not even by committing it.
pub async fn an_error_spends_the_transaction(world: &dyn World) {
    let mut tx = begin(world).await;
    person(&mut *tx, "ann").await;
    tx.commit().await.done();

    let mut tx = begin(world).await;
    let eve = person(&mut *tx, "eve").await;
    assert_eq!(violated(tx.users().insert(&new_user("Ann", "ann", None)).await), Constraint::AndrewId);
    let refused_or_not = tx.commit().await;
    drop(refused_or_not);
    let mut tx = begin(world).await;
    assert_eq!(tx.users().get(eve.id).await.done(), None);
}

/// "Not there" is nothing or an empty list, never an error.
pub async fn what_is_not_there_is_none(world: &dyn World) {
    let (user, session) = (UserId::new(i32::MAX), SessionId::new(i32::MAX));
    let organization = OrganizationId::new(i32::MAX);
    let mut tx = begin(world).await;
    assert_eq!(tx.users().get(user).await.done(), None);
    assert_eq!(tx.organizations().get(organization).await.done(), None);
    assert_eq!(tx.organizations().get_for_update(organization).await.done(), None);
    assert_eq!(tx.organizations().member(organization, user).await.done(), None);
    assert_eq!(tx.organizations().members(organization).await.done(), []);
    assert!(!tx.organizations().remove_member(organization, user).await.done());
    assert_eq!(tx.sessions().get(session).await.done(), None);
    assert_eq!(tx.sessions().get_for_share(session).await.done(), None);
    assert_eq!(tx.sessions().get_for_update(session).await.done(), None);
    assert_eq!(tx.attendance().own(session, user).await.done(), None);
    assert_eq!(tx.attendance().of_user(session, user).await.done(), []);
    assert_eq!(tx.logins().delete_all(user).await.done(), 0);
    let now = tx.now().await.done();
    assert_eq!(tx.api_tokens().revoke(ApiTokenId::new(i32::MAX), user, now).await.done(), None);
    drop(tx);

    let queries = world.queries();
    assert!(queries.memberships(user, crate::page::Page::first()).await.done().items.is_empty());
    assert!(queries.members(organization, crate::page::Page::first()).await.done().items.is_empty());
    assert!(queries.sessions(user, None, crate::page::Page::first()).await.done().items.is_empty());
    assert!(queries.current_sessions(user).await.done().is_empty());
    assert!(queries.api_tokens(user, crate::page::Page::first()).await.done().items.is_empty());
    let all = crate::queries::AuditFilter::default();
    assert!(queries.audit(organization, &all, crate::page::Page::first()).await.done().items.is_empty());
    assert!(
        queries.missing(EventId::new(i32::MAX), crate::page::Page::first()).await.done().items.is_empty()
    );
    assert_eq!(queries.due_events().await.done(), []);
}

/// A statement that must change a row and finds none is an error, never a silent success.
pub async fn writing_to_what_is_not_there_is_refused(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let draft = hall.draft(&mut *tx, motion()).await;
    let now = tx.now().await.done();
    tx.commit().await.done();
    let (instance, session) = (UserSessionId::new(i32::MAX), SessionId::new(i32::MAX));
    let event = EventId::new(i32::MAX);

    let mut tx = begin(world).await;
    let unknown = Organization { id: OrganizationId::new(i32::MAX), ..hall.organization.clone() };
    refused(tx.organizations().update(&unknown).await);
    drop(tx);
    let mut tx = begin(world).await;
    refused(tx.organizations().put_members(unknown.id, &[member(&hall.people[0], Role::Owner)]).await);
    drop(tx);
    let mut tx = begin(world).await;
    refused(tx.sessions().set_status(session, SessionStatus::Locked).await);
    drop(tx);
    let mut tx = begin(world).await;
    refused(tx.attendance().insert_own(session, hall.id(0), now).await);
    drop(tx);
    let mut tx = begin(world).await;
    refused(tx.attendance().insert_own(hall.session.id, UserId::new(i32::MAX), now).await);
    drop(tx);
    let mut tx = begin(world).await;
    refused(tx.attendance().set_barred(instance, true).await);
    drop(tx);
    let mut tx = begin(world).await;
    let unknown = Mandate {
        id: ProxyId::new(i32::MAX),
        scope: Scope::Sitting { session_id: hall.session.id },
        span: None,
        principal_user_id: hall.id(0),
        holder_user_id: hall.id(1),
        created_by_user_id: hall.id(0),
        created_at: now,
        state: MandateState::Offered { awaits: Awaits::Holder },
    };
    refused(tx.proxies().update(&unknown).await);
    drop(tx);
    let mut tx = begin(world).await;
    refused(tx.events().update(&Event { id: event, ..draft.clone() }).await);
    drop(tx);
    let mut tx = begin(world).await;
    refused(tx.events().delete(event).await);
    drop(tx);
    let mut tx = begin(world).await;
    let roll = [plenum_domain::roll::RollEntry {
        principal: hall.id(0),
        weight: plenum_domain::organization::Weight::ONE,
        present: false,
        held_by: None,
    }];
    let state = EventState::Active { opened_at: now };
    let opened = Event { id: event, state, ..draft.clone() };
    refused(tx.events().fix_roll(&opened, &roll, QuorumRule::None).await);
    drop(tx);

    let mut tx = begin(world).await;
    assert_eq!(tx.events().get(draft.id).await.done(), Some(draft));
    assert_eq!(tx.organizations().get(hall.organization.id).await.done(), Some(hall.organization));
}
