use async_trait::async_trait;
use plenum_domain::Step;
use plenum_domain::event::Event;
use plenum_domain::id::{EventId, UserId};
use plenum_domain::permission::ConductEvents;
use plenum_domain::roll::{self, Quorum};
use plenum_domain::session::Session;
use plenum_ports::Tx;
use plenum_ports::documents::QuorumData;
use serde_json::json;

use crate::audit::{self, Describe};
use crate::{Env, Failure, UseCase, load};

/// Opens voting on an event and fixes its electoral roll. Opening twice changes nothing.
#[derive(Clone, Copy, Debug)]
pub struct OpenEvent {
    /// Which event.
    pub event_id: EventId,
    /// Who opens it.
    pub by: UserId,
}

/// What lots are drawn from where nobody brought a seed: 128 random bits in hexadecimal.
fn seed(env: &Env) -> String {
    let mut bytes = [0; 16];
    env.randomness.fill(&mut bytes);
    format!("{:032x}", u128::from_be_bytes(bytes))
}

#[async_trait]
impl UseCase for OpenEvent {
    const NAME: &'static str = "event.open";
    /// The event, with the sitting it belongs to.
    type Output = (Event, Session);

    async fn run(&self, env: &Env, tx: &mut dyn Tx) -> Result<Self::Output, Failure> {
        let found = load::event(tx, self.event_id, self.by).await?;
        let permit = found.permit::<ConductEvents>()?;
        let (event, at) = (found.event, found.at);
        let now = tx.now().await?;
        let Step::To(mut opened) = event.open(&at.session, &permit, now)? else {
            return Ok((event, at.session));
        };
        let rules = &at.organization.rules;
        // From here on the event alone says whether proxies are admitted: a change of the rules while it
        // is open changes nothing.
        opened.terms.proxy &= rules.proxies.allowed;
        if opened.terms.ballot.wants_seed() {
            // Before anybody votes, and shown with the event: who knows it cannot have chosen it for the result.
            opened.terms.ballot = opened.terms.ballot.with_seed(&seed(env));
        }
        let members = tx.organizations().members(at.organization.id).await?;
        let instances = tx.attendance().all(at.session.id).await?;
        let mandates = tx.proxies().standing(at.session.id).await?;
        let roll = roll::fix(&members, &instances, &mandates, opened.terms.proxy);
        let quorum = Quorum::of_roll(rules.quorum, &roll);
        quorum.require()?;
        tx.events().fix_roll(&opened, &roll, rules.quorum).await?;
        if opened.terms != event.terms {
            tx.events().update(&opened).await?;
        }
        let entry = audit::entry(Self::NAME, "events", event.id.get(), Some(self.by), now)
            .session(&at.session)
            .event(&event)
            .before(json!({"state": event.state.as_str()}))
            .after(json!({
                "state": opened.state.as_str(),
                "start_time": opened.schedule.start_time,
                "end_time": opened.schedule.end_time,
                "quorum": QuorumData::of(rules.quorum),
                "entitled": quorum.entitled,
                "present": quorum.present,
                "seed": opened.terms.ballot.seed(),
            }));
        tx.audit().append(&[entry]).await?;
        Ok((opened, at.session))
    }
}
