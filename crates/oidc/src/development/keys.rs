//! The development provider's signing key: made at each start, kept in memory, gone with the process.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openidconnect::core::{CoreEdDsaPrivateSigningKey, CoreJsonWebKeySet, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKeyId, PrivateSigningKey as _};

use super::DevelopmentError;
use crate::random;

/// An Ed25519 private key is its seed behind this prefix (RFC 8410, PKCS #8).
const PKCS8_PREFIX: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// What ID tokens are signed with.
pub(super) const ALGORITHM: CoreJwsSigningAlgorithm = CoreJwsSigningAlgorithm::EdDsa;

/// A key pair with a name that no other start has.
pub(super) fn generate() -> Result<CoreEdDsaPrivateSigningKey, DevelopmentError> {
    let seed = random::key_seed().map_err(|error| DevelopmentError::Key { reason: error.to_string() })?;
    let document = STANDARD.encode([PKCS8_PREFIX.as_slice(), &seed].concat());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{document}\n-----END PRIVATE KEY-----\n");
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, Some(JsonWebKeyId::new(random::token())))
        .map_err(|reason| DevelopmentError::Key { reason })
}

/// The public half, as published.
pub(super) fn published(key: &CoreEdDsaPrivateSigningKey) -> CoreJsonWebKeySet {
    CoreJsonWebKeySet::new(vec![key.as_verification_key()])
}
