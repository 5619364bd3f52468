//! The tree: signatures, root, gaps, commitments, older checkpoints, other copies.

use std::collections::HashMap;

use super::{Against, Check, Report};
use crate::file::{Form, LeafLine, Record};
use crate::leaf::Leaf;
use crate::note::{Checkpoint, NoteKey};
use crate::receipt::Receipt;
use crate::tree::{Frontier, leaf_hash};
use crate::{Hash, commitment};

/// Roots by size, for the sizes that are asked for.
struct Roots {
    by_size: HashMap<u64, Hash>,
    all: Hash,
}

impl Roots {
    fn of(leaves: &[LeafLine], sizes: impl IntoIterator<Item = u64>) -> Self {
        let mut by_size: HashMap<u64, Hash> = sizes.into_iter().map(|size| (size, [0; 32])).collect();
        let mut frontier = Frontier::default();
        by_size.entry(0).and_modify(|root| *root = frontier.root());
        for leaf in leaves {
            frontier.append(leaf_hash(leaf.text.as_bytes()), |_| {});
            if let Some(root) = by_size.get_mut(&frontier.size()) {
                *root = frontier.root();
            }
        }
        by_size.retain(|size, _| *size <= frontier.size());
        Self { by_size, all: frontier.root() }
    }
}

pub(super) fn check(record: &Record, against: &Against, report: &mut Report) {
    let checkpoints = signatures(record, against, report);
    gaps(record, report);
    root(record, &checkpoints, report);
    commitments(record, report);
    if let Some(note) = &against.checkpoint {
        older(record, note, report);
    }
    if let Some(other) = &against.other {
        other_copy(record, other, report);
    }
    if let Some(note) = &against.receipt {
        receipt(record, note, report);
    }
}

fn signatures(record: &Record, against: &Against, report: &mut Report) -> Vec<Checkpoint> {
    let manifest = &record.manifest;
    let Ok(key) = manifest.public_key.parse::<NoteKey>() else {
        report.fails(Check::Signatures, "the manifest's public key is not a key");
        return Vec::new();
    };
    report.expect(Check::Signatures, key.name() == manifest.origin, || {
        "the public key is not one of this log".to_owned()
    });
    if let Some(expected) = &against.key {
        report.expect(Check::Signatures, *expected == key, || {
            format!("the record was signed with {key}, not with {expected}")
        });
    }
    let mut opened = Vec::new();
    for (number, line) in (1..).zip(&record.checkpoints) {
        match Checkpoint::open(&line.note, &key) {
            Ok(checkpoint) => {
                report.holds(Check::Signatures);
                opened.push(checkpoint);
            }
            Err(error) => report.fails(Check::Signatures, format!("checkpoint {number}: {error}")),
        }
    }
    if opened.is_empty() {
        report.fails(Check::Signatures, "there is no checkpoint that the key signed");
    }
    opened
}

fn gaps(record: &Record, report: &mut Report) {
    for (expected, leaf) in (0..).zip(&record.leaves) {
        if leaf.position != expected {
            report.fails(Check::Gaps, format!("leaf {expected} is missing: {} stands there", leaf.position));
            return;
        }
    }
    let count = record.leaves.len() as u64;
    report.expect(Check::Gaps, count == record.manifest.size, || {
        format!("there are {count} leaves where the manifest says {}", record.manifest.size)
    });
}

fn root(record: &Record, checkpoints: &[Checkpoint], report: &mut Report) {
    let roots = Roots::of(&record.leaves, checkpoints.iter().map(|checkpoint| checkpoint.size));
    report.expect(Check::Root, hex::encode(roots.all) == record.manifest.root, || {
        "the leaves do not give the root in the manifest".to_owned()
    });
    let mut last = 0;
    for checkpoint in checkpoints {
        let size = checkpoint.size;
        let fits = roots.by_size.get(&size) == Some(&checkpoint.root) && size > last;
        report.expect(Check::Root, fits, || format!("the leaves do not give the checkpoint of size {size}"));
        last = size;
    }
    report.expect(Check::Root, last == record.leaves.len() as u64, || {
        "the last checkpoint does not cover all leaves".to_owned()
    });
}

fn commitments(record: &Record, report: &mut Report) {
    let mut withheld = 0;
    for line in &record.leaves {
        let position = line.position;
        let Ok(leaf) = serde_json::from_str::<Leaf>(&line.text) else {
            report.fails(Check::Commitments, format!("leaf {position} is not in the format"));
            continue;
        };
        withheld += leaf.sealed.len().saturating_sub(line.openings.len()) as u64;
        for (name, opening) in &line.openings {
            let opens = commitment::of(opening).map(hex::encode);
            report.expect(
                Check::Commitments,
                opens.is_some() && opens.as_ref() == leaf.sealed.get(name),
                || format!("leaf {position}: {name} is not what was sealed"),
            );
        }
    }
    let manifest = &record.manifest;
    let form = if withheld == 0 { Form::Full } else { Form::Redacted };
    report.expect(Check::Commitments, manifest.withheld == withheld && manifest.form == form, || {
        format!("{withheld} commitments are not opened where the manifest says {}", manifest.withheld)
    });
}

fn older(record: &Record, note: &str, report: &mut Report) {
    let Ok(key) = record.manifest.public_key.parse::<NoteKey>() else { return };
    let kept = match Checkpoint::open(note, &key) {
        Ok(kept) => kept,
        Err(error) => {
            return report.fails(Check::Checkpoint, format!("the checkpoint that was kept: {error}"));
        }
    };
    let roots = Roots::of(&record.leaves, [kept.size]);
    match roots.by_size.get(&kept.size) {
        Some(root) => report.expect(Check::Checkpoint, *root == kept.root, || {
            "the log did not grow out of the checkpoint that was kept".to_owned()
        }),
        None => report.fails(
            Check::Checkpoint,
            format!("the checkpoint that was kept covers {} leaves, the record fewer", kept.size),
        ),
    }
}

fn other_copy(record: &Record, other: &Record, report: &mut Report) {
    let same_log = record.manifest.origin == other.manifest.origin
        && record.manifest.public_key == other.manifest.public_key;
    report.expect(Check::OtherCopy, same_log, || "the other copy is of another log".to_owned());
    let differs = record.leaves.iter().zip(&other.leaves).find(|(one, two)| one.text != two.text);
    match differs {
        Some((leaf, _)) => {
            report
                .fails(Check::OtherCopy, format!("leaf {} is another one in the other copy", leaf.position));
        }
        None => report.holds(Check::OtherCopy),
    }
}

fn receipt(record: &Record, note: &str, report: &mut Report) {
    let Ok(key) = record.manifest.public_key.parse::<NoteKey>() else { return };
    let promise = match Receipt::open(note, &key) {
        Ok(promise) => promise,
        Err(error) => return report.fails(Check::Receipt, format!("the receipt: {error}")),
    };
    let there = record.leaves.iter().any(|leaf| leaf_hash(leaf.text.as_bytes()) == promise.leaf);
    report.expect(Check::Receipt, there && promise.origin == record.manifest.origin, || {
        "the entry that the receipt promises is not here; if the record is younger than the receipt, the server broke its word"
            .to_owned()
    });
}
