//! Reading ballots as orders with equal ranks, among some of the candidates.

use crate::ballots::{Mark, RankedBallots};

/// One ballot read: candidates by position in the list, best first, in ranks.
///
/// Empty ranks and candidates not asked for mean nothing, of repeated marks the first counts, and a ballot ends at an
/// overvote nobody knows the marks of. The same object reads one ballot after another.
pub(super) struct WeakOrder {
    listed: Vec<usize>,
    /// Where each rank begins.
    begins: Vec<usize>,
    /// The reading a candidate was last met in, counted from 1.
    seen: Vec<u64>,
    reading: u64,
}

impl WeakOrder {
    pub(super) fn new(candidates: usize) -> Self {
        Self {
            listed: Vec::with_capacity(candidates),
            begins: Vec::with_capacity(candidates),
            seen: vec![0; candidates],
            reading: 0,
        }
    }

    /// Reads one of the different ballots, passing over those not `wanted`.
    pub(super) fn read(&mut self, ballots: &RankedBallots, group: usize, wanted: &[bool]) {
        self.reading += 1;
        self.listed.clear();
        self.begins.clear();
        let mut opens = true;
        for mark in ballots.marks(group) {
            let Some(candidate) = mark.candidate() else {
                if mark == Mark::SKIPPED {
                    continue;
                }
                break;
            };
            opens |= !mark.is_shared();
            let candidate = candidate.index();
            if self.seen[candidate] == self.reading || !wanted[candidate] {
                continue;
            }
            self.seen[candidate] = self.reading;
            if opens {
                self.begins.push(self.listed.len());
                opens = false;
            }
            self.listed.push(candidate);
        }
    }

    /// How many candidates the ballot ranks.
    pub(super) fn len(&self) -> usize {
        self.listed.len()
    }

    /// Whether it ranks nobody.
    pub(super) fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// Whether it ranks a candidate.
    pub(super) fn ranks(&self, candidate: usize) -> bool {
        self.seen[candidate] == self.reading
    }

    /// The ranks: how many candidates stand above, and who stands there.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (usize, &[usize])> {
        (0..self.begins.len()).map(|rank| {
            let begin = self.begins[rank];
            let end = self.begins.get(rank + 1).copied().unwrap_or(self.listed.len());
            (begin, &self.listed[begin..end])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{election::Candidate, error::BallotError};

    #[test]
    fn ranks_are_read_among_those_wanted() -> Result<(), BallotError> {
        let mut builder = RankedBallots::builder(4);
        builder.push_ranks(1, &[&[3, 0], &[], &[1, 3], &[2]])?;
        builder.push(1, &[Mark::next(Candidate::at(1)?), Mark::OVERVOTE, Mark::next(Candidate::at(2)?)])?;
        let ballots = builder.finish();
        let mut order = WeakOrder::new(4);
        let mut read = |group: usize, wanted: &[bool]| -> Vec<(usize, Vec<usize>)> {
            order.read(&ballots, group, wanted);
            order.iter().map(|(above, rank)| (above, rank.to_vec())).collect()
        };
        let all = [true; 4];
        assert_eq!(read(0, &all), [(0, vec![3, 0]), (2, vec![1]), (3, vec![2])]);
        assert_eq!(read(0, &[true, true, true, false]), [(0, vec![0]), (1, vec![1]), (2, vec![2])]);
        assert_eq!(read(1, &all), [(0, vec![1])]);
        Ok(())
    }
}
