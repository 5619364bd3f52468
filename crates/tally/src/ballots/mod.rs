//! Ballots: what was voted, exactly as it was voted, equal ballots kept once with their weight.
//!
//! All kinds share one flat store: the marks of all different ballots one after another, where each begins, and its
//! weight. A million ballots over twenty candidates take some fifty megabytes.
//!
//! # Weights
//! A weight is a whole number of *units*; `scale` units make one vote. The scale is 1 unless a file gave fractional
//! weights, and then the smallest number that makes all of them whole. So every sum of weights is an exact `u64`, and
//! the total is bounded by [`MAX_TOTAL`] when ballots are added: no later sum of weights can overflow.

mod clean;
mod groups;
mod other;
mod ranked;

pub use clean::{BlankBallots, Cleaned, EqualRanks, RankingRules, Repeats, SkippedRanks, clean};
pub(crate) use groups::Batch;
pub use groups::{MAX_TOTAL, Weight};
pub use other::{
    ApprovalBallots, ApprovalBuilder, GradeTallies, MissingGrades, ScoreBallots, ScoreBuilder, UNMARKED,
};
pub use ranked::{Mark, RankedBallots, RankedBuilder};

/// The ballots of an election, by kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ballots {
    /// Candidates in order of preference.
    Ranked(RankedBallots),
    /// A number for each candidate.
    Score(ScoreBallots),
    /// The candidates approved of.
    Approval(ApprovalBallots),
    /// Only the tallies of grades per candidate are known.
    Grades(GradeTallies),
}

impl Ballots {
    /// The word for this kind: `ranked`, `score`, `approval` or `grade_tallies`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Ranked(_) => "ranked",
            Self::Score(_) => "score",
            Self::Approval(_) => "approval",
            Self::Grades(_) => "grade_tallies",
        }
    }

    /// How many candidates the ballots are for.
    pub const fn candidates(&self) -> usize {
        match self {
            Self::Ranked(ballots) => ballots.candidates(),
            Self::Score(ballots) => ballots.candidates(),
            Self::Approval(ballots) => ballots.candidates(),
            Self::Grades(tallies) => tallies.tallies.len(),
        }
    }

    /// Total weight in units, and the units that make one vote.
    pub const fn total(&self) -> (u64, u64) {
        match self {
            Self::Ranked(ballots) => (ballots.total(), ballots.scale()),
            Self::Score(ballots) => (ballots.total(), ballots.scale()),
            Self::Approval(ballots) => (ballots.total(), ballots.scale()),
            Self::Grades(tallies) => (tallies.participants, 1),
        }
    }

    /// The weight in units of ballots with no mark at all.
    pub fn blank(&self) -> u64 {
        match self {
            Self::Ranked(ballots) => ballots.blank(),
            Self::Score(ballots) => ballots.blank(),
            Self::Approval(ballots) => ballots.blank(),
            Self::Grades(_) => 0,
        }
    }
}

impl From<RankedBallots> for Ballots {
    fn from(ballots: RankedBallots) -> Self {
        Self::Ranked(ballots)
    }
}

impl From<ScoreBallots> for Ballots {
    fn from(ballots: ScoreBallots) -> Self {
        Self::Score(ballots)
    }
}

impl From<ApprovalBallots> for Ballots {
    fn from(ballots: ApprovalBallots) -> Self {
        Self::Approval(ballots)
    }
}

impl From<GradeTallies> for Ballots {
    fn from(tallies: GradeTallies) -> Self {
        Self::Grades(tallies)
    }
}
