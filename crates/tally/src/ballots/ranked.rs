//! Ranked ballots as marked: equal ranks, empty ranks, overvotes and repeats are all kept.

use super::groups::{Batch, Grouping, Groups, Weight};
use crate::{
    election::{Candidate, MAX_CANDIDATES},
    error::BallotError,
};

const SHARED: u16 = 0x8000;
const CANDIDATE: u16 = 0x3fff;
const SKIPPED: u16 = 0x7fff;
const OVERVOTE: u16 = 0x7ffe;

/// One mark of a ranked ballot, best first. Each mark opens a new rank, except those made with [`Mark::shared`], which
/// join the rank of the mark before.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mark(u16);

impl Mark {
    /// A rank left empty with a further rank used after it.
    pub const SKIPPED: Self = Self(SKIPPED);
    /// A rank with several marks nobody recorded: known to be an overvote, not for whom.
    pub const OVERVOTE: Self = Self(OVERVOTE);

    /// The candidate at the next rank.
    pub const fn next(candidate: Candidate) -> Self {
        Self(candidate.raw())
    }

    /// A further candidate at the same rank (an equal rank, or an overvote: the counting rules say which).
    pub const fn shared(candidate: Candidate) -> Self {
        Self(candidate.raw() | SHARED)
    }

    /// The candidate marked; `None` for an empty rank and an unknown overvote.
    pub const fn candidate(self) -> Option<Candidate> {
        match self.0 {
            SKIPPED | OVERVOTE => None,
            raw => Some(Candidate::from_raw(raw & CANDIDATE)),
        }
    }

    /// Whether this mark joins the rank of the mark before it.
    pub const fn is_shared(self) -> bool {
        self.0 & SHARED != 0
    }

    pub(crate) const fn raw(self) -> u16 {
        self.0
    }

    pub(crate) const fn from_raw(raw: u16) -> Self {
        Self(raw)
    }
}

impl std::fmt::Debug for Mark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.candidate(), *self) {
            (Some(candidate), mark) if mark.is_shared() => write!(f, "={}", candidate.index()),
            (Some(candidate), _) => write!(f, "{}", candidate.index()),
            (None, Self::SKIPPED) => f.write_str("-"),
            (None, _) => f.write_str("?"),
        }
    }
}

/// Ranked ballots, equal ones merged in the order they were first met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RankedBallots {
    groups: Groups,
    candidates: usize,
}

impl RankedBallots {
    /// Starts a set of ballots for that many candidates.
    pub fn builder(candidates: usize) -> RankedBuilder {
        RankedBuilder { grouping: Grouping::new(), candidates, row: Vec::new() }
    }

    /// How many candidates the ballots are for.
    pub const fn candidates(&self) -> usize {
        self.candidates
    }

    /// How many different ballots there are.
    pub fn len(&self) -> usize {
        self.groups.len()
    }

    /// Whether there is no ballot.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Total weight in units.
    pub const fn total(&self) -> u64 {
        self.groups.total()
    }

    /// Units that make one vote; 1 unless a file gave fractional weights.
    pub const fn scale(&self) -> u64 {
        self.groups.scale()
    }

    /// Weight in units of the ballots that mark nobody and no overvote.
    pub fn blank(&self) -> u64 {
        self.groups.iter().filter(|(_, marks)| marks.is_empty()).map(|(weight, _)| weight).sum()
    }

    /// Weight of one of the different ballots, in units.
    ///
    /// # Panics
    /// When `group` is not below [`RankedBallots::len`].
    pub fn weight(&self, group: usize) -> u64 {
        self.groups.weight(group)
    }

    /// Marks of one of the different ballots.
    ///
    /// # Panics
    /// When `group` is not below [`RankedBallots::len`].
    pub fn marks(&self, group: usize) -> impl ExactSizeIterator<Item = Mark> + Clone + '_ {
        self.groups.marks(group).iter().copied().map(Mark::from_raw)
    }

    /// Weight in units and marks of every different ballot.
    pub fn iter(
        &self,
    ) -> impl ExactSizeIterator<Item = (u64, impl ExactSizeIterator<Item = Mark> + Clone + '_)> {
        self.groups.iter().map(|(weight, marks)| (weight, marks.iter().copied().map(Mark::from_raw)))
    }

    /// Where a ballot's marks begin and end in the flat array of [`RankedBallots::mark_at`]: a method that moves
    /// through millions of ballots keeps one such position per ballot and no copy of the marks.
    ///
    /// # Panics
    /// When `group` is not below [`RankedBallots::len`].
    pub fn span(&self, group: usize) -> std::ops::Range<usize> {
        self.groups.begin(group)..self.groups.end(group)
    }

    /// The mark at a position of the flat array; `None` beyond its end.
    #[inline]
    pub fn mark_at(&self, position: usize) -> Option<Mark> {
        self.groups.all_marks().get(position).copied().map(Mark::from_raw)
    }

    /// The candidate at a position of a ballot [cleaned](super::clean()) for strict orders, where every mark is one.
    #[inline]
    pub fn candidate_at(&self, position: usize) -> Option<Candidate> {
        self.mark_at(position).and_then(Mark::candidate)
    }
}

/// Collects ranked ballots.
#[derive(Clone, Debug)]
pub struct RankedBuilder {
    grouping: Grouping,
    candidates: usize,
    row: Vec<u16>,
}

impl RankedBuilder {
    pub(super) fn keep_scale(&mut self, scale: u64) -> Result<(), BallotError> {
        self.grouping.keep_scale(scale)
    }

    /// Adds a ballot of marks. Empty ranks at the end say nothing and are dropped.
    ///
    /// # Errors
    /// When a mark names no candidate, shares a rank with nothing, or the total becomes too large.
    pub fn push(&mut self, weight: impl Into<Weight>, marks: &[Mark]) -> Result<(), BallotError> {
        self.row.clear();
        // Whether the mark before named a candidate, whose rank this one may join.
        let mut named = false;
        for mark in marks {
            match mark.candidate() {
                Some(candidate) if candidate.index() >= self.candidates.min(MAX_CANDIDATES) => {
                    let number = candidate.index() as u64 + 1;
                    return Err(BallotError::UnknownCandidate { number, candidates: self.candidates });
                }
                _ if mark.is_shared() && !named => return Err(BallotError::SharesWithNothing),
                candidate => named = candidate.is_some(),
            }
            self.row.push(mark.raw());
        }
        while self.row.last() == Some(&SKIPPED) {
            self.row.pop();
        }
        self.grouping.push(weight.into(), &self.row)
    }

    /// Adds ballots whose marks are candidates checked already, each at a rank of its own; the batch is empty then. An
    /// error says which of them cannot be added.
    pub(crate) fn push_batch(&mut self, batch: &mut Batch) -> Result<(), (usize, BallotError)> {
        let pushed = self.grouping.push_batch(batch);
        batch.clear();
        pushed
    }

    /// Adds a ballot that ranks candidates (numbered from 0) one after another.
    ///
    /// # Errors
    /// As [`RankedBuilder::push`].
    pub fn push_order(&mut self, weight: impl Into<Weight>, order: &[usize]) -> Result<(), BallotError> {
        let marks: Vec<Mark> = order
            .iter()
            .map(|index| Ok(Mark::next(self.candidate(*index)?)))
            .collect::<Result<_, BallotError>>()?;
        self.push(weight, &marks)
    }

    /// Adds a ballot rank by rank: no candidate is an empty rank, several share it. Candidates are numbered from 0.
    ///
    /// # Errors
    /// As [`RankedBuilder::push`].
    pub fn push_ranks(&mut self, weight: impl Into<Weight>, ranks: &[&[usize]]) -> Result<(), BallotError> {
        let mut marks = Vec::with_capacity(ranks.len());
        for rank in ranks {
            if rank.is_empty() {
                marks.push(Mark::SKIPPED);
            }
            for (place, index) in rank.iter().enumerate() {
                let candidate = self.candidate(*index)?;
                marks.push(if place == 0 { Mark::next(candidate) } else { Mark::shared(candidate) });
            }
        }
        self.push(weight, &marks)
    }

    fn candidate(&self, index: usize) -> Result<Candidate, BallotError> {
        let unknown = BallotError::UnknownCandidate { number: index as u64 + 1, candidates: self.candidates };
        if index < self.candidates { Candidate::at(index) } else { Err(unknown) }
    }

    /// Sets the number of candidates, where it is known only now.
    pub(crate) const fn set_candidates(&mut self, candidates: usize) {
        self.candidates = candidates;
    }

    /// The ballots collected.
    pub fn finish(self) -> RankedBallots {
        RankedBallots { groups: self.grouping.finish(), candidates: self.candidates }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ballots_keep_what_was_marked() -> Result<(), BallotError> {
        let mut builder = RankedBallots::builder(4);
        builder.push_ranks(2, &[&[0, 1], &[], &[2]])?;
        builder.push_ranks(1, &[&[], &[]])?;
        builder.push(3, &[Mark::OVERVOTE, Mark::next(Candidate::at(3)?)])?;
        let ballots = builder.finish();
        let shown: Vec<String> =
            ballots.iter().map(|(w, marks)| format!("{w}{:?}", marks.collect::<Vec<_>>())).collect();
        assert_eq!(shown, ["2[0, =1, -, 2]", "1[]", "3[?, 3]"]);
        assert_eq!((ballots.blank(), ballots.total()), (1, 6));
        Ok(())
    }

    #[test]
    fn marks_that_make_no_sense_are_refused() -> Result<(), BallotError> {
        let mut builder = RankedBallots::builder(2);
        let first = Candidate::at(0)?;
        assert!(builder.push_order(1, &[2]).is_err());
        assert!(builder.push(1, &[Mark::shared(first)]).is_err());
        assert!(builder.push(1, &[Mark::SKIPPED, Mark::shared(first)]).is_err());
        assert!(Candidate::at(MAX_CANDIDATES).is_err());
        Ok(())
    }
}
