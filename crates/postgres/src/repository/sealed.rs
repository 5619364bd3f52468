//! Secret votes.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::event::Event;
use plenum_domain::id::{EventId, UserId, UserSessionId};
use plenum_domain::secret::BareBallot;
use plenum_ports::StoreError;
use plenum_ports::repository::{Seal, SealState, SealedVote, SealedVotes};
use sqlx::types::Json;

use crate::rows::{self, BallotRow, SealRow};
use crate::store::PgTx;

#[async_trait]
impl SealedVotes for PgTx {
    async fn insert_seal(&mut self, seal: &Seal) -> Result<(), StoreError> {
        let answer = sqlx::query!(
            "INSERT INTO event_keys (event_id, key_id, key_store_id, suite, public_key)
             VALUES ($1, $2, $3, $4, $5)",
            seal.event_id.get(),
            &seal.key_id.as_bytes()[..],
            &seal.key_store_id.as_bytes()[..],
            seal.suite,
            seal.public_key.as_bytes(),
        )
        .execute(self.connection())
        .await;
        self.changed("insert event key", 1, answer)
    }

    async fn seal(&mut self, event: EventId) -> Result<Option<SealState>, StoreError> {
        let row = sqlx::query_as!(
            SealRow,
            "SELECT event_id, key_id, key_store_id, suite, public_key, retired_at, destroyed_at
             FROM event_keys WHERE event_id = $1",
            event.get(),
        )
        .fetch_optional(self.connection())
        .await;
        self.done(row)?.map(TryInto::try_into).transpose()
    }

    async fn record_sealed(&mut self, votes: &[SealedVote]) -> Result<Vec<bool>, StoreError> {
        let events: Vec<i32> = votes.iter().map(|vote| vote.event_id.get()).collect();
        let instances: Vec<i32> = votes.iter().map(|vote| vote.user_session_id.get()).collect();
        let principals: Vec<i32> = votes.iter().map(|vote| vote.principal_user_id.get()).collect();
        let sealed: Vec<&[u8]> = votes.iter().map(|vote| vote.sealed.as_slice()).collect();
        // As for recorded votes: batches insert in one order, and the first of two for one principal wins.
        let recorded = sqlx::query!(
            "INSERT INTO envelopes (event_id, principal_user_id, user_session_id, sealed)
             SELECT event_id, principal_user_id, user_session_id, sealed
             FROM unnest($1::int4[], $2::int4[], $3::int4[], $4::bytea[]) WITH ORDINALITY
                 AS vote (event_id, principal_user_id, user_session_id, sealed, place)
             ORDER BY event_id, principal_user_id, place
             ON CONFLICT DO NOTHING
             RETURNING event_id, user_session_id",
            &events,
            &principals,
            &instances,
            &sealed as &[&[u8]],
        )
        .fetch_all(self.connection())
        .await;
        let mut accepted: HashSet<(i32, i32)> =
            self.done(recorded)?.into_iter().map(|row| (row.event_id, row.user_session_id)).collect();
        // Each row answers once: the same instance a second time has voted before.
        Ok(events.into_iter().zip(instances).map(|key| accepted.remove(&key)).collect())
    }

    async fn replace_sealed(&mut self, votes: &[SealedVote]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let events: Vec<i32> = votes.iter().map(|vote| vote.event_id.get()).collect();
        let principals: Vec<i32> = votes.iter().map(|vote| vote.principal_user_id.get()).collect();
        let instances: Vec<i32> = votes.iter().map(|vote| vote.user_session_id.get()).collect();
        let sealed: Vec<&[u8]> = votes.iter().map(|vote| vote.sealed.as_slice()).collect();
        // Taken in one order, so that two batches never wait for each other.
        let replaced = sqlx::query!(
            r#"WITH vote AS (
                   SELECT event_id, principal_user_id, user_session_id, sealed
                   FROM unnest($1::int4[], $2::int4[], $3::int4[], $4::bytea[])
                       AS vote (event_id, principal_user_id, user_session_id, sealed)
               ),
               before AS (
                   SELECT e.event_id, e.principal_user_id, e.sealed
                   FROM envelopes e JOIN vote USING (event_id, principal_user_id, user_session_id)
                   ORDER BY e.event_id, e.principal_user_id
                   FOR UPDATE OF e
               )
               UPDATE envelopes e SET sealed = vote.sealed
               FROM vote JOIN before USING (event_id, principal_user_id)
               WHERE (e.event_id, e.principal_user_id) = (vote.event_id, vote.principal_user_id)
               RETURNING e.event_id, e.user_session_id, before.sealed"#,
            &events,
            &principals,
            &instances,
            &sealed as &[&[u8]],
        )
        .fetch_all(self.connection())
        .await;
        let mut before: HashMap<(i32, i32), Vec<u8>> = self
            .done(replaced)?
            .into_iter()
            .map(|row| ((row.event_id, row.user_session_id), row.sealed))
            .collect();
        Ok(events.into_iter().zip(instances).map(|key| before.remove(&key)).collect())
    }

    async fn sealed_votes(&mut self, event: EventId) -> Result<Vec<SealedVote>, StoreError> {
        let votes = sqlx::query!(
            "SELECT principal_user_id, user_session_id, sealed FROM envelopes
             WHERE event_id = $1
             ORDER BY principal_user_id",
            event.get(),
        )
        .fetch_all(self.connection())
        .await;
        let vote = |principal, instance, sealed| SealedVote {
            event_id: event,
            user_session_id: UserSessionId::new(instance),
            principal_user_id: UserId::new(principal),
            sealed,
        };
        let votes = self.done(votes)?.into_iter();
        Ok(votes.map(|row| vote(row.principal_user_id, row.user_session_id, row.sealed)).collect())
    }

    async fn insert_ballots(&mut self, event: &Event, ballots: &[BareBallot]) -> Result<(), StoreError> {
        let weights: Vec<Option<i64>> =
            ballots.iter().map(|ballot| ballot.weight.map(|weight| i64::from(weight.get()))).collect();
        let responses: Vec<Json<Vec<String>>> =
            ballots.iter().map(|ballot| Json(ballot.response.labels(&event.terms.ballot))).collect();
        // In this order on the disk, too, and all of them in one statement of one transaction: neither
        // place, nor time, nor transaction sets one apart from another.
        let answer = sqlx::query!(
            "INSERT INTO ballots (event_id, place, vote_weight, vote_response)
             SELECT $1, place, vote_weight, vote_response
             FROM unnest($2::int8[], $3::jsonb[]) WITH ORDINALITY AS ballot (vote_weight, vote_response, place)
             ORDER BY place",
            event.id.get(),
            &weights as &[Option<i64>],
            &responses as &[Json<Vec<String>>],
        )
        .execute(self.connection())
        .await;
        self.changed("insert ballots", ballots.len() as u64, answer)
    }

    async fn ballots(&mut self, event: &Event) -> Result<Vec<BareBallot>, StoreError> {
        let ballots = sqlx::query_as!(
            BallotRow,
            r#"SELECT place, vote_weight, vote_response AS "vote_response: _" FROM ballots
               WHERE event_id = $1
               ORDER BY place"#,
            event.id.get(),
        )
        .fetch_all(self.connection())
        .await;
        self.done(ballots)?.into_iter().map(|row| rows::bare_ballot(event, &row)).collect()
    }

    async fn retire_key(&mut self, event: EventId, at: Moment) -> Result<bool, StoreError> {
        // The key is destroyed once this is seen committed. A server that is set to acknowledge before
        // it has written would show it and then, after a crash, have an open event without a key.
        let durable = sqlx::query!(
            "SELECT set_config('synchronous_commit', 'on', true) AS set
             WHERE current_setting('synchronous_commit') IN ('off', 'local')",
        )
        .fetch_optional(self.connection())
        .await;
        self.done(durable)?;
        let row = sqlx::query!(
            r#"UPDATE event_keys SET retired_at = coalesce(retired_at, $2) WHERE event_id = $1
               RETURNING retired_at = $2 AS "now!""#,
            event.get(),
            at,
        )
        .fetch_optional(self.connection())
        .await;
        Ok(self.the_row("retire key", row)?.now)
    }

    async fn note_destruction(&mut self, event: EventId, at: Moment) -> Result<bool, StoreError> {
        let row = sqlx::query!(
            r#"UPDATE event_keys SET destroyed_at = coalesce(destroyed_at, $2)
               WHERE event_id = $1 AND retired_at IS NOT NULL
               RETURNING destroyed_at = $2 AS "now!""#,
            event.get(),
            at,
        )
        .fetch_optional(self.connection())
        .await;
        Ok(self.the_row("note destruction", row)?.now)
    }
}
