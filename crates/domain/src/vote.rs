//! Casting: what may be on a ballot, and whether it is accepted.

use crate::attendance::{JoinLeft, UserSession};
use crate::event::{Event, EventState, WrongMove};
use crate::id::{EventId, UserId, UserSessionId, VoteId};
use crate::organization::Weight;
pub use crate::response::{Part, Response};
use crate::rules::LateArrivals;
use crate::{Moment, Refusal};

/// A cast vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vote {
    /// Which one.
    pub id: VoteId,
    /// On what.
    pub event_id: EventId,
    /// With which instance.
    pub user_session_id: UserSessionId,
    /// Whose vote.
    pub principal_user_id: UserId,
    /// Who cast it.
    pub cast_by_user_id: UserId,
    /// When.
    pub cast_time: Moment,
    /// What.
    pub response: Response,
}

/// A vote instance of the caster with what bears on using it now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each decided on its own in `cast`")]
pub struct Instance {
    /// The instance.
    pub row: UserSession,
    /// Whether its principal is on the roll of the event and, where late arrivals wait, was present or
    /// represented when it opened.
    pub on_roll: bool,
    /// How much its vote counts; `None` for who is not on the roll at all.
    pub weight: Option<Weight>,
    /// Whether its principal's vote was cast already, by whomever.
    pub voted: bool,
    /// Whether the person casting it is in the sitting.
    pub caster_present: bool,
    /// Whether the person it is cast for is in the sitting; for an own vote the same as `caster_present`.
    pub principal_present: bool,
    /// Whether the mandate behind it stands; true for an own vote.
    pub mandate_stands: bool,
}

impl Instance {
    /// Whether it counts among a person's votes on this event: their own when they are entitled, and
    /// each vote they hold for someone.
    pub const fn counts(&self, proxies_admitted: bool) -> bool {
        match self.row.proxy {
            None => self.on_roll,
            Some(_) => self.on_roll && self.mandate_stands && proxies_admitted,
        }
    }
}

/// Decides whether voting is possible on an event at this moment of the database's clock.
///
/// # Errors
/// [`Refusal::WrongMove`], [`Refusal::EventNotActive`], [`Refusal::EventNotStarted`], [`Refusal::EventEnded`].
pub fn require_voting(event: &Event, now: Moment) -> Result<(), Refusal> {
    match event.state {
        EventState::Active { .. } => {}
        EventState::Draft => return Err(WrongMove::VoteBeforeOpening.into()),
        EventState::Annulled { .. } => return Err(WrongMove::VoteAfterAnnulment.into()),
        EventState::Closed(_) | EventState::Released { .. } => {
            return Err(Refusal::EventNotActive { state: event.state.as_str() });
        }
    }
    if now < event.schedule.start_time {
        return Err(Refusal::EventNotStarted);
    }
    if event.schedule.end_time.is_some_and(|end| end <= now) {
        return Err(Refusal::EventEnded);
    }
    Ok(())
}

/// Decides whether a vote is accepted with this instance, all of them as they stand at `now`.
///
/// # Errors
/// The [`Refusal`] that stands in the way. [`Refusal::AlreadyVoted`] comes first after ownership:
/// someone who voted and left learns that their vote stands.
pub fn cast(event: &Event, caster: UserId, instance: Option<&Instance>, now: Moment) -> Result<(), Refusal> {
    require_voting(event, now)?;
    let Some(instance) = instance
        .filter(|instance| instance.row.user_id == caster && instance.row.session_id == event.session_id)
    else {
        return Err(Refusal::NotYourInstance);
    };
    if instance.voted {
        return Err(Refusal::AlreadyVoted);
    }
    if !instance.caster_present {
        return Err(Refusal::NotPresent);
    }
    if instance.row.proxy.is_some() {
        if !event.terms.proxy {
            return Err(Refusal::ProxiesNotAllowed);
        }
        if !instance.mandate_stands {
            return Err(Refusal::ProxyRevoked);
        }
        if instance.principal_present {
            return Err(Refusal::ProxySuspended);
        }
    }
    if instance.row.join_left == JoinLeft::Left {
        return Err(Refusal::NotPresent);
    }
    match (instance.on_roll, event.terms.rules.late_arrivals) {
        (true, _) => Ok(()),
        (false, LateArrivals::Wait) => Err(Refusal::ArrivedLate),
        (false, LateArrivals::Join) => Err(Refusal::NotEntitled),
    }
}

/// Decides whether the vote that was cast with this instance may be changed, all of it as it stands at
/// `now`. That it was cast with this instance and no other one is for the ballot box to see.
///
/// # Errors
/// As [`cast`]; [`Refusal::AlreadyVoted`] where the rules let a cast vote stand.
pub fn change(event: &Event, caster: UserId, instance: &Instance, now: Moment) -> Result<(), Refusal> {
    if !event.terms.rules.may_change_votes {
        return cast(event, caster, Some(instance), now).and(Err(Refusal::AlreadyVoted));
    }
    cast(event, caster, Some(&Instance { voted: false, ..*instance }), now)
}

/// Passes for a whole vote, and for a split one whose parts add up to the weight of the instance where the
/// rules of the event let weights be split.
///
/// # Errors
/// [`Refusal::SplitSecret`], [`Refusal::SplitNotAllowed`], [`Refusal::SplitNotWhole`].
pub fn require_split(event: &Event, instance: &Instance, response: &Response) -> Result<(), Refusal> {
    let Response::Split(parts) = response else { return Ok(()) };
    if event.is_secret() {
        return Err(Refusal::SplitSecret);
    }
    if !event.terms.rules.may_split_weights {
        return Err(Refusal::SplitNotAllowed);
    }
    let weight = instance.weight.map_or(0, Weight::wide);
    let sum: u64 = parts.iter().map(|part| part.weight.wide()).sum();
    if sum == weight { Ok(()) } else { Err(Refusal::SplitNotWhole { weight, sum }) }
}

/// The instances that someone can cast now, the own one first: what "all my votes" means.
///
/// # Errors
/// Why none of them can be cast, as [`cast`] says of the first one, or [`only_instance`] of none at all.
pub fn castable(
    event: &Event,
    caster: UserId,
    instances: &[Instance],
    now: Moment,
) -> Result<Vec<UserSessionId>, Refusal> {
    require_voting(event, now)?;
    let counting = || instances.iter().filter(|instance| instance.counts(event.terms.proxy));
    let castable: Vec<UserSessionId> = counting()
        .filter(|instance| cast(event, caster, Some(instance), now).is_ok())
        .map(|instance| instance.row.id)
        .collect();
    match (castable.is_empty(), counting().next()) {
        (false, _) => Ok(castable),
        (true, Some(first)) => cast(event, caster, Some(first), now).and(Ok(Vec::new())),
        (true, None) => only_instance(event, instances).map(|_| Vec::new()),
    }
}

/// Picks the instance of someone who did not say which.
///
/// # Errors
/// [`Refusal::InstanceRequired`] when there are several, [`Refusal::NotPresent`] or
/// [`Refusal::NotEntitled`] when there is none.
pub fn only_instance(event: &Event, instances: &[Instance]) -> Result<UserSessionId, Refusal> {
    let counting: Vec<&Instance> =
        instances.iter().filter(|instance| instance.counts(event.terms.proxy)).collect();
    match counting.as_slice() {
        [] if instances.iter().any(|instance| instance.caster_present) => {
            Err(match event.terms.rules.late_arrivals {
                LateArrivals::Wait => Refusal::ArrivedLate,
                LateArrivals::Join => Refusal::NotEntitled,
            })
        }
        [] => Err(Refusal::NotPresent),
        [only] => Ok(only.row.id),
        several => Err(Refusal::InstanceRequired { count: several.len() }),
    }
}

/// Refuses a request that names an instance twice.
///
/// # Errors
/// [`Refusal::InstanceTwice`].
pub fn require_distinct(instances: &[UserSessionId]) -> Result<(), Refusal> {
    let distinct: std::collections::HashSet<_> = instances.iter().collect();
    if distinct.len() == instances.len() { Ok(()) } else { Err(Refusal::InstanceTwice) }
}
