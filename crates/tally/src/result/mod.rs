//! The result of a count: who, why, and every figure on the way.

mod conclude;
mod record;
mod sentence;
#[cfg(feature = "serde")]
mod serialize;

pub use record::{Halt, Record};
pub use sentence::{list, names, plural_votes};

use crate::{
    election::Candidate,
    numbers::Figure,
    ties::{TieQuestion, TieRecord},
};

/// How figures and decisions stand to each other within a step; count sheets differ in it, so the result says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepOrder {
    /// A round: the tally first, then what was decided on it; its transfers lead to the next round's tally.
    TallyThenAction,
    /// A stage: the action and its transfers first, then the tally it led to and who thereby is elected.
    ActionThenTally,
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoundEvent {
    /// First preferences (or the only tally there is).
    FirstPreferences,
    /// A round of an elimination count.
    Round,
    /// A surplus is transferred.
    Surplus,
    /// Candidates are excluded and their votes transferred.
    Exclusion,
    /// Keep values and quota are computed again (Meek, Warren).
    Iteration,
    /// Scores, points or totals are added up.
    Totals,
    /// Two candidates are compared head to head.
    Runoff,
    /// A seat is allocated (party lists, proportional score methods).
    Seat,
    /// Pairs are compared or locked in (Condorcet methods).
    Pairs,
    /// Remaining seats are filled without further transfer, or the count ends.
    Close,
}

impl RoundEvent {
    /// The name that stands in results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FirstPreferences => "first_preferences",
            Self::Round => "round",
            Self::Surplus => "surplus",
            Self::Exclusion => "exclusion",
            Self::Iteration => "iteration",
            Self::Totals => "totals",
            Self::Runoff => "runoff",
            Self::Seat => "seat",
            Self::Pairs => "pairs",
            Self::Close => "close",
        }
    }
}

/// Where transferred votes go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// To a candidate.
    Candidate(Candidate),
    /// To nobody, for a reason with a stable name: `exhausted`, `overvotes`, `skippedRankings`, `repeatedRankings`,
    /// `rounding`, ...
    Nobody(&'static str),
}

/// Votes moving from one candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Whose votes.
    pub from: Candidate,
    /// How many to where, candidates in list order, then those to nobody.
    pub to: Vec<(Target, Figure)>,
    /// The value each transferred paper now has, where all have the same.
    pub value: Option<Figure>,
}

/// One figure per candidate, under a stable name (`keep_factors`, `scores`, `over_default`, ...).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// What the figures are.
    pub name: &'static str,
    /// By candidate, `None` where a candidate has none.
    pub values: Vec<Option<Figure>>,
}

/// One step of a count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// Counted from 1.
    pub number: u32,
    /// What the step does.
    pub event: RoundEvent,
    /// Whose surplus, or who is excluded; the subject of the step.
    pub subjects: Vec<Candidate>,
    /// Votes by candidate; `None` for one no longer (or never) in the count. Empty where the step has no tally.
    pub tally: Vec<Option<Figure>>,
    /// The quota or threshold in force.
    pub quota: Option<Figure>,
    /// Votes no longer counting for anybody, up to and including this step: inactive or non-transferable ones. Blank
    /// ballots set aside at the start and rounding are not in it.
    pub exhausted: Option<Figure>,
    /// Votes lost to rounding, up to and including this step.
    pub rounding: Option<Figure>,
    /// Further named figures, such as the inactive ballots by reason.
    pub details: Vec<(&'static str, Figure)>,
    /// Further columns, such as keep factors.
    pub columns: Vec<Column>,
    /// Votes that move, see [`StepOrder`].
    pub transfers: Vec<Transfer>,
    /// Elected at this step, in order.
    pub elected: Vec<Candidate>,
    /// Excluded at this step.
    pub eliminated: Vec<Candidate>,
    /// What happened, in a sentence for a member: "Round 3: B is excluded; 41 of its votes go to C."
    pub sentence: String,
}

impl Round {
    /// An empty step of that kind; [`Record::push`] numbers it.
    pub const fn new(event: RoundEvent) -> Self {
        Self {
            number: 0,
            event,
            subjects: Vec::new(),
            tally: Vec::new(),
            quota: None,
            exhausted: None,
            rounding: None,
            details: Vec::new(),
            columns: Vec::new(),
            transfers: Vec::new(),
            elected: Vec::new(),
            eliminated: Vec::new(),
            sentence: String::new(),
        }
    }
}

/// A square of figures between candidates: `values[a][b]`, under a stable name (`pairwise`, `path_strengths`, ...).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    /// What the figures are.
    pub name: &'static str,
    /// By first and second candidate; `None` on the diagonal and for withdrawn candidates.
    pub values: Vec<Vec<Option<Figure>>>,
}

/// What became of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Elected.
    Elected {
        /// Place in the order of election, from 1.
        place: u32,
        /// The step, from 1; 0 where the method has no steps.
        round: u32,
    },
    /// Excluded during the count.
    Eliminated {
        /// The step, from 1.
        round: u32,
    },
    /// Still in the count when the last seat was filled.
    NotElected,
    /// Part of the tie that stopped the count.
    Undecided,
    /// Withdrawn before the count.
    Withdrawn,
}

/// Whether the count came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did. Fewer elected than seats, or nobody, is an outcome too (no Condorcet winner, too few candidates).
    Complete,
    /// It stopped at a tie, the last in [`CountResult::ties`], and needs a decision.
    Tie {
        /// What must be decided.
        question: TieQuestion,
        /// Between whom.
        tied: Vec<Candidate>,
    },
}

/// How many ballots there were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BallotTotals {
    /// All of them, by weight.
    pub total: Figure,
    /// Without any mark or usable preference, and not counted.
    pub blank: Figure,
    /// Invalid under the method's rules, and not counted.
    pub invalid: Figure,
}

/// The result of a count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountResult {
    /// Title of the election.
    pub title: String,
    /// Name of the method, as [`crate::Method::named`] takes it.
    pub method: &'static str,
    /// Every parameter in force, defaults included.
    pub parameters: Vec<(&'static str, String)>,
    /// Names of all candidates, in list order.
    pub candidates: Vec<String>,
    /// Seats filled, or that should have been.
    pub seats: u32,
    /// How many ballots.
    pub ballots: BallotTotals,
    /// Whether the count came to its end.
    pub outcome: Outcome,
    /// Who is elected, in order.
    pub elected: Vec<Candidate>,
    /// What became of each candidate, in list order.
    pub statuses: Vec<Status>,
    /// Order of the rounds' figures and decisions.
    pub step_order: StepOrder,
    /// The steps.
    pub rounds: Vec<Round>,
    /// All candidates from best to worst, equal ones together, for methods that rank everybody.
    pub ranking: Vec<Vec<Candidate>>,
    /// Final figures per candidate.
    pub columns: Vec<Column>,
    /// Further named figures of the whole count.
    pub figures: Vec<(&'static str, Figure)>,
    /// Named groups of candidates (`finalists`, `smith_set`, `dropped`, ...).
    pub groups: Vec<(&'static str, Vec<Candidate>)>,
    /// Pairwise matrices.
    pub matrices: Vec<Matrix>,
    /// Ties met and how they were broken.
    pub ties: Vec<TieRecord>,
    /// The order drawn, where lots decided a tie; the one drawn later loses.
    pub lot: Vec<Candidate>,
}

impl CountResult {
    /// A candidate's name.
    pub fn name(&self, candidate: Candidate) -> &str {
        self.candidates.get(candidate.index()).map_or("", String::as_str)
    }

    /// Names of the elected, in order.
    pub fn elected_names(&self) -> Vec<&str> {
        self.elected.iter().map(|candidate| self.name(*candidate)).collect()
    }

    /// Whether the count came to its end.
    pub fn is_complete(&self) -> bool {
        self.outcome == Outcome::Complete
    }

    /// The matrix of that name.
    pub fn matrix(&self, name: &str) -> Option<&Matrix> {
        self.matrices.iter().find(|matrix| matrix.name == name)
    }

    /// The final column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}
