use async_trait::async_trait;
use plenum_domain::id::EventId;
use plenum_ports::Tx;
use serde_json::json;

use crate::audit::{self, Describe};
use crate::{Env, Failure, UseCase};

/// Notes that the key of an event is gone, once it is.
#[derive(Clone, Copy, Debug)]
pub struct NoteDestroyedKey {
    /// Which event.
    pub event_id: EventId,
}

#[async_trait]
impl UseCase for NoteDestroyedKey {
    const NAME: &'static str = "event.destroy_key";
    type Output = ();

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<(), Failure> {
        let event = tx.events().get(self.event_id).await?.ok_or(Failure::NotFound("event"))?;
        let session = tx.sessions().get(event.session_id).await?.ok_or(Failure::NotFound("session"))?;
        let now = tx.now().await?;
        // Another server may have been as fast.
        if tx.sealed().note_destruction(event.id, now).await? {
            let seal = tx.sealed().seal(event.id).await?.map(|found| found.seal.key_id.to_string());
            let entry = audit::entry(Self::NAME, "event_keys", event.id.get(), None, now)
                .session(&session)
                .event(&event)
                .after(json!({"key_id": seal}));
            tx.audit().append(&[entry]).await?;
        }
        Ok(())
    }
}
