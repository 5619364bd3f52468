//! Who beats whom, as a graph: layers, reachability, and the smallest sets nobody outside can enter.

use super::pairwise::Pairwise;

/// Puts positions in layers: first those whom nobody is above, then those whom only the layers before are above, and so
/// on. The relation must have no cycle; what is left of one would stand together in the last layer.
pub(super) fn layers(n: usize, above: impl Fn(usize, usize) -> bool) -> Vec<Vec<usize>> {
    let mut over: Vec<usize> = (0..n).map(|b| (0..n).filter(|a| *a != b && above(*a, b)).count()).collect();
    let mut left: Vec<usize> = (0..n).collect();
    let mut layers = Vec::new();
    while !left.is_empty() {
        let (mut layer, rest): (Vec<usize>, Vec<usize>) =
            left.iter().partition(|position| over[**position] == 0);
        if layer.is_empty() {
            layer = rest;
            left.clear();
        } else {
            left = rest;
        }
        for b in &left {
            over[*b] -= layer.iter().filter(|a| above(**a, *b)).count();
        }
        layers.push(layer);
    }
    layers
}

/// Which positions can be reached from which, kept up to date as arcs are added. A row of bits per position.
#[derive(Clone)]
pub(super) struct Reach {
    rows: Vec<u64>,
    words: usize,
}

impl Reach {
    pub(super) fn new(n: usize) -> Self {
        let words = n.div_ceil(64);
        Self { rows: vec![0; n * words], words }
    }

    /// Whether there is a path from one to the other.
    pub(super) fn has(&self, from: usize, to: usize) -> bool {
        self.rows[from * self.words + to / 64] >> (to % 64) & 1 == 1
    }

    /// Adds an arc, and every path it completes.
    pub(super) fn add(&mut self, from: usize, to: usize) {
        if self.has(from, to) {
            return;
        }
        let words = self.words;
        let mut behind = self.rows[to * words..(to + 1) * words].to_vec();
        behind[to / 64] |= 1 << (to % 64);
        for row in 0..self.rows.len() / words.max(1) {
            if row == from || self.has(row, from) {
                for (bits, more) in self.rows[row * words..(row + 1) * words].iter_mut().zip(&behind) {
                    *bits |= more;
                }
            }
        }
    }
}

/// The Smith set: the smallest group, not empty, each of whom beats everybody outside.
pub(super) fn smith_set(pairwise: &Pairwise) -> Vec<usize> {
    let n = pairwise.len();
    // Whoever wins most pairs (a tie counting half) is in it; then so is everybody who is not beaten by a member.
    let score = |a: usize| -> usize {
        (0..n)
            .filter(|b| *b != a)
            .map(|b| usize::from(!pairwise.beats(b, a)) + usize::from(pairwise.beats(a, b)))
            .sum()
    };
    let Some(first) = (0..n).max_by_key(|a| (score(*a), std::cmp::Reverse(*a))) else {
        return Vec::new();
    };
    let mut inside = vec![false; n];
    inside[first] = true;
    let mut open = vec![first];
    while let Some(member) = open.pop() {
        for (other, inside) in inside.iter_mut().enumerate() {
            if !*inside && !pairwise.beats(member, other) {
                *inside = true;
                open.push(other);
            }
        }
    }
    (0..n).filter(|position| inside[*position]).collect()
}

/// The Schwartz set: everybody who beats, directly or through others, all who so beat them.
pub(super) fn schwartz_set(pairwise: &Pairwise) -> Vec<usize> {
    let n = pairwise.len();
    let mut reach = Reach::new(n);
    for a in 0..n {
        for b in 0..n {
            if pairwise.beats(a, b) {
                reach.add(a, b);
            }
        }
    }
    (0..n).filter(|a| (0..n).all(|b| reach.has(*a, b) || !reach.has(b, *a))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_follow_the_relation() {
        let above = |a: usize, b: usize| matches!((a, b), (0, 1 | 2) | (1 | 2, 3));
        assert_eq!(layers(4, above), [vec![0], vec![1, 2], vec![3]]);
        assert_eq!(layers(2, |_, _| false), [vec![0, 1]]);
        assert!(layers(0, |_, _| true).is_empty());
    }

    #[test]
    fn paths_are_completed() {
        let mut reach = Reach::new(70);
        reach.add(0, 68);
        reach.add(69, 0);
        reach.add(68, 1);
        assert!(reach.has(69, 1) && reach.has(0, 1) && !reach.has(1, 0));
        reach.add(1, 69);
        assert!(reach.has(0, 0) && reach.has(1, 68));
    }
}
