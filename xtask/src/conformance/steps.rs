//! Rounds and stages, and the order of election.

use plenum_tally::result::{Target, Transfer};
use plenum_tally::{Candidate, Figure, Round};
use serde_json::Value;

use super::compare::{Absent, Checked, Comparison, differs, quoted, text};
use super::fields::{group, is_remark};

/// Compares all steps, then their number, so that the first difference told is the first that happened.
pub(super) fn all(c: &mut Comparison<'_>, key: &str, value: &Value) -> Checked {
    let Value::Array(steps) = value else { return Err(format!("{key}: `{value}` is no list")) };
    let word = key.trim_end_matches('s');
    for (round, expected) in c.result.rounds.iter().zip(steps) {
        let at = format!("{word} {}", round.number);
        let Value::Object(step) = expected else { return Err(format!("{at}: `{expected}` is no object")) };
        let figures = ["votes", "tally"];
        let first = step.iter().filter(|(key, _)| figures.contains(&key.as_str()));
        let others = step.iter().filter(|(key, _)| !figures.contains(&key.as_str()));
        for (key, value) in first.chain(others) {
            one(c, &at, round, key, value)?;
        }
    }
    if steps.len() == c.result.rounds.len() {
        return Ok(());
    }
    Err(differs(&format!("number of {key}"), steps.len(), c.result.rounds.len()))
}

/// One key of one step.
pub(super) fn one(c: &Comparison<'_>, at: &str, round: &Round, key: &str, value: &Value) -> Checked {
    let place = format!("{at}, {key}");
    let exhausted = round.exhausted.as_ref();
    // What official sheets balance with: everything that is with nobody.
    let nowhere = || {
        let rounding = round.rounding.clone().unwrap_or(Figure::Whole(0));
        exhausted.map(|figure| Figure::sum(figure, &rounding))
    };
    match key {
        "round" | "stage" => c.figure(&place, value, Some(&Figure::from(u64::from(round.number)))),
        "event" => {
            let named = round.event.name();
            if value.as_str() == Some(named) { Ok(()) } else { Err(differs(&place, text(value), named)) }
        }
        "candidate" => {
            let expected = match value {
                Value::Null => Value::Array(Vec::new()),
                Value::Array(_) => value.clone(),
                one => Value::Array(vec![one.clone()]),
            };
            c.group(&place, &expected, &round.subjects, false)
        }
        "candidates" => c.group(&place, value, &round.subjects, false),
        "votes" | "tally" => c.column(&place, value, &round.tally, Absent::Zero),
        "quota" | "threshold" => c.present(&place, value, round.quota.as_ref()),
        "inactive" | "inactive_detail" if value.is_object() => details(c, &place, round, value),
        "inactive" | "nontransferable" => c.present(&place, value, exhausted),
        "exhausted" | "nontransferable_incl_rounding" => c.present(&place, value, nowhere().as_ref()),
        "rounding" | "residual" => c.figure(&place, value, round.rounding.as_ref()),
        "active" | "continuing_votes" => {
            let active =
                round.tally.iter().flatten().fold(Figure::Whole(0), |sum, one| Figure::sum(&sum, one));
            c.figure(&place, value, Some(&active))
        }
        "elected" => c.group(&place, value, &round.elected, false),
        "eliminated" => c.group(&place, value, &round.eliminated, false),
        "transfers" => transfers(c, &place, &round.transfers, value),
        "kf" | "keep_factors" => by_column(c, &place, round, "keep_factors", value),
        _ if is_remark(key, value) => Ok(()),
        _ => {
            if let Some((_, figure)) = round.details.iter().find(|(name, _)| *name == key) {
                return c.figure(&place, value, Some(figure));
            }
            by_column(c, &place, round, key, value)
        }
    }
}

fn by_column(c: &Comparison<'_>, at: &str, round: &Round, name: &str, value: &Value) -> Checked {
    match round.columns.iter().find(|column| column.name == name) {
        Some(column) => c.column(at, value, &column.values, Absent::Zero),
        None => Err(format!("{at} is nothing this program knows how to check")),
    }
}

/// Votes that count for nobody, by reason.
fn details(c: &Comparison<'_>, at: &str, round: &Round, value: &Value) -> Checked {
    let Value::Object(reasons) = value else { return Err(format!("{at}: `{value}` is no table")) };
    for (reason, expected) in reasons {
        let counted = round.details.iter().find(|(name, _)| name == reason);
        c.figure(&format!("{at}, {reason}"), expected, counted.map(|(_, figure)| figure))?;
    }
    for (name, figure) in round.details.iter().filter(|(_, figure)| !figure.is_zero()) {
        if !reasons.contains_key(*name) {
            return Err(differs(&format!("{at}, {name}"), "nothing", figure));
        }
    }
    Ok(())
}

fn transfers(c: &Comparison<'_>, at: &str, counted: &[Transfer], value: &Value) -> Checked {
    let Value::Array(list) = value else { return Err(format!("{at}: `{value}` is no list")) };
    for expected in list {
        let Value::Object(expected) = expected else {
            return Err(format!("{at}: `{expected}` is no object"));
        };
        let (Some(from), Some(Value::Object(to))) =
            (expected.get("from").and_then(Value::as_str), expected.get("to"))
        else {
            return Err(format!("{at}: a transfer needs `from` and `to`"));
        };
        if let Some(key) = expected.keys().find(|key| !matches!(key.as_str(), "from" | "to")) {
            return Err(format!("{at}: `{key}` is nothing this program knows how to check"));
        }
        let found = counted.iter().find(|transfer| c.result.name(transfer.from) == from);
        let found = found.ok_or_else(|| differs(at, format!("votes from \"{from}\""), "none"))?;
        for (name, figure) in to {
            let counted = found.to.iter().find(|(target, _)| target_name(c, target) == name);
            c.figure(
                &format!("{at} from \"{from}\" to \"{name}\""),
                figure,
                counted.map(|(_, figure)| figure),
            )?;
        }
        for (target, figure) in found.to.iter().filter(|(_, figure)| !figure.is_zero()) {
            let name = target_name(c, target);
            if !to.contains_key(name) {
                return Err(differs(&format!("{at} from \"{from}\" to \"{name}\""), "nothing", figure));
            }
        }
    }
    if list.len() == counted.len() {
        Ok(())
    } else {
        Err(differs(&format!("number of {at}"), list.len(), counted.len()))
    }
}

fn target_name<'a>(c: &Comparison<'a>, target: &Target) -> &'a str {
    match target {
        Target::Candidate(candidate) => c.result.name(*candidate),
        Target::Nobody(reason) => reason,
    }
}

/// Who was elected when, and whether without the quota.
pub(super) fn election_order(c: &Comparison<'_>, value: &Value) -> Checked {
    let Value::Array(order) = value else { return Err(format!("election_order: `{value}` is no list")) };
    let mut counted: Vec<(Candidate, u32)> = Vec::new();
    for round in &c.result.rounds {
        counted.extend(round.elected.iter().map(|candidate| (*candidate, round.number)));
    }
    let late = group(c, "elected_without_quota").unwrap_or_default();
    for (place, expected) in order.iter().enumerate() {
        let at = format!("place {} of the order of election", place + 1);
        let name = expected.as_str().or_else(|| expected.get("candidate").and_then(Value::as_str));
        let name = name.ok_or_else(|| format!("{at}: there is no `candidate`"))?;
        let Some((candidate, stage)) = counted.get(place) else {
            return Err(differs(&at, quoted(&[name.to_owned()]), "nobody"));
        };
        if c.candidate(&at, name)? != *candidate {
            return Err(differs(&at, name, c.result.name(*candidate)));
        }
        let late = late.contains(candidate);
        for (key, value) in expected.as_object().into_iter().flatten() {
            match key.as_str() {
                "candidate" => {}
                "stage" | "round" => {
                    c.figure(&format!("{at}, {key}"), value, Some(&Figure::from(u64::from(*stage))))?;
                }
                "without_quota" if value.as_bool() == Some(late) => {}
                "without_quota" => return Err(differs(&format!("{at}, {key}"), value, late)),
                _ if is_remark(key, value) => {}
                _ => return Err(format!("{at}, {key} is nothing this program knows how to check")),
            }
        }
        if late && expected.is_object() && expected.get("without_quota").is_none() {
            return Err(differs(&format!("{at}, without_quota"), "false", "true"));
        }
    }
    if order.len() == counted.len() {
        Ok(())
    } else {
        Err(differs("elected in order", order.len(), counted.len()))
    }
}
