//! Motions beside their votes.

use plenum_domain::Moment;
use plenum_domain::id::{EventId, UserId};
use plenum_domain::motion::{Amendment, Link, Motion, TextVersion, Withdrawal};
use plenum_domain::text::{MotionText, Reason};
use plenum_ports::StoreError;

use super::Cell;

/// A row of `motions`.
#[derive(Debug)]
pub(crate) struct MotionRow {
    pub(crate) event_id: i32,
    pub(crate) mover_user_id: Option<i32>,
    pub(crate) seconder_user_id: Option<i32>,
    pub(crate) amends_event_id: Option<i32>,
    pub(crate) replaces: Option<String>,
    pub(crate) inserts: Option<String>,
    pub(crate) reconsiders_event_id: Option<i32>,
    pub(crate) withdrawn_at: Option<Moment>,
    pub(crate) withdrawn_by_user_id: Option<i32>,
    pub(crate) withdrawal_reason: Option<String>,
}

/// A row of `motion_texts`.
#[derive(Debug)]
pub(crate) struct TextRow {
    pub(crate) event_id: i32,
    pub(crate) version: i32,
    pub(crate) text: String,
    pub(crate) at: Moment,
    pub(crate) by_user_id: i32,
    pub(crate) amendment_event_id: Option<i32>,
    pub(crate) replaced: Option<String>,
    pub(crate) inserted: Option<String>,
}

impl MotionRow {
    fn cell(&self, column: &'static str) -> Cell {
        Cell::new("motions", column, self.event_id)
    }

    fn link(&self) -> Result<Option<Link>, StoreError> {
        if let Some(main) = self.amends_event_id {
            let change = amendment(
                (self.cell("replaces"), self.replaces.as_deref()),
                (self.cell("inserts"), self.inserts.as_deref()),
            )?;
            return Ok(Some(Link::Amends { main: EventId::new(main), change }));
        }
        Ok(self.reconsiders_event_id.map(|id| Link::Reconsiders(EventId::new(id))))
    }

    fn withdrawal(&self) -> Result<Option<Withdrawal>, StoreError> {
        let Some(at) = self.withdrawn_at else { return Ok(None) };
        let by = self.cell("withdrawn_by_user_id").present(self.withdrawn_by_user_id)?;
        let reason = self.withdrawal_reason.as_deref().map(Reason::parse).transpose();
        let reason = self.cell("withdrawal_reason").check(reason)?;
        Ok(Some(Withdrawal { at, by_user_id: UserId::new(by), reason }))
    }
}

fn amendment(
    (replaces_cell, replaces): (Cell, Option<&str>),
    (inserts_cell, inserts): (Cell, Option<&str>),
) -> Result<Amendment, StoreError> {
    Ok(Amendment {
        replaces: replaces_cell.check(MotionText::parse(replaces_cell.present(replaces)?))?,
        inserts: inserts_cell.check(MotionText::parse(inserts_cell.present(inserts)?))?,
    })
}

impl TryFrom<TextRow> for TextVersion {
    type Error = StoreError;

    fn try_from(row: TextRow) -> Result<Self, StoreError> {
        let cell = |column| Cell::new("motion_texts", column, row.event_id);
        let change = match row.amendment_event_id {
            Some(id) => {
                let change = amendment(
                    (cell("replaced"), row.replaced.as_deref()),
                    (cell("inserted"), row.inserted.as_deref()),
                )?;
                Some((EventId::new(id), change))
            }
            None => None,
        };
        Ok(Self {
            number: cell("version").check(u32::try_from(row.version))?,
            text: cell("text").check(MotionText::parse(&row.text))?,
            at: row.at,
            by_user_id: UserId::new(row.by_user_id),
            amendment: change,
        })
    }
}

/// A motion from its row and the rows of its texts, in order.
pub(crate) fn motion(row: &MotionRow, texts: Vec<TextRow>) -> Result<Motion, StoreError> {
    Ok(Motion {
        event_id: EventId::new(row.event_id),
        mover: row.mover_user_id.map(UserId::new),
        seconder: row.seconder_user_id.map(UserId::new),
        link: row.link()?,
        texts: super::all(texts)?,
        withdrawal: row.withdrawal()?,
    })
}
