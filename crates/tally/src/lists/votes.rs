//! The votes of each list.

use num_bigint::BigInt;

use crate::{
    ballots::{Ballots, Mark},
    election::{Candidate, Election},
    error::ParamError,
    method::{ParamInfo, Params},
    numbers::{BigRational, Figure},
    result::{Column, Halt, Record},
};

pub(super) const THRESHOLD: ParamInfo = ParamInfo {
    name: "threshold-percent",
    values: "a percentage of the valid votes; lists with less get no seat",
    default: "0",
};

pub(super) fn threshold(params: &mut Params) -> Result<Figure, ParamError> {
    let given = params.take_parsed(&[THRESHOLD.name, "threshold"], "a percentage")?;
    Ok(given.unwrap_or(Figure::Whole(0)))
}

/// Votes in units, by list.
pub(super) struct Votes {
    pub(super) units: Vec<u64>,
    pub(super) scale: u64,
    /// The lists that take part in the allocation.
    pub(super) admitted: Vec<Candidate>,
}

enum Choice {
    One(Candidate),
    Nobody,
    Invalid,
}

/// The list a ranked ballot names first: alone at the first rank that names anybody standing.
fn first_rank(marks: impl Iterator<Item = Mark>, election: &Election) -> Choice {
    let mut chosen = None;
    for mark in marks {
        if chosen.is_some() && !mark.is_shared() {
            break;
        }
        let standing = mark.candidate().filter(|one| !election.is_withdrawn(*one));
        if mark == Mark::OVERVOTE || (standing.is_some() && chosen.is_some()) {
            return Choice::Invalid;
        }
        chosen = chosen.or(standing);
    }
    chosen.map_or(Choice::Nobody, Choice::One)
}

impl Votes {
    /// Counts the votes: first choices of ranked ballots, or the one mark of an approval ballot. The figures go into the
    /// record.
    pub(super) fn count(record: &mut Record<'_>, threshold: &Figure) -> Result<Self, Halt> {
        let election = record.election();
        let mut units = vec![0_u64; election.len()];
        let (mut blank, mut invalid) = (0_u64, 0_u64);
        let mut cast = |weight: u64, choice: &Choice| match choice {
            Choice::One(list) => units[list.index()] += weight,
            Choice::Nobody => blank += weight,
            Choice::Invalid => invalid += weight,
        };
        match election.ballots() {
            Ballots::Ranked(ballots) => {
                for (weight, marks) in ballots.iter() {
                    cast(weight, &first_rank(marks, election));
                }
            }
            Ballots::Approval(ballots) => {
                for (weight, marks) in ballots.iter() {
                    let mut standing = marks.filter(|one| !election.is_withdrawn(*one));
                    let choice = match (standing.next(), standing.next()) {
                        (None, _) => Choice::Nobody,
                        (Some(list), None) => Choice::One(list),
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
        let valid: u64 = units.iter().sum();
        let needed = threshold.to_rational() * BigInt::from(valid) / BigInt::from(100_u8);
        let admitted = election
            .standing()
            .filter(|list| {
                let votes = BigRational::from_integer(BigInt::from(units[list.index()]));
                units[list.index()] > 0 && votes >= needed
            })
            .collect();
        let votes = Self { units, scale, admitted };
        let column =
            election.all().map(|list| (!election.is_withdrawn(list)).then(|| votes.figure(list))).collect();
        record.result.columns.push(Column { name: "votes", values: column });
        Ok(votes)
    }

    pub(super) fn of(&self, list: Candidate) -> u64 {
        self.units[list.index()]
    }

    pub(super) fn figure(&self, list: Candidate) -> Figure {
        Figure::scaled(self.of(list), self.scale)
    }
}

/// Adds the seats each list has to the record.
pub(super) fn note_seats(record: &mut Record<'_>) {
    let election = record.election();
    let seats = |list| {
        let taken = record.result.elected.iter().filter(|one| **one == list);
        Figure::from(taken.count() as u64)
    };
    let values = election.all().map(|list| (!election.is_withdrawn(list)).then(|| seats(list))).collect();
    record.result.columns.push(Column { name: "seats", values });
}

/// An exact part of some units.
pub(super) fn part(numerator: u128, denominator: u128) -> Figure {
    let value = BigRational::new(BigInt::from(numerator), BigInt::from(denominator.max(1)));
    Figure::Ratio(value)
}
