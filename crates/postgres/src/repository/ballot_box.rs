//! Casting.

use std::collections::HashMap;

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::event::Event;
use plenum_domain::id::VoteId;
use plenum_domain::vote::Instance;
use plenum_ports::StoreError;
use plenum_ports::documents::VoteData;
use plenum_ports::repository::{BallotBox, CastFacts, CastKey, NewVote, Recorded};
use sqlx::types::Json;

use crate::rows::{Cell, EventRow, UserSessionRow, weight};
use crate::store::PgTx;

/// The events of a batch, held until the transaction ends.
///
/// `FOR SHARE` and not less: the lock that a vote's foreign key takes does not hold back a close.
/// Everybody locks in the order of the ids.
async fn hold_events(tx: &mut PgTx, keys: &[CastKey]) -> Result<HashMap<i32, Event>, StoreError> {
    let ids: Vec<i32> = keys.iter().map(|key| key.event_id.get()).collect();
    let held = sqlx::query_as!(
        EventRow,
        r#"SELECT id, event_type, name, state, start_time, end_time, data AS "data: _",
                  created_by_user_id, session_id, created_at, opened_at, closed_at, released_at,
                  annulled_at, annulled_by_user_id, annulment_reason
           FROM events
           WHERE id = ANY($1)
             AND (SELECT count(pg_advisory_xact_lock_shared('events'::regclass::oid::int4, id))
                  FROM (SELECT DISTINCT id FROM unnest($1) AS id ORDER BY id) AS wanted) >= 0
           ORDER BY id
           FOR SHARE"#,
        &ids,
    )
    .fetch_all(tx.connection())
    .await;
    tx.done(held)?.into_iter().map(|row| Ok((row.id, Event::try_from(row)?))).collect()
}

/// A vote instance of a key with what bears on it; without an instance where a person has none.
#[expect(clippy::struct_excessive_bools, reason = "what the rules ask is answered yes or no")]
struct FactRow {
    place: i64,
    now: Moment,
    id: Option<i32>,
    user_id: i32,
    session_id: i32,
    proxy: Option<i32>,
    join_left: Option<String>,
    barred: Option<bool>,
    timestamp: Option<Moment>,
    on_roll: bool,
    vote_weight: Option<i32>,
    voted: bool,
    caster_present: bool,
    principal_present: bool,
    mandate_stands: bool,
}

impl FactRow {
    fn instance(self) -> Result<Option<Instance>, StoreError> {
        let Some(id) = self.id else { return Ok(None) };
        let cell = |column| Cell::new("user_sessions", column, id);
        let row = UserSessionRow {
            id,
            user_id: self.user_id,
            session_id: self.session_id,
            proxy: self.proxy,
            join_left: cell("join_left").present(self.join_left)?,
            barred: cell("barred").present(self.barred)?,
            timestamp: cell("timestamp").present(self.timestamp)?,
        };
        Ok(Some(Instance {
            row: row.try_into()?,
            on_roll: self.on_roll,
            weight: self.vote_weight.map(|value| weight(cell("vote_weight"), value)).transpose()?,
            voted: self.voted,
            caster_present: self.caster_present,
            principal_present: self.principal_present,
            mandate_stands: self.mandate_stands,
        }))
    }
}

#[async_trait]
impl BallotBox for PgTx {
    async fn facts(&mut self, keys: &[CastKey]) -> Result<Vec<Option<CastFacts>>, StoreError> {
        let events = hold_events(self, keys).await?;
        let (mut places, mut event_ids, mut sessions, mut users) = (vec![], vec![], vec![], vec![]);
        for (place, key) in (0_i64..).zip(keys) {
            if let Some(event) = events.get(&key.event_id.get()) {
                places.push(place);
                event_ids.push(event.id.get());
                sessions.push(event.session_id.get());
                users.push(key.user_id.get());
            }
        }
        // A statement of its own, so that it sees whatever was committed before the events were had.
        // A mandate that is being taken back right now is waited for, and then does not stand.
        let found = sqlx::query_as!(
            FactRow,
            r#"WITH key AS MATERIALIZED (
                   SELECT place, event_id, session_id, user_id
                   FROM unnest($1::int8[], $2::int4[], $3::int4[], $4::int4[])
                       AS key (place, event_id, session_id, user_id)
               ),
               mandate AS MATERIALIZED (
                   SELECT key.place, proxies.user_session_id
                   FROM key
                   JOIN user_sessions AS held
                       ON held.session_id = key.session_id AND held.user_id = key.user_id
                          AND held.proxy IS NOT NULL
                   JOIN proxies ON proxies.user_session_id = held.id AND proxies.state = 'standing'
                                   AND (proxies.event_id IS NULL OR proxies.event_id = key.event_id)
                   ORDER BY proxies.id
                   FOR SHARE OF proxies
               )
               SELECT key.place AS "place!", (SELECT clock_timestamp()) AS "now!",
                      key.user_id AS "user_id!", key.session_id AS "session_id!",
                      instance.id AS "id?", instance.proxy, instance.join_left AS "join_left?",
                      instance.barred AS "barred?", instance.timestamp AS "timestamp?",
                      EXISTS (SELECT FROM electoral_roll
                              JOIN events ON events.id = electoral_roll.event_id
                              WHERE electoral_roll.event_id = key.event_id
                                AND electoral_roll.principal_user_id = instance.principal_user_id
                                AND (electoral_roll.user_session_id IS NOT NULL
                                     OR events.data #>> '{rules,late_arrivals}' IS DISTINCT FROM 'wait'))
                          AS "on_roll!",
                      (SELECT vote_weight FROM electoral_roll
                       WHERE electoral_roll.event_id = key.event_id
                         AND electoral_roll.principal_user_id = instance.principal_user_id)
                          AS "vote_weight?",
                      (EXISTS (SELECT FROM votes
                               WHERE votes.event_id = key.event_id
                                 AND votes.principal_user_id = instance.principal_user_id)
                       OR EXISTS (SELECT FROM envelopes
                                  WHERE envelopes.event_id = key.event_id
                                    AND envelopes.principal_user_id = instance.principal_user_id))
                          AS "voted!",
                      EXISTS (SELECT FROM user_sessions AS own
                              WHERE own.session_id = key.session_id AND own.user_id = key.user_id
                                AND own.proxy IS NULL AND own.join_left = 'joined')
                          AS "caster_present!",
                      EXISTS (SELECT FROM user_sessions AS own
                              WHERE own.session_id = key.session_id
                                AND own.user_id = instance.principal_user_id
                                AND own.proxy IS NULL AND own.join_left = 'joined')
                          AS "principal_present!",
                      (instance.proxy IS NULL
                       OR (key.place, instance.id) IN (SELECT mandate.place, mandate.user_session_id
                                                       FROM mandate))
                          AS "mandate_stands!"
               FROM key
               LEFT JOIN user_sessions AS instance
                   ON instance.session_id = key.session_id AND instance.user_id = key.user_id
               ORDER BY key.place, instance.proxy IS NOT NULL, instance.id"#,
            &places,
            &event_ids,
            &sessions,
            &users,
        )
        .fetch_all(self.connection())
        .await;
        let mut facts: Vec<Option<CastFacts>> = Vec::new();
        facts.resize_with(keys.len(), || None);
        for row in self.done(found)? {
            let at = usize::try_from(row.place).ok().and_then(|at| Some((facts.get_mut(at)?, keys.get(at)?)));
            let Some((slot, key)) = at else { continue };
            let Some(event) = events.get(&key.event_id.get()) else { continue };
            let now = row.now;
            let facts =
                slot.get_or_insert_with(|| CastFacts { event: event.clone(), instances: vec![], now });
            facts.instances.extend(row.instance()?);
        }
        Ok(facts)
    }

    async fn record(&mut self, votes: &[NewVote<'_>]) -> Result<Vec<Recorded>, StoreError> {
        let events: Vec<i32> = votes.iter().map(|vote| vote.event.id.get()).collect();
        let instances: Vec<i32> = votes.iter().map(|vote| vote.user_session_id.get()).collect();
        let principals: Vec<i32> = votes.iter().map(|vote| vote.principal_user_id.get()).collect();
        let data: Vec<Json<VoteData>> = votes
            .iter()
            .map(|vote| {
                let proxy_for =
                    (vote.principal_user_id != vote.cast_by_user_id).then_some(vote.principal_user_id);
                Json(VoteData::new(&vote.event.terms.ballot, &vote.response, proxy_for))
            })
            .collect();
        // A vote that another transaction is casting for the same principal is waited for. Batches
        // insert in one order, so that they cannot wait for one another; among votes for the same
        // principal the first one given wins. A vote that was decided in time is never stamped late.
        let recorded = sqlx::query!(
            "INSERT INTO votes (event_id, user_session_id, principal_user_id, cast_time, data)
             SELECT vote.event_id, vote.user_session_id, vote.principal_user_id,
                    least(clock_timestamp(), events.end_time - interval '1 microsecond'), vote.data
             FROM unnest($1::int4[], $2::int4[], $3::int4[], $4::jsonb[]) WITH ORDINALITY
                 AS vote (event_id, user_session_id, principal_user_id, data, place)
             JOIN events ON events.id = vote.event_id
             ORDER BY vote.event_id, vote.principal_user_id, vote.place
             ON CONFLICT DO NOTHING
             RETURNING id, event_id, user_session_id, cast_time",
            &events,
            &instances,
            &principals,
            &data as &[Json<VoteData>],
        )
        .fetch_all(self.connection())
        .await;
        let mut accepted: HashMap<(i32, i32), Recorded> = self
            .done(recorded)?
            .into_iter()
            .map(|row| {
                let recorded = Recorded::Accepted { id: VoteId::new(row.id), cast_time: row.cast_time };
                ((row.event_id, row.user_session_id), recorded)
            })
            .collect();
        // Each row answers once: the same instance a second time has voted before.
        let answers = events.into_iter().zip(instances);
        Ok(answers.map(|key| accepted.remove(&key).unwrap_or(Recorded::AlreadyVoted)).collect())
    }

    async fn change(&mut self, votes: &[NewVote<'_>]) -> Result<Vec<Recorded>, StoreError> {
        let events: Vec<i32> = votes.iter().map(|vote| vote.event.id.get()).collect();
        let instances: Vec<i32> = votes.iter().map(|vote| vote.user_session_id.get()).collect();
        let data: Vec<Json<VoteData>> = votes
            .iter()
            .map(|vote| {
                let proxy_for =
                    (vote.principal_user_id != vote.cast_by_user_id).then_some(vote.principal_user_id);
                Json(VoteData::new(&vote.event.terms.ballot, &vote.response, proxy_for))
            })
            .collect();
        // The events are held for share since the facts were read: none of them closes meanwhile. A
        // trigger holds every change against the rules of its event. A change that was decided in time
        // is never stamped late, nor before the vote it changes.
        let changed = sqlx::query!(
            "UPDATE votes
             SET data = change.data,
                 cast_time = greatest(
                     votes.cast_time,
                     least(clock_timestamp(), events.end_time - interval '1 microsecond'))
             FROM unnest($1::int4[], $2::int4[], $3::jsonb[]) AS change (event_id, user_session_id, data)
             JOIN events ON events.id = change.event_id
             WHERE votes.event_id = change.event_id AND votes.user_session_id = change.user_session_id
             RETURNING votes.id, votes.event_id, votes.user_session_id, votes.cast_time",
            &events,
            &instances,
            &data as &[Json<VoteData>],
        )
        .fetch_all(self.connection())
        .await;
        let accepted: HashMap<(i32, i32), Recorded> = self
            .done(changed)?
            .into_iter()
            .map(|row| {
                let recorded = Recorded::Accepted { id: VoteId::new(row.id), cast_time: row.cast_time };
                ((row.event_id, row.user_session_id), recorded)
            })
            .collect();
        let answers = events.into_iter().zip(instances);
        Ok(answers.map(|key| accepted.get(&key).copied().unwrap_or(Recorded::AlreadyVoted)).collect())
    }
}
