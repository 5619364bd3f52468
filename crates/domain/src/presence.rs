//! Waiting to be admitted, and being asked "are you here?".

use crate::attendance::UserSession;
use crate::id::{PresenceCheckId, SessionId, UserId};
use crate::rules::Admission;
use crate::{Moment, Refusal, Step};

/// What became of a person who entered the code of a sitting to which the host admits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitingState {
    /// Nothing yet.
    Waiting,
    /// The host let them in.
    Admitted {
        /// When.
        at: Moment,
        /// Who did.
        by: UserId,
    },
    /// The host turned them away.
    Refused {
        /// When.
        at: Moment,
        /// Who did.
        by: UserId,
    },
}

impl WaitingState {
    /// The stored and published word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Admitted { .. } => "admitted",
            Self::Refused { .. } => "refused",
        }
    }
}

/// A place on the waiting list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Since when.
    pub since: Moment,
    /// What became of it.
    pub state: WaitingState,
}

/// What the right code does for a person whom the rules on joining let pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// It lets them in.
    Enter,
    /// It puts them on the waiting list, or leaves them there.
    Wait,
}

/// Decides what the code does. Who was in before, and who may admit, does not wait.
///
/// # Errors
/// [`Refusal::AdmissionRefused`] once the host has turned the person away.
pub fn entry(
    admission: Admission,
    own: Option<&UserSession>,
    may_admit: bool,
    waiting: Option<&Waiting>,
) -> Result<Entry, Refusal> {
    if admission == Admission::Code || own.is_some() || may_admit {
        return Ok(Entry::Enter);
    }
    match waiting.map(|waiting| waiting.state) {
        None | Some(WaitingState::Waiting) => Ok(Entry::Wait),
        Some(WaitingState::Admitted { .. }) => Ok(Entry::Enter),
        Some(WaitingState::Refused { .. }) => Err(Refusal::AdmissionRefused),
    }
}

/// Decides what the host's yes does: the host may think again about somebody they turned away, and who
/// was let in already is let in.
///
/// # Errors
/// [`Refusal::NotWaiting`] for who never entered the code.
pub fn admit(waiting: Option<&Waiting>, at: Moment, by: UserId) -> Result<Step<Waiting>, Refusal> {
    let waiting = waiting.ok_or(Refusal::NotWaiting)?;
    match waiting.state {
        WaitingState::Admitted { .. } => Ok(Step::Unchanged),
        WaitingState::Waiting | WaitingState::Refused { .. } => {
            Ok(Step::To(Waiting { state: WaitingState::Admitted { at, by }, ..*waiting }))
        }
    }
}

/// Decides what the host's no does; saying it twice changes nothing.
///
/// # Errors
/// [`Refusal::NotWaiting`] for who never entered the code or is let in: they can be removed.
pub fn refuse(waiting: Option<&Waiting>, at: Moment, by: UserId) -> Result<Step<Waiting>, Refusal> {
    let waiting = waiting.ok_or(Refusal::NotWaiting)?;
    match waiting.state {
        WaitingState::Admitted { .. } => Err(Refusal::NotWaiting),
        WaitingState::Refused { .. } => Ok(Step::Unchanged),
        WaitingState::Waiting => {
            Ok(Step::To(Waiting { state: WaitingState::Refused { at, by }, ..*waiting }))
        }
    }
}

/// "Are you here?", asked of everyone present and answered for a set time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PresenceCheck {
    /// Which one.
    pub id: PresenceCheckId,
    /// In which sitting.
    pub session_id: SessionId,
    /// Who asks.
    pub created_by_user_id: UserId,
    /// Since when.
    pub opened_at: Moment,
    /// Answers are taken up to and without this moment.
    pub closes_at: Moment,
    /// Whether who did not answer is set absent.
    pub sets_absent: bool,
    /// When it ended; `None` while it runs.
    pub closed_at: Option<Moment>,
}

impl PresenceCheck {
    /// Passes while answers are taken.
    ///
    /// # Errors
    /// [`Refusal::PresenceCheckOver`].
    pub fn require_running(&self, now: Moment) -> Result<(), Refusal> {
        if self.closed_at.is_some() || self.closes_at <= now {
            Err(Refusal::PresenceCheckOver)
        } else {
            Ok(())
        }
    }

    /// Whether the schedule ends it now.
    pub fn is_due(&self, now: Moment) -> bool {
        self.closed_at.is_none() && self.closes_at <= now
    }
}

/// A person who was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Who.
    pub user_id: UserId,
    /// When they answered first.
    pub answered_at: Option<Moment>,
    /// Whether the outcome set them absent.
    pub set_absent: bool,
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::attendance::JoinLeft;
    use crate::id::UserSessionId;

    #[test]
    fn the_code_lets_in_or_makes_wait() {
        let (at, by) = (Moment::default(), UserId::new(9));
        let place = |state| Waiting { since: at, state };
        let own = UserSession {
            id: UserSessionId::new(1),
            user_id: UserId::new(1),
            session_id: SessionId::new(1),
            proxy: None,
            join_left: JoinLeft::Left,
            barred: false,
            timestamp: at,
        };
        let host = Admission::Host;
        assert_eq!(entry(Admission::Code, None, false, None), Ok(Entry::Enter));
        assert_eq!(entry(host, None, false, None), Ok(Entry::Wait));
        assert_eq!(entry(host, None, true, None), Ok(Entry::Enter), "the host waits for nobody");
        assert_eq!(entry(host, Some(&own), false, None), Ok(Entry::Enter), "they come back");
        let after = |state| entry(host, None, false, Some(&place(state)));
        assert_eq!(after(WaitingState::Waiting), Ok(Entry::Wait));
        assert_eq!(after(WaitingState::Admitted { at, by }), Ok(Entry::Enter));
        assert_eq!(after(WaitingState::Refused { at, by }), Err(Refusal::AdmissionRefused));
    }

    #[test]
    fn the_host_says_yes_or_no_once() {
        let (at, by) = (Moment::default(), UserId::new(9));
        let place = |state| Waiting { since: at, state };
        let (waits, is_in) = (place(WaitingState::Waiting), place(WaitingState::Admitted { at, by }));
        let turned_away = place(WaitingState::Refused { at, by });
        assert_eq!(admit(None, at, by), Err(Refusal::NotWaiting));
        assert_eq!(admit(Some(&waits), at, by), Ok(Step::To(is_in)));
        assert_eq!(admit(Some(&is_in), at, by), Ok(Step::Unchanged), "twice");
        assert_eq!(admit(Some(&turned_away), at, by), Ok(Step::To(is_in)), "the host thinks again");
        assert_eq!(refuse(None, at, by), Err(Refusal::NotWaiting));
        assert_eq!(refuse(Some(&waits), at, by), Ok(Step::To(turned_away)));
        assert_eq!(refuse(Some(&turned_away), at, by), Ok(Step::Unchanged), "twice");
        assert_eq!(refuse(Some(&is_in), at, by), Err(Refusal::NotWaiting), "who is in is removed instead");
    }

    #[test]
    fn a_check_takes_answers_until_its_end() {
        let start = Moment::default();
        let end = start + TimeDelta::seconds(60);
        let check = PresenceCheck {
            id: PresenceCheckId::new(1),
            session_id: SessionId::new(1),
            created_by_user_id: UserId::new(9),
            opened_at: start,
            closes_at: end,
            sets_absent: true,
            closed_at: None,
        };
        let just_before = end - TimeDelta::microseconds(1);
        assert_eq!((check.require_running(just_before), check.is_due(just_before)), (Ok(()), false));
        assert_eq!((check.require_running(end), check.is_due(end)), (Err(Refusal::PresenceCheckOver), true));
        let closed = PresenceCheck { closed_at: Some(start), ..check };
        assert_eq!(
            (closed.require_running(start), closed.is_due(end)),
            (Err(Refusal::PresenceCheckOver), false)
        );
    }
}
