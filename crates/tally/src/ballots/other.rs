//! Score and approval ballots, and tallies of grades.

use super::groups::{Grouping, Groups, Weight};
use crate::{election::Candidate, error::BallotError};

/// Stands for "no score given" in a row of scores. What it counts as is a named option of each method.
pub const UNMARKED: u16 = u16::MAX;

/// Ballots with a score for each candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreBallots {
    groups: Groups,
    candidates: usize,
    max_score: u16,
}

impl ScoreBallots {
    /// Starts a set of ballots for that many candidates, scored from 0 to `max_score` (below [`UNMARKED`]).
    pub fn builder(candidates: usize, max_score: u16) -> ScoreBuilder {
        ScoreBuilder { grouping: Grouping::new(), candidates, max_score: max_score.min(UNMARKED - 1) }
    }

    /// How many candidates the ballots are for.
    pub const fn candidates(&self) -> usize {
        self.candidates
    }

    /// The highest score.
    pub const fn max_score(&self) -> u16 {
        self.max_score
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

    /// Units that make one vote.
    pub const fn scale(&self) -> u64 {
        self.groups.scale()
    }

    /// Weight in units of the ballots that score nobody (an explicit 0 is a score).
    pub fn blank(&self) -> u64 {
        self.iter()
            .filter(|(_, row)| row.iter().all(|score| *score == UNMARKED))
            .map(|(weight, _)| weight)
            .sum()
    }

    /// Weight in units and scores, one per candidate, [`UNMARKED`] where none was given.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (u64, &[u16])> {
        self.groups.iter()
    }
}

/// Collects score ballots.
#[derive(Clone, Debug)]
pub struct ScoreBuilder {
    grouping: Grouping,
    candidates: usize,
    max_score: u16,
}

impl ScoreBuilder {
    /// Adds a ballot: one score per candidate, or [`UNMARKED`].
    ///
    /// # Errors
    /// When scores are missing or too high, or the total becomes too large.
    pub fn push(&mut self, weight: impl Into<Weight>, scores: &[u16]) -> Result<(), BallotError> {
        if scores.len() != self.candidates {
            return Err(BallotError::ScoresMissing { given: scores.len(), candidates: self.candidates });
        }
        if let Some(high) = scores.iter().find(|score| **score > self.max_score && **score != UNMARKED) {
            return Err(BallotError::ScoreTooHigh { score: u64::from(*high), max: self.max_score });
        }
        self.grouping.push(weight.into(), scores)
    }

    /// The ballots collected.
    pub fn finish(self) -> ScoreBallots {
        ScoreBallots {
            groups: self.grouping.finish(),
            candidates: self.candidates,
            max_score: self.max_score,
        }
    }
}

/// Ballots that approve of some candidates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalBallots {
    groups: Groups,
    candidates: usize,
}

impl ApprovalBallots {
    /// Starts a set of ballots for that many candidates.
    pub fn builder(candidates: usize) -> ApprovalBuilder {
        ApprovalBuilder { grouping: Grouping::new(), candidates, row: Vec::new() }
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

    /// Units that make one vote.
    pub const fn scale(&self) -> u64 {
        self.groups.scale()
    }

    /// Weight in units of the ballots that approve of nobody.
    pub fn blank(&self) -> u64 {
        self.groups.iter().filter(|(_, marks)| marks.is_empty()).map(|(weight, _)| weight).sum()
    }

    /// Weight in units and approved candidates, each once, in list order.
    pub fn iter(
        &self,
    ) -> impl ExactSizeIterator<Item = (u64, impl ExactSizeIterator<Item = Candidate> + Clone + '_)> {
        self.groups.iter().map(|(weight, marks)| (weight, marks.iter().copied().map(Candidate::from_raw)))
    }
}

/// Collects approval ballots.
#[derive(Clone, Debug)]
pub struct ApprovalBuilder {
    grouping: Grouping,
    candidates: usize,
    row: Vec<u16>,
}

impl ApprovalBuilder {
    /// Adds a ballot approving of candidates (numbered from 0). One named twice is approved of once.
    ///
    /// # Errors
    /// When a candidate does not exist or the total becomes too large.
    pub fn push(&mut self, weight: impl Into<Weight>, approved: &[usize]) -> Result<(), BallotError> {
        self.row.clear();
        for index in approved {
            if *index >= self.candidates {
                let number = *index as u64 + 1;
                return Err(BallotError::UnknownCandidate { number, candidates: self.candidates });
            }
            self.row.push(Candidate::at(*index)?.raw());
        }
        self.row.sort_unstable();
        self.row.dedup();
        self.grouping.push(weight.into(), &self.row)
    }

    /// The ballots collected.
    pub fn finish(self) -> ApprovalBallots {
        ApprovalBallots { groups: self.grouping.finish(), candidates: self.candidates }
    }
}

/// What stands in for judgments that some participants did not give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingGrades {
    /// Everybody judged everyone.
    None,
    /// A missing judgment counts as this grade (0 is the worst).
    Grade(usize),
    /// A missing judgment counts as the candidate's own median.
    Median,
    /// Tallies are scaled to a common number of judgments.
    Normalized,
}

/// How often each candidate got each grade; all that majority judgment needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GradeTallies {
    /// Per candidate, the number of judgments of each grade, worst grade first.
    pub tallies: Vec<Vec<u64>>,
    /// How many people judged.
    pub participants: u64,
    /// What stands in for missing judgments, as the file says; a method's parameter may say otherwise.
    pub missing: MissingGrades,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_and_approvals_are_checked() -> Result<(), BallotError> {
        let mut scores = ScoreBallots::builder(2, 5);
        scores.push(2, &[5, UNMARKED])?;
        scores.push(1, &[UNMARKED, UNMARKED])?;
        assert!(scores.push(1, &[6, 0]).is_err());
        assert!(scores.push(1, &[5]).is_err());
        assert_eq!(scores.finish().blank(), 1);

        let mut approvals = ApprovalBallots::builder(3);
        approvals.push(1, &[2, 0, 2])?;
        approvals.push(1, &[0, 2])?;
        assert!(approvals.push(1, &[3]).is_err());
        assert_eq!(approvals.finish().len(), 1);
        Ok(())
    }
}
