use async_trait::async_trait;
use chrono::TimeDelta;
use plenum_ports::Tx;
use plenum_ports::repository::MissKey;

use crate::{Env, Failure, UseCase};

/// Counts a join code that led nowhere, for all servers together.
#[derive(Clone, Debug)]
pub struct CountMiss {
    /// Under what it is counted, and for how long it weighs there.
    pub weights: Vec<(MissKey, TimeDelta)>,
}

#[async_trait]
impl UseCase for CountMiss {
    const NAME: &'static str = "session.join_missed";
    type Output = ();

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<(), Failure> {
        Ok(tx.misses().add(&self.weights).await?)
    }
}
