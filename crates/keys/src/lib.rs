//! Keys of secret votes: sealing with HPKE (RFC 9180), and a key store in files.
//!
//! The suite is DHKEM(X25519, HKDF-SHA256) with HKDF-SHA256 and ChaCha20-Poly1305, in base mode. An
//! envelope is the encapsulated key (32 bytes), the encrypted content and its tag (16 bytes).
#![deny(missing_docs)]

mod folder;
mod sealing;
mod store;

pub use folder::FolderError;
pub use sealing::HpkeSealing;
pub use store::FileKeyStore;
