//! Counts told as events, what stands at their end, and ties.

use plenum_tally::{Figure, Round};
use serde_json::Value;

use super::compare::{Absent, Checked, Comparison, differs, quoted, text};
use super::fields::figure;
use super::steps;

/// An event told in words: "Elect: Ann", "Defeat (surplus 0.000000461 < omega): Bob", "Defeat remaining: Cy".
struct Line<'a> {
    kind: &'static str,
    who: &'a str,
    surplus: Option<&'a str>,
}

impl<'a> Line<'a> {
    /// The event; nothing for what only opens and closes a transcript.
    fn read(line: &'a str) -> Result<Option<Self>, String> {
        if matches!(line, "Begin Count" | "Count Complete") {
            return Ok(None);
        }
        let unknown = || format!("events: \"{line}\" is nothing this program knows how to check");
        let (what, who) = line.split_once(": ").ok_or_else(unknown)?;
        let kind = match what.split([' ', '(']).next() {
            Some("Elect") => "elect",
            Some("Defeat") => "defeat",
            _ => return Err(unknown()),
        };
        let surplus =
            what.split_once("surplus ").map(|(_, rest)| rest.split([' ', ')']).next().unwrap_or_default());
        Ok(Some(Self { kind, who, surplus }))
    }
}

/// Compares elections and exclusions in their order, with the figures at each.
pub(super) fn all(c: &Comparison<'_>, value: &Value) -> Checked {
    let Value::Array(events) = value else { return Err(format!("events: `{value}` is no list")) };
    let mut counted: Vec<(&'static str, &str, &Round)> = Vec::new();
    for round in &c.result.rounds {
        for (kind, candidates) in [("elect", &round.elected), ("defeat", &round.eliminated)] {
            counted.extend(candidates.iter().map(|candidate| (kind, c.result.name(*candidate), round)));
        }
    }
    let mut left = counted.iter();
    let mut number = 0;
    for event in events {
        let line = match event {
            Value::String(line) => Line::read(line)?,
            _ => match event.get("msg").and_then(Value::as_str) {
                Some(line) => Line::read(line)?,
                None => None,
            },
        };
        if event.is_string() && line.is_none() {
            continue;
        }
        number += 1;
        let at = format!("event {number}");
        let Some((kind, who, round)) = left.next() else {
            return Err(differs(&at, text(event), "the end"));
        };
        let said = format!("{kind} \"{who}\"");
        if let Some(line) = &line {
            if line.kind != *kind || line.who != *who {
                return Err(differs(&at, format!("{} \"{}\"", line.kind, line.who), said));
            }
            if let Some(surplus) = line.surplus {
                let counted = round.details.iter().find(|(name, _)| *name == "surplus");
                let expected = Value::String(surplus.to_owned());
                c.present(&format!("{at}, surplus"), &expected, counted.map(|(_, figure)| figure))?;
            }
        }
        let Value::Object(map) = event else { continue };
        for (key, value) in map {
            match key.as_str() {
                "msg" => {}
                "event" if value.as_str() == Some(*kind) => {}
                "candidate" if value.as_str() == Some(*who) => {}
                "event" | "candidate" => return Err(differs(&at, text(value), said)),
                _ => steps::one(c, &at, round, key, value)?,
            }
        }
    }
    match left.next() {
        None => Ok(()),
        Some((kind, who, _)) => Err(differs("events", "their end", format!("{kind} \"{who}\""))),
    }
}

/// What stands at the end of a count by iteration.
pub(super) fn last(c: &Comparison<'_>, value: &Value) -> Checked {
    let Value::Object(map) = value else { return Err(format!("final: `{value}` is no object")) };
    let column = |name: &str| {
        let found = c.result.column(name).map(|column| column.values.as_slice());
        found.ok_or_else(|| differs(&format!("final {name}"), "figures", "none"))
    };
    for (key, value) in map {
        let at = format!("final {key}");
        match key.as_str() {
            "votes" => c.column(&at, value, column("votes")?, Absent::Zero)?,
            "kf" | "keep_factors" => c.column(&at, value, column("keep_factors")?, Absent::Zero)?,
            "quota" => c.present(&at, value, figure(c, "quota"))?,
            "votes_total" => {
                let votes = column("votes")?.iter().flatten();
                let sum = votes.fold(Figure::Whole(0), |sum, one| Figure::sum(&sum, one));
                c.figure(&at, value, Some(&sum))?;
            }
            _ => return Err(format!("{at} is nothing this program knows how to check")),
        }
    }
    Ok(())
}

/// Ties told in words, "Break tie by prior stage (defeat low candidate): [B, C] -> B": each must have been met, in
/// that order, and have ended like that. Ties without consequence that only one of the programs notices are no
/// difference.
pub(super) fn ties(c: &Comparison<'_>, value: &Value) -> Checked {
    let Value::Array(list) = value else { return Err(format!("ties: `{value}` is no list")) };
    let mut met = c.result.ties.iter();
    for tie in list {
        let line = tie.as_str().ok_or_else(|| format!("ties: `{tie}` is no text"))?;
        let parts = line.rsplit_once(" -> ").and_then(|(tied, chosen)| {
            let tied = tied.split_once('[')?.1.strip_suffix(']')?;
            Some((tied, chosen))
        });
        let Some((tied, chosen)) = parts else {
            return Err(format!("ties: \"{line}\" is nothing this program knows how to check"));
        };
        let same = |candidates: &[plenum_tally::Candidate]| {
            let names = c.names(candidates);
            // Names may hold commas themselves.
            names.join(", ").len() == tied.len() && names.iter().all(|name| tied.contains(name.as_str()))
        };
        let found = met.find(|record| {
            same(&record.tied) && record.chosen.is_some_and(|one| c.result.name(one) == chosen)
        });
        if found.is_none() {
            let met: Vec<String> = c
                .result
                .ties
                .iter()
                .map(|tie| {
                    format!(
                        "{} -> {}",
                        quoted(&c.names(&tie.tied)),
                        tie.chosen.map_or("", |one| c.result.name(one))
                    )
                })
                .collect();
            return Err(differs(
                "ties",
                format!("\"{line}\""),
                if met.is_empty() { "none".to_owned() } else { met.join("; ") },
            ));
        }
    }
    Ok(())
}
