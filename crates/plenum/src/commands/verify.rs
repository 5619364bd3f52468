//! `plenum verify`: checks a record, without a server, a database or any configuration.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use plenum_record::file::{Form, Record};
use plenum_record::note::NoteKey;
use plenum_record::verify::{Against, verify as check};
use plenum_record::words;

/// What is to be checked, and against what.
#[derive(Args, Debug)]
#[command(
    after_help = "docs/RECORD.md says what each line checks. The exit status is 0 only if everything holds, 1 if something \
                  does not, 2 if a file cannot be read, and 4 if the record was taken too early."
)]
pub struct VerifyArguments {
    /// The record of a session.
    #[arg(value_name = "RECORD")]
    record: PathBuf,
    /// A checkpoint that was kept: the record has to have grown out of it.
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// Another copy of the record, of the same or another time: both have to tell the same.
    #[arg(long, value_name = "RECORD")]
    other: Option<PathBuf>,
    /// A voter's receipt: the entry that it promises has to be there.
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
    /// The public key that has to have signed it, as text; without it the record's own is believed.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

fn read(path: &Path) -> Result<Record, String> {
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let file = File::open(path).map_err(|error| failed(&error))?;
    Record::read(BufReader::new(file)).map_err(|error| failed(&error))
}

/// A signed note from a file, whatever an editor made of its line ends.
fn note(path: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(format!("{}\n", text.replace("\r\n", "\n").trim_end()))
}

/// A file cannot be read or is no record at all.
const UNREADABLE: u8 = 2;
/// Nothing is wrong, and something has to follow.
const TOO_EARLY: u8 = 4;

/// Prints one line for each check; the status says what came of them.
pub fn verify(what: &VerifyArguments) -> ExitCode {
    checked(what).unwrap_or_else(|sentence| {
        eprintln!("plenum: {sentence}");
        UNREADABLE.into()
    })
}

fn checked(what: &VerifyArguments) -> Result<ExitCode, String> {
    let record = read(&what.record)?;
    let against = Against {
        key: what
            .key
            .as_deref()
            .map(str::parse::<NoteKey>)
            .transpose()
            .map_err(|error| format!("--key: {error}"))?,
        checkpoint: what.checkpoint.as_deref().map(note).transpose()?,
        other: what.other.as_deref().map(read).transpose()?,
        receipt: what.receipt.as_deref().map(note).transpose()?,
    };
    let report = check(&record, &against);
    let manifest = &record.manifest;
    println!(
        "record of {}, {} leaves{}",
        manifest.origin,
        manifest.size,
        match manifest.form {
            Form::Full => "",
            Form::Redacted => ", redacted",
        }
    );
    println!("signed by {}", manifest.public_key);
    if let Some(root) = plenum_record::unhex(&manifest.root) {
        println!("root in words: {}", words::sentence(&root));
    }
    for line in report.lines() {
        println!("{line}");
    }
    let (verdict, status) = match (report.is_sound(), report.is_complete()) {
        (true, true) => ("Everything that could be checked holds.", ExitCode::SUCCESS),
        (true, false) => ("Nothing is wrong, and something is still to come.", TOO_EARLY.into()),
        (false, _) => ("This record does NOT hold.", ExitCode::FAILURE),
    };
    println!("{verdict}");
    Ok(status)
}
