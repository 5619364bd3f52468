//! Receipts: the server's signed promise that a leaf will be in the log.
//!
//! A receipt says which leaf it is, never what is in it. Who holds one can ask for the proof that
//! the leaf is there, and, should it ever be missing, show the signature to anybody.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use plenum_domain::id::LeafId;

use crate::Hash;
use crate::note::{LogKey, NoteError, NoteKey};

/// The first line; no checkpoint begins like it, for the name of a log has no spaces.
const HEADING: &str = "plenum receipt v1";

/// A promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// In which tree.
    pub origin: String,
    /// Which receipt.
    pub id: LeafId,
    /// The leaf's hash.
    pub leaf: Hash,
}

impl Receipt {
    fn text(&self) -> String {
        format!("{HEADING}\n{}\n{}\n{}\n", self.origin, self.id, STANDARD.encode(self.leaf))
    }

    /// The signed receipt.
    pub fn sign(&self, key: &LogKey) -> String {
        key.sign(&self.origin, &self.text())
    }

    /// Reads a receipt that a key signed.
    ///
    /// # Errors
    /// [`NoteError`] when it is not one or the key did not sign it.
    pub fn open(note: &str, key: &NoteKey) -> Result<Self, NoteError> {
        let lines: Vec<&str> = key.open(note)?.lines().collect();
        let [HEADING, origin, id, leaf] = lines.as_slice() else { return Err(NoteError::Format) };
        let id = id.parse().map_err(|_| NoteError::Format)?;
        let leaf = STANDARD.decode(leaf).ok().and_then(|leaf| leaf.try_into().ok());
        let leaf = leaf.ok_or(NoteError::Format)?;
        Ok(Self { origin: (*origin).to_owned(), id: LeafId::new(id), leaf })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::Checkpoint;

    #[test]
    fn a_receipt_is_no_checkpoint_and_says_nothing_but_its_leaf() {
        let key = LogKey::new("vote.example.org", &[3; 32]).expect("a name");
        let origin = "vote.example.org/sessions/7".to_owned();
        let receipt = Receipt { origin, id: LeafId::new(41), leaf: [9; 32] };
        let note = receipt.sign(&key);
        let public = key.public(&receipt.origin);
        assert_eq!(Receipt::open(&note, &public), Ok(receipt));
        assert!(Checkpoint::open(&note, &public).is_err());
        assert_eq!(note.lines().count(), 6);
        assert!(Receipt::open(&note.replace("41", "42"), &public).is_err());
    }
}
