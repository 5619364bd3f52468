//! The log and the record.
//!
//! Every change of state becomes a **leaf** ([`leaf`]) of a Merkle tree ([`tree`]). The server signs
//! the tree's head as a **checkpoint** ([`note`]); a **receipt** ([`receipt`]) promises a voter that a
//! leaf will be in it. The **record** of a sitting ([`file`]) is its tree with what opens the
//! commitments in it, and [`verify`] checks one without asking the server anything.
//!
//! Nothing here waits, reads a clock or draws a random number. Formats are described in docs/RECORD.md.
#![deny(missing_docs)]

pub mod commitment;
pub mod file;
pub mod leaf;
pub mod note;
pub mod receipt;
pub mod tree;
pub mod verify;
pub mod words;

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// A hash in hexadecimal.
pub fn hex(hash: &Hash) -> String {
    hex::encode(hash)
}

/// Reads a hash in hexadecimal.
pub fn unhex(text: &str) -> Option<Hash> {
    hex::decode(text).ok()?.try_into().ok()
}

/// SHA-256 of some bytes.
pub fn sha256(bytes: &[u8]) -> Hash {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).into()
}
