//! Waiting lists and presence checks.

use plenum_domain::Moment;
use plenum_domain::id::{PresenceCheckId, SessionId, UserId};
use plenum_domain::presence::{Asked, PresenceCheck, Waiting, WaitingState};
use plenum_ports::StoreError;

use super::Cell;

/// A row of `waiting_list`, without the person.
#[derive(Debug)]
pub(crate) struct WaitingRow {
    pub(crate) session_id: i32,
    pub(crate) state: String,
    pub(crate) since: Moment,
    pub(crate) decided_at: Option<Moment>,
    pub(crate) decided_by_user_id: Option<i32>,
}

impl TryFrom<WaitingRow> for Waiting {
    type Error = StoreError;

    fn try_from(row: WaitingRow) -> Result<Self, StoreError> {
        let cell = |column| Cell::new("waiting_list", column, row.session_id);
        let decided = || {
            let by = cell("decided_by_user_id").present(row.decided_by_user_id)?;
            Ok::<_, StoreError>((cell("decided_at").present(row.decided_at)?, UserId::new(by)))
        };
        let state = match row.state.as_str() {
            "waiting" => WaitingState::Waiting,
            "admitted" => decided().map(|(at, by)| WaitingState::Admitted { at, by })?,
            "refused" => decided().map(|(at, by)| WaitingState::Refused { at, by })?,
            _ => return Err(cell("state").corrupt("must be one of: waiting, admitted, refused")),
        };
        Ok(Self { since: row.since, state })
    }
}

/// A row of `presence_checks`.
#[derive(Debug)]
pub(crate) struct PresenceCheckRow {
    pub(crate) id: i32,
    pub(crate) session_id: i32,
    pub(crate) created_by_user_id: i32,
    pub(crate) opened_at: Moment,
    pub(crate) closes_at: Moment,
    pub(crate) sets_absent: bool,
    pub(crate) closed_at: Option<Moment>,
}

impl From<PresenceCheckRow> for PresenceCheck {
    fn from(row: PresenceCheckRow) -> Self {
        Self {
            id: PresenceCheckId::new(row.id),
            session_id: SessionId::new(row.session_id),
            created_by_user_id: UserId::new(row.created_by_user_id),
            opened_at: row.opened_at,
            closes_at: row.closes_at,
            sets_absent: row.sets_absent,
            closed_at: row.closed_at,
        }
    }
}

/// A row of `presence_check_people`, without the check.
#[derive(Debug)]
pub(crate) struct AskedRow {
    pub(crate) user_id: i32,
    pub(crate) answered_at: Option<Moment>,
    pub(crate) set_absent: bool,
}

impl From<AskedRow> for Asked {
    fn from(row: AskedRow) -> Self {
        Self { user_id: UserId::new(row.user_id), answered_at: row.answered_at, set_absent: row.set_absent }
    }
}
