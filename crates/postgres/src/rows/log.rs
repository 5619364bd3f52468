//! Rows of the log.

use plenum_domain::Moment;
use plenum_ports::StoreError;
use plenum_ports::repository::LogHash;

use super::Cell;

/// A row of `log_trees`.
pub(crate) struct LogTreeRow {
    pub(crate) id: i32,
    pub(crate) organization_id: Option<i32>,
    pub(crate) session_id: Option<i32>,
    pub(crate) origin: String,
    pub(crate) public_key: String,
    pub(crate) size: i64,
    pub(crate) edge: Vec<u8>,
    pub(crate) signed_size: i64,
    pub(crate) signed_at: Option<Moment>,
}

impl Cell {
    /// Reads a SHA-256 hash.
    pub(crate) fn hash(self, bytes: &[u8]) -> Result<LogHash, StoreError> {
        self.check(bytes.try_into())
    }
}

/// A stored number that cannot be negative.
pub(crate) fn number(cell: Cell, value: i64) -> Result<u64, StoreError> {
    cell.check(u64::try_from(value))
}

/// A number as it is stored.
pub(crate) fn signed(value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|_| StoreError::Other("a log has no room for so many leaves".to_owned()))
}
