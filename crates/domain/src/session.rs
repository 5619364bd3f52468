//! Sittings: opened by a host, joined with a code, locked, closed for good.

use std::fmt;

use crate::id::{OrganizationId, SessionId, UserId};
use crate::permission::{ManageSession, Permit};
use crate::text::Title;
use crate::{Moment, Refusal, Step};

/// The code a person types to enter a sitting: six capital letters or digits.
///
/// New codes avoid characters that are easily confused when read from a wall (`0 O 1 I L`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JoinCode(String);

/// The text is not six letters or digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a join code has six letters or digits, such as 7QK2MD")]
pub struct JoinCodeError;

impl JoinCode {
    /// Characters of a code.
    pub const LENGTH: usize = 6;
    /// What new codes are drawn from; 31 characters give 887 million codes.
    pub const ALPHABET: &'static [u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";

    /// Reads a code as people type it: any case, with spaces or hyphens.
    ///
    /// # Errors
    /// [`JoinCodeError`] when six letters or digits do not remain.
    pub fn parse(text: &str) -> Result<Self, JoinCodeError> {
        let code: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let valid = code.len() == Self::LENGTH
            && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if valid { Ok(Self(code)) } else { Err(JoinCodeError) }
    }

    /// Makes a code from uniformly random bytes; `None` when too many of them had to be thrown away.
    ///
    /// A byte past the last whole multiple of the alphabet is skipped, so every code is equally likely.
    pub fn from_random(bytes: impl IntoIterator<Item = u8>) -> Option<Self> {
        let size = u8::try_from(Self::ALPHABET.len()).ok()?;
        let limit = u8::MAX - u8::MAX % size;
        let code: String = bytes
            .into_iter()
            .filter(|byte| *byte < limit)
            .map(|byte| char::from(Self::ALPHABET[usize::from(byte % size)]))
            .take(Self::LENGTH)
            .collect();
        (code.len() == Self::LENGTH).then_some(Self(code))
    }

    /// The six characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JoinCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a sitting stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionStatus {
    /// People join with the code.
    Open,
    /// Nobody new joins; who was in may come back; voting goes on.
    Locked,
    /// Over, for good.
    Closed {
        /// When it ended.
        at: Moment,
    },
}

impl SessionStatus {
    /// The published word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Locked => "locked",
            Self::Closed { .. } => "closed",
        }
    }

    /// Whether the sitting is over.
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Closed { .. })
    }

    /// When it ended; `None` while it runs.
    pub const fn closed_at(self) -> Option<Moment> {
        match self {
            Self::Closed { at } => Some(at),
            Self::Open | Self::Locked => None,
        }
    }
}

/// A sitting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Which one.
    pub id: SessionId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// How people enter; unique among sittings that are not closed.
    pub join_code: JoinCode,
    /// What it is called.
    pub title: Title,
    /// Where it stands.
    pub status: SessionStatus,
    /// The host.
    pub created_by_user_id: UserId,
    /// When it was opened.
    pub created_at: Moment,
}

impl Session {
    /// Stops new people from joining.
    ///
    /// # Errors
    /// [`Refusal::SessionClosed`] when it is over.
    pub fn lock(&self, _permit: &Permit<ManageSession>) -> Result<Step<SessionStatus>, Refusal> {
        match self.status {
            SessionStatus::Open => Ok(Step::To(SessionStatus::Locked)),
            SessionStatus::Locked => Ok(Step::Unchanged),
            SessionStatus::Closed { .. } => Err(Refusal::SessionClosed),
        }
    }

    /// Lets people join again.
    ///
    /// # Errors
    /// [`Refusal::SessionClosed`] when it is over.
    pub fn open(&self, _permit: &Permit<ManageSession>) -> Result<Step<SessionStatus>, Refusal> {
        match self.status {
            SessionStatus::Locked => Ok(Step::To(SessionStatus::Open)),
            SessionStatus::Open => Ok(Step::Unchanged),
            SessionStatus::Closed { .. } => Err(Refusal::SessionClosed),
        }
    }

    /// Ends it; asking again changes nothing. Closing what is still being voted on is the caller's duty.
    pub fn close(&self, _permit: &Permit<ManageSession>, now: Moment) -> Step<SessionStatus> {
        if self.status.is_closed() { Step::Unchanged } else { Step::To(SessionStatus::Closed { at: now }) }
    }

    /// Passes when the sitting is not over.
    ///
    /// # Errors
    /// [`Refusal::SessionClosed`].
    pub fn require_running(&self) -> Result<(), Refusal> {
        if self.status.is_closed() { Err(Refusal::SessionClosed) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_people_type_them() {
        assert_eq!(JoinCode::parse(" 7qk-2md ").map(|code| code.to_string()), Ok("7QK2MD".into()));
        for text in ["", "ABCDE", "ABCDEFG", "ABCDE!", "ÀBCDEF"] {
            assert_eq!(JoinCode::parse(text), Err(JoinCodeError), "{text:?}");
        }
    }

    #[test]
    fn random_codes_use_the_clear_alphabet_without_bias() {
        let code = JoinCode::from_random(0..=255).map(|code| code.to_string());
        assert_eq!(code.as_deref(), Some("234567"));
        assert_eq!(JoinCode::from_random([255; 64]), None, "bytes past the last multiple are thrown away");
        assert_eq!(JoinCode::from_random([0; 5]), None);
    }
}
