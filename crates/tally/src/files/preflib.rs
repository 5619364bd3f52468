//! The forms of the `PrefLib` library: `.soi`, `.soc`, `.toi` and `.toc` (strict or tied, incomplete or complete orders).
//!
//! The current form opens with lines `# KEY: value`, of which `TITLE`, `NUMBER ALTERNATIVES`, `NUMBER VOTERS` and
//! `ALTERNATIVE NAME n` are read; then each line is `weight: 1,2,{3,4}`, braces around the equally ranked. The older form
//! begins with the number of candidates, a line `number,name` for each, and a line of three counts (voters, their sum,
//! different orders); then each line is `weight,1,2,{3,4}`. The number of voters must come out. Neither form knows
//! seats: there is one, unless the method is told otherwise.

use std::io::BufRead;

use super::{Cursor, FileError, Lines, weight};
use crate::{
    ballots::{Mark, RankedBallots, RankedBuilder},
    election::{Candidate, Election, MAX_CANDIDATES},
    error::BallotError,
    numbers::Figure,
};

/// Reads a `PrefLib` file.
///
/// # Errors
/// With line, column and what was expected there.
pub fn read_preflib(input: impl BufRead) -> Result<Election, FileError> {
    let mut lines = Lines::new(input);
    let mut file = Preflib::default();
    while lines.advance()? {
        let mut cursor = Cursor { line: lines.line(), at: 0, number: lines.number() };
        cursor.skip_blanks();
        if cursor.peek().is_none() {
            continue;
        }
        file.line(&mut cursor)?;
    }
    let end = Cursor { line: b"", at: 0, number: lines.number() + 1 };
    file.finish(&end)
}

#[derive(Default)]
struct Preflib {
    /// Whether a line of the current form's head was met.
    current: bool,
    candidates: Option<usize>,
    names: Vec<Option<String>>,
    title: String,
    voters: Option<Figure>,
    builder: Option<RankedBuilder>,
    row: Vec<Mark>,
}

impl Preflib {
    fn line(&mut self, cursor: &mut Cursor<'_>) -> Result<(), FileError> {
        if cursor.peek() == Some(b'#') {
            return if self.builder.is_none() && (self.current || self.candidates.is_none()) {
                self.head(cursor)
            } else {
                // A remark further down.
                Ok(())
            };
        }
        if self.current {
            return self.ballot(cursor, b':');
        }
        if self.candidates.is_none() {
            let count = cursor.number("the number of candidates")?;
            return self.set_candidates(cursor, count);
        }
        if self.names.iter().any(Option::is_none) {
            return self.old_name(cursor);
        }
        if self.voters.is_none() {
            return self.old_counts(cursor);
        }
        self.ballot(cursor, b',')
    }

    fn set_candidates(&mut self, cursor: &Cursor<'_>, count: u64) -> Result<(), FileError> {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        if count == 0 {
            return Err(cursor.ballot_error(BallotError::NoCandidates));
        }
        if count > MAX_CANDIDATES {
            let max = MAX_CANDIDATES;
            return Err(cursor.ballot_error(BallotError::TooManyCandidates { candidates: count, max }));
        }
        self.candidates = Some(count);
        self.names = vec![None; count];
        Ok(())
    }

    /// `# KEY: value`
    fn head(&mut self, cursor: &mut Cursor<'_>) -> Result<(), FileError> {
        self.current = true;
        cursor.at += 1;
        cursor.skip_blanks();
        let rest = cursor.rest();
        let Some(colon) = rest.iter().position(|byte| *byte == b':') else { return Ok(()) };
        let key = String::from_utf8_lossy(&rest[..colon]).trim().to_uppercase();
        let value = String::from_utf8_lossy(&rest[colon + 1..]).trim().to_owned();
        let key_at = cursor.at;
        cursor.at += colon + 1;
        cursor.skip_blanks();
        match key.as_str() {
            "TITLE" => self.title = value,
            "NUMBER ALTERNATIVES" => {
                let count = cursor.number("the number of alternatives")?;
                self.set_candidates(cursor, count)?;
            }
            "NUMBER VOTERS" => {
                let voters = value.parse().map_err(|_| cursor.expected("the number of voters"))?;
                self.voters = Some(voters);
            }
            _ => {
                if let Some(number) = key.strip_prefix("ALTERNATIVE NAME ") {
                    cursor.at = key_at;
                    let number = number.trim().parse().unwrap_or(0);
                    self.name(cursor, number, value)?;
                }
            }
        }
        Ok(())
    }

    fn name(&mut self, cursor: &Cursor<'_>, number: u64, name: String) -> Result<(), FileError> {
        let candidates = self.candidates.unwrap_or(0);
        let slot = usize::try_from(number).ok().and_then(|number| self.names.get_mut(number.checked_sub(1)?));
        match slot {
            Some(slot) => *slot = Some(name),
            None => return Err(cursor.ballot_error(BallotError::UnknownCandidate { number, candidates })),
        }
        Ok(())
    }

    /// `number,name`
    fn old_name(&mut self, cursor: &mut Cursor<'_>) -> Result<(), FileError> {
        let begin = cursor.at;
        let number = cursor.digits().filter(|_| cursor.peek() == Some(b','));
        let Some(number) = number else {
            cursor.at = begin;
            return Err(cursor.expected("a candidate's number and name, `1,Ann`"));
        };
        let name = String::from_utf8_lossy(&cursor.rest()[1..]).trim().to_owned();
        cursor.at = begin;
        self.name(cursor, number, name)
    }

    /// `voters,sum,different`
    fn old_counts(&mut self, cursor: &mut Cursor<'_>) -> Result<(), FileError> {
        let begin = cursor.at;
        let text = String::from_utf8_lossy(cursor.rest());
        let parts: Vec<&str> = text.trim().split(',').collect();
        if let [voters, sum, _] = parts[..]
            && voters.trim().parse::<Figure>().is_ok()
            && let Ok(sum) = sum.trim().parse()
        {
            self.voters = Some(sum);
            return Ok(());
        }
        cursor.at = begin;
        Err(cursor.expected("the numbers of voters, of votes and of different orders, `100,100,12`"))
    }

    /// A weight, the mark after it, and an order.
    fn ballot(&mut self, cursor: &mut Cursor<'_>, after: u8) -> Result<(), FileError> {
        let Some(candidates) = self.candidates else {
            return Err(cursor.expected("`# NUMBER ALTERNATIVES: ...` before the ballots"));
        };
        let begin = cursor.at;
        let weight = weight(cursor, after)?;
        cursor.skip_blanks();
        if cursor.peek() == Some(after) {
            cursor.at += 1;
        } else if cursor.peek().is_some() {
            let what = format!("`{}` after the ballot's weight", char::from(after));
            return Err(cursor.expected(&what));
        }
        self.row.clear();
        let mut in_braces = None;
        cursor.skip_blanks();
        while let Some(byte) = cursor.peek() {
            match (byte, in_braces) {
                (b'{', None) => {
                    cursor.at += 1;
                    in_braces = Some(self.row.len());
                }
                (b'}', Some(_)) => {
                    cursor.at += 1;
                    in_braces = None;
                }
                _ => {
                    let candidate = candidate(cursor, candidates)?;
                    let shared = in_braces.is_some_and(|begin| self.row.len() > begin);
                    self.row.push(if shared { Mark::shared(candidate) } else { Mark::next(candidate) });
                }
            }
            cursor.skip_blanks();
            if byte != b'{' && cursor.peek() == Some(b',') {
                cursor.at += 1;
                cursor.skip_blanks();
                if cursor.peek().is_none() {
                    return Err(cursor.expected("a candidate's number after the comma"));
                }
            } else if byte != b'{' && cursor.peek().is_some_and(|next| next != b'}') {
                return Err(cursor.expected("`,` between candidates"));
            }
        }
        if in_braces.is_some() {
            return Err(cursor.expected("`}` after the equally ranked"));
        }
        let builder = self.builder.get_or_insert_with(|| RankedBallots::builder(candidates));
        builder.push(weight, &self.row).map_err(|error| {
            cursor.at = begin;
            cursor.ballot_error(error)
        })
    }

    fn finish(self, end: &Cursor<'_>) -> Result<Election, FileError> {
        let Some(candidates) = self.candidates else {
            return Err(end.expected("the number of candidates"));
        };
        let mut names = Vec::with_capacity(candidates);
        for (place, name) in self.names.into_iter().enumerate() {
            let name = name.filter(|name| !name.is_empty());
            names.push(name.ok_or_else(|| end.expected(&format!("the name of candidate {}", place + 1)))?);
        }
        let builder = self.builder.unwrap_or_else(|| RankedBallots::builder(candidates));
        let ballots = builder.finish();
        let total = Figure::scaled(ballots.total(), ballots.scale());
        if let Some(voters) = self.voters.filter(|voters| *voters != total) {
            return Err(end.expected(&format!("ballots of {voters} voters, not of {total}")));
        }
        Ok(Election::new(self.title, names, 1, ballots)?)
    }
}

fn candidate(cursor: &mut Cursor<'_>, candidates: usize) -> Result<Candidate, FileError> {
    let begin = cursor.at;
    let Some(number) = cursor.digits() else {
        cursor.at = begin;
        return Err(cursor.expected("a candidate's number"));
    };
    let index = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
    let found = index.filter(|index| *index < candidates).map(Candidate::at);
    let Some(Ok(candidate)) = found else {
        cursor.at = begin;
        return Err(cursor.ballot_error(BallotError::UnknownCandidate { number, candidates }));
    };
    Ok(candidate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ballots::Ballots;

    fn shown(election: &Election) -> Vec<String> {
        let Ballots::Ranked(ballots) = election.ballots() else { return Vec::new() };
        ballots.iter().map(|(weight, marks)| format!("{weight}{:?}", marks.collect::<Vec<_>>())).collect()
    }

    const HEAD: &str = "# FILE NAME: 1.toi\n# TITLE: A vote\n# NUMBER ALTERNATIVES: 3\n# NUMBER VOTERS: 9\n\
        # NUMBER UNIQUE ORDERS: 3\n# ALTERNATIVE NAME 1: Ann: the first\n# ALTERNATIVE NAME 2: Bob, Jr.\n\
        # ALTERNATIVE NAME 3: Cy\n";

    #[test]
    fn both_forms_are_read() -> Result<(), FileError> {
        let current = read_preflib(format!("\u{feff}{HEAD}5: 1,2,3\r\n3: {{1,2}},3\n1: 2\n").as_bytes())?;
        assert_eq!(shown(&current), ["5[0, 1, 2]", "3[0, =1, 2]", "1[1]"]);
        let names: Vec<&str> = current.entries().iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!((current.title(), current.seats()), ("A vote", 1));
        assert_eq!(names, ["Ann: the first", "Bob, Jr.", "Cy"]);

        let older = "3\n1,Ann\n2,Bob, Jr.\n3,Cy\n9,9,3\n5,1,2,3\n3,1,{2,3}\n1,2\n";
        let older = read_preflib(older.as_bytes())?;
        assert_eq!(shown(&older), ["5[0, 1, 2]", "3[0, 1, =2]", "1[1]"]);
        assert_eq!(older.entries()[1].name, "Bob, Jr.");
        Ok(())
    }

    #[test]
    fn errors_say_where_and_what_was_expected() {
        for (text, error) in [
            (String::new(), "line 1, column 1: expected the number of candidates, found the end of the file"),
            (format!("{HEAD}5: 1,4\n"), "line 9, column 6: candidate 4 does not exist, there are 3"),
            (format!("{HEAD}5: 1 2\n"), "line 9, column 6: expected `,` between candidates, found `2`"),
            (
                format!("{HEAD}5: 1,\n"),
                "line 9, column 6: expected a candidate's number after the comma, found the end of the line",
            ),
            (
                format!("{HEAD}5: {{1,2\n"),
                "line 9, column 8: expected `}` after the equally ranked, found the end of the line",
            ),
            (format!("{HEAD}five: 1\n"), "line 9, column 1: expected a ballot's weight, found `five:`"),
            (
                format!("{HEAD}5: 1\n"),
                "line 10, column 1: expected ballots of 9 voters, not of 5, found the end of the file",
            ),
            ("5: 1\n".to_owned(), "line 1, column 1: expected the number of candidates, found `5:`"),
            (
                "2\n1,Ann\nBob\n".to_owned(),
                "line 3, column 1: expected a candidate's number and name, `1,Ann`, found `Bob`",
            ),
            (
                "1\n1,Ann\n3,1\n".to_owned(),
                "line 3, column 1: expected the numbers of voters, of votes and of different orders, `100,100,12`, \
                 found `3,1`",
            ),
            (
                "# NUMBER ALTERNATIVES: 1\n# ALTERNATIVE NAME 2: Bob\n".to_owned(),
                "line 2, column 3: candidate 2 does not exist, there are 1",
            ),
            (
                "# NUMBER ALTERNATIVES: 1\n1: 1\n".to_owned(),
                "line 3, column 1: expected the name of candidate 1, found the end of the file",
            ),
        ] {
            let found = read_preflib(text.as_bytes()).err().map(|error| error.to_string());
            assert_eq!(found.as_deref(), Some(error), "{text}");
        }
    }
}
