//! STAR: score, then automatic runoff; for one seat, and one seat after the other.

use super::{
    ChoiceMethod,
    sums::{ScoreRules, Scores},
};
use crate::{
    election::Candidate,
    method::{BallotForm, CountingRule, MethodInfo, Rule, SeatRule},
    numbers::Figure,
    result::{Column, Halt, Record, Round, RoundEvent, names},
    ties::TieQuestion,
};

/// What there is to know about STAR.
pub(super) const STAR: MethodInfo = MethodInfo {
    name: "star",
    aliases: &["star-voting"],
    title: "STAR voting (score, then automatic runoff)",
    ballots: &["score"],
    seats: SeatRule::One,
    parameters: &[ScoreRules::BLANK, ScoreRules::MAX],
    build: |params| {
        let rules = ScoreRules::take(params)?;
        Ok(Rule::Choice(ChoiceMethod::Star(Star { rules, bloc: false })))
    },
};

/// What there is to know about bloc STAR.
pub(super) const BLOC: MethodInfo = MethodInfo {
    name: "bloc-star",
    aliases: &["bloc-star-voting"],
    title: "Bloc STAR (STAR for one seat after the other)",
    ballots: &["score"],
    seats: SeatRule::Any,
    parameters: &[ScoreRules::BLANK, ScoreRules::MAX],
    build: |params| {
        let rules = ScoreRules::take(params)?;
        Ok(Rule::Choice(ChoiceMethod::Star(Star { rules, bloc: true })))
    },
};

/// The two candidates with the highest sums of scores meet in a runoff, which is won by whoever more ballots score
/// higher. Bloc STAR repeats this without those already elected until all seats are filled.
///
/// The official procedure's ways out of ties come before any tie rule. For a place in the runoff: of those tied, whom
/// the most ballots prefer to each of the others, summed over pairs; then who has the most highest scores. In the
/// runoff: the higher sum of scores, then the most highest scores. A score not given counts as 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Star {
    /// How ballots are read.
    pub rules: ScoreRules,
    /// Whether seats are filled one after the other.
    pub bloc: bool,
}

/// Those sure of a place, those tied for what is left, and how many places are left.
struct Places {
    sure: Vec<Candidate>,
    tied: Vec<Candidate>,
}

impl Places {
    fn open(&self) -> usize {
        2_usize.saturating_sub(self.sure.len())
    }

    fn decided(&self) -> bool {
        self.open() == 0 || self.tied.is_empty()
    }

    /// Gives the places left to those of the tied with the largest values, as far as these decide.
    fn narrow<V: Ord>(&mut self, value: impl Fn(Candidate) -> V) {
        let mut sorted: Vec<(V, Candidate)> = self.tied.iter().map(|c| (value(*c), *c)).collect();
        sorted.sort_by(|(x, a), (y, b)| y.cmp(x).then(a.cmp(b)));
        self.tied.clear();
        for group in sorted.chunk_by(|(x, _), (y, _)| x == y) {
            if self.open() == 0 {
                return;
            }
            let group: Vec<Candidate> = group.iter().map(|(_, candidate)| *candidate).collect();
            if group.len() > self.open() {
                self.tied = group;
                return;
            }
            self.sure.extend(group);
        }
    }
}

/// Who meets in the runoff, best sum first, with a sentence on each tie on the way.
fn finalists(
    record: &mut Record<'_>,
    scores: Scores<'_>,
    totals: &[u128],
    candidates: &[Candidate],
) -> Result<(Vec<Candidate>, String), Halt> {
    let election = scores.election;
    let mut said = String::new();
    let mut places = Places { sure: Vec::new(), tied: candidates.to_vec() };
    places.narrow(|candidate| totals[candidate.index()]);
    if !places.decided() {
        let tied = places.tied.clone();
        places.narrow(|a| -> u64 {
            let others = tied.iter().filter(|b| **b != a);
            others.map(|b| scores.preferring(a, *b)).sum()
        });
        said.push_str(&tie_said(&tied, &places, election, "preferences against each other"));
    }
    if !places.decided() {
        let tied = places.tied.clone();
        places.narrow(|candidate| scores.highest(candidate));
        said.push_str(&tie_said(&tied, &places, election, "numbers of highest scores"));
    }
    let ties = record.result.ties.len();
    while !places.decided() {
        record.step()?;
        let next = record.break_tie(TieQuestion::Elect, &places.tied)?;
        places.tied.retain(|candidate| *candidate != next);
        places.sure.push(next);
    }
    said.push_str(&record.tie_sentence(ties));
    let mut sure = places.sure;
    sure.sort_by_key(|candidate| (std::cmp::Reverse(totals[candidate.index()]), *candidate));
    Ok((sure, said))
}

fn tie_said(tied: &[Candidate], places: &Places, election: &crate::Election, by: &str) -> String {
    let chosen: Vec<Candidate> =
        places.sure.iter().copied().filter(|candidate| tied.contains(candidate)).collect();
    let outcome = if chosen.is_empty() {
        "decide nothing".to_owned()
    } else {
        format!("put {} through", names(election, &chosen))
    };
    format!(" Between {}, who have equal sums, the {by} {outcome}.", names(election, tied))
}

/// The head-to-head figures of a runoff.
struct Runoff {
    a: Candidate,
    b: Candidate,
    votes: [u64; 2],
    neither: u64,
}

impl Runoff {
    fn of(scores: Scores<'_>, a: Candidate, b: Candidate) -> Self {
        let votes = [scores.preferring(a, b), scores.preferring(b, a)];
        Self { a, b, votes, neither: scores.ballots.total() - votes[0] - votes[1] }
    }

    /// Those in front after the runoff's own ways out of ties, and which of them decided.
    fn front(&self, scores: Scores<'_>, totals: &[u128]) -> (Vec<Candidate>, &'static str) {
        let (a, b) = (self.a, self.b);
        let steps: [(u128, u128, &'static str); 3] = [
            (self.votes[0].into(), self.votes[1].into(), ""),
            (
                totals[a.index()],
                totals[b.index()],
                ", equal in the runoff but with the higher sum of scores,",
            ),
            (
                scores.highest(a).into(),
                scores.highest(b).into(),
                ", equal in runoff and sum but with more highest scores,",
            ),
        ];
        for (x, y, how) in steps {
            match x.cmp(&y) {
                std::cmp::Ordering::Greater => return (vec![a], how),
                std::cmp::Ordering::Less => return (vec![b], how),
                std::cmp::Ordering::Equal => {}
            }
        }
        (vec![a, b], "")
    }
}

/// Fills one seat; answers who has it.
fn fill_seat(
    record: &mut Record<'_>,
    scores: Scores<'_>,
    totals: &[u128],
    candidates: &[Candidate],
    bloc: bool,
) -> Result<Option<Candidate>, Halt> {
    record.step()?;
    let election = scores.election;
    let mut round = Round::new(RoundEvent::Totals);
    round.tally = vec![None; election.len()];
    for candidate in candidates {
        round.tally[candidate.index()] = Some(scores.figure(totals[candidate.index()]));
    }
    let (finalists, said) = match finalists(record, scores, totals, candidates) {
        Ok(found) => found,
        Err(halt) => return Err(record.stopped(round, halt)),
    };
    round.subjects.clone_from(&finalists);
    let [a, b] = finalists[..] else {
        let front = finalists;
        record.conclude(round, &front, |only, _| {
            format!("{} stands alone and is elected", election.name(only))
        })?;
        return Ok(front.first().copied());
    };
    round.sentence = format!(
        "{} have the highest sums of scores and meet in the runoff.{said}",
        names(election, &finalists)
    );
    record.push(round);

    let runoff = Runoff::of(scores, a, b);
    let scale = scores.ballots.scale();
    let mut round = Round::new(RoundEvent::Runoff);
    round.subjects.clone_from(&finalists);
    round.tally = vec![None; election.len()];
    for (candidate, votes) in finalists.iter().zip(runoff.votes) {
        round.tally[candidate.index()] = Some(Figure::scaled(votes, scale));
    }
    let neither = Figure::scaled(runoff.neither, scale);
    round.details.push(("no_preference", neither.clone()));
    if !bloc {
        let result = &mut record.result;
        result.groups.push(("finalists", finalists.clone()));
        result.columns.push(Column { name: "runoff", values: round.tally.clone() });
        result.figures.push(("no_preference", neither.clone()));
    }
    let (front, how) = runoff.front(scores, totals);
    let groups = record.result.groups.len();
    record.conclude(round, &front, |winner, _| {
        let [mut won, mut lost] = runoff.votes.map(|votes| Figure::scaled(votes, scale).to_plain());
        if winner == b {
            std::mem::swap(&mut won, &mut lost);
        }
        let loser = if winner == a { b } else { a };
        format!(
            "{won} ballots prefer {}, {lost} prefer {}, {} neither; {}{how} is elected",
            election.name(winner),
            election.name(loser),
            neither.to_plain(),
            election.name(winner)
        )
    })?;
    if bloc {
        // Each seat has its own; a list of all of them would say nothing.
        record.result.groups.truncate(groups);
    }
    Ok(record.result.elected.last().copied())
}

impl CountingRule for Star {
    fn info(&self) -> &'static MethodInfo {
        if self.bloc { &BLOC } else { &STAR }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        self.rules.parameters()
    }

    fn form(&self, _seats: u32) -> BallotForm {
        self.rules.form()
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        let scores = self.rules.ballots(record)?;
        let totals = scores.totals();
        let values = record.figures(|candidate| scores.figure(totals[candidate.index()]));
        record.result.columns.push(Column { name: "scores", values });
        let mut left: Vec<Candidate> = scores.election.standing().collect();
        for _ in 0..record.seats() {
            match fill_seat(record, scores, &totals, &left, self.bloc)? {
                Some(elected) if left.len() > 1 => left.retain(|candidate| *candidate != elected),
                _ => break,
            }
        }
        Ok(())
    }
}
