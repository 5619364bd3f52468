//! Small elections worked out by hand.

use crate::{
    ApprovalBallots, Candidate, CountResult, Election, Figure, GradeTallies, Method, Params, ScoreBallots,
    TieRule,
    ballots::{MissingGrades, UNMARKED},
    count,
};

type Tested = Result<(), Box<dyn std::error::Error>>;
type Made = Result<Election, Box<dyn std::error::Error>>;

const NAMES: [&str; 4] = ["A", "B", "C", "D"];

fn approvals(seats: u32, ballots: &[(u64, &[usize])]) -> Made {
    let mut builder = ApprovalBallots::builder(4);
    for (weight, approved) in ballots {
        builder.push(*weight, approved)?;
    }
    Ok(Election::new("", NAMES, seats, builder.finish())?)
}

fn scores(seats: u32, max: u16, ballots: &[(u64, [u16; 4])]) -> Made {
    let mut builder = ScoreBallots::builder(4, max);
    for (weight, row) in ballots {
        builder.push(*weight, row)?;
    }
    Ok(Election::new("", NAMES, seats, builder.finish())?)
}

fn with(name: &str, params: &[(&str, &str)]) -> Result<Method, crate::ParamError> {
    Method::from_params(name, Params::from_pairs(params.iter().copied()))
}

fn tally(result: &CountResult, round: usize) -> Vec<String> {
    let values = result.rounds[round].tally.iter().flatten();
    values.map(Figure::to_string).collect()
}

#[test]
fn approvals_are_added_up() -> Tested {
    let election = approvals(2, &[(4, &[0, 1]), (3, &[1, 2]), (2, &[3]), (1, &[])])?;
    let one = count(&Method::named("approval")?, &election)?;
    assert_eq!(one.elected_names(), ["B"]);
    assert_eq!(one.rounds[0].sentence, "Round 1: B has the most approvals, 7, and is elected.");
    let two = count(&Method::named("approval_multiwinner")?, &election)?;
    assert_eq!(two.elected_names(), ["B", "A"]);
    let majority = count(&Method::named("approval_majority")?, &election)?;
    assert_eq!(majority.elected_names(), ["B"]);
    let enough = [("threshold", "40%"), ("strict", "false")];
    let enough = count(&with("approval_majority", &enough)?, &election)?;
    assert_eq!(enough.elected_names(), ["B", "A"]);
    let two_thirds = [("threshold", "7/9"), ("strict", "false"), ("base", "votes")];
    let base = count(&with("approval_majority", &two_thirds)?, &election)?;
    assert_eq!(base.elected_names(), ["B"]);
    let none = count(&with("approval_majority", &[("threshold", "0.7")])?, &election)?;
    assert!(none.elected.is_empty() && none.is_complete());
    Ok(())
}

#[test]
fn ballots_with_too_many_marks_are_invalid() -> Tested {
    let election = approvals(2, &[(4, &[0, 1]), (3, &[2]), (9, &[1, 2, 3])])?;
    let block = count(&Method::named("block vote")?, &election)?;
    assert_eq!(block.elected_names(), ["A", "B"]);
    assert_eq!(block.ballots.invalid, Figure::from(9));
    let limited = Method::named("limited vote")?.with_ties([TieRule::CandidateOrder]);
    let limited = count(&limited, &election)?;
    assert_eq!(limited.elected_names(), ["C", "A"]);
    assert_eq!(limited.ballots.invalid, Figure::from(13));
    let three = count(&with("limited-vote", &[("votes", "3")])?, &election)?;
    assert_eq!(three.elected_names(), ["B", "C"]);
    let single = Method::named("sntv")?.with_ties([TieRule::CandidateOrder]);
    assert_eq!(count(&single, &election)?.elected_names(), ["C", "A"]);

    let spread = scores(2, 9, &[(4, [2, 0, 0, 0]), (3, [0, 1, 1, 0]), (9, [0, 0, 0, 3])])?;
    let cumulative = Method::named("cumulative")?.with_ties([TieRule::CandidateOrder]);
    let cumulative = count(&cumulative, &spread)?;
    assert_eq!(tally(&cumulative, 0), ["8", "3", "3", "0"]);
    assert_eq!(cumulative.elected_names(), ["A", "B"]);
    let more = count(&with("cumulative", &[("votes", "3")])?, &spread)?;
    assert_eq!(more.elected_names(), ["D", "A"]);
    Ok(())
}

#[test]
fn a_blank_is_zero_unless_told_otherwise() -> Tested {
    let election = scores(1, 5, &[(2, [5, UNMARKED, 0, 0]), (1, [0, 4, 1, 1])])?;
    let plain = count(&Method::named("score")?, &election)?;
    assert_eq!(tally(&plain, 0), ["10", "4", "1", "1"]);
    let filled = count(&with("score", &[("blank", "4"), ("max_score", "5")])?, &election)?;
    assert_eq!(filled.elected_names(), ["B"]);
    assert!(count(&with("score", &[("max_score", "10")])?, &election).is_err());
    assert!(count(&with("score", &[("blank", "6")])?, &election).is_err());
    Ok(())
}

#[test]
fn star_breaks_its_ties_by_its_own_rules() -> Tested {
    // B and C have equal sums for the second place; more ballots prefer C to B.
    let election = scores(1, 5, &[(2, [5, 1, 2, 0]), (1, [4, 5, 3, 0])])?;
    let result = count(&Method::named("star")?, &election)?;
    assert_eq!(
        result.rounds[0].sentence,
        "Round 1: A and C have the highest sums of scores and meet in the runoff. Between B and C, who have equal sums, \
         the preferences against each other put C through."
    );
    assert_eq!(
        result.rounds[1].sentence,
        "Round 2: 3 ballots prefer A, 0 prefer C, 0 neither; A is elected."
    );
    // Equal in the runoff: the higher sum wins.
    let even = scores(1, 5, &[(1, [5, 1, 0, 0]), (1, [2, 3, 0, 0])])?;
    let result = count(&Method::named("star")?, &even)?;
    assert_eq!(result.elected_names(), ["A"]);
    assert!(result.ties.is_empty());
    // Equal in everything: a decision is needed, between whom says the result.
    let same = scores(1, 5, &[(1, [5, 1, 0, 0]), (1, [1, 5, 0, 0])])?;
    assert!(!count(&Method::named("star")?, &same)?.is_complete());
    let order = Method::named("star")?.with_ties([TieRule::CandidateOrder]);
    assert_eq!(count(&order, &same)?.elected_names(), ["A"]);
    Ok(())
}

#[test]
fn bloc_star_fills_one_seat_after_the_other() -> Tested {
    let election = scores(2, 5, &[(6, [5, 4, 0, 0]), (4, [0, 0, 5, 4])])?;
    let result = count(&Method::named("bloc_star")?, &election)?;
    assert_eq!(result.elected_names(), ["A", "B"]);
    assert_eq!(result.rounds.len(), 4);
    Ok(())
}

#[test]
fn proportional_scores_make_supporters_pay() -> Tested {
    // Two seats, ten ballots, a quota of five. The six who support A keep a sixth of their ballots.
    let election = scores(2, 5, &[(6, [5, 4, 0, 0]), (4, [0, 0, 5, 4])])?;
    let result = count(&Method::named("allocated_score_hare")?, &election)?;
    assert_eq!(result.elected_names(), ["A", "C"]);
    assert_eq!(tally(&result, 1), ["4", "20", "16"]);
    assert_eq!(
        result.rounds[0].sentence,
        "Round 1: A has the highest sum of scores, 30, and takes seat 1; 5 ballots are set aside for it."
    );
    // Three seats, a quota of two. A leaves half of four ballots, which then fill the quota for B by that half, or as whole
    // ballots of which a quarter stays.
    let three = scores(3, 5, &[(4, [5, 4, 3, 0]), (2, [0, 0, 0, 1])])?;
    for (fill, elected) in [("weight", ["A", "B", "D"]), ("ballots", ["A", "B", "C"])] {
        let result = count(&with("allocated-score", &[("fill", fill)])?, &three)?;
        assert_eq!(result.elected_names(), elected, "{fill}");
    }
    // 30 points for A against a quota of 25: each of the six spends 25/6 of its 5 points.
    let spent = count(&Method::named("sequentially_spent_score")?, &election)?;
    assert_eq!(tally(&spent, 1), ["4", "20", "16"]);
    let capped = count(&with("sss", &[("reduction", "cap")])?, &election)?;
    assert_eq!(tally(&capped, 1), ["5", "20", "16"]);
    // Too little support pays with everything it has, and nobody else pays.
    let thin = scores(2, 5, &[(1, [5, 0, 1, 0]), (1, [0, 1, 1, 1])])?;
    let thin = count(&Method::named("allocated-score")?, &thin)?;
    assert_eq!(tally(&thin, 1), ["1", "1", "1"]);
    let all = scores(4, 5, &[(1, [5, 0, 0, 0])])?;
    assert_eq!(count(&Method::named("sss")?, &all)?.elected.len(), 4);
    Ok(())
}

fn grades(missing: MissingGrades, tallies: [[u64; 3]; 4]) -> Made {
    Ok(Election::new(
        "",
        NAMES,
        1,
        crate::Ballots::Grades(GradeTallies {
            tallies: tallies.iter().map(|row| row.to_vec()).collect(),
            participants: 4,
            missing,
        }),
    )?)
}

fn ranks(result: &CountResult) -> Vec<String> {
    let ranks = result.column("ranks").map(|column| column.values.clone());
    let ranks = ranks.into_iter().flatten().flatten();
    ranks.map(|rank| rank.to_string()).collect()
}

#[test]
fn judgments_not_given_are_what_the_mode_says() -> Tested {
    let tallies = [[0, 2, 2], [0, 2, 1], [1, 1, 2], [0, 1, 2]];
    let election = grades(MissingGrades::Grade(0), tallies)?;
    let worst = count(&Method::named("majority judgment")?, &election)?;
    assert_eq!(ranks(&worst), ["1", "4", "2", "2"]);
    let median = count(&with("mj", &[("mode", "MedianDefault")])?, &election)?;
    assert_eq!(ranks(&median), ["2", "4", "3", "1"]);
    let shares = count(&with("mj", &[("mode", "Normalized"), ("default", "null")])?, &election)?;
    assert_eq!(ranks(&shares), ["2", "4", "3", "1"]);
    assert!(count(&with("mj", &[("mode", "all judged")])?, &election).is_err());
    assert!(count(&with("mj", &[("default", "3")])?, &election).is_err());
    let upper = with("mj", &[("median", "upper median (adhesion favoured)")])?;
    let upper = count(&upper.with_ties([TieRule::CandidateOrder]), &election)?;
    assert_eq!(ranks(&upper), ["1", "4", "2", "2"]);
    Ok(())
}

#[test]
fn grades_are_counted_from_score_ballots_too() -> Tested {
    let election = scores(1, 2, &[(3, [2, 1, 0, 0]), (2, [0, 1, 2, UNMARKED])])?;
    let result = count(&Method::named("mj")?, &election)?;
    assert_eq!(result.elected_names(), ["A"]);
    assert_eq!(result.rounds[0].sentence, "Round 1: A has the best median grade, 2, and is elected.");
    Ok(())
}

#[test]
fn elections_of_nobody_and_of_one_come_to_an_end() -> Tested {
    let everybody: Vec<Candidate> = (0..4).map(Candidate::at).collect::<Result<_, _>>()?;
    for info in super::METHODS {
        let made = match info.ballots {
            ["score"] => scores(1, 5, &[(1, [1, 0, 0, 0])])?,
            ["grade_tallies", ..] => grades(MissingGrades::Grade(0), [[1, 1, 2]; 4])?,
            _ => approvals(1, &[(1, &[0])])?,
        };
        let method = Method::named(info.name)?;
        let one = count(&method, &made.clone().with_withdrawn(&everybody[1..]))?;
        assert_eq!(one.elected_names(), ["A"], "{}", info.name);
        let nobody = count(&method, &made.with_withdrawn(&everybody))?;
        assert!(nobody.elected.is_empty(), "{}", info.name);
    }
    Ok(())
}
