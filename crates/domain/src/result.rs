//! The result of an event: a function of the roll, the votes and the method, and nothing else.

use std::collections::HashMap;

use plenum_tally::motion::{self, MotionCount, MotionFigures};
use plenum_tally::numbers::BigRational as BigVotes;
use plenum_tally::result::Outcome as CountOutcome;
use plenum_tally::{CountError, CountResult};

use crate::Refusal;
use crate::ballots;
use crate::event::{Ballot, ElectionMethod, Event, EventState, Method, Secrecy, Terms, Timing, Visibility};
use crate::id::UserId;
use crate::organization::{QuorumRule, Weight};
use crate::permission::{Action, Standing};
use crate::roll::Quorum;
use crate::rules::{AtCounting, EventRules, MotionTie};
use crate::tie::{Awaited, Question, Settling};
use crate::vote::Response;
use crate::words;

/// An entitled person as the count sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RollLine {
    /// Whose vote.
    pub principal: UserId,
    /// How much it counts.
    pub weight: Weight,
    /// Whether they were in the sitting at some time while voting was open, or represented when it opened.
    pub present: bool,
}

/// A number of people and the sum of their weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Strength {
    /// People.
    pub people: u64,
    /// Sum of their vote weights.
    pub weight: u64,
}

impl Strength {
    fn add(&mut self, weight: Weight) {
        self.people += 1;
        self.weight += weight.wide();
    }
}

/// What one choice received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionCount {
    /// The choice.
    pub option: String,
    /// People who chose it, with all of their weight or a part.
    pub voters: u64,
    /// Sum of their vote weights: the number of votes.
    pub votes: u64,
}

/// What the method found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A motion held against its threshold.
    Motion(MotionCount),
    /// An election.
    Election(ElectionCount),
}

/// How far an election was counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tally {
    /// Not at all: voting goes on, or nobody voted for anyone.
    Nothing,
    /// To its end, or to a tie that needs a decision.
    Counted(Box<CountResult>),
    /// It cannot be counted as the method wants it, for this reason.
    Failed(CountError),
}

/// An election as it was counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElectionCount {
    /// How many were to be elected.
    pub seats: u32,
    /// What came of it.
    pub tally: Tally,
    /// Who stands again, where nobody has the majority that is needed.
    pub runoff: Vec<String>,
    /// The option that asks for new nominations.
    pub reopen: Option<String>,
    /// The option for none of those who stand.
    pub none: Option<String>,
}

impl ElectionCount {
    /// Who is elected, in order; a party list once for each of its seats. Nobody while a runoff is needed. Whoever would
    /// be elected after an option that is no candidate is not: more votes went to leaving the seat empty.
    pub fn elected(&self) -> Vec<String> {
        match &self.tally {
            Tally::Counted(_) if !self.runoff.is_empty() => Vec::new(),
            Tally::Counted(count) => {
                let names = count.elected_names().into_iter().map(str::to_owned);
                names.take_while(|name| !self.is_no_candidate(name)).collect()
            }
            Tally::Nothing | Tally::Failed(_) => Vec::new(),
        }
    }

    fn is_no_candidate(&self, name: &str) -> bool {
        [&self.reopen, &self.none].into_iter().flatten().any(|option| option == name)
    }

    /// The option that is no candidate and won a seat, the first of them where both did: what is left stays empty.
    pub fn stopped_by(&self) -> Option<&str> {
        let Tally::Counted(count) = &self.tally else { return None };
        count.elected_names().into_iter().find(|name| self.is_no_candidate(name))
    }

    /// Whether that is the option that asks for new nominations.
    pub fn reopens(&self) -> bool {
        self.stopped_by().is_some_and(|option| self.reopen.as_deref() == Some(option))
    }

    /// Between whom the count stopped; empty when it did not.
    pub fn tied(&self) -> Vec<String> {
        match &self.tally {
            Tally::Counted(count) => match &count.outcome {
                CountOutcome::Tie { tied, .. } => {
                    tied.iter().map(|one| count.name(*one).to_owned()).collect()
                }
                CountOutcome::Complete => Vec::new(),
            },
            Tally::Nothing | Tally::Failed(_) => Vec::new(),
        }
    }
}

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The motion carries.
    Adopted,
    /// The motion does not carry.
    Rejected,
    /// Someone is elected.
    Elected,
    /// Votes are equal and nobody has decided between them.
    Tie,
    /// Nobody has the majority that is needed: the first ones stand again in a runoff.
    Runoff,
    /// The option that asks for new nominations won.
    ReopenNominations,
    /// The option for none of those who stand won: what is left stays empty.
    NoneOfTheAbove,
    /// The count came to its end and elected nobody.
    NobodyElected,
    /// Too few people took part for a decision.
    NoQuorum,
    /// The votes cannot be counted as the method wants it.
    Uncounted,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 10] = [
        Self::Adopted,
        Self::Rejected,
        Self::Elected,
        Self::Tie,
        Self::Runoff,
        Self::ReopenNominations,
        Self::NoneOfTheAbove,
        Self::NobodyElected,
        Self::NoQuorum,
        Self::Uncounted,
    ];

    /// The outcome of a published word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == word)
    }

    /// The published word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Adopted => "adopted",
            Self::Rejected => "rejected",
            Self::Elected => "elected",
            Self::Tie => "tie",
            Self::Runoff => "runoff",
            Self::ReopenNominations => "reopen_nominations",
            Self::NoneOfTheAbove => "none_of_the_above",
            Self::NobodyElected => "nobody_elected",
            Self::NoQuorum => "no_quorum",
            Self::Uncounted => "uncounted",
        }
    }
}

/// A counted event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventResult {
    /// Everyone on the roll.
    pub entitled: Strength,
    /// Of them, who was present or represented while voting was open.
    pub present: Strength,
    /// Votes cast.
    pub cast: Strength,
    /// How the quorum stood.
    pub quorum: Quorum,
    /// What each choice received, in the order of the ballot.
    pub options: Vec<OptionCount>,
    /// What the method found.
    pub decision: Decision,
    /// What was decided.
    pub outcome: Outcome,
    /// The decision it waits for; `None` when it is complete.
    pub awaits: Option<Awaited>,
    /// The result in words, fit for the minutes.
    pub summary: String,
}

/// What the rules say about a count: the quorum, what happens when it is missed, and how many votes all
/// members have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// How many must be there, or must vote.
    pub quorum: QuorumRule,
    /// What happens when they are missing.
    pub at_counting: AtCounting,
    /// The weight of every member with a vote when the event opened; `None`: of those on the roll.
    pub members: Option<u64>,
}

impl From<QuorumRule> for Bar {
    fn from(quorum: QuorumRule) -> Self {
        Self { quorum, at_counting: AtCounting::NoDecision, members: None }
    }
}

impl Bar {
    /// What an event keeps of the rules it was opened under.
    pub const fn of(event: &Event, quorum: QuorumRule) -> Self {
        let rules = &event.terms.rules;
        Self { quorum, at_counting: rules.at_counting, members: rules.members }
    }

    /// The quorum, unless the count does not look at it.
    const fn quorum_looked_at(&self) -> QuorumRule {
        match self.at_counting {
            AtCounting::Ignore => QuorumRule::None,
            AtCounting::NoDecision | AtCounting::Warn => self.quorum,
        }
    }
}

impl EventResult {
    /// What is to be put to the vote because of this result: those who stand again, or all who were not elected where
    /// nominations are opened again. `None` when it asks for nothing.
    pub fn next_terms(&self, event: &Event) -> Option<Terms> {
        let (Decision::Election(election), Method::Election(method)) =
            (&self.decision, event.terms.ballot.method())
        else {
            return None;
        };
        let elected = election.elected();
        let stands = |label: &str| match self.outcome {
            Outcome::Runoff => election.runoff.iter().any(|name| name == label),
            _ => !elected.iter().any(|name| name == label),
        };
        let seats = match self.outcome {
            Outcome::Runoff => method.seats(),
            Outcome::ReopenNominations => {
                method.seats().saturating_sub(u32::try_from(elected.len()).unwrap_or(u32::MAX))
            }
            _ => return None,
        };
        let ballot = event.terms.ballot.narrowed(method, stands, seats)?;
        let timing = Timing { opens_by_itself: false, ..event.terms.timing };
        let rules = EventRules::default();
        Some(Terms { ballot, timing, rules, follows: Some(event.id), ..event.terms.clone() })
    }
}

/// Counts an event.
///
/// Votes of people who are not on the roll cannot exist; should one appear it is left out of every
/// figure, so the figures never exceed the roll.
pub fn count(
    ballot: &Ballot,
    bar: impl Into<Bar>,
    roll: &[RollLine],
    votes: &[(UserId, Response)],
) -> EventResult {
    add_up(ballot, bar.into(), roll, votes, Some(Settling::default()))
}

/// Counts an event with ties settled as its rules want it, and with what was decided on them so far.
pub fn settle(
    ballot: &Ballot,
    settling: Settling<'_>,
    bar: impl Into<Bar>,
    roll: &[RollLine],
    votes: &[(UserId, Response)],
) -> EventResult {
    add_up(ballot, bar.into(), roll, votes, Some(settling))
}

/// The figures of a vote that is still open: an election is not counted, so it has no outcome yet.
pub fn running(
    ballot: &Ballot,
    bar: impl Into<Bar>,
    roll: &[RollLine],
    votes: &[(UserId, Response)],
) -> EventResult {
    add_up(ballot, bar.into(), roll, votes, None)
}

fn add_up(
    ballot: &Ballot,
    bar: Bar,
    roll: &[RollLine],
    votes: &[(UserId, Response)],
    settling: Option<Settling<'_>>,
) -> EventResult {
    let by_principal: HashMap<UserId, &Response> =
        votes.iter().map(|(principal, response)| (*principal, response)).collect();
    let labels = ballot.options().labels();
    let mut options: Vec<OptionCount> =
        labels.iter().map(|label| OptionCount { option: label.to_string(), voters: 0, votes: 0 }).collect();
    let (mut entitled, mut present, mut cast) =
        (Strength::default(), Strength::default(), Strength::default());
    let mut weighed = Vec::with_capacity(votes.len());
    for line in roll {
        let response = by_principal.get(&line.principal);
        entitled.add(line.weight);
        if line.present || response.is_some() {
            present.add(line.weight);
        }
        let Some(response) = response else { continue };
        cast.add(line.weight);
        for (response, weight) in response.parts(line.weight) {
            weighed.push((response, weight));
            for (at, option) in options.iter_mut().enumerate() {
                if response.supports(at) {
                    option.votes += weight;
                }
            }
        }
        for (at, option) in options.iter_mut().enumerate() {
            option.voters += u64::from(response.supports(at));
        }
    }
    let quorum = Quorum::counted(bar.quorum_looked_at(), entitled.people, present.people, cast.people);
    let decision = match ballot.method() {
        Method::Majority(method) => {
            let of = |at: usize| options.get(at).map_or(0, |option| option.votes);
            Decision::Motion(motion::count(
                method.majority,
                MotionFigures {
                    in_favour: of(method.options.in_favour),
                    against: of(method.options.against),
                    abstaining: method.options.abstain.map_or(0, of),
                    present: present.weight,
                    entitled: entitled.weight,
                    members: bar.members.unwrap_or(0).max(entitled.weight),
                },
            ))
        }
        Method::Election(method) => Decision::Election(election(ballot, method, settling, &weighed)),
    };
    let mut outcome = outcome(&decision, quorum.is_met() || bar.at_counting != AtCounting::NoDecision);
    let awaits = settling.and_then(|settling| awaits(ballot, settling, &decision, &mut outcome));
    let mut result = EventResult {
        entitled,
        present,
        cast,
        quorum,
        options,
        decision,
        outcome,
        awaits,
        summary: String::new(),
    };
    result.summary = words::summary(&result);
    result
}

fn election(
    ballot: &Ballot,
    method: &ElectionMethod,
    settling: Option<Settling<'_>>,
    votes: &[(&Response, u64)],
) -> ElectionCount {
    let tally = match settling {
        Some(settling) => tally(ballot, &method.clone().decided(settling.decisions), votes),
        None => Tally::Nothing,
    };
    let runoff = match &tally {
        Tally::Counted(count) if method.runoff() => finalists(count),
        _ => Vec::new(),
    };
    let label = |at: usize| ballot.options().labels().get(at).map(ToString::to_string);
    ElectionCount {
        seats: method.seats(),
        tally,
        runoff,
        reopen: method.reopen().and_then(label),
        none: method.none_of_the_above().and_then(label),
    }
}

/// Who stands again because nobody has more than half of the votes: the first two, with everybody who is equal to the first
/// or, where one is first alone, to the second. Nobody when that would be all who stood: then the most votes decide.
fn finalists(count: &CountResult) -> Vec<String> {
    let Some(round) = count.rounds.first() else { return Vec::new() };
    let mut votes: Vec<(BigVotes, &String)> = count
        .candidates
        .iter()
        .zip(&round.tally)
        .filter_map(|(name, figure)| Some((figure.as_ref()?.to_rational(), name)))
        .collect();
    votes.sort_by(|(one, _), (other, _)| other.cmp(one));
    let all: BigVotes = votes.iter().map(|(figure, _)| figure.clone()).sum();
    let Some((most, _)) = votes.first() else { return Vec::new() };
    if most.clone() + most.clone() > all {
        return Vec::new();
    }
    let edge = votes.get(1).map_or_else(|| most.clone(), |(second, _)| second.clone());
    let named: Vec<String> =
        votes.iter().filter(|(figure, _)| *figure >= edge).map(|(_, name)| (*name).clone()).collect();
    if named.len() < votes.len() { named } else { Vec::new() }
}

/// The decision that is needed before the result is complete. A casting vote that was given decides a motion here.
fn awaits(
    ballot: &Ballot,
    settling: Settling<'_>,
    decision: &Decision,
    outcome: &mut Outcome,
) -> Option<Awaited> {
    match (decision, ballot.method()) {
        (Decision::Motion(count), Method::Majority(method)) if settling.motion == MotionTie::Chair => {
            let figures = count.figures;
            let equal = *outcome == Outcome::Rejected
                && figures.in_favour == figures.against
                && figures.in_favour > 0
                && figures.in_favour + 1 >= count.needed;
            if !equal {
                return None;
            }
            let label = |at: usize| ballot.options().labels().get(at).map(ToString::to_string);
            let between: Vec<String> =
                [method.options.in_favour, method.options.against].into_iter().filter_map(label).collect();
            match settling.decisions.first() {
                Some(choice) if Some(choice) == between.first() => *outcome = Outcome::Adopted,
                Some(_) => {}
                None => {
                    *outcome = Outcome::Tie;
                    return Some(Awaited { question: Question::CastingVote, between });
                }
            }
            None
        }
        (Decision::Election(election), Method::Election(method)) => match &election.tally {
            Tally::Counted(count) if *outcome == Outcome::Tie && method.waits_for_chair() => {
                let CountOutcome::Tie { question, .. } = &count.outcome else { return None };
                Some(Awaited { question: (*question).into(), between: election.tied() })
            }
            _ => None,
        },
        _ => None,
    }
}

fn tally(ballot: &Ballot, method: &ElectionMethod, votes: &[(&Response, u64)]) -> Tally {
    let names_somebody = |(response, weight): &(&Response, u64)| {
        let anybody = match response {
            Response::One(at) => method.abstain() != Some(*at),
            Response::Set(options) | Response::Ranking(options) => !options.is_empty(),
            Response::Scores(scores) => !scores.is_empty(),
            Response::Split(_) => false,
        };
        anybody && *weight > 0
    };
    if !votes.iter().any(names_somebody) {
        return Tally::Nothing;
    }
    let counted = ballots::election(ballot.options(), method, votes).map_err(CountError::from);
    match counted.and_then(|election| method.count(&election)) {
        Ok(count) => Tally::Counted(Box::new(count)),
        Err(error) => Tally::Failed(error),
    }
}

fn outcome(decision: &Decision, decides: bool) -> Outcome {
    if !decides {
        return Outcome::NoQuorum;
    }
    match decision {
        Decision::Motion(count) if count.adopted => Outcome::Adopted,
        Decision::Motion(_) => Outcome::Rejected,
        Decision::Election(election) => match &election.tally {
            Tally::Failed(_) => Outcome::Uncounted,
            Tally::Counted(_) if !election.runoff.is_empty() => Outcome::Runoff,
            Tally::Counted(count) if !count.is_complete() => Outcome::Tie,
            Tally::Counted(_) if election.reopens() => Outcome::ReopenNominations,
            Tally::Counted(_) if election.stopped_by().is_some() => Outcome::NoneOfTheAbove,
            Tally::Counted(count) if !count.elected.is_empty() => Outcome::Elected,
            Tally::Nothing | Tally::Counted(_) => Outcome::NobodyElected,
        },
    }
}

/// What a person may see of a result now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultView {
    /// The running figures of a vote that is still open.
    Live,
    /// The counted result.
    Counted,
}

/// Decides whether someone may see the figures of an event.
///
/// Hidden results are hidden from everybody while voting is open, the host included; once counted,
/// the host sees them in order to release them.
///
/// # Errors
/// [`Refusal::NoResult`] for a draft or an event annulled before it was counted, [`Refusal::EventVoid`]
/// for a secret one that cannot be counted, [`Refusal::ResultsHidden`] before they may be seen.
pub fn view_results(event: &Event, standing: &Standing) -> Result<ResultView, Refusal> {
    let live = event.terms.visibility == Visibility::Live && !event.is_secret();
    let early = live || Action::SeeResultsEarly.allows(standing);
    match &event.state {
        EventState::Annulled { annulment, .. } if annulment.code().is_some() => Err(Refusal::EventVoid),
        EventState::Draft | EventState::Annulled { closed_at: None, .. } => Err(Refusal::NoResult),
        EventState::Active { .. } if live => Ok(ResultView::Live),
        EventState::Released { .. } | EventState::Annulled { released_at: Some(_), .. } => {
            Ok(ResultView::Counted)
        }
        EventState::Closed(_) | EventState::Annulled { .. } if early => Ok(ResultView::Counted),
        EventState::Annulled { .. } => Err(Refusal::EventAnnulled),
        EventState::Active { .. } | EventState::Closed(_) => Err(Refusal::ResultsHidden),
    }
}

/// Decides whether someone may see the bare ballots of a secret event: everybody who may see the result, once it is
/// released. Where they would tell whose they are none were kept.
///
/// # Errors
/// [`Refusal::VotesNotShown`] before that and for other events, and as [`view_results`].
pub fn view_ballots(event: &Event, standing: &Standing) -> Result<(), Refusal> {
    match view_results(event, standing) {
        Ok(ResultView::Counted) if event.is_secret() && event.state.released_at().is_some() => Ok(()),
        Err(refusal) => Err(refusal),
        Ok(_) => Err(Refusal::VotesNotShown { when: " before the result is released" }),
    }
}

/// Decides whether someone may see who voted how.
///
/// # Errors
/// [`Refusal::VotesNotShown`] before the moment the event's secrecy allows.
pub fn view_votes(event: &Event, standing: &Standing) -> Result<(), Refusal> {
    if event.is_secret() {
        return Err(Refusal::VotesNotShown { when: ": it is secret" });
    }
    match view_results(event, standing) {
        Ok(ResultView::Live | ResultView::Counted) if event.terms.secrecy == Secrecy::RollCall => Ok(()),
        Ok(ResultView::Counted) if event.state.released_at().is_some() => Ok(()),
        Err(refusal @ (Refusal::NoResult | Refusal::EventAnnulled)) => Err(refusal),
        _ => Err(Refusal::VotesNotShown { when: " before the result is released" }),
    }
}
