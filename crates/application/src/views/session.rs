use std::collections::HashMap;

use chrono::TimeDelta;
use plenum_domain::Moment;
use plenum_domain::attendance::{self, AttendanceChange, AttendanceEntry, Interval, JoinLeft};
use plenum_domain::event::Event;
use plenum_domain::id::{EventId, OrganizationId, SessionId, UserId};
use plenum_domain::motion;
use plenum_domain::organization::{Member, Role};
use plenum_domain::permission::{ViewAttendance, ViewSession};
use plenum_domain::session::SessionStatus;
use plenum_domain::user::User;
use plenum_ports::page::{Page, Paged};
use plenum_ports::queries::{AttendeeLine, EventLine, MandateLine, MotionLine, SessionLine};

use super::live::Figures;
use super::require;
use crate::{App, Failure};

/// A person in a sitting.
#[derive(Clone, Debug)]
pub struct Attendee {
    /// The person.
    pub user: User,
    /// Their role; `None` for a guest.
    pub role: Option<Role>,
    /// Whether they are in; `None` for a principal who never came.
    pub join_left: Option<JoinLeft>,
    /// Whether they were in at the moment asked for.
    pub present: bool,
    /// Whether the host showed them out.
    pub removed: bool,
    /// The stretches of their presence.
    pub intervals: Vec<Interval>,
    /// Whether the host corrected them.
    pub corrected: bool,
    /// For whom they hold a vote.
    pub holds_for: Vec<User>,
    /// Who holds theirs.
    pub represented_by: Option<User>,
}

/// Who is in a sitting.
#[derive(Clone, Debug)]
pub struct Attendance {
    /// The sitting.
    pub line: SessionLine,
    /// The moment asked for; `None` for now.
    pub at: Option<Moment>,
    /// Everyone who is or was in, or is represented at the moment asked for; those on the page, when one
    /// was asked for.
    pub attendees: Vec<Attendee>,
    /// The cursor of the next page; `None` at the end.
    pub next: Option<i64>,
    /// How many are there, whatever the page.
    pub figures: Figures,
}

impl Attendee {
    /// A person as they are now, or were at a moment; whose votes they hold and who holds theirs left out.
    fn at(at: Option<Moment>, line: AttendeeLine) -> Self {
        let intervals = attendance::intervals(&line.entries);
        let corrected = |entry: &AttendanceEntry| matches!(entry.change, AttendanceChange::Corrected(_));
        Self {
            role: line.member.map(|member| member.role),
            join_left: line.own.map(|own| own.join_left),
            present: match at {
                Some(at) => attendance::present_at(&intervals, at),
                None => line.own.is_some_and(|own| own.is_own_presence()),
            },
            removed: line.own.is_some_and(|own| own.barred),
            intervals,
            corrected: line.entries.iter().any(corrected),
            holds_for: Vec::new(),
            represented_by: None,
            user: line.user,
        }
    }

    /// A person who never came and is represented.
    fn absentee(user: User, member: Option<&Member>, holder: User) -> Self {
        Self {
            user,
            role: member.map(|member| member.role),
            join_left: None,
            present: false,
            removed: false,
            intervals: Vec::new(),
            corrected: false,
            holds_for: Vec::new(),
            represented_by: Some(holder),
        }
    }
}

impl App {
    /// The sittings the person may see, the newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sessions(
        &self,
        user: UserId,
        organization: Option<OrganizationId>,
        page: Page,
    ) -> Result<Paged<SessionLine>, Failure> {
        Ok(self.queries.sessions(user, organization, page).await?)
    }

    /// One sitting, and how the person stands towards it.
    ///
    /// # Errors
    /// [`Failure::NotFound`] for who may not know of it.
    pub async fn session(&self, id: SessionId, user: UserId) -> Result<SessionLine, Failure> {
        let line = self.queries.session(id, user).await?.ok_or(Failure::NotFound("session"))?;
        require::<ViewSession>(&line.standing, "session")?;
        Ok(line)
    }

    /// Who is in a sitting, since when, and for whom they vote: now, or at any moment. A sitting that is
    /// over is looked at as it was when it ended, just before everyone left.
    ///
    /// # Errors
    /// [`Failure::Forbidden`] for who takes no part, [`Failure::NotFound`] for strangers.
    pub async fn attendance(
        &self,
        id: SessionId,
        user: UserId,
        at: Option<Moment>,
        page: Option<Page>,
    ) -> Result<Attendance, Failure> {
        let line = self.session(id, user).await?;
        require::<ViewAttendance>(&line.standing, "session")?;
        self.attendance_of(line, at, page).await
    }

    pub(super) async fn attendance_of(
        &self,
        line: SessionLine,
        at: Option<Moment>,
        page: Option<Page>,
    ) -> Result<Attendance, Failure> {
        let id = line.session.id;
        let at = at.or(match line.session.status {
            SessionStatus::Closed { at } => Some(at - TimeDelta::microseconds(1)),
            SessionStatus::Open | SessionStatus::Locked => None,
        });
        let mandates: Vec<MandateLine> = self
            .queries
            .mandates(id)
            .await?
            .into_iter()
            .filter(|line| at.map_or(line.mandate.stands(), |at| line.mandate.stood_at(at)))
            .collect();
        // A piece is enough for now; another moment needs everybody's comings and goings.
        let piece = match (page, at) {
            (Some(page), None) => self.queries.attendees_piece(id, page).await?,
            _ => Paged { items: self.queries.attendees(id).await?, next: None },
        };
        let mut held: HashMap<UserId, Vec<User>> = HashMap::new();
        let mut given: HashMap<UserId, User> = HashMap::new();
        for mandate in &mandates {
            held.entry(mandate.holder.id).or_default().push(mandate.principal.clone());
            given.insert(mandate.principal.id, mandate.holder.clone());
        }
        let mut attendees: Vec<Attendee> = piece
            .items
            .into_iter()
            .map(|attendee| Attendee {
                holds_for: held.remove(&attendee.user.id).unwrap_or_default(),
                represented_by: given.remove(&attendee.user.id),
                ..Attendee::at(at, attendee)
            })
            .collect();
        let mut next = piece.next;
        let (members, instances) = self.queries.quorum_facts(id).await?;
        let mut present = None;
        if at.is_some() {
            // Whose mandate has ended since and who never came was represented at that moment all the same.
            for line in &mandates {
                let Some(holder) = given.remove(&line.principal.id) else { continue };
                let member = members.iter().find(|member| member.user_id == line.principal.id);
                attendees.push(Attendee::absentee(line.principal.clone(), member, holder));
            }
            attendees.sort_by_key(|attendee| attendee.user.id);
            present = Some(attendees.iter().filter(|one| one.present).map(|one| one.user.id).collect());
        }
        let electorate = self.queries.electorate(&line.organization.rules.voters, id).await?;
        let figures = Figures::of(&line, &mandates, &members, &electorate, instances, present.as_ref());
        if let (Some(page), Some(_)) = (page, at) {
            attendees.retain(|one| page.after().is_none_or(|after| i64::from(one.user.id.get()) > after));
            let paged = Paged::from_one_more(page, attendees, |one| one.user.id.get().into());
            (attendees, next) = (paged.items, paged.next);
        }
        Ok(Attendance { line, at, attendees, next, figures })
    }

    /// The events of a sitting: its agenda, drafts among them.
    ///
    /// # Errors
    /// [`Failure::NotFound`] for strangers.
    pub async fn events(
        &self,
        id: SessionId,
        user: UserId,
        page: Page,
    ) -> Result<(SessionLine, Paged<Event>), Failure> {
        let line = self.session(id, user).await?;
        let Paged { items, next } = self.queries.events(id, page).await?;
        let items = self.known(items, &line.standing).await?;
        Ok((line, Paged { items, next }))
    }

    /// A motion beside its vote: text, amendments, mover and seconder, withdrawal.
    ///
    /// # Errors
    /// [`Refusal::NotAMotion`](plenum_domain::Refusal::NotAMotion); [`Failure::NotFound`] for strangers.
    pub async fn motion(&self, id: EventId, user: UserId) -> Result<MotionLine, Failure> {
        let line = self.event(id, user).await?;
        motion::require_motion(&line.event)?;
        Ok(self.queries.motion(id).await?)
    }

    /// One event, and how the person stands towards its sitting.
    ///
    /// # Errors
    /// [`Failure::NotFound`] for strangers.
    pub async fn event(&self, id: EventId, user: UserId) -> Result<EventLine, Failure> {
        let line = self.queries.event(id, user).await?.ok_or(Failure::NotFound("event"))?;
        require::<ViewSession>(&line.line.standing, "event")?;
        if !self.may_know_of(&line.event, &line.line.standing).await? {
            return Err(Failure::NotFound("event"));
        }
        Ok(line)
    }
}
