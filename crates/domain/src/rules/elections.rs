//! Who may be put forward for an office, by whom, and what stands on its ballot besides people.

use crate::organization::Role;
use crate::text::OptionLabel;

/// Who may put somebody forward while nominations are open. Whoever prepares votes always may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Nominators {
    /// Members whose role has a vote.
    #[default]
    VotingMembers,
    /// Any member.
    Members,
    /// Whoever is in the sitting, guests too.
    Participants,
    /// Only who prepares votes.
    Chair,
}

/// Who may stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Eligible {
    /// Members whose role has a vote.
    #[default]
    VotingMembers,
    /// Any member.
    Members,
    /// Members and whoever was in the sitting.
    Anyone,
}

/// Why somebody may not stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ineligible {
    /// Members stand, and they are none.
    NoMember,
    /// Members with a vote stand, and they have none.
    NoVote,
    /// They are no member and never were in the sitting.
    Unknown,
}

impl Ineligible {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::NoMember, Self::NoVote, Self::Unknown];

    /// The stored and published word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoMember => "no_member",
            Self::NoVote => "no_vote",
            Self::Unknown => "unknown",
        }
    }

    /// Why, in a sentence.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::NoMember => {
                "Not on the ballot: no member of the organization when nominations were closed."
            }
            Self::NoVote => "Not on the ballot: a member without a vote when nominations were closed.",
            Self::Unknown => {
                "Not on the ballot: neither a member nor ever in the session when nominations were closed."
            }
        }
    }
}

/// How elections are prepared and what stands on their ballots besides the candidates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElectionRules {
    /// Who may put somebody forward.
    pub nominators: Nominators,
    /// Whether a person may put themselves forward.
    pub oneself: bool,
    /// Who may stand.
    pub eligible: Eligible,
    /// What the option to open nominations again is called, on the ballot of every election; `None`: there is none.
    pub reopen_nominations: Option<OptionLabel>,
    /// What the option for none of those who stand is called, on the ballot of every election; `None`: there is none.
    pub none_of_the_above: Option<OptionLabel>,
}

impl Default for ElectionRules {
    fn default() -> Self {
        Self {
            nominators: Nominators::VotingMembers,
            oneself: true,
            eligible: Eligible::VotingMembers,
            reopen_nominations: None,
            none_of_the_above: None,
        }
    }
}

impl ElectionRules {
    /// Whether a person of this role, in the sitting or not, may put somebody forward.
    pub fn may_nominate(&self, role: Option<Role>, present: bool, conducts: bool) -> bool {
        conducts
            || match self.nominators {
                Nominators::VotingMembers => role.is_some_and(Role::votes),
                Nominators::Members => role.is_some(),
                Nominators::Participants => present,
                Nominators::Chair => false,
            }
    }

    /// Whether a person of this role, whom the sitting has seen or not, may stand.
    pub fn may_stand(&self, role: Option<Role>, seen: bool) -> bool {
        self.stands_in_the_way(role, seen).is_none()
    }

    /// Why a person of this role, whom the sitting has seen or not, may not stand; `None` for who may.
    pub fn stands_in_the_way(&self, role: Option<Role>, seen: bool) -> Option<Ineligible> {
        match (self.eligible, role) {
            (Eligible::VotingMembers | Eligible::Members, None) => Some(Ineligible::NoMember),
            (Eligible::VotingMembers, Some(role)) if !role.votes() => Some(Ineligible::NoVote),
            (Eligible::Anyone, None) if !seen => Some(Ineligible::Unknown),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_says_who_nominates_and_who_stands() {
        let (member, observer, guest) = (Some(Role::Member), Some(Role::Observer), None);
        for (nominators, expected) in [
            (Nominators::VotingMembers, [true, false, false]),
            (Nominators::Members, [true, true, false]),
            (Nominators::Participants, [true, true, true]),
            (Nominators::Chair, [false, false, false]),
        ] {
            let rules = ElectionRules { nominators, ..ElectionRules::default() };
            let may = [member, observer, guest].map(|role| rules.may_nominate(role, true, false));
            assert_eq!(may, expected, "{nominators:?}");
            assert!(rules.may_nominate(guest, false, true), "who prepares votes always may");
        }
        let away = ElectionRules { nominators: Nominators::Participants, ..ElectionRules::default() };
        assert!(!away.may_nominate(member, false, false));
        for (eligible, expected) in [
            (Eligible::VotingMembers, [true, false, false]),
            (Eligible::Members, [true, true, false]),
            (Eligible::Anyone, [true, true, true]),
        ] {
            let rules = ElectionRules { eligible, ..ElectionRules::default() };
            assert_eq!([member, observer, guest].map(|role| rules.may_stand(role, true)), expected);
            assert!(!rules.may_stand(guest, false), "nobody knows them");
        }
    }
}
