//! Who is in the sitting: vote instances, and the log of coming and going.

use crate::field::FieldErrors;
use crate::id::{SessionId, UserId, UserSessionId};
use crate::organization::{Joining, Role};
use crate::roll::{Quorum, RollEntry};
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
    /// The host says what was true in a stretch of time that is past. Nothing before it is edited.
    Corrected(Correction),
}

/// What was true of a person's presence, whatever the lines before say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Correction {
    /// Whether they were in the sitting.
    pub present: bool,
    /// From this moment on.
    pub from: Moment,
    /// Up to and without this one.
    pub until: Moment,
}

impl Correction {
    /// Checks a stretch: it begins in the sitting, ends after it began, and is past.
    ///
    /// # Errors
    /// [`FieldErrors`] naming `since` or `until`.
    pub fn new(
        session: &Session,
        present: bool,
        from: Moment,
        until: Moment,
        now: Moment,
    ) -> Result<Self, FieldErrors> {
        if from < session.created_at {
            return Err(FieldErrors::one("since", "must not lie before the session was opened"));
        }
        if from >= now {
            return Err(FieldErrors::one("since", "must lie in the past"));
        }
        if until <= from {
            return Err(FieldErrors::one("until", "must be later than since"));
        }
        if until > now {
            return Err(FieldErrors::one("until", "must not lie in the future"));
        }
        Ok(Self { present, from, until })
    }

    /// The stretches as they are with this correction.
    fn apply(self, intervals: Vec<Interval>) -> Vec<Interval> {
        let mut corrected = Vec::new();
        let mut whole = Interval { from: self.from, until: Some(self.until) };
        for interval in intervals {
            let before = interval.until.is_some_and(|end| end < self.from);
            let after = interval.from > self.until;
            if before || after {
                corrected.push(interval);
            } else if self.present {
                whole.from = whole.from.min(interval.from);
                whole.until = whole.until.zip(interval.until).map(|(one, other)| one.max(other));
            } else {
                let head = Interval { until: Some(self.from), ..interval };
                corrected.extend((head.from < self.from).then_some(head));
                let tail = Interval { from: self.until, ..interval };
                corrected.extend(interval.until.is_none_or(|end| end > self.until).then_some(tail));
            }
        }
        if self.present {
            corrected.push(whole);
        }
        corrected.sort_by_key(|interval| interval.from);
        corrected
    }
}

impl AttendanceChange {
    /// The stored and published word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Joined => "joined",
            Self::Left => "left",
            Self::Removed => "removed",
            Self::Corrected(Correction { present: true, .. }) => "present",
            Self::Corrected(Correction { present: false, .. }) => "absent",
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
/// Coming in twice or leaving twice changes nothing. A correction replaces what the lines before it say of
/// its stretch. A person is present at the instant they come in and no longer at the instant they leave.
pub fn intervals<'a>(entries: impl IntoIterator<Item = &'a AttendanceEntry>) -> Vec<Interval> {
    let mut intervals: Vec<Interval> = Vec::new();
    let mut absent_until: Vec<Moment> = Vec::new();
    for entry in entries {
        if let AttendanceChange::Corrected(correction) = entry.change {
            intervals = correction.apply(intervals);
            absent_until.extend((!correction.present).then_some(correction.until));
            continue;
        }
        let inside = intervals.last_mut().filter(|interval| interval.until.is_none());
        match (entry.change, inside) {
            (AttendanceChange::Joined, None) => intervals.push(Interval { from: entry.at, until: None }),
            (AttendanceChange::Left | AttendanceChange::Removed, Some(interval)) => {
                interval.until = Some(entry.at);
            }
            _ => {}
        }
    }
    // Absent "since then, and still": what the correction left of their presence ends where it begins. Somebody
    // else who came and went in one instant was there.
    intervals
        .retain(|interval| interval.until != Some(interval.from) || !absent_until.contains(&interval.from));
    intervals
}

/// Whether a person was in the sitting at some time while a vote was open, from its opening to `end` (`None`
/// while it still is). What is corrected after the end changes no count, and a correction of the same instant
/// comes after it: however often the votes are counted, the same people were there.
pub fn was_in<'a>(
    entries: impl IntoIterator<Item = &'a AttendanceEntry>,
    opened: Moment,
    end: Option<Moment>,
) -> bool {
    let in_time = |entry: &&AttendanceEntry| {
        let correction = matches!(entry.change, AttendanceChange::Corrected(_));
        !correction || end.is_none_or(|end| entry.at < end)
    };
    intervals(entries.into_iter().filter(in_time)).iter().any(|stretch| {
        end.is_none_or(|end| stretch.from <= end) && stretch.until.is_none_or(|until| until > opened)
    })
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

/// How many of those needed are there, in a sentence for the chair.
pub fn quorum_in_words(quorum: &Quorum) -> String {
    let Quorum { entitled, present, required, .. } = *quorum;
    let there = format!("{present} of {entitled} entitled are present or represented");
    match (required, quorum.missing()) {
        (0, _) => format!("No quorum is required; {there}."),
        (required, 0) => format!("There is a quorum: {there}, {required} required."),
        (required, 1) => format!("There is no quorum: {there}, {required} required; one more is needed."),
        (required, more) => {
            format!("There is no quorum: {there}, {required} required; {more} more are needed.")
        }
    }
}

/// The weight of the votes that can be cast at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strength {
    /// The weights of everyone entitled, together.
    pub entitled: u64,
    /// Of them, the weights of those present or represented.
    pub present: u64,
}

impl Strength {
    /// The strength of a roll at the moment it is fixed.
    pub fn of_roll(roll: &[RollEntry]) -> Self {
        let sum = |entries: &mut dyn Iterator<Item = &RollEntry>| entries.map(|one| one.weight.wide()).sum();
        Self {
            entitled: sum(&mut roll.iter()),
            present: sum(&mut roll.iter().filter(|entry| entry.held_by.is_some())),
        }
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
    fn a_correction_says_what_was_true_and_edits_nothing() {
        let stretch = |from, until: Option<u32>| Interval { from: at(from), until: until.map(at) };
        let corrected = |present, from, until| {
            let correction = Correction { present, from: at(from), until: at(until) };
            entry(AttendanceChange::Corrected(correction), 50)
        };
        let (joined, left) = (entry(AttendanceChange::Joined, 10), entry(AttendanceChange::Left, 30));
        for (lines, expected) in [
            (vec![joined, corrected(true, 5, 10)], vec![stretch(5, None)]),
            (vec![joined, left, corrected(true, 5, 20)], vec![stretch(5, Some(30))]),
            (vec![joined, left, corrected(true, 31, 40)], vec![stretch(10, Some(30)), stretch(31, Some(40))]),
            (vec![joined, left, corrected(false, 20, 30)], vec![stretch(10, Some(20))]),
            (vec![joined, corrected(false, 20, 25)], vec![stretch(10, Some(20)), stretch(25, None)]),
            (vec![joined, left, corrected(false, 5, 40)], vec![]),
            (vec![corrected(true, 5, 8)], vec![stretch(5, Some(8))]),
            (
                vec![joined, corrected(false, 20, 50), entry(AttendanceChange::Left, 50)],
                vec![stretch(10, Some(20))],
            ),
            (
                vec![joined, left, corrected(true, 30, 50), entry(AttendanceChange::Joined, 50)],
                vec![stretch(10, Some(50)), stretch(50, None)],
            ),
            (vec![joined, corrected(false, 10, 50), corrected(true, 20, 50)], vec![stretch(20, None)]),
        ] {
            assert_eq!(intervals(&lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn what_is_corrected_once_voting_has_ended_changes_no_count() {
        let made = |second| {
            let correction = Correction { present: true, from: at(10), until: at(20) };
            [entry(AttendanceChange::Corrected(correction), second)]
        };
        assert!(was_in(&made(29), at(10), Some(at(30))), "in time");
        assert!(!was_in(&made(30), at(10), Some(at(30))), "at the same instant");
        assert!(!was_in(&made(31), at(10), Some(at(30))), "later");
        assert!(was_in(&made(31), at(10), None), "while voting is open");
        assert!(!was_in(&made(29), at(20), Some(at(30))), "they were gone when it opened");
    }

    #[test]
    fn the_quorum_in_words() {
        let words =
            |required, present| quorum_in_words(&Quorum { entitled: 40, present, required, voted: None });
        assert_eq!(words(0, 3), "No quorum is required; 3 of 40 entitled are present or represented.");
        assert!(words(20, 20).starts_with("There is a quorum: 20 of 40"));
        assert!(words(20, 19).ends_with("20 required; one more is needed."));
        assert!(words(20, 7).ends_with("20 required; 13 more are needed."));
    }

    #[test]
    fn an_open_stretch_reaches_to_now() {
        let stretches = intervals(&[entry(AttendanceChange::Joined, 5)]);
        assert_eq!(stretches, vec![Interval { from: at(5), until: None }]);
        assert!(present_at(&stretches, at(59)));
    }
}
