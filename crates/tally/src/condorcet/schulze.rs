//! Schulze: the strongest paths of victories.

use super::{
    CondorcetMethod, Pairwise,
    graph::layers,
    strength::{STRENGTH, Strength},
};
use crate::{
    error::ParamError,
    method::{CountingRule, MethodInfo, Params, Rule, SeatRule},
    result::{Halt, Record, Round, RoundEvent},
};

/// What there is to know about it.
pub(super) const INFO: MethodInfo = MethodInfo {
    name: "schulze",
    aliases: &["beatpath"],
    title: "Schulze",
    ballots: &["ranked"],
    seats: SeatRule::One,
    parameters: &[STRENGTH],
    build,
};

/// A candidate comes before another when its strongest path of victories to the other is stronger than the strongest
/// path back. A path is as strong as its weakest victory (M. Schulze, Social Choice and Welfare 36, 2011).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Schulze {
    /// What the strength of a victory is.
    pub strength: Strength,
}

fn build(params: &mut Params) -> Result<Rule, ParamError> {
    Ok(Rule::Condorcet(CondorcetMethod::Schulze(Schulze { strength: Strength::take(params)? })))
}

/// The strength of the strongest path from each position to each other one, row by row, 0 where there is none.
pub(super) fn strongest_paths<T: Copy + Ord>(
    record: &mut Record<'_>,
    n: usize,
    strength: impl Fn(usize, usize) -> T,
) -> Result<Vec<T>, Halt> {
    let mut paths: Vec<T> = (0..n * n).map(|at| strength(at / n, at % n)).collect();
    let mut through = Vec::with_capacity(n);
    for middle in 0..n {
        record.step()?;
        through.clear();
        through.extend_from_slice(&paths[middle * n..(middle + 1) * n]);
        for (from, row) in paths.chunks_exact_mut(n).enumerate() {
            if from == middle {
                continue;
            }
            let first = row[middle];
            for (to, (path, second)) in row.iter_mut().zip(&through).enumerate() {
                if to != from {
                    *path = (*path).max(first.min(*second));
                }
            }
        }
    }
    Ok(paths)
}

impl CountingRule for Schulze {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![("strength", self.strength.name().to_owned())]
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        let pairwise = Pairwise::record(record)?;
        let n = pairwise.len();
        let paths = strongest_paths(record, n, |a, b| self.strength.of(&pairwise, a, b))?;
        let election = record.election();
        let matrix = pairwise.matrix(election, "path_strengths", |a, b| pairwise.figure(paths[a * n + b]));
        record.result.matrices.push(matrix);
        record.result.ranking = layers(n, |a, b| paths[a * n + b] > paths[b * n + a])
            .into_iter()
            .map(|layer| pairwise.named(layer))
            .collect();
        let front = record.result.ranking.first().cloned().unwrap_or_default();
        // Against whom the winner's lead is smallest is what a member will ask.
        let closest = |winner| {
            let a = pairwise.position(winner)?;
            (0..n)
                .filter(|b| *b != a)
                .min_by_key(|b| paths[a * n + b].saturating_sub(paths[b * n + a]))
                .map(|b| (b, paths[a * n + b], paths[b * n + a]))
        };
        record.conclude(Round::new(RoundEvent::Pairs), &front, |winner, tied| {
            let name = election.name(winner);
            match closest(winner) {
                _ if tied => format!("nobody has a stronger path to {name}, who is elected"),
                None => format!("{name} stands alone and is elected"),
                Some((b, there, back)) => format!(
                    "{name} has a stronger path to each other candidate than they have back and is elected; the \
                     closest is {}, {} {} there and {} back",
                    election.name(pairwise.candidates()[b]),
                    pairwise.figure(there).to_plain(),
                    self.strength.words(),
                    pairwise.figure(back).to_plain()
                ),
            }
        })
    }
}
