use async_trait::async_trait;
use plenum_domain::id::{ProxyId, SessionId, UserId};
use plenum_domain::permission::ManageProxies;
use plenum_domain::proxy::{Mandate, MandateChange, Scope};
use plenum_domain::text::Reason;
use plenum_domain::{Moment, Refusal};
use plenum_ports::Tx;
use plenum_ports::repository::MandateNote;

use crate::audit::Describe;
use crate::mandate::{self, Place};
use crate::{Env, Failure, UseCase};

/// Takes a mandate back. Votes cast with it stay.
#[derive(Clone, Debug)]
pub struct RevokeProxy {
    /// The sitting it must belong to, when one is named.
    pub session_id: Option<SessionId>,
    /// Who acts: the principal, or the host.
    pub by: UserId,
    /// Which mandate.
    pub proxy_id: ProxyId,
    /// Why.
    pub reason: Option<Reason>,
}

/// The holder turns an offer down, or gives a mandate back. Votes cast with it stay.
#[derive(Clone, Debug)]
pub struct DeclineProxy {
    /// Who acts: the holder.
    pub by: UserId,
    /// Which mandate.
    pub proxy_id: ProxyId,
    /// Why.
    pub reason: Option<Reason>,
}

#[async_trait]
impl UseCase for RevokeProxy {
    const NAME: &'static str = "proxy.revoke";
    type Output = Mandate;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<Mandate, Failure> {
        if let Some(id) = self.session_id {
            let found = tx.proxies().get(self.proxy_id).await?;
            if found.and_then(|mandate| mandate.scope.session_id()) != Some(id) {
                return Err(Failure::NotFound("proxy"));
            }
        }
        let (before, place) = mandate::load(tx, self.proxy_id, self.by).await?;
        if before.principal_user_id != self.by {
            place.permit::<ManageProxies>()?;
        }
        let ending = Ending { action: Self::NAME, by: self.by, reason: self.reason.as_ref() };
        ending.run(tx, &place, before, MandateChange::Revoked).await
    }
}

#[async_trait]
impl UseCase for DeclineProxy {
    const NAME: &'static str = "proxy.decline";
    type Output = Mandate;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<Mandate, Failure> {
        let (before, place) = mandate::load(tx, self.proxy_id, self.by).await?;
        if before.holder_user_id != self.by {
            return Err(Failure::Forbidden { needs: "Only the holder can decline this proxy." });
        }
        let ending = Ending { action: Self::NAME, by: self.by, reason: self.reason.as_ref() };
        ending.run(tx, &place, before, MandateChange::Declined).await
    }
}

/// Who ends a mandate, and why.
struct Ending<'a> {
    action: &'static str,
    by: UserId,
    reason: Option<&'a Reason>,
}

impl Ending<'_> {
    /// Ends a mandate; one for a span together with those it made in running sittings.
    async fn run(
        &self,
        tx: &mut dyn Tx,
        place: &Place,
        before: Mandate,
        change: MandateChange,
    ) -> Result<Mandate, Failure> {
        let now = tx.now().await?;
        let after = self.one(tx, place, before, change, now).await?;
        if matches!(before.scope, Scope::Span { .. }) {
            for made in tx.proxies().living_of_span(before.id).await? {
                let Some(session_id) = made.scope.session_id() else { continue };
                let there = Place::sitting(tx, session_id, self.by).await?;
                let held = tx.proxies().get_for_update(made.id).await?.filter(Mandate::lives);
                if let Some(made) = held {
                    self.one(tx, &there, made, change, now).await?;
                }
            }
        }
        Ok(after)
    }

    async fn one(
        &self,
        tx: &mut dyn Tx,
        place: &Place,
        before: Mandate,
        change: MandateChange,
        now: Moment,
    ) -> Result<Mandate, Failure> {
        if place.session.as_ref().is_some_and(|session| session.status.is_closed()) {
            return Err(Refusal::SessionClosed.into());
        }
        let used = tx.proxies().used_in_active_event(&before).await?;
        let after = match change {
            MandateChange::Declined => before.decline(now, used)?,
            _ => before.revoke(now, used)?,
        };
        mandate::write_end(tx, &after).await?;
        let note = mandate::note(after.id, change, now, Some(self.by));
        tx.proxies().note(&[MandateNote { reason: self.reason.cloned(), ..note }]).await?;
        let entry = place
            .audit(self.action, after.id, Some(self.by), now)
            .before(mandate::document(&before, None))
            .after(mandate::document(&after, self.reason));
        tx.audit().append(&[entry]).await?;
        Ok(after)
    }
}
