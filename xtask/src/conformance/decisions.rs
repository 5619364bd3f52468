//! The counts themselves, with the ties a case leaves open.
//!
//! Some published counts were decided by lots nobody can draw again. Where the parameters name no rule that decides a
//! tie, the count goes on with the choice the published one made, as if the chair had made it; every figure after it
//! must agree all the same.

use plenum_tally::result::Outcome;
use plenum_tally::ties::{TieQuestion, TieRule};
use plenum_tally::{Candidate, CountResult, Election, Method, Params, count as tally};
use serde_json::{Map, Value};

use super::compare::text;

/// More open ties than any real count has.
const MOST_DECISIONS: usize = 500;

/// A way of counting.
pub(super) struct Attempt {
    method: Method,
    /// Whether ties no rule decides are decided as published.
    open: bool,
}

/// Parameters as the methods take them. How figures are compared is no business of the count's.
fn params(check: &Map<String, Value>) -> Result<Params, String> {
    let mut params = Params::new();
    match check.get("params") {
        None | Some(Value::Null) => {}
        Some(Value::Object(given)) => {
            for (name, value) in given.iter().filter(|(name, _)| *name != "compare_tolerance") {
                params.set(name, text(value));
            }
        }
        Some(other) => return Err(format!("params: `{other}` is no object")),
    }
    Ok(params)
}

/// The ways to try: as the parameters say; and, where they name another program's lots, with its lots as published.
pub(super) fn attempts(check: &Map<String, Value>) -> Result<Vec<Attempt>, String> {
    let name = check.get("method").and_then(Value::as_str).ok_or("`method` is missing")?;
    let method = Method::from_params(name, params(check)?).map_err(|error| error.to_string())?;
    let refused =
        method.ties.rules.iter().any(|rule| matches!(rule, TieRule::Refuse | TieRule::Chair { .. }));
    let foreign = check.get("params").is_some_and(|params| params.get("tiebreakMode").is_some());
    let mut attempts = vec![Attempt { method: method.clone(), open: !refused }];
    if foreign && method.ties.rules.iter().any(|rule| matches!(rule, TieRule::Lot { .. })) {
        let mut method = method;
        method.ties.rules.retain(|rule| !matches!(rule, TieRule::Lot { .. }));
        attempts.push(Attempt { method, open: true });
    }
    Ok(attempts)
}

/// Counts; with the number of ties decided as published.
pub(super) fn count(
    attempt: &Attempt,
    election: &Election,
    check: &Map<String, Value>,
) -> Result<(CountResult, usize), String> {
    let mut decisions = Vec::new();
    loop {
        let mut method = attempt.method.clone();
        if !decisions.is_empty() {
            method.ties.rules.push(TieRule::Chair { decisions: decisions.clone() });
        }
        let result = tally(&method, election).map_err(|error| error.to_string())?;
        // A method for one seat whose rule itself leaves several in front has them as its winners.
        let several = result.groups.iter().any(|(name, _)| *name == "winners");
        let Outcome::Tie { question, tied } = &result.outcome else { return Ok((result, decisions.len())) };
        if several || !attempt.open || decisions.len() >= MOST_DECISIONS {
            return Ok((result, decisions.len()));
        }
        decisions.push(published(check, &result, *question, tied));
    }
}

/// Whom the published count chose of those tied.
fn published(
    check: &Map<String, Value>,
    result: &CountResult,
    question: TieQuestion,
    tied: &[Candidate],
) -> String {
    let names: Vec<&str> = tied.iter().map(|candidate| result.name(*candidate)).collect();
    let listed = |list: Option<&Value>| -> Option<String> {
        let list = list?.as_array()?;
        let found = list.iter().filter_map(Value::as_str).find(|name| names.contains(name))?;
        Some(found.to_owned())
    };
    let round = result.ties.last().map_or(1, |tie| tie.round) as usize;
    let step =
        ["rounds", "stages"].iter().find_map(|key| check.get(*key)?.as_array()?.get(round.saturating_sub(1)));
    let one_of = |value: Option<&Value>| {
        value.and_then(Value::as_str).filter(|name| names.contains(name)).map(str::to_owned)
    };
    let found = match question {
        TieQuestion::Exclude => step
            .and_then(|step| listed(step.get("eliminated")).or_else(|| one_of(step.get("candidate"))))
            .or_else(|| step.and_then(|step| emptied(step, &names)))
            .or_else(|| defeated(check, result, &names)),
        TieQuestion::Elect | TieQuestion::Order => step
            .and_then(|step| one_of(step.get("candidate")).or_else(|| listed(step.get("elected"))))
            .or_else(|| listed(check.get("winners"))),
    };
    // Nothing more is known than who was elected in the end.
    let elected = check.get("winners").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let lost = |name: &&&str| !elected.iter().any(|winner| winner.as_str() == Some(**name));
    let loser = || names.iter().rev().find(lost).or(names.last());
    found.or_else(|| loser().map(|name| (*name).to_owned())).unwrap_or_default()
}

/// The first of some whose votes are gone at a stage.
fn emptied(step: &Value, names: &[&str]) -> Option<String> {
    let votes = step.get("votes")?;
    let gone = |name: &&&str| {
        votes
            .get(**name)
            .map(text)
            .and_then(|text| text.parse::<plenum_tally::Figure>().ok())
            .is_some_and(|f| f.is_zero())
    };
    names.iter().find(gone).map(|name| (*name).to_owned())
}

/// The first of some that the published events exclude, after those excluded already.
fn defeated(check: &Map<String, Value>, result: &CountResult, names: &[&str]) -> Option<String> {
    let done: Vec<&str> = result
        .rounds
        .iter()
        .flat_map(|round| round.eliminated.iter().map(|candidate| result.name(*candidate)))
        .collect();
    let events = check.get("events")?.as_array()?;
    let excluded = events.iter().filter_map(|event| match event {
        Value::String(line) => {
            line.starts_with("Defeat").then(|| line.split_once(": ").map(|(_, who)| who))?
        }
        event => (event.get("event")? == "defeat").then(|| event.get("candidate")?.as_str())?,
    });
    let mut left = excluded.filter(|name| !done.contains(name));
    left.find(|name| names.contains(name)).map(str::to_owned)
}
