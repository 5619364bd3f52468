//! Ballots without anything special, read straight from the bytes at hand: a weight and candidates by number.

use crate::{ballots::Batch, election::MAX_CANDIDATES};

/// The most digits of a weight read here.
const WEIGHT_DIGITS: usize = 15;

/// Reads whole lines `weight candidate ... 0` into an empty batch, as far as they go. Answers the bytes they take.
pub(super) fn lines(bytes: &[u8], candidates: usize, batch: &mut Batch) -> usize {
    let candidates = u16::try_from(candidates.min(MAX_CANDIDATES)).unwrap_or(0);
    let mut taken = 0;
    while batch.len() < Batch::FULL {
        let Some(size) = line(bytes.get(taken..).unwrap_or_default(), candidates, batch) else {
            batch.abandon();
            break;
        };
        taken += size;
    }
    taken
}

/// One line with its end.
fn line(bytes: &[u8], candidates: u16, batch: &mut Batch) -> Option<usize> {
    let (weight, mut at) = weight(bytes)?;
    if bytes.get(at) != Some(&b' ') {
        return None;
    }
    at += 1;
    loop {
        let (value, size) = number(bytes, at)?;
        at += size;
        match bytes.get(at)? {
            b' ' if value != 0 && value <= candidates => batch.mark(value - 1),
            b'\n' if value == 0 && size == 1 => break,
            b'\r' if value == 0 && size == 1 && bytes.get(at + 1) == Some(&b'\n') => {
                at += 1;
                break;
            }
            _ => return None,
        }
        at += 1;
    }
    batch.close(weight);
    Some(at + 1)
}

/// Reads whole elements `[weight, [candidate, ...]],` of a JSON list into an empty batch, at most so many and as far as
/// another element follows. Answers the bytes they take, up to the next element.
pub(super) fn elements(bytes: &[u8], candidates: usize, most: usize, batch: &mut Batch) -> usize {
    let candidates = u16::try_from(candidates.min(MAX_CANDIDATES)).unwrap_or(0);
    let mut taken = 0;
    while batch.len() < most.min(Batch::FULL) {
        let Some(size) = element(bytes.get(taken..).unwrap_or_default(), candidates, batch) else {
            batch.abandon();
            break;
        };
        taken += size;
    }
    taken
}

fn element(bytes: &[u8], candidates: u16, batch: &mut Batch) -> Option<usize> {
    let take = |at: usize, byte: u8| (*bytes.get(at)? == byte).then_some(at + 1);
    let blanks = |mut at: usize| {
        while matches!(bytes.get(at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            at += 1;
        }
        at
    };
    let mut at = take(0, b'[')?;
    let (weight, size) = weight(bytes.get(at..)?)?;
    at = blanks(take(blanks(at + size), b',')?);
    at = blanks(take(at, b'[')?);
    if bytes.get(at) == Some(&b']') {
        at += 1;
    } else {
        loop {
            let (value, size) = number(bytes, at)?;
            if value == 0 || value > candidates {
                return None;
            }
            at += size;
            batch.mark(value - 1);
            match bytes.get(at)? {
                b',' => at = blanks(at + 1),
                b']' => break at += 1,
                _ => return None,
            }
        }
    }
    at = blanks(take(take(at, b']')?, b',')?);
    if bytes.get(at) != Some(&b'[') {
        return None;
    }
    batch.close(weight);
    Some(at)
}

/// A weight above 0 and the digits it takes.
#[inline]
pub(super) fn weight(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut weight = 0_u64;
    let mut at = 0;
    while let Some(digit) = digit(*bytes.get(at)?) {
        weight = weight * 10 + u64::from(digit);
        at += 1;
        if at > WEIGHT_DIGITS {
            return None;
        }
    }
    (weight != 0).then_some((weight, at))
}

/// A number of one to four digits and how many they are.
#[inline]
pub(super) fn number(bytes: &[u8], at: usize) -> Option<(u16, usize)> {
    let rest: &[u8; 3] = bytes.get(at..at + 3)?.try_into().ok()?;
    let first = u16::from(digit(rest[0])?);
    // Nearly all numbers have one digit or two: both are looked at without a branch between them.
    let second = rest[1].wrapping_sub(b'0');
    let two = second < 10;
    let value = if two { first * 10 + u16::from(second) } else { first };
    let next = if two { rest[2] } else { rest[1] };
    if digit(next).is_none() {
        return Some((value, 1 + usize::from(two)));
    }
    let mut value = value * 10 + u16::from(digit(rest[2])?);
    let mut size = 3;
    while let Some(digit) = digit(*bytes.get(at + size)?) {
        if size >= 4 {
            return None;
        }
        value = value * 10 + u16::from(digit);
        size += 1;
    }
    Some((value, size))
}

#[inline]
fn digit(byte: u8) -> Option<u8> {
    let digit = byte.wrapping_sub(b'0');
    (digit < 10).then_some(digit)
}
