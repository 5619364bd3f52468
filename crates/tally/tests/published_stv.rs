//! The published counts by transfer that stand beside the project folder, where they do: every figure of every check.

use std::{
    error::Error,
    fs::{self, File},
    io::BufReader,
    path::{Path, PathBuf},
};

use plenum_tally::{
    CountResult, Figure, Method, Params, Round, count,
    election::Candidate,
    files::read_named,
    numbers::Rounding,
    result::{RoundEvent, Target},
};
use serde_json::Value;

type Checked = Result<(), Box<dyn Error>>;

fn published() -> Option<PathBuf> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    Some(project.join("../shared/tally/public")).filter(|folder| folder.is_dir())
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

fn sorted(mut names: Vec<&str>) -> Vec<&str> {
    names.sort_unstable();
    names
}

fn names<'a>(result: &'a CountResult, candidates: &[Candidate]) -> Vec<&'a str> {
    candidates.iter().map(|candidate| result.name(*candidate)).collect()
}

/// What a figure is compared by.
struct Exactness {
    tolerance: Option<Figure>,
    digits: Option<u8>,
}

impl Exactness {
    fn of(check: &Value) -> Result<Self, Box<dyn Error>> {
        let params = &check["params"];
        let tolerance = params["compare_tolerance"].as_str().map(str::parse);
        let digits = params["display_decimals"].as_u64().map(u8::try_from);
        Ok(Self { tolerance: tolerance.transpose()?, digits: digits.transpose()? })
    }

    fn same(&self, found: &Figure, expected: &str) -> Result<bool, Box<dyn Error>> {
        if let Some(digits) = self.digits {
            return Ok(found.to_decimal(digits, Rounding::HalfUp) == expected);
        }
        let wanted: Figure = expected.parse()?;
        Ok(match &self.tolerance {
            None => *found == wanted,
            Some(tolerance) => {
                let difference = found.to_rational() - wanted.to_rational();
                let size = if difference < Figure::Whole(0).to_rational() { -difference } else { difference };
                size <= tolerance.to_rational()
            }
        })
    }

    fn check(&self, at: &str, found: Option<&Figure>, expected: &Value) -> Checked {
        if expected.is_null() {
            return Ok(());
        }
        let found = found.cloned().unwrap_or(Figure::Whole(0));
        let expected = text(expected);
        if self.same(&found, &expected)? {
            Ok(())
        } else {
            Err(format!("{at}: expected {expected}, found {found}").into())
        }
    }

    fn column(&self, at: &str, result: &CountResult, found: &[Option<Figure>], expected: &Value) -> Checked {
        for (name, votes) in expected.as_object().into_iter().flatten() {
            let place = result.candidates.iter().position(|known| known == name);
            let figure = place.and_then(|place| found.get(place)?.as_ref());
            self.check(&format!("{at}, {name}"), figure, votes)?;
        }
        Ok(())
    }
}

fn same_names(at: &str, found: &[&str], expected: &Value) -> Checked {
    if expected.is_null() || sorted(found.to_vec()) == sorted(strings(expected)) {
        Ok(())
    } else {
        Err(format!("{at}: expected {expected}, found {found:?}").into())
    }
}

fn stages(result: &CountResult, check: &Value, exactness: &Exactness) -> Checked {
    let Some(stages) = check["stages"].as_array() else {
        return Ok(());
    };
    if stages.len() != result.rounds.len() {
        let (expected, found) = (stages.len(), result.rounds.len());
        return Err(format!("expected {expected} stages, found {found}").into());
    }
    for (round, stage) in result.rounds.iter().zip(stages) {
        let at = format!("stage {}", round.number);
        exactness.column(&at, result, &round.tally, &stage["votes"])?;
        let quota = format!("{at}, quota");
        exactness.check(&quota, round.quota.as_ref(), &stage["quota"])?;
        let nowhere = format!("{at}, non-transferable");
        let exhausted = round.exhausted.as_ref();
        exactness.check(&nowhere, exhausted, &stage["nontransferable"])?;
        let rounding = round.rounding.clone().unwrap_or(Figure::Whole(0));
        let with_rounding = exhausted.map(|figure| Figure::sum(figure, &rounding));
        exactness.check(&nowhere, with_rounding.as_ref(), &stage["nontransferable_incl_rounding"])?;
        exactness.check(&nowhere, with_rounding.as_ref(), &stage["exhausted"])?;
        same_names(&at, &names(result, &round.elected), &stage["elected"])?;
        if let Some(event) = stage["event"].as_str() {
            if event != round.event.name() {
                return Err(format!("{at}: expected {event}, found {:?}", round.event).into());
            }
            let subject: Vec<&str> = stage["candidate"].as_str().into_iter().collect();
            if names(result, &round.subjects) != subject {
                return Err(format!("{at}: expected {subject:?}").into());
            }
        }
    }
    Ok(())
}

fn order(result: &CountResult, check: &Value) -> Checked {
    let Some(order) = check["election_order"].as_array() else {
        return Ok(());
    };
    let mut elected = Vec::new();
    for round in &result.rounds {
        for candidate in &round.elected {
            let late = result
                .groups
                .iter()
                .any(|(name, group)| *name == "elected_without_quota" && group.contains(candidate));
            elected.push((result.name(*candidate), u64::from(round.number), late));
        }
    }
    let expected: Vec<(&str, u64, bool)> = order
        .iter()
        .map(|one| {
            (
                one["candidate"].as_str().unwrap_or_default(),
                one["stage"].as_u64().unwrap_or_default(),
                one["without_quota"].as_bool().unwrap_or_default(),
            )
        })
        .collect();
    if elected == expected {
        Ok(())
    } else {
        Err(format!("order: expected {expected:?}, found {elected:?}").into())
    }
}

/// Elections and defeats of a count by iteration, with the round they belong to.
fn events(result: &CountResult) -> Vec<(&'static str, &str, &Round)> {
    let mut events = Vec::new();
    for round in &result.rounds {
        for (kind, candidates) in [("elect", &round.elected), ("defeat", &round.eliminated)] {
            for candidate in candidates {
                events.push((kind, result.name(*candidate), round));
            }
        }
    }
    events
}

fn iterations(result: &CountResult, check: &Value, exactness: &Exactness) -> Checked {
    let Some(expected) = check["events"].as_array() else {
        return Ok(());
    };
    let found = events(result);
    // Transcripts in words name what happened and to whom; the others give figures as well.
    let expected: Vec<(String, String, &Value)> = expected
        .iter()
        .filter_map(|event| match event {
            Value::String(line) => {
                let (what, who) = line.split_once(": ")?;
                let kind = if what.starts_with("Elect") { "elect" } else { "defeat" };
                Some((kind.to_owned(), who.to_owned(), &Value::Null))
            }
            _ => Some((text(&event["event"]), text(&event["candidate"]), event)),
        })
        .collect();
    let said: Vec<(&str, &str)> = found.iter().map(|(kind, who, _)| (*kind, *who)).collect();
    let wanted: Vec<(&str, &str)> =
        expected.iter().map(|(kind, who, _)| (kind.as_str(), who.as_str())).collect();
    if said != wanted {
        return Err(format!("events: expected {wanted:?}, found {said:?}").into());
    }
    for ((_, who, round), (_, _, event)) in found.iter().zip(&expected) {
        let at = format!("event of {who}");
        exactness.column(&at, result, &round.tally, &event["votes"])?;
        exactness.check(&at, round.quota.as_ref(), &event["quota"])?;
        let detail = |wanted| round.details.iter().find(|(name, _)| *name == wanted);
        let surplus = detail("surplus").map(|(_, figure)| figure);
        exactness.check(&at, surplus, &event["surplus"])?;
    }
    let figure = |wanted| result.figures.iter().find(|(name, _)| *name == wanted);
    let quota = figure("quota").map(|(_, figure)| figure);
    let end = &check["final"];
    exactness.check("final quota", quota, &end["quota"])?;
    exactness.check("final quota", quota, &check["final_quota"])?;
    for (name, expected) in
        [("votes", &end["votes"]), ("keep_factors", &end["kf"]), ("final_votes", &check["final_votes"])]
    {
        let column = result.column(name).ok_or("column")?;
        exactness.column(name, result, &column.values, expected)?;
    }
    Ok(())
}

fn rctab(result: &CountResult, check: &Value, exactness: &Exactness) -> Checked {
    let Some(rounds) = check["rounds"].as_array() else {
        return Ok(());
    };
    if rounds.len() != result.rounds.len() {
        let (expected, found) = (rounds.len(), result.rounds.len());
        return Err(format!("expected {expected} rounds, found {found}").into());
    }
    for (round, expected) in result.rounds.iter().zip(rounds) {
        let at = format!("round {}", round.number);
        exactness.check(&at, round.quota.as_ref(), &expected["threshold"])?;
        exactness.column(&at, result, &round.tally, &expected["tally"])?;
        let listed = expected["tally"].as_object().map_or(0, serde_json::Map::len);
        if round.tally.iter().flatten().count() != listed {
            return Err(format!("{at}: expected {listed} tallies").into());
        }
        for (reason, figure) in expected["inactive"].as_object().into_iter().flatten() {
            let found = round.details.iter().find(|(name, _)| name == reason);
            exactness.check(&at, found.map(|(_, figure)| figure), figure)?;
        }
        same_names(&at, &names(result, &round.elected), &expected["elected"])?;
        same_names(&at, &names(result, &round.eliminated), &expected["eliminated"])?;
        let transfers = expected["transfers"].as_array().ok_or("transfers")?;
        if transfers.len() != round.transfers.len() {
            return Err(format!("{at}: expected {} transfers", transfers.len()).into());
        }
        for wanted in transfers {
            let from = wanted["from"].as_str().unwrap_or_default();
            let found = round
                .transfers
                .iter()
                .find(|transfer| result.name(transfer.from) == from)
                .ok_or_else(|| format!("{at}: nothing from {from}"))?;
            let to = wanted["to"].as_object().ok_or("to")?;
            if to.len() != found.to.len() {
                return Err(format!("{at}: expected {to:?}, found {:?}", found.to).into());
            }
            for (target, figure) in &found.to {
                let name = match target {
                    Target::Candidate(candidate) => result.name(*candidate),
                    Target::Nobody(reason) => reason,
                };
                exactness.check(&format!("{at}, {from} to {name}"), Some(figure), &to[name])?;
            }
        }
    }
    Ok(())
}

fn run(case: &Path, ballots: &str, check: &Value) -> Checked {
    let mut params = Params::new();
    for (name, value) in check["params"].as_object().into_iter().flatten() {
        if name != "compare_tolerance" {
            params.set(name, text(value));
        }
    }
    let method = Method::from_params(check["method"].as_str().unwrap_or_default(), params)?;
    let file = BufReader::new(File::open(case.with_file_name(ballots))?);
    let election = read_named(ballots, file)?.remove(0);
    let result = count(&method, &election)?;
    let exactness = Exactness::of(check)?;
    same_names("winners", &result.elected_names(), &check["winners"])?;
    let first = result.rounds.first().and_then(|round| round.quota.as_ref());
    exactness.check("quota", first, &check["quota"])?;
    order(&result, check)?;
    stages(&result, check, &exactness)?;
    iterations(&result, check, &exactness)?;
    rctab(&result, check, &exactness)?;
    if let Some(rounds) = check["rounds"].as_u64() {
        let found = result.rounds.iter().filter(|round| round.event != RoundEvent::Close);
        if found.count() as u64 != rounds {
            return Err(format!("expected {rounds} rounds").into());
        }
    }
    Ok(())
}

#[test]
fn every_figure_of_the_published_counts() -> Checked {
    let Some(folder) = published() else {
        println!("no published counts beside the project folder: nothing checked");
        return Ok(());
    };
    let mut failures = Vec::new();
    let mut checked = 0;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if !path.to_string_lossy().ends_with(".expected.json") {
            continue;
        }
        let case: Value = serde_json::from_slice(&fs::read(&path)?)?;
        for check in case["checks"].as_array().into_iter().flatten() {
            let method = check["method"].as_str().unwrap_or_default();
            if !method.starts_with("stv_") && method != "qpq" {
                continue;
            }
            let ballots = case["ballots"].as_str().unwrap_or_default();
            let what = format!("{} {}", text(&case["case"]), text(&check["id"]));
            match run(&path, ballots, check) {
                Ok(()) => println!("{what}: agrees"),
                Err(error) => failures.push(format!("{what}: {error}")),
            }
            checked += 1;
        }
    }
    assert!(checked > 0, "the folder holds no count by transfer");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    Ok(())
}
