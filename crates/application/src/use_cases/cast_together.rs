use std::collections::BTreeMap;

use async_trait::async_trait;
use plenum_domain::field::FieldErrors;
use plenum_domain::id::{EventId, SessionId, UserId};
use plenum_domain::vote;
use plenum_ports::Tx;
use plenum_ports::repository::CastKey;

use super::cast_votes::{BallotPaper, CastVotes, Receipt, admit, put};
use crate::{Env, Failure, UseCase, load};

/// Casts votes on several events of a sitting, all of them or none.
#[derive(Clone, Debug)]
pub struct CastTogether {
    /// In which sitting.
    pub session_id: SessionId,
    /// Who casts.
    pub by: UserId,
    /// The papers, each with its event.
    pub papers: Vec<(EventId, BallotPaper)>,
    /// Whether each of them is cast with every instance the person can vote with now.
    pub all: bool,
}

/// A paper with its place in the request.
type Placed = (usize, BallotPaper);

#[async_trait]
impl UseCase for CastTogether {
    const NAME: &'static str = "vote.cast_together";
    /// In the order of the papers; several for a paper that is cast with all instances.
    type Output = Vec<Receipt>;

    async fn run(&self, env: &Env, tx: &mut dyn Tx) -> Result<Vec<Receipt>, Failure> {
        let session = tx.sessions().get(self.session_id).await?.ok_or(Failure::NotFound("session"))?;
        if !load::in_session(tx, session, self.by).await?.standing.may_know() {
            return Err(Failure::NotFound("session"));
        }
        let mut by_event: BTreeMap<EventId, Vec<Placed>> = BTreeMap::new();
        for (place, (event, paper)) in self.papers.iter().enumerate() {
            by_event.entry(*event).or_default().push((place, paper.clone()));
        }
        // All events are had at once and in the order of their numbers, so that nobody waits in a circle.
        let keys: Vec<CastKey> =
            by_event.keys().map(|event_id| CastKey { event_id: *event_id, user_id: self.by }).collect();
        let facts = tx.ballot_box().facts(&keys).await?;
        let mut receipts: Vec<(usize, Receipt)> = Vec::with_capacity(self.papers.len());
        for ((event_id, papers), facts) in by_event.into_iter().zip(facts) {
            let (facts, session) = admit(tx, event_id, facts, self.by).await?;
            if facts.event.session_id != self.session_id {
                let field = format!("votes[{}].event_id", papers.first().map_or(0, |(place, _)| *place));
                return Err(FieldErrors::one(field, "is no event of this session").into());
            }
            let papers = if self.all {
                let instances = vote::castable(&facts.event, self.by, &facts.instances, facts.now)
                    .map_err(|refusal| Failure::from(refusal).of(event_id))?;
                let with = |(place, paper): &Placed| {
                    let (place, choices) = (*place, paper.choices.clone());
                    let paper = move |id| {
                        let choices = choices.clone();
                        (place, BallotPaper { user_session_id: Some(id), choices })
                    };
                    instances.iter().copied().map(paper).collect::<Vec<_>>()
                };
                papers.iter().flat_map(with).collect()
            } else {
                papers
            };
            let (places, papers): (Vec<usize>, Vec<BallotPaper>) = papers.into_iter().unzip();
            let cast = CastVotes { event_id, by: self.by, papers, listed: true };
            let votes = cast.decide(&facts, |at| places[at]).map_err(|failure| failure.of(event_id))?;
            let cast = put(env, tx, self.by, &session, &facts.event, votes)
                .await
                .map_err(|failure| failure.of(event_id))?;
            receipts.extend(places.into_iter().zip(cast));
        }
        receipts.sort_by_key(|(place, _)| *place);
        Ok(receipts.into_iter().map(|(_, receipt)| receipt).collect())
    }
}
