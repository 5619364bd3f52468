//! Multi-winner counts as the `RCTab` tabulator makes them, the rules of Minneapolis and other American cities.

mod count;

use super::reading::word_of;
use crate::{
    error::ParamError,
    method::{BallotForm, CountingRule, MethodInfo, ParamInfo, Params, Rule, SeatRule},
    numbers::Figure,
    ranked::{Irv, irv},
    result::{Halt, Record},
};

const READING: &[ParamInfo] = irv::INFO.parameters;

/// What there is to know about it.
pub(super) const INFO: MethodInfo = MethodInfo {
    name: "rctab-stv",
    aliases: &["stv-rctab", "minneapolis-stv", "rctab"],
    title: "STV as RCTab counts it (Minneapolis)",
    ballots: &["ranked"],
    seats: SeatRule::Any,
    parameters: &[
        ParamInfo {
            name: "winner-election-mode",
            values: "multi-winner-allow-multiple-winners-per-round, multi-winner-allow-only-one-winner-per-round, bottoms-up \
                     (exclusions until as many are left as seats, no surplus), bottoms-up-using-percentage-threshold \
                     (exclusions until everybody left has the threshold)",
            default: "multi-winner-allow-multiple-winners-per-round",
        },
        ParamInfo {
            name: "hare-quota",
            values: "true, false; whether the threshold is V/S rounded up instead of more than V/(S+1)",
            default: "false",
        },
        ParamInfo {
            name: "multi-seat-bottoms-up-percentage-threshold",
            values: "a percentage of the votes still counting, for bottoms-up-using-percentage-threshold",
            default: "15",
        },
        // What is read and who goes when, as for one winner.
        READING[0],
        READING[1],
        READING[2],
        READING[3],
        READING[4],
        READING[6],
        READING[7],
        READING[8],
        READING[9],
    ],
    build,
};

/// When candidates are elected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WinnerMode {
    /// Everybody at the threshold, and their surpluses move.
    Several,
    /// The one with the most votes of those at the threshold; the others wait for later rounds.
    OnePerRound,
    /// Nobody before as many are left as seats.
    BottomsUp,
    /// Nobody before everybody left has a percentage of the votes still counting; however many that are.
    BottomsUpThreshold,
}

const MODES: [(&str, WinnerMode); 5] = [
    ("multi-winner-allow-multiple-winners-per-round", WinnerMode::Several),
    ("multi-winner-allow-only-one-winner-per-round", WinnerMode::OnePerRound),
    ("single-winner-majority", WinnerMode::Several),
    ("bottoms-up", WinnerMode::BottomsUp),
    ("bottoms-up-using-percentage-threshold", WinnerMode::BottomsUpThreshold),
];

/// STV as `RCTab` counts it.
///
/// The threshold is found once, from the votes counting in the first round. An elected candidate keeps it; every ballot moves on
/// at its value x (surplus / votes), the fraction cut and the product cut again. What the cuts leave with the candidate
/// above the threshold is residual surplus. A round elects, or else excludes. After the last election one more round shows
/// the final surpluses, which go to nobody.
///
/// With one seat this is instant runoff under the same options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rctab {
    /// When candidates are elected.
    pub mode: WinnerMode,
    /// Whether the threshold is `V/S` rounded up.
    pub hare_quota: bool,
    /// Percentage for [`WinnerMode::BottomsUpThreshold`].
    pub percentage: Figure,
    /// How ballots are read and who is excluded.
    pub rules: Irv,
}

impl Default for Rctab {
    fn default() -> Self {
        Self {
            mode: WinnerMode::Several,
            hare_quota: false,
            percentage: Figure::Whole(15),
            rules: Irv::default(),
        }
    }
}

fn build(params: &mut Params) -> Result<Rule, ParamError> {
    let defaults = Rctab::default();
    let mode = params.take_choice(&["winner-election-mode"], &MODES)?;
    let hare_quota = params.take_bool(&["hare-quota"])?;
    let percentage: Option<Figure> =
        params.take_parsed(&["multi-seat-bottoms-up-percentage-threshold"], "a percentage")?;
    params.take_fixed(&["continue-until-two-candidates-remain"], &["false"])?;
    Ok(Rule::Stv(super::StvMethod::Rctab(Rctab {
        mode: mode.unwrap_or(defaults.mode),
        hare_quota: hare_quota.unwrap_or(false),
        percentage: percentage.unwrap_or(defaults.percentage),
        rules: Irv::options(params)?,
    })))
}

impl CountingRule for Rctab {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut said = vec![
            ("winner-election-mode", word_of(&MODES, &self.mode).to_owned()),
            ("hare-quota", self.hare_quota.to_string()),
            ("multi-seat-bottoms-up-percentage-threshold", self.percentage.to_string()),
        ];
        let reading = self.rules.parameters();
        said.extend(reading.into_iter().filter(|(name, _)| *name != "continue-until-two-candidates-remain"));
        said
    }

    fn form(&self, _seats: u32) -> BallotForm {
        BallotForm::Ranking { most: self.rules.max_rankings }
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        if record.seats() == 1 && matches!(self.mode, WinnerMode::Several | WinnerMode::OnePerRound) {
            return self.rules.count(record);
        }
        count::count(self, record)
    }
}
