//! The one place that reads the machine's clock and its randomness.

use plenum_domain::Moment;
use plenum_ports::clock::Clock;
use plenum_ports::randomness::Randomness;
use rand::TryRng;
use rand::rngs::SysRng;

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the adapter that the rule sends everyone to")]
    fn now(&self) -> Moment {
        chrono::Utc::now()
    }
}

/// The operating system's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn fill(&self, bytes: &mut [u8]) {
        // Without randomness there are no safe secrets: rather no answer than a guessable one.
        SysRng.try_fill_bytes(bytes).expect("the operating system gives random bytes");
    }
}
