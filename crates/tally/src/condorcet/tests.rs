//! Textbook elections.

use crate::{
    Candidate, CountResult, Election, Figure, Method, Params, RankedBallots, TieRule, count, result::Outcome,
};

type Tested = Result<(), Box<dyn std::error::Error>>;
type Made = Result<Election, Box<dyn std::error::Error>>;

fn election(names: &[&str], ballots: &[(u64, &str)]) -> Made {
    let mut builder = RankedBallots::builder(names.len());
    for (weight, order) in ballots {
        // One letter per candidate, the first of its name; equal ones stand in brackets.
        let mut ranks: Vec<Vec<usize>> = Vec::new();
        let mut joined = false;
        for letter in order.chars() {
            match letter {
                '(' => {
                    joined = true;
                    ranks.push(Vec::new());
                }
                ')' => joined = false,
                letter => {
                    let found = names.iter().position(|name| name.starts_with(letter));
                    let candidate = found.ok_or("a candidate")?;
                    match ranks.last_mut().filter(|_| joined) {
                        Some(rank) => rank.push(candidate),
                        None => ranks.push(vec![candidate]),
                    }
                }
            }
        }
        let ranks: Vec<&[usize]> = ranks.iter().map(Vec::as_slice).collect();
        builder.push_ranks(*weight, &ranks)?;
    }
    Ok(Election::new("", names.iter().copied(), 1, builder.finish())?)
}

/// The choice of a capital for Tennessee: voters prefer the nearer city.
fn tennessee() -> Made {
    election(
        &["Memphis", "Nashville", "Chattanooga", "Knoxville"],
        &[(42, "MNCK"), (26, "NCKM"), (15, "CKNM"), (17, "KCNM")],
    )
}

/// The example of 45 voters and five candidates in Schulze's paper.
fn schulze_example() -> Made {
    election(
        &["A", "B", "C", "D", "E"],
        &[
            (5, "ACBED"),
            (5, "ADECB"),
            (8, "BEDAC"),
            (3, "CABED"),
            (7, "CAEBD"),
            (2, "CBADE"),
            (7, "DCEBA"),
            (8, "EBADC"),
        ],
    )
}

fn with(name: &str, params: &[(&str, &str)]) -> Result<Method, crate::ParamError> {
    Method::from_params(name, Params::from_pairs(params.iter().copied()))
}

fn shown(result: &CountResult, group: &[Candidate]) -> String {
    let names: Vec<&str> = group.iter().map(|candidate| result.name(*candidate)).collect();
    names.join("=")
}

fn ranking(result: &CountResult) -> Vec<String> {
    result.ranking.iter().map(|group| shown(result, group)).collect()
}

fn group(result: &CountResult, name: &str) -> Option<String> {
    let found = result.groups.iter().find(|(group, _)| *group == name)?;
    Some(shown(result, &found.1))
}

#[test]
fn every_condorcet_method_moves_the_capital_to_nashville() -> Tested {
    let election = tennessee()?;
    for name in [
        "condorcet",
        "copeland",
        "minimax",
        "ranked-pairs",
        "schulze",
        "kemeny-young",
        "nanson",
        "baldwin",
        "smith//irv",
        "smith-set",
        "schwartz-set",
    ] {
        let result = count(&Method::named(name)?, &election)?;
        assert_eq!(result.elected_names(), ["Nashville"], "{name}");
        assert!(result.matrix("pairwise").is_some(), "{name}");
    }
    let ranked = count(&Method::named("ranked pairs")?, &election)?;
    assert_eq!(ranking(&ranked), ["Nashville", "Chattanooga", "Knoxville", "Memphis"]);
    assert_eq!(ranked.rounds[0].sentence, "Round 1: Chattanooga over Knoxville is locked in, with 83 votes.");
    Ok(())
}

#[test]
fn kemeny_finds_the_order_most_preferences_agree_with() -> Tested {
    let result = count(&Method::named("kemeny")?, &tennessee()?)?;
    assert_eq!(ranking(&result), ["Nashville", "Chattanooga", "Knoxville", "Memphis"]);
    assert_eq!(result.figures[0], ("agreement", Figure::from(393)));
    let tied = election(&["A", "B", "C"], &[(1, "ABC"), (1, "BCA"), (1, "CAB")])?;
    let result = count(&Method::named("kemeny")?, &tied)?;
    assert_eq!(group(&result, "winners").as_deref(), Some("A=B=C"));
    assert_eq!(result.figures[1], ("best_orders", Figure::from(3)));
    assert!(!result.is_complete());

    let names: Vec<String> = (0..19).map(|number| number.to_string()).collect();
    let large = Election::new("", names, 1, RankedBallots::builder(19).finish())?;
    assert!(count(&Method::named("kemeny")?, &large).is_err());
    Ok(())
}

#[test]
fn strongest_paths_of_the_paper() -> Tested {
    let result = count(&Method::named("schulze")?, &schulze_example()?)?;
    assert_eq!(ranking(&result), ["E", "A", "C", "B", "D"]);
    let paths = result.matrix("path_strengths").ok_or("paths")?;
    let rows: Vec<Vec<String>> =
        paths.values.iter().map(|row| row.iter().flatten().map(Figure::to_string).collect()).collect();
    assert_eq!(
        rows,
        [
            ["28", "28", "30", "24"],
            ["25", "28", "33", "24"],
            ["25", "29", "29", "24"],
            ["25", "28", "28", "24"],
            ["25", "28", "28", "31"],
        ]
    );
    assert_eq!(
        result.rounds[0].sentence,
        "Round 1: E has a stronger path to each other candidate than they have back and is elected; the closest is A, \
         25 votes there and 24 back."
    );
    Ok(())
}

#[test]
fn a_cycle_is_resolved_as_each_rule_says() -> Tested {
    // A beats B 65 to 35, B beats C 70 to 30, C beats A 55 to 45.
    let cycle = election(&["A", "B", "C"], &[(35, "ABC"), (10, "ACB"), (35, "BCA"), (20, "CAB")])?;
    let condorcet = count(&Method::named("condorcet")?, &cycle)?;
    assert!(condorcet.elected.is_empty() && condorcet.is_complete());
    let smith = count(&Method::named("smith")?, &cycle)?;
    assert_eq!(group(&smith, "smith_set").as_deref(), Some("A=B=C"));
    let ranked = count(&Method::named("ranked-pairs")?, &cycle)?;
    assert_eq!(ranking(&ranked), ["A", "B", "C"]);
    assert_eq!(
        ranked.rounds[2].sentence,
        "Round 3: C over A, with 55 votes, is left out, for closing a cycle."
    );
    let copeland = count(&Method::named("copeland")?, &cycle)?;
    assert!(matches!(&copeland.outcome, Outcome::Tie { tied, .. } if tied.len() == 3));
    let lot = Method::named("copeland")?.with_ties([TieRule::CandidateOrder]);
    assert_eq!(count(&lot, &cycle)?.elected_names(), ["A"]);
    Ok(())
}

#[test]
fn winning_votes_and_margins_may_disagree() -> Tested {
    // Many ballots say nothing about the pair A and B: a large margin on few votes.
    let election =
        election(&["A", "B", "C"], &[(4, "A(BC)"), (4, "BAC"), (7, "CA"), (2, "(AB)C"), (8, "B")])?;
    for (method, parameter) in [("minimax", "margins"), ("minimax", "winning votes")] {
        let result = count(&with(method, &[("strength", parameter)])?, &election)?;
        assert_eq!(result.elected.len(), 1, "{parameter}");
    }
    assert!(with("schulze", &[("strength", "votes")]).is_err());
    assert!(with("minimax", &[("strength", "pairwise opposition (won or lost)")]).is_ok());
    Ok(())
}

#[test]
fn equally_strong_pairs_are_looked_at_together() -> Tested {
    let tied = election(&["A", "B", "C"], &[(1, "ABC"), (1, "BCA"), (1, "CAB")])?;
    let result = count(&Method::named("ranked-pairs")?, &tied)?;
    assert_eq!(ranking(&result), ["A=B=C"]);
    assert_eq!(result.figures, [("pairs_left_out", Figure::from(3))]);
    // Twelve candidates in one cycle of equal victories: nothing to branch into.
    let names: Vec<String> = ('A'..='L').map(String::from).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut order: String = names.concat();
    let mut ballots = Vec::new();
    for _ in 0..12 {
        order.rotate();
        ballots.push(order.clone());
    }
    let ballots: Vec<(u64, &str)> = ballots.iter().map(|order| (1, order.as_str())).collect();
    let result = count(&Method::named("ranked-pairs")?, &election(&names, &ballots)?)?;
    assert_eq!(result.ranking[0].len(), 12);
    Ok(())
}

trait Rotate {
    fn rotate(&mut self);
}

impl Rotate for String {
    fn rotate(&mut self) {
        let first = self.remove(0);
        self.push(first);
    }
}

#[test]
fn a_default_option_drops_what_misses_quorum_or_majority() -> Tested {
    let names = ["Amend", "Bold", "Calm", "Further discussion"];
    // Bold is preferred to all, but only 6 to 5 over the default option where 3 to 1 are needed; Amend is ranked over it
    // by 4 ballots.
    let election = election(&names, &[(4, "BCFA"), (2, "BCF"), (1, "CF"), (4, "AFC")])?;
    let method = with(
        "schulze_with_default_option",
        &[("default", "Further discussion"), ("quorum", "4.5"), ("majority_ratio", r#"{"Bold": "3"}"#)],
    )?;
    let result = count(&method, &election)?;
    assert_eq!(result.elected_names(), ["Calm"]);
    assert_eq!(group(&result, "reaches_quorum").as_deref(), Some("Bold=Calm"));
    assert_eq!(group(&result, "passes_majority").as_deref(), Some("Calm"));
    assert_eq!(group(&result, "dropped").as_deref(), Some("Amend=Bold"));
    assert_eq!(
        result.rounds[0].sentence,
        "Round 1: Amend reaches neither the quorum nor its majority over Further discussion (4 to 7) and is dropped. \
         Bold misses its majority over Further discussion (6 to 5) and is dropped."
    );
    let plain = count(&with("debian", &[])?, &election)?;
    assert_eq!(plain.elected_names(), ["Bold"]);
    let nobody = count(&with("debian", &[("quorum", "9")])?, &election)?;
    assert_eq!(nobody.elected_names(), ["Further discussion"]);
    // A majority must be more than the ratio, a quorum is reached with equality.
    let exact = count(&with("debian", &[("quorum", "7"), ("majority-ratio", "7/4")])?, &election)?;
    assert_eq!(group(&exact, "dropped").as_deref(), Some("Amend=Bold=Calm"));
    assert!(count(&with("debian", &[("default", "Nobody")])?, &election).is_err());
    Ok(())
}

#[test]
fn nanson_and_baldwin_exclude_by_points() -> Tested {
    let nanson = count(&Method::named("nanson")?, &tennessee()?)?;
    assert_eq!(
        nanson.rounds[0].sentence,
        "Round 1: Memphis and Knoxville have less than the average of 150 points and are excluded."
    );
    let baldwin = count(&Method::named("baldwin")?, &tennessee()?)?;
    assert_eq!(baldwin.rounds[0].sentence, "Round 1: Knoxville has the fewest points and is excluded.");
    Ok(())
}

#[test]
fn the_runoff_within_the_smith_set_leaves_the_rest_out() -> Tested {
    let election =
        election(&["A", "B", "C", "D"], &[(35, "DABC"), (10, "ACBD"), (35, "BCAD"), (20, "CABD")])?;
    let result = count(&Method::named("smith-irv")?, &election)?;
    assert_eq!(group(&result, "smith_set").as_deref(), Some("A=B=C"));
    assert_eq!(
        result.rounds[0].sentence,
        "Round 1: the Smith set is A, B and C. D is excluded; 35 of its votes go to A."
    );
    assert_eq!(result.elected_names(), ["A"]);
    Ok(())
}

#[test]
fn elections_of_nobody_and_of_one_come_to_an_end() -> Tested {
    let alone = election(&["A"], &[(2, "A")])?;
    let nobody = alone.clone().with_withdrawn(&[Candidate::at(0)?]);
    for info in super::METHODS {
        let method = Method::named(info.name)?;
        assert!(count(&method, &nobody)?.elected.is_empty(), "{}", info.name);
        let elected = count(&method, &alone)?.elected.len();
        assert_eq!(elected, usize::from(info.name != "pairwise-matrix"), "{}", info.name);
    }
    Ok(())
}
