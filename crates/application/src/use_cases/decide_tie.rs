use async_trait::async_trait;
use plenum_domain::Refusal;
use plenum_domain::event::Event;
use plenum_domain::field::FieldErrors;
use plenum_domain::id::{EventId, UserId};
use plenum_domain::permission::ConductEvents;
use plenum_domain::result::EventResult;
use plenum_domain::session::Session;
use plenum_domain::tie::{Awaited, Question};
use plenum_ports::Tx;
use plenum_ports::documents::{AwaitedData, ResultData, TieDecisionData};
use serde_json::json;

use super::close_event::{count, prepare_next};
use super::open_event::seed;
use crate::audit::{self, Describe};
use crate::{Env, Failure, UseCase, load};

/// Decides a tie that a counted result waits for, and counts again with the decision.
#[derive(Clone, Debug)]
pub struct DecideTie {
    /// Which event.
    pub event_id: EventId,
    /// Who decides.
    pub by: UserId,
    /// The option chosen by the chair; `None`: a lot is drawn.
    pub choice: Option<String>,
}

#[async_trait]
impl UseCase for DecideTie {
    const NAME: &'static str = "event.tie";
    /// The event with its result as it is now, and the sitting it belongs to.
    type Output = (Event, Session, ResultData);

    async fn run(&self, env: &Env, tx: &mut dyn Tx) -> Result<Self::Output, Failure> {
        let found = load::event(tx, self.event_id, self.by).await?;
        let permit = found.permit::<ConductEvents>()?;
        let (event, at) = (found.event, found.at);
        load::require_active(tx, at.organization.id).await?;
        event.require_undecided(&permit)?;
        let before = tx.results().get(event.id).await?.ok_or(Refusal::NoResult)?;
        let chosen: Vec<String> = before.decisions.iter().map(|decision| decision.choice.clone()).collect();
        let closed_at = event.state.closed_at().ok_or(Refusal::NoResult)?;
        let end = event.schedule.end_time.unwrap_or(closed_at);
        // The same votes as at the close: nothing is cast any more.
        let waiting = count(tx, &event, end, &chosen).await?;
        let awaited = waiting.awaits.ok_or(Refusal::NoTieToDecide)?;
        let now = tx.now().await?;
        let decision = self.decide(env, &event, &awaited, now)?;
        let chosen: Vec<String> = chosen.into_iter().chain([decision.choice.clone()]).collect();
        let result = count(tx, &event, end, &chosen).await?;
        let mut data = ResultData::counted(&result);
        data.decisions = before.decisions.into_iter().chain([decision.clone()]).collect();
        data.summary = Some(told(&result, &data.decisions));
        prepare_next(tx, &event, &at.session, &result, now).await?.note(&mut data);
        tx.results().complete(event.id, &data, now).await?;
        let entry = audit::entry(Self::NAME, "events", event.id.get(), Some(self.by), now)
            .session(&at.session)
            .event(&event)
            .before(json!({"outcome": before.outcome, "awaiting": before.awaiting}))
            .after(json!({"outcome": data.outcome, "decision": decision}))
            .sealed("result", json!(data));
        tx.audit().append(&[entry]).await?;
        Ok((event, at.session, data))
    }
}

impl DecideTie {
    fn decide(
        &self,
        env: &Env,
        event: &Event,
        awaited: &Awaited,
        now: plenum_domain::Moment,
    ) -> Result<TieDecisionData, FieldErrors> {
        let AwaitedData { question, between } = awaited.into();
        let (choice, by, seed) = if let Some(choice) = &self.choice {
            (awaited.choose(&event.terms.ballot, choice)?, "chair", None)
        } else {
            let seed = seed(env);
            (awaited.draw(&event.terms.ballot, &seed)?, "lot", Some(seed))
        };
        let decided_by_user_id = self.by.get();
        Ok(TieDecisionData {
            question,
            between,
            choice,
            by: by.to_owned(),
            seed,
            decided_by_user_id,
            decided_at: now,
        })
    }
}

/// The result in words, with the lots that stand behind decisions: to the count they are all the chair's.
fn told(result: &EventResult, decisions: &[TieDecisionData]) -> String {
    let mut text = result.summary.clone();
    for decision in decisions.iter().filter(|decision| decision.question != Question::CastingVote.as_str()) {
        if let Some(seed) = &decision.seed {
            text.push_str(" Between ");
            text.push_str(&decision.between.join(", "));
            text.push_str(" a lot was drawn from the seed ");
            text.push_str(seed);
            text.push_str(" and fell on ");
            text.push_str(&decision.choice);
            text.push('.');
        }
    }
    text
}
