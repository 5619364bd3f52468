//! Plurality, and with one mark per ballot and several seats the single non-transferable vote: whoever has the most first
//! choices is elected.

use super::sums::Largest;
use crate::{
    ballots::{Ballots, Mark},
    election::Candidate,
    method::{CountingRule, MethodInfo, Rule, SeatRule},
    numbers::Figure,
    result::{Halt, Record},
};

/// What there is to know about it.
pub(super) const INFO: MethodInfo = MethodInfo {
    name: "plurality",
    aliases: &["fptp", "first-past-the-post"],
    title: "Plurality",
    ballots: &["ranked", "approval"],
    seats: SeatRule::Any,
    parameters: &[],
    build: |_| Ok(Rule::Choice(super::ChoiceMethod::Plurality(Plurality))),
};

/// What there is to know about the single non-transferable vote.
pub(super) const SNTV: MethodInfo = MethodInfo {
    name: "sntv",
    aliases: &["single-non-transferable-vote"],
    title: "Single non-transferable vote",
    ballots: &["ranked", "approval"],
    seats: SeatRule::Any,
    parameters: &[],
    build: |_| Ok(Rule::Choice(super::ChoiceMethod::Sntv(Sntv))),
};

/// Most first choices.
///
/// Of a ranked ballot the first rank is read, past withdrawn candidates: who is alone there has the vote. A ballot whose first
/// rank names several, or is an overvote, is invalid; one that begins with an empty rank counts for the first rank used. Of
/// an approval ballot, a single mark is a vote and several marks are invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Plurality;

/// One mark on each ballot, several seats; those with the most marks are elected. Ballots are read as in [`Plurality`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Sntv;

/// What a ballot says under this rule.
enum Choice {
    One(Candidate),
    Nobody,
    Invalid,
}

/// Reads the first rank that names anybody standing.
fn first_choice(marks: &mut dyn Iterator<Item = Mark>, withdrawn: impl Fn(Candidate) -> bool) -> Choice {
    let mut chosen = None;
    for mark in marks {
        if chosen.is_some() && !mark.is_shared() {
            break;
        }
        match mark.candidate() {
            None if mark == Mark::OVERVOTE => return Choice::Invalid,
            Some(candidate) if !withdrawn(candidate) && chosen.is_some() => return Choice::Invalid,
            Some(candidate) if !withdrawn(candidate) => chosen = Some(candidate),
            _ => {}
        }
    }
    chosen.map_or(Choice::Nobody, Choice::One)
}

impl CountingRule for Plurality {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        most_first_choices(record)
    }
}

impl CountingRule for Sntv {
    fn info(&self) -> &'static MethodInfo {
        &SNTV
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        most_first_choices(record)
    }
}

fn most_first_choices(record: &mut Record<'_>) -> Result<(), Halt> {
    let election = record.election();
    let mut votes = vec![0_u128; election.len()];
    let (mut blank, mut invalid) = (0_u64, 0_u64);
    let mut cast = |weight: u64, choice: &Choice| match choice {
        Choice::One(candidate) => votes[candidate.index()] += u128::from(weight),
        Choice::Nobody => blank += weight,
        Choice::Invalid => invalid += weight,
    };
    match election.ballots() {
        Ballots::Ranked(ballots) => {
            for (weight, mut marks) in ballots.iter() {
                let choice = first_choice(&mut marks, |candidate| election.is_withdrawn(candidate));
                cast(weight, &choice);
            }
        }
        Ballots::Approval(ballots) => {
            for (weight, marks) in ballots.iter() {
                let mut standing = marks.filter(|candidate| !election.is_withdrawn(*candidate));
                let choice = match (standing.next(), standing.next()) {
                    (None, _) => Choice::Nobody,
                    (Some(candidate), None) => Choice::One(candidate),
                    (Some(_), Some(_)) => Choice::Invalid,
                };
                cast(weight, &choice);
            }
        }
        _ => return Err(record.wrong_ballots("ranked")),
    }
    let (_, scale) = election.ballots().total();
    record.result.ballots.blank = Figure::scaled(blank, scale);
    record.result.ballots.invalid = Figure::scaled(invalid, scale);
    let among: Vec<Candidate> = election.standing().collect();
    Largest {
        column: "totals",
        units: &votes,
        scale,
        words: "votes",
        among: &among,
        one: record.seats() == 1,
    }
    .elect(record)
}

#[cfg(test)]
mod tests {
    use crate::{
        Election, Method, RankedBallots, TieRule, count,
        election::Candidate,
        result::{Outcome, Status},
    };

    fn election(ballots: &[(u64, &[&[usize]])]) -> Result<Election, Box<dyn std::error::Error>> {
        let mut builder = RankedBallots::builder(3);
        for (weight, ranks) in ballots {
            builder.push_ranks(*weight, ranks)?;
        }
        Ok(Election::new("", ["A", "B", "C"], 1, builder.finish())?)
    }

    #[test]
    fn the_most_first_choices_win() -> Result<(), Box<dyn std::error::Error>> {
        let election = election(&[
            (4, &[&[0], &[1]]),
            (5, &[&[1]]),
            (3, &[&[2]]),
            (2, &[]),
            (1, &[&[0, 1]]),
            (1, &[&[], &[2]]),
        ])?;
        let result = count(&Method::named("plurality")?, &election)?;
        assert_eq!(result.elected_names(), ["B"]);
        assert_eq!(result.rounds[0].sentence, "Round 1: B has the most votes, 5, and is elected.");
        assert_eq!(result.ballots.blank.to_string(), "2");
        assert_eq!(result.ballots.invalid.to_string(), "1");
        let two = count(
            &Method::named("plurality")?.with_seats(2).with_ties([TieRule::CandidateOrder]),
            &election,
        )?;
        assert_eq!(two.elected_names(), ["B", "A"]);
        Ok(())
    }

    #[test]
    fn a_tie_is_reported_or_broken_as_told() -> Result<(), Box<dyn std::error::Error>> {
        let election = election(&[(4, &[&[0]]), (4, &[&[1]])])?;
        let refused = count(&Method::named("plurality")?, &election)?;
        assert!(matches!(&refused.outcome, Outcome::Tie { tied, .. } if tied.len() == 2));
        assert_eq!(refused.statuses[0], Status::Undecided);
        let chair = TieRule::Chair { decisions: vec!["B".to_owned()] };
        let decided = count(&Method::named("plurality")?.with_ties([chair.clone()]), &election)?;
        assert_eq!(decided.elected_names(), ["B"]);
        assert_eq!(decided.ties[0].rule, Some(chair));
        let wrong = TieRule::Chair { decisions: vec!["C".to_owned()] };
        assert!(count(&Method::named("plurality")?.with_ties([wrong]), &election).is_err());
        let lot = count(
            &Method::named("plurality")?.with_ties([TieRule::Lot { seed: "7".to_owned() }]),
            &election,
        )?;
        assert_eq!(lot.lot.len(), 3);
        Ok(())
    }

    #[test]
    fn a_withdrawn_candidate_is_passed_over() -> Result<(), Box<dyn std::error::Error>> {
        let election = election(&[(4, &[&[0], &[1]]), (3, &[&[2]])])?.with_withdrawn(&[Candidate::at(0)?]);
        let result = count(&Method::named("plurality")?, &election)?;
        assert_eq!(result.elected_names(), ["B"]);
        assert_eq!(result.statuses[0], Status::Withdrawn);
        Ok(())
    }
}
