use async_trait::async_trait;
use plenum_ports::Tx;

use crate::{Env, Failure, UseCase};

/// Throws away what has had its day: ended logins, abandoned sign-ins, kept answers,
/// counts of wrong join codes that weigh nothing any more.
#[derive(Clone, Copy, Debug)]
pub struct Purge;

#[async_trait]
impl UseCase for Purge {
    const NAME: &'static str = "purge";
    /// How many rows went.
    type Output = u64;

    async fn run(&self, env: &Env, tx: &mut dyn Tx) -> Result<u64, Failure> {
        let now = tx.now().await?;
        let logins = tx.logins().purge(now, now - env.settings.login_idle).await?;
        let answers = tx.idempotency().purge(now - env.settings.idempotency).await?;
        let misses = tx.misses().purge().await?;
        Ok(logins + answers + misses)
    }
}
