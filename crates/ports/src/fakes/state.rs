//! Everything the fake keeps, and what is worked out from it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use plenum_domain::Moment;
use plenum_domain::attendance::{AttendanceEntry, UserSession, was_in as was_in_the_sitting};
use plenum_domain::committee::CommitteeMember;
use plenum_domain::event::Event;
use plenum_domain::id::{
    ApiTokenId, ClientId, CommitteeId, EventId, LoginId, NominationId, OfficeId, OrganizationId,
    PendingRoleId, PresenceCheckId, ProxyId, RoleGrantId, SessionId, UserId, UserSessionId, VoteId,
};
use plenum_domain::motion::Motion;
use plenum_domain::nomination::{Nomination, Office};
use plenum_domain::organization::{Contact, Member, Organization, QuorumRule};
use plenum_domain::permission::{RoleGrant, Scope, Standing};
use plenum_domain::presence::{Asked, PresenceCheck, Waiting};
use plenum_domain::proxy::Mandate;
use plenum_domain::result::RollLine;
use plenum_domain::roll::RollEntry;
use plenum_domain::rules::{Adopted, LateArrivals};
use plenum_domain::secret::BareBallot;
use plenum_domain::session::Session;
use plenum_domain::text::Reason;
use plenum_domain::user::User;
use plenum_domain::vote::{Instance, Response, Vote};

use super::access::{LoginRow, TokenRow};
use super::audit::AuditRow;
use super::client::ClientRow;
use super::committee::CommitteeRow;
use super::idempotency::AnswerRow;
use super::log::LogState;
use super::user::UserRow;
use crate::documents::{EventData, ResultData};
use crate::error::StoreError;
use crate::repository::{
    LoginAttempt, MandateNote, MissKey, NewScreenLink, PendingRole, SealState, SealedVote, TokenHash,
};

/// The roll of an opened event.
#[derive(Clone)]
pub(super) struct Roll {
    /// By principal.
    pub(super) entries: BTreeMap<UserId, RollEntry>,
    /// The rule it was opened under.
    pub(super) quorum: QuorumRule,
}

/// All the tables.
#[derive(Clone, Default)]
pub(super) struct State {
    last_id: i32,
    pub(super) users: BTreeMap<UserId, UserRow>,
    pub(super) organizations: BTreeMap<OrganizationId, Organization>,
    pub(super) rules: BTreeMap<(OrganizationId, u32), Adopted>,
    pub(super) members: BTreeMap<(OrganizationId, UserId), Member>,
    pub(super) contacts: BTreeMap<(OrganizationId, UserId), Contact>,
    pub(super) clients: BTreeMap<ClientId, ClientRow>,
    pub(super) committees: BTreeMap<CommitteeId, CommitteeRow>,
    pub(super) seats: BTreeMap<(CommitteeId, UserId), CommitteeMember>,
    pub(super) session_committees: BTreeMap<SessionId, CommitteeId>,
    pub(super) archived: BTreeSet<OrganizationId>,
    pub(super) deleted: BTreeSet<OrganizationId>,
    pub(super) roles: BTreeMap<RoleGrantId, RoleGrant>,
    pub(super) promises: BTreeMap<PendingRoleId, PendingRole>,
    pub(super) sessions: BTreeMap<SessionId, Session>,
    pub(super) screens: BTreeMap<SessionId, NewScreenLink>,
    pub(super) instances: BTreeMap<UserSessionId, UserSession>,
    pub(super) attendance: Vec<(SessionId, AttendanceEntry)>,
    pub(super) mandates: BTreeMap<ProxyId, Mandate>,
    pub(super) reasons: BTreeMap<ProxyId, Reason>,
    pub(super) mandate_notes: Vec<MandateNote>,
    pub(super) waiting: BTreeMap<(SessionId, UserId), Waiting>,
    pub(super) checks: BTreeMap<PresenceCheckId, PresenceCheck>,
    pub(super) asked: BTreeMap<(PresenceCheckId, UserId), Asked>,
    pub(super) events: BTreeMap<EventId, Event>,
    pub(super) motions: BTreeMap<EventId, Motion>,
    pub(super) offices: BTreeMap<OfficeId, (Office, EventData)>,
    pub(super) nominations: BTreeMap<NominationId, Nomination>,
    pub(super) rolls: BTreeMap<EventId, Roll>,
    pub(super) votes: BTreeMap<VoteId, Vote>,
    pub(super) seals: BTreeMap<EventId, SealState>,
    pub(super) envelopes: BTreeMap<(EventId, UserId), SealedVote>,
    pub(super) ballots: BTreeMap<EventId, Vec<BareBallot>>,
    pub(super) results: BTreeMap<EventId, ResultData>,
    pub(super) attempts: HashMap<TokenHash, LoginAttempt>,
    pub(super) logins: BTreeMap<LoginId, LoginRow>,
    pub(super) tokens: BTreeMap<ApiTokenId, TokenRow>,
    pub(super) answers: HashMap<(UserId, String), AnswerRow>,
    pub(super) misses: BTreeMap<MissKey, Moment>,
    pub(super) audit: Vec<AuditRow>,
    pub(super) log: LogState,
}

/// The refusal of a row that refers to nothing.
pub(super) fn refers(found: bool, foreign_key: &str) -> Result<(), StoreError> {
    if found { Ok(()) } else { Err(StoreError::Referenced { constraint: foreign_key.to_owned() }) }
}

/// The refusal of a row that cannot be.
pub(super) fn checked(holds: bool, check: &str) -> Result<(), StoreError> {
    if holds { Ok(()) } else { Err(StoreError::Other(format!("the check {check} was violated"))) }
}

/// The refusal to remove a row that another one refers to.
pub(super) fn unreferred(referred: bool, foreign_key: &str) -> Result<(), StoreError> {
    refers(!referred, foreign_key)
}

/// The row a statement must change, or the error that it changed none.
pub(super) fn the_row<T>(row: Option<T>, statement: &'static str) -> Result<T, StoreError> {
    row.ok_or(StoreError::RowCount { statement, expected: 1, changed: 0 })
}

impl State {
    /// A number no row of any table has, so that an id of one table is never right in another.
    pub(super) const fn next_id(&mut self) -> i32 {
        self.last_id += 1;
        self.last_id
    }

    pub(super) fn user(&self, id: UserId) -> Result<User, StoreError> {
        the_row(self.users.get(&id), "select user").map(|row| row.user.clone())
    }

    pub(super) fn member(&self, organization: OrganizationId, user: UserId) -> Option<&Member> {
        self.members.get(&(organization, user))
    }

    pub(super) fn members_of(&self, organization: OrganizationId) -> impl Iterator<Item = &Member> {
        self.members.values().filter(move |member| member.organization_id == organization)
    }

    pub(super) fn instances_in(&self, session: SessionId) -> impl Iterator<Item = &UserSession> {
        self.instances.values().filter(move |instance| instance.session_id == session)
    }

    pub(super) fn own(&self, session: SessionId, user: UserId) -> Option<&UserSession> {
        self.instances_in(session).find(|instance| instance.proxy.is_none() && instance.user_id == user)
    }

    pub(super) fn is_present(&self, session: SessionId, user: UserId) -> bool {
        self.own(session, user).is_some_and(UserSession::is_own_presence)
    }

    /// The instances a person casts: the own one first, then by id.
    pub(super) fn instances_of(&self, session: SessionId, user: UserId) -> Vec<UserSession> {
        let mut found: Vec<UserSession> =
            self.instances_in(session).filter(|instance| instance.user_id == user).copied().collect();
        found.sort_by_key(|instance| (instance.proxy.is_some(), instance.id));
        found
    }

    /// Whether there is such an instance, and its vote is this person's.
    pub(super) fn votes_for(&self, instance: UserSessionId, principal: UserId) -> bool {
        self.instances.get(&instance).is_some_and(|instance| instance.principal() == principal)
    }

    pub(super) fn log_of(&self, session: SessionId) -> Vec<AttendanceEntry> {
        let mut lines: Vec<AttendanceEntry> =
            self.attendance.iter().filter(|(of, _)| *of == session).map(|(_, entry)| *entry).collect();
        lines.sort_by_key(|entry| entry.at);
        lines
    }

    pub(super) fn mandates_of(&self, session: SessionId) -> impl Iterator<Item = &Mandate> {
        self.mandates.values().filter(move |mandate| mandate.scope.session_id() == Some(session))
    }

    pub(super) fn standing(&self, session: &Session, user: UserId) -> Standing {
        Standing {
            user_id: user,
            role: self.member(session.organization_id, user).map(|member| member.role),
            granted: self.granted(user, Scope::Session(session.id)),
            host: session.created_by_user_id == user,
            participant: self.own(session.id, user).is_some_and(|own| !own.barred),
        }
    }

    pub(super) fn standing_in(&self, organization: OrganizationId, user: UserId) -> Standing {
        let role = self.member(organization, user).map(|member| member.role);
        Standing::in_organization(user, role).with(self.granted(user, Scope::Organization(organization)))
    }

    pub(super) fn votes_on(&self, event: EventId) -> impl Iterator<Item = &Vote> {
        self.votes.values().filter(move |vote| vote.event_id == event)
    }

    pub(super) fn voted(&self, event: EventId, principal: UserId) -> bool {
        self.votes_on(event).any(|vote| vote.principal_user_id == principal)
            || self.envelopes.contains_key(&(event, principal))
    }

    pub(super) fn envelopes_on(&self, event: EventId) -> impl Iterator<Item = &SealedVote> {
        self.envelopes.values().filter(move |vote| vote.event_id == event)
    }

    /// How many votes were cast on an event, sealed or not.
    pub(super) fn cast_on(&self, event: EventId) -> usize {
        self.votes_on(event).count() + self.envelopes_on(event).count()
    }

    /// Whose vote and what, by user id.
    pub(super) fn responses(&self, event: EventId) -> Vec<(UserId, Response)> {
        let mut found: Vec<_> =
            self.votes_on(event).map(|vote| (vote.principal_user_id, vote.response.clone())).collect();
        found.sort_by_key(|(principal, _)| *principal);
        found
    }

    /// A person's instances on an event with what bears on using them.
    pub(super) fn voting_instances(&self, event: &Event, user: UserId) -> Vec<Instance> {
        let roll = self.rolls.get(&event.id);
        let caster_present = self.is_present(event.session_id, user);
        self.instances_of(event.session_id, user)
            .into_iter()
            .map(|row| Instance {
                row,
                on_roll: roll.and_then(|roll| roll.entries.get(&row.principal())).is_some_and(|entry| {
                    entry.held_by.is_some() || event.terms.rules.late_arrivals == LateArrivals::Join
                }),
                weight: roll.and_then(|roll| roll.entries.get(&row.principal())).map(|entry| entry.weight),
                voted: self.voted(event.id, row.principal()),
                caster_present,
                principal_present: self.is_present(event.session_id, row.principal()),
                mandate_stands: row.proxy.is_none() || self.has_standing_mandate(row.id, event.id),
            })
            .collect()
    }

    fn has_standing_mandate(&self, instance: UserSessionId, event: EventId) -> bool {
        let mut mandates = self.mandates.values();
        mandates
            .any(|mandate| mandate.instance() == Some(instance) && mandate.stands() && mandate.covers(event))
    }

    /// The roll, with who was there when the event opened or came in until `until`; `None` while it is open.
    pub(super) fn roll_lines(&self, event: EventId, until: Option<Moment>) -> Vec<RollLine> {
        let (Some(roll), Some(event)) = (self.rolls.get(&event), self.events.get(&event)) else {
            return Vec::new();
        };
        let log = self.log_of(event.session_id);
        let was_in = |user: UserId| {
            let theirs = log.iter().filter(|entry| entry.user_id == user);
            event.state.opened_at().is_some_and(|opened| was_in_the_sitting(theirs, opened, until))
        };
        roll.entries
            .values()
            .map(|entry| RollLine {
                principal: entry.principal,
                weight: entry.weight,
                present: entry.held_by.is_some() || was_in(entry.principal),
            })
            .collect()
    }
}
