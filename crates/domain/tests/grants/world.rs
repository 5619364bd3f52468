//! An organization as the store would keep it, and what people try in it.

use std::collections::BTreeMap;

use plenum_domain::DateTime;
use plenum_domain::committee::CommitteeRole;
use plenum_domain::id::{CommitteeId, EventId, OrganizationId, RoleGrantId, SessionId, UserId};
use plenum_domain::organization::{self, Member, Weight};
use plenum_domain::permission::{
    GrantRoles, Granted, ManageCommitteeMembers, ManageMembers, Permitted, Role, RoleGrant, Roles, Scope,
    Standing, appoint, change_membership, dismiss, keep_an_admin, may_pend, surpasses,
};
use proptest::prelude::*;

/// How many people there are. The first one founds the organization, the last one administers the server.
pub(crate) const PEOPLE: usize = 6;

const SENATE: OrganizationId = OrganizationId::new(1);
/// The second committee is part of the first.
const COMMITTEES: [CommitteeId; 2] = [CommitteeId::new(1), CommitteeId::new(2)];
/// One sitting is the second committee's, the other the whole organization's.
const SITTINGS: [SessionId; 2] = [SessionId::new(1), SessionId::new(2)];
/// Something put to the vote in the first sitting.
const ITEM: EventId = EventId::new(1);

/// Where roles can be held.
pub(crate) const PLACES: [Scope; 7] = [
    Scope::Global,
    Scope::Organization(SENATE),
    Scope::Committee(COMMITTEES[0]),
    Scope::Committee(COMMITTEES[1]),
    Scope::Session(SITTINGS[0]),
    Scope::Event(ITEM),
    Scope::Session(SITTINGS[1]),
];

/// The places below the organization that lead to this one, itself included.
fn line(place: Scope) -> &'static [Scope] {
    const LINE: [Scope; 4] = [
        Scope::Event(ITEM),
        Scope::Session(SITTINGS[0]),
        Scope::Committee(COMMITTEES[1]),
        Scope::Committee(COMMITTEES[0]),
    ];
    const OTHER: [Scope; 1] = [Scope::Session(SITTINGS[1])];
    match LINE.iter().position(|known| *known == place) {
        Some(at) => &LINE[at..],
        None if place == OTHER[0] => &OTHER,
        None => &[],
    }
}

fn person(who: usize) -> UserId {
    UserId::new(i32::try_from(who).expect("few people") + 1)
}

fn number(user: UserId) -> usize {
    usize::try_from(user.get() - 1).expect("people are numbered from one")
}

/// Something that is tried.
#[derive(Clone, Debug)]
pub(crate) enum Attempt {
    Grant {
        by: usize,
        to: usize,
        role: Role,
        place: Scope,
    },
    Revoke {
        by: usize,
        which: usize,
    },
    /// By the e-mail address or the login name of somebody who may have signed in or not.
    Promise {
        by: usize,
        to: usize,
        email: bool,
        role: Role,
        place: Scope,
        days: u32,
    },
    Withdraw {
        by: usize,
        which: usize,
    },
    /// Somebody signs in; the provider has verified their address, or not.
    Claim {
        who: usize,
        verified: bool,
    },
    Days(u32),
    Put {
        by: usize,
        who: usize,
        role: organization::Role,
        weight: u32,
    },
    Remove {
        by: usize,
        who: usize,
    },
    Seat {
        by: usize,
        who: usize,
        committee: usize,
        role: Option<CommitteeRole>,
    },
    /// An administrator of the server keeps somebody out, or lets them in again.
    Disable {
        who: usize,
        out: bool,
    },
    /// An administrator of the server joins two people that are one.
    Merge {
        kept: usize,
        gone: usize,
    },
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// Nothing: it was refused, or is so already.
    Refused,
    /// Somebody may do less, or as much as before.
    Took,
    /// Somebody may do more, and by whose doing.
    Gave { to: usize, by: usize },
    /// One has what the other had.
    Joined { kept: usize, gone: usize },
}

pub(crate) fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    let who = || 0..PEOPLE;
    let role = || prop::sample::select(Role::ALL.to_vec());
    let place = || prop::sample::select(PLACES.to_vec());
    let membership = prop::sample::select(organization::Role::ALL.to_vec());
    let seat = prop::option::weighted(0.7, prop::sample::select(CommitteeRole::ALL.to_vec()));
    let attempt = prop_oneof![
        6 => (who(), who(), role(), place()).prop_map(|(by, to, role, place)| Attempt::Grant { by, to, role, place }),
        3 => (who(), 0_usize..16).prop_map(|(by, which)| Attempt::Revoke { by, which }),
        3 => (who(), who(), any::<bool>(), role(), place(), 1_u32..30)
            .prop_map(|(by, to, email, role, place, days)| Attempt::Promise { by, to, email, role, place, days }),
        1 => (who(), 0_usize..4).prop_map(|(by, which)| Attempt::Withdraw { by, which }),
        4 => (who(), any::<bool>()).prop_map(|(who, verified)| Attempt::Claim { who, verified }),
        1 => (1_u32..20).prop_map(Attempt::Days),
        4 => (who(), who(), membership, 0_u32..4)
            .prop_map(|(by, who, role, weight)| Attempt::Put { by, who, role, weight }),
        2 => (who(), who()).prop_map(|(by, who)| Attempt::Remove { by, who }),
        3 => (who(), who(), 0_usize..2, seat)
            .prop_map(|(by, who, committee, role)| Attempt::Seat { by, who, committee, role }),
        2 => (who(), any::<bool>()).prop_map(|(who, out)| Attempt::Disable { who, out }),
        1 => (who(), who()).prop_map(|(kept, gone)| Attempt::Merge { kept, gone }),
    ];
    prop::collection::vec(attempt, 1..24)
}

/// A role that waits to be claimed.
#[derive(Clone, Copy)]
struct Promise {
    by: usize,
    to: usize,
    email: bool,
    role: Role,
    place: Scope,
    until: u32,
}

pub(crate) struct World {
    members: BTreeMap<usize, Member>,
    seats: BTreeMap<(usize, usize), CommitteeRole>,
    grants: Vec<RoleGrant>,
    promises: Vec<Promise>,
    disabled: [bool; PEOPLE],
    /// Who somebody is now.
    is: [usize; PEOPLE],
    day: u32,
}

fn member(who: usize, role: organization::Role, weight: Weight) -> Member {
    Member { organization_id: SENATE, user_id: person(who), role, weight, joined_at: DateTime::UNIX_EPOCH }
}

fn grant(to: usize, role: Role, scope: Scope, granted_by: Option<UserId>) -> RoleGrant {
    RoleGrant {
        id: RoleGrantId::new(1),
        user_id: person(to),
        role,
        scope,
        created_at: DateTime::UNIX_EPOCH,
        granted_by,
        deleted_at: None,
        revoked_by: None,
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            members: BTreeMap::from([(0, member(0, organization::Role::Owner, Weight::ONE))]),
            seats: BTreeMap::new(),
            grants: vec![grant(PEOPLE - 1, Role::Admin, Scope::Global, None)],
            promises: Vec::new(),
            disabled: [false; PEOPLE],
            is: std::array::from_fn(|who| who),
            day: 0,
        }
    }

    /// How somebody stands, were they let in.
    pub(crate) fn standing(&self, who: usize, place: Scope) -> Standing {
        let of = |wanted: &[Scope]| -> Roles {
            let theirs = self.grants.iter().filter(|grant| grant.user_id == person(who));
            theirs.filter(|grant| wanted.contains(&grant.scope)).map(|grant| grant.role).collect()
        };
        if place == Scope::Global {
            let granted = Granted { global: of(&[Scope::Global]), ..Granted::NONE };
            return Standing::in_organization(person(who), None).with(granted);
        }
        let seats = self.seats.iter().filter(|((committee, member), _)| {
            *member == who && line(place).contains(&Scope::Committee(COMMITTEES[*committee]))
        });
        let granted = Granted {
            global: of(&[Scope::Global]),
            organization: of(&[Scope::Organization(SENATE)]),
            below: of(line(place)).and(seats.map(|(_, role)| role.role()).collect()),
        };
        Standing::in_organization(person(who), self.members.get(&who).map(|member| member.role)).with(granted)
    }

    fn owns(&self, who: usize) -> bool {
        self.members.get(&who).is_some_and(|member| member.role == organization::Role::Owner)
    }

    fn administers(&self, who: usize) -> bool {
        self.holds(who, Role::Admin, Scope::Organization(SENATE))
    }

    fn holds(&self, who: usize, role: Role, scope: Scope) -> bool {
        let same = (person(who), role, scope);
        self.grants.iter().any(|grant| (grant.user_id, grant.role, grant.scope) == same)
    }

    fn runs(&self, who: usize) -> bool {
        self.owns(who) || self.administers(who)
    }

    /// Whether somebody else runs the organization who is not kept out.
    fn run_by_others(&self, who: usize) -> bool {
        (0..PEOPLE).any(|other| other != who && !self.disabled[other] && self.runs(other))
    }

    /// Whether somebody runs the organization who is not kept out.
    pub(crate) fn is_run(&self) -> bool {
        (0..PEOPLE).any(|who| !self.disabled[who] && self.runs(who))
    }

    /// Does what the rules allow.
    pub(crate) fn attempt(&mut self, attempt: &Attempt) -> Change {
        self.try_to(attempt).unwrap_or(Change::Refused)
    }

    /// Who is kept out does nothing.
    fn acting(&self, who: usize) -> Option<usize> {
        (!self.disabled[who]).then_some(who)
    }

    fn try_to(&mut self, attempt: &Attempt) -> Option<Change> {
        match *attempt {
            Attempt::Grant { by, to, role, place } => self.grant(self.acting(by)?, to, role, place),
            Attempt::Revoke { by, which } => self.revoke(self.acting(by)?, which),
            Attempt::Promise { by, to, email, role, place, days } => {
                let standing = self.standing(self.acting(by)?, place);
                let permit = GrantRoles::permit(&standing).ok()?;
                appoint(&permit, &standing, role, place, None).ok().filter(|_| may_pend(role, place))?;
                self.promises.push(Promise { by, to, email, role, place, until: self.day + days });
                Some(Change::Took)
            }
            Attempt::Withdraw { by, which } => {
                let promise = *self.promises.get(which)?;
                let standing = self.standing(self.acting(by)?, promise.place);
                let may = GrantRoles::permit(&standing).is_ok() && !surpasses(promise.role, standing.here());
                (by == promise.by || may).then(|| self.promises.remove(which)).map(|_| Change::Took)
            }
            Attempt::Claim { who, verified } => self.claim(who, verified),
            Attempt::Days(days) => {
                self.day += days;
                None
            }
            Attempt::Put { by, who, role, weight } => self.put(self.acting(by)?, who, role, weight),
            Attempt::Remove { by, who } => self.remove(self.acting(by)?, who),
            Attempt::Seat { by, who, committee, role } => self.seat(self.acting(by)?, who, committee, role),
            Attempt::Disable { who, out } => {
                keep_an_admin(self.run_by_others(who), self.runs(who), !out).ok()?;
                self.disabled[who] = out || self.is[who] != who;
                Some(Change::Took)
            }
            Attempt::Merge { kept, gone } => self.merge(kept, gone),
        }
    }

    fn grant(&mut self, by: usize, to: usize, role: Role, scope: Scope) -> Option<Change> {
        let standing = self.standing(by, scope);
        let permit = GrantRoles::permit(&standing).ok()?;
        let allowed = appoint(&permit, &standing, role, scope, Some(person(to))).ok()?;
        if self.holds(to, role, scope) {
            return None;
        }
        self.grants.push(grant(to, allowed.role(), allowed.scope(), allowed.by()));
        Some(Change::Gave { to, by })
    }

    fn revoke(&mut self, by: usize, which: usize) -> Option<Change> {
        let grant = *self.grants.get(which)?;
        if !dismiss(&self.standing(by, grant.scope), &grant).ok()? {
            return None;
        }
        if grant.role == Role::Admin && grant.scope == Scope::Organization(SENATE) {
            let holder = number(grant.user_id);
            keep_an_admin(self.run_by_others(holder), true, self.owns(holder)).ok()?;
        }
        self.grants.remove(which);
        Some(Change::Took)
    }

    /// Somebody who signs in gets the first thing that was promised to them.
    fn claim(&mut self, who: usize, verified: bool) -> Option<Change> {
        let now = self.acting(self.is[who])?;
        let theirs =
            |promise: &Promise| promise.to == who && promise.until > self.day && (verified || !promise.email);
        let at = self.promises.iter().position(theirs)?;
        let Promise { by, role, place, .. } = self.promises.remove(at);
        assert!(role != Role::Admin && place != Scope::Global, "nobody was promised everything");
        self.grant(self.acting(by)?, now, role, place)
    }

    fn put(&mut self, by: usize, who: usize, role: organization::Role, weight: u32) -> Option<Change> {
        let standing = self.standing(by, Scope::Organization(SENATE));
        ManageMembers::permit(&standing).ok()?;
        let new = member(who, role, Weight::new(weight).ok()?);
        let before = self.members.get(&who);
        change_membership(&standing, person(who), before, Some((role, new.weight))).ok()?;
        let after = role == organization::Role::Owner || self.administers(who);
        keep_an_admin(self.run_by_others(who), self.owns(who), after).ok()?;
        self.members.insert(who, new);
        Some(Change::Gave { to: who, by })
    }

    fn remove(&mut self, by: usize, who: usize) -> Option<Change> {
        let standing = self.standing(by, Scope::Organization(SENATE));
        let before = *self.members.get(&who)?;
        if by != who {
            ManageMembers::permit(&standing).ok()?;
            change_membership(&standing, person(who), Some(&before), None).ok()?;
        }
        keep_an_admin(self.run_by_others(who), self.owns(who), self.administers(who)).ok()?;
        self.members.remove(&who);
        self.seats.retain(|(_, member), _| *member != who);
        Some(Change::Took)
    }

    fn seat(
        &mut self,
        by: usize,
        who: usize,
        committee: usize,
        role: Option<CommitteeRole>,
    ) -> Option<Change> {
        let standing = self.standing(by, Scope::Committee(COMMITTEES[committee]));
        let before = self.seats.get(&(committee, who)).copied();
        let Some(role) = role else {
            let own = by == who && before.is_some();
            if !own {
                ManageCommitteeMembers::permit(&standing).ok()?;
            }
            before.filter(|before| own || !surpasses(before.role(), standing.here()))?;
            self.seats.remove(&(committee, who));
            return Some(Change::Took);
        };
        ManageCommitteeMembers::permit(&standing).ok()?;
        self.members.get(&who)?;
        let beyond = before.into_iter().chain([role]).any(|role| surpasses(role.role(), standing.here()));
        let upward = by == who && before.is_none_or(|before| role < before);
        if beyond || upward {
            return None;
        }
        self.seats.insert((committee, who), role);
        Some(Change::Gave { to: who, by })
    }

    fn merge(&mut self, kept: usize, gone: usize) -> Option<Change> {
        let alone = self.runs(gone) && !self.run_by_others(gone);
        if kept == gone || self.is[kept] != kept || self.is[gone] != gone || (alone && self.disabled[kept]) {
            return None;
        }
        if let Some(member) = self.members.remove(&gone) {
            let kept = self.members.entry(kept).or_insert(Member { user_id: person(kept), ..member });
            kept.role = kept.role.min(member.role);
        }
        let seats: Vec<_> = self.seats.extract_if(.., |(_, member), _| *member == gone).collect();
        for ((committee, _), role) in seats {
            let kept = self.seats.entry((committee, kept)).or_insert(role);
            *kept = (*kept).min(role);
        }
        let (theirs, others) = self.grants.iter().partition(|grant| grant.user_id == person(gone));
        self.grants = others;
        let theirs: Vec<RoleGrant> = theirs;
        for grant in theirs {
            if !self.holds(kept, grant.role, grant.scope) {
                self.grants.push(RoleGrant { user_id: person(kept), ..grant });
            }
        }
        self.disabled[gone] = true;
        for is in &mut self.is {
            *is = if *is == gone { kept } else { *is };
        }
        Some(Change::Joined { kept, gone })
    }
}
