//! Schulze with a default option: quorum and majority first, then the strongest paths.

mod ratios;

pub use ratios::Ratios;

use super::{CondorcetMethod, Pairwise, graph::layers, schulze::strongest_paths, strength::take_unranked};
use crate::{
    election::{Candidate, Election},
    error::{CountError, ParamError},
    method::{CountingRule, MethodInfo, ParamInfo, Params, Rule, SeatRule, bad, fold},
    numbers::Figure,
    result::{Column, Halt, Record, Round, RoundEvent},
};

/// What there is to know about it.
pub(super) const INFO: MethodInfo = MethodInfo {
    name: "schulze-with-default-option",
    aliases: &["schulze-default-option", "debian"],
    title: "Schulze with a default option (quorum and majority per option)",
    ballots: &["ranked"],
    seats: SeatRule::One,
    parameters: &[
        ParamInfo {
            name: "default",
            values: "the name of the default option",
            default: "the last one on the list",
        },
        ParamInfo {
            name: "quorum",
            values: "a number of votes each option needs over the default option; may have decimals",
            default: "0",
        },
        ParamInfo {
            name: "majority-ratio",
            values: "a number, one for each option in a list [3, 1, 1], or by name {\"A\": 3}; those not named have 1",
            default: "1",
        },
    ],
    build,
};

/// Every option is first measured against the default option ("none of the above", "further discussion"): it is dropped
/// when fewer ballots than the quorum prefer it to the default option, or when those that do are not more than the
/// majority ratio times those that prefer the default option. What is left is decided by the strongest paths of
/// victories. The default option is never dropped.
///
/// This is the procedure of the Debian constitution, appendix A ("vote counting"). Between victories with equally many
/// votes for the winner the one with more votes for the loser is the weaker; where several options remain in front, the
/// holder of the casting vote chooses, which is a tie here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefaultOption {
    /// The default option's name; `None`: the last option that stands.
    pub default: Option<String>,
    /// Votes over the default option each other option needs.
    pub quorum: Figure,
    /// How many times as many as the other way round, and more than that, must prefer an option to the default option.
    pub majority: Ratios,
}

fn build(params: &mut Params) -> Result<Rule, ParamError> {
    take_unranked(params)?;
    // A strength may be named, but only the one the procedure has.
    params.take_fixed(&["strength"], &["winning votes"])?;
    let given = |value: &String| !matches!(fold(value).as_str(), "" | "null" | "none");
    let default = params.take(&["default", "default-option"]).filter(given);
    let quorum = match params.take(&["quorum"]).filter(given) {
        None => Figure::Whole(0),
        Some(value) => value.trim().parse().map_err(|_| bad(&["quorum"], &value, "a number of votes"))?,
    };
    let majority = match params.take(&["majority-ratio", "majority"]).filter(given) {
        None => Ratios::default(),
        Some(value) => Ratios::parse(&value)
            .ok_or_else(|| bad(&["majority-ratio"], &value, INFO.parameters[2].values))?,
    };
    Ok(Rule::Condorcet(CondorcetMethod::DefaultOption(DefaultOption { default, quorum, majority })))
}

/// How the options fare against the default option.
struct Measured {
    reaches_quorum: Vec<usize>,
    passes_majority: Vec<usize>,
    dropped: Vec<usize>,
}

impl DefaultOption {
    fn default_position(&self, election: &Election, pairwise: &Pairwise) -> Result<usize, Halt> {
        let wanted = match &self.default {
            None => pairwise.candidates().last().copied(),
            Some(name) => election.find(name).or_else(|| {
                let folded = fold(name);
                election.all().find(|candidate| fold(election.name(*candidate)) == folded)
            }),
        };
        wanted.and_then(|candidate| pairwise.position(candidate)).ok_or_else(|| {
            let name = self.default.as_deref().unwrap_or_default();
            CountError::Unsuitable(format!("there is no option `{name}` to be the default")).into()
        })
    }

    fn measure(&self, election: &Election, pairwise: &Pairwise, default: usize) -> Measured {
        let mut measured =
            Measured { reaches_quorum: Vec::new(), passes_majority: Vec::new(), dropped: Vec::new() };
        for option in (0..pairwise.len()).filter(|option| *option != default) {
            let over = pairwise.figure(pairwise.wins(option, default));
            let back = pairwise.figure(pairwise.wins(default, option));
            let candidate = pairwise.candidates()[option];
            let ratio = self.majority.of(election, candidate);
            let enough = over >= self.quorum;
            let majority = over.to_rational() > ratio.to_rational() * back.to_rational();
            if enough {
                measured.reaches_quorum.push(option);
            }
            if majority {
                measured.passes_majority.push(option);
            }
            if !(enough && majority) {
                measured.dropped.push(option);
            }
        }
        measured
    }
}

/// The first round: how each option stands against the default option.
fn default_round(election: &Election, pairwise: &Pairwise, default: usize, measured: &Measured) -> Round {
    let mut round = Round::new(RoundEvent::Pairs);
    let name = election.name(pairwise.candidates()[default]);
    let mut sentences = Vec::new();
    for option in &measured.dropped {
        let why = match (measured.reaches_quorum.contains(option), measured.passes_majority.contains(option))
        {
            (false, false) => "reaches neither the quorum nor its majority",
            (false, true) => "misses the quorum",
            _ => "misses its majority",
        };
        sentences.push(format!(
            "{} {why} over {name} ({}) and is dropped.",
            election.name(pairwise.candidates()[*option]),
            pairwise.score(*option, default)
        ));
    }
    if sentences.is_empty() {
        sentences.push(format!("every option reaches the quorum and its majority over {name}."));
    }
    round.sentence = sentences.join(" ");
    round.eliminated = pairwise.named(measured.dropped.iter().copied());
    round
}

impl CountingRule for DefaultOption {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![
            ("default", self.default.clone().unwrap_or_default()),
            ("quorum", self.quorum.to_string()),
            ("majority-ratio", self.majority.to_string()),
        ]
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        let pairwise = Pairwise::record(record)?;
        let election = record.election();
        if pairwise.is_empty() {
            return record.conclude(Round::new(RoundEvent::Pairs), &[], |_, _| String::new());
        }
        let default = self.default_position(election, &pairwise)?;
        let measured = self.measure(election, &pairwise, default);
        self.note(record, &pairwise, default, &measured);
        record.push(default_round(election, &pairwise, default, &measured));

        let left: Vec<usize> =
            (0..pairwise.len()).filter(|option| !measured.dropped.contains(option)).collect();
        let n = left.len();
        // Votes for the winner first, then fewer for the loser; no victory is 0.
        let paths = strongest_paths(record, n, |a, b| {
            let (a, b) = (left[a], left[b]);
            if pairwise.beats(a, b) {
                u128::from(pairwise.wins(a, b)) << 64 | u128::from(u64::MAX - pairwise.wins(b, a))
            } else {
                0
            }
        })?;
        let mut strengths = pairwise.matrix(election, "path_strengths", |_, _| Figure::Whole(0));
        for row in &mut strengths.values {
            row.fill(None);
        }
        for (a, first) in pairwise.named(left.iter().copied()).iter().enumerate() {
            for (b, second) in pairwise.named(left.iter().copied()).iter().enumerate() {
                if a != b {
                    let votes = u64::try_from(paths[a * n + b] >> 64).unwrap_or(u64::MAX);
                    strengths.values[first.index()][second.index()] = Some(pairwise.figure(votes));
                }
            }
        }
        record.result.matrices.push(strengths);
        record.result.ranking = layers(n, |a, b| paths[a * n + b] > paths[b * n + a])
            .into_iter()
            .map(|layer| pairwise.named(layer.into_iter().map(|at| left[at])))
            .collect();
        let front = record.result.ranking.first().cloned().unwrap_or_default();
        record.conclude(Round::new(RoundEvent::Pairs), &front, |winner, tied| {
            let name = election.name(winner);
            if n == 1 {
                format!("only {name} is left, and wins")
            } else if tied {
                format!("no option has a stronger path to {name}, which wins")
            } else {
                format!("{name} has a stronger path to each other option than they have back, and wins")
            }
        })
    }
}

impl DefaultOption {
    /// Puts the figures against the default option into the result.
    fn note(&self, record: &mut Record<'_>, pairwise: &Pairwise, default: usize, measured: &Measured) {
        let against = |units: &dyn Fn(usize) -> u64| {
            let mut values = vec![None; record.election().len()];
            for option in (0..pairwise.len()).filter(|option| *option != default) {
                values[pairwise.candidates()[option].index()] = Some(pairwise.figure(units(option)));
            }
            values
        };
        let over = against(&|option| pairwise.wins(option, default));
        let back = against(&|option| pairwise.wins(default, option));
        let result = &mut record.result;
        for (name, values) in [("over_default", over), ("default_over", back)] {
            result.columns.push(Column { name, values });
        }
        result.figures.push(("quorum", self.quorum.clone()));
        for (name, options) in [
            ("default_option", &vec![default]),
            ("reaches_quorum", &measured.reaches_quorum),
            ("passes_majority", &measured.passes_majority),
            ("dropped", &measured.dropped),
        ] {
            result.groups.push((name, pairwise.named(options.iter().copied())));
        }
    }
}
