//! Readers of ballot files. They take any [`BufRead`], read it once from front to end, and hold one line of it.
//!
//! A reader for another form is a file here with a function `read_x(input: impl BufRead) -> Result<Election, FileError>`
//! that feeds a ballot builder; [`Lines`] gives it lines without end marks, and positions for its errors.

mod blt;
mod csv;
mod cursor;
mod json;
mod lines;
mod plain;
mod preflib;

use std::io::{self, BufRead};

pub use blt::read_blt;
pub use csv::read_csv;
use cursor::{Cursor, weight};
pub use json::read_json;
pub use lines::Lines;
pub use preflib::read_preflib;
use thiserror::Error;

use crate::{election::Election, error::BallotError};

/// A ballot file that cannot be read.
#[derive(Debug, Error)]
pub enum FileError {
    /// The input itself failed.
    #[error("the file cannot be read: {0}")]
    Io(#[from] io::Error),
    /// Something else was expected at a place.
    #[error("line {line}, column {column}: expected {expected}, found {found}")]
    Expected {
        /// Line, from 1.
        line: u64,
        /// Column in bytes, from 1.
        column: u64,
        /// What would have been right.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// What stands at a place makes no sense.
    #[error("line {line}, column {column}: {error}")]
    Ballot {
        /// Line, from 1.
        line: u64,
        /// Column in bytes, from 1.
        column: u64,
        /// What is wrong with it.
        error: BallotError,
    },
    /// The parts are in order, together they are no election.
    #[error(transparent)]
    Election(#[from] BallotError),
}

/// What stands at the beginning of some bytes, for an error.
fn found(rest: &[u8]) -> String {
    let word = rest.split(u8::is_ascii_whitespace).find(|word| !word.is_empty()).unwrap_or_default();
    if word.is_empty() {
        return "the end of the line".to_owned();
    }
    let mut text: String = String::from_utf8_lossy(word).chars().take(40).collect();
    if text.chars().count() < String::from_utf8_lossy(word).chars().count() {
        text.push_str("...");
    }
    format!("`{text}`")
}

/// Reads a file of a kind told from its name: `.blt` (also `.hil`, `.txt`), `.json`, `.csv` (also `.tsv`), or `PrefLib`'s
/// `.soi`, `.soc`, `.toi`, `.toc`. A JSON file of grade tallies may hold several elections.
///
/// # Errors
/// When it is of no such kind, or cannot be read.
pub fn read_named(name: &str, input: impl BufRead) -> Result<Vec<Election>, FileError> {
    let extension = name.rsplit('.').next().unwrap_or_default().to_lowercase();
    match extension.as_str() {
        "blt" | "hil" | "txt" => Ok(vec![read_blt(input)?]),
        "json" => read_json(input),
        "csv" | "tsv" => Ok(vec![read_csv(input)?]),
        "soi" | "soc" | "toi" | "toc" => Ok(vec![read_preflib(input)?]),
        _ => Err(FileError::Io(io::Error::new(
            io::ErrorKind::Unsupported,
            format!(
                "`{name}` is no kind of ballot file this program knows (.blt, .json, .csv, .soi, .soc, .toi, .toc)"
            ),
        ))),
    }
}

#[cfg(test)]
mod tests;
