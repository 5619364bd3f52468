use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::event::{Event, Schedule};
use plenum_domain::field::FieldErrors;
use plenum_domain::id::{EventId, UserId};
use plenum_domain::permission::WriteEvents;
use plenum_domain::session::Session;
use plenum_domain::text::Title;
use plenum_ports::Tx;
use plenum_ports::documents::EventData;

use super::adopt_rules::check_event_voters;
use super::create_event::{countable, document};
use crate::audit::{self, Describe};
use crate::{Env, Failure, UseCase, load};

/// Changes a draft; what is left out stays.
#[derive(Clone, Debug)]
pub struct UpdateEvent {
    /// Which event.
    pub event_id: EventId,
    /// Who changes it.
    pub by: UserId,
    /// Its new name.
    pub name: Option<Title>,
    /// When voting may start.
    pub start_time: Option<Moment>,
    /// When voting ends by itself; `Some(None)` takes the end away.
    pub end_time: Option<Option<Moment>>,
    /// Top-level keys that replace those of `data`.
    pub data: Option<EventData>,
}

#[async_trait]
impl UseCase for UpdateEvent {
    const NAME: &'static str = "event.update";
    /// The event, with the sitting it belongs to.
    type Output = (Event, Session);

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<Self::Output, Failure> {
        let found = load::event(tx, self.event_id, self.by).await?;
        let permit = found.permit::<WriteEvents>()?;
        let (event, at) = (found.event, found.at);
        event.require_draft(&at.session)?;
        if let Some(motion) = tx.motions().get(event.id).await? {
            motion.require_standing()?;
        }
        let voters = self.data.as_ref().and_then(|change| change.voters.as_ref());
        check_event_voters(tx, at.organization.id, voters).await?;
        let lists = self.data.as_ref().is_some_and(|change| change.vote_options.is_some());
        if lists && tx.offices().office_of_event(event.id).await?.is_some() {
            let message = "come from the nominations; delete this draft to open those again";
            return Err(FieldErrors::one("data.vote_options", message).into());
        }
        let code = at.session.join_code.as_str();
        let terms = match &self.data {
            Some(change) if change.rules.is_some() => {
                return Err(change.require_writable().map_or_else(
                    |errors| errors.under("data").into(),
                    |()| plenum_domain::Refusal::EventNotDraft.into(),
                ));
            }
            Some(change) => EventData::of(&event.terms, code)
                .changed_by(change.clone())
                .read(event.event_type(), code, at.organization.rules.motion_majority)
                .and_then(|terms| countable(terms, &at.organization.rules))
                .map_err(|errors| errors.under("data"))?,
            None => event.terms.clone(),
        };
        let schedule = Schedule::new(
            self.start_time.unwrap_or(event.schedule.start_time),
            self.end_time.unwrap_or(event.schedule.end_time),
        )
        .map_err(|error| FieldErrors::one("end_time", error))?;
        let name = self.name.clone().unwrap_or_else(|| event.name.clone());
        let revised = event.revise(&at.session, &permit, name, schedule, terms)?;
        tx.events().update(&revised).await?;
        let now = tx.now().await?;
        let entry = audit::entry(Self::NAME, "events", event.id.get(), Some(self.by), now)
            .session(&at.session)
            .event(&event)
            .before(document(&event, &at.session))
            .after(document(&revised, &at.session));
        tx.audit().append(&[entry]).await?;
        Ok((revised, at.session))
    }
}
