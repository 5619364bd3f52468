//! The process dies in the middle of closing a secret vote. It is this test binary started again for
//! the test [`victim`] alone.

use std::process::Command;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use plenum_application::use_cases::CloseEvent;
use plenum_application::{Observer, Outcome};
use plenum_domain::id::{EventId, UserId};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Row};

use super::hall::{self, Hall};

const VARIABLE: &str = "SECRECY_TEST_VICTIM";
const VOTERS: usize = 30;

/// Dies at a step.
struct Death(String);

impl Observer for Death {
    fn ended(&self, _use_case: &'static str, _outcome: Outcome, _tries: u32, _took: Duration) {}

    fn reached(&self, step: &'static str) {
        if step == self.0 {
            std::process::abort();
        }
    }
}

/// Closes an event and dies on the way, when it is told to; does nothing in an ordinary run.
#[tokio::test(flavor = "multi_thread")]
async fn victim() {
    let Ok(told) = std::env::var(VARIABLE) else { return };
    let [url, keys, event, owner, step] = told.split('|').collect::<Vec<_>>()[..] else {
        panic!("told too little")
    };
    let options = PgConnectOptions::from_str(url).expect("an address");
    let pool = plenum_postgres::connect(options, 2).await.expect("a connection");
    let mut app = hall::app(pool, keys.as_ref());
    app.env.observer = Arc::new(Death(step.to_owned()));
    let event_id = EventId::new(event.parse().expect("a number"));
    let by = UserId::new(owner.parse().expect("a number"));
    let closed = app.run(&CloseEvent { event_id, by }).await;
    panic!("it lived: {:?}", closed.map(|_| ()));
}

fn die(hall: &Hall, event: EventId, step: &str) {
    let url = hall.pool.connect_options().to_url_lossy();
    let told = format!("{url}|{}|{event}|{}|{step}", hall.keys().display(), hall.owner);
    let test = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "crash::victim", "--nocapture"])
        .env(VARIABLE, told)
        .output()
        .expect("it starts");
    let said = String::from_utf8_lossy(&test.stderr);
    assert!(!test.status.success() && !said.contains("it lived"), "{step}: {said}");
}

/// The state of an event, its envelopes, its ballots, and whether it has a result.
async fn found(hall: &Hall, event: EventId) -> (String, i64, i64, bool) {
    let row = sqlx::query(
        "SELECT state, (SELECT count(*) FROM envelopes WHERE event_id = id),
                (SELECT count(*) FROM ballots WHERE event_id = id),
                EXISTS (SELECT FROM event_results WHERE event_id = id)
         FROM events WHERE id = $1",
    )
    .bind(event.get())
    .fetch_one(&hall.pool)
    .await
    .expect("the event");
    (row.get(0), row.get(1), row.get(2), row.get(3))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_dies_while_closing_leaves_all_or_nothing() {
    const ALL: i64 = 30;
    let hall = Hall::open(VOTERS).await;
    let event = hall.secret_election("Delicate").await;
    hall.vote(event).await;
    for step in [
        "close.envelopes_read",
        "close.envelopes_opened",
        "close.ballots_written",
        "close.result_written",
        "close.event_written",
        "close.ready",
    ] {
        die(&hall, event, step);
        assert_eq!(found(&hall, event).await, ("active".to_owned(), ALL, 0, false), "{step}");
        assert_eq!(hall.app.keys.list().await.expect("a list").len(), 1, "{step}: the key is kept");
    }
    hall.close(event).await;
    assert_eq!(found(&hall, event).await, ("closed".to_owned(), ALL, ALL, true), "everything was there");

    for step in ["committed", "keys.destroying", "keys.destroyed"] {
        let event = hall.secret_election("Delicate").await;
        hall.vote(event).await;
        die(&hall, event, step);
        assert_eq!(found(&hall, event).await, ("closed".to_owned(), ALL, ALL, true), "{step}");
        // What the schedule does after a restart.
        hall.app.tend_keys().await.expect("tended");
        assert_eq!(hall.app.keys.list().await.expect("a list"), [], "{step}");
        let seal = hall.app.queries.seal(event).await.expect("an answer").expect("a seal");
        assert!(seal.destroyed_at.is_some(), "{step}: it is noted");
        let results = hall.app.results(event, hall.owner).await.expect("the result");
        assert!(results.counted);
    }
    hall.end().await;
}
