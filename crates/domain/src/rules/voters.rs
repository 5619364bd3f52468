//! Whose vote it is.

use std::collections::BTreeSet;

use crate::Moment;
use crate::id::{CommitteeId, UserId};
use crate::organization::{self, Member, Weight};
use crate::permission::Role;
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

/// Who may vote. But for a role, nobody votes who is no member, or a member whose role has no vote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Voters {
    /// Every member with a voting role; in a sitting of a committee, its members.
    #[default]
    Members,
    /// Of the members with a voting role, those of a committee who do not only look on in it.
    Committee {
        /// Which one.
        id: CommitteeId,
        /// Whether the members of the committees that are part of it vote as well.
        with_parts: bool,
    },
    /// Everyone who holds a role where the vote is, by membership or by a grant. Who is no member, or
    /// one without a vote, and holds it by a grant votes too: that is what such a grant is for.
    Role(Role),
    /// Of the members with a voting role, the people on a list.
    List(People),
}

impl Voters {
    /// Who votes in a sitting: where nobody has said otherwise, in one of a committee its members.
    #[must_use]
    pub fn in_sitting(self, committee: Option<CommitteeId>) -> Self {
        match (self, committee) {
            (Self::Members, Some(id)) => Self::Committee { id, with_parts: false },
            (said, _) => said,
        }
    }

    /// Whether a role can be the electorate. Who only looks on is none.
    pub const fn may_be(role: Role) -> bool {
        !matches!(role, Role::Observer)
    }
}

/// Who may vote, with the people that this means at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Electorate {
    /// Who may vote.
    pub voters: Voters,
    /// The members of the committee with a vote in it, or who was granted the role; nobody otherwise.
    pub named: BTreeSet<UserId>,
}

impl Electorate {
    /// A member without a vote of their own may be here by a grant, so the whole membership is looked at.
    fn includes(&self, member: &Member) -> bool {
        let named = self.named.contains(&member.user_id);
        match &self.voters {
            Voters::Members => member.role.votes(),
            Voters::Committee { .. } => member.role.votes() && named,
            Voters::List(list) => member.role.votes() && list.contains(member.user_id),
            Voters::Role(Role::VotingMember) => member.role.votes() || named,
            Voters::Role(role) => Role::of_membership(member.role) == *role || named,
        }
    }
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

    /// The people whose vote it is, by id, each with the weight it has. Who votes by a grant counts as a
    /// member with a vote, and one who is no member weighs one.
    pub fn entitled(&self, members: &[Member], electorate: &Electorate) -> Vec<Member> {
        let mut entitled: Vec<Member> = members
            .iter()
            .filter(|member| electorate.includes(member))
            .map(|member| {
                let votes = member.role.votes();
                let role = if votes { member.role } else { organization::Role::Member };
                Member { weight: self.weight_of(member), role, ..*member }
            })
            .collect();
        if let (Voters::Role(_), Some(first)) = (&electorate.voters, members.first()) {
            let known: BTreeSet<UserId> = members.iter().map(|member| member.user_id).collect();
            entitled.extend(electorate.named.difference(&known).map(|user| Member {
                organization_id: first.organization_id,
                user_id: *user,
                role: organization::Role::Member,
                weight: Weight::ONE,
                joined_at: Moment::default(),
            }));
            entitled.sort_by_key(|member| member.user_id);
        }
        entitled
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
    use crate::id::OrganizationId;
    use crate::organization::Role as Membership;
    use crate::rules::WeightRules;

    fn members() -> Vec<Member> {
        let roles = [Membership::Owner, Membership::Member, Membership::Observer, Membership::Member];
        let member = |(user, role)| Member {
            organization_id: OrganizationId::new(1),
            user_id: UserId::new(user),
            role,
            weight: Weight::new(3).expect("a weight"),
            joined_at: Moment::default(),
        };
        (1..).zip(roles).map(member).collect()
    }

    fn entitled(voters: Voters, named: &[i32]) -> Vec<Member> {
        let named = named.iter().map(|id| UserId::new(*id)).collect();
        Rules::default().entitled(&members(), &Electorate { voters, named })
    }

    fn voters(voters: Voters, named: &[i32]) -> Vec<i32> {
        entitled(voters, named).iter().map(|member| member.user_id.get()).collect()
    }

    #[test]
    fn nobody_votes_whose_role_has_no_vote() {
        let list = People::new([2, 3, 9].map(UserId::new)).expect("few people");
        assert_eq!(voters(Voters::Members, &[]), [1, 2, 4]);
        assert_eq!(voters(Voters::List(list), &[]), [2], "an observer and a stranger are named in vain");
        let committee = Voters::Committee { id: CommitteeId::new(1), with_parts: false };
        assert_eq!(voters(committee.clone(), &[3, 4]), [4]);
        assert_eq!(voters(committee, &[]), []);
    }

    #[test]
    fn a_role_votes_by_membership_or_by_a_grant() {
        assert_eq!(voters(Voters::Role(Role::Admin), &[]), [1]);
        assert_eq!(voters(Voters::Role(Role::Teller), &[]), []);
        assert_eq!(voters(Voters::Role(Role::VotingMember), &[]), [1, 2, 4], "every vote there is");
        let granted = entitled(Voters::Role(Role::VotingMember), &[3, 9]);
        let weights: Vec<_> =
            granted.iter().map(|member| (member.user_id.get(), member.weight.get())).collect();
        assert_eq!(weights, [(1, 3), (2, 3), (3, 3), (4, 3), (9, 1)], "who is no member weighs one");
        assert!(granted.iter().all(|member| member.role.votes()));
        assert_eq!(voters(Voters::Role(Role::Teller), &[3, 9]), [3, 9]);
        for role in Role::ALL {
            assert_eq!(Voters::may_be(role), role != Role::Observer);
        }
    }

    #[test]
    fn in_a_sitting_of_a_committee_its_members_vote_unless_somebody_said_otherwise() {
        let id = CommitteeId::new(7);
        let committee = Voters::Committee { id, with_parts: false };
        assert_eq!(Voters::Members.in_sitting(None), Voters::Members);
        assert_eq!(Voters::Members.in_sitting(Some(id)), committee);
        let other = Voters::Committee { id: CommitteeId::new(8), with_parts: true };
        for said in [Voters::Role(Role::VotingMember), Voters::List(People::default()), other] {
            assert_eq!(said.clone().in_sitting(Some(id)), said);
        }
    }

    #[test]
    fn weights_that_are_not_used_count_one() {
        let plain = Rules { weights: WeightRules { used: false, split: false }, ..Rules::default() };
        assert_eq!((Rules::default().strength(&members()), plain.strength(&members())), (9, 3));
        let entitled = plain.entitled(&members(), &Electorate::default());
        assert!(entitled.iter().all(|member| member.weight == Weight::ONE));
    }
}
