//! Lines of a file, one at a time, in one buffer.

use std::io::{self, BufRead, Read};

/// The longest line read; a file with a longer one is no ballot file.
const MAX_LINE: u64 = 256 * 1024 * 1024;

/// Reads lines without their ends (LF, CRLF) and without a byte order mark at the start.
#[derive(Debug)]
pub struct Lines<R> {
    input: R,
    buffer: Vec<u8>,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    /// Lines of this input.
    pub const fn new(input: R) -> Self {
        Self { input, buffer: Vec::new(), number: 0 }
    }

    /// Goes to the next line; `false` at the end of the input.
    ///
    /// # Errors
    /// When the input fails or a line is absurdly long.
    pub fn advance(&mut self) -> io::Result<bool> {
        self.buffer.clear();
        let read = Read::by_ref(&mut self.input).take(MAX_LINE).read_until(b'\n', &mut self.buffer)?;
        if read == 0 {
            return Ok(false);
        }
        if self.buffer.last() == Some(&b'\n') {
            self.buffer.pop();
            if self.buffer.last() == Some(&b'\r') {
                self.buffer.pop();
            }
        } else if read as u64 == MAX_LINE {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a line is too long for a ballot file"));
        }
        if self.number == 0 && self.buffer.starts_with(b"\xef\xbb\xbf") {
            self.buffer.drain(..3);
        }
        self.number += 1;
        Ok(true)
    }

    /// Bytes that follow the line gone to, as many as are at hand; empty at the end of the input.
    ///
    /// # Errors
    /// When the input fails.
    pub(super) fn ahead(&mut self) -> io::Result<&[u8]> {
        self.input.fill_buf()
    }

    /// Passes over so many whole lines of so many bytes together.
    pub(super) fn skip(&mut self, bytes: usize, lines: usize) {
        self.input.consume(bytes);
        self.number += lines as u64;
    }

    /// The line gone to.
    pub fn line(&self) -> &[u8] {
        &self.buffer
    }

    /// Its number, from 1.
    pub const fn number(&self) -> u64 {
        self.number
    }
}
