//! Ballots with equal ranks, distributed one by one.

use super::tree::{Keep, worth};
use crate::{
    ballots::RankedBallots,
    election::Candidate,
    error::{BallotError, NumberError},
    numbers::{Arithmetic, Rounding},
    result::Halt,
};

/// What an equal rank does with the weight that reaches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Equal {
    /// Divided evenly among those left at the rank; what they do not keep passes to the next rank. A rank nobody is left
    /// at ends the ballot. This is how Droop counts.
    Split,
    /// As if divided evenly into all orders of the rank.
    Equalize,
}

/// The ballots with equal ranks.
pub(super) struct Tied {
    /// Weight in units, and the ranks.
    ballots: Vec<(u64, Vec<Vec<Candidate>>)>,
    scale: u64,
}

/// Whether a ballot has equal ranks.
pub(super) fn is_tied(ballots: &RankedBallots, group: usize) -> bool {
    ballots.marks(group).any(crate::Mark::is_shared)
}

impl Tied {
    pub(super) fn new(ballots: &RankedBallots) -> Self {
        let tied = (0..ballots.len()).filter(|group| is_tied(ballots, *group));
        let ranks = |group| {
            let mut ranks: Vec<Vec<Candidate>> = Vec::new();
            for mark in ballots.marks(group) {
                match (mark.candidate(), ranks.last_mut()) {
                    (Some(candidate), Some(rank)) if mark.is_shared() => rank.push(candidate),
                    (Some(candidate), _) => ranks.push(vec![candidate]),
                    (None, _) => {}
                }
            }
            ranks
        };
        Self {
            ballots: tied.map(|group| (ballots.weight(group), ranks(group))).collect(),
            scale: ballots.scale(),
        }
    }

    /// Distributes the ballots by the keep factors, adding to the votes. Who is out of the count has factor zero.
    pub(super) fn distribute<A: Arithmetic>(
        &self,
        ar: &A,
        keep: Keep,
        equal: Equal,
        factors: &[A::Value],
        votes: &mut [A::Value],
    ) -> Result<(), Halt> {
        let zero = ar.zero();
        for (units, ranks) in &self.ballots {
            let mut weight = ar.whole(1)?;
            for rank in ranks {
                let left: Vec<Candidate> =
                    rank.iter().copied().filter(|candidate| factors[candidate.index()] != zero).collect();
                if left.is_empty() && equal == Equal::Split {
                    break;
                }
                let (kept, rest) = match equal {
                    Equal::Split => split(ar, keep, &weight, &left, factors)?,
                    Equal::Equalize => equalize(ar, keep, &weight, &left, factors)?,
                };
                for (candidate, kept) in left.iter().zip(&kept) {
                    let votes = &mut votes[candidate.index()];
                    *votes = ar.add(votes, &worth(ar, kept, *units, self.scale)?)?;
                }
                weight = rest;
                if weight <= zero {
                    break;
                }
            }
        }
        Ok(())
    }
}

type Shares<V> = Result<(Vec<V>, V), Halt>;

fn split<A: Arithmetic>(
    ar: &A,
    keep: Keep,
    weight: &A::Value,
    left: &[Candidate],
    factors: &[A::Value],
) -> Shares<A::Value> {
    let share = ar.div(weight, &ar.whole(left.len() as u64)?, Rounding::Down)?;
    let mut kept = Vec::with_capacity(left.len());
    let mut rest = ar.zero();
    for candidate in left {
        let (part, passes) = keep.split(ar, &share, &factors[candidate.index()])?;
        kept.push(part);
        rest = ar.add(&rest, &passes)?;
    }
    Ok((kept, rest))
}

/// The mean over all orders. Who comes behind `k` of the others at a rank of `n` does so in one of `n * C(n-1, k)` ways for
/// each choice of those `k`, each having passed on its part.
fn equalize<A: Arithmetic>(
    ar: &A,
    keep: Keep,
    weight: &A::Value,
    left: &[Candidate],
    factors: &[A::Value],
) -> Shares<A::Value> {
    if let [only] = left {
        let (kept, rest) = keep.split(ar, weight, &factors[only.index()])?;
        return Ok((vec![kept], rest));
    }
    if keep == Keep::Price {
        return equalize_price(ar, weight, left, factors);
    }
    let one = ar.whole(1)?;
    let passes: Vec<A::Value> =
        left.iter().map(|candidate| ar.sub(&one, &factors[candidate.index()])).collect::<Result<_, _>>()?;
    let mut kept = Vec::with_capacity(left.len());
    let mut rest = weight.clone();
    for (place, candidate) in left.iter().enumerate() {
        // Sums of products of what any k of the others pass on, for every k.
        let mut sums = vec![one.clone()];
        for (_, passed) in passes.iter().enumerate().filter(|(other, _)| *other != place) {
            sums.push(ar.zero());
            for k in (1..sums.len()).rev() {
                let more = ar.mul(&sums[k - 1], passed, Rounding::Down)?;
                sums[k] = ar.add(&sums[k], &more)?;
            }
        }
        let others = left.len() as u64 - 1;
        let mut ways = ar.whole(1)?;
        let mut reach = ar.zero();
        for (k, sum) in (0..).zip(&sums) {
            if k > 0 {
                // C(n-1, k) from C(n-1, k-1); always whole.
                ways = ar.div(&ar.times(&ways, others + 1 - k)?, &ar.whole(k)?, Rounding::Down)?;
            }
            reach = ar.add(&reach, &ar.div(sum, &ways, Rounding::Down)?)?;
        }
        let part = ar.mul(&reach, &factors[candidate.index()], Rounding::Down)?;
        let share = ar.mul_div(weight, &part, &ar.whole(others + 1)?, Rounding::Down)?;
        rest = ar.sub(&rest, &share)?;
        kept.push(share);
    }
    // What passes on is never more than the product of the parts passed on.
    let product = passes.iter().try_fold(weight.clone(), |product, passed| -> Result<_, NumberError> {
        ar.mul(&product, passed, Rounding::Down)
    })?;
    Ok((kept, rest.min(product)))
}

/// The most orders a rank is written out to under Warren's rules, where no formula gives their mean.
const MOST_ORDERS: u64 = 5040;

fn equalize_price<A: Arithmetic>(
    ar: &A,
    weight: &A::Value,
    left: &[Candidate],
    factors: &[A::Value],
) -> Shares<A::Value> {
    let zero = ar.zero();
    let mut kept = vec![zero.clone(); left.len()];
    let mut rest = zero.clone();
    let orders = (1..=left.len() as u64)
        .try_fold(1_u64, |product, n| product.checked_mul(n).filter(|all| *all <= MOST_ORDERS))
        .ok_or(BallotError::TooManyOrders { max: MOST_ORDERS })?;
    let divisor = ar.whole(orders)?;
    for number in 0..orders {
        // The digits of the order's number, in mixed base, pick one candidate after another.
        let mut code = number;
        let mut places: Vec<usize> = (0..left.len()).collect();
        let mut passing = weight.clone();
        while !places.is_empty() && passing > zero {
            let base = places.len() as u64;
            let place = places.remove(usize::try_from(code % base).unwrap_or(0));
            code /= base;
            let (part, rest) = Keep::Price.split(ar, &passing, &factors[left[place].index()])?;
            kept[place] = ar.add(&kept[place], &part)?;
            passing = rest;
        }
        rest = ar.add(&rest, &passing)?;
    }
    for part in &mut kept {
        *part = ar.div(part, &divisor, Rounding::Down)?;
    }
    Ok((kept, ar.div(&rest, &divisor, Rounding::Down)?))
}
