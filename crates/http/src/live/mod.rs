//! Sittings as they go on: what changes in one is worked out once in each server, however many follow it,
//! and told to all of them.
//!
//! A change is heard of from the database ([`Notifier`]), at most four times a second for a sitting. While
//! a vote is open its turnout is asked for twice a second. Each message holds the state of one thing, never
//! a difference, so that nothing depends on having heard all of them; the mark at the end of a batch says
//! which state of the whole sitting it is, the same in every server.

mod people;
mod snapshot;
mod stream;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use axum::body::Bytes;
use chrono::TimeDelta;
use plenum_application::App;
use plenum_application::views::Watched;
use plenum_domain::event::EventState;
use plenum_domain::id::SessionId;
use plenum_ports::live::{Announcement, Notifier};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use people::{People, Screens};
use snapshot::Snapshot;

pub(crate) use stream::router;

/// The least time between two batches of a sitting: four a second.
const BETWEEN: Duration = Duration::from_millis(250);
/// How often the turnout of an open vote is looked up.
const TURNOUT: Duration = Duration::from_millis(500);
/// How often a sitting in which nothing happens is looked at all the same, and left when nobody follows.
const IDLE: Duration = Duration::from_secs(30);
/// How often a sitting that has just ended is looked at, until what was done last is signed.
const SETTLING: Duration = Duration::from_secs(2);
/// How often that is done after each change; together longer than a signature takes.
const LOOKS: u8 = 6;
/// How long to wait before listening again after the database was gone.
const AGAIN: Duration = Duration::from_secs(1);

/// The sittings that somebody follows.
pub struct Live {
    app: App,
    sittings: Mutex<HashMap<SessionId, Arc<Sitting>>>,
    people: People,
    screens: Screens,
    closing: watch::Sender<bool>,
    listening: Mutex<Option<JoinHandle<()>>>,
}

/// A sitting that somebody follows.
struct Sitting {
    batches: watch::Sender<Arc<Batch>>,
    changed: Notify,
}

/// What to tell those who follow a sitting.
#[derive(Clone, Debug, Default)]
struct Batch {
    /// Counts the batches of this server; the first is 1, and 0 is before it.
    number: u64,
    /// Which state of the sitting it is, alike in every server.
    mark: String,
    /// Everything.
    whole: Bytes,
    /// What changed since the batch before.
    changes: Bytes,
    /// How far the database's clock is ahead of this machine's.
    ahead: TimeDelta,
}

impl Live {
    /// Listens for changes until [`close`](Self::close).
    pub fn start(app: App, notifier: Arc<dyn Notifier>) -> Arc<Self> {
        let live = Arc::new(Self {
            app,
            sittings: Mutex::default(),
            people: People::default(),
            screens: Screens::default(),
            closing: watch::channel(false).0,
            listening: Mutex::default(),
        });
        let task = tokio::spawn(listen(Arc::downgrade(&live), notifier));
        *live.listening.lock().unwrap_or_else(PoisonError::into_inner) = Some(task);
        live
    }

    /// Ends every stream, so that the server can stop; their clients come back elsewhere.
    pub fn close(&self) {
        self.closing.send_replace(true);
        if let Some(task) = self.listening.lock().unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
    }

    /// How many streams are open.
    pub fn followers(&self) -> usize {
        let sittings = self.sittings.lock().unwrap_or_else(PoisonError::into_inner);
        sittings.values().map(|sitting| sitting.batches.receiver_count()).sum()
    }

    /// Follows a sitting from now on.
    fn follow(self: &Arc<Self>, id: SessionId) -> watch::Receiver<Arc<Batch>> {
        let mut sittings = self.sittings.lock().unwrap_or_else(PoisonError::into_inner);
        let sitting = sittings.entry(id).or_insert_with(|| {
            let sitting =
                Arc::new(Sitting { batches: watch::channel(Arc::default()).0, changed: Notify::new() });
            tokio::spawn(attend(Arc::downgrade(self), id, Arc::clone(&sitting)));
            sitting
        });
        sitting.batches.subscribe()
    }

    fn announced(&self, announcement: Announcement) {
        let sittings = self.sittings.lock().unwrap_or_else(PoisonError::into_inner);
        match announcement {
            Announcement::Session(id) => {
                self.screens.ring(id);
                if let Some(sitting) = sittings.get(&id) {
                    sitting.changed.notify_one();
                }
            }
            Announcement::Person(id) => self.people.ring(id),
            Announcement::Missed => {
                sittings.values().for_each(|sitting| sitting.changed.notify_one());
                self.people.ring_all();
                self.screens.ring_all();
            }
        }
    }

    /// Forgets a sitting that nobody follows any more.
    fn leave(&self, id: SessionId, sitting: &Sitting) -> bool {
        let mut sittings = self.sittings.lock().unwrap_or_else(PoisonError::into_inner);
        let alone = sitting.batches.receiver_count() == 0;
        if alone {
            sittings.remove(&id);
        }
        alone
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.close();
    }
}

async fn listen(live: Weak<Live>, notifier: Arc<dyn Notifier>) {
    loop {
        match notifier.listen().await {
            Ok(mut bulletin) => {
                // What happened before this connection was there is looked up.
                let mut next = Ok(Announcement::Missed);
                while let Ok(announcement) = next {
                    let Some(live) = live.upgrade() else { return };
                    live.announced(announcement);
                    drop(live);
                    next = bulletin.next().await;
                }
                tracing::warn!("announcements of changes are not heard any more; listening again");
            }
            Err(error) => tracing::warn!(%error, "announcements of changes are not heard"),
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// Works out what is new in a sitting for as long as somebody follows it.
async fn attend(live: Weak<Live>, id: SessionId, sitting: Arc<Sitting>) {
    let mut last: Option<(Watched, Snapshot)> = None;
    let mut whole = true;
    let mut looks = 0;
    loop {
        let began = Instant::now();
        let Some(owner) = live.upgrade() else { return };
        let looked = match (&last, whole) {
            (Some((watched, _)), false) => owner.app.watch_turnout(watched).await.map(Some),
            _ => owner.app.watch(id).await,
        };
        match looked {
            Ok(Some(watched)) => {
                let snapshot = Snapshot::of(&watched);
                publish(&owner.app, &sitting, last.as_ref().map(|(_, before)| before), &watched, &snapshot);
                last = Some((watched, snapshot));
            }
            Ok(None) => {
                owner.leave(id, &sitting);
                return;
            }
            Err(error) => tracing::warn!(%error, "a sitting that is followed cannot be read"),
        }
        drop(owner);
        let voting = last.as_ref().is_some_and(|(watched, _)| {
            watched.events.iter().any(|line| matches!(line.event.state, EventState::Active { .. }))
        });
        tokio::time::sleep_until(began + BETWEEN).await;
        let over = last.as_ref().is_some_and(|(watched, _)| watched.line.session.status.is_closed());
        let quiet = match (voting, over && looks > 0) {
            (true, _) => TURNOUT.saturating_sub(BETWEEN),
            (false, true) => SETTLING,
            (false, false) => IDLE,
        };
        let changed = tokio::time::timeout(quiet, sitting.changed.notified()).await.is_ok();
        looks = if changed { LOOKS } else { looks.saturating_sub(1) };
        whole = changed || !voting;
        let Some(owner) = live.upgrade() else { return };
        if owner.leave(id, &sitting) {
            return;
        }
    }
}

fn publish(app: &App, sitting: &Sitting, before: Option<&Snapshot>, watched: &Watched, snapshot: &Snapshot) {
    let batch = sitting.batches.borrow().clone();
    if before.is_some_and(|before| before.mark() == snapshot.mark()) {
        return;
    }
    let batch = Batch {
        number: batch.number + 1,
        mark: snapshot.mark().to_owned(),
        whole: snapshot.messages(None, watched.at),
        changes: snapshot.messages(before, watched.at),
        ahead: watched.at - app.env.clock.now(),
    };
    sitting.batches.send_replace(Arc::new(batch));
}
