use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::event::{Event, Schedule, Secrecy};
use plenum_domain::field::FieldErrors;
use plenum_domain::id::{EventId, OfficeId, SessionId, UserId};
use plenum_domain::nomination::{self, Nomination, Office, OfficeState};
use plenum_domain::permission::{ConductEvents, Permit, WriteEvents};
use plenum_domain::rules::Ineligible;
use plenum_domain::session::Session;
use plenum_domain::text::Description;
use plenum_ports::Tx;
use plenum_ports::documents::EventData;
use plenum_ports::repository::NewEvent;
use serde_json::json;

use super::create_event::document;
use super::nominations::{other_labels, shown_nomination, somebody, terms};
use super::open_event::open;
use crate::audit::{self, Describe};
use crate::keys::KeysInHand;
use crate::load::{self, InSession, Take};
use crate::{App, Env, Failure, UseCase};

/// Closes nominations for offices and prepares an election for each, all of them or none.
#[derive(Clone, Debug)]
pub struct PrepareElections {
    /// In which sitting.
    pub session_id: SessionId,
    /// Who closes them.
    pub by: UserId,
    /// For which offices.
    pub office_ids: Vec<OfficeId>,
    /// Whether voting on them opens at once.
    pub open: bool,
}

/// Opens voting on several events at once, on all of them or none.
#[derive(Clone, Debug)]
pub struct OpenTogether {
    /// In which sitting.
    pub session_id: SessionId,
    /// Who opens them.
    pub by: UserId,
    /// Which events.
    pub event_ids: Vec<EventId>,
}

/// Passes when no number stands there twice.
fn require_distinct<T: PartialEq>(field: &str, ids: &[T]) -> Result<(), FieldErrors> {
    let twice = (0..ids.len()).find(|at| ids[..*at].contains(&ids[*at]));
    twice.map_or(Ok(()), |at| Err(FieldErrors::one(format!("{field}[{at}]"), "is named twice")))
}

#[async_trait]
impl UseCase for PrepareElections {
    const NAME: &'static str = "office.close";
    /// The elections in the order of the offices, with the sitting they belong to.
    type Output = (Vec<Event>, Session);

    /// One key for each election that is secret.
    async fn keys(&self, app: &App) -> Result<KeysInHand, Failure> {
        let mut secret = 0;
        if self.open {
            for id in &self.office_ids {
                let data = app.queries.office(*id).await?.map(|line| line.data);
                let word = data.and_then(|data| data.secrecy);
                secret += usize::from(word.as_deref() == Some(Secrecy::Secret.as_str()));
            }
        }
        Ok(app.fresh_keys(secret).await)
    }

    async fn run(&self, env: &Env, tx: &mut dyn Tx) -> Result<Self::Output, Failure> {
        let at = load::session(tx, self.session_id, self.by, Take::Share).await?;
        let permit = at.permit::<WriteEvents>()?;
        let conduct = if self.open { Some(at.permit::<ConductEvents>()?) } else { None };
        at.session.require_running()?;
        require_distinct("office_ids", &self.office_ids)?;
        // Taken in the order of their numbers, whatever the order they are asked for in.
        let mut places: Vec<usize> = (0..self.office_ids.len()).collect();
        places.sort_by_key(|place| self.office_ids[*place]);
        let now = tx.now().await?;
        let mut prepared = Vec::with_capacity(places.len());
        let mut turn = 0;
        for place in places {
            let (office, data) = self.office(tx, place).await?;
            let nominations = tx.offices().nominations(office.id).await?;
            // Who lost the right to stand since they were put forward is not on the ballot, and everybody sees why.
            let mut people = Vec::with_capacity(nominations.len());
            for nomination in nominations.iter().filter(|nomination| nomination.is_accepted()) {
                people.push(somebody(tx, &at, nomination.candidate).await?);
            }
            let rules = &at.organization.rules.elections;
            let found = office.candidates(&at.session, &permit, rules, &nominations, &people)?;
            self.leave_out(tx, &at, &found.left_out, now).await?;
            let mut event = self.prepare(tx, &at, (&office, &data), &found.standing, now).await?;
            if let Some(conduct) = &conduct {
                let env = Env { keys: env.keys.for_opening(turn), ..env.clone() };
                turn += usize::from(event.is_secret());
                event = open(&env, tx, &event, (&at.session, &at.organization), conduct, now).await?;
            }
            prepared.push((place, event));
        }
        prepared.sort_by_key(|(place, _)| *place);
        Ok((prepared.into_iter().map(|(_, event)| event).collect(), at.session))
    }
}

impl PrepareElections {
    async fn office(&self, tx: &mut dyn Tx, place: usize) -> Result<(Office, EventData), Failure> {
        let found = tx.offices().office_for_update(self.office_ids[place]).await?;
        found.filter(|(office, _)| office.session_id == self.session_id).ok_or_else(|| {
            FieldErrors::one(format!("office_ids[{place}]"), "is no office of this session").into()
        })
    }

    /// Writes down who is not on the ballot although they stood.
    async fn leave_out(
        &self,
        tx: &mut dyn Tx,
        at: &InSession,
        left_out: &[(&Nomination, Ineligible)],
        now: Moment,
    ) -> Result<(), Failure> {
        let mut entries = Vec::with_capacity(left_out.len());
        for (before, why) in left_out {
            let after = Nomination { left_out: Some(*why), ..(*before).clone() };
            tx.offices().put_nomination(&after).await?;
            entries.push(
                audit::entry("nomination.leave_out", "nominations", after.id.get(), Some(self.by), now)
                    .session(&at.session)
                    .before(shown_nomination(before))
                    .after(shown_nomination(&after)),
            );
        }
        Ok(tx.audit().append(&entries).await?)
    }

    /// Prepares the election that fills an office, with those on the ballot who accepted, and closes nominations.
    async fn prepare(
        &self,
        tx: &mut dyn Tx,
        at: &InSession,
        (office, data): (&Office, &EventData),
        candidates: &[&Nomination],
        now: Moment,
    ) -> Result<Event, Failure> {
        let mut people = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            let user = tx.users().get(candidate.candidate).await?.ok_or(Failure::NotFound("person"))?;
            people.push((user.name, user.andrew_id));
        }
        let labels = nomination::labels(&people, &other_labels(data, &at.organization.rules));
        let seats = office.seats_for(candidates.len());
        let mut terms = terms(data, &labels, seats, at).map_err(|errors| errors.under("data"))?;
        if seats < office.seats {
            terms.description = few(&terms.description, candidates.len(), office.seats)?;
        }
        terms.follows = office.follows;
        let event = tx
            .events()
            .insert(&NewEvent {
                session_id: at.session.id,
                name: office.name.clone(),
                schedule: Schedule { start_time: now, end_time: None },
                terms,
                created_by_user_id: self.by,
                created_at: now,
            })
            .await?;
        for (candidate, label) in candidates.iter().zip(labels) {
            tx.offices().put_nomination(&Nomination { option: Some(label), ..(*candidate).clone() }).await?;
        }
        let state = OfficeState::Closed { at: now, by_user_id: self.by, event_id: event.id };
        tx.offices().put_office(&Office { state, ..office.clone() }).await?;
        let closed = audit::entry(Self::NAME, "offices", office.id.get(), Some(self.by), now)
            .session(&at.session)
            .event(&event)
            .before(json!({"state": office.state.as_str()}))
            .after(json!({"state": state.as_str(), "candidates": candidates.len(), "seats": seats}));
        let created = audit::entry("event.create", "events", event.id.get(), Some(self.by), now)
            .session(&at.session)
            .event(&event)
            .after(document(&event, &at.session));
        tx.audit().append(&[closed, created]).await?;
        Ok(event)
    }
}

/// The description with a sentence that says why the election has fewer seats than the office.
fn few(description: &Description, candidates: usize, seats: u32) -> Result<Description, FieldErrors> {
    let stand = if candidates == 1 { "candidate stands" } else { "candidates stand" };
    let sentence = format!("{candidates} {stand} for {seats} seats; the others stay empty.");
    let parts = [description.as_str(), sentence.as_str()];
    let text = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n");
    Description::parse(&text).map_err(|error| FieldErrors::one("data.description", error))
}

/// Opens nominations again for an office whose election is deleted as a draft.
pub(super) async fn reopen(
    tx: &mut dyn Tx,
    event: &Event,
    session: &Session,
    by: UserId,
    now: Moment,
) -> Result<(), Failure> {
    let Some((office, _)) = tx.offices().office_of_event(event.id).await? else { return Ok(()) };
    let Some((office, _)) = tx.offices().office_for_update(office.id).await? else { return Ok(()) };
    let mut entries = Vec::new();
    for nomination in tx.offices().nominations(office.id).await? {
        if nomination.option.is_some() || nomination.left_out.is_some() {
            let after = Nomination { option: None, left_out: None, ..nomination.clone() };
            tx.offices().put_nomination(&after).await?;
            entries.push(
                audit::entry("nomination.reopen", "nominations", after.id.get(), Some(by), now)
                    .session(session)
                    .before(shown_nomination(&nomination))
                    .after(shown_nomination(&after)),
            );
        }
    }
    tx.offices().put_office(&Office { state: OfficeState::Open, ..office.clone() }).await?;
    entries.push(
        audit::entry("office.reopen", "offices", office.id.get(), Some(by), now)
            .session(session)
            .before(json!({"state": office.state.as_str()}))
            .after(json!({"state": OfficeState::Open.as_str()})),
    );
    Ok(tx.audit().append(&entries).await?)
}

#[async_trait]
impl UseCase for OpenTogether {
    const NAME: &'static str = "event.open_together";
    /// The events in the order they were named, with the sitting they belong to.
    type Output = (Vec<Event>, Session);

    /// One key for each event that is secret.
    async fn keys(&self, app: &App) -> Result<KeysInHand, Failure> {
        let mut secret = 0;
        for id in &self.event_ids {
            let line = app.queries.event(*id, self.by).await?;
            secret += usize::from(line.is_some_and(|line| line.event.is_secret()));
        }
        Ok(app.fresh_keys(secret).await)
    }

    async fn run(&self, env: &Env, tx: &mut dyn Tx) -> Result<Self::Output, Failure> {
        let at = load::session(tx, self.session_id, self.by, Take::Share).await?;
        let conduct: Permit<ConductEvents> = at.permit()?;
        require_distinct("event_ids", &self.event_ids)?;
        // Taken in the order of their numbers, as everybody does who takes several.
        let mut places: Vec<usize> = (0..self.event_ids.len()).collect();
        places.sort_by_key(|place| self.event_ids[*place]);
        let mut held = Vec::with_capacity(places.len());
        for place in places {
            let event = tx.events().get_for_update(self.event_ids[place]).await?;
            let event = event.filter(|event| event.session_id == at.session.id).ok_or_else(|| {
                FieldErrors::one(format!("event_ids[{place}]"), "is no event of this session")
            })?;
            held.push((place, event));
        }
        let now = tx.now().await?;
        let mut opened = Vec::with_capacity(held.len());
        let mut turn = 0;
        for (place, event) in held {
            let env = Env { keys: env.keys.for_opening(turn), ..env.clone() };
            turn += usize::from(event.is_secret());
            let event = open(&env, tx, &event, (&at.session, &at.organization), &conduct, now)
                .await
                .map_err(|failure| failure.of(event.id))?;
            opened.push((place, event));
        }
        opened.sort_by_key(|(place, _)| *place);
        Ok((opened.into_iter().map(|(_, event)| event).collect(), at.session))
    }
}
