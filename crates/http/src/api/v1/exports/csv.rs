//! CSV for spreadsheets and programs: UTF-8, CRLF, every cell harmless.

/// Characters that make a spreadsheet read a cell as a formula, with their full-width and small forms.
const FORMULA: [char; 12] = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫'];

/// Puts an apostrophe before a cell that a spreadsheet would take for a formula.
///
/// What counts is the first character that is seen: spaces, control characters and marks without a
/// width before it are skipped by one program or another. A tab or line break in front is dangerous
/// by itself, because it can end the cell in which it stands.
pub(super) fn defused(cell: &str) -> String {
    let control = cell.chars().next().is_some_and(char::is_control);
    let formula =
        cell.chars().find(|character| !is_skipped(*character)).is_some_and(|c| FORMULA.contains(&c));
    if control || formula { format!("'{cell}") } else { cell.to_owned() }
}

fn is_skipped(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(character, '\u{00AD}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}')
        || matches!(character, '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
}

/// Several names in one cell, each of them harmless where a program splits at the semicolon.
pub(super) fn joined<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(defused).collect::<Vec<_>>().join("; ")
}

/// Writes a table. There is no byte order mark: programs would read it as part of the first heading.
pub(super) fn table<const N: usize>(
    headings: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> Vec<u8> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::<u8>::new());
    let rows = rows.into_iter().map(|row| row.map(|cell| defused(&cell)));
    for row in std::iter::once(headings.map(str::to_owned)).chain(rows) {
        // Unwrap safety: all rows have the same length, and memory takes everything.
        writer.write_record(&row).expect("a row of a table is written");
    }
    // Unwrap safety: as above, flushing to memory cannot fail.
    writer.into_inner().expect("a table is written")
}

/// `true` or `false`.
pub(super) fn word(value: bool) -> String {
    value.to_string()
}

/// A value, or an empty cell.
pub(super) fn or_empty(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// A time as it stands in JSON, or an empty cell.
pub(super) fn time(time: Option<chrono::DateTime<chrono::Utc>>) -> String {
    or_empty(time.map(|time| time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_defused_wherever_they_hide() {
        for cell in [
            "=1+1",
            "+49 30 1",
            "-2",
            "@SUM(A1)",
            "  =1",
            "\u{A0}=1",
            "\u{3000}=1",
            "\t=1",
            "\r=1",
            "\n=1",
            "\tname",
            "\rname",
            "\nname",
            "\0=1",
            "\u{1B}@x",
            " \u{7F} =1",
            "\u{85}x",
            "\u{FEFF}=1",
            "\u{200B}=1",
            "\u{200F} =1",
            "\u{202E}=1",
            "\u{2066}=1",
            "\u{AD}=1",
            "＝1",
            "＋1",
            "－1",
            "＠x",
            "﹦1",
            " ＝1",
            "=HYPERLINK(\"http://x\",\"y\")",
        ] {
            assert_eq!(defused(cell), format!("'{cell}"), "{cell:?}");
        }
    }

    #[test]
    fn everything_else_stays_as_it_is() {
        for cell in [
            "",
            " ",
            "Zoë",
            "O'Brien",
            "'=1",
            "a=1",
            "1-2",
            "a@b",
            "王小明",
            "محمد",
            "\u{200F}محمد",
            "12.5",
            "a\nb",
        ] {
            assert_eq!(defused(cell), cell, "{cell:?}");
        }
    }

    #[test]
    fn a_table_survives_quotes_commas_and_line_breaks() {
        let rows = [
            ["1".to_owned(), "Ng, \"Zoë\"".to_owned()],
            ["2".to_owned(), "=cmd\r\nx".to_owned()],
            ["3".to_owned(), String::new()],
        ];
        let written = table(["Id", "Name"], rows);
        let text = "Id,Name\r\n1,\"Ng, \"\"Zoë\"\"\"\r\n2,\"'=cmd\r\nx\"\r\n3,\r\n";
        assert_eq!(String::from_utf8(written).as_deref(), Ok(text));
        assert_eq!(table(["Id"], []), b"Id\r\n", "headings stand there without rows, too");
    }

    #[test]
    fn each_of_several_names_is_defused() {
        assert_eq!(joined(["Ann", "=x", " @y"]), "Ann; '=x; ' @y");
        assert_eq!(joined([]), "");
    }
}
