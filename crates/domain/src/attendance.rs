//! Who is in the sitting: vote instances, and the log of coming and going.

use crate::id::{SessionId, UserId, UserSessionId};
use crate::organization::{Joining, Role};
use crate::session::{Session, SessionStatus};
use crate::{Moment, Refusal, Step};

/// Whether a vote instance is in the sitting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinLeft {
    /// Present.
    Joined,
    /// Gone, or not there yet.
    Left,
}

impl JoinLeft {
    /// The published word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Joined => "joined",
            Self::Left => "left",
        }
    }
}

/// One vote instance in a sitting: a person's own, or one they hold for someone else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserSession {
    /// Which one.
    pub id: UserSessionId,
    /// Who casts it.
    pub user_id: UserId,
    /// In which sitting.
    pub session_id: SessionId,
    /// For whom it is cast, when not for themselves.
    pub proxy: Option<UserId>,
    /// Whether it is in the sitting now.
    pub join_left: JoinLeft,
    /// Removed by the host: may not come back until let in.
    pub barred: bool,
    /// When the instance came to be.
    pub timestamp: Moment,
}

impl UserSession {
    /// The person whose vote it is.
    pub fn principal(&self) -> UserId {
        self.proxy.unwrap_or(self.user_id)
    }

    /// Whether it is the person's own vote and they are in the sitting.
    pub fn is_own_presence(&self) -> bool {
        self.proxy.is_none() && self.join_left == JoinLeft::Joined
    }
}

/// What happened to a person's presence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttendanceChange {
    /// Came in.
    Joined,
    /// Went away.
    Left,
    /// Was shown out by the host.
    Removed,
}

impl AttendanceChange {
    /// The stored and published word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Joined => "joined",
            Self::Left => "left",
            Self::Removed => "removed",
        }
    }
}

/// A line of the append-only attendance log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttendanceEntry {
    /// Whose presence.
    pub user_id: UserId,
    /// What happened.
    pub change: AttendanceChange,
    /// When.
    pub at: Moment,
    /// Who caused it: the person, or the host.
    pub by_user_id: UserId,
}

/// A stretch of presence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// Came in.
    pub from: Moment,
    /// Went away; `None` while still there.
    pub until: Option<Moment>,
}

/// The stretches of one person's presence, from their lines of the log in order of time.
///
/// Coming in twice or leaving twice changes nothing. A person is present at the instant they come
/// in and no longer at the instant they leave.
pub fn intervals<'a>(entries: impl IntoIterator<Item = &'a AttendanceEntry>) -> Vec<Interval> {
    let mut intervals: Vec<Interval> = Vec::new();
    for entry in entries {
        let inside = intervals.last_mut().filter(|interval| interval.until.is_none());
        match (entry.change, inside) {
            (AttendanceChange::Joined, None) => intervals.push(Interval { from: entry.at, until: None }),
            (AttendanceChange::Left | AttendanceChange::Removed, Some(interval)) => {
                interval.until = Some(entry.at);
            }
            _ => {}
        }
    }
    intervals
}

/// Whether a person was in the sitting at a moment.
pub fn present_at(intervals: &[Interval], moment: Moment) -> bool {
    intervals.iter().any(|interval| interval.from <= moment && interval.until.is_none_or(|end| moment < end))
}

/// Decides whether a person may enter with the code; `own` is their own instance if they were in before.
///
/// # Errors
/// [`Refusal::SessionClosed`], [`Refusal::RemovedFromSession`], [`Refusal::SessionLocked`] for someone
/// new to a locked sitting, [`Refusal::MembersOnly`], [`Refusal::NotOnList`].
pub fn join(
    session: &Session,
    joining: Joining,
    role: Option<Role>,
    own: Option<&UserSession>,
) -> Result<Step<JoinLeft>, Refusal> {
    session.require_running()?;
    if own.is_some_and(|own| own.barred) {
        return Err(Refusal::RemovedFromSession);
    }
    if own.is_some_and(UserSession::is_own_presence) {
        return Ok(Step::Unchanged);
    }
    if own.is_none() && session.status == SessionStatus::Locked {
        return Err(Refusal::SessionLocked);
    }
    may_join(joining, role)?;
    Ok(Step::To(JoinLeft::Joined))
}

/// Decides whether the host may bring a person in; a lock does not stop the host.
///
/// # Errors
/// [`Refusal::SessionClosed`], [`Refusal::MembersOnly`], [`Refusal::NotOnList`].
pub fn admit(
    session: &Session,
    joining: Joining,
    role: Option<Role>,
    own: Option<&UserSession>,
) -> Result<Step<JoinLeft>, Refusal> {
    session.require_running()?;
    if own.is_some_and(|own| own.is_own_presence() && !own.barred) {
        return Ok(Step::Unchanged);
    }
    may_join(joining, role)?;
    Ok(Step::To(JoinLeft::Joined))
}

/// Passes when the organization lets in a person of this role; `joining` as it concerns that person.
fn may_join(joining: Joining, role: Option<Role>) -> Result<(), Refusal> {
    match (joining, role) {
        (Joining::List, _) => Err(Refusal::NotOnList),
        (Joining::Members, None) => Err(Refusal::MembersOnly),
        (Joining::Members, Some(_)) | (Joining::Anyone, _) => Ok(()),
    }
}

/// Decides what leaving does; who is not in stays out.
pub fn leave(own: Option<&UserSession>) -> Step<JoinLeft> {
    if own.is_some_and(UserSession::is_own_presence) { Step::To(JoinLeft::Left) } else { Step::Unchanged }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    fn at(second: u32) -> Moment {
        chrono::Utc.with_ymd_and_hms(2026, 3, 1, 19, 0, second).single().unwrap_or_default()
    }

    fn entry(change: AttendanceChange, second: u32) -> AttendanceEntry {
        AttendanceEntry { user_id: UserId::new(1), change, at: at(second), by_user_id: UserId::new(1) }
    }

    #[test]
    fn presence_is_known_for_any_moment() {
        use AttendanceChange::{Joined, Left, Removed};
        let log = [
            entry(Joined, 5),
            entry(Joined, 6),
            entry(Left, 10),
            entry(Left, 11),
            entry(Joined, 20),
            entry(Removed, 30),
        ];
        let stretches = intervals(&log);
        assert_eq!(stretches.len(), 2);
        for (second, present) in [(4, false), (5, true), (9, true), (10, false), (20, true), (30, false)] {
            assert_eq!(present_at(&stretches, at(second)), present, "second {second}");
        }
    }

    #[test]
    fn an_open_stretch_reaches_to_now() {
        let stretches = intervals(&[entry(AttendanceChange::Joined, 5)]);
        assert_eq!(stretches, vec![Interval { from: at(5), until: None }]);
        assert!(present_at(&stretches, at(59)));
    }
}
