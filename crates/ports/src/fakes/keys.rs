//! A key store in memory, with a toy for a cipher.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use plenum_domain::Moment;

use super::clock::FakeClock;
use super::randomness::FakeRandomness;
use crate::clock::Clock;
use crate::keys::{
    Envelope, KeyId, KeyStore, KeyStoreError, KeyStoreId, Opened, Opener, PublicKey, SealError, Sealing,
    StoredKey, Unreadable, Zeroizing,
};
use crate::randomness::Randomness;

/// Bytes that an envelope is longer than what is in it.
const OVERHEAD: usize = 16;

/// Mixes bytes into a number. Nobody is kept from anything by it.
fn mix(parts: &[&[u8]]) -> u64 {
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        for byte in part.iter().chain(&(part.len() as u64).to_le_bytes()) {
            state = (state ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    state
}

/// The stream that content is hidden under.
fn stream(key: &[u8], nonce: &[u8], len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    FakeRandomness::seeded(mix(&[key, nonce])).fill(&mut bytes);
    bytes
}

/// Keys in memory. Clones share them. Keeps the contract, and no secret: the public key opens as well.
#[derive(Clone, Debug)]
pub struct MemoryKeyStore(Arc<Mutex<Kept>>);

#[derive(Debug)]
struct Kept {
    id: KeyStoreId,
    keys: BTreeMap<KeyId, (PublicKey, Moment)>,
    clock: FakeClock,
    randomness: FakeRandomness,
    out_of_reach: bool,
}

impl Default for MemoryKeyStore {
    fn default() -> Self {
        Self::seeded(11)
    }
}

impl MemoryKeyStore {
    /// An empty store with the id and the keys that its seed decides.
    pub fn seeded(seed: u64) -> Self {
        let randomness = FakeRandomness::seeded(seed);
        let (id, keys) = (KeyStoreId::draw(&randomness), BTreeMap::new());
        let clock = FakeClock::default();
        Self(Arc::new(Mutex::new(Kept { id, keys, clock, randomness, out_of_reach: false })))
    }

    /// The clock that says when keys were made.
    pub fn clock(&self) -> FakeClock {
        self.kept().clock.clone()
    }

    /// Takes the store away, or brings it back.
    pub fn set_out_of_reach(&self, out_of_reach: bool) {
        self.kept().out_of_reach = out_of_reach;
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reached(&self) -> Result<MutexGuard<'_, Kept>, KeyStoreError> {
        let kept = self.kept();
        if kept.out_of_reach {
            return Err(KeyStoreError::Unavailable("it was taken away".to_owned()));
        }
        Ok(kept)
    }
}

#[async_trait]
impl KeyStore for MemoryKeyStore {
    async fn id(&self) -> Result<KeyStoreId, KeyStoreError> {
        Ok(self.reached()?.id)
    }

    async fn generate(&self, id: KeyId) -> Result<PublicKey, KeyStoreError> {
        let mut kept = self.reached()?;
        if kept.keys.contains_key(&id) {
            return Err(KeyStoreError::Taken);
        }
        let mut bytes = vec![0; 32];
        kept.randomness.fill(&mut bytes);
        let (key, now) = (PublicKey::new(bytes), kept.clock.now());
        kept.keys.insert(id, (key.clone(), now));
        Ok(key)
    }

    async fn opener(&self, id: KeyId) -> Result<Option<Arc<dyn Opener>>, KeyStoreError> {
        let found = self.reached()?.keys.get(&id).map(|(key, _)| key.clone());
        Ok(found.map(|key| Arc::new(FakeOpener(key)) as Arc<dyn Opener>))
    }

    async fn destroy(&self, id: KeyId) -> Result<(), KeyStoreError> {
        self.reached()?.keys.remove(&id);
        Ok(())
    }

    async fn list(&self) -> Result<Vec<StoredKey>, KeyStoreError> {
        let kept = self.reached()?;
        Ok(kept
            .keys
            .iter()
            .map(|(id, (_, created_at))| StoredKey { id: *id, created_at: *created_at })
            .collect())
    }
}

struct FakeOpener(PublicKey);

impl FakeOpener {
    fn open_one(&self, envelope: &Envelope) -> Opened {
        let (nonce, rest) = envelope.sealed.split_at_checked(8).ok_or(Unreadable)?;
        let (tag, hidden) = rest.split_at_checked(OVERHEAD - 8).ok_or(Unreadable)?;
        let key = self.0.as_bytes();
        let content: Vec<u8> =
            hidden.iter().zip(stream(key, nonce, hidden.len())).map(|(byte, mask)| byte ^ mask).collect();
        if mix(&[key, nonce, &envelope.context, &content]).to_le_bytes() != tag {
            return Err(Unreadable);
        }
        Ok(Zeroizing::new(content))
    }
}

#[async_trait]
impl Opener for FakeOpener {
    async fn open(&self, envelopes: Vec<Envelope>) -> Result<Vec<Opened>, KeyStoreError> {
        Ok(envelopes.iter().map(|envelope| self.open_one(envelope)).collect())
    }
}

/// Seals for a [`MemoryKeyStore`].
#[derive(Clone, Copy, Debug, Default)]
pub struct FakeSealing;

impl Sealing for FakeSealing {
    fn suite(&self) -> &'static str {
        "toy"
    }

    #[expect(clippy::similar_names, reason = "the words of RFC 9180 and of the vote")]
    fn seal(
        &self,
        key: &PublicKey,
        context: &[u8],
        content: &[u8],
        randomness: &dyn Randomness,
    ) -> Result<Vec<u8>, SealError> {
        let key = key.as_bytes();
        if key.len() != 32 {
            return Err(SealError);
        }
        let mut sealed = vec![0; 8];
        randomness.fill(&mut sealed);
        let hidden = stream(key, &sealed, content.len());
        let tag = mix(&[key, &sealed, context, content]);
        sealed.extend(tag.to_le_bytes());
        sealed.extend(content.iter().zip(hidden).map(|(byte, mask)| byte ^ mask));
        Ok(sealed)
    }
}
