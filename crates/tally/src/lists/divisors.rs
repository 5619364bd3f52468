//! Highest averages: each seat goes to the list with the highest quotient of its votes and the next divisor.

use super::votes::{THRESHOLD, Votes, note_seats, part, threshold};
use crate::{
    election::Candidate,
    error::ParamError,
    method::{CountingRule, MethodInfo, ParamInfo, Params, Rule, SeatRule},
    numbers::Figure,
    result::{Column, Halt, Record, Round, RoundEvent},
    ties::TieQuestion,
};

/// What there is to know about D'Hondt's method.
pub(super) const DHONDT: MethodInfo = MethodInfo {
    name: "dhondt",
    aliases: &["d'hondt", "jefferson", "greatest-divisors"],
    title: "Party lists: D'Hondt",
    ballots: &["ranked", "approval"],
    seats: SeatRule::Any,
    parameters: &[THRESHOLD],
    build: |params| build(params, Sequence::DHondt),
};

/// What there is to know about Sainte-Laguë's method.
pub(super) const SAINTE_LAGUE: MethodInfo = MethodInfo {
    name: "sainte-lague",
    aliases: &["sainte-laguë", "webster", "schepers"],
    title: "Party lists: Sainte-Laguë",
    ballots: &["ranked", "approval"],
    seats: SeatRule::Any,
    parameters: &[
        ParamInfo {
            name: "first-divisor",
            values: "1, or 1.4 (modified Sainte-Laguë, as in Norway)",
            default: "1",
        },
        THRESHOLD,
    ],
    build: |params| {
        let modified = params.take_choice(&["first-divisor"], &[("1", false), ("1.4", true)])?;
        build(
            params,
            if modified == Some(true) { Sequence::ModifiedSainteLague } else { Sequence::SainteLague },
        )
    },
};

/// The divisors of a list's votes for its first seat, its second, and so on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sequence {
    /// 1, 2, 3, ...
    DHondt,
    /// 1, 3, 5, ...
    SainteLague,
    /// 1.4, 3, 5, ...
    ModifiedSainteLague,
}

impl Sequence {
    /// The divisor in tenths for the seat after so many.
    const fn tenths(self, seats: u64) -> u128 {
        let seats = seats as u128;
        match self {
            Self::DHondt => 10 * (seats + 1),
            Self::ModifiedSainteLague if seats == 0 => 14,
            Self::SainteLague | Self::ModifiedSainteLague => 10 * (2 * seats + 1),
        }
    }
}

/// Seats by highest averages. Lists with equal quotients take a seat each, in list order, where there are enough; a tie about
/// the last ones is a tie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HighestAverages {
    /// The divisors.
    pub sequence: Sequence,
    /// The percentage of the valid votes a list needs for any seat.
    pub threshold_percent: Figure,
}

fn build(params: &mut Params, sequence: Sequence) -> Result<Rule, ParamError> {
    Ok(Rule::Lists(super::ListMethod::HighestAverages(HighestAverages {
        sequence,
        threshold_percent: threshold(params)?,
    })))
}

impl CountingRule for HighestAverages {
    fn info(&self) -> &'static MethodInfo {
        match self.sequence {
            Sequence::DHondt => &DHONDT,
            Sequence::SainteLague | Sequence::ModifiedSainteLague => &SAINTE_LAGUE,
        }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let threshold = (THRESHOLD.name, self.threshold_percent.to_string());
        match self.sequence {
            Sequence::DHondt => vec![threshold],
            Sequence::SainteLague => vec![("first-divisor", "1".to_owned()), threshold],
            Sequence::ModifiedSainteLague => vec![("first-divisor", "1.4".to_owned()), threshold],
        }
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        let votes = Votes::count(record, &self.threshold_percent)?;
        let mut seats = vec![0_u64; votes.units.len()];
        let ran = self.allocate(record, &votes, &mut seats);
        note_seats(record);
        ran
    }
}

impl HighestAverages {
    fn allocate(&self, record: &mut Record<'_>, votes: &Votes, seats: &mut [u64]) -> Result<(), Halt> {
        if votes.admitted.is_empty() {
            return Ok(());
        }
        while record.result.elected.len() < record.seats() {
            record.step()?;
            // a/b > c/d as a*d > c*b: 10^15 units times a few 10^10 fit 128 bits with room to spare.
            let higher = |a: Candidate, b: Candidate| {
                let cross = |a: Candidate, b: Candidate| {
                    u128::from(votes.of(a)) * self.sequence.tenths(seats[b.index()])
                };
                cross(a, b).cmp(&cross(b, a))
            };
            let Some(best) = votes.admitted.iter().copied().max_by(|a, b| higher(*a, *b)) else {
                return Ok(());
            };
            let mut equal: Vec<Candidate> =
                votes.admitted.iter().copied().filter(|list| higher(*list, best).is_eq()).collect();
            while !equal.is_empty() && record.result.elected.len() < record.seats() {
                let ties_before = record.result.ties.len();
                let left = record.seats() - record.result.elected.len();
                let mut round = self.sheet(record, votes, seats);
                let list = if equal.len() <= left {
                    equal[0]
                } else {
                    match record.break_tie(TieQuestion::Elect, &equal) {
                        Ok(list) => list,
                        Err(halt) => return Err(record.stopped(round, halt)),
                    }
                };
                equal.retain(|other| *other != list);
                seats[list.index()] += 1;
                let quotient = round.tally[list.index()].as_ref().map_or_else(String::new, Figure::to_plain);
                round.sentence = format!(
                    "{} takes seat {} with the highest quotient, {quotient}.{}",
                    record.election().name(list),
                    record.result.elected.len() + 1,
                    record.tie_sentence(ties_before),
                );
                round.subjects = vec![list];
                round.elected = vec![list];
                record.push(round);
            }
        }
        Ok(())
    }

    /// The quotients as they are before a seat, with the divisors they come from.
    fn sheet(&self, record: &Record<'_>, votes: &Votes, seats: &[u64]) -> Round {
        let mut round = Round::new(RoundEvent::Seat);
        let of_admitted = |value: &dyn Fn(Candidate) -> Figure| {
            record.election().all().map(|list| votes.admitted.contains(&list).then(|| value(list))).collect()
        };
        let divisor = |list: Candidate| self.sequence.tenths(seats[list.index()]);
        round.tally = of_admitted(&|list| {
            part(10 * u128::from(votes.of(list)), divisor(list) * u128::from(votes.scale))
        });
        round.columns.push(Column { name: "divisors", values: of_admitted(&|list| part(divisor(list), 10)) });
        round
            .columns
            .push(Column { name: "seats", values: of_admitted(&|list| Figure::from(seats[list.index()])) });
        round
    }
}
