//! The minutes: who was there, who voted for whom, what was decided and when.

use plenum_domain::proxy::End;
use plenum_ports::typesetting::{Block, Column, Fact};

use super::{attendance, decided, decision, table, when};
use crate::views::Export;

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
        .map(|line| &line.results.event)
        .filter(|event| event.state.opened_at().is_none())
        .map(|event| event.name.to_string())
        .collect();
    if !drafts.is_empty() {
        blocks.push(Block::Names { label: "Prepared and not put to the vote".to_owned(), names: drafts });
    }
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

fn proxies(export: &Export) -> Block {
    let columns = vec![
        Column::text("Principal", 28),
        Column::text("Holder", 28),
        Column::text("Given", 22),
        Column::text("Revoked", 22),
    ];
    let rows = export.mandates.iter().map(|line| {
        let (given, revoked) = attendance::span(
            line.mandate.stood().map_or(line.mandate.created_at, |stood| stood.since),
            line.mandate.end().filter(|(how, _)| *how != End::Expired).map(|(_, at)| at),
        );
        vec![line.principal.name.to_string(), line.holder.name.to_string(), given, revoked]
    });
    table(columns, rows)
}
