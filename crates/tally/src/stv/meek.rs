//! STV by Meek's and by Warren's rules: the elected keep a part of every vote that reaches them, the excluded are taken
//! off all ballots, and the parts are computed again until no surplus worth mentioning is left.

mod count;
mod nz;
mod tied;
mod tree;

pub(super) use nz::NZ;
pub use nz::{MeekNz, NzDraw};
use tree::Keep;

use super::{
    reading::{MAX_SKIPPED, REPEATED, Reading, gap_parameters, word_of},
    wigm::{BATCHES, DefeatBatch, Numbers, numbers},
};
use crate::{
    ballots::{EqualRanks, Repeats},
    error::ParamError,
    method::{CountingRule, MethodInfo, ParamInfo, Params, Rule, SeatRule},
    numbers::{Exact, Figure, FixedPoint},
    result::{Halt, Record},
};

/// What there is to know about Meek STV.
pub(super) const MEEK: MethodInfo = MethodInfo {
    name: "meek-stv",
    aliases: &["stv-meek", "meek", "meek-prf"],
    title: "Meek STV",
    ballots: &["ranked"],
    seats: SeatRule::Any,
    parameters: &[
        ARITHMETIC,
        DECIMALS,
        OMEGA,
        ParamInfo { name: "defeat-batch", values: BATCH, default: "none" },
        ParamInfo {
            name: "keep-rounding",
            values: "up (what is kept of a weight is rounded up, the rest passes on), down (both are cut)",
            default: "up",
        },
        EQUAL,
        MAX_SKIPPED,
        REPEATED,
    ],
    build: |params| Meek::build(params, false),
};

/// What there is to know about Warren STV.
pub(super) const WARREN: MethodInfo = MethodInfo {
    name: "warren-stv",
    aliases: &["stv-warren", "warren"],
    title: "Warren STV",
    ballots: &["ranked"],
    seats: SeatRule::Any,
    parameters: &[
        ARITHMETIC,
        DECIMALS,
        OMEGA,
        ParamInfo { name: "defeat-batch", values: BATCH, default: "safe" },
        EQUAL,
        MAX_SKIPPED,
        REPEATED,
    ],
    build: |params| Meek::build(params, true),
};

const ARITHMETIC: ParamInfo = ParamInfo {
    name: "arithmetic",
    values: "fixed, or rational: votes and quota are exact fractions, keep factors rounded up after 30 places",
    default: "fixed",
};
const DECIMALS: ParamInfo =
    ParamInfo { name: "decimals", values: "0 to 18 decimal places, for fixed arithmetic", default: "9" };
const OMEGA: ParamInfo = ParamInfo {
    name: "omega",
    values: "a number of votes; an iteration ends when the surpluses together are fewer",
    default: "0.000001",
};
const BATCH: &str = "none, safe (all who cannot catch up, even with all surpluses, go at once; strictly fewer votes are asked for)";
const EQUAL: ParamInfo = ParamInfo {
    name: "equal-ranks",
    values: "split (shared evenly at the rank; what is not kept passes to the next rank), equalize (as all orders of the \
             rank, evenly), stop, skip, invalid, refuse",
    default: "split",
};

/// What an equal rank means under Meek's rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EqualUnderMeek {
    /// The weight is divided evenly among those left at the rank; what they do not keep passes to the next rank. A
    /// ballot with equal ranks ends at a rank nobody is left at. These are the conventions of Droop.
    Split,
    /// The ballot counts as all orders of the equally ranked, evenly. Nobody further down is reached before everybody at
    /// the rank is elected or excluded.
    Equalize,
    /// The ballot counts up to that rank.
    Stop,
    /// The rank is passed over.
    Skip,
    /// The ballot is invalid.
    Invalid,
    /// The count is refused.
    Refuse,
}

const EQUALS: [(&str, EqualUnderMeek); 6] = [
    ("split", EqualUnderMeek::Split),
    ("equalize", EqualUnderMeek::Equalize),
    ("stop", EqualUnderMeek::Stop),
    ("skip", EqualUnderMeek::Skip),
    ("invalid", EqualUnderMeek::Invalid),
    ("refuse", EqualUnderMeek::Refuse),
];

/// Meek's or Warren's rules.
///
/// Everybody has a keep factor, 1 at first. Under Meek's rules a candidate keeps that part of the weight of a ballot that
/// arrives; under Warren's, that much weight, or all there is. The quota is the votes held by anybody, divided by one more
/// than the seats, cut, and one unit of the last place more (with fractions exactly that part, to be exceeded). Whoever
/// reaches it is elected. The factors of the elected are multiplied by quota / votes, rounded up twice, until the
/// surpluses together are below omega or shrink no more; then whoever has the fewest votes is excluded, those within the
/// surpluses of that being tied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meek {
    /// Warren's rules instead of Meek's.
    pub warren: bool,
    /// The arithmetic.
    pub numbers: Numbers,
    /// Surpluses together below this end an iteration.
    pub omega: Figure,
    /// Who is excluded at once.
    pub defeat_batch: DefeatBatch,
    /// Whether what is kept is cut and what passes on computed on its own, instead of rounding up what is kept. Meek only.
    pub keep_down: bool,
    /// Equal ranks.
    pub equal_ranks: EqualUnderMeek,
    /// The longest gap of empty ranks a ballot survives.
    pub max_skipped: Option<u32>,
    /// A name met a second time.
    pub repeats: Repeats,
}

impl Meek {
    /// Meek's rules as the Proportional Representation Foundation published them: nine places, omega 0.000001.
    pub fn reference() -> Self {
        Self {
            warren: false,
            numbers: Numbers::Fixed(9),
            omega: Figure::Fixed { units: 1, digits: 6 },
            defeat_batch: DefeatBatch::None,
            keep_down: false,
            equal_ranks: EqualUnderMeek::Split,
            max_skipped: None,
            repeats: Repeats::FirstCounts,
        }
    }

    /// Warren's rules with the same numbers; sure losers go at once.
    pub fn warren() -> Self {
        Self { warren: true, defeat_batch: DefeatBatch::Safe, ..Self::reference() }
    }

    fn build(params: &mut Params, warren: bool) -> Result<Rule, ParamError> {
        let defaults = if warren { Self::warren() } else { Self::reference() };
        let numbers = numbers(params, 9)?;
        let rounding = if warren {
            None
        } else {
            params.take_choice(&["keep-rounding"], &[("up", false), ("down", true)])?
        };
        let equal = params.take_choice(&["equal-ranks", "equal-rankings"], &EQUALS)?;
        let equalize = params
            .take_bool(&["equalize"])?
            .map(|equalize| if equalize { EqualUnderMeek::Equalize } else { EqualUnderMeek::Split });
        let (max_skipped, repeats) = Reading::build_gaps(params)?;
        Ok(Rule::Stv(super::StvMethod::Meek(Self {
            warren,
            numbers,
            omega: params.take_parsed(&["omega"], "a number of votes")?.unwrap_or(defaults.omega),
            defeat_batch: params.take_choice(&["defeat-batch"], &BATCHES)?.unwrap_or(defaults.defeat_batch),
            keep_down: rounding.unwrap_or(false),
            equal_ranks: equal.or(equalize).unwrap_or(defaults.equal_ranks),
            max_skipped,
            repeats,
        })))
    }

    fn keep(&self) -> Keep {
        match (self.warren, self.keep_down) {
            (true, _) => Keep::Price,
            (false, true) => Keep::PartDown,
            (false, false) => Keep::PartUp,
        }
    }

    fn reading(&self) -> Reading {
        Reading {
            equal_ranks: match self.equal_ranks {
                EqualUnderMeek::Split | EqualUnderMeek::Equalize => EqualRanks::Keep,
                EqualUnderMeek::Stop => EqualRanks::Stop,
                EqualUnderMeek::Skip => EqualRanks::Skip,
                EqualUnderMeek::Invalid => EqualRanks::Invalid,
                EqualUnderMeek::Refuse => EqualRanks::Refuse,
            },
            max_skipped: self.max_skipped,
            repeats: self.repeats,
        }
    }
}

impl CountingRule for Meek {
    fn info(&self) -> &'static MethodInfo {
        if self.warren { &WARREN } else { &MEEK }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut said = self.numbers.parameters(9).to_vec();
        said.push(("omega", self.omega.to_string()));
        said.push(("defeat-batch", word_of(&BATCHES, &self.defeat_batch).to_owned()));
        if !self.warren {
            let word = if self.keep_down { "down" } else { "up" };
            said.push(("keep-rounding", word.to_owned()));
        }
        said.push(("equal-ranks", word_of(&EQUALS, &self.equal_ranks).to_owned()));
        said.extend(gap_parameters(self.max_skipped, self.repeats));
        said
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        match self.numbers {
            Numbers::Fixed(digits) => count::count(self, &FixedPoint::new(u32::from(digits))?, record),
            Numbers::Rational => count::count(self, &Exact, record),
        }
    }
}
