//! Waiting for a condition, never for a time.

use std::fmt::Debug;
use std::time::Duration;

use tokio::time::{Instant, sleep};

const PATIENCE: Duration = Duration::from_secs(30);
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// Looks again and again until `accept` likes what `look` sees, and returns that.
pub async fn until<T: Debug>(
    what: &str,
    mut look: impl AsyncFnMut() -> T,
    mut accept: impl FnMut(&T) -> bool,
) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let seen = look().await;
        if accept(&seen) {
            return seen;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}; last seen: {seen:?}");
        sleep(BETWEEN_LOOKS).await;
    }
}
