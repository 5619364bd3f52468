//! Announcements of changes.

use std::collections::HashSet;

use plenum_domain::id::UserId;
use serde_json::json;

use super::World;
use super::fixture::{Done, Hall, begin};
use crate::live::{Announcement, Bulletin};
use crate::repository::{AuditEntry, AuditTarget};
use crate::store::Tx;

fn entry(
    hall: &Hall,
    action: &'static str,
    table: &'static str,
    id: i64,
    at: plenum_domain::Moment,
) -> AuditEntry {
    AuditEntry {
        organization_id: Some(hall.organization.id),
        session_id: Some(hall.session.id),
        event_id: None,
        action,
        target: AuditTarget { table, id },
        actor: Some(hall.id(0)),
        at,
        before: None,
        after: None,
        log: crate::repository::LogPart::default(),
    }
}

/// Commits a line that everybody hears, so that what comes before it has been heard.
async fn mark(world: &dyn World, hall: &Hall) {
    let mut tx = begin(world).await;
    let now = tx.now().await.done();
    let line = AuditEntry { session_id: None, ..entry(hall, "mark", "users", i64::from(i32::MAX), now) };
    tx.audit().append(&[line]).await.done();
    tx.commit().await.done();
}

/// What was heard before the mark.
async fn heard(bulletin: &mut dyn Bulletin) -> HashSet<Announcement> {
    let mut heard = HashSet::new();
    loop {
        match bulletin.next().await.done() {
            Announcement::Person(id) if id == UserId::new(i32::MAX) => return heard,
            announcement => heard.insert(announcement),
        };
    }
}

async fn told(world: &dyn World, hall: &Hall, lines: &[AuditEntry]) -> HashSet<Announcement> {
    let mut bulletin = world.notifier().listen().await.done();
    let mut tx = begin(world).await;
    tx.audit().append(lines).await.done();
    tx.commit().await.done();
    mark(world, hall).await;
    heard(&mut *bulletin).await
}

async fn hall(world: &dyn World) -> (Hall, plenum_domain::Moment) {
    let mut tx: Box<dyn Tx> = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 3).await;
    let now = tx.now().await.done();
    tx.commit().await.done();
    (hall, now)
}

/// A change of a sitting is heard once for a transaction, by everyone who listens; a vote is not.
pub async fn changes_of_a_sitting_are_announced(world: &dyn World) {
    let (hall, now) = hall(world).await;
    let id = i64::from(hall.session.id.get());
    let change = |action| entry(&hall, action, "sessions", id, now);
    let mut other = world.notifier().listen().await.done();
    let sitting = HashSet::from([Announcement::Session(hall.session.id)]);
    assert_eq!(told(world, &hall, &[change("session.lock"), change("session.open")]).await, sitting);
    assert_eq!(heard(&mut *other).await, sitting);
    assert!(told(world, &hall, &[change("vote.cast")]).await.is_empty());
    let elsewhere = AuditEntry { session_id: None, ..change("organization.update") };
    assert!(told(world, &hall, &[elsewhere]).await.is_empty());
}

/// Who may see something else from now on is named, once for a transaction.
pub async fn changes_for_a_person_are_announced(world: &dyn World) {
    let (hall, now) = hall(world).await;
    let (first, second) = (hall.id(1), hall.id(2));
    let target = i64::from(first.get());
    let member =
        AuditEntry { session_id: None, ..entry(&hall, "member.put", "organization_members", target, now) };
    let removal = AuditEntry {
        after: Some(json!({"user_id": second.get(), "barred": true})),
        ..entry(&hall, "session.remove_attendee", "user_sessions", 1, now)
    };
    let both =
        [Announcement::Person(first), Announcement::Person(second), Announcement::Session(hall.session.id)];
    assert_eq!(told(world, &hall, &[member.clone(), member, removal]).await, HashSet::from(both));
    let join = AuditEntry {
        after: Some(json!({"user_id": second.get()})),
        ..entry(&hall, "session.join", "user_sessions", 1, now)
    };
    let sitting = HashSet::from([Announcement::Session(hall.session.id)]);
    assert_eq!(told(world, &hall, &[join]).await, sitting, "coming in changes nothing that one may see");
}

/// What is rolled back was never said.
pub async fn what_is_rolled_back_is_not_announced(world: &dyn World) {
    let (hall, now) = hall(world).await;
    let mut bulletin = world.notifier().listen().await.done();
    let mut tx = begin(world).await;
    tx.audit().append(&[entry(&hall, "session.lock", "sessions", 1, now)]).await.done();
    drop(tx);
    mark(world, &hall).await;
    assert!(heard(&mut *bulletin).await.is_empty());
}
