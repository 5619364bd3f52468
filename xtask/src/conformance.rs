//! Published counts, counted again: every check of every case in a folder, every figure to the last digit given.
//!
//! A case is `<case>.expected.json` with the ballot file it names. Its checks give a method, its parameters and what
//! must come out. Nothing expected is passed over: a key is either compared, or known to be a remark
//! ([`fields::is_remark`]), or the check fails. Published figures of another form than ours (`official`) are named in a
//! note where they cannot be compared.

mod compare;
mod decisions;
mod events;
mod fields;
mod official;
mod steps;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};

use plenum_tally::files::read_named;
use plenum_tally::{CountResult, Election};
use serde_json::{Map, Value};

use compare::{Comparison, text};

/// How the file names of expected counts end.
const EXPECTED: &str = ".expected.json";

/// Lines about checks, and how many held.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) lines: Vec<String>,
    pub(crate) passed: usize,
    pub(crate) failed: usize,
}

impl Report {
    fn ok(&mut self, case: &str, check: &str, how: &str) {
        self.passed += 1;
        self.lines.push(format!("ok   {case} {check}{how}"));
    }

    fn fail(&mut self, case: &str, check: &str, why: &str) {
        self.failed += 1;
        self.lines.push(format!("FAIL {case} {check}: {why}"));
    }

    fn note(&mut self, case: &str, note: &str) {
        self.lines.push(format!("note {case} {note}"));
    }
}

/// Runs every check of every case in a folder and says how it went; an error unless all of them hold.
pub(crate) fn run(folder: &Path) -> Result<(), String> {
    let cases = cases(folder)?;
    if cases.is_empty() {
        return Err(format!("{} holds no case (no file ends in {EXPECTED})", folder.display()));
    }
    let mut out = std::io::stdout().lock();
    let mut said = |line: &str| writeln!(out, "{line}").map_err(|error| error.to_string());
    let (mut passed, mut failed) = (0, 0);
    for case in &cases {
        let report = check_case(case);
        for line in &report.lines {
            said(line)?;
        }
        (passed, failed) = (passed + report.passed, failed + report.failed);
    }
    said(&format!("{passed} passed, {failed} failed"))?;
    if failed == 0 { Ok(()) } else { Err(format!("{failed} of {} checks failed", passed + failed)) }
}

/// The published counts beside the project, where they are there.
pub(crate) fn run_published() -> Result<(), String> {
    let folder = crate::command::root().join("../shared/tally/public");
    if folder.is_dir() {
        return run(&folder);
    }
    println!("note: no published counts beside the project (../shared/tally/public), nothing was compared");
    Ok(())
}

fn cases(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut cases = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(EXPECTED)) {
            cases.push(path);
        }
    }
    cases.sort();
    Ok(cases)
}

/// Everything one case says.
pub(crate) fn check_case(path: &Path) -> Report {
    let mut report = Report::default();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let case = name.strip_suffix(EXPECTED).unwrap_or(&name).to_owned();
    if let Err(why) = read_case(path).and_then(|read| check_all(&case, &read, &mut report)) {
        report.fail(&case, "(case)", &why);
    }
    report
}

struct Case {
    expected: Map<String, Value>,
    elections: Vec<Election>,
}

fn read_case(path: &Path) -> Result<Case, String> {
    let content = fs::read(path).map_err(|error| error.to_string())?;
    let expected: Value =
        serde_json::from_slice(&content).map_err(|error| format!("it is no JSON: {error}"))?;
    let Value::Object(expected) = expected else { return Err("it is no JSON object".to_owned()) };
    let ballots = expected.get("ballots").and_then(Value::as_str).ok_or("`ballots` names no file")?;
    // The two files of a case stand in one folder.
    if ballots.contains(['/', '\\']) {
        return Err(format!("the ballot file `{ballots}` must stand in the same folder"));
    }
    let file = File::open(path.with_file_name(ballots)).map_err(|error| format!("{ballots}: {error}"))?;
    let elections = read_named(ballots, BufReader::with_capacity(1 << 16, file))
        .map_err(|error| format!("{ballots}: {error}"))?;
    Ok(Case { expected, elections })
}

fn check_all(case: &str, read: &Case, report: &mut Report) -> Result<(), String> {
    fields::check_case(&read.expected, &read.elections)?;
    let checks = read.expected.get("checks").and_then(Value::as_array).ok_or("`checks` is no list")?;
    if checks.is_empty() {
        return Err("there is nothing to check".to_owned());
    }
    let mut counted = Vec::new();
    for (place, check) in checks.iter().enumerate() {
        let id = check.get("id").map_or_else(|| format!("check {}", place + 1), text);
        match check_one(read, check) {
            Ok(done) => {
                report.ok(case, &id, &done.how);
                for note in done.notes {
                    report.note(case, &format!("{id}: {note}"));
                }
                counted.push((done.result, done.election));
            }
            Err(why) => report.fail(case, &id, &why),
        }
    }
    // Published figures that belong to no check hold for one of the counts.
    if let Some(official) = read.expected.get("official") {
        let mut why = String::from("no count of this case stands to compare them with");
        for (result, election) in &counted {
            match official::check(official, result, &read.elections[*election]) {
                Ok(notes) => {
                    report.ok(case, "official", "");
                    for note in notes {
                        report.note(case, &format!("official: {note}"));
                    }
                    return Ok(());
                }
                Err(error) => why = error,
            }
        }
        report.fail(case, "official", &why);
    }
    Ok(())
}

/// A check that holds.
struct Done {
    result: CountResult,
    /// Position of the election counted.
    election: usize,
    /// How open ties were decided, in parentheses.
    how: String,
    notes: Vec<String>,
}

fn check_one(case: &Case, check: &Value) -> Result<Done, String> {
    let Value::Object(check) = check else { return Err("it is no JSON object".to_owned()) };
    // A file of several elections names the one meant by its title.
    let id = check.get("id").and_then(Value::as_str);
    let election = match &case.elections[..] {
        [] => return Err("the ballot file holds no election".to_owned()),
        [_] => 0,
        several => several.iter().position(|election| Some(election.title()) == id).ok_or(
            "the ballot file holds several elections, none of them with the check's id as its title",
        )?,
    };
    let mut first = None;
    for attempt in decisions::attempts(check)? {
        let counted = decisions::count(&attempt, &case.elections[election], check);
        let compared = counted.and_then(|(result, decided)| {
            let mut comparison = Comparison::new(check, &result, &case.elections[election])?;
            fields::check(&mut comparison)?;
            let notes = comparison.notes;
            let mut how = String::new();
            if decided > 0 {
                let ties = if decided == 1 { "a tie" } else { "ties" };
                let _ = write!(how, " ({ties} left open by the parameters decided as published)");
            }
            Ok(Done { result, election, how, notes })
        });
        match compared {
            Ok(done) => return Ok(done),
            Err(why) => {
                first.get_or_insert(why);
            }
        }
    }
    Err(first.unwrap_or_default())
}
