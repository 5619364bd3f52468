//! Votes that flow from round to round: a bar for each round, its parts the candidates, and ribbons from
//! where votes were to where they went. Whole numbers throughout.

use std::fmt::Write;

/// The width of the drawing.
pub(crate) const WIDTH: u64 = 1000;
/// How high a round's bar is, and how far apart two of them are.
const BAR: usize = 26;
const APART: usize = 54;

/// A drawing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flow {
    pub(crate) height: usize,
    pub(crate) segments: Vec<Segment>,
    pub(crate) ribbons: Vec<Ribbon>,
}

/// A part of a round's bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    /// Whose votes they are.
    pub(crate) part: usize,
    pub(crate) x: u64,
    pub(crate) y: usize,
    pub(crate) width: u64,
}

/// Votes that stay with somebody or go to somebody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ribbon {
    /// Whose votes they were.
    pub(crate) part: usize,
    pub(crate) path: String,
}

impl Flow {
    /// The height of every bar.
    pub(crate) const fn bar(&self) -> usize {
        BAR
    }
}

/// Draws rounds, each with the votes of every part; all rounds are drawn to one scale.
pub(crate) fn draw(rounds: &[Vec<u128>]) -> Flow {
    let most = rounds.iter().map(|parts| parts.iter().sum::<u128>()).max().unwrap_or(0).max(1);
    let x = |votes: u128| u64::try_from(votes * u128::from(WIDTH) / most).unwrap_or(WIDTH);
    let mut flow = Flow { height: (rounds.len().max(1) - 1) * (BAR + APART) + BAR, ..Flow::default() };
    for (row, parts) in rounds.iter().enumerate() {
        let y = row * (BAR + APART);
        let starts = starts(parts);
        for (part, (start, votes)) in starts.iter().zip(parts).enumerate() {
            let segment = Segment { part, x: x(*start), y, width: x(start + votes) - x(*start) };
            flow.segments.extend(Some(segment).filter(|segment| segment.width > 0));
        }
        let Some(next) = rounds.get(row + 1) else { break };
        let (above, below) = (y + BAR, y + BAR + APART);
        for (part, from, to, votes) in moves(parts, next) {
            let (left, right) = ((x(from), x(from + votes)), (x(to), x(to + votes)));
            if left.0 < left.1 {
                flow.ribbons.push(Ribbon { part, path: ribbon(left, right, above, below) });
            }
        }
    }
    flow
}

/// Where each part begins.
fn starts(parts: &[u128]) -> Vec<u128> {
    let mut before = 0;
    let start = |votes: &u128| {
        before += votes;
        before - votes
    };
    parts.iter().map(start).collect()
}

/// Which votes stay and which go where, as the part they were with, the place in either bar, and how many.
/// What several lose at once goes to those who gain in order: tallies alone do not tell it apart.
fn moves(parts: &[u128], next: &[u128]) -> Vec<(usize, u128, u128, u128)> {
    let (from, to) = (starts(parts), starts(next));
    let mut moves = Vec::new();
    let mut gains: Vec<(u128, u128)> = Vec::new();
    for (part, (had, has)) in parts.iter().zip(next).enumerate() {
        let kept = *had.min(has);
        moves.push((part, from[part], to[part], kept));
        gains.push((to[part] + kept, has - kept));
    }
    for (part, (had, has)) in parts.iter().zip(next).enumerate() {
        let mut start = from[part] + had.min(has);
        let mut left = had - had.min(has);
        for (place, room) in &mut gains {
            let votes = left.min(*room);
            if votes > 0 {
                moves.push((part, start, *place, votes));
                start += votes;
                left -= votes;
                *place += votes;
                *room -= votes;
            }
        }
    }
    moves
}

fn ribbon(from: (u64, u64), to: (u64, u64), above: usize, below: usize) -> String {
    let middle = usize::midpoint(above, below);
    let mut path = String::new();
    // Writing to a string cannot fail.
    let _ = write!(
        path,
        "M{} {above}C{} {middle} {} {middle} {} {below}H{}C{} {middle} {} {middle} {} {above}Z",
        from.0, from.0, to.0, to.0, to.1, to.1, from.1, from.1
    );
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_filled_and_to_one_scale() {
        let flow = draw(&[vec![5, 3, 2, 0], vec![6, 3, 0, 1]]);
        let width = |row: usize| {
            let y = row * (BAR + APART);
            flow.segments.iter().filter(|segment| segment.y == y).map(|segment| segment.width).sum::<u64>()
        };
        assert_eq!((width(0), width(1)), (WIDTH, WIDTH));
        assert_eq!(flow.segments[1], Segment { part: 1, x: 500, y: 0, width: 300 });
        assert_eq!(flow.height, 2 * BAR + APART);
    }

    #[test]
    fn what_somebody_loses_goes_to_those_who_gain() {
        let went = moves(&[5, 3, 2, 0], &[6, 3, 0, 1]);
        assert!(went.contains(&(2, 8, 5, 1)) && went.contains(&(2, 9, 9, 1)), "{went:?}");
        let kept: u128 = went.iter().map(|(.., votes)| votes).sum();
        assert_eq!(kept, 10);
    }

    #[test]
    fn nothing_at_all_draws_nothing() {
        assert!(draw(&[]).segments.is_empty());
        assert!(draw(&[vec![0], vec![0]]).ribbons.is_empty());
    }
}
