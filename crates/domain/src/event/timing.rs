//! What an event does by itself, and what the chair does to it while voting is on: more time, and
//! figures that are shown or hidden.

use chrono::TimeDelta;

use crate::event::{Event, EventState, EventType, Schedule, Terms, Visibility, WrongMove};
use crate::permission::{ConductEvents, Permit};
use crate::rules::{Durations, EventRules, Rules, Seconds};
use crate::{Moment, Refusal, Step};

/// What an event does by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// Whether it opens when its start time comes.
    pub opens_by_itself: bool,
    /// How long voting lasts from its start where no end time is set; `None`: until the chair closes it.
    pub duration: Option<Seconds>,
}

/// By how much, or until when, voting goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extension {
    /// So much longer than it would have.
    By(Seconds),
    /// Until this moment.
    Until(Moment),
}

impl Durations {
    /// How long voting on such an event lasts.
    pub const fn of(&self, event_type: EventType) -> Option<Seconds> {
        match event_type {
            EventType::Motion => self.motion,
            EventType::Election => self.election,
        }
    }
}

impl Event {
    /// The draft with everything settled that the organization's rules settle at the opening. From then
    /// on the event alone says what holds for it.
    #[must_use]
    pub fn under(&self, rules: &Rules) -> Self {
        let timing = self.terms.timing;
        let terms = Terms {
            proxy: self.terms.proxy && rules.proxies.allowed,
            timing: Timing {
                duration: timing.duration.or_else(|| rules.durations.of(self.event_type())),
                ..timing
            },
            rules: EventRules::of(rules),
            ballot: self.terms.ballot.clone().under(rules.ties.election),
            ..self.terms.clone()
        };
        Self { terms, ..self.clone() }
    }

    /// Whether it is to be opened by the schedule now.
    pub fn opens_now(&self, now: Moment) -> bool {
        self.state == EventState::Draft
            && self.terms.timing.opens_by_itself
            && self.schedule.start_time <= now
    }

    /// When voting that starts at `start` ends: at the end time that was set, or after the duration.
    pub(super) fn end_from(&self, start: Moment) -> Option<Moment> {
        let lasting = self.terms.timing.duration.map(|duration| start + duration.span());
        self.schedule.end_time.or(lasting)
    }

    /// Gives an open vote more time.
    ///
    /// # Errors
    /// [`Refusal::WrongMove`] unless it is open, [`Refusal::NothingToExtend`] when it has no end,
    /// [`Refusal::ExtensionTooLate`] when its end has come, [`Refusal::ExtensionNotLater`] when the new
    /// end is not later than the old one or lies more than a year ahead.
    pub fn extend(
        &self,
        _permit: &Permit<ConductEvents>,
        extension: Extension,
        now: Moment,
    ) -> Result<Self, Refusal> {
        match self.state {
            EventState::Active { .. } => {}
            EventState::Draft => return Err(WrongMove::ExtendBeforeOpening.into()),
            EventState::Closed(_) | EventState::Released { .. } => {
                return Err(WrongMove::ExtendAfterClose.into());
            }
            EventState::Annulled { .. } => return Err(WrongMove::ExtendAfterAnnulment.into()),
        }
        let end = self.schedule.end_time.ok_or(Refusal::NothingToExtend)?;
        if end <= now {
            return Err(Refusal::ExtensionTooLate);
        }
        let later = match extension {
            Extension::By(seconds) => end + seconds.span(),
            Extension::Until(moment) => moment,
        };
        if later <= end || later > now + TimeDelta::days(366) {
            return Err(Refusal::ExtensionNotLater);
        }
        let schedule = Schedule { end_time: Some(later), ..self.schedule };
        Ok(Self { schedule, ..self.clone() })
    }

    /// Shows the figures of an open vote to those who take part, or hides them again.
    ///
    /// # Errors
    /// [`Refusal::WrongMove`] unless it is open.
    pub fn share(&self, _permit: &Permit<ConductEvents>, shared: bool) -> Result<Step<Self>, Refusal> {
        match self.state {
            EventState::Active { .. } => {}
            EventState::Draft => return Err(WrongMove::ShareBeforeOpening.into()),
            EventState::Closed(_) => return Err(WrongMove::ShareAfterClose.into()),
            EventState::Released { .. } => return Err(WrongMove::ShareAfterRelease.into()),
            EventState::Annulled { .. } => return Err(WrongMove::ShareAfterAnnulment.into()),
        }
        let visibility = if shared { Visibility::Live } else { Visibility::HiddenUntilRelease };
        if self.terms.visibility == visibility {
            return Ok(Step::Unchanged);
        }
        let terms = Terms { visibility, ..self.terms.clone() };
        Ok(Step::To(Self { terms, ..self.clone() }))
    }
}
