//! The BLT form (Hill, Wichmann and Woodall) with the dialects met in the wild.
//!
//! A line at a time: candidates and seats; withdrawn candidates as negative numbers; ballots of weight, preferences
//! and 0; a 0; names and title in quotes. Beyond that: a byte order mark and CRLF; comments from `#`; ballot ids in
//! parentheses; `-` for an empty rank; `=` between equal ranks; decimal and fractional weights; options `[nick ...]`,
//! `[withdrawn ...]`, `[tie ...]`, `[droop ...]`; ballots written with nicknames; several names on a line, names without quotes (one
//! a line), quotes doubled inside names; no 0 before the names; further strings after the title.
//!
//! A ballot stands on one line: only so is a forgotten 0 found instead of gluing two ballots together.

use std::{collections::HashMap, io::BufRead};

use super::{Cursor, FileError, Lines, plain, weight};
use crate::{
    ballots::{Batch, Mark, RankedBallots, RankedBuilder},
    election::{Candidate, Election, MAX_CANDIDATES},
    error::BallotError,
};

/// Reads a BLT file.
///
/// # Errors
/// With line, column and what was expected there.
pub fn read_blt(input: impl BufRead) -> Result<Election, FileError> {
    let mut lines = Lines::new(input);
    let mut blt: Option<Blt> = None;
    let mut batch = Batch::default();
    while lines.advance()? {
        let mut cursor = Cursor { line: lines.line(), at: 0, number: lines.number() };
        cursor.skip_blanks();
        if cursor.is_done() {
            continue;
        }
        match &mut blt {
            Some(blt) => blt.line(&mut cursor)?,
            None => blt = Some(Blt::header(&mut cursor)?),
        }
        if let Some(blt) = &mut blt {
            blt.plain_ballots(&mut lines, &mut batch)?;
        }
    }
    let end = Cursor { line: b"", at: 0, number: lines.number() + 1 };
    match blt {
        Some(blt) => blt.finish(&end),
        None => Err(end.expected("the numbers of candidates and seats")),
    }
}

enum Section {
    /// Withdrawn candidates and options may still come.
    Start,
    Ballots,
    Names,
}

struct Blt {
    candidates: usize,
    seats: u32,
    section: Section,
    /// Whether candidates are written as numbers only.
    plain: bool,
    nicknames: HashMap<Vec<u8>, Candidate>,
    withdrawn: Vec<Candidate>,
    tie_order: Option<Vec<Candidate>>,
    builder: RankedBuilder,
    row: Vec<Mark>,
    /// Names, then the title, then whatever else is said.
    strings: Vec<String>,
}

impl Blt {
    fn header(cursor: &mut Cursor<'_>) -> Result<Self, FileError> {
        let candidates = cursor.number("the number of candidates")?;
        let candidates = usize::try_from(candidates).unwrap_or(usize::MAX);
        if candidates == 0 {
            return Err(cursor.ballot_error(BallotError::NoCandidates));
        }
        if candidates > MAX_CANDIDATES {
            return Err(
                cursor.ballot_error(BallotError::TooManyCandidates { candidates, max: MAX_CANDIDATES })
            );
        }
        cursor.skip_blanks();
        let seats = cursor.number("the number of seats")?;
        let seats = u32::try_from(seats).map_err(|_| cursor.expected("a smaller number of seats"))?;
        cursor.skip_blanks();
        if !cursor.is_done() {
            return Err(cursor.expected("the end of the line after candidates and seats"));
        }
        Ok(Self {
            candidates,
            seats,
            section: Section::Start,
            plain: true,
            nicknames: HashMap::new(),
            withdrawn: Vec::new(),
            tie_order: None,
            builder: RankedBallots::builder(candidates),
            row: Vec::new(),
            strings: Vec::new(),
        })
    }

    fn line(&mut self, cursor: &mut Cursor<'_>) -> Result<(), FileError> {
        if let Section::Names = self.section {
            return self.names(cursor);
        }
        while !cursor.is_done() {
            match cursor.peek() {
                Some(b'[') => self.option(cursor)?,
                Some(b'-') if matches!(self.section, Section::Start) => {
                    self.withdrawn_number(cursor)?;
                }
                Some(b'0'..=b'9' | b'(' | b'.') => {
                    self.section = Section::Ballots;
                    if self.ballot(cursor)? {
                        self.section = Section::Names;
                        cursor.skip_blanks();
                        return if cursor.is_done() { Ok(()) } else { self.names(cursor) };
                    }
                }
                // Names without the 0 before them.
                _ => {
                    self.section = Section::Names;
                    return self.names(cursor);
                }
            }
            cursor.skip_blanks();
        }
        Ok(())
    }

    fn candidate(&self, cursor: &Cursor<'_>, number: u64) -> Result<Candidate, FileError> {
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        match index.checked_sub(1).filter(|index| *index < self.candidates).map(Candidate::at) {
            Some(Ok(candidate)) => Ok(candidate),
            _ => {
                Err(cursor
                    .ballot_error(BallotError::UnknownCandidate { number, candidates: self.candidates }))
            }
        }
    }

    fn withdrawn_number(&mut self, cursor: &mut Cursor<'_>) -> Result<(), FileError> {
        let begin = cursor.at;
        cursor.at += 1;
        let number = cursor.number("the number of a withdrawn candidate")?;
        let end = std::mem::replace(&mut cursor.at, begin);
        self.withdrawn.push(self.candidate(cursor, number)?);
        cursor.at = end;
        Ok(())
    }

    /// `[nick a b c]`, `[withdrawn a]`, `[tie c a b]`, `[droop ...]`.
    fn option(&mut self, cursor: &mut Cursor<'_>) -> Result<(), FileError> {
        cursor.at += 1;
        cursor.skip_blanks();
        let begin = cursor.at;
        let name = cursor.word();
        if !matches!(name, b"nick" | b"withdrawn" | b"tie" | b"droop") {
            cursor.at = begin;
            return Err(cursor.expected("nick, tie, withdrawn or droop"));
        }
        let mut named = Vec::new();
        loop {
            cursor.skip_blanks();
            match cursor.peek() {
                None => return Err(cursor.expected("`]` at the end of the option")),
                Some(b']') => {
                    cursor.at += 1;
                    break;
                }
                Some(b'=' | b'[') if name != b"droop" => {
                    return Err(cursor.expected("a nickname or `]`"));
                }
                Some(b'=' | b'[') => cursor.at += 1,
                Some(_) if name == b"nick" => {
                    let Ok(candidate) = Candidate::at(self.nicknames.len()) else {
                        return Err(cursor.expected("fewer nicknames"));
                    };
                    if candidate.index() >= self.candidates {
                        return Err(cursor.expected("`]` after a nickname for each candidate"));
                    }
                    let at = cursor.at;
                    let nickname = cursor.word().to_vec();
                    self.plain = false;
                    if self.nicknames.insert(nickname, candidate).is_some() {
                        cursor.at = at;
                        return Err(cursor.expected("a nickname not used before"));
                    }
                }
                // Settings of another program's own; they change no ballot.
                Some(_) if name == b"droop" => {
                    cursor.word();
                }
                Some(_) => named.push(self.preference(cursor)?),
            }
        }
        match name {
            b"withdrawn" => self.withdrawn.append(&mut named),
            b"tie" => self.tie_order = Some(named),
            _ => {}
        }
        Ok(())
    }

    /// A candidate's number or nickname.
    #[inline]
    fn preference(&self, cursor: &mut Cursor<'_>) -> Result<Candidate, FileError> {
        let begin = cursor.at;
        if self.plain {
            let number = cursor.digits();
            let ends = matches!(cursor.peek(), None | Some(b' ' | b'=' | b'\t' | b']'));
            if let Some(number) = number.filter(|_| ends) {
                // Nearly every mark of a large file passes here: no error value is made unless there is one.
                if number != 0 && number <= self.candidates as u64 {
                    return Ok(Candidate::from_raw(u16::try_from(number - 1).unwrap_or(0)));
                }
                cursor.at = begin;
                return self.candidate(cursor, number);
            }
            cursor.at = begin;
            return Err(cursor.expected("a candidate's number, or 0 at the end of the ballot"));
        }
        let word = cursor.word();
        if let Some(candidate) = self.nicknames.get(word) {
            return Ok(*candidate);
        }
        cursor.at = begin;
        match cursor.digits() {
            Some(number) if cursor.at - begin == word.len() => self.candidate(cursor, number),
            _ => {
                cursor.at = begin;
                Err(cursor.expected("a candidate's nickname or number, or 0 at the end of the ballot"))
            }
        }
    }

    /// Passes over the ballots without anything special that follow, the bulk of every large file. Whatever else there
    /// is, mistakes above all, is left to [`Blt::line`].
    fn plain_ballots(&mut self, lines: &mut Lines<impl BufRead>, batch: &mut Batch) -> Result<(), FileError> {
        if !self.plain || matches!(self.section, Section::Names) {
            return Ok(());
        }
        loop {
            let taken = plain::lines(lines.ahead()?, self.candidates, batch);
            if taken == 0 {
                return Ok(());
            }
            self.section = Section::Ballots;
            let ballots = batch.len();
            if let Err((place, error)) = self.builder.push_batch(batch) {
                let line = lines.number() + place as u64 + 1;
                return Err(FileError::Ballot { line, column: 1, error });
            }
            lines.skip(taken, ballots);
        }
    }

    /// One ballot; `true` when it was the 0 that ends the ballots.
    fn ballot(&mut self, cursor: &mut Cursor<'_>) -> Result<bool, FileError> {
        let begin = cursor.at;
        let has_id = cursor.peek() == Some(b'(');
        if has_id {
            while cursor.peek().is_some_and(|byte| byte != b')') {
                cursor.at += 1;
            }
            if cursor.peek().is_none() {
                cursor.at = begin;
                return Err(cursor.expected("`)` after the ballot's id"));
            }
            cursor.at += 1;
            cursor.skip_blanks();
        }
        let at_weight = cursor.at;
        let weight = weight(cursor, b' ')?;
        if weight.is_zero() && !has_id {
            cursor.skip_blanks();
            if !matches!(cursor.peek(), Some(b'0'..=b'9' | b'-')) {
                return Ok(true);
            }
            cursor.at = at_weight;
            return Err(cursor.expected("a weight above 0"));
        }
        self.row.clear();
        let mut shared = false;
        loop {
            cursor.skip_blanks();
            match cursor.peek() {
                Some(b'0')
                    if !shared
                        && matches!(cursor.line.get(cursor.at + 1), None | Some(b' ' | b'\t' | b'#')) =>
                {
                    cursor.at += 1;
                    break;
                }
                Some(b'-') if !shared => {
                    cursor.at += 1;
                    if !cursor.at_word_end() {
                        cursor.at -= 1;
                        return Err(cursor.expected("a candidate, or `-` alone for an empty rank"));
                    }
                    self.row.push(Mark::SKIPPED);
                }
                None | Some(b'#') if !shared => {
                    return Err(cursor.expected("0 at the end of the ballot"));
                }
                _ => {
                    let candidate = self.preference(cursor)?;
                    self.row.push(if shared { Mark::shared(candidate) } else { Mark::next(candidate) });
                    shared = false;
                    cursor.skip_blanks();
                    if cursor.peek() == Some(b'=') {
                        cursor.at += 1;
                        shared = true;
                    }
                }
            }
        }
        if let Err(error) = self.builder.push(weight, &self.row) {
            cursor.at = at_weight;
            return Err(cursor.ballot_error(error));
        }
        Ok(false)
    }

    fn names(&mut self, cursor: &mut Cursor<'_>) -> Result<(), FileError> {
        if cursor.peek() != Some(b'"') {
            let text = String::from_utf8_lossy(cursor.rest()).trim().to_owned();
            self.strings.push(text);
            return Ok(());
        }
        while !cursor.is_done() {
            if cursor.peek() != Some(b'"') {
                return Err(cursor.expected("a name in quotes"));
            }
            let begin = cursor.at;
            let mut text = Vec::new();
            cursor.at += 1;
            loop {
                match cursor.peek() {
                    None => {
                        cursor.at = begin;
                        return Err(cursor.expected("a closing quote"));
                    }
                    // A doubled quote is a quote within the name.
                    Some(b'"') if cursor.line.get(cursor.at + 1) == Some(&b'"') => {
                        text.push(b'"');
                        cursor.at += 2;
                    }
                    Some(b'"') => {
                        cursor.at += 1;
                        break;
                    }
                    Some(byte) => {
                        text.push(byte);
                        cursor.at += 1;
                    }
                }
            }
            self.strings.push(String::from_utf8_lossy(&text).into_owned());
            cursor.skip_blanks();
        }
        Ok(())
    }

    fn finish(mut self, end: &Cursor<'_>) -> Result<Election, FileError> {
        if self.strings.len() < self.candidates {
            return Err(end.expected(&format!("the name of candidate {}", self.strings.len() + 1)));
        }
        let rest = self.strings.split_off(self.candidates);
        let title = rest.into_iter().next().unwrap_or_default();
        let election = Election::new(title, self.strings, self.seats, self.builder.finish())?;
        let election = election.with_withdrawn(&self.withdrawn);
        Ok(match self.tie_order {
            Some(order) => election.with_tie_order(order),
            None => election,
        })
    }
}

#[cfg(test)]
mod tests;
