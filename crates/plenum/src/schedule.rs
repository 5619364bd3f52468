//! What happens by itself: events open and close when their time comes, and old rows go.

use std::time::Duration;

use plenum_application::App;
use plenum_application::use_cases::{CloseDueEvent, OpenDueEvent, Purge};
use tokio::sync::watch;

/// How often the schedule looks. A vote after the end is refused by the database's clock in any
/// case, so this only decides how soon the result is there.
const TICK: Duration = Duration::from_millis(500);
const PURGE_EVERY: Duration = Duration::from_mins(10);

/// Runs until told to stop. Every server does this; an event is closed once all the same.
pub(crate) async fn run(app: App, mut stop: watch::Receiver<bool>) {
    let mut tick = tokio::time::interval(TICK);
    let mut purge = tokio::time::interval(PURGE_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = stop.changed() => return,
            _ = tick.tick() => {
                open_due(&app).await;
                close_due(&app).await;
            }
            _ = purge.tick() => {
                if let Err(failure) = app.run(&Purge).await {
                    tracing::warn!(%failure, "old rows could not be thrown away");
                }
            }
        }
    }
}

async fn open_due(app: &App) {
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
            Err(failure) => tracing::error!(%event_id, %failure, "an event could not be opened"),
        }
    }
}

async fn close_due(app: &App) {
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
            Ok(false) => {}
            Err(failure) => tracing::error!(%event_id, %failure, "an event could not be closed"),
        }
    }
}
