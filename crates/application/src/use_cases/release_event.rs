use async_trait::async_trait;
use plenum_domain::event::Event;
use plenum_domain::id::{EventId, UserId};
use plenum_domain::permission::ConductEvents;
use plenum_domain::session::Session;
use plenum_domain::{Refusal, Step};
use plenum_ports::Tx;
use serde_json::json;

use super::motions::apply_amendment;
use crate::audit::{self, Describe};
use crate::{Env, Failure, UseCase, load};

/// Publishes a counted result for good. Doing it twice changes nothing.
#[derive(Clone, Copy, Debug)]
pub struct ReleaseEvent {
    /// Which event.
    pub event_id: EventId,
    /// Who releases it.
    pub by: UserId,
}

#[async_trait]
impl UseCase for ReleaseEvent {
    const NAME: &'static str = "event.release";
    /// The event, with the sitting it belongs to.
    type Output = (Event, Session);

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<Self::Output, Failure> {
        let found = load::event(tx, self.event_id, self.by).await?;
        let permit = found.permit::<ConductEvents>()?;
        let (event, at) = (found.event, found.at);
        let now = tx.now().await?;
        let Step::To(released) = event.release(&permit, now)? else { return Ok((event, at.session)) };
        load::require_active(tx, at.organization.id).await?;
        let result = tx.results().get(event.id).await?;
        if result.as_ref().is_some_and(|result| result.awaiting.is_some()) {
            return Err(Refusal::TieUndecided.into());
        }
        let outcome = result.and_then(|result| result.outcome);
        tx.events().update(&released).await?;
        apply_amendment(tx, &event, &at.session, outcome.as_deref(), self.by, now).await?;
        let entry = audit::entry(Self::NAME, "events", event.id.get(), Some(self.by), now)
            .session(&at.session)
            .event(&event)
            .before(json!({"state": event.state.as_str()}))
            .after(json!({"state": released.state.as_str(), "outcome": outcome}))
            .facts(json!({"outcome": outcome}));
        tx.audit().append(&[entry]).await?;
        Ok((released, at.session))
    }
}
