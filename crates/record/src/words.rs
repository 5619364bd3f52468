//! A root as twelve words that can be read out and compared by ear.
//!
//! Each word stands for two bytes: consonant, vowel, consonant, vowel, consonant. Twelve of them hold
//! 192 of the 256 bits, far more than anybody could forge a second tree for. Made-up words rather
//! than a list of English ones: they are as short, belong to no language, and need no table that two
//! implementations could have differently.

use crate::Hash;

const CONSONANTS: &[u8; 16] = b"bdfghjklmnprstvz";
const VOWELS: &[u8; 4] = b"aiou";
/// How many words there are.
pub const COUNT: usize = 12;

/// The words of a root.
pub fn of(root: &Hash) -> [String; COUNT] {
    let (pairs, _) = root.as_chunks::<2>();
    std::array::from_fn(|at| pairs.get(at).map(|pair| word(u16::from_be_bytes(*pair))).unwrap_or_default())
}

/// The words with spaces between them.
pub fn sentence(root: &Hash) -> String {
    of(root).join(" ")
}

fn word(value: u16) -> String {
    let consonant = |shift: u32| char::from(CONSONANTS[usize::from(value >> shift) & 15]);
    let vowel = |shift: u32| char::from(VOWELS[usize::from(value >> shift) & 3]);
    [consonant(12), vowel(10), consonant(6), vowel(4), consonant(0)].into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_twelve_and_tell_roots_apart() {
        let root = crate::tree::empty_root();
        let words = of(&root);
        assert_eq!(words[0], "vavub", "0xe3b0");
        assert!(words.iter().all(|word| word.len() == 5));
        let mut other = root;
        other[23] ^= 1;
        assert_ne!(of(&other), words);
        assert_eq!(sentence(&root).split(' ').count(), COUNT);
    }

    #[test]
    fn every_pair_of_bytes_has_a_word_of_its_own() {
        let all: std::collections::HashSet<String> = (0..=u16::MAX).map(word).collect();
        assert_eq!(all.len(), 1 << 16);
    }
}
