//! Telling requests apart without keeping what tells their choices.

use std::fmt;

use plenum_ports::keys::Zeroizing;
use plenum_ports::randomness::Randomness;
use plenum_ports::repository::ChoiceCheck;
use sha2::{Digest, Sha256};

/// A secret that this process draws at its start, keeps in memory and writes nowhere.
///
/// A plain hash of a request tells which of a few choices it held. A hash under this secret tells
/// nobody but this process, and nobody at all once it has stopped.
pub struct Veil(Zeroizing<[u8; 32]>);

impl Veil {
    /// Draws one.
    pub fn draw(randomness: &dyn Randomness) -> Self {
        let mut secret = Zeroizing::new([0; 32]);
        randomness.fill(&mut *secret);
        Self(secret)
    }

    fn hash(&self, purpose: u8, bytes: &[u8; 32]) -> [u8; 32] {
        // All parts have a fixed length, so that no other parts make the same input.
        Sha256::new().chain_update(*self.0).chain_update([purpose]).chain_update(bytes).finalize().into()
    }

    /// The code of a request, from the hash of all it says.
    pub fn check(&self, fingerprint: &[u8; 32]) -> ChoiceCheck {
        let mut process = [0; 8];
        process.copy_from_slice(&self.hash(0, &[0; 32])[..8]);
        ChoiceCheck { process, code: self.hash(1, fingerprint) }
    }
}

impl fmt::Debug for Veil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Veil(…)")
    }
}

#[cfg(test)]
mod tests {
    use plenum_ports::fakes::FakeRandomness;
    use sha2::{Digest, Sha256};

    use super::Veil;

    #[test]
    fn a_code_tells_choices_apart_and_tells_none() {
        let randomness = FakeRandomness::seeded(1);
        let (one, two) = (Veil::draw(&randomness), Veil::draw(&randomness));
        let (yes, no): ([u8; 32], [u8; 32]) = (Sha256::digest(b"yes").into(), Sha256::digest(b"no").into());
        assert_eq!(one.check(&yes), one.check(&yes));
        assert_ne!(one.check(&yes).code, one.check(&no).code);
        assert_eq!(one.check(&yes).process, one.check(&no).process);
        assert_ne!(one.check(&yes).process, two.check(&yes).process);
        assert_ne!(one.check(&yes).code, two.check(&yes).code);
        for hash in [yes, Sha256::digest(yes).into()] {
            assert_ne!(one.check(&yes).code, hash, "nothing that anybody can make");
        }
        assert_eq!(format!("{one:?}"), "Veil(…)");
    }
}
