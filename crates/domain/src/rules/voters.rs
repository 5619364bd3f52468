//! Whose vote it is.

use std::collections::BTreeSet;

use crate::id::{CommitteeId, UserId};

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
