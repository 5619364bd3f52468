use async_trait::async_trait;
use plenum_domain::Refusal;
use plenum_domain::id::{EventId, UserId};
use plenum_domain::permission::WriteEvents;
use plenum_ports::Tx;

use super::create_event::document;
use super::prepare_elections::reopen;
use crate::audit::{self, Describe};
use crate::{Env, Failure, UseCase, load, mandate};

/// Deletes a draft.
#[derive(Clone, Copy, Debug)]
pub struct DeleteEvent {
    /// Which event.
    pub event_id: EventId,
    /// Who deletes it.
    pub by: UserId,
}

/// Passes when a draft may go: it was not withdrawn, which is a fact to be kept, and no other event refers
/// to it.
async fn require_loose(tx: &mut dyn Tx, id: EventId) -> Result<(), Failure> {
    if let Some(motion) = tx.motions().get(id).await? {
        motion.require_standing()?;
    }
    if tx.motions().is_linked_to(id).await? { Err(Refusal::EventLinked.into()) } else { Ok(()) }
}

#[async_trait]
impl UseCase for DeleteEvent {
    const NAME: &'static str = "event.delete";
    type Output = ();

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<(), Failure> {
        let found = load::event(tx, self.event_id, self.by).await?;
        let permit = found.permit::<WriteEvents>()?;
        let (event, at) = (found.event, found.at);
        event.delete(&at.session, &permit)?;
        require_loose(tx, event.id).await?;
        let now = tx.now().await?;
        reopen(tx, &event, &at.session, self.by, now).await?;
        tx.events().delete(event.id).await?;
        mandate::expire(tx, &at.session, Some(event.id), now).await?;
        let entry = audit::entry(Self::NAME, "events", event.id.get(), Some(self.by), now)
            .session(&at.session)
            .event(&event)
            .before(document(&event, &at.session));
        tx.audit().append(&[entry]).await?;
        Ok(())
    }
}
