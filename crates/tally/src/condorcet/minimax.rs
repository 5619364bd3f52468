//! Minimax: the least bad worst defeat.

use super::{
    CondorcetMethod, Pairwise,
    strength::{keyword, take_unranked},
};
use crate::{
    error::ParamError,
    method::{CountingRule, MethodInfo, ParamInfo, Params, Rule, SeatRule, bad},
    numbers::Figure,
    result::{Column, Halt, Record, Round, RoundEvent},
};

/// What there is to know about it.
pub(super) const INFO: MethodInfo = MethodInfo {
    name: "minimax",
    aliases: &["simpson-kramer", "simpson"],
    title: "Minimax (Simpson-Kramer)",
    ballots: &["ranked"],
    seats: SeatRule::One,
    parameters: &[ParamInfo {
        name: "strength",
        values: "winning-votes, margins, pairwise-opposition",
        default: "winning-votes",
    }],
    build,
};

/// What makes a defeat bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Worst {
    /// The ballots of the winning side, in pairs that are lost.
    #[default]
    WinningVotes,
    /// The other side less the own side; below zero for whoever wins every pair.
    Margins,
    /// The ballots of the other side, whether the pair is lost or won. This variant may pass over a Condorcet winner.
    Opposition,
}

/// Candidates are ranked by their worst pair against any other, the least bad first (Simpson 1969, Kramer 1977).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Minimax {
    /// What makes a defeat bad.
    pub worst: Worst,
}

fn build(params: &mut Params) -> Result<Rule, ParamError> {
    take_unranked(params)?;
    let worst = match params.take(&["strength"]) {
        None => Worst::default(),
        Some(value) => match keyword(&value).as_str() {
            "winningvotes" | "winning" | "wv" => Worst::WinningVotes,
            "margins" | "margin" => Worst::Margins,
            "pairwiseopposition" | "opposition" => Worst::Opposition,
            _ => return Err(bad(&["strength"], &value, INFO.parameters[0].values)),
        },
    };
    Ok(Rule::Condorcet(CondorcetMethod::Minimax(Minimax { worst })))
}

impl CountingRule for Minimax {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let strength = match self.worst {
            Worst::WinningVotes => "winning-votes",
            Worst::Margins => "margins",
            Worst::Opposition => "pairwise-opposition",
        };
        vec![("strength", strength.to_owned())]
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        let pairwise = Pairwise::record(record)?;
        let n = pairwise.len();
        // Totals are far below the range of i64, see MAX_TOTAL.
        let signed = |units: u64| i64::try_from(units).unwrap_or(i64::MAX);
        let worst: Vec<i64> = (0..n)
            .map(|a| {
                (0..n)
                    .filter(|b| *b != a)
                    .map(|b| {
                        let against = signed(pairwise.wins(b, a));
                        match self.worst {
                            Worst::WinningVotes if !pairwise.beats(b, a) => 0,
                            Worst::WinningVotes | Worst::Opposition => against,
                            Worst::Margins => against - signed(pairwise.wins(a, b)),
                        }
                    })
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        let value = |candidate| pairwise.position(candidate).map_or(0, |at| worst[at]);
        let figure = |candidate| Figure::quotient(i128::from(value(candidate)), u128::from(pairwise.scale()));
        let scores = record.figures(figure);
        record.result.columns.push(Column { name: "worst_defeat", values: scores.clone() });
        let front = record.rank_by(pairwise.candidates(), |candidate| std::cmp::Reverse(value(candidate)));
        let mut round = Round::new(RoundEvent::Pairs);
        round.columns = vec![Column { name: "worst_defeat", values: scores }];
        let election = record.election();
        let what = match self.worst {
            Worst::WinningVotes => "votes against",
            Worst::Margins => "votes of margin against",
            Worst::Opposition => "votes for the other side",
        };
        record.conclude(round, &front, |winner, tied| {
            let also = if tied { " shares with others" } else { " has" };
            format!(
                "{}{also} the least bad worst pair, {} {what}, and is elected",
                election.name(winner),
                figure(winner).to_plain()
            )
        })
    }
}
