use async_trait::async_trait;
use plenum_domain::id::{ProxyId, UserId};
use plenum_domain::permission::ManageProxies;
use plenum_domain::proxy::{self, Awaits, Mandate, MandateChange, MandateStatus};
use plenum_ports::Tx;

use super::give_proxy::GivenProxy;
use crate::audit::Describe;
use crate::mandate::{self, Place};
use crate::{Env, Failure, UseCase, load};

/// The holder accepts a mandate that waits for it.
#[derive(Clone, Copy, Debug)]
pub struct AcceptProxy {
    /// Which mandate.
    pub proxy_id: ProxyId,
    /// Who acts: the holder.
    pub by: UserId,
}

/// The chair confirms a mandate that waits for it.
#[derive(Clone, Copy, Debug)]
pub struct ConfirmProxy {
    /// Which mandate.
    pub proxy_id: ProxyId,
    /// Who acts: the host of the sitting, or who leads the organization.
    pub by: UserId,
}

#[async_trait]
impl UseCase for AcceptProxy {
    const NAME: &'static str = "proxy.accept";
    type Output = GivenProxy;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<GivenProxy, Failure> {
        let (mandate, place) = mandate::load(tx, self.proxy_id, self.by).await?;
        if mandate.holder_user_id != self.by {
            return Err(Failure::Forbidden { needs: "Only the holder can accept this proxy." });
        }
        stand(tx, Self::NAME, &place, mandate, Awaits::Holder, self.by).await
    }
}

#[async_trait]
impl UseCase for ConfirmProxy {
    const NAME: &'static str = "proxy.confirm";
    type Output = GivenProxy;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<GivenProxy, Failure> {
        let (mandate, place) = mandate::load(tx, self.proxy_id, self.by).await?;
        place.permit::<ManageProxies>()?;
        stand(tx, Self::NAME, &place, mandate, Awaits::Chair, self.by).await
    }
}

/// Brings an offer to stand, when the word is the one it waits for and nothing came in between.
async fn stand(
    tx: &mut dyn Tx,
    action: &'static str,
    place: &Place,
    offer: Mandate,
    word: Awaits,
    by: UserId,
) -> Result<GivenProxy, Failure> {
    load::require_active(tx, place.organization.id).await?;
    offer.require_waiting(word)?;
    let now = tx.now().await?;
    let event = match offer.scope.event_id() {
        Some(id) => tx.events().get(id).await?,
        None => None,
    };
    let people = place.people(tx, offer.principal_user_id, offer.holder_user_id).await?;
    let others = place.others(tx).await?;
    proxy::may_stand(&place.offer(offer.scope, people, event.as_ref(), &others))?;
    let instance = match &place.session {
        Some(session) => Some(mandate::make_instance(tx, session.id, &people, now).await?),
        None => None,
    };
    let id = instance.map(|row| row.id);
    let (standing, change) = match word {
        Awaits::Holder => (offer.accept(now, id)?, MandateChange::Accepted),
        Awaits::Chair => (offer.confirm(now, id)?, MandateChange::Confirmed),
    };
    tx.proxies().update(&standing).await?;
    tx.proxies().note(&[mandate::note(standing.id, change, now, Some(by))]).await?;
    let entry = place
        .audit(action, standing.id, Some(by), now)
        .before(mandate::document(&offer, None))
        .after(mandate::document(&standing, None));
    tx.audit().append(&[entry]).await?;
    if place.session.is_none() {
        mandate::bring_into_running(tx, &standing, place.organization.id, by, now).await?;
    }
    let status = MandateStatus::of(&standing, people.principal_present, now);
    Ok(GivenProxy { mandate: standing, instance, status })
}
