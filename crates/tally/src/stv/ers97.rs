//! STV by the rules the Electoral Reform Society recommended in 1997 (third edition, sections 5.1 to 5.6).

mod count;

use super::reading::{EQUAL_RANKS, MAX_SKIPPED, REPEATED, Reading};
use crate::{
    error::ParamError,
    method::{CountingRule, MethodInfo, Params, Rule, SeatRule},
    result::{Halt, Record},
    ties::TieRule,
};

/// What there is to know about it.
pub(super) const INFO: MethodInfo = MethodInfo {
    name: "ers97-stv",
    aliases: &["stv-ers97", "ers97"],
    title: "ERS97 STV",
    ballots: &["ranked"],
    seats: SeatRule::Any,
    parameters: &[EQUAL_RANKS, MAX_SKIPPED, REPEATED],
    build,
};

/// ERS97 STV: two decimal places, only the last batch of papers received moves when a surplus arises.
///
/// A surplus is deferred while it could not save the lowest candidates, who then are excluded, as many together as
/// possible. Papers of the excluded move in batches of one value, highest first; each batch is a stage here. Who has the total
/// active vote divided by one more than the vacant seats is elected, and the quota falls with the non-transferable vote
/// until somebody is elected. What is neglected when a transfer value is cut counts as non-transferable (5.3.10). Ties go to
/// the first stage at which the candidates differed, then to the tie policy asked for.
///
/// Where the rules leave the order of things open this follows the program `OpenSTV`, which was checked against the
/// society's own: candidates with equal votes are excluded together or not at all, and with the first exclusion those
/// without any vote go together with the next lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Ers97 {
    /// How ballots are read.
    pub reading: Reading,
}

fn build(params: &mut Params) -> Result<Rule, ParamError> {
    let reading = Reading::build(params)?;
    Ok(Rule::Stv(super::StvMethod::Ers97(Ers97 { reading })))
}

impl CountingRule for Ers97 {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        self.reading.parameters()
    }

    fn statutory_ties(&self) -> Vec<TieRule> {
        vec![TieRule::Forwards]
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        count::count(self, record)
    }
}
