//! `cargo xtask bench count`: how long a million ballots take, from the file to the result.
//!
//! Each measurement runs in a process of its own (`crates/tally/benches/count.rs`), so that its peak memory is its own
//! too. Figures of one run compare with each other; machines and their load differ.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::command::{cargo, root};

const BALLOTS: u64 = 1_000_000;
const SEATS: u64 = 5;
const TIMES: usize = 5;

/// What is measured: a title, the methods counted one after another, and the target in milliseconds.
const MEASURED: &[(&str, &str, u64)] = &[
    ("reading the file", "parse", 0),
    ("plurality", "plurality", 1_000),
    ("IRV", "irv", 1_000),
    ("Scottish STV", "scottish-stv", 2_000),
    ("Meek STV, 9 decimals", "meek-stv", 3_000),
    ("pairwise matrix, Schulze, Ranked Pairs", "pairwise-matrix+schulze+ranked-pairs", 2_000),
];

/// Measures, prints and writes `target/bench/count.json`.
pub(crate) fn run() -> Result<(), String> {
    let program = build()?;
    let folder = root().join("target/bench");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let files = [BALLOTS, 2 * BALLOTS].map(|ballots| (ballots, folder.join(format!("count-{ballots}.blt"))));
    for (ballots, file) in &files {
        eprintln!("Making up {ballots} ballots");
        call(&program, &["generate", &file.to_string_lossy(), &ballots.to_string()])?;
    }
    println!("Reading and counting {BALLOTS} made-up ballots of 20 candidates, median of {TIMES}:\n");
    println!("{:40} {:>8} {:>8} {:>6} {:>8} {:>8}", "", "ms", "target", "MB/s", "MB held", "2 M/1 M");
    let mut written = Vec::new();
    for (title, methods, target) in MEASURED {
        // Both sizes in turn, so that a change of the machine's load meets both.
        let mut runs = [Vec::new(), Vec::new()];
        for _ in 0..TIMES {
            for ((_, file), runs) in files.iter().zip(&mut runs) {
                let seats = SEATS.to_string();
                runs.push(call(&program, &["run", &file.to_string_lossy(), methods, &seats])?);
            }
        }
        let [one, two] = runs;
        if one.iter().any(|run| run["there"] != true) {
            println!("{title:40} not there");
            written.push(json!({"what": title, "methods": methods, "there": false}));
            continue;
        }
        let (whole, twice) = (median(&one, "whole_us"), median(&two, "whole_us"));
        let (parse, bytes) = (median(&one, "parse_us"), median(&one, "bytes"));
        let peak = median(&one, "peak_kb");
        let goal = if *target == 0 { String::new() } else { target.to_string() };
        println!(
            "{title:40} {:>8} {goal:>8} {:>6} {:>8} {:>5}.{:02}",
            thousandths(whole),
            bytes.checked_div(parse).unwrap_or_default(),
            thousandths(peak),
            twice.checked_div(whole).unwrap_or_default(),
            (twice * 100).checked_div(whole).unwrap_or_default() % 100,
        );
        written.push(json!({
            "what": title, "methods": methods, "there": true, "target_ms": target, "whole_us": whole,
            "parse_us": parse, "bytes": bytes, "different": median(&one, "different"), "peak_kb": peak,
            "whole_us_twice_the_ballots": twice, "peak_kb_twice_the_ballots": median(&two, "peak_kb"),
            "elected": one[0]["elected"], "runs": one, "runs_twice_the_ballots": two,
        }));
    }
    let report = folder.join("count.json");
    let text =
        serde_json::to_string_pretty(&json!({"ballots": BALLOTS, "seats": SEATS, "measured": written}));
    fs::write(&report, text.map_err(|error| error.to_string())?)
        .map_err(|error| format!("{}: {error}", report.display()))?;
    println!("\nAll figures: {}", report.display());
    Ok(())
}

/// Builds the program that measures, optimized; where it is.
fn build() -> Result<PathBuf, String> {
    let arguments =
        ["bench", "--no-run", "--package", "plenum-tally", "--bench", "count", "--message-format=json"];
    let mut child = cargo(&arguments)
        .into_command()
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cargo cannot be run: {error}"))?;
    let output = child.stdout.take().ok_or("cargo says nothing")?;
    let mut program = None;
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        let message: Value = serde_json::from_str(&line).unwrap_or_default();
        if message["target"]["name"] == "count"
            && let Some(path) = message["executable"].as_str()
        {
            program = Some(PathBuf::from(path));
        }
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    program.filter(|_| status.success()).ok_or_else(|| "the benchmark does not compile".to_owned())
}

fn call(program: &Path, arguments: &[&str]) -> Result<Value, String> {
    let failed = |why: String| format!("{}: {why}", arguments.join(" "));
    let output = Command::new(program).args(arguments).stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(output.status.to_string()));
    }
    Ok(serde_json::from_slice(&output.stdout).unwrap_or_default())
}

fn median(runs: &[Value], figure: &str) -> u64 {
    let mut figures: Vec<u64> = runs.iter().filter_map(|run| run[figure].as_u64()).collect();
    figures.sort_unstable();
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

fn thousandths(figure: u64) -> u64 {
    (figure + 500) / 1_000
}
