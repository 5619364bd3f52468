//! Plurality: whoever has the most first choices is elected. With several seats and one mark per ballot this is the
//! single non-transferable vote.

use crate::{
    ballots::{Ballots, Mark},
    election::Candidate,
    method::{CountingRule, MethodInfo, Rule, SeatRule},
    numbers::Figure,
    result::{Column, Halt, Record, Round, RoundEvent, names, plural_votes},
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

/// Most first choices.
///
/// Of a ranked ballot the first rank is read, past withdrawn candidates: who is alone there has the vote. A ballot whose first
/// rank names several, or is an overvote, is invalid; one that begins with an empty rank counts for the first rank used. Of
/// an approval ballot, a single mark is a vote and several marks are invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Plurality;

/// What a ballot says under this rule.
enum Choice {
    One(Candidate),
    Nobody,
    Invalid,
}

/// Reads the first rank that names anybody standing.
fn first_choice(
    marks: &mut dyn Iterator<Item = Mark>,
    withdrawn: impl Fn(Candidate) -> bool,
) -> Choice {
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
        let election = record.election();
        let mut votes = vec![0_u64; election.len()];
        let (mut blank, mut invalid) = (0_u64, 0_u64);
        let mut cast = |weight: u64, choice: &Choice| match choice {
            Choice::One(candidate) => votes[candidate.index()] += weight,
            Choice::Nobody => blank += weight,
            Choice::Invalid => invalid += weight,
        };
        match election.ballots() {
            Ballots::Ranked(ballots) => {
                for (weight, mut marks) in ballots.iter() {
                    let choice =
                        first_choice(&mut marks, |candidate| election.is_withdrawn(candidate));
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
        let tally: Vec<Option<Figure>> = election
            .all()
            .map(|candidate| {
                (!election.is_withdrawn(candidate))
                    .then(|| Figure::scaled(votes[candidate.index()], scale))
            })
            .collect();
        record.result.columns.push(Column {
            name: "totals",
            values: tally.clone(),
        });

        let standing: Vec<Candidate> = election.standing().collect();
        let seats = record.seats();
        let mut round = Round::new(RoundEvent::Totals);
        round.tally = tally;
        let elected =
            match record.best(&standing, |candidate| votes[candidate.index()], seats, true) {
                Ok(elected) => elected,
                Err(halt) => return Err(record.stopped(round, halt)),
            };
        round.sentence = match elected[..] {
            [] => "nobody stands.".to_owned(),
            [only] => {
                let figure = Figure::scaled(votes[only.index()], scale);
                format!(
                    "{} has the most votes, {}, and is elected.",
                    election.name(only),
                    plural_votes(&figure)
                )
            }
            _ => format!(
                "{} have the most votes and are elected.",
                names(election, &elected)
            ),
        };
        round.sentence.push_str(&record.tie_sentence(0));
        round.elected = elected;
        record.push(round);
        Ok(())
    }
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
        assert_eq!(
            result.rounds[0].sentence,
            "Round 1: B has the most votes, 5 votes, and is elected."
        );
        assert_eq!(result.ballots.blank.to_string(), "2");
        assert_eq!(result.ballots.invalid.to_string(), "1");
        let two = count(
            &Method::named("plurality")?
                .with_seats(2)
                .with_ties([TieRule::CandidateOrder]),
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
        let chair = TieRule::Chair {
            decisions: vec!["B".to_owned()],
        };
        let decided = count(
            &Method::named("plurality")?.with_ties([chair.clone()]),
            &election,
        )?;
        assert_eq!(decided.elected_names(), ["B"]);
        assert_eq!(decided.ties[0].rule, Some(chair));
        let wrong = TieRule::Chair {
            decisions: vec!["C".to_owned()],
        };
        assert!(count(&Method::named("plurality")?.with_ties([wrong]), &election).is_err());
        let lot = count(
            &Method::named("plurality")?.with_ties([TieRule::Lot {
                seed: "7".to_owned(),
            }]),
            &election,
        )?;
        assert_eq!(lot.lot.len(), 3);
        Ok(())
    }

    #[test]
    fn a_withdrawn_candidate_is_passed_over() -> Result<(), Box<dyn std::error::Error>> {
        let election =
            election(&[(4, &[&[0], &[1]]), (3, &[&[2]])])?.with_withdrawn(&[Candidate::at(0)?]);
        let result = count(&Method::named("plurality")?, &election)?;
        assert_eq!(result.elected_names(), ["B"]);
        assert_eq!(result.statuses[0], Status::Withdrawn);
        Ok(())
    }
}
