//! Offices and nominations.

use async_trait::async_trait;
use plenum_domain::id::{EventId, NominationId, OfficeId, SessionId, UserId};
use plenum_domain::nomination::{Nomination, Office, OfficeState};
use plenum_domain::rules::Ineligible;
use plenum_domain::text::{OptionLabel, Statement};
use plenum_ports::StoreError;
use plenum_ports::documents::EventData;
use plenum_ports::repository::{NewNomination, NewOffice, NominationRepository};
use sqlx::types::Json;

use crate::rows::{self, Cell, NominationRow, OfficeRow};
use crate::store::PgTx;

#[async_trait]
impl NominationRepository for PgTx {
    async fn insert_office(&mut self, new: &NewOffice) -> Result<Office, StoreError> {
        let seats = Cell::new("offices", "seats", new.session_id.get()).check(i32::try_from(new.seats))?;
        let row = sqlx::query_as!(
            OfficeRow,
            r#"INSERT INTO offices (session_id, name, seats, data, follows_event_id, created_by_user_id, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7)
               RETURNING id, session_id, name, seats, data AS "data: _", follows_event_id, created_by_user_id,
                         created_at, closed_at, closed_by_user_id, event_id"#,
            new.session_id.get(),
            new.name.as_str(),
            seats,
            Json(&new.data) as _,
            new.follows.map(EventId::get),
            new.created_by_user_id.get(),
            new.created_at,
        )
        .fetch_one(self.connection())
        .await;
        let (office, _) = self.done(row)?.try_into()?;
        Ok(office)
    }

    async fn office_for_update(&mut self, id: OfficeId) -> Result<Option<(Office, EventData)>, StoreError> {
        let row = sqlx::query_as!(
            OfficeRow,
            r#"SELECT id, session_id, name, seats, data AS "data: _", follows_event_id, created_by_user_id,
                      created_at, closed_at, closed_by_user_id, event_id
               FROM offices WHERE id = $1
               FOR NO KEY UPDATE"#,
            id.get(),
        )
        .fetch_optional(self.connection())
        .await;
        self.done(row)?.map(TryInto::try_into).transpose()
    }

    async fn session_of_office(&mut self, id: OfficeId) -> Result<Option<SessionId>, StoreError> {
        let found = sqlx::query_scalar!("SELECT session_id FROM offices WHERE id = $1", id.get())
            .fetch_optional(self.connection())
            .await;
        Ok(self.done(found)?.map(SessionId::new))
    }

    async fn office_of_event(&mut self, id: EventId) -> Result<Option<(Office, EventData)>, StoreError> {
        let row = sqlx::query_as!(
            OfficeRow,
            r#"SELECT id, session_id, name, seats, data AS "data: _", follows_event_id, created_by_user_id,
                      created_at, closed_at, closed_by_user_id, event_id
               FROM offices WHERE event_id = $1"#,
            id.get(),
        )
        .fetch_optional(self.connection())
        .await;
        self.done(row)?.map(TryInto::try_into).transpose()
    }

    async fn put_office(&mut self, office: &Office) -> Result<(), StoreError> {
        let (at, by, event) = match office.state {
            OfficeState::Open => (None, None, None),
            OfficeState::Closed { at, by_user_id, event_id } => {
                (Some(at), Some(by_user_id.get()), Some(event_id.get()))
            }
        };
        let answer = sqlx::query!(
            "UPDATE offices SET closed_at = $2, closed_by_user_id = $3, event_id = $4 WHERE id = $1",
            office.id.get(),
            at,
            by,
            event,
        )
        .execute(self.connection())
        .await;
        self.changed("update office", 1, answer)
    }

    async fn delete_office(&mut self, id: OfficeId) -> Result<(), StoreError> {
        let answer =
            sqlx::query!("DELETE FROM offices WHERE id = $1", id.get()).execute(self.connection()).await;
        self.changed("delete office", 1, answer)
    }

    async fn nominations(&mut self, id: OfficeId) -> Result<Vec<Nomination>, StoreError> {
        let found = sqlx::query_as!(
            NominationRow,
            "SELECT id, office_id, candidate_user_id, nominated_by_user_id, nominated_at, accepted, answered_at,
                    answered_by_user_id, statement, option, left_out
             FROM nominations WHERE office_id = $1
             ORDER BY id",
            id.get(),
        )
        .fetch_all(self.connection())
        .await;
        rows::all(self.done(found)?)
    }

    async fn office_of_nomination(&mut self, id: NominationId) -> Result<Option<OfficeId>, StoreError> {
        let found = sqlx::query_scalar!("SELECT office_id FROM nominations WHERE id = $1", id.get())
            .fetch_optional(self.connection())
            .await;
        Ok(self.done(found)?.map(OfficeId::new))
    }

    async fn insert_nomination(&mut self, new: &NewNomination) -> Result<Nomination, StoreError> {
        let row = sqlx::query_as!(
            NominationRow,
            "INSERT INTO nominations (office_id, candidate_user_id, nominated_by_user_id, nominated_at, accepted,
                                      answered_at, answered_by_user_id, statement)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             RETURNING id, office_id, candidate_user_id, nominated_by_user_id, nominated_at, accepted, answered_at,
                       answered_by_user_id, statement, option, left_out",
            new.office_id.get(),
            new.candidate.get(),
            new.nominated_by.get(),
            new.nominated_at,
            new.answer.map(|answer| answer.accepted),
            new.answer.map(|answer| answer.at),
            new.answer.map(|answer| answer.by_user_id).map(UserId::get),
            new.statement.as_ref().map(Statement::as_str),
        )
        .fetch_one(self.connection())
        .await;
        self.done(row)?.try_into()
    }

    async fn put_nomination(&mut self, nomination: &Nomination) -> Result<(), StoreError> {
        let answer = sqlx::query!(
            "UPDATE nominations
             SET accepted = $2, answered_at = $3, answered_by_user_id = $4, statement = $5, option = $6,
                 left_out = $7
             WHERE id = $1",
            nomination.id.get(),
            nomination.answer.map(|answer| answer.accepted),
            nomination.answer.map(|answer| answer.at),
            nomination.answer.map(|answer| answer.by_user_id).map(UserId::get),
            nomination.statement.as_ref().map(Statement::as_str),
            nomination.option.as_ref().map(OptionLabel::as_str),
            nomination.left_out.map(Ineligible::as_str),
        )
        .execute(self.connection())
        .await;
        self.changed("update nomination", 1, answer)
    }
}
