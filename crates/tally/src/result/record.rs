//! What a method writes while it counts.

use super::{BallotTotals, CountResult, Outcome, Round, Status, StepOrder, names};
use crate::{
    ballots::{Ballots, Cleaned, RankedBallots},
    election::{Candidate, Election},
    error::{BallotError, CountError, NumberError},
    numbers::Figure,
    ties::{Situation, TieQuestion, TieRecord, TieRule, permutation, separate},
};

/// Why a method stops before its end; `?` carries it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Halt {
    /// A tie needs a decision. The result says which.
    Tie {
        /// What must be decided.
        question: TieQuestion,
        /// Between whom.
        tied: Vec<Candidate>,
    },
    /// The count cannot be carried out.
    Error(CountError),
}

impl From<CountError> for Halt {
    fn from(error: CountError) -> Self {
        Self::Error(error)
    }
}

impl From<NumberError> for Halt {
    fn from(error: NumberError) -> Self {
        Self::Error(error.into())
    }
}

impl From<BallotError> for Halt {
    fn from(error: BallotError) -> Self {
        Self::Error(error.into())
    }
}

/// The result in the making. A method pushes rounds, elects and excludes, asks for ties to be broken, and spends steps;
/// everything else (names, statuses, outcome) follows from that.
#[derive(Debug)]
pub struct Record<'a> {
    election: &'a Election,
    rules: Vec<TieRule>,
    chair_used: usize,
    drawn: Vec<Candidate>,
    steps_left: u64,
    step_limit: u64,
    /// The result so far. Methods fill `columns`, `figures`, `groups`, `matrices`, `ranking` directly.
    pub result: CountResult,
}

impl<'a> Record<'a> {
    pub(crate) fn new(
        election: &'a Election,
        method: &'static str,
        parameters: Vec<(&'static str, String)>,
        seats: u32,
        rules: Vec<TieRule>,
        step_limit: u64,
    ) -> Self {
        let (total, scale) = election.ballots().total();
        let result = CountResult {
            title: election.title().to_owned(),
            method,
            parameters,
            candidates: election.entries().iter().map(|entry| entry.name.clone()).collect(),
            seats,
            ballots: BallotTotals {
                total: Figure::scaled(total, scale),
                blank: Figure::scaled(election.ballots().blank(), scale),
                invalid: Figure::Whole(0),
            },
            outcome: Outcome::Complete,
            elected: Vec::new(),
            statuses: election
                .entries()
                .iter()
                .map(|entry| if entry.withdrawn { Status::Withdrawn } else { Status::NotElected })
                .collect(),
            step_order: StepOrder::TallyThenAction,
            rounds: Vec::new(),
            ranking: Vec::new(),
            columns: Vec::new(),
            figures: Vec::new(),
            groups: Vec::new(),
            matrices: Vec::new(),
            ties: Vec::new(),
            lot: Vec::new(),
        };
        Self { election, rules, chair_used: 0, drawn: Vec::new(), steps_left: step_limit, step_limit, result }
    }

    /// The election counted.
    pub fn election(&self) -> &'a Election {
        self.election
    }

    /// Seats to fill.
    pub fn seats(&self) -> usize {
        self.result.seats as usize
    }

    /// The number the next round gets.
    pub fn next_number(&self) -> u32 {
        u32::try_from(self.result.rounds.len()).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// The ranked ballots.
    ///
    /// # Errors
    /// When the election's ballots are of another kind.
    pub fn ranked(&self) -> Result<&'a RankedBallots, Halt> {
        match self.election.ballots() {
            Ballots::Ranked(ballots) => Ok(ballots),
            _ => Err(self.wrong_ballots("ranked")),
        }
    }

    /// The error of ballots of the wrong kind.
    pub fn wrong_ballots(&self, expected: &'static str) -> Halt {
        let found = self.election.ballots().kind();
        CountError::WrongBallots { method: self.result.method, expected, found }.into()
    }

    /// Notes what cleaning set aside.
    pub fn note_cleaned(&mut self, cleaned: &Cleaned) {
        let scale = cleaned.ballots.scale();
        self.result.ballots.blank = Figure::scaled(cleaned.blank, scale);
        self.result.ballots.invalid = Figure::scaled(cleaned.invalid, scale);
    }

    /// Spends one step of the bound. Every loop whose length the ballots do not obviously limit calls it.
    ///
    /// # Errors
    /// When none is left.
    pub fn step(&mut self) -> Result<(), Halt> {
        match self.steps_left.checked_sub(1) {
            Some(left) => self.steps_left = left,
            None => {
                return Err(CountError::TooManySteps { limit: self.step_limit }.into());
            }
        }
        Ok(())
    }

    /// Adds a finished step: numbers it, puts the word "Round n: " (or "Stage n: ") before its sentence, and takes its
    /// `elected` and `eliminated` into the result.
    pub fn push(&mut self, mut round: Round) {
        round.number = self.next_number();
        let word = match self.result.step_order {
            StepOrder::TallyThenAction => "Round",
            StepOrder::ActionThenTally => "Stage",
        };
        round.sentence = format!("{word} {}: {}", round.number, round.sentence);
        for candidate in &round.elected {
            self.result.elected.push(*candidate);
            let place = u32::try_from(self.result.elected.len()).unwrap_or(u32::MAX);
            self.set(*candidate, Status::Elected { place, round: round.number });
        }
        for candidate in &round.eliminated {
            self.set(*candidate, Status::Eliminated { round: round.number });
        }
        self.result.rounds.push(round);
    }

    fn set(&mut self, candidate: Candidate, status: Status) {
        if let Some(slot) = self.result.statuses.get_mut(candidate.index()) {
            *slot = status;
        }
    }

    /// Sets the order [`TieRule::Drawn`] goes by from now on.
    pub fn set_drawn(&mut self, order: Vec<Candidate>) {
        self.drawn = order;
    }

    /// The seed lots are drawn from, where the tie policy has one.
    pub fn lot_seed(&self) -> Option<&str> {
        self.rules.iter().find_map(|rule| match rule {
            TieRule::Lot { seed } => Some(seed.as_str()),
            _ => None,
        })
    }

    /// Chooses one of the tied by the rules in force. For [`TieQuestion::Exclude`] the one who loses, else the one who
    /// wins. Ask before pushing the round being decided where figures precede decisions ([`StepOrder::TallyThenAction`]),
    /// after pushing the stage that led to the tie otherwise.
    ///
    /// # Errors
    /// [`Halt::Tie`] when no rule decides; errors of the rules themselves.
    pub fn break_tie(&mut self, question: TieQuestion, tied: &[Candidate]) -> Result<Candidate, Halt> {
        let mut tied = tied.to_vec();
        tied.sort_unstable();
        tied.dedup();
        if let [only] = tied[..] {
            return Ok(only);
        }
        let round = self.next_number();
        let mut situation = Situation {
            election: self.election,
            rounds: &self.result.rounds,
            order: self.result.step_order,
            question,
            chair_used: &mut self.chair_used,
            number: self.result.ties.len() + 1,
            drawn: &self.drawn,
        };
        let decision = separate(&self.rules, &tied, &mut situation)?;
        let (chosen, rule, decided_at) = match decision {
            Some((chosen, rule, at)) => (Some(chosen), Some(rule), at),
            None => (None, None, None),
        };
        if let Some(TieRule::Lot { seed }) = &rule {
            self.result.lot = permutation(self.election, seed);
        }
        self.result.ties.push(TieRecord { round, question, tied: tied.clone(), chosen, rule, decided_at });
        chosen.ok_or(Halt::Tie { question, tied })
    }

    /// For a tie that nobody may break while a round is being decided: adds the round as far as it came, with a
    /// sentence saying between whom a decision is needed, and hands the halt back. Other halts pass through.
    #[must_use]
    pub fn stopped(&mut self, mut round: Round, halt: Halt) -> Halt {
        if let Halt::Tie { question, tied } = &halt {
            let who = names(self.election, tied);
            let about = match question {
                TieQuestion::Exclude => "who is excluded",
                TieQuestion::Elect => "who is elected",
                TieQuestion::Order => "who comes first",
            };
            round.sentence = format!("{who} are tied; a decision is needed on {about}.");
            self.push(round);
        }
        halt
    }

    /// The `count` best of `candidates` by figure, best first, breaking ties where they matter: only at the edge of
    /// the chosen, unless `ordered` asks for the order among the chosen as well.
    ///
    /// # Errors
    /// As [`Record::break_tie`].
    pub fn best<V: Ord>(
        &mut self,
        candidates: &[Candidate],
        value: impl Fn(Candidate) -> V,
        count: usize,
        ordered: bool,
    ) -> Result<Vec<Candidate>, Halt> {
        let mut sorted = candidates.to_vec();
        sorted.sort_by(|a, b| value(*b).cmp(&value(*a)).then(a.cmp(b)));
        let mut chosen = Vec::new();
        let mut rest = sorted.as_slice();
        while chosen.len() < count && !rest.is_empty() {
            let equal = rest.iter().take_while(|candidate| value(**candidate) == value(rest[0])).count();
            let (group, after) = rest.split_at(equal);
            rest = after;
            let room = count - chosen.len();
            if group.len() <= room && !ordered {
                chosen.extend_from_slice(group);
                continue;
            }
            let question = if group.len() <= room { TieQuestion::Order } else { TieQuestion::Elect };
            let mut left = group.to_vec();
            while !left.is_empty() && chosen.len() < count {
                let next = self.break_tie(question, &left)?;
                left.retain(|candidate| *candidate != next);
                chosen.push(next);
            }
        }
        Ok(chosen)
    }

    /// A sentence on the ties met since `from` (an earlier length of `result.ties`), beginning with a space; empty
    /// when there was none.
    pub fn tie_sentence(&self, from: usize) -> String {
        let mut text = String::new();
        for tie in self.result.ties.iter().skip(from) {
            let (Some(chosen), Some(rule)) = (tie.chosen, &tie.rule) else {
                continue;
            };
            let verb = match tie.question {
                TieQuestion::Exclude => "goes",
                TieQuestion::Elect => "wins",
                TieQuestion::Order => "comes first",
            };
            text.push_str(" The tie between ");
            text.push_str(&names(self.election, &tie.tied));
            text.push_str(" is broken ");
            text.push_str(rule.words());
            text.push_str(": ");
            text.push_str(self.election.name(chosen));
            text.push(' ');
            text.push_str(verb);
            text.push('.');
        }
        text
    }

    pub(crate) fn finish(mut self, halted: Result<(), Halt>) -> Result<CountResult, CountError> {
        match halted {
            Ok(()) => {}
            Err(Halt::Error(error)) => return Err(error),
            Err(Halt::Tie { question, tied }) => {
                for candidate in &tied {
                    self.set(*candidate, Status::Undecided);
                }
                self.result.outcome = Outcome::Tie { question, tied };
            }
        }
        Ok(self.result)
    }
}
