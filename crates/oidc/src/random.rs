//! The one place of this crate that draws random values. All of them come from the operating system's
//! generator or are seeded by it.

use openidconnect::{CsrfToken, Nonce, PkceCodeChallenge, PkceCodeVerifier};
use rand::TryRng as _;
use rand::rngs::SysRng;

/// Bytes behind every token: 256 bits.
const TOKEN_BYTES: u32 = 32;

/// The value that ties a callback to the attempt that began it.
pub(crate) fn state() -> CsrfToken {
    CsrfToken::new_random_len(TOKEN_BYTES)
}

/// The value that ties an ID token to the attempt that began it.
pub(crate) fn nonce() -> Nonce {
    Nonce::new_random_len(TOKEN_BYTES)
}

/// A fresh PKCE pair, method S256.
pub(crate) fn pkce() -> (PkceCodeChallenge, PkceCodeVerifier) {
    PkceCodeChallenge::new_random_sha256()
}

/// An unguessable word: a code, an access token, the name of a key.
pub(crate) fn token() -> String {
    CsrfToken::new_random_len(TOKEN_BYTES).into_secret()
}

/// The secret half of a signing key.
pub(crate) fn key_seed() -> Result<[u8; 32], rand::rngs::SysError> {
    let mut seed = [0; 32];
    SysRng.try_fill_bytes(&mut seed)?;
    Ok(seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_long_and_never_repeat() {
        let tokens: std::collections::HashSet<_> = (0..1000).map(|_| token()).collect();
        assert_eq!(tokens.len(), 1000);
        assert!(tokens.iter().all(|token| token.len() == 43));
        assert_ne!(key_seed().expect("seed"), key_seed().expect("seed"));
    }
}
