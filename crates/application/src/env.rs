//! What a use case has at hand besides its transaction: never a network client.

use std::sync::Arc;
use std::time::Duration;

use plenum_ports::clock::Clock;
use plenum_ports::keys::Sealing;
use plenum_ports::randomness::Randomness;
use plenum_record::note::LogKey;

use crate::keys::KeysInHand;
use crate::veil::Veil;

/// How long things last and what the server admits.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// A signed-in browser that is not used for so long is signed out.
    pub login_idle: Duration,
    /// A signed-in browser is signed out after so long in any case.
    pub login_absolute: Duration,
    /// A login must come back from the provider within this time.
    pub login_attempt: Duration,
    /// Answers to requests with an `Idempotency-Key` are kept for so long.
    pub idempotency: Duration,
    /// Whether anyone signed in may found an organization.
    pub open_foundation: bool,
    /// Whether a person whom an organization does not know may be made a member of it by their number,
    /// which tells whoever does it what their name is.
    pub open_directory: bool,
}

impl Default for Settings {
    fn default() -> Self {
        const HOUR: Duration = Duration::from_hours(1);
        Self {
            login_idle: HOUR * 12,
            login_absolute: HOUR * 24 * 7,
            login_attempt: Duration::from_mins(10),
            idempotency: HOUR * 24,
            open_foundation: true,
            open_directory: true,
        }
    }
}

/// How a use case ended, for metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Committed.
    Done,
    /// The caller was told why not.
    Refused,
    /// The store failed.
    Failed,
}

impl Outcome {
    /// The word in metrics and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// Is told how use cases go.
pub trait Observer: Send + Sync {
    /// A use case ended after so long and so many tries.
    fn ended(&self, use_case: &'static str, outcome: Outcome, tries: u32, took: Duration);

    /// A use case came to a step after which it matters how it goes on. Tests let it end there.
    fn reached(&self, _step: &'static str) {}
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn ended(&self, _use_case: &'static str, _outcome: Outcome, _tries: u32, _took: Duration) {}
}

/// What a use case has at hand besides its transaction.
#[derive(Clone)]
pub struct Env {
    /// The machine's time, for what the database's clock does not decide.
    pub clock: Arc<dyn Clock>,
    /// Randomness for codes and secrets.
    pub randomness: Arc<dyn Randomness>,
    /// Tells requests apart that may hold a secret vote.
    pub veil: Arc<Veil>,
    /// Seals secret votes.
    pub sealing: Arc<dyn Sealing>,
    /// The keys that the use case under way asked for.
    pub keys: KeysInHand,
    /// Signs checkpoints and receipts.
    pub log_key: Arc<LogKey>,
    /// How long things last.
    pub settings: Settings,
    /// Is told how use cases go.
    pub observer: Arc<dyn Observer>,
}
