//! The flat store of weighted ballots with equal ones merged.

use num_integer::Integer;

use crate::error::BallotError;

/// The largest total weight, in units. Leaves room for 18 decimal places and five digits more in 128 bits.
pub const MAX_TOTAL: u64 = 1_000_000_000_000_000;

/// The weight of a ballot: how many papers (or how much of one) it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weight {
    numerator: u64,
    denominator: u64,
}

impl Weight {
    /// One ballot.
    pub const ONE: Self = Self { numerator: 1, denominator: 1 };

    /// A fraction of a ballot.
    ///
    /// # Errors
    /// When the denominator is zero.
    pub fn fraction(numerator: u64, denominator: u64) -> Result<Self, BallotError> {
        if denominator == 0 {
            return Err(BallotError::WeightWithoutDenominator);
        }
        let common = numerator.gcd(&denominator);
        Ok(Self { numerator: numerator / common, denominator: denominator / common })
    }

    /// An equal share of it.
    pub(super) fn divided(self, shares: u64) -> Result<Self, BallotError> {
        let too_much = BallotError::TooMuchWeight { max: MAX_TOTAL };
        Self::fraction(self.numerator, self.denominator.checked_mul(shares).ok_or(too_much)?)
    }

    /// Whether nothing is left of it.
    pub const fn is_zero(self) -> bool {
        self.numerator == 0
    }
}

impl From<u64> for Weight {
    fn from(weight: u64) -> Self {
        Self { numerator: weight, denominator: 1 }
    }
}

/// Weighted sequences of 16-bit marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Groups {
    weights: Vec<u64>,
    /// Where each ballot's marks begin, and at the end where the last one's end.
    offsets: Vec<u32>,
    marks: Vec<u16>,
    scale: u64,
    total: u64,
}

impl Groups {
    pub(super) const fn new() -> Self {
        Self { weights: Vec::new(), offsets: Vec::new(), marks: Vec::new(), scale: 1, total: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.weights.len()
    }

    pub(super) const fn total(&self) -> u64 {
        self.total
    }

    pub(super) const fn scale(&self) -> u64 {
        self.scale
    }

    pub(super) fn weight(&self, group: usize) -> u64 {
        self.weights[group]
    }

    pub(super) fn marks(&self, group: usize) -> &[u16] {
        &self.marks[self.offsets[group] as usize..self.end(group)]
    }

    pub(super) fn all_marks(&self) -> &[u16] {
        &self.marks
    }

    pub(super) fn begin(&self, group: usize) -> usize {
        self.offsets[group] as usize
    }

    pub(super) fn end(&self, group: usize) -> usize {
        self.offsets.get(group + 1).map_or(self.marks.len(), |end| *end as usize)
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = (u64, &[u16])> {
        (0..self.len()).map(|group| (self.weights[group], self.marks(group)))
    }

    /// The weight in units, after bringing all weights to a common denominator.
    fn units(&mut self, weight: Weight) -> Result<u64, BallotError> {
        let too_much = BallotError::TooMuchWeight { max: MAX_TOTAL };
        if !self.scale.is_multiple_of(weight.denominator) {
            let factor = weight.denominator / self.scale.gcd(&weight.denominator);
            let total = self.total.checked_mul(factor).filter(|total| *total <= MAX_TOTAL);
            let scale = self.scale.checked_mul(factor).filter(|scale| *scale <= MAX_TOTAL);
            let (Some(total), Some(scale)) = (total, scale) else {
                return Err(too_much);
            };
            // No weight exceeds the total, which fits.
            for old in &mut self.weights {
                *old *= factor;
            }
            (self.total, self.scale) = (total, scale);
        }
        weight.numerator.checked_mul(self.scale / weight.denominator).ok_or(too_much)
    }
}

/// Builds [`Groups`], finding equal ballots by a hash table of its own: it needs no keys besides the marks already
/// stored, and iterating never depends on it.
#[derive(Clone, Debug)]
pub(super) struct Grouping {
    groups: Groups,
    /// Group number + 1 (0 is empty) and the upper half of the hash. The length is a power of two.
    table: Vec<(u32, u32)>,
}

impl Grouping {
    pub(super) fn new() -> Self {
        Self { groups: Groups::new(), table: vec![(0, 0); 64] }
    }

    /// Makes sure the scale is a multiple of `scale`.
    pub(super) fn keep_scale(&mut self, scale: u64) -> Result<(), BallotError> {
        self.groups.units(Weight { numerator: 0, denominator: scale.max(1) }).map(|_| ())
    }

    pub(super) fn push(&mut self, weight: Weight, marks: &[u16]) -> Result<(), BallotError> {
        if weight.is_zero() {
            return Ok(());
        }
        let units = self.groups.units(weight)?;
        let total = self.groups.total.checked_add(units).filter(|total| *total <= MAX_TOTAL);
        let Some(total) = total else {
            return Err(BallotError::TooMuchWeight { max: MAX_TOTAL });
        };
        let hash = hash(marks);
        let tag = upper(hash);
        let mut slot = self.first_slot(hash);
        loop {
            let (entry, seen) = self.table[slot];
            if entry == 0 {
                break;
            }
            let group = entry as usize - 1;
            if seen == tag && self.groups.marks(group) == marks {
                self.groups.weights[group] += units;
                self.groups.total = total;
                return Ok(());
            }
            slot = (slot + 1) & (self.table.len() - 1);
        }
        let too_many = BallotError::TooManyMarks { max: u32::MAX as usize };
        let begin = u32::try_from(self.groups.marks.len()).map_err(|_| too_many.clone())?;
        let number = u32::try_from(self.groups.len() + 1).map_err(|_| too_many)?;
        self.groups.offsets.push(begin);
        self.groups.marks.extend_from_slice(marks);
        self.groups.weights.push(units);
        self.groups.total = total;
        self.table[slot] = (number, tag);
        if self.groups.len() * 2 > self.table.len() {
            self.grow();
        }
        Ok(())
    }

    fn first_slot(&self, hash: u64) -> usize {
        // The table never has more than 2^33 slots; on any machine the low bits are all that is used.
        usize::try_from(hash & (self.table.len() as u64 - 1)).unwrap_or(0)
    }

    fn grow(&mut self) {
        let slots = self.table.len() * 4;
        self.table.clear();
        self.table.resize(slots, (0, 0));
        for (number, group) in (1_u32..).zip(0..self.groups.len()) {
            let hash = hash(self.groups.marks(group));
            let mut slot = self.first_slot(hash);
            while self.table[slot].0 != 0 {
                slot = (slot + 1) & (slots - 1);
            }
            self.table[slot] = (number, upper(hash));
        }
    }

    pub(super) fn finish(mut self) -> Groups {
        self.groups.marks.shrink_to_fit();
        self.groups.offsets.shrink_to_fit();
        self.groups.weights.shrink_to_fit();
        self.groups
    }
}

fn upper(hash: u64) -> u32 {
    u32::try_from(hash >> 32).unwrap_or(0)
}

/// Multiply and fold, four marks at a time. Only speed depends on its quality.
fn hash(marks: &[u16]) -> u64 {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ marks.len() as u64;
    for four in marks.chunks(4) {
        let word = four.iter().fold(0_u64, |word, mark| (word << 16) | u64::from(*mark));
        let product = u128::from(state ^ word) * 0xd6e8_feb8_6659_fd93_u128;
        let low = u64::try_from(product & u128::from(u64::MAX)).unwrap_or(0);
        state = low ^ u64::try_from(product >> 64).unwrap_or(0);
    }
    state ^ (state >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_ballots_are_kept_once() -> Result<(), BallotError> {
        let mut grouping = Grouping::new();
        for round in 0..3_u64 {
            for ballot in 0..1000_u16 {
                grouping.push(Weight::from(round + 1), &[ballot, 7, ballot / 3])?;
            }
        }
        let groups = grouping.finish();
        assert_eq!((groups.len(), groups.total()), (1000, 6000));
        assert!(groups.iter().all(|(weight, marks)| weight == 6 && marks.len() == 3));
        Ok(())
    }

    #[test]
    fn fractions_of_ballots_stay_exact() -> Result<(), BallotError> {
        let mut grouping = Grouping::new();
        grouping.push(Weight::from(2), &[1])?;
        grouping.push(Weight::fraction(1, 3)?, &[2])?;
        grouping.push(Weight::fraction(2, 4)?, &[1])?;
        let groups = grouping.finish();
        assert_eq!((groups.scale(), groups.total()), (6, 17));
        assert_eq!(groups.iter().map(|(weight, _)| weight).collect::<Vec<_>>(), [15, 2]);
        Ok(())
    }

    #[test]
    fn weight_beyond_the_bound_is_refused() -> Result<(), BallotError> {
        let mut grouping = Grouping::new();
        grouping.push(Weight::from(MAX_TOTAL), &[1])?;
        assert!(grouping.push(Weight::ONE, &[2]).is_err());
        assert!(grouping.push(Weight::fraction(1, 3)?, &[2]).is_err());
        assert!(grouping.push(Weight::from(u64::MAX), &[2]).is_err());
        assert!(Weight::fraction(1, 0).is_err());
        Ok(())
    }
}
