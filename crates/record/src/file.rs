//! Record files: a zip of JSON lines with a manifest. docs/RECORD.md describes every field.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Seek, Write};

use plenum_ports::repository::Opening;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{ZipArchive, ZipWriter};

/// What the manifest calls the format.
pub const FORMAT: &str = "plenum-record";
/// The version of it that is written and read here.
pub const VERSION: u32 = 1;

const MANIFEST: &str = "manifest.json";
const LEAVES: &str = "leaves.jsonl";
const CHECKPOINTS: &str = "checkpoints.jsonl";
const RESULTS: &str = "results.jsonl";

/// The most that a record may unpack to, in bytes.
const LARGEST: u64 = 8 << 30;

/// A leaf with what opens it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeafLine {
    /// Its place in the tree, from 0.
    pub position: u64,
    /// The leaf, exactly as it is hashed.
    pub text: String,
    /// What opens its commitments, by name; those withheld or erased are not there.
    pub openings: BTreeMap<String, Opening>,
}

/// A checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckpointLine {
    /// The signed note.
    pub note: String,
}

/// A result as it was published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultLine {
    /// Of which event.
    pub event_id: i32,
    /// The published document.
    pub result: Value,
}

/// Whether something was withheld.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Every commitment can be opened.
    Full,
    /// Some are not opened: they were erased, or whoever took the record may not see what is in them.
    Redacted,
}

/// What is in one of the files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// How many lines.
    pub lines: u64,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
}

/// What is in a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// What the log is called.
    pub origin: String,
    /// The key that signs it.
    pub public_key: String,
    /// How many leaves there are; the last checkpoint covers them all.
    pub size: u64,
    /// Their root, in hexadecimal.
    pub root: String,
    /// Whether something was withheld.
    pub form: Form,
    /// How many commitments are not opened.
    pub withheld: u64,
    /// The other files, by name.
    pub files: BTreeMap<String, FileEntry>,
}

/// A record, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// What is in it.
    pub manifest: Manifest,
    /// The leaves in order.
    pub leaves: Vec<LeafLine>,
    /// The checkpoints in order.
    pub checkpoints: Vec<CheckpointLine>,
    /// The published results.
    pub results: Vec<ResultLine>,
}

/// Why a file is no record.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It is no zip file, or lacks one of the files.
    #[error("it is not a record: {0}")]
    Zip(#[from] zip::result::ZipError),
    /// A line is wrong.
    #[error("{file}, line {line}: {reason}")]
    Line {
        /// In which file.
        file: &'static str,
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// It is of another format or a newer version.
    #[error("it is not a record of a version that is known here; a newer program may read it")]
    Version,
    /// A file is not what the manifest says.
    #[error("{file} is not the file that the manifest describes")]
    Manifest {
        /// Which file.
        file: String,
    },
    /// Unpacked, it would be too large.
    #[error("it is larger than a record can be")]
    TooLarge,
}

/// Writes lines into a file of a record and keeps count.
struct Lines {
    hash: Sha256,
    lines: u64,
}

/// Writes a record piece by piece: leaves, then checkpoints, then results.
pub struct RecordWriter<W: Write> {
    zip: ZipWriter<StreamWriter<W>>,
    current: Option<(&'static str, Lines)>,
    files: BTreeMap<String, FileEntry>,
    withheld: u64,
}

fn io_error(error: zip::result::ZipError) -> io::Error {
    io::Error::other(error)
}

impl<W: Write> RecordWriter<W> {
    /// Begins a record.
    pub fn new(to: W) -> Self {
        let zip = ZipWriter::new_stream(to);
        Self { zip, current: None, files: BTreeMap::new(), withheld: 0 }
    }

    fn end_file(&mut self) {
        if let Some((name, lines)) = self.current.take() {
            let sha256 = hex::encode(lines.hash.finalize());
            self.files.insert(name.to_owned(), FileEntry { lines: lines.lines, sha256 });
        }
    }

    fn enter(&mut self, name: &'static str) -> io::Result<()> {
        if self.current.as_ref().is_none_or(|(current, _)| *current != name) {
            self.end_file();
            self.zip.start_file(name, SimpleFileOptions::default().large_file(true)).map_err(io_error)?;
            self.current = Some((name, Lines { hash: Sha256::new(), lines: 0 }));
        }
        Ok(())
    }

    fn line(&mut self, name: &'static str, line: &impl Serialize) -> io::Result<()> {
        self.enter(name)?;
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        if let Some((_, lines)) = &mut self.current {
            lines.hash.update(&text);
            lines.lines += 1;
        }
        self.zip.write_all(&text)
    }

    /// Adds a leaf; `sealed` is how many commitments it has.
    ///
    /// # Errors
    /// When what is behind refuses to be written to.
    pub fn leaf(&mut self, leaf: &LeafLine, sealed: usize) -> io::Result<()> {
        self.withheld += sealed.saturating_sub(leaf.openings.len()) as u64;
        self.line(LEAVES, leaf)
    }

    /// Adds a checkpoint.
    ///
    /// # Errors
    /// When what is behind refuses to be written to.
    pub fn checkpoint(&mut self, note: String) -> io::Result<()> {
        self.line(CHECKPOINTS, &CheckpointLine { note })
    }

    /// Adds a published result.
    ///
    /// # Errors
    /// When what is behind refuses to be written to.
    pub fn result(&mut self, result: &ResultLine) -> io::Result<()> {
        self.line(RESULTS, result)
    }

    /// Ends the record; gives back what it was written to.
    ///
    /// # Errors
    /// When what is behind refuses to be written to.
    pub fn finish(
        mut self,
        origin: String,
        public_key: String,
        size: u64,
        root: &crate::Hash,
    ) -> io::Result<W> {
        for name in [LEAVES, CHECKPOINTS, RESULTS] {
            if !self.files.contains_key(name) {
                self.enter(name)?;
            }
        }
        self.end_file();
        let manifest = Manifest {
            format: FORMAT.to_owned(),
            version: VERSION,
            origin,
            public_key,
            size,
            root: hex::encode(root),
            form: if self.withheld == 0 { Form::Full } else { Form::Redacted },
            withheld: self.withheld,
            files: std::mem::take(&mut self.files),
        };
        self.zip.start_file(MANIFEST, SimpleFileOptions::default()).map_err(io_error)?;
        self.zip.write_all(&serde_json::to_vec_pretty(&manifest)?)?;
        self.zip.write_all(b"\n")?;
        Ok(self.zip.finish().map_err(io_error)?.into_inner())
    }
}

impl Record {
    /// Reads a record. What it says is not believed yet, see [`verify`](crate::verify).
    ///
    /// # Errors
    /// [`FileError`] says what is wrong with it.
    pub fn read(from: impl Read + Seek) -> Result<Self, FileError> {
        let mut zip = ZipArchive::new(from)?;
        let names: Vec<String> =
            zip.file_names().map(|name| Ok(name?.into_owned())).collect::<Result<_, FileError>>()?;
        let known = [MANIFEST, LEAVES, CHECKPOINTS, RESULTS];
        if let Some(file) = names.iter().find(|name| !known.contains(&name.as_str())) {
            return Err(FileError::Manifest { file: file.clone() });
        }
        let mut text = String::new();
        zip.by_name(MANIFEST)?.take(1 << 20).read_to_string(&mut text)?;
        let manifest: Manifest = serde_json::from_str(&text).map_err(|error| FileError::Line {
            file: MANIFEST,
            line: error.line(),
            reason: error.to_string(),
        })?;
        if manifest.format != FORMAT || manifest.version != VERSION {
            return Err(FileError::Version);
        }
        let mut entries = manifest.files.clone();
        let record = Self {
            leaves: lines(&mut zip, LEAVES, &mut entries)?,
            checkpoints: lines(&mut zip, CHECKPOINTS, &mut entries)?,
            results: lines(&mut zip, RESULTS, &mut entries)?,
            manifest,
        };
        match entries.into_keys().next() {
            Some(file) => Err(FileError::Manifest { file }),
            None => Ok(record),
        }
    }

    /// Writes the record anew, with a manifest that fits it.
    ///
    /// # Errors
    /// When what is behind refuses to be written to.
    pub fn write<W: Write>(&self, to: W) -> io::Result<W> {
        let mut writer = RecordWriter::new(to);
        for leaf in &self.leaves {
            let sealed = serde_json::from_str::<crate::leaf::Leaf>(&leaf.text);
            writer.leaf(leaf, sealed.map_or(0, |leaf| leaf.sealed.len()))?;
        }
        for checkpoint in &self.checkpoints {
            writer.checkpoint(checkpoint.note.clone())?;
        }
        for result in &self.results {
            writer.result(result)?;
        }
        let manifest = &self.manifest;
        let root = hex::decode(&manifest.root).ok().and_then(|root| root.try_into().ok()).unwrap_or([0; 32]);
        writer.finish(manifest.origin.clone(), manifest.public_key.clone(), manifest.size, &root)
    }
}

fn lines<T: DeserializeOwned>(
    zip: &mut ZipArchive<impl Read + Seek>,
    file: &'static str,
    entries: &mut BTreeMap<String, FileEntry>,
) -> Result<Vec<T>, FileError> {
    let unlike = || FileError::Manifest { file: file.to_owned() };
    let expected = entries.remove(file).ok_or_else(unlike)?;
    let unpacked = zip.by_name(file)?;
    if unpacked.size() > LARGEST {
        return Err(FileError::TooLarge);
    }
    let mut reader = BufReader::new(unpacked.take(LARGEST));
    let (mut read, mut hash, mut line) = (Vec::new(), Sha256::new(), Vec::new());
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        hash.update(&line);
        let value = serde_json::from_slice(&line).map_err(|error| FileError::Line {
            file,
            line: read.len() + 1,
            reason: error.to_string(),
        })?;
        read.push(value);
    }
    let found = FileEntry { lines: read.len() as u64, sha256: hex::encode(hash.finalize()) };
    if found == expected { Ok(read) } else { Err(unlike()) }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn record() -> Record {
        let opening = Opening { salt: "00".repeat(32), text: "{\"name\":\"Zoë Ng\"}".to_owned() };
        let leaf =
            LeafLine { position: 0, text: "{}".into(), openings: [("changes".into(), opening)].into() };
        let mut writer = RecordWriter::new(Vec::new());
        writer.leaf(&leaf, 2).expect("it can be written");
        writer.checkpoint("a note\n".into()).expect("it can be written");
        let bytes = writer.finish("o".into(), "k".into(), 1, &[1; 32]).expect("it can be written");
        Record::read(Cursor::new(bytes)).expect("it can be read")
    }

    #[test]
    fn a_record_comes_back_as_it_was_written() {
        let record = record();
        assert_eq!((record.manifest.form, record.manifest.withheld), (Form::Redacted, 1));
        assert_eq!(record.leaves[0].openings["changes"].text, "{\"name\":\"Zoë Ng\"}");
        assert_eq!((record.checkpoints.len(), record.results.len()), (1, 0));
    }

    #[test]
    fn what_is_no_record_is_refused() {
        assert!(matches!(Record::read(Cursor::new(b"no zip")), Err(FileError::Zip(_))));
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file(MANIFEST, SimpleFileOptions::default()).expect("a file");
        let bytes = zip.finish().expect("a zip").into_inner();
        assert!(matches!(Record::read(Cursor::new(bytes)), Err(FileError::Line { .. })));
    }
}
