//! What the methods of this family share: sums per candidate, and electing those with the largest.

use crate::{
    ballots::{Ballots, ScoreBallots, UNMARKED},
    election::{Candidate, Election},
    error::{CountError, ParamError},
    method::{BallotForm, ParamInfo, Params},
    numbers::Figure,
    result::{Column, Halt, Record, Round, RoundEvent, names},
};

/// How score ballots are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ScoreRules {
    /// What a score not given counts as.
    pub blank: u16,
    /// The highest score the ballots must have been made for; `None`: whatever they say.
    pub max_score: Option<u16>,
}

impl ScoreRules {
    pub(super) const BLANK: ParamInfo =
        ParamInfo { name: "blank", values: "a score; what a score not given counts as", default: "0" };
    pub(super) const MAX: ParamInfo = ParamInfo {
        name: "max-score",
        values: "a score, or any; ballots with another highest score are refused",
        default: "any",
    };

    pub(super) fn take(params: &mut Params) -> Result<Self, ParamError> {
        let blank = params.take_parsed(&["blank", "unmarked"], "a score")?;
        let any = params.take_if(&["max-score"], |value| value == "any");
        let max_score = if any.is_some() { None } else { params.take_parsed(&["max-score"], "a score")? };
        Ok(Self { blank: blank.unwrap_or(0), max_score })
    }

    pub(super) fn parameters(self) -> Vec<(&'static str, String)> {
        let max = self.max_score.map_or("any".to_owned(), |max| max.to_string());
        vec![(Self::BLANK.name, self.blank.to_string()), (Self::MAX.name, max)]
    }

    pub(super) const fn form(self) -> BallotForm {
        BallotForm::Scores { highest: self.max_score, together: None, every: false }
    }

    /// The score ballots of the election, checked.
    pub(super) fn ballots<'a>(self, record: &Record<'a>) -> Result<Scores<'a>, Halt> {
        let Ballots::Score(ballots) = record.election().ballots() else {
            return Err(record.wrong_ballots("score"));
        };
        let highest = ballots.max_score();
        if let Some(max) = self.max_score.filter(|max| *max != highest) {
            return Err(CountError::Unsuitable(format!(
                "the ballots have scores up to {highest}, not {max}"
            ))
            .into());
        }
        if self.blank > highest {
            return Err(CountError::Unsuitable(format!(
                "a blank cannot count as {}, scores go up to {highest}",
                self.blank
            ))
            .into());
        }
        Ok(Scores { ballots, election: record.election(), blank: self.blank })
    }
}

/// Score ballots with blanks filled in.
#[derive(Clone, Copy)]
pub(super) struct Scores<'a> {
    pub(super) ballots: &'a ScoreBallots,
    pub(super) election: &'a Election,
    blank: u16,
}

impl Scores<'_> {
    /// The score a row gives to a candidate.
    pub(super) fn of(self, row: &[u16], candidate: Candidate) -> u16 {
        match row.get(candidate.index()).copied() {
            None | Some(UNMARKED) => self.blank,
            Some(score) => score,
        }
    }

    /// Sums of scores in units, by position in the list.
    pub(super) fn totals(self) -> Vec<u128> {
        let mut totals = vec![0_u128; self.election.len()];
        for (weight, row) in self.ballots.iter() {
            for (total, score) in totals.iter_mut().zip(row) {
                let score = if *score == UNMARKED { self.blank } else { *score };
                *total += u128::from(weight) * u128::from(score);
            }
        }
        totals
    }

    /// Units of the ballots that give the first more than the second.
    pub(super) fn preferring(self, a: Candidate, b: Candidate) -> u64 {
        self.ballots
            .iter()
            .filter(|(_, row)| self.of(row, a) > self.of(row, b))
            .map(|(weight, _)| weight)
            .sum()
    }

    /// Units of the ballots that give a candidate the highest score.
    pub(super) fn highest(self, candidate: Candidate) -> u64 {
        self.ballots
            .iter()
            .filter(|(_, row)| self.of(row, candidate) == self.ballots.max_score())
            .map(|(weight, _)| weight)
            .sum()
    }

    /// A sum in units as a figure.
    pub(super) fn figure(self, units: u128) -> Figure {
        Figure::quotient(i128::try_from(units).unwrap_or(i128::MAX), u128::from(self.ballots.scale()))
    }
}

/// The end of a method that elects those with the largest sums: one or several.
pub(super) struct Largest<'a> {
    /// Name of the column.
    pub(super) column: &'static str,
    /// Sums in units, by position in the list.
    pub(super) units: &'a [u128],
    /// Units that make one vote.
    pub(super) scale: u64,
    /// What the sums are, for sentences: "votes", "points".
    pub(super) words: &'a str,
    /// Who may be elected.
    pub(super) among: &'a [Candidate],
    /// Whether a single winner is looked for, so that all with the largest sum are its `winners`.
    pub(super) one: bool,
}

impl Largest<'_> {
    fn figure(&self, candidate: Candidate) -> Figure {
        let units = self.units.get(candidate.index()).copied().unwrap_or(0);
        Figure::quotient(i128::try_from(units).unwrap_or(i128::MAX), u128::from(self.scale))
    }

    /// Writes the sums and elects.
    pub(super) fn elect(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        let election = record.election();
        let value = |candidate: Candidate| self.units[candidate.index()];
        let tally = record.figures(|candidate| self.figure(candidate));
        record.result.columns.push(Column { name: self.column, values: tally.clone() });
        let standing: Vec<Candidate> = election.standing().collect();
        record.rank_by(&standing, value);
        let mut round = Round::new(RoundEvent::Totals);
        round.tally = tally;
        if self.among.is_empty() && !standing.is_empty() {
            record.result.groups.push(("winners", Vec::new()));
            "nobody is elected.".clone_into(&mut round.sentence);
            record.push(round);
            return Ok(());
        }
        if self.one {
            let most = self.among.iter().map(|candidate| value(*candidate)).max();
            let front: Vec<Candidate> =
                self.among.iter().copied().filter(|candidate| Some(value(*candidate)) == most).collect();
            return record.conclude(round, &front, |winner, tied| {
                let share = if tied { "shares" } else { "has" };
                format!(
                    "{} {share} the most {}, {}, and is elected",
                    election.name(winner),
                    self.words,
                    self.figure(winner).to_plain()
                )
            });
        }
        let seats = record.seats();
        let elected = match record.best(self.among, value, seats, false) {
            Ok(elected) => elected,
            Err(halt) => return Err(record.stopped(round, halt)),
        };
        round.sentence = match elected[..] {
            [] => "nobody stands.".to_owned(),
            [only] => format!(
                "{} has the most {}, {}, and is elected.",
                election.name(only),
                self.words,
                self.figure(only).to_plain()
            ),
            _ => format!("{} have the most {} and are elected.", names(election, &elected), self.words),
        };
        round.sentence.push_str(&record.tie_sentence(0));
        round.elected = elected;
        record.push(round);
        Ok(())
    }
}
