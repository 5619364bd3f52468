use async_trait::async_trait;
use plenum_domain::Step;
use plenum_domain::event::Event;
use plenum_domain::id::{EventId, UserId};
use plenum_domain::permission::ConductEvents;
use plenum_domain::session::Session;
use plenum_ports::Tx;
use serde_json::json;

use crate::audit::{self, Describe};
use crate::{Env, Failure, UseCase, load};

/// Shows the figures of an open vote to those who take part, or hides them again. Doing what is done
/// already changes nothing.
#[derive(Clone, Copy, Debug)]
pub struct ShareResults {
    /// Which event.
    pub event_id: EventId,
    /// Who shares or hides them.
    pub by: UserId,
    /// Whether they are to be seen.
    pub shared: bool,
}

#[async_trait]
impl UseCase for ShareResults {
    const NAME: &'static str = "event.share";
    /// The event, with the sitting it belongs to.
    type Output = (Event, Session);

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<Self::Output, Failure> {
        let found = load::event(tx, self.event_id, self.by).await?;
        let permit = found.permit::<ConductEvents>()?;
        let (event, at) = (found.event, found.at);
        let Step::To(changed) = event.share(&permit, self.shared)? else { return Ok((event, at.session)) };
        tx.events().update(&changed).await?;
        let now = tx.now().await?;
        let entry = audit::entry(Self::NAME, "events", event.id.get(), Some(self.by), now)
            .session(&at.session)
            .event(&event)
            .before(json!({"visibility": event.terms.visibility.as_str()}))
            .after(json!({"visibility": changed.terms.visibility.as_str()}));
        tx.audit().append(&[entry]).await?;
        Ok((changed, at.session))
    }
}
