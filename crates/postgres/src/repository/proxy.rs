//! Mandates.

use async_trait::async_trait;
use plenum_domain::Moment;
use plenum_domain::id::{EventId, OrganizationId, ProxyId, SessionId, UserSessionId};
use plenum_domain::proxy::{Mandate, MandateState, Scope, Voting};
use plenum_ports::StoreError;
use plenum_ports::repository::{MandateNote, NewMandate, ProxyRepository};

use crate::rows::{self, MandateRow};
use crate::store::PgTx;

/// Selects [`MandateRow`]s; where from is the rest of the statement.
macro_rules! mandates {
    ($rest:literal, $($argument:expr),+ $(,)?) => {
        sqlx::query_as!(
            MandateRow,
            "SELECT id, session_id, event_id, organization_id, valid_from, valid_until, span_id,
                    principal_user_id, holder_user_id, user_session_id, created_by_user_id, created_at,
                    state, awaits, stood_at, ended_at
             FROM proxies "
                + $rest,
            $($argument),+
        )
    };
}

/// What stands in the columns of a mandate's state.
struct StateColumns {
    state: &'static str,
    awaits: Option<&'static str>,
    stood_at: Option<Moment>,
    ended_at: Option<Moment>,
    user_session_id: Option<i32>,
}

impl StateColumns {
    fn of(state: &MandateState) -> Self {
        let (word, awaits, stood, ended_at) = match *state {
            MandateState::Offered { awaits } => ("offered", Some(awaits.as_str()), None, None),
            MandateState::Standing(stood) => ("standing", None, Some(stood), None),
            MandateState::Ended { how, at, stood } => (how.as_str(), None, stood, Some(at)),
        };
        Self {
            state: word,
            awaits,
            stood_at: stood.map(|stood| stood.since),
            ended_at,
            user_session_id: stood.and_then(|stood| stood.instance).map(UserSessionId::get),
        }
    }
}

#[async_trait]
impl ProxyRepository for PgTx {
    async fn get(&mut self, id: ProxyId) -> Result<Option<Mandate>, StoreError> {
        let row = mandates!("WHERE id = $1", id.get()).fetch_optional(self.connection()).await;
        self.done(row)?.map(TryInto::try_into).transpose()
    }

    async fn get_for_update(&mut self, id: ProxyId) -> Result<Option<Mandate>, StoreError> {
        let row = mandates!("WHERE id = $1 FOR UPDATE", id.get()).fetch_optional(self.connection()).await;
        self.done(row)?.map(TryInto::try_into).transpose()
    }

    async fn standing(&mut self, session: SessionId) -> Result<Vec<Mandate>, StoreError> {
        let found = mandates!("WHERE session_id = $1 AND state = 'standing' ORDER BY id", session.get())
            .fetch_all(self.connection())
            .await;
        rows::all(self.done(found)?)
    }

    async fn living(&mut self, session: SessionId) -> Result<Vec<Mandate>, StoreError> {
        let found = mandates!("WHERE session_id = $1 AND ended_at IS NULL ORDER BY id", session.get())
            .fetch_all(self.connection())
            .await;
        rows::all(self.done(found)?)
    }

    async fn living_spans(&mut self, organization: OrganizationId) -> Result<Vec<Mandate>, StoreError> {
        let found =
            mandates!("WHERE organization_id = $1 AND ended_at IS NULL ORDER BY id", organization.get())
                .fetch_all(self.connection())
                .await;
        rows::all(self.done(found)?)
    }

    async fn living_of_span(&mut self, span: ProxyId) -> Result<Vec<Mandate>, StoreError> {
        let found = mandates!("WHERE span_id = $1 AND ended_at IS NULL ORDER BY id", span.get())
            .fetch_all(self.connection())
            .await;
        rows::all(self.done(found)?)
    }

    async fn insert(&mut self, mandate: &NewMandate) -> Result<Mandate, StoreError> {
        let state = StateColumns::of(&mandate.state);
        let (organization, from, until) = match mandate.scope {
            Scope::Span { organization_id, from, until } => {
                (Some(organization_id.get()), Some(from), Some(until))
            }
            Scope::Event { .. } | Scope::Sitting { .. } => (None, None, None),
        };
        let row = sqlx::query_as!(
            MandateRow,
            "INSERT INTO proxies (session_id, event_id, organization_id, valid_from, valid_until, span_id,
                                  principal_user_id, holder_user_id, user_session_id, created_by_user_id,
                                  created_at, reason, state, awaits, stood_at, ended_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
             RETURNING id, session_id, event_id, organization_id, valid_from, valid_until, span_id,
                       principal_user_id, holder_user_id, user_session_id, created_by_user_id, created_at,
                       state, awaits, stood_at, ended_at",
            mandate.scope.session_id().map(SessionId::get),
            mandate.scope.event_id().map(EventId::get),
            organization,
            from,
            until,
            mandate.span.map(ProxyId::get),
            mandate.principal_user_id.get(),
            mandate.holder_user_id.get(),
            state.user_session_id,
            mandate.created_by_user_id.get(),
            mandate.created_at,
            mandate.reason.as_ref().map(plenum_domain::text::Reason::as_str),
            state.state,
            state.awaits,
            state.stood_at,
            state.ended_at,
        )
        .fetch_one(self.connection())
        .await;
        self.done(row)?.try_into()
    }

    async fn update(&mut self, mandate: &Mandate) -> Result<(), StoreError> {
        let state = StateColumns::of(&mandate.state);
        let answer = sqlx::query!(
            "UPDATE proxies SET state = $2, awaits = $3, stood_at = $4, ended_at = $5, user_session_id = $6
             WHERE id = $1",
            mandate.id.get(),
            state.state,
            state.awaits,
            state.stood_at,
            state.ended_at,
            state.user_session_id,
        )
        .execute(self.connection())
        .await;
        self.changed("update proxy", 1, answer)
    }

    async fn standing_with(&mut self, instances: &[UserSessionId]) -> Result<Vec<Mandate>, StoreError> {
        let ids: Vec<i32> = instances.iter().map(|id| id.get()).collect();
        let found = mandates!("WHERE user_session_id = ANY($1) AND state = 'standing' ORDER BY id", &ids)
            .fetch_all(self.connection())
            .await;
        rows::all(self.done(found)?)
    }

    async fn expire(
        &mut self,
        session: SessionId,
        event: Option<EventId>,
        now: Moment,
    ) -> Result<Vec<Mandate>, StoreError> {
        let over = sqlx::query_as!(
            MandateRow,
            "UPDATE proxies SET state = 'expired', awaits = NULL, ended_at = $3
             WHERE session_id = $1 AND ended_at IS NULL AND ($2::integer IS NULL OR event_id = $2)
             RETURNING id, session_id, event_id, organization_id, valid_from, valid_until, span_id,
                       principal_user_id, holder_user_id, user_session_id, created_by_user_id, created_at,
                       state, awaits, stood_at, ended_at",
            session.get(),
            event.map(EventId::get),
            now,
        )
        .fetch_all(self.connection())
        .await;
        let mut over: Vec<Mandate> = rows::all(self.done(over)?)?;
        over.sort_by_key(|mandate| mandate.id);
        Ok(over)
    }

    async fn note(&mut self, notes: &[MandateNote]) -> Result<(), StoreError> {
        let proxies: Vec<i32> = notes.iter().map(|note| note.proxy_id.get()).collect();
        let changes: Vec<&str> = notes.iter().map(|note| note.change.as_str()).collect();
        let moments: Vec<Moment> = notes.iter().map(|note| note.at).collect();
        let by: Vec<Option<i32>> =
            notes.iter().map(|note| note.by.map(plenum_domain::id::UserId::get)).collect();
        let events: Vec<Option<i32>> = notes.iter().map(|note| note.event_id.map(EventId::get)).collect();
        let reasons: Vec<Option<&str>> =
            notes.iter().map(|note| note.reason.as_ref().map(plenum_domain::text::Reason::as_str)).collect();
        let answer = sqlx::query!(
            "INSERT INTO proxy_log (proxy_id, change, at, by_user_id, event_id, reason)
             SELECT proxy_id, change, at, by_user_id, event_id, reason
             FROM unnest($1::int4[], $2::text[], $3::timestamptz[], $4::int4[], $5::int4[], $6::text[])
                 WITH ORDINALITY AS note (proxy_id, change, at, by_user_id, event_id, reason, place)
             ORDER BY place",
            &proxies,
            &changes as &[&str],
            &moments,
            &by as &[Option<i32>],
            &events as &[Option<i32>],
            &reasons as &[Option<&str>],
        )
        .execute(self.connection())
        .await;
        self.changed("insert proxy log", notes.len() as u64, answer)
    }

    async fn used_in_active_event(&mut self, mandate: &Mandate) -> Result<bool, StoreError> {
        let used = sqlx::query_scalar!(
            r#"SELECT EXISTS (
                   SELECT FROM votes JOIN events ON events.id = votes.event_id
                   WHERE votes.user_session_id = $1 AND votes.principal_user_id = $2
                     AND ($3::integer IS NULL OR events.id = $3)
                     AND events.state = 'active'
               ) OR EXISTS (
                   SELECT FROM envelopes JOIN events ON events.id = envelopes.event_id
                   WHERE envelopes.user_session_id = $1 AND envelopes.principal_user_id = $2
                     AND ($3::integer IS NULL OR events.id = $3)
                     AND events.state = 'active'
               ) AS "used!""#,
            mandate.instance().map(UserSessionId::get),
            mandate.principal_user_id.get(),
            mandate.scope.event_id().map(EventId::get),
        )
        .fetch_one(self.connection())
        .await;
        self.done(used)
    }

    async fn voting(&mut self, session: SessionId) -> Result<Voting, StoreError> {
        let found = sqlx::query!(
            r#"SELECT coalesce(bool_or(opened_at IS NOT NULL), false) AS "opened!",
                      coalesce(bool_or(state = 'active'), false) AS "open!"
               FROM events WHERE session_id = $1"#,
            session.get(),
        )
        .fetch_one(self.connection())
        .await;
        let found = self.done(found)?;
        Ok(match (found.open, found.opened) {
            (true, _) => Voting::Open,
            (false, true) => Voting::Between,
            (false, false) => Voting::NotYet,
        })
    }
}
