use plenum_domain::event::{Event, EventState};
use plenum_domain::id::{EventId, UserId};
use plenum_domain::permission::{FollowEvents, SeeWhoIsMissing};
use plenum_domain::result::{self, Bar, ResultView};
use plenum_domain::user::User;
use plenum_domain::vote::{self, Instance};
use plenum_domain::{Moment, Refusal};
use plenum_ports::documents::ResultData;
use plenum_ports::page::{Page, Paged};
use plenum_ports::queries::{EventLine, Turnout, VoteLine};

use super::require;
use crate::{App, Failure};

/// One of a person's vote instances on an event, as it stands now.
#[derive(Clone, Debug)]
pub struct VotingInstance {
    /// The instance.
    pub instance: Instance,
    /// Whose vote.
    pub principal: User,
    /// Why it cannot be cast now; `None` when it can.
    pub refusal: Option<Refusal>,
}

/// How many have voted and, for the host, who has not.
#[derive(Clone, Debug)]
pub struct TurnoutView {
    /// The event.
    pub event: Event,
    /// The figures.
    pub turnout: Turnout,
    /// Who has not voted; `None` for those who may not see it.
    pub missing: Option<Paged<User>>,
}

/// The figures of an event.
#[derive(Clone, Debug)]
pub struct Results {
    /// The event.
    pub event: Event,
    /// The figures, as they stand or as they were counted.
    pub result: ResultData,
    /// Whether they are the counted ones, not those of a vote that is still open.
    pub counted: bool,
}

impl App {
    /// The clock that decides about votes: the database's.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn server_time(&self) -> Result<Moment, Failure> {
        Ok(self.queries.now().await?)
    }

    async fn followed(&self, id: EventId, user: UserId) -> Result<EventLine, Failure> {
        let line = self.event(id, user).await?;
        require::<FollowEvents>(&line.line.standing, "event")?;
        Ok(line)
    }

    /// The vote instances of the person on an event, which of them have voted and which can.
    ///
    /// # Errors
    /// [`Failure::Forbidden`] for who takes no part, [`Failure::NotFound`] for strangers.
    pub async fn vote_instances(
        &self,
        id: EventId,
        user: UserId,
    ) -> Result<(EventLine, Vec<VotingInstance>), Failure> {
        let line = self.followed(id, user).await?;
        let now = self.queries.now().await?;
        // Whether proxies are admitted was settled when the event opened.
        let draft = line.event.state == EventState::Draft;
        let admitted = line.event.terms.proxy && (!draft || line.line.organization.rules.proxies.allowed);
        let today = line.line.organization.rules.proxies.holders;
        let holders = if draft { today } else { line.event.terms.rules.proxy_holders };
        let may_hold = holders.may_be(line.line.standing.role);
        let instances = self
            .queries
            .vote_instances(&line.event, user)
            .await?
            .into_iter()
            .filter(|found| found.instance.counts(admitted))
            .map(|found| VotingInstance {
                refusal: match vote::cast(&line.event, user, Some(&found.instance), now) {
                    Ok(()) if found.instance.row.proxy.is_some() && !may_hold => {
                        Some(Refusal::HolderNotAllowed)
                    }
                    answer => answer.err(),
                },
                instance: found.instance,
                principal: found.principal,
            })
            .collect();
        Ok((line, instances))
    }

    /// Whether votes on an event are recorded by name, and that is settled.
    ///
    /// # Errors
    /// [`Failure::Store`].
    pub async fn is_recorded(&self, id: EventId) -> Result<bool, Failure> {
        Ok(self.queries.is_recorded(id).await?)
    }

    /// How many have voted; the host also learns who has not.
    ///
    /// # Errors
    /// [`Failure::Forbidden`] for who takes no part, [`Failure::NotFound`] for strangers,
    /// [`Refusal::NoResult`] for a draft.
    pub async fn turnout(&self, id: EventId, user: UserId, page: Page) -> Result<TurnoutView, Failure> {
        let line = self.followed(id, user).await?;
        if line.event.state == EventState::Draft {
            return Err(Refusal::NoResult.into());
        }
        let turnout = self.queries.turnout(id).await?;
        let missing = match require::<SeeWhoIsMissing>(&line.line.standing, "event") {
            Ok(()) => Some(self.queries.missing(id, page).await?),
            Err(_) => None,
        };
        Ok(TurnoutView { event: line.event, turnout, missing })
    }

    /// The figures of an event, when the person may see them.
    ///
    /// # Errors
    /// [`Refusal::ResultsHidden`] or [`Refusal::NoResult`]; [`Failure::Forbidden`] for who takes no part,
    /// [`Failure::NotFound`] for strangers.
    pub async fn results(&self, id: EventId, user: UserId) -> Result<Results, Failure> {
        let line = self.event(id, user).await?;
        // A released result is for every member, there or not.
        if line.event.state.released_at().is_none() || !line.line.standing.belongs() {
            require::<FollowEvents>(&line.line.standing, "event")?;
        }
        let view = result::view_results(&line.event, &line.line.standing)?;
        self.results_of(line.event, view).await
    }

    pub(super) async fn results_of(&self, event: Event, view: ResultView) -> Result<Results, Failure> {
        match view {
            ResultView::Counted => {
                let result = self.queries.result(event.id).await?.ok_or(Refusal::NoResult)?;
                Ok(Results { event, result, counted: true })
            }
            ResultView::Live => {
                let running = self.queries.running_count(&event).await?;
                let figures = result::running(
                    &event.terms.ballot,
                    Bar::of(&event, running.quorum),
                    &running.roll,
                    &running.votes,
                );
                Ok(Results { event, result: ResultData::running(&figures), counted: false })
            }
        }
    }

    /// Who voted how, when the event's secrecy lets the person see it.
    ///
    /// # Errors
    /// [`Refusal::VotesNotShown`]; [`Failure::Forbidden`] for who takes no part, [`Failure::NotFound`] for
    /// strangers.
    pub async fn votes(
        &self,
        id: EventId,
        user: UserId,
        page: Page,
    ) -> Result<(Event, Paged<VoteLine>), Failure> {
        let line = self.event(id, user).await?;
        if line.event.state.released_at().is_none() || !line.line.standing.belongs() {
            require::<FollowEvents>(&line.line.standing, "event")?;
        }
        result::view_votes(&line.event, &line.line.standing)?;
        let votes = self.queries.votes(&line.event, page).await?;
        Ok((line.event, votes))
    }
}
