//! Figures as official bodies published them, compared where they have a form of ours.
//!
//! Official sheets leave out places and columns as they please, so a figure is right when ours rounds to it, and what
//! has another form is named in a note.

use plenum_tally::{CountResult, Election, Figure};
use serde_json::{Map, Value};

use super::compare::{Absent, Checked, Comparison, text};
use super::fields::is_remark;
use super::steps;

/// Compares; answers what could not be.
pub(super) fn check(value: &Value, result: &CountResult, election: &Election) -> Result<Vec<String>, String> {
    let Value::Object(map) = value else {
        return Ok(vec![format!("{} is compared with nothing", short(value))]);
    };
    let nothing = Map::new();
    let mut c = Comparison::new(&nothing, result, election)?;
    c.rounded = true;
    let mut notes = Vec::new();
    for (key, value) in map {
        if is_remark(key, value) {
            continue;
        }
        let at = format!("official {key}");
        if let Some(done) = known(&c, &at, key, value, &mut notes) {
            done?;
        } else {
            notes.push(format!("{key} is compared with nothing"));
        }
    }
    Ok(notes)
}

fn known(c: &Comparison<'_>, at: &str, key: &str, value: &Value, notes: &mut Vec<String>) -> Option<Checked> {
    let first = c.result.rounds.first();
    Some(match key {
        "winners" | "elected" if is_names(c, value) => c.group(at, value, &c.result.elected, false),
        "quota" | "threshold" if is_figure(value) => c.figure(at, value, first?.quota.as_ref()),
        "n_ballots" if is_figure(value) => c.figure(at, value, Some(&c.result.ballots.total)),
        "valid" | "valid_votes" | "total_valid" if is_figure(value) => {
            let tally = first?.tally.iter().flatten();
            let valid = tally.fold(Figure::Whole(0), |sum, one| Figure::sum(&sum, one));
            c.figure(at, value, Some(&valid))
        }
        "first_preferences" | "votes" | "tally" | "totals" if is_table(c, value) => {
            c.column(at, value, &first?.tally, Absent::Unlisted)
        }
        "election_order" if value.is_array() => steps::election_order(c, value),
        "stages" | "rounds" if value.is_array() => steps_of(c, at, value, notes),
        _ => return None,
    })
}

fn steps_of(c: &Comparison<'_>, at: &str, value: &Value, notes: &mut Vec<String>) -> Checked {
    for (place, step) in value.as_array().into_iter().flatten().enumerate() {
        let Value::Object(map) = step else {
            notes.push(format!("{} is compared with nothing", short(step)));
            continue;
        };
        let number = map.get("stage").or_else(|| map.get("round")).and_then(Value::as_u64);
        let number = number.and_then(|number| usize::try_from(number).ok()).unwrap_or(place + 1);
        let Some(round) = c.result.rounds.get(number.saturating_sub(1)) else {
            return Err(format!("{at}: there is no step {number}"));
        };
        let at = format!("{at} {number}");
        for (key, value) in map {
            let figures = [
                "quota",
                "threshold",
                "nontransferable_incl_rounding",
                "exhausted",
                "inactive",
                "round",
                "stage",
            ];
            if matches!(key.as_str(), "votes" | "tally") && is_table(c, value) {
                c.column(&at, value, &round.tally, Absent::Unlisted)?;
            } else if key == "nontransferable" && is_figure(value) {
                // Sheets count what rounding took among it, or do not.
                steps::one(c, &at, round, key, value)
                    .or_else(|_| steps::one(c, &at, round, "nontransferable_incl_rounding", value))?;
            } else if (figures.contains(&key.as_str()) && is_figure(value))
                || (matches!(key.as_str(), "elected" | "eliminated") && is_names(c, value))
            {
                steps::one(c, &at, round, key, value)?;
            } else if !is_remark(key, value) {
                notes.push(format!("{key} of step {number} is compared with nothing"));
            }
        }
    }
    Ok(())
}

fn is_figure(value: &Value) -> bool {
    (value.is_number() || value.is_string()) && text(value).parse::<Figure>().is_ok()
}

fn is_names(c: &Comparison<'_>, value: &Value) -> bool {
    c.listed("", value).is_ok()
}

fn is_table(c: &Comparison<'_>, value: &Value) -> bool {
    value.as_object().is_some_and(|map| {
        map.iter().all(|(name, figure)| c.election.find(name).is_some() && is_figure(figure))
    })
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(60).collect()
}
