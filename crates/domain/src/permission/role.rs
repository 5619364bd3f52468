//! The roles a person can hold in a place, and sets of them.

use std::fmt;
use std::str::FromStr;

use crate::organization;

/// A role that lets a person do something in one scope and everything narrower.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Everything.
    Admin,
    /// Opens sittings and conducts votes.
    Chair,
    /// Keeps attendance, proxies, the agenda and the minutes; conducts no vote.
    Secretary,
    /// Watches the count: turnout, who is missing, results before their release.
    Teller,
    /// Adds, changes and removes plain members.
    MemberManager,
    /// Reads everything that is kept, the audit log too; changes nothing.
    Auditor,
    /// Sees the organization and its sittings.
    Observer,
    /// Sees the organization and its sittings, and has a vote where the electorate is this role.
    VotingMember,
}

impl Role {
    /// Every role, the most powerful first.
    pub const ALL: [Self; 8] = [
        Self::Admin,
        Self::Chair,
        Self::Secretary,
        Self::Teller,
        Self::MemberManager,
        Self::Auditor,
        Self::Observer,
        Self::VotingMember,
    ];

    /// The stored and published word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Chair => "chair",
            Self::Secretary => "secretary",
            Self::Teller => "teller",
            Self::MemberManager => "member_manager",
            Self::Auditor => "auditor",
            Self::Observer => "observer",
            Self::VotingMember => "voting_member",
        }
    }

    /// What a membership in this role amounts to, in the organization it is of.
    pub const fn of_membership(role: organization::Role) -> Self {
        match role {
            organization::Role::Owner => Self::Admin,
            organization::Role::Chair => Self::Chair,
            organization::Role::Member => Self::VotingMember,
            organization::Role::Observer => Self::Observer,
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a role is one of admin, chair, secretary, teller, member_manager, auditor, observer, voting_member")]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(UnknownRole)
    }
}

/// A set of roles.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Roles(u8);

impl Roles {
    /// No role.
    pub const NONE: Self = Self(0);
    /// Every role.
    pub const ALL: Self = Self::of(&Role::ALL);

    /// These roles.
    pub const fn of(roles: &[Role]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < roles.len() {
            bits |= roles[at].bit();
            at += 1;
        }
        Self(bits)
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether this role is among them.
    pub const fn contains(self, role: Role) -> bool {
        self.0 & role.bit() != 0
    }

    /// Whether the two have a role in common.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// These and those.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// These and one more.
    #[must_use]
    pub const fn with(self, role: Role) -> Self {
        Self(self.0 | role.bit())
    }

    /// One after the other, the most powerful first.
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.contains(*role))
    }
}

impl fmt::Debug for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        roles.into_iter().fold(Self::NONE, Self::with)
    }
}
