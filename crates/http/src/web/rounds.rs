//! How an election was counted, round by round: stacked bars with the table beside them, and the figures
//! of each pair where the method compares pairs.

use serde_json::Value;

/// The width of every drawing.
const WHOLE: u64 = 1000;
/// How many colours the style sheet has for candidates.
const COLOURS: usize = 8;
/// The most candidates whose pairs are shown.
const MOST_PAIRED: usize = 30;

/// A count as people follow it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rounds {
    pub(crate) candidates: Vec<String>,
    pub(crate) rounds: Vec<Round>,
    /// Row against column.
    pub(crate) pairs: Vec<(String, Vec<String>)>,
}

/// A step of the count.
#[derive(Clone, Debug)]
pub(crate) struct Round {
    pub(crate) number: u64,
    pub(crate) sentence: String,
    /// By candidate; empty for who is out of the count.
    pub(crate) figures: Vec<String>,
    pub(crate) segments: Vec<Segment>,
}

/// A candidate's part of a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) colour: usize,
    pub(crate) x: u64,
    pub(crate) width: u64,
}

impl Rounds {
    /// Reads the count of a result; `None` where there is nothing to follow round by round.
    pub(crate) fn of(count: &Value) -> Option<Self> {
        let rounds = count.get("rounds")?.as_array()?;
        let mut candidates: Vec<String> = Vec::new();
        for round in rounds {
            let tally = round.get("tally").and_then(Value::as_object);
            for name in tally.into_iter().flat_map(|tally| tally.keys()) {
                if !candidates.contains(name) {
                    candidates.push(name.clone());
                }
            }
        }
        let rounds: Vec<Round> = rounds.iter().map(|round| Round::of(round, &candidates)).collect();
        let pairs = pairs(count);
        let some = rounds.len() > 1 || !pairs.is_empty();
        some.then_some(Self { candidates, rounds, pairs })
    }

    /// The colour of a candidate, by place in the table.
    pub(crate) fn colour(&self, at: &usize) -> usize {
        at % COLOURS
    }
}

impl Round {
    fn of(round: &Value, candidates: &[String]) -> Self {
        let tally = round.get("tally");
        let figures: Vec<String> = candidates
            .iter()
            .map(|name| tally.and_then(|tally| tally.get(name)).map(text).unwrap_or_default())
            .collect();
        let parts: Vec<u128> = figures.iter().map(|figure| thousandths(figure)).collect();
        let total: u128 = parts.iter().sum::<u128>().max(1);
        let mut before = 0;
        let segments = parts.iter().enumerate().map(|(at, part)| {
            let x = scaled(before, total);
            before += part;
            Segment { colour: at % COLOURS, x, width: scaled(before, total) - x }
        });
        Self {
            number: round.get("round").and_then(Value::as_u64).unwrap_or_default(),
            sentence: round.get("sentence").map(text).unwrap_or_default(),
            segments: segments.filter(|segment| segment.width > 0).collect(),
            figures,
        }
    }
}

fn scaled(part: u128, total: u128) -> u64 {
    u64::try_from(part * u128::from(WHOLE) / total).unwrap_or(WHOLE)
}

/// A figure as it is written.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A decimal in thousandths, for drawing only; what is none has no width.
fn thousandths(figure: &str) -> u128 {
    let (whole, part) = figure.split_once('.').unwrap_or((figure, ""));
    let part: String = part.chars().chain("000".chars()).take(3).collect();
    let whole: u128 = whole.parse().unwrap_or(0);
    whole.min(u128::from(u64::MAX)) * 1000 + part.parse::<u128>().unwrap_or(0)
}

/// The first square of figures between candidates that the count has.
fn pairs(count: &Value) -> Vec<(String, Vec<String>)> {
    let matrices = count.get("matrices").and_then(Value::as_object);
    let Some(matrix) = matrices.and_then(|matrices| matrices.values().find_map(Value::as_object)) else {
        return Vec::new();
    };
    if matrix.len() > MOST_PAIRED {
        return Vec::new();
    }
    let names: Vec<&String> = matrix.keys().collect();
    let row = |name: &String| {
        let cells = names.iter().map(|other| matrix[name].get(other.as_str()).map(text).unwrap_or_default());
        (name.clone(), cells.collect())
    };
    names.iter().map(|name| row(name)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn segments_fill_the_bar_and_follow_the_candidates() {
        let count = json!({
            "rounds": [
                {"round": 1, "tally": {"Ann": "5", "Bob": "3", "Cy": "2"}, "sentence": "First."},
                {"round": 2, "tally": {"Ann": "5.25", "Bob": "4.75"}, "sentence": "Cy is excluded."},
            ],
            "matrices": {"pairwise": {"Ann": {"Bob": 6}, "Bob": {"Ann": 4}}},
        });
        let rounds = Rounds::of(&count).expect("rounds");
        assert_eq!(rounds.candidates, ["Ann", "Bob", "Cy"]);
        let widths: Vec<u64> = rounds.rounds[0].segments.iter().map(|segment| segment.width).collect();
        assert_eq!(widths, [500, 300, 200]);
        let second = &rounds.rounds[1];
        assert_eq!(second.segments[1], Segment { colour: 1, x: 525, width: 475 });
        assert_eq!(second.figures, ["5.25", "4.75", ""]);
        assert_eq!(rounds.pairs[0], ("Ann".to_owned(), vec![String::new(), "6".to_owned()]));
    }

    #[test]
    fn one_round_needs_no_table() {
        assert!(Rounds::of(&json!({"rounds": [{"round": 1, "tally": {"Ann": "5"}}]})).is_none());
        assert!(Rounds::of(&json!({})).is_none());
    }
}
