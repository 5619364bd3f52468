//! Answers kept for requests that are sent again.

use async_trait::async_trait;
use plenum_domain::Moment;

use super::state::{refers, the_row};
use super::store::MemoryTx;
use crate::error::StoreError;
use crate::repository::{ChoiceCheck, Claim, IdempotencyKey, IdempotencyRepository, SavedAnswer};

/// A claimed key with its answer.
#[derive(Clone)]
pub(super) struct AnswerRow {
    fingerprint: [u8; 32],
    choices: Option<ChoiceCheck>,
    answer: Option<SavedAnswer>,
    claimed_at: Moment,
}

#[async_trait]
impl IdempotencyRepository for MemoryTx {
    async fn claim(&mut self, key: &IdempotencyKey, now: Moment) -> Result<Claim, StoreError> {
        self.change(|state| {
            refers(state.users.contains_key(&key.user_id), "idempotency_keys_user_id_fkey")?;
            let slot = (key.user_id, key.key.clone());
            if let Some(row) = state.answers.get(&slot) {
                return Ok(match &row.answer {
                    _ if !key.matches(&row.fingerprint, row.choices) => Claim::Different,
                    Some(answer) => Claim::Replay(answer.clone()),
                    None => Claim::New,
                });
            }
            let row = AnswerRow {
                fingerprint: key.fingerprint,
                choices: key.choices,
                answer: None,
                claimed_at: now,
            };
            state.answers.insert(slot, row);
            Ok(Claim::New)
        })
    }

    async fn save(&mut self, key: &IdempotencyKey, answer: &SavedAnswer) -> Result<(), StoreError> {
        self.change(|state| {
            let row = state.answers.get_mut(&(key.user_id, key.key.clone()));
            let claimed = row.filter(|row| row.fingerprint == key.fingerprint);
            the_row(claimed, "save answer")?.answer = Some(answer.clone());
            Ok(())
        })
    }

    async fn purge(&mut self, before: Moment) -> Result<u64, StoreError> {
        self.change(|state| {
            let kept = state.answers.len();
            state.answers.retain(|_, row| row.claimed_at >= before);
            Ok((kept - state.answers.len()) as u64)
        })
    }
}
