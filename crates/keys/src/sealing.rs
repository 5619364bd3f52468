//! Sealing and opening with HPKE.

use std::convert::Infallible;
use std::num::NonZero;
use std::sync::Arc;
use std::thread;

use async_trait::async_trait;
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use plenum_ports::keys::{
    Envelope, KeyStoreError, Opened, Opener, PublicKey, SealError, Sealing, Unreadable, Zeroizing,
};
use plenum_ports::randomness::Randomness;
use rand::{TryCryptoRng, TryRng};

type PrivateHalf = <X25519HkdfSha256 as Kem>::PrivateKey;
type PublicHalf = <X25519HkdfSha256 as Kem>::PublicKey;
type EncappedKey = <X25519HkdfSha256 as Kem>::EncappedKey;

/// The name of the suite.
pub(crate) const SUITE: &str = "x25519-hkdf-sha256-chacha20poly1305";
/// Keeps these envelopes apart from anything else that may ever be sealed to the same key.
const INFO: &[u8] = b"plenum envelope v1";
/// The length of an encapsulated key.
const ENCAPPED: usize = 32;
/// Below this many envelopes another thread costs more than it saves.
const SHARE: usize = 64;

/// Randomness as the cipher wants it.
struct Drawn<'a>(&'a dyn Randomness);

impl TryRng for Drawn<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = Zeroizing::new([0; 4]);
        self.0.fill(&mut *bytes);
        Ok(u32::from_le_bytes(*bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = Zeroizing::new([0; 8]);
        self.0.fill(&mut *bytes);
        Ok(u64::from_le_bytes(*bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Drawn<'_> {}

/// The private half of a key pair as it is stored, and the public one.
pub(crate) fn generate(randomness: &dyn Randomness) -> (Zeroizing<Vec<u8>>, PublicKey) {
    let (private, public) = X25519HkdfSha256::gen_keypair_with_rng(&mut Drawn(randomness));
    let mut stored = Zeroizing::new(vec![0; 32]);
    private.write_exact(&mut stored);
    (stored, PublicKey::new(public.to_bytes().to_vec()))
}

/// Seals with HPKE.
#[derive(Clone, Copy, Debug, Default)]
pub struct HpkeSealing;

impl Sealing for HpkeSealing {
    fn suite(&self) -> &'static str {
        SUITE
    }

    #[expect(clippy::similar_names, reason = "the words of RFC 9180 and of the vote")]
    fn seal(
        &self,
        key: &PublicKey,
        context: &[u8],
        content: &[u8],
        randomness: &dyn Randomness,
    ) -> Result<Vec<u8>, SealError> {
        let key = PublicHalf::from_bytes(key.as_bytes()).map_err(|_| SealError)?;
        let (encapped, hidden) = hpke::single_shot_seal_with_rng::<
            ChaCha20Poly1305,
            HkdfSha256,
            X25519HkdfSha256,
        >(
            &OpModeS::Base, &key, INFO, content, context, &mut Drawn(randomness)
        )
        .map_err(|_| SealError)?;
        let mut sealed = encapped.to_bytes().to_vec();
        sealed.extend(hidden);
        Ok(sealed)
    }
}

/// A private key at hand; wiped from memory when the last clone is dropped.
pub(crate) struct HpkeOpener(Arc<PrivateHalf>);

impl HpkeOpener {
    /// Reads a stored private half; `None` when it is none.
    pub(crate) fn new(stored: &[u8]) -> Option<Self> {
        PrivateHalf::from_bytes(stored).ok().map(|key| Self(Arc::new(key)))
    }
}

fn open_one(key: &PrivateHalf, envelope: &Envelope) -> Opened {
    let (encapped, hidden) = envelope.sealed.split_at_checked(ENCAPPED).ok_or(Unreadable)?;
    let encapped = EncappedKey::from_bytes(encapped).map_err(|_| Unreadable)?;
    hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        key,
        &encapped,
        INFO,
        hidden,
        &envelope.context,
    )
    .map(Zeroizing::new)
    .map_err(|_| Unreadable)
}

/// Opens envelopes on every core of the machine.
fn open_all(key: &PrivateHalf, envelopes: &[Envelope]) -> Vec<Opened> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let share = envelopes.len().div_ceil(cores).max(SHARE);
    thread::scope(|scope| {
        let work =
            |part: &[Envelope]| part.iter().map(|envelope| open_one(key, envelope)).collect::<Vec<_>>();
        let mut parts = envelopes.chunks(share);
        let first = parts.next().unwrap_or_default();
        let others: Vec<_> = parts.map(|part| scope.spawn(move || work(part))).collect();
        let mut opened = work(first);
        for other in others {
            opened.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        opened
    })
}

#[async_trait]
impl Opener for HpkeOpener {
    async fn open(&self, envelopes: Vec<Envelope>) -> Result<Vec<Opened>, KeyStoreError> {
        let key = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || open_all(&key, &envelopes))
            .await
            .map_err(|error| KeyStoreError::Unavailable(format!("opening was interrupted: {error}")))
    }
}
