//! Textbook elections.

use crate::{Candidate, CountResult, Election, Figure, Method, Params, RankedBallots, TieRule, count};

type Tested = Result<(), Box<dyn std::error::Error>>;
type Made = Result<Election, Box<dyn std::error::Error>>;

fn election(names: &[&str], ballots: &[(u64, &[&[usize]])]) -> Made {
    let mut builder = RankedBallots::builder(names.len());
    for (weight, ranks) in ballots {
        builder.push_ranks(*weight, ranks)?;
    }
    Ok(Election::new("", names.iter().copied(), 1, builder.finish())?)
}

/// The choice of a capital for Tennessee: voters prefer the nearer city.
fn tennessee() -> Made {
    election(
        &["Memphis", "Nashville", "Chattanooga", "Knoxville"],
        &[
            (42, &[&[0], &[1], &[2], &[3]]),
            (26, &[&[1], &[2], &[3], &[0]]),
            (15, &[&[2], &[3], &[1], &[0]]),
            (17, &[&[3], &[2], &[1], &[0]]),
        ],
    )
}

fn with(name: &str, params: &[(&str, &str)]) -> Result<Method, crate::ParamError> {
    Method::from_params(name, Params::from_pairs(params.iter().copied()))
}

fn figures(result: &CountResult, column: &str) -> Vec<String> {
    let values = result.column(column).map(|column| column.values.clone());
    let values = values.into_iter().flatten().flatten();
    values.map(|figure| figure.to_string()).collect()
}

fn tally(result: &CountResult, round: usize) -> Vec<String> {
    let values = result.rounds[round].tally.iter().flatten();
    values.map(Figure::to_string).collect()
}

#[test]
fn borda_points_for_the_capital() -> Tested {
    let election = tennessee()?;
    let plain = count(&Method::named("borda")?, &election)?;
    assert_eq!(figures(&plain, "scores"), ["126", "194", "173", "107"]);
    assert_eq!(plain.elected_names(), ["Nashville"]);
    let from_one = count(&with("borda", &[("points", "n..1")])?, &election)?;
    assert_eq!(figures(&from_one, "scores"), ["226", "294", "273", "207"]);
    let dowdall = count(&with("borda", &[("variant", "dowdall")])?, &election)?;
    assert_eq!(figures(&dowdall, "scores"), ["113/2", "173/3", "101/2", "131/3"]);
    Ok(())
}

#[test]
fn each_borda_variant_reads_truncated_and_equal_ranks_its_way() -> Tested {
    let election = election(&["A", "B", "C", "D"], &[(1, &[&[0], &[1]]), (1, &[&[2, 3]]), (1, &[])])?;
    for (variant, expected) in [
        ("average", ["7/2", "5/2", "3", "3"]),
        ("tournament", ["7/2", "5/2", "3", "3"]),
        ("pessimistic", ["3", "2", "2", "2"]),
        ("optimistic", ["4", "3", "4", "4"]),
        ("modified", ["2", "1", "3/2", "3/2"]),
        ("dowdall", ["1", "1/2", "3/4", "3/4"]),
    ] {
        let method = with("borda", &[("variant", variant)])?.with_ties([TieRule::CandidateOrder]);
        let result = count(&method, &election)?;
        assert_eq!(figures(&result, "scores"), expected, "{variant}");
        assert_eq!(result.ballots.blank, Figure::from(1));
    }
    Ok(())
}

#[test]
fn borda_knows_a_remark_on_equal_ranks_from_a_rule_for_ties() -> Tested {
    let remark = with("borda", &[("ties", "average; unranked share the lowest places")])?;
    assert!(remark.ties.rules.is_empty());
    let rule = with("borda", &[("ties", "candidate-order")])?;
    assert_eq!(rule.ties.rules, [TieRule::CandidateOrder]);
    assert!(with("borda", &[("ties", "flip a coin")]).is_err());
    assert!(with("irv", &[("ties", "average")]).is_err());
    assert!(with("borda", &[("variant", "dowdall"), ("points", "n..1")]).is_err());
    Ok(())
}

#[test]
fn bucklin_adds_preferences_until_there_is_a_majority() -> Tested {
    let result = count(&Method::named("bucklin")?, &tennessee()?)?;
    assert_eq!(tally(&result, 0), ["42", "26", "15", "17"]);
    assert_eq!(tally(&result, 1), ["42", "68", "58", "32"]);
    assert_eq!(figures(&result, "totals"), ["42", "68", "58", "32"]);
    assert_eq!(
        result.rounds[1].sentence,
        "Round 2: Nashville has the highest total, 68, a majority of the ballots, and is elected."
    );
    let none = election(&["A", "B", "C"], &[(2, &[&[0]]), (2, &[&[1], &[0]]), (5, &[&[2]])])?;
    let result = count(&Method::named("bucklin")?, &none)?;
    assert_eq!(result.elected_names(), ["C"]);
    Ok(())
}

#[test]
fn coombs_excludes_whoever_is_last() -> Tested {
    let result = count(&Method::named("coombs")?, &tennessee()?)?;
    assert_eq!(
        result.rounds[0].sentence,
        "Round 1: Memphis stands last on the most ballots and is excluded."
    );
    assert_eq!(result.elected_names(), ["Nashville"]);
    // Two leave somebody unranked: B and C share the last place on one, A and C on the other.
    let shared = election(&["A", "B", "C"], &[(1, &[&[0]]), (1, &[&[1]]), (1, &[&[2], &[0], &[1]])])?;
    let result = count(&Method::named("coombs")?, &shared)?;
    let last: Vec<String> =
        result.rounds[0].columns[0].values.iter().flatten().map(Figure::to_string).collect();
    assert_eq!(last, ["1/2", "3/2", "1"]);
    let none = count(&with("coombs", &[("unranked", "none")])?, &shared)?;
    assert_eq!(none.rounds[0].eliminated, [Candidate::at(1)?]);
    Ok(())
}

#[test]
fn the_first_two_meet_in_a_runoff() -> Tested {
    let result = count(&Method::named("contingent")?, &tennessee()?)?;
    assert_eq!(result.elected_names(), ["Nashville"]);
    assert_eq!(
        result.rounds[0].sentence,
        "Round 1: Memphis and Nashville have the most votes and meet in the runoff; Chattanooga and Knoxville are \
         excluded; 32 of their votes go to Nashville."
    );
    assert_eq!(result.rounds[1].sentence, "Round 2: Nashville has more votes, 58, and is elected.");
    // With two preferences the ballots of Chattanooga and Knoxville name nobody in the runoff.
    let two = count(&Method::named("supplementary vote")?, &tennessee()?)?;
    assert_eq!(two.elected_names(), ["Memphis"]);
    assert_eq!(two.rounds[1].exhausted, Some(Figure::from(32)));
    let limited = count(&with("contingent", &[("max-rankings-allowed", "2")])?, &tennessee()?)?;
    assert_eq!(limited.elected_names(), ["Memphis"]);
    Ok(())
}

#[test]
fn elections_of_nobody_and_of_one_come_to_an_end() -> Tested {
    let alone = election(&["A"], &[(2, &[&[0]])])?;
    let nobody = alone.clone().with_withdrawn(&[Candidate::at(0)?]);
    let unvoted = election(&["A", "B"], &[(3, &[])])?;
    for info in super::METHODS {
        let method = Method::named(info.name)?;
        assert!(count(&method, &nobody)?.elected.is_empty(), "{}", info.name);
        assert_eq!(count(&method, &alone)?.elected_names(), ["A"], "{}", info.name);
        assert!(!count(&method, &unvoted)?.is_complete(), "{}", info.name);
    }
    Ok(())
}
