//! The one place where transactions begin and end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use plenum_ports::identity::IdentityProvider;
use plenum_ports::queries::Queries;
use plenum_ports::repository::{Claim, IdempotencyKey, SavedAnswer};
use plenum_ports::{Constraint, Store, StoreError, Tx};
use tracing::Instrument;

use crate::env::{Env, Outcome};
use crate::failure::Failure;

const MOST_TRIES: u32 = 5;

/// Something the program can do, in one transaction.
#[async_trait]
pub trait UseCase: Sync {
    /// Its name in logs and metrics, such as `event.open`.
    const NAME: &'static str;
    /// What it answers.
    type Output: Send;

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
        self.tries(U::NAME, async || {
            let mut tx = self.store.begin().await?;
            let output = use_case.run(&self.env, tx.as_mut()).await?;
            tx.commit().await?;
            Ok(output)
        })
        .await
    }

    /// Runs a use case at most once for a key: the answer is kept in the same transaction, and given
    /// again to whoever sends the same request with the same key.
    ///
    /// # Errors
    /// As [`run`](Self::run), and [`Failure::KeyReused`]. Failures are not kept: sent again, the request
    /// is looked at afresh.
    pub async fn run_once<U, R>(
        &self,
        use_case: &U,
        key: &IdempotencyKey,
        render: R,
    ) -> Result<SavedAnswer, Failure>
    where
        U: UseCase,
        R: Fn(&U::Output) -> (SavedAnswer, SavedAnswer) + Sync,
    {
        self.tries(U::NAME, async || {
            let mut tx = self.store.begin().await?;
            let now = tx.now().await?;
            match tx.idempotency().claim(key, now).await? {
                Claim::Replay(answer) => {
                    tx.commit().await?;
                    Ok(answer)
                }
                Claim::Different => Err(Failure::KeyReused),
                Claim::New => {
                    let output = use_case.run(&self.env, tx.as_mut()).await?;
                    let (answer, kept) = render(&output);
                    tx.idempotency().save(key, &kept).await?;
                    tx.commit().await?;
                    Ok(answer)
                }
            }
        })
        .await
    }

    async fn tries<T>(
        &self,
        name: &'static str,
        attempt: impl AsyncFn() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let span = tracing::info_span!("use_case", name);
        let started = Instant::now();
        let mut tries = 1;
        let result = async {
            loop {
                match attempt().await {
                    Err(failure) if failure.is_retryable() && tries < MOST_TRIES => {
                        tracing::debug!(tries, "trying again");
                        tokio::time::sleep(self.backoff(tries)).await;
                        tries += 1;
                    }
                    result => return result,
                }
            }
        }
        .instrument(span)
        .await;
        let outcome = match &result {
            Ok(_) => Outcome::Done,
            Err(Failure::Store(StoreError::Violated(Constraint::AndrewId))) => Outcome::Refused,
            Err(Failure::Store(_)) => Outcome::Failed,
            Err(_) => Outcome::Refused,
        };
        self.env.observer.ended(name, outcome, tries, started.elapsed());
        result
    }

    /// 5, 10, 20, 40 milliseconds and up to as much again, so that rivals do not meet a second time.
    fn backoff(&self, tries: u32) -> Duration {
        let mut byte = [0];
        self.env.randomness.fill(&mut byte);
        let base = 5_000 << (tries - 1).min(8);
        Duration::from_micros(base + base * u64::from(byte[0]) / 256)
    }
}
