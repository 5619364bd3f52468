use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::attendance::UserSession;
use plenum_domain::event::Event;
use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_domain::id::{EventId, OrganizationId, SessionId, UserId};
use plenum_domain::permission::{Action, ManageProxies};
use plenum_domain::proxy::{self, Mandate, MandateChange, MandateState, MandateStatus, Offer, Scope, Stood};
use plenum_domain::text::Reason;
use plenum_ports::Tx;
use plenum_ports::repository::{MandateNote, NewMandate};

use crate::audit::Describe;
use crate::mandate::{self, Place};
use crate::{Env, Failure, UseCase, load};

/// Gives a vote to someone else for a sitting or one event of it; by the principal, or entered by the host.
#[derive(Clone, Debug)]
pub struct GiveProxy {
    /// For which sitting.
    pub session_id: SessionId,
    /// For this event of it alone.
    pub event_id: Option<EventId>,
    /// Who acts.
    pub by: UserId,
    /// Whose vote.
    pub principal: UserId,
    /// Who shall cast it.
    pub holder: UserId,
    /// Why.
    pub reason: Option<Reason>,
}

/// Gives a vote to someone else for every sitting that is opened in a span of time.
#[derive(Clone, Debug)]
pub struct GiveSpanProxy {
    /// In which organization.
    pub organization_id: OrganizationId,
    /// Who acts.
    pub by: UserId,
    /// Whose vote.
    pub principal: UserId,
    /// Who shall cast it.
    pub holder: UserId,
    /// From this moment on.
    pub from: Moment,
    /// Up to and without this one.
    pub until: Moment,
    /// Why.
    pub reason: Option<Reason>,
}

/// A mandate with the vote instance it made.
#[derive(Clone, Copy, Debug)]
pub struct GivenProxy {
    /// The mandate.
    pub mandate: Mandate,
    /// With what it is cast; `None` while it is an offer, and for a span.
    pub instance: Option<UserSession>,
    /// Whether it can be used now.
    pub status: MandateStatus,
}

#[async_trait]
impl UseCase for GiveProxy {
    const NAME: &'static str = "proxy.give";
    type Output = GivenProxy;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<GivenProxy, Failure> {
        // For update: how many mandates a holder has is decided one at a time.
        let place = Place::sitting(tx, self.session_id, self.by).await?;
        require_own_or_conducting(&place, self.by, self.principal)?;
        self.require_known(tx, &place).await?;
        let event = self.event(tx).await?;
        let scope = match &event {
            Some(event) => Scope::Event { session_id: self.session_id, event_id: event.id },
            None => Scope::Sitting { session_id: self.session_id },
        };
        let people = place.people(tx, self.principal, self.holder).await?;
        let others = place.others(tx).await?;
        let voting = tx.proxies().voting(self.session_id).await?;
        let offer = Offer { voting, ..place.offer(scope, people, event.as_ref(), &others) };
        let awaits = proxy::give(&entered(offer, self.by, &place, self.reason.as_ref()))?;
        let now = tx.now().await?;
        let instance = match awaits {
            None => Some(mandate::make_instance(tx, self.session_id, &people, now).await?),
            Some(_) => None,
        };
        let state = match awaits {
            None => MandateState::Standing(Stood { since: now, instance: instance.map(|row| row.id) }),
            Some(awaits) => MandateState::Offered { awaits },
        };
        let new = NewMandate {
            scope,
            span: None,
            principal_user_id: self.principal,
            holder_user_id: self.holder,
            created_by_user_id: self.by,
            created_at: now,
            reason: self.reason.clone(),
            state,
        };
        let mandate = write(tx, Self::NAME, &place, &new).await?;
        let status = MandateStatus::of(&mandate, people.principal_present, now);
        Ok(GivenProxy { mandate, instance, status })
    }
}

#[async_trait]
impl UseCase for GiveSpanProxy {
    const NAME: &'static str = "proxy.give_span";
    type Output = GivenProxy;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<GivenProxy, Failure> {
        let place = Place::organization(tx, self.organization_id, self.by).await?;
        require_own_or_conducting(&place, self.by, self.principal)?;
        load::require_active(tx, self.organization_id).await?;
        let now = tx.now().await?;
        self.check(now)?;
        let people = place.people(tx, self.principal, self.holder).await?;
        let mut checks = FieldChecks::new();
        for (field, role) in
            [("principal_user_id", people.principal_role), ("holder_user_id", people.holder_role)]
        {
            if role.is_none() {
                checks.fail(field, "is no member of the organization");
            }
        }
        checks.finish(Some(()))?;
        let scope = Scope::Span { organization_id: self.organization_id, from: self.from, until: self.until };
        let others: Vec<Mandate> = place
            .others(tx)
            .await?
            .into_iter()
            .filter(|other| !matches!(other.scope, Scope::Span { until, .. } if until <= now))
            .collect();
        let offer = place.offer(scope, people, None, &others);
        let state = match proxy::give(&entered(offer, self.by, &place, self.reason.as_ref()))? {
            None => MandateState::Standing(Stood { since: now, instance: None }),
            Some(awaits) => MandateState::Offered { awaits },
        };
        let new = NewMandate {
            scope,
            span: None,
            principal_user_id: self.principal,
            holder_user_id: self.holder,
            created_by_user_id: self.by,
            created_at: now,
            reason: self.reason.clone(),
            state,
        };
        let mandate = write(tx, Self::NAME, &place, &new).await?;
        if mandate.stands() {
            mandate::bring_into_running(tx, &mandate, self.organization_id, self.by, now).await?;
        }
        Ok(GivenProxy { mandate, instance: None, status: MandateStatus::of(&mandate, false, now) })
    }
}

/// The longest span of a mandate.
const LONGEST_SPAN: chrono::TimeDelta = chrono::TimeDelta::days(3 * 366);

impl GiveSpanProxy {
    fn check(&self, now: Moment) -> Result<(), FieldErrors> {
        if self.until <= self.from {
            return Err(FieldErrors::one("until", "must be later than from"));
        }
        if self.until <= now {
            return Err(FieldErrors::one("until", "must lie in the future"));
        }
        if self.until - self.from > LONGEST_SPAN {
            return Err(FieldErrors::one("until", "must lie at most three years after from"));
        }
        Ok(())
    }
}

impl GiveProxy {
    /// Anyone but members and guests who have been in the sitting is unknown here, so that ids of
    /// strangers tell nothing.
    async fn require_known(&self, tx: &mut dyn Tx, place: &Place) -> Result<(), Failure> {
        for (field, user) in [("principal_user_id", self.principal), ("holder_user_id", self.holder)] {
            let member = tx.organizations().member(place.organization.id, user).await?;
            if member.is_none() && tx.attendance().own(self.session_id, user).await?.is_none() {
                let message = "is neither a member of the organization nor in this session";
                return Err(FieldErrors::one(field, message).into());
            }
        }
        Ok(())
    }

    /// The event it shall be good for. The sitting is held, so nothing in it closes meanwhile.
    async fn event(&self, tx: &mut dyn Tx) -> Result<Option<Event>, Failure> {
        let Some(id) = self.event_id else { return Ok(None) };
        let found = tx.events().get(id).await?.filter(|event| event.session_id == self.session_id);
        let missing = || FieldErrors::one("event_id", "is no event of this session");
        Ok(Some(found.ok_or_else(missing)?))
    }
}

/// The principal acts for themselves; everyone else has to be allowed to.
fn require_own_or_conducting(place: &Place, by: UserId, principal: UserId) -> Result<(), Failure> {
    if by != principal || !place.standing.may_know() {
        place.permit::<ManageProxies>()?;
    }
    Ok(())
}

/// The offer with who enters it.
fn entered<'a>(offer: Offer<'a>, by: UserId, place: &Place, reason: Option<&Reason>) -> Offer<'a> {
    let by_host = Action::ManageProxies.allows(&place.standing);
    Offer { by, by_host, reasoned: reason.is_some(), ..offer }
}

/// Writes a new mandate with its records.
async fn write(
    tx: &mut dyn Tx,
    action: &'static str,
    place: &Place,
    new: &NewMandate,
) -> Result<Mandate, Failure> {
    let mandate = tx.proxies().insert(new).await?;
    let change = if mandate.stands() { MandateChange::Given } else { MandateChange::Offered };
    let note = mandate::note(mandate.id, change, new.created_at, Some(new.created_by_user_id));
    tx.proxies().note(&[MandateNote { reason: new.reason.clone(), ..note }]).await?;
    let entry = place
        .audit(action, mandate.id, Some(new.created_by_user_id), new.created_at)
        .after(mandate::document(&mandate, new.reason.as_ref()));
    tx.audit().append(&[entry]).await?;
    Ok(mandate)
}
