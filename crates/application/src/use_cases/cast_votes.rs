use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::Refusal;
use plenum_domain::event::Event;
use plenum_domain::field::FieldErrors;
use plenum_domain::id::{EventId, OrganizationId, UserId, UserSessionId, VoteId};
use plenum_domain::permission::Scope;
use plenum_domain::proxy::MandateChange;
use plenum_domain::secret;
use plenum_domain::session::Session;
use plenum_domain::vote::{self, Instance, Response, Vote};
use plenum_ports::documents::{Choice, PartData};
use plenum_ports::keys::Zeroizing;
use plenum_ports::repository::{
    AuditEntry, CastFacts, CastKey, MandateNote, NewLeaf, NewVote, Recorded, SealedVote,
};
use plenum_ports::{StoreError, Tx};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::audit::{self, Describe};
use crate::log::{self, VoteReceipt};
use crate::{Env, Failure, UseCase, load, mandate};

/// What goes into the ballot box for one instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BallotPaper {
    /// With which instance; may be left out by someone who has one.
    pub user_session_id: Option<UserSessionId>,
    /// What for.
    pub choices: Choices,
}

/// What a person's weight goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choices {
    /// All of it to one response: the choices, in order of preference.
    Whole(Vec<String>),
    /// A part of it to each of several responses.
    Split(Vec<PartData>),
}

/// Casts votes with one or several of a person's instances, all or none of them.
#[derive(Clone, Debug)]
pub struct CastVotes {
    /// On what.
    pub event_id: EventId,
    /// Who casts.
    pub by: UserId,
    /// The papers; several only when each names its instance.
    pub papers: Vec<BallotPaper>,
    /// Whether the request was a list, so that mistakes are reported by their place in it.
    pub listed: bool,
}

/// What the voter holds in hand afterwards.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// On what.
    pub event_id: EventId,
    /// With which instance.
    pub user_session_id: UserSessionId,
    /// For whom it was cast, when not for oneself.
    pub proxy_for: Option<UserId>,
    /// What stands.
    pub cast: Cast,
    /// The signed promise that the vote will be in the log.
    pub logged: Option<VoteReceipt>,
}

/// A vote that stands.
#[derive(Clone, Debug)]
pub enum Cast {
    /// Recorded by name.
    Recorded {
        /// The vote.
        vote: Vote,
        /// The choices by name.
        vote_response: Vec<String>,
        /// The parts of a split vote.
        split: Option<Vec<PartData>>,
    },
    /// Sealed. Neither the choice nor the time is told again.
    Sealed {
        /// SHA-256 of the envelope.
        envelope: [u8; 32],
    },
}

#[async_trait]
impl UseCase for CastVotes {
    const NAME: &'static str = "vote.cast";
    type Output = Vec<Receipt>;

    async fn run(&self, env: &Env, tx: &mut dyn Tx) -> Result<Vec<Receipt>, Failure> {
        let (facts, session) = facts(tx, self.event_id, self.by).await?;
        let votes = self.decide(&facts, |at| at)?;
        put(env, tx, self.by, &session, &facts.event, votes).await
    }
}

/// A vote that passed the rules.
pub(crate) struct Decided<'a> {
    vote: NewVote<'a>,
    /// Whether it takes the place of one that was cast before.
    again: bool,
}

/// What bears on a person's voting, for who may know of the event, and its sitting.
pub(crate) async fn facts(
    tx: &mut dyn Tx,
    event_id: EventId,
    by: UserId,
) -> Result<(CastFacts, Session), Failure> {
    let key = CastKey { event_id, user_id: by };
    let facts = tx.ballot_box().facts(&[key]).await?.into_iter().next().flatten();
    admit(tx, event_id, facts, by).await
}

/// The same with what bears on it found already.
pub(crate) async fn admit(
    tx: &mut dyn Tx,
    event_id: EventId,
    facts: Option<CastFacts>,
    by: UserId,
) -> Result<(CastFacts, Session), Failure> {
    let Some(facts) = facts else { return Err(Failure::NotFound("event")) };
    let session = tx.sessions().get(facts.event.session_id).await?.ok_or(Failure::NotFound("event"))?;
    if facts.instances.is_empty() {
        // Who never joined learns what to do only when they may know of the event at all.
        let mut standing = load::in_organization(tx, session.organization_id, by).await?;
        standing.host = session.created_by_user_id == by;
        standing.granted = tx.roles().held(by, Scope::Event(event_id)).await?;
        if !standing.may_know() {
            return Err(Failure::NotFound("event"));
        }
    }
    Ok((facts, session))
}

/// Votes that were cast, with what is written down of them.
struct Written {
    receipts: Vec<Receipt>,
    entries: Vec<AuditEntry>,
    /// Of each vote its leaf, in the order of the receipts.
    leaves: Vec<NewLeaf>,
    /// When they were cast, as far as that is told.
    at: Moment,
}

/// Puts votes on an event into the ballot box, all of them or none, and their lines into the audit log.
pub(crate) async fn put(
    env: &Env,
    tx: &mut dyn Tx,
    by: UserId,
    session: &Session,
    event: &Event,
    decided: Vec<Decided<'_>>,
) -> Result<Vec<Receipt>, Failure> {
    require_holder(tx, by, &decided, session.organization_id, event).await?;
    let mut written = if event.is_secret() {
        seal(env, tx, by, session, event, decided).await?
    } else {
        record(env, tx, by, session, decided).await?
    };
    tx.audit().append(&written.entries).await?;
    note_use(tx, by, event.id, &written.receipts, written.at).await?;
    let promises = log::promise(env, tx, session.id, &written.leaves).await?;
    for (receipt, promise) in written.receipts.iter_mut().zip(promises) {
        receipt.logged = Some(promise);
    }
    Ok(written.receipts)
}

/// Casts votes that are recorded by name.
async fn record(
    env: &Env,
    tx: &mut dyn Tx,
    by: UserId,
    session: &Session,
    decided: Vec<Decided<'_>>,
) -> Result<Written, Failure> {
    let of = |again| decided.iter().filter(move |one| one.again == again).map(|one| one.vote.clone());
    let (first, changed): (Vec<NewVote<'_>>, Vec<NewVote<'_>>) = (of(false).collect(), of(true).collect());
    let mut recorded = tx.ballot_box().record(&first).await?.into_iter();
    let mut rewritten = tx.ballot_box().change(&changed).await?.into_iter();
    let id = |recorded: &Recorded| match recorded {
        Recorded::Accepted { id, .. } => Some(*id),
        Recorded::AlreadyVoted => None,
    };
    let old: Vec<VoteId> = rewritten.as_slice().iter().filter_map(id).collect();
    tx.log().erase_choices(&old).await?;
    let mut receipts = Vec::with_capacity(decided.len());
    let mut entries: Vec<AuditEntry> = Vec::with_capacity(decided.len());
    let mut leaves: Vec<NewLeaf> = Vec::with_capacity(decided.len());
    let mut at = None;
    for Decided { vote: new, again } in decided {
        let recorded = if again { rewritten.next() } else { recorded.next() };
        let Some(Recorded::Accepted { id, cast_time }) = recorded else {
            return Err(Refusal::AlreadyVoted.into());
        };
        at.get_or_insert(cast_time);
        let action = if again { "vote.change" } else { "vote.cast" };
        let proxy_for = (new.principal_user_id != by).then_some(new.principal_user_id);
        // Never the choice: the audit log is read by people who must not learn it early.
        let entry = audit::entry(action, "votes", id.get(), Some(by), cast_time)
            .session(session)
            .event(new.event)
            .after(json!({
                "user_session_id": new.user_session_id.get(),
                "principal_user_id": new.principal_user_id.get(),
            }))
            .logged_apart();
        let ballot = &new.event.terms.ballot;
        let (vote_response, split) = (new.response.labels(ballot), PartData::of(ballot, &new.response));
        let choice = Choice::of(ballot, &new.response);
        leaves.push(log::vote(env, &entry, who(by, &new), json!(choice)));
        entries.push(entry);
        let vote = Vote {
            id,
            event_id: new.event.id,
            user_session_id: new.user_session_id,
            principal_user_id: new.principal_user_id,
            cast_by_user_id: by,
            cast_time,
            response: new.response,
        };
        receipts.push(Receipt {
            event_id: vote.event_id,
            user_session_id: vote.user_session_id,
            proxy_for,
            cast: Cast::Recorded { vote, vote_response, split },
            logged: None,
        });
    }
    let at = match at {
        Some(at) => at,
        None => tx.now().await?,
    };
    Ok(Written { receipts, entries, leaves, at })
}

/// Casts secret votes: what is kept of each is an envelope and that it was cast.
async fn seal(
    env: &Env,
    tx: &mut dyn Tx,
    by: UserId,
    session: &Session,
    event: &Event,
    decided: Vec<Decided<'_>>,
) -> Result<Written, Failure> {
    let found = tx.sealed().seal(event.id).await?;
    // An event opens together with its key, or not at all.
    let missing = || StoreError::Corrupt {
        table: "event_keys",
        column: "event_id",
        row: event.id.get().into(),
        reason: "an open secret event has no key".to_owned(),
    };
    let key = found.ok_or_else(missing)?.seal.public_key;
    let mut sealed = Vec::with_capacity(decided.len());
    for Decided { vote, again } in decided {
        let (instance, principal) = (vote.user_session_id, vote.principal_user_id);
        let context = secret::context(event.id, instance, principal);
        let padded = Zeroizing::new(secret::pack(&event.terms.ballot, &vote.response));
        let envelope = env
            .sealing
            .seal(&key, &context, &padded, &*env.randomness)
            .map_err(|error| StoreError::Other(error.to_string()))?;
        let vote = SealedVote {
            event_id: event.id,
            user_session_id: instance,
            principal_user_id: principal,
            sealed: envelope,
        };
        sealed.push((again, vote));
    }
    let of = |again| sealed.iter().filter(move |one| one.0 == again).map(|one| one.1.clone());
    let (first, changed): (Vec<SealedVote>, Vec<SealedVote>) = (of(false).collect(), of(true).collect());
    let recorded = tx.sealed().record_sealed(&first).await?;
    // The envelope that is replaced stays in the log by its hash, and is read by nobody: not at the count,
    // and not when the key is destroyed.
    let replaced = tx.sealed().replace_sealed(&changed).await?;
    if recorded.contains(&false) || replaced.contains(&None) {
        return Err(Refusal::AlreadyVoted.into());
    }
    // Who has voted is known, and nothing besides: not even when. The lines say when voting began, and
    // the leaves name nobody.
    let began = event.schedule.start_time;
    let mut written = Written { receipts: Vec::new(), entries: Vec::new(), leaves: Vec::new(), at: began };
    let mut replaced = replaced.into_iter().flatten();
    for (again, vote) in &sealed {
        let action = if *again { "vote.change" } else { CastVotes::NAME };
        let old = if *again { replaced.next() } else { None };
        let entry = audit::entry(action, "envelopes", event.id.get(), Some(by), began)
            .session(session)
            .event(event)
            .after(json!({
                "user_session_id": vote.user_session_id.get(),
                "principal_user_id": vote.principal_user_id.get(),
            }))
            .logged_apart();
        let envelope = Sha256::digest(&vote.sealed).into();
        let old = old.map(|old| Sha256::digest(old).into());
        written.leaves.push(log::envelope(&entry, &envelope, old.as_ref()));
        written.entries.push(entry);
        written.receipts.push(Receipt {
            event_id: event.id,
            user_session_id: vote.user_session_id,
            proxy_for: (vote.principal_user_id != by).then_some(vote.principal_user_id),
            cast: Cast::Sealed { envelope },
            logged: None,
        });
    }
    Ok(written)
}

/// Who cast a vote for whom, as the record shows it.
fn who(by: UserId, vote: &NewVote<'_>) -> Value {
    json!({
        "user_session_id": vote.user_session_id.get(),
        "principal_user_id": vote.principal_user_id.get(),
        "cast_by_user_id": by.get(),
    })
}

/// Who was made an observer, or is no member any more, keeps mandates and may not be able to use them: the rules
/// the event was opened under say so, whatever they say today.
async fn require_holder(
    tx: &mut dyn Tx,
    by: UserId,
    votes: &[Decided<'_>],
    organization: OrganizationId,
    event: &Event,
) -> Result<(), Failure> {
    if votes.iter().all(|decided| decided.vote.principal_user_id == by) {
        return Ok(());
    }
    let role = tx.organizations().member(organization, by).await?.map(|member| member.role);
    if event.terms.rules.proxy_holders.may_be(role) { Ok(()) } else { Err(Refusal::HolderNotAllowed.into()) }
}

/// The people concerned see that a mandate was used, never for what.
async fn note_use(
    tx: &mut dyn Tx,
    by: UserId,
    event: EventId,
    receipts: &[Receipt],
    at: Moment,
) -> Result<(), Failure> {
    let used: Vec<UserSessionId> = receipts
        .iter()
        .filter(|receipt| receipt.proxy_for.is_some())
        .map(|receipt| receipt.user_session_id)
        .collect();
    if used.is_empty() {
        return Ok(());
    }
    let mandates = tx.proxies().standing_with(&used).await?;
    let notes: Vec<MandateNote> = mandates
        .into_iter()
        .filter(|mandate| mandate.covers(event))
        .map(|mandate| MandateNote {
            event_id: Some(event),
            ..mandate::note(mandate.id, MandateChange::Used, at, Some(by))
        })
        .collect();
    Ok(tx.proxies().note(&notes).await?)
}

impl CastVotes {
    /// Holds every paper against the rules; nothing is written unless all of them pass. `place` says where in the request a
    /// paper stands.
    pub(crate) fn decide<'a>(
        &self,
        facts: &'a CastFacts,
        place: impl Fn(usize) -> usize,
    ) -> Result<Vec<Decided<'a>>, Failure> {
        vote::require_voting(&facts.event, facts.now)?;
        let instances = self.instances(facts)?;
        vote::require_distinct(&instances)?;
        let mut votes = Vec::with_capacity(self.papers.len());
        for (at, (paper, id)) in self.papers.iter().zip(instances).enumerate() {
            let instance = facts.instances.iter().find(|instance: &&Instance| instance.row.id == id);
            let again = instance.is_some_and(|instance| instance.voted);
            match instance.filter(|_| again) {
                Some(cast_before) => vote::change(&facts.event, self.by, cast_before, facts.now)?,
                None => vote::cast(&facts.event, self.by, instance, facts.now)?,
            }
            let instance = instance.ok_or(Refusal::NotYourInstance)?;
            let response = self.read(place(at), paper, facts)?;
            vote::require_split(&facts.event, instance, &response)?;
            let vote = NewVote {
                event: &facts.event,
                user_session_id: id,
                principal_user_id: instance.row.principal(),
                cast_by_user_id: self.by,
                response,
            };
            votes.push(Decided { vote, again });
        }
        Ok(votes)
    }

    fn instances(&self, facts: &CastFacts) -> Result<Vec<UserSessionId>, Failure> {
        self.papers
            .iter()
            .map(|paper| match paper.user_session_id {
                Some(id) => Ok(id),
                None => Ok(vote::only_instance(&facts.event, &facts.instances)?),
            })
            .collect()
    }

    fn read(&self, at: usize, paper: &BallotPaper, facts: &CastFacts) -> Result<Response, FieldErrors> {
        let ballot = &facts.event.terms.ballot;
        match &paper.choices {
            Choices::Whole(labels) => Response::parse(ballot, labels),
            Choices::Split(parts) => PartData::read(ballot, parts),
        }
        .map_err(|errors| if self.listed { errors.under(&format!("votes[{at}]")) } else { errors })
    }
}
