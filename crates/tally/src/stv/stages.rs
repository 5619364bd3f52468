//! What counts in stages have in common: who stands where, the votes, and the sheet they are written on.

use std::fmt::Write;

use super::papers::{Papers, Parcel};
use crate::{
    election::{Candidate, Election},
    error::NumberError,
    numbers::{Arithmetic, Rounding},
    result::{Halt, Round, RoundEvent, Target, Transfer, list, plural_votes},
};

/// Where a candidate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// In the count, neither elected nor excluded.
    Hopeful,
    /// Elected, the surplus not transferred.
    Pending,
    /// Elected, nothing more to transfer.
    Elected,
    Excluded,
    Withdrawn,
}

/// A count in stages.
pub(super) struct Stages<'a, A: Arithmetic> {
    pub(super) election: &'a Election,
    pub(super) papers: Papers<'a, A>,
    /// The different ballots held by each candidate.
    pub(super) piles: Vec<Vec<u32>>,
    pub(super) votes: Vec<A::Value>,
    standing: Vec<Standing>,
    /// Who may receive votes.
    pub(super) open: Vec<bool>,
    /// Value of the papers that ranked nobody further.
    pub(super) nontransferable: A::Value,
    total: A::Value,
    pub(super) seats: usize,
}

/// What one transfer brought to whom.
pub(super) struct Gains<V> {
    pub(super) by_candidate: Vec<V>,
    pub(super) nontransferable: V,
}

impl<'a, A: Arithmetic> Stages<'a, A> {
    pub(super) fn new(election: &'a Election, papers: Papers<'a, A>, seats: usize) -> Result<Self, Halt> {
        let zero = papers.arithmetic().zero();
        let total = papers.arithmetic().ratio(papers.total(), papers.scale(), Rounding::Down)?;
        let standing: Vec<Standing> = election
            .all()
            .map(
                |candidate| {
                    if election.is_withdrawn(candidate) { Standing::Withdrawn } else { Standing::Hopeful }
                },
            )
            .collect();
        Ok(Self {
            piles: vec![Vec::new(); election.len()],
            votes: vec![zero.clone(); election.len()],
            open: standing.iter().map(|one| *one == Standing::Hopeful).collect(),
            standing,
            nontransferable: zero,
            total,
            seats,
            election,
            papers,
        })
    }

    pub(super) fn standing(&self, candidate: Candidate) -> Standing {
        self.standing[candidate.index()]
    }

    pub(super) fn set(&mut self, candidate: Candidate, standing: Standing) {
        self.standing[candidate.index()] = standing;
        self.open[candidate.index()] = standing == Standing::Hopeful;
    }

    pub(super) fn votes(&self, candidate: Candidate) -> &A::Value {
        &self.votes[candidate.index()]
    }

    /// Everybody who stands there, in list order.
    pub(super) fn all(&self, standing: Standing) -> Vec<Candidate> {
        self.election.all().filter(|candidate| self.standing(*candidate) == standing).collect()
    }

    /// Seats nobody is elected to yet.
    pub(super) fn vacancies(&self) -> usize {
        let elected = self.standing.iter().filter(|one| matches!(one, Standing::Pending | Standing::Elected));
        self.seats.saturating_sub(elected.count())
    }

    /// Whether no more than the seats left are still in the count, or none is left.
    pub(super) fn is_decided(&self) -> bool {
        let vacancies = self.vacancies();
        vacancies == 0 || self.all(Standing::Hopeful).len() <= vacancies
    }

    /// Those with the fewest or the most votes among some.
    pub(super) fn at_end(&self, among: &[Candidate], most: bool) -> Vec<Candidate> {
        let votes = among.iter().map(|candidate| self.votes(*candidate));
        let end = if most { votes.max() } else { votes.min() };
        let end = end.cloned();
        among.iter().copied().filter(|candidate| Some(self.votes(*candidate)) == end.as_ref()).collect()
    }

    /// In descending order of votes, then of the list.
    pub(super) fn by_votes(&self, mut candidates: Vec<Candidate>) -> Vec<Candidate> {
        candidates.sort_by(|a, b| self.votes(*b).cmp(self.votes(*a)).then(a.cmp(b)));
        candidates
    }

    /// Hands parcels to their recipients.
    pub(super) fn credit(&mut self, parcels: Vec<Parcel>) -> Result<Gains<A::Value>, NumberError> {
        let ar = self.papers.arithmetic().clone();
        let mut gains = Gains { by_candidate: vec![ar.zero(); self.votes.len()], nontransferable: ar.zero() };
        for mut parcel in parcels {
            let worth = self.papers.worth(parcel.class, parcel.units)?;
            match parcel.to {
                Some(candidate) => {
                    let at = candidate.index();
                    gains.by_candidate[at] = ar.add(&gains.by_candidate[at], &worth)?;
                    self.votes[at] = ar.add(&self.votes[at], &worth)?;
                    self.piles[at].append(&mut parcel.groups);
                }
                None => gains.nontransferable = ar.add(&gains.nontransferable, &worth)?,
            }
        }
        self.nontransferable = ar.add(&self.nontransferable, &gains.nontransferable)?;
        Ok(gains)
    }

    /// Sorts all papers by their first preferences.
    pub(super) fn first_preferences(&mut self) -> Result<(), NumberError> {
        let all = self.papers.all();
        let parcels = self.papers.move_on(all, &self.open, |class| class);
        self.credit(parcels).map(|_| ())
    }

    /// Votes neither with a candidate nor non-transferable: what rounding took, up to now.
    pub(super) fn rounding(&self) -> Result<A::Value, NumberError> {
        let ar = self.papers.arithmetic();
        let rest = ar.sub(&self.total, &self.nontransferable)?;
        self.votes.iter().try_fold(rest, |rest, votes| ar.sub(&rest, votes))
    }

    /// A stage with the figures as they are now.
    pub(super) fn sheet(&self, event: RoundEvent, quota: &A::Value) -> Result<Round, NumberError> {
        let ar = self.papers.arithmetic();
        let mut round = Round::new(event);
        round.tally = self
            .election
            .all()
            .map(|candidate| {
                (self.standing(candidate) != Standing::Withdrawn).then(|| ar.figure(self.votes(candidate)))
            })
            .collect();
        round.quota = Some(ar.figure(quota));
        round.exhausted = Some(ar.figure(&self.nontransferable));
        round.rounding = Some(ar.figure(&self.rounding()?));
        Ok(round)
    }

    /// A transfer as it stands in the result; `lost` is what its rounding took.
    pub(super) fn transfer(
        &self,
        from: Candidate,
        gains: &Gains<A::Value>,
        lost: &A::Value,
        value: Option<&A::Value>,
    ) -> Transfer {
        let ar = self.papers.arithmetic();
        let zero = ar.zero();
        let mut to: Vec<_> = self
            .election
            .all()
            .zip(&gains.by_candidate)
            .filter(|(_, gain)| **gain != zero)
            .map(|(candidate, gain)| (Target::Candidate(candidate), ar.figure(gain)))
            .collect();
        for (reason, amount) in [("exhausted", &gains.nontransferable), ("rounding", lost)] {
            if *amount != zero {
                to.push((Target::Nobody(reason), ar.figure(amount)));
            }
        }
        Transfer { from, to, value: value.map(|value| ar.figure(value)) }
    }
}

/// "4.5 to Ann, 2 to Bob, 0.75 to nobody further, 0.00012 are lost to rounding".
pub(super) fn destinations(election: &Election, transfer: &Transfer) -> String {
    let parts: Vec<String> = transfer
        .to
        .iter()
        .map(|(target, figure)| match target {
            Target::Candidate(candidate) => {
                format!("{} to {}", figure.to_plain(), election.name(*candidate))
            }
            Target::Nobody("rounding") => format!("{} is lost to rounding", figure.to_plain()),
            Target::Nobody("residual surplus") => {
                format!("{} is left over from rounding", figure.to_plain())
            }
            Target::Nobody(_) => format!("{} to nobody, ranking nobody further", figure.to_plain()),
        })
        .collect();
    if parts.is_empty() { "nothing moves".to_owned() } else { list(&parts) }
}

/// " Ann reaches the quota with 41 votes and is elected." for those elected at a stage, beginning with a blank.
pub(super) fn elections(election: &Election, round: &Round, without_quota: &[Candidate]) -> String {
    let mut text = String::new();
    for candidate in &round.elected {
        let name = election.name(*candidate);
        let votes = round.tally.get(candidate.index()).and_then(Option::as_ref);
        let votes = votes.map_or_else(String::new, plural_votes);
        if without_quota.contains(candidate) {
            let _ = write!(text, " {name} is elected with {votes}, filling a last vacancy.");
        } else {
            let _ = write!(text, " {name} has reached the quota with {votes} and is elected.");
        }
    }
    text
}
