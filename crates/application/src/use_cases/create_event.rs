use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::event::{Event, EventType, Schedule, Terms};
use plenum_domain::field::FieldErrors;
use plenum_domain::id::{SessionId, UserId};
use plenum_domain::permission::WriteEvents;
use plenum_domain::rules::Rules;
use plenum_domain::session::Session;
use plenum_domain::text::Title;
use plenum_ports::Tx;
use plenum_ports::documents::EventData;
use plenum_ports::repository::NewEvent;
use serde_json::{Value, json};

use super::adopt_rules::check_event_voters;
use crate::audit::{self, Describe};
use crate::load::{self, Take};
use crate::{Env, Failure, UseCase};

/// Prepares an event as a draft.
#[derive(Clone, Debug)]
pub struct CreateEvent {
    /// In which sitting.
    pub session_id: SessionId,
    /// Who prepares it.
    pub by: UserId,
    /// What kind of decision it is.
    pub event_type: EventType,
    /// What it is called.
    pub name: Title,
    /// When voting may start; now unless said.
    pub start_time: Option<Moment>,
    /// When voting ends by itself.
    pub end_time: Option<Moment>,
    /// What is put to the vote and how.
    pub data: EventData,
}

/// The part of an event that the audit log shows.
pub(crate) fn document(event: &Event, session: &Session) -> Value {
    json!({
        "event_type": event.event_type().as_str(),
        "name": event.name.as_str(),
        "state": event.state.as_str(),
        "start_time": event.schedule.start_time,
        "end_time": event.schedule.end_time,
        "data": EventData::of(&event.terms, session.join_code.as_str()),
    })
}

/// The terms with the options that the rules put on every ballot, when their votes can be counted: said while the event is
/// a draft, not when it is closed.
pub(crate) fn countable(terms: Terms, rules: &Rules) -> Result<Terms, FieldErrors> {
    let terms = Terms { ballot: terms.ballot.with_usual_options(&rules.elections)?, ..terms };
    terms.ballot.rehearse()?;
    Ok(terms)
}

#[async_trait]
impl UseCase for CreateEvent {
    const NAME: &'static str = "event.create";
    /// The draft, with the sitting it belongs to.
    type Output = (Event, Session);

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<Self::Output, Failure> {
        let at = load::session(tx, self.session_id, self.by, Take::Share).await?;
        at.permit::<WriteEvents>()?;
        at.session.require_running()?;
        if self.data.follows_event_id.is_some() {
            return Err(
                FieldErrors::one("data.follows_event_id", "is set by the server; leave it out").into()
            );
        }
        check_event_voters(tx, at.organization.id, self.data.voters.as_ref()).await?;
        let rules = &at.organization.rules;
        self.data.require_writable().map_err(|errors| errors.under("data"))?;
        let terms = self
            .data
            .read(self.event_type, at.session.join_code.as_str(), rules.motion_majority)
            .and_then(|terms| countable(terms, rules))
            .map_err(|errors| errors.under("data"))?;
        let now = tx.now().await?;
        let schedule = Schedule::new(self.start_time.unwrap_or(now), self.end_time)
            .map_err(|error| FieldErrors::one("end_time", error))?;
        let event = tx
            .events()
            .insert(&NewEvent {
                session_id: at.session.id,
                name: self.name.clone(),
                schedule,
                terms,
                created_by_user_id: self.by,
                created_at: now,
            })
            .await?;
        let entry = audit::entry(Self::NAME, "events", event.id.get(), Some(self.by), now)
            .session(&at.session)
            .event(&event)
            .after(document(&event, &at.session));
        tx.audit().append(&[entry]).await?;
        Ok((event, at.session))
    }
}
