//! A sitting in memory: it writes down what the rules decide and decides nothing itself.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use chrono::TimeDelta;
use plenum_domain::attendance::{self, AttendanceChange, AttendanceEntry, JoinLeft, UserSession};
use plenum_domain::event::{
    Ballot, Event, EventState, Extension, Schedule, Secrecy, Terms, Timing, Visibility, VoteOptions,
};
use plenum_domain::id::{EventId, OrganizationId, ProxyId, SessionId, UserId, UserSessionId};
use plenum_domain::organization::{Member, QuorumRule, Role, Rules, Weight};
use plenum_domain::permission::{ConductEvents, ManageSession, Permit, Permitted, Standing};
use plenum_domain::presence::Waiting;
use plenum_domain::proxy::{self, Mandate, MandateState, Offer, Scope, Stood, Voting};
use plenum_domain::result::{self, Bar, EventResult, RollLine};
use plenum_domain::roll::{self, Quorum, RollEntry};
use plenum_domain::rules::EventRules;
use plenum_domain::session::{JoinCode, Session, SessionStatus};
use plenum_domain::text::{Description, OptionLabel, Reason, Title};
use plenum_domain::vote::{self, Response};
use plenum_domain::{Moment, Refusal, Step};

use crate::checks;
use crate::command::{Command, PEOPLE, Setting};
use crate::desk::{Around, Desk, DeskCommand, DeskSeen};
use crate::presence::Asking;

/// How often things happened.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) accepted: u32,
    pub(crate) by_proxy: u32,
    pub(crate) refused: u32,
    pub(crate) too_late: u32,
    pub(crate) twice: u32,
    pub(crate) suspended: u32,
    pub(crate) given: u32,
    pub(crate) chains: u32,
    pub(crate) revoked: u32,
    pub(crate) used: u32,
    pub(crate) counted: u32,
    pub(crate) removed: u32,
    pub(crate) changed: u32,
    pub(crate) extended: u32,
    pub(crate) shared: u32,
    pub(crate) late: u32,
    pub(crate) joined_late: u32,
    pub(crate) desk: DeskSeen,
    pub(crate) split: u32,
    pub(crate) waited: u32,
    pub(crate) let_in: u32,
    pub(crate) turned_away: u32,
    pub(crate) corrected: u32,
    pub(crate) asked: u32,
    pub(crate) set_absent: u32,
}

impl AddAssign for Seen {
    fn add_assign(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.by_proxy += other.by_proxy;
        self.refused += other.refused;
        self.too_late += other.too_late;
        self.twice += other.twice;
        self.suspended += other.suspended;
        self.given += other.given;
        self.chains += other.chains;
        self.revoked += other.revoked;
        self.used += other.used;
        self.counted += other.counted;
        self.removed += other.removed;
        self.changed += other.changed;
        self.extended += other.extended;
        self.shared += other.shared;
        self.late += other.late;
        self.joined_late += other.joined_late;
        self.desk += other.desk;
        self.split += other.split;
        self.waited += other.waited;
        self.let_in += other.let_in;
        self.turned_away += other.turned_away;
        self.corrected += other.corrected;
        self.asked += other.asked;
        self.set_absent += other.set_absent;
    }
}

/// A vote that was acknowledged.
#[derive(Clone, Debug)]
pub(crate) struct Acknowledged {
    pub(crate) principal: UserId,
    pub(crate) instance: UserSessionId,
    pub(crate) response: Response,
    pub(crate) at: Moment,
}

/// An event that was opened.
#[derive(Clone, Debug)]
pub(crate) struct Opened {
    pub(crate) event: Event,
    pub(crate) roll: Vec<RollEntry>,
    pub(crate) quorum: QuorumRule,
    pub(crate) votes: Vec<Acknowledged>,
    /// What was counted, and the roll as it was then.
    pub(crate) result: Option<(EventResult, Vec<RollLine>)>,
}

/// The sitting.
pub(crate) struct World {
    pub(crate) now: Moment,
    pub(crate) rules: Rules,
    pub(crate) session: Session,
    pub(crate) members: Vec<Member>,
    pub(crate) instances: Vec<UserSession>,
    pub(crate) mandates: Vec<Mandate>,
    pub(crate) log: Vec<AttendanceEntry>,
    pub(crate) waiting: BTreeMap<UserId, Waiting>,
    /// The presence check that runs.
    pub(crate) asking: Option<Asking>,
    pub(crate) events: Vec<Opened>,
    pub(crate) seen: Seen,
    pub(crate) desk: Desk,
    last_id: i32,
}

pub(crate) const HOST: UserId = UserId::new(1);

pub(crate) fn user(number: usize) -> UserId {
    UserId::new(i32::try_from(number % PEOPLE).expect("a small number") + 1)
}

fn as_owner() -> Standing {
    Standing { host: true, participant: true, ..Standing::in_organization(HOST, Some(Role::Owner)) }
}

fn conduct() -> Permit<ConductEvents> {
    ConductEvents::permit(&as_owner()).expect("the owner may")
}

fn manage() -> Permit<ManageSession> {
    ManageSession::permit(&as_owner()).expect("the owner may")
}

impl World {
    pub(crate) fn new(setting: &Setting) -> Self {
        let now = Moment::from_timestamp(1_772_391_600, 0).expect("a moment");
        let role = |at: usize| match at {
            0 => Role::Owner,
            at if at == PEOPLE - 2 => Role::Observer,
            _ => Role::Member,
        };
        let organization_id = OrganizationId::new(1);
        let member = |at: usize| Member {
            organization_id,
            user_id: user(at),
            role: role(at),
            weight: Weight::new(setting.weights[at]).expect("a weight"),
            joined_at: now,
        };
        let session = Session {
            id: SessionId::new(1),
            organization_id,
            join_code: JoinCode::parse("ABCDEF").expect("a code"),
            title: Title::parse("Senate").expect("a title"),
            status: SessionStatus::Open,
            created_by_user_id: HOST,
            created_at: now,
        };
        let mut world = Self {
            now,
            rules: setting.rules.clone(),
            session,
            members: (0..PEOPLE - 1).map(member).collect(),
            instances: Vec::new(),
            mandates: Vec::new(),
            log: Vec::new(),
            waiting: BTreeMap::new(),
            asking: None,
            events: Vec::new(),
            seen: Seen::default(),
            desk: Desk::default(),
            last_id: 0,
        };
        for (principal, holder) in &setting.mandates {
            world.apply(&Command::Give { principal: *principal, holder: *holder, by_host: true });
        }
        for at in (0..PEOPLE).filter(|at| setting.present[*at]) {
            world.apply(&Command::Admit(at));
        }
        world
    }

    fn next_id(&mut self) -> i32 {
        self.last_id += 1;
        self.last_id
    }

    pub(crate) fn role(&self, user: UserId) -> Option<Role> {
        self.members.iter().find(|member| member.user_id == user).map(|member| member.role)
    }

    pub(crate) fn own(&self, user: UserId) -> Option<&UserSession> {
        self.instances.iter().find(|row| row.proxy.is_none() && row.user_id == user)
    }

    pub(crate) fn is_in(&self, user: UserId) -> bool {
        self.own(user).is_some_and(UserSession::is_own_presence)
    }

    /// The event counted back from the one opened last.
    fn event(&self, back: usize) -> Option<usize> {
        let count = self.events.len();
        (count > 0).then(|| count - 1 - back % count)
    }

    pub(crate) fn apply(&mut self, command: &Command) {
        match command {
            Command::Join(who) => self.join(user(*who)),
            Command::Admit(who) => self.admit(user(*who)),
            Command::Leave(who) => self.depart(user(*who), AttendanceChange::Left),
            Command::Remove(who) => self.remove(user(*who)),
            Command::Lock => self.set_status(|session| session.lock(&manage())),
            Command::Unlock => self.set_status(|session| session.open(&manage())),
            Command::CloseSitting => self.close_sitting(),
            Command::Give { principal, holder, by_host } => {
                self.give(user(*principal), user(*holder), *by_host);
            }
            Command::Revoke(which) => self.revoke(*which),
            Command::SetRole(who, role) => self.set_role(user(*who), *role),
            Command::SetWeight(who, weight) => self.set_weight(user(*who), *weight),
            Command::Open { election, proxies, delay, minutes } => {
                self.open(*election, *proxies, *delay, *minutes);
            }
            Command::Vote { caster, which, event, choice } => {
                if let Some(at) = self.event(*event) {
                    self.vote(user(*caster), which, at, *choice, None);
                }
            }
            Command::CloseEvent(event) => {
                if let Some(at) = self.event(*event) {
                    self.close_event(at, &conduct());
                }
            }
            Command::CloseDue => self.close_due(),
            Command::Release(event) => self.conduct(*event, |event, now| {
                let Ok(Step::To(released)) = event.release(&conduct(), now) else { return None };
                Some(released)
            }),
            Command::Annul(event) => self.conduct(*event, |event, now| {
                let reason = Reason::parse("Wrong wording.").expect("a reason");
                event.annul(&conduct(), HOST, reason, now).ok()
            }),
            Command::Change { caster, which, event, choice } => {
                if let Some(at) = self.event(*event) {
                    self.change(user(*caster), which, at, *choice);
                }
            }
            Command::Extend { event, minutes } => self.extend(*event, *minutes),
            Command::Share { event, shared } => {
                let mut done = false;
                self.conduct(*event, |event, _| {
                    let Ok(Step::To(event)) = event.share(&conduct(), *shared) else { return None };
                    assert!(matches!(event.state, EventState::Active { .. }));
                    done = true;
                    Some(event)
                });
                self.seen.shared += u32::from(done);
            }
            Command::Desk(command) => self.at_the_desk(command),
            Command::Split { caster, which, event, choice, first } => {
                if let Some(at) = self.event(*event) {
                    self.vote(user(*caster), which, at, *choice, Some(*first));
                }
            }
            Command::LetIn(who) => self.decide(self.someone_waiting(*who), true),
            Command::TurnAway(who) => self.decide(self.someone_waiting(*who), false),
            Command::Correct { who, present, back, length } => {
                self.correct(user(*who), *present, *back, *length);
            }
            Command::Ask { seconds, sets_absent } => self.ask(*seconds, *sets_absent),
            Command::Answer(who) => self.answer(user(*who)),
            Command::EndCheck { due } => self.end_check(*due),
            Command::Wait(minutes) => self.now += TimeDelta::minutes(*minutes),
        }
        self.now += TimeDelta::seconds(1);
    }

    fn at_the_desk(&mut self, command: &DeskCommand) {
        let people = (0..PEOPLE).map(|at| (self.role(user(at)), self.is_in(user(at)))).collect();
        let around = Around { session: &self.session, rules: &self.rules, now: self.now, people };
        self.desk.apply(command, &around);
        self.seen.desk = self.desk.seen;
    }

    /// Gives a vote more time; what was over stays over, and no end comes nearer.
    fn extend(&mut self, back: usize, minutes: i64) {
        let Some(at) = self.event(back) else { return };
        let event = &self.events[at].event;
        let end = event.schedule.end_time;
        let until = end.unwrap_or(self.now) + TimeDelta::minutes(minutes);
        let Ok(extended) = event.extend(&conduct(), Extension::Until(until), self.now) else { return };
        assert!(end.is_some_and(|end| self.now < end && Some(end) < extended.schedule.end_time));
        self.events[at].event = extended;
        self.seen.extended += 1;
    }

    fn set_status(&mut self, step: impl FnOnce(&Session) -> Result<Step<SessionStatus>, Refusal>) {
        if let Ok(Step::To(status)) = step(&self.session) {
            self.session.status = status;
        }
    }

    pub(crate) fn add_instance(
        &mut self,
        who: UserId,
        proxy: Option<UserId>,
        join_left: JoinLeft,
    ) -> UserSessionId {
        let id = UserSessionId::new(self.next_id());
        self.instances.push(UserSession {
            id,
            user_id: who,
            session_id: self.session.id,
            proxy,
            join_left,
            barred: false,
            timestamp: self.now,
        });
        id
    }

    fn give(&mut self, principal: UserId, holder: UserId, by_host: bool) {
        let offer = Offer {
            session: Some(&self.session),
            scope: Scope::Sitting { session_id: self.session.id },
            event: None,
            rules: &self.rules.proxies,
            principal,
            principal_role: self.role(principal),
            holder,
            holder_role: self.role(holder),
            principal_present: self.is_in(principal),
            holder_present: self.is_in(holder),
            voting: Voting::NotYet,
            by: if by_host { HOST } else { principal },
            by_host,
            reasoned: false,
            others: &self.mandates,
        };
        match proxy::give(&offer) {
            Ok(awaits) => {
                assert_eq!(awaits, None, "these rules want nobody's word");
                self.seen.given += 1;
            }
            Err(refusal) => {
                self.seen.chains += u32::from(refusal == Refusal::ProxyChain);
                return;
            }
        }
        let join_left = if self.is_in(holder) { JoinLeft::Joined } else { JoinLeft::Left };
        let earlier =
            self.instances.iter_mut().find(|row| row.user_id == holder && row.proxy == Some(principal));
        let instance = if let Some(row) = earlier {
            row.join_left = join_left;
            row.id
        } else {
            self.add_instance(holder, Some(principal), join_left)
        };
        let id = ProxyId::new(self.next_id());
        self.mandates.push(Mandate {
            id,
            scope: Scope::Sitting { session_id: self.session.id },
            span: None,
            principal_user_id: principal,
            holder_user_id: holder,
            created_by_user_id: if by_host { HOST } else { principal },
            created_at: self.now,
            state: MandateState::Standing(Stood { since: self.now, instance: Some(instance) }),
        });
    }

    fn revoke(&mut self, which: usize) {
        if self.mandates.is_empty() {
            return;
        }
        let at = which % self.mandates.len();
        let mandate = self.mandates[at];
        let used = self.events.iter().any(|opened| {
            matches!(opened.event.state, EventState::Active { .. })
                && opened.votes.iter().any(|vote| Some(vote.instance) == mandate.instance())
        });
        if self.session.status.is_closed() {
            return;
        }
        match mandate.revoke(self.now, used) {
            Ok(revoked) => {
                self.mandates[at] = revoked;
                for row in self.instances.iter_mut().filter(|row| Some(row.id) == mandate.instance()) {
                    row.join_left = JoinLeft::Left;
                }
                self.seen.revoked += 1;
            }
            Err(refusal) => self.seen.used += u32::from(refusal == Refusal::ProxyUsed),
        }
    }

    fn set_role(&mut self, who: UserId, role: Option<Role>) {
        let weight = self.members.iter().find(|member| member.user_id == who).map(|member| member.weight);
        self.members.retain(|member| member.user_id != who);
        if let Some(role) = role {
            self.members.push(Member {
                organization_id: self.session.organization_id,
                user_id: who,
                role,
                weight: weight.unwrap_or(Weight::ONE),
                joined_at: self.now,
            });
        }
        self.join_rolls(who);
    }

    /// Who is in and has a vote joins the rolls of open votes.
    pub(crate) fn join_rolls(&mut self, who: UserId) {
        let member = self.members.iter().find(|member| member.user_id == who).copied();
        let Some(member) = member.filter(|_| self.is_in(who)) else { return };
        for opened in &mut self.events {
            let line = |entry: &RollEntry| RollLine {
                principal: entry.principal,
                weight: entry.weight,
                present: entry.present,
            };
            let lines: Vec<RollLine> = opened.roll.iter().map(line).collect();
            if let Some(entry) = roll::late(&opened.event, &member, &lines) {
                opened.roll.push(entry);
                self.seen.joined_late += 1;
            }
        }
    }

    fn set_weight(&mut self, who: UserId, weight: u32) {
        for member in self.members.iter_mut().filter(|member| member.user_id == who) {
            member.weight = Weight::new(weight).expect("a weight");
        }
    }

    fn draft(&mut self, election: bool, proxies: bool, delay: i64, minutes: Option<i64>) -> Event {
        let labels = if election { ["Ann", "Bob", "abstain"] } else { ["yes", "no", "abstain"] };
        let labels = labels.map(|label| OptionLabel::parse(label).expect("a label")).to_vec();
        let options = VoteOptions::new(labels).expect("options");
        let ballot = if election {
            let abstain = Ballot::usual_abstention(&options);
            Ballot::plurality(options, abstain).expect("candidates")
        } else {
            Ballot::motion(options, self.rules.motion_majority, None).expect("a majority")
        };
        let start_time = self.now + TimeDelta::minutes(delay);
        let end_time = minutes.map(|minutes| start_time + TimeDelta::minutes(minutes));
        Event {
            id: EventId::new(self.next_id()),
            session_id: self.session.id,
            name: Title::parse("Item").expect("a title"),
            state: EventState::Draft,
            schedule: Schedule::new(start_time, end_time).expect("a schedule"),
            terms: Terms {
                description: Description::parse("").expect("may be empty"),
                ballot,
                visibility: Visibility::HiddenUntilRelease,
                proxy: proxies,
                secrecy: Secrecy::Standard,
                timing: Timing::default(),
                rules: EventRules::default(),
                follows: None,
                voters: None,
            },
            created_by_user_id: HOST,
            created_at: self.now,
        }
    }

    fn open(&mut self, election: bool, proxies: bool, delay: i64, minutes: Option<i64>) {
        let draft = self.draft(election, proxies, delay, minutes);
        assert!(vote::require_voting(&draft, self.now).is_err(), "a draft takes no votes");
        let draft = draft.under(&self.rules);
        let Ok(Step::To(event)) = draft.open(&self.session, &conduct(), self.now) else { return };
        let admitted = self.rules.proxies.allowed && proxies;
        let usable = proxy::usable(&self.mandates, &self.rules.proxies, &self.members, Some(draft.id));
        let roll = roll::fix(&self.members, &self.instances, &usable, admitted);
        checks::the_roll_is_fixed_right(self, &roll, admitted);
        if Quorum::of_roll(self.rules.quorum, &roll).require().is_ok() {
            let quorum = self.rules.quorum;
            self.events.push(Opened { event, roll, quorum, votes: Vec::new(), result: None });
        }
    }

    pub(crate) fn standing(&self) -> impl Iterator<Item = &Mandate> {
        self.mandates.iter().filter(|mandate| mandate.stands())
    }

    pub(crate) fn mandate_stands(&self, instance: UserSessionId) -> bool {
        self.standing().any(|mandate| mandate.instance() == Some(instance))
    }

    /// The roll with who was in at some time between the opening and `until`.
    fn roll_lines(&self, opened: &Opened, until: Moment) -> Vec<RollLine> {
        let opened_at = opened.event.state.opened_at().expect("an opened event");
        let was_in = |user: UserId| {
            let theirs = self.log.iter().filter(|entry| entry.user_id == user);
            attendance::was_in(theirs, opened_at, Some(until))
        };
        let line = |entry: &RollEntry| RollLine {
            principal: entry.principal,
            weight: entry.weight,
            present: entry.present || was_in(entry.principal),
        };
        opened.roll.iter().map(line).collect()
    }

    fn close_event(&mut self, at: usize, permit: &Permit<ConductEvents>) {
        let opened = &self.events[at];
        let Ok(Step::To(closed)) = opened.event.close(permit, self.now) else { return };
        assert!(opened.result.is_none() && opened.event.state.annulment().is_none(), "closed again");
        let lines = self.roll_lines(opened, closed.schedule.end_time.unwrap_or(self.now));
        let votes: Vec<_> = opened.votes.iter().map(|vote| (vote.principal, vote.response.clone())).collect();
        let result = result::count(&closed.terms.ballot, Bar::of(&closed, opened.quorum), &lines, &votes);
        self.events[at].event = closed;
        self.events[at].result = Some((result, lines));
        self.seen.counted += 1;
    }

    fn close_due(&mut self) {
        for at in 0..self.events.len() {
            if let Some(permit) = Permit::by_schedule(&self.events[at].event, self.now) {
                self.close_event(at, &permit);
            }
        }
    }

    fn conduct(&mut self, back: usize, step: impl FnOnce(&Event, Moment) -> Option<Event>) {
        let Some(at) = self.event(back) else { return };
        let before = &self.events[at].event;
        if let Some(event) = step(before, self.now) {
            assert!(before.state.annulment().is_none(), "void is void");
            assert_eq!(before.state.closed_at(), event.state.closed_at());
            assert!(before.state.released_at().is_none_or(|at| event.state.released_at() == Some(at)));
            self.events[at].event = event;
        }
    }

    fn close_sitting(&mut self) {
        let Step::To(status) = self.session.close(&manage(), self.now) else { return };
        let permit = Permit::<ConductEvents>::with_session(&manage());
        for at in 0..self.events.len() {
            self.close_event(at, &permit);
        }
        for at in 0..PEOPLE {
            self.depart(user(at), AttendanceChange::Left);
        }
        self.session.status = status;
        // Everyone is out already: it ends without setting anybody absent.
        self.end_check(false);
    }
}
