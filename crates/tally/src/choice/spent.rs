//! Proportional scores: every seat costs its supporters a quota. Allocated score and sequentially spent score.

use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_traits::{One, Zero};

use super::{
    ChoiceMethod,
    sums::{ScoreRules, Scores},
};
use crate::{
    election::Candidate,
    error::ParamError,
    method::{BallotForm, CountingRule, MethodInfo, ParamInfo, Params, Rule, SeatRule},
    numbers::{BigRational, Figure},
    result::{Column, Halt, Record, Round, RoundEvent, names},
    ties::TieQuestion,
};

/// What there is to know about allocated score.
pub(super) const ALLOCATED: MethodInfo = MethodInfo {
    name: "allocated-score-hare",
    aliases: &["allocated-score", "proportional-star", "star-pr"],
    title: "Allocated score with the Hare quota (proportional STAR)",
    ballots: &["score"],
    seats: SeatRule::Any,
    parameters: &[
        ScoreRules::BLANK,
        ScoreRules::MAX,
        ParamInfo {
            name: "fill",
            values: "weight (what is left of a ballot fills the quota), ballots (each fills it as a whole ballot)",
            default: "weight",
        },
    ],
    build: build_allocated,
};

/// What there is to know about sequentially spent score.
pub(super) const SPENT: MethodInfo = MethodInfo {
    name: "sequentially-spent-score",
    aliases: &["sss"],
    title: "Sequentially spent score",
    ballots: &["score"],
    seats: SeatRule::Any,
    parameters: &[
        ScoreRules::BLANK,
        ScoreRules::MAX,
        ParamInfo {
            name: "reduction",
            values: "scale (scores shrink with what is left), cap (scores are cut to what is left)",
            default: "scale",
        },
    ],
    build: build_spent,
};

/// Seats are filled one after the other by the highest sum of scores; after each, those who supported the winner pay for
/// the seat with part of their ballots' weight. All figures are exact fractions.
///
/// Where as many stand as there are seats, all of them are elected at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpentScore {
    /// How ballots are read.
    pub rules: ScoreRules,
    /// How a seat is paid for.
    pub price: Price,
}

/// How a seat is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Price {
    /// Allocated score (the Equal Vote Coalition's proportional STAR): a Hare quota of ballots, the ballots divided by
    /// the seats, is set aside, those that score the winner highest (by score times weight) first. Ballots at the score
    /// where the quota is reached are set aside in equal part. A ballot that gives the winner nothing is never touched.
    Allocated,
    /// The same, with every ballot of which anything is left filling the quota as a whole ballot: what one program does,
    /// so that its counts can be repeated.
    AllocatedWhole,
    /// Sequentially spent score (K. Edmonds): every ballot begins with as many points to spend as the highest score, and
    /// spends what it gives the winner, in equal proportion less where together they give more than the Hare quota of
    /// points. Scores then shrink in proportion to the points left.
    Spent,
    /// The same, with scores cut to the points left instead.
    SpentCapped,
}

const fn wrap(rules: ScoreRules, price: Price) -> Rule {
    Rule::Choice(ChoiceMethod::SpentScore(SpentScore { rules, price }))
}

fn build_allocated(params: &mut Params) -> Result<Rule, ParamError> {
    let rules = ScoreRules::take(params)?;
    params.take_fixed(&["quota"], &["hare"])?;
    let fills = [("weight", Price::Allocated), ("ballots", Price::AllocatedWhole)];
    let price = params.take_choice(&["fill"], &fills)?;
    Ok(wrap(rules, price.unwrap_or(Price::Allocated)))
}

fn build_spent(params: &mut Params) -> Result<Rule, ParamError> {
    let rules = ScoreRules::take(params)?;
    params.take_fixed(&["quota"], &["hare"])?;
    let reductions = [("scale", Price::Spent), ("cap", Price::SpentCapped)];
    let price = params.take_choice(&["reduction"], &reductions)?;
    Ok(wrap(rules, price.unwrap_or(Price::Spent)))
}

fn whole(number: u64) -> BigRational {
    BigRational::from_integer(BigInt::from(number))
}

/// What is left of each different ballot, as a share of its weight. Ballots with the same share are counted together.
struct Shares {
    values: Vec<BigRational>,
    known: BTreeMap<BigRational, usize>,
    of: Vec<usize>,
}

/// Units of ballots by share (its number) and score.
type Support = BTreeMap<(usize, u16), u64>;

impl Shares {
    fn full(ballots: usize) -> Self {
        Self {
            values: vec![BigRational::one()],
            known: BTreeMap::from([(BigRational::one(), 0)]),
            of: vec![0; ballots],
        }
    }

    fn number(&mut self, value: BigRational) -> usize {
        let next = self.values.len();
        let number = *self.known.entry(value.clone()).or_insert(next);
        if number == next {
            self.values.push(value);
        }
        number
    }

    fn support(&self, scores: Scores<'_>, candidate: Candidate) -> Support {
        let mut support = Support::new();
        for ((weight, row), share) in scores.ballots.iter().zip(&self.of) {
            *support.entry((*share, scores.of(row, candidate))).or_default() += weight;
        }
        support
    }

    /// Gives every ballot the share that its old one and its score for the candidate lead to.
    fn change(&mut self, scores: Scores<'_>, candidate: Candidate, to: &BTreeMap<(usize, u16), BigRational>) {
        let numbers: BTreeMap<(usize, u16), usize> =
            to.iter().map(|(key, value)| (*key, self.number(value.clone()))).collect();
        for ((_, row), share) in scores.ballots.iter().zip(&mut self.of) {
            if let Some(number) = numbers.get(&(*share, scores.of(row, candidate))) {
                *share = *number;
            }
        }
    }
}

impl SpentScore {
    const fn allocates(self) -> bool {
        matches!(self.price, Price::Allocated | Price::AllocatedWhole)
    }

    /// What a score is worth on a ballot with that share left.
    fn worth(self, share: &BigRational, score: u16, max: u16) -> BigRational {
        match self.price {
            Price::Allocated | Price::AllocatedWhole | Price::Spent => share * whole(score.into()),
            Price::SpentCapped => whole(score.into()).min(share * whole(max.into())),
        }
    }

    fn total(self, shares: &Shares, support: &Support, max: u16) -> BigRational {
        support.iter().fold(BigRational::zero(), |sum, ((share, score), units)| {
            sum + self.worth(&shares.values[*share], *score, max) * whole(*units)
        })
    }

    /// The new shares after paying for a seat, and how many units of ballots (or of points) were paid.
    fn pay(
        self,
        shares: &Shares,
        support: &Support,
        quota: &BigRational,
        max: u16,
    ) -> (BTreeMap<(usize, u16), BigRational>, BigRational) {
        if self.allocates() {
            return allocate(shares, support, quota, self.price == Price::AllocatedWhole);
        }
        let points = quota * whole(max.into());
        let total = self.total(shares, support, max);
        let part = if total > points { &points / &total } else { BigRational::one() };
        let mut new = BTreeMap::new();
        for (share, score) in support.keys().filter(|(_, score)| *score > 0) {
            let old = &shares.values[*share];
            let spent = self.worth(old, *score, max) * &part / whole(max.max(1).into());
            new.insert((*share, *score), (old - spent).max(BigRational::zero()));
        }
        (new, total * part)
    }
}

/// Sets a quota of ballots aside, from the highest score times weight down.
fn allocate(
    shares: &Shares,
    support: &Support,
    quota: &BigRational,
    as_whole: bool,
) -> (BTreeMap<(usize, u16), BigRational>, BigRational) {
    let mut supporters: Vec<(BigRational, (usize, u16), BigRational)> = support
        .iter()
        .map(|((share, score), units)| {
            let value = &shares.values[*share];
            let worth = value * whole((*score).into());
            let fills = if as_whole { whole(*units) } else { value * whole(*units) };
            (worth, (*share, *score), fills)
        })
        .filter(|(worth, _, _)| !worth.is_zero())
        .collect();
    supporters.sort_by(|(x, a, _), (y, b, _)| y.cmp(x).then(a.cmp(b)));
    let mut new = BTreeMap::new();
    let mut left = quota.clone();
    for group in supporters.chunk_by(|(x, _, _), (y, _, _)| x == y) {
        if left.is_zero() {
            break;
        }
        let weight: BigRational = group.iter().fold(BigRational::zero(), |sum, (_, _, weight)| sum + weight);
        // What remains of each ballot of the group: nothing, unless the group has more than is still needed.
        let remains = if weight <= left { BigRational::zero() } else { BigRational::one() - &left / &weight };
        for (_, key, _) in group {
            new.insert(*key, &shares.values[key.0] * &remains);
        }
        left -= weight.min(left.clone());
    }
    let paid = quota - left;
    (new, paid)
}

impl CountingRule for SpentScore {
    fn info(&self) -> &'static MethodInfo {
        if self.allocates() { &ALLOCATED } else { &SPENT }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut parameters = self.rules.parameters();
        match self.price {
            Price::Allocated => parameters.push(("fill", "weight".to_owned())),
            Price::AllocatedWhole => parameters.push(("fill", "ballots".to_owned())),
            Price::Spent => parameters.push(("reduction", "scale".to_owned())),
            Price::SpentCapped => parameters.push(("reduction", "cap".to_owned())),
        }
        parameters
    }

    fn form(&self, _seats: u32) -> BallotForm {
        self.rules.form()
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        let scores = self.rules.ballots(record)?;
        let election = scores.election;
        let max = scores.ballots.max_score();
        let scale = scores.ballots.scale();
        let votes = |units: BigRational| Figure::of(units / whole(scale));
        let totals = scores.totals();
        let values = record.figures(|candidate| scores.figure(totals[candidate.index()]));
        record.result.columns.push(Column { name: "scores", values: values.clone() });
        let mut left: Vec<Candidate> = election.standing().collect();
        let seats = record.seats();
        let quota = whole(scores.ballots.total()) / whole(u64::from(record.result.seats));
        let shown = match self.price {
            Price::Allocated | Price::AllocatedWhole => quota.clone(),
            Price::Spent | Price::SpentCapped => &quota * whole(max.into()),
        };
        record.result.figures.push(("quota", votes(shown.clone())));
        if left.len() <= seats {
            let mut round = Round::new(RoundEvent::Seat);
            round.tally = values;
            round.sentence = match &left[..] {
                [] => "nobody stands.".to_owned(),
                [only] => format!("{} stands alone and is elected.", election.name(*only)),
                all => format!("there is a seat for each of {}, who are elected.", names(election, all)),
            };
            round.elected = left;
            record.push(round);
            return Ok(());
        }
        let mut shares = Shares::full(scores.ballots.len());
        for seat in 1..=seats {
            record.step()?;
            let support: Vec<(Candidate, Support, BigRational)> = left
                .iter()
                .map(|candidate| {
                    let support = shares.support(scores, *candidate);
                    let total = self.total(&shares, &support, max);
                    (*candidate, support, total)
                })
                .collect();
            let mut round = Round::new(RoundEvent::Seat);
            round.quota = Some(votes(shown.clone()));
            round.tally = vec![None; election.len()];
            for (candidate, _, total) in &support {
                round.tally[candidate.index()] = Some(votes(total.clone()));
            }
            let most = support.iter().map(|(_, _, total)| total).max();
            let front: Vec<Candidate> = support
                .iter()
                .filter(|(_, _, total)| Some(total) == most)
                .map(|(candidate, _, _)| *candidate)
                .collect();
            let ties = record.result.ties.len();
            let winner = match record.break_tie(TieQuestion::Elect, &front) {
                Ok(winner) => winner,
                Err(halt) => return Err(record.stopped(round, halt)),
            };
            round.subjects.push(winner);
            round.elected.push(winner);
            left.retain(|candidate| *candidate != winner);
            round.sentence = format!(
                "{} has the highest sum of scores, {}, and takes seat {seat}",
                election.name(winner),
                votes(most.cloned().unwrap_or_default()).to_plain()
            );
            let own = support.iter().find(|(candidate, _, _)| *candidate == winner);
            if let (Some((_, support, _)), true) = (own, seat < seats) {
                let (new, paid) = self.pay(&shares, support, &quota, max);
                shares.change(scores, winner, &new);
                let paid = votes(paid);
                let what = match self.price {
                    Price::Allocated | Price::AllocatedWhole => "ballots are set aside for it",
                    Price::Spent | Price::SpentCapped => "points are spent on it",
                };
                round.sentence = format!("{}; {} {what}", round.sentence, paid.to_plain());
                round.details.push(("paid", paid));
            }
            round.sentence.push('.');
            round.sentence.push_str(&record.tie_sentence(ties));
            record.push(round);
        }
        Ok(())
    }
}
