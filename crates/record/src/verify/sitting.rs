//! What the leaves tell, followed from the first to the last.

use std::collections::{BTreeMap, HashMap, HashSet};

use plenum_domain::Moment;
use plenum_domain::attendance::{AttendanceChange, AttendanceEntry, Correction};
use plenum_domain::id::UserId;
use serde_json::Value;

use super::event::EventLog;
use super::{Check, Report};
use crate::file::{LeafLine, Record};
use crate::leaf::{Leaf, opened};

/// Leaves that may stand behind the close of a sitting.
const AFTERWARDS: [&str; 7] = [
    "event.release",
    "event.annul",
    "event.tie",
    "event.correct",
    "event.destroy_key",
    "session.export",
    "session.correct_presence",
];

/// A leaf with what it opens.
pub(super) struct Told<'a> {
    pub(super) leaf: Leaf,
    pub(super) line: &'a LeafLine,
}

impl Told<'_> {
    pub(super) fn opened(&self, name: &str) -> Option<Value> {
        self.line.openings.get(name).and_then(opened)
    }

    pub(super) fn number(&self, fact: &str) -> Option<i32> {
        self.leaf.facts.get(fact).and_then(Value::as_i64).and_then(|number| i32::try_from(number).ok())
    }

    /// What a correction of the attendance says.
    fn correction(&self) -> Option<Correction> {
        let moment = |fact| self.text(fact)?.parse::<Moment>().ok();
        let present = self.leaf.facts.get("present")?.as_bool()?;
        Some(Correction { present, from: moment("from")?, until: moment("until")? })
    }

    pub(super) fn text(&self, fact: &str) -> Option<&str> {
        self.leaf.facts.get(fact).and_then(Value::as_str)
    }
}

/// A mandate that stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mandate {
    pub(super) principal: i32,
    pub(super) holder: i32,
    pub(super) instance: i32,
    /// The one event it is for; `None` for the whole sitting.
    pub(super) event: Option<i32>,
}

impl Mandate {
    fn is_of(self, principal: i32, event: i32) -> bool {
        self.principal == principal && self.event.is_none_or(|only| only == event)
    }
}

/// The sitting as it is at some leaf.
#[derive(Default)]
pub(super) struct Sitting {
    /// Whose own vote an instance is.
    pub(super) own: HashMap<i32, i32>,
    /// Mandates that stand, by id.
    pub(super) mandates: HashMap<i64, Mandate>,
    /// Every mandate that stood at some time.
    stood: Vec<Mandate>,
    present: HashSet<i32>,
    /// Comings and goings of each person.
    pub(super) attendance: HashMap<UserId, Vec<AttendanceEntry>>,
    closed: bool,
}

impl Sitting {
    /// Whether a mandate to vote for this person with this instance on this event ever stood.
    pub(super) fn stood(&self, principal: i32, instance: i32, event: i32) -> bool {
        self.stood.iter().any(|mandate| mandate.instance == instance && mandate.is_of(principal, event))
    }

    /// Whether any mandate to vote for this person on this event ever stood.
    pub(super) fn ever_represented(&self, principal: i32, event: i32) -> bool {
        self.stood.iter().any(|mandate| mandate.is_of(principal, event))
    }

    /// Whether the host ever corrected when a person was in: they may have voted and not have been there since.
    pub(super) fn was_corrected(&self, user: i32) -> bool {
        let theirs = self.attendance.get(&UserId::new(user)).into_iter().flatten();
        theirs.map(|entry| entry.change).any(|change| matches!(change, AttendanceChange::Corrected(_)))
    }

    /// Whether a person is in, as far as the leaves have been followed.
    pub(super) fn is_in(&self, user: i32) -> bool {
        self.present.contains(&user)
    }

    fn attends(&mut self, user: i32, change: AttendanceChange, at: Moment) {
        let user_id = UserId::new(user);
        let entry = AttendanceEntry { user_id, change, at, by_user_id: user_id };
        self.attendance.entry(user_id).or_default().push(entry);
        if change == AttendanceChange::Joined {
            self.present.insert(user);
        } else {
            self.present.remove(&user);
        }
    }

    fn follow(&mut self, told: &Told<'_>) -> Result<(), &'static str> {
        let leaf = &told.leaf;
        let target = leaf.target.id.unwrap_or_default();
        let at = leaf.at.ok_or("it has no time")?;
        match leaf.action.as_str() {
            "session.join" => {
                let user = told.number("user_id").ok_or("it does not say who came")?;
                let instance = i32::try_from(target).map_err(|_| "it names no vote instance")?;
                if self.own.insert(instance, user).is_some_and(|before| before != user) {
                    return Err("the vote instance was another person's before");
                }
                self.attends(user, AttendanceChange::Joined, at);
            }
            "session.leave" | "session.remove_attendee" => {
                let user = told.number("user_id").ok_or("it does not say who left")?;
                if self.present.contains(&user) {
                    self.attends(user, AttendanceChange::Left, at);
                }
            }
            "session.correct_presence" => {
                let user = told.number("user_id").ok_or("it does not say whose presence it corrects")?;
                let (correction, at) =
                    told.correction().zip(leaf.at).ok_or("it does not say what was true")?;
                let (user_id, change) = (UserId::new(user), AttendanceChange::Corrected(correction));
                let entry = AttendanceEntry { user_id, change, at, by_user_id: user_id };
                self.attendance.entry(user_id).or_default().push(entry);
            }
            "session.close" => {
                for user in std::mem::take(&mut self.present) {
                    self.attends(user, AttendanceChange::Left, at);
                }
                self.closed = true;
            }
            _ if leaf.target.table == "proxies" => self.follow_mandate(told, target)?,
            _ => {}
        }
        Ok(())
    }

    /// A mandate stands from the leaf that says so to the leaf that says otherwise.
    fn follow_mandate(&mut self, told: &Told<'_>, id: i64) -> Result<(), &'static str> {
        let stands = match told.text("state") {
            Some(state) => state == "standing",
            None => told.leaf.action == "proxy.give",
        };
        if !stands {
            self.mandates.remove(&id);
            return Ok(());
        }
        let number = |fact| told.number(fact).ok_or("it does not say whose mandate it is");
        let principal = number("principal_user_id")?;
        let holder = number("holder_user_id")?;
        // One for a span of time stands without an instance, until it is brought into a sitting.
        if let Some(instance) = told.number("user_session_id") {
            let mandate = Mandate { principal, holder, instance, event: told.number("event_id") };
            self.mandates.insert(id, mandate);
            self.stood.push(mandate);
        }
        Ok(())
    }
}

pub(super) fn check(record: &Record, report: &mut Report) {
    let told = record.leaves.iter().filter_map(|line| {
        let leaf = serde_json::from_str::<Leaf>(&line.text).ok()?;
        Some(Told { leaf, line })
    });
    let mut sitting = Sitting::default();
    let mut events: BTreeMap<i32, EventLog> = BTreeMap::new();
    for (number, told) in told.enumerate() {
        let action = told.leaf.action.as_str();
        let position = told.line.position;
        report.expect(Check::Sitting, (number == 0) == (action == "session.create"), || {
            format!("leaf {position}: a log begins with the opening of its sitting, once")
        });
        let in_time = !sitting.closed || AFTERWARDS.contains(&action);
        report.expect(Check::Sitting, in_time, || format!("leaf {position}: {action} after the close"));
        let event = told.leaf.event_id.filter(|_| told.leaf.target.table != "proxies");
        match event {
            Some(event) => events.entry(event).or_default().follow(event, &told, &sitting, report),
            None => {
                if let Err(why) = sitting.follow(&told) {
                    report.fails(Check::Sitting, format!("leaf {position}: {why}"));
                }
            }
        }
    }
    for entries in sitting.attendance.values_mut() {
        entries.sort_by_key(|entry| entry.at);
    }
    let mut published: HashMap<i32, &Value> = HashMap::new();
    for line in &record.results {
        let twice = published.insert(line.event_id, &line.result).is_some();
        report.expect(Check::Published, !twice && events.contains_key(&line.event_id), || {
            format!("a result of event {} is published that the log does not know", line.event_id)
        });
    }
    for (id, event) in &events {
        event.finish(*id, &sitting, published.get(id).copied(), report);
    }
}
