//! What happens by itself: events open and close and presence checks end when their time comes, the log
//! grows, and old rows go.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use plenum_application::App;
use plenum_application::use_cases::{CloseDueEvent, CloseDuePresenceCheck, OpenDueEvent, Purge, SequenceLog};
use tokio::sync::watch;

/// How often the schedule looks. A vote after the end is refused by the database's clock in any
/// case, so this only decides how soon the result is there.
const TICK: Duration = Duration::from_millis(500);
const PURGE_EVERY: Duration = Duration::from_mins(10);
/// How often keys are looked after that a crash left: mostly there are none.
const TEND_KEYS_EVERY: Duration = Duration::from_secs(5);

/// Runs until told to stop. Every server does this; an event is closed once all the same.
pub(crate) async fn run(app: App, mut stop: watch::Receiver<bool>) {
    let mut tick = tokio::time::interval(TICK);
    let mut purge = tokio::time::interval(PURGE_EVERY);
    let mut keys = tokio::time::interval(TEND_KEYS_EVERY);
    let mut complaints = Complaints::default();
    let mut foreign = Foreign::default();
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = stop.changed() => return,
            _ = tick.tick() => {
                open_due(&app, &mut complaints).await;
                close_due(&app, &mut complaints).await;
                close_due_checks(&app, &mut complaints).await;
                sequence(&app, &mut foreign, &mut complaints).await;
            }
            _ = keys.tick() => tend_keys(&app, &mut complaints).await,
            _ = purge.tick() => {
                if let Err(failure) = app.run(&Purge).await {
                    tracing::warn!(%failure, "old rows could not be thrown away");
                }
            }
        }
    }
}

async fn open_due(app: &App, complaints: &mut Complaints) {
    let due = match app.queries.due_openings().await {
        Ok(due) => due,
        Err(error) => {
            tracing::warn!(%error, "the schedule cannot read the database");
            return;
        }
    };
    for event_id in due {
        match app.run(&OpenDueEvent { event_id }).await {
            Ok(true) => tracing::info!(%event_id, "opened an event whose start time had come"),
            Ok(false) => tracing::info!(%event_id, "left an event to be opened by its chair"),
            Err(failure) if complaints.news(&event_id.to_string(), &failure.to_string()) => {
                tracing::error!(%event_id, %failure, "an event could not be opened");
            }
            Err(_) => {}
        }
    }
}

/// What was complained about and has not gone well since: said once, not twice a second.
#[derive(Default)]
struct Complaints(HashMap<String, String>);

impl Complaints {
    /// Whether this is news.
    fn news(&mut self, about: &str, what: &str) -> bool {
        self.0.insert(about.to_owned(), what.to_owned()).is_none_or(|before| before != what)
    }

    fn settled(&mut self, about: &str) {
        self.0.remove(about);
    }
}

async fn tend_keys(app: &App, complaints: &mut Complaints) {
    match app.tend_keys().await {
        Ok(count) => {
            complaints.settled("keys");
            if count > 0 {
                tracing::info!(count, "destroyed keys of secret votes that are over");
            }
        }
        Err(failure) if complaints.news("keys", &failure.to_string()) => {
            tracing::warn!(%failure, "keys of secret votes could not be looked after");
        }
        Err(_) => {}
    }
}

/// Puts every waiting leaf of the log in its place.
async fn sequence(app: &App, foreign: &mut Foreign, complaints: &mut Complaints) {
    loop {
        match app.run(&SequenceLog::default()).await {
            Ok(done) => {
                complaints.settled("log");
                foreign.tell(done.foreign);
                if !done.more {
                    return;
                }
            }
            Err(failure) => {
                if complaints.news("log", &failure.to_string()) {
                    tracing::error!(%failure, "the log does not grow");
                }
                return;
            }
        }
    }
}

/// Says now and then that the log has trees this server cannot sign.
#[derive(Default)]
struct Foreign(Option<Instant>);

impl Foreign {
    fn tell(&mut self, trees: usize) {
        if trees > 0 && self.0.is_none_or(|told| told.elapsed() > PURGE_EVERY) {
            self.0 = Some(Instant::now());
            tracing::error!(
                trees,
                "parts of the log belong to another key than this server's and are not signed; give every \
                 server of a database the same record.key_file"
            );
        }
    }
}

async fn close_due(app: &App, complaints: &mut Complaints) {
    let due = match app.queries.due_events().await {
        Ok(due) => due,
        Err(error) => {
            tracing::warn!(%error, "the schedule cannot read the database");
            return;
        }
    };
    for event_id in due {
        match app.run(&CloseDueEvent { event_id }).await {
            Ok(true) => tracing::info!(%event_id, "closed an event whose end time had come"),
            Ok(false) => complaints.settled(&event_id.to_string()),
            Err(failure) if complaints.news(&event_id.to_string(), &failure.to_string()) => {
                tracing::error!(%event_id, %failure, "an event could not be closed");
            }
            Err(_) => {}
        }
    }
}

async fn close_due_checks(app: &App, complaints: &mut Complaints) {
    let due = match app.queries.due_presence_checks().await {
        Ok(due) => due,
        Err(error) => {
            tracing::warn!(%error, "the schedule cannot read the database");
            return;
        }
    };
    for check_id in due {
        let about = format!("presence check {check_id}");
        match app.run(&CloseDuePresenceCheck { check_id }).await {
            Ok(true) => tracing::info!(%check_id, "ended a presence check whose time was up"),
            Ok(false) => complaints.settled(&about),
            Err(failure) if complaints.news(&about, &failure.to_string()) => {
                tracing::error!(%check_id, %failure, "a presence check could not be ended");
            }
            Err(_) => {}
        }
    }
}
