//! Comparing every pair of candidates.

use std::{num::NonZero, ops::Range, thread};

use crate::{
    ballots::{Mark, RankedBallots},
    election::{Candidate, Election},
    error::CountError,
    numbers::Figure,
    result::{Halt, Matrix, Record},
};

/// The most names on a list whose pairs are compared; the square of them is kept.
pub const MAX_COMPARED: usize = 1000;

/// Different ballots below which one core does it all.
const WORTH_SHARING: usize = 20_000;

/// How many ballots prefer each candidate to each other one.
///
/// A ballot prefers those it ranks to those ranked later and to those not ranked at all. Candidates at one rank, and
/// the unranked among themselves, get nothing from each other. Gaps between ranks mean nothing, of repeated marks the
/// first counts, and a ballot ends at an overvote nobody knows the marks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pairwise {
    /// The candidates who stand, in list order; positions in this list are what the other functions speak of.
    candidates: Vec<Candidate>,
    /// Row by row: units of the ballots that prefer one to the other.
    wins: Vec<u64>,
    scale: u64,
    /// Units of the ballots that prefer anybody to anybody else, or rank a single candidate who stands alone.
    voting: u64,
    blank: u64,
}

/// What some of the ballots say, over all names of the list.
struct Part {
    /// Units of the ballots that rank the candidate.
    ranked: Vec<u64>,
    /// For each candidate (row), units of the ballots that rank it, by the other candidates they rank as high or higher.
    not_beaten: Vec<u64>,
    blank: u64,
}

impl Part {
    fn read(ballots: &RankedBallots, groups: Range<usize>, withdrawn: &[bool]) -> Self {
        let n = withdrawn.len();
        let mut part = Self { ranked: vec![0; n], not_beaten: vec![0; n * n], blank: 0 };
        let mut listed: Vec<usize> = Vec::with_capacity(n);
        // The ballot a candidate was last seen on, counted from 1: nothing to clear between ballots.
        let mut seen = vec![0_usize; n];
        for group in groups {
            let weight = ballots.weight(group);
            listed.clear();
            // Where the current rank begins among those listed.
            let mut rank = 0;
            for mark in ballots.marks(group) {
                let Some(candidate) = mark.candidate() else {
                    if mark == Mark::SKIPPED {
                        continue;
                    }
                    break;
                };
                if !mark.is_shared() {
                    rank = listed.len();
                }
                let candidate = candidate.index();
                if seen[candidate] == group + 1 || withdrawn[candidate] {
                    continue;
                }
                seen[candidate] = group + 1;
                part.ranked[candidate] += weight;
                let row = &mut part.not_beaten[candidate * n..(candidate + 1) * n];
                for above in &listed {
                    row[*above] += weight;
                }
                for equal in &listed[rank..] {
                    part.not_beaten[equal * n + candidate] += weight;
                }
                listed.push(candidate);
            }
            if listed.is_empty() {
                part.blank += weight;
            }
        }
        part
    }

    fn add(&mut self, other: &Self) {
        for (mine, theirs) in [(&mut self.ranked, &other.ranked), (&mut self.not_beaten, &other.not_beaten)] {
            for (sum, units) in mine.iter_mut().zip(theirs) {
                *sum += units;
            }
        }
        self.blank += other.blank;
    }
}

/// Adds up sums of parts of the ballots on several cores. Sums of whole numbers do not depend on how they were split.
fn read_all(ballots: &RankedBallots, withdrawn: &[bool]) -> Part {
    // Asking for the number of cores takes longer than a small count.
    let worth = (ballots.len() / WORTH_SHARING).min(8);
    let shares =
        if worth > 1 { worth.min(thread::available_parallelism().map_or(1, NonZero::get)) } else { 1 };
    let size = ballots.len().div_ceil(shares).max(1);
    let range = |share: usize| (share * size).min(ballots.len())..((share + 1) * size).min(ballots.len());
    thread::scope(|scope| {
        let others: Vec<_> = (1..shares)
            .map(|share| scope.spawn(move || Part::read(ballots, range(share), withdrawn)))
            .collect();
        let mut sum = Part::read(ballots, range(0), withdrawn);
        for other in others {
            match other.join() {
                Ok(part) => sum.add(&part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        sum
    })
}

impl Pairwise {
    /// Compares all pairs.
    ///
    /// # Errors
    /// When there are more names than [`MAX_COMPARED`].
    pub fn of(election: &Election, ballots: &RankedBallots) -> Result<Self, CountError> {
        let n = election.len();
        if n > MAX_COMPARED {
            return Err(CountError::Unsuitable(format!(
                "{n} candidates, at most {MAX_COMPARED} can be compared pair by pair"
            )));
        }
        let withdrawn: Vec<bool> = election.entries().iter().map(|entry| entry.withdrawn).collect();
        let sum = read_all(ballots, &withdrawn);
        let candidates: Vec<Candidate> = election.standing().collect();
        let mut wins = Vec::with_capacity(candidates.len() * candidates.len());
        for a in candidates.iter().map(|candidate| candidate.index()) {
            for b in candidates.iter().map(|candidate| candidate.index()) {
                wins.push(if a == b { 0 } else { sum.ranked[a] - sum.not_beaten[a * n + b] });
            }
        }
        Ok(Self {
            candidates,
            wins,
            scale: ballots.scale(),
            voting: ballots.total() - sum.blank,
            blank: sum.blank,
        })
    }

    /// Compares all pairs of the election being counted, and puts the matrix and the number of blank ballots into the
    /// result.
    ///
    /// # Errors
    /// For ballots of another kind, and as [`Pairwise::of`].
    pub fn record(record: &mut Record<'_>) -> Result<Self, Halt> {
        let pairwise = Self::of(record.election(), record.ranked()?)?;
        record.result.ballots.blank = Figure::scaled(pairwise.blank, pairwise.scale);
        let matrix = pairwise.matrix(record.election(), "pairwise", |a, b| {
            Figure::scaled(pairwise.wins(a, b), pairwise.scale)
        });
        record.result.matrices.push(matrix);
        Ok(pairwise)
    }

    /// How many candidates stand.
    pub fn len(&self) -> usize {
        self.candidates.len()
    }

    /// Whether nobody stands.
    pub fn is_empty(&self) -> bool {
        self.candidates.is_empty()
    }

    /// The candidates who stand; the other functions speak of positions in this list.
    pub fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    /// Position of a candidate who stands.
    pub(crate) fn position(&self, candidate: Candidate) -> Option<usize> {
        self.candidates.binary_search(&candidate).ok()
    }

    /// The candidates at those positions.
    pub(crate) fn named(&self, positions: impl IntoIterator<Item = usize>) -> Vec<Candidate> {
        positions.into_iter().map(|position| self.candidates[position]).collect()
    }

    /// Units of the ballots that prefer the first to the second.
    #[inline]
    pub fn wins(&self, a: usize, b: usize) -> u64 {
        self.wins[a * self.candidates.len() + b]
    }

    /// Whether more ballots prefer the first to the second than the other way round.
    #[inline]
    pub fn beats(&self, a: usize, b: usize) -> bool {
        self.wins(a, b) > self.wins(b, a)
    }

    /// Units that make one vote.
    pub const fn scale(&self) -> u64 {
        self.scale
    }

    /// Units of the ballots that rank anybody.
    pub const fn voting(&self) -> u64 {
        self.voting
    }

    /// Units as a figure.
    pub(crate) fn figure(&self, units: u64) -> Figure {
        Figure::scaled(units, self.scale)
    }

    /// The one who beats every other, if there is one.
    pub fn condorcet_winner(&self) -> Option<usize> {
        (0..self.len()).find(|a| (0..self.len()).all(|b| *a == b || self.beats(*a, b)))
    }

    /// A square of figures for the result.
    pub(crate) fn matrix(
        &self,
        election: &Election,
        name: &'static str,
        figure: impl Fn(usize, usize) -> Figure,
    ) -> Matrix {
        let mut values = vec![vec![None; election.len()]; election.len()];
        for (a, first) in self.candidates.iter().enumerate() {
            for (b, second) in self.candidates.iter().enumerate() {
                if a != b {
                    values[first.index()][second.index()] = Some(figure(a, b));
                }
            }
        }
        Matrix { name, values }
    }

    /// "A is preferred to B by 41 ballots, B to A by 17" as used in sentences: "41 to 17".
    pub(crate) fn score(&self, a: usize, b: usize) -> String {
        let plain = |units| self.figure(units).to_plain();
        format!("{} to {}", plain(self.wins(a, b)), plain(self.wins(b, a)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::BallotError;

    #[test]
    fn ranks_gaps_repeats_and_the_unranked_are_compared_as_documented() -> Result<(), CountError> {
        let mut builder = RankedBallots::builder(4);
        builder.push_ranks(3, &[&[0, 1], &[], &[2]])?;
        builder.push_ranks(2, &[&[3], &[2], &[3]])?;
        builder.push(5, &[Mark::OVERVOTE, Mark::next(Candidate::at(0)?)])?;
        let ballots = builder.finish();
        let election = Election::new("", ["a", "b", "c", "d"], 1, ballots.clone())?;
        let pairwise = Pairwise::of(&election, &ballots)?;
        let rows: Vec<Vec<u64>> = (0..4).map(|a| (0..4).map(|b| pairwise.wins(a, b)).collect()).collect();
        assert_eq!(rows, [[0, 0, 3, 3], [0, 0, 3, 3], [2, 2, 0, 3], [2, 2, 2, 0]]);
        assert_eq!((pairwise.voting(), pairwise.blank), (5, 5));

        let without = election.with_withdrawn(&[Candidate::at(0)?]);
        let pairwise = Pairwise::of(&without, &ballots)?;
        assert_eq!(pairwise.len(), 3);
        assert_eq!((pairwise.wins(0, 1), pairwise.wins(1, 0)), (3, 2));
        Ok(())
    }

    #[test]
    fn shares_of_the_ballots_add_up_to_the_whole() -> Result<(), BallotError> {
        let mut builder = RankedBallots::builder(6);
        for seed in 0..5000_usize {
            let mut order = [0, 1, 2, 3, 4, 5];
            order.rotate_left(seed % 6);
            order.swap(seed % 5, seed % 4);
            builder.push_order(seed as u64 % 7 + 1, &order[..=seed % 6])?;
        }
        let ballots = builder.finish();
        let withdrawn = [false; 6];
        let whole = Part::read(&ballots, 0..ballots.len(), &withdrawn);
        let mut parts = Part::read(&ballots, 0..ballots.len() / 3, &withdrawn);
        parts.add(&Part::read(&ballots, ballots.len() / 3..ballots.len(), &withdrawn));
        assert_eq!((whole.ranked, whole.not_beaten), (parts.ranked, parts.not_beaten));
        Ok(())
    }

    #[test]
    fn too_many_candidates_are_refused() -> Result<(), BallotError> {
        let ballots = RankedBallots::builder(MAX_COMPARED + 1).finish();
        let names: Vec<String> = (0..=MAX_COMPARED).map(|number| number.to_string()).collect();
        let election = Election::new("", names, 1, ballots.clone())?;
        assert!(Pairwise::of(&election, &ballots).is_err());
        Ok(())
    }
}
