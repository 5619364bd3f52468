//! Coming in, waiting, leaving, being asked and being corrected.

use chrono::TimeDelta;
use plenum_domain::Step;
use plenum_domain::attendance::{self, AttendanceChange, AttendanceEntry, Correction, JoinLeft};
use plenum_domain::id::{PresenceCheckId, UserId, UserSessionId};
use plenum_domain::presence::{self, Entry, PresenceCheck, Waiting, WaitingState};
use plenum_domain::proxy::Mandate;
use plenum_domain::session::SessionStatus;

use crate::command::PEOPLE;
use crate::world::{HOST, World, user};

/// A check that runs, who was asked, and who answered.
#[derive(Clone, Debug)]
pub(crate) struct Asking {
    pub(crate) check: PresenceCheck,
    pub(crate) asked: Vec<UserId>,
    pub(crate) answered: Vec<UserId>,
}

impl World {
    pub(crate) fn join(&mut self, who: UserId) {
        let own = self.own(who);
        let step = attendance::join(&self.session, self.rules.joining_of(who), self.role(who), own);
        let shut_out = own.map_or(self.session.status != SessionStatus::Open, |own| own.barred);
        if shut_out || self.session.status.is_closed() {
            assert!(step.is_err(), "{who} came in all the same");
        }
        if step == Ok(Step::To(JoinLeft::Joined)) {
            let place = self.waiting.get(&who).copied();
            let admission = self.rules.attendance.admission;
            match presence::entry(admission, self.own(who), who == HOST, place.as_ref()) {
                Ok(Entry::Enter) => self.enter(who),
                Ok(Entry::Wait) => {
                    let fresh = Waiting { since: self.now, state: WaitingState::Waiting };
                    self.waiting.entry(who).or_insert(fresh);
                    self.seen.waited += 1;
                }
                Err(_) => assert!(self.own(who).is_none(), "who was in before is not turned away"),
            }
        }
    }

    pub(crate) fn admit(&mut self, who: UserId) {
        let own = self.own(who);
        let step = attendance::admit(&self.session, self.rules.joining_of(who), self.role(who), own);
        if step == Ok(Step::To(JoinLeft::Joined)) {
            self.note_admitted(who);
            self.enter(who);
        }
    }

    /// Whom the host brings in waits no more.
    fn note_admitted(&mut self, who: UserId) {
        let place = self.waiting.get(&who).copied();
        if let Ok(Step::To(after)) = presence::admit(place.as_ref(), self.now, HOST) {
            self.waiting.insert(who, after);
        }
    }

    fn enter(&mut self, who: UserId) {
        if self.own(who).is_none() {
            self.add_instance(who, None, JoinLeft::Joined);
        }
        let held: Vec<UserSessionId> = self
            .standing()
            .filter(|mandate| mandate.holder_user_id == who)
            .filter_map(Mandate::instance)
            .collect();
        for row in self.instances.iter_mut().filter(|row| row.user_id == who) {
            if row.proxy.is_none() {
                row.barred = false;
            }
            if row.proxy.is_none() || held.contains(&row.id) {
                row.join_left = JoinLeft::Joined;
            }
        }
        self.note(who, AttendanceChange::Joined);
        self.join_rolls(who);
        self.answer(who);
    }

    fn note(&mut self, who: UserId, change: AttendanceChange) {
        self.log.push(AttendanceEntry { user_id: who, change, at: self.now, by_user_id: who });
    }

    pub(crate) fn depart(&mut self, who: UserId, change: AttendanceChange) {
        if attendance::leave(self.own(who)) == Step::Unchanged {
            return;
        }
        for row in self.instances.iter_mut().filter(|row| row.user_id == who) {
            row.join_left = JoinLeft::Left;
        }
        self.note(who, change);
    }

    pub(crate) fn remove(&mut self, who: UserId) {
        if self.own(who).is_none() || self.session.require_running().is_err() {
            return;
        }
        self.depart(who, AttendanceChange::Removed);
        for row in self.instances.iter_mut().filter(|row| row.proxy.is_none() && row.user_id == who) {
            row.barred = true;
            self.seen.removed += 1;
        }
    }

    /// One of those who wait; where nobody does, and for numbers beyond the people, anybody.
    pub(crate) fn someone_waiting(&self, number: usize) -> UserId {
        let waits = |place: &Waiting| place.state == WaitingState::Waiting;
        let waiting: Vec<UserId> =
            self.waiting.iter().filter(|(_, place)| waits(place)).map(|(who, _)| *who).collect();
        match waiting.get(number % waiting.len().max(1)) {
            Some(who) if number < PEOPLE => *who,
            _ => user(number),
        }
    }

    /// The host says yes or no to somebody who waits.
    pub(crate) fn decide(&mut self, who: UserId, yes: bool) {
        if self.session.require_running().is_err() {
            return;
        }
        let place = self.waiting.get(&who).copied();
        let step = if yes {
            presence::admit(place.as_ref(), self.now, HOST)
        } else {
            presence::refuse(place.as_ref(), self.now, HOST)
        };
        assert_eq!(step.is_ok(), place.is_some_and(|place| yes || !is_admitted(&place)));
        let Ok(Step::To(after)) = step else { return };
        self.waiting.insert(who, after);
        if yes {
            self.enter(who);
            self.seen.let_in += 1;
        } else {
            self.seen.turned_away += 1;
        }
    }

    /// The host corrects the record: `back` seconds ago and for `length` seconds, or until now and on.
    pub(crate) fn correct(&mut self, who: UserId, present: bool, back: i64, length: Option<i64>) {
        let from = self.now - TimeDelta::seconds(back);
        let until = length.map(|length| from + TimeDelta::seconds(length));
        let end = self.session.status.closed_at().unwrap_or(self.now);
        let correction = Correction::new(&self.session, present, from, until.unwrap_or(end), end);
        let Ok(correction) = correction else { return };
        let before = self.is_in(who);
        self.note(who, AttendanceChange::Corrected(correction));
        self.seen.corrected += 1;
        match (present, until.is_none() && !self.session.status.is_closed()) {
            (true, true) if !before => {
                let step = attendance::admit(
                    &self.session,
                    self.rules.joining_of(who),
                    self.role(who),
                    self.own(who),
                );
                if step == Ok(Step::To(JoinLeft::Joined)) {
                    self.note_admitted(who);
                    self.enter(who);
                } else {
                    // The whole correction is refused then.
                    self.log.pop();
                }
            }
            (true, _) if self.own(who).is_none() => {
                self.note_admitted(who);
                self.add_instance(who, None, JoinLeft::Left);
            }
            (false, true) => self.depart(who, AttendanceChange::Left),
            _ => {}
        }
    }

    /// The host asks "are you here?".
    pub(crate) fn ask(&mut self, seconds: i64, sets_absent: bool) {
        if self.asking.is_some() || self.session.require_running().is_err() {
            return;
        }
        let present = self.instances.iter().filter(|row| row.is_own_presence());
        let asked: Vec<UserId> = present.map(|row| row.user_id).collect();
        let check = PresenceCheck {
            id: PresenceCheckId::new(1),
            session_id: self.session.id,
            created_by_user_id: HOST,
            opened_at: self.now,
            closes_at: self.now + TimeDelta::seconds(seconds),
            sets_absent,
            closed_at: None,
        };
        self.asking = Some(Asking { check, asked, answered: vec![HOST] });
        self.seen.asked += 1;
    }

    /// Somebody says "I am here"; coming back says it too.
    pub(crate) fn answer(&mut self, who: UserId) {
        let now = self.now;
        let Some(asking) = &mut self.asking else { return };
        let in_time = now < asking.check.closes_at;
        assert_eq!(asking.check.require_running(now).is_ok(), in_time);
        if in_time && asking.asked.contains(&who) {
            asking.answered.push(who);
        }
    }

    /// The host, or the schedule, ends a check.
    pub(crate) fn end_check(&mut self, due: bool) {
        let Some(asking) = self.asking.take() else { return };
        if due && !asking.check.is_due(self.now) {
            self.asking = Some(asking);
            return;
        }
        let voted: Vec<usize> = self.events.iter().map(|opened| opened.votes.len()).collect();
        let silent: Vec<UserId> =
            asking.asked.iter().copied().filter(|who| !asking.answered.contains(who)).collect();
        if asking.check.sets_absent && !self.session.status.is_closed() {
            for who in silent {
                self.seen.set_absent += u32::from(self.is_in(who));
                self.depart(who, AttendanceChange::Left);
                assert!(!self.is_in(who));
            }
        }
        let now: Vec<usize> = self.events.iter().map(|opened| opened.votes.len()).collect();
        assert_eq!(now, voted, "departures never remove a cast vote");
    }
}

const fn is_admitted(place: &Waiting) -> bool {
    matches!(place.state, WaitingState::Admitted { .. })
}
