//! Coombs: whoever most ballots put last is excluded.

use std::borrow::Cow;

use num_bigint::BigInt;
use num_traits::Zero;

use super::{RankedMethod, tied::TiedLowest, weak::WeakOrder};
use crate::{
    ballots::{Mark, RankedBallots, Weight},
    election::Candidate,
    error::{BallotError, ParamError},
    method::{CountingRule, MethodInfo, ParamInfo, Params, Rule, SeatRule},
    numbers::{BigRational, Figure},
    result::{Column, Halt, Record, Round, RoundEvent, names},
    ties::TieQuestion,
};

/// What there is to know about it.
pub(super) const INFO: MethodInfo = MethodInfo {
    name: "coombs",
    aliases: &[],
    title: "Coombs",
    ballots: &["ranked"],
    seats: SeatRule::One,
    parameters: &[
        ParamInfo {
            name: "stop-at-majority",
            values: "true, false; whether more than half of the first places elect at once",
            default: "true",
        },
        ParamInfo {
            name: "unranked",
            values: "share (those a ballot does not rank share its last place), none (such a ballot has no last place)",
            default: "share",
        },
        TiedLowest::INFO,
    ],
    build,
};

/// While nobody has more than half of the first places, whoever stands last on the most ballots is excluded (C. Coombs,
/// 1964).
///
/// Equal ranks share the place, first or last, in exact fractions; so do, by default, the candidates a ballot leaves
/// unranked share its last place. Ballots that rank nobody still in the count belong to no majority and put nobody last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coombs {
    /// Whether a majority of first places ends the count. Otherwise it goes on until one is left.
    pub stop_at_majority: bool,
    /// Whether the unranked share a ballot's last place. Otherwise a ballot that leaves somebody unranked has none.
    pub unranked_share: bool,
    /// What becomes of several who are last equally often.
    pub tied_lowest: TiedLowest,
}

impl Default for Coombs {
    fn default() -> Self {
        Self { stop_at_majority: true, unranked_share: true, tied_lowest: TiedLowest::default() }
    }
}

fn build(params: &mut Params) -> Result<Rule, ParamError> {
    let unranked = [("share", true), ("equal last", true), ("none", false)];
    Ok(Rule::Ranked(RankedMethod::Coombs(Coombs {
        stop_at_majority: params.take_bool(&["stop-at-majority"])?.unwrap_or(true),
        unranked_share: params.take_choice(&["unranked"], &unranked)?.unwrap_or(true),
        tied_lowest: TiedLowest::take(params)?,
    })))
}

/// Places shared by several: units by candidate and by how many share.
struct Shares {
    units: Vec<u64>,
    most: usize,
}

impl Shares {
    fn new(candidates: usize) -> Self {
        Self { units: vec![0; candidates * (candidates + 1)], most: candidates + 1 }
    }

    fn add(&mut self, candidate: usize, sharing: usize, units: u64) {
        self.units[candidate * self.most + sharing] += units;
    }

    /// The sum of a candidate's shares, in units.
    fn sum(&self, candidate: usize) -> BigRational {
        let row = &self.units[candidate * self.most..(candidate + 1) * self.most];
        row.iter().enumerate().filter(|(_, units)| **units > 0).fold(
            BigRational::zero(),
            |sum, (sharing, units)| {
                sum + BigRational::new(BigInt::from(*units), BigInt::from(sharing.max(1)))
            },
        )
    }
}

/// First and last places among those left.
struct Places {
    first: Vec<BigRational>,
    last: Vec<BigRational>,
    /// Units of the ballots that rank anybody left.
    active: u64,
}

impl Coombs {
    fn places(
        self,
        ballots: &RankedBallots,
        order: &mut WeakOrder,
        left: &[Candidate],
        wanted: &[bool],
    ) -> Places {
        let n = wanted.len();
        let (mut first, mut last) = (Shares::new(n), Shares::new(n));
        let mut active = 0;
        for group in 0..ballots.len() {
            order.read(ballots, group, wanted);
            let weight = ballots.weight(group);
            let mut ranks = order.iter();
            let Some((_, top)) = ranks.next() else {
                continue;
            };
            active += weight;
            for candidate in top {
                first.add(*candidate, top.len(), weight);
            }
            let unranked = left.len() - order.len();
            if unranked == 0 {
                let bottom = ranks.next_back().map_or(top, |(_, rank)| rank);
                for candidate in bottom {
                    last.add(*candidate, bottom.len(), weight);
                }
            } else if self.unranked_share {
                for candidate in left.iter().map(|candidate| candidate.index()) {
                    if !order.ranks(candidate) {
                        last.add(candidate, unranked, weight);
                    }
                }
            }
        }
        let sums = |shares: &Shares| (0..n).map(|candidate| shares.sum(candidate)).collect();
        Places { first: sums(&first), last: sums(&last), active }
    }
}

/// The ballots as they stand among those left; far fewer of them are different then.
fn among(
    ballots: &RankedBallots,
    order: &mut WeakOrder,
    wanted: &[bool],
) -> Result<RankedBallots, BallotError> {
    let mut builder = RankedBallots::builder(wanted.len());
    let mut row: Vec<Mark> = Vec::new();
    for group in 0..ballots.len() {
        order.read(ballots, group, wanted);
        row.clear();
        for (_, rank) in order.iter() {
            for (place, candidate) in rank.iter().enumerate() {
                let candidate = Candidate::at(*candidate)?;
                row.push(if place == 0 { Mark::next(candidate) } else { Mark::shared(candidate) });
            }
        }
        builder.push(Weight::fraction(ballots.weight(group), ballots.scale())?, &row)?;
    }
    Ok(builder.finish())
}

fn places_round(record: &Record<'_>, left: &[Candidate], places: &Places, scale: u64) -> Round {
    let column = |values: &[BigRational]| {
        let mut figures = vec![None; record.election().len()];
        for candidate in left {
            let votes = &values[candidate.index()] / BigInt::from(scale.max(1));
            figures[candidate.index()] = Some(Figure::of(votes));
        }
        figures
    };
    let mut round = Round::new(RoundEvent::Round);
    round.tally = column(&places.first);
    round.columns = vec![Column { name: "last_places", values: column(&places.last) }];
    round
}

impl CountingRule for Coombs {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let unranked = if self.unranked_share { "share" } else { "none" };
        vec![
            ("stop-at-majority", self.stop_at_majority.to_string()),
            ("unranked", unranked.to_owned()),
            (TiedLowest::INFO.name, self.tied_lowest.name().to_owned()),
        ]
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        let mut ballots = Cow::Borrowed(record.ranked()?);
        let election = record.election();
        let mut left: Vec<Candidate> = election.standing().collect();
        let mut wanted: Vec<bool> =
            election.all().map(|candidate| !election.is_withdrawn(candidate)).collect();
        let mut order = WeakOrder::new(election.len());
        let mut start = true;
        let mut gathered = left.len();
        loop {
            record.step()?;
            let places = self.places(&ballots, &mut order, &left, &wanted);
            let scale = ballots.scale();
            if std::mem::take(&mut start) {
                record.result.ballots.blank = Figure::scaled(ballots.total() - places.active, scale);
            }
            let mut round = places_round(record, &left, &places, scale);
            let half = BigRational::new(BigInt::from(places.active), BigInt::from(2));
            let majority = left.iter().copied().find(|candidate| places.first[candidate.index()] > half);
            if let Some(winner) = majority.filter(|_| self.stop_at_majority) {
                return record.conclude(round, &[winner], |winner, _| {
                    format!("{} has more than half of the first places and is elected", election.name(winner))
                });
            }
            let most = left.iter().map(|candidate| &places.last[candidate.index()]).max();
            let lowest: Vec<Candidate> = left
                .iter()
                .copied()
                .filter(|candidate| Some(&places.last[candidate.index()]) == most)
                .collect();
            if left.len() <= 1 || (lowest.len() == left.len() && self.tied_lowest == TiedLowest::All) {
                return record.conclude(round, &left, |winner, tied| {
                    let name = election.name(winner);
                    if tied {
                        format!("all who are left stand last equally often; {name} is elected")
                    } else {
                        format!("{name} is the last one left and is elected")
                    }
                });
            }
            let ties = record.result.ties.len();
            let out = match self.tied_lowest {
                TiedLowest::All => lowest,
                TiedLowest::TieRule => match record.break_tie(TieQuestion::Exclude, &lowest) {
                    Ok(loser) => vec![loser],
                    Err(stop) => return Err(record.stopped(round, stop)),
                },
            };
            let (stands, is) = if out.len() == 1 { ("stands", "is") } else { ("stand", "are") };
            round.sentence = format!(
                "{} {stands} last on the most ballots and {is} excluded.{}",
                names(election, &out),
                record.tie_sentence(ties)
            );
            left.retain(|candidate| !out.contains(candidate));
            for candidate in &out {
                wanted[candidate.index()] = false;
            }
            round.eliminated = out;
            record.push(round);
            // Gathering equal ballots costs about two readings, so it is done when it will pay.
            if left.len() * 5 <= gathered * 4 {
                ballots = Cow::Owned(among(&ballots, &mut order, &wanted)?);
                gathered = left.len();
            }
        }
    }
}
