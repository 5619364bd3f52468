//! The second verifier, docs/verify.py, counts like this server: made-up votes on every method, with whatever
//! parameters and tie rules it takes, give the same result in both, to every figure of every round.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use plenum_domain::count::{BallotForm, Majority, method};
use plenum_domain::event::{Ballot, EventType, Method};
use plenum_domain::id::UserId;
use plenum_domain::organization::{QuorumRule, Weight};
use plenum_domain::result::{self, Bar, RollLine};
use plenum_domain::rules::AtCounting;
use plenum_domain::tie::Settling;
use plenum_domain::vote::Response;
use plenum_ports::documents::{EventData, QuorumData, ResultData};
use serde_json::{Value, json};

/// Reads an event a line and answers with what comes out differently, a line of JSON each.
const DRIVER: &str = r#"
import json, sys
from fractions import Fraction
sys.path.insert(0, sys.argv[1])
from verifier.results import Recount
for line in sys.stdin:
    case = json.loads(line, parse_float=Fraction)
    recount = Recount(case["terms"], case["roll"], case["ballots"], case["decisions"])
    print(json.dumps([recount.not_counted, *map(list, recount.differences(case["result"]))]))
"#;

/// Values of the parameters that mean something for ballots cast here, beside numbers of votes.
const VALUES: &[(&str, &[&str])] = &[
    ("arithmetic", &["fixed", "rational"]),
    ("base", &["ballots", "votes"]),
    ("batch-elimination", &["true", "false"]),
    ("blank", &["0", "1"]),
    ("continue-until-two-candidates-remain", &["true", "false"]),
    ("decimal-places-for-vote-arithmetic", &["0", "2", "4"]),
    ("decimals", &["0", "3", "5", "9"]),
    ("default", &["none", "1"]),
    ("defeat-batch", &["none", "safe"]),
    ("draw", &["schedule", "none"]),
    ("draw-seed", &["none", "7", "a hat"]),
    ("equally-strong", &["smaller-opposition", "together"]),
    ("exclude", &["below-average", "at-or-below-average"]),
    ("fill", &["weight", "ballots"]),
    ("first-divisor", &["1", "1.4"]),
    ("hare-quota", &["true", "false"]),
    ("keep-rounding", &["up", "down"]),
    ("last-surplus", &["true", "false"]),
    ("majority-ratio", &["1", "3/2", "[2, 1]", "{\"Ann\": 2, \"Çağla\": \"0.5\"}"]),
    ("max-rankings-allowed", &["max", "2", "3"]),
    ("median", &["lower", "upper"]),
    ("minimum-vote-threshold", &["0", "2"]),
    ("minimum-votes", &["0", "3"]),
    ("mode", &["file", "all-judged", "static-default", "median-default", "normalized"]),
    ("multi-seat-bottoms-up-percentage-threshold", &["15", "33.5"]),
    ("non-integer-winning-threshold", &["true", "false"]),
    ("omega", &["0.000001", "1e-3", "0.1"]),
    ("points", &["n-1..0", "n..1"]),
    ("quorum", &["0", "2", "3.5"]),
    ("quota", &["fraction", "whole"]),
    ("reduction", &["scale", "cap"]),
    ("restart", &["true", "false"]),
    ("stop-at-majority", &["true", "false"]),
    ("strength", &["winning-votes", "margins", "pairwise-opposition"]),
    ("strict", &["true", "false"]),
    ("threshold", &["1/2", "0.4", "2/3"]),
    ("threshold-percent", &["0", "5", "12.5"]),
    ("tied-lowest", &["tie-rule", "all"]),
    ("undeclared-write-in-candidate", &["none", "Bob"]),
    ("unranked", &["share", "none"]),
    ("value-rounding", &["once", "twice"]),
    ("variant", &["average", "pessimistic", "optimistic", "modified", "dowdall"]),
    ("votes", &["seats", "1", "2", "4"]),
    (
        "winner-election-mode",
        &[
            "multi-winner-allow-multiple-winners-per-round",
            "multi-winner-allow-only-one-winner-per-round",
            "bottoms-up",
            "bottoms-up-using-percentage-threshold",
        ],
    ),
    ("zero-surplus-stage", &["true", "false"]),
];

const TIES: [&str; 7] =
    ["backwards", "forwards", "previous-round", "candidate-order", "reverse-candidate-order", "lot", "chair"];
const NAMES: [&str; 7] = ["Ann", "Bob", "Çağla", "Di = E", "Ευα", "金", "G"];

/// Numbers that a seed decides.
struct Dice(u64);

impl Dice {
    /// One step of `SplitMix64`.
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).expect("it is below the bound")
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    fn shuffled<T: Clone>(&mut self, of: &[T]) -> Vec<T> {
        let mut left = of.to_vec();
        (0..of.len()).map(|_| left.swap_remove(self.below(left.len()))).collect()
    }
}

/// The terms of an election by a method, with some of its parameters; `None` where they do not go together.
fn election(dice: &mut Dice, info: &method::MethodInfo) -> Option<EventData> {
    let names = &NAMES[..2 + dice.below(NAMES.len() - 1)];
    let mut options: Vec<&str> = names.to_vec();
    let mut method = json!({"name": info.name});
    if info.seats == method::SeatRule::Any && info.name != "plurality" {
        method["seats"] = json!(1 + dice.below(names.len()));
    }
    if dice.one_in(3) {
        options.insert(dice.below(options.len()), "nobody");
        method["abstain"] = json!("nobody");
    }
    if info.name == "plurality" && dice.one_in(2) {
        method["runoff"] = json!(true);
    }
    if dice.one_in(6) {
        method["reopen_nominations"] = json!("Ann");
    }
    if info.ballots == ["score"] && dice.one_in(2) {
        method["max_score"] = json!(1 + dice.below(6));
    }
    for parameter in info.parameters {
        if let Some((_, values)) = VALUES.iter().find(|(name, _)| *name == parameter.name)
            && dice.one_in(2)
        {
            method[parameter.name] = json!(dice.pick(values));
        }
    }
    let mut ties: Vec<&str> = dice.shuffled(&TIES).into_iter().take(dice.below(4)).collect();
    if info.name == "cambridge-stv" && !ties.contains(&"lot") {
        ties.push("lot");
    }
    if ties.contains(&"lot") {
        method["seed"] = json!(format!("seed {}", dice.below(1000)));
    }
    method["ties"] = if ties.is_empty() { json!("refuse") } else { json!(ties) };
    serde_json::from_value(json!({"vote_options": options, "method": method})).ok()
}

fn motion(dice: &mut Dice) -> EventData {
    let bases = ["votes_cast", "votes_cast_without_abstentions", "present", "entitled", "all_members"];
    serde_json::from_value(json!({
        "method": {
            "name": "majority", "threshold": dice.pick(&[json!("2/3"), json!(0.5), json!(0.6666), json!(1)]),
            "base": dice.pick(&bases), "comparison": dice.pick(&["more_than", "at_least"]),
        },
    }))
    .expect("event data")
}

/// What a voter might put on a ballot of that form.
fn vote(dice: &mut Dice, ballot: &Ballot) -> Vec<String> {
    let labels: Vec<String> = ballot.options().labels().iter().map(ToString::to_string).collect();
    let Method::Election(method) = ballot.method() else { return vec![dice.pick(&labels).clone()] };
    let abstain = method.abstain().map(|at| labels[at].clone());
    if let Some(abstain) = abstain.filter(|_| dice.one_in(8)) {
        return vec![abstain];
    }
    let standing: Vec<String> = labels
        .iter()
        .enumerate()
        .filter(|(at, _)| method.abstain() != Some(*at))
        .map(|(_, label)| label.clone())
        .collect();
    // Some candidates are liked more, so that not everything is a tie.
    let mut order = dice.shuffled(&standing);
    if dice.one_in(2) {
        order.sort_by_key(|name| dice.below(2 + standing.iter().position(|one| one == name).unwrap_or(0)));
    }
    let up_to = |dice: &mut Dice, most: Option<u32>| {
        let most = most.map_or(order.len(), |most| order.len().min(most as usize));
        dice.below(most + 1)
    };
    match method.form() {
        BallotForm::One => order.truncate(1),
        BallotForm::Set { most } | BallotForm::Ranking { most } => order.truncate(up_to(dice, most)),
        BallotForm::Scores { highest, together, every } => {
            let given = if every { order.len() } else { up_to(dice, None) };
            let mut left = together.unwrap_or(u32::MAX);
            order.truncate(given);
            for label in &mut order {
                let score =
                    u32::try_from(dice.below(usize::from(highest.unwrap_or(0)) + 1)).unwrap_or(0).min(left);
                left -= score;
                *label = format!("{label}={score}");
            }
        }
    }
    order
}

/// A made-up event, counted.
fn counted(dice: &mut Dice, event_type: EventType, data: &EventData) -> Option<Value> {
    let mut data = data.clone();
    data.rules = serde_json::from_value(json!({
        "version": 1, "at_counting": dice.pick(&["no_quorum", "no_quorum", "warn", "ignore"]),
        "ties": {"motion": dice.pick(&["rejected", "chair"])}, "members": dice.pick(&[Some(40), None]),
    }))
    .expect("rules");
    let terms = data.read(event_type, "CODE22", Majority::SIMPLE).ok()?;
    terms.ballot.rehearse().ok()?;
    let quorum: QuorumData = serde_json::from_value(
        dice.pick(&[
            json!({}),
            json!({"count": 3}),
            json!({"fraction": "1/3"}),
            json!({"fraction": 0.5, "comparison": "more_than", "of": "present"}),
        ])
        .clone(),
    )
    .expect("a quorum");
    let rule: QuorumRule = quorum.read().expect("a quorum");
    let ballot = &terms.ballot;
    let most = *dice.pick(&[4, 12, 60]);
    let people = 2 + dice.below(most);
    let weighted = dice.one_in(2);
    let (mut roll, mut votes, mut alike) = (Vec::new(), Vec::new(), BTreeMap::<_, u64>::new());
    for person in 0..i32::try_from(people).expect("small") {
        let weight = if weighted { u32::try_from(dice.below(4)).expect("small") } else { 1 };
        let principal = UserId::new(person);
        let present = dice.one_in(2);
        roll.push(RollLine { principal, weight: Weight::new(weight).expect("a weight"), present });
        if dice.one_in(5) {
            continue;
        }
        let response = Response::parse(ballot, &vote(dice, ballot)).expect("a vote that fits the ballot");
        *alike.entry((response.labels(ballot), weight)).or_default() += 1;
        votes.push((principal, response));
    }
    let bar = Bar { quorum: rule, at_counting: terms.rules.at_counting, members: terms.rules.members };
    let mut decisions: Vec<String> = Vec::new();
    let result = loop {
        let settling = Settling { motion: terms.rules.ties.motion, decisions: &decisions };
        let result = result::settle(ballot, settling, bar, &roll, &votes);
        match &result.awaits {
            Some(awaited) if !dice.one_in(4) => decisions.push(dice.pick(&awaited.between).clone()),
            _ => break result,
        }
    };
    let took_part =
        |line: &RollLine| line.present || votes.iter().any(|(principal, _)| *principal == line.principal);
    let ballots: Vec<Value> = alike
        .into_iter()
        .map(|((response, weight), count)| {
            json!({"ballots": count, "vote_response": response, "vote_weight": weight})
        })
        .collect();
    assert!(AtCounting::default() == AtCounting::NoDecision, "what an event says that keeps no rules");
    Some(json!({
        "terms": {"event_type": event_type.as_str(), "data": EventData::of(&terms, "CODE22"), "quorum": quorum},
        "roll": roll.iter().map(|line| json!([line.weight.get(), took_part(line)])).collect::<Vec<_>>(),
        "ballots": ballots, "decisions": decisions, "result": ResultData::counted(&result),
    }))
}

fn python(cases: &[Value]) -> Vec<Value> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let mut child = Command::new("python3")
        .args(["-B", "-c", DRIVER])
        .arg(docs)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is installed; cargo xtask test sees to it");
    let mut input = child.stdin.take().expect("an input");
    let lines = cases.iter().map(|case| format!("{case}\n")).collect::<Vec<_>>().concat();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("a thread that ends").expect("it reads");
    assert!(output.status.success(), "the second count failed");
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

/// Elections of each method.
const EACH: usize = 40;

#[test]
fn every_method_is_counted_alike_by_the_second_verifier() {
    let mut dice = Dice(2026);
    let mut cases = Vec::new();
    let mut of: BTreeMap<&str, usize> = BTreeMap::new();
    for info in method::methods() {
        for _ in 0..EACH * 4 {
            if of.get(info.name).is_some_and(|made| *made == EACH) {
                break;
            }
            let data = election(&mut dice, info);
            if let Some(case) = data.and_then(|data| counted(&mut dice, EventType::Election, &data)) {
                *of.entry(info.name).or_default() += 1;
                cases.push(case);
            }
        }
    }
    for _ in 0..4 * EACH {
        let data = motion(&mut dice);
        cases.extend(counted(&mut dice, EventType::Motion, &data));
    }
    let few: Vec<_> =
        method::methods().map(|info| info.name).filter(|name| of.get(name).copied() != Some(EACH)).collect();
    assert!(few.is_empty(), "too few elections could be made up for {few:?}");
    let outcomes = |word: &str| cases.iter().filter(|case| case["result"]["outcome"] == word).count();
    for word in ["adopted", "rejected", "elected", "tie", "no_quorum", "runoff", "reopen_nominations"] {
        assert!(outcomes(word) > 10, "only {} came out as {word}", outcomes(word));
    }

    let answers = python(&cases);
    assert_eq!(answers.len(), cases.len());
    let differing: Vec<String> = cases
        .iter()
        .zip(&answers)
        .filter(|(_, answer)| **answer != json!([null]))
        .map(|(case, answer)| format!("{answer}\n{case}"))
        .collect();
    assert!(differing.is_empty(), "{} differ, the first:\n{}", differing.len(), differing[0]);
}
