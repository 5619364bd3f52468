//! Leaves: one change of state each, as a line of JSON.

use std::collections::BTreeMap;

use plenum_domain::Moment;
use plenum_ports::repository::{LoggedEntry, NewLeaf, Opening};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{commitment, tree};

/// The version of the shape below.
pub const VERSION: u32 = 1;

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Actor {
    /// A person, with the role they had.
    Person {
        /// Who.
        user_id: i32,
        /// The role in the organization; none for a guest.
        role: Option<String>,
    },
    /// The word `system` for the server itself; `withheld` for who casts a vote, which stands among
    /// what is sealed.
    Word(ActorWord),
}

/// Who did it, where that is no person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorWord {
    /// The server itself.
    System,
    /// A voter, named among what is sealed or not at all.
    Withheld,
}

/// On what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The table.
    pub table: String,
    /// The row; none for a sealed ballot, which has none to be found by.
    pub id: Option<i64>,
}

/// A leaf as it is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaf {
    /// [`VERSION`].
    pub v: u32,
    /// What was done, such as `event.open`.
    pub action: String,
    /// On what.
    pub target: Target,
    /// Who did it.
    pub actor: Actor,
    /// The event it concerns.
    pub event_id: Option<i32>,
    /// When, by the database's clock; none for a sealed ballot.
    #[serde(with = "micros")]
    pub at: Option<Moment>,
    /// What stands in the clear: numbers, hashes and words of the program, nothing a person typed.
    pub facts: Map<String, Value>,
    /// Commitments to everything else, by name, in hexadecimal.
    pub sealed: BTreeMap<String, String>,
}

/// The keys of changes whose texts are words of the program. An outcome is none of them: it is logged before its
/// release, too.
const WORDS: [&str; 7] = ["state", "status", "join_left", "user_role", "secrecy", "event_type", "kind"];

/// What of an audit line's changes may stand in the clear: numbers, yes and no, and words of the
/// program. Whatever a person typed is sealed.
fn clear(entry: &plenum_ports::repository::AuditEntry) -> Map<String, Value> {
    let mut facts = Map::new();
    for changes in [&entry.before, &entry.after].into_iter().flatten() {
        for (key, value) in changes.as_object().into_iter().flatten() {
            let plain = match value {
                Value::Number(_) | Value::Bool(_) | Value::Null => true,
                Value::String(_) => WORDS.contains(&key.as_str()),
                Value::Array(_) | Value::Object(_) => false,
            };
            if plain {
                facts.insert(key.clone(), value.clone());
            }
        }
    }
    facts
}

/// What was done, composed into a leaf before salts are drawn.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The leaf without its commitments.
    pub leaf: Leaf,
    /// What is to be sealed, by name.
    pub sealed: Vec<(&'static str, Value)>,
}

impl Draft {
    /// What the log says of an audit line: its changes are sealed, its facts are not.
    pub fn of(logged: &LoggedEntry) -> Self {
        let entry = &logged.entry;
        let actor = match entry.actor {
            Some(user) => Actor::Person { user_id: user.get(), role: logged.actor_role.clone() },
            None => Actor::Word(ActorWord::System),
        };
        let mut facts = clear(entry);
        facts.extend(entry.log.facts.clone());
        let mut sealed = entry.log.sealed.clone();
        if entry.before.is_some() || entry.after.is_some() {
            let changes = serde_json::json!({"before": entry.before, "after": entry.after});
            sealed.push(("changes", changes));
        }
        Self {
            leaf: Leaf {
                v: VERSION,
                action: entry.action.to_owned(),
                target: Target { table: entry.target.table.to_owned(), id: Some(entry.target.id) },
                actor,
                event_id: entry.event_id.map(plenum_domain::id::EventId::get),
                at: Some(entry.at),
                facts,
                sealed: BTreeMap::new(),
            },
            sealed,
        }
    }

    /// Seals what is to be sealed, with a fresh salt for each, and writes the line down.
    ///
    /// # Panics
    /// Never: a salt has the length it must have.
    pub fn seal(
        self,
        entry: &plenum_ports::repository::AuditEntry,
        mut salt: impl FnMut() -> [u8; 32],
    ) -> NewLeaf {
        let mut leaf = self.leaf;
        let mut openings = BTreeMap::new();
        for (name, value) in self.sealed {
            let opening = commitment::opening(salt(), text(&value));
            // Unwrap safety: the salt was just written in hexadecimal.
            let hash = commitment::of(&opening).expect("a salt of 32 bytes");
            leaf.sealed.insert(name.to_owned(), hex::encode(hash));
            openings.insert(name.to_owned(), opening);
        }
        let text = text(&leaf);
        NewLeaf {
            organization_id: entry.organization_id,
            session_id: entry.session_id,
            event_id: entry.event_id,
            action: entry.action,
            hash: tree::leaf_hash(text.as_bytes()),
            text,
            openings,
        }
    }
}

/// The one form in which a value is written down and hashed: keys in order, no spaces.
///
/// # Panics
/// On a value that is no JSON, such as a map with keys that are no texts; nothing that is logged is one.
pub fn text(value: &impl Serialize) -> String {
    // Unwrap safety: leaves and sealed values have string keys and nothing that refuses to be written.
    serde_json::to_value(value).and_then(|value| serde_json::to_string(&value)).expect("plain JSON")
}

/// The text of an opening, read.
pub fn opened(opening: &Opening) -> Option<Value> {
    serde_json::from_str(&opening.text).ok()
}

/// Moments with all six digits of the database's clock, so that a text has one form.
mod micros {
    use chrono::{DateTime, SecondsFormat, Utc};
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "the signature that serde asks for")]
    pub(super) fn serialize<S: Serializer>(at: &Option<DateTime<Utc>>, to: S) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => to.serialize_str(&at.to_rfc3339_opts(SecondsFormat::Micros, true)),
            None => to.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<DateTime<Utc>>, D::Error> {
        Option::<DateTime<Utc>>::deserialize(from)
    }
}
