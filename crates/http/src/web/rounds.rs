//! How an election was counted, round by round: votes that flow from candidate to candidate with the table
//! beside them, and the figures of each pair where the method compares pairs.

use serde_json::Value;

use super::flow::{self, Flow};

/// How many colours the style sheet has for candidates.
pub(super) const COLOURS: usize = 8;
/// The last of those that are the same in every organization; the first one is its own.
#[cfg(test)]
pub(super) const LAST_COLOUR: usize = COLOURS - 1;
/// The most candidates whose pairs are shown.
const MOST_PAIRED: usize = 30;
/// The most rounds and candidates that a drawing can still be read with.
const MOST_DRAWN: (usize, usize) = (40, 24);

/// A count as people follow it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rounds {
    pub(crate) candidates: Vec<String>,
    pub(crate) rounds: Vec<Round>,
    /// Where the votes went; `None` where figures are no votes, such as the quotients of lists.
    pub(crate) flow: Option<Flow>,
    /// Row against column.
    pub(crate) pairs: Vec<(String, Vec<Pair>)>,
}

/// A step of the count.
#[derive(Clone, Debug)]
pub(crate) struct Round {
    pub(crate) number: u64,
    pub(crate) sentence: String,
    /// By candidate; empty for who is out of the count.
    pub(crate) figures: Vec<String>,
}

/// How many prefer one of a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) figure: String,
    /// Whether they are more than those who prefer the other.
    pub(crate) wins: bool,
}

impl Rounds {
    /// Reads the count of a result, with the candidates as they stand on the ballot; `None` where there is
    /// nothing to follow round by round.
    pub(crate) fn of(count: &Value, ballot: &[String]) -> Option<Self> {
        let rounds = count.get("rounds")?.as_array()?;
        let tallies = || rounds.iter().filter_map(|round| round.get("tally").and_then(Value::as_object));
        let counts = |name: &String| tallies().any(|tally| tally.contains_key(name));
        let mut candidates: Vec<String> = ballot.iter().filter(|name| counts(name)).cloned().collect();
        for name in tallies().flat_map(|tally| tally.keys()) {
            if !candidates.contains(name) {
                candidates.push(name.clone());
            }
        }
        // Quotients of lists may add up to the same from seat to seat, and are no votes all the same.
        let votes = rounds.iter().all(|round| round.get("event").and_then(Value::as_str) != Some("seat"));
        let spent: Vec<u128> = rounds
            .iter()
            .map(|round| round.get("exhausted").map_or(0, |spent| thousandths(&text(spent))))
            .collect();
        let rounds: Vec<Round> = rounds.iter().map(|round| Round::of(round, &candidates)).collect();
        let pairs = pairs(count, ballot);
        let parts: Vec<Vec<u128>> = rounds
            .iter()
            .zip(spent)
            .map(|(round, spent)| {
                round.figures.iter().map(|figure| thousandths(figure)).chain([spent]).collect()
            })
            .collect();
        let drawn =
            votes && rounds.len() > 1 && rounds.len() <= MOST_DRAWN.0 && candidates.len() <= MOST_DRAWN.1;
        let flow = (drawn && are_votes_that_flow(&parts)).then(|| flow::draw(&parts));
        let some = rounds.len() > 1 || !pairs.is_empty();
        some.then_some(Self { candidates, rounds, flow, pairs })
    }

    /// The colour of a candidate, by place in the table; votes that count for nobody any more come last.
    pub(crate) fn colour(&self, at: &usize) -> String {
        if *at == self.candidates.len() { "spent".to_owned() } else { (at % COLOURS).to_string() }
    }

    /// Whether there are figures by candidate; some methods only compare.
    pub(crate) fn has_figures(&self) -> bool {
        !self.candidates.is_empty()
    }

    /// Whether votes came to count for nobody.
    pub(crate) fn spends(&self) -> bool {
        let last = self.candidates.len();
        self.flow.as_ref().is_some_and(|flow| flow.segments.iter().any(|segment| segment.part == last))
    }
}

/// Whether every round has the votes of the one before, only elsewhere. Points, quotients and what is compared
/// in pairs do not flow; of votes nothing is lost but what rounding takes.
fn are_votes_that_flow(rounds: &[Vec<u128>]) -> bool {
    let mut sums = rounds.iter().map(|parts| parts.iter().sum::<u128>());
    let first = sums.next().unwrap_or(0);
    first > 0 && sums.all(|sum| sum.abs_diff(first) * 50 <= first)
}

impl Round {
    fn of(round: &Value, candidates: &[String]) -> Self {
        let tally = round.get("tally");
        let figures = candidates
            .iter()
            .map(|name| tally.and_then(|tally| tally.get(name)).map(text).unwrap_or_default())
            .collect();
        Self {
            number: round.get("round").and_then(Value::as_u64).unwrap_or_default(),
            sentence: round.get("sentence").map(text).unwrap_or_default(),
            figures,
        }
    }
}

/// A figure as it is written, without zeros that say nothing.
pub(super) fn text(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let bare = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && text.contains('.');
    if bare { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A decimal or a fraction in thousandths, for drawing only; what is none has no width.
pub(super) fn thousandths(figure: &str) -> u128 {
    if let Some((above, below)) = figure.split_once('/') {
        let below: u128 = below.parse().unwrap_or(0);
        return thousandths(above).checked_div(below).unwrap_or(0);
    }
    let (whole, part) = figure.split_once('.').unwrap_or((figure, ""));
    let part: String = part.chars().chain("000".chars()).take(3).collect();
    let whole: u128 = whole.parse().unwrap_or(0);
    whole.min(u128::from(u64::MAX)) * 1000 + part.parse::<u128>().unwrap_or(0)
}

/// How many prefer one of each pair, where the count has compared pairs.
fn pairs(count: &Value, ballot: &[String]) -> Vec<(String, Vec<Pair>)> {
    let matrix = count.get("matrices").and_then(|matrices| matrices.get("pairwise"));
    let Some(matrix) = matrix.and_then(Value::as_object) else { return Vec::new() };
    if matrix.len() > MOST_PAIRED {
        return Vec::new();
    }
    let mut names: Vec<&String> = matrix.keys().collect();
    names.sort_by_key(|name| ballot.iter().position(|other| other == *name));
    let figure = |name: &str, other: &str| {
        matrix.get(name).and_then(|row| row.get(other)).map(text).unwrap_or_default()
    };
    let row = |name: &String| {
        let cells = names.iter().map(|other| {
            let (own, against) = (figure(name, other), figure(other, name));
            Pair { wins: thousandths(&own) > thousandths(&against), figure: own }
        });
        (name.clone(), cells.collect())
    };
    names.iter().map(|name| row(name)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn figures_follow_the_candidates() {
        let count = json!({
            "rounds": [
                {"round": 1, "tally": {"Ann": "5", "Bob": "3", "Cy": "2"}, "sentence": "First."},
                {"round": 2, "tally": {"Ann": "5.25000", "Bob": "4.00"}, "exhausted": "0.75000",
                 "sentence": "Cy is excluded."},
            ],
            "matrices": {"pairwise": {"Ann": {"Bob": 6}, "Bob": {"Ann": 4}}},
        });
        let rounds = Rounds::of(&count, &[]).expect("rounds");
        assert_eq!(rounds.candidates, ["Ann", "Bob", "Cy"]);
        assert_eq!(rounds.rounds[1].figures, ["5.25", "4", ""]);
        assert!(rounds.spends() && rounds.colour(&3) == "spent" && rounds.colour(&1) == "1");
        let won = Pair { figure: "6".to_owned(), wins: true };
        assert_eq!(
            rounds.pairs[0],
            ("Ann".to_owned(), vec![Pair { figure: String::new(), wins: false }, won])
        );
        assert!(!rounds.pairs[1].1[0].wins);
    }

    #[test]
    fn quotients_are_no_votes_that_flow() {
        let seat = |round: u64| json!({"round": round, "event": "seat", "tally": {"A": "6", "B": "6/5"}});
        let rounds = Rounds::of(&json!({"rounds": [seat(1), seat(2)]}), &[]).expect("rounds");
        assert!(rounds.flow.is_none());
        assert_eq!(rounds.rounds[0].figures, ["6", "6/5"]);
    }

    #[test]
    fn points_and_pairs_do_not_flow_and_candidates_stand_as_on_the_ballot() {
        let ballot = ["Zoë", "Ann", "Bob"].map(str::to_owned);
        let star = json!({
            "rounds": [
                {"round": 1, "event": "totals", "tally": {"Ann": 109, "Bob": 113, "Zoë": "201/2"}},
                {"round": 2, "event": "runoff", "tally": {"Ann": 19, "Bob": 17}},
            ],
        });
        let rounds = Rounds::of(&star, &ballot).expect("rounds");
        assert!(rounds.flow.is_none() && rounds.has_figures());
        assert_eq!(rounds.candidates, ballot);
        let pairs = json!({
            "rounds": [{"round": 1, "sentence": "Zoë before Ann."}, {"round": 2, "sentence": "Ann before Bob."}],
            "matrices": {"locked": {"Ann": {}}, "pairwise": {"Ann": {"Zoë": 3}, "Zoë": {"Ann": 6}}},
        });
        let rounds = Rounds::of(&pairs, &ballot).expect("rounds");
        assert!(rounds.flow.is_none() && rounds.candidates.is_empty());
        assert_eq!(rounds.pairs[0].0, "Zoë");
        assert!(rounds.pairs[0].1[1].wins);
        assert_eq!(thousandths("201/2"), 100_500);
        assert_eq!(thousandths("1/0"), 0);
    }

    #[test]
    fn one_round_needs_no_table() {
        assert!(Rounds::of(&json!({"rounds": [{"round": 1, "tally": {"Ann": "5"}}]}), &[]).is_none());
        assert!(Rounds::of(&json!({}), &[]).is_none());
    }
}
