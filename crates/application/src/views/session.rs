use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;
use plenum_domain::Moment;
use plenum_domain::attendance::{self, Interval, JoinLeft};
use plenum_domain::event::Event;
use plenum_domain::id::{EventId, OrganizationId, SessionId, UserId};
use plenum_domain::motion;
use plenum_domain::organization::Role;
use plenum_domain::permission::{ViewAttendance, ViewSession};
use plenum_domain::proxy::{self, Mandate, MandateState};
use plenum_domain::roll::{self, Quorum};
use plenum_domain::session::SessionStatus;
use plenum_domain::user::User;
use plenum_ports::page::{Page, Paged};
use plenum_ports::queries::{EventLine, MandateLine, MotionLine, SessionLine};

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
    /// Everyone who is or was in, or is represented at the moment asked for.
    pub attendees: Vec<Attendee>,
    /// People who are in at that moment.
    pub headcount: usize,
    /// How the quorum stands at that moment.
    pub quorum: Quorum,
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
    ) -> Result<Attendance, Failure> {
        let line = self.session(id, user).await?;
        require::<ViewAttendance>(&line.standing, "session")?;
        self.attendance_of(line, at).await
    }

    pub(super) async fn attendance_of(
        &self,
        line: SessionLine,
        at: Option<Moment>,
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
        let mut held: HashMap<UserId, Vec<User>> = HashMap::new();
        let mut given: HashMap<UserId, User> = HashMap::new();
        for mandate in &mandates {
            held.entry(mandate.holder.id).or_default().push(mandate.principal.clone());
            given.insert(mandate.principal.id, mandate.holder.clone());
        }
        let mut attendees: Vec<Attendee> = self
            .queries
            .attendees(id)
            .await?
            .into_iter()
            .map(|attendee| {
                let intervals = attendance::intervals(&attendee.entries);
                Attendee {
                    role: attendee.member.map(|member| member.role),
                    join_left: attendee.own.map(|own| own.join_left),
                    present: match at {
                        Some(at) => attendance::present_at(&intervals, at),
                        None => attendee.own.is_some_and(|own| own.is_own_presence()),
                    },
                    removed: attendee.own.is_some_and(|own| own.barred),
                    intervals,
                    holds_for: held.remove(&attendee.user.id).unwrap_or_default(),
                    represented_by: given.remove(&attendee.user.id),
                    user: attendee.user,
                }
            })
            .collect();
        let (members, mut instances) = self.queries.quorum_facts(id).await?;
        // Whose mandate has ended since and who never came was represented at that moment all the same.
        for line in &mandates {
            let Some(holder) = given.remove(&line.principal.id) else { continue };
            attendees.push(Attendee {
                user: line.principal.clone(),
                role: members
                    .iter()
                    .find(|member| member.user_id == line.principal.id)
                    .map(|member| member.role),
                join_left: None,
                present: false,
                removed: false,
                intervals: Vec::new(),
                holds_for: Vec::new(),
                represented_by: Some(holder),
            });
        }
        attendees.sort_by_key(|attendee| attendee.user.id);
        if at.is_some() {
            let present: HashSet<UserId> =
                attendees.iter().filter(|one| one.present).map(|one| one.user.id).collect();
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
        let standing = proxy::usable(&stood, &rules.proxies, &members, None);
        let electorate = self.queries.electorate(&rules.voters, id).await?;
        let members = rules.entitled(&members, &electorate);
        let quorum = roll::live_quorum(rules.quorum, &members, &instances, &standing, rules.proxies.allowed);
        Ok(Attendance { at, headcount: roll::headcount(&instances), attendees, quorum, line })
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
