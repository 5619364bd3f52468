//! The count sheet, for reading.

use std::fmt::Write as _;

use plenum_tally::method::find;
use plenum_tally::numbers::Rounding;
use plenum_tally::result::{Outcome, StepOrder};
use plenum_tally::ties::{TieQuestion, TieRule};
use plenum_tally::{Candidate, CountResult, Election, Figure};

/// Lines of text and tables are no longer than that where that is possible.
const WIDTH: usize = 100;
/// Longer names are cut in tables.
const LONGEST_NAME: usize = 32;
/// Longer exact fractions are shown as decimals.
const LONGEST_FRACTION: usize = 16;

/// Writes the sheet of one count.
pub(super) fn write(out: &mut String, result: &CountResult, election: &Election, pairwise: bool) {
    head(out, result, election);
    for round in &result.rounds {
        paragraph(out, &round.sentence);
    }
    steps(out, result);
    columns(out, result);
    if pairwise || result.method == "pairwise-matrix" {
        matrices(out, result);
    }
    ties(out, result);
    outcome(out, result);
}

fn head(out: &mut String, result: &CountResult, election: &Election) {
    let title = find(result.method).map_or(result.method, |info| info.title);
    if !result.title.is_empty() {
        let _ = writeln!(out, "{}", result.title);
    }
    let _ = writeln!(out, "{title}");
    let standing = election.standing().count();
    let mut line = format!(
        "{}, {}, {}.",
        number(&result.ballots.total, "ballot"),
        number(&Figure::from(standing as u64), "candidate"),
        number(&Figure::from(u64::from(result.seats)), "seat")
    );
    for (figure, what) in [(&result.ballots.blank, "blank"), (&result.ballots.invalid, "invalid")] {
        if !figure.is_zero() {
            let _ = write!(line, " {} {what} and not counted.", number(figure, "ballot"));
        }
    }
    let withdrawn: Vec<&str> =
        election.entries().iter().filter(|entry| entry.withdrawn).map(|entry| entry.name.as_str()).collect();
    if !withdrawn.is_empty() {
        let _ = write!(line, " Withdrawn: {}.", withdrawn.join(", "));
    }
    paragraph(out, &line);
    if let Some(quota) = constant_quota(result) {
        let _ = writeln!(out, "Quota: {}", shown(quota));
    }
    let said: Vec<String> = result.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    paragraph(out, &format!("Parameters: {}", said.join("; ")));
    out.push('\n');
}

fn number(figure: &Figure, what: &str) -> String {
    let text = shown(figure);
    if text == "1" { format!("1 {what}") } else { format!("{text} {what}s") }
}

/// The quota, where it is the same at every step.
fn constant_quota(result: &CountResult) -> Option<&Figure> {
    let mut quotas = result.rounds.iter().filter_map(|round| round.quota.as_ref());
    let first = quotas.next()?;
    quotas.all(|quota| quota == first).then_some(first)
}

/// A figure as it stands in the sheet: exact, except that fractions of many digits end in "…".
fn shown(figure: &Figure) -> String {
    let text = figure.to_string();
    match figure {
        Figure::Ratio(_) if text.len() > LONGEST_FRACTION => {
            format!("{}…", figure.to_decimal(9, Rounding::Down))
        }
        _ => text,
    }
}

/// Words in lines of at most that many characters.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

fn paragraph(out: &mut String, text: &str) {
    for (place, line) in wrap(text, WIDTH - 2).iter().enumerate() {
        let indent = if place == 0 { "" } else { "  " };
        let _ = writeln!(out, "{indent}{line}");
    }
}

/// A table: a name and cells in each row, a title over each column.
struct Table {
    corner: String,
    titles: Vec<String>,
    rows: Vec<(String, Vec<String>)>,
}

impl Table {
    /// Side by side as far as the line reaches, then the next columns below.
    fn write(&self, out: &mut String) {
        let size = |text: &str| text.chars().count();
        let names = self.rows.iter().map(|(name, _)| size(name)).chain([size(&self.corner)]);
        let first = names.max().unwrap_or_default().min(LONGEST_NAME);
        let widths: Vec<usize> = self
            .titles
            .iter()
            .enumerate()
            .map(|(column, title)| {
                let cells = self.rows.iter().filter_map(|(_, cells)| cells.get(column));
                cells.map(|cell| size(cell)).chain([size(title)]).max().unwrap_or_default()
            })
            .collect();
        let mut begin = 0;
        while begin < self.titles.len() {
            let mut end = begin;
            let mut used = first;
            while end < self.titles.len() && (end == begin || used + 2 + widths[end] <= WIDTH) {
                used += 2 + widths[end];
                end += 1;
            }
            out.push('\n');
            line(out, first, &self.corner, &self.titles[begin..end], &widths[begin..end]);
            for (name, cells) in &self.rows {
                let cells = cells.get(begin..end.min(cells.len())).unwrap_or_default();
                line(out, first, name, cells, &widths[begin..end]);
            }
            begin = end;
        }
    }
}

fn line(out: &mut String, first: usize, name: &str, cells: &[String], widths: &[usize]) {
    let mut name: String = name.to_owned();
    if name.chars().count() > first {
        name = name.chars().take(first.saturating_sub(1)).chain(['…']).collect();
    }
    let mut text = format!("{name:first$}");
    for (cell, width) in cells.iter().zip(widths) {
        let _ = write!(text, "  {cell:>width$}");
    }
    let _ = writeln!(out, "{}", text.trim_end());
}

/// The votes after each step.
fn steps(out: &mut String, result: &CountResult) {
    let rounds: Vec<_> = result.rounds.iter().filter(|round| !round.tally.is_empty()).collect();
    if rounds.is_empty() {
        return;
    }
    let cell = |figure: Option<&Figure>| figure.map(shown).unwrap_or_default();
    let mut table = Table {
        corner: match result.step_order {
            StepOrder::TallyThenAction => "Votes at round",
            StepOrder::ActionThenTally => "Votes after stage",
        }
        .to_owned(),
        titles: rounds.iter().map(|round| round.number.to_string()).collect(),
        rows: Vec::new(),
    };
    for (place, name) in result.candidates.iter().enumerate() {
        let cells: Vec<String> =
            rounds.iter().map(|round| cell(round.tally.get(place).and_then(Option::as_ref))).collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            table.rows.push((name.clone(), cells));
        }
    }
    let with_nobody = match result.step_order {
        StepOrder::TallyThenAction => "(inactive)",
        StepOrder::ActionThenTally => "(not transferable)",
    };
    let mut row = |name: &str, figures: Vec<Option<&Figure>>, always: bool| {
        let says = figures.iter().flatten().any(|figure| always || !figure.is_zero());
        if says {
            table.rows.push((name.to_owned(), figures.into_iter().map(cell).collect()));
        }
    };
    row(with_nobody, rounds.iter().map(|round| round.exhausted.as_ref()).collect(), false);
    row("(lost to rounding)", rounds.iter().map(|round| round.rounding.as_ref()).collect(), false);
    row("(quota)", rounds.iter().map(|round| round.quota.as_ref()).collect(), true);
    table.write(out);
}

/// Final figures by candidate.
fn columns(out: &mut String, result: &CountResult) {
    if result.columns.is_empty() && result.figures.is_empty() {
        return;
    }
    let mut table = Table {
        corner: "Figures".to_owned(),
        titles: result.columns.iter().map(|column| column.name.replace('_', " ")).collect(),
        rows: Vec::new(),
    };
    for (place, name) in result.candidates.iter().enumerate() {
        let cells: Vec<String> = result
            .columns
            .iter()
            .map(|column| column.values.get(place).and_then(Option::as_ref).map(shown).unwrap_or_default())
            .collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            table.rows.push((name.clone(), cells));
        }
    }
    table.write(out);
    let quota = constant_quota(result).is_some();
    let figures: Vec<_> = result.figures.iter().filter(|(name, _)| !quota || *name != "quota").collect();
    if !figures.is_empty() {
        let said: Vec<String> = figures
            .iter()
            .map(|(name, figure)| format!("{}: {}", name.replace('_', " "), shown(figure)))
            .collect();
        out.push('\n');
        paragraph(out, &said.join("; "));
    }
}

fn matrices(out: &mut String, result: &CountResult) {
    for matrix in &result.matrices {
        let standing: Vec<usize> = (0..result.candidates.len())
            .filter(|place| matrix.values.get(*place).is_some_and(|row| row.iter().any(Option::is_some)))
            .collect();
        let table = Table {
            corner: matrix.name.replace('_', " "),
            titles: standing.iter().map(|place| format!("over {}", place + 1)).collect(),
            rows: standing
                .iter()
                .map(|first| {
                    let cells = standing.iter().map(|second| {
                        let figure = matrix.values[*first].get(*second).and_then(Option::as_ref);
                        figure.map_or_else(|| "-".to_owned(), shown)
                    });
                    (format!("{} {}", first + 1, result.candidates[*first]), cells.collect())
                })
                .collect(),
        };
        table.write(out);
    }
}

fn ties(out: &mut String, result: &CountResult) {
    if result.ties.is_empty() {
        return;
    }
    out.push_str("\nTies\n");
    for tie in &result.ties {
        let tied = names(result, &tie.tied);
        let about = match tie.question {
            TieQuestion::Exclude => "who is excluded",
            TieQuestion::Elect => "who is elected",
            TieQuestion::Order => "who comes first",
        };
        let mut text = format!("Step {}, {about}, between {tied}: ", tie.round);
        match (tie.chosen, &tie.rule) {
            (Some(chosen), Some(rule)) => {
                let _ = write!(text, "{}, {}", result.name(chosen), rule.words());
                if let Some(step) = tie.decided_at {
                    let _ = write!(text, " (step {step})");
                }
                if let TieRule::Lot { seed } = rule {
                    let _ = write!(text, " drawn from \"{seed}\"");
                }
            }
            _ => text.push_str("open, a decision is needed"),
        }
        paragraph(out, &format!("{text}."));
    }
    if !result.lot.is_empty() {
        paragraph(out, &format!("The order drawn: {}.", names(result, &result.lot)));
    }
}

fn names(result: &CountResult, candidates: &[Candidate]) -> String {
    let names: Vec<&str> = candidates.iter().map(|candidate| result.name(*candidate)).collect();
    names.join(", ")
}

fn outcome(out: &mut String, result: &CountResult) {
    if result.ranking.len() > 1 {
        out.push_str("\nRanking\n");
        for (place, group) in result.ranking.iter().enumerate() {
            let _ = writeln!(out, "{:3}. {}", place + 1, names(result, group));
        }
    }
    for (name, group) in result.groups.iter().filter(|(name, group)| *name != "winners" && !group.is_empty())
    {
        out.push('\n');
        paragraph(out, &format!("{}: {}", name.replace('_', " "), names(result, group)));
    }
    match &result.outcome {
        Outcome::Tie { tied, .. } => {
            out.push('\n');
            paragraph(
                out,
                &format!(
                    "The count stopped at a tie between {}. Say how it is broken (--tie, --seed, or the chair's \
                     decision with --param chair-1=NAME) and count again.",
                    names(result, tied)
                ),
            );
        }
        Outcome::Complete if result.elected.is_empty() => out.push_str("\nNobody is elected.\n"),
        Outcome::Complete => {}
    }
    if result.elected.is_empty() {
        return;
    }
    out.push_str("\nElected\n");
    for (place, candidate) in result.elected.iter().enumerate() {
        let _ = writeln!(out, "{:3}. {}", place + 1, result.name(*candidate));
    }
}
