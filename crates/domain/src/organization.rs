//! Organizations and their members. The rules they vote by are in [`rules`](crate::rules).

use std::fmt;
use std::str::FromStr;

pub use crate::rules::{Joining, ProxyHolders, ProxyRules, QuorumRule, Rules};

use crate::Moment;
use crate::id::{OrganizationId, UserId};
use crate::text::{Description, EmailAddress, MemberNumber, OrganizationName};

/// An organization whose decisions are run here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Which one.
    pub id: OrganizationId,
    /// What it is called.
    pub name: OrganizationName,
    /// What it says about itself.
    pub description: Description,
    /// The bylaws it votes by.
    pub rules: Rules,
    /// The colour of its pages, where it has chosen one.
    pub accent: Option<Accent>,
}

/// A colour that pages can have. The style sheet has its shades, for light and for dark, all of them readable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Accent {
    /// Blue.
    Blue,
    /// Purple, towards red.
    Plum,
    /// Dark green, towards blue.
    Pine,
    /// Brown, towards red.
    Rust,
    /// Blue, towards violet.
    Indigo,
    /// Dark red.
    Crimson,
    /// Green, towards yellow.
    Moss,
    /// Between green and blue.
    Teal,
}

impl Accent {
    /// Every colour.
    pub const ALL: [Self; 8] =
        [Self::Blue, Self::Plum, Self::Pine, Self::Rust, Self::Indigo, Self::Crimson, Self::Moss, Self::Teal];

    /// The stored and published word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Blue => "blue",
            Self::Plum => "plum",
            Self::Pine => "pine",
            Self::Rust => "rust",
            Self::Indigo => "indigo",
            Self::Crimson => "crimson",
            Self::Moss => "moss",
            Self::Teal => "teal",
        }
    }
}

/// The text names no colour that pages can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be one of blue, plum, pine, rust, indigo, crimson, moss, teal")]
pub struct AccentError;

impl FromStr for Accent {
    type Err = AccentError;

    fn from_str(text: &str) -> Result<Self, AccentError> {
        Self::ALL.into_iter().find(|accent| accent.as_str() == text).ok_or(AccentError)
    }
}

/// What a member may do in the organization; the word stored in `user_role`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Runs the organization: members, rules, everything a chair does. Votes.
    Owner,
    /// Opens sittings and conducts votes. Votes.
    Chair,
    /// Takes part and votes.
    Member,
    /// Takes part without a vote of their own.
    Observer,
}

impl Role {
    /// Every role, the most powerful first.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Chair, Self::Member, Self::Observer];

    /// The stored and published word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Chair => "chair",
            Self::Member => "member",
            Self::Observer => "observer",
        }
    }

    /// Whether a person in this role has a vote of their own.
    pub const fn votes(self) -> bool {
        !matches!(self, Self::Observer)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a role is one of owner, chair, member, observer")]
pub struct RoleError;

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, RoleError> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(RoleError)
    }
}

/// How an organization reaches a member and numbers them. For who manages its members, and for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    /// Their address for this organization.
    pub email: Option<EmailAddress>,
    /// Their number in it; nobody else's.
    pub number: Option<MemberNumber>,
}

/// How much a person's vote counts; one unless the organization says otherwise, zero is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Weight(u32);

/// The weight is too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a vote weight is a whole number from 0 to 1000000")]
pub struct WeightError;

impl Weight {
    /// A vote that is cast and counts nothing.
    pub const ZERO: Self = Self(0);
    /// One person, one vote.
    pub const ONE: Self = Self(1);
    /// The largest weight allowed.
    pub const MAX: u32 = 1_000_000;

    /// Checks a weight.
    ///
    /// # Errors
    /// [`WeightError`] when it is above [`Self::MAX`].
    pub const fn new(value: u32) -> Result<Self, WeightError> {
        if value > Self::MAX { Err(WeightError) } else { Ok(Self(value)) }
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The number, wide enough to be summed.
    pub const fn wide(self) -> u64 {
        self.0 as u64
    }
}

/// A person's membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Where.
    pub organization_id: OrganizationId,
    /// Who.
    pub user_id: UserId,
    /// In which role.
    pub role: Role,
    /// How much their vote counts.
    pub weight: Weight,
    /// Since when.
    pub joined_at: Moment,
}
