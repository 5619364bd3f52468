use async_trait::async_trait;
use plenum_domain::event::{Event, Schedule, Secrecy, Terms, Timing};
use plenum_domain::field::FieldErrors;
use plenum_domain::id::{SessionId, UserId};
use plenum_domain::permission::{ConductEvents, WriteEvents};
use plenum_domain::rules::Seconds;
use plenum_domain::session::Session;
use plenum_domain::text::{Description, Title};
use plenum_ports::Tx;
use plenum_ports::repository::NewEvent;

use super::create_event::document;
use super::open_event::open;
use crate::audit::{self, Describe};
use crate::keys::KeysInHand;
use crate::load::{self, Take};
use crate::{App, Env, Failure, UseCase};

/// Puts a vote with one call: prepares an event from one of the organization's presets and opens it.
#[derive(Clone, Debug)]
pub struct QuickVote {
    /// In which sitting.
    pub session_id: SessionId,
    /// Who puts it.
    pub by: UserId,
    /// The name of the preset.
    pub preset: String,
    /// What the event is called; as the preset unless said.
    pub name: Option<Title>,
    /// What is decided, in words.
    pub description: Option<Description>,
    /// How long voting lasts; as the preset or the rules say unless said.
    pub duration: Option<Seconds>,
}

#[async_trait]
impl UseCase for QuickVote {
    const NAME: &'static str = "event.quick_vote";
    /// The event, active, with the sitting it belongs to.
    type Output = (Event, Session);

    /// A preset may be a secret vote.
    async fn keys(&self, app: &App) -> Result<KeysInHand, Failure> {
        let line = app.queries.session(self.session_id, self.by).await?;
        let presets = line.map(|line| line.organization.rules.quick_votes).unwrap_or_default();
        let secret = presets.find(&self.preset).is_some_and(|preset| preset.terms.secrecy == Secrecy::Secret);
        if secret { Ok(app.fresh_key().await) } else { Ok(KeysInHand::default()) }
    }

    async fn run(&self, env: &Env, tx: &mut dyn Tx) -> Result<Self::Output, Failure> {
        let at = load::session(tx, self.session_id, self.by, Take::Share).await?;
        at.permit::<WriteEvents>()?;
        let permit = at.permit::<ConductEvents>()?;
        at.session.require_running()?;
        let presets = &at.organization.rules.quick_votes;
        let preset = presets.find(&self.preset).ok_or_else(|| {
            let names: Vec<&str> = presets.as_slice().iter().map(|preset| preset.name.as_str()).collect();
            let message = if names.is_empty() {
                "is none of the organization's quick votes: it has none".to_owned()
            } else {
                format!("is none of the organization's quick votes: {}", names.join(", "))
            };
            FieldErrors::one("preset", message)
        })?;
        let usual = preset.terms.timing.duration.or(at.organization.rules.durations.quick_vote);
        let ballot = preset.terms.ballot.clone().with_usual_options(&at.organization.rules.elections)?;
        let terms = Terms {
            ballot,
            description: self.description.clone().unwrap_or_else(|| preset.terms.description.clone()),
            timing: Timing { opens_by_itself: false, duration: self.duration.or(usual) },
            ..preset.terms.clone()
        };
        let now = tx.now().await?;
        let draft = tx
            .events()
            .insert(&NewEvent {
                session_id: at.session.id,
                name: self.name.clone().unwrap_or_else(|| preset.name.clone()),
                schedule: Schedule { start_time: now, end_time: None },
                terms,
                created_by_user_id: self.by,
                created_at: now,
            })
            .await?;
        let entry = audit::entry("event.create", "events", draft.id.get(), Some(self.by), now)
            .session(&at.session)
            .event(&draft)
            .after(document(&draft, &at.session));
        tx.audit().append(&[entry]).await?;
        let opened = open(env, tx, &draft, (&at.session, &at.organization), &permit, now).await?;
        Ok((opened, at.session))
    }
}
