//! Results in words, as a secretary would write them.

use std::fmt::Write;

use plenum_tally::CountResult;
use plenum_tally::Fraction;
use plenum_tally::motion::{Base, Comparison, Majority, MotionCount};
use plenum_tally::ties::TieQuestion;

use crate::result::{Decision, ElectionCount, EventResult, Outcome, Tally};

/// One paragraph for the minutes.
pub(crate) fn summary(result: &EventResult) -> String {
    let mut text = match &result.decision {
        Decision::Motion(count) => motion(result.outcome, count),
        Decision::Election(count) => election(result, count),
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
        let _ = match result.quorum.voted {
            Some(voted) => write!(
                text,
                " The quorum of {} votes was {met}: {voted} of {} present or represented voted.",
                result.quorum.required, result.quorum.present
            ),
            None => write!(
                text,
                " The quorum of {} was {met}: {} were present or represented.",
                result.quorum.required, result.quorum.present
            ),
        };
        if !result.quorum.is_met() && result.outcome != Outcome::NoQuorum {
            text.push_str(" By the rules the decision stands all the same.");
        }
    }
    text
}

fn motion(outcome: Outcome, count: &MotionCount) -> String {
    let figures = count.figures;
    let verdict = match outcome {
        Outcome::Adopted => "The motion is adopted",
        Outcome::NoQuorum => "The motion is not decided, for want of a quorum",
        Outcome::Tie => "The votes on the motion are equal, and the chair decides",
        _ => "The motion is rejected",
    };
    let mut text = format!(
        "{verdict}: {} in favour, {} against, {} abstaining. {} were needed, that is {} of {}; there were {}.",
        figures.in_favour,
        figures.against,
        figures.abstaining,
        majority(&count.majority),
        count.needed,
        count.base_count,
        figures.in_favour,
    );
    if outcome == Outcome::Adopted && !count.adopted {
        text.push_str(" The votes were equal, and the chair's casting vote was given in favour.");
    }
    text
}

/// A majority as a phrase: "More than half of the votes cast without abstentions".
pub(crate) fn majority(majority: &Majority) -> String {
    let share = share(majority.threshold);
    let base = match majority.base {
        Base::VotesCast => "the votes cast, abstentions included",
        Base::VotesCastWithoutAbstentions => "the votes cast without abstentions",
        Base::Present => "the votes present",
        Base::Entitled => "all entitled votes",
        Base::AllMembers => "the votes of all members",
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

fn election(result: &EventResult, election: &ElectionCount) -> String {
    let elected = election.elected();
    let verdict = match result.outcome {
        Outcome::NoQuorum => "Nobody is elected, for want of a quorum".to_owned(),
        Outcome::Uncounted => "The votes cannot be counted by this method".to_owned(),
        Outcome::Tie => tie(&elected, &election.tied(), result.awaits.is_some()),
        Outcome::Runoff => format!(
            "Nobody is elected: nobody has more than half of the votes. A runoff is needed between {}",
            list(&election.runoff)
        ),
        Outcome::ReopenNominations | Outcome::NoneOfTheAbove => stopped(result.outcome, election, &elected),
        Outcome::Elected => seated(&elected),
        _ if matches!(election.tally, Tally::Nothing) => {
            "Nobody is elected: no votes were cast for anyone".to_owned()
        }
        _ => "Nobody is elected".to_owned(),
    };
    let mut text = format!("{verdict}.");
    match &election.tally {
        Tally::Counted(count) => counted(&mut text, result, election, count),
        Tally::Failed(error) => {
            let _ = write!(text, " The reason: {error}. The votes are kept.");
        }
        Tally::Nothing => {}
    }
    text
}

/// What it means that an option which is no candidate won: who came before it is elected, nobody after it.
fn stopped(outcome: Outcome, election: &ElectionCount, elected: &[String]) -> String {
    let option = election.stopped_by().unwrap_or_default();
    let left = (election.seats as usize).saturating_sub(elected.len());
    let (seats, stay) = if left == 1 { ("seat", "stays") } else { ("seats", "stay") };
    let then = match (outcome, elected.is_empty()) {
        (Outcome::ReopenNominations, true) => "nominations are opened again".to_owned(),
        (Outcome::ReopenNominations, false) => format!("nominations are opened again for the {seats} left"),
        (_, true) => format!("the {seats} {stay} empty"),
        (_, false) => format!("the {seats} left {stay} empty"),
    };
    if elected.is_empty() {
        format!("Nobody is elected: \u{201C}{option}\u{201D} won, so {then}")
    } else {
        let number = if left == 1 { "1 seat".to_owned() } else { format!("{left} seats") };
        format!("{}; for {number} \u{201C}{option}\u{201D} came next, so {then}", seated(elected))
    }
}

/// Names once each; those that stand there more often are lists, with their seats.
fn seated(elected: &[String]) -> String {
    let mut lists: Vec<(&str, usize)> = Vec::new();
    for name in elected {
        match lists.iter_mut().find(|(known, _)| known == name) {
            Some((_, seats)) => *seats += 1,
            None => lists.push((name, 1)),
        }
    }
    if lists.len() < elected.len() {
        let seats: Vec<String> = lists
            .iter()
            .map(|(name, seats)| format!("{name} {seats} {}", if *seats == 1 { "seat" } else { "seats" }))
            .collect();
        return format!("The seats go to these lists: {}", list(&seats));
    }
    format!("{} {} elected", list(elected), if elected.len() == 1 { "is" } else { "are" })
}

fn tie(elected: &[String], tied: &[String], waits: bool) -> String {
    let decided = if waits { "the chair decides between them" } else { "nobody has decided between them" };
    let between = format!("{} are tied, and {decided}", list(tied));
    if elected.is_empty() {
        format!("Nobody is elected: {between}")
    } else {
        format!("{}; {between}", seated(elected))
    }
}

/// The method, its quota, the figures of a single tally, ties that were broken, and seats that stay empty.
fn counted(text: &mut String, result: &EventResult, election: &ElectionCount, count: &CountResult) {
    let info = plenum_tally::method::find(count.method);
    let _ = write!(text, " Counted by {}", info.map_or(count.method, |info| info.title));
    match count.rounds.len() {
        0 | 1 => {}
        rounds => {
            let _ = write!(text, " in {rounds} rounds");
        }
    }
    if election.seats > 1 {
        let _ = write!(text, " for {} seats", election.seats);
    }
    if let Some(quota) = count.rounds.iter().rev().find_map(|round| round.quota.as_ref()) {
        let _ = write!(text, "; the quota was {}", quota.to_plain());
    }
    text.push('.');
    if let [only] = count.rounds.as_slice() {
        let one_each = info.is_some_and(|info| info.ballots == ["ranked", "approval"]);
        let figures: Vec<String> = if one_each {
            result.options.iter().map(|option| format!("{} {}", option.option, option.votes)).collect()
        } else {
            let of = count.candidates.iter().zip(&only.tally);
            of.filter_map(|(name, figure)| Some(format!("{name} {}", figure.as_ref()?.to_plain()))).collect()
        };
        if figures.is_empty() {
            let said = only.sentence.split_once(": ").map_or(only.sentence.as_str(), |(_, said)| said);
            let _ = write!(text, " Round 1: {said}");
        } else {
            let _ = write!(text, " Votes: {}.", figures.join(", "));
        }
    }
    // A tie for the first place decides nothing where a runoff follows.
    for tie in count.ties.iter().filter(|_| result.outcome != Outcome::Runoff) {
        let (Some(chosen), Some(rule)) = (tie.chosen, &tie.rule) else { continue };
        let tied: Vec<String> = tie.tied.iter().map(|one| count.name(*one).to_owned()).collect();
        let verb = match tie.question {
            TieQuestion::Exclude => "went out",
            TieQuestion::Elect => "won",
            TieQuestion::Order => "came first",
        };
        let _ = write!(
            text,
            " The tie between {} was broken {}: {} {verb}.",
            list(&tied),
            rule.words(),
            count.name(chosen)
        );
    }
    let empty = (election.seats as usize).saturating_sub(count.elected.len());
    if empty > 0 && result.outcome == Outcome::Elected {
        let _ = write!(text, " {empty} of {} seats stay empty.", election.seats);
    }
}

fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
