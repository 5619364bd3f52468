//! What a case and its checks may say, key by key.

use plenum_tally::result::{Outcome, RoundEvent};
use plenum_tally::{Ballots, Candidate, Election, Figure};
use serde_json::{Map, Value};

use super::compare::{Absent, Checked, Comparison, differs, quoted, text};
use super::{events, official, steps};

/// Keys that say where figures come from and who agrees with them.
const REMARKS: &[&str] = &[
    "case",
    "id",
    "source",
    "source_of_truth",
    "licence",
    "license",
    "notes",
    "note",
    "peers",
    "remark",
    "remarks",
    "comment",
    "comments",
    "stage_agreement",
    "title",
    "url",
];

/// Words in the names of keys that hold remarks, where all they hold is text.
const REMARK_WORDS: &[&str] =
    &["note", "remark", "comment", "peer", "agree", "source", "licen", "explanation", "why"];

/// Whether a key is a remark: no figure, nothing that could be counted.
pub(super) fn is_remark(key: &str, value: &Value) -> bool {
    REMARKS.contains(&key) || (REMARK_WORDS.iter().any(|word| key.contains(word)) && is_text(value))
}

fn is_text(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) => true,
        Value::Number(_) => false,
        Value::String(text) => text.parse::<Figure>().is_err(),
        Value::Array(list) => list.iter().all(is_text),
        Value::Object(map) => map.values().all(is_text),
    }
}

/// The keys of a whole case.
pub(super) fn check_case(expected: &Map<String, Value>, elections: &[Election]) -> Checked {
    for (key, value) in expected {
        match key.as_str() {
            "ballots" | "checks" | "official" => {}
            "n_ballots" => whole(key, value, elections, |election| {
                let (total, scale) = election.ballots().total();
                Figure::scaled(total, scale)
            })?,
            "n_candidates" => whole(key, value, elections, |election| Figure::from(election.len() as u64))?,
            // Tallies of grades say nothing of seats.
            "seats" => whole(key, value, elections, |election| {
                let seats = match election.ballots() {
                    Ballots::Grades(_) => 1,
                    _ => election.seats(),
                };
                Figure::from(u64::from(seats))
            })?,
            _ if is_remark(key, value) => {}
            _ => return Err(format!("`{key}` is nothing this program knows how to check")),
        }
    }
    Ok(())
}

fn whole(key: &str, value: &Value, elections: &[Election], figure: impl Fn(&Election) -> Figure) -> Checked {
    if value.is_null() {
        return Ok(());
    }
    let wanted: Figure = text(value).parse().map_err(|_| format!("{key}: `{value}` is no number"))?;
    match elections {
        [only] if figure(only) != wanted => Err(differs(key, wanted, figure(only))),
        _ => Ok(()),
    }
}

/// Keys compared before the others, so that the first difference told is the first that happened.
const FIRST: &[&str] = &["matrix", "quota", "rounds", "stages", "events", "options", "scores", "totals"];

/// Compares all a check says.
pub(super) fn check(c: &mut Comparison<'_>) -> Checked {
    let map = c.check;
    if let Outcome::Tie { tied, .. } = &c.result.outcome
        && group(c, "winners").is_none()
    {
        return Err(format!("the count stopped at a tie between {}", quoted(&c.names(tied))));
    }
    let known = ["method", "params", "winners_ordered"];
    let mut compared = 0;
    let first = map.iter().filter(|(key, _)| FIRST.contains(&key.as_str()));
    let others = map.iter().filter(|(key, _)| !FIRST.contains(&key.as_str()));
    for (key, value) in first.chain(others) {
        if known.contains(&key.as_str()) || is_remark(key, value) {
            continue;
        }
        one(c, key, value)?;
        compared += 1;
    }
    match map.get("winners_ordered") {
        None | Some(Value::Bool(_)) => {}
        Some(other) => return Err(format!("winners_ordered: `{other}` is neither true nor false")),
    }
    // Ranks and matrices stand for themselves.
    if compared == 0 || !["winners", "ranks", "matrix"].iter().any(|key| map.contains_key(*key)) {
        return Err("it says nothing of who is elected".to_owned());
    }
    Ok(())
}

fn one(c: &mut Comparison<'_>, key: &str, value: &Value) -> Checked {
    match key {
        "winners" => {
            let ordered = c.check.get("winners_ordered") == Some(&Value::Bool(true));
            c.group(key, value, winners(c), ordered)
        }
        "elected" => c.group(key, value, &c.result.elected, false),
        "ranking" => ranking(c, value),
        "matrix" => c.matrix(key, value, "pairwise"),
        "scores" | "totals" => totals(c, key, value),
        "runoff" => runoff(c, value),
        "ranks" => ranks(c, value),
        "options" => options(c, value),
        "rounds" if value.is_number() => {
            let rounds = c.result.rounds.iter().filter(|round| round.event != RoundEvent::Close);
            c.figure("number of rounds", value, Some(&Figure::from(rounds.count() as u64)))
        }
        "rounds" | "stages" => steps::all(c, key, value),
        "events" => events::all(c, value),
        "final" => events::last(c, value),
        "final_votes" => {
            let column = c.result.column("final_votes").ok_or_else(|| differs(key, "votes", "none"))?;
            c.column(key, value, &column.values, Absent::Unlisted)
        }
        "final_quota" => c.present(key, value, figure(c, "quota")),
        "quota" => {
            let first = c.result.rounds.first().and_then(|round| round.quota.as_ref());
            c.present(key, value, first.or(figure(c, "quota")))
        }
        "threshold" => threshold(c, value),
        "election_order" => steps::election_order(c, value),
        "ties" => events::ties(c, value),
        "rctab_config_order" => {
            let all: Vec<Candidate> = c.election.all().collect();
            c.group(key, value, &all, false)
        }
        "n_ballots" => c.figure(key, value, Some(&c.result.ballots.total)),
        "blank" => c.figure(key, value, Some(&c.result.ballots.blank)),
        "invalid" => c.figure(key, value, Some(&c.result.ballots.invalid)),
        "n_candidates" => c.figure(key, value, Some(&Figure::from(c.election.len() as u64))),
        "seats" => c.figure(key, value, Some(&Figure::from(u64::from(c.result.seats)))),
        "official" => {
            let notes = official::check(value, c.result, c.election)?;
            c.notes.extend(notes.into_iter().map(|note| format!("official: {note}")));
            Ok(())
        }
        _ => by_name(c, key, value),
    }
}

/// What the result has under the same name, whatever it is.
fn by_name(c: &Comparison<'_>, key: &str, value: &Value) -> Checked {
    if let Some(column) = c.result.column(key).filter(|_| value.is_object()) {
        return c.column(key, value, &column.values, Absent::Zero);
    }
    if c.result.matrix(key).is_some() && value.is_object() {
        return c.matrix(key, value, key);
    }
    if let Some(members) = group(c, key).filter(|_| value.is_array()) {
        return c.group(key, value, members, false);
    }
    if let Some(figure) = figure(c, key).filter(|_| value.is_number() || value.is_string()) {
        return c.figure(key, value, Some(figure));
    }
    Err(format!("`{key}` is nothing this program knows how to check"))
}

pub(super) fn group<'a>(c: &Comparison<'a>, name: &str) -> Option<&'a [Candidate]> {
    let found = c.result.groups.iter().find(|(group, _)| *group == name)?;
    Some(&found.1)
}

pub(super) fn figure<'a>(c: &Comparison<'a>, name: &str) -> Option<&'a Figure> {
    let found = c.result.figures.iter().find(|(figure, _)| *figure == name)?;
    Some(&found.1)
}

/// Whom the rule puts in front, tied or not.
fn winners<'a>(c: &Comparison<'a>) -> &'a [Candidate] {
    group(c, "winners").unwrap_or(&c.result.elected)
}

fn ranking(c: &Comparison<'_>, value: &Value) -> Checked {
    let Value::Array(groups) = value else { return Err(format!("ranking: `{value}` is no list of groups")) };
    for (place, expected) in groups.iter().enumerate() {
        let at = format!("place {} of the ranking", place + 1);
        let alone = Value::Array(vec![expected.clone()]);
        let expected = if expected.is_string() { &alone } else { expected };
        let counted = c.result.ranking.get(place).map(Vec::as_slice).unwrap_or_default();
        c.group(&at, expected, counted, false)?;
    }
    if groups.len() == c.result.ranking.len() {
        return Ok(());
    }
    Err(differs("places of the ranking", groups.len(), c.result.ranking.len()))
}

fn totals(c: &Comparison<'_>, key: &str, value: &Value) -> Checked {
    let first = c.result.rounds.first().map(|round| round.tally.as_slice()).unwrap_or_default();
    let counted = c.result.column(key).map_or(first, |column| column.values.as_slice());
    c.column(key, value, counted, Absent::Zero)
}

fn runoff(c: &Comparison<'_>, value: &Value) -> Checked {
    let Value::Object(map) = value else { return Err(format!("runoff: `{value}` is no table")) };
    let mut votes = map.clone();
    if let Some(neither) = votes.remove("no_preference") {
        c.present("runoff, no preference", &neither, figure(c, "no_preference"))?;
    }
    let column = c.result.column("runoff").ok_or_else(|| differs("runoff", value, "none"))?;
    c.column("runoff, votes", &Value::Object(votes), &column.values, Absent::Zero)
}

/// Ranks by candidate, or as a list in the order of candidates.
fn ranks(c: &Comparison<'_>, value: &Value) -> Checked {
    let column = c.result.column("ranks").ok_or_else(|| differs("ranks", value, "none"))?;
    let Value::Array(list) = value else { return c.column("rank", value, &column.values, Absent::Zero) };
    if list.len() != column.values.len() {
        return Err(differs("number of ranks", list.len(), column.values.len()));
    }
    for ((name, counted), expected) in c.result.candidates.iter().zip(&column.values).zip(list) {
        c.present(&format!("rank of \"{name}\""), expected, counted.as_ref())?;
    }
    Ok(())
}

/// Each option against the default one.
fn options(c: &Comparison<'_>, value: &Value) -> Checked {
    let options: Vec<(String, &Map<String, Value>)> = match value {
        Value::Object(map) => {
            map.iter().filter_map(|(name, option)| Some((name.clone(), option.as_object()?))).collect()
        }
        Value::Array(list) => list
            .iter()
            .filter_map(|option| {
                let option = option.as_object()?;
                let name = OPTION_NAMES.iter().find_map(|key| option.get(*key)?.as_str())?;
                Some((name.to_owned(), option))
            })
            .collect(),
        _ => Vec::new(),
    };
    let size = value.as_array().map_or_else(|| value.as_object().map_or(usize::MAX, Map::len), Vec::len);
    if options.len() != size {
        return Err("options: one has no name or no figures".to_owned());
    }
    for (name, option) in &options {
        let candidate = c.candidate("options", name)?;
        for (key, expected) in *option {
            let at = format!("{key} of option \"{name}\"");
            if OPTION_NAMES.contains(&key.as_str()) || is_remark(key, expected) {
                continue;
            }
            if let Some(column) = c.result.column(key) {
                let counted = column.values.get(candidate.index()).and_then(Option::as_ref);
                c.present(&at, expected, counted)?;
            } else if let (Some(group), Value::Bool(expected)) = (group(c, key), expected) {
                let counted = group.contains(&candidate);
                if counted != *expected {
                    return Err(differs(&at, expected, counted));
                }
            } else {
                return Err(format!("{at} is nothing this program knows how to check"));
            }
        }
    }
    Ok(())
}

const OPTION_NAMES: &[&str] = &["option", "name", "candidate"];

/// The threshold of the whole count: the first round's or, where it changes, the last one's.
fn threshold(c: &Comparison<'_>, value: &Value) -> Checked {
    let of = |round: Option<&plenum_tally::Round>| round.and_then(|round| round.quota.clone());
    let last = of(c.result.rounds.last());
    c.present("threshold", value, of(c.result.rounds.first()).as_ref())
        .or_else(|_| c.present("threshold", value, last.as_ref()))
}
