//! The Merkle tree of RFC 6962, sections 2.1 to 2.1.2.
//!
//! Written here rather than taken from a library: the log lives in a database, so the tree is grown
//! from its right edge ([`Frontier`]) and proofs are made from stored nodes ([`Need`]) without
//! holding the leaves in memory. The published test vectors and an independent implementation in
//! docs/verify.py hold it to the standard.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::Hash;

/// Every how many levels nodes are stored: subtrees of 256, 65,536, ... leaves. A proof then needs a
/// few hundred stored hashes whatever the size of the tree, and the store holds 1/255 more than leaves.
pub const STORED_LEVELS: u8 = 8;

/// The hash of a leaf.
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(leaf).finalize().into()
}

/// The hash of two subtrees side by side.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root of the tree without leaves.
pub fn empty_root() -> Hash {
    crate::sha256(b"")
}

/// The root over these leaf hashes.
pub fn root(leaves: impl IntoIterator<Item = Hash>) -> Hash {
    let mut frontier = Frontier::default();
    for leaf in leaves {
        frontier.append(leaf, |_| {});
    }
    frontier.root()
}

/// A complete subtree: the one at `position` among those of 2^`level` leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// How many levels above the leaves.
    pub level: u8,
    /// Which one, from the left.
    pub position: u64,
    /// Its root.
    pub hash: Hash,
}

/// The right edge of a tree: all that is needed to add leaves and to know the root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// The complete subtrees, the largest first: one for each bit set in `size`.
    peaks: Vec<Hash>,
}

/// What was stored is not the right edge of any tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{size} leaves do not have a right edge of {bytes} bytes")]
pub struct FrontierError {
    size: u64,
    bytes: usize,
}

impl Frontier {
    /// How many leaves the tree has.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf, telling every subtree that it completes, itself first.
    pub fn append(&mut self, leaf: Hash, mut completed: impl FnMut(Node)) {
        let mut hash = leaf;
        completed(Node { level: 0, position: self.size, hash });
        for level in 1..=self.size.trailing_ones() {
            let Some(left) = self.peaks.pop() else { break };
            hash = node_hash(&left, &hash);
            completed(Node { level: level.to_le_bytes()[0], position: self.size >> level, hash });
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return empty_root() };
        peaks.fold(*last, |right, left| node_hash(left, &right))
    }

    /// The subtrees as bytes, for storing.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.peaks.concat()
    }

    /// Reads what was stored.
    ///
    /// # Errors
    /// [`FrontierError`] when there is not one hash for each bit of `size`.
    pub fn from_bytes(size: u64, bytes: &[u8]) -> Result<Self, FrontierError> {
        let (peaks, rest) = bytes.as_chunks::<32>();
        if !rest.is_empty() || peaks.len() != size.count_ones() as usize {
            return Err(FrontierError { size, bytes: bytes.len() });
        }
        Ok(Self { size, peaks: peaks.to_vec() })
    }
}

/// The leaves from one position to another (without it), as one subtree.
type Span = (u64, u64);

/// Where a tree of so many leaves is split: the largest power of two below its size.
const fn split(size: u64) -> u64 {
    1 << (u64::BITS - 1 - (size - 1).leading_zeros())
}

/// The subtrees whose hashes prove that a leaf is in a tree, from the leaf upwards. Nothing when it is not.
fn inclusion_spans(position: u64, size: u64) -> Vec<Span> {
    let mut spans = Vec::new();
    let (mut from, mut to) = (0, size);
    if position >= size {
        return spans;
    }
    while to - from > 1 {
        let middle = from + split(to - from);
        if position < middle {
            spans.push((middle, to));
            to = middle;
        } else {
            spans.push((from, middle));
            from = middle;
        }
    }
    spans.reverse();
    spans
}

/// The subtrees whose hashes prove that a tree grew from a smaller one, in the order of RFC 6962.
fn consistency_spans(old: u64, size: u64) -> Vec<Span> {
    let mut spans = Vec::new();
    if old == 0 || old >= size {
        return spans;
    }
    let (mut from, mut to) = (0, size);
    while to != old {
        let middle = from + split(to - from);
        if old <= middle {
            spans.push((middle, to));
            to = middle;
        } else {
            spans.push((from, middle));
            from = middle;
        }
    }
    // The old tree itself is known to who asks.
    if from != 0 {
        spans.push((from, to));
    }
    spans.reverse();
    spans
}

/// Stored hashes that a proof is made from: those of one level from one position to another (without it).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// Levels above the leaves: 0 or a multiple of [`STORED_LEVELS`].
    pub level: u8,
    /// The first one.
    pub from: u64,
    /// Behind the last one.
    pub to: u64,
}

/// A proof to be made: what to fetch, and how to put it together.
#[derive(Clone, Debug)]
pub struct Plan {
    spans: Vec<Span>,
}

impl Plan {
    /// A proof that the leaf at `position` is in the tree of the first `size` leaves.
    pub fn inclusion(position: u64, size: u64) -> Self {
        Self { spans: inclusion_spans(position, size) }
    }

    /// A proof that the tree of the first `size` leaves grew from the one of the first `old`.
    pub fn consistency(old: u64, size: u64) -> Self {
        Self { spans: consistency_spans(old, size) }
    }

    /// The stored hashes it takes.
    pub fn needs(&self) -> Vec<Need> {
        let mut needs = Vec::new();
        for &(from, to) in &self.spans {
            add_needs(from, to, &mut needs);
        }
        needs
    }

    /// Puts the proof together; `None` when a hash is missing.
    pub fn make(&self, nodes: &HashMap<(u8, u64), Hash>) -> Option<Vec<Hash>> {
        self.spans.iter().map(|&(from, to)| span_hash(from, to, nodes)).collect()
    }
}

/// Covers a span with the largest stored subtrees. Spans begin at a multiple of a power of two that is
/// no less than their length, so larger subtrees come before smaller ones.
fn add_needs(mut from: u64, to: u64, needs: &mut Vec<Need>) {
    for level in (0..u64::BITS).step_by(usize::from(STORED_LEVELS)).rev() {
        let whole = (to - from) >> level;
        if whole > 0 {
            let first = from >> level;
            needs.push(Need { level: level.to_le_bytes()[0], from: first, to: first + whole });
            from += whole << level;
        }
    }
}

fn span_hash(from: u64, to: u64, nodes: &HashMap<(u8, u64), Hash>) -> Option<Hash> {
    let length = to - from;
    let level = length.trailing_zeros();
    if length.is_power_of_two() && level.is_multiple_of(u32::from(STORED_LEVELS)) {
        return nodes.get(&(level.to_le_bytes()[0], from >> level)).copied();
    }
    let middle = from + split(length);
    Some(node_hash(&span_hash(from, middle, nodes)?, &span_hash(middle, to, nodes)?))
}

/// The root that a proof of inclusion leads to; `None` when it has another length than it must.
pub fn root_from_inclusion(leaf: Hash, position: u64, size: u64, proof: &[Hash]) -> Option<Hash> {
    let spans = inclusion_spans(position, size);
    if position >= size || spans.len() != proof.len() {
        return None;
    }
    let step = |hash: Hash, (span, other): (&Span, &Hash)| {
        if span.0 > position { node_hash(&hash, other) } else { node_hash(other, &hash) }
    };
    Some(spans.iter().zip(proof).fold(leaf, step))
}

/// Whether a tree grew from a smaller one.
pub fn is_consistent(old: (u64, &Hash), new: (u64, &Hash), proof: &[Hash]) -> bool {
    let ((old_size, old_root), (size, root)) = (old, new);
    if old_size == size {
        return proof.is_empty() && old_root == root;
    }
    if old_size == 0 {
        return proof.is_empty() && *old_root == empty_root();
    }
    let spans = consistency_spans(old_size, size);
    if old_size > size || spans.len() != proof.len() {
        return false;
    }
    let mut steps = spans.iter().zip(proof);
    // Either the old tree is a subtree of the new one, or the proof begins with its last subtree.
    let begins_with_part = spans.first().is_some_and(|span| span.1 <= old_size);
    let first = if begins_with_part {
        match steps.next() {
            Some((_, hash)) => *hash,
            None => return false,
        }
    } else {
        *old_root
    };
    let (mut before, mut after) = (first, first);
    for (span, hash) in steps {
        if span.0 >= old_size {
            after = node_hash(&after, hash);
        } else {
            before = node_hash(hash, &before);
            after = node_hash(hash, &after);
        }
    }
    before == *old_root && after == *root
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The inputs and roots of the reference implementation of certificate transparency.
    const INPUTS: [&str; 8] =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    const ROOTS: [&str; 8] = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    fn leaves() -> Vec<Hash> {
        INPUTS.iter().map(|input| leaf_hash(&hex::decode(input).expect("hex"))).collect()
    }

    fn hashes(texts: &[&str]) -> Vec<Hash> {
        texts.iter().map(|text| hex::decode(text).expect("hex").try_into().expect("32 bytes")).collect()
    }

    /// Grows a tree and keeps what a store would keep.
    fn stored(leaves: &[Hash]) -> (Frontier, HashMap<(u8, u64), Hash>) {
        let (mut frontier, mut nodes) = (Frontier::default(), HashMap::new());
        for leaf in leaves {
            frontier.append(*leaf, |node| {
                if node.level.is_multiple_of(STORED_LEVELS) {
                    nodes.insert((node.level, node.position), node.hash);
                }
            });
        }
        (frontier, nodes)
    }

    #[test]
    fn roots_are_those_of_the_standard() {
        assert_eq!(
            hex::encode(empty_root()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        for (size, expected) in (1..).zip(ROOTS) {
            assert_eq!(hex::encode(root(leaves().into_iter().take(size))), expected, "{size} leaves");
        }
    }

    #[test]
    fn proofs_are_those_of_the_standard() {
        let (_, nodes) = stored(&leaves());
        let proof = Plan::inclusion(0, 8).make(&nodes).expect("it can be made");
        let expected = [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ];
        assert_eq!(proof, hashes(&expected));
        let proof = Plan::inclusion(2, 3).make(&nodes).expect("it can be made");
        assert_eq!(proof, hashes(&["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]));
        let proof = Plan::consistency(6, 8).make(&nodes).expect("it can be made");
        let expected = [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ];
        assert_eq!(proof, hashes(&expected));
        assert!(is_consistent((6, &hashes(&ROOTS)[5]), (8, &hashes(&ROOTS)[7]), &proof));
    }

    #[test]
    fn a_right_edge_survives_storing() {
        let (frontier, _) = stored(&leaves()[..7]);
        assert_eq!(Frontier::from_bytes(7, &frontier.to_bytes()), Ok(frontier.clone()));
        assert!(Frontier::from_bytes(6, &frontier.to_bytes()).is_err());
        assert!(Frontier::from_bytes(7, &frontier.to_bytes()[1..]).is_err());
    }

    #[test]
    fn a_proof_in_a_large_tree_needs_few_stored_hashes() {
        let size = 1_000_003;
        for position in [0, 1, 255, 256, 65_535, 65_536, 999_999, 1_000_002] {
            let count: u64 =
                Plan::inclusion(position, size).needs().iter().map(|need| need.to - need.from).sum();
            assert!(count < 1_100, "{count} hashes for leaf {position}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn every_proof_holds_and_no_other(
            size in 1_u64..400, old in 0_u64..400, position in 0_u64..400, flip in 0_usize..20,
        ) {
            let all: Vec<Hash> = (0..size).map(|number| leaf_hash(&number.to_be_bytes())).collect();
            let (frontier, nodes) = stored(&all);
            let at = |size: u64| root(all.iter().copied().take(usize::try_from(size).expect("small")));
            prop_assert_eq!(frontier.root(), at(size));

            let position = position % size;
            let leaf = leaf_hash(&position.to_be_bytes());
            let plan = Plan::inclusion(position, size);
            let only_needed = plan
                .needs()
                .iter()
                .flat_map(|need| (need.from..need.to).map(|position| (need.level, position)))
                .map(|key| (key, nodes[&key]))
                .collect();
            let mut proof = plan.make(&only_needed).expect("needs are enough");
            prop_assert_eq!(root_from_inclusion(leaf, position, size, &proof), Some(at(size)));
            prop_assert_ne!(root_from_inclusion(leaf, position ^ 1, size, &proof), Some(at(size)));
            if let Some(hash) = proof.get_mut(flip) {
                hash[0] ^= 1;
                prop_assert_ne!(root_from_inclusion(leaf, position, size, &proof), Some(at(size)));
            }

            let old = old % (size + 1);
            let mut proof = Plan::consistency(old, size).make(&nodes).expect("needs are enough");
            prop_assert!(is_consistent((old, &at(old)), (size, &at(size)), &proof));
            if old > 0 {
                prop_assert!(!is_consistent((old, &leaf_hash(b"x")), (size, &at(size)), &proof));
            }
            prop_assert!(!is_consistent((old, &at(old)), (size, &leaf_hash(b"x")), &proof) || old == 0);
            if let Some(hash) = proof.get_mut(flip) {
                hash[0] ^= 1;
                prop_assert!(!is_consistent((old, &at(old)), (size, &at(size)), &proof));
            }
        }
    }
}
