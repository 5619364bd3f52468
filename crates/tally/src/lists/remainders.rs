//! Hare's quota and the largest remainders.

use super::votes::{THRESHOLD, Votes, note_seats, part, threshold};
use crate::{
    election::Candidate,
    error::ParamError,
    method::{CountingRule, MethodInfo, Params, Rule, SeatRule},
    numbers::Figure,
    result::{Column, Halt, Record, Round, RoundEvent, list},
    ties::TieQuestion,
};

/// What there is to know about it.
pub(super) const INFO: MethodInfo = MethodInfo {
    name: "hare-largest-remainder",
    aliases: &["hare", "hamilton", "hare-niemeyer", "largest-remainder"],
    title: "Party lists: largest remainder with Hare's quota",
    ballots: &["ranked", "approval"],
    seats: SeatRule::Any,
    parameters: &[THRESHOLD],
    build,
};

/// Seats by Hare's quota, the votes of the admitted lists divided by the seats: each list has a seat for every whole quota, and
/// the seats left go to the largest remainders, one each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LargestRemainder {
    /// The percentage of the valid votes a list needs for any seat.
    pub threshold_percent: Figure,
}

fn build(params: &mut Params) -> Result<Rule, ParamError> {
    Ok(Rule::Lists(super::ListMethod::LargestRemainder(LargestRemainder {
        threshold_percent: threshold(params)?,
    })))
}

impl CountingRule for LargestRemainder {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![(THRESHOLD.name, self.threshold_percent.to_string())]
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        let votes = Votes::count(record, &self.threshold_percent)?;
        let ran = allocate(record, &votes);
        note_seats(record);
        ran
    }
}

fn allocate(record: &mut Record<'_>, votes: &Votes) -> Result<(), Halt> {
    let election = record.election();
    let total: u128 = votes.admitted.iter().map(|one| u128::from(votes.of(*one))).sum();
    if total == 0 {
        return Ok(());
    }
    let seats = record.seats() as u128;
    let scale = u128::from(votes.scale);
    // In quotas: votes x seats / total, whole and rest.
    let shares: Vec<(Candidate, u128, u128)> = votes
        .admitted
        .iter()
        .map(|one| {
            let share = u128::from(votes.of(*one)) * seats;
            (*one, share / total, share % total)
        })
        .collect();
    let column = |name, value: &dyn Fn(&(Candidate, u128, u128)) -> Figure| Column {
        name,
        values: election
            .all()
            .map(|candidate| shares.iter().find(|(one, ..)| *one == candidate).map(value))
            .collect(),
    };
    let quota = part(total, seats * scale);
    let remainders = column("remainders", &|(_, _, rest)| part(*rest, seats * scale));
    let whole = column("quota_seats", &|(_, whole, _)| part(*whole, 1));

    let mut round = Round::new(RoundEvent::Totals);
    round.tally = column("votes", &|(one, ..)| votes.figure(*one)).values;
    round.quota = Some(quota.clone());
    let mut said = Vec::new();
    for (one, whole, _) in &shares {
        for _ in 0..*whole {
            record.step()?;
            round.elected.push(*one);
        }
        if *whole > 0 {
            said.push(format!("{} {whole}", election.name(*one)));
        }
    }
    let given = round.elected.len();
    round.sentence = if said.is_empty() {
        format!("The quota is {}; no list has it.", quota.to_plain())
    } else {
        format!(
            "The quota is {}; whole quotas give {given} of {seats} seats: {}.",
            quota.to_plain(),
            list(&said)
        )
    };
    round.columns.extend([whole, remainders.clone()]);
    record.result.columns.push(remainders.clone());
    record.push(round);

    let mut waiting = shares;
    while record.result.elected.len() < record.seats() && !waiting.is_empty() {
        record.step()?;
        let largest = waiting.iter().map(|(_, _, rest)| *rest).max().unwrap_or(0);
        let equal: Vec<Candidate> =
            waiting.iter().filter(|(_, _, rest)| *rest == largest).map(|(one, ..)| *one).collect();
        let ties_before = record.result.ties.len();
        let mut round = Round::new(RoundEvent::Seat);
        round.tally.clone_from(&remainders.values);
        round.quota = Some(quota.clone());
        let left = record.seats() - record.result.elected.len();
        let next = if equal.len() <= left {
            equal[0]
        } else {
            match record.break_tie(TieQuestion::Elect, &equal) {
                Ok(next) => next,
                Err(halt) => return Err(record.stopped(round, halt)),
            }
        };
        waiting.retain(|(one, ..)| *one != next);
        round.sentence = format!(
            "{} takes seat {} with the largest remainder, {}.{}",
            election.name(next),
            record.result.elected.len() + 1,
            part(largest, seats * scale).to_plain(),
            record.tie_sentence(ties_before),
        );
        round.subjects = vec![next];
        round.elected = vec![next];
        record.push(round);
    }
    Ok(())
}
