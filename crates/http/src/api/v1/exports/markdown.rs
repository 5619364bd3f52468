//! Papers as Markdown (`CommonMark` with tables), in which everything people typed is text.

use std::fmt::Write;

use plenum_ports::typesetting::{Block, Fact, Paper, Row, Table};

use super::text::visible;

/// Writes a paper.
pub(super) fn write(paper: &Paper) -> String {
    let mut out = String::new();
    let _ = write!(out, "**{}**\n\n# {}\n\n", line(&paper.issuer), line(&paper.title));
    facts(&mut out, &paper.facts);
    for block in &paper.blocks {
        write_block(&mut out, block);
    }
    let _ = write!(out, "---\n\n{}\n", line(&paper.footer));
    out
}

fn write_block(out: &mut String, block: &Block) {
    match block {
        Block::Heading(text) => drop(write!(out, "## {}\n\n", line(text))),
        Block::Subheading(text) => drop(write!(out, "### {}\n\n", line(text))),
        Block::Text(text) => drop(write!(out, "{}\n\n", lines(text, ""))),
        Block::Notice(text) => drop(write!(out, "> {}\n\n", lines(text, "> "))),
        Block::Facts(list) => facts(out, list),
        Block::Names { label, names } => {
            let names: Vec<String> = names.iter().map(|name| line(name)).collect();
            let _ = write!(out, "**{}:** {}\n\n", line(label), names.join(" · "));
        }
        Block::Table(list) => table(out, list),
        Block::Signatures(names) => {
            for name in names {
                let _ = write!(out, "{}: ________________________\n\n", line(name));
            }
        }
    }
}

fn facts(out: &mut String, facts: &[Fact]) {
    for Fact { name, value } in facts {
        let _ = writeln!(out, "- {}: {}", line(name), line(value));
    }
    out.push('\n');
}

fn table(out: &mut String, table: &Table) {
    let headings: Vec<String> = table.columns.iter().map(|column| line(&column.heading)).collect();
    let rules: Vec<&str> =
        table.columns.iter().map(|column| if column.numbers { "--:" } else { "---" }).collect();
    let _ = write!(out, "| {} |\n| {} |\n", headings.join(" | "), rules.join(" | "));
    for Row { cells, strong } in &table.rows {
        let cell = |text: &String| match (line(text), strong) {
            (text, true) if !text.is_empty() => format!("**{text}**"),
            (text, _) => text,
        };
        let cells: Vec<String> = cells.iter().map(cell).collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    out.push('\n');
}

/// A text on one line, within one.
fn line(text: &str) -> String {
    let parts: Vec<&str> = text.split('\n').map(str::trim).filter(|part| !part.is_empty()).collect();
    escaped(&parts.join("; "))
}

/// A text whose line breaks stay.
fn lines(text: &str, indent: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| begun(escaped(line.trim()))).collect();
    let mut out = String::new();
    for (at, line) in lines.iter().enumerate() {
        if at > 0 {
            // Two blanks before a line break keep it; an empty line begins a new paragraph.
            let kept = !line.is_empty() && !lines[at - 1].is_empty();
            out.push_str(if kept { "  \n" } else { "\n" });
            out.push_str(if line.is_empty() { indent.trim_end() } else { indent });
        }
        out.push_str(line);
    }
    out
}

/// An escaped line that begins nothing: no item of a list, and no line under a heading.
fn begun(line: String) -> String {
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    let rest = &line[digits..];
    let marks: &[char] = if digits == 0 { &['-', '+', '='] } else { &['.', ')'] };
    if rest.starts_with(marks) { format!("{}\\{rest}", &line[..digits]) } else { line }
}

/// Text that is nothing but text, within a line.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in visible(text) {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '>' => {
                out.push('\\');
                out.push(character);
            }
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::paper::tests::{hostile, specimen};
    use super::{line, lines, write};

    #[test]
    fn a_paper_as_markdown() {
        insta::assert_snapshot!(write(&specimen()));
    }

    #[test]
    fn what_people_typed_is_text() {
        for (text, expected) in [
            ("# Title", "\\# Title"),
            ("- item", "\\- item"),
            ("12. item", "12\\. item"),
            ("2026-03-01", "2026-03-01"),
            ("a\n- b\n\n== c", "a  \n\\- b\n\n\\== c"),
            ("a|b", "a\\|b"),
            ("[x](http://y)", "\\[x\\](http://y)"),
            ("<script>", "&lt;script\\>"),
            ("*_`~", "\\*\\_\\`\\~"),
            ("O'Neill & Co.", "O'Neill &amp; Co."),
            ("\u{202E}evil\u{1B}", "evil"),
        ] {
            assert_eq!(lines(text, ""), expected, "{text:?}");
        }
        assert_eq!(line("1. a\n\n  b "), "1. a; b");
        let markdown = write(&hostile());
        assert!(!markdown.contains('<'), "{markdown}");
        let headings = |level: &str| markdown.lines().filter(|line| line.starts_with(level)).count();
        assert_eq!(["# ", "## ", "### "].map(headings), [1, 1, 1], "{markdown}");
        for row in markdown.lines().filter(|line| line.starts_with('|')) {
            assert_eq!(row.replace("\\|", "").matches('|').count(), 3, "two cells: {row}");
        }
    }
}
