use proptest::prelude::*;

use crate::{
    CountResult, Election, Method, Params, RankedBallots, count,
    numbers::Figure,
    result::{Outcome, Status},
};

type Tested = Result<(), Box<dyn std::error::Error>>;

fn allocate(
    name: &str,
    params: &[(&str, &str)],
    seats: u32,
    votes: &[u64],
) -> Result<CountResult, Box<dyn std::error::Error>> {
    let mut builder = RankedBallots::builder(votes.len());
    for (list, votes) in votes.iter().enumerate() {
        builder.push_order(*votes, &[list])?;
    }
    let names = (0..votes.len()).map(|list| format!("L{list}"));
    let election = Election::new("", names, seats, builder.finish())?;
    let method = Method::from_params(name, Params::from_pairs(params.iter().copied()))?;
    Ok(count(&method, &election)?)
}

fn seats(result: &CountResult) -> Vec<String> {
    let column = result.column("seats").map(|column| column.values.as_slice());
    column
        .unwrap_or_default()
        .iter()
        .map(|figure| figure.as_ref().map_or_else(String::new, Figure::to_string))
        .collect()
}

#[test]
fn textbook_allocations() -> Tested {
    // The example most encyclopaedias give for highest averages: eight seats, four lists.
    let four = [100_000, 80_000, 30_000, 20_000];
    assert_eq!(seats(&allocate("dhondt", &[], 8, &four)?), ["4", "3", "1", "0"]);
    assert_eq!(seats(&allocate("sainte-lague", &[], 8, &four)?), ["3", "3", "1", "1"]);
    // And for largest remainders: ten seats, six lists.
    let six = [47_000, 16_000, 15_800, 12_000, 6_100, 3_100];
    let hare = allocate("hare", &[], 10, &six)?;
    assert_eq!(seats(&hare), ["5", "2", "1", "1", "1", "0"]);
    assert_eq!(hare.rounds[0].quota, Some("10000".parse()?));
    assert_eq!(seats(&allocate("dhondt", &[], 10, &six)?), ["5", "2", "2", "1", "0", "0"]);
    Ok(())
}

#[test]
fn quotients_stand_in_the_result() -> Tested {
    let result = allocate("dhondt", &[], 3, &[60, 25, 15])?;
    let first: Vec<Option<String>> =
        result.rounds[1].tally.iter().map(|figure| figure.as_ref().map(Figure::to_string)).collect();
    assert_eq!(first, [Some("30".to_owned()), Some("25".to_owned()), Some("15".to_owned())]);
    assert_eq!(result.rounds[2].sentence, "Round 3: L1 takes seat 3 with the highest quotient, 25.");
    assert_eq!(result.elected_names(), ["L0", "L0", "L1"]);
    Ok(())
}

#[test]
fn a_tie_for_the_last_seat_is_reported() -> Tested {
    for name in ["dhondt", "sainte-lague", "hare"] {
        let tied = allocate(name, &[], 3, &[10, 10])?;
        assert!(matches!(&tied.outcome, Outcome::Tie { tied, .. } if tied.len() == 2), "{name}");
        assert_eq!(tied.statuses[0], Status::Undecided);
        let broken = allocate(name, &[("ties", "candidate-order")], 3, &[10, 10])?;
        assert_eq!(seats(&broken), ["2", "1"], "{name}");
        // With seats for both nothing is tied.
        assert!(allocate(name, &[], 2, &[10, 10])?.is_complete(), "{name}");
    }
    Ok(())
}

#[test]
fn a_threshold_shuts_lists_out() -> Tested {
    let result = allocate("sainte-lague", &[("threshold-percent", "5")], 10, &[910, 49, 41])?;
    assert_eq!(seats(&result), ["10", "0", "0"]);
    let exactly = allocate("hare", &[("threshold-percent", "4.9")], 10, &[910, 49, 41])?;
    assert_eq!(seats(&exactly), ["9", "1", "0"]);
    let modified = allocate("sainte-lague", &[("first-divisor", "1.4")], 3, &[30, 8])?;
    assert_eq!(seats(&modified), ["3", "0"]);
    Ok(())
}

#[test]
fn nobody_voting_gives_no_seat() -> Tested {
    for name in ["dhondt", "sainte-lague", "hare"] {
        assert!(allocate(name, &[], 3, &[0, 0])?.elected.is_empty());
    }
    Ok(())
}

proptest! {
    #[test]
    fn every_seat_is_given_and_more_votes_never_mean_fewer_seats(
        votes in prop::collection::vec(1_u64..1000, 1..8),
        wanted in 1_u32..30,
    ) {
        for name in ["dhondt", "sainte-lague", "hare"] {
            let result = allocate(name, &[("ties", "candidate-order")], wanted, &votes)
                .map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!(result.elected.len(), wanted as usize);
            let seats = |list: usize| result.elected.iter().filter(|one| one.index() == list).count();
            for (a, more) in votes.iter().enumerate() {
                for (b, fewer) in votes.iter().enumerate() {
                    prop_assert!(more <= fewer || seats(a) >= seats(b));
                }
                let share = more * u64::from(wanted);
                let total: u64 = votes.iter().sum();
                if name == "hare" {
                    prop_assert!(seats(a) as u64 >= share / total);
                    prop_assert!(seats(a) as u64 <= share.div_ceil(total));
                }
                if name == "dhondt" {
                    prop_assert!(seats(a) as u64 >= share / total);
                }
            }
        }
    }
}
