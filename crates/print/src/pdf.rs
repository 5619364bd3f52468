//! The file: pages, fonts, structure and what programs read about it.

use std::collections::BTreeSet;

use chrono::{Datelike, Timelike};
use krilla::color::rgb;
use krilla::configure::{Accessibility, Archival, Configuration, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::error::KrillaError;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, SpanTag};
use krilla::text::{Font, Tag};
use krilla::{Document, SerializeSettings};
use plenum_ports::typesetting::{Block, Paper, Printed, TypesettingError};

use crate::fonts::Library;
use crate::layout::{self, GREY, RULE};
use crate::lines::{Face, Ink, Line, Setter, Style, number};
use crate::pages::{Bookmark, HEIGHT, LEFT, MEASURE, Mark, Pages, WIDTH};

const SMALL: Style = Style { size: 8.0, bold: false, ink: GREY };

/// Prints a paper.
pub(crate) fn print(library: &mut Library, paper: &Paper) -> Result<Printed, TypesettingError> {
    let choice = library.choose(&characters(paper));
    let missing: Vec<char> = choice.missing.iter().copied().collect();
    let mut setter = Setter::new(&mut library.context, choice);
    let mut pages = Pages::new();
    layout::lay(&mut pages, &mut setter, paper);
    if !missing.is_empty() {
        layout::draw(&mut pages, &mut setter, &note(&missing));
    }
    let furniture = furniture(&mut setter, paper, pages.done.len());
    let fonts = fonts(&setter.faces)?;
    let write = |standard| write(&pages, &furniture, &fonts, paper, standard);
    let pdf = match write(standard()) {
        // A standard that cannot be kept, such as with a font whose maker forbids embedding, is no
        // reason to go without the minutes.
        Err(KrillaError::Validation(errors)) => {
            tracing::warn!(errors = errors.len(), first = ?errors.first(), "a paper does not keep to PDF/A and PDF/UA");
            write(Configuration::default())
        }
        other => other,
    };
    let pdf = pdf.map_err(|error| TypesettingError::Failed(error.to_string()))?;
    Ok(Printed { pdf, missing })
}

/// For the archive (PDF/A-2a), and for those who have it read to them (PDF/UA-1).
fn standard() -> Configuration {
    ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .unwrap_or_default()
}

/// Every character of a paper.
fn characters(paper: &Paper) -> BTreeSet<char> {
    let mut characters: BTreeSet<char> = (' '..='~').chain("·–“”‘’…".chars()).collect();
    let mut see = |text: &str| characters.extend(text.chars());
    for text in [&paper.issuer, &paper.title, &paper.footer] {
        see(text);
    }
    for fact in &paper.facts {
        see(&fact.name);
        see(&fact.value);
    }
    for block in &paper.blocks {
        match block {
            Block::Heading(text) | Block::Subheading(text) | Block::Text(text) | Block::Notice(text) => {
                see(text);
            }
            Block::Facts(facts) => facts.iter().for_each(|fact| {
                see(&fact.name);
                see(&fact.value);
            }),
            Block::Signatures(names) => names.iter().for_each(|name| see(name)),
            Block::Names { label, names } => {
                see(label);
                for name in names {
                    see(name);
                }
            }
            Block::Table(table) => {
                table.columns.iter().for_each(|column| see(&column.heading));
                table.rows.iter().flat_map(|row| &row.cells).for_each(|cell| see(cell));
            }
        }
    }
    characters
}

/// What is said about characters that could not be printed.
fn note(missing: &[char]) -> Block {
    let mut numbers: Vec<String> = missing.iter().take(20).map(|character| number(*character)).collect();
    if missing.len() > numbers.len() {
        numbers.push("…".to_owned());
    }
    Block::Notice(format!(
        "This server has no font for some characters. Their numbers in Unicode stand in their place: {}. The \
         text itself is complete in the other formats. The administrator of the server can install fonts for \
         them.",
        numbers.join(" ")
    ))
}

/// What stands at the head and the foot of the pages.
struct Furniture {
    head: Vec<Line>,
    foot: Vec<Line>,
    numbers: Vec<Vec<Line>>,
}

fn furniture(setter: &mut Setter<'_>, paper: &Paper, pages: usize) -> Furniture {
    let head = format!("{}\u{200E} · {}", paper.issuer, paper.title);
    let mut first_line = |text: &str, width, right| {
        let mut lines = setter.set(text, SMALL, width, right);
        lines.truncate(1);
        lines
    };
    Furniture {
        head: first_line(&head, MEASURE, false),
        foot: first_line(&paper.footer, MEASURE - 90.0, false),
        numbers: (1..=pages).map(|page| first_line(&format!("Page {page} of {pages}"), 80.0, true)).collect(),
    }
}

fn fonts(faces: &[Face]) -> Result<Vec<Font>, TypesettingError> {
    let font = |face: &Face| {
        let (data, _) = face.data.data.clone().into_raw_parts();
        let axes: Vec<_> = face.axes.iter().map(|(tag, value)| (Tag::new(tag), *value)).collect();
        Font::new_variable(data.into(), face.data.index, &axes)
            .ok_or_else(|| TypesettingError::Failed("a font cannot be read".to_owned()))
    };
    faces.iter().map(font).collect()
}

fn write(
    pages: &Pages,
    furniture: &Furniture,
    fonts: &[Font],
    paper: &Paper,
    configuration: Configuration,
) -> Result<Vec<u8>, KrillaError> {
    let settings = SerializeSettings { configuration, enable_tagging: true, ..SerializeSettings::default() };
    let mut document = Document::new_with(settings);
    let mut tags = pages.tags.clone();
    for (at, marks) in pages.done.iter().enumerate() {
        // A4 is a size, so this is never empty.
        let Some(size) = PageSettings::from_wh(WIDTH, HEIGHT) else { continue };
        let mut page = document.start_page_with(size);
        let mut surface = page.surface();
        furnish(&mut surface, furniture, fonts, at);
        let mut open: Option<Option<usize>> = None;
        for mark in marks {
            let element = match mark {
                Mark::Glyphs { element, .. } => *element,
                Mark::Area { .. } => None,
            };
            if open != Some(element) {
                if open.is_some() {
                    surface.end_tagged();
                }
                match element {
                    Some(element) => {
                        let content = surface.start_tagged(ContentTag::Span(SpanTag::empty()));
                        tags.fill(element, content);
                    }
                    None => start_decoration(&mut surface, ArtifactType::Layout),
                }
                open = Some(element);
            }
            draw(&mut surface, mark, fonts);
        }
        if open.is_some() {
            surface.end_tagged();
        }
        surface.finish();
        page.finish();
    }
    document.set_outline(outline(&pages.bookmarks));
    document.set_tag_tree(tags.tree().with_lang(Some("en".to_owned())));
    document.set_metadata(metadata(paper));
    document.finish()
}

fn start_decoration(surface: &mut Surface<'_>, kind: ArtifactType) {
    // Decoration has no place in the structure, so its identifier leads nowhere.
    let _ = surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(kind)));
}

/// The head, except on the first page, and the foot.
fn furnish(surface: &mut Surface<'_>, furniture: &Furniture, fonts: &[Font], page: usize) {
    if page > 0 {
        start_decoration(surface, ArtifactType::Header);
        draw_lines(surface, &furniture.head, LEFT, 36.0, fonts);
        draw_area(surface, LEFT, 51.0, MEASURE, 0.5, RULE);
        surface.end_tagged();
    }
    start_decoration(surface, ArtifactType::Footer);
    let top = HEIGHT - 50.0;
    draw_area(surface, LEFT, top - 5.0, MEASURE, 0.5, RULE);
    draw_lines(surface, &furniture.foot, LEFT, top, fonts);
    if let Some(number) = furniture.numbers.get(page) {
        draw_lines(surface, number, LEFT + MEASURE - 80.0, top, fonts);
    }
    surface.end_tagged();
}

fn draw_lines(surface: &mut Surface<'_>, lines: &[Line], x: f32, top: f32, fonts: &[Font]) {
    for line in lines {
        for run in line.runs.clone() {
            let mark = Mark::Glyphs { x: x + run.x, y: top + line.baseline, run, element: None };
            draw(surface, &mark, fonts);
        }
    }
}

fn draw_area(surface: &mut Surface<'_>, x: f32, y: f32, width: f32, height: f32, ink: Ink) {
    draw(surface, &Mark::Area { x, y, width, height, ink }, &[]);
}

fn draw(surface: &mut Surface<'_>, mark: &Mark, fonts: &[Font]) {
    match mark {
        Mark::Glyphs { x, y, run, .. } => {
            let Some(font) = fonts.get(run.face) else { return };
            surface.set_fill(Some(fill(run.ink)));
            surface.draw_glyphs(
                Point::from_xy(*x, *y),
                &run.glyphs,
                font.clone(),
                &run.text,
                run.size,
                false,
            );
        }
        Mark::Area { x, y, width, height, ink } => {
            let Some(area) = Rect::from_xywh(*x, *y, *width, *height) else { return };
            let mut path = PathBuilder::new();
            path.push_rect(area);
            if let Some(path) = path.finish() {
                surface.set_fill(Some(fill(*ink)));
                surface.draw_path(&path);
            }
        }
    }
}

fn fill([red, green, blue]: Ink) -> Fill {
    Fill { paint: rgb::Color::new(red, green, blue).into(), ..Fill::default() }
}

/// The table of contents that readers show beside the pages: sections, and their parts below them.
fn outline(bookmarks: &[Bookmark]) -> Outline {
    let node = |bookmark: &Bookmark| {
        let place = XyzDestination::new(bookmark.page, Point::from_xy(LEFT, bookmark.y));
        OutlineNode::new(bookmark.title.clone(), place)
    };
    let mut outline = Outline::new();
    let mut section: Option<OutlineNode> = None;
    for bookmark in bookmarks {
        match (&mut section, bookmark.level) {
            (Some(section), 3..) => section.push_child(node(bookmark)),
            (section, _) => {
                if let Some(done) = section.replace(node(bookmark)) {
                    outline.push_child(done);
                }
            }
        }
    }
    if let Some(done) = section {
        outline.push_child(done);
    }
    outline
}

fn metadata(paper: &Paper) -> Metadata {
    let at = paper.written_at;
    let part = |value: u32| u8::try_from(value).unwrap_or_default();
    let date = DateTime::new(u16::try_from(at.year()).unwrap_or_default())
        .month(part(at.month()))
        .day(part(at.day()))
        .hour(part(at.hour()))
        .minute(part(at.minute()))
        .second(part(at.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0);
    Metadata::new()
        .title(paper.title.clone())
        .authors(vec![paper.issuer.clone()])
        .language("en".to_owned())
        .creator("Plenum".to_owned())
        .creation_date(date)
}
