use plenum_domain::Moment;
use plenum_domain::attendance::UserSession;
use plenum_domain::event::{Event, EventState};
use plenum_domain::id::{SessionId, UserId};
use plenum_domain::permission::{FollowEvents, Standing};
use plenum_domain::proxy::{self, Mandate};
use plenum_domain::result::{self, ResultView};
use plenum_domain::roll::{self, Quorum};
use plenum_ports::documents::ResultData;
use plenum_ports::queries::{SessionLine, Turnout};

use super::require;
use crate::secret::Secret;
use crate::{App, Failure};

/// Nobody: ids begin with one. What is looked up for nobody holds nothing that only some may see.
const NOBODY: UserId = UserId::new(0);

/// Somebody who takes part and has no role at all: what they may see, everyone may.
fn anyone() -> Standing {
    Standing { participant: true, ..Standing::in_organization(NOBODY, None) }
}

/// How many are there, without their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// People in the sitting.
    pub headcount: usize,
    /// How the quorum stands.
    pub quorum: Quorum,
}

/// What everyone who takes part in a sitting may see of it at one moment. It is the same for all of
/// them, so that it is worked out once for however many look.
#[derive(Clone, Debug)]
pub struct Watched {
    /// By the database's clock.
    pub at: Moment,
    /// The sitting.
    pub line: SessionLine,
    /// Who is there.
    pub figures: Figures,
    /// The agenda in order.
    pub events: Vec<WatchedEvent>,
}

/// An event as everyone who takes part may see it.
#[derive(Clone, Debug)]
pub struct WatchedEvent {
    /// The event.
    pub event: Event,
    /// How many have voted; `None` for a draft.
    pub turnout: Option<Turnout>,
    /// The figures, with whether they are the counted ones; `None` while they are hidden from anyone.
    pub result: Option<(ResultData, bool)>,
    /// Whether its result waits for a decision on a tie.
    pub waits: bool,
}

impl App {
    /// How many are in a sitting, and whether this person is among them.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn figures(&self, line: &SessionLine, user: UserId) -> Result<(Figures, bool), Failure> {
        let id = line.session.id;
        let (members, instances) = self.queries.quorum_facts(id).await?;
        let standing: Vec<Mandate> = self
            .queries
            .mandates(id)
            .await?
            .into_iter()
            .map(|line| line.mandate)
            .filter(Mandate::stands)
            .collect();
        let rules = &line.organization.rules;
        let standing = proxy::usable(&standing, &rules.proxies, &members, None);
        let electorate = self.queries.electorate(&rules.voters, id).await?;
        let members = rules.entitled(&members, &electorate);
        let quorum = roll::live_quorum(rules.quorum, &members, &instances, &standing, rules.proxies.allowed);
        let mut own = instances.iter().filter(|row| row.user_id == user);
        let present = own.any(UserSession::is_own_presence);
        Ok((Figures { headcount: roll::headcount(&instances), quorum }, present))
    }

    /// Passes for who may follow what happens in a sitting.
    ///
    /// # Errors
    /// [`Failure::Forbidden`] for who takes no part, [`Failure::NotFound`] for strangers.
    pub async fn may_follow(&self, id: SessionId, user: UserId) -> Result<SessionLine, Failure> {
        let line = self.session(id, user).await?;
        require::<FollowEvents>(&line.standing, "session")?;
        Ok(line)
    }

    /// The sitting whose screen this link shows; `None` when it shows none, or does no more.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn screen(&self, link: &Secret) -> Result<Option<SessionId>, Failure> {
        Ok(self.queries.screen(link.hash()).await?)
    }

    /// What everyone who takes part in a sitting may see of it now; `None` when there is none. Asks
    /// nobody's permission: whoever hands it on has done so.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn watch(&self, id: SessionId) -> Result<Option<Watched>, Failure> {
        let Some(line) = self.queries.session(id, NOBODY).await? else { return Ok(None) };
        let (figures, _) = self.figures(&line, NOBODY).await?;
        let mut events = Vec::new();
        for event in self.agenda(id, &anyone()).await? {
            events.push(self.watch_event(event).await?);
        }
        Ok(Some(Watched { at: self.queries.now().await?, line, figures, events }))
    }

    /// The same with the turnout of what is open looked up anew. The figures are counted again only where
    /// somebody has voted since.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn watch_turnout(&self, watched: &Watched) -> Result<Watched, Failure> {
        let mut watched = watched.clone();
        for line in &mut watched.events {
            if matches!(line.event.state, EventState::Active { .. }) {
                let turnout = self.queries.turnout(line.event.id).await?;
                if line.turnout != Some(turnout) {
                    *line = self.watch_event(line.event.clone()).await?;
                }
            }
        }
        watched.at = self.queries.now().await?;
        Ok(watched)
    }

    async fn watch_event(&self, event: Event) -> Result<WatchedEvent, Failure> {
        let turnout = match event.state {
            EventState::Draft => None,
            _ => Some(self.queries.turnout(event.id).await?),
        };
        let waits = self.waiting(&event, &anyone()).await?.is_some();
        let result = match result::view_results(&event, &anyone()) {
            Ok(view @ (ResultView::Live | ResultView::Counted)) => {
                let results = self.results_of(event.clone(), view).await?;
                Some((results.result, results.counted))
            }
            Err(_) => None,
        };
        Ok(WatchedEvent { event, turnout, result, waits })
    }
}
