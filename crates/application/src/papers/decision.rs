//! What was put to the vote and what came of it, in words and figures.

use std::collections::BTreeMap;

use plenum_domain::event::{Event, EventType, Secrecy};
use plenum_domain::result::Outcome;
use plenum_ports::documents::{ElectionData, ResultData};
use plenum_ports::queries::VoteLine;
use plenum_ports::typesetting::{Block, Column, Fact, Row, Table};
use serde_json::{Map, Value};

use super::numbers::{in_words, percent};
use super::{motion, table, when};
use crate::views::ResultLine;

/// All decisions at a glance.
pub(super) fn overview(events: &[ResultLine]) -> Block {
    let columns = vec![
        Column::numbers("No", 5),
        Column::text("Put to the vote", 45),
        Column::text("Kind", 15),
        Column::text("Outcome", 35),
    ];
    let opened = events.iter().filter(|line| line.results.event.state.opened_at().is_some());
    let rows = opened.enumerate().map(|(at, line)| {
        let event = &line.results.event;
        vec![
            (at + 1).to_string(),
            event.name.to_string(),
            event.event_type().to_string(),
            outcome(event, line.results.result.as_ref()),
        ]
    });
    table(columns, rows)
}

fn outcome(event: &Event, result: Option<&ResultData>) -> String {
    if event.state.annulment().is_some() {
        return "annulled".to_owned();
    }
    match (result, event.state.closed_at()) {
        (Some(result), _) => {
            let word = result.outcome.as_deref().unwrap_or("counted").replace('_', " ");
            match elected(result) {
                [] => word,
                elected => format!("{word}: {}", elected.join(", ")),
            }
        }
        (None, Some(_)) => "not released".to_owned(),
        (None, None) => "voting is open".to_owned(),
    }
}

/// Who is elected; nobody where the quorum was missed.
fn elected(result: &ResultData) -> &[String] {
    match &result.election {
        Some(election)
            if !matches!(result.decided(), None | Some(Outcome::NoQuorum | Outcome::Uncounted)) =>
        {
            &election.elected
        }
        _ => &[],
    }
}

/// Every round of a count in a sentence.
fn rounds(election: &ElectionData) -> Option<Block> {
    let rounds = election.count.as_ref()?.get("rounds")?.as_array()?;
    let sentences: Vec<&str> = rounds.iter().filter_map(|round| round.get("sentence")?.as_str()).collect();
    (!sentences.is_empty()).then(|| Block::Text(sentences.join("\n")))
}

/// The figures of every round, candidate by candidate; nothing for a count of one round, whose figures stand beside the
/// options.
fn figures(election: &ElectionData) -> Vec<Block> {
    let rounds = election.count.as_ref().and_then(|count| count.get("rounds")).and_then(Value::as_array);
    let tallies: Vec<(&Value, &Map<String, Value>)> = rounds
        .into_iter()
        .flatten()
        .filter_map(|round| Some((round, round.get("tally").and_then(Value::as_object)?)))
        .filter(|(_, tally)| !tally.is_empty())
        .collect();
    if tallies.len() < 2 {
        return Vec::new();
    }
    let mut names: Vec<&String> = Vec::new();
    for (_, tally) in &tallies {
        names.extend(tally.keys().filter(|name| !names.contains(name)).collect::<Vec<_>>());
    }
    // As many rounds beside one another as have room on a page.
    tallies.chunks(ROUNDS_ABREAST).map(|part| figures_of(part, &names)).collect()
}

/// How many rounds stand beside one another in a table.
const ROUNDS_ABREAST: usize = 6;

fn figures_of(rounds: &[(&Value, &Map<String, Value>)], names: &[&String]) -> Block {
    // Exact figures with all their decimals; zeros at the end say nothing on paper.
    let figure = |value: &Value| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match text.split_once('.') {
            Some(_) => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
            None => text,
        }
    };
    let mut columns = vec![Column::text("Votes in round", 34)];
    for (round, _) in rounds {
        let number = round.get("round").map(figure).unwrap_or_default();
        columns.push(Column::numbers(&number, 11));
    }
    let row = |name: &&String| {
        let of = |(_, tally): &(&Value, &Map<String, Value>)| {
            // Who is out of the count has no figure any more.
            tally.get(*name).filter(|value| !value.is_null()).map_or_else(|| "\u{2013}".to_owned(), figure)
        };
        std::iter::once((*name).clone()).chain(rounds.iter().map(of)).collect::<Vec<_>>()
    };
    let quotas: Vec<String> = rounds
        .iter()
        .filter_map(|(round, _)| round.get("quota").filter(|one| !one.is_null()))
        .map(figure)
        .collect();
    let quota = (quotas.len() == rounds.len())
        .then(|| std::iter::once("Quota".to_owned()).chain(quotas).collect::<Vec<_>>());
    table(columns, names.iter().map(row).chain(quota))
}

/// For the minutes: the text, the times, the result and who voted how.
pub(super) fn minutes(line: &ResultLine) -> Vec<Block> {
    let event = &line.results.event;
    let mut blocks = Vec::new();
    match event.terms.description.as_str() {
        "" => {}
        text => blocks.push(Block::Text(text.to_owned())),
    }
    let mut facts = line.motion.as_ref().map(motion::people).unwrap_or_default();
    facts.extend(circumstances(event));
    facts.extend(line.results.result.as_ref().map(attendance));
    blocks.push(Block::Facts(facts));
    blocks.extend(line.motion.iter().flat_map(motion::text));
    blocks.extend(result(line));
    blocks.extend(roll_call(line));
    blocks
}

/// For the votes: what each choice received and who voted how.
pub(super) fn votes(line: &ResultLine) -> Vec<Block> {
    let mut blocks = standing(line);
    blocks.extend(line.results.result.as_ref().map(options));
    blocks.extend(roll_call(line));
    blocks
}

/// For the results: the result in words and figures.
pub(super) fn result(line: &ResultLine) -> Vec<Block> {
    let mut blocks = standing(line);
    if let Some(result) = &line.results.result {
        blocks.extend(result.summary.clone().map(Block::Text));
        blocks.push(options(result));
        blocks.extend(result.election.as_ref().and_then(rounds));
        blocks.extend(result.election.iter().flat_map(figures));
    }
    blocks
}

/// What must be known before any figure is read.
fn standing(line: &ResultLine) -> Vec<Block> {
    let event = &line.results.event;
    let mut blocks = Vec::new();
    if let Some(annulment) = event.state.annulment() {
        blocks.push(Block::Notice(format!(
            "Annulled on {}: {}",
            when(annulment.annulled_at),
            annulment.reason
        )));
    }
    match &line.results.result {
        None if event.state.closed_at().is_none() && event.state.annulment().is_none() => {
            blocks.push(Block::Text("Voting is still open.".to_owned()));
        }
        None if event.state.annulment().is_none() => {
            blocks.push(Block::Text("The result has not been released.".to_owned()));
        }
        Some(_) if event.state.released_at().is_none() => {
            blocks.push(Block::Notice("This result has not been released.".to_owned()));
        }
        _ => {}
    }
    blocks
}

fn circumstances(event: &Event) -> Vec<Fact> {
    let kind = match event.event_type() {
        EventType::Motion => "Motion",
        EventType::Election => "Election",
    };
    let secrecy = match event.terms.secrecy {
        Secrecy::RollCall => "roll call: names and choices are open",
        Secrecy::Standard => "names and choices are shown with the released result",
        Secrecy::Secret => "secret: nobody learns who voted how",
    };
    let state = &event.state;
    let mut facts = vec![Fact::new("Kind", kind), Fact::new("Vote", secrecy)];
    let voting = match (state.opened_at(), state.closed_at()) {
        (Some(from), Some(until)) => format!("{} to {}", when(from), when(until)),
        (Some(from), None) => format!("since {}", when(from)),
        (None, _) => "not opened".to_owned(),
    };
    facts.push(Fact::new("Voting", voting));
    facts.extend(state.released_at().map(|at| Fact::new("Result released", when(at))));
    facts
}

/// How many took part, and whether that was enough.
fn attendance(result: &ResultData) -> Fact {
    let quorum = &result.quorum;
    let met = if quorum.met { "met" } else { "not met" };
    let there = format!("{} of {} entitled present or represented", quorum.present, quorum.entitled);
    let cast = format!("{} voted", result.cast.people);
    Fact::new(
        "Quorum",
        match (quorum.required, quorum.voted) {
            (0, _) => format!("none required; {there}, {cast}"),
            (needed, None) => format!("{met}: {there}, {needed} needed; {cast}"),
            (needed, Some(_)) => format!("{met}: {there}; {cast}, {needed} needed"),
        },
    )
}

/// What each choice received, in figures and in words.
fn options(result: &ResultData) -> Block {
    let columns = vec![
        Column::text("Choice", 40),
        Column::numbers("Votes", 12),
        Column::text("In words", 34),
        Column::numbers("Percent", 14),
    ];
    let elected = elected(result);
    let rows = result.options.iter().map(|option| Row {
        cells: vec![
            option.option.clone(),
            option.votes.to_string(),
            in_words(option.votes),
            percent(option.votes, result.cast.weight),
        ],
        strong: elected.contains(&option.option),
    });
    let total = Row {
        cells: vec![
            "Votes cast".to_owned(),
            result.cast.weight.to_string(),
            in_words(result.cast.weight),
            String::new(),
        ],
        strong: false,
    };
    Block::Table(Table { columns, rows: rows.chain([total]).collect() })
}

/// Who voted how, where that may be shown.
fn roll_call(line: &ResultLine) -> Vec<Block> {
    let Some(votes) = &line.votes else { return Vec::new() };
    let event = &line.results.event;
    let choice = |vote: &VoteLine| -> Vec<String> { vote.vote.response.labels(&event.terms.ballot) };
    let name = |vote: &VoteLine| {
        if vote.caster.id == vote.principal.id {
            vote.principal.name.to_string()
        } else {
            format!("{} (by {})", vote.principal.name, vote.caster.name)
        }
    };
    if votes.is_empty() {
        return vec![Block::Text("Nobody voted.".to_owned())];
    }
    let single = votes.iter().all(|vote| choice(vote).len() == 1);
    if single {
        let mut groups: BTreeMap<usize, (String, Vec<String>)> = BTreeMap::new();
        let labels = event.terms.ballot.options().labels();
        for vote in votes {
            let chosen = choice(vote).concat();
            let at = labels.iter().position(|label| label.as_str() == chosen).unwrap_or(labels.len());
            groups.entry(at).or_insert_with(|| (chosen, Vec::new())).1.push(name(vote));
        }
        return groups
            .into_values()
            .map(|(label, mut names)| {
                names.sort_by_cached_key(|name| name.to_lowercase());
                Block::Names { label: format!("{label} ({})", names.len()), names }
            })
            .collect();
    }
    let columns = vec![Column::text("Name", 40), Column::text("Vote, in order of preference", 60)];
    let mut rows: Vec<Vec<String>> = votes
        .iter()
        .map(|vote| {
            let choice = choice(vote);
            let choice = if choice.is_empty() { "blank".to_owned() } else { choice.join(" › ") };
            vec![name(vote), choice]
        })
        .collect();
    rows.sort_by_cached_key(|row| row[0].to_lowercase());
    vec![table(columns, rows)]
}
