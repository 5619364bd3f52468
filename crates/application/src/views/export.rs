use plenum_domain::Moment;
use plenum_domain::event::{Event, EventType};
use plenum_domain::id::{SessionId, UserId};
use plenum_domain::permission::ExportSession;
use plenum_domain::proxy::{End, Mandate};
use plenum_domain::result;
use plenum_domain::secret::BareBallot;
use plenum_domain::session::SessionStatus;
use plenum_domain::text::Title;
use plenum_ports::documents::ResultData;
use plenum_ports::page::Page;
use plenum_ports::queries::{MandateLine, MotionLine, SessionLine, VoteLine};
use plenum_ports::repository::TreeKey;
use plenum_record::words;

use super::require;
use super::session::Attendance;
use crate::use_cases::{NoteExport, SequenceLog};
use crate::{App, Failure};

/// An event with its result, as far as it may be exported now.
#[derive(Clone, Debug)]
pub struct EventResults {
    /// The event.
    pub event: Event,
    /// The result; `None` while it is hidden or was never counted.
    pub result: Option<ResultData>,
}

/// An event with what is known of it besides its result, as far as it may be exported now.
#[derive(Clone, Debug)]
pub struct ResultLine {
    /// The event with its result.
    pub results: EventResults,
    /// Who moved and seconded it, its text and how it came about; `None` for an election.
    pub motion: Option<MotionLine>,
    /// Who voted how; `None` while or where that is not shown.
    pub votes: Option<Vec<VoteLine>>,
    /// What was in the envelopes of a secret vote, in their shuffled order; `None` while or where that is not shown.
    pub ballots: Option<Vec<BareBallot>>,
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
    /// The mandates that stood in it.
    pub mandates: Vec<MandateLine>,
    /// The events with their results, and with the votes by name where they may be shown.
    pub events: Vec<ResultLine>,
    /// The root of the log, where there is one.
    pub log_root: Option<LogRoot>,
}

/// The root of the log at a moment: it stands for every entry up to then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRoot {
    /// The root as words that can be read out and compared.
    pub words: Vec<String>,
    /// How many entries it stands for.
    pub entries: u64,
    /// When it was taken.
    pub at: Moment,
}

impl ResultLine {
    /// A result and nothing besides.
    pub(crate) const fn bare(results: EventResults) -> Self {
        Self { results, motion: None, votes: None, ballots: None }
    }
}

impl App {
    /// The mandates of a sitting that stood in it; offers that came to nothing are none.
    async fn stood_mandates(&self, id: SessionId) -> Result<Vec<MandateLine>, Failure> {
        let mut mandates = self.queries.mandates(id).await?;
        mandates.retain(|line| line.mandate.stood().is_some());
        Ok(mandates)
    }

    /// Who was in the sitting, for the attendance export.
    ///
    /// # Errors
    /// [`Failure::Forbidden`] for who may not take exports, [`Failure::NotFound`] for strangers.
    pub async fn export_attendance(&self, id: SessionId, user: UserId) -> Result<Attendance, Failure> {
        let line = self.exported(id, user).await?;
        self.note_export(id, user, "attendance").await?;
        self.attendance_of(line, None, None).await
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
        self.note_export(id, user, "results").await?;
        let results = self.all_results(&line).await?;
        Ok((line, results))
    }

    async fn all_results(&self, line: &SessionLine) -> Result<Vec<EventResults>, Failure> {
        let mut results = Vec::new();
        for event in self.agenda(line.session.id, &line.standing).await? {
            results.push(self.exported_result(event, line).await?);
        }
        Ok(results)
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
        self.note_export(id, user, "votes").await?;
        let events = self.events_with_votes(&line).await?;
        Ok((line, events))
    }

    /// Everything the minutes of a sitting are written from.
    ///
    /// # Errors
    /// As [`export_attendance`](Self::export_attendance).
    pub async fn export_minutes(&self, id: SessionId, user: UserId) -> Result<Export, Failure> {
        let line = self.exported(id, user).await?;
        self.note_export(id, user, "minutes").await?;
        let events = self.events_with_votes(&line).await?;
        let mandates = self.stood_mandates(id).await?;
        let attendance = self.attendance_of(line, None, None).await?;
        let log_root = self.log_root(id).await?;
        Ok(Export { attendance, mandates, events, log_root })
    }

    /// What happened in a sitting, in order of time.
    ///
    /// # Errors
    /// As [`export_attendance`](Self::export_attendance).
    pub async fn export_chronicle(
        &self,
        id: SessionId,
        user: UserId,
    ) -> Result<(SessionLine, Vec<MinutesLine>), Failure> {
        let line = self.exported(id, user).await?;
        self.note_export(id, user, "minutes").await?;
        let results = self.all_results(&line).await?;
        let mandates = self.stood_mandates(id).await?;
        let attendance = self.attendance_of(line, None, None).await?;
        let mut events = Vec::new();
        for results in results {
            let motion = self.motion_of(&results.event).await?;
            events.push(ResultLine { motion, ..ResultLine::bare(results) });
        }
        let export = Export { attendance, mandates, events, log_root: None };
        let lines = export.chronicle();
        Ok((export.attendance.line, lines))
    }

    /// That somebody takes an export is logged before they have it.
    async fn note_export(&self, id: SessionId, by: UserId, kind: &'static str) -> Result<(), Failure> {
        Box::pin(self.run(&NoteExport { session_id: id, by, kind })).await
    }

    /// The root over everything logged in a sitting up to now, signed.
    async fn log_root(&self, id: SessionId) -> Result<Option<LogRoot>, Failure> {
        let key = TreeKey::Session(id);
        while Box::pin(self.run(&SequenceLog { sign: Some(key) })).await?.more {}
        let Some(tree) = self.queries.log_tree(key).await? else { return Ok(None) };
        let checkpoint = self.queries.log_checkpoint(tree.id, None).await?;
        Ok(checkpoint.map(|checkpoint| LogRoot {
            words: words::of(&checkpoint.root).to_vec(),
            entries: checkpoint.size,
            at: checkpoint.at,
        }))
    }

    /// The sitting, for who may take its exports.
    ///
    /// # Errors
    /// As [`export_attendance`](Self::export_attendance).
    pub async fn exported(&self, id: SessionId, user: UserId) -> Result<SessionLine, Failure> {
        let line = self.session(id, user).await?;
        require::<ExportSession>(&line.standing, "session")?;
        Ok(line)
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

    /// The bare ballots of a secret event; `None` where none were kept, although there were votes.
    async fn all_ballots(&self, event: &Event) -> Result<Option<Vec<BareBallot>>, Failure> {
        let mut ballots = Vec::new();
        let mut page = Page::first();
        loop {
            let piece = self.queries.ballots(event, page).await?;
            ballots.extend(piece.items);
            match piece.next {
                Some(next) => page = Page::first().continued(next),
                None => break,
            }
        }
        let voted = ballots.is_empty() && self.queries.turnout(event.id).await?.voted > 0;
        Ok((!voted).then_some(ballots))
    }

    async fn motion_of(&self, event: &Event) -> Result<Option<MotionLine>, Failure> {
        match event.event_type() {
            EventType::Motion => Ok(Some(self.queries.motion(event.id).await?)),
            EventType::Election => Ok(None),
        }
    }

    async fn events_with_votes(&self, line: &SessionLine) -> Result<Vec<ResultLine>, Failure> {
        let mut lines = Vec::new();
        for event in self.agenda(line.session.id, &line.standing).await? {
            let votes = match result::view_votes(&event, &line.standing) {
                Ok(()) => Some(self.all_votes(&event).await?),
                Err(_) => None,
            };
            let ballots = match result::view_ballots(&event, &line.standing) {
                Ok(()) => self.all_ballots(&event).await?,
                Err(_) => None,
            };
            let motion = self.motion_of(&event).await?;
            lines.push(ResultLine {
                motion,
                votes,
                ballots,
                ..ResultLine::bare(self.exported_result(event, line).await?)
            });
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
    /// What happened, in order of time; what happened at the same time in the order in which one leads
    /// to the other: a close of the sitting closes the votes, then everyone leaves, then it is over.
    pub fn chronicle(&self) -> Vec<MinutesLine> {
        let mut lines = self.happenings();
        for attendee in &self.attendance.attendees {
            for interval in &attendee.intervals {
                lines.add(Some(interval.from), 1, format!("{} came in.", attendee.user.name));
                lines.add(interval.until, 7, format!("{} left.", attendee.user.name));
            }
        }
        lines.in_order()
    }

    /// The one event a mandate is good for; `None` when it is good for all of the sitting.
    pub fn event_name(&self, mandate: &Mandate) -> Option<&Title> {
        let only = mandate.scope.event_id()?;
        self.events
            .iter()
            .map(|line| &line.results.event)
            .find(|event| event.id == only)
            .map(|event| &event.name)
    }

    /// What happened except for who came and went, which a list of the people tells better.
    pub fn proceedings(&self) -> Vec<MinutesLine> {
        self.happenings().in_order()
    }

    fn happenings(&self) -> Chronicle {
        let mut lines = Chronicle::default();
        let session = &self.attendance.line.session;
        lines.add(Some(session.created_at), 0, "The session was opened.".to_owned());
        for line in &self.mandates {
            let (principal, holder) = (&line.principal.name, &line.holder.name);
            let only = match self.event_name(&line.mandate) {
                Some(name) => format!(" for “{name}”"),
                None => String::new(),
            };
            let given = if line.mandate.created_by_user_id == line.principal.id {
                format!("{principal} gave their vote{only} to {holder}.")
            } else {
                format!("The host entered that {principal} gave their vote{only} to {holder}.")
            };
            let Some(stood) = line.mandate.stood() else { continue };
            lines.add(Some(stood.since), 2, given);
            let ended = match line.mandate.end() {
                Some((End::Revoked, at)) => Some((at, "was revoked")),
                Some((End::Declined, at)) => Some((at, "was given back")),
                Some((End::Expired, _)) | None => None,
            };
            if let Some((at, how)) = ended {
                lines.add(Some(at), 2, format!("The proxy of {principal} to {holder}{only} {how}."));
            }
        }
        for ResultLine { results, motion, .. } in &self.events {
            let (event, result) = (&results.event, &results.result);
            let name = &event.name;
            if let Some(motion) = motion {
                lines.motion(name.as_str(), motion);
            }
            let matter = match event.terms.description.as_str() {
                "" => String::new(),
                text => format!(" The matter: {text}"),
            };
            lines.add(event.state.opened_at(), 3, format!("Voting on “{name}” was opened.{matter}"));
            let summary = result.as_ref().and_then(|result| result.summary.as_deref());
            let counted = match (summary, event.state.released_at()) {
                (Some(summary), Some(_)) => summary.to_owned(),
                (Some(summary), None) => format!("{summary} (This result has not been released.)"),
                (None, _) => "The result has not been released.".to_owned(),
            };
            lines.add(event.state.closed_at(), 4, format!("Voting on “{name}” was closed. {counted}"));
            lines.add(event.state.released_at(), 5, format!("The result of “{name}” was released."));
            if let Some(annulment) = event.state.annulment() {
                let annulled = format!("“{name}” was annulled: {}", annulment.reason);
                lines.add(Some(annulment.annulled_at), 6, annulled);
            }
        }
        if let SessionStatus::Closed { at } = session.status {
            lines.add(Some(at), 8, "The session was closed.".to_owned());
        }
        lines
    }
}

/// Lines with a rank among those of the same moment.
#[derive(Default)]
struct Chronicle(Vec<(u8, MinutesLine)>);

impl Chronicle {
    fn add(&mut self, at: Option<Moment>, rank: u8, text: String) {
        if let Some(at) = at {
            self.0.push((rank, MinutesLine { at, text }));
        }
    }

    /// How a motion's text came to change, and that it was withdrawn.
    fn motion(&mut self, name: &str, line: &MotionLine) {
        for version in line.motion.texts.iter().skip(1) {
            let how = match &version.amendment {
                Some(_) => "by an adopted amendment",
                None => "by hand",
            };
            let number = version.number;
            self.add(
                Some(version.at),
                2,
                format!("The text of “{name}” was changed {how}; it is version {number}."),
            );
        }
        if let Some(withdrawal) = &line.motion.withdrawal {
            let who = line.person(withdrawal.by_user_id).map_or("the host", |user| user.name.as_str());
            let why = withdrawal.reason.as_ref().map(|reason| format!(" {reason}")).unwrap_or_default();
            self.add(Some(withdrawal.at), 6, format!("“{name}” was withdrawn by {who}.{why}"));
        }
    }

    fn in_order(mut self) -> Vec<MinutesLine> {
        self.0.sort_by_key(|(rank, line)| (line.at, *rank));
        self.0.into_iter().map(|(_, line)| line).collect()
    }
}
