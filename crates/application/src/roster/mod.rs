//! Rosters as people have them: files of spreadsheet programs, read into rows.

mod encoding;
mod table;

pub use encoding::{Encoding, decode, require_whole};
pub use table::{Column, MOST_ROWS, Row, RowFault, Said, read};
