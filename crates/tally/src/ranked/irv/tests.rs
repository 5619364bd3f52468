use proptest::prelude::*;

use super::*;
use crate::{
    Method, Params, RankedBallots, TieRule,
    ballots::{Mark, Weight},
    count,
    result::{CountResult, Outcome, Status},
};

type Tested = Result<(), Box<dyn std::error::Error>>;

fn election(ballots: &[(u64, &[&[usize]])]) -> Result<Election, Box<dyn std::error::Error>> {
    let mut builder = RankedBallots::builder(4);
    for (weight, ranks) in ballots {
        builder.push_ranks(*weight, ranks)?;
    }
    Ok(Election::new("", ["A", "B", "C", "D"], 1, builder.finish())?)
}

fn irv(params: &[(&str, &str)]) -> Result<Method, ParamError> {
    Method::from_params("irv", Params::from_pairs(params.iter().copied()))
}

fn tallies(result: &CountResult) -> Vec<Vec<String>> {
    let shown = |figure: &Option<Figure>| figure.as_ref().map_or("-".to_owned(), Figure::to_string);
    result.rounds.iter().map(|round| round.tally.iter().map(shown).collect()).collect()
}

fn details(round: &Round) -> Vec<String> {
    round.details.iter().map(|(_, figure)| figure.to_string()).collect()
}

#[test]
fn each_step_has_its_sentence() -> Tested {
    let election = election(&[
        (8, &[&[0]]),
        (7, &[&[1], &[2]]),
        (5, &[&[2], &[1]]),
        (2, &[&[3], &[2]]),
        (1, &[&[3], &[0]]),
        (1, &[&[3]]),
        (3, &[]),
    ])?;
    let result = count(&irv(&[("ties", "candidate-order")])?, &election)?;
    let said: Vec<&str> = result.rounds.iter().map(|round| round.sentence.as_str()).collect();
    assert_eq!(
        said,
        [
            "Round 1: D is excluded; 2 of its votes go to C, 1 to A, 1 ranks nobody further.",
            "Round 2: C is excluded; 5 of its votes go to B, 2 rank nobody further. \
             The tie between B and C is broken by the order of candidates: C goes.",
            "Round 3: B has 12 of the 21 votes still counting, a majority (11 needed), and is elected.",
        ]
    );
    assert_eq!(result.ballots.blank, Figure::from(3));
    Ok(())
}

#[test]
fn a_ballot_once_inactive_stays_so() -> Tested {
    // B and C are both in the count when the overvote is met; that B goes later brings nothing back.
    let rules = irv(&[("overvoteRule", "exhaustIfMultipleContinuing")])?;
    let election = election(&[
        (6, &[&[0]]),
        (4, &[&[1]]),
        (5, &[&[2]]),
        (1, &[&[3], &[1, 2]]),
        (1, &[&[3], &[1, 3], &[0]]),
    ])?;
    let result = count(&rules, &election)?;
    assert_eq!(tallies(&result), [["6", "4", "5", "2"], ["6", "5", "5", "-"]]);
    assert_eq!(details(&result.rounds[1]), ["0", "1", "0", "0"]);
    assert!(matches!(result.outcome, Outcome::Tie { .. }));
    assert_eq!(result.statuses[3], Status::Eliminated { round: 1 });
    Ok(())
}

#[test]
fn skipped_ranks_are_measured_from_the_last_rank_used() -> Tested {
    let ballots = election(&[(3, &[&[0], &[], &[1], &[], &[2]]), (2, &[&[], &[], &[1]]), (4, &[&[3]])])?;
    let at = |most: &str| -> Result<Vec<String>, Box<dyn std::error::Error>> {
        Ok(details(&count(&irv(&[("maxSkippedRanksAllowed", most)])?, &ballots)?.rounds[0]))
    };
    assert_eq!(at("0")?[3], "2");
    assert_eq!(at("1")?[3], "2");
    assert_eq!(at("2")?[3], "0");
    assert_eq!(at("unlimited")?[3], "0");
    Ok(())
}

#[test]
fn repeats_and_ranks_beyond_the_limit() -> Tested {
    let ballots = election(&[(5, &[&[0]]), (6, &[&[1]]), (2, &[&[2], &[2], &[0]])])?;
    let ties = ("ties", "candidate-order");
    let plain = count(&irv(&[ties])?, &ballots)?;
    assert_eq!(plain.elected_names(), ["A"]);
    let strict = count(&irv(&[ties, ("exhaustOnDuplicateCandidate", "true")])?, &ballots)?;
    assert_eq!(strict.elected_names(), ["B"]);
    assert_eq!(details(&strict.rounds[2])[2], "2");
    let short = count(&irv(&[ties, ("maxRankingsAllowed", "2")])?, &ballots)?;
    assert_eq!(short.elected_names(), ["B"]);
    assert_eq!(details(&short.rounds[2])[0], "2");
    Ok(())
}

#[test]
fn a_batch_needs_strictly_fewer() -> Tested {
    // 1 + 2 is not fewer than 3, so only D goes; with one vote more for B, C and D go together.
    let batch = irv(&[("batchElimination", "true")])?;
    let equal = count(&batch, &election(&[(5, &[&[0]]), (3, &[&[1]]), (2, &[&[2]]), (1, &[&[3]])])?)?;
    assert_eq!(equal.rounds[0].eliminated.len(), 1);
    let fewer = count(&batch, &election(&[(5, &[&[0]]), (4, &[&[1]]), (2, &[&[2]]), (1, &[&[3]])])?)?;
    assert_eq!(fewer.rounds[0].eliminated.len(), 2);
    Ok(())
}

#[test]
fn the_count_can_go_on_to_the_last_two() -> Tested {
    let ballots = election(&[(9, &[&[0]]), (3, &[&[1]]), (2, &[&[2], &[1]]), (1, &[&[3], &[1]])])?;
    let result = count(&irv(&[("continueUntilTwoCandidatesRemain", "true")])?, &ballots)?;
    assert_eq!(tallies(&result), [["9", "3", "2", "1"], ["9", "4", "2", "-"], ["9", "6", "-", "-"]]);
    assert_eq!(result.rounds[0].elected.len(), 1);
    assert_eq!(result.rounds[2].sentence, "Round 3: A and B remain.");
    Ok(())
}

#[test]
fn ties_look_back_as_told() -> Tested {
    // In round 2 B and C have 4 each; B had fewer before.
    let ballots = election(&[(7, &[&[0]]), (3, &[&[1]]), (4, &[&[2]]), (1, &[&[3], &[1]]), (1, &[&[3]])])?;
    let loser = |rule| -> Result<Option<char>, Box<dyn std::error::Error>> {
        let result = count(&irv(&[])?.with_ties([rule]), &ballots)?;
        let gone = result.rounds.get(1).and_then(|round| round.eliminated.first());
        Ok(gone.and_then(|candidate| result.name(*candidate).chars().next()))
    };
    assert_eq!(loser(TieRule::Backwards)?, Some('B'));
    assert_eq!(loser(TieRule::Forwards)?, Some('B'));
    assert_eq!(loser(TieRule::PreviousRound)?, Some('B'));
    assert_eq!(loser(TieRule::CandidateOrder)?, Some('C'));
    assert_eq!(loser(TieRule::ReverseCandidateOrder)?, Some('B'));
    assert_eq!(loser(TieRule::Chair { decisions: vec!["C".to_owned()] })?, Some('C'));
    assert_eq!(loser(TieRule::Refuse)?, None);
    Ok(())
}

#[test]
fn a_bound_on_steps_ends_the_count() -> Tested {
    let ballots = election(&[(4, &[&[0]]), (3, &[&[1]]), (2, &[&[2]])])?;
    let bounded = irv(&[("max-steps", "1"), ("ties", "candidate-order")])?;
    assert!(matches!(count(&bounded, &ballots), Err(crate::CountError::TooManySteps { limit: 1 })));
    Ok(())
}

/// Weight as a fraction, and marks: 0 to 3 a candidate, 4 an empty rank, 5 an overvote; whether it shares a rank.
type Given = (u64, u64, Vec<(u8, bool)>);

fn ballots() -> impl Strategy<Value = Vec<Given>> {
    prop::collection::vec((1_u64..9, 1_u64..4, prop::collection::vec((0_u8..6, any::<bool>()), 0..6)), 0..20)
}

fn built(ballots: &[Given]) -> Result<Election, crate::BallotError> {
    let mut builder = RankedBallots::builder(4);
    for (numerator, denominator, marks) in ballots {
        let mut row: Vec<Mark> = Vec::new();
        for (number, shared) in marks {
            let join = *shared && row.last().is_some_and(|mark| mark.candidate().is_some());
            row.push(match (number, join) {
                (4, _) => Mark::SKIPPED,
                (5, _) => Mark::OVERVOTE,
                (n, true) => Mark::shared(Candidate::at(usize::from(*n))?),
                (n, false) => Mark::next(Candidate::at(usize::from(*n))?),
            });
        }
        builder.push(Weight::fraction(*numerator, *denominator)?, &row)?;
    }
    Election::new("", ["A", "B", "C", "D"], 1, builder.finish())
}

proptest! {
    #[test]
    fn nothing_is_lost_and_order_does_not_matter(
        mut given in ballots(),
        overvote in prop_oneof![Just("exhaust"), Just("skip"), Just("exhaust-if-multiple-continuing")],
        skipped in prop_oneof![Just("0"), Just("1"), Just("unlimited")],
        flags in prop::array::uniform3(any::<bool>()),
    ) {
        let flag = |on: bool| if on { "true" } else { "false" };
        let method = irv(&[
            ("overvote-rule", overvote),
            ("max-skipped-ranks-allowed", skipped),
            ("batch-elimination", flag(flags[0])),
            ("exhaust-on-duplicate-candidate", flag(flags[1])),
            ("continue-until-two-candidates-remain", flag(flags[2])),
            ("ties", "backwards, candidate-order"),
        ]).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let fail = |error: crate::BallotError| TestCaseError::fail(error.to_string());
        let run = |given: &[_]| count(&method, &built(given).map_err(fail)?)
            .map_err(|error| TestCaseError::fail(error.to_string()));
        let result = run(&given)?;
        prop_assert!(result.is_complete() && result.elected.len() == 1);
        for round in &result.rounds {
            let held = round.tally.iter().flatten().chain(&round.exhausted).chain([&result.ballots.blank]);
            let sum = held.fold(Figure::Whole(0), |sum, figure| Figure::sum(&sum, figure));
            prop_assert_eq!(&sum, &result.ballots.total);
        }
        given.reverse();
        prop_assert_eq!(run(&given)?, result);
    }

    #[test]
    fn who_has_more_than_half_of_the_first_choices_wins(given in ballots(), extra in 0_usize..4) {
        let mut given = given;
        let total: u64 = given.iter().map(|(weight, ..)| weight).sum();
        given.push((total + 1, 1, vec![(u8::try_from(extra).unwrap_or(0), false)]));
        let election = built(&given).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let result = count(&Method::new(Rule::Ranked(super::super::RankedMethod::Irv(Irv::default()))), &election);
        let result = result.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(result.elected[0].index(), extra);
    }
}
