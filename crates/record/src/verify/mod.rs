//! Checks a record, and asks the server nothing.
//!
//! What is checked, one line each: docs/RECORD.md names them. `docs/verify.py` is a second
//! implementation that shares no line with this one; both must come to the same verdicts.

mod event;
mod log;
mod sitting;
mod ties;

use std::collections::BTreeMap;
use std::fmt;

use crate::file::Record;
use crate::note::NoteKey;

/// What is checked, in the order in which it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// Every checkpoint was signed by the key.
    Signatures,
    /// No leaf is missing, and none stands twice.
    Gaps,
    /// The leaves give the root of every checkpoint.
    Root,
    /// Every opening opens its commitment, and the manifest counts those that are missing.
    Commitments,
    /// The leaves tell one sitting from its opening on, in an order that can be.
    Sitting,
    /// The rules and the text that each event was opened under are those that were logged.
    Rules,
    /// The roll of each event is the one that was logged.
    Roll,
    /// Every vote was cast with an instance of the caster's, for someone on the roll.
    Entitled,
    /// Whoever voted for another held a mandate that stood.
    Mandates,
    /// Nobody's vote was cast twice.
    OneVote,
    /// No vote was cast before the opening or after the close.
    Late,
    /// The ballots that were counted are the votes that were cast, with their weights.
    Ballots,
    /// As many ballots were counted as envelopes came in, and the key is destroyed.
    Envelopes,
    /// The figures and the outcome follow from the ballots by the method.
    Tally,
    /// The quorum follows from the roll and the attendance.
    Quorum,
    /// The published results are those that were counted.
    Published,
    /// The log grew out of the checkpoint that was kept.
    Checkpoint,
    /// The other copy tells the same.
    OtherCopy,
    /// The entry that a receipt promises is there.
    Receipt,
}

impl Verdict {
    /// The word at the beginning of a line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Holds => "ok",
            Self::Fails => "FAIL",
            Self::Waits => "wait",
            Self::NotChecked => "--",
        }
    }
}

impl Check {
    /// Every check.
    pub const ALL: [Self; 19] = [
        Self::Signatures,
        Self::Gaps,
        Self::Root,
        Self::Commitments,
        Self::Sitting,
        Self::Rules,
        Self::Roll,
        Self::Entitled,
        Self::Mandates,
        Self::OneVote,
        Self::Late,
        Self::Ballots,
        Self::Envelopes,
        Self::Tally,
        Self::Quorum,
        Self::Published,
        Self::Checkpoint,
        Self::OtherCopy,
        Self::Receipt,
    ];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signatures => "signatures",
            Self::Gaps => "gaps",
            Self::Root => "root",
            Self::Commitments => "commitments",
            Self::Sitting => "sitting",
            Self::Rules => "rules",
            Self::Roll => "roll",
            Self::Entitled => "entitled",
            Self::Mandates => "mandates",
            Self::OneVote => "one_vote",
            Self::Late => "late",
            Self::Ballots => "ballots",
            Self::Envelopes => "envelopes",
            Self::Tally => "tally",
            Self::Quorum => "quorum",
            Self::Published => "published",
            Self::Checkpoint => "checkpoint",
            Self::OtherCopy => "other_copy",
            Self::Receipt => "receipt",
        }
    }
}

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything that could be checked holds.
    Holds,
    /// Something is wrong.
    Fails,
    /// Nothing is wrong, and something that has to follow is not in the record yet.
    Waits,
    /// There was nothing to check, or what it takes is withheld.
    NotChecked,
}

/// What came of one check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Findings {
    held: u64,
    wrong: Vec<String>,
    waiting: Vec<String>,
    unseen: u64,
}

/// What came of all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    findings: BTreeMap<Check, Findings>,
}

/// The most that is told of one check.
const MOST_TOLD: usize = 5;

impl Report {
    fn holds(&mut self, check: Check) {
        self.findings.entry(check).or_default().held += 1;
    }

    fn fails(&mut self, check: Check, why: impl fmt::Display) {
        self.findings.entry(check).or_default().wrong.push(why.to_string());
    }

    fn waits(&mut self, check: Check, why: impl fmt::Display) {
        self.findings.entry(check).or_default().waiting.push(why.to_string());
    }

    fn unseen(&mut self, check: Check) {
        self.findings.entry(check).or_default().unseen += 1;
    }

    fn expect(&mut self, check: Check, holds: bool, why: impl FnOnce() -> String) {
        if holds { self.holds(check) } else { self.fails(check, why()) }
    }

    /// What came of a check.
    pub fn verdict(&self, check: Check) -> Verdict {
        match self.findings.get(&check) {
            Some(found) if !found.wrong.is_empty() => Verdict::Fails,
            Some(found) if !found.waiting.is_empty() => Verdict::Waits,
            Some(found) if found.held > 0 => Verdict::Holds,
            _ => Verdict::NotChecked,
        }
    }

    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.findings.values().all(|found| found.wrong.is_empty())
    }

    /// Whether everything that has to follow is in the record.
    pub fn is_complete(&self) -> bool {
        self.findings.values().all(|found| found.waiting.is_empty())
    }

    /// One line for each check, and one for each thing that is wrong or is still to come.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let nothing = Findings::default();
        for check in Check::ALL {
            let found = self.findings.get(&check).unwrap_or(&nothing);
            let word = self.verdict(check).as_str();
            let unseen =
                if found.unseen > 0 { format!(", {} withheld", found.unseen) } else { String::new() };
            lines.push(format!("{word:<5}{:<12} {} checked{unseen}", check.as_str(), found.held));
            for reasons in [&found.wrong, &found.waiting] {
                lines.extend(reasons.iter().take(MOST_TOLD).map(|why| format!("       {why}")));
                if reasons.len() > MOST_TOLD {
                    lines.push(format!("       and {} more", reasons.len() - MOST_TOLD));
                }
            }
        }
        lines
    }
}

/// What a record is held against besides itself.
#[derive(Clone, Debug, Default)]
pub struct Against {
    /// The key that must have signed it; the record's own otherwise, which then proves less.
    pub key: Option<NoteKey>,
    /// A checkpoint that somebody kept.
    pub checkpoint: Option<String>,
    /// Another copy of the record, of the same or of another time.
    pub other: Option<Record>,
    /// A voter's receipt.
    pub receipt: Option<String>,
}

/// Checks a record.
pub fn verify(record: &Record, against: &Against) -> Report {
    let mut report = Report::default();
    log::check(record, against, &mut report);
    sitting::check(record, &mut report);
    report
}
