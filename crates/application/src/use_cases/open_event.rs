use std::fmt::Write as _;

use async_trait::async_trait;
use plenum_domain::event::{Event, EventState, Terms};
use plenum_domain::id::{EventId, UserId};
use plenum_domain::organization::{Organization, QuorumRule};
use plenum_domain::permission::{ConductEvents, Permit, Permitted};
use plenum_domain::proxy;
use plenum_domain::roll::{self, Quorum};
use plenum_domain::rules::{AtOpening, EventRules, Voters};
use plenum_domain::secret;
use plenum_domain::session::Session;
use plenum_domain::{Moment, Step};
use plenum_ports::Tx;
use plenum_ports::documents::{EventData, QuorumData, VotersData};
use plenum_ports::repository::Seal;
use plenum_record::{hex, leaf, sha256, tree};
use serde_json::{Value, json};

use super::motions::require_votable;
use crate::audit::{self, Describe};
use crate::keys::KeysInHand;
use crate::rolls::roll_line;
use crate::{App, Env, Failure, UseCase, load};

/// Opens voting on an event and fixes its electoral roll. Opening twice changes nothing.
#[derive(Clone, Copy, Debug)]
pub struct OpenEvent {
    /// Which event.
    pub event_id: EventId,
    /// Who opens it.
    pub by: UserId,
}

/// The schedule opens an event whose start time has come by the database's clock, when it is one that
/// opens by itself. What cannot be opened then is left to the chair: it does not open by itself any more.
#[derive(Clone, Copy, Debug)]
pub struct OpenDueEvent {
    /// Which event.
    pub event_id: EventId,
}

#[async_trait]
impl UseCase for OpenEvent {
    const NAME: &'static str = "event.open";
    /// The event, with the sitting it belongs to.
    type Output = (Event, Session);

    /// A secret vote gets a key of its own, durable before anything is sealed to it.
    async fn keys(&self, app: &App) -> Result<KeysInHand, Failure> {
        let Some(line) = app.queries.event(self.event_id, self.by).await? else {
            return Ok(KeysInHand::default());
        };
        let opens = line.event.is_secret()
            && line.event.state == EventState::Draft
            && ConductEvents::permit(&line.line.standing).is_ok();
        if opens { Ok(app.fresh_key().await) } else { Ok(KeysInHand::default()) }
    }

    async fn run(&self, env: &Env, tx: &mut dyn Tx) -> Result<Self::Output, Failure> {
        let found = load::event(tx, self.event_id, self.by).await?;
        let permit = found.permit::<ConductEvents>()?;
        let now = tx.now().await?;
        let opened =
            open(env, tx, &found.event, (&found.at.session, &found.at.organization), &permit, now).await?;
        Ok((opened, found.at.session))
    }
}

#[async_trait]
impl UseCase for OpenDueEvent {
    const NAME: &'static str = "event.open_due";
    /// Whether it is open now; `false` too when nothing was to be done.
    type Output = bool;

    /// Made whether the event is secret or not, which is known only once it is held; thrown away when not.
    async fn keys(&self, app: &App) -> Result<KeysInHand, Failure> {
        Ok(app.fresh_key().await)
    }

    async fn run(&self, env: &Env, tx: &mut dyn Tx) -> Result<bool, Failure> {
        let Some(event) = tx.events().get(self.event_id).await? else { return Ok(false) };
        let Some(session) = tx.sessions().get_for_share(event.session_id).await? else { return Ok(false) };
        let Some(organization) = tx.organizations().get(session.organization_id).await? else {
            return Ok(false);
        };
        let Some(event) = tx.events().get_for_update(self.event_id).await? else { return Ok(false) };
        let now = tx.now().await?;
        let Some(permit) = Permit::to_open_by_schedule(&event, now) else { return Ok(false) };
        let refusal = match open(env, tx, &event, (&session, &organization), &permit, now).await {
            Ok(_) => return Ok(true),
            Err(Failure::Refused(refusal)) => refusal,
            Err(failure) => return Err(failure),
        };
        // Otherwise it would be tried again at every look.
        let mut left = event.clone();
        left.terms.timing.opens_by_itself = false;
        tx.events().update(&left).await?;
        let entry = audit::entry(Self::NAME, "events", event.id.get(), None, now)
            .session(&session)
            .event(&event)
            .before(json!({"state": event.state.as_str(), "automatic_open": true}))
            .after(json!({
                "state": event.state.as_str(), "automatic_open": false, "refused": refusal.code(),
            }));
        tx.audit().append(&[entry]).await?;
        Ok(false)
    }
}

/// What lots are drawn from where nobody brought a seed: 128 random bits in hexadecimal.
pub(super) fn seed(env: &Env) -> String {
    let mut bytes = [0; 16];
    env.randomness.fill(&mut bytes);
    format!("{:032x}", u128::from_be_bytes(bytes))
}

/// Opens an event that is held for update. A refusal comes before anything is written.
pub(crate) async fn open(
    env: &Env,
    tx: &mut dyn Tx,
    event: &Event,
    (session, organization): (&Session, &Organization),
    permit: &Permit<ConductEvents>,
    now: Moment,
) -> Result<Event, Failure> {
    let rules = &organization.rules;
    // From here on the event alone says what holds for it: a change of the rules while it is open changes
    // nothing.
    let Step::To(mut opened) = event.under(rules).open(session, permit, now)? else {
        return Ok(event.clone());
    };
    require_votable(tx, event).await?;
    if opened.terms.ballot.wants_seed() {
        // Before anybody votes, and shown with the event: who knows it cannot have chosen it for the result.
        opened.terms.ballot = opened.terms.ballot.with_seed(&seed(env));
    }
    let members = tx.organizations().members(organization.id).await?;
    let instances = tx.attendance().all(session.id).await?;
    let mandates = tx.proxies().standing(session.id).await?;
    let mandates = proxy::usable(&mandates, &rules.proxies, &members, Some(event.id));
    let electorate = load::electorate(tx, event, session, organization).await?;
    let entitled = rules.entitled(&members, &electorate);
    let roll = roll::fix(&entitled, &instances, &mandates, opened.terms.proxy);
    let quorum = Quorum::of_roll(rules.quorum, &roll);
    if rules.quorum_missed.at_opening == AtOpening::Refuse {
        quorum.require()?;
    }
    if opened.is_secret() {
        secret::require_large_classes(&roll)?;
    }
    opened.terms = Terms {
        // What the roll was made by stands with the event, whatever becomes of the rules. A list in the rules
        // is in their version.
        voters: match electorate.voters {
            Voters::Committee { .. } | Voters::Role(_) => Some(electorate.voters),
            Voters::Members | Voters::List(_) => opened.terms.voters,
        },
        rules: EventRules {
            opened_without_quorum: rules.quorum_missed.at_opening == AtOpening::Warn && !quorum.is_met(),
            members: Some(rules.strength(&members)),
            ..opened.terms.rules
        },
        ..opened.terms
    };
    tx.events().fix_roll(&opened, &roll, rules.quorum).await?;
    tx.events().update(&opened).await?;
    let key = if opened.is_secret() { Some(seal(env, tx, &opened).await?) } else { None };
    let roll_lines: Vec<Value> = roll.iter().map(roll_line).collect();
    let terms = terms_document(&opened, session, rules.quorum);
    let entry = audit::entry("event.open", "events", event.id.get(), permit.by(), now)
        .session(session)
        .event(event)
        .before(json!({"state": event.state.as_str()}))
        .after(json!({
            "state": opened.state.as_str(),
            "start_time": opened.schedule.start_time,
            "end_time": opened.schedule.end_time,
            "rules_version": rules.version,
            "quorum": QuorumData::of(rules.quorum),
            "voters": opened.terms.voters.as_ref().map(VotersData::of),
            "entitled": quorum.entitled,
            "present": quorum.present,
            "opened_without_quorum": opened.terms.rules.opened_without_quorum,
            "seed": opened.terms.ballot.seed(),
            "key": key,
        }))
        .facts(facts(&opened, &roll_lines, &terms))
        .sealed("roll", roll_lines.into())
        .sealed("terms", terms);
    tx.audit().append(&[entry]).await?;
    Ok(opened)
}

/// Binds the event to its key; what the record says of it.
async fn seal(env: &Env, tx: &mut dyn Tx, event: &Event) -> Result<Value, Failure> {
    let key = env.keys.fresh()?;
    let seal = Seal {
        event_id: event.id,
        key_id: key.id,
        key_store_id: key.store,
        suite: env.sealing.suite().to_owned(),
        public_key: key.public_key.clone(),
    };
    tx.sealed().insert_seal(&seal).await?;
    let mut public_key = String::new();
    for byte in seal.public_key.as_bytes() {
        // Unwrap safety: a text takes everything.
        write!(public_key, "{byte:02x}").expect("a text");
    }
    Ok(json!({"key_id": seal.key_id.to_string(), "suite": seal.suite, "public_key": public_key}))
}

/// What was put to the vote and under which rules, as the record shows it.
fn terms_document(event: &Event, session: &Session, quorum: QuorumRule) -> Value {
    json!({
        "name": event.name.as_str(),
        "event_type": event.event_type().as_str(),
        "data": EventData::of(&event.terms, session.join_code.as_str()),
        "start_time": event.schedule.start_time,
        "end_time": event.schedule.end_time,
        "quorum": QuorumData::of(quorum),
    })
}

/// What stands in the clear: hashes that bind the roll and the terms, so that a member can be shown
/// their line, or the text of the motion, without a salt.
fn facts(event: &Event, roll: &[Value], terms: &Value) -> Value {
    let lines = roll.iter().map(|line| tree::leaf_hash(leaf::text(line).as_bytes()));
    json!({
        "secrecy": event.terms.secrecy.as_str(),
        "roll_root": hex(&tree::root(lines)),
        "terms": hex(&sha256(leaf::text(terms).as_bytes())),
    })
}
