//! Named treatments of irregular ranked ballots.
//!
//! A method that reads preferences once and for all (most of them) states its [`RankingRules`] and works on the
//! [`Cleaned`] ballots. Methods whose treatment depends on who is still in the count (IRV with
//! `exhaust-if-multiple-continuing`) read the marks themselves.

use super::{
    groups::Weight,
    ranked::{Mark, RankedBallots, RankedBuilder},
};
use crate::{
    election::{Candidate, Election},
    error::BallotError,
};

/// What several marks at one rank mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EqualRanks {
    /// The voter likes them equally; the method deals with it. An overvote with unknown marks stops the ballot.
    Keep,
    /// The ballot counts up to that rank and not further (`RCTab`: exhaust immediately).
    Stop,
    /// The rank is passed over (`RCTab`: always skip to next rank).
    Skip,
    /// The ballot is divided evenly into all orders of the candidates so ranked, exactly.
    Split,
    /// The whole ballot is invalid.
    Invalid,
    /// The count is refused.
    Refuse,
}

/// What empty ranks between used ones mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkippedRanks {
    /// Nothing: later preferences move up.
    CloseUp,
    /// At most so many in a row, measured from the last rank used; a longer gap stops the ballot (`RCTab`).
    AtMost(u32),
}

/// What a second mark for the same candidate means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// Only the first counts.
    FirstCounts,
    /// The ballot counts up to the repeated mark and not further (`RCTab`: exhaust on duplicate candidate).
    Stop,
    /// The whole ballot is invalid.
    Invalid,
}

/// Whether ballots without any usable preference belong to the votes a quota is computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlankBallots {
    /// They are set aside, and the result says how many.
    SetAside,
    /// They stay, as ballots exhausted from the start.
    Exhausted,
}

/// The treatments together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RankingRules {
    /// Several marks at one rank.
    pub equal: EqualRanks,
    /// Empty ranks.
    pub skipped: SkippedRanks,
    /// The same candidate again.
    pub repeats: Repeats,
    /// No usable preference.
    pub blanks: BlankBallots,
}

impl RankingRules {
    /// Strict orders: a ballot counts up to its first equal rank; gaps close; the first of repeated marks counts.
    /// This is how the statutes for hand-counted STV read a paper.
    pub const STRICT: Self = Self {
        equal: EqualRanks::Stop,
        skipped: SkippedRanks::CloseUp,
        repeats: Repeats::FirstCounts,
        blanks: BlankBallots::SetAside,
    };
    /// Equal ranks are preferences in their own right, as pairwise methods read them.
    pub const WEAK: Self = Self { equal: EqualRanks::Keep, ..Self::STRICT };
}

/// Ballots after treatment: no withdrawn candidate, no repeat, no empty rank, equal ranks only where kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleaned {
    /// The ballots; equal ones are merged again. Their scale may be larger than before where ballots were split.
    pub ballots: RankedBallots,
    /// Weight of ballots set aside without any usable preference, in units of the cleaned ballots' scale.
    pub blank: u64,
    /// Weight of ballots that were invalid, in units of the cleaned ballots' scale.
    pub invalid: u64,
}

/// How many orders a divided ballot may stand for; seven candidates at one rank.
const MAX_ORDERS: u64 = 5040;

enum Read {
    Usable,
    Invalid,
}

/// Treats an election's ranked ballots as the rules say. Withdrawn candidates are passed over as if never printed; the
/// rank they stood at counts as used.
///
/// # Errors
/// When equal ranks are refused, or a ballot stands for too many orders.
pub fn clean(
    election: &Election,
    ballots: &RankedBallots,
    rules: &RankingRules,
) -> Result<Cleaned, BallotError> {
    let withdrawn: Vec<bool> = election.entries().iter().map(|entry| entry.withdrawn).collect();
    let scale = ballots.scale();
    let mut builder = RankedBallots::builder(ballots.candidates());
    // What is set aside is counted in units too: the scale may become finer, never coarser.
    builder.keep_scale(scale)?;
    let mut reader = Reader { rules: *rules, withdrawn, seen: vec![0; ballots.candidates()], stamp: 0 };
    let (mut blank, mut invalid) = (0_u64, 0_u64);
    let mut row: Vec<Mark> = Vec::new();
    for (units, marks) in ballots.iter() {
        row.clear();
        let read = reader.read(marks, &mut row)?;
        let weight = Weight::fraction(units, scale)?;
        match read {
            Read::Invalid => invalid += units,
            Read::Usable if row.is_empty() && rules.blanks == BlankBallots::SetAside => {
                blank += units;
            }
            Read::Usable if rules.equal == EqualRanks::Split && row.iter().any(|mark| mark.is_shared()) => {
                split(&mut builder, weight, &row)?;
            }
            Read::Usable => builder.push(weight, &row)?,
        }
    }
    let ballots = builder.finish();
    let factor = ballots.scale() / scale;
    let finer =
        |units: u64| units.checked_mul(factor).ok_or(BallotError::TooMuchWeight { max: super::MAX_TOTAL });
    Ok(Cleaned { blank: finer(blank)?, invalid: finer(invalid)?, ballots })
}

struct Reader {
    rules: RankingRules,
    withdrawn: Vec<bool>,
    /// The number of the last ballot each candidate was seen on: nothing to clear between ballots.
    seen: Vec<u32>,
    stamp: u32,
}

impl Reader {
    fn read(
        &mut self,
        marks: impl Iterator<Item = Mark> + Clone,
        row: &mut Vec<Mark>,
    ) -> Result<Read, BallotError> {
        self.stamp += 1;
        let mut gap = 0_u32;
        let mut marks = marks.peekable();
        while let Some(mark) = marks.next() {
            if mark == Mark::SKIPPED {
                gap += 1;
                continue;
            }
            if matches!(self.rules.skipped, SkippedRanks::AtMost(most) if gap > most) {
                return Ok(Read::Usable);
            }
            gap = 0;
            let begin = row.len();
            let mut several = mark == Mark::OVERVOTE;
            let mut current = Some(mark);
            while let Some(mark) = current {
                if let Some(candidate) = mark.candidate() {
                    match self.note(candidate) {
                        Noted::New => row.push(Mark::next(candidate)),
                        Noted::Ignored => {}
                        Noted::Stop => {
                            row.truncate(begin);
                            return Ok(Read::Usable);
                        }
                        Noted::Invalid => return Ok(Read::Invalid),
                    }
                }
                current = marks.next_if(|next| next.is_shared());
                several |= current.is_some();
            }
            if !several {
                continue;
            }
            match self.rules.equal {
                EqualRanks::Keep | EqualRanks::Split if mark == Mark::OVERVOTE => {
                    return Ok(Read::Usable);
                }
                EqualRanks::Keep | EqualRanks::Split => {
                    for mark in row.iter_mut().skip(begin + 1) {
                        *mark = mark.candidate().map_or(*mark, Mark::shared);
                    }
                }
                EqualRanks::Stop => {
                    row.truncate(begin);
                    return Ok(Read::Usable);
                }
                EqualRanks::Skip => {
                    // A rank passed over has not been used: a later mark for one of these may still count.
                    if self.rules.repeats == Repeats::FirstCounts {
                        for candidate in row[begin..].iter().filter_map(|mark| mark.candidate()) {
                            self.seen[candidate.index()] = 0;
                        }
                    }
                    row.truncate(begin);
                }
                EqualRanks::Invalid => return Ok(Read::Invalid),
                EqualRanks::Refuse => return Err(BallotError::EqualRanksRefused),
            }
        }
        Ok(Read::Usable)
    }

    fn note(&mut self, candidate: Candidate) -> Noted {
        let seen = &mut self.seen[candidate.index()];
        if *seen == self.stamp {
            return match self.rules.repeats {
                Repeats::FirstCounts => Noted::Ignored,
                Repeats::Stop => Noted::Stop,
                Repeats::Invalid => Noted::Invalid,
            };
        }
        *seen = self.stamp;
        if self.withdrawn[candidate.index()] { Noted::Ignored } else { Noted::New }
    }
}

enum Noted {
    New,
    Ignored,
    Stop,
    Invalid,
}

/// Adds a ballot once for every order its equal ranks allow, each with the same share of the weight.
fn split(builder: &mut RankedBuilder, weight: Weight, row: &[Mark]) -> Result<(), BallotError> {
    let mut ranks: Vec<Vec<Candidate>> = Vec::new();
    for mark in row {
        let Some(candidate) = mark.candidate() else {
            continue;
        };
        match ranks.last_mut().filter(|_| mark.is_shared()) {
            Some(rank) => rank.push(candidate),
            None => ranks.push(vec![candidate]),
        }
    }
    let too_many = BallotError::TooManyOrders { max: MAX_ORDERS };
    let orders = ranks
        .iter()
        .flat_map(|rank| 1..=rank.len() as u64)
        .try_fold(1_u64, |product, n| product.checked_mul(n).filter(|orders| *orders <= MAX_ORDERS))
        .ok_or(too_many)?;
    let share = weight.divided(orders)?;
    for number in 0..orders {
        // The digits of the order's number, in mixed base, pick one candidate after another.
        let mut rest = number;
        let mut marks = Vec::with_capacity(row.len());
        for rank in &ranks {
            let mut left = rank.clone();
            while !left.is_empty() {
                let base = left.len() as u64;
                let pick = usize::try_from(rest % base).unwrap_or(0);
                rest /= base;
                marks.push(Mark::next(left.remove(pick)));
            }
        }
        builder.push(share, &marks)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(rules: &RankingRules, ranks: &[&[&[usize]]]) -> Result<Vec<String>, BallotError> {
        let mut builder = RankedBallots::builder(4);
        for ballot in ranks {
            builder.push_ranks(1, ballot)?;
        }
        let ballots = builder.finish();
        let election =
            Election::new("", ["a", "b", "c", "d"], 1, ballots.clone())?.with_withdrawn(&[Candidate::at(3)?]);
        let cleaned = clean(&election, &ballots, rules)?;
        assert_eq!(
            (cleaned.ballots.total() + cleaned.blank + cleaned.invalid) * ballots.scale(),
            ballots.total() * cleaned.ballots.scale(),
        );
        Ok(cleaned.ballots.iter().map(|(w, marks)| format!("{w}{:?}", marks.collect::<Vec<_>>())).collect())
    }

    #[test]
    fn equal_ranks_are_treated_as_told() -> Result<(), BallotError> {
        let equal: &[&[usize]] = &[&[0], &[1, 2], &[3], &[1]];
        let strict = RankingRules::STRICT;
        assert_eq!(cleaned(&strict, &[equal])?, ["1[0]"]);
        assert_eq!(cleaned(&RankingRules::WEAK, &[equal])?, ["1[0, 1, =2]"]);
        assert_eq!(
            cleaned(&RankingRules { equal: EqualRanks::Skip, ..strict }, &[&[&[0, 1], &[2]]])?,
            ["1[2]"]
        );
        assert_eq!(
            cleaned(&RankingRules { equal: EqualRanks::Split, ..strict }, &[equal, &[&[0]]])?,
            ["1[0, 1, 2]", "1[0, 2, 1]", "2[0]"]
        );
        assert!(cleaned(&RankingRules { equal: EqualRanks::Refuse, ..strict }, &[equal]).is_err());
        assert!(cleaned(&RankingRules { equal: EqualRanks::Invalid, ..strict }, &[equal])?.is_empty());

        Ok(())
    }

    #[test]
    fn gaps_repeats_and_withdrawn_are_treated_as_told() -> Result<(), BallotError> {
        let strict = RankingRules::STRICT;
        let gap: &[&[usize]] = &[&[0], &[], &[], &[1]];
        assert_eq!(cleaned(&strict, &[gap])?, ["1[0, 1]"]);
        assert_eq!(cleaned(&RankingRules { skipped: SkippedRanks::AtMost(1), ..strict }, &[gap])?, ["1[0]"]);
        assert_eq!(
            cleaned(&RankingRules { skipped: SkippedRanks::AtMost(2), ..strict }, &[gap])?,
            ["1[0, 1]"]
        );

        let again: &[&[usize]] = &[&[0], &[1], &[0], &[2]];
        assert_eq!(cleaned(&strict, &[again])?, ["1[0, 1, 2]"]);
        assert_eq!(cleaned(&RankingRules { repeats: Repeats::Stop, ..strict }, &[again])?, ["1[0, 1]"]);
        assert!(cleaned(&RankingRules { repeats: Repeats::Invalid, ..strict }, &[again])?.is_empty());

        let withdrawn: &[&[usize]] = &[&[3], &[2]];
        assert_eq!(cleaned(&strict, &[withdrawn])?, ["1[2]"]);
        assert!(cleaned(&strict, &[&[&[3]]])?.is_empty());
        assert_eq!(
            cleaned(&RankingRules { blanks: BlankBallots::Exhausted, ..strict }, &[&[&[3]]])?,
            ["1[]"]
        );
        Ok(())
    }
}
