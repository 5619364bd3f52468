//! Results as they are stored and published.

use plenum_domain::count::{Base, Comparison, MotionCount};
use plenum_domain::result::{Decision, ElectionCount, EventResult, Outcome, Strength, Tally};
use plenum_domain::roll::Quorum;
use plenum_domain::tie::Awaited;
use plenum_domain::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

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
        Entitled,
        /// Every member with a vote, on the roll or not.
        AllMembers
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
    /// People who voted, where the quorum asks for so many of those present to vote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voted: Option<u64>,
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

/// An election as it was counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ElectionData {
    /// How many were to be elected.
    pub seats: u32,
    /// Who is elected, in order; a party list once for each of its seats.
    pub elected: Vec<String>,
    /// Between whom the count stopped, where it met a tie that nobody has decided.
    pub tied: Vec<String>,
    /// Who stands again, where nobody has the majority that is needed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runoff: Vec<String>,
    /// The whole count: method and parameters, every round with exact figures, transfers, quota, pairwise matrices, ties and how
    /// they were broken, and what became of each candidate. Null when nobody voted for anyone.
    #[cfg_attr(feature = "schema", schema(value_type = Option<Object>))]
    pub count: Option<Value>,
}

/// A decision that a result waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AwaitedData {
    /// `elect`: who is elected, or goes on; `exclude`: who goes out of the count; `order`: who comes first;
    /// `casting_vote`: whether a motion with equal votes is adopted.
    pub question: String,
    /// Between which options.
    pub between: Vec<String>,
}

impl From<&Awaited> for AwaitedData {
    fn from(awaited: &Awaited) -> Self {
        Self { question: awaited.question.as_str().to_owned(), between: awaited.between.clone() }
    }
}

/// A decision on a tie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct TieDecisionData {
    /// What was decided, as in `awaiting`.
    pub question: String,
    /// Between which options.
    pub between: Vec<String>,
    /// The option chosen.
    pub choice: String,
    /// `chair` or `lot`.
    pub by: String,
    /// What the lot was drawn from, so that anybody can draw it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<String>,
    /// Who decided, or had the lot drawn.
    pub decided_by_user_id: i32,
    /// When.
    pub decided_at: DateTime<Utc>,
}

/// A result: as stored in `event_results.data` once it is counted, or the figures of a vote that is still open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ResultData {
    /// `adopted`, `rejected`, `elected`, `tie`, `runoff`, `reopen_nominations`, `none_of_the_above`, `nobody_elected`,
    /// `no_quorum` or `uncounted`; null while voting is open.
    pub outcome: Option<String>,
    /// The result in words, fit for the minutes; null while voting is open.
    pub summary: Option<String>,
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
    /// For an election that is counted: who is elected, and the count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub election: Option<ElectionData>,
    /// The decision on a tie that the result waits for; it cannot be released before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaiting: Option<AwaitedData>,
    /// What was decided on ties so far, in the order they were met.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<TieDecisionData>,
    /// The draft that was prepared because this result asks for another vote: a runoff, or new nominations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_event_id: Option<i32>,
    /// The office for which nominations were opened again because of this result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_office_id: Option<i32>,
}

impl From<Strength> for StrengthData {
    fn from(strength: Strength) -> Self {
        Self { people: strength.people, weight: strength.weight }
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
            voted: quorum.voted,
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

impl From<&ElectionCount> for ElectionData {
    fn from(election: &ElectionCount) -> Self {
        let count = match &election.tally {
            // Text, whole numbers, lists and maps with text for keys: all of it has a JSON form.
            Tally::Counted(count) => serde_json::to_value(count.as_ref()).ok(),
            Tally::Nothing | Tally::Failed(_) => None,
        };
        Self {
            seats: election.seats,
            elected: election.elected(),
            tied: election.tied(),
            runoff: election.runoff.clone(),
            count,
        }
    }
}

impl ResultData {
    /// A counted result.
    pub fn counted(result: &EventResult) -> Self {
        let election = match &result.decision {
            Decision::Motion(_) => None,
            Decision::Election(election) => Some(election.into()),
        };
        Self {
            outcome: Some(result.outcome.as_str().to_owned()),
            summary: Some(result.summary.clone()),
            election,
            awaiting: result.awaits.as_ref().map(Into::into),
            ..Self::running(result)
        }
    }

    /// The figures of a vote that is still open.
    pub fn running(result: &EventResult) -> Self {
        let motion = match &result.decision {
            Decision::Motion(count) => Some(count.into()),
            Decision::Election(_) => None,
        };
        let options = result.options.iter().map(|option| OptionCountData {
            option: option.option.clone(),
            voters: option.voters,
            votes: option.votes,
        });
        Self {
            outcome: None,
            summary: None,
            options: options.collect(),
            entitled: result.entitled.into(),
            present: result.present.into(),
            cast: result.cast.into(),
            quorum: result.quorum.into(),
            motion,
            election: None,
            awaiting: None,
            decisions: Vec::new(),
            next_event_id: None,
            next_office_id: None,
        }
    }

    /// What was decided; `None` while voting is open.
    pub fn decided(&self) -> Option<Outcome> {
        let word = self.outcome.as_deref()?;
        Outcome::ALL.into_iter().find(|outcome| outcome.as_str() == word)
    }

    /// Who is elected, in order; nobody by a motion.
    pub fn elected(&self) -> &[String] {
        self.election.as_ref().map_or(&[], |election| election.elected.as_slice())
    }
}
