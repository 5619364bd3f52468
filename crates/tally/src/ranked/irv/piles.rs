//! The ballots in piles by the candidate they count for.

use super::{
    Irv,
    reader::{Landing, Reader},
};
use crate::{
    ballots::RankedBallots,
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
        ("exhaust-if-multiple-continuing", Self::ExhaustIfMultipleContinuing),
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
pub(crate) const REASONS: [&str; 4] =
    ["exhaustedChoices", "overvotes", "repeatedRankings", "skippedRankings"];

pub(crate) struct Piles<'a> {
    ballots: &'a RankedBallots,
    reader: Reader<'a>,
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
            ballots,
            reader: Reader::new(rules, ballots),
            by_candidate: vec![Vec::new(); election.len()],
            tally: vec![0; election.len()],
            inactive: [0; 4],
            standing: election.all().map(|candidate| !election.is_withdrawn(candidate)).collect(),
            continuing,
        };
        for group in 0..ballots.len() {
            // Ballots are counted in 32 bits when they are added, so nothing is lost here.
            if !ballots.span(group).is_empty() {
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
        self.continuing.iter().map(|candidate| self.tally(*candidate)).sum()
    }

    /// Takes candidates out together, then moves their ballots on.
    pub(crate) fn exclude(&mut self, excluded: &[Candidate]) -> Vec<Transfer> {
        for candidate in excluded {
            self.standing[candidate.index()] = false;
        }
        self.continuing.retain(|candidate| !excluded.contains(candidate));
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
            for (reason, (now, then)) in REASONS.into_iter().zip(self.inactive.into_iter().zip(inactive)) {
                if now > then {
                    to.push((Target::Nobody(reason), figure(now - then)));
                }
            }
            self.tally[candidate.index()] = 0;
            if !to.is_empty() {
                transfers.push(Transfer { from: *candidate, to, value: None });
            }
        }
        transfers
    }

    fn place(&mut self, group: u32) {
        let weight = self.ballots.weight(group as usize);
        match self.reader.read_on(group as usize, &self.standing) {
            Landing::On(candidate) => {
                self.tally[candidate.index()] += weight;
                self.by_candidate[candidate.index()].push(group);
            }
            Landing::Inactive(reason) => self.inactive[reason as usize] += weight,
        }
    }
}
