//! Signed notes and checkpoints, in the formats of C2SP (`signed-note`, `tlog-checkpoint`).
//!
//! A note is a text of lines, an empty line, and signature lines. A checkpoint is a note whose text
//! says which log it is of, how many leaves it has, and their root.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use crate::{Hash, sha256};

/// The kind of key in a key's hash and in its text: ed25519.
const ED25519: u8 = 1;
const SECRET_PREFIX: &str = "PRIVATE+KEY+";
const DASH: &str = "\u{2014} ";
/// The longest note that is read, in bytes.
const LONGEST: usize = 64 * 1024;

/// Why a note is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Not in the format.
    #[error("it is not a signed note")]
    Format,
    /// None of its signatures is by this key.
    #[error("it has no signature of the key that was expected")]
    Unsigned,
    /// A signature by this key does not fit the text.
    #[error("its signature does not fit its text")]
    Forged,
    /// The text is no checkpoint.
    #[error("its text is not a checkpoint")]
    NoCheckpoint,
    /// Not a key.
    #[error("it is not the text of an ed25519 key")]
    Key,
}

/// A public key with the name it signs under; as text `name+hash+key`.
#[derive(Clone, PartialEq, Eq)]
pub struct NoteKey {
    name: String,
    key: VerifyingKey,
}

impl fmt::Debug for NoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NoteKey({self})")
    }
}

/// Whether a text can be the name of a key: no spaces, no plus.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|character: char| character.is_whitespace() || character == '+')
}

impl NoteKey {
    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn material(&self) -> [u8; 33] {
        let mut bytes = [ED25519; 33];
        bytes[1..].copy_from_slice(self.key.as_bytes());
        bytes
    }

    /// What tells keys of one name apart in signature lines.
    fn hash(&self) -> [u8; 4] {
        let hash = sha256(&[self.name.as_bytes(), b"\n", &self.material()].concat());
        [hash[0], hash[1], hash[2], hash[3]]
    }

    /// Reads a note and holds it against this key. Lines of other signers are passed over.
    ///
    /// # Errors
    /// [`NoteError`] when it is not a note, or not one that this key signed.
    pub fn open<'a>(&self, note: &'a str) -> Result<&'a str, NoteError> {
        let (text, signatures) = split(note)?;
        let mut signed = false;
        for line in signatures.lines() {
            let (name, signature) =
                line.strip_prefix(DASH).and_then(|line| line.split_once(' ')).ok_or(NoteError::Format)?;
            let bytes = STANDARD.decode(signature).map_err(|_| NoteError::Format)?;
            if !is_name(name) || bytes.len() < 5 {
                return Err(NoteError::Format);
            }
            let (hash, signature) = bytes.split_at(4);
            if name != self.name || hash != self.hash() {
                continue;
            }
            let signature = Signature::from_slice(signature).map_err(|_| NoteError::Forged)?;
            self.key.verify_strict(text.as_bytes(), &signature).map_err(|_| NoteError::Forged)?;
            signed = true;
        }
        if signed { Ok(text) } else { Err(NoteError::Unsigned) }
    }
}

/// The text of a note (with its last line break) and its signature lines.
fn split(note: &str) -> Result<(&str, &str), NoteError> {
    let harmless = |character: char| character == '\n' || character >= ' ';
    if note.len() > LONGEST || !note.ends_with('\n') || !note.chars().all(harmless) {
        return Err(NoteError::Format);
    }
    let at = note.rfind("\n\n").ok_or(NoteError::Format)?;
    let (text, signatures) = (&note[..=at], &note[at + 2..]);
    if signatures.is_empty() { Err(NoteError::Format) } else { Ok((text, signatures)) }
}

impl fmt::Display for NoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{}+{}", self.name, hex::encode(self.hash()), STANDARD.encode(self.material()))
    }
}

impl FromStr for NoteKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(hash), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::Key);
        };
        let material = STANDARD.decode(key).map_err(|_| NoteError::Key)?;
        let Some((&ED25519, bytes)) = material.split_first() else { return Err(NoteError::Key) };
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| NoteError::Key)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| NoteError::Key)?;
        let key = Self { name: name.to_owned(), key };
        if is_name(name) && hex::encode(key.hash()) == hash { Ok(key) } else { Err(NoteError::Key) }
    }
}

/// The server's key for its log. It signs under the name of each tree, so that a checkpoint of one
/// can never pass for one of another.
pub struct LogKey {
    name: String,
    key: SigningKey,
}

impl fmt::Debug for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogKey({}, not shown)", self.name)
    }
}

impl LogKey {
    /// The key with this secret for the log of this name, such as `vote.example.org`.
    ///
    /// # Errors
    /// [`NoteError::Key`] when the name is empty or holds a space or a plus.
    pub fn new(name: &str, secret: &[u8; 32]) -> Result<Self, NoteError> {
        if is_name(name) {
            Ok(Self { name: name.to_owned(), key: SigningKey::from_bytes(secret) })
        } else {
            Err(NoteError::Key)
        }
    }

    /// Reads a key from the text that [`secret_text`](Self::secret_text) writes.
    ///
    /// # Errors
    /// [`NoteError::Key`] when it is none.
    pub fn from_secret_text(text: &str) -> Result<Self, NoteError> {
        let rest = text.trim_end().strip_prefix(SECRET_PREFIX).ok_or(NoteError::Key)?;
        let mut parts = rest.splitn(3, '+');
        let (Some(name), Some(hash), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::Key);
        };
        let material = STANDARD.decode(key).map_err(|_| NoteError::Key)?;
        let Some((&ED25519, secret)) = material.split_first() else { return Err(NoteError::Key) };
        let key = Self::new(name, secret.try_into().map_err(|_| NoteError::Key)?)?;
        if hex::encode(key.public(name).hash()) == hash { Ok(key) } else { Err(NoteError::Key) }
    }

    /// The key as it is kept in a file, name and secret: `PRIVATE+KEY+name+hash+secret`.
    pub fn secret_text(&self) -> String {
        let mut material = vec![ED25519];
        material.extend(self.key.to_bytes());
        let hash = hex::encode(self.public(&self.name).hash());
        format!("{SECRET_PREFIX}{}+{hash}+{}\n", self.name, STANDARD.encode(material))
    }

    /// The name that new trees are called by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public key under the name of a tree.
    pub fn public(&self, origin: &str) -> NoteKey {
        NoteKey { name: origin.to_owned(), key: self.key.verifying_key() }
    }

    /// Signs a text under the name of a tree. The text ends with a line break.
    pub fn sign(&self, origin: &str, text: &str) -> String {
        let mut line = self.public(origin).hash().to_vec();
        line.extend(self.key.sign(text.as_bytes()).to_bytes());
        format!("{text}\n{DASH}{origin} {}\n", STANDARD.encode(line))
    }
}

/// A tree at some size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which tree.
    pub origin: String,
    /// How many leaves.
    pub size: u64,
    /// Their root.
    pub root: Hash,
}

impl Checkpoint {
    /// The text that is signed.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root))
    }

    /// The signed checkpoint.
    pub fn sign(&self, key: &LogKey) -> String {
        key.sign(&self.origin, &self.text())
    }

    /// Reads a checkpoint that a key signed. Lines behind the first three are passed over.
    ///
    /// # Errors
    /// [`NoteError`] when it is not one, not signed by the key, or of another log than the key's.
    pub fn open(note: &str, key: &NoteKey) -> Result<Self, NoteError> {
        let mut lines = key.open(note)?.lines();
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(NoteError::NoCheckpoint);
        };
        let canonical = size == "0" || !size.starts_with(['0', '+']);
        let size = size.parse().ok().filter(|_| canonical).ok_or(NoteError::NoCheckpoint)?;
        let root = STANDARD.decode(root).ok().and_then(|root| root.try_into().ok());
        let root = root.ok_or(NoteError::NoCheckpoint)?;
        if origin == key.name && lines.all(|line| !line.is_empty()) {
            Ok(Self { origin: origin.to_owned(), size, root })
        } else {
            Err(NoteError::NoCheckpoint)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the format's reference implementation.
    const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const SECRET: &str = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    const TEXT: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const SIGNATURE: &str = "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    fn secret() -> [u8; 32] {
        STANDARD.decode(SECRET).expect("base64")[1..].try_into().expect("32 bytes")
    }

    #[test]
    fn the_reference_note_is_signed_and_opened_as_published() {
        let key: NoteKey = KEY.parse().expect("a key");
        assert_eq!(key.to_string(), KEY);
        let note = format!("{TEXT}\n{SIGNATURE}");
        assert_eq!(key.open(&note), Ok(TEXT));
        let signer = LogKey::new("PeterNeumann", &secret()).expect("a name");
        assert_eq!(signer.sign("PeterNeumann", TEXT), note);
        assert_eq!(signer.public("PeterNeumann"), key);
        let kept = format!("PRIVATE+KEY+PeterNeumann+c74f20a3+{SECRET}\n");
        assert_eq!(signer.secret_text(), kept);
        let read = LogKey::from_secret_text(&kept).expect("it was just written");
        assert_eq!(read.public("PeterNeumann"), key);
        assert!(LogKey::from_secret_text(&kept.replace("c74f", "c74e")).is_err());
    }

    #[test]
    fn what_was_touched_is_not_believed() {
        let key: NoteKey = KEY.parse().expect("a key");
        let note = format!("{TEXT}\n{SIGNATURE}");
        let other = LogKey::new("PeterNeumann", &[7; 32]).expect("a name");
        let both = format!("{note}{}", other.sign("PeterNeumann", TEXT).rsplit('\n').nth(1).expect("a line"));
        assert_eq!(key.open(&format!("{both}\n")), Ok(TEXT), "other signers are passed over");
        for (wrong, why) in [
            (note.replace("answer", "Answer"), NoteError::Forged),
            (note.replace("RyyBwJnAM=", "RyyBwJnAA="), NoteError::Forged),
            (note.replace("PeterNeumann ", "PaulNeumann "), NoteError::Unsigned),
            (other.sign("PeterNeumann", TEXT), NoteError::Unsigned),
            (TEXT.to_owned(), NoteError::Format),
            (format!("{TEXT}\n"), NoteError::Format),
            (note.replace('\u{2014}', "-"), NoteError::Format),
            (note.trim_end().to_owned(), NoteError::Format),
            (note.replace("think", "th\u{1}nk"), NoteError::Format),
        ] {
            assert_eq!(key.open(&wrong), Err(why), "{wrong}");
        }
        for wrong in
            ["", "a+b", "a+c74f20a3+AA==", &KEY.replace("c74f", "c74e"), &KEY.replace("Peter", "Pe ter")]
        {
            assert_eq!(wrong.parse::<NoteKey>(), Err(NoteError::Key), "{wrong}");
        }
        assert!(LogKey::new("two words", &[1; 32]).is_err());
    }

    #[test]
    fn a_checkpoint_is_of_one_log() {
        let key = LogKey::new("vote.example.org", &[3; 32]).expect("a name");
        let origin = "vote.example.org/sessions/7".to_owned();
        let checkpoint = Checkpoint { origin, size: 12, root: crate::tree::empty_root() };
        let note = checkpoint.sign(&key);
        assert_eq!(Checkpoint::open(&note, &key.public(&checkpoint.origin)), Ok(checkpoint.clone()));
        let elsewhere = key.public("vote.example.org/sessions/8");
        assert_eq!(Checkpoint::open(&note, &elsewhere), Err(NoteError::Unsigned));
        for size in ["012", "+12", "-1", "", "twelve"] {
            let text = checkpoint.text().replace("12", size);
            let note = key.sign(&checkpoint.origin, &text);
            let opened = Checkpoint::open(&note, &key.public(&checkpoint.origin));
            assert_eq!(opened, Err(NoteError::NoCheckpoint), "{size}");
        }
    }
}
