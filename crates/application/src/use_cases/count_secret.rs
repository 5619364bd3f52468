use plenum_domain::event::Event;
use plenum_domain::id::{UserId, UserSessionId};
use plenum_domain::secret::{self, BareBallot};
use plenum_domain::vote::Response;
use plenum_domain::{Moment, Refusal};
use plenum_ports::Tx;
use plenum_ports::keys::Envelope;

use crate::shuffle::shuffle;
use crate::{Env, Failure};

/// What was in envelopes, in the order of those whose votes they are.
pub(super) struct Opened {
    /// Whose each is, and what it held.
    pub(super) votes: Vec<(UserId, Response)>,
    /// With which instance each was cast.
    pub(super) instances: Vec<UserSessionId>,
}

/// What was in the envelopes of an event that is held for update, whose each is; `None` when the key
/// is lost. Nothing of it is written anywhere.
pub(super) async fn open_envelopes(
    env: &Env,
    tx: &mut dyn Tx,
    event: &Event,
) -> Result<Option<Opened>, Failure> {
    let Some(opener) = env.keys.opener(event.id)? else { return Ok(None) };
    let votes = tx.sealed().sealed_votes(event.id).await?;
    env.observer.reached("close.envelopes_read");
    let principals: Vec<UserId> = votes.iter().map(|vote| vote.principal_user_id).collect();
    let instances = votes.iter().map(|vote| vote.user_session_id).collect();
    let envelopes = votes.into_iter().map(|vote| Envelope {
        context: secret::context(event.id, vote.user_session_id, vote.principal_user_id),
        sealed: vote.sealed,
    });
    let contents = opener.open(envelopes.collect()).await?;
    let responses: Vec<Option<Response>> = contents
        .into_iter()
        .map(|content| content.ok().and_then(|content| secret::unpack(&event.terms.ballot, &content)))
        .collect();
    env.observer.reached("close.envelopes_opened");
    // An accepted vote that cannot be counted: no result is better than a wrong one, and the key stays,
    // for an envelope that comes back from a copy of the database.
    let count = responses.iter().filter(|response| response.is_none()).count();
    if count > 0 || responses.len() != principals.len() {
        return Err(Refusal::EnvelopesUnreadable { count }.into());
    }
    let votes = principals.into_iter().zip(responses.into_iter().flatten()).collect();
    Ok(Some(Opened { votes, instances }))
}

/// Writes bare ballots in an order that nobody can guess, and retires the key.
pub(super) async fn keep_ballots(
    env: &Env,
    tx: &mut dyn Tx,
    event: &Event,
    ballots: Option<Vec<BareBallot>>,
    now: Moment,
) -> Result<(), Failure> {
    if let Some(mut ballots) = ballots {
        shuffle(&mut ballots, &*env.randomness);
        tx.sealed().insert_ballots(event, &ballots).await?;
    }
    env.observer.reached("close.ballots_written");
    tx.sealed().retire_key(event.id, now).await?;
    Ok(())
}

/// What was cast on a secret event that is counted already, as votes to be counted again: the bare
/// ballots, each laid on somebody who cast one of its weight. Whose each was is not known any more, and
/// no figure needs it.
pub(super) async fn kept_votes(
    tx: &mut dyn Tx,
    event: &Event,
    end: Moment,
) -> Result<Vec<(UserId, Response)>, Failure> {
    let ballots = tx.sealed().ballots(event).await?;
    let envelopes = tx.sealed().sealed_votes(event.id).await?;
    let casters: Vec<UserId> = envelopes.into_iter().map(|vote| vote.principal_user_id).collect();
    let roll = tx.events().roll_lines(event.id, end).await?;
    Ok(secret::lay_out(&roll, &casters, ballots)?)
}
