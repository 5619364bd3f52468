use async_trait::async_trait;
use plenum_domain::event::{Annulment, Event, Method, Schedule};
use plenum_domain::field::FieldErrors;
use plenum_domain::id::{EventId, OfficeId, UserId};
use plenum_domain::permission::{ConductEvents, Permit};
use plenum_domain::result::{self, Bar, EventResult, Outcome, RollLine};
use plenum_domain::secret::{self, Counted};
use plenum_domain::session::Session;
use plenum_domain::text::Title;
use plenum_domain::tie::Settling;
use plenum_domain::vote::Response;
use plenum_domain::{Moment, Step};
use plenum_ports::documents::{EventData, ResultData};
use plenum_ports::repository::{NewEvent, NewOffice};
use plenum_ports::{StoreError, Tx};
use serde_json::json;

use super::count_secret::{keep_ballots, kept_votes, open_envelopes};
use super::create_event::document;
use super::log_count::CountLog;
use super::nominations::open_office;
use crate::audit::{self, Describe};
use crate::keys::KeysInHand;
use crate::{App, Env, Failure, UseCase, load, mandate};

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

    async fn keys(&self, app: &App) -> Result<KeysInHand, Failure> {
        app.keys_to_close(self.event_id).await
    }

    async fn run(&self, env: &Env, tx: &mut dyn Tx) -> Result<Self::Output, Failure> {
        let found = load::event(tx, self.event_id, self.by).await?;
        let permit = found.permit::<ConductEvents>()?;
        let now = tx.now().await?;
        let event = count_and_close(env, tx, &found.event, &found.at.session, &permit, now).await?;
        Ok((event, found.at.session))
    }
}

#[async_trait]
impl UseCase for CloseDueEvent {
    const NAME: &'static str = "event.close_due";
    /// Whether it was closed now.
    type Output = bool;

    async fn keys(&self, app: &App) -> Result<KeysInHand, Failure> {
        app.keys_to_close(self.event_id).await
    }

    async fn run(&self, env: &Env, tx: &mut dyn Tx) -> Result<bool, Failure> {
        let Some(event) = tx.events().get(self.event_id).await? else { return Ok(false) };
        let Some(session) = tx.sessions().get_for_share(event.session_id).await? else { return Ok(false) };
        let Some(event) = tx.events().get_for_update(self.event_id).await? else { return Ok(false) };
        let now = tx.now().await?;
        let Some(permit) = Permit::by_schedule(&event, now) else { return Ok(false) };
        count_and_close(env, tx, &event, &session, &permit, now).await?;
        Ok(true)
    }
}

/// Closes and counts an event that is held for update. Votes under way have landed by then, later
/// ones find it closed.
///
/// A secret vote whose key is lost cannot be counted: it is void from here on.
pub(crate) async fn count_and_close(
    env: &Env,
    tx: &mut dyn Tx,
    event: &Event,
    session: &Session,
    permit: &Permit<ConductEvents>,
    now: Moment,
) -> Result<Event, Failure> {
    let Step::To(closed) = event.close(permit, now)? else { return Ok(event.clone()) };
    let end = closed.schedule.end_time.unwrap_or(now);
    let roll = tx.events().roll_lines(event.id, end).await?;
    let (result, logged) = if event.is_secret() {
        let Some(opened) = open_envelopes(env, tx, event).await? else {
            return declare_void(tx, event, session, permit, now).await;
        };
        let counted = tally(tx, event, &roll, &[], &opened.votes).await?;
        let logged = CountLog::secret(event, &roll, &opened, counted.ballots.as_deref());
        keep_ballots(env, tx, event, counted.ballots, now).await?;
        (counted.result, logged)
    } else {
        let votes = tx.events().votes(event).await?;
        let counted = tally(tx, event, &roll, &[], &votes).await?;
        (counted.result, CountLog::recorded(event, &roll, &votes))
    };
    let mut data = ResultData::counted(&result);
    prepare_next(tx, event, session, &result, now).await?.note(&mut data);
    tx.results().insert(event.id, &data, now).await?;
    env.observer.reached("close.result_written");
    tx.events().update(&closed).await?;
    env.observer.reached("close.event_written");
    mandate::expire(tx, session, Some(event.id), now).await?;
    let entry = audit::entry("event.close", "events", event.id.get(), permit.by(), now)
        .session(session)
        .event(event)
        .before(json!({"state": event.state.as_str()}))
        .after(json!({
            "state": closed.state.as_str(),
            "end_time": closed.schedule.end_time,
            "votes": result.cast.people,
        }))
        .sealed("result", json!(data));
    tx.audit().append(&[logged.onto(entry)]).await?;
    env.observer.reached("close.ready");
    Ok(closed)
}

/// Counts the votes of an event that ended at `end`, with what was decided on ties so far.
///
/// Of a secret one what was in the envelopes is counted again: the key is gone.
pub(super) async fn count(
    tx: &mut dyn Tx,
    event: &Event,
    end: Moment,
    decisions: &[String],
) -> Result<EventResult, Failure> {
    let votes =
        if event.is_secret() { kept_votes(tx, event, end).await? } else { tx.events().votes(event).await? };
    let roll = tx.events().roll_lines(event.id, end).await?;
    Ok(tally(tx, event, &roll, decisions, &votes).await?.result)
}

/// Counts these votes, which were cast by people on this roll.
async fn tally(
    tx: &mut dyn Tx,
    event: &Event,
    roll: &[RollLine],
    decisions: &[String],
    votes: &[(UserId, Response)],
) -> Result<Counted, Failure> {
    let settling = Settling { motion: event.terms.rules.ties.motion, decisions };
    let quorum = tx.events().quorum_rule(event.id).await?;
    let (ballot, bar) = (&event.terms.ballot, Bar::of(event, quorum));
    let counted = if event.is_secret() {
        secret::count(ballot, settling, bar, roll, votes)
    } else {
        Counted { result: result::settle(ballot, settling, bar, roll, votes), ballots: None }
    };
    // The roll's foreign key makes this impossible; should it happen all the same, no result is better
    // than a wrong one.
    let people = counted.result.cast.people;
    if people != votes.len() as u64 {
        let reason = format!("{} votes, {people} of them on the roll", votes.len());
        let row = event.id.get().into();
        return Err(StoreError::Corrupt { table: "votes", column: "principal_user_id", row, reason }.into());
    }
    Ok(counted)
}

/// What was prepared because of a result.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Next {
    event: Option<EventId>,
    office: Option<OfficeId>,
}

impl Next {
    /// Says it in the result.
    pub(super) fn note(self, data: &mut ResultData) {
        data.next_event_id = self.event.map(EventId::get);
        data.next_office_id = self.office.map(OfficeId::get);
    }
}

/// The office that an election fills, or the one it is a runoff for, and how its election was to be held.
async fn office_behind(tx: &mut dyn Tx, event: &Event) -> Result<Option<EventData>, Failure> {
    let mut next = Some(event.clone());
    while let Some(event) = next {
        if let Some((_, data)) = tx.offices().office_of_event(event.id).await? {
            return Ok(Some(data));
        }
        next = match event.terms.follows {
            Some(id) => tx.events().get(id).await?,
            None => None,
        };
    }
    Ok(None)
}

/// A name with what it is for behind it, cut to the length a name may have.
fn named(event: &Event, suffix: &str) -> Result<Title, FieldErrors> {
    let room = Title::MAX - suffix.chars().count();
    let name: String = event.name.as_str().chars().take(room).chain(suffix.chars()).collect();
    Title::parse(&name).map_err(|error| FieldErrors::one("name", error))
}

/// Prepares the vote that a result asks for, a runoff or an election with new nominations, as a draft the chair opens
/// when the time has come. Where the candidates came from nominations those are opened again. Nothing is prepared for a
/// sitting that is over.
pub(super) async fn prepare_next(
    tx: &mut dyn Tx,
    event: &Event,
    session: &Session,
    result: &EventResult,
    now: Moment,
) -> Result<Next, Failure> {
    let Some(terms) = result.next_terms(event).filter(|_| session.require_running().is_ok()) else {
        return Ok(Next::default());
    };
    let suffix = if result.outcome == Outcome::Runoff { " (runoff)" } else { " (new nominations)" };
    let name = named(event, suffix)?;
    if result.outcome == Outcome::ReopenNominations
        && let (Some(data), Method::Election(method)) =
            (office_behind(tx, event).await?, terms.ballot.method())
    {
        let new = NewOffice {
            session_id: event.session_id,
            name,
            seats: method.seats(),
            data,
            follows: Some(event.id),
            created_by_user_id: event.created_by_user_id,
            created_at: now,
        };
        let office = open_office(tx, session, &new, None, now).await?;
        return Ok(Next { office: Some(office.id), event: None });
    }
    let draft = tx
        .events()
        .insert(&NewEvent {
            session_id: event.session_id,
            name,
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
    Ok(Next { event: Some(draft.id), office: None })
}

/// The key of a secret vote is lost: nobody will ever know what was cast.
async fn declare_void(
    tx: &mut dyn Tx,
    event: &Event,
    session: &Session,
    permit: &Permit<ConductEvents>,
    now: Moment,
) -> Result<Event, Failure> {
    let Step::To(void) = event.lose_key(permit, now)? else { return Ok(event.clone()) };
    tracing::error!(event_id = %event.id, "the key of a secret vote is lost; the vote is void");
    tx.events().update(&void).await?;
    tx.sealed().retire_key(event.id, now).await?;
    mandate::expire(tx, session, Some(event.id), now).await?;
    let annulment = void.state.annulment();
    let entry = audit::entry("event.void", "events", event.id.get(), permit.by(), now)
        .session(session)
        .event(event)
        .before(json!({"state": event.state.as_str()}))
        .after(json!({
            "state": void.state.as_str(),
            "code": annulment.and_then(Annulment::code),
            "reason": annulment.map(|annulment| annulment.reason.as_str()),
        }));
    tx.audit().append(&[entry]).await?;
    Ok(void)
}

impl App {
    /// What it takes to open the envelopes of an event, when it is a secret one that is not counted yet.
    async fn keys_to_close(&self, event: EventId) -> Result<KeysInHand, Failure> {
        let seal = self.queries.seal(event).await?.filter(|found| found.retired_at.is_none());
        Ok(self.keys_of(seal.map(|found| found.seal).into_iter().collect()).await)
    }
}
