//! Counting as `RCTab` does for several winners.

use super::{Rctab, WinnerMode};
use crate::{
    ballots::RankedBallots,
    election::{Candidate, Election},
    error::CountError,
    numbers::{Arithmetic, Figure, Fixed, FixedPoint, Rounding},
    ranked::irv::{Landing, REASONS, Reader, Reason},
    result::{Halt, Record, Round, RoundEvent, Target, Transfer, list, names, plural_votes},
    stv::stages::destinations,
    ties::TieQuestion,
};

/// Where inactive votes are entered: by reason, the final surplus last.
const FINAL_SURPLUS: usize = REASONS.len();

#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Continuing,
    Elected,
    Out,
}

struct Count<'a, 'r> {
    rules: &'r Rctab,
    election: &'a Election,
    ballots: &'a RankedBallots,
    reader: Reader<'a>,
    ar: FixedPoint,
    piles: Vec<Vec<u32>>,
    /// The value each different ballot has left, as an index into `values`.
    class: Vec<u32>,
    values: Vec<Fixed>,
    standing: Vec<Standing>,
    open: Vec<bool>,
    tally: Vec<Fixed>,
    inactive: [Fixed; FINAL_SURPLUS + 1],
    residual: Fixed,
    seats: usize,
}

pub(super) fn count(rules: &Rctab, record: &mut Record<'_>) -> Result<(), Halt> {
    let ballots = record.ranked()?;
    let election = record.election();
    let ar = FixedPoint::new(u32::from(rules.rules.decimals))?;
    let standing: Vec<Standing> = election
        .all()
        .map(|candidate| if election.is_withdrawn(candidate) { Standing::Out } else { Standing::Continuing })
        .collect();
    let zero = ar.zero();
    let mut count = Count {
        reader: Reader::new(&rules.rules, ballots),
        piles: vec![Vec::new(); election.len()],
        class: vec![0; ballots.len()],
        values: vec![ar.whole(1)?],
        open: standing.iter().map(|one| *one == Standing::Continuing).collect(),
        standing,
        tally: vec![zero; election.len()],
        inactive: [zero; FINAL_SURPLUS + 1],
        residual: zero,
        seats: record.seats(),
        rules,
        election,
        ballots,
        ar,
    };
    count.run(record)
}

/// What moved from one candidate.
struct Moved {
    by_candidate: Vec<Fixed>,
    inactive: Fixed,
}

impl Count<'_, '_> {
    fn run(&mut self, record: &mut Record<'_>) -> Result<(), Halt> {
        // Ballots are counted in 32 bits when they are added, so nothing is lost here.
        let all = 0..u32::try_from(self.ballots.len()).unwrap_or(u32::MAX);
        // Blank ballots are not inactive ones: they are left out and reported.
        let ballots = self.ballots;
        let marked = all.filter(|group| !ballots.span(*group as usize).is_empty());
        self.move_on(marked, false)?;
        let mut threshold = self.threshold()?;
        loop {
            record.step()?;
            if self.rules.mode == WinnerMode::BottomsUpThreshold {
                threshold = self.threshold()?;
            }
            let ties_before = record.result.ties.len();
            let mut round = self.sheet(&threshold);
            let winners = match self.winners(record, &threshold) {
                Ok(winners) => winners,
                Err(halt) => return Err(record.stopped(round, halt)),
            };
            let mut said = Vec::new();
            let full = self.vacancies() == 0;
            if !winners.is_empty() {
                said.push(self.elected(&winners, &threshold));
                self.elect(&winners, &threshold, &mut round, &mut said)?;
                round.elected = winners;
            } else if full {
                said.push("The seats are filled.".to_owned());
            } else {
                let losers = match self.losers(record) {
                    Ok(losers) => losers,
                    Err(halt) => return Err(record.stopped(round, halt)),
                };
                if losers.is_empty() {
                    said.push("Nobody is left to exclude.".to_owned());
                    round.sentence = said.join(" ");
                    record.push(round);
                    return Ok(());
                }
                self.exclude(&losers, &mut round, &mut said)?;
                round.eliminated = losers;
            }
            round.sentence = said.join(" ");
            round.sentence.push_str(&record.tie_sentence(ties_before));
            let elected = !round.elected.is_empty();
            record.push(round);
            let bottoms_up =
                matches!(self.rules.mode, WinnerMode::BottomsUp | WinnerMode::BottomsUpThreshold);
            // One more round shows the last surpluses moved.
            if full || (elected && bottoms_up) {
                return Ok(());
            }
        }
    }

    fn continuing(&self) -> Vec<Candidate> {
        let is = |candidate: &Candidate| self.standing[candidate.index()] == Standing::Continuing;
        self.election.all().filter(is).collect()
    }

    fn vacancies(&self) -> usize {
        let elected = self.standing.iter().filter(|one| **one == Standing::Elected);
        self.seats.saturating_sub(elected.count())
    }

    fn votes(&self, candidate: Candidate) -> Fixed {
        self.tally[candidate.index()]
    }

    fn figure(&self, votes: Fixed) -> Figure {
        self.ar.figure(&votes)
    }

    /// The votes that elect, from the votes counting now.
    fn threshold(&self) -> Result<Fixed, Halt> {
        let ar = self.ar;
        let mut active = ar.zero();
        for candidate in self.continuing() {
            active = ar.add(&active, &self.votes(candidate))?;
        }
        let seats = self.seats as u64;
        let minimum = ar.whole(self.rules.rules.minimum_votes)?;
        let threshold = if self.rules.mode == WinnerMode::BottomsUpThreshold {
            let part = ar.parse(&self.rules.percentage, Rounding::Up)?;
            ar.mul_div(&active, &part, &ar.whole(100)?, Rounding::Up)?
        } else {
            // Whole votes unless the threshold may have places of its own.
            let unit = if self.rules.rules.non_integer_threshold {
                ar.unit().unwrap_or_else(|| ar.zero())
            } else {
                ar.whole(1)?
            };
            let parts = ar.whole(if self.rules.hare_quota { seats } else { seats.saturating_add(1) })?;
            let part = ar.div(&active, &parts, Rounding::Down)?;
            let cut = Fixed::from_units(part.units() - part.units().rem_euclid(unit.units()));
            if self.rules.hare_quota {
                let exact = ar.mul(&cut, &parts, Rounding::Down)? == active;
                if exact { cut } else { ar.add(&cut, &unit)? }
            } else {
                ar.add(&cut, &unit)?
            }
        };
        Ok(threshold.max(minimum))
    }

    fn sheet(&self, threshold: &Fixed) -> Round {
        let mut round = Round::new(RoundEvent::Round);
        round.tally = self
            .standing
            .iter()
            .zip(&self.tally)
            .map(|(standing, votes)| (*standing != Standing::Out).then(|| self.figure(*votes)))
            .collect();
        round.quota = Some(self.figure(*threshold));
        let inactive = self.inactive.iter().map(|votes| votes.units()).sum();
        round.exhausted = Some(self.figure(Fixed::from_units(inactive)));
        round.rounding = Some(self.figure(self.residual));
        let by_reason = REASONS.into_iter().zip(&self.inactive);
        round.details = by_reason.map(|(reason, votes)| (reason, self.figure(*votes))).collect();
        if self.inactive[FINAL_SURPLUS] > self.ar.zero() {
            let figure = self.figure(self.inactive[FINAL_SURPLUS]);
            round.details.push(("finalRoundSurplus", figure));
        }
        round
    }

    fn live_write_ins(&self) -> Option<Candidate> {
        let name = self.rules.rules.undeclared_write_ins.as_deref()?;
        let candidate = self.election.find(name)?;
        let standing = self.standing[candidate.index()] == Standing::Continuing;
        (standing && self.votes(candidate) > self.ar.zero()).then_some(candidate)
    }

    /// Who is elected in this round, most votes first.
    fn winners(&self, record: &mut Record<'_>, threshold: &Fixed) -> Result<Vec<Candidate>, Halt> {
        let mut reached = self.continuing();
        let vacancies = self.vacancies();
        let most_first = |candidates: &mut Vec<Candidate>| {
            candidates.sort_by(|a, b| self.votes(*b).cmp(&self.votes(*a)).then(a.cmp(b)));
        };
        if self.live_write_ins().is_some() || vacancies == 0 {
            return Ok(Vec::new());
        }
        if self.rules.mode == WinnerMode::BottomsUpThreshold {
            if reached.iter().any(|one| self.votes(*one) < *threshold) {
                return Ok(Vec::new());
            }
            most_first(&mut reached);
            return Ok(reached);
        }
        if reached.len() > vacancies {
            if self.rules.mode == WinnerMode::BottomsUp {
                return Ok(Vec::new());
            }
            reached.retain(|candidate| self.votes(*candidate) >= *threshold);
        }
        most_first(&mut reached);
        let least = if self.rules.mode == WinnerMode::OnePerRound { 1 } else { vacancies };
        if reached.len() > least {
            return record.best(&reached, |candidate| self.votes(candidate), least, false);
        }
        Ok(reached)
    }

    fn elected(&self, winners: &[Candidate], threshold: &Fixed) -> String {
        let said: Vec<String> = winners
            .iter()
            .map(|candidate| {
                let votes = plural_votes(&self.figure(self.votes(*candidate)));
                format!("{} with {votes}", self.election.name(*candidate))
            })
            .collect();
        format!("Elected: {} (the threshold is {}).", list(&said), self.figure(*threshold).to_plain())
    }

    /// Elects, and lets surpluses move where this way of counting has any.
    fn elect(
        &mut self,
        winners: &[Candidate],
        threshold: &Fixed,
        round: &mut Round,
        said: &mut Vec<String>,
    ) -> Result<(), Halt> {
        for candidate in winners {
            self.standing[candidate.index()] = Standing::Elected;
            self.open[candidate.index()] = false;
        }
        if matches!(self.rules.mode, WinnerMode::BottomsUp | WinnerMode::BottomsUpThreshold) {
            return Ok(());
        }
        let full = self.vacancies() == 0;
        let ar = self.ar;
        for candidate in winners {
            let at = candidate.index();
            let pile = std::mem::take(&mut self.piles[at]);
            let votes = self.tally[at];
            let surplus = ar.sub(&votes, threshold)?;
            if surplus <= ar.zero() {
                continue;
            }
            let fraction = ar.div(&surplus, &votes, Rounding::Down)?;
            self.reduce(&pile, &fraction)?;
            let moved = self.move_on(pile, full)?;
            let mut left = votes;
            for part in moved.by_candidate.iter().chain([&moved.inactive]) {
                left = ar.sub(&left, part)?;
            }
            let residual = ar.sub(&left, threshold)?;
            self.residual = ar.add(&self.residual, &residual)?;
            self.tally[at] = *threshold;
            let transfer = self.transfer(*candidate, &moved, residual);
            if !transfer.to.is_empty() {
                said.push(format!(
                    "Of the surplus of {}, {}.",
                    self.election.name(*candidate),
                    destinations(self.election, &transfer)
                ));
                round.transfers.push(transfer);
            }
        }
        Ok(())
    }

    /// Multiplies the value of ballots, cutting each product.
    fn reduce(&mut self, pile: &[u32], fraction: &Fixed) -> Result<(), Halt> {
        let mut new: Vec<Option<u32>> = vec![None; self.values.len()];
        for group in pile {
            let old = self.class[*group as usize] as usize;
            let class = if let Some(class) = new[old] {
                class
            } else {
                let value = self.ar.mul(&self.values[old], fraction, Rounding::Down)?;
                let known = self.values.iter().position(|known| *known == value);
                let at = known.unwrap_or(self.values.len());
                if known.is_none() {
                    self.values.push(value);
                }
                let class = u32::try_from(at).unwrap_or(u32::MAX);
                new[old] = Some(class);
                class
            };
            self.class[*group as usize] = class;
        }
        Ok(())
    }

    fn transfer(&self, from: Candidate, moved: &Moved, residual: Fixed) -> Transfer {
        let zero = self.ar.zero();
        let mut to: Vec<(Target, Figure)> = self
            .election
            .all()
            .zip(&moved.by_candidate)
            .filter(|(_, votes)| **votes > zero)
            .map(|(candidate, votes)| (Target::Candidate(candidate), self.figure(*votes)))
            .collect();
        for (reason, votes) in [("exhausted", moved.inactive), ("residual surplus", residual)] {
            if votes > zero {
                to.push((Target::Nobody(reason), self.figure(votes)));
            }
        }
        Transfer { from, to, value: None }
    }

    /// Who is excluded in this round.
    fn losers(&self, record: &mut Record<'_>) -> Result<Vec<Candidate>, Halt> {
        if let Some(write_ins) = self.live_write_ins() {
            return Ok(vec![write_ins]);
        }
        let mut ascending = self.continuing();
        ascending.sort_by(|a, b| self.votes(*a).cmp(&self.votes(*b)).then(a.cmp(b)));
        // Somebody must be left for every seat.
        let left = if self.rules.mode == WinnerMode::BottomsUpThreshold { 1 } else { self.vacancies() };
        let most = ascending.len().saturating_sub(left);
        let minimum = self.ar.whole(self.rules.rules.minimum_votes)?;
        let below = ascending.iter().take_while(|candidate| self.votes(**candidate) < minimum).count();
        if below > 0 && below <= most {
            ascending.truncate(below);
            ascending.sort_unstable();
            return Ok(ascending);
        }
        if self.rules.rules.batch_elimination {
            let mut together = self.ar.zero();
            let mut batch = 0;
            for (size, candidate) in ascending.iter().enumerate().take(most + 1) {
                // Strictly fewer: with equality they could still draw level.
                if together < self.votes(*candidate) {
                    batch = size;
                }
                together = self.ar.add(&together, &self.votes(*candidate))?;
            }
            if batch > 1 {
                ascending.truncate(batch);
                ascending.sort_unstable();
                return Ok(ascending);
            }
        }
        let fewest = ascending.first().map(|candidate| self.votes(*candidate));
        ascending.retain(|candidate| Some(self.votes(*candidate)) == fewest);
        if ascending.is_empty() {
            return Ok(ascending);
        }
        Ok(vec![record.break_tie(TieQuestion::Exclude, &ascending)?])
    }

    fn exclude(
        &mut self,
        losers: &[Candidate],
        round: &mut Round,
        said: &mut Vec<String>,
    ) -> Result<(), Halt> {
        for candidate in losers {
            self.standing[candidate.index()] = Standing::Out;
            self.open[candidate.index()] = false;
        }
        let verb = if losers.len() == 1 { "is" } else { "are" };
        said.push(format!("{} {verb} excluded.", names(self.election, losers)));
        for candidate in losers {
            let pile = std::mem::take(&mut self.piles[candidate.index()]);
            let moved = self.move_on(pile, false)?;
            self.tally[candidate.index()] = self.ar.zero();
            let transfer = self.transfer(*candidate, &moved, self.ar.zero());
            if !transfer.to.is_empty() {
                said.push(format!(
                    "Of the votes of {}, {}.",
                    self.election.name(*candidate),
                    destinations(self.election, &transfer)
                ));
                round.transfers.push(transfer);
            }
        }
        Ok(())
    }

    /// Reads ballots on and credits whom they come to; with all seats filled they come to nobody.
    fn move_on(&mut self, groups: impl IntoIterator<Item = u32>, full: bool) -> Result<Moved, Halt> {
        // By value, the units that come to each candidate and, behind those, to nobody by reason.
        let places = self.tally.len() + FINAL_SURPLUS + 1;
        let mut units: Vec<Vec<u64>> = vec![Vec::new(); self.values.len()];
        for group in groups {
            let landing = if full { None } else { Some(self.reader.read_on(group as usize, &self.open)) };
            let place = match landing {
                Some(Landing::On(candidate)) => {
                    self.piles[candidate.index()].push(group);
                    candidate.index()
                }
                Some(Landing::Inactive(reason)) => self.tally.len() + reason_place(reason),
                None => self.tally.len() + FINAL_SURPLUS,
            };
            let row = &mut units[self.class[group as usize] as usize];
            row.resize(places, 0);
            row[place] += self.ballots.weight(group as usize);
        }
        let ar = self.ar;
        let mut moved = Moved { by_candidate: vec![ar.zero(); self.tally.len()], inactive: ar.zero() };
        for (value, row) in self.values.iter().zip(units) {
            for (place, units) in row.into_iter().enumerate().filter(|(_, units)| *units > 0) {
                let mut worth = ar.times(value, units)?;
                if self.ballots.scale() > 1 {
                    worth = ar.div(&worth, &ar.whole(self.ballots.scale())?, Rounding::Down)?;
                }
                if let Some(votes) = moved.by_candidate.get_mut(place) {
                    *votes = ar.add(votes, &worth)?;
                    self.tally[place] = ar.add(&self.tally[place], &worth)?;
                } else if let Some(votes) = self.inactive.get_mut(place - self.tally.len()) {
                    *votes = ar.add(votes, &worth)?;
                    moved.inactive = ar.add(&moved.inactive, &worth)?;
                } else {
                    return Err(CountError::Unsuitable("a vote came to nowhere".to_owned()).into());
                }
            }
        }
        Ok(moved)
    }
}

const fn reason_place(reason: Reason) -> usize {
    reason as usize
}
