//! Rankings as comma-separated values, as spreadsheets and survey programs write them.
//!
//! Quoting is that of RFC 4180: a field in quotes may hold commas, line ends, and quotes written twice. Where the first line
//! has no comma, semicolons or tabs separate instead. The first line says how ballots are written:
//!
//! * **A rank in each column**: titles `1`, `2`, ... or with a word for rank (`rank 1`, `choice2`, `1st preference`), in
//!   order. A cell holds the name of a candidate; an empty cell, `skipped` or `undervote` is an empty rank; `overvote` is an
//!   overvote with unknown marks. Candidates are listed in the order in which their names first come up.
//! * **A candidate in each column**: the titles are the names of candidates. A cell holds the rank given, 1 for the best; the
//!   same rank twice is an equal rank, one left out is an empty rank, an empty cell or `-` ranks nobody.
//!
//! In both, a column titled `weight`, `count`, `votes` or `ballots` says how many ballots the line stands for, as a whole
//! number, a decimal or a fraction; one titled `id`, `ballot id` or `voter id` is passed over. Missing cells at the end of a
//! line are empty. There is one seat, unless the method is told otherwise, and no title.

use std::{collections::HashMap, io::BufRead};

use super::{Cursor, FileError, Lines, weight};
use crate::{
    ballots::{Mark, RankedBallots, RankedBuilder, Weight},
    election::{Candidate, Election, MAX_CANDIDATES},
    error::BallotError,
    method::fold,
};

/// Ranks up to this may be written whatever the number of candidates.
const RANKS: usize = 100;

/// Reads rankings as comma-separated values.
///
/// # Errors
/// With line, column and what was expected there.
pub fn read_csv(input: impl BufRead) -> Result<Election, FileError> {
    let mut records = Records { lines: Lines::new(input), separator: b',', begun: false };
    let mut fields = Vec::new();
    let mut table: Option<Table> = None;
    while records.next(&mut fields)? {
        match &mut table {
            None => table = Some(Table::head(&fields)?),
            Some(table) => table.ballot(&fields)?,
        }
    }
    let Some(table) = table else {
        let end = Cursor { line: b"", at: 0, number: 1 };
        return Err(end.expected("a line of titles"));
    };
    table.finish()
}

/// A field and where it begins.
#[derive(Debug)]
struct Field {
    text: Vec<u8>,
    line: u64,
    column: usize,
}

impl Field {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.text).trim().to_owned()
    }

    /// The field as a place for errors.
    fn cursor(&self) -> Cursor<'_> {
        Cursor { line: &self.text, at: 0, number: self.line }
    }

    fn expected(&self, expected: &str) -> FileError {
        let found = super::found(&self.text);
        FileError::Expected {
            line: self.line,
            column: self.column as u64 + 1,
            expected: expected.to_owned(),
            found: if found == "the end of the line" { "an empty cell".to_owned() } else { found },
        }
    }

    fn error(&self, error: BallotError) -> FileError {
        FileError::Ballot { line: self.line, column: self.column as u64 + 1, error }
    }
}

struct Records<R> {
    lines: Lines<R>,
    separator: u8,
    begun: bool,
}

impl<R: BufRead> Records<R> {
    /// The next line that is not empty, in fields; `false` at the end.
    fn next(&mut self, fields: &mut Vec<Field>) -> Result<bool, FileError> {
        fields.clear();
        loop {
            if !self.lines.advance()? {
                return Ok(false);
            }
            if self.lines.line().iter().any(|byte| !byte.is_ascii_whitespace()) {
                break;
            }
        }
        if !self.begun {
            self.begun = true;
            let has = |byte: u8| self.lines.line().contains(&byte);
            self.separator = [b',', b';', b'\t'].into_iter().find(|byte| has(*byte)).unwrap_or(b',');
        }
        let mut at = 0;
        loop {
            at = self.field(at, fields)?;
            match self.lines.line().get(at) {
                Some(byte) if *byte == self.separator => at += 1,
                _ => return Ok(true),
            }
        }
    }

    /// One field from a place on; answers where it ends.
    fn field(&mut self, begin: usize, fields: &mut Vec<Field>) -> Result<usize, FileError> {
        let mut at = begin;
        while self.lines.line().get(at) == Some(&b' ') {
            at += 1;
        }
        let mut field = Field { text: Vec::new(), line: self.lines.number(), column: at };
        if self.lines.line().get(at) != Some(&b'"') {
            let rest = self.lines.line().get(begin..).unwrap_or_default();
            let size = rest.iter().position(|byte| *byte == self.separator).unwrap_or(rest.len());
            field.text.extend_from_slice(&rest[..size]);
            fields.push(field);
            return Ok(begin + size);
        }
        at += 1;
        loop {
            match (self.lines.line().get(at), self.lines.line().get(at + 1)) {
                (None, _) => {
                    if !self.lines.advance()? {
                        return Err(field.expected("a closing quote"));
                    }
                    field.text.push(b'\n');
                    at = 0;
                }
                (Some(b'"'), Some(b'"')) => {
                    field.text.push(b'"');
                    at += 2;
                }
                (Some(b'"'), _) => break,
                (Some(byte), _) => {
                    field.text.push(*byte);
                    at += 1;
                }
            }
        }
        at += 1;
        while self.lines.line().get(at) == Some(&b' ') {
            at += 1;
        }
        match self.lines.line().get(at) {
            Some(byte) if *byte != self.separator => {
                let cursor = Cursor { line: self.lines.line(), at, number: self.lines.number() };
                Err(cursor.expected("the end of the field after its closing quote"))
            }
            _ => {
                fields.push(field);
                Ok(at)
            }
        }
    }
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Weight,
    /// Nothing that counts.
    Other,
    /// A rank, or the candidate of this position.
    Ballot(usize),
}

struct Table {
    columns: Vec<Column>,
    /// Whether columns are ranks and cells names.
    by_rank: bool,
    names: Vec<String>,
    known: HashMap<String, Candidate>,
    builder: RankedBuilder,
    row: Vec<Mark>,
    ranks: Vec<(usize, Candidate)>,
}

/// The number a title means as a rank: `3`, `rank 3`, `choice3`, `3rd preference`.
fn rank_of(title: &str) -> Option<usize> {
    let title = fold(title);
    let mut rest = title.as_str();
    for word in ["preference", "choice", "rank"] {
        rest = rest.trim_start_matches(word).trim_end_matches(word);
    }
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (number, ending) = rest.split_at(digits);
    matches!(ending, "" | "." | "st" | "nd" | "rd" | "th").then(|| number.parse().ok())?
}

impl Table {
    fn head(fields: &[Field]) -> Result<Self, FileError> {
        let mut columns = Vec::new();
        let mut titles = Vec::new();
        for field in fields {
            let title = field.text();
            columns.push(match fold(&title).as_str() {
                "weight" | "count" | "votes" | "ballots" if !columns.contains(&Column::Weight) => {
                    Column::Weight
                }
                "id" | "ballotid" | "voterid" => Column::Other,
                _ => {
                    titles.push((field, title));
                    Column::Ballot(titles.len() - 1)
                }
            });
        }
        let Some((first, _)) = titles.first() else {
            return Err(fields.first().map_or_else(
                || Cursor { line: b"", at: 0, number: 1 }.expected("a line of titles"),
                |field| field.expected("a column for each rank or each candidate"),
            ));
        };
        let by_rank = titles.iter().enumerate().all(|(place, (_, title))| rank_of(title) == Some(place + 1));
        let mut names = Vec::new();
        if !by_rank {
            if titles.len() > MAX_CANDIDATES {
                let candidates = titles.len();
                return Err(first.error(BallotError::TooManyCandidates { candidates, max: MAX_CANDIDATES }));
            }
            for (field, title) in titles {
                if title.is_empty() {
                    return Err(field.expected("the name of a candidate"));
                }
                if names.contains(&title) {
                    return Err(field.error(BallotError::DuplicateName { name: title }));
                }
                names.push(title);
            }
        }
        Ok(Self {
            builder: RankedBallots::builder(if by_rank { MAX_CANDIDATES } else { names.len() }),
            columns,
            by_rank,
            names,
            known: HashMap::new(),
            row: Vec::new(),
            ranks: Vec::new(),
        })
    }

    fn ballot(&mut self, fields: &[Field]) -> Result<(), FileError> {
        let mut weight = Weight::ONE;
        self.row.clear();
        self.ranks.clear();
        for (place, field) in fields.iter().enumerate() {
            match self.columns.get(place) {
                Some(Column::Weight) => weight = weight_of(field)?,
                Some(Column::Other) => {}
                Some(Column::Ballot(_)) if self.by_rank => {
                    let mark = self.name(field)?;
                    self.row.push(mark);
                }
                Some(Column::Ballot(candidate)) => self.rank(field, *candidate)?,
                None if field.text().is_empty() => {}
                None => return Err(field.expected("no more cells than there are titles")),
            }
        }
        if !self.by_rank {
            self.order();
        }
        match fields.first() {
            Some(first) => self.builder.push(weight, &self.row).map_err(|error| first.error(error)),
            None => Ok(()),
        }
    }

    /// The mark a cell with a name means.
    fn name(&mut self, field: &Field) -> Result<Mark, FileError> {
        let name = field.text();
        if let Some(candidate) = self.known.get(&name) {
            return Ok(Mark::next(*candidate));
        }
        match fold(&name).as_str() {
            "" | "skipped" | "undervote" => return Ok(Mark::SKIPPED),
            "overvote" => return Ok(Mark::OVERVOTE),
            _ => {}
        }
        let candidate = Candidate::at(self.names.len()).map_err(|_| {
            let candidates = self.names.len() + 1;
            field.error(BallotError::TooManyCandidates { candidates, max: MAX_CANDIDATES })
        })?;
        self.names.push(name.clone());
        self.known.insert(name, candidate);
        Ok(Mark::next(candidate))
    }

    /// The rank a cell gives a candidate.
    fn rank(&mut self, field: &Field, candidate: usize) -> Result<(), FileError> {
        let text = field.text();
        if matches!(text.as_str(), "" | "-") {
            return Ok(());
        }
        let most = RANKS.max(self.names.len() * 2);
        let rank = text.parse::<usize>().ok().filter(|rank| (1..=most).contains(rank));
        let Some(rank) = rank else {
            return Err(field.expected(&format!("a rank from 1 to {most}, or an empty cell")));
        };
        let candidate = Candidate::at(candidate).map_err(|error| field.error(error))?;
        self.ranks.push((rank, candidate));
        Ok(())
    }

    /// Puts ranked candidates in order.
    fn order(&mut self) {
        self.ranks.sort_unstable();
        let mut last = 0;
        for (rank, candidate) in &self.ranks {
            if *rank == last {
                self.row.push(Mark::shared(*candidate));
                continue;
            }
            for _ in last + 1..*rank {
                self.row.push(Mark::SKIPPED);
            }
            self.row.push(Mark::next(*candidate));
            last = *rank;
        }
    }

    fn finish(mut self) -> Result<Election, FileError> {
        self.builder.set_candidates(self.names.len());
        Ok(Election::new("", self.names, 1, self.builder.finish())?)
    }
}

fn weight_of(field: &Field) -> Result<Weight, FileError> {
    let mut cursor = field.cursor();
    cursor.skip_blanks();
    let found = weight(&mut cursor, b' ').ok();
    cursor.skip_blanks();
    found.filter(|_| cursor.peek().is_none()).ok_or_else(|| field.expected("a ballot's weight"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ballots::Ballots;

    fn shown(text: &str) -> Result<(Vec<String>, Vec<String>), FileError> {
        let election = read_csv(text.as_bytes())?;
        let Ballots::Ranked(ballots) = election.ballots() else { return Ok((Vec::new(), Vec::new())) };
        let rows = ballots.iter().map(|(weight, marks)| format!("{weight}{:?}", marks.collect::<Vec<_>>()));
        Ok((election.entries().iter().map(|entry| entry.name.clone()).collect(), rows.collect()))
    }

    #[test]
    fn a_rank_in_each_column() -> Result<(), FileError> {
        let text = "\u{feff}ballot id,1st choice,Choice 2,rank3,Weight\r\nb1,\"Ann, \"\"A\"\"\",Bob,,3\r\n\
                    b2,Bob,,Cy,1/2\r\n\r\nb3,overvote,undervote,,0.5\r\nb4,,,,1\r\n";
        let (names, rows) = shown(text)?;
        assert_eq!(names, ["Ann, \"A\"", "Bob", "Cy"]);
        assert_eq!(rows, ["6[0, 1]", "1[1, -, 2]", "1[?]", "2[]"]);
        assert_eq!(shown("1;2\nAnn;Bob\nAnn;Bob\nCy\n")?.1, ["2[0, 1]", "1[2]"]);
        Ok(())
    }

    #[test]
    fn a_candidate_in_each_column() -> Result<(), FileError> {
        let text = "count,Ann,\"Bob\nthe Second\",Cy\n2,1,2,3\n1,1,1,-\n1,4,,1\n5,,,\n";
        let (names, rows) = shown(text)?;
        assert_eq!(names, ["Ann", "Bob\nthe Second", "Cy"]);
        assert_eq!(rows, ["2[0, 1, 2]", "1[0, =1]", "1[2, -, -, 0]", "5[]"]);
        Ok(())
    }

    #[test]
    fn errors_say_where_and_what_was_expected() {
        for (text, error) in [
            ("", "line 1, column 1: expected a line of titles, found the end of the file"),
            (
                "weight\n",
                "line 1, column 1: expected a column for each rank or each candidate, found `weight`",
            ),
            ("Ann,\n", "line 1, column 5: expected the name of a candidate, found an empty cell"),
            ("Ann,Ann\n", "line 1, column 5: two candidates are both called `Ann`"),
            (
                "Ann,Bob\n1,0\n",
                "line 2, column 3: expected a rank from 1 to 100, or an empty cell, found `0`",
            ),
            ("Ann,Bob\n1,2,3\n", "line 2, column 5: expected no more cells than there are titles, found `3`"),
            ("weight,1\nmany,Ann\n", "line 2, column 1: expected a ballot's weight, found `many`"),
            ("1,2\nAnn,\"Bob\n", "line 2, column 5: expected a closing quote, found `Bob`"),
            (
                "1,2\n\"Ann\"x,Bob\n",
                "line 2, column 6: expected the end of the field after its closing quote, found `x,Bob`",
            ),
            ("weight,1\n99999999999999999,Ann\n", "line 2, column 1: the ballots' weights together exceed"),
            ("1,2\n", "an election needs at least one candidate"),
        ] {
            let found = read_csv(text.as_bytes()).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(found.starts_with(error), "{text}: {found}");
        }
    }
}
