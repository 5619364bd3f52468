//! Piles of papers with their values, as every count by transfer keeps them.
//!
//! A paper's value is an index into a short list of values, so moving a pile costs one look at each of its ballots and
//! one multiplication for each value in it, not for each ballot.

use std::borrow::Cow;

use crate::{
    ballots::RankedBallots,
    election::Candidate,
    error::NumberError,
    numbers::{Arithmetic, Rounding},
    result::Halt,
};

/// An index into the values of [`Papers`].
pub(super) type Class = u32;

/// Where papers go: to a candidate, or to nobody.
pub(super) type Recipient = Option<Candidate>;

/// Papers of one value that go to one recipient together.
#[derive(Clone, Debug)]
pub(super) struct Parcel {
    /// Who receives them.
    pub(super) to: Recipient,
    /// Their new value.
    pub(super) class: Class,
    /// How much weight, in units.
    pub(super) units: u64,
    /// The different ballots.
    pub(super) groups: Vec<u32>,
}

/// Ballots on piles.
pub(super) struct Papers<'a, A: Arithmetic> {
    ar: A,
    ballots: Cow<'a, RankedBallots>,
    /// Where reading goes on, per different ballot: behind the preference that holds it now.
    next: Vec<u32>,
    class: Vec<Class>,
    values: Vec<A::Value>,
}

impl<'a, A: Arithmetic> Papers<'a, A> {
    /// All papers at full value, unread.
    pub(super) fn new(ar: A, ballots: Cow<'a, RankedBallots>) -> Result<Self, Halt> {
        let next = (0..ballots.len())
            .map(|group| u32::try_from(ballots.span(group).start))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| super::reading::too_large())?;
        Ok(Self { class: vec![0; ballots.len()], values: vec![ar.whole(1)?], ar, next, ballots })
    }

    pub(super) const fn arithmetic(&self) -> &A {
        &self.ar
    }

    pub(super) fn scale(&self) -> u64 {
        self.ballots.scale()
    }

    /// Total weight in units.
    pub(super) fn total(&self) -> u64 {
        self.ballots.total()
    }

    /// The different ballots, by number.
    pub(super) fn all(&self) -> impl ExactSizeIterator<Item = u32> + use<A> {
        0..u32::try_from(self.ballots.len()).unwrap_or(u32::MAX)
    }

    /// The value of papers of a class.
    pub(super) fn value(&self, class: Class) -> &A::Value {
        &self.values[class as usize]
    }

    /// The class of a ballot.
    pub(super) fn class_of(&self, group: u32) -> Class {
        self.class[group as usize]
    }

    /// The class of a value, a new one if there is none yet.
    pub(super) fn class_for(&mut self, value: A::Value) -> Class {
        let at = self.values.iter().position(|known| *known == value);
        let at = at.unwrap_or_else(|| {
            self.values.push(value);
            self.values.len() - 1
        });
        Class::try_from(at).unwrap_or(Class::MAX)
    }

    /// Puts ballots into a class.
    pub(super) fn set_class(&mut self, groups: &[u32], class: Class) {
        for group in groups {
            self.class[*group as usize] = class;
        }
    }

    /// What that much weight of a class is worth.
    pub(super) fn worth(&self, class: Class, units: u64) -> Result<A::Value, NumberError> {
        let worth = self.ar.times(self.value(class), units)?;
        match self.scale() {
            1 => Ok(worth),
            scale => self.ar.div(&worth, &self.ar.whole(scale)?, Rounding::Down),
        }
    }

    /// Puts every paper back as it was at the start.
    pub(super) fn restart(&mut self) {
        for group in 0..self.ballots.len() {
            // Spans were found to fit when the piles were made.
            self.next[group] = u32::try_from(self.ballots.span(group).start).unwrap_or(u32::MAX);
            self.class[group] = 0;
        }
    }

    /// Reads ballots on to their next preference among those in the count, giving each the class `reclass` makes of its
    /// old one. The parcels come in order of candidates (nobody last), within one by class.
    pub(super) fn move_on(
        &mut self,
        groups: impl IntoIterator<Item = u32>,
        open: &[bool],
        reclass: impl Fn(Class) -> Class,
    ) -> Vec<Parcel> {
        let places = open.len() + 1;
        // By class met, then by recipient.
        let mut rows: Vec<(Class, Vec<Option<Parcel>>)> = Vec::new();
        let mut row_at = 0_usize;
        for group in groups {
            let to = self.read_on(group as usize, open);
            let old = self.class[group as usize];
            if rows.get(row_at).is_none_or(|(class, _)| *class != old) {
                row_at = rows.iter().position(|(class, _)| *class == old).unwrap_or_else(|| {
                    rows.push((old, std::iter::repeat_with(|| None).take(places).collect()));
                    rows.len() - 1
                });
            }
            let new = reclass(old);
            self.class[group as usize] = new;
            let place = to.map_or(places - 1, Candidate::index);
            let parcel = rows[row_at].1[place].get_or_insert_with(|| Parcel {
                to,
                class: new,
                units: 0,
                groups: Vec::new(),
            });
            parcel.units += self.ballots.weight(group as usize);
            if to.is_some() {
                parcel.groups.push(group);
            }
        }
        let mut parcels: Vec<Parcel> =
            rows.into_iter().flat_map(|(_, row)| row.into_iter().flatten()).collect();
        parcels.sort_by_key(|parcel| {
            let place = parcel.to.map_or(places, Candidate::index);
            (place, parcel.class)
        });
        // Two old values may have become one: their papers are one parcel now.
        parcels.dedup_by(|later, earlier| {
            let same = later.to == earlier.to && later.class == earlier.class;
            if same {
                earlier.units += later.units;
                earlier.groups.append(&mut later.groups);
            }
            same
        });
        parcels
    }

    #[inline]
    fn read_on(&mut self, group: usize, open: &[bool]) -> Recipient {
        let end = self.ballots.span(group).end;
        let mut at = self.next[group] as usize;
        let mut found = None;
        while at < end && found.is_none() {
            found = self.ballots.candidate_at(at).filter(|candidate| open[candidate.index()]);
            at += 1;
        }
        self.next[group] = u32::try_from(at).unwrap_or(u32::MAX);
        found
    }
}
