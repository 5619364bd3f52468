//! The state of a sitting as messages.

use std::fmt::Write;

use axum::body::Bytes;
use plenum_application::views::{Watched, WatchedEvent};
use plenum_domain::Moment;
use plenum_domain::attendance::quorum_in_words;
use plenum_domain::event::EventState;
use plenum_ports::documents::ResultData;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The state of one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Section {
    kind: &'static str,
    /// Which event it is about; zero for the sitting itself.
    event: i32,
    /// A JSON object.
    content: String,
}

/// The state of a sitting.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    sections: Vec<Section>,
    mark: String,
}

impl Snapshot {
    /// What everyone who takes part may see.
    pub(super) fn of(watched: &Watched) -> Self {
        let mut sections = vec![session(watched), attendance(watched), presence_check(watched)];
        for line in &watched.events {
            sections.extend(about(line));
        }
        let mut hash = Sha256::new();
        for section in &sections {
            hash.update(section.kind.as_bytes());
            hash.update(section.event.to_be_bytes());
            hash.update(section.content.as_bytes());
        }
        let mark = hex::encode(&hash.finalize()[..12]);
        Self { sections, mark }
    }

    /// Which state it is: the same text means the same state, in every server.
    pub(super) fn mark(&self) -> &str {
        &self.mark
    }

    /// Everything, or what is not as it was `before`, ending with the mark.
    pub(super) fn messages(&self, before: Option<&Self>, now: Moment) -> Bytes {
        let mut text = String::new();
        for section in &self.sections {
            if before.is_none_or(|before| !before.sections.contains(section)) {
                message(&mut text, section.kind, now, &section.content);
            }
        }
        // An event that is not there any more was a draft.
        for gone in before.into_iter().flat_map(|before| &before.sections).filter(|old| old.kind == "event") {
            if !self.sections.iter().any(|section| section.kind == "event" && section.event == gone.event) {
                message(
                    &mut text,
                    "event",
                    now,
                    &json!({"event_id": gone.event, "state": "deleted"}).to_string(),
                );
            }
        }
        text.push_str(&current(&self.mark, now));
        Bytes::from(text)
    }
}

/// The end of a batch: from here on a client knows everything up to this mark.
pub(super) fn current(mark: &str, now: Moment) -> String {
    let mut text = format!("id: {mark}\n");
    message(&mut text, "current", now, "{}");
    text
}

/// One message: its content with the server's time.
pub(super) fn message(text: &mut String, kind: &str, now: Moment, content: &str) {
    let time = now.format("%Y-%m-%dT%H:%M:%S%.3fZ");
    let rest = content.strip_prefix('{').unwrap_or("}");
    let comma = if rest == "}" { "" } else { "," };
    // Writing to a string cannot fail.
    let _ = write!(text, "event: {kind}\ndata: {{\"server_time\":\"{time}\"{comma}{rest}\n\n");
}

fn section(kind: &'static str, event: i32, content: &Value) -> Section {
    Section { kind, event, content: content.to_string() }
}

fn session(watched: &Watched) -> Section {
    let session = &watched.line.session;
    let content = json!({
        "session_id": session.id.get(),
        "title": session.title.as_str(),
        "status": session.status.as_str(),
        // For pages to know that there is something new to show.
        "nominations": watched.offices.iter().map(|line| {
            let said = line.nominations.iter().map(|one| one.nomination.state());
            json!({"office_id": line.office.id.get(), "states": said.collect::<Vec<_>>()})
        }).collect::<Vec<_>>(),
        "record": watched.sealed.as_ref().map(|sealed| {
            json!({"words": sealed.words.join(" "), "size": sealed.size})
        }),
    });
    section("session", 0, &content)
}

fn attendance(watched: &Watched) -> Section {
    let (quorum, strength) = (&watched.figures.quorum, watched.figures.strength);
    let content = json!({
        "headcount": watched.figures.headcount,
        "waiting": watched.waiting,
        "quorum": {
            "entitled": quorum.entitled, "present": quorum.present, "required": quorum.required,
            "missing": quorum.missing(), "met": quorum.is_met(),
        },
        "quorum_in_words": quorum_in_words(quorum),
        "voting_strength": {"entitled": strength.entitled, "present": strength.present},
    });
    section("attendance", 0, &content)
}

/// The presence check that runs; with an empty id when none does, so that clients take the question away.
fn presence_check(watched: &Watched) -> Section {
    let content = match &watched.check {
        Some(line) => json!({
            "check_id": line.check.id.get(),
            "opened_at": line.check.opened_at,
            "closes_at": line.check.closes_at,
            "sets_absent": line.check.sets_absent,
            "asked": line.asked,
            "answered": line.answered,
        }),
        None => json!({"check_id": null}),
    };
    section("presence_check", 0, &content)
}

fn about(line: &WatchedEvent) -> impl Iterator<Item = Section> {
    let event = &line.event;
    let id = event.id.get();
    let content = json!({
        "event_id": id,
        "event_type": event.event_type().as_str(),
        "name": event.name.as_str(),
        "status": event.state.status(),
        "state": event.state.as_str(),
        "start_time": event.schedule.start_time,
        "end_time": event.schedule.end_time,
        "opened_at": event.state.opened_at(),
        "closed_at": event.state.closed_at(),
        "released_at": event.state.released_at(),
        "awaits_decision": line.waits,
        // Figures that were shared and are not any more are taken off what shows them.
        "results_shown": line.result.is_some(),
    });
    let own = section("event", id, &content);
    let active = matches!(event.state, EventState::Active { .. });
    let turnout = line.turnout.filter(|_| active).map(|turnout| {
        let content = json!({
            "event_id": id, "entitled": turnout.entitled, "present": turnout.present, "voted": turnout.voted,
        });
        section("turnout", id, &content)
    });
    let results =
        line.result.as_ref().map(|(result, counted)| section("results", id, &results(id, result, *counted)));
    [Some(own), turnout, results].into_iter().flatten()
}

fn results(id: i32, result: &ResultData, counted: bool) -> Value {
    let options: Vec<Value> = result
        .options
        .iter()
        .map(|option| json!({"option": option.option, "voters": option.voters, "votes": option.votes}))
        .collect();
    json!({
        "event_id": id,
        "counted": counted,
        "outcome": result.outcome.as_deref().filter(|_| counted),
        "summary": result.summary.as_deref().filter(|_| counted),
        "elected": counted.then(|| result.elected()),
        "cast": result.cast.people,
        "whole": result.cast.weight,
        "needed": result.motion.as_ref().map(|motion| motion.needed),
        "scale": result.motion.as_ref().map(|motion| motion.base_count.max(motion.needed)),
        "options": options,
    })
}
