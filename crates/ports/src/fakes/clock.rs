//! A clock that stands still until it is moved.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta};
use plenum_domain::Moment;

use crate::clock::Clock;

/// A clock that tests move. Clones show the same time.
#[derive(Clone, Debug)]
pub struct FakeClock(Arc<Mutex<Moment>>);

impl FakeClock {
    /// A clock that shows `now`.
    pub fn at(now: Moment) -> Self {
        Self(Arc::new(Mutex::new(now)))
    }

    /// Sets it, backwards too.
    pub fn set(&self, now: Moment) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }

    /// Moves it on.
    pub fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

impl Default for FakeClock {
    /// An evening on which a sitting could take place.
    fn default() -> Self {
        Self::at(DateTime::from_timestamp(1_772_391_600, 0).unwrap_or_default())
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Moment {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
