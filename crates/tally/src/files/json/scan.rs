//! Just enough JSON, byte by byte with positions, without building a tree.

use std::io::BufRead;

use crate::{
    ballots::{Batch, RankedBuilder},
    error::BallotError,
    files::{FileError, plain},
};

/// Nesting passed over in parts nobody asked for.
const MAX_DEPTH: u32 = 64;
/// The longest string or number.
const MAX_TEXT: usize = 1 << 20;

pub(super) struct Scanner<R> {
    input: R,
    line: u64,
    column: u64,
    /// The last number or string read; one buffer for all.
    text: String,
}

impl<R: BufRead> Scanner<R> {
    pub(super) const fn new(input: R) -> Self {
        Self { input, line: 1, column: 1, text: String::new() }
    }

    fn raw_peek(&mut self) -> Result<Option<u8>, FileError> {
        Ok(self.input.fill_buf()?.first().copied())
    }

    fn raw_next(&mut self) -> Result<Option<u8>, FileError> {
        let byte = self.raw_peek()?;
        if let Some(byte) = byte {
            self.input.consume(1);
            if byte == b'\n' {
                (self.line, self.column) = (self.line + 1, 1);
            } else {
                self.column += 1;
            }
        }
        Ok(byte)
    }

    /// The next byte that is no blank, left where it is.
    pub(super) fn peek(&mut self) -> Result<Option<u8>, FileError> {
        loop {
            match self.raw_peek()? {
                Some(b' ' | b'\t' | b'\n' | b'\r') => {
                    self.raw_next()?;
                }
                // A byte order mark, where other blanks may stand as well.
                Some(0xef) if self.line == 1 && self.column <= 3 => {
                    for expected in [0xef, 0xbb, 0xbf] {
                        if self.raw_peek()? != Some(expected) {
                            return Err(self.expected("`{`"));
                        }
                        self.raw_next()?;
                    }
                    self.column = 1;
                }
                other => return Ok(other),
            }
        }
    }

    pub(super) fn expected(&mut self, expected: &str) -> FileError {
        let found = match self.peek() {
            Ok(Some(byte)) if byte.is_ascii_graphic() => format!("`{}`", char::from(byte)),
            Ok(Some(byte)) => format!("byte {byte:#04x}"),
            Ok(None) => "the end of the file".to_owned(),
            Err(error) => return error,
        };
        FileError::Expected { line: self.line, column: self.column, expected: expected.to_owned(), found }
    }

    pub(super) const fn ballot(&self, error: BallotError) -> FileError {
        FileError::Ballot { line: self.line, column: self.column, error }
    }

    /// Takes one byte that must stand here.
    pub(super) fn byte(&mut self, byte: u8, expected: &str) -> Result<(), FileError> {
        if self.peek()? == Some(byte) {
            self.raw_next()?;
            Ok(())
        } else {
            Err(self.expected(expected))
        }
    }

    /// Whether another element stands before the closing byte; takes the comma between, or the closing byte.
    pub(super) fn another(&mut self, close: u8, first: &mut bool) -> Result<bool, FileError> {
        let was_first = std::mem::replace(first, false);
        match self.peek()? {
            Some(byte) if byte == close => {
                self.raw_next()?;
                Ok(false)
            }
            Some(b',') if !was_first => {
                self.raw_next()?;
                Ok(true)
            }
            Some(_) if was_first => Ok(true),
            _ => Err(self.expected(if close == b']' { "`,` or `]`" } else { "`,` or `}`" })),
        }
    }

    /// Passes over the ballots without anything special that stand here, each with the comma after it; the last ballot
    /// and all others are left.
    pub(super) fn plain_ballots(
        &mut self,
        candidates: usize,
        builder: &mut RankedBuilder,
        batch: &mut Batch,
    ) -> Result<(), FileError> {
        self.peek()?;
        loop {
            let taken = plain::elements(self.input.fill_buf()?, candidates, Batch::FULL, batch);
            if taken == 0 {
                return Ok(());
            }
            if let Err((place, error)) = builder.push_batch(batch) {
                // The place of the ballot that cannot be added.
                let before = plain::elements(self.input.fill_buf()?, candidates, place, batch);
                self.pass(before)?;
                return Err(self.ballot(error));
            }
            self.pass(taken)?;
        }
    }

    /// Passes over bytes that are at hand.
    fn pass(&mut self, bytes: usize) -> Result<(), FileError> {
        for byte in self.input.fill_buf()?.iter().take(bytes) {
            if *byte == b'\n' {
                (self.line, self.column) = (self.line + 1, 1);
            } else {
                self.column += 1;
            }
        }
        self.input.consume(bytes);
        Ok(())
    }

    /// Reads a list, calling for each element.
    pub(super) fn list(
        &mut self,
        expected: &str,
        mut element: impl FnMut(&mut Self) -> Result<(), FileError>,
    ) -> Result<(), FileError> {
        self.byte(b'[', expected)?;
        let mut first = true;
        while self.another(b']', &mut first)? {
            element(self)?;
        }
        Ok(())
    }

    pub(super) fn key(&mut self) -> Result<String, FileError> {
        let key = self.string()?;
        self.byte(b':', "`:` after the key")?;
        Ok(key)
    }

    /// The text of a number.
    pub(super) fn number(&mut self, expected: &str) -> Result<&str, FileError> {
        if !matches!(self.peek()?, Some(b'-' | b'0'..=b'9')) {
            return Err(self.expected(expected));
        }
        self.text.clear();
        while let Some(byte @ (b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')) = self.raw_peek()? {
            if self.text.len() > MAX_TEXT {
                return Err(self.expected("a shorter number"));
            }
            self.text.push(char::from(byte));
            self.raw_next()?;
        }
        Ok(&self.text)
    }

    /// A whole number of some type.
    pub(super) fn small<T: TryFrom<u64>>(&mut self, expected: &str) -> Result<T, FileError> {
        if !self.peek()?.is_some_and(|byte| byte.is_ascii_digit()) {
            return Err(self.expected(expected));
        }
        let mut value = Some(0_u64);
        while let Some(byte @ b'0'..=b'9') = self.raw_peek()? {
            value = value.and_then(|value| value.checked_mul(10)?.checked_add(u64::from(byte - b'0')));
            self.raw_next()?;
        }
        // A number with a fraction is none of these.
        let whole = !matches!(self.raw_peek()?, Some(b'.' | b'e' | b'E'));
        match value.filter(|_| whole).map(T::try_from) {
            Some(Ok(value)) => Ok(value),
            _ => Err(self.expected(expected)),
        }
    }

    pub(super) fn string(&mut self) -> Result<String, FileError> {
        if self.peek()? != Some(b'"') {
            return Err(self.expected("a string in quotes"));
        }
        self.raw_next()?;
        let mut bytes = Vec::new();
        loop {
            if bytes.len() > MAX_TEXT {
                return Err(self.expected("a shorter string"));
            }
            match self.raw_next()? {
                None => return Err(self.expected("a closing quote")),
                Some(b'"') => break,
                Some(b'\\') => {
                    let character = self.escape()?;
                    bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                }
                Some(byte) => bytes.push(byte),
            }
        }
        String::from_utf8(bytes).map_err(|_| self.expected("a string in UTF-8"))
    }

    fn escape(&mut self) -> Result<char, FileError> {
        match self.raw_next()? {
            Some(byte @ (b'"' | b'\\' | b'/')) => Ok(char::from(byte)),
            Some(b'b') => Ok('\u{8}'),
            Some(b'f') => Ok('\u{c}'),
            Some(b'n') => Ok('\n'),
            Some(b'r') => Ok('\r'),
            Some(b't') => Ok('\t'),
            Some(b'u') => {
                let high = self.hex()?;
                let code = if (0xd800..0xdc00).contains(&high) && self.raw_peek()? == Some(b'\\') {
                    self.raw_next()?;
                    if self.raw_next()? != Some(b'u') {
                        return Err(self.expected("the second half of a surrogate pair"));
                    }
                    let low = self.hex()?;
                    0x1_0000 + ((high - 0xd800) << 10) + low.wrapping_sub(0xdc00).min(0x1f_ffff)
                } else {
                    high
                };
                char::from_u32(code).ok_or_else(|| self.expected("a character"))
            }
            _ => Err(self.expected("an escape")),
        }
    }

    fn hex(&mut self) -> Result<u32, FileError> {
        let mut value = 0;
        for _ in 0..4 {
            let digit = self.raw_next()?.and_then(|byte| char::from(byte).to_digit(16));
            value = value * 16 + digit.ok_or_else(|| self.expected("four hexadecimal digits"))?;
        }
        Ok(value)
    }

    /// Passes over any value.
    pub(super) fn skip(&mut self, depth: u32) -> Result<(), FileError> {
        if depth > MAX_DEPTH {
            return Err(self.expected("less nesting"));
        }
        match self.peek()? {
            Some(b'"') => self.string().map(|_| ()),
            Some(b'[') => self.list("a list", |scan| scan.skip(depth + 1)),
            Some(b'{') => {
                self.raw_next()?;
                let mut first = true;
                while self.another(b'}', &mut first)? {
                    self.key()?;
                    self.skip(depth + 1)?;
                }
                Ok(())
            }
            Some(b'-' | b'0'..=b'9') => self.number("a number").map(|_| ()),
            Some(b'n') => self.literal("null"),
            Some(b't') => self.literal("true"),
            Some(b'f') => self.literal("false"),
            _ => Err(self.expected("a value")),
        }
    }

    fn literal(&mut self, word: &str) -> Result<(), FileError> {
        for byte in word.bytes() {
            if self.raw_peek()? != Some(byte) {
                return Err(self.expected(word));
            }
            self.raw_next()?;
        }
        Ok(())
    }

    pub(super) fn end(&mut self) -> Result<(), FileError> {
        match self.peek()? {
            None => Ok(()),
            Some(_) => Err(self.expected("the end of the file")),
        }
    }
}
