//! The electoral roll: who may vote on an event and how much it counts, fixed when it opens.

use std::collections::{HashMap, HashSet};

use crate::Refusal;
use crate::attendance::UserSession;
use crate::event::{Event, EventState};
use crate::id::{UserId, UserSessionId};
use crate::organization::{Member, QuorumRule, Weight};
use crate::proxy::Mandate;
use crate::result::RollLine;
use crate::rules::{LateArrivals, QuorumOf};

/// One entitled person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RollEntry {
    /// Whose vote.
    pub principal: UserId,
    /// How much it counts.
    pub weight: Weight,
    /// Whether they were in the sitting when the event opened.
    pub present: bool,
    /// Who could cast the vote at that moment, with which instance: the person, or their proxy.
    pub held_by: Option<(UserId, UserSessionId)>,
}

/// Fixes the roll: every member with a vote, present or not, with the weight they have now.
///
/// Who comes in later is on it already and votes like everybody else; who becomes a member later may [join it](late).
pub fn fix(
    members: &[Member],
    instances: &[UserSession],
    mandates: &[Mandate],
    proxies_admitted: bool,
) -> Vec<RollEntry> {
    let present: HashMap<UserId, UserSessionId> = instances
        .iter()
        .filter(|instance| instance.is_own_presence())
        .map(|instance| (instance.user_id, instance.id))
        .collect();
    let represented: HashMap<UserId, (UserId, UserSessionId)> = mandates
        .iter()
        .filter(|mandate| {
            proxies_admitted && mandate.stands() && present.contains_key(&mandate.holder_user_id)
        })
        .filter_map(|mandate| {
            let instance = mandate.instance()?;
            Some((mandate.principal_user_id, (mandate.holder_user_id, instance)))
        })
        .collect();
    members
        .iter()
        .filter(|member| member.role.votes())
        .map(|member| {
            let own = present.get(&member.user_id).map(|instance| (member.user_id, *instance));
            RollEntry {
                principal: member.user_id,
                weight: member.weight,
                present: own.is_some(),
                held_by: own.or_else(|| represented.get(&member.user_id).copied()),
            }
        })
        .collect()
}

/// The line of somebody who became entitled while voting is open and is in the sitting: where the rules of the event
/// let late arrivals join they vote on it, with the weight they have now. `None` where they do not, and for who is
/// on the roll already: a line never changes.
///
/// Nobody joins the roll of a secret vote with a weight that nobody else there has: the figures would tell how they
/// voted.
pub fn late(event: &Event, newcomer: &Member, roll: &[RollLine]) -> Option<RollEntry> {
    let open = matches!(event.state, EventState::Active { .. });
    let joins = event.terms.rules.late_arrivals == LateArrivals::Join && newcomer.role.votes();
    let known = roll.iter().any(|line| line.principal == newcomer.user_id);
    let hidden = !event.is_secret() || roll.iter().any(|line| line.weight == newcomer.weight);
    (open && joins && !known && hidden).then_some(RollEntry {
        principal: newcomer.user_id,
        weight: newcomer.weight,
        present: false,
        held_by: None,
    })
}

/// How the quorum stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quorum {
    /// How many people are entitled.
    pub entitled: u64,
    /// How many of them are present or represented.
    pub present: u64,
    /// How many are needed.
    pub required: u64,
    /// How many voted, where so many of those present must vote.
    pub voted: Option<u64>,
}

impl Quorum {
    /// Works out the figure.
    pub fn new(rule: QuorumRule, entitled: u64, present: u64) -> Self {
        Self { entitled, present, required: rule.required(entitled), voted: None }
    }

    /// Works out the figure as a count sees it, when it is known how many voted.
    pub fn counted(rule: QuorumRule, entitled: u64, present: u64, voted: u64) -> Self {
        match rule.counts() {
            QuorumOf::Entitled => Self::new(rule, entitled, present),
            QuorumOf::Present => {
                Self { entitled, present, required: rule.votes_required(present), voted: Some(voted) }
            }
        }
    }

    /// Those who count towards it: the people present, or those of them who voted.
    const fn attained(&self) -> u64 {
        match self.voted {
            Some(voted) => voted,
            None => self.present,
        }
    }

    /// The figure a roll gives at the moment it is fixed.
    pub fn of_roll(rule: QuorumRule, roll: &[RollEntry]) -> Self {
        let present = roll.iter().filter(|entry| entry.held_by.is_some()).count();
        Self::new(rule, roll.len() as u64, present as u64)
    }

    /// Whether enough people are there.
    pub const fn is_met(&self) -> bool {
        self.attained() >= self.required
    }

    /// How many more people are needed.
    pub const fn missing(&self) -> u64 {
        self.required.saturating_sub(self.attained())
    }

    /// Passes when enough people are there.
    ///
    /// # Errors
    /// [`Refusal::NoQuorum`].
    pub const fn require(&self) -> Result<(), Refusal> {
        if self.is_met() {
            Ok(())
        } else {
            Err(Refusal::NoQuorum { present: self.present, required: self.required })
        }
    }
}

/// The distinct people who are in the sitting.
pub fn headcount(instances: &[UserSession]) -> usize {
    let people: HashSet<UserId> = instances
        .iter()
        .filter(|instance| instance.is_own_presence())
        .map(|instance| instance.user_id)
        .collect();
    people.len()
}
