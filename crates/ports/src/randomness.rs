//! Randomness, injected so that tests can repeat it.

/// A cryptographically secure source of random bytes.
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait Randomness: Send + Sync {
    /// Fills the buffer.
    fn fill(&self, bytes: &mut [u8]);
}
