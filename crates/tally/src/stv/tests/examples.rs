use super::{Tested, counted, election, tally};
use crate::{
    Election,
    election::Candidate,
    result::{Outcome, Status},
    ties::TieRule,
};

/// The party food example: twenty guests, three of five dishes (Wikipedia, "Single transferable vote").
fn food() -> Result<Election, Box<dyn std::error::Error>> {
    election(
        &["Oranges", "Pears", "Chocolate", "Strawberries", "Hamburgers"],
        3,
        &[
            (4, &[&[0]]),
            (2, &[&[1], &[0]]),
            (8, &[&[2], &[3]]),
            (4, &[&[2], &[4]]),
            (1, &[&[3]]),
            (1, &[&[4]]),
        ],
    )
}

#[test]
fn the_party_food() -> Tested {
    let result = counted("scottish-stv", &[], &food()?)?;
    assert_eq!(result.elected_names(), ["Chocolate", "Oranges", "Strawberries"]);
    assert_eq!(tally(&result, 1), ["4.00000", "2.00000", "6.00000", "5.00000", "3.00000"]);
    let said: Vec<&str> = result.rounds.iter().map(|round| round.sentence.as_str()).collect();
    assert_eq!(
        said[0],
        "Stage 1: 20 votes are sorted by first preferences; the quota is 6. \
         Chocolate has reached the quota with 12 votes and is elected."
    );
    assert_eq!(
        said[2],
        "Stage 3: Pears is excluded; of the 2 votes of Pears, 2 to Oranges. \
         Oranges has reached the quota with 6 votes and is elected."
    );
    for method in ["wigm-stv", "meek-stv", "warren-stv", "meek-nz-stv", "ers97-stv", "qpq", "rctab-stv"] {
        let result = counted(method, &[], &food()?)?;
        let mut elected = result.elected_names();
        elected.sort_unstable();
        assert_eq!(elected, ["Chocolate", "Oranges", "Strawberries"], "{method}");
    }
    Ok(())
}

#[test]
fn exactly_on_quota_there_is_no_surplus_stage() -> Tested {
    // 20 votes, 1 seat left after A: the quota is 7, and A has exactly that.
    let ballots = election(
        &["A", "B", "C", "D"],
        2,
        &[(7, &[&[0], &[1]]), (6, &[&[1]]), (4, &[&[2]]), (3, &[&[3], &[1]])],
    )?;
    let scottish = counted("scottish-stv", &[], &ballots)?;
    assert_eq!(scottish.rounds.len(), 2);
    assert_eq!(scottish.rounds[1].subjects[0].index(), 3);
    // The reference rule of the Foundation has a stage in which nothing moves; with four places that needs an exact quota.
    let whole = [("quota", "whole")];
    let reference = counted("wigm-stv", &whole, &ballots)?;
    assert_eq!(reference.rounds[1].subjects[0].index(), 0);
    assert_eq!(tally(&reference, 1), tally(&reference, 0));
    Ok(())
}

#[test]
fn a_paper_keeps_its_value_at_the_second_transfer() -> Tested {
    // A's surplus moves at 0.4 to B; B's surplus then moves those papers at a part of 0.4, not of 1.
    let ballots = election(
        &["A", "B", "C", "D", "E"],
        3,
        &[(20, &[&[0], &[1], &[2]]), (10, &[&[1], &[3]]), (8, &[&[3]]), (5, &[&[2]]), (4, &[&[4]])],
    )?;
    let result = counted("scottish-stv", &[], &ballots)?;
    // Quota 12; A 20: value 8/20 = 0.4, B 10 + 8 = 18; B: 6/18 of 0.4 and of 1.
    assert_eq!(tally(&result, 1), ["12.00000", "18.00000", "5.00000", "8.00000", "4.00000"]);
    assert_eq!(tally(&result, 2), ["12.00000", "12.00000", "7.66660", "11.33330", "4.00000"]);
    assert_eq!(result.rounds[2].rounding, Some("0.00010".parse()?));
    Ok(())
}

#[test]
fn rules_cut_once_or_twice() -> Tested {
    let ballots = election(
        &["A", "B", "C", "D"],
        2,
        &[(11, &[&[0], &[1], &[2]]), (4, &[&[1], &[3]]), (4, &[&[2]]), (3, &[&[3]])],
    )?;
    let digits = [("decimals", "2"), ("quota", "whole")];
    let twice = counted("wigm-stv", &digits, &ballots)?;
    let once = counted("wigm-stv", &[digits[0], digits[1], ("value-rounding", "once")], &ballots)?;
    assert_eq!(twice.elected_names(), once.elected_names());
    let exact = counted("wigm-stv", &[("arithmetic", "rational")], &ballots)?;
    assert_eq!(exact.rounds[0].quota, Some("22/3".parse()?));
    assert_eq!(exact.rounds[1].rounding, Some("0".parse()?));
    Ok(())
}

#[test]
fn ties_of_the_order_go_backwards_then_to_the_policy() -> Tested {
    let equal = election(&["A", "B", "C"], 1, &[(3, &[&[0]]), (3, &[&[1]]), (4, &[&[2]])])?;
    let refused = counted("scottish-stv", &[], &equal)?;
    assert!(matches!(&refused.outcome, Outcome::Tie { tied, .. } if tied.len() == 2));
    assert_eq!(refused.statuses[0], Status::Undecided);
    let broken = counted("scottish-stv", &[("ties", "candidate-order")], &equal)?;
    assert_eq!(broken.ties[0].rule, Some(TieRule::CandidateOrder));
    let backwards =
        election(&["A", "B", "C", "D"], 1, &[(3, &[&[0]]), (4, &[&[1]]), (6, &[&[2]]), (1, &[&[3], &[0]])])?;
    let result = counted("scottish-stv", &[], &backwards)?;
    assert_eq!(result.ties[0].rule, Some(TieRule::Backwards));
    assert_eq!(result.ties[0].chosen.map(Candidate::index), Some(0));
    Ok(())
}

#[test]
fn equal_ranks_under_meek_are_split_or_equalized() -> Tested {
    // A is elected with votes to spare. Split, what A does not keep of the equal rank passes on to D; equalized, half of it
    // would have come to B first.
    let ballots = election(
        &["A", "B", "C", "D"],
        2,
        &[(10, &[&[0, 1], &[3]]), (10, &[&[0]]), (8, &[&[2]]), (4, &[&[3]])],
    )?;
    let split = counted("meek-stv", &[("equal-ranks", "split")], &ballots)?;
    let equalized = counted("meek-stv", &[("equal-ranks", "equalize")], &ballots)?;
    let votes = |result: &crate::CountResult, candidate: usize| result.rounds[1].tally[candidate].clone();
    assert!(votes(&split, 3) > votes(&equalized, 3));
    assert!(votes(&split, 1) < votes(&equalized, 1));
    let refused = counted("meek-stv", &[("equal-ranks", "refuse")], &ballots);
    assert!(refused.is_err());
    // All orders written out give the same as the formula, up to the last places.
    let written = election(
        &["A", "B", "C", "D"],
        2,
        &[(5, &[&[0], &[1], &[3]]), (5, &[&[1], &[0], &[3]]), (10, &[&[0]]), (8, &[&[2]]), (4, &[&[3]])],
    )?;
    let written = counted("meek-stv", &[], &written)?;
    for (a, b) in equalized.rounds.iter().zip(&written.rounds) {
        assert_eq!(a.eliminated, b.eliminated);
        for (x, y) in a.tally.iter().flatten().zip(b.tally.iter().flatten()) {
            let apart = x.to_rational() - y.to_rational();
            assert!(apart < "0.00001".parse::<crate::Figure>()?.to_rational(), "{x} {y}");
        }
    }
    Ok(())
}

#[test]
fn exact_meek_agrees_with_decimals() -> Tested {
    let fixed = counted("meek-stv", &[], &food()?)?;
    let exact = counted("meek-stv", &[("arithmetic", "rational")], &food()?)?;
    let (mut a, mut b) = (fixed.elected_names(), exact.elected_names());
    a.sort_unstable();
    b.sort_unstable();
    assert_eq!(a, b);
    Ok(())
}

#[test]
fn whole_ballots_need_a_seed_and_repeat_with_it() -> Tested {
    assert!(counted("cambridge-stv", &[], &food()?).is_err());
    let drawn = counted("cambridge-stv", &[("seed", "2026")], &food()?)?;
    assert_eq!(drawn, counted("cambridge-stv", &[("seed", "2026")], &food()?)?);
    assert_eq!(tally(&drawn, 1)[2], "6");
    assert_eq!(drawn.elected.len(), 3);
    let cut = counted("cambridge-stv", &[("draw-seed", "x"), ("minimum-votes", "2")], &food()?)?;
    assert!(cut.elected.len() == 3);
    Ok(())
}

#[test]
fn rctab_elects_one_at_a_time_or_from_below() -> Tested {
    let ballots = election(
        &["A", "B", "C", "D"],
        2,
        &[(9, &[&[0], &[2]]), (8, &[&[1], &[3]]), (3, &[&[2]]), (2, &[&[3]])],
    )?;
    let one = [
        ("winnerElectionMode", "multiWinnerAllowOnlyOneWinnerPerRound"),
        ("tiebreakMode", "useCandidateOrder"),
    ];
    let result = counted("stv_rctab", &one, &ballots)?;
    assert_eq!(result.rounds[0].elected.len(), 1);
    assert_eq!(result.rounds[1].elected.len(), 1);
    let below = counted("stv_rctab", &[("winnerElectionMode", "bottomsUp")], &ballots)?;
    assert_eq!(below.rounds.len(), 3);
    assert_eq!(below.elected_names(), ["A", "B"]);
    let percent = [
        ("winnerElectionMode", "bottomsUpUsingPercentageThreshold"),
        ("multiSeatBottomsUpPercentageThreshold", "20"),
    ];
    assert_eq!(counted("stv_rctab", &percent, &ballots)?.elected_names(), ["A", "B"]);
    let hare = counted("stv_rctab", &[("hareQuota", "true")], &ballots)?;
    assert_eq!(hare.rounds[0].quota, Some("11".parse()?));
    Ok(())
}
