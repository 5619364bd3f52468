//! Kemeny-Young: the order most ballots agree with, pair by pair.

use super::{CondorcetMethod, Pairwise, strength::take_unranked};
use crate::{
    error::CountError,
    method::{CountingRule, MethodInfo, Rule, SeatRule},
    numbers::Figure,
    result::{Halt, Record, Round, RoundEvent},
};

/// What there is to know about it.
pub(super) const INFO: MethodInfo = MethodInfo {
    name: "kemeny-young",
    aliases: &["kemeny"],
    title: "Kemeny-Young",
    ballots: &["ranked"],
    seats: SeatRule::One,
    parameters: &[],
    build: |params| {
        take_unranked(params)?;
        Ok(Rule::Condorcet(CondorcetMethod::Kemeny(Kemeny)))
    },
};

/// The most candidates: the work doubles with each.
pub const MAX_CANDIDATES: usize = 18;

/// Of all strict orders of the candidates the one is sought that agrees with the most preferences, counted over all
/// ballots and pairs (J. Kemeny 1959; H. P. Young and A. Levenglick 1978). Whoever it puts first is elected.
///
/// Several orders may agree equally well. Then the group `winners` holds all who come first in one of them, and there
/// is a ranking only if one order is best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Kemeny;

/// The best agreement that can still be reached below each set of candidates placed on top, and in how many ways.
struct Best {
    agreement: Vec<u64>,
    orders: Vec<u64>,
}

/// Agreement won by placing a candidate next, below the set and above all the rest.
fn gain(pairwise: &Pairwise, set: usize, next: usize) -> u64 {
    (0..pairwise.len())
        .filter(|other| *other != next && set >> other & 1 == 0)
        .map(|other| pairwise.wins(next, other))
        .sum()
}

fn solve(record: &mut Record<'_>, pairwise: &Pairwise) -> Result<Best, Halt> {
    let n = pairwise.len();
    let sets = 1_usize << n;
    let mut best = Best { agreement: vec![0; sets], orders: vec![1; sets] };
    // From the full set down: what follows a larger set is known before any smaller one needs it.
    for set in (0..sets.saturating_sub(1)).rev() {
        record.step()?;
        let (mut most, mut ways) = (0, 0_u64);
        for next in (0..n).filter(|next| set >> next & 1 == 0) {
            let then = set | 1 << next;
            let agreement = gain(pairwise, set, next) + best.agreement[then];
            if ways == 0 || agreement > most {
                (most, ways) = (agreement, best.orders[then]);
            } else if agreement == most {
                ways = ways.saturating_add(best.orders[then]);
            }
        }
        best.agreement[set] = most;
        best.orders[set] = ways;
    }
    Ok(best)
}

impl CountingRule for Kemeny {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        let standing = record.election().standing().count();
        if standing > MAX_CANDIDATES {
            return Err(CountError::Unsuitable(format!(
                "{standing} candidates stand, Kemeny-Young is worked out for at most {MAX_CANDIDATES}"
            ))
            .into());
        }
        let pairwise = Pairwise::record(record)?;
        let n = pairwise.len();
        let best = solve(record, &pairwise)?;
        let follows = |set: usize| -> Vec<usize> {
            (0..n)
                .filter(|next| set >> next & 1 == 0)
                .filter(|next| {
                    gain(&pairwise, set, *next) + best.agreement[set | 1 << next] == best.agreement[set]
                })
                .collect()
        };
        let orders = best.orders[0];
        let agreement = pairwise.figure(best.agreement[0]);
        record.result.figures.push(("agreement", agreement.clone()));
        record.result.figures.push(("best_orders", Figure::from(orders)));
        if orders == 1 {
            let mut set = 0;
            while let [next] = follows(set)[..] {
                record.result.ranking.push(pairwise.named([next]));
                set |= 1 << next;
            }
        }
        let front = pairwise.named(follows(0));
        let election = record.election();
        record.conclude(Round::new(RoundEvent::Pairs), &front, |winner, _| {
            let name = election.name(winner);
            let agreement = agreement.to_plain();
            if orders == 1 {
                format!("the order that agrees with the most preferences, {agreement}, puts {name} first, who is elected")
            } else {
                format!(
                    "{orders} orders agree with the most preferences, {agreement}; one that does puts {name} first, who \
                     is elected"
                )
            }
        })
    }
}
