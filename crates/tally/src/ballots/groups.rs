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
    #[inline]
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

/// Ballots read but not yet grouped. Grouping many at once is faster: their places in the hash table are fetched from
/// memory side by side instead of one after another.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    marks: Vec<u16>,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    weight: u64,
    /// Where its marks end; they begin where those of the row before end.
    end: usize,
    hash: u32,
}

impl Batch {
    /// More at once bring nothing.
    pub(crate) const FULL: usize = 256;

    /// Rows so far.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn clear(&mut self) {
        self.marks.clear();
        self.rows.clear();
    }

    /// Adds a mark to the row in the making.
    #[inline]
    pub(crate) fn mark(&mut self, mark: u16) {
        self.marks.push(mark);
    }

    /// Ends the row in the making.
    #[inline]
    pub(crate) fn close(&mut self, weight: u64) {
        let hash = hash(&self.marks[self.begin()..]);
        self.rows.push(Row { weight, end: self.marks.len(), hash });
    }

    /// Gives up the row in the making.
    pub(crate) fn abandon(&mut self) {
        self.marks.truncate(self.begin());
    }

    #[inline]
    fn begin(&self) -> usize {
        self.rows.last().map_or(0, |row| row.end)
    }
}

/// Builds [`Groups`], finding equal ballots by a hash table of its own: it needs no keys besides the marks already
/// stored, and iterating never depends on it.
#[derive(Clone, Debug)]
pub(super) struct Grouping {
    groups: Groups,
    /// Group number + 1 (0 is empty) and the hash. The length is a power of two.
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
        self.make_room(1);
        self.put(weight, marks, hash(marks))
    }

    /// Adds the rows of a batch in their order; stops at the first that cannot be added, and says which that is.
    pub(super) fn push_batch(&mut self, batch: &Batch) -> Result<(), (usize, BallotError)> {
        self.make_room(batch.len());
        // Looking at all places first fetches them; what is found does not matter yet.
        let mut seen = 0;
        for row in &batch.rows {
            seen ^= self.table[self.first_slot(row.hash)].0;
        }
        std::hint::black_box(seen);
        let mut begin = 0;
        for (place, row) in batch.rows.iter().enumerate() {
            let marks = &batch.marks[begin..row.end];
            self.put(Weight::from(row.weight), marks, row.hash).map_err(|error| (place, error))?;
            begin = row.end;
        }
        Ok(())
    }

    /// Adds one ballot; there must be room in the table.
    fn put(&mut self, weight: Weight, marks: &[u16], hash: u32) -> Result<(), BallotError> {
        let units = self.groups.units(weight)?;
        let total = self.groups.total.checked_add(units).filter(|total| *total <= MAX_TOTAL);
        let Some(total) = total else {
            return Err(BallotError::TooMuchWeight { max: MAX_TOTAL });
        };
        let mut slot = self.first_slot(hash);
        loop {
            let (entry, seen) = self.table[slot];
            if entry == 0 {
                break;
            }
            let group = entry as usize - 1;
            if seen == hash && self.groups.marks(group) == marks {
                self.groups.weights[group] += units;
                self.groups.total = total;
                return Ok(());
            }
            slot = (slot + 1) & (self.table.len() - 1);
        }
        let too_many = || BallotError::TooManyMarks { max: u32::MAX as usize };
        let begin = u32::try_from(self.groups.marks.len()).map_err(|_| too_many())?;
        let number = u32::try_from(self.groups.len() + 1).map_err(|_| too_many())?;
        self.groups.offsets.push(begin);
        self.groups.marks.extend_from_slice(marks);
        self.groups.weights.push(units);
        self.groups.total = total;
        self.table[slot] = (number, hash);
        Ok(())
    }

    #[inline]
    fn first_slot(&self, hash: u32) -> usize {
        hash as usize & (self.table.len() - 1)
    }

    /// Makes the table so large that it stays at most half full with that many more ballots.
    fn make_room(&mut self, more: usize) {
        let needed = (self.groups.len() + more).saturating_mul(2);
        if needed <= self.table.len() {
            return;
        }
        let mut slots = self.table.len() * 4;
        while slots < needed {
            slots *= 4;
        }
        let old = std::mem::replace(&mut self.table, vec![(0, 0); slots]);
        for (number, hash) in old.into_iter().filter(|(number, _)| *number != 0) {
            let mut slot = self.first_slot(hash);
            while self.table[slot].0 != 0 {
                slot = (slot + 1) & (slots - 1);
            }
            self.table[slot] = (number, hash);
        }
    }

    pub(super) fn finish(mut self) -> Groups {
        // What is no longer needed goes first, so that both are never held together with a copy.
        self.table = Vec::new();
        self.groups.marks.shrink_to_fit();
        self.groups.offsets.shrink_to_fit();
        self.groups.weights.shrink_to_fit();
        self.groups
    }
}

/// Multiply and fold, four marks at a time. Only speed depends on its quality.
#[inline]
fn hash(marks: &[u16]) -> u32 {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ marks.len() as u64;
    let mut fours = marks.chunks_exact(4);
    for four in &mut fours {
        state = fold(state, word(four));
    }
    let rest = fours.remainder();
    if !rest.is_empty() {
        state = fold(state, word(rest));
    }
    let [high, low] = halves(state);
    high ^ low
}

#[inline]
fn word(marks: &[u16]) -> u64 {
    marks.iter().fold(0, |word, mark| (word << 16) | u64::from(*mark))
}

#[inline]
fn fold(state: u64, word: u64) -> u64 {
    let product = u128::from(state ^ word) * 0xd6e8_feb8_6659_fd93_u128;
    let low = u64::try_from(product & u128::from(u64::MAX)).unwrap_or(0);
    low ^ u64::try_from(product >> 64).unwrap_or(0)
}

#[inline]
fn halves(word: u64) -> [u32; 2] {
    let half = |word: u64| u32::try_from(word & u64::from(u32::MAX)).unwrap_or(0);
    [half(word >> 32), half(word)]
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
