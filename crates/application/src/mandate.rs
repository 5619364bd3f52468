//! What giving, answering and ending mandates have in common.

use plenum_domain::Moment;
use plenum_domain::attendance::{JoinLeft, UserSession};
use plenum_domain::event::Event;
use plenum_domain::id::{EventId, OrganizationId, ProxyId, SessionId, UserId, UserSessionId};
use plenum_domain::organization::{Organization, Role};
use plenum_domain::permission::{Denied, Permit, Permitted, Standing};
use plenum_domain::proxy::{self, Mandate, MandateChange, MandateState, Offer, Scope, Stood, Voting};
use plenum_domain::session::Session;
use plenum_domain::text::Reason;
use plenum_ports::Tx;
use plenum_ports::repository::{AuditEntry, MandateNote, NewMandate};
use serde_json::{Value, json};

use crate::Failure;
use crate::audit::{self, Describe};
use crate::load::{self, Take};

/// Where a mandate belongs: a sitting or, for a span, an organization; held so that mandates there change
/// one at a time.
pub(crate) struct Place {
    pub(crate) organization: Organization,
    pub(crate) session: Option<Session>,
    pub(crate) standing: Standing,
}

/// The people of a mandate as they are now.
#[derive(Clone, Copy)]
pub(crate) struct People {
    pub(crate) principal: UserId,
    pub(crate) principal_role: Option<Role>,
    pub(crate) principal_present: bool,
    pub(crate) holder: UserId,
    pub(crate) holder_role: Option<Role>,
    pub(crate) holder_present: bool,
}

impl Place {
    /// Takes a sitting, with everything about its mandates.
    pub(crate) async fn sitting(tx: &mut dyn Tx, id: SessionId, by: UserId) -> Result<Self, Failure> {
        let at = load::session(tx, id, by, Take::Update).await?;
        Ok(Self { organization: at.organization, session: Some(at.session), standing: at.standing })
    }

    /// Takes an organization, with everything about its mandates for spans.
    pub(crate) async fn organization(
        tx: &mut dyn Tx,
        id: OrganizationId,
        by: UserId,
    ) -> Result<Self, Failure> {
        let (organization, standing) = load::organization(tx, id, by).await?;
        Ok(Self { organization, session: None, standing })
    }

    pub(crate) fn permit<A: Permitted>(&self) -> Result<Permit<A>, Failure> {
        let what = if self.session.is_some() { "session" } else { "organization" };
        A::permit(&self.standing).map_err(|denied: Denied| Failure::denied(denied, what))
    }

    /// The mandates that live here, for spans or in the sitting.
    pub(crate) async fn others(&self, tx: &mut dyn Tx) -> Result<Vec<Mandate>, Failure> {
        Ok(match &self.session {
            Some(session) => tx.proxies().living(session.id).await?,
            None => tx.proxies().living_spans(self.organization.id).await?,
        })
    }

    pub(crate) async fn people(
        &self,
        tx: &mut dyn Tx,
        principal: UserId,
        holder: UserId,
    ) -> Result<People, Failure> {
        let principal_role = self.role(tx, principal).await?;
        let holder_role = self.role(tx, holder).await?;
        Ok(People {
            principal,
            principal_role,
            principal_present: self.present(tx, principal).await?,
            holder,
            holder_role,
            holder_present: self.present(tx, holder).await?,
        })
    }

    async fn role(&self, tx: &mut dyn Tx, user: UserId) -> Result<Option<Role>, Failure> {
        Ok(tx.organizations().member(self.organization.id, user).await?.map(|member| member.role))
    }

    async fn present(&self, tx: &mut dyn Tx, user: UserId) -> Result<bool, Failure> {
        let Some(session) = &self.session else { return Ok(false) };
        Ok(tx.attendance().own(session.id, user).await?.is_some_and(|own| own.is_own_presence()))
    }

    /// An offer as the rules look at it, with nothing said yet about who enters it.
    pub(crate) fn offer<'a>(
        &'a self,
        scope: Scope,
        people: People,
        event: Option<&'a Event>,
        others: &'a [Mandate],
    ) -> Offer<'a> {
        Offer {
            session: self.session.as_ref(),
            scope,
            event,
            rules: &self.organization.rules.proxies,
            principal: people.principal,
            principal_role: people.principal_role,
            holder: people.holder,
            holder_role: people.holder_role,
            principal_present: people.principal_present,
            holder_present: people.holder_present,
            voting: Voting::NotYet,
            by: people.principal,
            by_host: false,
            reasoned: false,
            others,
        }
    }

    /// The start of an audit line on a mandate here.
    pub(crate) fn audit(
        &self,
        action: &'static str,
        id: ProxyId,
        by: Option<UserId>,
        now: Moment,
    ) -> AuditEntry {
        let entry = audit::entry(action, "proxies", id.get(), by, now);
        match &self.session {
            Some(session) => entry.session(session),
            None => entry.organization(self.organization.id),
        }
    }
}

/// A mandate with where it belongs, for the people it concerns and those who conduct there.
pub(crate) async fn load(tx: &mut dyn Tx, id: ProxyId, by: UserId) -> Result<(Mandate, Place), Failure> {
    let found = tx.proxies().get(id).await?.ok_or(Failure::NotFound("proxy"))?;
    let place = match found.scope {
        Scope::Event { session_id, .. } | Scope::Sitting { session_id } => {
            Place::sitting(tx, session_id, by).await?
        }
        Scope::Span { organization_id, .. } => Place::organization(tx, organization_id, by).await?,
    };
    // Held for update, so a vote being cast with it either is seen later or waits and is refused.
    let mandate = tx.proxies().get_for_update(id).await?.ok_or(Failure::NotFound("proxy"))?;
    let concerned = [mandate.principal_user_id, mandate.holder_user_id].contains(&by);
    if !concerned && !place.standing.may_know() {
        return Err(Failure::NotFound("proxy"));
    }
    Ok((mandate, place))
}

/// Makes the instance with which a mandate in a sitting is cast.
pub(crate) async fn make_instance(
    tx: &mut dyn Tx,
    session: SessionId,
    people: &People,
    now: Moment,
) -> Result<UserSession, Failure> {
    let join_left = if people.holder_present { JoinLeft::Joined } else { JoinLeft::Left };
    Ok(tx.attendance().put_proxy(session, people.holder, people.principal, join_left, now).await?)
}

/// A line for the people concerned.
pub(crate) const fn note(
    proxy_id: ProxyId,
    change: MandateChange,
    at: Moment,
    by: Option<UserId>,
) -> MandateNote {
    MandateNote { proxy_id, change, at, by, event_id: None, reason: None }
}

/// Writes a mandate that ended; its instance leaves the sitting unless another mandate is cast with it.
pub(crate) async fn write_end(tx: &mut dyn Tx, ended: &Mandate) -> Result<(), Failure> {
    tx.proxies().update(ended).await?;
    match ended.instance() {
        Some(instance) => leave_unless_held(tx, &[instance]).await,
        None => Ok(()),
    }
}

/// Brings a standing mandate for a span into a sitting that falls in it, unless a rule or another mandate
/// there is in the way.
pub(crate) async fn bring_into(
    tx: &mut dyn Tx,
    span: &Mandate,
    place: &Place,
    now: Moment,
) -> Result<Option<Mandate>, Failure> {
    let Some(session) = &place.session else { return Ok(None) };
    if !span.scope.covers_sitting(session) {
        return Ok(None);
    }
    let people = place.people(tx, span.principal_user_id, span.holder_user_id).await?;
    let others = place.others(tx).await?;
    let scope = Scope::Sitting { session_id: session.id };
    if proxy::may_stand(&place.offer(scope, people, None, &others)).is_err() {
        return Ok(None);
    }
    let instance = make_instance(tx, session.id, &people, now).await?;
    let new = NewMandate {
        scope,
        span: Some(span.id),
        principal_user_id: people.principal,
        holder_user_id: people.holder,
        created_by_user_id: span.created_by_user_id,
        created_at: now,
        reason: None,
        state: MandateState::Standing(Stood { since: now, instance: Some(instance.id) }),
    };
    let mandate = tx.proxies().insert(&new).await?;
    tx.proxies().note(&[note(mandate.id, MandateChange::Given, now, None)]).await?;
    let entry = place.audit("proxy.bring_into", mandate.id, None, now).after(document(&mandate, None));
    tx.audit().append(&[entry]).await?;
    Ok(Some(mandate))
}

/// Brings a mandate for a span that has just come to stand into the sittings that are running.
pub(crate) async fn bring_into_running(
    tx: &mut dyn Tx,
    span: &Mandate,
    organization: OrganizationId,
    by: UserId,
    now: Moment,
) -> Result<(), Failure> {
    for id in tx.sessions().running(organization).await? {
        let place = Place::sitting(tx, id, by).await?;
        bring_into(tx, span, &place, now).await?;
    }
    Ok(())
}

/// Ends the mandates of a sitting, or those for one event of it, because it is over.
pub(crate) async fn expire(
    tx: &mut dyn Tx,
    session: &Session,
    event: Option<EventId>,
    now: Moment,
) -> Result<(), Failure> {
    let over = tx.proxies().expire(session.id, event, now).await?;
    if over.is_empty() {
        return Ok(());
    }
    let line = |mandate: &Mandate| {
        let entry = audit::entry("proxy.expire", "proxies", mandate.id.get(), None, now);
        entry.session(session).after(document(mandate, None))
    };
    tx.audit().append(&over.iter().map(line).collect::<Vec<_>>()).await?;
    let notes: Vec<MandateNote> =
        over.iter().map(|mandate| note(mandate.id, MandateChange::Expired, now, None)).collect();
    tx.proxies().note(&notes).await?;
    let instances: Vec<UserSessionId> = over.iter().filter_map(Mandate::instance).collect();
    leave_unless_held(tx, &instances).await
}

/// Takes instances out of the sitting with which no mandate is cast any more.
async fn leave_unless_held(tx: &mut dyn Tx, instances: &[UserSessionId]) -> Result<(), Failure> {
    let still: Vec<Option<UserSessionId>> =
        tx.proxies().standing_with(instances).await?.iter().map(Mandate::instance).collect();
    let gone: Vec<UserSessionId> =
        instances.iter().copied().filter(|instance| !still.contains(&Some(*instance))).collect();
    Ok(tx.attendance().set_join_left(&gone, JoinLeft::Left).await?)
}

/// The part of a mandate that the audit log shows.
pub(crate) fn document(mandate: &Mandate, reason: Option<&Reason>) -> Value {
    let (from, until) = match mandate.scope {
        Scope::Span { from, until, .. } => (Some(from), Some(until)),
        Scope::Event { .. } | Scope::Sitting { .. } => (None, None),
    };
    json!({
        "principal_user_id": mandate.principal_user_id.get(),
        "holder_user_id": mandate.holder_user_id.get(),
        "user_session_id": mandate.instance().map(UserSessionId::get),
        "event_id": mandate.scope.event_id().map(EventId::get),
        "from": from,
        "until": until,
        "state": word(mandate),
        "reason": reason.map(Reason::as_str),
    })
}

/// The state of a mandate in one word.
pub(crate) const fn word(mandate: &Mandate) -> &'static str {
    match mandate.state {
        MandateState::Offered { .. } => "offered",
        MandateState::Standing(_) => "standing",
        MandateState::Ended { how, .. } => how.as_str(),
    }
}
