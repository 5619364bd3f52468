use async_trait::async_trait;
use plenum_domain::event::{Event, Schedule};
use plenum_domain::field::FieldErrors;
use plenum_domain::id::{EventId, UserId};
use plenum_domain::permission::{ConductEvents, Permit};
use plenum_domain::result::{self, Bar, EventResult, Outcome};
use plenum_domain::session::Session;
use plenum_domain::text::Title;
use plenum_domain::tie::Settling;
use plenum_domain::{Moment, Step};
use plenum_ports::documents::ResultData;
use plenum_ports::repository::NewEvent;
use plenum_ports::{StoreError, Tx};
use serde_json::json;

use super::create_event::document;
use crate::audit::{self, Describe};
use crate::{Env, Failure, UseCase, load, mandate};

/// Ends voting on an event and counts it. Closing twice changes nothing.
#[derive(Clone, Copy, Debug)]
pub struct CloseEvent {
    /// Which event.
    pub event_id: EventId,
    /// Who closes it.
    pub by: UserId,
}

/// The schedule closes an event whose end time has come by the database's clock.
#[derive(Clone, Copy, Debug)]
pub struct CloseDueEvent {
    /// Which event.
    pub event_id: EventId,
}

#[async_trait]
impl UseCase for CloseEvent {
    const NAME: &'static str = "event.close";
    /// The event, with the sitting it belongs to.
    type Output = (Event, Session);

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<Self::Output, Failure> {
        let found = load::event(tx, self.event_id, self.by).await?;
        let permit = found.permit::<ConductEvents>()?;
        let now = tx.now().await?;
        let event = count_and_close(tx, &found.event, &found.at.session, &permit, now).await?;
        Ok((event, found.at.session))
    }
}

#[async_trait]
impl UseCase for CloseDueEvent {
    const NAME: &'static str = "event.close_due";
    /// Whether it was closed now.
    type Output = bool;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<bool, Failure> {
        let Some(event) = tx.events().get(self.event_id).await? else { return Ok(false) };
        let Some(session) = tx.sessions().get_for_share(event.session_id).await? else { return Ok(false) };
        let Some(event) = tx.events().get_for_update(self.event_id).await? else { return Ok(false) };
        let now = tx.now().await?;
        let Some(permit) = Permit::by_schedule(&event, now) else { return Ok(false) };
        count_and_close(tx, &event, &session, &permit, now).await?;
        Ok(true)
    }
}

/// Closes and counts an event that is held for update. Votes under way have landed by then, later
/// ones find it closed.
pub(crate) async fn count_and_close(
    tx: &mut dyn Tx,
    event: &Event,
    session: &Session,
    permit: &Permit<ConductEvents>,
    now: Moment,
) -> Result<Event, Failure> {
    let Step::To(closed) = event.close(permit, now)? else { return Ok(event.clone()) };
    let end = closed.schedule.end_time.unwrap_or(now);
    let result = count(tx, event, end, &[]).await?;
    let mut data = ResultData::counted(&result);
    data.next_event_id = prepare_next(tx, event, session, &result, now).await?.map(EventId::get);
    tx.results().insert(event.id, &data, now).await?;
    tx.events().update(&closed).await?;
    mandate::expire(tx, session.id, Some(event.id), now).await?;
    let entry = audit::entry("event.close", "events", event.id.get(), permit.by(), now)
        .session(session)
        .event(event)
        .before(json!({"state": event.state.as_str()}))
        .after(json!({
            "state": closed.state.as_str(),
            "end_time": closed.schedule.end_time,
            "votes": result.cast.people,
        }));
    tx.audit().append(&[entry]).await?;
    Ok(closed)
}

/// Counts the votes of an event that ended at `end`, with what was decided on ties so far.
pub(super) async fn count(
    tx: &mut dyn Tx,
    event: &Event,
    end: Moment,
    decisions: &[String],
) -> Result<EventResult, Failure> {
    let motion = event.terms.rules.ties.motion;
    let votes = tx.events().votes(event).await?;
    let roll = tx.events().roll_lines(event.id, end).await?;
    let quorum = tx.events().quorum_rule(event.id).await?;
    let result = result::settle(
        &event.terms.ballot,
        Settling { motion, decisions },
        Bar::of(event, quorum),
        &roll,
        &votes,
    );
    // The roll's foreign key makes this impossible; should it happen all the same, no result is better
    // than a wrong one.
    if result.cast.people != votes.len() as u64 {
        let reason = format!("{} votes, {} of them on the roll", votes.len(), result.cast.people);
        let row = event.id.get().into();
        return Err(StoreError::Corrupt { table: "votes", column: "principal_user_id", row, reason }.into());
    }
    Ok(result)
}

/// Prepares the vote that a result asks for, a runoff or an election with new nominations, as a draft the chair opens
/// when the time has come. Nothing is prepared for a sitting that is over.
pub(super) async fn prepare_next(
    tx: &mut dyn Tx,
    event: &Event,
    session: &Session,
    result: &EventResult,
    now: Moment,
) -> Result<Option<EventId>, Failure> {
    let Some(terms) = result.next_terms(event).filter(|_| session.require_running().is_ok()) else {
        return Ok(None);
    };
    let suffix = if result.outcome == Outcome::Runoff { " (runoff)" } else { " (new nominations)" };
    let room = Title::MAX - suffix.chars().count();
    let name: String = event.name.as_str().chars().take(room).chain(suffix.chars()).collect();
    let draft = tx
        .events()
        .insert(&NewEvent {
            session_id: event.session_id,
            name: Title::parse(&name).map_err(|error| FieldErrors::one("name", error))?,
            schedule: Schedule { start_time: now, end_time: None },
            terms,
            created_by_user_id: event.created_by_user_id,
            created_at: now,
        })
        .await?;
    let entry = audit::entry("event.create", "events", draft.id.get(), None, now)
        .session(session)
        .event(&draft)
        .after(document(&draft, session));
    tx.audit().append(&[entry]).await?;
    Ok(Some(draft.id))
}
