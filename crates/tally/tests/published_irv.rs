//! The published instant-runoff counts, every figure. They lie beside the project folder; elsewhere nothing is checked.

use std::{
    error::Error,
    fs::{self, File},
    io::BufReader,
    path::{Path, PathBuf},
};

use plenum_tally::{CountResult, Figure, Method, Params, count, files::read_named};
use serde_json::Value;

fn published() -> Option<PathBuf> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    Some(project.join("../shared/tally/public")).filter(|folder| folder.is_dir())
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn names<'a>(result: &'a CountResult, candidates: &[plenum_tally::election::Candidate]) -> Vec<&'a str> {
    let mut names: Vec<&str> = candidates.iter().map(|candidate| result.name(*candidate)).collect();
    names.sort_unstable();
    names
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

fn check(case: &Path, check: &Value, ballots: &str) -> Result<(), Box<dyn Error>> {
    let mut params = Params::new();
    for (name, value) in check["params"].as_object().into_iter().flatten() {
        params.set(name, text(value));
    }
    let method = Method::from_params(check["method"].as_str().unwrap_or_default(), params)?;
    let file = BufReader::new(File::open(case.with_file_name(ballots))?);
    let election = read_named(ballots, file)?.remove(0);
    let result = count(&method, &election)?;

    assert_eq!(result.elected_names(), strings(&check["winners"]), "{}", case.display());
    let rounds = check["rounds"].as_array().ok_or("rounds")?;
    assert_eq!(result.rounds.len(), rounds.len());
    for (round, expected) in result.rounds.iter().zip(rounds) {
        let at = format!("{} round {}", case.display(), round.number);
        let tally = expected["tally"].as_object().ok_or("tally")?;
        assert_eq!(round.tally.iter().flatten().count(), tally.len(), "{at}");
        for (name, votes) in tally {
            let candidate = election.find(name).ok_or("candidate")?;
            let figure = round.tally[candidate.index()].as_ref().ok_or("figure")?;
            assert_eq!(*figure, text(votes).parse::<Figure>()?, "{at} {name}");
        }
        assert_eq!(round.exhausted, Some(text(&expected["inactive"]).parse()?), "{at}");
        for (name, figure) in &round.details {
            assert_eq!(*figure, text(&expected["inactive_detail"][*name]).parse()?, "{at} {name}");
        }
        assert_eq!(names(&result, &round.eliminated), strings(&expected["eliminated"]), "{at}");
        assert_eq!(names(&result, &round.elected), strings(&expected["elected"]), "{at}");
    }
    Ok(())
}

#[test]
fn every_round_of_the_published_counts() -> Result<(), Box<dyn Error>> {
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
        for one in case["checks"].as_array().into_iter().flatten().filter(|one| one["method"] == "irv") {
            check(&path, one, case["ballots"].as_str().unwrap_or_default())?;
            checked += 1;
        }
    }
    assert!(checked > 0, "the folder holds no instant-runoff count");
    Ok(())
}

#[test]
fn every_published_file_is_read() -> Result<(), Box<dyn Error>> {
    for entry in published().into_iter().flat_map(fs::read_dir).flatten() {
        let path = entry?.path();
        let name = path.to_string_lossy().into_owned();
        if name.ends_with(".expected.json") {
            let case: Value = serde_json::from_slice(&fs::read(&path)?)?;
            let ballots = case["ballots"].as_str().unwrap_or_default();
            let election =
                read_named(ballots, BufReader::new(File::open(path.with_file_name(ballots))?))?.remove(0);
            if let Some(total) = case["n_ballots"].as_u64() {
                let (units, scale) = election.ballots().total();
                assert_eq!(Figure::scaled(units, scale), Figure::from(total), "{name}");
                assert_eq!(Some(election.len() as u64), case["n_candidates"].as_u64(), "{name}");
            }
        }
    }
    Ok(())
}
