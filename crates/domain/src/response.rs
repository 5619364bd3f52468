//! What someone voted: a `vote_response`, held against the ballot it answers.

use plenum_tally::method::BallotForm;

use crate::event::{Ballot, ElectionMethod, Method};
use crate::field::{FieldChecks, FieldErrors};
use crate::organization::Weight;

/// What someone voted, checked against the ballot it answers: positions in its options.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Response {
    /// One choice. On any ballot this may be its option to abstain.
    One(usize),
    /// Choices without an order, by position; none of them is a blank ballot.
    Set(Vec<usize>),
    /// Choices in order of preference; none of them is a blank ballot.
    Ranking(Vec<usize>),
    /// Choices by position, each with its score; those not named have none.
    Scores(Vec<(usize, u16)>),
    /// Parts of a person's weight, each with a response of its own.
    Split(Vec<Part>),
}

/// A part of a person's weight.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Part {
    /// How much of it; never zero.
    pub weight: Weight,
    /// What it is cast for.
    pub response: Response,
}

impl Part {
    /// How much of the weight is cast for what.
    fn in_words(&self, ballot: &Ballot) -> String {
        let labels = self.response.labels(ballot);
        let choices = if labels.is_empty() { "blank".to_owned() } else { labels.join(" › ") };
        let votes = if self.weight == Weight::ONE { "vote" } else { "votes" };
        format!("{} {votes}: {choices}", self.weight.get())
    }
}

/// The most parts of a split.
const MOST_PARTS: usize = 20;
/// The most options named in a message.
const SHOWN: usize = 20;

impl Response {
    /// Reads a `vote_response` for a ballot: one option, a set, a ranking, or `option=score` pairs, as the method wants it.
    ///
    /// # Errors
    /// [`FieldErrors`] naming everything that does not fit.
    pub fn parse(ballot: &Ballot, labels: &[String]) -> Result<Self, FieldErrors> {
        match ballot.method() {
            Method::Majority(_) => one(ballot, labels),
            Method::Election(method) => election(ballot, method, labels),
        }
    }

    /// The choices as they are stored and published: what [`Response::parse`] reads, or each part of a split
    /// in words, which nothing reads.
    pub fn labels(&self, ballot: &Ballot) -> Vec<String> {
        let label = |at: &usize| ballot.options().labels().get(*at).map(ToString::to_string);
        match self {
            Self::One(at) => label(at).into_iter().collect(),
            Self::Set(positions) | Self::Ranking(positions) => positions.iter().filter_map(label).collect(),
            Self::Scores(scores) => {
                scores.iter().filter_map(|(at, score)| Some(format!("{}={score}", label(at)?))).collect()
            }
            Self::Split(parts) => parts.iter().map(|part| part.in_words(ballot)).collect(),
        }
    }

    /// Reads a split: two or more parts with a weight each, no response twice. That they add up to the
    /// person's weight is for [`require_split`](crate::vote::require_split) to see.
    ///
    /// # Errors
    /// [`FieldErrors`] naming everything that does not fit, below `split`.
    pub fn split(ballot: &Ballot, parts: &[(u32, Vec<String>)]) -> Result<Self, FieldErrors> {
        let mut checks = FieldChecks::new();
        if !(2..=MOST_PARTS).contains(&parts.len()) {
            let text = format!("must hold 2 to {MOST_PARTS} parts; send vote_response for a whole vote");
            checks.fail("split", text);
        }
        let mut read: Vec<Part> = Vec::with_capacity(parts.len());
        for (at, (weight, labels)) in parts.iter().enumerate() {
            let field = format!("split[{at}]");
            let response = checks.nest(&field, Self::parse(ballot, labels));
            let weight = Weight::new(*weight).ok().filter(|weight| *weight > Weight::ZERO);
            if weight.is_none() {
                let text = format!("must be a whole number from 1 to {}", Weight::MAX);
                checks.fail(&format!("{field}.weight"), text);
            }
            let Some((response, weight)) = response.zip(weight) else { continue };
            if read.iter().any(|part| part.response == response) {
                checks.fail(
                    &format!("{field}.vote_response"),
                    "was named before; put both weights into one part",
                );
            }
            read.push(Part { weight, response });
        }
        checks.finish(Some(Self::Split(read)))
    }

    /// The responses it is made of, with the weight each has of the whole.
    pub fn parts(&self, whole: Weight) -> impl Iterator<Item = (&Self, u64)> {
        let parts = match self {
            Self::Split(parts) => parts.as_slice(),
            _ => &[],
        };
        let whole = parts.is_empty().then(|| (self, whole.wide()));
        whole.into_iter().chain(parts.iter().map(|part| (&part.response, part.weight.wide())))
    }

    /// Whether an option has this person's support: chosen, marked, ranked first, or given more than nothing.
    pub fn supports(&self, option: usize) -> bool {
        match self {
            Self::One(at) => *at == option,
            Self::Set(positions) => positions.contains(&option),
            Self::Ranking(positions) => positions.first() == Some(&option),
            Self::Scores(scores) => scores.iter().any(|(at, score)| *at == option && *score > 0),
            Self::Split(parts) => parts.iter().any(|part| part.response.supports(option)),
        }
    }
}

fn find(ballot: &Ballot, field: &str, label: &str, checks: &mut FieldChecks) -> Option<usize> {
    let position = ballot.options().position(label);
    if position.is_none() {
        let all = ballot.options().labels();
        let known = all.iter().take(SHOWN).map(AsRef::as_ref).collect::<Vec<&str>>().join(", ");
        let more = if all.len() > SHOWN { ", ..." } else { "" };
        checks.fail(field, format!("is not an option; choose from: {known}{more}"));
    }
    position
}

fn field(at: usize) -> String {
    format!("vote_response[{at}]")
}

fn one(ballot: &Ballot, labels: &[String]) -> Result<Response, FieldErrors> {
    let [label] = labels else {
        return Err(FieldErrors::one("vote_response", "must name exactly one option"));
    };
    let mut checks = FieldChecks::new();
    let position = find(ballot, &field(0), label, &mut checks);
    checks.finish(position.map(Response::One))
}

fn election(ballot: &Ballot, method: &ElectionMethod, labels: &[String]) -> Result<Response, FieldErrors> {
    if let ([label], Some(abstain)) = (labels, method.abstain())
        && ballot.options().position(label) == Some(abstain)
    {
        return Ok(Response::One(abstain));
    }
    let mut checks = FieldChecks::new();
    let response = match method.form() {
        BallotForm::One => return one(ballot, labels),
        BallotForm::Set { most } => {
            let mut positions = positions(ballot, method, labels, &mut checks);
            limit(labels.len(), most, "name", &mut checks);
            // The order says nothing, so none is kept.
            positions.sort_unstable();
            Response::Set(positions)
        }
        BallotForm::Ranking { most } => {
            limit(labels.len(), most, "rank", &mut checks);
            Response::Ranking(positions(ballot, method, labels, &mut checks))
        }
        BallotForm::Scores { highest, together, every } => {
            let highest = highest.unwrap_or(0);
            let mut scores = scores(ballot, method, labels, highest, &mut checks);
            scores.sort_unstable();
            let sum: u64 = scores.iter().map(|(_, score)| u64::from(*score)).sum();
            if let Some(most) = together.filter(|most| sum > u64::from(*most)) {
                checks.fail("vote_response", format!("gives {sum} votes; you have {most} to spread"));
            }
            if every && checks.is_clean() {
                missing(ballot, method, &scores, &mut checks);
            }
            Response::Scores(scores)
        }
    };
    checks.finish(Some(response))
}

fn limit(given: usize, most: Option<u32>, verb: &str, checks: &mut FieldChecks) {
    if let Some(most) = most.filter(|most| given > *most as usize) {
        checks.fail("vote_response", format!("may {verb} at most {most}, not {given}"));
    }
}

/// A choice that can be elected, and was not named before.
fn choose(
    ballot: &Ballot,
    method: &ElectionMethod,
    field: &str,
    label: &str,
    seen: &mut Vec<bool>,
    checks: &mut FieldChecks,
) -> Option<usize> {
    let position = find(ballot, field, label, checks)?;
    if method.abstain() == Some(position) {
        checks.fail(field, "abstains and stands alone; leave out everything else, or this");
        return None;
    }
    seen.resize(ballot.options().labels().len(), false);
    if std::mem::replace(&mut seen[position], true) {
        checks.fail(field, "was named before; name each option once");
        return None;
    }
    Some(position)
}

fn positions(
    ballot: &Ballot,
    method: &ElectionMethod,
    labels: &[String],
    checks: &mut FieldChecks,
) -> Vec<usize> {
    let mut seen = Vec::new();
    let chosen = |(at, label): (usize, &String)| choose(ballot, method, &field(at), label, &mut seen, checks);
    labels.iter().enumerate().filter_map(chosen).collect()
}

fn scores(
    ballot: &Ballot,
    method: &ElectionMethod,
    labels: &[String],
    highest: u16,
    checks: &mut FieldChecks,
) -> Vec<(usize, u16)> {
    let mut seen = Vec::new();
    let mut scores = Vec::with_capacity(labels.len());
    for (at, text) in labels.iter().enumerate() {
        let field = field(at);
        // The last one parts them: a name may hold the sign too.
        let Some((label, score)) = text.rsplit_once('=') else {
            checks.fail(&field, format!("must be an option and its score, such as \"{text}={highest}\""));
            continue;
        };
        let score = score.trim();
        let read = score.parse().ok().filter(|value: &u16| *value <= highest && !score.starts_with('+'));
        let position = choose(ballot, method, &field, label, &mut seen, checks);
        match (position, read) {
            (Some(position), Some(score)) => scores.push((position, score)),
            (Some(_), None) => {
                checks.fail(
                    &field,
                    format!("has the score {score:?}; a whole number from 0 to {highest} is needed"),
                );
            }
            (None, _) => {}
        }
    }
    scores
}

fn missing(ballot: &Ballot, method: &ElectionMethod, scores: &[(usize, u16)], checks: &mut FieldChecks) {
    let all = ballot.options().labels().iter().enumerate();
    let left: Vec<&str> = all
        .filter(|(at, _)| method.abstain() != Some(*at) && !scores.iter().any(|(given, _)| given == at))
        .map(|(_, label)| label.as_ref())
        .collect();
    if !left.is_empty() {
        let some = left.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
        checks.fail("vote_response", format!("must give every option a score; still without one: {some}"));
    }
}
