//! Events: what is put to the vote, from draft to released result.

mod election;
mod method;
mod state;
mod timing;
mod wrong_move;

use std::fmt;
use std::str::FromStr;

pub use election::{ElectionMethod, ElectionWish, parameter_name};
pub(crate) use method::looks;
pub use method::{
    Ballot, MajorityMethod, Method, MethodError, MotionOptions, VoteOptions, VoteOptionsError, check_majority,
};
pub use state::{Annulment, Counted, EventState};
pub use timing::{Extension, Timing};
pub use wrong_move::WrongMove;

use crate::Moment;
use crate::id::{EventId, SessionId, UserId};
use crate::rules::{EventRules, Voters};
use crate::text::{Description, Title};

/// What kind of decision it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventType {
    /// A question to adopt or reject.
    Motion,
    /// People or options to choose from.
    Election,
}

impl EventType {
    /// The published word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Motion => "motion",
            Self::Election => "election",
        }
    }
}

/// Who learns how a person voted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Secrecy {
    /// Names and choices, while voting where results are live, and after.
    RollCall,
    /// Names and choices once the result is released.
    Standard,
    /// Nobody, ever: votes are sealed, and what was in the envelopes is shuffled.
    Secret,
}

impl Secrecy {
    /// The published word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RollCall => "roll_call",
            Self::Standard => "standard",
            Self::Secret => "secret",
        }
    }
}

/// When participants see the figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Visibility {
    /// Not before the chair releases them.
    HiddenUntilRelease,
    /// While voting goes on.
    Live,
}

impl Visibility {
    /// The published word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HiddenUntilRelease => "hidden_until_release",
            Self::Live => "live",
        }
    }
}

/// The text is none of the allowed words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be one of: {0}")]
pub struct UnknownWord(&'static str);

macro_rules! words {
    ($type:ident: $list:literal, $($variant:ident),+) => {
        impl FromStr for $type {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                [$(Self::$variant),+]
                    .into_iter()
                    .find(|value| value.as_str() == text)
                    .ok_or(UnknownWord($list))
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words!(EventType: "motion, election", Motion, Election);
words!(Secrecy: "roll_call, standard, secret", RollCall, Standard, Secret);
words!(Visibility: "hidden_until_release, live", HiddenUntilRelease, Live);

/// When voting may start and when it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// No vote is accepted before.
    pub start_time: Moment,
    /// No vote is accepted from here on; `None`: until the chair closes.
    pub end_time: Option<Moment>,
}

/// The end does not come after the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be later than start_time")]
pub struct ScheduleError;

impl Schedule {
    /// Checks that the end comes after the start.
    ///
    /// # Errors
    /// [`ScheduleError`] when it does not.
    pub fn new(start_time: Moment, end_time: Option<Moment>) -> Result<Self, ScheduleError> {
        if end_time.is_some_and(|end| end <= start_time) {
            return Err(ScheduleError);
        }
        Ok(Self { start_time, end_time })
    }
}

/// What is put to the vote and how: fixed once the event opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What is decided, in words.
    pub description: Description,
    /// What can be voted for and how it is counted.
    pub ballot: Ballot,
    /// When participants see the figures.
    pub visibility: Visibility,
    /// Whether votes may be cast for others.
    pub proxy: bool,
    /// Who learns how a person voted.
    pub secrecy: Secrecy,
    /// What it does by itself.
    pub timing: Timing,
    /// What it keeps of the rules it was opened under; the defaults for a draft.
    pub rules: EventRules,
    /// The event whose outcome asked for this one: a runoff, or an election with new nominations.
    pub follows: Option<EventId>,
    /// Who may vote on it; `None` where the organization's rules say.
    pub voters: Option<Voters>,
}

/// Something put to the vote in a sitting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Which one.
    pub id: EventId,
    /// In which sitting.
    pub session_id: SessionId,
    /// What it is called.
    pub name: Title,
    /// Where it stands.
    pub state: EventState,
    /// When voting may start and when it ends.
    pub schedule: Schedule,
    /// What is put to the vote and how.
    pub terms: Terms,
    /// Who prepared it.
    pub created_by_user_id: UserId,
    /// When it was prepared.
    pub created_at: Moment,
}

impl Event {
    /// What kind of decision it is.
    pub const fn event_type(&self) -> EventType {
        self.terms.ballot.event_type()
    }

    /// Whether votes on it are sealed.
    pub const fn is_secret(&self) -> bool {
        matches!(self.terms.secrecy, Secrecy::Secret)
    }

    /// Whether its end time has come while it is still active.
    pub fn is_due(&self, now: Moment) -> bool {
        matches!(self.state, EventState::Active { .. })
            && self.schedule.end_time.is_some_and(|end| end <= now)
    }
}
