//! Join codes that led nowhere.

use async_trait::async_trait;
use chrono::TimeDelta;

use super::store::MemoryTx;
use crate::error::StoreError;
use crate::repository::{MissKey, MissRepository};

#[async_trait]
impl MissRepository for MemoryTx {
    async fn add(&mut self, misses: &[(MissKey, TimeDelta)]) -> Result<(), StoreError> {
        let now = self.time();
        self.change(|state| {
            for (key, weight) in misses {
                let settled = state.misses.entry(*key).or_insert(now);
                *settled = (*settled).max(now) + *weight;
            }
            Ok(())
        })
    }

    async fn purge(&mut self) -> Result<u64, StoreError> {
        let now = self.time();
        self.change(|state| {
            let kept = state.misses.len();
            state.misses.retain(|_, settled| *settled > now);
            Ok((kept - state.misses.len()) as u64)
        })
    }
}
