//! The audit log.

use plenum_domain::id::{EventId, OrganizationId};
use serde_json::json;

use super::World;
use super::fixture::{Done, Hall, begin, minutes, motion, pieces};
use crate::page::Page;
use crate::queries::AuditFilter;
use crate::repository::{AuditEntry, AuditTarget};

fn entry(hall: &Hall, action: &'static str, at: plenum_domain::Moment) -> AuditEntry {
    AuditEntry {
        organization_id: Some(hall.organization.id),
        session_id: None,
        event_id: None,
        action,
        target: AuditTarget { table: "organizations", id: i64::from(hall.organization.id.get()) },
        actor: Some(hall.id(0)),
        at,
        before: None,
        after: None,
        log: crate::repository::LogPart::default(),
    }
}

/// The log of an organization comes back whole, the last line written first, in pieces.
pub async fn lines_come_newest_first_and_in_pieces(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 1).await;
    let elsewhere = Hall::build(&mut *tx, "BBBBB", 1).await;
    let event = hall.draft(&mut *tx, motion()).await;
    let now = tx.now().await.done();
    let full = AuditEntry {
        session_id: Some(hall.session.id),
        event_id: Some(event.id),
        target: AuditTarget { table: "events", id: i64::from(event.id.get()) },
        before: Some(json!({"name": "Żółć \"q\"", "end_time": null, "list": [1, true, {"a": {}}]})),
        after: Some(json!({"name": "参議院"})),
        ..entry(&hall, "event.update", now - minutes(5))
    };
    let by_server = AuditEntry { actor: None, ..entry(&hall, "event.close", now) };
    let of_server = AuditEntry { organization_id: None, ..entry(&hall, "server.migrate", now) };
    let entries = [entry(&hall, "one", now), full, entry(&elsewhere, "not here", now), of_server];
    tx.audit().append(&entries).await.done();
    tx.audit().append(&[]).await.done();
    tx.audit().append(&[by_server, entry(&hall, "four", now), entry(&hall, "five", now)]).await.done();
    tx.commit().await.done();

    let queries = world.queries();
    let fetched =
        pieces(2, async |page| queries.audit(hall.organization.id, &AuditFilter::default(), page).await)
            .await;
    assert_eq!(fetched.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    let lines: Vec<_> = fetched.into_iter().flatten().collect();
    let actions: Vec<_> = lines.iter().map(|line| line.action.as_str()).collect();
    assert_eq!(actions, ["five", "four", "event.close", "event.update", "one"]);
    assert!(lines.is_sorted_by_key(|line| std::cmp::Reverse(line.id)));

    let (written, found) = (&entries[1], &lines[3]);
    assert_eq!(found.at, written.at);
    assert_eq!((found.target_table.as_str(), found.target_id), (written.target.table, written.target.id));
    assert_eq!((found.session_id, found.event_id), (written.session_id, written.event_id));
    assert_eq!((&found.before, &found.after), (&written.before, &written.after));
    assert_eq!(found.actor, Some(hall.id(0)));
    let closing = &lines[2];
    assert_eq!((closing.actor, closing.session_id, closing.event_id), (None, None, None));
    assert_eq!((&closing.before, &closing.after), (&None, &None));
    let nothing =
        queries.audit(OrganizationId::new(i32::MAX), &AuditFilter::default(), Page::first()).await.done();
    assert!(nothing.items.is_empty());
}

/// What was done to a draft stays on record when the draft is gone.
pub async fn lines_outlive_a_deleted_draft(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 1).await;
    let draft = hall.draft(&mut *tx, motion()).await;
    let now = tx.now().await.done();
    let about = |action, event_id: EventId| AuditEntry {
        session_id: Some(hall.session.id),
        event_id: Some(event_id),
        target: AuditTarget { table: "events", id: i64::from(event_id.get()) },
        ..entry(&hall, action, now)
    };
    tx.audit().append(&[about("event.create", draft.id)]).await.done();
    tx.commit().await.done();

    let mut tx = begin(world).await;
    tx.events().delete(draft.id).await.done();
    tx.audit().append(&[about("event.delete", draft.id)]).await.done();
    tx.commit().await.done();
    let lines = world
        .queries()
        .audit(hall.organization.id, &AuditFilter::default(), Page::first())
        .await
        .done()
        .items;
    let actions: Vec<_> = lines.iter().map(|line| line.action.as_str()).collect();
    assert_eq!(actions, ["event.delete", "event.create"]);
    assert!(lines.iter().all(|line| line.target_id == i64::from(draft.id.get())));
    assert!(lines.iter().all(|line| line.event_id == Some(draft.id)));
}

/// Every filter narrows the list, and several narrow it together.
pub async fn lines_are_filtered(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let event = hall.draft(&mut *tx, motion()).await;
    let now = tx.now().await.done();
    let entries = [
        AuditEntry { actor: Some(hall.id(1)), ..entry(&hall, "event.open", now - minutes(9)) },
        AuditEntry { event_id: Some(event.id), ..entry(&hall, "event.close", now - minutes(8)) },
        AuditEntry { actor: None, ..entry(&hall, "eventful", now - minutes(7)) },
        AuditEntry { session_id: Some(hall.session.id), ..entry(&hall, "session.join", now - minutes(6)) },
    ];
    tx.audit().append(&entries).await.done();
    tx.commit().await.done();
    let queries = world.queries();
    let all = AuditFilter::default;
    let action = |text: &str| AuditFilter { action: Some(text.to_owned()), ..all() };
    let cases: [(AuditFilter, &[&str]); 11] = [
        (action("event"), &["event.close", "event.open"]),
        (action("event.open"), &["event.open"]),
        (action("event%"), &[]),
        (AuditFilter { actor: Some(Some(hall.id(1))), ..all() }, &["event.open"]),
        (AuditFilter { actor: Some(None), ..all() }, &["eventful"]),
        (AuditFilter { session_id: Some(hall.session.id), ..all() }, &["session.join"]),
        (AuditFilter { event_id: Some(event.id), ..all() }, &["event.close"]),
        (AuditFilter { from: Some(now - minutes(7)), ..all() }, &["session.join", "eventful"]),
        (AuditFilter { until: Some(now - minutes(7)), ..all() }, &["event.close", "event.open"]),
        (AuditFilter { actor: Some(Some(hall.id(0))), ..action("event") }, &["event.close"]),
        (AuditFilter { event_id: Some(event.id), ..action("session") }, &[]),
    ];
    for (filter, expected) in cases {
        let found = pieces(1, async |page| queries.audit(hall.organization.id, &filter, page).await).await;
        let actions: Vec<_> = found.concat().into_iter().map(|line| line.action).collect();
        assert_eq!(actions, expected, "{filter:?}");
    }
}
