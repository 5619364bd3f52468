//! A place within a line, and what every form has in common.

use super::{FileError, found};
use crate::{ballots::Weight, error::BallotError};

/// A place within a line.
pub(super) struct Cursor<'a> {
    pub(super) line: &'a [u8],
    pub(super) at: usize,
    pub(super) number: u64,
}

impl<'a> Cursor<'a> {
    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.line.get(self.at).copied()
    }

    #[inline]
    pub(super) fn rest(&self) -> &'a [u8] {
        self.line.get(self.at..).unwrap_or_default()
    }

    #[inline]
    pub(super) fn skip_blanks(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Whether only blanks or a comment are left.
    pub(super) fn is_done(&self) -> bool {
        matches!(self.peek(), None | Some(b'#'))
    }

    pub(super) fn expected(&self, expected: &str) -> FileError {
        FileError::Expected {
            line: self.number,
            column: self.at as u64 + 1,
            expected: expected.to_owned(),
            found: if self.line.is_empty() { "the end of the file".to_owned() } else { found(self.rest()) },
        }
    }

    pub(super) fn ballot_error(&self, error: BallotError) -> FileError {
        FileError::Ballot { line: self.number, column: self.at as u64 + 1, error }
    }

    /// A whole number, if one stands here. What follows it is not looked at.
    #[inline]
    pub(super) fn digits(&mut self) -> Option<u64> {
        let begin = self.at;
        let mut value = 0_u64;
        while let Some(digit) = self.peek().map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10) {
            value = value.checked_mul(10)?.checked_add(u64::from(digit))?;
            self.at += 1;
        }
        (self.at > begin).then_some(value)
    }

    pub(super) fn number(&mut self, expected: &str) -> Result<u64, FileError> {
        let begin = self.at;
        match self.digits() {
            Some(value) if self.at_word_end() => Ok(value),
            _ => {
                self.at = begin;
                Err(self.expected(expected))
            }
        }
    }

    pub(super) fn at_word_end(&self) -> bool {
        self.peek().is_none_or(|byte| byte.is_ascii_whitespace())
    }

    /// Bytes up to a blank or one of the marks that end a nickname.
    pub(super) fn word(&mut self) -> &'a [u8] {
        let begin = self.at;
        while self
            .peek()
            .is_some_and(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b'=' | b']' | b'['))
        {
            self.at += 1;
        }
        &self.line[begin..self.at]
    }
}

/// A weight, `3`, `2.5` or `1/3`, before a blank or the mark that follows weights.
#[inline]
pub(super) fn weight(cursor: &mut Cursor<'_>, after: u8) -> Result<Weight, FileError> {
    let begin = cursor.at;
    let ends = |next: Option<u8>| next.is_none_or(|byte| byte.is_ascii_whitespace() || byte == after);
    let whole = cursor.digits();
    match (whole, cursor.peek()) {
        (Some(whole), next) if ends(next) => return Ok(Weight::from(whole)),
        (Some(numerator), Some(b'/')) => {
            cursor.at += 1;
            let at = cursor.at;
            let Some(denominator) = cursor.digits().filter(|_| ends(cursor.peek())) else {
                cursor.at = at;
                return Err(cursor.expected("the denominator of a weight"));
            };
            return Weight::fraction(numerator, denominator).map_err(|error| cursor.ballot_error(error));
        }
        (whole, Some(b'.')) => {
            cursor.at += 1;
            let places_begin = cursor.at;
            let places = cursor.digits();
            let count = u32::try_from(cursor.at - places_begin).unwrap_or(u32::MAX);
            let power = 10_u64.checked_pow(count);
            let value = power.and_then(|power| whole.unwrap_or(0).checked_mul(power)?.checked_add(places?));
            if let (Some(value), Some(power), true) = (value, power, ends(cursor.peek())) {
                return Weight::fraction(value, power).map_err(|error| cursor.ballot_error(error));
            }
        }
        _ => {}
    }
    cursor.at = begin;
    Err(cursor.expected("a ballot's weight"))
}
