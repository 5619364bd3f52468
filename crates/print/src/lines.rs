//! Text in lines: shaped, in the order in which it is read, broken to a width.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;
use std::rc::Rc;

use krilla::surface::Location;
use krilla::text::{Glyph, GlyphId};
use parley::style::{FontFamily, FontFamilyName, FontWeight, LineHeight, OverflowWrap, StyleProperty};
use parley::{Alignment, AlignmentOptions, BaseDirection, FontContext, FontData, Layout, LayoutContext};

use crate::fonts::Choice;

/// A colour: red, green, blue.
pub(crate) type Ink = [u8; 3];

/// How a text looks.
#[derive(Clone, Copy)]
pub(crate) struct Style {
    /// In points.
    pub(crate) size: f32,
    pub(crate) bold: bool,
    pub(crate) ink: Ink,
}

/// A glyph with its place behind the one before, in parts of the font's size.
#[derive(Clone, Debug)]
pub(crate) struct SetGlyph {
    id: u32,
    advance: f32,
    x: f32,
    y: f32,
    from: u32,
    to: u32,
}

impl Glyph for SetGlyph {
    fn glyph_id(&self) -> GlyphId {
        GlyphId::new(self.id)
    }

    fn text_range(&self) -> Range<usize> {
        self.from as usize..self.to as usize
    }

    fn x_advance(&self, size: f32) -> f32 {
        self.advance * size
    }

    fn x_offset(&self, size: f32) -> f32 {
        self.x * size
    }

    fn y_offset(&self, size: f32) -> f32 {
        self.y * size
    }

    fn y_advance(&self, _size: f32) -> f32 {
        0.0
    }

    fn location(&self) -> Option<Location> {
        None
    }
}

/// A font as it is used: with the settings of its axes, when it has any.
#[derive(Clone, Debug)]
pub(crate) struct Face {
    pub(crate) data: FontData,
    pub(crate) axes: Vec<([u8; 4], f32)>,
}

/// Glyphs of one font, size and colour.
#[derive(Clone, Debug)]
pub(crate) struct GlyphRun {
    /// From the left edge of the text.
    pub(crate) x: f32,
    pub(crate) face: usize,
    pub(crate) size: f32,
    pub(crate) ink: Ink,
    pub(crate) text: Rc<str>,
    pub(crate) glyphs: Vec<SetGlyph>,
}

/// A line of text.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// How much room it takes from top to bottom.
    pub(crate) height: f32,
    /// Where its letters stand, from its top.
    pub(crate) baseline: f32,
    pub(crate) runs: Vec<GlyphRun>,
}

/// Sets text in lines.
pub(crate) struct Setter<'a> {
    fonts: &'a mut FontContext,
    layouts: LayoutContext<Ink>,
    families: Vec<FontFamilyName<'static>>,
    missing: BTreeSet<char>,
    /// Every font used so far.
    pub(crate) faces: Vec<Face>,
}

impl<'a> Setter<'a> {
    pub(crate) fn new(fonts: &'a mut FontContext, choice: Choice) -> Self {
        let named = |name: String| FontFamilyName::Named(Cow::Owned(name));
        Self {
            fonts,
            layouts: LayoutContext::new(),
            families: choice.families.into_iter().map(named).collect(),
            missing: choice.missing,
            faces: Vec::new(),
        }
    }

    /// Sets a text.
    pub(crate) fn set(&mut self, text: &str, style: Style, width: f32, right: bool) -> Vec<Line> {
        self.set_pieces(&[(text, style)], width, right)
    }

    /// Sets pieces of text that follow each other.
    pub(crate) fn set_pieces(&mut self, pieces: &[(&str, Style)], width: f32, right: bool) -> Vec<Line> {
        let Some((_, first)) = pieces.first() else { return Vec::new() };
        let mut text = String::new();
        let mut ranges = Vec::with_capacity(pieces.len());
        for (piece, style) in pieces {
            let from = text.len();
            self.spell(piece, &mut text);
            ranges.push((from..text.len(), *style));
        }
        if text.is_empty() {
            return Vec::new();
        }
        let mut builder = self.layouts.ranged_builder(self.fonts, &text, 1.0, false);
        let families = FontFamily::List(Cow::Borrowed(&self.families));
        builder.push_default(StyleProperty::FontFamily(families));
        builder.push_default(StyleProperty::FontSize(first.size));
        builder.push_default(StyleProperty::LineHeight(LineHeight::FontSizeRelative(1.4)));
        builder.push_default(StyleProperty::OverflowWrap(OverflowWrap::Anywhere));
        builder.set_base_direction(BaseDirection::Ltr);
        for (range, style) in ranges {
            builder.push(StyleProperty::Brush(style.ink), range.clone());
            builder.push(StyleProperty::FontSize(style.size), range.clone());
            if style.bold {
                builder.push(StyleProperty::FontWeight(FontWeight::BOLD), range);
            }
        }
        let mut layout: Layout<Ink> = builder.build(&text);
        layout.break_all_lines(Some(width));
        let alignment = if right { Alignment::Right } else { Alignment::Left };
        layout.align(alignment, AlignmentOptions::default());
        self.lines(&layout, &Rc::from(text))
    }

    /// Writes a text as it is printed: without what nobody can see, and with a number in the place of
    /// a character that no font has.
    fn spell(&self, text: &str, out: &mut String) {
        for character in text.chars() {
            match character {
                '\n' => out.push('\n'),
                '\t' | '\u{2028}' | '\u{2029}' => out.push(' '),
                // Marks that turn the reading direction would turn what stands beside the name, too.
                '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' => {}
                _ if character.is_control() => {}
                _ if self.missing.contains(&character) => out.push_str(&number(character)),
                _ => out.push(character),
            }
        }
    }

    fn lines(&mut self, layout: &Layout<Ink>, text: &Rc<str>) -> Vec<Line> {
        let mut lines = Vec::with_capacity(layout.len());
        for line in layout.lines() {
            let metrics = line.metrics();
            let mut set = Line {
                height: metrics.line_height,
                baseline: metrics.baseline - metrics.block_min_coord,
                runs: Vec::new(),
            };
            let mut x = metrics.offset;
            for run in line.runs() {
                let synthesis = run.synthesis();
                let axes = synthesis.variation_settings().iter();
                let face =
                    self.face(run.font(), axes.map(|(tag, value)| (tag.to_be_bytes(), *value)).collect());
                let size = run.font_size();
                let mut current: Option<(u16, GlyphRun)> = None;
                for cluster in run.visual_clusters() {
                    let range = cluster.text_range();
                    let (from, to) = (offset(range.start), offset(range.end));
                    if cluster.is_ligature_continuation() {
                        let last = current.as_mut().and_then(|(_, run)| run.glyphs.last_mut());
                        if let Some(glyph) = last {
                            glyph.from = glyph.from.min(from);
                            glyph.to = glyph.to.max(to);
                        }
                        continue;
                    }
                    let style = cluster.style_index();
                    if current.as_ref().is_none_or(|(known, _)| *known != style) {
                        let fresh = GlyphRun {
                            x,
                            face,
                            size,
                            ink: layout.styles()[usize::from(style)].brush,
                            text: Rc::clone(text),
                            glyphs: Vec::new(),
                        };
                        set.runs.extend(current.replace((style, fresh)).map(|(_, run)| run));
                    }
                    for glyph in cluster.glyphs() {
                        x += glyph.advance;
                        if let Some((_, run)) = current.as_mut() {
                            let (advance, dx, dy) = (glyph.advance / size, glyph.x / size, glyph.y / size);
                            run.glyphs.push(SetGlyph { id: glyph.id, advance, x: dx, y: -dy, from, to });
                        }
                    }
                }
                set.runs.extend(current.map(|(_, run)| run).filter(|run| !run.glyphs.is_empty()));
            }
            lines.push(set);
        }
        lines
    }

    fn face(&mut self, data: &FontData, axes: Vec<([u8; 4], f32)>) -> usize {
        let same = |face: &Face| {
            (face.data.data.id(), face.data.index) == (data.data.id(), data.index)
                && face
                    .axes
                    .iter()
                    .map(|(tag, value)| (tag, value.to_bits()))
                    .eq(axes.iter().map(|(tag, value)| (tag, value.to_bits())))
        };
        if let Some(at) = self.faces.iter().position(same) {
            return at;
        }
        self.faces.push(Face { data: data.clone(), axes });
        self.faces.len() - 1
    }
}

/// A place in a text. Papers are far smaller than what fits.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// The number of a character, as it is printed in its place.
pub(crate) fn number(character: char) -> String {
    format!("[U+{:04X}]", u32::from(character))
}
