//! An election: who stands, for how many seats, and the ballots.

use std::collections::HashSet;

use crate::{ballots::Ballots, error::BallotError};

/// The most candidates one election can have; the remaining bits of a [`Mark`](crate::Mark) carry its meaning.
pub const MAX_CANDIDATES: usize = 0x3fff;

/// A candidate, by position in the election's list (from 0). The position is also the "candidate order" of tie rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Candidate(u16);

impl Candidate {
    /// The candidate at a position.
    ///
    /// # Errors
    /// When the position is beyond [`MAX_CANDIDATES`].
    pub fn at(index: usize) -> Result<Self, BallotError> {
        match u16::try_from(index) {
            Ok(small) if index < MAX_CANDIDATES => Ok(Self(small)),
            _ => Err(BallotError::UnknownCandidate { number: index as u64 + 1, candidates: MAX_CANDIDATES }),
        }
    }

    pub(crate) const fn from_raw(raw: u16) -> Self {
        Self(raw)
    }

    pub(crate) const fn raw(self) -> u16 {
        self.0
    }

    /// Position in the election's list, from 0.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// One entry of the candidate list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name printed in results; names are distinct.
    pub name: String,
    /// Withdrawn candidates keep their place in the list but are passed over on every ballot, as if never printed.
    pub withdrawn: bool,
}

/// Everything a count needs: candidates, seats and ballots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Election {
    title: String,
    entries: Vec<Entry>,
    seats: u32,
    ballots: Ballots,
    tie_order: Option<Vec<Candidate>>,
}

impl Election {
    /// Puts an election together.
    ///
    /// # Errors
    /// When there is no candidate, two share a name, or the ballots were built for another number of candidates.
    pub fn new<N: Into<String>>(
        title: impl Into<String>,
        names: impl IntoIterator<Item = N>,
        seats: u32,
        ballots: impl Into<Ballots>,
    ) -> Result<Self, BallotError> {
        let entries: Vec<Entry> =
            names.into_iter().map(|name| Entry { name: name.into(), withdrawn: false }).collect();
        let ballots = ballots.into();
        if entries.is_empty() {
            return Err(BallotError::NoCandidates);
        }
        if entries.len() > MAX_CANDIDATES {
            return Err(BallotError::TooManyCandidates { candidates: entries.len(), max: MAX_CANDIDATES });
        }
        if ballots.candidates() != entries.len() {
            return Err(BallotError::CandidatesDiffer {
                candidates: entries.len(),
                ballots: ballots.candidates(),
            });
        }
        let mut seen = HashSet::with_capacity(entries.len());
        if let Some(twice) = entries.iter().find(|entry| !seen.insert(entry.name.as_str())) {
            return Err(BallotError::DuplicateName { name: twice.name.clone() });
        }
        Ok(Self { title: title.into(), entries, seats, ballots, tie_order: None })
    }

    /// Marks candidates as withdrawn.
    #[must_use]
    pub fn with_withdrawn(mut self, withdrawn: &[Candidate]) -> Self {
        for candidate in withdrawn {
            if let Some(entry) = self.entries.get_mut(candidate.index()) {
                entry.withdrawn = true;
            }
        }
        self
    }

    /// Sets an order of candidates for tie rules by candidate order, where a file brings its own. Candidates not named
    /// follow in list order.
    #[must_use]
    pub fn with_tie_order(mut self, order: Vec<Candidate>) -> Self {
        self.tie_order = Some(order);
        self
    }

    /// The election's title; may be empty.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The candidate list, withdrawn ones included.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// A candidate's name.
    pub fn name(&self, candidate: Candidate) -> &str {
        self.entries.get(candidate.index()).map_or("", |entry| entry.name.as_str())
    }

    /// The candidate of that name.
    pub fn find(&self, name: &str) -> Option<Candidate> {
        let index = self.entries.iter().position(|entry| entry.name == name)?;
        Candidate::at(index).ok()
    }

    /// How many names are on the list, withdrawn ones included.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Never true: an election has at least one candidate.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All candidates in list order, withdrawn ones included.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = Candidate> + use<> {
        // The list is never longer than MAX_CANDIDATES, so every position fits.
        (0..u16::try_from(self.entries.len()).unwrap_or(u16::MAX)).map(Candidate::from_raw)
    }

    /// The candidates who stand: all but the withdrawn.
    pub fn standing(&self) -> impl DoubleEndedIterator<Item = Candidate> + '_ {
        self.all().filter(|candidate| !self.is_withdrawn(*candidate))
    }

    /// Whether a candidate has withdrawn.
    pub fn is_withdrawn(&self, candidate: Candidate) -> bool {
        self.entries.get(candidate.index()).is_some_and(|entry| entry.withdrawn)
    }

    /// Seats to fill, before a method's own setting.
    pub fn seats(&self) -> u32 {
        self.seats
    }

    /// The ballots.
    pub fn ballots(&self) -> &Ballots {
        &self.ballots
    }

    /// Position of every candidate in the order tie rules use.
    pub(crate) fn tie_positions(&self) -> Vec<usize> {
        let mut positions = vec![usize::MAX; self.len()];
        let mut next = 0;
        for candidate in self.tie_order.iter().flatten().copied().chain(self.all()) {
            if let Some(slot) = positions.get_mut(candidate.index()).filter(|slot| **slot == usize::MAX) {
                *slot = next;
                next += 1;
            }
        }
        positions
    }
}
