//! Secrets handed to browsers and programs: random, shown once, stored as a hash.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use plenum_ports::randomness::Randomness;
use plenum_ports::repository::TokenHash;
use sha2::{Digest, Sha256};

/// A random secret of 256 bits with a prefix that tells what it is for. Never printed by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// What API tokens begin with, so that leaked ones can be found by scanners.
    pub const API_TOKEN_PREFIX: &'static str = "plenum_";

    /// Draws a secret.
    pub fn draw(randomness: &dyn Randomness, prefix: &str) -> Self {
        let mut bytes = [0; 32];
        randomness.fill(&mut bytes);
        Self(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Wraps a secret that came in.
    pub fn given(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The secret itself, to be shown to its owner and to nobody else.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored of it. With 256 random bits no slow hash is needed, and looking up the hash
    /// tells an attacker's clock nothing about the secret.
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0.as_bytes()).into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
