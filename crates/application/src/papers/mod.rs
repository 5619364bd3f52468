//! Papers: the exports of a sitting as people read them, and its minutes.
//!
//! What stands on a paper is decided here, once; it is printed, or written as Markdown and HTML, elsewhere.
//! Nothing gets onto a paper but through the views, so that what may not be seen yet is not on it.

mod attendance;
mod decision;
mod minutes;
mod motion;
mod numbers;

pub use numbers::percent;

use plenum_domain::Moment;
use plenum_domain::id::{SessionId, UserId};
use plenum_domain::session::SessionStatus;
use plenum_ports::queries::SessionLine;
use plenum_ports::typesetting::{Block, Column, Fact, Paper, Row, Table};

use crate::views::ResultLine;
use crate::{App, Failure};

/// The papers of a sitting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaperKind {
    /// Who was there, when, and for whom.
    Attendance,
    /// What every choice received and, where it may be shown, who voted how.
    Votes,
    /// What was decided.
    Results,
    /// All of it, in order.
    Minutes,
}

impl App {
    /// Writes a paper of a sitting, with what this person may see now.
    ///
    /// # Errors
    /// [`Failure::Forbidden`] for who may not take exports, [`Failure::NotFound`] for strangers.
    pub async fn paper(
        &self,
        kind: PaperKind,
        id: SessionId,
        user: UserId,
    ) -> Result<(SessionLine, Paper), Failure> {
        let now = self.queries.now().await?;
        match kind {
            PaperKind::Attendance => {
                let attendance = self.export_attendance(id, user).await?;
                let blocks = attendance::paper(&attendance);
                let paper = paper(&attendance.line, "Attendance", now, blocks);
                Ok((attendance.line, paper))
            }
            PaperKind::Votes => {
                let (line, events) = self.export_votes(id, user).await?;
                let blocks = decided(&events, decision::votes);
                let paper = paper(&line, "Votes", now, blocks);
                Ok((line, paper))
            }
            PaperKind::Results => {
                let (line, events) = self.export_results(id, user).await?;
                let events: Vec<ResultLine> = events.into_iter().map(ResultLine::bare).collect();
                let mut blocks = vec![decision::overview(&events)];
                blocks.extend(decided(&events, decision::result));
                let paper = paper(&line, "Results", now, blocks);
                Ok((line, paper))
            }
            PaperKind::Minutes => {
                let export = self.export_minutes(id, user).await?;
                let mut paper = paper(&export.attendance.line, "Minutes", now, minutes::blocks(&export));
                paper.facts.extend(minutes::facts(&export));
                Ok((export.attendance.line, paper))
            }
        }
    }
}

/// Every event that was put to the vote under a heading of its own.
fn decided(events: &[ResultLine], write: fn(&ResultLine) -> Vec<Block>) -> Vec<Block> {
    let opened = events.iter().filter(|line| line.results.event.state.opened_at().is_some());
    let blocks: Vec<Block> = opened
        .enumerate()
        .flat_map(|(at, line)| {
            let heading = Block::Heading(format!("{}. {}", at + 1, line.results.event.name));
            std::iter::once(heading).chain(write(line))
        })
        .collect();
    if blocks.is_empty() { vec![Block::Text("Nothing was put to the vote.".to_owned())] } else { blocks }
}

fn paper(line: &SessionLine, name: &str, now: Moment, blocks: Vec<Block>) -> Paper {
    let session = &line.session;
    let mut facts = vec![
        Fact::new("Join code", session.join_code.to_string()),
        Fact::new("Opened", when(session.created_at)),
    ];
    facts.push(match session.status {
        SessionStatus::Closed { at } => Fact::new("Closed", when(at)),
        SessionStatus::Open | SessionStatus::Locked => {
            Fact::new("Closed", format!("not yet; this is how it stood on {}", when(now)))
        }
    });
    Paper {
        issuer: line.organization.name.to_string(),
        title: format!("{name}: {}", session.title),
        facts,
        blocks,
        footer: format!("Join code {} · written {}", session.join_code, when(now)),
        written_at: now,
    }
}

/// A time to the minute, the same in every language, with its zone.
fn when(at: Moment) -> String {
    format!("{} UTC", at.format("%Y-%m-%d %H:%M"))
}

fn table(columns: Vec<Column>, rows: impl IntoIterator<Item = Vec<String>>) -> Block {
    Block::Table(Table { columns, rows: rows.into_iter().map(Row::plain).collect() })
}
