//! STV by whole ballots, drawn in an order that a seed decides, after the rules of Cambridge, Massachusetts.

mod count;
mod draw;

use super::reading::{EQUAL_RANKS, MAX_SKIPPED, REPEATED, Reading};
use crate::{
    error::{CountError, ParamError},
    method::{CountingRule, MethodInfo, ParamInfo, Params, Rule, SeatRule},
    result::{Halt, Record},
    ties::TieRule,
};

/// What there is to know about it.
pub(super) const INFO: MethodInfo = MethodInfo {
    name: "cambridge-stv",
    aliases: &["stv-cambridge", "cambridge", "random-transfer-stv", "cincinnati-stv"],
    title: "STV by whole ballots (Cambridge)",
    ballots: &["ranked"],
    seats: SeatRule::Any,
    parameters: &[
        ParamInfo {
            name: "draw-seed",
            values: "any text; what the order of the ballots is drawn from (default: the seed of the tie policy)",
            default: "none",
        },
        ParamInfo {
            name: "minimum-votes",
            values: "a number; all with fewer votes go with the first exclusion (Cambridge: 50)",
            default: "0",
        },
        EQUAL_RANKS,
        MAX_SKIPPED,
        REPEATED,
    ],
    build,
};

/// STV by whole ballots: Massachusetts General Laws, chapter 54A, section 9, with surpluses taken by the Cincinnati method.
///
/// Of a candidate with a surplus every n-th ballot that ranks somebody still in the count moves on, n being the votes divided
/// by the surplus to the nearest whole number, beginning again one further where that is not enough; the others stay. A candidate
/// who reaches the quota during a transfer receives nothing more. The order of the ballots decides who is elected, so it
/// is drawn by lot: from a seed, without which this method does not count. Ties go to the most recent earlier stage at which
/// the candidates differed.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Cambridge {
    /// What the order of ballots is drawn from; otherwise the seed of the tie policy.
    pub draw_seed: Option<String>,
    /// All with fewer votes go with the first exclusion.
    pub minimum_votes: u64,
    /// How ballots are read.
    pub reading: Reading,
}

fn build(params: &mut Params) -> Result<Rule, ParamError> {
    Ok(Rule::Stv(super::StvMethod::Cambridge(Cambridge {
        draw_seed: params.take(&["draw-seed"]).filter(|seed| seed != "none"),
        minimum_votes: params.take_u64(&["minimum-votes"])?.unwrap_or(0),
        reading: Reading::build(params)?,
    })))
}

impl CountingRule for Cambridge {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let seed = self.draw_seed.clone().unwrap_or_else(|| "none".to_owned());
        let mut said = vec![("draw-seed", seed), ("minimum-votes", self.minimum_votes.to_string())];
        said.extend(self.reading.parameters());
        said
    }

    fn statutory_ties(&self) -> Vec<TieRule> {
        vec![TieRule::Backwards]
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        let seed = match (&self.draw_seed, record.lot_seed()) {
            (Some(seed), _) => seed.clone(),
            (None, Some(seed)) => seed.to_owned(),
            (None, None) => {
                return Err(CountError::Unsuitable(
                    "whole ballots are drawn by lot, which needs a seed".to_owned(),
                )
                .into());
            }
        };
        count::count(self, &seed, record)
    }
}
