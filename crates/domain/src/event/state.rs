//! The states of an event and the steps between them.

use crate::event::{Event, Schedule, Terms, WrongMove};
use crate::id::UserId;
use crate::permission::{ConductEvents, Permit, WriteEvents};
use crate::session::Session;
use crate::text::{Reason, Title};
use crate::{Moment, Refusal, Step};

/// When an event was open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// When the roll was fixed.
    pub opened_at: Moment,
    /// When the last vote could be cast; the event was counted then.
    pub closed_at: Moment,
}

/// Why and when an event was declared void.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annulment {
    /// When.
    pub annulled_at: Moment,
    /// Who did it; `None` for a secret vote that is void because its key was lost.
    pub annulled_by_user_id: Option<UserId>,
    /// Their reason.
    pub reason: Reason,
}

impl Annulment {
    /// The code of an annulment that nobody decided on.
    pub const fn code(&self) -> Option<&'static str> {
        if self.annulled_by_user_id.is_none() { Some("key_lost") } else { None }
    }
}

/// Why a secret vote without its key is void.
const KEY_LOST: &str = "The key of this secret vote was lost before its votes were counted, and without it nobody can \
    open what was cast. Prepare a new event and vote again.";

/// Where an event stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventState {
    /// Being prepared: may be changed and deleted.
    Draft,
    /// Open for voting; the roll is fixed.
    Active {
        /// When it was opened.
        opened_at: Moment,
    },
    /// Voting is over and counted; the host sees the result.
    Closed(Counted),
    /// The result is published and final.
    Released {
        /// When it was open.
        counted: Counted,
        /// When it was published.
        released_at: Moment,
    },
    /// Declared void; everything is kept.
    Annulled {
        /// When it was opened.
        opened_at: Moment,
        /// When it was counted; `None` when it was annulled while open.
        closed_at: Option<Moment>,
        /// When its result had been published before.
        released_at: Option<Moment>,
        /// Why.
        annulment: Annulment,
    },
}

impl EventState {
    /// The word for the state.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Active { .. } => "active",
            Self::Closed(_) => "closed",
            Self::Released { .. } => "released",
            Self::Annulled { .. } => "annulled",
        }
    }

    /// The published `status`: `active` while votes can be cast, else `inactive`.
    pub const fn status(&self) -> &'static str {
        if matches!(self, Self::Active { .. }) { "active" } else { "inactive" }
    }

    /// When it was opened.
    pub const fn opened_at(&self) -> Option<Moment> {
        match self {
            Self::Draft => None,
            Self::Active { opened_at } | Self::Annulled { opened_at, .. } => Some(*opened_at),
            Self::Closed(counted) | Self::Released { counted, .. } => Some(counted.opened_at),
        }
    }

    /// When it was closed and counted.
    pub const fn closed_at(&self) -> Option<Moment> {
        match self {
            Self::Draft | Self::Active { .. } => None,
            Self::Closed(counted) | Self::Released { counted, .. } => Some(counted.closed_at),
            Self::Annulled { closed_at, .. } => *closed_at,
        }
    }

    /// When its result was published.
    pub const fn released_at(&self) -> Option<Moment> {
        match self {
            Self::Released { released_at, .. } => Some(*released_at),
            Self::Annulled { released_at, .. } => *released_at,
            _ => None,
        }
    }

    /// Why it is void.
    pub const fn annulment(&self) -> Option<&Annulment> {
        match self {
            Self::Annulled { annulment, .. } => Some(annulment),
            _ => None,
        }
    }
}

impl Event {
    /// Changes a draft.
    ///
    /// # Errors
    /// [`Refusal::EventNotDraft`] once it was opened, [`Refusal::SessionClosed`].
    pub fn revise(
        &self,
        session: &Session,
        _permit: &Permit<WriteEvents>,
        name: Title,
        schedule: Schedule,
        terms: Terms,
    ) -> Result<Self, Refusal> {
        self.require_draft(session)?;
        Ok(Self { name, schedule, terms, ..self.clone() })
    }

    /// Passes when the draft may be deleted.
    ///
    /// # Errors
    /// [`Refusal::EventNotDraft`] once it was opened, [`Refusal::SessionClosed`].
    pub fn delete(&self, session: &Session, _permit: &Permit<WriteEvents>) -> Result<(), Refusal> {
        self.require_draft(session)
    }

    /// Passes while the event may be changed and deleted.
    ///
    /// # Errors
    /// [`Refusal::EventNotDraft`] once it was opened, [`Refusal::SessionClosed`].
    pub fn require_draft(&self, session: &Session) -> Result<(), Refusal> {
        session.require_running()?;
        if self.state == EventState::Draft { Ok(()) } else { Err(Refusal::EventNotDraft) }
    }

    /// Opens voting. The start time moves to now unless it was set later; where no end was set, voting
    /// ends after its duration. Opening twice changes nothing.
    ///
    /// # Errors
    /// [`Refusal::WrongMove`], [`Refusal::SessionClosed`], [`Refusal::EndTimePassed`].
    pub fn open(
        &self,
        session: &Session,
        _permit: &Permit<ConductEvents>,
        now: Moment,
    ) -> Result<Step<Self>, Refusal> {
        match self.state {
            EventState::Draft => {
                session.require_running()?;
                let start_time = self.schedule.start_time.max(now);
                let schedule = Schedule::new(start_time, self.end_from(start_time))
                    .map_err(|_| Refusal::EndTimePassed)?;
                Ok(Step::To(Self { state: EventState::Active { opened_at: now }, schedule, ..self.clone() }))
            }
            EventState::Active { .. } => Ok(Step::Unchanged),
            EventState::Closed(_) | EventState::Released { .. } => Err(WrongMove::OpenAfterClose.into()),
            EventState::Annulled { .. } => Err(WrongMove::OpenAfterAnnulment.into()),
        }
    }

    /// Ends voting. An end time that has passed stays as it was set; otherwise the end is now.
    ///
    /// Closing what is closed changes nothing.
    ///
    /// # Errors
    /// [`Refusal::WrongMove`] for a draft or an annulled event.
    pub fn close(&self, _permit: &Permit<ConductEvents>, now: Moment) -> Result<Step<Self>, Refusal> {
        match self.state {
            EventState::Active { opened_at } => {
                let end = self.schedule.end_time.map_or(now, |end| end.min(now));
                // An event opened ahead of its start and closed before it keeps a valid schedule.
                let start_time = self.schedule.start_time.min(end);
                Ok(Step::To(Self {
                    state: EventState::Closed(Counted { opened_at, closed_at: now }),
                    schedule: Schedule { start_time, end_time: Some(end) },
                    ..self.clone()
                }))
            }
            EventState::Closed(_) | EventState::Released { .. } => Ok(Step::Unchanged),
            EventState::Draft => Err(WrongMove::CloseBeforeOpening.into()),
            EventState::Annulled { .. } => Err(WrongMove::CloseAfterAnnulment.into()),
        }
    }

    /// Publishes the result; doing it twice changes nothing.
    ///
    /// # Errors
    /// [`Refusal::WrongMove`] when it was not counted or was annulled.
    pub fn release(&self, _permit: &Permit<ConductEvents>, now: Moment) -> Result<Step<Self>, Refusal> {
        match self.state {
            EventState::Closed(counted) => Ok(Step::To(Self {
                state: EventState::Released { counted, released_at: now },
                ..self.clone()
            })),
            EventState::Released { .. } => Ok(Step::Unchanged),
            EventState::Draft => Err(WrongMove::ReleaseBeforeOpening.into()),
            EventState::Active { .. } => Err(WrongMove::ReleaseBeforeClose.into()),
            EventState::Annulled { .. } => Err(WrongMove::ReleaseAfterAnnulment.into()),
        }
    }

    /// Passes while a tie that its result met may be decided: after it is counted and before it is released.
    ///
    /// # Errors
    /// [`Refusal::WrongMove`] at any other time.
    pub fn require_undecided(&self, _permit: &Permit<ConductEvents>) -> Result<(), Refusal> {
        match self.state {
            EventState::Closed(_) => Ok(()),
            EventState::Draft | EventState::Active { .. } => Err(WrongMove::TieBeforeClose.into()),
            EventState::Released { .. } => Err(WrongMove::TieAfterRelease.into()),
            EventState::Annulled { .. } => Err(WrongMove::TieAfterAnnulment.into()),
        }
    }

    /// Declares it void for a reason; votes and result are kept as they were.
    ///
    /// # Errors
    /// [`Refusal::WrongMove`] for a draft, which is deleted instead, or when it is annulled already.
    pub fn annul(
        &self,
        _permit: &Permit<ConductEvents>,
        by: UserId,
        reason: Reason,
        now: Moment,
    ) -> Result<Self, Refusal> {
        let Some(opened_at) = self.state.opened_at() else {
            return Err(WrongMove::AnnulBeforeOpening.into());
        };
        if self.state.annulment().is_some() {
            return Err(WrongMove::AnnulTwice.into());
        }
        let annulment = Annulment { annulled_at: now, annulled_by_user_id: Some(by), reason };
        Ok(self.annulled(opened_at, annulment))
    }

    /// What becomes of a secret vote whose key is lost: it is void, and says why. Once counted it needs
    /// no key any more and nothing changes.
    ///
    /// # Errors
    /// [`Refusal::WrongMove`] for a draft or an annulled event.
    ///
    /// # Panics
    /// Never: the reason is a constant that is a reason.
    pub fn lose_key(&self, permit: &Permit<ConductEvents>, now: Moment) -> Result<Step<Self>, Refusal> {
        match (self.close(permit, now)?, self.state.opened_at()) {
            (Step::To(_), Some(opened_at)) => {
                // Unwrap safety: the sentence is there and short.
                let reason = Reason::parse(KEY_LOST).expect("a reason");
                let annulment = Annulment { annulled_at: now, annulled_by_user_id: None, reason };
                Ok(Step::To(self.annulled(opened_at, annulment)))
            }
            _ => Ok(Step::Unchanged),
        }
    }

    fn annulled(&self, opened_at: Moment, annulment: Annulment) -> Self {
        let now = annulment.annulled_at;
        let end = self.schedule.end_time.map_or(now, |end| end.min(now));
        let schedule = Schedule { start_time: self.schedule.start_time.min(end), end_time: Some(end) };
        Self {
            state: EventState::Annulled {
                opened_at,
                closed_at: self.state.closed_at(),
                released_at: self.state.released_at(),
                annulment,
            },
            schedule,
            ..self.clone()
        }
    }
}
