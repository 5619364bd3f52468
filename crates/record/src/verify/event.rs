//! One event: its roll, its votes, its count.

use std::collections::{BTreeMap, HashMap, HashSet};

use plenum_domain::Moment;
use plenum_domain::attendance::was_in;
use plenum_domain::count::Majority;
use plenum_domain::event::{Ballot, EventType};
use plenum_domain::id::UserId;
use plenum_domain::organization::Weight;
use plenum_domain::result::{self, Bar, RollLine};
use plenum_domain::rules::MotionTie;
use plenum_domain::secret;
use plenum_domain::tie::Settling;
use plenum_domain::vote::Response;
use plenum_ports::documents::{Choice, EventData, PartData, QuorumData, ResultData};
use serde::Deserialize;
use serde_json::Value;

use super::sitting::{Sitting, Told};
use super::{Check, Report, ties};
use crate::{leaf, tree};

/// A line of the roll.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entitled {
    principal_user_id: i32,
    vote_weight: u32,
    present: bool,
    holder_user_id: Option<i32>,
    user_session_id: Option<i32>,
}

/// What an event was opened under.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Terms {
    #[serde(rename = "name")]
    _name: String,
    event_type: String,
    data: EventData,
    #[serde(rename = "start_time")]
    start_time: Moment,
    #[serde(rename = "end_time")]
    _end_time: Option<Moment>,
    quorum: QuorumData,
}

/// Who cast a vote for whom.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Who {
    #[serde(rename = "user_session_id")]
    instance: i32,
    #[serde(rename = "principal_user_id")]
    principal: i32,
    #[serde(rename = "cast_by_user_id")]
    caster: i32,
}

/// Somebody whose vote was sealed.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Voter {
    #[serde(rename = "principal_user_id")]
    principal: i32,
    #[serde(rename = "user_session_id")]
    instance: i32,
}

/// Ballots that are alike: with one response, or split alike.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Alike {
    ballots: u64,
    vote_response: Option<Vec<String>>,
    split: Option<Vec<PartData>>,
    vote_weight: u32,
}

/// A vote as far as it is shown.
struct CastVote {
    row: Option<i64>,
    who: Option<Who>,
    choice: Option<Choice>,
}

/// What the leaves tell of an event.
#[derive(Default)]
pub(super) struct EventLog {
    opened_at: Option<Moment>,
    secret: bool,
    terms: Option<Terms>,
    roll: Option<Vec<Entitled>>,
    /// Everyone on it.
    people: HashSet<i32>,
    votes: Vec<CastVote>,
    envelopes: Vec<String>,
    voted: HashSet<i32>,
    used: HashSet<i32>,
    close: Option<Close>,
    key_destroyed: bool,
    annulled: bool,
}

/// What the close says.
struct Close {
    end: Moment,
    votes: Option<u64>,
    ballots: Option<Vec<Alike>>,
    /// Of a secret vote.
    voters: Option<Vec<Voter>>,
    result: Option<Value>,
}

fn root_of(lines: &Value) -> Option<String> {
    let lines = lines.as_array()?.iter();
    Some(hex::encode(tree::root(lines.map(|line| tree::leaf_hash(leaf::text(line).as_bytes())))))
}

impl EventLog {
    pub(super) fn follow(&mut self, id: i32, told: &Told<'_>, sitting: &Sitting, report: &mut Report) {
        let position = told.line.position;
        match told.leaf.action.as_str() {
            "event.open" => self.open(id, told, report),
            "event.join_roll" => self.join_roll(id, told, sitting, report),
            "vote.cast" | "vote.change" => {
                self.in_time(told, report);
                let who = told.opened("who").and_then(|who| serde_json::from_value(who).ok());
                let choice = told.opened("choice").and_then(|choice| serde_json::from_value(choice).ok());
                let again = told.leaf.action == "vote.change";
                if again {
                    // The vote that it takes the place of, by its row: nobody has to know whose it is.
                    let old = self.votes.iter().position(|vote| vote.row == told.leaf.target.id);
                    report.expect(Check::OneVote, old.is_some(), || {
                        format!("leaf {position}: it changes a vote that was not cast")
                    });
                    if let Some(old) = old.map(|old| self.votes.swap_remove(old))
                        && let Some(who) = old.who
                    {
                        self.voted.remove(&who.principal);
                        self.used.remove(&who.instance);
                    }
                }
                match who {
                    Some(who) => self.entitled(id, position, who, sitting, report),
                    None => {
                        for check in [Check::Entitled, Check::Mandates, Check::OneVote] {
                            report.unseen(check);
                        }
                    }
                }
                self.votes.push(CastVote { row: told.leaf.target.id, who, choice });
            }
            "vote.seal" => {
                self.in_time(told, report);
                match told.text("envelope") {
                    Some(hash) if self.secret => {
                        if let Some(old) = told.text("replaces") {
                            let known = self.envelopes.iter().position(|envelope| envelope == old);
                            report.expect(Check::Envelopes, known.is_some(), || {
                                format!("leaf {position}: it replaces an envelope that is not there")
                            });
                            if let Some(known) = known {
                                self.envelopes.swap_remove(known);
                            }
                        }
                        report.holds(Check::Envelopes);
                        self.envelopes.push(hash.to_owned());
                    }
                    _ => report.fails(Check::Envelopes, format!("leaf {position}: no envelope is expected")),
                }
            }
            "event.close" => self.close(id, told, sitting, report),
            "event.tie" => {
                if let (Some(close), Some(result)) = (&mut self.close, told.opened("result")) {
                    let fits = ties::follows(told, close.result.as_ref(), &result);
                    report.expect(Check::Tally, fits, || {
                        format!("leaf {position}: the decision of a tie is not the one in the result")
                    });
                    close.result = Some(result);
                }
            }
            "event.destroy_key" => self.key_destroyed = true,
            "event.annul" => self.annulled = true,
            _ => {}
        }
    }

    fn open(&mut self, id: i32, told: &Told<'_>, report: &mut Report) {
        report.expect(Check::Late, self.opened_at.is_none(), || format!("event {id} was opened twice"));
        self.opened_at = told.leaf.at;
        self.secret = told.text("secrecy") == Some("secret");
        match told.line.openings.get("terms") {
            Some(opening) => {
                let hash = crate::hex(&crate::sha256(opening.text.as_bytes()));
                let terms: Option<Terms> = serde_json::from_str(&opening.text).ok();
                let fits = terms.is_some() && told.text("terms") == Some(hash.as_str());
                report.expect(Check::Rules, fits, || {
                    format!("event {id}: the terms are not those that were logged")
                });
                self.terms = terms;
            }
            None => report.unseen(Check::Rules),
        }
        match told.opened("roll") {
            Some(lines) => {
                let fits = root_of(&lines).as_deref() == told.text("roll_root");
                let roll: Option<Vec<Entitled>> = serde_json::from_value(lines).ok();
                self.people = roll.iter().flatten().map(|line| line.principal_user_id).collect();
                let possible = roll.as_ref().is_some_and(|roll| {
                    self.people.len() == roll.len() && roll.iter().all(Entitled::is_possible)
                });
                report.expect(Check::Roll, fits && possible, || {
                    format!("event {id}: the roll is not the one that was logged")
                });
                self.roll = roll;
            }
            None => report.unseen(Check::Roll),
        }
    }

    /// Somebody came in, or became entitled, while voting was open.
    fn join_roll(&mut self, id: i32, told: &Told<'_>, sitting: &Sitting, report: &mut Report) {
        let position = told.line.position;
        report.expect(Check::Late, self.opened_at.is_some() && self.close.is_none(), || {
            format!("leaf {position}: a roll was joined while voting was not open")
        });
        let Some(Value::Array(lines)) = told.opened("roll") else { return report.unseen(Check::Roll) };
        let [line] = lines.as_slice() else {
            return report.fails(Check::Roll, format!("leaf {position}: it adds no line to the roll"));
        };
        let hash = crate::hex(&tree::leaf_hash(leaf::text(line).as_bytes()));
        let entry: Option<Entitled> = serde_json::from_value(line.clone()).ok();
        // They were not there at the opening, are in now, and were not on it before.
        let joins = entry.is_some_and(|entry| {
            let late = !entry.present && entry.holder_user_id.is_none() && entry.is_possible();
            late && sitting.is_in(entry.principal_user_id) && !self.people.contains(&entry.principal_user_id)
        });
        report.expect(Check::Roll, joins && told.text("roll_line") == Some(hash.as_str()), || {
            format!("event {id}: who joined the roll was not in, was on it before, or is not who was logged")
        });
        if let (true, Some(entry), Some(roll)) = (joins, entry, &mut self.roll) {
            self.people.insert(entry.principal_user_id);
            roll.push(entry);
        }
    }

    fn in_time(&self, told: &Told<'_>, report: &mut Report) {
        let position = told.line.position;
        report.expect(Check::Late, self.opened_at.is_some() && self.close.is_none(), || {
            format!("leaf {position}: a vote while voting was not open")
        });
        // An envelope has no time; its place among the leaves is between the opening and the close.
        if let Some(at) = told.leaf.at {
            let started = self.terms.as_ref().is_none_or(|terms| at >= terms.start_time);
            let opened = self.opened_at.is_some_and(|opened| at >= opened);
            report.expect(Check::Late, started && opened, || {
                format!("leaf {position}: a vote before voting began")
            });
        }
    }

    fn entitled(&mut self, id: i32, position: u64, who: Who, sitting: &Sitting, report: &mut Report) {
        let on_roll = self.roll.is_none() || self.people.contains(&who.principal);
        let mut entitled = on_roll;
        if who.principal == who.caster {
            entitled &= sitting.own.get(&who.instance) == Some(&who.caster);
        } else {
            let mandate = sitting.mandates.values().any(|mandate| {
                mandate.instance == who.instance
                    && mandate.principal == who.principal
                    && mandate.holder == who.caster
                    && mandate.event.is_none_or(|event| event == id)
            });
            report.expect(Check::Mandates, mandate, || {
                format!("leaf {position}: a vote for another without a mandate that stood")
            });
        }
        report.expect(Check::Entitled, entitled, || {
            format!("leaf {position}: a vote by someone who was not entitled")
        });
        let first = self.voted.insert(who.principal) & self.used.insert(who.instance);
        report.expect(Check::OneVote, first, || format!("leaf {position}: a second vote of one person"));
    }

    /// Of secret votes: nobody knows which envelope is whose, but who cast them.
    fn voters(&mut self, id: i32, voters: &[Voter], sitting: &Sitting, report: &mut Report) {
        report.expect(Check::Envelopes, voters.len() == self.envelopes.len(), || {
            format!("event {id}: {} people voted with {} envelopes", voters.len(), self.envelopes.len())
        });
        for voter in voters {
            let (principal, instance) = (voter.principal, voter.instance);
            let own = sitting.own.get(&instance) == Some(&principal);
            if !own {
                let stood = sitting.stood(principal, instance, id);
                report.expect(Check::Mandates, stood, || {
                    format!("event {id}: a vote for person {principal} without a mandate that stood")
                });
            }
            let on_roll = self.roll.is_none() || self.people.contains(&principal);
            report.expect(Check::Entitled, on_roll, || {
                format!("event {id}: person {principal} voted and was not entitled")
            });
            let first = self.voted.insert(principal) & self.used.insert(instance);
            report.expect(Check::OneVote, first, || {
                format!("event {id}: person {principal} is among the voters twice")
            });
        }
    }

    fn close(&mut self, id: i32, told: &Told<'_>, sitting: &Sitting, report: &mut Report) {
        report.expect(Check::Late, self.opened_at.is_some() && self.close.is_none(), || {
            format!("event {id} was closed twice, or never opened")
        });
        // That they are those that were logged is what their commitment says.
        let ballots: Option<Vec<Alike>> = if let Some(opening) = told.line.openings.get("ballots") {
            let ballots = serde_json::from_str(&opening.text).ok();
            report.expect(Check::Ballots, ballots.is_some(), || {
                format!("event {id}: the ballots cannot be read")
            });
            ballots
        } else {
            report.unseen(Check::Ballots);
            None
        };
        let voters: Option<Vec<Voter>> =
            told.opened("voters").and_then(|voters| serde_json::from_value(voters).ok());
        match &voters {
            Some(voters) => self.voters(id, voters, sitting, report),
            None if self.secret => {
                for check in [Check::Entitled, Check::Mandates, Check::OneVote] {
                    report.unseen(check);
                }
            }
            None => {}
        }
        let end = told.opened("changes").and_then(|changes| {
            serde_json::from_value::<Option<Moment>>(changes["after"]["end_time"].clone()).ok().flatten()
        });
        let Some(end) = end.or(told.leaf.at) else {
            return report.fails(Check::Late, format!("event {id}: the close has no time"));
        };
        self.close = Some(Close {
            end,
            votes: told.leaf.facts.get("votes").and_then(Value::as_u64),
            ballots,
            voters,
            result: told.opened("result"),
        });
    }

    /// What can be said once every leaf is known.
    pub(super) fn finish(&self, id: i32, sitting: &Sitting, published: Option<&Value>, report: &mut Report) {
        let Some(close) = &self.close else {
            report.expect(Check::Published, published.is_none(), || {
                format!("event {id}: a result is published and none was counted")
            });
            return;
        };
        match (&close.result, published) {
            (Some(counted), Some(published)) => {
                report.expect(Check::Published, counted == published, || {
                    format!("event {id}: the published result is not the one that was counted")
                });
            }
            (None, Some(_)) => {
                report.fails(
                    Check::Published,
                    format!("event {id}: a result is published that was not logged"),
                );
            }
            (Some(_), None) => {
                report.fails(Check::Published, format!("event {id}: the counted result is not published"));
            }
            (None, None) => report.unseen(Check::Published),
        }
        self.papers(id, close, report);
        self.recount(id, close, sitting, report);
    }

    /// As many papers as ballots, and the same ones.
    fn papers(&self, id: i32, close: &Close, report: &mut Report) {
        let cast = self.votes.len() + self.envelopes.len();
        report.expect(Check::Ballots, close.votes == Some(cast as u64), || {
            format!("event {id}: {cast} votes were cast, and {:?} counted", close.votes)
        });
        if self.secret {
            let distinct = self.envelopes.iter().collect::<HashSet<_>>().len();
            report.expect(
                Check::Envelopes,
                distinct == self.envelopes.len() && self.votes.is_empty(),
                || format!("event {id}: an envelope came twice, or a vote without one"),
            );
            // It goes when the count is committed, so a record can be taken in between, or while the key
            // cannot be reached.
            if self.key_destroyed {
                report.holds(Check::Envelopes);
            } else {
                report.waits(
                    Check::Envelopes,
                    format!(
                        "event {id}: the key of its envelopes is not destroyed yet; take the record again"
                    ),
                );
            }
        }
        let Some(ballots) = &close.ballots else { return };
        let total: u64 = ballots.iter().map(|line| line.ballots).sum();
        report.expect(Check::Ballots, total == cast as u64, || {
            format!("event {id}: {total} ballots were counted where {cast} votes were cast")
        });
        let Some(roll) = &self.roll else { return };
        let weights: HashMap<i32, u32> =
            roll.iter().map(|line| (line.principal_user_id, line.vote_weight)).collect();
        let mut alike: BTreeMap<(Choice, u32), u64> = BTreeMap::new();
        for vote in &self.votes {
            let (Some(who), Some(choice)) = (&vote.who, &vote.choice) else {
                return report.unseen(Check::Ballots);
            };
            let weight = weights.get(&who.principal).copied().unwrap_or_default();
            *alike.entry((choice.clone(), weight)).or_default() += 1;
        }
        if !self.secret {
            let counted: BTreeMap<(Choice, u32), u64> = ballots
                .iter()
                .filter_map(|line| Some(((line.choice()?, line.vote_weight), line.ballots)))
                .collect();
            report.expect(Check::Ballots, alike == counted && counted.len() == ballots.len(), || {
                format!("event {id}: the ballots that were counted are not the votes that were cast")
            });
        }
    }

    /// Counts again, with the same methods.
    fn recount(&self, id: i32, close: &Close, sitting: &Sitting, report: &mut Report) {
        let (Some(terms), Some(roll), Some(ballots), Some(logged), Some(opened)) =
            (&self.terms, &self.roll, &close.ballots, &close.result, self.opened_at)
        else {
            report.unseen(Check::Tally);
            return report.unseen(Check::Quorum);
        };
        let Some((ballot, bar, motion)) = terms.read() else {
            return report.fails(Check::Rules, format!("event {id}: the terms cannot be read"));
        };
        let lines: Option<Vec<RollLine>> =
            roll.iter().map(|line| line.seen(sitting, opened, close.end)).collect();
        // Who is known to have voted counts as present; of withheld voters nobody knows whether some were
        // there by a mandate of theirs alone that was given later, or were said to have been absent afterwards.
        let unknown = if self.secret {
            close.voters.is_none()
        } else {
            self.votes.iter().any(|vote| vote.who.is_none())
        };
        if let (true, Some(lines)) = (unknown, &lines)
            && lines
                .iter()
                .filter(|line| !line.present)
                .map(|line| line.principal.get())
                .any(|user| sitting.ever_represented(user, id) || sitting.was_corrected(user))
        {
            report.unseen(Check::Tally);
            return report.unseen(Check::Quorum);
        }
        let votes = lines.as_ref().and_then(|lines| self.responses(&ballot, lines, ballots));
        // A split vote only where the rules let it, never a secret one, and all of the weight.
        let may_split =
            !self.secret && terms.data.rules.as_ref().is_some_and(|rules| rules.may_split_weights);
        let splits = ballots.iter().filter(|line| line.split.is_some()).count();
        report.expect(Check::Ballots, splits == 0 || may_split, || {
            format!("event {id}: a weight was split where the rules do not let it")
        });
        report.expect(Check::Ballots, ballots.iter().all(Alike::is_whole), || {
            format!("event {id}: the parts of a split vote are not its weight")
        });
        let (Some(lines), Some(votes)) = (lines, votes) else {
            return report
                .fails(Check::Tally, format!("event {id}: a ballot does not fit the roll or the options"));
        };
        let count = |decisions: &[String]| {
            let settling = Settling { motion, decisions };
            if self.secret {
                secret::count(&ballot, settling, bar, &lines, &votes).result
            } else {
                result::settle(&ballot, settling, bar, &lines, &votes)
            }
        };
        let decisions = ties::decided(id, &ballot, logged, count, report);
        let counted = count(&decisions);
        // Unwrap safety: a result has text keys and numbers.
        let mut counted =
            serde_json::to_value(ResultData::counted(&counted)).expect("results turn into JSON");
        // Which vote was prepared next is no matter of counting, nor are the words about who decided a tie.
        let told = if decisions.is_empty() {
            &["next_event_id"][..]
        } else {
            &["next_event_id", "decisions", "summary"]
        };
        for field in told {
            if let (Some(counted), Some(value)) = (counted.as_object_mut(), logged.get(*field)) {
                counted.insert((*field).to_owned(), value.clone());
            }
        }
        report.expect(Check::Quorum, counted["quorum"] == logged["quorum"], || {
            format!("event {id}: the quorum is {} and was logged as {}", counted["quorum"], logged["quorum"])
        });
        report.expect(Check::Tally, counted == *logged, || {
            format!("event {id}: the count gives another result than was logged")
        });
    }

    /// The votes by principal where they are shown; otherwise the ballots, given to people of their weight.
    /// No figure depends on which: the votes of people who were there are counted alike.
    fn responses(
        &self,
        ballot: &Ballot,
        lines: &[RollLine],
        ballots: &[Alike],
    ) -> Option<Vec<(UserId, Response)>> {
        let shown: Option<Vec<_>> = self
            .votes
            .iter()
            .map(|vote| {
                let principal = UserId::new(vote.who.as_ref()?.principal);
                Some((principal, vote.choice.as_ref()?.response(ballot).ok()?))
            })
            .collect();
        if let (Some(shown), true) = (shown, self.envelopes.is_empty()) {
            return Some(shown);
        }
        let mut free: HashMap<u32, Vec<UserId>> = HashMap::new();
        let mut sorted: Vec<&RollLine> = lines.iter().collect();
        // Taken from the end: those who were there first.
        sorted.sort_by_key(|line| line.present);
        let known = self.close.as_ref().is_some_and(|close| close.voters.is_some());
        let may = |line: &&&RollLine| !known || self.voted.contains(&line.principal.get());
        for line in sorted.iter().filter(may) {
            free.entry(line.weight.get()).or_default().push(line.principal);
        }
        let mut votes = Vec::new();
        for line in ballots {
            let response = line.choice()?.response(ballot).ok()?;
            for _ in 0..line.ballots {
                votes.push((free.get_mut(&line.vote_weight)?.pop()?, response.clone()));
            }
        }
        votes.sort_by_key(|(principal, _)| *principal);
        Some(votes)
    }
}

impl Alike {
    /// What it is for; exactly one of the two is there.
    fn choice(&self) -> Option<Choice> {
        match (&self.vote_response, &self.split) {
            (Some(labels), None) => Some(Choice::Whole(labels.clone())),
            (None, Some(split)) => Some(Choice::Split { split: split.clone() }),
            _ => None,
        }
    }

    /// Whether the parts of a split vote are all of its weight.
    fn is_whole(&self) -> bool {
        let sum = |parts: &Vec<PartData>| parts.iter().map(|part| u64::from(part.weight)).sum::<u64>();
        self.split.as_ref().is_none_or(|parts| sum(parts) == u64::from(self.vote_weight))
    }
}

impl Terms {
    fn read(&self) -> Option<(Ballot, Bar, MotionTie)> {
        let event_type: EventType = self.event_type.parse().ok()?;
        let code = self.data.session_code.clone().unwrap_or_default();
        let terms = self.data.read(event_type, &code, Majority::SIMPLE).ok()?;
        let quorum = self.quorum.read().ok()?;
        let (at_counting, members) = (terms.rules.at_counting, terms.rules.members);
        Some((terms.ballot, Bar { quorum, at_counting, members }, terms.rules.ties.motion))
    }
}

impl Entitled {
    /// Whoever was present holds their own vote, and a holder has an instance.
    fn is_possible(&self) -> bool {
        self.holder_user_id.is_some() == self.user_session_id.is_some()
            && (!self.present || self.holder_user_id == Some(self.principal_user_id))
    }

    /// As the count saw them: present or represented when the event opened, or in until it closed.
    fn seen(&self, sitting: &Sitting, opened: Moment, end: Moment) -> Option<RollLine> {
        let principal = UserId::new(self.principal_user_id);
        let theirs = sitting.attendance.get(&principal).into_iter().flatten();
        let was_in = was_in(theirs, opened, Some(end));
        let present = self.holder_user_id.is_some() || was_in;
        Some(RollLine { principal, weight: Weight::new(self.vote_weight).ok()?, present })
    }
}
