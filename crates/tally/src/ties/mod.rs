//! Ties: how equal figures are separated, always by a named rule that stands in the result.
//!
//! A [`TiePolicy`] is a list of rules tried in turn; each narrows the tied candidates until one is left. When the list
//! is used up the count stops, and its result says between whom a decision is needed. The empty policy therefore refuses every tie.

mod lot;

pub use lot::permutation;

use crate::{
    election::{Candidate, Election},
    error::CountError,
    numbers::Figure,
    result::{Round, StepOrder},
};

/// One way of separating tied candidates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TieRule {
    /// Stop and report the tie. Rules after it are never reached.
    Refuse,
    /// The most recent earlier step at which the tied had unequal figures decides; those still equal at the deciding
    /// end are compared at the steps before it (Scottish order 2007, rules 49 and 51).
    Backwards,
    /// The earliest step at which the tied had unequal figures decides, later ones narrow further (ERS97).
    Forwards,
    /// Only the step immediately before is looked at.
    PreviousRound,
    /// An order of all candidates drawn from a seed decides, see [`permutation`]. The one drawn later loses.
    Lot {
        /// What the order is drawn from; any text.
        seed: String,
    },
    /// The chair has decided: the n-th name answers the n-th tie that reaches this rule. It is the one who is
    /// excluded when the tie is about exclusion, else the one who is elected or comes first. Ties beyond the list stop
    /// the count, which is how the chair learns what to decide.
    Chair {
        /// Names, in the order the ties are met.
        decisions: Vec<String>,
    },
    /// The order of the candidate list (or the order the ballot file gives for ties): the last tied name loses.
    CandidateOrder,
    /// The same with the first tied name losing.
    ReverseCandidateOrder,
    /// An order the counting rules themselves draw from the figures of the election; the first in it is excluded, or
    /// else elected. Only such rules use it, it cannot be asked for.
    Drawn,
}

impl TieRule {
    /// The name that stands in parameters and results.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Backwards => "backwards",
            Self::Forwards => "forwards",
            Self::PreviousRound => "previous-round",
            Self::Lot { .. } => "lot",
            Self::Chair { .. } => "chair",
            Self::CandidateOrder => "candidate-order",
            Self::ReverseCandidateOrder => "reverse-candidate-order",
            Self::Drawn => "drawn-by-rule",
        }
    }

    /// The rule in words, for the sentence about a tie.
    pub const fn words(&self) -> &'static str {
        match self {
            Self::Refuse => "by nobody",
            Self::Backwards => "by the most recent step at which they differed",
            Self::Forwards => "by the first step at which they differed",
            Self::PreviousRound => "by the step before",
            Self::Lot { .. } => "by lot",
            Self::Chair { .. } => "by the chair",
            Self::CandidateOrder => "by the order of candidates",
            Self::ReverseCandidateOrder => "by the reverse order of candidates",
            Self::Drawn => "by the order the rules draw",
        }
    }
}

/// Rules tried one after another.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct TiePolicy {
    /// The rules.
    pub rules: Vec<TieRule>,
}

impl TiePolicy {
    /// Every tie stops the count for a decision.
    pub const REFUSE: Self = Self { rules: Vec::new() };

    /// A policy of these rules in turn.
    pub fn of(rules: impl IntoIterator<Item = TieRule>) -> Self {
        Self { rules: rules.into_iter().collect() }
    }
}

/// What a tie is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TieQuestion {
    /// Who is excluded (the lowest).
    Exclude,
    /// Who is elected, or advances (the highest).
    Elect,
    /// Whose surplus is transferred first, or who is named first (the highest).
    Order,
}

impl TieQuestion {
    /// The name that stands in results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exclude => "exclude",
            Self::Elect => "elect",
            Self::Order => "order",
        }
    }
}

/// A tie met during the count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TieRecord {
    /// The step during which it was met, counted from 1.
    pub round: u32,
    /// What it was about.
    pub question: TieQuestion,
    /// The tied candidates, in list order.
    pub tied: Vec<Candidate>,
    /// Who was chosen: excluded for [`TieQuestion::Exclude`], else elected or put first. `None`: the count stopped.
    pub chosen: Option<Candidate>,
    /// The rule that decided in the end.
    pub rule: Option<TieRule>,
    /// The step whose figures decided, for the rules that look back.
    pub decided_at: Option<u32>,
}

/// What separating needs to know of the count so far.
pub(crate) struct Situation<'a> {
    pub election: &'a Election,
    pub rounds: &'a [Round],
    pub order: StepOrder,
    pub question: TieQuestion,
    /// Chair's decisions used up so far.
    pub chair_used: &'a mut usize,
    /// Number of this tie, from 1.
    pub number: usize,
    /// The order [`TieRule::Drawn`] goes by.
    pub drawn: &'a [Candidate],
}

/// The decision on a tie: who, by which rule, and on which step's figures.
pub(crate) type Decision = Option<(Candidate, TieRule, Option<u32>)>;

pub(crate) fn separate(
    rules: &[TieRule],
    tied: &[Candidate],
    at: &mut Situation<'_>,
) -> Result<Decision, CountError> {
    let mut left = tied.to_vec();
    for rule in rules {
        let mut decided_at = None;
        match rule {
            TieRule::Refuse => return Ok(None),
            TieRule::Backwards => decided_at = narrow(&mut left, at.earlier().rev(), at.question),
            TieRule::Forwards => decided_at = narrow(&mut left, at.earlier(), at.question),
            TieRule::PreviousRound => {
                decided_at = narrow(&mut left, at.earlier().rev().take(1), at.question);
            }
            TieRule::Lot { seed } => {
                let order = permutation(at.election, seed);
                let positions =
                    at.election.all().map(|c| order.iter().position(|drawn| *drawn == c).unwrap_or(0));
                pick(&mut left, &positions.collect::<Vec<_>>(), at.question == TieQuestion::Exclude);
            }
            TieRule::Chair { decisions } => {
                let Some(name) = decisions.get(*at.chair_used) else {
                    return Ok(None);
                };
                *at.chair_used += 1;
                let chosen = left.iter().copied().find(|candidate| at.election.name(*candidate) == name);
                let not_tied = CountError::DecisionNotTied { tie: at.number, name: name.clone() };
                left = vec![chosen.ok_or(not_tied)?];
            }
            TieRule::CandidateOrder | TieRule::ReverseCandidateOrder => {
                let last = (*rule == TieRule::CandidateOrder) == (at.question == TieQuestion::Exclude);
                pick(&mut left, &at.election.tie_positions(), last);
            }
            TieRule::Drawn => {
                if let Some(first) = at.drawn.iter().find(|drawn| left.contains(drawn)) {
                    left = vec![*first];
                }
            }
        }
        if let [only] = left[..] {
            return Ok(Some((only, rule.clone(), decided_at)));
        }
    }
    Ok(None)
}

impl Situation<'_> {
    /// The steps finished before the one in which the tie stands.
    fn earlier(&self) -> impl DoubleEndedIterator<Item = &Round> + use<'_> {
        // Where a step's figures are recorded before the decision taken on them, the last ones are the tie itself.
        let end = match self.order {
            StepOrder::TallyThenAction => self.rounds.len(),
            StepOrder::ActionThenTally => self.rounds.len().saturating_sub(1),
        };
        self.rounds[..end].iter().filter(|round| !round.tally.is_empty())
    }
}

/// Keeps those at the losing (or winning) end, step by step, until one is left. Answers the step that decided.
fn narrow<'a>(
    left: &mut Vec<Candidate>,
    rounds: impl Iterator<Item = &'a Round>,
    question: TieQuestion,
) -> Option<u32> {
    let zero = Figure::Whole(0);
    for round in rounds {
        let figure = |c: &Candidate| round.tally.get(c.index()).and_then(Option::as_ref).unwrap_or(&zero);
        let end = match question {
            TieQuestion::Exclude => left.iter().map(figure).min(),
            TieQuestion::Elect | TieQuestion::Order => left.iter().map(figure).max(),
        };
        let end = end.cloned();
        left.retain(|candidate| Some(figure(candidate)) == end.as_ref());
        if left.len() == 1 {
            return Some(round.number);
        }
    }
    None
}

fn pick(left: &mut Vec<Candidate>, positions: &[usize], last: bool) {
    let place = |candidate: &Candidate| positions.get(candidate.index()).copied().unwrap_or(usize::MAX);
    let chosen =
        if last { left.iter().copied().max_by_key(place) } else { left.iter().copied().min_by_key(place) };
    left.retain(|candidate| Some(*candidate) == chosen);
}
