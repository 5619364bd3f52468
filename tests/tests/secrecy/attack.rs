//! What an attacker makes of rows and bytes.

use std::collections::{BTreeMap, BTreeSet};

/// How far before a choice somebody's id is still beside it: in the same row.
const REACH: usize = 72;

/// Whose choice an attacker believes to know, by instance or user id.
#[derive(Debug, Default)]
pub(crate) struct Evidence(BTreeMap<i32, BTreeMap<usize, usize>>);

impl Evidence {
    fn add(&mut self, voter: i32, choice: usize) {
        *self.0.entry(voter).or_default().entry(choice).or_default() += 1;
    }

    /// Whether nothing was found.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The share of voters whose choice is named rightly: by the most evidence where there is any, else
    /// by naming the winner.
    pub(crate) fn rate(&self, votes: &BTreeMap<i32, usize>) -> f64 {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for choice in votes.values() {
            *counts.entry(*choice).or_default() += 1;
        }
        let winner = counts.iter().max_by_key(|(_, count)| **count).map(|(choice, _)| *choice);
        let named = |voter: &i32| {
            let found = self.0.get(voter).and_then(|found| found.iter().max_by_key(|(_, count)| **count));
            found.map(|(choice, _)| *choice).or(winner)
        };
        let right = votes.iter().filter(|(voter, choice)| named(voter) == Some(**choice)).count();
        super::share(right, votes.len())
    }
}

/// In which order two tables are laid side by side.
#[derive(Clone, Copy)]
pub(crate) enum Order {
    /// As a plain dump gives them.
    Physical,
    /// By what identifies a row.
    Keys,
    /// By the transaction that wrote them.
    Transactions,
}

/// A row as the database keeps it.
pub(crate) struct Row<T> {
    pub(crate) place: (i64, i64),
    pub(crate) key: i64,
    pub(crate) transaction: i64,
    pub(crate) what: T,
}

/// Voters in one table, choices in another.
pub(crate) struct Tables {
    pub(crate) voters: Vec<Row<i32>>,
    pub(crate) ballots: Vec<Row<usize>>,
}

fn sorted<T: Copy>(rows: &[Row<T>], order: Order) -> Vec<T> {
    let mut rows: Vec<&Row<T>> = rows.iter().collect();
    rows.sort_by_key(|row| match order {
        Order::Physical => (row.place.0, row.place.1, 0),
        Order::Keys => (row.key, 0, 0),
        Order::Transactions => (row.transaction, row.place.0, row.place.1),
    });
    rows.into_iter().map(|row| row.what).collect()
}

impl Tables {
    /// Takes the n-th ballot for the n-th voter's.
    pub(crate) fn pair(&self, order: Order) -> Evidence {
        let mut evidence = Evidence::default();
        for (voter, choice) in sorted(&self.voters, order).into_iter().zip(sorted(&self.ballots, order)) {
            evidence.add(voter, choice);
        }
        evidence
    }

    /// Takes the ballots of the transaction in which somebody voted for theirs.
    pub(crate) fn same_transaction(&self) -> Evidence {
        let mut evidence = Evidence::default();
        for voter in &self.voters {
            for ballot in self.ballots.iter().filter(|ballot| ballot.transaction == voter.transaction) {
                evidence.add(voter.what, ballot.what);
            }
        }
        evidence
    }
}

/// Every place where something appears. Looks at the last byte of it first and skips what cannot fit.
fn find_all(bytes: &[u8], wanted: &[u8]) -> Vec<usize> {
    let last = wanted.len() - 1;
    let mut skips = [wanted.len(); 256];
    for (at, byte) in wanted[..last].iter().enumerate() {
        skips[usize::from(*byte)] = last - at;
    }
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(byte) = bytes.get(at + last) {
        if *byte == wanted[last] && bytes[at..].starts_with(wanted) {
            found.push(at);
        }
        at += skips[usize::from(*byte)];
    }
    found
}

/// How often something appears in the files.
pub(crate) fn count(files: &[Vec<u8>], wanted: &[u8]) -> usize {
    files.iter().map(|bytes| find_all(bytes, wanted).len()).sum()
}

/// Every mention of a choice of this layout, in order.
fn mentions(bytes: &[u8], layout: &str) -> Vec<(usize, usize)> {
    let prefix = format!("{layout}-choice-");
    find_all(bytes, prefix.as_bytes())
        .into_iter()
        .filter_map(|at| {
            let digit = bytes.get(at + prefix.len())?.checked_sub(b'0')?;
            Some((at, usize::from(digit)))
        })
        .collect()
}

/// Every mention of a choice that does not stand in a list of all of them, as in the event.
fn alone(bytes: &[u8], layout: &str) -> Vec<(usize, usize)> {
    let all = mentions(bytes, layout);
    let near = |one: usize, other: usize| one.abs_diff(other) < 40;
    let lonely = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| all.get(before));
        ![before, all.get(at + 1)].into_iter().flatten().any(|other| near(other.0, all[at].0))
    };
    (0..all.len()).filter(|at| lonely(*at)).map(|at| all[at]).collect()
}

/// How often a choice is mentioned that does not stand in a list of all of them.
pub(crate) fn choices(files: &[Vec<u8>], layout: &str) -> usize {
    files.iter().map(|bytes| alone(bytes, layout).len()).sum()
}

fn id_at(bytes: &[u8], at: usize) -> Option<i32> {
    bytes.get(at..at + 4)?.try_into().ok().map(i32::from_le_bytes)
}

/// Looks for people just before choices: in rows, alive or deleted, and in what the log says of them.
/// The candidates' names in the event stand beside one another and beside nobody.
pub(crate) fn beside(files: &[Vec<u8>], instances: &BTreeMap<i32, i32>, layout: &str) -> Evidence {
    let mut evidence = Evidence::default();
    for bytes in files {
        for (at, choice) in mentions(bytes, layout) {
            let voter = (at.saturating_sub(REACH)..at.saturating_sub(3))
                .rev()
                .filter_map(|at| id_at(bytes, at))
                .find_map(|id| instances.get(&id));
            if let Some(voter) = voter {
                evidence.add(*voter, choice);
            }
        }
    }
    evidence
}

/// Goes by the order of things: a choice that is mentioned alone before the next person first appears is
/// taken for the last one's, and whoever and whatever is left is laid side by side. What a page's end
/// cuts in two is missed and shifts nothing but the rest.
pub(crate) fn in_sequence(files: &[Vec<u8>], instances: &BTreeMap<i32, i32>, layout: &str) -> Evidence {
    let mut evidence = Evidence::default();
    let (mut voters_left, mut choices_left) = (Vec::new(), Vec::new());
    let marker = format!("{layout}-voter");
    for bytes in files {
        let cited = |at: usize| {
            let mut ids = (at.saturating_sub(REACH)..at).rev().filter_map(|at| id_at(bytes, at));
            ids.find_map(|id| instances.get(&id)).map(|voter| (at, *voter))
        };
        let mut voters: Vec<(usize, i32)> = Vec::new();
        let mut seen = BTreeSet::new();
        for (at, voter) in find_all(bytes, marker.as_bytes()).into_iter().filter_map(cited) {
            if seen.insert(voter) {
                voters.push((at, voter));
            }
        }
        if voters.is_empty() && layout == "sealed" {
            voters = first_seen(bytes, instances);
        }
        let mut choices = alone(bytes, layout).into_iter().peekable();
        for (place, (at, voter)) in voters.iter().enumerate() {
            while let Some(earlier) = choices.next_if(|choice| choice.0 < *at) {
                choices_left.push(earlier.1);
            }
            let next = voters.get(place + 1).map_or(usize::MAX, |next| next.0);
            match choices.next_if(|choice| choice.0 < next) {
                Some((_, choice)) => evidence.add(*voter, choice),
                None => voters_left.push(*voter),
            }
        }
        choices_left.extend(choices.map(|(_, choice)| choice));
    }
    for (voter, choice) in voters_left.into_iter().zip(choices_left) {
        evidence.add(voter, choice);
    }
    evidence
}

/// Where people first appear, in order: where an instance of theirs is followed by something as long as an envelope
/// whose bytes look like noise.
fn first_seen(bytes: &[u8], instances: &BTreeMap<i32, i32>) -> Vec<(usize, i32)> {
    let (mut seen, mut found) = (BTreeSet::new(), Vec::new());
    for at in 0..bytes.len().saturating_sub(4) {
        if matches!(bytes[at + 3], 0x5A | 0x5B)
            && let Some(voter) = id_at(bytes, at).and_then(|id| instances.get(&id))
            && bytes.get(at + 8..at + 100).is_some_and(looks_like_noise)
            && seen.insert(*voter)
        {
            found.push((at, *voter));
        }
    }
    found
}

fn looks_like_noise(bytes: &[u8]) -> bool {
    let distinct: BTreeSet<u8> = bytes.iter().copied().collect();
    distinct.len() * 3 > bytes.len() * 2
}
