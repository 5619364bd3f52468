//! Tables over as many pages as they take; each begins with the headings.

use krilla::tagging::{TableHeaderScope, Tag};
use plenum_ports::typesetting::{Column, Row, Table};

use crate::layout::{ACCENT, INK, PALE, RULE};
use crate::lines::{Line, Setter, Style};
use crate::pages::{LEFT, MEASURE, Pages};

/// Room beside and above a cell's text.
const BESIDE: f32 = 5.0;
const ABOVE: f32 = 3.2;

const HEADING: Style = Style { size: 8.5, bold: true, ink: ACCENT };
const CELL: Style = Style { size: 9.0, bold: false, ink: INK };

struct Place {
    x: f32,
    width: f32,
    numbers: bool,
}

/// Draws a table. Rows are set one by one, so that a long table takes no more memory than its glyphs.
pub(crate) fn draw(pages: &mut Pages, setter: &mut Setter<'_>, table: &Table) {
    let places = places(&table.columns);
    let element = pages.tags.add(None, Tag::Table);
    let headings: Vec<String> = table.columns.iter().map(|column| column.heading.clone()).collect();
    let headings = cells(setter, &headings, &places, HEADING);
    let head = height(&headings) + 2.0 * ABOVE;
    pages.keep(head + 3.0 * CELL.size * 1.4);
    heading(pages, &headings, &places, Some(element));
    for row in &table.rows {
        draw_row(pages, setter, row, &places, &headings, element);
    }
    pages.leave(11.0);
}

fn places(columns: &[Column]) -> Vec<Place> {
    let whole: f32 = columns.iter().map(|column| f32::from(column.share.max(1))).sum();
    let mut x = LEFT;
    let place = |column: &Column| {
        let width = MEASURE * f32::from(column.share.max(1)) / whole;
        let place = Place { x: x + BESIDE, width: width - 2.0 * BESIDE, numbers: column.numbers };
        x += width;
        place
    };
    columns.iter().map(place).collect()
}

fn cells(setter: &mut Setter<'_>, texts: &[String], places: &[Place], style: Style) -> Vec<Vec<Line>> {
    let cell = |(place, text): (&Place, &String)| setter.set(text, style, place.width, place.numbers);
    places.iter().zip(texts).map(cell).collect()
}

fn height(cells: &[Vec<Line>]) -> f32 {
    cells.iter().map(|lines| lines.iter().map(|line| line.height).sum()).fold(0.0, f32::max)
}

/// The headings: part of the structure once, decoration on every further page.
fn heading(pages: &mut Pages, cells: &[Vec<Line>], places: &[Place], table: Option<usize>) {
    let tall = height(cells) + 2.0 * ABOVE;
    let (top, row) = (pages.y, table.map(|table| pages.tags.add(Some(table), Tag::TR)));
    pages.area(LEFT, top, MEASURE, tall, PALE);
    for (lines, place) in cells.iter().zip(places) {
        let cell = row.map(|row| pages.tags.add(Some(row), Tag::TH(TableHeaderScope::Column)));
        let mut y = top + ABOVE;
        for line in lines {
            pages.draw(line.clone(), place.x, y, cell);
            y += line.height;
        }
    }
    pages.area(LEFT, top + tall, MEASURE, 0.8, ACCENT);
    pages.y = top + tall + 0.8;
}

/// A row: on one page where it fits on one, else as much of it as there is room for.
fn draw_row(
    pages: &mut Pages,
    setter: &mut Setter<'_>,
    row: &Row,
    places: &[Place],
    headings: &[Vec<Line>],
    table: usize,
) {
    let set = cells(setter, &row.cells, places, Style { bold: row.strong, ..CELL });
    let element = pages.tags.add(Some(table), Tag::TR);
    let mut left: Vec<_> = set
        .into_iter()
        .map(|lines| (pages.tags.add(Some(element), Tag::TD), lines.into_iter().peekable()))
        .collect();
    let head = height(headings) + 2.0 * ABOVE;
    let tall: f32 =
        left.iter().map(|(_, lines)| lines.clone().map(|line| line.height).sum()).fold(0.0, f32::max)
            + 2.0 * ABOVE;
    if tall > pages.room() && tall <= Pages::whole() - head {
        pages.turn();
        heading(pages, headings, places, None);
    }
    loop {
        let (top, end) = (pages.y, pages.y + pages.room() - ABOVE);
        let mut lowest = top + ABOVE;
        for ((cell, lines), place) in left.iter_mut().zip(places) {
            let mut y = top + ABOVE;
            while let Some(line) = lines.next_if(|line| y + line.height <= end) {
                let height = line.height;
                pages.draw(line, place.x, y, Some(*cell));
                y += height;
            }
            lowest = lowest.max(y);
        }
        pages.y = lowest + ABOVE;
        pages.area(LEFT, pages.y, MEASURE, 0.4, RULE);
        if left.iter_mut().all(|(_, lines)| lines.peek().is_none()) {
            return;
        }
        pages.turn();
        heading(pages, headings, places, None);
    }
}
