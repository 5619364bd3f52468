//! Committees: named groups of an organization's members, each of which may be part of another.

use std::fmt;
use std::str::FromStr;

use crate::id::{CommitteeId, OrganizationId, UserId};
use crate::permission::Role;
use crate::text::CommitteeName;
use crate::{Moment, Refusal};

/// A committee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committee {
    /// Which one.
    pub id: CommitteeId,
    /// Whose.
    pub organization_id: OrganizationId,
    /// The committee it is part of; `None` for one at the top.
    pub parent_id: Option<CommitteeId>,
    /// What it is called; unique in the organization.
    pub name: CommitteeName,
    /// Since when.
    pub created_at: Moment,
}

/// What a member may do in a committee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CommitteeRole {
    /// Opens its sittings, conducts its votes, appoints its members.
    Chair,
    /// Keeps its books.
    Secretary,
    /// Belongs to it and votes where it is the electorate.
    Member,
    /// Looks on.
    Observer,
}

impl CommitteeRole {
    /// Every role, the most powerful first.
    pub const ALL: [Self; 4] = [Self::Chair, Self::Secretary, Self::Member, Self::Observer];

    /// The stored and published word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chair => "chair",
            Self::Secretary => "secretary",
            Self::Member => "member",
            Self::Observer => "observer",
        }
    }

    /// The role that it amounts to in the committee and below.
    pub const fn role(self) -> Role {
        match self {
            Self::Chair => Role::Chair,
            Self::Secretary => Role::Secretary,
            Self::Member => Role::VotingMember,
            Self::Observer => Role::Observer,
        }
    }

    /// Whether a person in this role votes where the committee is the electorate.
    pub const fn votes(self) -> bool {
        !matches!(self, Self::Observer)
    }
}

impl fmt::Display for CommitteeRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no role in a committee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a role in a committee is one of chair, secretary, member, observer")]
pub struct UnknownCommitteeRole;

impl FromStr for CommitteeRole {
    type Err = UnknownCommitteeRole;

    fn from_str(text: &str) -> Result<Self, UnknownCommitteeRole> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(UnknownCommitteeRole)
    }
}

/// A person's place in a committee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommitteeMember {
    /// Where.
    pub committee_id: CommitteeId,
    /// Who.
    pub user_id: UserId,
    /// In which role.
    pub role: CommitteeRole,
    /// Since when.
    pub joined_at: Moment,
}

/// Refuses to make a committee part of itself. `line` is the new parent with everything it is part of.
///
/// # Errors
/// [`Refusal::CommitteeInItself`].
pub fn place_under(id: CommitteeId, line: &[CommitteeId]) -> Result<(), Refusal> {
    if line.contains(&id) { Err(Refusal::CommitteeInItself) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_have_words_and_a_worth() {
        for role in CommitteeRole::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
            assert_eq!(role.votes(), role != CommitteeRole::Observer);
        }
        assert_eq!("owner".parse::<CommitteeRole>(), Err(UnknownCommitteeRole));
        assert_eq!(
            CommitteeRole::ALL.map(CommitteeRole::role),
            [Role::Chair, Role::Secretary, Role::VotingMember, Role::Observer]
        );
    }

    #[test]
    fn no_committee_is_part_of_itself() {
        let [a, b, c] = [1, 2, 3].map(CommitteeId::new);
        assert_eq!(place_under(a, &[b, c]), Ok(()));
        assert_eq!(place_under(a, &[a]), Err(Refusal::CommitteeInItself));
        assert_eq!(place_under(a, &[c, b, a]), Err(Refusal::CommitteeInItself));
        assert_eq!(place_under(a, &[]), Ok(()));
    }
}
