//! Casting and changing votes, whole and split.

use plenum_domain::Refusal;
use plenum_domain::attendance::UserSession;
use plenum_domain::event::EventState;
use plenum_domain::id::{UserId, UserSessionId};
use plenum_domain::organization::Weight;
use plenum_domain::proxy::Mandate;
use plenum_domain::rules::LateArrivals;
use plenum_domain::vote::{self, Instance, Part, Response};

use crate::checks;
use crate::command::{CHOICES, Which};
use crate::world::{Acknowledged, Opened, World};

impl World {
    /// Changes a vote that was cast with this instance; another instance never changes it.
    pub(crate) fn change(&mut self, caster: UserId, which: &Which, at: usize, choice: usize) {
        let opened = &self.events[at];
        let Ok(id) = self.pick(opened, caster, which) else { return };
        let Some(row) = self.instances.iter().find(|row| row.id == id).copied() else { return };
        let fact = self.fact(opened, row);
        if !fact.voted || vote::change(&opened.event, caster, &fact, self.now).is_err() {
            return;
        }
        assert!(opened.event.terms.rules.may_change_votes, "a vote was changed against the rules");
        assert!(matches!(opened.event.state, EventState::Active { .. }), "a vote was changed late");
        let now = self.now;
        if let Some(vote) = self.events[at].votes.iter_mut().find(|vote| vote.instance == id) {
            vote.response = Response::One(choice);
            vote.at = now;
            self.seen.changed += 1;
        }
    }

    /// A person's instances as the ballot box would tell them.
    fn facts(&self, opened: &Opened, caster: UserId) -> Vec<Instance> {
        let mut rows: Vec<UserSession> =
            self.instances.iter().filter(|row| row.user_id == caster).copied().collect();
        rows.sort_by_key(|row| (row.proxy.is_some(), row.id));
        rows.into_iter().map(|row| self.fact(opened, row)).collect()
    }

    fn fact(&self, opened: &Opened, row: UserSession) -> Instance {
        let principal = row.principal();
        Instance {
            row,
            on_roll: opened.roll.iter().any(|entry| {
                let waits = opened.event.terms.rules.late_arrivals == LateArrivals::Wait;
                entry.principal == principal && (entry.held_by.is_some() || !waits)
            }),
            weight: opened.roll.iter().find(|entry| entry.principal == principal).map(|entry| entry.weight),
            voted: opened.votes.iter().any(|vote| vote.principal == principal),
            caster_present: self.is_in(row.user_id),
            principal_present: self.is_in(principal),
            mandate_stands: row.proxy.is_none() || self.mandate_stands(row.id),
        }
    }

    fn pick(&self, opened: &Opened, caster: UserId, which: &Which) -> Result<UserSessionId, Refusal> {
        let facts = self.facts(opened, caster);
        let unknown = UserSessionId::new(i32::MAX);
        let nth = |rows: Vec<UserSessionId>, at: usize| {
            if rows.is_empty() { unknown } else { rows[at % rows.len()] }
        };
        Ok(match which {
            Which::Unsaid => return vote::only_instance(&opened.event, &facts),
            Which::Own => self.own(caster).map_or(unknown, |row| row.id),
            Which::Held(at) => {
                let held = facts.iter().filter(|fact| fact.row.proxy.is_some());
                nth(held.map(|fact| fact.row.id).collect(), *at)
            }
            Which::Mandated(at) => nth(self.standing().filter_map(Mandate::instance).collect(), *at),
            Which::Any(at) => nth(self.instances.iter().map(|row| row.id).collect(), *at),
            Which::Unknown => unknown,
        })
    }

    /// Casts a vote for a choice, or for it and the next one when parts are given.
    pub(crate) fn vote(
        &mut self,
        caster: UserId,
        which: &Which,
        at: usize,
        choice: usize,
        parts: Option<u32>,
    ) {
        let opened = &self.events[at];
        let caster = match which {
            Which::Mandated(at) => {
                let holders: Vec<UserId> = self.standing().map(|mandate| mandate.holder_user_id).collect();
                if holders.is_empty() { caster } else { holders[at % holders.len()] }
            }
            _ => caster,
        };
        let Ok(id) = self.pick(opened, caster, which) else {
            self.seen.refused += 1;
            return;
        };
        let row = self.instances.iter().find(|row| row.id == id).copied();
        let fact = row.map(|row| self.fact(opened, row));
        let answer = vote::cast(&opened.event, caster, fact.as_ref(), self.now);
        let expected = row.is_some_and(|row| checks::may_vote(self, opened, caster, &row));
        assert_eq!(answer.is_ok(), expected, "{answer:?} for {fact:?} on {:?}", opened.event.state);
        match answer {
            Ok(()) => {
                let (row, fact) = row.zip(fact).expect("an instance");
                let Some(response) = Self::response(opened, &fact, choice, parts) else { return };
                self.seen.split += u32::from(parts.is_some());
                let vote = Acknowledged { principal: row.principal(), instance: id, response, at: self.now };
                self.events[at].votes.push(vote);
                self.seen.accepted += 1;
                self.seen.by_proxy += u32::from(row.proxy.is_some());
            }
            Err(refusal) => {
                self.seen.refused += 1;
                let late = matches!(refusal, Refusal::EventNotActive { .. } | Refusal::EventEnded);
                self.seen.too_late += u32::from(late);
                self.seen.twice += u32::from(refusal == Refusal::AlreadyVoted);
                self.seen.suspended += u32::from(refusal == Refusal::ProxySuspended);
                self.seen.late += u32::from(refusal == Refusal::ArrivedLate);
            }
        }
    }

    /// The response as it is read from labels; `None` when it is split and the rules or the weight forbid that.
    fn response(opened: &Opened, fact: &Instance, choice: usize, parts: Option<u32>) -> Option<Response> {
        let ballot = &opened.event.terms.ballot;
        let label = |at: usize| vec![ballot.options().labels()[at % CHOICES].to_string()];
        let Some(first) = parts else {
            let response = Response::parse(ballot, &label(choice)).expect("an option");
            assert_eq!(response, Response::One(choice));
            return Some(response);
        };
        let whole = fact.weight.map_or(0, Weight::get);
        // Mostly what is left of the weight; sometimes that is nothing, and the parts are too much.
        let second = whole.saturating_sub(first).max(1);
        let split = Response::split(ballot, &[(first, label(choice)), (second, label(choice + 1))]);
        let response = split.expect("two parts");
        let answer = vote::require_split(&opened.event, fact, &response);
        let right = opened.event.terms.rules.may_split_weights && first + second == whole;
        assert_eq!(answer.is_ok(), right, "{answer:?} for {response:?} with a weight of {whole}");
        right.then_some(response)
    }
}

/// What a response gives to each choice, said once more and differently.
pub(crate) fn shares(response: &Response, weight: u64) -> Vec<(usize, u64)> {
    let of = |part: &Part| match &part.response {
        Response::One(at) => (*at, part.weight.wide()),
        other => panic!("these ballots take one choice, not {other:?}"),
    };
    match response {
        Response::One(at) => vec![(*at, weight)],
        Response::Split(parts) => parts.iter().map(of).collect(),
        other => panic!("these ballots take one choice, not {other:?}"),
    }
}
