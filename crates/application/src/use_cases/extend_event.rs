use async_trait::async_trait;
use plenum_domain::event::{Event, Extension};
use plenum_domain::id::{EventId, UserId};
use plenum_domain::permission::ConductEvents;
use plenum_domain::session::Session;
use plenum_domain::text::Reason;
use plenum_ports::Tx;
use serde_json::json;

use crate::audit::{self, Describe};
use crate::{Env, Failure, UseCase, load};

/// Gives an open vote more time; the audit log keeps who did, why, and both ends.
#[derive(Clone, Debug)]
pub struct ExtendEvent {
    /// Which event.
    pub event_id: EventId,
    /// Who extends it.
    pub by: UserId,
    /// By how much, or until when.
    pub extension: Extension,
    /// Why, for the record.
    pub reason: Option<Reason>,
}

#[async_trait]
impl UseCase for ExtendEvent {
    const NAME: &'static str = "event.extend";
    /// The event, with the sitting it belongs to.
    type Output = (Event, Session);

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<Self::Output, Failure> {
        let found = load::event(tx, self.event_id, self.by).await?;
        let permit = found.permit::<ConductEvents>()?;
        let (event, at) = (found.event, found.at);
        // The event is held for update: no close and no vote comes in between.
        let now = tx.now().await?;
        let extended = event.extend(&permit, self.extension, now)?;
        tx.events().update(&extended).await?;
        let mut after = json!({"end_time": extended.schedule.end_time});
        if let Some(reason) = &self.reason {
            after["reason"] = reason.as_str().into();
        }
        let entry = audit::entry(Self::NAME, "events", event.id.get(), Some(self.by), now)
            .session(&at.session)
            .event(&event)
            .before(json!({"end_time": event.schedule.end_time}))
            .after(after);
        tx.audit().append(&[entry]).await?;
        Ok((extended, at.session))
    }
}
