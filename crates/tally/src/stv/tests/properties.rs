use proptest::prelude::*;

use crate::{
    CountError, CountResult, Election, Figure, Mark, Method, Params, RankedBallots, Weight, count,
    election::Candidate, error::BallotError, stv::METHODS,
};

const NAMES: [&str; 5] = ["A", "B", "C", "D", "E"];

/// Weight and an order: candidates in the order of some numbers, cut after a length.
type Given = (u64, Vec<usize>);

fn ballots() -> impl Strategy<Value = Vec<Given>> {
    let order = (Just(vec![0, 1, 2, 3, 4]).prop_shuffle(), 1_usize..6);
    let ballot = (1_u64..12, order).prop_map(|(weight, (mut order, length))| {
        order.truncate(length);
        (weight, order)
    });
    prop::collection::vec(ballot, 1..14)
}

fn built(given: &[Given], seats: u32) -> Result<Election, BallotError> {
    let mut builder = RankedBallots::builder(NAMES.len());
    for (weight, order) in given {
        builder.push_order(*weight, order)?;
    }
    Election::new("", NAMES, seats, builder.finish())
}

fn run(name: &str, given: &[Given], seats: u32) -> Result<CountResult, TestCaseError> {
    let fail = |error: &dyn std::error::Error| TestCaseError::fail(error.to_string());
    let mut params = Params::from_pairs([("ties", "candidate-order")]);
    if name == "cambridge-stv" {
        params.set("draw-seed", "7");
    }
    let method = Method::from_params(name, params).map_err(|error| fail(&error))?;
    let election = built(given, seats).map_err(|error| fail(&error))?;
    count(&method, &election).map_err(|error| fail(&error))
}

/// Votes held, exhausted and lost to rounding.
fn held(result: &CountResult, round: usize) -> Figure {
    let round = &result.rounds[round];
    round
        .tally
        .iter()
        .flatten()
        .chain(&round.exhausted)
        .chain(&round.rounding)
        .fold(Figure::Whole(0), |sum, figure| Figure::sum(&sum, figure))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn every_method_fills_the_seats_and_loses_no_vote(mut given in ballots(), seats in 1_u32..5) {
        for info in METHODS {
            let result = run(info.name, &given, seats)?;
            prop_assert!(result.is_complete(), "{}", info.name);
            prop_assert_eq!(result.elected.len(), seats as usize, "{}", info.name);
            let mut elected = result.elected.clone();
            elected.sort_unstable();
            elected.dedup();
            prop_assert_eq!(elected.len(), seats as usize, "{}", info.name);
            // Quotients are no votes.
            if info.name != "qpq" {
                for round in 0..result.rounds.len() {
                    let held = held(&result, round);
                    let last = round + 1 == result.rounds.len();
                    // Once the seats of a count by iteration are settled the rest is no longer distributed.
                    prop_assert!(
                        held == result.ballots.total || (last && info.name.contains("meek")),
                        "{} round {}: {}", info.name, round + 1, held
                    );
                }
            }
            for round in &result.rounds {
                prop_assert!(!round.sentence.is_empty());
            }
            given.reverse();
            prop_assert_eq!(run(info.name, &given, seats)?, result, "{}", info.name);
        }
    }

    #[test]
    fn a_solid_coalition_gets_its_seats(
        mut given in ballots(),
        coalition in prop::sample::subsequence(vec![0_usize, 1, 2, 3, 4], 1..4),
        seats in 1_u32..5,
        quotas in 1_u64..4,
        shuffled in Just(vec![0_usize, 1, 2, 3, 4]).prop_shuffle(),
    ) {
        let quotas = quotas.min(u64::from(seats));
        let others: u64 = given.iter().map(|(weight, _)| weight).sum();
        // The least weight w with w > quotas * (others + w) / (seats + 1), in two halves that rank the coalition apart.
        let parts = u64::from(seats) + 1 - quotas;
        let weight = quotas * others / parts + 2;
        let solid = |reversed: bool| {
            let mut order: Vec<usize> = shuffled.iter().copied().filter(|one| coalition.contains(one)).collect();
            if reversed {
                order.reverse();
            }
            order.extend(shuffled.iter().copied().filter(|one| !coalition.contains(one)));
            order
        };
        given.push((weight / 2, solid(false)));
        given.push((weight - weight / 2, solid(true)));
        let due = coalition.len().min(usize::try_from(quotas).unwrap_or(0));
        for info in METHODS {
            // The last places, or whole thresholds, may cost a coalition that only just has its quotas a seat.
            if ["wigm-stv", "meek-stv", "qpq"].contains(&info.name) {
                let result = run(info.name, &given, seats)?;
                let won = result.elected.iter().filter(|one| coalition.contains(&one.index())).count();
                prop_assert!(won >= due, "{}: {won} of {due}", info.name);
            }
        }
    }

    #[test]
    fn batches_elect_nobody_else(given in ballots(), seats in 1_u32..4) {
        // A safe batch loses nobody who could still have won; the last places aside, outcomes are the same.
        let fail = |error: &dyn std::error::Error| TestCaseError::fail(error.to_string());
        let election = built(&given, seats).map_err(|error| fail(&error))?;
        let elected = |params: &[(&str, &str)]| -> Result<Option<Vec<usize>>, TestCaseError> {
            let pairs = params.iter().copied().chain([("arithmetic", "rational")]);
            let method = Method::from_params("wigm-stv", Params::from_pairs(pairs)).map_err(|error| fail(&error))?;
            let result = count(&method, &election).map_err(|error| fail(&error))?;
            let mut elected: Vec<usize> = result.elected.iter().map(|one| one.index()).collect();
            elected.sort_unstable();
            Ok(result.ties.is_empty().then_some(elected))
        };
        let (one, batch) = (elected(&[])?, elected(&[("defeat-batch", "safe")])?);
        if seats == 1 && one.is_some() && batch.is_some() {
            prop_assert_eq!(one, batch);
        }
    }

    #[test]
    fn whatever_the_ballots_say_the_count_ends(
        given in prop::collection::vec(
            (1_u64..9, 1_u64..4, prop::collection::vec((0_u16..7, any::<bool>()), 0..7)),
            0..10,
        ),
        seats in 1_u32..7,
        withdrawn in 0_u16..6,
        method in prop::sample::select(METHODS.to_vec()),
        params in prop::sample::select(vec![
            ("repeats", "stop"), ("repeats", "invalid"), ("max-skipped-ranks-allowed", "1"), ("equal-ranks", "split"),
            ("equal-ranks", "skip"), ("equal-ranks", "equalize"), ("arithmetic", "rational"), ("quota", "whole"),
            ("defeat-batch", "safe"), ("batch-elimination", "true"), ("minimum-vote-threshold", "3"),
            ("hare-quota", "true"), ("overvote-rule", "skip"), ("keep-rounding", "down"), ("restart", "false"),
            ("minimum-votes", "4"), ("draw", "none"), ("winner-election-mode", "bottoms-up"),
            ("non-integer-winning-threshold", "true"), ("decimals", "0"),
        ]),
    ) {
        let fail = |error: &dyn std::error::Error| TestCaseError::fail(error.to_string());
        let mut builder = RankedBallots::builder(NAMES.len());
        for (numerator, denominator, marks) in &given {
            let mut row: Vec<Mark> = Vec::new();
            for (number, shared) in marks {
                let join = *shared && row.last().is_some_and(|mark| mark.candidate().is_some());
                row.push(match (number, join) {
                    (5, _) => Mark::SKIPPED,
                    (6, _) => Mark::OVERVOTE,
                    (number, true) => Mark::shared(Candidate::from_raw(*number)),
                    (number, false) => Mark::next(Candidate::from_raw(*number)),
                });
            }
            let weight = Weight::fraction(*numerator, *denominator).map_err(|error| fail(&error))?;
            builder.push(weight, &row).map_err(|error| fail(&error))?;
        }
        let mut election = Election::new("", NAMES, seats, builder.finish()).map_err(|error| fail(&error))?;
        if withdrawn < 5 {
            election = election.with_withdrawn(&[Candidate::from_raw(withdrawn)]);
        }
        let mut all = Params::from_pairs([("ties", "candidate-order")]);
        if method.parameters.iter().any(|known| known.name == params.0) {
            all.set(params.0, params.1);
        }
        if method.name == "cambridge-stv" {
            all.set("draw-seed", "7");
        }
        // A value another method takes under that name.
        let Ok(rule) = Method::from_params(method.name, all) else {
            return Ok(());
        };
        match count(&rule, &election) {
            Ok(result) => {
                let standing = election.standing().count();
                prop_assert!(result.is_complete());
                prop_assert_eq!(result.elected.len(), standing.min(seats as usize), "{}", method.name);
            }
            Err(CountError::Unsuitable(_)) => prop_assert_eq!(method.name, "cambridge-stv"),
            Err(error) => return Err(fail(&error)),
        }
    }
}
