//! Ranked pairs: the strongest victories are locked in one after another.

use super::{
    CondorcetMethod, Pairwise,
    graph::{Reach, layers},
    strength::{STRENGTH, Strength},
};
use crate::{
    error::ParamError,
    method::{CountingRule, MethodInfo, ParamInfo, Params, Rule, SeatRule},
    numbers::Figure,
    result::{Halt, Record, Round, RoundEvent, list, plural_votes},
};

/// What there is to know about it.
pub(super) const INFO: MethodInfo = MethodInfo {
    name: "ranked-pairs",
    aliases: &["tideman"],
    title: "Ranked pairs (Tideman)",
    ballots: &["ranked"],
    seats: SeatRule::One,
    parameters: &[
        STRENGTH,
        ParamInfo {
            name: "equally-strong",
            values: "smaller-opposition (the pair with fewer ballots on the losing side first), together",
            default: "smaller-opposition",
        },
    ],
    build,
};

/// Victories are taken from the strongest to the weakest; each is locked in unless it would close a cycle with those
/// locked in before (T. N. Tideman, Social Choice and Welfare 4, 1987).
///
/// Victories that stay equally strong are looked at together: those that close a cycle, with the ones locked in before
/// or with each other, are left out, the rest are locked in. So the result depends on no order, there is nothing to
/// branch into, and whoever is in the Smith set stays above everybody outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct RankedPairs {
    /// What the strength of a victory is.
    pub strength: Strength,
    /// Whether equally strong victories are not told apart by the smaller losing side first.
    pub equal_together: bool,
}

fn build(params: &mut Params) -> Result<Rule, ParamError> {
    let strength = Strength::take(params)?;
    let choices = [("smaller-opposition", false), ("together", true)];
    let equal_together = params.take_choice(&["equally-strong"], &choices)?.unwrap_or(false);
    Ok(Rule::Condorcet(CondorcetMethod::RankedPairs(RankedPairs { strength, equal_together })))
}

/// A victory with what it is sorted by.
struct Victory {
    strength: u64,
    opposition: u64,
    winner: usize,
    loser: usize,
}

/// Candidates up to which every step is told; beyond, the rounds would outgrow any reader.
const TOLD: usize = 60;

impl RankedPairs {
    fn victories(self, pairwise: &Pairwise) -> Vec<Victory> {
        let n = pairwise.len();
        let mut victories: Vec<Victory> = (0..n)
            .flat_map(|a| (0..n).map(move |b| (a, b)))
            .filter(|(a, b)| pairwise.beats(*a, *b))
            .map(|(winner, loser)| Victory {
                strength: self.strength.of(pairwise, winner, loser),
                opposition: if self.equal_together { 0 } else { pairwise.wins(loser, winner) },
                winner,
                loser,
            })
            .collect();
        victories.sort_by_key(|pair| (std::cmp::Reverse(pair.strength), pair.opposition));
        victories
    }
}

impl CountingRule for RankedPairs {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let equal = if self.equal_together { "together" } else { "smaller-opposition" };
        vec![("strength", self.strength.name().to_owned()), ("equally-strong", equal.to_owned())]
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        let pairwise = Pairwise::record(record)?;
        let n = pairwise.len();
        let election = record.election();
        let mut locked = vec![false; n * n];
        let mut reach = Reach::new(n);
        let mut left_out = 0_u64;
        let victories = self.victories(&pairwise);
        for group in victories.chunk_by(|a, b| (a.strength, a.opposition) == (b.strength, b.opposition)) {
            for _ in group {
                record.step()?;
            }
            let closes_cycle: Vec<bool> = if let [only] = group {
                vec![reach.has(only.loser, only.winner)]
            } else {
                let mut with_all = reach.clone();
                for pair in group {
                    with_all.add(pair.winner, pair.loser);
                }
                group.iter().map(|pair| with_all.has(pair.loser, pair.winner)).collect()
            };
            let mut told = [Vec::new(), Vec::new()];
            for (pair, closes) in group.iter().zip(closes_cycle) {
                if n <= TOLD {
                    let name = |position: usize| election.name(pairwise.candidates()[position]);
                    told[usize::from(closes)].push(format!(
                        "{} over {}",
                        name(pair.winner),
                        name(pair.loser)
                    ));
                }
                if closes {
                    left_out += 1;
                } else {
                    locked[pair.winner * n + pair.loser] = true;
                    reach.add(pair.winner, pair.loser);
                }
            }
            if let ([first, ..], true) = (group, n <= TOLD) {
                let strength = pairwise.figure(first.strength);
                record.push(step(&strength, self.strength, &told));
            }
        }
        record.result.figures.push(("pairs_left_out", Figure::from(left_out)));
        let matrix = pairwise.matrix(election, "locked", |a, b| Figure::from(u64::from(locked[a * n + b])));
        record.result.matrices.push(matrix);
        record.result.ranking =
            layers(n, |a, b| locked[a * n + b]).into_iter().map(|layer| pairwise.named(layer)).collect();
        let front = record.result.ranking.first().cloned().unwrap_or_default();
        record.conclude(Round::new(RoundEvent::Close), &front, |winner, _| {
            format!("no locked pair stands against {}, who is elected", election.name(winner))
        })
    }
}

fn step(strength: &Figure, kind: Strength, told: &[Vec<String>; 2]) -> Round {
    let mut round = Round::new(RoundEvent::Pairs);
    round.details.push(("strength", strength.clone()));
    let [kept, dropped] = told;
    let are = |pairs: &[String]| if pairs.len() == 1 { "is" } else { "are" };
    let by = match kind {
        Strength::WinningVotes => format!("with {}", plural_votes(strength)),
        Strength::Margins => format!("with a margin of {}", plural_votes(strength)),
    };
    let mut parts = Vec::new();
    if !kept.is_empty() {
        parts.push(format!("{} {} locked in, {by}", list(kept), are(kept)));
    }
    if !dropped.is_empty() {
        let by = if kept.is_empty() { format!(", {by},") } else { String::new() };
        parts.push(format!("{}{by} {} left out, for closing a cycle", list(dropped), are(dropped)));
    }
    round.sentence = format!("{}.", parts.join("; "));
    round
}
