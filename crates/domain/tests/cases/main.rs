//! Worked cases: what is needed, of what, and what comes of it, with figures worked out by hand.
//!
//! `table.txt` says how to read a line. Nothing here works out a figure: the program's are held against
//! those of the table.

use plenum_domain::count::{Base, Comparison, Fraction, Majority};
use plenum_domain::event::{Ballot, VoteOptions};
use plenum_domain::id::UserId;
use plenum_domain::organization::{QuorumRule, Weight};
use plenum_domain::result::{self, Bar, Decision, EventResult, RollLine};
use plenum_domain::rules::AtCounting;
use plenum_domain::text::OptionLabel;
use plenum_domain::vote::Response;

const TABLE: &str = include_str!("table.txt");

/// People of one kind on the roll.
struct Group {
    /// Of a split weight, how much is in favour and how much against.
    split: Option<(u32, u32)>,
    people: i32,
    weight: u32,
    /// Position of their choice; `None`: they cast no vote.
    choice: Option<usize>,
    present: bool,
}

/// `y20`, `n3*5` (three of weight five), `s2*3:1` (two of weight four who give three in favour and one against), `Y2` (by a proxy, the principal absent), `p4` (present, no vote),
/// `o9` (not there).
fn group(word: &str) -> Group {
    let number = |text: &str| text.parse::<u32>().unwrap_or_else(|_| panic!("no number in {word}"));
    let (kind, rest) = word.split_at(1);
    let (people, weight) = rest.split_once('*').unwrap_or((rest, "1"));
    let split = weight.split_once(':').map(|(yes, no)| (number(yes), number(no)));
    let (choice, present) = match kind {
        "y" => (Some(0), true),
        "n" => (Some(1), true),
        "a" => (Some(2), true),
        "Y" => (Some(0), false),
        "N" => (Some(1), false),
        "A" => (Some(2), false),
        "p" | "s" => (None, true),
        "o" => (None, false),
        _ => panic!("no such kind of people: {word}"),
    };
    Group {
        split,
        people: i32::try_from(number(people)).expect("few people"),
        weight: split.map_or_else(|| number(weight), |(yes, no)| yes + no),
        choice,
        present,
    }
}

/// `>1/2` or `>=2/3`, with a letter for the base: `w` without abstentions, `c` cast, `p` present, `e`
/// entitled, `m` all members (followed by their number where they are more than the roll).
fn bar(majority: &str, quorum: &str) -> (Majority, Bar) {
    let (rule, base) = majority
        .split_once('/')
        .and_then(|(above, rest)| {
            let end = rest.find(|letter: char| letter.is_alphabetic())?;
            Some((format!("{above}/{}", &rest[..end]), &rest[end..]))
        })
        .unwrap_or_else(|| panic!("no majority: {majority}"));
    let (comparison, wanted) = match rule.strip_prefix(">=") {
        Some(wanted) => (Comparison::AtLeast, wanted),
        None => (Comparison::MoreThan, rule.strip_prefix('>').expect("a comparison")),
    };
    let members = base.strip_prefix('m').filter(|number| !number.is_empty());
    let members = members.map(|number| number.parse().expect("a number of members"));
    let base = match &base[..1] {
        "w" => Base::VotesCastWithoutAbstentions,
        "c" => Base::VotesCast,
        "p" => Base::Present,
        "e" => Base::Entitled,
        "m" => Base::AllMembers,
        _ => panic!("no such base: {base}"),
    };
    let (quorum, at_counting) = match quorum.split_at(quorum.len() - 1) {
        (rule, "!") => (rule, AtCounting::Warn),
        (rule, "~") => (rule, AtCounting::Ignore),
        _ => (quorum, AtCounting::NoDecision),
    };
    let share = |text: &str| text.parse::<Fraction>().unwrap_or_else(|_| panic!("no quorum: {text}"));
    let quorum = match quorum.split_at(1) {
        ("-", "") => QuorumRule::None,
        (">", rest) if rest.starts_with('=') => {
            QuorumRule::Fraction { share: share(&rest[1..]), strictly: false }
        }
        (">", rest) => QuorumRule::Fraction { share: share(rest), strictly: true },
        ("v", rest) => QuorumRule::FractionOfPresent { share: share(rest), strictly: false },
        _ => QuorumRule::Count(quorum.parse().expect("a number of people")),
    };
    (Majority { threshold: share(wanted), comparison, base }, Bar { quorum, at_counting, members })
}

fn count(majority: Majority, bar: Bar, people: &str) -> EventResult {
    let labels = ["yes", "no", "abstain"].map(|label| OptionLabel::parse(label).expect("a label"));
    let options = VoteOptions::new(labels.to_vec()).expect("options");
    let ballot = Ballot::motion(options, majority, None).expect("a ballot");
    let (mut roll, mut votes, mut next) = (Vec::new(), Vec::new(), 0);
    for group in people.split_whitespace().filter(|word| *word != "-").map(group) {
        for _ in 0..group.people {
            next += 1;
            let principal = UserId::new(next);
            let weight = Weight::new(group.weight).expect("a weight");
            roll.push(RollLine { principal, weight, present: group.present });
            votes.extend(group.choice.map(|at| (principal, Response::One(at))));
            if let Some((yes, no)) = group.split {
                let parts = [(yes, vec!["yes".to_owned()]), (no, vec!["no".to_owned()])];
                votes.push((principal, Response::split(&ballot, &parts).expect("two parts")));
            }
        }
    }
    result::count(&ballot, bar, &roll, &votes)
}

#[test]
fn every_case_comes_out_as_worked_out_by_hand() {
    let mut cases = 0;
    let mut wrong = Vec::new();
    for line in TABLE.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [majority, quorum, people, needed, base, outcome] = cells[..] else { panic!("a line: {line}") };
        let (majority, bar) = bar(majority, quorum);
        let result = count(majority, bar, people);
        let Decision::Motion(counted) = &result.decision else { panic!("a motion: {line}") };
        let found = (counted.needed.to_string(), counted.base_count.to_string(), result.outcome.as_str());
        if found != (needed.to_owned(), base.to_owned(), outcome) {
            wrong.push(format!("{line}\n    gives {found:?}"));
        }
        cases += 1;
    }
    assert!(wrong.is_empty(), "{} of {cases} cases:\n{}", wrong.len(), wrong.join("\n"));
    assert!(cases >= 120, "only {cases} cases");
}
