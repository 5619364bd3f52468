//! Fakes that keep the same contract as the real adapters.
