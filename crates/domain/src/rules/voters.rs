//! Whose vote it is.

use std::collections::BTreeSet;

use crate::id::{CommitteeId, UserId};
use crate::organization::{Member, Weight};
use crate::rules::Rules;

/// People named one by one, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People(BTreeSet<UserId>);

/// Too many people are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("may name at most {} people", People::MAX)]
pub struct PeopleError;

impl People {
    /// The most people that can be named.
    pub const MAX: usize = 10_000;

    /// Names people; naming someone twice changes nothing.
    ///
    /// # Errors
    /// [`PeopleError`] when there are more than [`Self::MAX`].
    pub fn new(people: impl IntoIterator<Item = UserId>) -> Result<Self, PeopleError> {
        let people: BTreeSet<UserId> = people.into_iter().collect();
        if people.len() > Self::MAX { Err(PeopleError) } else { Ok(Self(people)) }
    }

    /// Whether a person is named.
    pub fn contains(&self, user: UserId) -> bool {
        self.0.contains(&user)
    }

    /// The people by id.
    pub fn iter(&self) -> impl Iterator<Item = UserId> {
        self.0.iter().copied()
    }

    /// How many are named.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nobody is named.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Who may vote. Nobody votes who is no member, or a member whose role has no vote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Voters {
    /// Every member with a voting role.
    #[default]
    Members,
    /// Of them, the members of a committee.
    Committee(CommitteeId),
    /// Of them, the people on a list.
    List(People),
}

/// What becomes of an entitled person who comes into the sitting while voting is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LateArrivals {
    /// They vote: they are on the roll, or come onto it as they enter.
    #[default]
    Join,
    /// They vote from the next event on: who was neither present nor represented at the opening casts
    /// no vote, and stays on the roll as one of those entitled.
    Wait,
}

impl Rules {
    /// The weight a member's vote has.
    const fn weight_of(&self, member: &Member) -> Weight {
        if self.weights.used { member.weight } else { Weight::ONE }
    }

    /// The members whose vote it is, each with the weight it has; `committee` are the members of the
    /// committee that votes, where one does.
    pub fn entitled(&self, members: &[Member], committee: &People) -> Vec<Member> {
        let named = |user: UserId| match &self.voters {
            Voters::Members => true,
            Voters::Committee(_) => committee.contains(user),
            Voters::List(list) => list.contains(user),
        };
        members
            .iter()
            .filter(|member| member.role.votes() && named(member.user_id))
            .map(|member| Member { weight: self.weight_of(member), ..*member })
            .collect()
    }

    /// The sum of the weights of all members with a vote, entitled on an event or not.
    pub fn strength(&self, members: &[Member]) -> u64 {
        let voting = members.iter().filter(|member| member.role.votes());
        voting.map(|member| self.weight_of(member).wide()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Moment;
    use crate::id::OrganizationId;
    use crate::organization::Role;
    use crate::rules::WeightRules;

    fn members() -> Vec<Member> {
        let roles = [Role::Owner, Role::Member, Role::Observer, Role::Member];
        let member = |(user, role)| Member {
            organization_id: OrganizationId::new(1),
            user_id: UserId::new(user),
            role,
            weight: Weight::new(3).expect("a weight"),
            joined_at: Moment::default(),
        };
        (1..).zip(roles).map(member).collect()
    }

    fn voters(voters: Voters, committee: &[i32]) -> Vec<i32> {
        let committee = People::new(committee.iter().map(|id| UserId::new(*id))).expect("few people");
        let rules = Rules { voters, ..Rules::default() };
        rules.entitled(&members(), &committee).iter().map(|member| member.user_id.get()).collect()
    }

    #[test]
    fn nobody_votes_whose_role_has_no_vote() {
        let list = People::new([2, 3, 9].map(UserId::new)).expect("few people");
        assert_eq!(voters(Voters::Members, &[]), [1, 2, 4]);
        assert_eq!(voters(Voters::List(list), &[]), [2], "an observer and a stranger are named in vain");
        assert_eq!(voters(Voters::Committee(CommitteeId::new(1)), &[3, 4]), [4]);
    }

    #[test]
    fn weights_that_are_not_used_count_one() {
        let plain = Rules { weights: WeightRules { used: false, split: false }, ..Rules::default() };
        assert_eq!((Rules::default().strength(&members()), plain.strength(&members())), (9, 3));
        let entitled = plain.entitled(&members(), &People::default());
        assert!(entitled.iter().all(|member| member.weight == Weight::ONE));
    }
}
