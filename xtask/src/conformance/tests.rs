use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Report, check_case, run};

/// A folder of made-up cases that goes when the test is over.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("plenum-conformance-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder for the test");
        Self(path)
    }

    fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, content).expect("a file of the test");
        path
    }

    fn check(&self, case: &Value) -> Report {
        check_case(&self.write("made.expected.json", &case.to_string()))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const RANKED: &str = "3 1\n4 1 2 0\n3 2 3 0\n2 3 2 0\n1 0\n0\n\"Ann\"\n\"Bob\"\n\"Cy\"\n\"Chair\"\n";
const STV: &str = "3 2\n7 1 2 0\n2 2 0\n2 3 0\n0\n\"Ann\"\n\"Bob\"\n\"Cy\"\n\"Board\"\n";
const SCORES: &str =
    r#"{"kind":"score","max_score":5,"candidates":["Ann","Bob"],"ballots":[[3,[5,1]],[2,[0,4]],[1,[2,2]]]}"#;
const GRADES: &str = r#"{"kind":"grade_tallies","elections":[
    {"title":"one","participants":3,"mode":"all judged","tallies":[[0,1,2],[2,1,0]]},
    {"title":"two","participants":3,"mode":"all judged","tallies":[[3,0,0],[0,0,3]]}]}"#;

fn irv() -> Value {
    json!({
        "case": "made", "ballots": "made.blt", "n_ballots": 10, "n_candidates": 3, "seats": 1,
        "source": "made up", "licence": "none", "source_of_truth": "by hand", "notes": "",
        "checks": [
            {"id": "irv", "method": "irv", "params": {"overvoteRule": "exhaustImmediately"}, "winners": ["Bob"],
             "peers": {"somebody": "agree"},
             "rounds": [
                {"round": 1, "tally": {"Ann": 4, "Bob": 3, "Cy": 2}, "inactive": 0, "threshold": 5,
                 "inactive_detail": {"exhaustedChoices": 0, "overvotes": 0}, "eliminated": ["Cy"], "elected": []},
                {"round": 2, "tally": {"Ann": 4, "Bob": 5}, "inactive": 0, "eliminated": [], "elected": ["Bob"]}]},
            {"id": "pairs", "method": "pairwise_matrix", "params": {},
             "matrix": {"Ann": {"Bob": 4, "Cy": 4}, "Bob": {"Ann": 5, "Cy": 7}, "Cy": {"Ann": 5, "Bob": 2}}},
            {"id": "schulze", "method": "schulze", "params": {"strength": "margins"}, "winners": ["Bob"],
             "ranking": [["Bob"], ["Cy"], ["Ann"]]},
            {"id": "borda", "method": "borda", "params": {}, "winners": ["Bob"],
             "scores": {"Ann": 8, "Bob": "12", "Cy": "14/2"}}
        ]
    })
}

fn stv() -> Value {
    json!({
        "ballots": "stv.blt", "n_ballots": 11, "n_candidates": 3, "seats": 2,
        "checks": [
            {"id": "scottish", "method": "stv_scottish", "params": {"decimals": 5}, "winners": ["Ann", "Bob"],
             "quota": "4.00000",
             "election_order": [{"candidate": "Ann", "stage": 1}, {"candidate": "Bob", "stage": 2}],
             "stages": [
                {"stage": 1, "event": "first_preferences", "candidate": null, "quota": "4.00000",
                 "votes": {"Ann": "7.00000", "Bob": "2.00000", "Cy": "2.00000"}, "nontransferable": "0.00000",
                 "nontransferable_incl_rounding": "0.00000", "elected": ["Ann"]},
                {"stage": 2, "event": "surplus", "candidate": "Ann", "quota": "4.00000",
                 "votes": {"Ann": "4.00000", "Bob": "4.99999", "Cy": "2.00000"}, "nontransferable": "0.00000",
                 "nontransferable_incl_rounding": "0.00001", "elected": ["Bob"]}]},
            {"id": "meek", "method": "stv_meek", "params": {"compare_tolerance": "1e-4"}, "winners": ["Ann", "Bob"],
             "events": ["Begin Count", "Elect: Ann", "Elect: Bob", "Defeat remaining: Cy", "Count Complete"]}
        ]
    })
}

fn folder(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.write("made.blt", RANKED);
    folder.write("stv.blt", STV);
    folder.write("scores.json", SCORES);
    folder.write("grades.json", GRADES);
    folder
}

/// A case with one place changed.
fn altered(case: &Value, place: &str, value: Value) -> Value {
    let mut case = case.clone();
    let at = case.pointer_mut(place);
    *at.unwrap_or_else(|| panic!("the case has no {place}")) = value;
    case
}

#[test]
fn cases_that_are_right_pass() {
    let folder = folder("right");
    for (case, checks) in [(irv(), 4), (stv(), 2)] {
        let report = folder.check(&case);
        assert_eq!((report.passed, report.failed), (checks, 0), "{:#?}", report.lines);
    }
}

#[test]
fn every_altered_figure_is_caught() {
    let folder = folder("altered");
    for (place, value) in [
        ("/n_ballots", json!(11)),
        ("/n_candidates", json!(4)),
        ("/seats", json!(2)),
        ("/ballots", json!("none.blt")),
        ("/ballots", json!("../made.blt")),
        ("/checks", json!([])),
        ("/checks/0/method", json!("guess")),
        ("/checks/0/params", json!({"colour": "blue"})),
        ("/checks/0/params", json!({"overvoteRule": "maybe"})),
        ("/checks/0/winners", json!(["Ann"])),
        ("/checks/0/winners", json!(["Bob", "Ann"])),
        ("/checks/0/rounds/0/round", json!(2)),
        ("/checks/0/rounds/0/tally/Ann", json!(5)),
        ("/checks/0/rounds/0/tally", json!({"Ann": 4, "Bob": 3})),
        ("/checks/0/rounds/0/tally", json!({"Ann": 4, "Bob": 3, "Cy": 2, "Di": 0})),
        ("/checks/0/rounds/0/inactive", json!(1)),
        ("/checks/0/rounds/0/threshold", json!(6)),
        ("/checks/0/rounds/0/inactive_detail/overvotes", json!(1)),
        ("/checks/0/rounds/0/eliminated", json!(["Ann"])),
        ("/checks/0/rounds/1/elected", json!([])),
        ("/checks/0/rounds", json!([])),
        ("/checks/0/rounds", json!(3)),
        ("/checks/1/matrix/Ann/Bob", json!(5)),
        ("/checks/1/matrix/Cy", json!({})),
        ("/checks/2/ranking", json!([["Bob"], ["Ann"], ["Cy"]])),
        ("/checks/2/ranking", json!([["Bob"], ["Cy"]])),
        ("/checks/3/scores/Ann", json!("19/2")),
        ("/checks/3/scores/Ann", json!(9.5)),
    ] {
        let report = folder.check(&altered(&irv(), place, value.clone()));
        assert!(report.failed > 0, "{place} = {value}: {:#?}", report.lines);
    }
    for (place, value) in [
        ("/checks/0/quota", json!("5.00000")),
        ("/checks/0/params/decimals", json!(4)),
        ("/checks/0/election_order/1/stage", json!(1)),
        ("/checks/0/election_order/1/candidate", json!("Cy")),
        ("/checks/0/election_order/1", json!({"candidate": "Bob", "stage": 2, "without_quota": true})),
        ("/checks/0/stages/1/votes/Bob", json!("4.99998")),
        ("/checks/0/stages/1/votes/Bob", json!("5")),
        ("/checks/0/stages/1/event", json!("exclusion")),
        ("/checks/0/stages/1/candidate", json!("Bob")),
        ("/checks/0/stages/1/nontransferable", json!("0.00001")),
        ("/checks/0/stages/1/nontransferable_incl_rounding", json!("0.00000")),
        ("/checks/1/events/1", json!("Elect: Bob")),
        ("/checks/1/events/3", json!("Defeat remaining: Ann")),
        ("/checks/1/events/3", json!("Rest")),
    ] {
        let report = folder.check(&altered(&stv(), place, value.clone()));
        assert!(report.failed > 0, "{place} = {value}: {:#?}", report.lines);
    }
}

#[test]
fn the_first_difference_is_told_with_both_values() {
    let folder = folder("told");
    let case = altered(&stv(), "/checks/0/stages/1/votes/Bob", json!("4.99998"));
    let report = folder.check(&case);
    let expected =
        "FAIL made scottish: stage 2, votes of \"Bob\": expected 4.99998, counted 4.99999".to_owned();
    assert!(report.lines.contains(&expected), "{:#?}", report.lines);
    assert_eq!((report.passed, report.failed), (1, 1));
}

#[test]
fn nothing_expected_is_passed_over() {
    let folder = folder("unknown");
    for (key, value) in [("margin", json!(3)), ("smith_set", json!(["Bob"])), ("seat_of", json!({"Bob": 1}))]
    {
        let mut case = irv();
        case["checks"][0][key] = value;
        assert_eq!(folder.check(&case).failed, 1, "{key}");
        let mut case = irv();
        case["checks"][0]["rounds"][0][key] = json!(3);
        assert_eq!(folder.check(&case).failed, 1, "{key} of a round");
    }
    let mut case = irv();
    case["turnout"] = json!(12);
    assert_eq!(folder.check(&case).failed, 1);
    let mut case = irv();
    case["checks"][0].as_object_mut().map(|check| check.remove("winners"));
    assert_eq!(folder.check(&case).failed, 1);
}

#[test]
fn scores_grades_and_tolerances() {
    let folder = folder("others");
    let star = json!({"ballots": "scores.json", "n_ballots": 6, "checks": [
        {"id": "star", "method": "star", "params": {"max_score": 5, "blank": 0}, "winners": ["Ann"],
         "scores": {"Ann": 17, "Bob": 13}, "finalists": ["Ann", "Bob"],
         "runoff": {"Ann": 3, "Bob": 2, "no_preference": 1}}]});
    assert_eq!(folder.check(&star).failed, 0, "{:#?}", folder.check(&star).lines);
    for (place, value) in [
        ("/checks/0/runoff/no_preference", json!(0)),
        ("/checks/0/runoff/Ann", json!(4)),
        ("/checks/0/finalists", json!(["Ann"])),
        ("/checks/0/params/max_score", json!(4)),
    ] {
        assert_eq!(folder.check(&altered(&star, place, value)).failed, 1, "{place}");
    }

    // A file of several elections: the check's id is the title of one of them.
    let grades = json!({"ballots": "grades.json", "checks": [
        {"id": "two", "method": "majority_judgment", "params": {"default": null}, "ranks": [2, 1]},
        {"id": "one", "method": "majority_judgment", "params": {}, "ranks": [1, 2]}]});
    assert_eq!(folder.check(&grades).failed, 0, "{:#?}", folder.check(&grades).lines);
    assert_eq!(folder.check(&altered(&grades, "/checks/0/id", json!("one"))).failed, 1);
    assert_eq!(folder.check(&altered(&grades, "/checks/0/id", json!("three"))).failed, 1);
    assert_eq!(folder.check(&altered(&grades, "/checks/0/ranks", json!([2, 1, 3]))).failed, 1);

    let final_votes = |ann: &str| {
        let mut case = stv();
        case["checks"][1]["final_quota"] = json!("3.6667");
        case["checks"][1]["final_votes"] = json!({"Ann": ann});
        folder.check(&case)
    };
    let close = final_votes("3.66670");
    assert_eq!(close.failed, 0, "{:#?}", close.lines);
    assert_eq!(final_votes("3.66690").failed, 1);
}

#[test]
fn open_ties_are_decided_as_published() {
    let folder = folder("ties");
    folder.write("tie.blt", "3 1\n3 1 0\n2 2 1 0\n2 3 2 0\n0\n\"Ann\"\n\"Bob\"\n\"Cy\"\n\"Tied\"\n");
    let case = |first: &str, second: Value| {
        json!({"ballots": "tie.blt", "checks": [{"id": "irv", "method": "irv",
            "params": {"tiebreakMode": "random", "randomSeed": "1"}, "winners": [if first == "Bob" { "Ann" } else { "Bob" }],
            "rounds": [
                {"round": 1, "tally": {"Ann": 3, "Bob": 2, "Cy": 2}, "eliminated": [first]},
                {"round": 2, "tally": second}]}]})
    };
    assert_eq!(folder.check(&case("Bob", json!({"Ann": 5, "Cy": 2}))).failed, 0);
    assert_eq!(folder.check(&case("Cy", json!({"Ann": 3, "Bob": 4}))).failed, 0);
    assert_eq!(folder.check(&case("Cy", json!({"Ann": 5, "Cy": 2}))).failed, 1);
    // A rule that is named decides, whatever is expected.
    let mut named = case("Bob", json!({"Ann": 5, "Cy": 2}));
    named["checks"][0]["params"] = json!({"tiebreakMode": "useCandidateOrder"});
    assert_eq!(folder.check(&named).failed, 1);
}

#[test]
fn official_figures_are_compared_where_they_have_our_form() {
    let folder = folder("official");
    let with = |official: Value| {
        let mut case = stv();
        case["checks"][0]["official"] = official;
        folder.check(&case)
    };
    let right = with(json!({"quota": 4, "elected": ["Ann", "Bob"], "first_preferences": {"Ann": 7},
        "stages": [{"stage": 2, "votes": {"Bob": "5.00"}, "nontransferable": "0.00001"}], "turnout": 55}));
    assert_eq!(right.failed, 0, "{:#?}", right.lines);
    assert!(right.lines.iter().any(|line| line.starts_with("note made scottish: official: turnout")));
    for wrong in [
        json!({"quota": 5}),
        json!({"elected": ["Ann"]}),
        json!({"first_preferences": {"Ann": 8}}),
        json!({"stages": [{"stage": 2, "votes": {"Bob": "5.01"}}]}),
    ] {
        assert_eq!(with(wrong.clone()).failed, 1, "{wrong}");
    }
}

#[test]
fn a_folder_without_cases_or_with_unreadable_ones_fails() {
    let folder = Folder::new("folders");
    assert!(run(&folder.0).is_err());
    assert!(run(Path::new("no such folder")).is_err());
    folder.write("broken.expected.json", "{");
    assert!(run(&folder.0).is_err());
    folder.write("broken.expected.json", r#"{"ballots": "broken.blt", "checks": [{}]}"#);
    folder.write("broken.blt", "3 1\n1 9 0\n");
    let report = check_case(&folder.0.join("broken.expected.json"));
    assert_eq!(report.failed, 1);
    assert!(report.lines[0].contains("broken.blt: line 2, column 3: candidate 9"), "{:?}", report.lines);
}
