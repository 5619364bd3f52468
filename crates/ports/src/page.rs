//! Lists in pieces.

/// Which piece of a list is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    limit: u16,
    after: Option<i64>,
}

/// The limit is out of bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number from 1 to 200")]
pub struct PageError;

impl Page {
    /// The most items in one piece.
    pub const MAX: u16 = 200;
    /// Items in a piece when nobody says.
    pub const DEFAULT: u16 = 50;

    /// Checks a wish.
    ///
    /// # Errors
    /// [`PageError`] when the limit is not within 1 to [`Self::MAX`].
    pub fn new(limit: Option<u16>, after: Option<i64>) -> Result<Self, PageError> {
        let limit = limit.unwrap_or(Self::DEFAULT);
        if (1..=Self::MAX).contains(&limit) { Ok(Self { limit, after }) } else { Err(PageError) }
    }

    /// The first piece, as large as allowed.
    pub const fn first() -> Self {
        Self { limit: Self::MAX, after: None }
    }

    /// The same page with one item at least, and so many at most.
    #[must_use]
    pub fn limited(self, limit: u16) -> Self {
        Self { limit: limit.clamp(1, self.limit), after: self.after }
    }

    /// The same page behind another cursor.
    #[must_use]
    pub const fn continued(self, after: i64) -> Self {
        Self { limit: self.limit, after: Some(after) }
    }

    /// How many items at most.
    pub const fn limit(self) -> u16 {
        self.limit
    }

    /// Items behind this cursor only.
    pub const fn after(self) -> Option<i64> {
        self.after
    }
}

/// A piece of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paged<T> {
    /// The items.
    pub items: Vec<T>,
    /// The cursor of the next piece; `None` at the end.
    pub next: Option<i64>,
}

impl<T> Paged<T> {
    /// Builds a piece from up to one item more than the page asks for, as adapters fetch them.
    pub fn from_one_more(page: Page, mut items: Vec<T>, cursor: impl Fn(&T) -> i64) -> Self {
        let limit = usize::from(page.limit);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(cursor) } else { None };
        Self { items, next }
    }

    /// The same piece with every item turned into something else.
    pub fn map<U>(self, turn: impl FnMut(T) -> U) -> Paged<U> {
        Paged { items: self.items.into_iter().map(turn).collect(), next: self.next }
    }
}
