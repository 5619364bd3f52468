//! Proxies as mandates: given by the principal, held by someone allowed to, never passed on.
//!
//! A mandate is offered, comes to stand, and ends. While it stands it rests whenever its principal is
//! in the sitting. Its scope is one event, one sitting, or every sitting opened in a span of time.

use std::collections::HashMap;

use crate::event::Event;
use crate::id::{EventId, OrganizationId, ProxyId, SessionId, UserId, UserSessionId};
use crate::organization::{Member, Role};
use crate::rules::{Confirmation, GiveUntil, ProxyRules};
use crate::session::{Session, SessionStatus};
use crate::{Moment, Refusal};

/// What a mandate is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One event.
    Event {
        /// In which sitting.
        session_id: SessionId,
        /// Which one.
        event_id: EventId,
    },
    /// Every event of a sitting.
    Sitting {
        /// Which one.
        session_id: SessionId,
    },
    /// Every sitting that the organization opens in a span of time, to its end.
    Span {
        /// Whose sittings.
        organization_id: OrganizationId,
        /// From this moment on.
        from: Moment,
        /// Up to and without this one.
        until: Moment,
    },
}

impl Scope {
    /// The sitting; `None` for a span.
    pub const fn session_id(&self) -> Option<SessionId> {
        match self {
            Self::Event { session_id, .. } | Self::Sitting { session_id } => Some(*session_id),
            Self::Span { .. } => None,
        }
    }

    /// The event, when it is good for one only.
    pub const fn event_id(&self) -> Option<EventId> {
        match self {
            Self::Event { event_id, .. } => Some(*event_id),
            Self::Sitting { .. } | Self::Span { .. } => None,
        }
    }

    /// Whether there is a vote that both are good for. A span meets the mandates of a sitting in that
    /// sitting, with the mandate that it makes there.
    pub fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Span { organization_id, from, until },
                Self::Span { organization_id: theirs, from: start, until: end },
            ) => organization_id == theirs && from < end && start < until,
            (Self::Span { .. }, _) | (_, Self::Span { .. }) => false,
            _ => {
                self.session_id() == other.session_id()
                    && self.event_id().zip(other.event_id()).is_none_or(|(one, other)| one == other)
            }
        }
    }

    /// Whether a sitting falls in it: for a span, whether the sitting was opened in it.
    pub fn covers_sitting(&self, session: &Session) -> bool {
        match self {
            Self::Span { organization_id, from, until } => {
                *organization_id == session.organization_id
                    && *from <= session.created_at
                    && session.created_at < *until
            }
            Self::Event { session_id, .. } | Self::Sitting { session_id } => *session_id == session.id,
        }
    }
}

/// Whose word an offer waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaits {
    /// The holder accepts.
    Holder,
    /// The chair confirms.
    Chair,
}

impl Awaits {
    /// The stored and published word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Holder => "holder",
            Self::Chair => "chair",
        }
    }

    /// The refusal of whoever is not the one it waits for.
    const fn refusal(self) -> Refusal {
        match self {
            Self::Holder => Refusal::ProxyWaitsForHolder,
            Self::Chair => Refusal::ProxyWaitsForChair,
        }
    }
}

/// How a mandate ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The holder did not want it, or gave it back.
    Declined,
    /// The principal or the chair took it back.
    Revoked,
    /// What it was good for is over.
    Expired,
}

impl End {
    /// The stored and published word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }
}

/// Since when a mandate stands, and with what it is cast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stood {
    /// Since when.
    pub since: Moment,
    /// The vote instance it made; `None` for a span, whose mandates in each sitting make theirs.
    pub instance: Option<UserSessionId>,
}

/// Where a mandate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MandateState {
    /// Waits for somebody's word and cannot be used.
    Offered {
        /// Whose.
        awaits: Awaits,
    },
    /// Can be used while the principal is not in the sitting.
    Standing(Stood),
    /// Over, for good.
    Ended {
        /// How.
        how: End,
        /// When.
        at: Moment,
        /// What it was before; `None` for an offer that came to nothing.
        stood: Option<Stood>,
    },
}

/// A mandate to vote for someone else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mandate {
    /// Which one.
    pub id: ProxyId,
    /// What it is good for.
    pub scope: Scope,
    /// The mandate for a span that it comes from.
    pub span: Option<ProxyId>,
    /// Whose vote.
    pub principal_user_id: UserId,
    /// Who casts it.
    pub holder_user_id: UserId,
    /// Who entered it: the principal, or the host.
    pub created_by_user_id: UserId,
    /// When it was offered.
    pub created_at: Moment,
    /// Where it stands.
    pub state: MandateState,
}

impl Mandate {
    /// Whether it can be used, as far as the mandate itself is concerned.
    pub const fn stands(&self) -> bool {
        matches!(self.state, MandateState::Standing(_))
    }

    /// Whether it stands or may still come to.
    pub const fn lives(&self) -> bool {
        !matches!(self.state, MandateState::Ended { .. })
    }

    /// Since when it stands or stood, and with what it is cast.
    pub const fn stood(&self) -> Option<Stood> {
        match self.state {
            MandateState::Offered { .. } => None,
            MandateState::Standing(stood) => Some(stood),
            MandateState::Ended { stood, .. } => stood,
        }
    }

    /// The vote instance it made; `None` while it is an offer, and for a span.
    pub fn instance(&self) -> Option<UserSessionId> {
        self.stood()?.instance
    }

    /// When it ended, and how.
    pub const fn end(&self) -> Option<(End, Moment)> {
        match self.state {
            MandateState::Ended { how, at, .. } => Some((how, at)),
            MandateState::Offered { .. } | MandateState::Standing(_) => None,
        }
    }

    /// Whether it stood at a moment.
    pub fn stood_at(&self, moment: Moment) -> bool {
        self.stood().is_some_and(|stood| stood.since <= moment)
            && self.end().is_none_or(|(_, end)| moment < end)
    }

    /// Whether it is good for an event of its sitting.
    pub fn covers(&self, event: EventId) -> bool {
        self.scope.event_id().is_none_or(|only| only == event)
    }

    /// The holder accepts the offer; it stands once [`may_stand`] has passed too.
    ///
    /// # Errors
    /// [`Refusal::ProxyWaitsForChair`], [`Refusal::ProxyStandsAlready`], [`Refusal::ProxyEnded`].
    pub const fn accept(self, now: Moment, instance: Option<UserSessionId>) -> Result<Self, Refusal> {
        self.answered(Awaits::Holder, now, instance)
    }

    /// The chair confirms the offer; it stands once [`may_stand`] has passed too.
    ///
    /// # Errors
    /// [`Refusal::ProxyWaitsForHolder`], [`Refusal::ProxyStandsAlready`], [`Refusal::ProxyEnded`].
    pub const fn confirm(self, now: Moment, instance: Option<UserSessionId>) -> Result<Self, Refusal> {
        self.answered(Awaits::Chair, now, instance)
    }

    /// Passes when the offer waits for this word.
    ///
    /// # Errors
    /// As [`accept`](Self::accept) and [`confirm`](Self::confirm).
    pub const fn require_waiting(&self, word: Awaits) -> Result<(), Refusal> {
        match (self.state, word) {
            (MandateState::Offered { awaits: Awaits::Holder }, Awaits::Holder)
            | (MandateState::Offered { awaits: Awaits::Chair }, Awaits::Chair) => Ok(()),
            (MandateState::Offered { awaits }, _) => Err(awaits.refusal()),
            (MandateState::Standing(_), _) => Err(Refusal::ProxyStandsAlready),
            (MandateState::Ended { how, .. }, _) => Err(Refusal::ProxyEnded { how: how.as_str() }),
        }
    }

    const fn answered(
        self,
        word: Awaits,
        now: Moment,
        instance: Option<UserSessionId>,
    ) -> Result<Self, Refusal> {
        match self.require_waiting(word) {
            Ok(()) => Ok(Self { state: MandateState::Standing(Stood { since: now, instance }), ..self }),
            Err(refusal) => Err(refusal),
        }
    }

    /// The holder turns an offer down, or gives a mandate back that was not used in an open vote.
    ///
    /// # Errors
    /// [`Refusal::ProxyUsed`], [`Refusal::ProxyEnded`].
    pub fn decline(self, now: Moment, used_in_an_active_event: bool) -> Result<Self, Refusal> {
        match self.state {
            MandateState::Ended { how, .. } => Err(Refusal::ProxyEnded { how: how.as_str() }),
            MandateState::Offered { .. } | MandateState::Standing(_) if !used_in_an_active_event => {
                Ok(self.ended(End::Declined, now))
            }
            MandateState::Offered { .. } | MandateState::Standing(_) => Err(Refusal::ProxyUsed),
        }
    }

    /// The principal or the chair takes it back: not while a vote it was used in is still open.
    ///
    /// # Errors
    /// [`Refusal::ProxyUsed`], [`Refusal::ProxyAlreadyRevoked`], [`Refusal::ProxyEnded`].
    pub fn revoke(self, now: Moment, used_in_an_active_event: bool) -> Result<Self, Refusal> {
        match self.state {
            MandateState::Ended { how: End::Revoked, .. } => Err(Refusal::ProxyAlreadyRevoked),
            MandateState::Ended { how, .. } => Err(Refusal::ProxyEnded { how: how.as_str() }),
            MandateState::Offered { .. } | MandateState::Standing(_) if !used_in_an_active_event => {
                Ok(self.ended(End::Revoked, now))
            }
            MandateState::Offered { .. } | MandateState::Standing(_) => Err(Refusal::ProxyUsed),
        }
    }

    /// What it was good for is over. A mandate that ended before stays as it is.
    #[must_use]
    pub fn expire(self, now: Moment) -> Self {
        if self.lives() { self.ended(End::Expired, now) } else { self }
    }

    fn ended(self, how: End, at: Moment) -> Self {
        Self { state: MandateState::Ended { how, at, stood: self.stood() }, ..self }
    }
}

/// Whether a mandate can be used right now, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MandateStatus {
    /// Waits for the holder or the chair.
    Offered,
    /// The holder may vote with it.
    Active,
    /// The principal is in the sitting and votes in person.
    Suspended,
    /// Turned down or given back by the holder.
    Declined,
    /// Taken back.
    Revoked,
    /// What it was good for is over.
    Expired,
}

impl MandateStatus {
    /// Where a mandate stands at `now`, given whether the principal is in the sitting.
    pub fn of(mandate: &Mandate, principal_present: bool, now: Moment) -> Self {
        let over = matches!(mandate.scope, Scope::Span { until, .. } if until <= now);
        match mandate.state {
            MandateState::Ended { how: End::Declined, .. } => Self::Declined,
            MandateState::Ended { how: End::Revoked, .. } => Self::Revoked,
            MandateState::Ended { how: End::Expired, .. } => Self::Expired,
            MandateState::Offered { .. } | MandateState::Standing(_) if over => Self::Expired,
            MandateState::Offered { .. } => Self::Offered,
            MandateState::Standing(_) if principal_present => Self::Suspended,
            MandateState::Standing(_) => Self::Active,
        }
    }

    /// The published word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Declined => "declined",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }
}

/// Something that happened to a mandate, for the people concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MandateChange {
    /// Offered; it waits for somebody's word.
    Offered,
    /// Given; it stands at once.
    Given,
    /// The holder accepted; it stands.
    Accepted,
    /// The chair confirmed; it stands.
    Confirmed,
    /// The holder turned it down or gave it back.
    Declined,
    /// The principal came in; it rests.
    Suspended,
    /// The principal went away; it can be used again.
    Resumed,
    /// A vote was cast with it.
    Used,
    /// Taken back.
    Revoked,
    /// What it was good for is over.
    Expired,
}

impl MandateChange {
    /// Every change.
    pub const ALL: [Self; 10] = [
        Self::Offered,
        Self::Given,
        Self::Accepted,
        Self::Confirmed,
        Self::Declined,
        Self::Suspended,
        Self::Resumed,
        Self::Used,
        Self::Revoked,
        Self::Expired,
    ];

    /// The stored and published word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::Given => "given",
            Self::Accepted => "accepted",
            Self::Confirmed => "confirmed",
            Self::Declined => "declined",
            Self::Suspended => "suspended",
            Self::Resumed => "resumed",
            Self::Used => "used",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }
}

/// What has been put to the vote in a sitting so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Voting {
    /// Nothing.
    #[default]
    NotYet,
    /// Something, and nothing is open now.
    Between,
    /// Something is open now.
    Open,
}

/// A mandate someone wants to give, or that is about to stand, with what bears on it.
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    /// The sitting; `None` for a span.
    pub session: Option<&'a Session>,
    /// What it shall be good for.
    pub scope: Scope,
    /// The event it shall be good for, when it is one.
    pub event: Option<&'a Event>,
    /// The organization's rules on proxies.
    pub rules: &'a ProxyRules,
    /// Whose vote.
    pub principal: UserId,
    /// The principal's role; `None` for no member.
    pub principal_role: Option<Role>,
    /// Who shall cast it.
    pub holder: UserId,
    /// The holder's role; `None` for no member.
    pub holder_role: Option<Role>,
    /// Whether the principal is in the sitting.
    pub principal_present: bool,
    /// Whether the holder is in the sitting.
    pub holder_present: bool,
    /// What has been put to the vote in the sitting so far.
    pub voting: Voting,
    /// Who enters it.
    pub by: UserId,
    /// Whether that is somebody who may enter the mandates of others.
    pub by_host: bool,
    /// Whether a reason is written down.
    pub reasoned: bool,
    /// The mandates that live in this sitting, or the organization's for spans.
    pub others: &'a [Mandate],
}

impl Offer<'_> {
    fn standing(&self) -> impl Iterator<Item = &Mandate> {
        self.others.iter().filter(|other| other.stands() && self.scope.overlaps(&other.scope))
    }

    /// How many votes the holder has on one vote at most, of those that this mandate is good for too.
    fn held(&self) -> usize {
        let mut of_event: HashMap<EventId, usize> = HashMap::new();
        let mut always = 0;
        for mandate in self.standing().filter(|mandate| mandate.holder_user_id == self.holder) {
            match mandate.scope.event_id() {
                Some(event) => *of_event.entry(event).or_default() += 1,
                None => always += 1,
            }
        }
        always + of_event.into_values().max().unwrap_or_default()
    }

    /// Whose word it waits for; who has the word and enters it has given it.
    fn awaits(&self) -> Option<Awaits> {
        match self.rules.confirmation {
            Confirmation::Nobody => None,
            Confirmation::Chair => (!self.by_host).then_some(Awaits::Chair),
            Confirmation::Holder => (self.by != self.holder).then_some(Awaits::Holder),
        }
    }
}

/// Decides whether a mandate may be given, and whose word it waits for before it stands.
///
/// # Errors
/// The [`Refusal`] that names the rule in the way.
pub fn give(offer: &Offer<'_>) -> Result<Option<Awaits>, Refusal> {
    let rules = offer.rules;
    if let Some(session) = offer.session {
        session.require_running()?;
        if rules.allowed && session.status == SessionStatus::Locked && !offer.by_host {
            return Err(Refusal::SessionLocked);
        }
    }
    may_stand(offer)?;
    if rules.reason_required && !offer.reasoned {
        return Err(Refusal::ProxyReasonRequired);
    }
    if offer.session.is_some() {
        match (rules.until, offer.voting) {
            (GiveUntil::BetweenVotes, Voting::Open)
            | (GiveUntil::FirstVote, Voting::Open | Voting::Between) => {
                return Err(Refusal::ProxyTooLate);
            }
            _ => {}
        }
        if rules.holder_present && !offer.holder_present {
            return Err(Refusal::HolderNotPresent);
        }
        if rules.principal_absent && offer.principal_present {
            return Err(Refusal::PrincipalPresent);
        }
    }
    let offered = offer.others.iter().any(|other| {
        matches!(other.state, MandateState::Offered { .. })
            && other.principal_user_id == offer.principal
            && other.holder_user_id == offer.holder
            && offer.scope.overlaps(&other.scope)
    });
    if offered { Err(Refusal::ProxyAlreadyOffered) } else { Ok(offer.awaits()) }
}

/// Decides whether a mandate may come to stand beside those that do: asked when it is given, and again
/// when the word it waited for is given.
///
/// # Errors
/// The [`Refusal`] that names the rule in the way.
pub fn may_stand(offer: &Offer<'_>) -> Result<(), Refusal> {
    offer.session.map_or(Ok(()), Session::require_running)?;
    let per_event = offer.scope.event_id().is_some();
    if !offer.rules.allowed || offer.event.is_some_and(|event| !event.terms.proxy) {
        return Err(Refusal::ProxiesNotAllowed);
    }
    if per_event && !offer.rules.per_event {
        return Err(Refusal::ProxyNotPerEvent);
    }
    if per_event
        && offer
            .event
            .is_none_or(|event| event.state.closed_at().is_some() || event.state.annulment().is_some())
    {
        return Err(Refusal::ProxyEventOver);
    }
    if offer.principal == offer.holder {
        return Err(Refusal::ProxyToOneself);
    }
    if !offer.principal_role.is_some_and(Role::votes) {
        return Err(Refusal::PrincipalHasNoVote);
    }
    if !offer.rules.may_hold(offer.holder_role) {
        return Err(Refusal::HolderNotAllowed);
    }
    if offer.standing().any(|mandate| mandate.principal_user_id == offer.principal) {
        return Err(Refusal::ProxyAlreadyGiven);
    }
    let passed_on = offer.standing().any(|mandate| {
        mandate.holder_user_id == offer.principal || mandate.principal_user_id == offer.holder
    });
    if passed_on {
        return Err(Refusal::ProxyChain);
    }
    if offer.held() >= usize::try_from(offer.rules.max_per_holder).unwrap_or(usize::MAX) {
        return Err(Refusal::ProxyLimitReached { limit: offer.rules.max_per_holder });
    }
    Ok(())
}

/// The mandates that can be voted with: they stand, are good for the event (for all of them when none is
/// meant), and their holder is still someone who may hold them.
pub fn usable(
    mandates: &[Mandate],
    rules: &ProxyRules,
    members: &[Member],
    event: Option<EventId>,
) -> Vec<Mandate> {
    if mandates.is_empty() {
        return Vec::new();
    }
    let role_of: HashMap<UserId, Role> = members.iter().map(|member| (member.user_id, member.role)).collect();
    mandates
        .iter()
        .filter(|mandate| mandate.stands())
        .filter(|mandate| match event {
            Some(event) => mandate.covers(event),
            None => mandate.scope.event_id().is_none(),
        })
        .filter(|mandate| rules.may_hold(role_of.get(&mandate.holder_user_id).copied()))
        .copied()
        .collect()
}

#[cfg(test)]
mod tests;
