//! Keys of secret votes, kept outside the database and its backups.
//!
//! A secret vote has a key pair of its own. Its public half stands in the database and seals
//! envelopes; its private half lives in a [`KeyStore`] from before the vote opens until it is counted,
//! and is destroyed then. An adapter may keep private keys in files, in a vault that hands them out, or in
//! a token that never does: what the application asks for is an [`Opener`], not a key.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use async_trait::async_trait;
use plenum_domain::Moment;
pub use zeroize::Zeroizing;

use crate::randomness::Randomness;

/// The text is no id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 32 hexadecimal digits")]
pub struct KeyIdError;

macro_rules! random_ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; 16]);

        impl $name {
            /// Draws a fresh one.
            pub fn draw(randomness: &dyn Randomness) -> Self {
                let mut bytes = [0; 16];
                randomness.fill(&mut bytes);
                Self(bytes)
            }

            /// Wraps the stored bytes.
            pub const fn new(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The stored bytes.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = KeyIdError;

            fn from_str(text: &str) -> Result<Self, KeyIdError> {
                if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    return Err(KeyIdError);
                }
                let mut bytes = [0; 16];
                for (at, byte) in bytes.iter_mut().enumerate() {
                    *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).map_err(|_| KeyIdError)?;
                }
                Ok(Self(bytes))
            }
        }
    )+};
}

random_ids! {
    /// Names a key pair. Says nothing about what it is for.
    KeyId;
    /// Names a set of keys, for as long as it is the same set.
    ///
    /// A key that is not in its own store is lost. A key that is not in some other store is merely
    /// elsewhere: on another server, on a volume that is not mounted.
    KeyStoreId;
}

/// The public half of a key pair, in the form its suite gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey(Vec<u8>);

impl PublicKey {
    /// Wraps the stored bytes. Whether they are a key is found out when something is sealed.
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The stored bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// What can be opened with one key, under one condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// What it is bound to, in the clear: opened with anything else it is unreadable.
    pub context: Vec<u8>,
    /// The sealed bytes.
    pub sealed: Vec<u8>,
}

/// A key as a list of the store shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredKey {
    /// Which one.
    pub id: KeyId,
    /// When it was made, by the store's clock.
    pub created_at: Moment,
}

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum KeyStoreError {
    /// It cannot be reached, or it is not as it must be. Nothing is known about any key: none is lost.
    #[error("the key store cannot be used: {0}")]
    Unavailable(String),
    /// A key with this id is there already.
    #[error("a key with this id is there already")]
    Taken,
}

/// An envelope that does not open: of another key, of another context, or damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the envelope cannot be opened")]
pub struct Unreadable;

/// What an envelope held; wiped from memory when dropped.
pub type Opened = Result<Zeroizing<Vec<u8>>, Unreadable>;

/// Opens envelopes with one private key. Whatever it needs was fetched when it was made, so opening
/// waits for nobody outside this machine and may be done inside a transaction.
#[async_trait]
pub trait Opener: Send + Sync {
    /// Opens envelopes, in the same order; one that does not open spoils none of the others.
    async fn open(&self, envelopes: Vec<Envelope>) -> Result<Vec<Opened>, KeyStoreError>;
}

/// Keeps private keys.
///
/// Never called inside a transaction.
#[async_trait]
pub trait KeyStore: Send + Sync {
    /// Which set of keys this is.
    async fn id(&self) -> Result<KeyStoreId, KeyStoreError>;

    /// Makes a key pair. When this returns, the private half survives a crash of the machine.
    ///
    /// # Errors
    /// [`KeyStoreError::Taken`] for an id that is in use, [`KeyStoreError::Unavailable`].
    async fn generate(&self, id: KeyId) -> Result<PublicKey, KeyStoreError>;

    /// What opens the envelopes of a key; `None` when the key is not there, which is for good.
    async fn opener(&self, id: KeyId) -> Result<Option<Arc<dyn Opener>>, KeyStoreError>;

    /// Destroys a private key so that nobody opens anything with it again. Nothing happens to one that
    /// is gone. When this returns, a crash of the machine does not bring it back.
    async fn destroy(&self, id: KeyId) -> Result<(), KeyStoreError>;

    /// The keys that are there, by id; also what generating one left behind when it was cut short.
    async fn list(&self) -> Result<Vec<StoredKey>, KeyStoreError>;
}

/// The public key is none of this suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the public key cannot be used for sealing")]
pub struct SealError;

/// Seals with public keys. Needs no private one and no store.
pub trait Sealing: Send + Sync {
    /// The name of the suite, as it is kept beside a public key.
    fn suite(&self) -> &'static str;

    /// Seals bytes to a key, bound to a context. The length of the envelope follows from the length of
    /// what is inside and from nothing else.
    ///
    /// # Errors
    /// [`SealError`] for a public key that is none.
    fn seal(
        &self,
        key: &PublicKey,
        context: &[u8],
        content: &[u8],
        randomness: &dyn Randomness,
    ) -> Result<Vec<u8>, SealError>;
}
