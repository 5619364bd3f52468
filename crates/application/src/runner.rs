//! The one place where transactions begin and end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::{DurationRound, TimeDelta};
use plenum_ports::identity::IdentityProvider;
use plenum_ports::keys::KeyStore;
use plenum_ports::queries::Queries;
use plenum_ports::repository::{Claim, IdempotencyKey, SavedAnswer};
use plenum_ports::{Store, StoreError, Tx};
use tracing::Instrument;

use crate::env::{Env, Outcome};
use crate::failure::Failure;
use crate::keys::KeysInHand;
use crate::log;

const MOST_TRIES: u32 = 5;

/// Something the program can do, in one transaction.
#[async_trait]
pub trait UseCase: Sync {
    /// Its name in logs and metrics, such as `event.open`.
    const NAME: &'static str;
    /// What it answers.
    type Output: Send;

    /// Has the keys that it may need: nothing outside the database is waited for inside a transaction.
    /// Asked again for every try. Most need none.
    async fn keys(&self, _app: &App) -> Result<KeysInHand, Failure> {
        Ok(KeysInHand::default())
    }

    /// Loads, asks the rules, writes. Never called from another `run`.
    async fn run(&self, env: &Env, tx: &mut dyn Tx) -> Result<Self::Output, Failure>;
}

/// The application: what the adapters on the outside call.
#[derive(Clone)]
pub struct App {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// Read models.
    pub queries: Arc<dyn Queries>,
    /// Where the keys of secret votes are kept.
    pub keys: Arc<dyn KeyStore>,
    /// The sign-in provider.
    pub identity: Arc<dyn IdentityProvider>,
    /// What use cases have at hand.
    pub env: Env,
}

impl App {
    /// Runs a use case: begins, runs, commits; tries again after a serialization failure or deadlock.
    ///
    /// # Errors
    /// The [`Failure`] of the use case or of the store. A connection lost at the commit is not tried
    /// again: whether it took effect is unknown, and an idempotency key tells.
    pub async fn run<U: UseCase>(&self, use_case: &U) -> Result<U::Output, Failure> {
        let mut tries = Tries::new(U::NAME);
        let result = async {
            loop {
                let result = self.with_keys(use_case, async |env| self.attempt(env, use_case).await).await;
                if !tries.again(&self.env, &result).await {
                    return result;
                }
            }
        }
        .instrument(tracing::info_span!("use_case", name = U::NAME))
        .await;
        tries.end(&self.env, &result);
        result
    }

    /// Runs a use case at most once for a key: the answer is kept in the same transaction, and given
    /// again to whoever sends the same request with the same key. `render` makes the answer, and the
    /// one to be kept where the two differ.
    ///
    /// # Errors
    /// As [`run`](Self::run), and [`Failure::KeyReused`]. Failures are not kept: sent again, the request
    /// is looked at afresh.
    pub async fn run_once<U, R>(
        &self,
        use_case: &U,
        key: &IdempotencyKey,
        render: R,
    ) -> Result<Answered, Failure>
    where
        U: UseCase,
        R: Fn(&U::Output) -> (SavedAnswer, SavedAnswer) + Send + Sync,
    {
        let mut tries = Tries::new(U::NAME);
        let result = async {
            loop {
                let attempt = async |env: &Env| self.attempt_once(env, use_case, key, &render).await;
                let result = self.with_keys(use_case, attempt).await;
                if !tries.again(&self.env, &result).await {
                    return result;
                }
            }
        }
        .instrument(tracing::info_span!("use_case", name = U::NAME))
        .await;
        tries.end(&self.env, &result);
        result
    }

    /// Has the keys, tries with them at hand, and sees to it that none is left that is not needed.
    async fn with_keys<U, T, F>(&self, use_case: &U, attempt: F) -> Result<T, Failure>
    where
        U: UseCase,
        F: AsyncFnOnce(&Env) -> Result<T, Failure>,
    {
        let keys = use_case.keys(self).await?;
        if keys.is_empty() {
            return attempt(&self.env).await;
        }
        let env = Env { keys, ..self.env.clone() };
        let result = attempt(&env).await;
        let outcome_known = !matches!(result, Err(Failure::Store(StoreError::UnknownOutcome(_))));
        self.settle(&env.keys, outcome_known).await;
        result
    }

    async fn attempt<U: UseCase>(&self, env: &Env, use_case: &U) -> Result<U::Output, Failure> {
        let mut tx = self.store.begin().await?;
        let output = use_case.run(env, tx.as_mut()).await?;
        log::queue(env, tx.as_mut()).await?;
        tx.commit().await?;
        env.observer.reached("committed");
        Ok(output)
    }

    async fn attempt_once<U, R>(
        &self,
        env: &Env,
        use_case: &U,
        key: &IdempotencyKey,
        render: &R,
    ) -> Result<Answered, Failure>
    where
        U: UseCase,
        R: Fn(&U::Output) -> (SavedAnswer, SavedAnswer) + Send + Sync,
    {
        let mut tx = self.store.begin().await?;
        let mut now = tx.now().await?;
        if key.choices.is_some() {
            // When a secret vote was cast is nobody's business; the hour is enough for throwing the answer away.
            now = now.duration_trunc(TimeDelta::hours(1)).unwrap_or(now);
        }
        match tx.idempotency().claim(key, now).await? {
            Claim::Replay(answer) => {
                tx.commit().await?;
                Ok(Answered { answer, replayed: true })
            }
            Claim::Different => Err(Failure::KeyReused),
            Claim::New => {
                let output = use_case.run(env, tx.as_mut()).await?;
                let (answer, kept) = render(&output);
                tx.idempotency().save(key, &kept).await?;
                log::queue(env, tx.as_mut()).await?;
                tx.commit().await?;
                env.observer.reached("committed");
                Ok(Answered { answer, replayed: false })
            }
        }
    }
}

/// An answer to a request with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The answer.
    pub answer: SavedAnswer,
    /// Whether it was given before.
    pub replayed: bool,
}

/// How often a use case has been tried, and since when.
struct Tries {
    name: &'static str,
    count: u32,
    started: Instant,
}

impl Tries {
    fn new(name: &'static str) -> Self {
        Self { name, count: 1, started: Instant::now() }
    }

    /// Whether it is worth another try; waits before it is.
    async fn again<T>(&mut self, env: &Env, result: &Result<T, Failure>) -> bool {
        let retryable = result.as_ref().is_err_and(Failure::is_retryable);
        if !retryable || self.count >= MOST_TRIES {
            return false;
        }
        let wait = self.backoff(env);
        tracing::debug!(tries = self.count, "trying again");
        tokio::time::sleep(wait).await;
        self.count += 1;
        true
    }

    /// 5, 10, 20, 40 milliseconds and up to as much again, so that rivals do not meet a second time.
    fn backoff(&self, env: &Env) -> Duration {
        let mut byte = [0];
        env.randomness.fill(&mut byte);
        let base = 5_000 << (self.count - 1).min(8);
        Duration::from_micros(base + base * u64::from(byte[0]) / 256)
    }

    fn end<T>(&self, env: &Env, result: &Result<T, Failure>) {
        let outcome = match result {
            Ok(_) => Outcome::Done,
            Err(Failure::Store(StoreError::Violated(_))) => Outcome::Refused,
            Err(Failure::Store(_)) => Outcome::Failed,
            Err(_) => Outcome::Refused,
        };
        env.observer.ended(self.name, outcome, self.count, self.started.elapsed());
    }
}
