use async_trait::async_trait;
use chrono::SecondsFormat;
use plenum_domain::attendance::{self, AttendanceChange, AttendanceEntry, Correction, JoinLeft, UserSession};
use plenum_domain::id::{SessionId, UserId};
use plenum_domain::permission::ManageAttendance;
use plenum_domain::text::Reason;
use plenum_domain::{Moment, Step};
use plenum_ports::Tx;
use serde_json::json;

use super::admit::note_admitted;
use super::join_session::{depart, enter};
use super::set_presence::Presence;
use crate::audit::{self, Describe};
use crate::load::{self, Take};
use crate::{Env, Failure, UseCase};

/// The host says what was true of a person's presence, with a reason. Nothing in the log is edited: the
/// correction is a line of its own, and the intervals are read from all of them. After the sitting has ended the
/// record can still be corrected up to its end; no result changes by it.
#[derive(Clone, Debug)]
pub struct CorrectPresence {
    /// In which sitting.
    pub session_id: SessionId,
    /// The host.
    pub by: UserId,
    /// Whose presence.
    pub user_id: UserId,
    /// What it was.
    pub presence: Presence,
    /// Since when.
    pub since: Moment,
    /// Up to and without this moment; `None`: it is so still.
    pub until: Option<Moment>,
    /// Why the log needs correcting.
    pub reason: Reason,
}

#[async_trait]
impl UseCase for CorrectPresence {
    const NAME: &'static str = "session.correct_presence";
    /// The person's instances afterwards.
    type Output = Vec<UserSession>;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<Self::Output, Failure> {
        let at = load::session(tx, self.session_id, self.by, Take::Share).await?;
        at.permit::<ManageAttendance>()?;
        load::require_active(tx, at.organization.id).await?;
        let own = tx.attendance().own(self.session_id, self.user_id).await?;
        let member = tx.organizations().member(at.session.organization_id, self.user_id).await?;
        if own.is_none() && member.is_none() {
            return Err(Failure::NotFound("member or attendee"));
        }
        let now = tx.now().await?;
        let present = self.presence == Presence::Present;
        let end = at.session.status.closed_at().unwrap_or(now);
        let correction = Correction::new(&at.session, present, self.since, self.until.unwrap_or(end), end)?;
        let over = at.session.status.is_closed();
        let step = if over {
            Step::Unchanged
        } else if present {
            let joining = at.organization.rules.joining_of(self.user_id);
            attendance::admit(&at.session, joining, member.map(|member| member.role), own.as_ref())?
        } else {
            attendance::leave(own.as_ref())
        };
        let entry = AttendanceEntry {
            user_id: self.user_id,
            change: AttendanceChange::Corrected(correction),
            at: now,
            by_user_id: self.by,
        };
        tx.attendance().correct(self.session_id, &entry, &self.reason).await?;
        let line = audit::entry(Self::NAME, "attendance_log", self.user_id.get(), Some(self.by), now)
            .session(&at.session)
            .after(json!({
                "user_id": self.user_id.get(),
                "present": present,
                "since": correction.from,
                "until": self.until,
                "reason": self.reason.as_str(),
            }))
            // Whoever checks the record works out who was there, and needs no name or reason for it.
            .facts(json!({"from": exactly(correction.from), "until": exactly(correction.until)}));
        tx.audit().append(&[line]).await?;
        let still = self.until.is_none() && step != Step::Unchanged;
        match (&own, present) {
            (_, true) if still => {
                note_admitted(tx, &at.session, self.user_id, self.by, now).await?;
                enter(tx, &at.session, own.as_ref(), self.user_id, self.by, now).await?;
            }
            // Somebody who was there and is not: they need a row to be listed with.
            (None, true) => {
                // Who was there need not wait to come back.
                note_admitted(tx, &at.session, self.user_id, self.by, now).await?;
                let row = tx.attendance().insert_own(self.session_id, self.user_id, now).await?;
                tx.attendance().set_join_left(&[row.id], JoinLeft::Left).await?;
            }
            (Some(own), false) if still => {
                depart(tx, &at.session, own, AttendanceChange::Left, self.by, now).await?;
            }
            _ => {}
        }
        Ok(tx.attendance().of_user(self.session_id, self.user_id).await?)
    }
}

/// A moment to the last digit of the database's clock.
fn exactly(moment: Moment) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Micros, true)
}
