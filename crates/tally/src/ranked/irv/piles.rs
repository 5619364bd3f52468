//! The ballots in piles by the candidate they count for.

use super::Irv;
use crate::{
    ballots::{Mark, RankedBallots},
    election::{Candidate, Election},
    numbers::Figure,
    result::{Target, Transfer},
};

/// What several marks at one rank mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OvervoteRule {
    /// The ballot ends there.
    Exhaust,
    /// The rank is passed over.
    Skip,
    /// The ballot ends there if more than one of those marked is still in the count; a single one gets the vote. An
    /// overvote whose marks are unknown ends it.
    ExhaustIfMultipleContinuing,
}

impl OvervoteRule {
    pub(crate) const CHOICES: [(&'static str, Self); 6] = [
        ("exhaust", Self::Exhaust),
        ("skip", Self::Skip),
        (
            "exhaust-if-multiple-continuing",
            Self::ExhaustIfMultipleContinuing,
        ),
        ("exhaustImmediately", Self::Exhaust),
        ("alwaysSkipToNextRank", Self::Skip),
        ("alwaysSkip", Self::Skip),
    ];

    /// The name that stands in parameters.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exhaust => "exhaust",
            Self::Skip => "skip",
            Self::ExhaustIfMultipleContinuing => "exhaust-if-multiple-continuing",
        }
    }
}

/// Why ballots are inactive, in the order of [`Piles::inactive`].
pub(crate) const REASONS: [&str; 4] = [
    "exhaustedChoices",
    "overvotes",
    "repeatedRankings",
    "skippedRankings",
];

#[derive(Clone, Copy)]
enum Reason {
    Exhausted = 0,
    Overvote = 1,
    Repeated = 2,
    Skipped = 3,
}

enum Landing {
    On(Candidate),
    Inactive(Reason),
}

pub(crate) struct Piles<'a> {
    rules: &'a Irv,
    ballots: &'a RankedBallots,
    /// Where reading goes on, per different ballot: behind the rank that holds the vote now.
    next: Vec<u32>,
    /// The different ballots counting for each candidate.
    by_candidate: Vec<Vec<u32>>,
    tally: Vec<u64>,
    inactive: [u64; 4],
    standing: Vec<bool>,
    continuing: Vec<Candidate>,
}

impl<'a> Piles<'a> {
    pub(crate) fn new(rules: &'a Irv, election: &Election, ballots: &'a RankedBallots) -> Self {
        let continuing: Vec<Candidate> = election.standing().collect();
        let mut piles = Self {
            rules,
            ballots,
            next: Vec::with_capacity(ballots.len()),
            by_candidate: vec![Vec::new(); election.len()],
            tally: vec![0; election.len()],
            inactive: [0; 4],
            standing: election
                .all()
                .map(|candidate| !election.is_withdrawn(candidate))
                .collect(),
            continuing,
        };
        for group in 0..ballots.len() {
            let span = ballots.span(group);
            // Ballots and their marks are counted in 32 bits when they are added, so nothing is lost here.
            piles
                .next
                .push(u32::try_from(span.start).unwrap_or(u32::MAX));
            if !span.is_empty() {
                piles.place(u32::try_from(group).unwrap_or(u32::MAX));
            }
        }
        piles
    }

    pub(crate) fn continuing(&self) -> &[Candidate] {
        &self.continuing
    }

    pub(crate) fn is_continuing(&self, candidate: Candidate) -> bool {
        self.standing[candidate.index()]
    }

    pub(crate) fn tally(&self, candidate: Candidate) -> u64 {
        self.tally[candidate.index()]
    }

    pub(crate) const fn inactive(&self) -> [u64; 4] {
        self.inactive
    }

    /// Units counting for somebody.
    pub(crate) fn active(&self) -> u64 {
        self.continuing
            .iter()
            .map(|candidate| self.tally(*candidate))
            .sum()
    }

    /// Takes candidates out together, then moves their ballots on.
    pub(crate) fn exclude(&mut self, excluded: &[Candidate]) -> Vec<Transfer> {
        for candidate in excluded {
            self.standing[candidate.index()] = false;
        }
        self.continuing
            .retain(|candidate| !excluded.contains(candidate));
        let mut transfers = Vec::new();
        for candidate in excluded {
            let before = self.tally.clone();
            let inactive = self.inactive;
            for group in std::mem::take(&mut self.by_candidate[candidate.index()]) {
                self.place(group);
            }
            let figure = |units: u64| Figure::scaled(units, self.ballots.scale());
            let mut to: Vec<(Target, Figure)> = Vec::new();
            for to_whom in &self.continuing {
                let moved = self.tally(*to_whom) - before[to_whom.index()];
                if moved > 0 {
                    to.push((Target::Candidate(*to_whom), figure(moved)));
                }
            }
            for (reason, (now, then)) in REASONS
                .into_iter()
                .zip(self.inactive.into_iter().zip(inactive))
            {
                if now > then {
                    to.push((Target::Nobody(reason), figure(now - then)));
                }
            }
            self.tally[candidate.index()] = 0;
            if !to.is_empty() {
                transfers.push(Transfer {
                    from: *candidate,
                    to,
                    value: None,
                });
            }
        }
        transfers
    }

    fn place(&mut self, group: u32) {
        let weight = self.ballots.weight(group as usize);
        match self.read_on(group as usize) {
            Landing::On(candidate) => {
                self.tally[candidate.index()] += weight;
                self.by_candidate[candidate.index()].push(group);
            }
            Landing::Inactive(reason) => self.inactive[reason as usize] += weight,
        }
    }

    /// Reads a ballot on from where it stands to the next candidate who may have the vote.
    ///
    /// Ranks read before need no second look: the field only shrinks, so whoever was passed over stays out.
    fn read_on(&mut self, group: usize) -> Landing {
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
            let landed = match self.read_rank(at, behind) {
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
    fn read_rank(&self, at: usize, behind: usize) -> Result<Option<Candidate>, Reason> {
        let standing = |candidate: &Candidate| self.standing[candidate.index()];
        let Some(first) = self.ballots.candidate_at(at) else {
            return match self.rules.overvote {
                OvervoteRule::Skip => Ok(None),
                OvervoteRule::Exhaust | OvervoteRule::ExhaustIfMultipleContinuing => {
                    Err(Reason::Overvote)
                }
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
                let mut left = (at..behind)
                    .filter_map(|place| self.ballots.candidate_at(place))
                    .filter(standing);
                let Some(only) = left.next() else {
                    return Ok(None);
                };
                if left.all(|other| other == only) {
                    Ok(Some(only))
                } else {
                    Err(Reason::Overvote)
                }
            }
        }
    }

    /// Whether a candidate at this rank stands at an earlier one too.
    fn repeats(&self, begin: usize, at: usize, behind: usize) -> bool {
        let seen =
            |wanted| (begin..at).any(|earlier| self.ballots.candidate_at(earlier) == Some(wanted));
        (at..behind)
            .filter_map(|place| self.ballots.candidate_at(place))
            .any(seen)
    }

    /// Where the ranks that are read end.
    fn end(&self, span: &std::ops::Range<usize>) -> usize {
        let Some(most) = self.rules.max_rankings else {
            return span.end;
        };
        let opens_rank = |at: &usize| {
            self.ballots
                .mark_at(*at)
                .is_some_and(|mark| !mark.is_shared())
        };
        span.clone()
            .filter(opens_rank)
            .nth(most as usize)
            .unwrap_or(span.end)
    }
}
