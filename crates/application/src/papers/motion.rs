//! Who moved what, the text and how it came about, and what became of motions that were never put to the vote.

use plenum_ports::queries::MotionLine;
use plenum_ports::typesetting::{Block, Column, Fact};

use super::{table, when};
use crate::views::ResultLine;

/// Who moved it and who seconded it.
pub(super) fn people(line: &MotionLine) -> Vec<Fact> {
    let motion = &line.motion;
    [("Moved by", motion.mover), ("Seconded by", motion.seconder)]
        .into_iter()
        .filter_map(|(role, id)| Some(Fact::new(role, line.person(id?)?.name.as_str())))
        .collect()
}

/// The text as it was put to the vote and, where it was changed, every version of it.
pub(super) fn text(line: &MotionLine) -> Vec<Block> {
    let texts = &line.motion.texts;
    let Some(last) = texts.last() else { return Vec::new() };
    let text = Block::Text(last.text.to_string());
    if texts.len() == 1 {
        return vec![text];
    }
    let columns = vec![
        Column::numbers("Version", 9),
        Column::text("Written", 21),
        Column::text("By", 20),
        Column::text("Text", 50),
    ];
    let rows = texts.iter().map(|version| {
        let who = line.person(version.by_user_id).map(|user| user.name.to_string()).unwrap_or_default();
        let by = match version.amendment {
            Some(_) => format!("an adopted amendment, released by {who}"),
            None => who,
        };
        vec![version.number.to_string(), when(version.at), by, version.text.to_string()]
    });
    vec![text, table(columns, rows)]
}

/// Motions that were withdrawn: who moved them, when and why they were taken back.
pub(super) fn withdrawn(events: &[ResultLine]) -> Option<Block> {
    let columns = vec![
        Column::text("Withdrawn", 32),
        Column::text("Moved by", 22),
        Column::text("When and by whom", 22),
        Column::text("Reason", 24),
    ];
    let rows: Vec<Vec<String>> = events
        .iter()
        .filter_map(|event| {
            let line = event.motion.as_ref()?;
            let withdrawal = line.motion.withdrawal.as_ref()?;
            let name = |id| line.person(id).map(|user| user.name.to_string()).unwrap_or_default();
            Some(vec![
                event.results.event.name.to_string(),
                line.motion.mover.map(name).unwrap_or_default(),
                format!("{}\n{}", when(withdrawal.at), name(withdrawal.by_user_id)),
                withdrawal.reason.as_ref().map(ToString::to_string).unwrap_or_default(),
            ])
        })
        .collect();
    (!rows.is_empty()).then(|| table(columns, rows))
}
