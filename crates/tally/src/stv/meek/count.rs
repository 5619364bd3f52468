//! Iterating to the keep factors, and electing and excluding on the way.

use num_bigint::BigInt;

use super::{
    EqualUnderMeek, Meek,
    tied::{Equal, Tied, is_tied},
    tree::{Keep, Tree},
};
use crate::{
    election::{Candidate, Election},
    error::NumberError,
    numbers::{Arithmetic, BigRational, Figure, Rounding},
    result::{Column, Halt, Record, Round, RoundEvent, names, plural_votes},
    stv::wigm::DefeatBatch,
    ties::TieQuestion,
};

/// Bits of a fraction beyond which a keep factor is rounded up to [`FACTOR_DIGITS`] places: left alone, fractions would
/// double in length with every iteration.
const MOST_BITS: u64 = 128;
const FACTOR_DIGITS: u32 = 30;

/// A long fraction rounded up; shorter ones as they are.
fn shortened(figure: Figure) -> Figure {
    match figure {
        Figure::Ratio(fraction) if fraction.denom().bits() > MOST_BITS => {
            let places = BigInt::from(10_u8).pow(FACTOR_DIGITS);
            let units = (fraction * &places).ceil().to_integer();
            Figure::Ratio(BigRational::new(units, places))
        }
        short => short,
    }
}

/// Votes and keep factors as they stand.
pub(super) struct State<'a, A: Arithmetic> {
    pub(super) ar: A,
    pub(super) election: &'a Election,
    tree: Tree<'a>,
    tied: Option<(Tied, Equal)>,
    keep: Keep,
    pub(super) factors: Vec<A::Value>,
    pub(super) votes: Vec<A::Value>,
    total: A::Value,
    pub(super) hopeful: Vec<Candidate>,
    pub(super) elected: Vec<Candidate>,
    pub(super) seats: usize,
}

impl<'a, A: Arithmetic> State<'a, A> {
    pub(super) fn new(
        ar: A,
        record: &Record<'a>,
        ballots: std::borrow::Cow<'a, crate::RankedBallots>,
        keep: Keep,
        equal: Option<Equal>,
    ) -> Result<Self, NumberError> {
        let election = record.election();
        let zero = ar.zero();
        let one = ar.whole(1)?;
        let hopeful: Vec<Candidate> = election.standing().collect();
        let mut factors = vec![zero.clone(); election.len()];
        for candidate in &hopeful {
            factors[candidate.index()] = one.clone();
        }
        let total = ar.ratio(ballots.total(), ballots.scale(), Rounding::Down)?;
        let tied = equal.map(|equal| (Tied::new(&ballots), equal));
        let tree = match &tied {
            Some(_) => Tree::new(ballots, |ballots, group| !is_tied(ballots, group)),
            None => Tree::new(ballots, |_, _| true),
        };
        Ok(Self {
            votes: vec![zero; election.len()],
            election,
            tree,
            tied,
            keep,
            factors,
            total,
            hopeful,
            elected: Vec::new(),
            seats: record.seats(),
            ar,
        })
    }

    /// Distributes every ballot by the factors as they are.
    pub(super) fn distribute(&mut self) -> Result<(), Halt> {
        let mut votes = vec![self.ar.zero(); self.votes.len()];
        let (ar, keep, factors) = (&self.ar, self.keep, &self.factors);
        self.tree.distribute(ar, keep, factors, &mut votes)?;
        if let Some((tied, equal)) = &self.tied {
            tied.distribute(ar, keep, *equal, factors, &mut votes)?;
        }
        self.votes = votes;
        Ok(())
    }

    /// The votes anybody holds.
    pub(super) fn held(&self) -> Result<A::Value, NumberError> {
        self.votes.iter().try_fold(self.ar.zero(), |sum, votes| self.ar.add(&sum, votes))
    }

    /// The held votes over one more than the seats; one unit of the last place more where that was cut.
    pub(super) fn quota(&self) -> Result<A::Value, NumberError> {
        let parts = self.ar.whole((self.seats as u64).saturating_add(1))?;
        let quota = self.ar.div(&self.held()?, &parts, Rounding::Down)?;
        match self.ar.unit() {
            Some(unit) => self.ar.add(&quota, &unit),
            None => Ok(quota),
        }
    }

    pub(super) fn reaches(&self, candidate: Candidate, quota: &A::Value) -> bool {
        let votes = &self.votes[candidate.index()];
        if self.ar.unit().is_some() { votes >= quota } else { votes > quota }
    }

    pub(super) fn elect(&mut self, candidate: Candidate) {
        self.hopeful.retain(|one| *one != candidate);
        self.elected.push(candidate);
        self.tree.elect(candidate);
    }

    /// Takes a candidate off all ballots; the votes of the others are as they were until distributed again.
    pub(super) fn exclude(&mut self, candidate: Candidate) {
        self.hopeful.retain(|one| *one != candidate);
        self.factors[candidate.index()] = self.ar.zero();
        self.votes[candidate.index()] = self.ar.zero();
        self.tree.defeat(candidate);
    }

    pub(super) fn vacancies(&self) -> usize {
        self.seats.saturating_sub(self.elected.len())
    }

    pub(super) fn is_decided(&self) -> bool {
        self.hopeful.len() <= self.vacancies() || self.vacancies() == 0
    }

    /// A factor brought down to what makes the votes the quota, rounded up twice.
    pub(super) fn lower(&mut self, candidate: Candidate, quota: &A::Value) -> Result<(), Halt> {
        let at = candidate.index();
        if self.votes[at] <= self.ar.zero() {
            return Ok(());
        }
        let product = self.ar.mul(&self.factors[at], quota, Rounding::Up)?;
        let factor = self.ar.div(&product, &self.votes[at], Rounding::Up)?;
        let factor = match self.ar.unit() {
            Some(_) => factor,
            None => self.ar.parse(&shortened(self.ar.figure(&factor)), Rounding::Up)?,
        };
        self.factors[at] = factor.min(self.ar.whole(1)?);
        Ok(())
    }

    fn figures(&self, values: &[A::Value]) -> Vec<Option<Figure>> {
        self.election
            .all()
            .zip(values)
            .map(|(candidate, value)| (!self.election.is_withdrawn(candidate)).then(|| self.ar.figure(value)))
            .collect()
    }

    pub(super) fn column(&self, name: &'static str, values: &[A::Value]) -> Column {
        Column { name, values: self.figures(values) }
    }

    /// A round with the figures as they are.
    pub(super) fn sheet(
        &self,
        event: RoundEvent,
        quota: &A::Value,
        surplus: &A::Value,
    ) -> Result<Round, NumberError> {
        let mut round = Round::new(event);
        round.tally = self.figures(&self.votes);
        round.quota = Some(self.ar.figure(quota));
        let exhausted = self.ar.sub(&self.total, &self.held()?)?;
        round.exhausted = Some(self.ar.figure(&exhausted));
        round.details.push(("surplus", self.ar.figure(surplus)));
        round.columns.push(self.column("keep_factors", &self.factors));
        Ok(round)
    }

    pub(super) fn votes_of(&self, candidate: Candidate) -> String {
        plural_votes(&self.ar.figure(&self.votes[candidate.index()]))
    }

    /// What is left when the seats are settled: the others are elected or not, one after another.
    pub(super) fn close(
        &mut self,
        record: &mut Record<'_>,
        quota: &A::Value,
        surplus: &A::Value,
        distribute: bool,
    ) -> Result<(), Halt> {
        for candidate in self.hopeful.clone() {
            let mut round = self.sheet(RoundEvent::Close, quota, surplus)?;
            let name = self.election.name(candidate);
            let votes = self.votes_of(candidate);
            round.subjects = vec![candidate];
            if self.vacancies() > 0 {
                round.elected = vec![candidate];
                round.sentence = format!("{name} is elected with {votes}, filling a last vacancy.");
                self.elect(candidate);
            } else {
                round.eliminated = vec![candidate];
                round.sentence = format!("All seats are filled; {name}, with {votes}, is not elected.");
                self.exclude(candidate);
            }
            record.push(round);
            if distribute {
                self.distribute()?;
            }
        }
        Ok(())
    }
}

/// Why an iteration ended.
enum End {
    Elected(Vec<Candidate>),
    Batch(Vec<Candidate>),
    Settled,
}

struct Count<'a, 'r, A: Arithmetic> {
    rules: &'r Meek,
    state: State<'a, A>,
    omega: A::Value,
    quota: A::Value,
    surplus: A::Value,
}

pub(super) fn count<A: Arithmetic>(rules: &Meek, ar: &A, record: &mut Record<'_>) -> Result<(), Halt> {
    let ballots = rules.reading().prepare(record)?;
    let equal = match rules.equal_ranks {
        EqualUnderMeek::Split => Some(Equal::Split),
        EqualUnderMeek::Equalize => Some(Equal::Equalize),
        _ => None,
    };
    let zero = ar.zero();
    let mut state = State::new(ar.clone(), record, ballots, rules.keep(), equal)?;
    state.distribute()?;
    let quota = state.quota()?;
    let mut count =
        Count { rules, state, omega: ar.parse(&rules.omega, Rounding::Down)?, quota, surplus: zero };
    let ran = count.run(record);
    let state = &mut count.state;
    record.result.columns.push(state.column("votes", &state.votes));
    record.result.columns.push(state.column("keep_factors", &state.factors));
    record.result.figures.push(("quota", ar.figure(&count.quota)));
    state.distribute()?;
    record.result.columns.push(state.column("final_votes", &state.votes));
    ran
}

impl<A: Arithmetic> Count<'_, '_, A> {
    fn run(&mut self, record: &mut Record<'_>) -> Result<(), Halt> {
        while !self.state.is_decided() {
            match self.iterate(record)? {
                End::Elected(winners) => self.elect(&winners, record)?,
                End::Batch(losers) => {
                    let ties = record.result.ties.len();
                    for candidate in losers {
                        self.exclude(candidate, "cannot catch up any more", ties, record)?;
                        self.state.distribute()?;
                    }
                }
                End::Settled => {
                    let ties_before = record.result.ties.len();
                    let lowest = self.lowest()?;
                    let loser = match record.break_tie(TieQuestion::Exclude, &lowest) {
                        Ok(loser) => loser,
                        Err(halt) => {
                            let (quota, surplus) = (&self.quota, &self.surplus);
                            let round = self.state.sheet(RoundEvent::Iteration, quota, surplus)?;
                            return Err(record.stopped(round, halt));
                        }
                    };
                    self.exclude(loser, "has the fewest votes", ties_before, record)?;
                    self.state.distribute()?;
                }
            }
        }
        let (quota, surplus) = (self.quota.clone(), self.surplus.clone());
        self.state.close(record, &quota, &surplus, self.rules.warren)
    }

    /// Distributes votes and lowers factors until somebody is elected or no surplus is left.
    fn iterate(&mut self, record: &mut Record<'_>) -> Result<End, Halt> {
        let mut last: Option<A::Value> = None;
        loop {
            record.step()?;
            self.state.distribute()?;
            self.quota = self.state.quota()?;
            let winners: Vec<Candidate> = self
                .state
                .hopeful
                .iter()
                .copied()
                .filter(|candidate| self.state.reaches(*candidate, &self.quota))
                .collect();
            if !winners.is_empty() {
                return Ok(End::Elected(winners));
            }
            self.surplus = self.total_surplus()?;
            let settled = self.surplus < self.omega;
            if settled || last.is_some_and(|last| self.surplus >= last) {
                return Ok(End::Settled);
            }
            let batch = self.batch()?;
            if !batch.is_empty() {
                return Ok(End::Batch(batch));
            }
            last = Some(self.surplus.clone());
            for candidate in self.state.elected.clone() {
                let quota = &self.quota;
                self.state.lower(candidate, quota)?;
            }
        }
    }

    fn total_surplus(&self) -> Result<A::Value, NumberError> {
        let ar = &self.state.ar;
        let sum = self.state.elected.iter().try_fold(ar.zero(), |sum, candidate| {
            let surplus = ar.sub(&self.state.votes[candidate.index()], &self.quota)?;
            ar.add(&sum, &surplus)
        })?;
        Ok(sum.max(ar.zero()))
    }

    fn elect(&mut self, winners: &[Candidate], record: &mut Record<'_>) -> Result<(), Halt> {
        // The surplus shown is the one before: that of those elected earlier.
        let mut round = self.state.sheet(RoundEvent::Iteration, &self.quota, &self.surplus)?;
        let verb = if winners.len() == 1 { "reaches" } else { "reach" };
        let said: Vec<String> = winners
            .iter()
            .map(|candidate| {
                let name = self.state.election.name(*candidate);
                format!("{name} {}", self.state.votes_of(*candidate))
            })
            .collect();
        round.sentence = format!(
            "{} {verb} the quota of {}: {}.",
            names(self.state.election, winners),
            self.state.ar.figure(&self.quota).to_plain(),
            said.join(", "),
        );
        round.subjects = winners.to_vec();
        round.elected = winners.to_vec();
        record.push(round);
        for candidate in winners {
            self.state.elect(*candidate);
        }
        self.surplus = self.total_surplus()?;
        Ok(())
    }

    fn exclude(
        &mut self,
        candidate: Candidate,
        why: &str,
        ties_before: usize,
        record: &mut Record<'_>,
    ) -> Result<(), Halt> {
        let mut round = self.state.sheet(RoundEvent::Exclusion, &self.quota, &self.surplus)?;
        let name = self.state.election.name(candidate);
        round.sentence = format!(
            "{name}, with {}, {why} and is excluded; the ballots now count as if {name} had not stood.",
            self.state.votes_of(candidate),
        );
        round.sentence.push_str(&record.tie_sentence(ties_before));
        round.subjects = vec![candidate];
        round.eliminated = vec![candidate];
        record.push(round);
        self.state.exclude(candidate);
        Ok(())
    }

    /// Those with the fewest votes, and all within the surpluses of them.
    fn lowest(&self) -> Result<Vec<Candidate>, NumberError> {
        let votes = |candidate: &Candidate| &self.state.votes[candidate.index()];
        let hopeful = &self.state.hopeful;
        let Some(fewest) = hopeful.iter().map(votes).min() else {
            return Ok(Vec::new());
        };
        let edge = self.state.ar.add(fewest, &self.surplus)?;
        Ok(hopeful.iter().copied().filter(|candidate| *votes(candidate) <= edge).collect())
    }

    /// The largest group whose votes and all surpluses together are fewer than the votes of the next candidate, enough
    /// being left for the seats. Those within the surpluses of the lowest of a group belong to it.
    fn batch(&self) -> Result<Vec<Candidate>, NumberError> {
        if self.rules.defeat_batch == DefeatBatch::None {
            return Ok(Vec::new());
        }
        let ar = &self.state.ar;
        let votes = |candidate: &Candidate| &self.state.votes[candidate.index()];
        let mut ascending = self.state.hopeful.clone();
        ascending.sort_by(|a, b| votes(a).cmp(votes(b)).then(a.cmp(b)));
        let mut groups: Vec<Vec<Candidate>> = Vec::new();
        let mut edge = self.surplus.clone();
        for candidate in ascending {
            match groups.last_mut() {
                Some(group) if *votes(&candidate) <= edge => group.push(candidate),
                _ => {
                    if *votes(&candidate) > edge {
                        edge = ar.add(votes(&candidate), &self.surplus)?;
                    }
                    groups.push(vec![candidate]);
                }
            }
        }
        let most = self.state.hopeful.len().saturating_sub(self.state.vacancies());
        let mut sum = self.surplus.clone();
        let (mut taken, mut safe) = (0, 0);
        for pair in groups.windows(2) {
            taken += pair[0].len();
            if taken > most {
                break;
            }
            for candidate in &pair[0] {
                sum = ar.add(&sum, votes(candidate))?;
            }
            if pair[1].first().is_some_and(|next| sum < *votes(next)) {
                safe = taken;
            }
        }
        let mut batch: Vec<Candidate> = groups.into_iter().flatten().take(safe).collect();
        batch.sort_unstable();
        Ok(batch)
    }
}
