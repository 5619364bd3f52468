//! Organizations, their members and the rules they vote by.

use std::fmt;
use std::str::FromStr;

use plenum_tally::Fraction;
use plenum_tally::motion::Majority;

use crate::id::{OrganizationId, UserId};
use crate::text::{Description, OrganizationName};
use crate::{Moment, Refusal};

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

/// How much a person's vote counts; one unless the organization says otherwise, zero is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Weight(u32);

/// The weight is too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a vote weight is a whole number from 0 to 1000000")]
pub struct WeightError;

impl Weight {
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

/// Who may enter a sitting with its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joining {
    /// Members of the organization.
    Members,
    /// Anyone signed in; who is no member has no vote of their own.
    Anyone,
}

/// How many entitled people must be present for a decision to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuorumRule {
    /// Any number.
    None,
    /// At least so many people.
    Count(u32),
    /// At least this share of the entitled members; "more than" when `strictly` is set.
    Fraction {
        /// The share, in [0, 1].
        share: Fraction,
        /// Whether exactly the share is too few.
        strictly: bool,
    },
}

impl QuorumRule {
    /// How many must be present when `entitled` people are entitled.
    pub fn required(self, entitled: u64) -> u64 {
        match self {
            Self::None => 0,
            Self::Count(count) => u64::from(count),
            Self::Fraction { share, strictly: true } => share.of_exceeded(entitled),
            Self::Fraction { share, strictly: false } => share.of_rounded_up(entitled),
        }
    }
}

/// Who may hold another's vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyHolders {
    /// Members with a vote of their own.
    VotingMembers,
    /// Any member, observers among them.
    Members,
    /// Anyone who may join the sitting.
    Anyone,
}

/// What the bylaws say about voting for someone else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProxyRules {
    /// Whether there are proxies at all.
    pub allowed: bool,
    /// How many votes of others one person may hold in a sitting.
    pub max_per_holder: u32,
    /// Who may hold them.
    pub holders: ProxyHolders,
}

/// The bylaws an organization votes by.
///
/// The defaults suit a student senate: members join, no quorum is enforced until one is set, one
/// proxy a person among voting members, a motion needs more than half of the votes cast without abstentions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Who may enter a sitting.
    pub joining: Joining,
    /// How many must be there.
    pub quorum: QuorumRule,
    /// Voting for someone else.
    pub proxies: ProxyRules,
    /// The majority of a motion that does not say its own.
    pub motion_majority: Majority,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            joining: Joining::Members,
            quorum: QuorumRule::None,
            proxies: ProxyRules { allowed: true, max_per_holder: 1, holders: ProxyHolders::VotingMembers },
            motion_majority: Majority::SIMPLE,
        }
    }
}

impl ProxyRules {
    /// Whether a person of this role (none: no member) may hold another's vote.
    pub const fn may_hold(&self, role: Option<Role>) -> bool {
        match (self.holders, role) {
            (ProxyHolders::Anyone, _) | (ProxyHolders::Members, Some(_)) => true,
            (ProxyHolders::VotingMembers, Some(role)) => role.votes(),
            (_, None) => false,
        }
    }
}

/// Refuses to leave an organization without an owner.
///
/// `owners` counts the owners there are now; `before` and `after` are the role of the member being
/// changed, `None` meaning no membership.
///
/// # Errors
/// [`Refusal::LastOwner`].
pub fn keep_an_owner(owners: usize, before: Option<Role>, after: Option<Role>) -> Result<(), Refusal> {
    let loses_one = before == Some(Role::Owner) && after != Some(Role::Owner);
    if loses_one && owners <= 1 { Err(Refusal::LastOwner) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quorum_is_exact_at_its_edge() {
        let half = QuorumRule::Fraction { share: Fraction::ONE_HALF, strictly: false };
        let more = QuorumRule::Fraction { share: Fraction::ONE_HALF, strictly: true };
        for (entitled, at_least, more_than) in [(0, 0, 1), (1, 1, 1), (24, 12, 13), (25, 13, 13)] {
            assert_eq!(half.required(entitled), at_least, "half of {entitled}");
            assert_eq!(more.required(entitled), more_than, "more than half of {entitled}");
        }
        assert_eq!(QuorumRule::Count(7).required(3), 7);
        assert_eq!(QuorumRule::None.required(99), 0);
    }

    #[test]
    fn the_last_owner_stays() {
        assert_eq!(keep_an_owner(1, Some(Role::Owner), None), Err(Refusal::LastOwner));
        assert_eq!(keep_an_owner(1, Some(Role::Owner), Some(Role::Chair)), Err(Refusal::LastOwner));
        assert_eq!(keep_an_owner(2, Some(Role::Owner), None), Ok(()));
        assert_eq!(keep_an_owner(1, Some(Role::Chair), None), Ok(()));
        assert_eq!(keep_an_owner(1, Some(Role::Owner), Some(Role::Owner)), Ok(()));
    }

    #[test]
    fn who_may_hold_a_proxy() {
        let rules = |holders| ProxyRules { allowed: true, max_per_holder: 1, holders };
        let voting = rules(ProxyHolders::VotingMembers);
        assert!(voting.may_hold(Some(Role::Member)) && !voting.may_hold(Some(Role::Observer)));
        assert!(!voting.may_hold(None));
        assert!(rules(ProxyHolders::Members).may_hold(Some(Role::Observer)));
        assert!(!rules(ProxyHolders::Members).may_hold(None));
        assert!(rules(ProxyHolders::Anyone).may_hold(None));
    }
}
