//! What the bylaws say about voting for someone else.

use crate::organization::Role;

/// Who may hold another's vote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProxyHolders {
    /// Members with a vote of their own.
    #[default]
    VotingMembers,
    /// Any member, observers among them.
    Members,
    /// Anyone who may join the sitting.
    Anyone,
}

/// Who has to agree before a mandate can be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Confirmation {
    /// Nobody: it can be used as soon as it is given.
    #[default]
    Nobody,
    /// The host of the sitting.
    Chair,
    /// The person who shall hold it.
    Holder,
}

/// Until when mandates can be given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GiveUntil {
    /// As long as the sitting runs.
    #[default]
    AnyTime,
    /// Not while a vote is open in the sitting.
    BetweenVotes,
    /// Not after the first vote of the sitting was opened.
    FirstVote,
}

/// What the bylaws say about voting for someone else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a rule of its own, answered with yes or no")]
pub struct ProxyRules {
    /// Whether there are proxies at all.
    pub allowed: bool,
    /// Whether a mandate may be for one event only, rather than for the whole sitting.
    pub per_event: bool,
    /// How many votes of others one person may hold in a sitting.
    pub max_per_holder: u32,
    /// Who may hold them.
    pub holders: ProxyHolders,
    /// Whether the holder must be in the sitting when the mandate is given.
    pub holder_present: bool,
    /// Whether the principal must be out of the sitting when the mandate is given.
    pub principal_absent: bool,
    /// Who has to agree.
    pub confirmation: Confirmation,
    /// Until when it can be given.
    pub until: GiveUntil,
    /// Whether a reason must be written down.
    pub reason_required: bool,
}

impl Default for ProxyRules {
    fn default() -> Self {
        Self {
            allowed: true,
            per_event: true,
            max_per_holder: 1,
            holders: ProxyHolders::VotingMembers,
            holder_present: false,
            principal_absent: false,
            confirmation: Confirmation::Nobody,
            until: GiveUntil::AnyTime,
            reason_required: false,
        }
    }
}

impl ProxyHolders {
    /// Whether a person of this role (none: no member) may hold another's vote.
    pub const fn may_be(self, role: Option<Role>) -> bool {
        match (self, role) {
            (Self::Anyone, _) | (Self::Members, Some(_)) => true,
            (Self::VotingMembers, Some(role)) => role.votes(),
            (_, None) => false,
        }
    }
}

impl ProxyRules {
    /// Whether a person of this role (none: no member) may hold another's vote.
    pub const fn may_hold(&self, role: Option<Role>) -> bool {
        self.holders.may_be(role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_hold_a_proxy() {
        let rules = |holders| ProxyRules { holders, ..ProxyRules::default() };
        let voting = rules(ProxyHolders::VotingMembers);
        assert!(voting.may_hold(Some(Role::Member)) && !voting.may_hold(Some(Role::Observer)));
        assert!(!voting.may_hold(None));
        assert!(rules(ProxyHolders::Members).may_hold(Some(Role::Observer)));
        assert!(!rules(ProxyHolders::Members).may_hold(None));
        assert!(rules(ProxyHolders::Anyone).may_hold(None));
    }
}
