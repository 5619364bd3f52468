use clap::Parser;
use plenum_tally::files::read_blt;

use super::*;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    count: CountArguments,
}

fn arguments(line: &[&str]) -> CountArguments {
    Line::try_parse_from([&["count"], line].concat()).expect("a command line").count
}

const WARD: &str = "4 2\n-4\n7 1 2 0\n2 2 0\n2 3 0\n1 0\n0\n\"Ann\"\n\"Bob\"\n\"Cy\"\n\"Di\"\n\"Ward 5\"\n";

fn counted(line: &[&str], ballots: &str) -> (CountResult, Election) {
    let arguments = arguments(line);
    let election = read_blt(ballots.as_bytes()).expect("ballots");
    let method = Method::from_params(
        arguments.method.as_deref().unwrap_or_default(),
        params(&arguments).expect("parameters"),
    )
    .expect("a method");
    (one(&arguments, &method, &election).expect("a count"), election)
}

fn sheet(line: &[&str], ballots: &str) -> String {
    let (result, election) = counted(line, ballots);
    let mut out = String::new();
    sheet::write(&mut out, &result, &election, arguments(line).pairwise);
    out
}

#[test]
fn the_count_sheet_can_be_read() {
    let sheet = sheet(&["--method", "scottish-stv", "--pairwise", "ward.blt"], WARD);
    for part in [
        "Ward 5\nScottish STV\n12 ballots, 3 candidates, 2 seats. 1 ballot blank and not counted.",
        "Withdrawn: Di.\nQuota: 4.00000\n",
        "Stage 1: ",
        "Votes after stage         1        2\n",
        "Bob                 2.00000  4.99999\n",
        "(quota)             4.00000  4.00000\n",
        "pairwise  over 1  over 2  over 3\n1 Ann          -       7       7\n",
        "Elected\n  1. Ann\n  2. Bob\n",
    ] {
        assert!(sheet.contains(part), "{part}\nis not in\n{sheet}");
    }
    assert!(sheet.lines().all(|line| line.chars().count() <= 100 && line == line.trim_end()), "{sheet}");
}

#[test]
fn a_tie_stands_in_the_sheet_open_or_broken() {
    let ballots = "2 1\n1 1 0\n1 2 0\n0\n\"Ann\"\n\"Bob\"\n\"\"\n";
    let open = sheet(&["--method", "plurality", "x.blt"], ballots);
    assert!(open.contains("The count stopped at a tie between Ann, Bob."), "{open}");
    let lot = sheet(&["--method", "plurality", "--seed", "2026", "x.blt"], ballots);
    assert!(lot.contains("by lot drawn from \"2026\".") && lot.contains("Elected\n  1. "), "{lot}");
    let order = sheet(&["--method", "irv", "--tie", "backwards,candidate-order", "x.blt"], ballots);
    assert!(
        order.contains("Step 1, who is excluded, between Ann, Bob: Bob, by the order of candidates."),
        "{order}"
    );
}

#[test]
fn json_has_the_shape_of_published_counts() {
    let (result, election) = counted(&["--method", "scottish-stv", "ward.blt"], WARD);
    let text = json::text(&[(result, election)]).expect("JSON");
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    for (place, value) in [
        ("/method", serde_json::json!("scottish-stv")),
        ("/n_ballots", serde_json::json!(12)),
        ("/winners", serde_json::json!(["Ann", "Bob"])),
        ("/quota", serde_json::json!("4.00000")),
        ("/election_order/1", serde_json::json!({"candidate": "Bob", "stage": 2})),
        ("/stages/0/candidate", serde_json::Value::Null),
        ("/stages/1/candidate", serde_json::json!("Ann")),
        ("/stages/1/votes/Bob", serde_json::json!("4.99999")),
        ("/stages/1/nontransferable_incl_rounding", serde_json::json!("0.00001")),
    ] {
        assert_eq!(json.pointer(place), Some(&value), "{place}");
    }
    let (result, election) = counted(&["--method", "irv", "ward.blt"], WARD);
    let json: serde_json::Value =
        serde_json::from_str(&json::text(&[(result, election)]).expect("JSON")).expect("JSON");
    assert_eq!(json["rounds"][0]["tally"], serde_json::json!({"Ann": 7, "Bob": 2, "Cy": 2}));
    assert_eq!(json["rounds"][0]["inactive"], 0);
}

#[test]
fn mistakes_are_named() {
    assert!(known("guess").is_err_and(|error| error.contains("scottish-stv")));
    assert!(params(&arguments(&["--method", "irv", "--param", "x", "f"])).is_err());
    assert!(Line::try_parse_from(["count", "f"]).is_err());
    let missing = count(&arguments(&["--method", "irv", "no such file.blt"]));
    assert!(missing.is_err_and(|error| error.starts_with("no such file.blt: ")));
    let unknown = count(&arguments(&["--method", "irv", "--param", "colour=blue", "f"]));
    assert!(unknown.is_err_and(|error| error.contains("plenum count --methods --method irv")));
}

#[test]
fn the_bar_fills() {
    assert_eq!(progress::line("reading", 0, 4), format!("[{}]   0 % reading", " ".repeat(30)));
    assert_eq!(
        progress::line("reading", 2, 4),
        format!("[{}{}]  50 % reading", "#".repeat(15), " ".repeat(15))
    );
    assert_eq!(progress::line("counting", 9, 4), format!("[{}] 100 % counting", "#".repeat(30)));
    assert_eq!(progress::line("reading", 0, 0), format!("[{}] 100 % reading", "#".repeat(30)));
}

#[test]
fn every_method_is_in_the_index() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/COUNTING.md");
    let index = std::fs::read_to_string(path).expect("docs/COUNTING.md");
    for info in methods() {
        assert!(index.contains(&format!("`{}`", info.name)), "{} is not in docs/COUNTING.md", info.name);
    }
    let ties = COMMON_PARAMETERS.iter().find(|one| one.name == "ties").expect("ties");
    for rule in ties.values.split(';').next().unwrap_or_default().split(',').map(str::trim) {
        assert!(index.contains(&format!("`{rule}`")), "{rule} is not in docs/COUNTING.md");
    }
}
