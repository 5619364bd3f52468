//! Bytes that look random and come out the same in every run.

use std::sync::{Mutex, PoisonError};

use crate::randomness::Randomness;

/// A stream of bytes that its seed decides. Predictable: for tests only.
#[derive(Debug)]
pub struct FakeRandomness(Mutex<u64>);

impl FakeRandomness {
    /// The stream of a seed.
    pub const fn seeded(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }
}

impl Default for FakeRandomness {
    fn default() -> Self {
        Self::seeded(7)
    }
}

/// One step of `SplitMix64`.
const fn step(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

impl Randomness for FakeRandomness {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for chunk in bytes.chunks_mut(8) {
            let drawn = step(&mut state).to_le_bytes();
            chunk.copy_from_slice(&drawn[..chunk.len()]);
        }
    }
}
