//! Announcements over `LISTEN`: one connection for each server.

use async_trait::async_trait;
use plenum_domain::id::{SessionId, UserId};
use plenum_ports::StoreError;
use plenum_ports::live::{Announcement, Bulletin, Notifier};
use sqlx::postgres::{PgListener, PgPool};

use crate::error::failed;

/// What the trigger on the audit log notifies.
const CHANNEL: &str = "plenum_live";

/// Announcements by the database. Each listener keeps one connection of the pool for itself; it has to
/// lead to the database and not to a pooler that lends connections by the transaction.
#[derive(Clone, Debug)]
pub struct PgNotifier {
    pool: PgPool,
}

impl PgNotifier {
    /// Listens over connections of this pool.
    pub const fn new(pool: PgPool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl Notifier for PgNotifier {
    async fn listen(&self) -> Result<Box<dyn Bulletin>, StoreError> {
        let mut listener = PgListener::connect_with(&self.pool).await.map_err(failed)?;
        listener.listen(CHANNEL).await.map_err(failed)?;
        Ok(Box::new(PgBulletin(listener)))
    }
}

struct PgBulletin(PgListener);

#[async_trait]
impl Bulletin for PgBulletin {
    async fn next(&mut self) -> Result<Announcement, StoreError> {
        loop {
            let Some(notification) = self.0.try_recv().await.map_err(failed)? else {
                // The connection was lost; it is made anew when it is asked again.
                return Ok(Announcement::Missed);
            };
            if let Some(announcement) = read(notification.payload()) {
                return Ok(announcement);
            }
        }
    }
}

/// `session 7` or `person 12`; a newer server may say what this one does not know.
fn read(payload: &str) -> Option<Announcement> {
    let (topic, id) = payload.split_once(' ')?;
    let id = id.parse().ok()?;
    match topic {
        "session" => Some(Announcement::Session(SessionId::new(id))),
        "person" => Some(Announcement::Person(UserId::new(id))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_passed_over() {
        assert_eq!(read("session 7"), Some(Announcement::Session(SessionId::new(7))));
        assert_eq!(read("person 12"), Some(Announcement::Person(UserId::new(12))));
        for payload in ["", "session", "session x", "planet 3", "person 99999999999"] {
            assert_eq!(read(payload), None, "{payload}");
        }
    }
}
