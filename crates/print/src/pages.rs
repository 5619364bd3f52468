//! Pages as they fill up: what is drawn where, before anything is written.
//!
//! Everything is kept until the last page is full, because every page says how many there are.

use crate::lines::{GlyphRun, Ink, Line};
use crate::tags::Tags;

/// A4, in points.
pub(crate) const WIDTH: f32 = 595.28;
pub(crate) const HEIGHT: f32 = 841.89;
pub(crate) const LEFT: f32 = 59.5;
/// How wide the text is.
pub(crate) const MEASURE: f32 = WIDTH - 2.0 * LEFT;
/// Where text begins and ends.
const TOP: f32 = 68.0;
const BOTTOM: f32 = HEIGHT - 68.0;

/// Something drawn.
pub(crate) enum Mark {
    /// Glyphs, their left end on the line of their letters.
    Glyphs {
        x: f32,
        y: f32,
        run: GlyphRun,
        /// The element of the structure it belongs to; none for what only decorates.
        element: Option<usize>,
    },
    /// A filled rectangle.
    Area { x: f32, y: f32, width: f32, height: f32, ink: Ink },
}

/// A heading and where it stands.
pub(crate) struct Bookmark {
    pub(crate) title: String,
    pub(crate) level: u8,
    pub(crate) page: usize,
    pub(crate) y: f32,
}

/// Pages as they fill up.
pub(crate) struct Pages {
    pub(crate) done: Vec<Vec<Mark>>,
    /// Where the next thing is drawn on the last page.
    pub(crate) y: f32,
    pub(crate) tags: Tags,
    pub(crate) bookmarks: Vec<Bookmark>,
}

impl Pages {
    pub(crate) fn new() -> Self {
        Self { done: vec![Vec::new()], y: TOP, tags: Tags::default(), bookmarks: Vec::new() }
    }

    /// How much room a whole page has.
    pub(crate) const fn whole() -> f32 {
        BOTTOM - TOP
    }

    pub(crate) fn room(&self) -> f32 {
        BOTTOM - self.y
    }

    pub(crate) fn turn(&mut self) {
        self.done.push(Vec::new());
        self.y = TOP;
    }

    /// Turns the page when there is less room than this.
    pub(crate) fn keep(&mut self, height: f32) {
        if self.room() < height && self.y > TOP {
            self.turn();
        }
    }

    /// Leaves some room, except at the top of a page.
    pub(crate) fn leave(&mut self, height: f32) {
        if self.y > TOP {
            self.y += height;
        }
    }

    pub(crate) fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.done.last_mut() {
            page.push(mark);
        }
    }

    pub(crate) fn area(&mut self, x: f32, y: f32, width: f32, height: f32, ink: Ink) {
        self.mark(Mark::Area { x, y, width, height, ink });
    }

    /// Draws a line with its top at a height, without moving on.
    pub(crate) fn draw(&mut self, line: Line, x: f32, top: f32, element: Option<usize>) {
        for run in line.runs {
            self.mark(Mark::Glyphs { x: x + run.x, y: top + line.baseline, run, element });
        }
    }

    /// Draws lines below each other, over as many pages as it takes.
    pub(crate) fn flow(&mut self, lines: Vec<Line>, x: f32, element: Option<usize>) {
        // A first or last line does not stand alone.
        let two: f32 = lines.iter().take(2).map(|line| line.height).sum();
        self.keep(two);
        let count = lines.len();
        for (at, line) in lines.into_iter().enumerate() {
            let height = line.height;
            let last_two = count > 3 && at + 2 == count;
            self.keep(if last_two { 2.0 * height } else { height });
            let top = self.y;
            self.draw(line, x, top, element);
            self.y += height;
        }
    }

    /// Remembers a heading that stands here.
    pub(crate) fn bookmark(&mut self, title: &str, level: u8) {
        let bookmark = Bookmark { title: title.to_owned(), level, page: self.done.len() - 1, y: self.y };
        self.bookmarks.push(bookmark);
    }
}
