use plenum_domain::event::{Event, EventState};
use plenum_domain::id::{EventId, OfficeId, SessionId, UserId};
use plenum_domain::permission::{Standing, ViewSession};
use plenum_domain::result;
use plenum_ports::documents::AwaitedData;
use plenum_ports::page::Page;
use plenum_ports::queries::{CandidateLine, EventLine, OfficeLine, SessionLine};

use super::require;
use crate::{App, Failure};

/// A decision on a tie that an event's result waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// What is to be decided, for who may see the result; `None`: only that it waits may be seen.
    pub awaited: Option<AwaitedData>,
}

impl App {
    /// The offices of a sitting with their nominations, by id, and how the person stands.
    ///
    /// # Errors
    /// [`Failure::NotFound`] for strangers.
    pub async fn offices(
        &self,
        id: SessionId,
        user: UserId,
    ) -> Result<(SessionLine, Vec<OfficeLine>), Failure> {
        let line = self.session(id, user).await?;
        let mut offices = Vec::new();
        for office in self.queries.offices(id).await? {
            if self.may_learn(office.office.follows, &line.standing).await? {
                offices.push(office);
            }
        }
        Ok((line, offices))
    }

    /// An office with its nominations.
    ///
    /// # Errors
    /// [`Failure::NotFound`] for strangers.
    pub async fn office(&self, id: OfficeId, user: UserId) -> Result<OfficeLine, Failure> {
        let missing = || Failure::NotFound("office");
        let office = self.queries.office(id).await?.ok_or_else(missing)?;
        let line = self.queries.session(office.office.session_id, user).await?.ok_or_else(missing)?;
        require::<ViewSession>(&line.standing, "office")?;
        if self.may_learn(office.office.follows, &line.standing).await? { Ok(office) } else { Err(missing()) }
    }

    /// Who stands in an election that came from nominations, with their statements, as far as they are on its ballot.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn candidates(&self, event: &Event) -> Result<Vec<CandidateLine>, Failure> {
        let mut standing = self.queries.candidates(event.id).await?;
        let options = event.terms.ballot.options();
        standing.retain(|line| options.position(line.option.as_str()).is_some());
        Ok(standing)
    }

    /// The decision that the result of a counted event waits for. That it waits everybody sees who sees the event; between
    /// whom, only who may see the result.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn waiting(&self, event: &Event, standing: &Standing) -> Result<Option<Waiting>, Failure> {
        if !matches!(event.state, EventState::Closed(_)) {
            return Ok(None);
        }
        let awaited = self.queries.result(event.id).await?.and_then(|result| result.awaiting);
        let seen = result::view_results(event, standing).is_ok();
        Ok(awaited.map(|awaited| Waiting { awaited: Some(awaited).filter(|_| seen) }))
    }

    /// Every event of a sitting that a person of this standing may know of, in the order they were prepared.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn agenda(&self, id: SessionId, standing: &Standing) -> Result<Vec<Event>, Failure> {
        let mut events = Vec::new();
        let mut page = Page::first();
        loop {
            let piece = self.queries.events(id, page).await?;
            events.extend(self.known(piece.items, standing).await?);
            match piece.next {
                Some(next) => page = Page::first().continued(next),
                None => return Ok(events),
            }
        }
    }

    /// Of these events those that a person of this standing may know of.
    pub(super) async fn known(&self, events: Vec<Event>, standing: &Standing) -> Result<Vec<Event>, Failure> {
        let mut known = Vec::with_capacity(events.len());
        for event in events {
            if self.may_know_of(&event, standing).await? {
                known.push(event);
            }
        }
        Ok(known)
    }

    /// Whether a person of this standing may know of an event. The draft of a runoff tells what came of the election it follows.
    pub(super) async fn may_know_of(&self, event: &Event, standing: &Standing) -> Result<bool, Failure> {
        match event.state {
            EventState::Draft => self.may_learn(event.terms.follows, standing).await,
            _ => Ok(true),
        }
    }

    /// Whether a person of this standing may learn what came of an event, where there is one.
    pub(super) async fn may_learn(
        &self,
        follows: Option<EventId>,
        standing: &Standing,
    ) -> Result<bool, Failure> {
        let Some(id) = follows else { return Ok(true) };
        let Some(EventLine { event, .. }) = self.queries.event(id, standing.user_id).await? else {
            return Ok(true);
        };
        Ok(result::view_results(&event, standing).is_ok())
    }
}
