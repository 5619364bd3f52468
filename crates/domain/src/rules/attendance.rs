//! Who comes into a sitting, and how it is seen that they are still there.

use crate::id::UserId;
use crate::rules::{People, Rules, Seconds};

/// Who may enter a sitting with its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joining {
    /// Members of the organization.
    Members,
    /// The people on the organization's list, members or not; nobody else.
    List,
    /// Anyone signed in; who is no member has no vote of their own.
    Anyone,
}

/// What the right code does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Admission {
    /// It lets a person in.
    #[default]
    Code,
    /// It puts a person on the waiting list until the host admits them.
    Host,
}

/// How the host asks "are you here?".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PresenceChecks {
    /// How long people have to answer, unless the host says otherwise.
    pub seconds: Seconds,
    /// Whether who did not answer is set absent when the time is up.
    pub sets_absent: bool,
}

/// How people are let in, and how presence is checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttendanceRules {
    /// What the code does.
    pub admission: Admission,
    /// The people on the list, for [`Joining::List`].
    pub list: People,
    /// Presence checks.
    pub checks: PresenceChecks,
}

impl Default for PresenceChecks {
    fn default() -> Self {
        Self { seconds: Seconds::MINUTE, sets_absent: false }
    }
}

impl Rules {
    /// Who may enter as it concerns one person: who stands on the list may come as anyone may, and for
    /// who does not the list stays what it is.
    pub fn joining_of(&self, user: UserId) -> Joining {
        match self.joining {
            Joining::List if self.attendance.list.contains(user) => Joining::Anyone,
            joining => joining,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_lets_in_whom_it_names() {
        let (named, other) = (UserId::new(1), UserId::new(2));
        let list = People::new([named]).expect("one person");
        let rules = Rules {
            joining: Joining::List,
            attendance: AttendanceRules { list, ..AttendanceRules::default() },
            ..Rules::default()
        };
        assert_eq!((rules.joining_of(named), rules.joining_of(other)), (Joining::Anyone, Joining::List));
        assert_eq!(Rules::default().joining_of(other), Joining::Members);
    }
}
