//! Nanson and Baldwin: elimination by Borda points.

use super::{CondorcetMethod, Pairwise, strength::take_unranked};
use crate::{
    error::ParamError,
    method::{CountingRule, MethodInfo, ParamInfo, Params, Rule, SeatRule},
    numbers::Figure,
    ranked::TiedLowest,
    result::{Halt, Record, Round, RoundEvent, names},
    ties::TieQuestion,
};

/// What there is to know about Nanson's method.
pub(super) const NANSON: MethodInfo = MethodInfo {
    name: "nanson",
    aliases: &[],
    title: "Nanson",
    ballots: &["ranked"],
    seats: SeatRule::One,
    parameters: &[ParamInfo {
        name: "exclude",
        values: "below-average, at-or-below-average",
        default: "below-average",
    }],
    build: build_nanson,
};

/// What there is to know about Baldwin's method.
pub(super) const BALDWIN: MethodInfo = MethodInfo {
    name: "baldwin",
    aliases: &[],
    title: "Baldwin",
    ballots: &["ranked"],
    seats: SeatRule::One,
    parameters: &[TiedLowest::INFO],
    build: |params| {
        take_unranked(params)?;
        let tied_lowest = TiedLowest::take(params)?;
        Ok(Rule::Condorcet(CondorcetMethod::Baldwin(Baldwin { tied_lowest })))
    },
};

/// Everybody with fewer Borda points than the average of those still in is excluded, points are counted anew, and so on
/// (E. J. Nanson, 1882). When all have the same there is a tie between them.
///
/// Points are those of the variant `average` of the Borda count, among the candidates still in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Nanson {
    /// Whether those exactly at the average go too, unless all are.
    pub at_average: bool,
}

/// Whoever has the fewest Borda points is excluded, points are counted anew, and so on until one is left (J. M.
/// Baldwin, 1926).
///
/// Points are those of the variant `average` of the Borda count, among the candidates still in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Baldwin {
    /// What becomes of several with the fewest points.
    pub tied_lowest: TiedLowest,
}

fn build_nanson(params: &mut Params) -> Result<Rule, ParamError> {
    take_unranked(params)?;
    let choices = [("below-average", false), ("at-or-below-average", true)];
    let at_average = params.take_choice(&["exclude"], &choices)?.unwrap_or(false);
    Ok(Rule::Condorcet(CondorcetMethod::Nanson(Nanson { at_average })))
}

/// Those still in, with twice their Borda points in units.
struct Field<'a> {
    pairwise: &'a Pairwise,
    left: Vec<usize>,
    doubled: Vec<i128>,
}

impl<'a> Field<'a> {
    fn new(pairwise: &'a Pairwise) -> Self {
        let mut field = Self { pairwise, left: (0..pairwise.len()).collect(), doubled: Vec::new() };
        field.count();
        field
    }

    /// One point for each other candidate a ballot prefers this one to, half a point for each it likes as much.
    fn count(&mut self) {
        let points = |a: usize| {
            let others = self.left.iter().filter(|b| **b != a);
            others
                .map(|b| {
                    i128::from(self.pairwise.voting()) + i128::from(self.pairwise.wins(a, *b))
                        - i128::from(self.pairwise.wins(*b, a))
                })
                .sum()
        };
        self.doubled = self.left.iter().map(|a| points(*a)).collect();
    }

    fn remove(&mut self, out: &[usize]) {
        self.left.retain(|position| !out.contains(position));
        self.count();
    }

    fn round(&self, record: &Record<'_>) -> Round {
        let scale = u128::from(self.pairwise.scale()) * 2;
        let mut round = Round::new(RoundEvent::Round);
        round.tally = vec![None; record.election().len()];
        for (position, doubled) in self.left.iter().zip(&self.doubled) {
            let candidate = self.pairwise.candidates()[*position];
            round.tally[candidate.index()] = Some(Figure::quotient(*doubled, scale));
        }
        round
    }

    /// Those whose points satisfy the condition.
    fn having(&self, condition: impl Fn(i128) -> bool) -> Vec<usize> {
        let pairs = self.left.iter().zip(&self.doubled);
        pairs.filter(|(_, doubled)| condition(**doubled)).map(|(position, _)| *position).collect()
    }

    /// All who are left, and equal.
    fn all_equal(&self) -> bool {
        self.doubled.windows(2).all(|pair| pair[0] == pair[1])
    }
}

fn excluded(record: &Record<'_>, field: &Field<'_>, out: &[usize], why: &str) -> (Round, String) {
    let mut round = field.round(record);
    round.eliminated = field.pairwise.named(out.iter().copied());
    let who = names(record.election(), &round.eliminated);
    let (has, is) = if out.len() == 1 { ("has", "is") } else { ("have", "are") };
    (round, format!("{who} {has} {why} and {is} excluded."))
}

fn finish(record: &mut Record<'_>, field: &Field<'_>) -> Result<(), Halt> {
    let front = field.pairwise.named(field.left.iter().copied());
    let election = record.election();
    record.conclude(field.round(record), &front, |winner, tied| {
        let name = election.name(winner);
        if tied {
            format!("all who are left have the same points; {name} is elected")
        } else {
            format!("{name} is the last one left and is elected")
        }
    })
}

impl CountingRule for Nanson {
    fn info(&self) -> &'static MethodInfo {
        &NANSON
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let exclude = if self.at_average { "at-or-below-average" } else { "below-average" };
        vec![("exclude", exclude.to_owned())]
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        let pairwise = Pairwise::record(record)?;
        let mut field = Field::new(&pairwise);
        while !field.all_equal() {
            record.step()?;
            // Compared without dividing: points times the number of candidates against their sum.
            let sum: i128 = field.doubled.iter().sum();
            let n = i128::try_from(field.left.len()).unwrap_or(i128::MAX);
            let out = field.having(|doubled| {
                doubled.saturating_mul(n) < sum || self.at_average && doubled.saturating_mul(n) == sum
            });
            let average = Figure::quotient(sum, u128::from(pairwise.scale()) * 2 * field.left.len() as u128);
            let which = if self.at_average { "no more than" } else { "less than" };
            let why = format!("{which} the average of {} points", average.to_plain());
            let (mut round, sentence) = excluded(record, &field, &out, &why);
            round.details.push(("average", average));
            round.sentence = sentence;
            record.push(round);
            field.remove(&out);
        }
        finish(record, &field)
    }
}

impl CountingRule for Baldwin {
    fn info(&self) -> &'static MethodInfo {
        &BALDWIN
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![(TiedLowest::INFO.name, self.tied_lowest.name().to_owned())]
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        let pairwise = Pairwise::record(record)?;
        let mut field = Field::new(&pairwise);
        while !field.all_equal() {
            record.step()?;
            let fewest = field.doubled.iter().min().copied().unwrap_or(0);
            let lowest = field.having(|doubled| doubled == fewest);
            let met = record.result.ties.len();
            let out = match self.tied_lowest {
                TiedLowest::All => lowest,
                TiedLowest::TieRule => {
                    let candidates = pairwise.named(lowest.iter().copied());
                    match record.break_tie(TieQuestion::Exclude, &candidates) {
                        Ok(loser) => pairwise.position(loser).into_iter().collect(),
                        Err(halt) => return Err(record.stopped(field.round(record), halt)),
                    }
                }
            };
            let (mut round, sentence) = excluded(record, &field, &out, "the fewest points");
            round.sentence = sentence;
            round.sentence.push_str(&record.tie_sentence(met));
            record.push(round);
            field.remove(&out);
        }
        finish(record, &field)
    }
}
