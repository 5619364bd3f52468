use plenum_domain::Moment;
use plenum_domain::event::Event;
use plenum_domain::id::{SessionId, UserId};
use plenum_domain::permission::ExportSession;
use plenum_domain::result::{self, EventResult};
use plenum_domain::user::User;
use plenum_ports::page::Page;
use plenum_ports::queries::{MandateLine, SessionLine, VoteLine};

use super::require;
use super::session::{Attendance, Attendee};
use crate::{App, Failure};

/// A person in the attendance export.
pub type AttendanceRow = Attendee;

/// An event with its result, as far as it may be exported now.
#[derive(Clone, Debug)]
pub struct EventResults {
    /// The event.
    pub event: Event,
    /// The result; `None` while it is hidden or was never counted.
    pub result: Option<EventResult>,
}

/// An event with its votes by name, as far as they may be exported now.
#[derive(Clone, Debug)]
pub struct ResultLine {
    /// The event with its result.
    pub results: EventResults,
    /// Who voted how; `None` while or where that is not shown.
    pub votes: Option<Vec<VoteLine>>,
}

/// Something that happened, for the minutes.
#[derive(Clone, Debug)]
pub struct MinutesLine {
    /// When.
    pub at: Moment,
    /// What, as a sentence.
    pub text: String,
}

/// Everything the exports of a sitting are made of.
#[derive(Clone, Debug)]
pub struct Export {
    /// Who was there.
    pub attendance: Attendance,
    /// The mandates.
    pub mandates: Vec<MandateLine>,
    /// The events with their results.
    pub events: Vec<EventResults>,
}

impl App {
    /// Who was in the sitting, for the attendance export.
    ///
    /// # Errors
    /// [`Failure::Forbidden`] for who may not take exports, [`Failure::NotFound`] for strangers.
    pub async fn export_attendance(&self, id: SessionId, user: UserId) -> Result<Attendance, Failure> {
        let line = self.exported(id, user).await?;
        self.attendance_of(line).await
    }

    /// The results of a sitting; hidden ones stay hidden.
    ///
    /// # Errors
    /// As [`export_attendance`](Self::export_attendance).
    pub async fn export_results(
        &self,
        id: SessionId,
        user: UserId,
    ) -> Result<(SessionLine, Vec<EventResults>), Failure> {
        let line = self.exported(id, user).await?;
        let mut results = Vec::new();
        for event in self.all_events(id).await? {
            results.push(self.exported_result(event, &line).await?);
        }
        Ok((line, results))
    }

    /// The results of a sitting with the votes by name where they may be shown.
    ///
    /// # Errors
    /// As [`export_attendance`](Self::export_attendance).
    pub async fn export_votes(
        &self,
        id: SessionId,
        user: UserId,
    ) -> Result<(SessionLine, Vec<ResultLine>), Failure> {
        let line = self.exported(id, user).await?;
        let events = self.events_with_votes(&line).await?;
        Ok((line, events))
    }

    /// Everything the minutes of a sitting are written from.
    ///
    /// # Errors
    /// As [`export_attendance`](Self::export_attendance).
    pub async fn export_minutes(&self, id: SessionId, user: UserId) -> Result<Export, Failure> {
        let (line, events) = self.export_results(id, user).await?;
        let mandates = self.queries.mandates(id).await?;
        let attendance = self.attendance_of(line).await?;
        Ok(Export { attendance, mandates, events })
    }

    async fn exported(&self, id: SessionId, user: UserId) -> Result<SessionLine, Failure> {
        let line = self.session(id, user).await?;
        require::<ExportSession>(&line.standing, "session")?;
        Ok(line)
    }

    async fn all_events(&self, id: SessionId) -> Result<Vec<Event>, Failure> {
        let mut events = Vec::new();
        let mut page = Page::first();
        loop {
            let piece = self.queries.events(id, page).await?;
            events.extend(piece.items);
            match piece.next {
                Some(next) => page = Page::first().continued(next),
                None => return Ok(events),
            }
        }
    }

    async fn all_votes(&self, event: &Event) -> Result<Vec<VoteLine>, Failure> {
        let mut votes = Vec::new();
        let mut page = Page::first();
        loop {
            let piece = self.queries.votes(event, page).await?;
            votes.extend(piece.items);
            match piece.next {
                Some(next) => page = Page::first().continued(next),
                None => return Ok(votes),
            }
        }
    }

    async fn events_with_votes(&self, line: &SessionLine) -> Result<Vec<ResultLine>, Failure> {
        let mut lines = Vec::new();
        for event in self.all_events(line.session.id).await? {
            let votes = match result::view_votes(&event, &line.standing) {
                Ok(()) => Some(self.all_votes(&event).await?),
                Err(_) => None,
            };
            lines.push(ResultLine { results: self.exported_result(event, line).await?, votes });
        }
        Ok(lines)
    }

    async fn exported_result(&self, event: Event, line: &SessionLine) -> Result<EventResults, Failure> {
        match result::view_results(&event, &line.standing) {
            Ok(view) => {
                let results = self.results_of(event, view).await?;
                let result = results.counted.then_some(results.result);
                Ok(EventResults { event: results.event, result })
            }
            Err(_) => Ok(EventResults { event, result: None }),
        }
    }
}

impl Export {
    /// What happened, in order of time.
    pub fn chronicle(&self) -> Vec<MinutesLine> {
        let session = &self.attendance.line.session;
        let mut lines =
            vec![MinutesLine { at: session.created_at, text: "The session was opened.".to_owned() }];
        let mut add = |at: Option<Moment>, text: String| {
            if let Some(at) = at {
                lines.push(MinutesLine { at, text });
            }
        };
        for attendee in &self.attendance.attendees {
            for interval in &attendee.intervals {
                add(Some(interval.from), format!("{} came in.", attendee.user.name));
                add(interval.until, format!("{} left.", attendee.user.name));
            }
        }
        for line in &self.mandates {
            let (principal, holder) = (&line.principal.name, &line.holder.name);
            add(Some(line.mandate.created_at), format!("{principal} gave their vote to {holder}."));
            add(line.mandate.revoked_at, format!("The proxy of {principal} to {holder} was revoked."));
        }
        for line in &self.events {
            let (event, result) = (&line.event, &line.result);
            let name = &event.name;
            add(event.state.opened_at(), format!("Voting on “{name}” was opened."));
            let summary = result.as_ref().map(|result| result.summary.as_str());
            let counted = summary.unwrap_or("The result has not been released.");
            add(event.state.closed_at(), format!("Voting on “{name}” was closed. {counted}"));
            add(event.state.released_at(), format!("The result of “{name}” was released."));
            if let Some(annulment) = event.state.annulment() {
                add(Some(annulment.annulled_at), format!("“{name}” was annulled: {}", annulment.reason));
            }
        }
        if let plenum_domain::session::SessionStatus::Closed { at } = session.status {
            add(Some(at), "The session was closed.".to_owned());
        }
        lines.sort_by_key(|line| line.at);
        lines
    }

    /// The person behind an id, when they appear in the sitting.
    pub fn person(&self, id: UserId) -> Option<&User> {
        self.attendance.attendees.iter().map(|attendee| &attendee.user).find(|user| user.id == id)
    }
}
