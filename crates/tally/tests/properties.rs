//! What the methods promise, on elections made at random.

use std::collections::BTreeSet;

use plenum_tally::{Candidate, CountResult, Election, Method, Params, RankedBallots, TieRule, count};
use proptest::prelude::*;

const NAMES: [&str; 6] = ["A", "B", "C", "D", "E", "F"];

/// A weight and ranks.
type Ballot = (u64, Vec<Vec<usize>>);
type Set = BTreeSet<usize>;

/// Methods that elect whoever is first on more than half of the ballots.
const MAJORITARIAN: [&str; 19] = [
    "plurality",
    "irv",
    "contingent-vote",
    "supplementary-vote",
    "bucklin",
    "coombs",
    "condorcet",
    "copeland",
    "minimax",
    "minimax margins",
    "minimax pairwise-opposition",
    "ranked-pairs",
    "ranked-pairs margins",
    "schulze",
    "schulze margins",
    "kemeny-young",
    "nanson",
    "baldwin",
    "smith-irv",
];

/// Methods that elect the Condorcet winner.
const CONDORCET: [&str; 13] = [
    "condorcet",
    "copeland",
    "minimax",
    "minimax margins",
    "ranked-pairs",
    "ranked-pairs margins",
    "schulze",
    "schulze margins",
    "kemeny-young",
    "nanson",
    "baldwin",
    "smith-irv",
    "smith-set",
];

/// Methods whose winner is in the Smith set.
const SMITH: [&str; 9] = [
    "copeland",
    "ranked-pairs",
    "ranked-pairs margins",
    "schulze",
    "schulze margins",
    "kemeny-young",
    "nanson",
    "baldwin",
    "smith-irv",
];

/// Methods that treat all candidates alike and report all whom they put in front.
const NEUTRAL: [&str; 13] = [
    "plurality",
    "borda",
    "bucklin",
    "condorcet",
    "copeland",
    "minimax",
    "ranked-pairs",
    "ranked-pairs margins",
    "schulze",
    "schulze margins",
    "kemeny-young",
    "nanson",
    "smith-set",
];

/// Methods a winner never loses by being ranked higher.
const MONOTONE: [&str; 7] =
    ["plurality", "borda", "bucklin", "copeland", "minimax", "schulze", "schulze margins"];

fn method(name: &str) -> Method {
    let (name, strength) = name.split_once(' ').unwrap_or((name, ""));
    let params = (!strength.is_empty()).then_some(("strength", strength));
    let method = Method::from_params(name, Params::from_pairs(params));
    method.unwrap_or_else(|error| panic!("{name}: {error}")).with_ties([TieRule::CandidateOrder])
}

fn election(candidates: usize, ballots: &[Ballot]) -> Election {
    let mut builder = RankedBallots::builder(candidates);
    for (weight, ranks) in ballots {
        let ranks: Vec<&[usize]> = ranks.iter().map(Vec::as_slice).collect();
        let pushed = builder.push_ranks(*weight, &ranks);
        assert!(pushed.is_ok(), "{pushed:?}");
    }
    Election::new("", NAMES[..candidates].iter().copied(), 1, builder.finish())
        .unwrap_or_else(|error| panic!("{error}"))
}

fn counted(name: &str, election: &Election) -> CountResult {
    count(&method(name), election).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn indices(candidates: &[Candidate]) -> Set {
    candidates.iter().map(|candidate| candidate.index()).collect()
}

fn group(result: &CountResult, name: &str) -> Option<Set> {
    let found = result.groups.iter().find(|(group, _)| *group == name)?;
    Some(indices(&found.1))
}

fn winners(result: &CountResult) -> Set {
    group(result, "winners").unwrap_or_else(|| indices(&result.elected))
}

/// Ballots of some of the candidates in some order, a few of them at equal ranks.
fn weak(candidates: usize) -> impl Strategy<Value = Vec<Ballot>> {
    let order = Just((0..candidates).collect::<Vec<_>>()).prop_shuffle();
    let ballot = (1..20_u64, order, 0..=candidates, prop::collection::vec(0..4_u8, candidates));
    let ballot = ballot.prop_map(|(weight, order, length, joins)| {
        let mut ranks: Vec<Vec<usize>> = Vec::new();
        for (candidate, joins) in order.into_iter().zip(joins).take(length) {
            match ranks.last_mut().filter(|_| joins == 0) {
                Some(rank) => rank.push(candidate),
                None => ranks.push(vec![candidate]),
            }
        }
        (weight, ranks)
    });
    prop::collection::vec(ballot, 1..12)
}

/// Ballots that rank everybody, one after another.
fn strict(candidates: usize) -> impl Strategy<Value = Vec<Ballot>> {
    let order = Just((0..candidates).collect::<Vec<_>>()).prop_shuffle();
    let ballot = (1..20_u64, order)
        .prop_map(|(weight, order)| (weight, order.into_iter().map(|candidate| vec![candidate]).collect()));
    prop::collection::vec(ballot, 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_majority_elects(mut ballots in weak(5), lucky in 0..5_usize) {
        let others: u64 = ballots.iter().map(|(weight, _)| weight).sum();
        ballots.push((others + 1, vec![vec![lucky], vec![(lucky + 1) % 5]]));
        let election = election(5, &ballots);
        for name in MAJORITARIAN {
            prop_assert_eq!(winners(&counted(name, &election)), Set::from([lucky]), "{}", name);
        }
    }

    #[test]
    fn condorcet_methods_elect_the_condorcet_winner_and_stay_in_the_smith_set(ballots in weak(5)) {
        let election = election(5, &ballots);
        let smith = group(&counted("smith-set", &election), "smith_set").unwrap_or_default();
        let schwartz = group(&counted("schwartz-set", &election), "schwartz_set").unwrap_or_default();
        prop_assert!(!schwartz.is_empty() && schwartz.is_subset(&smith));
        let winner = winners(&counted("condorcet", &election));
        if !winner.is_empty() {
            prop_assert_eq!(&winner, &smith);
            for name in CONDORCET {
                prop_assert_eq!(winners(&counted(name, &election)), winner.clone(), "{}", name);
            }
        }
        for name in SMITH {
            prop_assert!(winners(&counted(name, &election)).is_subset(&smith), "{}", name);
        }
    }

    #[test]
    fn neither_the_order_of_ballots_nor_splitting_them_matters(ballots in weak(4)) {
        let mut turned: Vec<Ballot> = Vec::new();
        for (weight, ranks) in ballots.iter().rev() {
            turned.push((1, ranks.clone()));
            turned.push((weight - 1, ranks.clone()));
        }
        let (one, other) = (election(4, &ballots), election(4, &turned));
        for name in MAJORITARIAN.iter().chain(&NEUTRAL) {
            prop_assert_eq!(counted(name, &one), counted(name, &other), "{}", name);
        }
    }

    #[test]
    fn names_do_not_matter(ballots in weak(4), turn in 1..4_usize) {
        let turned: Vec<Ballot> = ballots
            .iter()
            .map(|(weight, ranks)| {
                let rank = |rank: &Vec<usize>| rank.iter().map(|a| (a + turn) % 4).collect();
                (*weight, ranks.iter().map(rank).collect())
            })
            .collect();
        let (one, other) = (election(4, &ballots), election(4, &turned));
        for name in NEUTRAL {
            let moved: Set = winners(&counted(name, &one)).iter().map(|a| (a + turn) % 4).collect();
            prop_assert_eq!(moved, winners(&counted(name, &other)), "{}", name);
        }
    }

    #[test]
    fn rising_never_hurts_under_monotone_methods(ballots in strict(4), at in any::<prop::sample::Index>()) {
        let before = election(4, &ballots);
        let at = at.index(ballots.len());
        for name in MONOTONE {
            let front = winners(&counted(name, &before));
            let Some(winner) = front.first().copied().filter(|_| front.len() == 1) else { continue };
            let mut raised = ballots.clone();
            let place = raised[at].1.iter().position(|rank| rank[0] == winner).unwrap_or(0);
            if place > 0 {
                raised[at].1.swap(place, place - 1);
                let after = winners(&counted(name, &election(4, &raised)));
                prop_assert!(after.contains(&winner), "{}", name);
            }
        }
    }

    #[test]
    fn a_clone_changes_nothing_under_schulze(ballots in strict(4), twin in 0..4_usize) {
        let before = winners(&counted("schulze", &election(4, &ballots)));
        let with_clone: Vec<Ballot> = ballots
            .iter()
            .map(|(weight, ranks)| {
                let mut ranks = ranks.clone();
                let place = ranks.iter().position(|rank| rank[0] == twin).unwrap_or(0);
                ranks.insert(place + usize::from(weight % 2 == 0), vec![4]);
                (*weight, ranks)
            })
            .collect();
        let after = winners(&counted("schulze", &election(5, &with_clone)));
        let merged: Set = after.iter().map(|a| if *a == 4 { twin } else { *a }).collect();
        prop_assert_eq!(before, merged);
    }
}
