//! Copeland: most victories.

use super::{CondorcetMethod, Pairwise, strength::take_unranked};
use crate::{
    method::{CountingRule, MethodInfo, Rule, SeatRule},
    numbers::Figure,
    result::{Column, Halt, Record, Round, RoundEvent},
};

/// What there is to know about it.
pub(super) const INFO: MethodInfo = MethodInfo {
    name: "copeland",
    aliases: &["llull"],
    title: "Copeland",
    ballots: &["ranked"],
    seats: SeatRule::One,
    parameters: &[],
    build: |params| {
        take_unranked(params)?;
        Ok(Rule::Condorcet(CondorcetMethod::Copeland(Copeland)))
    },
};

/// Candidates are ranked by the pairs they win, a drawn pair counting one half (A. H. Copeland, 1951). That is the same
/// order as victories less defeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Copeland;

impl CountingRule for Copeland {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        let pairwise = Pairwise::record(record)?;
        let n = pairwise.len();
        // In half points, so that everything is whole.
        let halves: Vec<u32> = (0..n)
            .map(|a| {
                (0..n)
                    .filter(|b| *b != a)
                    .map(|b| u32::from(!pairwise.beats(b, a)) + u32::from(pairwise.beats(a, b)))
                    .sum()
            })
            .collect();
        let points = |candidate| pairwise.position(candidate).map_or(0, |at| halves[at]);
        let figure = |candidate| Figure::quotient(i128::from(points(candidate)), 2);
        let scores = record.figures(figure);
        record.result.columns.push(Column { name: "scores", values: scores.clone() });
        let front = record.rank_by(pairwise.candidates(), points);
        let mut round = Round::new(RoundEvent::Pairs);
        round.tally = scores;
        let election = record.election();
        record.conclude(round, &front, |winner, tied| {
            let points = figure(winner).to_plain();
            let share = if tied { "shares the most points" } else { "has the most points" };
            format!(
                "{} {share}, {points} of {}, a victory counting one and a draw one half, and is elected",
                election.name(winner),
                n.saturating_sub(1)
            )
        })
    }
}
