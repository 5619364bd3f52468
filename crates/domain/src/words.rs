//! Results in words, as a secretary would write them.

use std::fmt::Write;

use plenum_tally::Fraction;
use plenum_tally::motion::{Base, Comparison, Majority, MotionCount};

use crate::result::{Decision, EventResult, Outcome};

/// One paragraph for the minutes.
pub(crate) fn summary(result: &EventResult) -> String {
    let mut text = match &result.decision {
        Decision::Motion(count) => motion(result.outcome, count),
        Decision::Plurality { elected, tied } => election(result, elected, tied),
    };
    let _ = write!(
        text,
        " {} of {} entitled voted{}.",
        result.cast.people,
        result.entitled.people,
        if result.cast.people == result.cast.weight {
            String::new()
        } else {
            format!(", with {} votes", result.cast.weight)
        },
    );
    if result.quorum.required > 0 {
        let met = if result.quorum.is_met() { "met" } else { "not met" };
        let _ = write!(
            text,
            " The quorum of {} was {met}: {} were present or represented.",
            result.quorum.required, result.quorum.present
        );
    }
    text
}

fn motion(outcome: Outcome, count: &MotionCount) -> String {
    let figures = count.figures;
    let verdict = match outcome {
        Outcome::Adopted => "The motion is adopted",
        Outcome::NoQuorum => "The motion is not decided, for want of a quorum",
        _ => "The motion is rejected",
    };
    format!(
        "{verdict}: {} in favour, {} against, {} abstaining. {} were needed, that is {} of {}; there were {}.",
        figures.in_favour,
        figures.against,
        figures.abstaining,
        majority(&count.majority),
        count.needed,
        count.base_count,
        figures.in_favour,
    )
}

/// A majority as a phrase: "More than half of the votes cast without abstentions".
pub(crate) fn majority(majority: &Majority) -> String {
    let share = share(majority.threshold);
    let base = match majority.base {
        Base::VotesCast => "the votes cast, abstentions included",
        Base::VotesCastWithoutAbstentions => "the votes cast without abstentions",
        Base::Present => "the votes present",
        Base::Entitled => "all entitled votes",
    };
    match (majority.comparison, majority.threshold) {
        (_, Fraction::ONE) => format!("All of {base}"),
        (Comparison::MoreThan, _) => format!("More than {share} of {base}"),
        (Comparison::AtLeast, _) => format!("At least {share} of {base}"),
    }
}

/// A share as a phrase: "two thirds".
pub(crate) fn share(share: Fraction) -> String {
    match (share.numerator(), share.denominator()) {
        (1, 1) => "all".to_owned(),
        (1, 2) => "half".to_owned(),
        (2, 3) => "two thirds".to_owned(),
        (3, 4) => "three quarters".to_owned(),
        (3, 5) => "three fifths".to_owned(),
        (1, 3) => "one third".to_owned(),
        _ => share.to_string(),
    }
}

fn election(result: &EventResult, elected: &[String], tied: &[String]) -> String {
    let figures = result
        .options
        .iter()
        .map(|option| format!("{} {}", option.option, option.votes))
        .collect::<Vec<_>>()
        .join(", ");
    let verdict = match result.outcome {
        Outcome::NoQuorum => "Nobody is elected, for want of a quorum".to_owned(),
        Outcome::Tie => format!("Nobody is elected: {} have the same number of votes", list(tied)),
        Outcome::Elected => format!("{} is elected", list(elected)),
        _ => "Nobody is elected: no votes were cast for anyone".to_owned(),
    };
    format!("{verdict}. Votes: {figures}.")
}

fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
