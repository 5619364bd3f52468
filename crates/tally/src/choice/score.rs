//! Sums of numbers on the ballots: score voting and cumulative voting.

use super::{
    ChoiceMethod,
    sums::{Largest, ScoreRules},
};
use crate::{
    ballots::{Ballots, UNMARKED},
    error::ParamError,
    method::{BallotForm, CountingRule, MethodInfo, ParamInfo, Params, Rule, SeatRule},
    numbers::Figure,
    result::{Halt, Record},
};

/// What there is to know about score voting.
pub(super) const SCORE: MethodInfo = MethodInfo {
    name: "score",
    aliases: &["score-voting", "range-voting"],
    title: "Score voting",
    ballots: &["score"],
    seats: SeatRule::One,
    parameters: &[ScoreRules::BLANK, ScoreRules::MAX],
    build: |params| {
        let rules = ScoreRules::take(params)?;
        Ok(Rule::Choice(ChoiceMethod::Score(Score { rules })))
    },
};

/// What there is to know about cumulative voting.
pub(super) const CUMULATIVE: MethodInfo = MethodInfo {
    name: "cumulative",
    aliases: &["cumulative-voting"],
    title: "Cumulative voting",
    ballots: &["score"],
    seats: SeatRule::Any,
    parameters: &[ParamInfo {
        name: "votes",
        values: "a number, or seats; the votes each ballot may spread over candidates",
        default: "seats",
    }],
    build: build_cumulative,
};

/// Every ballot gives each candidate a score; the highest sum is elected. A score not given counts as 0 unless told
/// otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Score {
    /// How ballots are read.
    pub rules: ScoreRules,
}

/// Every ballot has so many votes and spreads them as it likes, several to one candidate too; those with the most votes
/// are elected. A ballot that gives more than it has is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Cumulative {
    /// Votes per ballot; `None`: as many as seats.
    pub votes: Option<u32>,
}

fn build_cumulative(params: &mut Params) -> Result<Rule, ParamError> {
    let votes = if params.take_if(&["votes"], |value| value == "seats").is_some() {
        None
    } else {
        params.take_u32(&["votes", "votes-per-ballot", "points"])?
    };
    Ok(Rule::Choice(ChoiceMethod::Cumulative(Cumulative { votes })))
}

impl CountingRule for Score {
    fn info(&self) -> &'static MethodInfo {
        &SCORE
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        self.rules.parameters()
    }

    fn form(&self, _seats: u32) -> BallotForm {
        self.rules.form()
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        let scores = self.rules.ballots(record)?;
        let among: Vec<_> = scores.election.standing().collect();
        Largest {
            column: "scores",
            units: &scores.totals(),
            scale: scores.ballots.scale(),
            words: "points",
            among: &among,
            one: true,
        }
        .elect(record)
    }
}

impl CountingRule for Cumulative {
    fn info(&self) -> &'static MethodInfo {
        &CUMULATIVE
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let votes = self.votes.map_or("seats".to_owned(), |votes| votes.to_string());
        vec![("votes", votes)]
    }

    fn form(&self, seats: u32) -> BallotForm {
        BallotForm::Scores { highest: None, together: Some(self.votes.unwrap_or(seats)), every: false }
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        let election = record.election();
        let Ballots::Score(ballots) = election.ballots() else {
            return Err(record.wrong_ballots("score"));
        };
        let most = self.votes.unwrap_or(record.result.seats);
        let standing: Vec<_> = election.standing().collect();
        let mut units = vec![0_u128; election.len()];
        let (mut blank, mut invalid) = (0, 0);
        for (weight, row) in ballots.iter() {
            let given = |candidate: &crate::Candidate| match row.get(candidate.index()) {
                None | Some(&UNMARKED) => 0,
                Some(votes) => u64::from(*votes),
            };
            let sum: u64 = standing.iter().map(given).sum();
            if sum == 0 {
                blank += weight;
            } else if sum > u64::from(most) {
                invalid += weight;
            } else {
                for candidate in &standing {
                    units[candidate.index()] += u128::from(weight) * u128::from(given(candidate));
                }
            }
        }
        let scale = ballots.scale();
        record.result.ballots.blank = Figure::scaled(blank, scale);
        record.result.ballots.invalid = Figure::scaled(invalid, scale);
        record.result.figures.push(("votes_per_ballot", Figure::from(u64::from(most))));
        Largest { column: "totals", units: &units, scale, words: "votes", among: &standing, one: false }
            .elect(record)
    }
}
