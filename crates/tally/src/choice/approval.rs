//! Approval voting: for one seat, for several, and with a majority required.

use super::{ChoiceMethod, sums::Largest};
use crate::{
    ballots::Ballots,
    election::Candidate,
    error::ParamError,
    method::{CountingRule, MethodInfo, ParamInfo, Params, Rule, SeatRule, bad, fold},
    numbers::Figure,
    result::{Halt, Record},
};

/// What there is to know about approval voting for one seat.
pub(super) const SINGLE: MethodInfo = MethodInfo {
    name: "approval",
    aliases: &["approval-voting"],
    title: "Approval voting",
    ballots: &["approval"],
    seats: SeatRule::One,
    parameters: &[],
    build: |_| Ok(wrap(Approval::Single)),
};

/// What there is to know about approval voting for several seats.
pub(super) const SEVERAL: MethodInfo = MethodInfo {
    name: "approval-multiwinner",
    aliases: &["approval-block", "multiwinner-approval"],
    title: "Approval voting for several seats",
    ballots: &["approval"],
    seats: SeatRule::Any,
    parameters: &[],
    build: |_| Ok(wrap(Approval::Several)),
};

/// What there is to know about approval voting with a majority.
pub(super) const MAJORITY: MethodInfo = MethodInfo {
    name: "approval-majority",
    aliases: &["majority-approval"],
    title: "Approval voting with a majority required",
    ballots: &["approval"],
    seats: SeatRule::Any,
    parameters: &[
        ParamInfo {
            name: "threshold",
            values: "a fraction of the base, such as 1/2, 0.5 or 50%",
            default: "1/2",
        },
        ParamInfo {
            name: "strict",
            values: "true (more than the threshold), false (the threshold is enough)",
            default: "true",
        },
        ParamInfo {
            name: "base",
            values: "ballots (all of them), votes (those that approve of anybody)",
            default: "ballots",
        },
    ],
    build: build_majority,
};

/// Every ballot approves of as many candidates as it likes; those with the most approvals are elected (R. J. Weber;
/// S. Brams and P. Fishburn, 1978).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Approval {
    /// One seat.
    Single,
    /// As many as there are seats.
    Several,
    /// As many as there are seats, of those whom enough ballots approve of.
    Majority(ApprovalMajority),
}

/// How many approvals are enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalMajority {
    /// The fraction of the base.
    pub threshold: Figure,
    /// Whether more than it is needed.
    pub strict: bool,
    /// Whether ballots that approve of nobody are left out of the base.
    pub without_blank: bool,
}

impl Default for ApprovalMajority {
    fn default() -> Self {
        Self { threshold: Figure::quotient(1, 2), strict: true, without_blank: false }
    }
}

const fn wrap(approval: Approval) -> Rule {
    Rule::Choice(ChoiceMethod::Approval(approval))
}

/// `1/2`, `0.5`, `50%` or the words "more than half".
fn threshold(value: &str) -> Option<Figure> {
    if matches!(fold(value).as_str(), "morethanhalf" | "majority" | "half") {
        return Some(Figure::quotient(1, 2));
    }
    let figure = match value.trim().strip_suffix('%') {
        Some(percent) => {
            let percent: Figure = percent.trim().parse().ok()?;
            Figure::of(percent.to_rational() / Figure::Whole(100).to_rational())
        }
        None => value.trim().parse().ok()?,
    };
    (figure >= Figure::Whole(0) && figure <= Figure::Whole(1)).then_some(figure)
}

fn build_majority(params: &mut Params) -> Result<Rule, ParamError> {
    let mut majority = ApprovalMajority::default();
    if let Some(value) = params.take(&["threshold", "majority"]) {
        majority.threshold =
            threshold(&value).ok_or_else(|| bad(&["threshold"], &value, MAJORITY.parameters[0].values))?;
    }
    majority.strict = params.take_bool(&["strict"])?.unwrap_or(true);
    let bases = [("ballots", false), ("cast", false), ("votes", true), ("valid", true)];
    majority.without_blank = params.take_choice(&["base"], &bases)?.unwrap_or(false);
    Ok(wrap(Approval::Majority(majority)))
}

impl ApprovalMajority {
    /// Those with enough approvals.
    fn passing(&self, record: &Record<'_>, units: &[u128], base: u64) -> Vec<Candidate> {
        let needed = self.threshold.to_rational() * Figure::from(base).to_rational();
        let needed = Figure::of(needed);
        record
            .election()
            .standing()
            .filter(|candidate| {
                let has = Figure::Whole(i128::try_from(units[candidate.index()]).unwrap_or(0));
                if self.strict { has > needed } else { has >= needed }
            })
            .collect()
    }
}

impl CountingRule for Approval {
    fn info(&self) -> &'static MethodInfo {
        match self {
            Self::Single => &SINGLE,
            Self::Several => &SEVERAL,
            Self::Majority(_) => &MAJORITY,
        }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Single | Self::Several => Vec::new(),
            Self::Majority(majority) => vec![
                ("threshold", majority.threshold.to_string()),
                ("strict", majority.strict.to_string()),
                ("base", if majority.without_blank { "votes" } else { "ballots" }.to_owned()),
            ],
        }
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        let election = record.election();
        let Ballots::Approval(ballots) = election.ballots() else {
            return Err(record.wrong_ballots("approval"));
        };
        let mut units = vec![0_u128; election.len()];
        let mut blank = 0;
        for (weight, marks) in ballots.iter() {
            let mut any = false;
            for candidate in marks.filter(|candidate| !election.is_withdrawn(*candidate)) {
                units[candidate.index()] += u128::from(weight);
                any = true;
            }
            blank += if any { 0 } else { weight };
        }
        record.result.ballots.blank = Figure::scaled(blank, ballots.scale());
        let among = match self {
            Self::Majority(majority) => {
                let base = ballots.total() - if majority.without_blank { blank } else { 0 };
                let passing = majority.passing(record, &units, base);
                record.result.groups.push(("passing", passing.clone()));
                record.result.figures.push(("base", Figure::scaled(base, ballots.scale())));
                passing
            }
            Self::Single | Self::Several => election.standing().collect(),
        };
        Largest {
            column: "totals",
            units: &units,
            scale: ballots.scale(),
            words: "approvals",
            among: &among,
            one: *self == Self::Single,
        }
        .elect(record)
    }
}
