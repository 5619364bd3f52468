use plenum_domain::Refusal;
use plenum_domain::event::{Event, EventState};
use plenum_domain::id::{SessionId, UserId};
use plenum_domain::permission::{Action, ConductEvents};
use plenum_domain::result;
use plenum_domain::user::User;
use plenum_ports::page::{Page, Paged};
use plenum_ports::queries::Turnout;

use super::mandates::MandateView;
use super::require;
use super::session::Attendance;
use super::voting::Results;
use crate::{App, Failure};

/// Everything that who conducts a sitting has in view.
#[derive(Clone, Debug)]
pub struct Console {
    /// Who is in, and how the quorum stands.
    pub attendance: Attendance,
    /// Every mandate, revoked ones too.
    pub mandates: Vec<MandateView>,
    /// The agenda in order.
    pub events: Vec<ConductedEvent>,
}

/// An event as who conducts it sees it.
#[derive(Clone, Debug)]
pub struct ConductedEvent {
    /// The event.
    pub event: Event,
    /// How many have voted; `None` for a draft.
    pub turnout: Option<Turnout>,
    /// Who has not voted, while voting is open and where the person may see it.
    pub missing: Option<Paged<User>>,
    /// The figures, as far as they may be seen.
    pub results: Option<Results>,
}

impl App {
    /// Everything that who conducts a sitting has in view. A sitting that is over is shown as it ended.
    ///
    /// # Errors
    /// [`Failure::Forbidden`] for who does not conduct it, [`Failure::NotFound`] for strangers.
    pub async fn console(&self, id: SessionId, user: UserId) -> Result<Console, Failure> {
        let line = self.session(id, user).await?;
        require::<ConductEvents>(&line.standing, "session")?;
        let standing = line.standing;
        let mut events = Vec::new();
        for event in self.agenda(id, &standing).await? {
            let turnout = match event.state {
                EventState::Draft => None,
                _ => Some(self.queries.turnout(event.id).await?),
            };
            let active = matches!(event.state, EventState::Active { .. });
            let missing = if active && Action::SeeWhoIsMissing.allows(&standing) {
                Some(self.queries.missing(event.id, Page::first()).await?)
            } else {
                None
            };
            let results = match result::view_results(&event, &standing) {
                Ok(view) => match self.results_of(event.clone(), view).await {
                    Err(Failure::Refused(Refusal::NoResult)) => None,
                    results => Some(results?),
                },
                Err(_) => None,
            };
            events.push(ConductedEvent { event, turnout, missing, results });
        }
        let mandates = self.mandates(id, user).await?;
        Ok(Console { attendance: self.attendance_of(line, None, None).await?, mandates, events })
    }
}
