//! Options that are no candidates: to open nominations again, and none of those who stand. What it means when they win, for
//! every form of ballot, with the figures worked out by hand.

use plenum_domain::event::{Ballot, ElectionWish, Method, VoteOptions};
use plenum_domain::id::UserId;
use plenum_domain::organization::{QuorumRule, Weight};
use plenum_domain::result::{self, Decision, EventResult, Outcome, RollLine};
use plenum_domain::rules::ElectionRules;
use plenum_domain::text::OptionLabel;
use plenum_domain::vote::Response;

const RON: &str = "Re-open nominations";
const NONE: &str = "None of the above";

fn label(text: &str) -> OptionLabel {
    OptionLabel::parse(text).expect("a label")
}

fn options(names: &[&str]) -> VoteOptions {
    VoteOptions::new(names.iter().map(|name| label(name)).collect()).expect("options")
}

fn rules(reopen: bool, none: bool) -> ElectionRules {
    ElectionRules {
        reopen_nominations: reopen.then(|| label(RON)),
        none_of_the_above: none.then(|| label(NONE)),
        ..ElectionRules::default()
    }
}

/// An election whose ballot has what the rules put on every one.
fn ballot(method: &str, seats: u32, names: &[&str], rules: &ElectionRules) -> Ballot {
    // Whoever has no votes at all goes out by lot; no case depends on who does first.
    let parameters = vec![("ties".to_owned(), "lot".to_owned()), ("seed".to_owned(), "2026".to_owned())];
    let wish =
        ElectionWish { name: method.to_owned(), seats: Some(seats), parameters, ..ElectionWish::default() };
    let ballot = Ballot::election(options(names), &wish).expect("a ballot");
    let ballot = ballot.with_usual_options(rules).expect("a ballot with more options");
    ballot.rehearse().expect("it can be counted");
    ballot
}

/// Counts ballots, so many of each.
fn count(ballot: &Ballot, votes: &[(i32, &[&str])]) -> EventResult {
    let mut roll = Vec::new();
    let mut cast = Vec::new();
    for (people, names) in votes {
        let labels: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let response = Response::parse(ballot, &labels).expect("a response");
        for _ in 0..*people {
            let principal = UserId::new(i32::try_from(roll.len()).expect("few people") + 1);
            roll.push(RollLine { principal, weight: Weight::ONE, present: true });
            cast.push((principal, response.clone()));
        }
    }
    result::count(ballot, QuorumRule::None, &roll, &cast)
}

/// A method, its seats, the ballots, the outcome, who is elected, and the beginning of the words.
type Case = (
    &'static str,
    u32,
    &'static [(i32, &'static [&'static str])],
    Outcome,
    &'static [&'static str],
    &'static str,
);

const CASES: &[Case] = &[
    // One choice: 4 for new nominations, 3 and 2 for the two who stand.
    (
        "plurality",
        1,
        &[(3, &["Ann"]), (2, &["Bob"]), (4, &[RON])],
        Outcome::ReopenNominations,
        &[],
        "Nobody is elected: \u{201C}Re-open nominations\u{201D} won, so nominations are opened again.",
    ),
    (
        "plurality",
        1,
        &[(3, &["Ann"]), (2, &["Bob"]), (4, &[NONE])],
        Outcome::NoneOfTheAbove,
        &[],
        "Nobody is elected: \u{201C}None of the above\u{201D} won, so the seat stays empty.",
    ),
    // One vote less, and it does not win.
    (
        "plurality",
        1,
        &[(5, &["Ann"]), (4, &[RON]), (4, &[NONE])],
        Outcome::Elected,
        &["Ann"],
        "Ann is elected.",
    ),
    // Approval of one: Bob has 4, none of the above 5.
    (
        "approval",
        1,
        &[(2, &["Ann", "Bob"]), (2, &["Bob"]), (5, &[NONE])],
        Outcome::NoneOfTheAbove,
        &[],
        "Nobody is elected: \u{201C}None of the above\u{201D} won",
    ),
    // Several seats in the order of the votes: Ann 5, new nominations 4, Bob 3. Bob comes after it.
    (
        "sntv",
        2,
        &[(5, &["Ann"]), (3, &["Bob"]), (4, &[RON])],
        Outcome::ReopenNominations,
        &["Ann"],
        "Ann is elected; for 1 seat \u{201C}Re-open nominations\u{201D} came next, so nominations are opened again for the seat left.",
    ),
    (
        "block-vote",
        3,
        &[(5, &["Ann", "Bob"]), (4, &["Ann", NONE]), (3, &["Cy", NONE])],
        Outcome::NoneOfTheAbove,
        &["Ann"],
        "Ann is elected; for 2 seats \u{201C}None of the above\u{201D} came next, so the seats left stay empty.",
    ),
    // Ranked, one seat: Bob goes out first, his two votes go to new nominations, which has 5 of 9.
    (
        "irv",
        1,
        &[(4, &["Ann"]), (2, &["Bob", RON]), (3, &[RON])],
        Outcome::ReopenNominations,
        &[],
        "Nobody is elected: \u{201C}Re-open nominations\u{201D} won",
    ),
    // The two go to Ann: 6 of 9.
    (
        "irv",
        1,
        &[(4, &["Ann"]), (2, &["Bob", "Ann"]), (3, &[RON])],
        Outcome::Elected,
        &["Ann"],
        "Ann is elected.",
    ),
    // Two seats of 9 votes, quota 4: Ann has 5 and is in; her surplus has nowhere to go; new nominations has 3, Bob 1.
    (
        "scottish-stv",
        2,
        &[(5, &["Ann"]), (1, &["Bob"]), (3, &[RON])],
        Outcome::ReopenNominations,
        &["Ann"],
        "Ann is elected; for 1 seat \u{201C}Re-open nominations\u{201D} came next",
    ),
    // New nominations is in first, and nobody after it is elected.
    (
        "scottish-stv",
        2,
        &[(3, &["Ann"]), (2, &["Bob"]), (4, &[RON])],
        Outcome::ReopenNominations,
        &[],
        "Nobody is elected: \u{201C}Re-open nominations\u{201D} won, so nominations are opened again.",
    ),
    // Pairwise: none of the above beats Ann 5 to 4 and Bob 6 to 3.
    (
        "schulze",
        1,
        &[(3, &["Ann", NONE]), (1, &["Ann", "Bob"]), (2, &["Bob", NONE]), (3, &[NONE])],
        Outcome::NoneOfTheAbove,
        &[],
        "Nobody is elected: \u{201C}None of the above\u{201D} won",
    ),
    // Scores: Ann 3x5 = 15, Bob 5x4 = 20, new nominations 5x5 = 25.
    (
        "score",
        1,
        &[(3, &["Ann=5"]), (5, &["Bob=4", "Re-open nominations=5"])],
        Outcome::ReopenNominations,
        &[],
        "Nobody is elected: \u{201C}Re-open nominations\u{201D} won",
    ),
    // Both options win a seat: the first of them decides. Ann 6, none 4, new nominations 3, Bob 2.
    (
        "sntv",
        3,
        &[(6, &["Ann"]), (2, &["Bob"]), (1, &["Cy"]), (4, &[NONE]), (3, &[RON])],
        Outcome::NoneOfTheAbove,
        &["Ann"],
        "Ann is elected; for 2 seats \u{201C}None of the above\u{201D} came next",
    ),
];

#[test]
fn options_that_are_no_candidates_win_on_every_form_of_ballot() {
    for (method, seats, votes, outcome, elected, words) in CASES {
        let ballot = ballot(method, *seats, &["Ann", "Bob", "Cy"], &rules(true, true));
        let found = count(&ballot, votes);
        let Decision::Election(election) = &found.decision else { panic!("no election") };
        assert_eq!(found.outcome, *outcome, "{method}: {}", found.summary);
        assert_eq!(election.elected(), *elected, "{method}: {}", found.summary);
        assert!(found.summary.starts_with(words), "{method}: {}", found.summary);
    }
}

#[test]
fn the_rule_puts_its_options_on_every_ballot_once() {
    let both = rules(true, true);
    let plain = ballot("irv", 1, &["Ann", "Bob"], &both);
    let labels: Vec<&str> = plain.options().labels().iter().map(AsRef::as_ref).collect();
    assert_eq!(labels, ["Ann", "Bob", RON, NONE]);
    let again = plain.clone().with_usual_options(&both).expect("a ballot");
    assert_eq!(again, plain, "they are there already");
    let Method::Election(method) = plain.method() else { panic!("no election") };
    assert_eq!((method.reopen(), method.none_of_the_above()), (Some(2), Some(3)));
    assert!(method.is_candidate(1) && !method.is_candidate(2) && !method.is_candidate(3));

    // An option of that name is taken for it, whoever wrote it.
    let written = ballot("plurality", 1, &["Ann", "re-open NOMINATIONS"], &both);
    let Method::Election(method) = written.method() else { panic!("no election") };
    assert_eq!((method.reopen(), written.options().labels().len()), (Some(1), 3));

    let none = ballot("irv", 1, &["Ann", "Bob"], &rules(false, false));
    assert_eq!(none.options().labels().len(), 2);
    let lists = ballot("dhondt", 5, &["Red", "Blue"], &both);
    assert_eq!(lists.options().labels().len(), 2, "lists share out the seats");
}

#[test]
fn a_seed_that_was_brought_stays() {
    let parameters = vec![("ties".to_owned(), "lot".to_owned()), ("seed".to_owned(), "2026".to_owned())];
    let wish = ElectionWish { name: "irv".to_owned(), parameters, ..ElectionWish::default() };
    let plain = Ballot::election(options(&["Ann", "Bob"]), &wish).expect("a ballot");
    let ballot = plain.with_usual_options(&rules(true, false)).expect("a ballot");
    assert_eq!(ballot.seed(), Some("2026"));
}

#[test]
fn there_are_no_more_seats_than_people() {
    let wish = |seats| ElectionWish {
        name: "sntv".to_owned(),
        seats: Some(seats),
        reopen: Some(2),
        none: Some(3),
        ..ElectionWish::default()
    };
    let names = options(&["Ann", "Bob", RON, NONE]);
    assert!(Ballot::election(names.clone(), &wish(2)).is_ok());
    let refused = Ballot::election(names, &wish(3)).expect_err("two people").to_string();
    assert!(refused.contains("may be at most 2"), "{refused}");
}
