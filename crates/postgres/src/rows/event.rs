//! Events and what is counted of them.

use plenum_domain::Moment;
use plenum_domain::count::Majority;
use plenum_domain::event::{Annulment, Counted, Event, EventState, EventType, Schedule};
use plenum_domain::id::{EventId, SessionId, UserId, UserSessionId, VoteId};
use plenum_domain::organization::QuorumRule;
use plenum_domain::result::RollLine;
use plenum_domain::text::{Reason, Title};
use plenum_domain::vote::{Response, Vote};
use plenum_ports::StoreError;
use plenum_ports::documents::{EventData, QuorumData, ResultData, VoteData};

use super::{Cell, Document, weight};

/// A row of `events`, without the quorum rule.
#[derive(Debug)]
pub(crate) struct EventRow {
    pub(crate) id: i32,
    pub(crate) event_type: String,
    pub(crate) name: String,
    pub(crate) state: String,
    pub(crate) start_time: Moment,
    pub(crate) end_time: Option<Moment>,
    pub(crate) data: Document,
    pub(crate) created_by_user_id: i32,
    pub(crate) session_id: i32,
    pub(crate) created_at: Moment,
    pub(crate) opened_at: Option<Moment>,
    pub(crate) closed_at: Option<Moment>,
    pub(crate) released_at: Option<Moment>,
    pub(crate) annulled_at: Option<Moment>,
    pub(crate) annulled_by_user_id: Option<i32>,
    pub(crate) annulment_reason: Option<String>,
}

impl EventRow {
    fn cell(&self, column: &'static str) -> Cell {
        Cell::new("events", column, self.id)
    }

    fn opened(&self) -> Result<Moment, StoreError> {
        self.cell("opened_at").present(self.opened_at)
    }

    fn counted(&self) -> Result<Counted, StoreError> {
        Ok(Counted { opened_at: self.opened()?, closed_at: self.cell("closed_at").present(self.closed_at)? })
    }

    fn state(&self) -> Result<EventState, StoreError> {
        Ok(match self.state.as_str() {
            "draft" => EventState::Draft,
            "active" => EventState::Active { opened_at: self.opened()? },
            "closed" => EventState::Closed(self.counted()?),
            "released" => EventState::Released {
                counted: self.counted()?,
                released_at: self.cell("released_at").present(self.released_at)?,
            },
            "annulled" => EventState::Annulled {
                opened_at: self.opened()?,
                closed_at: self.closed_at,
                released_at: self.released_at,
                annulment: self.annulment()?,
            },
            _ => {
                let reason = "must be one of: draft, active, closed, released, annulled";
                return Err(self.cell("state").corrupt(reason));
            }
        })
    }

    fn annulment(&self) -> Result<Annulment, StoreError> {
        let cell = self.cell("annulment_reason");
        let reason = cell.present(self.annulment_reason.as_deref())?;
        Ok(Annulment {
            annulled_at: self.cell("annulled_at").present(self.annulled_at)?,
            annulled_by_user_id: self.annulled_by_user_id.map(UserId::new),
            reason: cell.check(Reason::parse(reason))?,
        })
    }
}

impl TryFrom<EventRow> for Event {
    type Error = StoreError;

    fn try_from(row: EventRow) -> Result<Self, StoreError> {
        let event_type: EventType = row.cell("event_type").word(&row.event_type)?;
        let data: EventData = row.cell("data").document(&row.data)?;
        // The stored document is complete, so neither the code nor the default majority says anything.
        let code = data.session_code.as_deref().unwrap_or_default();
        let terms = row.cell("data").fields(data.read(event_type, code, Majority::SIMPLE))?;
        Ok(Self {
            id: EventId::new(row.id),
            session_id: SessionId::new(row.session_id),
            name: row.cell("name").check(Title::parse(&row.name))?,
            state: row.state()?,
            schedule: Schedule { start_time: row.start_time, end_time: row.end_time },
            terms,
            created_by_user_id: UserId::new(row.created_by_user_id),
            created_at: row.created_at,
        })
    }
}

/// Reads `events.quorum` of an event that was opened.
pub(crate) fn quorum(event: EventId, document: Option<&Document>) -> Result<QuorumRule, StoreError> {
    let cell = Cell::new("events", "quorum", event.get());
    let data: QuorumData = cell.document(cell.present(document)?)?;
    cell.fields(data.read())
}

/// A line of `electoral_roll` as the count sees it.
#[derive(Debug)]
pub(crate) struct RollRow {
    pub(crate) principal_user_id: i32,
    pub(crate) vote_weight: i32,
    pub(crate) present: bool,
}

impl TryFrom<RollRow> for RollLine {
    type Error = StoreError;

    fn try_from(row: RollRow) -> Result<Self, StoreError> {
        let cell = Cell::new("electoral_roll", "vote_weight", row.principal_user_id);
        Ok(Self {
            principal: UserId::new(row.principal_user_id),
            weight: weight(cell, row.vote_weight)?,
            present: row.present,
        })
    }
}

/// A row of `votes` with the caster of its instance (`user_sessions.user_id`).
#[derive(Debug)]
pub(crate) struct VoteRow {
    pub(crate) id: i32,
    pub(crate) user_session_id: i32,
    pub(crate) principal_user_id: i32,
    pub(crate) cast_by_user_id: i32,
    pub(crate) cast_time: Moment,
    pub(crate) data: Document,
}

impl VoteRow {
    /// The vote, read against the ballot of its event.
    pub(crate) fn into_vote(self, event: &Event) -> Result<Vote, StoreError> {
        Ok(Vote {
            id: VoteId::new(self.id),
            event_id: event.id,
            user_session_id: UserSessionId::new(self.user_session_id),
            principal_user_id: UserId::new(self.principal_user_id),
            cast_by_user_id: UserId::new(self.cast_by_user_id),
            cast_time: self.cast_time,
            response: response(event, self.id, &self.data)?,
        })
    }
}

/// Reads `votes.data` of the vote with this id against the ballot of its event.
pub(crate) fn response(event: &Event, vote_id: i32, document: &Document) -> Result<Response, StoreError> {
    let cell = Cell::new("votes", "data", vote_id);
    let data: VoteData = cell.document(document)?;
    data.response(&event.terms.ballot).map_err(|_| cell.corrupt("vote_response does not fit the ballot"))
}

/// Reads `event_results.data`.
pub(crate) fn result(event: EventId, document: &Document) -> Result<ResultData, StoreError> {
    Cell::new("event_results", "data", event.get()).document(document)
}
