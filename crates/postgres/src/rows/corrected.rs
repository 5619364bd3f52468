//! Whether people whose presence was corrected were there while voting was open.

use plenum_domain::Moment;
use plenum_domain::attendance::{self, AttendanceEntry};
use plenum_domain::result::RollLine;
use plenum_ports::StoreError;

use super::AttendanceRow;

/// A line of the log of somebody whose presence was corrected, with when the event was opened.
#[derive(Debug)]
pub(crate) struct CorrectedRow {
    pub(crate) opened_at: Option<Moment>,
    pub(crate) id: i64,
    pub(crate) user_id: i32,
    pub(crate) change: String,
    pub(crate) at: Moment,
    pub(crate) by_user_id: i32,
    pub(crate) true_from: Option<Moment>,
    pub(crate) true_until: Option<Moment>,
}

/// Selects [`CorrectedRow`]s: the whole log of those on an event's roll whose presence was corrected, unless
/// they were present or represented when it was fixed. They are few; what corrections mean is the domain's.
macro_rules! corrected_log {
    ($event:expr) => {
        sqlx::query_as!(
            $crate::rows::CorrectedRow,
            "SELECT events.opened_at, log.id, log.user_id, log.change, log.at, log.by_user_id, log.true_from,
                    log.true_until
             FROM events
             JOIN attendance_log AS log ON log.session_id = events.session_id
             JOIN electoral_roll AS roll
                 ON roll.event_id = events.id AND roll.principal_user_id = log.user_id
             WHERE events.id = $1 AND roll.user_session_id IS NULL
               AND EXISTS (SELECT FROM attendance_log AS correction
                           WHERE correction.session_id = log.session_id
                             AND correction.user_id = log.user_id AND correction.true_from IS NOT NULL)
             ORDER BY log.user_id, log.at, log.id",
            $event,
        )
    };
}
pub(crate) use corrected_log;

/// The roll with what corrections say of these people; `until` is when voting ended, `None` while it is open.
pub(crate) fn correct(
    mut roll: Vec<RollLine>,
    rows: Vec<CorrectedRow>,
    until: Option<Moment>,
) -> Result<Vec<RollLine>, StoreError> {
    let opened_at = rows.first().and_then(|row| row.opened_at);
    let entries = rows.into_iter().map(AttendanceEntry::try_from).collect::<Result<Vec<_>, _>>()?;
    for log in entries.chunk_by(|one, next| one.user_id == next.user_id) {
        let Some(user) = log.first().map(|entry| entry.user_id) else { continue };
        let present = opened_at.is_some_and(|opened| attendance::was_in(log, opened, until));
        if let Some(line) = roll.iter_mut().find(|line| line.principal == user) {
            line.present = present;
        }
    }
    Ok(roll)
}

impl TryFrom<CorrectedRow> for AttendanceEntry {
    type Error = StoreError;

    fn try_from(row: CorrectedRow) -> Result<Self, StoreError> {
        let CorrectedRow { opened_at: _, id, user_id, change, at, by_user_id, true_from, true_until } = row;
        AttendanceRow { id, user_id, change, at, by_user_id, true_from, true_until }.try_into()
    }
}
