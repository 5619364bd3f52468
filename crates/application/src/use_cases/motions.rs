use async_trait::async_trait;
use plenum_domain::event::{Event, EventState, Schedule, Terms, Timing};
use plenum_domain::field::FieldErrors;
use plenum_domain::id::{EventId, UserId};
use plenum_domain::motion::{self, Amendment, Link, Motion};
use plenum_domain::permission::{Action, WriteEvents};
use plenum_domain::result::Outcome;
use plenum_domain::rules::EventRules;
use plenum_domain::session::Session;
use plenum_domain::text::{Description, MotionText, Reason, Title};
use plenum_domain::{Moment, Refusal};
use plenum_ports::Tx;
use plenum_ports::repository::NewEvent;
use serde_json::{Value, json};

use super::create_event::document;
use crate::audit::{self, Describe};
use crate::load::InSession;
use crate::{Env, Failure, UseCase, load};

/// Says who moves and seconds a motion, and writes its text; a text that changes becomes a new version.
#[derive(Clone, Debug)]
pub struct WriteMotion {
    /// Which motion.
    pub event_id: EventId,
    /// Who writes.
    pub by: UserId,
    /// Who moves it.
    pub mover: Option<UserId>,
    /// Who seconds it.
    pub seconder: Option<UserId>,
    /// Its text; `None` leaves it as it is.
    pub text: Option<MotionText>,
}

/// Prepares an amendment of a motion, as a motion of its own.
#[derive(Clone, Debug)]
pub struct AmendMotion {
    /// The motion to be amended.
    pub event_id: EventId,
    /// Who prepares it.
    pub by: UserId,
    /// What it is called; after the motion unless said.
    pub name: Option<Title>,
    /// What it does to the text.
    pub change: Amendment,
    /// Who moves it.
    pub mover: Option<UserId>,
    /// Who seconds it.
    pub seconder: Option<UserId>,
}

/// Prepares a motion that was decided to be voted on again.
#[derive(Clone, Debug)]
pub struct ReconsiderMotion {
    /// The motion that was decided.
    pub event_id: EventId,
    /// Who prepares it.
    pub by: UserId,
    /// What it is called; after the motion unless said.
    pub name: Option<Title>,
    /// Who moves the reconsideration.
    pub mover: Option<UserId>,
    /// Who seconds it.
    pub seconder: Option<UserId>,
}

/// Takes a motion back before it is voted on. It stays on the agenda as withdrawn.
#[derive(Clone, Debug)]
pub struct WithdrawMotion {
    /// Which motion.
    pub event_id: EventId,
    /// Who withdraws it: its mover, or the chair.
    pub by: UserId,
    /// Why.
    pub reason: Option<Reason>,
}

/// The part of a motion that the audit log shows; texts are told by their number.
fn shown(motion: &Motion) -> Value {
    json!({
        "mover_user_id": motion.mover.map(UserId::get),
        "seconder_user_id": motion.seconder.map(UserId::get),
        "text_version": motion.texts.last().map(|version| version.number),
        "withdrawn": motion.withdrawal.is_some(),
        "linked_event_id": motion.link.as_ref().map(|link| link.target().get()),
    })
}

async fn known(tx: &mut dyn Tx, event: &Event) -> Result<Motion, Failure> {
    Ok(tx.motions().get(event.id).await?.unwrap_or_else(|| Motion::new(event.id)))
}

/// Passes when mover and seconder are two people whom the organization or the sitting knows.
async fn check_people(
    tx: &mut dyn Tx,
    at: &InSession,
    mover: Option<UserId>,
    seconder: Option<UserId>,
) -> Result<(), Failure> {
    if mover.is_some() && mover == seconder {
        return Err(FieldErrors::one("seconder_user_id", "must be another person than the mover").into());
    }
    for (field, user) in [("mover_user_id", mover), ("seconder_user_id", seconder)] {
        let Some(user) = user else { continue };
        let member = tx.organizations().member(at.session.organization_id, user).await?;
        if member.is_none() && tx.attendance().own(at.session.id, user).await?.is_none() {
            let message = "is neither a member of the organization nor in this session";
            return Err(FieldErrors::one(field, message).into());
        }
    }
    Ok(())
}

/// Passes while the text of a motion may change.
fn require_open_text(event: &Event, motion: &Motion, session: &Session) -> Result<(), Refusal> {
    motion::require_motion(event)?;
    session.require_running()?;
    motion.require_standing()?;
    if event.state == EventState::Draft { Ok(()) } else { Err(Refusal::MotionTextSettled) }
}

#[async_trait]
impl UseCase for WriteMotion {
    const NAME: &'static str = "motion.write";
    type Output = ();

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<(), Failure> {
        let found = load::event(tx, self.event_id, self.by).await?;
        found.permit::<WriteEvents>()?;
        let (event, at) = (found.event, found.at);
        let before = known(tx, &event).await?;
        require_open_text(&event, &before, &at.session)?;
        check_people(tx, &at, self.mover, self.seconder).await?;
        let now = tx.now().await?;
        let mut after = Motion { mover: self.mover, seconder: self.seconder, ..before.clone() };
        tx.motions().put(&after).await?;
        let next = self.text.clone().and_then(|text| before.next_text(text, self.by, now, None));
        if let Some(version) = next {
            tx.motions().add_text(event.id, &version).await?;
            after.texts.push(version);
        }
        let entry = audit::entry(Self::NAME, "motions", event.id.get(), Some(self.by), now)
            .session(&at.session)
            .event(&event)
            .before(shown(&before))
            .after(shown(&after));
        tx.audit().append(&[entry]).await?;
        Ok(())
    }
}

/// Prepares an event that is tied to another one.
async fn prepare(
    tx: &mut dyn Tx,
    at: &InSession,
    by: UserId,
    (name, terms): (Title, Terms),
    motion: impl FnOnce(EventId) -> Motion + Send,
) -> Result<(Event, Moment), Failure> {
    let now = tx.now().await?;
    let event = tx
        .events()
        .insert(&NewEvent {
            session_id: at.session.id,
            name,
            schedule: Schedule { start_time: now, end_time: None },
            terms,
            created_by_user_id: by,
            created_at: now,
        })
        .await?;
    let motion = motion(event.id);
    tx.motions().put(&motion).await?;
    let created = audit::entry("event.create", "events", event.id.get(), Some(by), now)
        .session(&at.session)
        .event(&event)
        .after(document(&event, &at.session));
    let linked = audit::entry("motion.write", "motions", event.id.get(), Some(by), now)
        .session(&at.session)
        .event(&event)
        .after(shown(&motion));
    tx.audit().append(&[created, linked]).await?;
    Ok((event, now))
}

/// The terms of an event, for another one that is not opened yet.
fn afresh(terms: &Terms, description: Description) -> Terms {
    Terms {
        description,
        timing: Timing { opens_by_itself: false, ..terms.timing },
        rules: EventRules::default(),
        ..terms.clone()
    }
}

/// A name with a word before it, cut to the length a name may have.
fn named(word: &str, name: &Title) -> Result<Title, FieldErrors> {
    let text: String = format!("{word}: {name}").chars().take(Title::MAX).collect();
    Title::parse(&text).map_err(|error| FieldErrors::one("name", error))
}

#[async_trait]
impl UseCase for AmendMotion {
    const NAME: &'static str = "motion.amend";
    /// The amendment, a draft, with the sitting it belongs to.
    type Output = (Event, Session);

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<Self::Output, Failure> {
        let found = load::event(tx, self.event_id, self.by).await?;
        found.permit::<WriteEvents>()?;
        let (event, at) = (found.event, found.at);
        let main = known(tx, &event).await?;
        require_open_text(&event, &main, &at.session)?;
        check_people(tx, &at, self.mover, self.seconder).await?;
        if self.change.replaces.as_str().is_empty() && self.change.inserts.as_str().is_empty() {
            let message = "must say what is inserted, or replaces what is struck out";
            return Err(FieldErrors::one("inserts", message).into());
        }
        // Whether it fits the text as it is now; another amendment may change that before it is adopted.
        let empty = MotionText::parse("").map_err(|error| FieldErrors::one("text", error))?;
        self.change.apply(main.text().unwrap_or(&empty))?;
        let name = self.name.clone().map_or_else(|| named("Amendment", &event.name), Ok)?;
        let majority = at.organization.rules.motion_majority;
        // An amendment takes the usual majority, whatever the motion itself needs.
        let terms = plenum_ports::documents::EventData::default().read(
            event.event_type(),
            at.session.join_code.as_str(),
            majority,
        )?;
        let terms = Terms {
            visibility: event.terms.visibility,
            proxy: event.terms.proxy,
            secrecy: event.terms.secrecy,
            voters: event.terms.voters.clone(),
            ..terms
        };
        let link = Some(Link::Amends { main: event.id, change: self.change.clone() });
        let (mover, seconder) = (self.mover, self.seconder);
        let new = |id| Motion { mover, seconder, link, ..Motion::new(id) };
        let (amendment, _) = prepare(tx, &at, self.by, (name, terms), new).await?;
        Ok((amendment, at.session))
    }
}

#[async_trait]
impl UseCase for ReconsiderMotion {
    const NAME: &'static str = "motion.reconsider";
    /// The new motion, a draft, with the sitting it belongs to.
    type Output = (Event, Session);

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<Self::Output, Failure> {
        let found = load::event(tx, self.event_id, self.by).await?;
        found.permit::<WriteEvents>()?;
        let (event, at) = (found.event, found.at);
        at.session.require_running()?;
        let outcome = tx.results().get(event.id).await?.and_then(|result| result.outcome);
        motion::require_decided(&event, outcome.as_deref().and_then(Outcome::of_word))?;
        check_people(tx, &at, self.mover, self.seconder).await?;
        let decided = known(tx, &event).await?;
        let name = self.name.clone().map_or_else(|| named("Reconsideration", &event.name), Ok)?;
        let terms = afresh(&event.terms, event.terms.description.clone());
        let (mover, seconder) = (self.mover, self.seconder);
        let link = Some(Link::Reconsiders(event.id));
        let new = |id| Motion { mover, seconder, link, ..Motion::new(id) };
        let (again, now) = prepare(tx, &at, self.by, (name, terms), new).await?;
        if let Some(text) = decided.text().cloned() {
            let first = Motion::new(again.id).next_text(text, self.by, now, None);
            if let Some(first) = first {
                tx.motions().add_text(again.id, &first).await?;
            }
        }
        Ok((again, at.session))
    }
}

#[async_trait]
impl UseCase for WithdrawMotion {
    const NAME: &'static str = "motion.withdraw";
    type Output = ();

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<(), Failure> {
        let found = load::event(tx, self.event_id, self.by).await?;
        let (event, at) = (found.event, found.at);
        if !at.standing.may_know() {
            return Err(Failure::NotFound("event"));
        }
        let before = known(tx, &event).await?;
        let conducts = Action::ConductEvents.allows(&at.standing);
        let now = tx.now().await?;
        let withdrawal = before.withdraw(&event, &at.session, self.by, conducts, self.reason.clone(), now)?;
        let after = Motion { withdrawal: Some(withdrawal), ..before.clone() };
        tx.motions().put(&after).await?;
        let mut told = shown(&after);
        told["reason"] = json!(self.reason.as_ref().map(Reason::as_str));
        let entry = audit::entry(Self::NAME, "motions", event.id.get(), Some(self.by), now)
            .session(&at.session)
            .event(&event)
            .before(shown(&before))
            .after(told);
        tx.audit().append(&[entry]).await?;
        Ok(())
    }
}

/// Passes when an event may be opened as far as it is a motion: not withdrawn, its amendments settled.
pub(crate) async fn require_votable(tx: &mut dyn Tx, event: &Event) -> Result<(), Failure> {
    if let Some(motion) = tx.motions().get(event.id).await? {
        motion.require_standing()?;
    }
    let amendments = tx.motions().amendments(event.id).await?;
    Ok(motion::require_amendments_settled(&amendments)?)
}

/// Writes an adopted amendment into the text it amends, as its result is released: before that nobody
/// may learn that it was adopted. A text that has changed since and does not hold the words any more
/// stays as it is, and the audit log says so; the chair writes it then.
pub(crate) async fn apply_amendment(
    tx: &mut dyn Tx,
    event: &Event,
    session: &Session,
    outcome: Option<&str>,
    by: UserId,
    now: Moment,
) -> Result<(), Failure> {
    if outcome.and_then(Outcome::of_word) != Some(Outcome::Adopted) {
        return Ok(());
    }
    let Some(Motion { link: Some(Link::Amends { main, change }), .. }) = tx.motions().get(event.id).await?
    else {
        return Ok(());
    };
    // Amendments are released one at a time: both would build on the same text otherwise.
    let Some(main) = tx.events().get_for_update(main).await? else { return Ok(()) };
    let motion = known(tx, &main).await?;
    let empty = MotionText::parse("").map_err(|error| FieldErrors::one("text", error))?;
    let amended = require_open_text(&main, &motion, session)
        .and_then(|()| change.apply(motion.text().unwrap_or(&empty)));
    let told = match amended {
        Ok(text) => {
            let next = motion.next_text(text, by, now, Some((event.id, change)));
            if motion.texts.is_empty() {
                tx.motions().put(&motion).await?;
            }
            if let Some(version) = &next {
                tx.motions().add_text(main.id, version).await?;
            }
            json!({"text_version": next.map(|version| version.number), "amendment_event_id": event.id.get()})
        }
        Err(refusal) => json!({"not_applied": refusal.code(), "amendment_event_id": event.id.get()}),
    };
    let entry = audit::entry("motion.amended", "motions", main.id.get(), Some(by), now)
        .session(session)
        .event(&main)
        .before(shown(&motion))
        .after(told);
    tx.audit().append(&[entry]).await?;
    Ok(())
}
