//! From text to rows: columns by their names, and what is wrong with each row on its own.

use std::collections::HashMap;
use std::fmt;

use plenum_domain::field::FieldErrors;
use plenum_domain::organization::{Role, Weight, WeightError};
use plenum_domain::text::{AndrewId, EmailAddress, MemberNumber, PersonName};

/// The most rows of one roster.
pub const MOST_ROWS: usize = 20_000;

/// What a row says. What is empty says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// The login name.
    pub andrew_id: Option<AndrewId>,
    /// The full name.
    pub name: Option<PersonName>,
    /// The address.
    pub email: Option<EmailAddress>,
    /// The role in the organization.
    pub role: Option<Role>,
    /// The weight of the vote.
    pub weight: Option<Weight>,
    /// The number in the organization.
    pub number: Option<MemberNumber>,
}

/// A row with its line in the file; the header is line 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The line.
    pub line: u64,
    /// What names the person, as it stands there: login name, or number in the organization.
    pub label: String,
    /// What it says, or what is wrong with it.
    pub said: Result<Said, RowFault>,
}

/// Why a row cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowFault {
    /// What it says in a column, an earlier row says.
    #[error("{column}: stands in line {line} already")]
    Twice {
        /// Where.
        column: Column,
        /// The line of the earlier row.
        line: u64,
    },
    /// An earlier row is about the same person, in other words.
    #[error("andrew_id: this person stands in line {0} already")]
    SamePerson(u64),
    /// Something else, with the column it is in.
    #[error("{0}")]
    Other(String),
}

impl From<String> for RowFault {
    fn from(why: String) -> Self {
        Self::Other(why)
    }
}

/// A column of a roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Column {
    /// The login name.
    AndrewId,
    /// The full name.
    Name,
    /// The address.
    Email,
    /// The role in the organization.
    Role,
    /// The weight of the vote.
    Weight,
    /// The number in the organization.
    Number,
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Column {
    /// Its name in the first line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AndrewId => "andrew_id",
            Self::Name => "name",
            Self::Email => "email",
            Self::Role => "user_role",
            Self::Weight => "vote_weight",
            Self::Number => "member_number",
        }
    }

    fn of(header: &str) -> Option<Self> {
        Some(match header.to_lowercase().replace([' ', '-', '.'], "_").as_str() {
            "andrew_id" | "login" | "login_name" => Self::AndrewId,
            "name" | "full_name" => Self::Name,
            "email" | "e_mail" | "mail" => Self::Email,
            "user_role" | "role" => Self::Role,
            "vote_weight" | "weight" => Self::Weight,
            "member_number" | "number" => Self::Number,
            _ => return None,
        })
    }
}

type Columns = HashMap<Column, usize>;

/// The separator that the first line uses most, outside of quotation marks.
fn separator(line: &str) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    for byte in line.bytes() {
        quoted ^= byte == b'"';
        if let Some((_, count)) = counts.iter_mut().find(|(known, _)| !quoted && *known == byte) {
            *count += 1;
        }
    }
    // The first of those that are equal.
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(byte, _)| byte)
}

/// Reads a roster.
///
/// # Errors
/// [`FieldErrors`] when it has no rows to speak of: no header, columns nobody knows, too many rows.
pub fn read(text: &str) -> Result<Vec<Row>, FieldErrors> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    // The reader counts a line that ends in both from its second half on.
    let text = &*text.replace("\r\n", "\n");
    let first = text.lines().next().unwrap_or_default();
    // Some spreadsheet programs write their separator in a line of its own.
    let told = first.strip_prefix("sep=").and_then(|rest| rest.trim_end().bytes().next());
    let (text, skipped) = match told {
        Some(_) => (text.get(first.len()..).unwrap_or_default().trim_start_matches('\n'), 1),
        None => (text, 0),
    };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(told.unwrap_or_else(|| separator(first)))
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|error| FieldErrors::one("csv", error))?.clone();
    let columns = columns(&headers)?;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| FieldErrors::one("csv", error))?;
        if record.iter().all(str::is_empty) {
            continue;
        }
        if rows.len() >= MOST_ROWS {
            return Err(FieldErrors::one("csv", format!("may have at most {MOST_ROWS} rows; split it")));
        }
        let line = record.position().map_or(0, csv::Position::line) + skipped;
        let cell = |column: Column| columns.get(&column).and_then(|at| record.get(*at)).unwrap_or_default();
        let label = [Column::AndrewId, Column::Number].map(cell).into_iter().find(|text| !text.is_empty());
        let label = label.unwrap_or_default().chars().take(AndrewId::MAX).collect();
        let said = if record.len() > headers.len() {
            Err(format!("has {} cells under {} columns", record.len(), headers.len()).into())
        } else {
            said(&cell).map_err(RowFault::Other)
        };
        rows.push(Row { line, label, said });
    }
    find_twice(&mut rows);
    Ok(rows)
}

fn columns(headers: &csv::StringRecord) -> Result<Columns, FieldErrors> {
    const KNOWN: &str = "andrew_id, name, email, user_role, vote_weight and member_number";
    let mut columns = Columns::new();
    for (at, header) in headers.iter().enumerate() {
        let Some(column) = Column::of(header) else {
            let message = format!("has the unknown column {header:?}; use {KNOWN}");
            return Err(FieldErrors::one("csv", message));
        };
        if columns.insert(column, at).is_some() {
            return Err(FieldErrors::one("csv", format!("has the column {header:?} twice")));
        }
    }
    if columns.contains_key(&Column::AndrewId) || columns.contains_key(&Column::Number) {
        return Ok(columns);
    }
    let message = format!(
        "needs a first line that names its columns, andrew_id or member_number among them; it knows {KNOWN}"
    );
    Err(FieldErrors::one("csv", message))
}

fn said<'a>(cell: &impl Fn(Column) -> &'a str) -> Result<Said, String> {
    fn read<T, E: fmt::Display>(
        text: &str,
        column: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, String> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        parse(text).map(Some).map_err(|error| format!("{column}: {error}"))
    }
    let weight =
        |text: &str| text.parse().ok().and_then(|number| Weight::new(number).ok()).ok_or(WeightError);
    let said = Said {
        andrew_id: read(cell(Column::AndrewId), "andrew_id", AndrewId::parse)?,
        name: read(cell(Column::Name), "name", PersonName::parse)?,
        email: read(cell(Column::Email), "email", EmailAddress::parse)?,
        role: read(cell(Column::Role), "user_role", |text| text.to_lowercase().parse::<Role>())?,
        weight: read(cell(Column::Weight), "vote_weight", weight)?,
        number: read(cell(Column::Number), "member_number", MemberNumber::parse)?,
    };
    if said.andrew_id.is_none() && said.number.is_none() {
        return Err("andrew_id: is needed, or the member_number of a member".to_owned());
    }
    Ok(said)
}

/// Marks who is named by an earlier row already.
fn find_twice(rows: &mut [Row]) {
    let mut names: HashMap<AndrewId, u64> = HashMap::new();
    let mut numbers: HashMap<String, u64> = HashMap::new();
    for row in rows {
        let Ok(said) = &row.said else { continue };
        let name = said.andrew_id.clone().and_then(|name| earlier(&mut names, name, row.line));
        let number = said.number.as_ref().map(MemberNumber::folded);
        let number = number.and_then(|number| earlier(&mut numbers, number, row.line));
        if let Some(line) = name {
            row.said = Err(RowFault::Twice { column: Column::AndrewId, line });
        } else if let Some(line) = number {
            row.said = Err(RowFault::Twice { column: Column::Number, line });
        }
    }
}

/// The line where it was seen before.
fn earlier<K: std::hash::Hash + Eq>(seen: &mut HashMap<K, u64>, key: K, line: u64) -> Option<u64> {
    match seen.entry(key) {
        std::collections::hash_map::Entry::Occupied(known) => Some(*known.get()),
        std::collections::hash_map::Entry::Vacant(free) => {
            free.insert(line);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Row> {
        read(text).expect(text)
    }

    fn wrong(text: &str) -> Vec<(u64, String)> {
        rows(text).into_iter().filter_map(|row| Some((row.line, row.said.err()?.to_string()))).collect()
    }

    #[test]
    fn columns_come_in_any_order_with_any_usual_separator() {
        let full = "zoe,\"Ng, Zoë\",Zoe@Example.org,chair,3,M-7\n";
        let expected = &rows(&format!("andrew_id,name,email,user_role,vote_weight,member_number\n{full}"))[0];
        let said = expected.said.as_ref().expect("it reads");
        assert_eq!(said.name.as_ref().map(PersonName::as_str), Some("Ng, Zoë"));
        assert_eq!(said.email.as_ref().map(EmailAddress::as_str), Some("zoe@example.org"));
        for text in [
            "Member Number;E-Mail;role;Weight;Login;name\r\nM-7;zoe@example.org;CHAIR;3;ZOE;Ng, Zoë\r\n",
            "member_number\temail\trole\tweight\tandrew_id\tname\nM-7\tzoe@example.org\tchair\t3\tzoe\tNg, Zoë\n",
            "\u{FEFF}\"andrew_id\";\"name\";mail;role;weight;number\nzoe;\"Ng, Zoë\";zoe@example.org;chair;3;M-7",
        ] {
            assert_eq!(rows(text)[0].said, expected.said, "{text}");
        }
        let told = rows("sep=;\r\nandrew_id;name\r\nzoe;Zoë\r\n");
        assert_eq!((told[0].line, told[0].label.as_str()), (3, "zoe"));
        assert!(rows("andrew_id,name\n,\n\n").is_empty(), "empty rows are none");
        assert_eq!(rows("andrew_id\nzoe\n")[0].said.as_ref().map(|said| said.role), Ok(None));
    }

    #[test]
    fn rows_that_are_wrong_say_why() {
        let text = "andrew_id,name,email,user_role,vote_weight,member_number\n\
                    a b,,,,,\nzoe,,nobody,,,\nzoe,,,king,,\nzoe,,,,-1,\n,Zoë,,,,\nzoe,,,,,1,2\n";
        let found: Vec<String> = wrong(text).into_iter().map(|(line, why)| format!("{line} {why}")).collect();
        let starts =
            ["2 andrew_id: ", "3 email: ", "4 user_role: ", "5 vote_weight: ", "6 andrew_id: is needed"];
        for (found, start) in found.iter().zip(starts) {
            assert!(found.starts_with(start), "{found}");
        }
        assert_eq!(found.get(5).map(String::as_str), Some("7 has 7 cells under 6 columns"));
    }

    #[test]
    fn nobody_stands_there_twice() {
        let text = "andrew_id,member_number\nzoe,M1\nZOE,M2\nann,m1\nbob,\n,M3\ncid,M3\n";
        let expected = [
            (3, "andrew_id: stands in line 2 already".to_owned()),
            (4, "member_number: stands in line 2 already".to_owned()),
            (7, "member_number: stands in line 6 already".to_owned()),
        ];
        assert_eq!(wrong(text), expected);
    }

    #[test]
    fn files_that_are_no_rosters_are_refused() {
        for (text, said) in [
            ("", "needs a first line"),
            ("zoe,Zoë\n", "unknown column \"zoe\""),
            ("name,email\nZoë,z@example.org\n", "needs a first line that names its columns"),
            ("andrew_id,login\nzoe,zoe\n", "has the column \"login\" twice"),
        ] {
            let errors = read(text).expect_err(text).to_string();
            assert!(errors.contains(said), "{errors}");
        }
        let rows: Vec<String> = (0..=MOST_ROWS).map(|at| format!("p{at}")).collect();
        let many = format!("andrew_id\n{}\n", rows.join("\n"));
        assert!(read(&many).expect_err("too many").to_string().contains("at most 20000 rows"));
    }
}
