//! The Borda count and its variants for truncated ballots.

use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_traits::Zero;

use super::{RankedMethod, weak::WeakOrder};
use crate::{
    error::ParamError,
    method::{CountingRule, MethodInfo, ParamInfo, Params, Rule, SeatRule, bad, fold},
    numbers::{BigRational, Figure},
    result::{Column, Halt, Record, Round, RoundEvent},
};

/// What there is to know about it.
pub(super) const INFO: MethodInfo = MethodInfo {
    name: "borda",
    aliases: &["borda-count"],
    title: "Borda count",
    ballots: &["ranked"],
    seats: SeatRule::One,
    parameters: &[
        ParamInfo {
            name: "variant",
            values: "average (tournament), pessimistic, optimistic, modified, dowdall",
            default: "average",
        },
        ParamInfo { name: "points", values: "n-1..0, n..1; the scale of a full ballot", default: "n-1..0" },
    ],
    build,
};

/// What equal ranks and candidates not ranked are worth. Of *n* candidates a ballot ranks *k*.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum BordaVariant {
    /// Equal ones share the average of their places, and so do the unranked: one point for each candidate below, half
    /// a point for each equal one. Also called the tournament count.
    #[default]
    Average,
    /// Equal ones each get the lowest of their places, the unranked nothing ("rounding down").
    Pessimistic,
    /// Equal ones each get the highest of their places, and so do the unranked, n-1-k ("rounding up").
    Optimistic,
    /// The first of *k* ranked gets *k* points, the last 1, the unranked none; equal ones share the average. A ballot
    /// that says little is worth little (P. Emerson's modified Borda count).
    Modified,
    /// The place *p* is worth 1/*p*, the unranked get none; equal ones share the average (Nauru).
    Dowdall,
}

impl BordaVariant {
    const NAMES: [(&'static str, Self); 6] = [
        ("average", Self::Average),
        ("tournament", Self::Average),
        ("pessimistic", Self::Pessimistic),
        ("optimistic", Self::Optimistic),
        ("modified", Self::Modified),
        ("dowdall", Self::Dowdall),
    ];

    /// The keyword.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Average => "average",
            Self::Pessimistic => "pessimistic",
            Self::Optimistic => "optimistic",
            Self::Modified => "modified",
            Self::Dowdall => "dowdall",
        }
    }

    /// The variant a remark such as `average; unranked share the lowest places` names.
    fn of_remark(value: &str) -> Option<Self> {
        let keyword = fold(value.split([';', ',', '(']).next().unwrap_or_default());
        Self::NAMES.into_iter().find(|(name, _)| *name == keyword).map(|(_, variant)| variant)
    }
}

/// Each ballot gives points by place; whoever has the most is elected (J.-C. de Borda, 1781).
///
/// Ballots that rank nobody are set aside. Equal ranks are equal preferences, empty ranks mean nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Borda {
    /// What equal ranks and the unranked are worth.
    pub variant: BordaVariant,
    /// Whether everybody gets one point more on every ballot (n..1 instead of n-1..0). The order stays the same.
    pub from_one: bool,
}

fn build(params: &mut Params) -> Result<Rule, ParamError> {
    let mut variant = params.take_choice(&["variant"], &BordaVariant::NAMES)?;
    // Published counts say under `ties` how equal ranks are treated; rules for breaking ties are left to their owner.
    let remark = params.take_if(&["ties"], |value| BordaVariant::of_remark(value).is_some());
    if let Some(said) = remark.as_deref().and_then(BordaVariant::of_remark) {
        variant = variant.or(Some(said));
    }
    let variant = variant.unwrap_or_default();
    let from_one = match params.take(&["points"]) {
        None => false,
        Some(value) if value.contains("n-1..0") => false,
        Some(value)
            if value.contains("n..1")
                && !matches!(variant, BordaVariant::Modified | BordaVariant::Dowdall) =>
        {
            true
        }
        Some(value) => return Err(bad(&["points"], &value, INFO.parameters[1].values)),
    };
    Ok(Rule::Ranked(RankedMethod::Borda(Borda { variant, from_one })))
}

/// Points of all candidates.
enum Points {
    /// In half points.
    Halves(Vec<u128>),
    /// Units by number of candidates above and number sharing the rank.
    Places(Vec<BTreeMap<(usize, usize), u64>>),
}

impl Borda {
    /// Half points a candidate gets at a rank with so many above it and so many at it, of `k` ranked and `n` in all.
    fn halves(self, above: usize, equal: usize, k: usize, n: usize) -> usize {
        match self.variant {
            BordaVariant::Average => 2 * (n - 1 - above) - (equal - 1),
            BordaVariant::Pessimistic => 2 * (n - above - equal),
            BordaVariant::Optimistic => 2 * (n - 1 - above),
            BordaVariant::Modified => 2 * (k - above) - (equal - 1),
            BordaVariant::Dowdall => 0,
        }
    }

    /// Half points of a candidate the ballot does not rank.
    const fn unranked(self, k: usize, n: usize) -> usize {
        match self.variant {
            BordaVariant::Average => n - k - 1,
            BordaVariant::Optimistic => 2 * (n - k - 1),
            BordaVariant::Pessimistic | BordaVariant::Modified | BordaVariant::Dowdall => 0,
        }
    }
}

impl CountingRule for Borda {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let points = if self.from_one { "n..1" } else { "n-1..0" };
        vec![("variant", self.variant.name().to_owned()), ("points", points.to_owned())]
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        let ballots = record.ranked()?;
        let election = record.election();
        let standing: Vec<_> = election.standing().collect();
        let wanted: Vec<bool> = election.all().map(|candidate| !election.is_withdrawn(candidate)).collect();
        let n = standing.len();
        let mut points = if self.variant == BordaVariant::Dowdall {
            Points::Places(vec![BTreeMap::new(); election.len()])
        } else {
            Points::Halves(vec![0; election.len()])
        };
        let mut order = WeakOrder::new(election.len());
        let mut blank = 0;
        for group in 0..ballots.len() {
            let weight = ballots.weight(group);
            order.read(ballots, group, &wanted);
            if order.is_empty() {
                blank += weight;
                continue;
            }
            let k = order.len();
            for (above, rank) in order.iter() {
                match &mut points {
                    Points::Halves(halves) => {
                        let each = self.halves(above, rank.len(), k, n) as u128 * u128::from(weight);
                        for candidate in rank {
                            halves[*candidate] += each;
                        }
                    }
                    Points::Places(places) => {
                        for candidate in rank {
                            *places[*candidate].entry((above, rank.len())).or_default() += weight;
                        }
                    }
                }
            }
            if let (Points::Halves(halves), true) = (&mut points, k < n) {
                let each = self.unranked(k, n) as u128 * u128::from(weight);
                if each > 0 {
                    for candidate in &standing {
                        if !order.ranks(candidate.index()) {
                            halves[candidate.index()] += each;
                        }
                    }
                }
            }
        }
        let scale = ballots.scale();
        record.result.ballots.blank = Figure::scaled(blank, scale);
        let extra = if self.from_one { u128::from(ballots.total() - blank) * 2 } else { 0 };
        let values: Vec<Figure> = match points {
            Points::Halves(halves) => halves
                .into_iter()
                .map(|halves| {
                    // At most 2 x 16383 half points for each of at most 10^15 units.
                    let halves = i128::try_from(halves + extra).unwrap_or(i128::MAX);
                    Figure::quotient(halves, u128::from(scale) * 2)
                })
                .collect(),
            Points::Places(places) => harmonic(&places, scale),
        };
        let figure = |candidate: crate::Candidate| values[candidate.index()].clone();
        let scores = record.figures(figure);
        record.result.columns.push(Column { name: "scores", values: scores.clone() });
        let front = record.rank_by(&standing, figure);
        let mut round = Round::new(RoundEvent::Totals);
        round.tally = scores;
        record.conclude(round, &front, |winner, tied| {
            let share = if tied { "shares" } else { "has" };
            format!(
                "{} {share} the most points, {}, and is elected",
                election.name(winner),
                figure(winner).to_plain()
            )
        })
    }
}

/// Points of 1/p for the place p, averaged over equal ranks.
fn harmonic(places: &[BTreeMap<(usize, usize), u64>], scale: u64) -> Vec<Figure> {
    let fraction = |numerator: u64, denominator: usize| {
        BigRational::new(BigInt::from(numerator), BigInt::from(denominator.max(1)))
    };
    places
        .iter()
        .map(|places| {
            let sum = places.iter().fold(BigRational::zero(), |sum, ((above, equal), units)| {
                let worth = (above + 1..=above + equal)
                    .fold(BigRational::zero(), |worth, place| worth + fraction(1, place));
                sum + worth * fraction(*units, *equal)
            });
            Figure::of(sum / BigInt::from(scale.max(1)))
        })
        .collect()
}
