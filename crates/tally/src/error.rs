//! What can go wrong, as types.

use thiserror::Error;

/// A calculation that cannot be carried out exactly as asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NumberError {
    /// The value does not fit the fixed-point type.
    #[error("a figure of this count is too large for {digits} decimal places")]
    Overflow {
        /// Decimal places in use.
        digits: u8,
    },
    /// A division by zero.
    #[error("division by zero")]
    DivisionByZero,
    /// More decimal places than the fixed-point type offers.
    #[error("{digits} decimal places asked for, at most {max} are possible")]
    TooManyDigits {
        /// Decimal places asked for.
        digits: u32,
        /// Decimal places possible.
        max: u8,
    },
    /// Text that is no number.
    #[error("`{text}` is not a number")]
    NotANumber {
        /// The text.
        text: String,
    },
}

/// Ballots or an election that make no sense, found when they are put together.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BallotError {
    /// A candidate number that no candidate has.
    #[error("candidate {number} does not exist, there are {candidates}")]
    UnknownCandidate {
        /// The number as written, counted from 1.
        number: u64,
        /// How many candidates there are.
        candidates: usize,
    },
    /// More candidates than can be told apart.
    #[error("{candidates} candidates, at most {max} are possible")]
    TooManyCandidates {
        /// How many were given.
        candidates: usize,
        /// How many are possible.
        max: usize,
    },
    /// An election nobody stands in.
    #[error("an election needs at least one candidate")]
    NoCandidates,
    /// Two candidates nobody could tell apart in the result.
    #[error("two candidates are both called `{name}`")]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// Ballots made for another number of candidates.
    #[error("the ballots are for {ballots} candidates, the election has {candidates}")]
    CandidatesDiffer {
        /// Candidates of the election.
        candidates: usize,
        /// Candidates the ballots were built for.
        ballots: usize,
    },
    /// Total weight, or the precision of weights, beyond what is counted exactly.
    #[error("the ballots' weights together exceed {max} units")]
    TooMuchWeight {
        /// The largest total.
        max: u64,
    },
    /// A weight with a zero denominator.
    #[error("a weight has a denominator of zero")]
    WeightWithoutDenominator,
    /// More marks than can be stored.
    #[error("more marks on the ballots than can be held ({max})")]
    TooManyMarks {
        /// The largest number of marks.
        max: usize,
    },
    /// A score above the maximum.
    #[error("score {score} is above the maximum of {max}")]
    ScoreTooHigh {
        /// The score given.
        score: u64,
        /// The highest allowed.
        max: u16,
    },
    /// A ballot with another number of scores than there are candidates.
    #[error("{given} scores for {candidates} candidates")]
    ScoresMissing {
        /// Scores on the ballot.
        given: usize,
        /// Candidates of the election.
        candidates: usize,
    },
    /// A mark that joins the rank of the one before, with nothing before it.
    #[error("an equal rank needs a candidate before it")]
    SharesWithNothing,
    /// A ballot whose equal ranks stand for too many orders to write out.
    #[error("a ballot's equal ranks stand for more than {max} different orders")]
    TooManyOrders {
        /// The most orders one ballot may stand for.
        max: u64,
    },
    /// A ballot with equal ranks where the rules admit none.
    #[error("a ballot ranks several candidates equally, which these rules do not admit")]
    EqualRanksRefused,
}

/// A method or parameter that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ParamError {
    /// No method has this name.
    #[error("there is no counting method called `{name}`")]
    UnknownMethod {
        /// The name given.
        name: String,
    },
    /// The method has no such parameter.
    #[error("`{method}` has no parameter `{name}`")]
    UnknownParameter {
        /// The method.
        method: String,
        /// The parameter given.
        name: String,
    },
    /// A value outside what the parameter takes.
    #[error("parameter `{name}` is `{value}`, expected {expected}")]
    BadValue {
        /// The parameter.
        name: String,
        /// The value given.
        value: String,
        /// What would have been right.
        expected: String,
    },
    /// A parameter that must be given is absent.
    #[error("parameter `{name}` is missing, expected {expected}")]
    Missing {
        /// The parameter.
        name: String,
        /// What it should hold.
        expected: String,
    },
}

/// A count that could not be carried out.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CountError {
    /// The method cannot read this kind of ballot.
    #[error("{method} counts {expected} ballots, these are {found} ballots")]
    WrongBallots {
        /// The method.
        method: &'static str,
        /// The kind it counts.
        expected: &'static str,
        /// The kind it was given.
        found: &'static str,
    },
    /// Fewer candidates than the method can work with.
    #[error("{0}")]
    Unsuitable(String),
    /// The chair decided for somebody who was not tied.
    #[error("tie {tie}: the decision names `{name}`, who is not one of the tied candidates")]
    DecisionNotTied {
        /// Which tie, counted from 1.
        tie: usize,
        /// The name decided for.
        name: String,
    },
    /// The count needed more steps than it may take.
    #[error("the count did not end within {limit} steps")]
    TooManySteps {
        /// The bound.
        limit: u64,
    },
    /// A figure could not be computed.
    #[error(transparent)]
    Number(#[from] NumberError),
    /// The ballots cannot be treated as the rules say.
    #[error(transparent)]
    Ballots(#[from] BallotError),
}
