//! Counting by the weighted inclusive Gregory method.

use std::fmt::Write;

use super::{DefeatBatch, Quota, ValueRounding, Wigm};
use crate::{
    election::Candidate,
    error::NumberError,
    numbers::{Arithmetic, Rounding},
    result::{Halt, Record, Round, RoundEvent, StepOrder, names, plural_votes},
    stv::{
        papers::{Class, Papers},
        stages::{Stages, Standing, destinations, elections},
    },
    ties::TieQuestion,
};

/// Votes needed: reached where they have been rounded up, exceeded where they are exact.
struct Needed<V> {
    votes: V,
    exceed: bool,
}

impl<V: Ord> Needed<V> {
    fn met_by(&self, votes: &V) -> bool {
        if self.exceed { *votes > self.votes } else { *votes >= self.votes }
    }
}

struct Count<'a, 'r, A: Arithmetic> {
    rules: &'r Wigm,
    stages: Stages<'a, A>,
    quota: Needed<A::Value>,
    without_quota: Vec<Candidate>,
    /// Whether the last stage began with more in the count than seats, and seats to fill.
    was_open: bool,
}

pub(super) fn count<A: Arithmetic>(rules: &Wigm, ar: A, record: &mut Record<'_>) -> Result<(), Halt> {
    record.result.step_order = StepOrder::ActionThenTally;
    let ballots = rules.reading.prepare(record)?;
    let papers = Papers::new(ar, ballots)?;
    let stages = Stages::new(record.election(), papers, record.seats())?;
    let quota = quota(rules, &stages)?;
    let mut count = Count { rules, stages, quota, without_quota: Vec::new(), was_open: false };
    let ran = count.run(record);
    let Count { stages, quota, without_quota, .. } = count;
    let figure = stages.papers.arithmetic().figure(&quota.votes);
    record.result.figures.push(("quota", figure));
    record.result.groups.push(("elected_without_quota", without_quota));
    ran
}

fn quota<A: Arithmetic>(rules: &Wigm, stages: &Stages<'_, A>) -> Result<Needed<A::Value>, NumberError> {
    let papers = &stages.papers;
    let ar = papers.arithmetic();
    let parts = papers.scale().saturating_mul((stages.seats as u64).saturating_add(1));
    let (votes, exceed) = match (rules.quota, ar.unit()) {
        (Quota::Whole, _) => (ar.whole(papers.total() / parts + 1)?, false),
        (Quota::Fraction, Some(unit)) => {
            let part = ar.ratio(papers.total(), parts, Rounding::Down)?;
            (ar.add(&part, &unit)?, false)
        }
        (Quota::Fraction, None) => (ar.ratio(papers.total(), parts, Rounding::Down)?, true),
    };
    Ok(Needed { votes, exceed })
}

impl<A: Arithmetic> Count<'_, '_, A> {
    fn run(&mut self, record: &mut Record<'_>) -> Result<(), Halt> {
        self.stages.first_preferences()?;
        let round = self.sheet(RoundEvent::FirstPreferences)?;
        let total = self.stages.papers.arithmetic().ratio(
            self.stages.papers.total(),
            self.stages.papers.scale(),
            Rounding::Down,
        )?;
        let said = format!(
            "{} are sorted by first preferences; the quota is {}.",
            plural_votes(&self.stages.papers.arithmetic().figure(&total)),
            self.stages.papers.arithmetic().figure(&self.quota.votes).to_plain(),
        );
        self.finish(round, &said, record);
        loop {
            record.step()?;
            let decided = self.stages.is_decided();
            if decided && !(self.rules.last_surplus && self.was_open) {
                return Ok(());
            }
            let ties_before = record.result.ties.len();
            let losers = if decided { Vec::new() } else { self.batch()? };
            if losers.is_empty()
                && let Some(candidate) = self.largest_surplus(record)?
            {
                self.transfer_surplus(candidate, ties_before, record)?;
                continue;
            }
            if decided {
                return Ok(());
            }
            let losers = if losers.is_empty() {
                let lowest = self.stages.at_end(&self.stages.all(Standing::Hopeful), false);
                vec![record.break_tie(TieQuestion::Exclude, &lowest)?]
            } else {
                losers
            };
            self.exclude(&losers, ties_before, record)?;
        }
    }

    /// A stage as it now stands, with those who thereby are elected.
    fn sheet(&mut self, event: RoundEvent) -> Result<Round, Halt> {
        self.was_open = !self.stages.is_decided();
        let mut round = self.stages.sheet(event, &self.quota.votes)?;
        let reached = self
            .stages
            .all(Standing::Hopeful)
            .into_iter()
            .filter(|candidate| self.quota.met_by(self.stages.votes(*candidate)))
            .collect();
        round.elected = self.stages.by_votes(reached);
        for candidate in &round.elected {
            let done = *self.stages.votes(*candidate) == self.quota.votes && !self.rules.zero_surplus_stage;
            let standing = if done { Standing::Elected } else { Standing::Pending };
            self.stages.set(*candidate, standing);
        }
        let vacancies = self.stages.vacancies();
        let left = self.stages.all(Standing::Hopeful);
        if vacancies > 0 && left.len() <= vacancies {
            for candidate in &left {
                self.stages.set(*candidate, Standing::Elected);
            }
            round.elected.extend_from_slice(&left);
            self.without_quota = left;
        }
        Ok(round)
    }

    fn finish(&self, mut round: Round, said: &str, record: &mut Record<'_>) {
        said.clone_into(&mut round.sentence);
        let elected = elections(self.stages.election, &round, &self.without_quota);
        round.sentence.push_str(&elected);
        record.push(round);
    }

    fn largest_surplus(&self, record: &mut Record<'_>) -> Result<Option<Candidate>, Halt> {
        let highest = self.stages.at_end(&self.stages.all(Standing::Pending), true);
        if highest.is_empty() {
            return Ok(None);
        }
        record.break_tie(TieQuestion::Order, &highest).map(Some)
    }

    fn transfer_surplus(
        &mut self,
        candidate: Candidate,
        ties_before: usize,
        record: &mut Record<'_>,
    ) -> Result<(), Halt> {
        let at = candidate.index();
        let votes = self.stages.votes[at].clone();
        let ar = self.stages.papers.arithmetic().clone();
        let surplus = ar.sub(&votes, &self.quota.votes)?;
        let pile = std::mem::take(&mut self.stages.piles[at]);
        let classes = self.new_classes(&pile, &surplus, &votes)?;
        let open = self.stages.open.clone();
        let parcels = self.stages.papers.move_on(pile, &open, |class| classes[class as usize]);
        let mut new_classes: Vec<Class> = parcels.iter().map(|parcel| parcel.class).collect();
        new_classes.dedup();
        let before = self.stages.rounding()?;
        self.stages.votes[at] = self.quota.votes.clone();
        let gains = self.stages.credit(parcels)?;
        self.stages.set(candidate, Standing::Elected);
        let lost = ar.sub(&self.stages.rounding()?, &before)?;
        let same_value = match new_classes[..] {
            [only] => Some(self.stages.papers.value(only)),
            _ => None,
        };
        let transfer = self.stages.transfer(candidate, &gains, &lost, same_value);

        let election = self.stages.election;
        let said = format!(
            "The surplus of {}, {}, is transferred: {}.{}",
            election.name(candidate),
            plural_votes(&ar.figure(&surplus)),
            destinations(election, &transfer),
            record.tie_sentence(ties_before),
        );
        let mut round = self.sheet(RoundEvent::Surplus)?;
        round.subjects = vec![candidate];
        round.transfers = vec![transfer];
        self.finish(round, &said, record);
        Ok(())
    }

    /// The class each class of a pile turns into when a surplus moves.
    fn new_classes(
        &mut self,
        pile: &[u32],
        surplus: &A::Value,
        votes: &A::Value,
    ) -> Result<Vec<Class>, NumberError> {
        let papers = &mut self.stages.papers;
        let ar = papers.arithmetic().clone();
        let mut classes: Vec<Class> = Vec::new();
        let mut known: Vec<bool> = Vec::new();
        for group in pile {
            let class = papers.class_of(*group);
            let at = class as usize;
            if known.len() <= at {
                known.resize(at + 1, false);
                classes.resize(at + 1, 0);
            }
            if !known[at] {
                known[at] = true;
                let old = papers.value(class).clone();
                let value = match self.rules.value_rounding {
                    ValueRounding::Once => ar.mul_div(&old, surplus, votes, Rounding::Down)?,
                    ValueRounding::Twice => {
                        let product = ar.mul(&old, surplus, Rounding::Down)?;
                        ar.div(&product, votes, Rounding::Down)?
                    }
                };
                classes[at] = papers.class_for(value);
            }
        }
        Ok(classes)
    }

    /// Those who may go at once, with the surpluses not yet transferred: fewer votes together than the next candidate.
    fn batch(&self) -> Result<Vec<Candidate>, NumberError> {
        if self.rules.defeat_batch == DefeatBatch::None {
            return Ok(Vec::new());
        }
        let ar = self.stages.papers.arithmetic();
        let mut sum = ar.zero();
        for candidate in self.stages.all(Standing::Pending) {
            let surplus = ar.sub(self.stages.votes(candidate), &self.quota.votes)?;
            sum = ar.add(&sum, &surplus)?;
        }
        let ascending = {
            let mut all = self.stages.by_votes(self.stages.all(Standing::Hopeful));
            all.reverse();
            all
        };
        let most = ascending.len().saturating_sub(self.stages.vacancies());
        let mut safe = 0;
        for (place, candidate) in ascending.iter().enumerate().take(most) {
            sum = ar.add(&sum, self.stages.votes(*candidate))?;
            let next = ascending.get(place + 1);
            if next.is_some_and(|next| sum < *self.stages.votes(*next)) {
                safe = place + 1;
            }
        }
        let mut losers = ascending;
        losers.truncate(safe);
        losers.sort_unstable();
        Ok(losers)
    }

    fn exclude(
        &mut self,
        losers: &[Candidate],
        ties_before: usize,
        record: &mut Record<'_>,
    ) -> Result<(), Halt> {
        let election = self.stages.election;
        for candidate in losers {
            self.stages.set(*candidate, Standing::Excluded);
        }
        let open = self.stages.open.clone();
        let ar = self.stages.papers.arithmetic().clone();
        let mut transfers = Vec::new();
        let mut said =
            format!("{} {} excluded", names(election, losers), if losers.len() == 1 { "is" } else { "are" });
        for candidate in losers {
            let at = candidate.index();
            let pile = std::mem::take(&mut self.stages.piles[at]);
            let parcels = self.stages.papers.move_on(pile, &open, |class| class);
            let before = self.stages.rounding()?;
            let votes = std::mem::replace(&mut self.stages.votes[at], ar.zero());
            let gains = self.stages.credit(parcels)?;
            let lost = ar.sub(&self.stages.rounding()?, &before)?;
            let transfer = self.stages.transfer(*candidate, &gains, &lost, None);
            let _ = write!(
                said,
                "; of the {} of {}, {}",
                plural_votes(&ar.figure(&votes)),
                election.name(*candidate),
                destinations(election, &transfer),
            );
            transfers.push(transfer);
        }
        said.push('.');
        said.push_str(&record.tie_sentence(ties_before));
        let mut round = self.sheet(RoundEvent::Exclusion)?;
        round.subjects = losers.to_vec();
        round.eliminated = losers.to_vec();
        round.transfers = transfers;
        self.finish(round, &said, record);
        Ok(())
    }
}
