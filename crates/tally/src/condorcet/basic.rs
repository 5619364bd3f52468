//! The pairwise matrix for itself, and the Condorcet winner or nobody.

use super::{CondorcetMethod, Pairwise, strength::take_unranked};
use crate::{
    method::{CountingRule, MethodInfo, Rule, SeatRule},
    result::{Halt, Record, Round, RoundEvent},
};

/// What there is to know about the matrix.
pub(super) const MATRIX: MethodInfo = MethodInfo {
    name: "pairwise-matrix",
    aliases: &["pairwise"],
    title: "Pairwise matrix",
    ballots: &["ranked"],
    seats: SeatRule::One,
    parameters: &[],
    build: |params| {
        take_unranked(params)?;
        Ok(Rule::Condorcet(CondorcetMethod::PairwiseMatrix(PairwiseMatrix)))
    },
};

/// What there is to know about the Condorcet winner.
pub(super) const WINNER: MethodInfo = MethodInfo {
    name: "condorcet",
    aliases: &["condorcet-winner"],
    title: "Condorcet winner, or nobody",
    ballots: &["ranked"],
    seats: SeatRule::One,
    parameters: &[],
    build: |params| {
        take_unranked(params)?;
        Ok(Rule::Condorcet(CondorcetMethod::Condorcet(Condorcet)))
    },
};

/// How many ballots prefer each candidate to each other one. Elects nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct PairwiseMatrix;

/// Whoever beats each other candidate, one against one, is elected; if there is no such candidate, nobody is.
///
/// The rule is that of Condorcet's *Essai* of 1785 with nothing added for the case of a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Condorcet;

impl CountingRule for PairwiseMatrix {
    fn info(&self) -> &'static MethodInfo {
        &MATRIX
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        let pairwise = Pairwise::record(record)?;
        let mut round = Round::new(RoundEvent::Pairs);
        round.sentence =
            format!("each of the {} candidates is compared with each other one.", pairwise.len());
        record.push(round);
        Ok(())
    }
}

impl CountingRule for Condorcet {
    fn info(&self) -> &'static MethodInfo {
        &WINNER
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        let pairwise = Pairwise::record(record)?;
        let mut round = Round::new(RoundEvent::Pairs);
        let front: Vec<_> = pairwise.named(pairwise.condorcet_winner());
        if front.is_empty() {
            "nobody beats every other candidate, so nobody is elected.".clone_into(&mut round.sentence);
        }
        let election = record.election();
        let only = pairwise.len() == 1;
        record.conclude(round, &front, |winner, _| {
            let name = election.name(winner);
            if only {
                format!("{name} stands alone and is elected")
            } else {
                format!("{name} beats each other candidate one against one and is elected")
            }
        })
    }
}
