//! Results as they are stored and published.

use plenum_domain::count::{Base, Comparison, Majority, MotionCount, MotionFigures};
use plenum_domain::result::{Decision, EventResult, OptionCount, Outcome, Strength};
use plenum_domain::roll::Quorum;
use serde::{Deserialize, Serialize};

use crate::documents::ThresholdData;

macro_rules! word_enum {
    ($(#[$doc:meta])* $name:ident of $domain:ident { $($(#[$variant_doc:meta])* $variant:ident),+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl From<$domain> for $name {
            fn from(value: $domain) -> Self {
                match value {
                    $($domain::$variant => Self::$variant,)+
                }
            }
        }

        impl From<$name> for $domain {
            fn from(value: $name) -> Self {
                match value {
                    $($name::$variant => Self::$variant,)+
                }
            }
        }
    };
}

word_enum! {
    /// How votes in favour are held against a threshold.
    ComparisonWord of Comparison {
        /// Strictly more than the fraction.
        MoreThan,
        /// The fraction itself is enough.
        AtLeast
    }
}

word_enum! {
    /// Of what a threshold is a fraction.
    BaseWord of Base {
        /// Every vote cast, abstentions included.
        VotesCast,
        /// Votes in favour and against.
        VotesCastWithoutAbstentions,
        /// Everyone entitled who was present or represented.
        Present,
        /// Everyone on the roll.
        Entitled
    }
}

/// A number of people and the sum of their vote weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct StrengthData {
    /// People.
    pub people: u64,
    /// Sum of their vote weights.
    pub weight: u64,
}

/// How the quorum stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct QuorumFigureData {
    /// People entitled.
    pub entitled: u64,
    /// People present or represented.
    pub present: u64,
    /// People needed.
    pub required: u64,
    /// People still missing.
    pub missing: u64,
    /// Whether enough were there.
    pub met: bool,
}

/// What one choice received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct OptionCountData {
    /// The choice.
    pub option: String,
    /// People who chose it.
    pub voters: u64,
    /// Votes it received: the sum of their weights.
    pub votes: u64,
}

/// A motion held against its threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MotionCountData {
    /// Votes in favour.
    pub in_favour: u64,
    /// Votes against.
    pub against: u64,
    /// Abstentions.
    pub abstaining: u64,
    /// The threshold.
    pub threshold: ThresholdData,
    /// More than it, or at least.
    pub comparison: ComparisonWord,
    /// What it is a fraction of.
    pub base: BaseWord,
    /// That base as a number of votes.
    pub base_count: u64,
    /// Votes in favour that were needed.
    pub needed: u64,
}

/// An election by plurality.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PluralityData {
    /// Who is elected.
    pub elected: Vec<String>,
    /// Who shares the most votes, when more than one does.
    pub tied: Vec<String>,
}

/// A counted result, as stored in `event_results.data`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ResultData {
    /// `adopted`, `rejected`, `elected`, `tie`, `nobody_elected` or `no_quorum`.
    pub outcome: String,
    /// The result in words, fit for the minutes.
    pub summary: String,
    /// What each choice received, in the order of the ballot.
    pub options: Vec<OptionCountData>,
    /// Everyone on the roll.
    pub entitled: StrengthData,
    /// Of them, present while voting was open, or represented.
    pub present: StrengthData,
    /// Votes cast.
    pub cast: StrengthData,
    /// How the quorum stood.
    pub quorum: QuorumFigureData,
    /// For a motion: the threshold and what it meant in votes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub motion: Option<MotionCountData>,
    /// For an election by plurality: who is elected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plurality: Option<PluralityData>,
}

impl From<Strength> for StrengthData {
    fn from(strength: Strength) -> Self {
        Self { people: strength.people, weight: strength.weight }
    }
}

impl From<StrengthData> for Strength {
    fn from(data: StrengthData) -> Self {
        Self { people: data.people, weight: data.weight }
    }
}

impl From<Quorum> for QuorumFigureData {
    fn from(quorum: Quorum) -> Self {
        Self {
            entitled: quorum.entitled,
            present: quorum.present,
            required: quorum.required,
            missing: quorum.missing(),
            met: quorum.is_met(),
        }
    }
}

impl From<&MotionCount> for MotionCountData {
    fn from(count: &MotionCount) -> Self {
        Self {
            in_favour: count.figures.in_favour,
            against: count.figures.against,
            abstaining: count.figures.abstaining,
            threshold: ThresholdData(count.majority.threshold),
            comparison: count.majority.comparison.into(),
            base: count.majority.base.into(),
            base_count: count.base_count,
            needed: count.needed,
        }
    }
}

impl From<&EventResult> for ResultData {
    fn from(result: &EventResult) -> Self {
        let (motion, plurality) = match &result.decision {
            Decision::Motion(count) => (Some(count.into()), None),
            Decision::Plurality { elected, tied } => {
                (None, Some(PluralityData { elected: elected.clone(), tied: tied.clone() }))
            }
        };
        Self {
            outcome: result.outcome.as_str().to_owned(),
            summary: result.summary.clone(),
            options: result
                .options
                .iter()
                .map(|option| OptionCountData {
                    option: option.option.clone(),
                    voters: option.voters,
                    votes: option.votes,
                })
                .collect(),
            entitled: result.entitled.into(),
            present: result.present.into(),
            cast: result.cast.into(),
            quorum: result.quorum.into(),
            motion,
            plurality,
        }
    }
}

/// Reads a stored result.
///
/// # Errors
/// A sentence for the log when the document is not one this program wrote.
pub fn read_result(data: ResultData) -> Result<EventResult, String> {
    let (entitled, present) = (Strength::from(data.entitled), Strength::from(data.present));
    let decision = match (data.motion, data.plurality) {
        (Some(motion), None) => {
            let majority = Majority {
                threshold: motion.threshold.0,
                comparison: motion.comparison.into(),
                base: motion.base.into(),
            };
            let figures = MotionFigures {
                in_favour: motion.in_favour,
                against: motion.against,
                abstaining: motion.abstaining,
                present: present.weight,
                entitled: entitled.weight,
            };
            Decision::Motion(MotionCount {
                figures,
                majority,
                base_count: motion.base_count,
                needed: motion.needed,
                adopted: motion.in_favour >= motion.needed,
            })
        }
        (None, Some(plurality)) => Decision::Plurality { elected: plurality.elected, tied: plurality.tied },
        _ => return Err("exactly one of motion and plurality must be there".to_owned()),
    };
    let outcome = Outcome::ALL
        .into_iter()
        .find(|outcome| outcome.as_str() == data.outcome)
        .ok_or_else(|| format!("unknown outcome {:?}", data.outcome))?;
    Ok(EventResult {
        entitled,
        present,
        cast: data.cast.into(),
        quorum: Quorum {
            entitled: data.quorum.entitled,
            present: data.quorum.present,
            required: data.quorum.required,
        },
        options: data
            .options
            .into_iter()
            .map(|option| OptionCount { option: option.option, voters: option.voters, votes: option.votes })
            .collect(),
        decision,
        outcome,
        summary: data.summary,
    })
}
