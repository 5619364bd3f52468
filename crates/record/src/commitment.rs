//! Commitments: what a leaf says without showing it.
//!
//! SHA-256 over a random salt of 32 bytes and a text. Without the salt the text cannot be found by
//! trying, with it the text is proven. Erasing salt and text leaves the tree as valid as before.

use plenum_ports::repository::Opening;
use sha2::{Digest, Sha256};

use crate::Hash;

/// The commitment that an opening opens; `None` when its salt is not 32 bytes in hexadecimal.
pub fn of(opening: &Opening) -> Option<Hash> {
    let salt = crate::unhex(&opening.salt)?;
    if crate::hex(&salt) != opening.salt {
        return None;
    }
    Some(Sha256::new().chain_update(salt).chain_update(opening.text.as_bytes()).finalize().into())
}

/// Opens nothing yet: joins a salt and a text.
pub fn opening(salt: [u8; 32], text: String) -> Opening {
    Opening { salt: hex::encode(salt), text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commitment_binds_salt_and_text() {
        let first = of(&opening([1; 32], "yes".into()));
        assert!(first.is_some());
        assert_ne!(first, of(&opening([1; 32], "no".into())));
        assert_ne!(first, of(&opening([2; 32], "yes".into())));
        // A salt of another length could move bytes between salt and text.
        assert_eq!(of(&Opening { salt: "00".into(), text: "yes".into() }), None);
        assert_eq!(of(&Opening { salt: "AB".repeat(32), text: "yes".into() }), None, "one form only");
        assert_eq!(of(&Opening { salt: "zz".repeat(32), text: "yes".into() }), None);
    }
}
