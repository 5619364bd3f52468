//! The published counts by pairs, points, marks, scores and grades, every figure. They lie beside the project folder;
//! elsewhere nothing is checked.

use std::{
    collections::BTreeSet,
    error::Error,
    fs::{self, File},
    io::BufReader,
    path::{Path, PathBuf},
};

use plenum_tally::{Candidate, CountResult, Election, Figure, Method, Params, count, files::read_named};
use serde_json::Value;

type Checked = Result<(), Box<dyn Error>>;

const METHODS: [&str; 23] = [
    "pairwise_matrix",
    "schulze",
    "ranked_pairs",
    "minimax",
    "copeland",
    "borda",
    "condorcet",
    "schulze_with_default_option",
    "star",
    "score",
    "bloc_star",
    "sequentially_spent_score",
    "allocated_score_hare",
    "approval",
    "approval_majority",
    "approval_multiwinner",
    "majority_judgment",
    "plurality",
    "sntv",
    "coombs",
    "bucklin",
    "kemeny_young",
    "smith_set",
];

fn published() -> Option<PathBuf> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    Some(project.join("../shared/tally/public")).filter(|folder| folder.is_dir())
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn names(value: &Value) -> BTreeSet<String> {
    value.as_array().into_iter().flatten().map(text).collect()
}

fn named(result: &CountResult, candidates: &[Candidate]) -> BTreeSet<String> {
    candidates.iter().map(|candidate| result.name(*candidate).to_owned()).collect()
}

fn group<'a>(result: &'a CountResult, name: &str) -> Option<&'a [Candidate]> {
    let found = result.groups.iter().find(|(group, _)| *group == name)?;
    Some(&found.1)
}

/// Whom the rule puts in front, tied or not.
fn winners(result: &CountResult) -> &[Candidate] {
    group(result, "winners").unwrap_or(&result.elected)
}

fn check_column(at: &str, election: &Election, values: &[Option<Figure>], expected: &Value) -> Checked {
    let expected = expected.as_object().ok_or("an object of figures")?;
    assert_eq!(values.iter().flatten().count(), expected.len(), "{at}");
    for (name, figure) in expected {
        let candidate = election.find(name).ok_or("a candidate")?;
        assert_eq!(
            values[candidate.index()].as_ref().map(Figure::to_string),
            Some(text(figure)),
            "{at} {name}"
        );
    }
    Ok(())
}

fn check_matrix(
    at: &str,
    election: &Election,
    result: &CountResult,
    name: &str,
    expected: &Value,
) -> Checked {
    let matrix = result.matrix(name).ok_or("a matrix")?;
    for (first, row) in expected.as_object().ok_or("rows")? {
        let first = election.find(first).ok_or("a candidate")?;
        check_column(at, election, &matrix.values[first.index()], row)?;
    }
    Ok(())
}

fn check_runoff(result: &CountResult, election: &Election, at: &str, expected: &Value) -> Checked {
    let mut expected = expected.as_object().ok_or("a runoff")?.clone();
    let neither = expected.remove("no_preference").map(|value| text(&value));
    let shown = result.figures.iter().find(|(name, _)| *name == "no_preference");
    assert_eq!(shown.map(|(_, figure)| figure.to_string()), neither, "{at}");
    let runoff = result.column("runoff").ok_or("a runoff")?;
    check_column(at, election, &runoff.values, &Value::Object(expected))
}

fn check_options(result: &CountResult, election: &Election, at: &str, expected: &Value) -> Checked {
    let options: Vec<(String, &Value)> = match expected {
        Value::Object(map) => map.iter().map(|(name, option)| (name.clone(), option)).collect(),
        other => {
            let list = other.as_array().ok_or("options")?;
            let name = |option: &Value| {
                ["option", "name", "candidate"]
                    .iter()
                    .find_map(|key| option[*key].as_str())
                    .map(str::to_owned)
                    .ok_or("an option's name")
            };
            list.iter().map(|option| Ok((name(option)?, option))).collect::<Result<_, &str>>()?
        }
    };
    for (name, option) in options {
        let candidate = election.find(&name).ok_or("an option")?;
        for key in ["over_default", "default_over"] {
            let column = result.column(key).ok_or("a column")?;
            let shown = column.values[candidate.index()].as_ref().map(Figure::to_string);
            assert_eq!(shown, Some(text(&option[key])), "{at} {name} {key}");
        }
        for key in ["reaches_quorum", "passes_majority"] {
            let holds = group(result, key).is_some_and(|group| group.contains(&candidate));
            assert_eq!(Some(holds), option[key].as_bool(), "{at} {name} {key}");
        }
    }
    Ok(())
}

fn check(at: &str, elections: &[Election], check: &Value) -> Checked {
    let mut params = Params::new();
    for (name, value) in check["params"].as_object().into_iter().flatten() {
        params.set(name, text(value));
    }
    let method = Method::from_params(check["method"].as_str().unwrap_or_default(), params)?;
    // A file of several elections names the one meant by its title.
    let election = elections
        .iter()
        .find(|election| elections.len() > 1 && Some(election.title()) == check["id"].as_str())
        .unwrap_or(&elections[0]);
    let result = count(&method, election)?;
    for (key, expected) in check.as_object().into_iter().flatten() {
        match key.as_str() {
            "winners" if check["winners_ordered"] == Value::Bool(true) => {
                let expected: Vec<String> = expected.as_array().into_iter().flatten().map(text).collect();
                assert_eq!(result.elected_names(), expected, "{at}");
            }
            "winners" => assert_eq!(named(&result, winners(&result)), names(expected), "{at}"),
            "ranking" => {
                let ranking: Vec<BTreeSet<String>> =
                    result.ranking.iter().map(|group| named(&result, group)).collect();
                let expected: Vec<BTreeSet<String>> =
                    expected.as_array().into_iter().flatten().map(names).collect();
                assert_eq!(ranking, expected, "{at}");
            }
            "matrix" => check_matrix(at, election, &result, "pairwise", expected)?,
            "path_strengths" => check_matrix(at, election, &result, "path_strengths", expected)?,
            "scores" | "totals" => {
                let column = result.column(key).ok_or("a column")?;
                check_column(at, election, &column.values, expected)?;
            }
            "finalists" | "passing" | "dropped" => {
                let shown = group(&result, key).ok_or("a group")?;
                assert_eq!(named(&result, shown), names(expected), "{at} {key}");
            }
            "ranks" => {
                let ranks = result.column("ranks").ok_or("ranks")?;
                let shown: Vec<String> = ranks.values.iter().flatten().map(Figure::to_string).collect();
                let expected: Vec<String> = expected.as_array().into_iter().flatten().map(text).collect();
                assert_eq!(shown, expected, "{at}");
            }
            "runoff" => check_runoff(&result, election, at, expected)?,
            "options" => check_options(&result, election, at, expected)?,
            _ => {}
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
    let mut checked = 0;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if !path.to_string_lossy().ends_with(".expected.json") {
            continue;
        }
        let case: Value = serde_json::from_slice(&fs::read(&path)?)?;
        let ballots = case["ballots"].as_str().unwrap_or_default();
        let file = BufReader::new(File::open(path.with_file_name(ballots))?);
        let elections = read_named(ballots, file)?;
        for one in case["checks"].as_array().into_iter().flatten() {
            if METHODS.contains(&one["method"].as_str().unwrap_or_default()) {
                let at = format!("{} {}", path.display(), text(&one["id"]));
                check(&at, &elections, one)?;
                checked += 1;
            }
        }
    }
    println!("{checked} checks");
    assert!(checked > 0, "the folder holds no such count");
    Ok(())
}
