//! The order of the ballots, drawn from a seed so that anybody can draw it again.

use sha2::{Digest, Sha256};

use crate::ballots::{Mark, RankedBallots};

/// Numbers drawn from a seed: number k is the first eight bytes, most significant first, of the SHA-256 of the seed, one
/// line feed, and k in decimal.
struct Numbers<'a> {
    seed: &'a str,
    drawn: u64,
}

impl Numbers<'_> {
    fn next(&mut self) -> u64 {
        let digest = Sha256::new()
            .chain_update(self.seed)
            .chain_update(b"\n")
            .chain_update(self.drawn.to_string())
            .finalize();
        self.drawn += 1;
        digest.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
    }

    /// A number below a bound, every one equally likely: numbers beyond the last whole multiple are drawn again.
    fn below(&mut self, bound: u64) -> u64 {
        let beyond = u64::MAX - u64::MAX % bound;
        loop {
            let number = self.next();
            if number < beyond {
                return number % bound;
            }
        }
    }
}

/// Every paper by the number of its different ballot, in the order drawn.
///
/// The papers are first put in ascending order of what they say, so that the order they were handed in has no part in it; then,
/// from the last place to the second, each place exchanges its paper with a place drawn among those up to it.
pub(super) fn papers(ballots: &RankedBallots, seed: &str) -> Vec<u32> {
    let mut groups: Vec<u32> = (0..u32::try_from(ballots.len()).unwrap_or(u32::MAX)).collect();
    let said = |group: u32| ballots.marks(group as usize).map(Mark::candidate);
    groups.sort_by(|a, b| said(*a).cmp(said(*b)));
    let mut papers: Vec<u32> = Vec::new();
    for group in groups {
        let weight = usize::try_from(ballots.weight(group as usize)).unwrap_or(usize::MAX);
        papers.resize(papers.len() + weight, group);
    }
    let mut numbers = Numbers { seed, drawn: 0 };
    for place in (1..papers.len()).rev() {
        let other = numbers.below(place as u64 + 1);
        papers.swap(place, usize::try_from(other).unwrap_or(0));
    }
    papers
}
