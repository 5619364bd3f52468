use async_trait::async_trait;
use plenum_domain::Refusal;
use plenum_domain::field::FieldErrors;
use plenum_domain::id::{EventId, UserId, UserSessionId};
use plenum_domain::permission::Scope;
use plenum_domain::vote::{self, Instance, Response, Vote};
use plenum_ports::Tx;
use plenum_ports::repository::{AuditEntry, CastFacts, CastKey, NewVote, Recorded};
use serde_json::json;

use crate::audit::{self, Describe};
use crate::{Env, Failure, UseCase, load};

/// What goes into the ballot box for one instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BallotPaper {
    /// With which instance; may be left out by someone who has one.
    pub user_session_id: Option<UserSessionId>,
    /// The choices, in order of preference.
    pub vote_response: Vec<String>,
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
    /// The vote that stands.
    pub vote: Vote,
    /// For whom it was cast, when not for oneself.
    pub proxy_for: Option<UserId>,
    /// The choices by name.
    pub vote_response: Vec<String>,
}

#[async_trait]
impl UseCase for CastVotes {
    const NAME: &'static str = "vote.cast";
    type Output = Vec<Receipt>;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<Vec<Receipt>, Failure> {
        let key = CastKey { event_id: self.event_id, user_id: self.by };
        let facts = tx.ballot_box().facts(&[key]).await?.into_iter().next().flatten();
        let Some(facts) = facts else { return Err(Failure::NotFound("event")) };
        let session = tx.sessions().get(facts.event.session_id).await?.ok_or(Failure::NotFound("event"))?;
        if facts.instances.is_empty() {
            // Who never joined learns what to do only when they may know of the event at all.
            let mut standing = load::in_organization(tx, session.organization_id, self.by).await?;
            standing.host = session.created_by_user_id == self.by;
            standing.granted = tx.roles().held(self.by, Scope::Event(self.event_id)).await?;
            if !standing.may_know() {
                return Err(Failure::NotFound("event"));
            }
        }
        let votes = self.decide(&facts)?;
        let recorded = tx.ballot_box().record(&votes).await?;
        let mut receipts = Vec::with_capacity(votes.len());
        let mut entries: Vec<AuditEntry> = Vec::with_capacity(votes.len());
        for (new, recorded) in votes.into_iter().zip(recorded) {
            let Recorded::Accepted { id, cast_time } = recorded else {
                return Err(Refusal::AlreadyVoted.into());
            };
            let proxy_for = (new.principal_user_id != self.by).then_some(new.principal_user_id);
            // Never the choice: the log is read by people who must not learn it early.
            entries.push(
                audit::entry(Self::NAME, "votes", id.get(), Some(self.by), cast_time)
                    .session(&session)
                    .event(new.event)
                    .after(json!({
                        "user_session_id": new.user_session_id.get(),
                        "principal_user_id": new.principal_user_id.get(),
                    })),
            );
            receipts.push(Receipt {
                vote_response: new.response.labels(&new.event.terms.ballot),
                proxy_for,
                vote: Vote {
                    id,
                    event_id: new.event.id,
                    user_session_id: new.user_session_id,
                    principal_user_id: new.principal_user_id,
                    cast_by_user_id: self.by,
                    cast_time,
                    response: new.response,
                },
            });
        }
        tx.audit().append(&entries).await?;
        Ok(receipts)
    }
}

impl CastVotes {
    /// Holds every paper against the rules; nothing is written unless all of them pass.
    fn decide<'a>(&self, facts: &'a CastFacts) -> Result<Vec<NewVote<'a>>, Failure> {
        vote::require_voting(&facts.event, facts.now)?;
        let instances = self.instances(facts)?;
        vote::require_distinct(&instances)?;
        let mut votes = Vec::with_capacity(self.papers.len());
        for (at, (paper, id)) in self.papers.iter().zip(instances).enumerate() {
            let instance = facts.instances.iter().find(|instance: &&Instance| instance.row.id == id);
            vote::cast(&facts.event, self.by, instance, facts.now)?;
            let instance = instance.ok_or(Refusal::NotYourInstance)?;
            let response = self.read(at, paper, facts)?;
            votes.push(NewVote {
                event: &facts.event,
                user_session_id: id,
                principal_user_id: instance.row.principal(),
                cast_by_user_id: self.by,
                response,
            });
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
        Response::parse(&facts.event.terms.ballot, &paper.vote_response)
            .map_err(|errors| if self.listed { errors.under(&format!("votes[{at}]")) } else { errors })
    }
}
