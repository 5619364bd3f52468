use async_trait::async_trait;
use plenum_domain::id::{EventId, UserId};
use plenum_domain::vote;
use plenum_ports::Tx;

use super::cast_votes::{BallotPaper, CastVotes, Choices, Receipt, facts, put};
use crate::{Env, Failure, UseCase};

/// Casts all the votes a person can cast now, their own and those they hold, with the same choices.
#[derive(Clone, Debug)]
pub struct CastAll {
    /// On what.
    pub event_id: EventId,
    /// Who casts.
    pub by: UserId,
    /// The choices, in order of preference.
    pub vote_response: Vec<String>,
}

#[async_trait]
impl UseCase for CastAll {
    const NAME: &'static str = "vote.cast_all";
    type Output = Vec<Receipt>;

    async fn run(&self, env: &Env, tx: &mut dyn Tx) -> Result<Vec<Receipt>, Failure> {
        let (facts, session) = facts(tx, self.event_id, self.by).await?;
        let instances = vote::castable(&facts.event, self.by, &facts.instances, facts.now)?;
        let paper = |id| BallotPaper {
            user_session_id: Some(id),
            choices: Choices::Whole(self.vote_response.clone()),
        };
        let papers = instances.into_iter().map(paper).collect();
        let cast = CastVotes { event_id: self.event_id, by: self.by, papers, listed: false };
        let votes = cast.decide(&facts, |at| at)?;
        put(env, tx, self.by, &session, &facts.event, votes).await
    }
}
