//! Papers: what is written for people to read, and the typesetter that prints them.
//!
//! A [`Paper`] says what stands on it and in which order, not how it looks. The typesetter makes a
//! PDF of it; Markdown and HTML are written from the same paper without one.

use async_trait::async_trait;
use plenum_domain::Moment;

/// A paper for people to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// Who issues it; stands above the title and at the head of every page.
    pub issuer: String,
    /// What it is called.
    pub title: String,
    /// The essential facts, each with its name.
    pub facts: Vec<Fact>,
    /// What stands on it, in order.
    pub blocks: Vec<Block>,
    /// Stands at the foot of every page, beside the page number.
    pub footer: String,
    /// When it was written.
    pub written_at: Moment,
}

/// A fact with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it is.
    pub name: String,
    /// The fact.
    pub value: String,
}

/// A piece of a paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Begins a section.
    Heading(String),
    /// Begins a part of a section.
    Subheading(String),
    /// Text; line breaks stay.
    Text(String),
    /// Text that must not be overlooked.
    Notice(String),
    /// Facts, each with its name.
    Facts(Vec<Fact>),
    /// A label with names behind it.
    Names {
        /// What they have in common.
        label: String,
        /// The names.
        names: Vec<String>,
    },
    /// A table.
    Table(Table),
    /// Lines for people to sign on, each with what they sign as.
    Signatures(Vec<String>),
}

/// A table. Every row has a cell for each column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The columns from the first to the last.
    pub columns: Vec<Column>,
    /// The rows from top to bottom.
    pub rows: Vec<Row>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// What stands in it.
    pub heading: String,
    /// How much of the width it takes, beside what the others take.
    pub share: u8,
    /// Whether it holds numbers, which are set against the right edge.
    pub numbers: bool,
}

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// A cell for each column.
    pub cells: Vec<String>,
    /// Whether it stands out.
    pub strong: bool,
}

impl Fact {
    /// A fact with its name.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}

impl Column {
    /// A column of text.
    pub fn text(heading: &str, share: u8) -> Self {
        Self { heading: heading.to_owned(), share, numbers: false }
    }

    /// A column of numbers.
    pub fn numbers(heading: &str, share: u8) -> Self {
        Self { heading: heading.to_owned(), share, numbers: true }
    }
}

impl Row {
    /// A row like any other.
    pub fn plain(cells: impl Into<Vec<String>>) -> Self {
        Self { cells: cells.into(), strong: false }
    }
}

/// A printed paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    /// The PDF.
    pub pdf: Vec<u8>,
    /// Characters no font of this server has; their numbers are printed in their place, and a note at
    /// the end says so.
    pub missing: Vec<char>,
}

/// Why a paper was not printed.
#[derive(Debug, thiserror::Error)]
pub enum TypesettingError {
    /// So many papers are waiting that one more would wait too long.
    #[error("too many papers are waiting to be printed")]
    Busy,
    /// It failed.
    #[error("typesetting failed: {0}")]
    Failed(String),
}

/// Prints papers.
#[async_trait]
pub trait Typesetter: Send + Sync {
    /// Makes a PDF of a paper, with every font it needs inside.
    ///
    /// # Errors
    /// [`TypesettingError`]; never because of what stands on the paper.
    async fn print(&self, paper: Paper) -> Result<Printed, TypesettingError>;
}
