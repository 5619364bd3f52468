//! What the log says of a count: the ballots as they were counted and, of a secret vote, who cast.

use std::collections::{BTreeMap, HashMap};

use plenum_domain::event::Event;
use plenum_domain::id::{UserId, UserSessionId};
use plenum_domain::result::RollLine;
use plenum_domain::secret::BareBallot;
use plenum_domain::vote::Response;
use plenum_ports::documents::Choice;
use plenum_ports::repository::AuditEntry;
use serde_json::{Value, json};

use super::count_secret::Opened;
use crate::audit::Describe;

/// What is added to the line of a close.
pub(super) struct CountLog {
    /// `{ballots, vote_response, vote_weight}` each, of a split vote with `split` instead of its response; `None`
    /// where ballots would tell whose they are.
    ballots: Option<Vec<Value>>,
    /// Of a secret vote `{principal_user_id, user_session_id}` each, by principal: the envelopes in the log
    /// name nobody, so this is where it shows that whoever voted was entitled, and voted once.
    voters: Option<Vec<Value>>,
}

impl CountLog {
    pub(super) fn recorded(event: &Event, roll: &[RollLine], votes: &[(UserId, Response)]) -> Self {
        let weights = weights(roll);
        let votes = votes.iter().map(|(principal, response)| (weights.get(principal).copied(), response));
        Self { ballots: Some(alike(event, votes)), voters: None }
    }

    pub(super) fn secret(
        event: &Event,
        roll: &[RollLine],
        opened: &Opened,
        ballots: Option<&[BareBallot]>,
    ) -> Self {
        let weights = weights(roll);
        // A ballot carries its weight only where weights differ; otherwise it is anybody's who voted.
        let common = opened.votes.first().and_then(|(principal, _)| weights.get(principal).copied());
        let bare = |ballot: &BareBallot| ballot.weight.map_or(common, |weight| Some(weight.get()));
        let voter = |(principal, instance): (&UserId, &UserSessionId)| json!({"principal_user_id": principal.get(), "user_session_id": instance.get()});
        let principals = opened.votes.iter().map(|(principal, _)| principal);
        Self {
            ballots: ballots
                .map(|ballots| alike(event, ballots.iter().map(|ballot| (bare(ballot), &ballot.response)))),
            voters: Some(principals.zip(&opened.instances).map(voter).collect()),
        }
    }

    /// Adds it to the line.
    pub(super) fn onto(self, mut entry: AuditEntry) -> AuditEntry {
        if let Some(ballots) = self.ballots {
            // Only sealed: a hash of them without a salt would tell the result before its release to whoever tries
            // the few there can be.
            entry = entry.sealed("ballots", ballots.into());
        }
        match self.voters {
            Some(voters) => entry.sealed("voters", voters.into()),
            None => entry,
        }
    }
}

fn weights(roll: &[RollLine]) -> HashMap<UserId, u32> {
    roll.iter().map(|line| (line.principal, line.weight.get())).collect()
}

/// Alike ballots together, in an order that says nothing of who cast them or when.
fn alike<'a>(event: &Event, ballots: impl Iterator<Item = (Option<u32>, &'a Response)>) -> Vec<Value> {
    let mut alike: BTreeMap<(Choice, u32), u64> = BTreeMap::new();
    for (weight, response) in ballots {
        let key = (Choice::of(&event.terms.ballot, response), weight.unwrap_or_default());
        *alike.entry(key).or_default() += 1;
    }
    alike
        .into_iter()
        .map(|((choice, weight), ballots)| match choice {
            Choice::Whole(response) => {
                json!({"ballots": ballots, "vote_response": response, "vote_weight": weight})
            }
            Choice::Split { split } => json!({"ballots": ballots, "split": split, "vote_weight": weight}),
        })
        .collect()
}
