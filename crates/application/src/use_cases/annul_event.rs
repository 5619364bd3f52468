use async_trait::async_trait;
use plenum_domain::event::Event;
use plenum_domain::id::{EventId, UserId};
use plenum_domain::permission::ConductEvents;
use plenum_domain::session::Session;
use plenum_domain::text::Reason;
use plenum_ports::Tx;
use serde_json::json;

use crate::audit::{self, Describe};
use crate::keys::{self, KeysInHand};
use crate::{App, Env, Failure, UseCase, load, mandate};

/// Declares an event void for a reason. Votes and result are kept as they were.
#[derive(Clone, Debug)]
pub struct AnnulEvent {
    /// Which event.
    pub event_id: EventId,
    /// Who annuls it.
    pub by: UserId,
    /// Why.
    pub reason: Reason,
}

#[async_trait]
impl UseCase for AnnulEvent {
    const NAME: &'static str = "event.annul";
    /// The event, with the sitting it belongs to.
    type Output = (Event, Session);

    /// Annulled while it is open, a secret vote is never counted: its key goes.
    async fn keys(&self, app: &App) -> Result<KeysInHand, Failure> {
        let seal = app.queries.seal(self.event_id).await?.filter(|found| found.retired_at.is_none());
        Ok(app.keys_of(seal.map(|found| found.seal).into_iter().collect()).await)
    }

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<Self::Output, Failure> {
        let found = load::event(tx, self.event_id, self.by).await?;
        let permit = found.permit::<ConductEvents>()?;
        let (event, at) = (found.event, found.at);
        load::require_active(tx, at.organization.id).await?;
        let now = tx.now().await?;
        let annulled = event.annul(&permit, self.by, self.reason.clone(), now)?;
        tx.events().update(&annulled).await?;
        mandate::expire(tx, &at.session, Some(event.id), now).await?;
        keys::retire(tx, event.id, now).await?;
        let entry = audit::entry(Self::NAME, "events", event.id.get(), Some(self.by), now)
            .session(&at.session)
            .event(&event)
            .before(json!({"state": event.state.as_str()}))
            .after(json!({"state": annulled.state.as_str(), "reason": self.reason.as_str()}));
        tx.audit().append(&[entry]).await?;
        Ok((annulled, at.session))
    }
}
