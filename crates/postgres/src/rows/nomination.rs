//! Offices and nominations.

use plenum_domain::Moment;
use plenum_domain::id::{EventId, NominationId, OfficeId, SessionId, UserId};
use plenum_domain::nomination::{Nomination, NominationAnswer, Office, OfficeState};
use plenum_domain::rules::Ineligible;
use plenum_domain::text::{OptionLabel, Statement, Title};
use plenum_ports::StoreError;
use plenum_ports::documents::EventData;

use super::{Cell, Document};

/// A row of `offices`.
#[derive(Debug)]
pub(crate) struct OfficeRow {
    pub(crate) id: i32,
    pub(crate) session_id: i32,
    pub(crate) name: String,
    pub(crate) seats: i32,
    pub(crate) data: Document,
    pub(crate) follows_event_id: Option<i32>,
    pub(crate) created_by_user_id: i32,
    pub(crate) created_at: Moment,
    pub(crate) closed_at: Option<Moment>,
    pub(crate) closed_by_user_id: Option<i32>,
    pub(crate) event_id: Option<i32>,
}

impl TryFrom<OfficeRow> for (Office, EventData) {
    type Error = StoreError;

    fn try_from(row: OfficeRow) -> Result<Self, StoreError> {
        let cell = |column| Cell::new("offices", column, row.id);
        let state = match row.closed_at {
            None => OfficeState::Open,
            Some(at) => OfficeState::Closed {
                at,
                by_user_id: UserId::new(cell("closed_by_user_id").present(row.closed_by_user_id)?),
                event_id: EventId::new(cell("event_id").present(row.event_id)?),
            },
        };
        let office = Office {
            id: OfficeId::new(row.id),
            session_id: SessionId::new(row.session_id),
            name: cell("name").check(Title::parse(&row.name))?,
            seats: cell("seats").check(u32::try_from(row.seats))?,
            state,
            follows: row.follows_event_id.map(EventId::new),
            created_by_user_id: UserId::new(row.created_by_user_id),
            created_at: row.created_at,
        };
        Ok((office, cell("data").document(&row.data)?))
    }
}

/// A row of `nominations`.
#[derive(Debug)]
pub(crate) struct NominationRow {
    pub(crate) id: i32,
    pub(crate) office_id: i32,
    pub(crate) candidate_user_id: i32,
    pub(crate) nominated_by_user_id: i32,
    pub(crate) nominated_at: Moment,
    pub(crate) accepted: Option<bool>,
    pub(crate) answered_at: Option<Moment>,
    pub(crate) answered_by_user_id: Option<i32>,
    pub(crate) statement: Option<String>,
    pub(crate) option: Option<String>,
    pub(crate) left_out: Option<String>,
}

impl TryFrom<NominationRow> for Nomination {
    type Error = StoreError;

    fn try_from(row: NominationRow) -> Result<Self, StoreError> {
        let cell = |column| Cell::new("nominations", column, row.id);
        let answer = match row.accepted {
            None => None,
            Some(accepted) => Some(NominationAnswer {
                accepted,
                at: cell("answered_at").present(row.answered_at)?,
                by_user_id: UserId::new(cell("answered_by_user_id").present(row.answered_by_user_id)?),
            }),
        };
        let statement = row.statement.as_deref().map(Statement::parse).transpose();
        let option = row.option.as_deref().map(OptionLabel::parse).transpose();
        let why = |word: &str| {
            let known = Ineligible::ALL.into_iter().find(|why| why.as_str() == word);
            known.ok_or_else(|| format!("{word} is no reason"))
        };
        let left_out = row.left_out.as_deref().map(why).transpose();
        Ok(Self {
            id: NominationId::new(row.id),
            office_id: OfficeId::new(row.office_id),
            candidate: UserId::new(row.candidate_user_id),
            nominated_by: UserId::new(row.nominated_by_user_id),
            nominated_at: row.nominated_at,
            answer,
            statement: cell("statement").check(statement)?,
            option: cell("option").check(option)?,
            left_out: cell("left_out").check(left_out)?,
        })
    }
}
