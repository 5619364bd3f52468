use std::collections::HashSet;

use plenum_domain::Moment;
use plenum_domain::attendance::{JoinLeft, Strength, UserSession};
use plenum_domain::event::{Event, EventState};
use plenum_domain::id::{SessionId, UserId};
use plenum_domain::nomination::OfficeState;
use plenum_domain::organization::Member;
use plenum_domain::permission::{FollowEvents, Standing};
use plenum_domain::proxy::{self, Mandate, MandateState};
use plenum_domain::result::{self, ResultView};
use plenum_domain::roll::{self, Quorum};
use plenum_domain::rules::Electorate;
use plenum_domain::session::SessionStatus;
use plenum_ports::documents::ResultData;
use plenum_ports::queries::{MandateLine, OfficeLine, PresenceCheckLine, SessionLine, Turnout};
use plenum_ports::repository::TreeKey;
use plenum_record::words;

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
    /// The weight of the votes that can be cast.
    pub strength: Strength,
}

impl Figures {
    /// The figures now, or with these people present, of those whose vote it is.
    pub(super) fn of(
        line: &SessionLine,
        mandates: &[MandateLine],
        members: &[Member],
        electorate: &Electorate,
        mut instances: Vec<UserSession>,
        present: Option<&HashSet<UserId>>,
    ) -> Self {
        if let Some(present) = present {
            for own in instances.iter_mut().filter(|row| row.proxy.is_none()) {
                let there = present.contains(&own.user_id);
                own.join_left = if there { JoinLeft::Joined } else { JoinLeft::Left };
            }
        }
        let rules = &line.organization.rules;
        // Whatever the moment, they stood then: an ended one is looked at as it was.
        let stood: Vec<Mandate> = mandates
            .iter()
            .filter_map(|line| {
                let state = MandateState::Standing(line.mandate.stood()?);
                Some(Mandate { state, ..line.mandate })
            })
            .collect();
        let standing = proxy::usable(&stood, &rules.proxies, members, None);
        let members = rules.entitled(members, electorate);
        let roll = roll::fix(&members, &instances, &standing, rules.proxies.allowed);
        Self {
            headcount: roll::headcount(&instances),
            quorum: Quorum::of_roll(rules.quorum, &roll),
            strength: Strength::of_roll(&roll),
        }
    }
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
    /// The presence check that is running.
    pub check: Option<PresenceCheckLine>,
    /// How many wait to be admitted.
    pub waiting: usize,
    /// The agenda in order.
    pub events: Vec<WatchedEvent>,
    /// Offices that people are nominated for, in the order nominations were opened.
    pub offices: Vec<OfficeLine>,
    /// What a sitting that has ended can be known by; `None` until it is signed.
    pub sealed: Option<Sealed>,
}

/// The signed head of the log of a sitting that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The root as twelve words.
    pub words: [String; words::COUNT],
    /// How many leaves it covers.
    pub size: u64,
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
        let mut standing = self.queries.mandates(id).await?;
        standing.retain(|line| line.mandate.stands());
        let electorate = self.queries.electorate(&line.organization.rules.voters, id).await?;
        let present = instances.iter().any(|row| row.user_id == user && row.is_own_presence());
        Ok((Figures::of(line, &standing, &members, &electorate, instances, None), present))
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
        let check = self.running_check(id).await?;
        let mut offices = self.queries.offices(id).await?;
        offices.retain(|line| line.office.state == OfficeState::Open);
        // Nominations that an election's outcome opened tell of that outcome.
        let mut known = Vec::with_capacity(offices.len());
        for line in offices {
            if self.may_learn(line.office.follows, &anyone()).await? {
                known.push(line);
            }
        }
        let sealed = self.sealed(&line).await?;
        let waiting = self.at_door(&line).await?;
        let at = self.queries.now().await?;
        Ok(Some(Watched { at, line, figures, check, waiting, events, offices: known, sealed }))
    }

    /// The head of the log as it was signed after the end of a sitting, which everything before is under.
    async fn sealed(&self, line: &SessionLine) -> Result<Option<Sealed>, Failure> {
        let SessionStatus::Closed { at } = line.session.status else { return Ok(None) };
        let Some(tree) = self.queries.log_tree(TreeKey::Session(line.session.id)).await? else {
            return Ok(None);
        };
        let latest = self.queries.log_checkpoint(tree.id, None).await?;
        let latest = latest.filter(|checkpoint| checkpoint.at >= at);
        Ok(latest.map(|latest| Sealed { words: words::of(&latest.root), size: latest.size }))
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
