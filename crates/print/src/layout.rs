//! What a paper looks like.

use std::num::NonZeroU16;

use krilla::tagging::{TableHeaderScope, Tag};
use plenum_ports::typesetting::{Block, Fact, Paper};

use crate::lines::{Ink, Setter, Style};
use crate::pages::{LEFT, MEASURE, Pages};
use crate::table;

pub(crate) const INK: Ink = [0x1B, 0x1E, 0x23];
pub(crate) const ACCENT: Ink = [0x1F, 0x3D, 0x63];
pub(crate) const GREY: Ink = [0x5A, 0x61, 0x6B];
pub(crate) const RULE: Ink = [0xC8, 0xCD, 0xD5];
pub(crate) const PALE: Ink = [0xEC, 0xF0, 0xF5];
const WARNING: Ink = [0xA8, 0x4B, 0x00];
const WARM: Ink = [0xFD, 0xF3, 0xE7];

const BODY: Style = Style { size: 10.0, bold: false, ink: INK };
const STRONG: Style = Style { bold: true, ..BODY };
/// How wide the names of facts are.
const NAME: f32 = 104.0;

/// Lays a paper out.
pub(crate) fn lay(pages: &mut Pages, setter: &mut Setter<'_>, paper: &Paper) {
    let issuer = setter.set(&paper.issuer, Style { size: 10.0, bold: true, ink: GREY }, MEASURE, false);
    let element = pages.tags.add(None, Tag::P);
    pages.flow(issuer, LEFT, Some(element));
    pages.y += 2.0;
    heading(pages, setter, &paper.title, 1);
    pages.area(LEFT, pages.y + 3.0, MEASURE, 1.6, ACCENT);
    pages.y += 14.0;
    facts(pages, setter, &paper.facts);
    for block in &paper.blocks {
        draw(pages, setter, block);
    }
}

/// Draws one piece.
pub(crate) fn draw(pages: &mut Pages, setter: &mut Setter<'_>, block: &Block) {
    match block {
        Block::Heading(text) => heading(pages, setter, text, 2),
        Block::Subheading(text) => heading(pages, setter, text, 3),
        Block::Text(text) => {
            let lines = setter.set(text, BODY, MEASURE, false);
            let element = pages.tags.add(None, Tag::P);
            pages.flow(lines, LEFT, Some(element));
            pages.leave(6.0);
        }
        Block::Notice(text) => notice(pages, setter, text),
        Block::Facts(list) => facts(pages, setter, list),
        Block::Names { label, names } => {
            let label = format!("{label}: ");
            // The mark keeps names that are read from the right in their order.
            let names = names.join("\u{200E} · ");
            let lines = setter.set_pieces(&[(&label, STRONG), (&names, BODY)], MEASURE, false);
            let element = pages.tags.add(None, Tag::P);
            pages.flow(lines, LEFT, Some(element));
            pages.leave(5.0);
        }
        Block::Table(list) => {
            pages.leave(2.0);
            table::draw(pages, setter, list);
        }
        Block::Signatures(names) => signatures(pages, setter, names),
    }
}

fn heading(pages: &mut Pages, setter: &mut Setter<'_>, text: &str, level: u8) {
    let (size, before, after) = match level {
        1 => (21.0, 0.0, 2.0),
        2 => (14.0, 16.0, 5.0),
        _ => (11.0, 9.0, 3.0),
    };
    let lines = setter.set(text, Style { size, bold: true, ink: ACCENT }, MEASURE, false);
    // A heading does not stand alone at the foot of a page.
    let tall: f32 = lines.iter().map(|line| line.height).sum();
    pages.leave(before);
    pages.keep((tall + 64.0).min(Pages::whole()));
    let number = NonZeroU16::new(u16::from(level)).unwrap_or(NonZeroU16::MIN);
    let element = pages.tags.add(None, Tag::Hn(number, Some(text.to_owned())));
    pages.bookmark(text, level);
    pages.flow(lines, LEFT, Some(element));
    pages.y += after;
}

/// Facts below each other, their names in a column of their own.
fn facts(pages: &mut Pages, setter: &mut Setter<'_>, facts: &[Fact]) {
    if facts.is_empty() {
        return;
    }
    let table = pages.tags.add(None, Tag::Table);
    for fact in facts {
        let name = setter.set(&fact.name, Style { ink: GREY, ..BODY }, NAME - 8.0, false);
        let value = setter.set(&fact.value, BODY, MEASURE - NAME, false);
        let row = pages.tags.add(Some(table), Tag::TR);
        let head = pages.tags.add(Some(row), Tag::TH(TableHeaderScope::Row));
        let cell = pages.tags.add(Some(row), Tag::TD);
        let tall: f32 = name.iter().map(|line| line.height).sum();
        pages.keep(tall);
        let mut y = pages.y;
        for line in name {
            let height = line.height;
            pages.draw(line, LEFT, y, Some(head));
            y += height;
        }
        let page = pages.done.len();
        pages.flow(value, LEFT + NAME, Some(cell));
        if pages.done.len() == page {
            pages.y = pages.y.max(y);
        }
        pages.y += 1.5;
    }
    pages.leave(6.0);
}

/// Text that must not be overlooked, with a bar beside it.
fn notice(pages: &mut Pages, setter: &mut Setter<'_>, text: &str) {
    let lines = setter.set(text, BODY, MEASURE - 20.0, false);
    let element = pages.tags.add(None, Tag::P);
    pages.leave(3.0);
    for line in lines {
        let height = line.height;
        pages.keep(height);
        let top = pages.y;
        pages.area(LEFT, top, MEASURE, height, WARM);
        pages.area(LEFT, top, 3.0, height, WARNING);
        pages.draw(line, LEFT + 12.0, top, Some(element));
        pages.y += height;
    }
    pages.leave(8.0);
}

/// Lines to sign on, side by side.
fn signatures(pages: &mut Pages, setter: &mut Setter<'_>, names: &[String]) {
    const GAP: f32 = 28.0;
    let count = u8::try_from(names.len()).unwrap_or(u8::MAX).max(1);
    let width = (MEASURE - GAP * f32::from(count - 1)) / f32::from(count);
    pages.leave(56.0);
    pages.keep(30.0);
    let top = pages.y;
    let mut x = LEFT;
    for name in names {
        pages.area(x, top, width, 0.7, INK);
        let element = pages.tags.add(None, Tag::P);
        for line in setter.set(name, Style { size: 8.5, ink: GREY, ..BODY }, width, false) {
            pages.draw(line, x, top + 3.0, Some(element));
        }
        x += width + GAP;
    }
    pages.y += 20.0;
}
