//! Rosters as people have them: files of spreadsheet programs, read into rows.

mod encoding;
mod table;

pub use encoding::{Encoding, decode, require_whole};
pub use table::{MOST_ROWS, Row, Said, read};
