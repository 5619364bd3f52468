//! Reading a ballot from one rank to the next as the options say.

use super::{Irv, OvervoteRule};
use crate::{
    ballots::{Mark, RankedBallots},
    election::Candidate,
};

/// Why a ballot is inactive, in the order of [`super::REASONS`].
#[derive(Clone, Copy)]
pub(crate) enum Reason {
    Exhausted = 0,
    Overvote = 1,
    Repeated = 2,
    Skipped = 3,
}

/// Where a ballot comes to count.
pub(crate) enum Landing {
    On(Candidate),
    Inactive(Reason),
}

/// The place each ballot is read to.
pub(crate) struct Reader<'a> {
    rules: &'a Irv,
    ballots: &'a RankedBallots,
    /// Where reading goes on, per different ballot: behind the rank that holds the vote now.
    next: Vec<u32>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(rules: &'a Irv, ballots: &'a RankedBallots) -> Self {
        // Marks are counted in 32 bits when they are added, so nothing is lost here.
        let begin = |group| u32::try_from(ballots.span(group).start).unwrap_or(u32::MAX);
        Self { next: (0..ballots.len()).map(begin).collect(), rules, ballots }
    }

    /// Reads a ballot on from where it stands to the next candidate who may have the vote.
    ///
    /// Ranks read before need no second look: the field only shrinks, so whoever was passed over stays out.
    pub(crate) fn read_on(&mut self, group: usize, standing: &[bool]) -> Landing {
        let span = self.ballots.span(group);
        let end = self.end(&span);
        let mut at = self.next[group] as usize;
        let mut gap = 0_u32;
        while at < end {
            let Some(mark) = self.ballots.mark_at(at) else {
                break;
            };
            if mark == Mark::SKIPPED {
                gap += 1;
                at += 1;
                continue;
            }
            if self.rules.max_skipped.is_some_and(|most| gap > most) {
                return Landing::Inactive(Reason::Skipped);
            }
            gap = 0;
            let mut behind = at + 1;
            while behind < end && self.ballots.mark_at(behind).is_some_and(Mark::is_shared) {
                behind += 1;
            }
            if self.rules.exhaust_on_duplicate && self.repeats(span.start, at, behind) {
                return Landing::Inactive(Reason::Repeated);
            }
            let landed = match self.read_rank(at, behind, standing) {
                Ok(landed) => landed,
                Err(reason) => return Landing::Inactive(reason),
            };
            at = behind;
            if let Some(candidate) = landed {
                self.next[group] = u32::try_from(at).unwrap_or(u32::MAX);
                return Landing::On(candidate);
            }
        }
        Landing::Inactive(Reason::Exhausted)
    }

    /// Who gets the vote at this rank, if anybody; an error ends the ballot.
    fn read_rank(&self, at: usize, behind: usize, standing: &[bool]) -> Result<Option<Candidate>, Reason> {
        let standing = |candidate: &Candidate| standing[candidate.index()];
        let Some(first) = self.ballots.candidate_at(at) else {
            return match self.rules.overvote {
                OvervoteRule::Skip => Ok(None),
                OvervoteRule::Exhaust | OvervoteRule::ExhaustIfMultipleContinuing => Err(Reason::Overvote),
            };
        };
        let mut others = (at + 1..behind).filter_map(|other| self.ballots.candidate_at(other));
        if others.all(|other| other == first) {
            return Ok(Some(first).filter(standing));
        }
        match self.rules.overvote {
            OvervoteRule::Exhaust => Err(Reason::Overvote),
            OvervoteRule::Skip => Ok(None),
            OvervoteRule::ExhaustIfMultipleContinuing => {
                let mut left =
                    (at..behind).filter_map(|place| self.ballots.candidate_at(place)).filter(standing);
                let Some(only) = left.next() else {
                    return Ok(None);
                };
                if left.all(|other| other == only) { Ok(Some(only)) } else { Err(Reason::Overvote) }
            }
        }
    }

    /// Whether a candidate at this rank stands at an earlier one too.
    fn repeats(&self, begin: usize, at: usize, behind: usize) -> bool {
        let seen = |wanted| (begin..at).any(|earlier| self.ballots.candidate_at(earlier) == Some(wanted));
        (at..behind).filter_map(|place| self.ballots.candidate_at(place)).any(seen)
    }

    /// Where the ranks that are read end.
    fn end(&self, span: &std::ops::Range<usize>) -> usize {
        let Some(most) = self.rules.max_rankings else {
            return span.end;
        };
        let opens_rank = |at: &usize| self.ballots.mark_at(*at).is_some_and(|mark| !mark.is_shared());
        span.clone().filter(opens_rank).nth(most as usize).unwrap_or(span.end)
    }
}
