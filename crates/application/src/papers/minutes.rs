//! The minutes: who was there, who voted for whom, what was decided and when.

use plenum_domain::proxy::End;
use plenum_ports::typesetting::{Block, Column, Fact};

use super::{attendance, decided, decision, motion, table, when};
use crate::views::{Export, ResultLine};

/// What stands at the head of the minutes.
pub(super) fn facts(export: &Export) -> Vec<Fact> {
    let session = &export.attendance.line.session;
    let host = export.attendance.attendees.iter().find(|one| one.user.id == session.created_by_user_id);
    let mut facts: Vec<Fact> =
        host.map(|host| Fact::new("Host", host.user.name.as_str())).into_iter().collect();
    facts.extend(attendance::standing(&export.attendance));
    if let Some(root) = &export.log_root {
        let words = root.words.join(" ");
        facts.push(Fact::new("Seal of the record", format!("{words} ({} entries)", root.entries)));
    }
    facts
}

pub(super) fn blocks(export: &Export) -> Vec<Block> {
    let mut blocks = vec![Block::Heading("Attendance".to_owned()), attendance::list(&export.attendance)];
    if !export.mandates.is_empty() {
        blocks.push(Block::Heading("Proxies".to_owned()));
        blocks.push(proxies(export));
    }
    blocks.push(Block::Heading("Decisions".to_owned()));
    let mut decisions = decided(&export.events, decision::minutes);
    for block in &mut decisions {
        // Decisions are parts of the section.
        if let Block::Heading(text) = block {
            *block = Block::Subheading(std::mem::take(text));
        }
    }
    blocks.extend(decisions);
    let drafts: Vec<String> = export
        .events
        .iter()
        .filter(|line| line.results.event.state.opened_at().is_none() && !is_withdrawn(line))
        .map(|line| line.results.event.name.to_string())
        .collect();
    if !drafts.is_empty() {
        blocks.push(Block::Names { label: "Prepared and not put to the vote".to_owned(), names: drafts });
    }
    blocks.extend(motion::withdrawn(&export.events));
    blocks.push(Block::Heading("Proceedings".to_owned()));
    let columns = vec![Column::text("Time (UTC)", 24), Column::text("What happened", 76)];
    let rows = export
        .proceedings()
        .into_iter()
        .map(|line| vec![line.at.format("%Y-%m-%d %H:%M:%S").to_string(), line.text]);
    blocks.push(table(columns, rows));
    if let Some(root) = &export.log_root {
        blocks.push(Block::Text(format!(
            "The seal of the record stands for everything that was recorded up to {}. Whoever has the record \
             can work the words out again: the same words, the same record.",
            when(root.at)
        )));
    }
    blocks.push(Block::Signatures(vec!["Chair".to_owned(), "Secretary".to_owned()]));
    blocks
}

fn is_withdrawn(line: &ResultLine) -> bool {
    line.motion.as_ref().is_some_and(|line| line.motion.withdrawal.is_some())
}

fn proxies(export: &Export) -> Block {
    let columns = vec![
        Column::text("Principal", 23),
        Column::text("Holder", 23),
        Column::text("For", 18),
        Column::text("Stood from", 17),
        Column::text("Until", 19),
    ];
    let rows = export.mandates.iter().map(|line| {
        let mandate = &line.mandate;
        let only = export.event_name(mandate).map(|name| format!("“{name}”"));
        let scope = match only {
            Some(only) => only,
            None if mandate.span.is_some() => "the session, as for a span of time".to_owned(),
            None => "the session".to_owned(),
        };
        let how = |how| match how {
            End::Revoked => "revoked",
            End::Declined => "given back",
            End::Expired => "over",
        };
        vec![
            line.principal.name.to_string(),
            line.holder.name.to_string(),
            scope,
            when(mandate.stood().map_or(mandate.created_at, |stood| stood.since)),
            mandate.end().map(|(end, at)| format!("{}\n{}", when(at), how(end))).unwrap_or_default(),
        ]
    });
    table(columns, rows)
}
