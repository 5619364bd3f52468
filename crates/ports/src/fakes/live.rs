//! Announcements, from the same lines of the audit log as the database's.

use std::collections::BTreeSet;

use async_trait::async_trait;
use plenum_domain::id::UserId;
use serde_json::Value;
use tokio::sync::broadcast::{self, error::RecvError};

use crate::error::StoreError;
use crate::fakes::MemoryStore;
use crate::live::{Announcement, Bulletin, Notifier};
use crate::queries::AuditLine;

/// How many announcements wait for a slow listener before it is told that it missed some.
pub(super) const KEPT: usize = 256;

/// What the lines of one transaction announce.
pub(super) fn announcements<'a>(lines: impl Iterator<Item = &'a AuditLine>) -> Vec<Announcement> {
    let (mut sessions, mut people) = (BTreeSet::new(), BTreeSet::new());
    for line in lines {
        let vote = line.action.starts_with("vote.");
        sessions.extend(line.session_id.filter(|_| !vote));
        if matches!(line.target_table.as_str(), "organization_members" | "users") {
            people.extend(i32::try_from(line.target_id).ok());
        }
        if !vote && !matches!(line.action.as_str(), "session.join" | "session.leave") {
            let sides = [&line.before, &line.after].into_iter().flatten();
            let named = sides.filter_map(|side| side.get("user_id").and_then(Value::as_i64));
            people.extend(named.filter_map(|id| i32::try_from(id).ok()));
        }
    }
    let people = people.into_iter().map(|id| Announcement::Person(UserId::new(id)));
    sessions.into_iter().map(Announcement::Session).chain(people).collect()
}

#[async_trait]
impl Notifier for MemoryStore {
    async fn listen(&self) -> Result<Box<dyn Bulletin>, StoreError> {
        Ok(Box::new(MemoryBulletin(self.announced())))
    }
}

struct MemoryBulletin(broadcast::Receiver<Announcement>);

#[async_trait]
impl Bulletin for MemoryBulletin {
    async fn next(&mut self) -> Result<Announcement, StoreError> {
        match self.0.recv().await {
            Ok(announcement) => Ok(announcement),
            Err(RecvError::Lagged(_)) => Ok(Announcement::Missed),
            Err(RecvError::Closed) => Err(StoreError::Unavailable("the store is gone".to_owned())),
        }
    }
}
