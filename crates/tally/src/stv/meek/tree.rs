//! Ballots as a tree of what they say about the elected.
//!
//! Under Meek's rules the weight with which a ballot reaches a candidate depends only on the elected candidates ranked
//! before. So ballots are kept by that part of their order: a node for each sequence of elected candidates that occurs
//! and, below it, one for each next candidate still hopeful. Distributing the votes once costs a step for each node,
//! however many ballots there are, and rounds every ballot exactly as if it were taken alone.

use std::{borrow::Cow, collections::BTreeMap};

use crate::{
    ballots::RankedBallots,
    election::Candidate,
    error::NumberError,
    numbers::{Arithmetic, Rounding},
};

/// How much of a paper's weight a candidate keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    /// The keep factor's part of it, rounded up (Meek).
    PartUp,
    /// The same cut, and what passes on computed and cut on its own, as `OpenSTV` has it (Meek).
    PartDown,
    /// The keep factor itself, or all of it where there is less (Warren).
    Price,
}

impl Keep {
    /// What is kept of a weight, and what passes on.
    pub(super) fn split<A: Arithmetic>(
        self,
        ar: &A,
        weight: &A::Value,
        factor: &A::Value,
    ) -> Result<(A::Value, A::Value), NumberError> {
        match self {
            Self::PartUp => {
                let kept = ar.mul(weight, factor, Rounding::Up)?;
                let rest = ar.sub(weight, &kept)?;
                Ok((kept, rest))
            }
            Self::PartDown => {
                let passes = ar.sub(&ar.whole(1)?, factor)?;
                Ok((ar.mul(weight, factor, Rounding::Down)?, ar.mul(weight, &passes, Rounding::Down)?))
            }
            Self::Price => {
                let kept = factor.min(weight).clone();
                let rest = ar.sub(weight, &kept)?;
                Ok((kept, rest))
            }
        }
    }
}

const ROOT: usize = 0;

#[derive(Default)]
struct Node {
    parent: usize,
    /// Weight of the ballots that reach this node, in units.
    units: u64,
    children: BTreeMap<Candidate, usize>,
    /// The ballots that end here for now; empty once the node has children.
    groups: Vec<u32>,
}

/// The tree.
pub(super) struct Tree<'a> {
    ballots: Cow<'a, RankedBallots>,
    /// Where reading goes on, per different ballot.
    next: Vec<u32>,
    nodes: Vec<Node>,
    /// Nodes of each candidate.
    of: Vec<Vec<usize>>,
    elected: Vec<bool>,
    gone: Vec<bool>,
}

impl<'a> Tree<'a> {
    /// The tree of all ballots for which `belongs` holds, with everybody hopeful.
    pub(super) fn new(
        ballots: Cow<'a, RankedBallots>,
        belongs: impl Fn(&RankedBallots, usize) -> bool,
    ) -> Self {
        let candidates = ballots.candidates();
        // Ballots and their marks are counted in 32 bits when they are added, so nothing is lost here.
        let begin = |group| u32::try_from(ballots.span(group).start).unwrap_or(u32::MAX);
        let next = (0..ballots.len()).map(begin).collect();
        let mut tree = Self {
            next,
            nodes: vec![Node::default()],
            of: vec![Vec::new(); candidates],
            elected: vec![false; candidates],
            gone: vec![false; candidates],
            ballots,
        };
        for group in 0..u32::try_from(tree.ballots.len()).unwrap_or(u32::MAX) {
            if belongs(&tree.ballots, group as usize) {
                tree.place(ROOT, group);
            }
        }
        tree
    }

    /// Opens the way past a candidate who is now elected.
    pub(super) fn elect(&mut self, candidate: Candidate) {
        self.elected[candidate.index()] = true;
        for node in self.of[candidate.index()].clone() {
            for group in std::mem::take(&mut self.nodes[node].groups) {
                self.place(node, group);
            }
        }
    }

    /// Takes a hopeful candidate off every ballot.
    pub(super) fn defeat(&mut self, candidate: Candidate) {
        self.gone[candidate.index()] = true;
        for node in std::mem::take(&mut self.of[candidate.index()]) {
            let parent = self.nodes[node].parent;
            self.nodes[parent].children.remove(&candidate);
            for group in std::mem::take(&mut self.nodes[node].groups) {
                self.place(parent, group);
            }
        }
    }

    /// Hangs a ballot below a node by its next preference.
    fn place(&mut self, below: usize, group: u32) {
        let mut node = below;
        let weight = self.ballots.weight(group as usize);
        let end = self.ballots.span(group as usize).end;
        let mut at = self.next[group as usize] as usize;
        while at < end {
            let candidate = self.ballots.candidate_at(at);
            at += 1;
            let Some(candidate) = candidate.filter(|one| !self.gone[one.index()]) else {
                continue;
            };
            let child = match self.nodes[node].children.get(&candidate) {
                Some(child) => *child,
                None => self.grow(node, candidate),
            };
            self.nodes[child].units += weight;
            node = child;
            if !self.elected[candidate.index()] {
                self.nodes[node].groups.push(group);
                break;
            }
        }
        self.next[group as usize] = u32::try_from(at).unwrap_or(u32::MAX);
    }

    fn grow(&mut self, parent: usize, candidate: Candidate) -> usize {
        let child = self.nodes.len();
        self.nodes.push(Node { parent, ..Node::default() });
        self.nodes[parent].children.insert(candidate, child);
        self.of[candidate.index()].push(child);
        child
    }

    /// Distributes all ballots by the keep factors, adding to the votes.
    pub(super) fn distribute<A: Arithmetic>(
        &self,
        ar: &A,
        keep: Keep,
        factors: &[A::Value],
        votes: &mut [A::Value],
    ) -> Result<(), NumberError> {
        let zero = ar.zero();
        let mut waiting = vec![(ROOT, ar.whole(1)?)];
        while let Some((node, weight)) = waiting.pop() {
            for (candidate, child) in &self.nodes[node].children {
                let (kept, rest) = keep.split(ar, &weight, &factors[candidate.index()])?;
                let votes = &mut votes[candidate.index()];
                let units = self.nodes[*child].units;
                *votes = ar.add(votes, &worth(ar, &kept, units, self.ballots.scale())?)?;
                if rest > zero && !self.nodes[*child].children.is_empty() {
                    waiting.push((*child, rest));
                }
            }
        }
        Ok(())
    }
}

/// What that much weight is worth at that weight a paper.
pub(super) fn worth<A: Arithmetic>(
    ar: &A,
    each: &A::Value,
    units: u64,
    scale: u64,
) -> Result<A::Value, NumberError> {
    let all = ar.times(each, units)?;
    if scale == 1 { Ok(all) } else { ar.div(&all, &ar.whole(scale)?, Rounding::Down) }
}
