//! The whole result as JSON, in the shape published counts have: figures by candidate's name, whole numbers as numbers
//! and all others as exact text; `rounds`, `stages` or `events` as the method's count sheets have them.

use plenum_tally::result::{Column, Matrix, RoundEvent, StepOrder, Target, Transfer};
use plenum_tally::{Candidate, CountResult, Election, Figure, Round};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

/// JSON with its keys in the order they were put there.
enum Json {
    Plain(Value),
    Figure(Figure),
    List(Vec<Json>),
    Map(Vec<(String, Json)>),
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Plain(value) => value.serialize(serializer),
            Self::Figure(figure) => figure.serialize(serializer),
            Self::List(list) => serializer.collect_seq(list),
            Self::Map(map) => {
                let mut out = serializer.serialize_map(Some(map.len()))?;
                for (key, value) in map {
                    out.serialize_entry(key, value)?;
                }
                out.end()
            }
        }
    }
}

/// A plain value.
trait Plain: Into<Value> {}
impl Plain for Value {}
impl Plain for &str {}
impl Plain for String {}
impl Plain for bool {}
impl Plain for u32 {}
impl Plain for usize {}

impl<T: Plain> From<T> for Json {
    fn from(value: T) -> Self {
        Self::Plain(value.into())
    }
}

/// A map in the making. A key put there twice keeps its first value.
#[derive(Default)]
struct Keys(Vec<(String, Json)>);

impl Keys {
    fn put(&mut self, key: &str, value: impl Into<Json>) {
        if self.0.iter().all(|(known, _)| known != key) {
            self.0.push((key.to_owned(), value.into()));
        }
    }

    fn figure(&mut self, key: &str, figure: Option<&Figure>) {
        if let Some(figure) = figure {
            self.put(key, figure);
        }
    }

    fn end(self) -> Json {
        Json::Map(self.0)
    }
}

impl From<&Figure> for Json {
    fn from(figure: &Figure) -> Self {
        Self::Figure(figure.clone())
    }
}

/// One result as an object, several as a list.
pub(super) fn text(counted: &[(CountResult, Election)]) -> Result<String, String> {
    let written = match counted {
        [(result, election)] => serde_json::to_string_pretty(&whole(result, election)?),
        several => {
            let list: Result<Vec<Json>, String> =
                several.iter().map(|(result, election)| whole(result, election)).collect();
            serde_json::to_string_pretty(&Json::List(list?))
        }
    };
    written.map(|text| text + "\n").map_err(|error| error.to_string())
}

fn whole(result: &CountResult, election: &Election) -> Result<Json, String> {
    // What needs no other shape than the crate gives it.
    let mut plain = serde_json::to_value(result).map_err(|error| error.to_string())?;
    let mut taken = |key: &str| plain.get_mut(key).map(Value::take);
    let mut keys = Keys::default();
    keys.put("title", result.title.as_str());
    keys.put("method", result.method);
    keys.put("params", taken("params").unwrap_or_default());
    keys.put("n_ballots", &result.ballots.total);
    keys.put("n_candidates", election.len());
    keys.put("seats", result.seats);
    keys.put("blank", &result.ballots.blank);
    keys.put("invalid", &result.ballots.invalid);
    for key in ["outcome", "tie_about", "tied"] {
        if let Some(value) = taken(key) {
            keys.put(key, value);
        }
    }
    let front = result.groups.iter().find(|(name, _)| *name == "winners").map(|(_, group)| group);
    keys.put("winners", names(result, front.unwrap_or(&result.elected)));
    keys.put("elected", names(result, &result.elected));
    keys.put("election_order", election_order(result));
    keys.put("candidates", taken("candidates").unwrap_or_default());
    if !result.ranking.is_empty() {
        let ranking = result.ranking.iter().map(|group| names(result, group)).collect();
        keys.put("ranking", Json::List(ranking));
    }
    keys.figure("quota", result.rounds.first().and_then(|round| round.quota.as_ref()));
    for matrix in &result.matrices {
        let name = if matrix.name == "pairwise" { "matrix" } else { matrix.name };
        keys.put(name, square(result, matrix));
    }
    totals(&mut keys, result);
    steps(&mut keys, result);
    keys.put("ties", taken("ties").unwrap_or_default());
    if let Some(lot) = taken("lot") {
        keys.put("lot", lot);
    }
    Ok(keys.end())
}

/// Final figures and groups.
fn totals(keys: &mut Keys, result: &CountResult) {
    let figure =
        |wanted: &str| result.figures.iter().find(|(name, _)| *name == wanted).map(|(_, figure)| figure);
    if let Some(runoff) = result.column("runoff") {
        let mut table = by_name(result, &runoff.values);
        table.extend(figure("no_preference").map(|figure| ("no_preference".to_owned(), figure.into())));
        keys.put("runoff", Json::Map(table));
    }
    if let Some(over) = result.column("over_default") {
        keys.put("options", options(result, over));
    }
    if matches!(result.method, "meek-stv" | "warren-stv") {
        keys.put("final", end(result, figure("quota")));
        keys.figure("final_quota", figure("quota"));
    }
    if let Some(ranks) = result.column("ranks") {
        // In the order of the candidates.
        let list = ranks.values.iter().map(|rank| rank.as_ref().map_or(Value::Null.into(), Json::from));
        keys.put("ranks", Json::List(list.collect()));
    }
    for column in result.columns.iter().filter(|column| !OWN_PLACE.contains(&column.name)) {
        keys.put(column.name, table(result, &column.values));
    }
    for (name, members) in &result.groups {
        keys.put(name, names(result, members));
    }
    for (name, figure) in &result.figures {
        keys.put(name, figure);
    }
}

/// Columns that stand within something else.
const OWN_PLACE: &[&str] = &["runoff", "over_default", "default_over", "votes", "keep_factors"];

fn options(result: &CountResult, over: &Column) -> Json {
    let back = result.column("default_over");
    let mut options = Vec::new();
    for (place, name) in result.candidates.iter().enumerate() {
        let Some(figure) = over.values.get(place).and_then(Option::as_ref) else { continue };
        let mut keys = Keys::default();
        keys.put("option", name.as_str());
        keys.put("over_default", figure);
        keys.figure("default_over", back.and_then(|column| column.values.get(place)?.as_ref()));
        for group in ["reaches_quorum", "passes_majority"] {
            let members = result.groups.iter().find(|(name, _)| *name == group);
            let holds = members.is_some_and(|(_, members)| members.iter().any(|one| one.index() == place));
            keys.put(group, holds);
        }
        options.push(keys.end());
    }
    Json::List(options)
}

fn end(result: &CountResult, quota: Option<&Figure>) -> Json {
    let mut keys = Keys::default();
    if let Some(votes) = result.column("votes") {
        keys.put("votes", table(result, &votes.values));
        let sum = votes.values.iter().flatten().cloned().reduce(|sum, one| Figure::sum(&sum, &one));
        keys.figure("votes_total", sum.as_ref());
    }
    keys.figure("quota", quota);
    if let Some(factors) = result.column("keep_factors") {
        keys.put("kf", table(result, &factors.values));
    }
    keys.end()
}

fn names(result: &CountResult, candidates: &[Candidate]) -> Json {
    Json::List(candidates.iter().map(|candidate| result.name(*candidate).into()).collect())
}

fn by_name(result: &CountResult, values: &[Option<Figure>]) -> Vec<(String, Json)> {
    let named = result.candidates.iter().zip(values);
    named.filter_map(|(name, figure)| Some((name.clone(), figure.as_ref()?.into()))).collect()
}

fn table(result: &CountResult, values: &[Option<Figure>]) -> Json {
    Json::Map(by_name(result, values))
}

fn square(result: &CountResult, matrix: &Matrix) -> Json {
    let rows = result.candidates.iter().zip(&matrix.values);
    let rows = rows.filter(|(_, row)| row.iter().any(Option::is_some));
    Json::Map(rows.map(|(name, row)| (name.clone(), table(result, row))).collect())
}

fn election_order(result: &CountResult) -> Json {
    let late = result.groups.iter().find(|(name, _)| *name == "elected_without_quota");
    let mut order = Vec::new();
    for round in &result.rounds {
        for candidate in &round.elected {
            let mut keys = Keys::default();
            keys.put("candidate", result.name(*candidate));
            keys.put("stage", round.number);
            if late.is_some_and(|(_, group)| group.contains(candidate)) {
                keys.put("without_quota", true);
            }
            order.push(keys.end());
        }
    }
    Json::List(order)
}

fn steps(keys: &mut Keys, result: &CountResult) {
    let each = |step: fn(&CountResult, &Round) -> Json| {
        Json::List(result.rounds.iter().map(|round| step(result, round)).collect())
    };
    match result.method {
        "irv" => keys.put("rounds", each(|result, round| elimination(result, round, false))),
        "rctab-stv" => keys.put("rounds", each(|result, round| elimination(result, round, true))),
        "meek-stv" | "warren-stv" => {
            keys.put("events", events(result));
            keys.put("rounds", each(general));
        }
        _ if result.step_order == StepOrder::ActionThenTally => keys.put("stages", each(stage)),
        _ => keys.put("rounds", each(general)),
    }
}

/// What all steps end with.
fn decided(keys: &mut Keys, result: &CountResult, round: &Round) {
    let transfers = round.transfers.iter().map(|transfer| moved(result, transfer)).collect();
    keys.put("transfers", Json::List(transfers));
    keys.put("elected", names(result, &round.elected));
    keys.put("eliminated", names(result, &round.eliminated));
    keys.put("sentence", round.sentence.as_str());
}

fn moved(result: &CountResult, transfer: &Transfer) -> Json {
    let mut keys = Keys::default();
    keys.put("from", result.name(transfer.from));
    let to = transfer.to.iter().map(|(target, figure)| {
        let name = match target {
            Target::Candidate(candidate) => result.name(*candidate),
            Target::Nobody(reason) => reason,
        };
        (name.to_owned(), figure.into())
    });
    keys.put("to", Json::Map(to.collect()));
    keys.figure("value", transfer.value.as_ref());
    keys.end()
}

fn details(round: &Round) -> Json {
    Json::Map(round.details.iter().map(|(name, figure)| ((*name).to_owned(), figure.into())).collect())
}

/// A round of an elimination count; the votes that count for nobody as one figure, or by reason.
fn elimination(result: &CountResult, round: &Round, by_reason: bool) -> Json {
    let mut keys = Keys::default();
    keys.put("round", round.number);
    keys.figure("threshold", round.quota.as_ref());
    keys.put("tally", table(result, &round.tally));
    if by_reason {
        keys.put("inactive", details(round));
    } else {
        keys.figure("inactive", round.exhausted.as_ref());
        keys.put("inactive_detail", details(round));
    }
    decided(&mut keys, result, round);
    keys.end()
}

fn stage(result: &CountResult, round: &Round) -> Json {
    let mut keys = Keys::default();
    keys.put("stage", round.number);
    keys.put("event", round.event.name());
    match round.subjects[..] {
        [] => keys.put("candidate", Value::Null),
        [only] => keys.put("candidate", result.name(only)),
        _ => keys.put("candidate", names(result, &round.subjects)),
    }
    keys.figure("quota", round.quota.as_ref());
    if !round.tally.is_empty() {
        keys.put("votes", table(result, &round.tally));
    }
    if let Some(exhausted) = &round.exhausted {
        let rounding = round.rounding.clone().unwrap_or(Figure::Whole(0));
        keys.put("nontransferable", exhausted);
        let together = if rounding.is_zero() { exhausted.clone() } else { Figure::sum(exhausted, &rounding) };
        keys.put("nontransferable_incl_rounding", &together);
        if result.method == "ers97-stv" {
            keys.put("exhausted", &together);
        }
    }
    further(&mut keys, result, round);
    decided(&mut keys, result, round);
    keys.end()
}

fn further(keys: &mut Keys, result: &CountResult, round: &Round) {
    for (name, figure) in &round.details {
        keys.put(name, figure);
    }
    for column in &round.columns {
        keys.put(column.name, table(result, &column.values));
    }
}

fn general(result: &CountResult, round: &Round) -> Json {
    let mut keys = Keys::default();
    keys.put("round", round.number);
    keys.put("event", round.event.name());
    keys.put("candidates", names(result, &round.subjects));
    if !round.tally.is_empty() {
        keys.put("tally", table(result, &round.tally));
    }
    keys.figure("quota", round.quota.as_ref());
    keys.figure("exhausted", round.exhausted.as_ref());
    keys.figure("rounding", round.rounding.as_ref());
    further(&mut keys, result, round);
    decided(&mut keys, result, round);
    keys.end()
}

/// Elections and exclusions of a count by iteration, one after another.
fn events(result: &CountResult) -> Json {
    let mut events = Vec::new();
    for round in &result.rounds {
        for (kind, candidates) in [("elect", &round.elected), ("defeat", &round.eliminated)] {
            for candidate in candidates {
                let name = result.name(*candidate);
                let remaining = if round.event == RoundEvent::Close { " remaining" } else { "" };
                let verb = if kind == "elect" { "Elect" } else { "Defeat" };
                let mut keys = Keys::default();
                keys.put("event", kind);
                keys.put("msg", format!("{verb}{remaining}: {name}"));
                keys.put("candidate", name);
                keys.put("votes", table(result, &round.tally));
                keys.figure("quota", round.quota.as_ref());
                let surplus = round.details.iter().find(|(name, _)| *name == "surplus");
                keys.figure("surplus", surplus.map(|(_, figure)| figure));
                events.push(keys.end());
            }
        }
    }
    Json::List(events)
}
