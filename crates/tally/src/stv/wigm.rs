//! The weighted inclusive Gregory method: all papers of an elected candidate move on, each at a part of its value.
//!
//! Two methods share it: Scottish STV as the Scottish Local Government Elections Order 2007 (rules 45 to 52) has it, and
//! a configurable one whose defaults are the reference rule the Proportional Representation Foundation published
//! (four decimal places).

mod count;

use super::reading::{EQUAL_RANKS, MAX_SKIPPED, REPEATED, Reading, places, word_of};
use crate::{
    error::ParamError,
    method::{CountingRule, MethodInfo, ParamInfo, Params, Rule, SeatRule},
    numbers::{Exact, FixedPoint},
    result::{Halt, Record},
    ties::TieRule,
};

/// What there is to know about Scottish STV.
pub(super) const SCOTTISH: MethodInfo = MethodInfo {
    name: "scottish-stv",
    aliases: &["stv-scottish", "scotland"],
    title: "Scottish STV",
    ballots: &["ranked"],
    seats: SeatRule::Any,
    parameters: &[DECIMALS_SCOTTISH, EQUAL_RANKS, MAX_SKIPPED, REPEATED],
    build: build_scottish,
};

/// What there is to know about WIGM.
pub(super) const WIGM: MethodInfo = MethodInfo {
    name: "wigm-stv",
    aliases: &["stv-wigm", "wigm", "weighted-inclusive-gregory", "wigm-prf"],
    title: "Weighted inclusive Gregory STV",
    ballots: &["ranked"],
    seats: SeatRule::Any,
    parameters: &[
        ParamInfo {
            name: "arithmetic",
            values: "fixed, or rational for fractions without any rounding",
            default: "fixed",
        },
        ParamInfo { name: "decimals", values: "0 to 18 decimal places, for fixed arithmetic", default: "4" },
        ParamInfo {
            name: "quota",
            values: "fraction (V/(S+1), cut and one unit of the last place more), whole (V/(S+1), cut, and 1 more)",
            default: "fraction",
        },
        ParamInfo {
            name: "value-rounding",
            values: "twice (value x surplus is cut, then divided and cut), once (cut after the division only)",
            default: "twice",
        },
        ParamInfo {
            name: "defeat-batch",
            values: "none, safe (all who cannot catch up go at once)",
            default: "none",
        },
        ParamInfo {
            name: "zero-surplus-stage",
            values: "true, false; whether a candidate exactly on the quota has a stage of transfer",
            default: "true",
        },
        ParamInfo {
            name: "last-surplus",
            values: "true, false; whether the largest surplus still moves when the last seat is filled by quota",
            default: "true",
        },
        EQUAL_RANKS,
        MAX_SKIPPED,
        REPEATED,
    ],
    build: build_wigm,
};

const DECIMALS_SCOTTISH: ParamInfo =
    ParamInfo { name: "decimals", values: "0 to 18 decimal places of a transfer value", default: "5" };

/// The numbers a count is carried out in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// That many decimal places.
    Fixed(u8),
    /// Fractions, never rounded.
    Rational,
}

/// How the quota is found from the valid vote V and the seats S.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quota {
    /// `V/(S+1)`, cut after the last decimal place, and one unit of that place more. With fractions exactly `V/(S+1)`,
    /// which must then be exceeded.
    Fraction,
    /// The next whole number above `V/(S+1)`.
    Whole,
}

/// Where a transfer value is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueRounding {
    /// After value x surplus / total.
    Once,
    /// After value x surplus, and again after the division.
    Twice,
}

/// Who is excluded at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefeatBatch {
    /// One candidate at a time.
    None,
    /// The largest group whose votes, with all surpluses, are fewer than the votes of the next candidate.
    Safe,
}

pub(super) const BATCHES: [(&str, DefeatBatch); 2] =
    [("none", DefeatBatch::None), ("safe", DefeatBatch::Safe)];
const QUOTAS: [(&str, Quota); 2] = [("fraction", Quota::Fraction), ("whole", Quota::Whole)];
const ROUNDINGS: [(&str, ValueRounding); 2] =
    [("once", ValueRounding::Once), ("twice", ValueRounding::Twice)];

/// Transfers by the weighted inclusive Gregory method.
///
/// While seats are vacant the largest surplus moves, else the candidate with the fewest votes is excluded. Every paper
/// of an elected candidate moves on at its present value x surplus / votes of the candidate; papers that rank nobody
/// further are non-transferable at that same value. An excluded candidate's papers keep their value. When as many are
/// left as seats, all of them are elected. A paper keeps the value it has at later transfers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wigm {
    /// The arithmetic.
    pub numbers: Numbers,
    /// The quota.
    pub quota: Quota,
    /// Where a transfer value is cut.
    pub value_rounding: ValueRounding,
    /// Who is excluded at once.
    pub defeat_batch: DefeatBatch,
    /// Whether a candidate exactly on the quota has a stage of transfer, in which nothing moves.
    pub zero_surplus_stage: bool,
    /// Whether the largest surplus still moves when the last seat is filled by somebody with the quota. It changes
    /// nothing about who is elected.
    pub last_surplus: bool,
    /// How ballots are read.
    pub reading: Reading,
}

impl Default for Wigm {
    fn default() -> Self {
        Self {
            numbers: Numbers::Fixed(4),
            quota: Quota::Fraction,
            value_rounding: ValueRounding::Twice,
            defeat_batch: DefeatBatch::None,
            zero_surplus_stage: true,
            last_surplus: true,
            reading: Reading::default(),
        }
    }
}

/// Scottish STV: the Scottish Local Government Elections Order 2007, schedule 1, rules 45 to 52.
///
/// The quota is the next whole number above `V/(S+1)`. A transfer value is cut once, after five decimal places. A
/// candidate exactly on the quota is elected and has no surplus stage. Ties go to the most recent earlier stage at which the
/// candidates differed (rules 49 and 51), then to lot, which here means the tie policy asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scottish {
    /// Decimal places; the order says five.
    pub decimals: u8,
    /// How ballots are read.
    pub reading: Reading,
}

impl Default for Scottish {
    fn default() -> Self {
        Self { decimals: 5, reading: Reading::default() }
    }
}

fn build_scottish(params: &mut Params) -> Result<Rule, ParamError> {
    Ok(Rule::Stv(super::StvMethod::Scottish(Scottish {
        decimals: places(params, &["decimals", "precision"], 5)?,
        reading: Reading::build(params)?,
    })))
}

/// `arithmetic` and `decimals`; `display-decimals` of other programs says how they print and changes nothing.
pub(super) fn numbers(params: &mut Params, decimals: u8) -> Result<Numbers, ParamError> {
    let _ = params.take_u32(&["display-decimals"])?;
    let rational = params.take_choice(
        &["arithmetic"],
        &[("fixed", false), ("rational", true), ("exact", true), ("decimal", false)],
    )?;
    let places = places(params, &["decimals", "precision"], decimals)?;
    Ok(if rational == Some(true) { Numbers::Rational } else { Numbers::Fixed(places) })
}

impl Numbers {
    pub(super) fn parameters(self, default: u8) -> [(&'static str, String); 2] {
        let (word, digits) = match self {
            Self::Fixed(digits) => ("fixed", digits),
            Self::Rational => ("rational", default),
        };
        [("arithmetic", word.to_owned()), ("decimals", digits.to_string())]
    }
}

fn build_wigm(params: &mut Params) -> Result<Rule, ParamError> {
    let numbers = numbers(params, 4)?;
    Ok(Rule::Stv(super::StvMethod::Wigm(Wigm {
        numbers,
        quota: params.take_choice(&["quota"], &QUOTAS)?.unwrap_or(Quota::Fraction),
        value_rounding: params.take_choice(&["value-rounding"], &ROUNDINGS)?.unwrap_or(ValueRounding::Twice),
        defeat_batch: params.take_choice(&["defeat-batch"], &BATCHES)?.unwrap_or(DefeatBatch::None),
        zero_surplus_stage: params.take_bool(&["zero-surplus-stage"])?.unwrap_or(true),
        last_surplus: params.take_bool(&["last-surplus"])?.unwrap_or(true),
        reading: Reading::build(params)?,
    })))
}

impl CountingRule for Wigm {
    fn info(&self) -> &'static MethodInfo {
        &WIGM
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut said = self.numbers.parameters(4).to_vec();
        said.extend([
            ("quota", word_of(&QUOTAS, &self.quota).to_owned()),
            ("value-rounding", word_of(&ROUNDINGS, &self.value_rounding).to_owned()),
            ("defeat-batch", word_of(&BATCHES, &self.defeat_batch).to_owned()),
            ("zero-surplus-stage", self.zero_surplus_stage.to_string()),
            ("last-surplus", self.last_surplus.to_string()),
        ]);
        said.extend(self.reading.parameters());
        said
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        match self.numbers {
            Numbers::Fixed(digits) => count::count(self, FixedPoint::new(u32::from(digits))?, record),
            Numbers::Rational => count::count(self, Exact, record),
        }
    }
}

impl CountingRule for Scottish {
    fn info(&self) -> &'static MethodInfo {
        &SCOTTISH
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut said = vec![("decimals", self.decimals.to_string())];
        said.extend(self.reading.parameters());
        said
    }

    fn statutory_ties(&self) -> Vec<TieRule> {
        vec![TieRule::Backwards]
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        let rules = Wigm {
            numbers: Numbers::Fixed(self.decimals),
            quota: Quota::Whole,
            value_rounding: ValueRounding::Once,
            defeat_batch: DefeatBatch::None,
            zero_surplus_stage: false,
            last_surplus: false,
            reading: self.reading,
        };
        count::count(&rules, FixedPoint::new(u32::from(self.decimals))?, record)
    }
}
