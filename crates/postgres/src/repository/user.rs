//! People.

use std::collections::HashMap;

use async_trait::async_trait;
use plenum_domain::id::UserId;
use plenum_domain::text::AndrewId;
use plenum_domain::user::User;
use plenum_ports::StoreError;
use plenum_ports::repository::{ImportedPerson, NewUser, ProviderSubject, UserRepository};

use crate::error::expect_rows;
use crate::rows::{self, UserRow};
use crate::store::PgTx;

#[async_trait]
impl UserRepository for PgTx {
    async fn get(&mut self, id: UserId) -> Result<Option<User>, StoreError> {
        let row = sqlx::query_as!(
            UserRow,
            "SELECT id, name, andrew_id, created_at FROM users WHERE id = $1",
            id.get(),
        )
        .fetch_optional(self.connection())
        .await;
        self.done(row)?.map(TryInto::try_into).transpose()
    }

    async fn find_by_subject(&mut self, subject: &ProviderSubject) -> Result<Option<User>, StoreError> {
        let row = sqlx::query_as!(
            UserRow,
            "SELECT id, name, andrew_id, created_at FROM users
             WHERE oidc_issuer = $1 AND oidc_subject = $2
             FOR NO KEY UPDATE",
            &subject.issuer,
            &subject.subject,
        )
        .fetch_optional(self.connection())
        .await;
        self.done(row)?.map(TryInto::try_into).transpose()
    }

    async fn find_by_andrew_id(&mut self, andrew_id: &AndrewId) -> Result<Option<(User, bool)>, StoreError> {
        let row = sqlx::query!(
            r#"SELECT id, name, andrew_id, created_at, oidc_subject IS NOT NULL AS "known!" FROM users
               WHERE andrew_id = $1
               FOR NO KEY UPDATE"#,
            andrew_id.as_str(),
        )
        .fetch_optional(self.connection())
        .await;
        let Some(row) = self.done(row)? else { return Ok(None) };
        let user =
            UserRow { id: row.id, name: row.name, andrew_id: row.andrew_id, created_at: row.created_at };
        Ok(Some((user.try_into()?, row.known)))
    }

    async fn find_all_by_andrew_id(&mut self, andrew_ids: &[AndrewId]) -> Result<Vec<User>, StoreError> {
        let andrew_ids: Vec<&str> = andrew_ids.iter().map(AndrewId::as_str).collect();
        let found = sqlx::query_as!(
            UserRow,
            "SELECT id, name, andrew_id, created_at FROM users WHERE andrew_id = ANY($1) ORDER BY id",
            &andrew_ids as &[&str],
        )
        .fetch_all(self.connection())
        .await;
        rows::all(self.done(found)?)
    }

    async fn insert(&mut self, user: &NewUser) -> Result<User, StoreError> {
        let subject = user.subject.as_ref();
        let row = sqlx::query_as!(
            UserRow,
            "INSERT INTO users (name, andrew_id, oidc_issuer, oidc_subject) VALUES ($1, $2, $3, $4)
             RETURNING id, name, andrew_id, created_at",
            user.name.as_str(),
            user.andrew_id.as_str(),
            subject.map(|subject| subject.issuer.as_str()),
            subject.map(|subject| subject.subject.as_str()),
        )
        .fetch_one(self.connection())
        .await;
        self.done(row)?.try_into()
    }

    async fn insert_all(&mut self, people: &[ImportedPerson]) -> Result<Vec<User>, StoreError> {
        let names: Vec<&str> = people.iter().map(|person| person.name.as_str()).collect();
        let andrew_ids: Vec<&str> = people.iter().map(|person| person.andrew_id.as_str()).collect();
        // Two rosters that name the same people at once meet in the same order and not crosswise.
        let added = sqlx::query_as!(
            UserRow,
            "INSERT INTO users (name, andrew_id)
             SELECT name, andrew_id FROM unnest($1::text[], $2::text[]) AS person (name, andrew_id)
             ORDER BY andrew_id
             RETURNING id, name, andrew_id, created_at",
            &names as &[&str],
            &andrew_ids as &[&str],
        )
        .fetch_all(self.connection())
        .await;
        let mut by_andrew_id: HashMap<String, UserRow> =
            self.done(added)?.into_iter().map(|row| (row.andrew_id.clone(), row)).collect();
        let in_order: Vec<UserRow> =
            andrew_ids.iter().filter_map(|andrew_id| by_andrew_id.remove(*andrew_id)).collect();
        expect_rows("insert users", people.len() as u64, in_order.len() as u64)?;
        rows::all(in_order)
    }

    async fn update_from_provider(&mut self, id: UserId, user: &NewUser) -> Result<User, StoreError> {
        let subject = user.subject.as_ref();
        let row = sqlx::query_as!(
            UserRow,
            "UPDATE users
             SET name = $2,
                 andrew_id = $3,
                 oidc_issuer = coalesce($4, oidc_issuer),
                 oidc_subject = coalesce($5, oidc_subject)
             WHERE id = $1
             RETURNING id, name, andrew_id, created_at",
            id.get(),
            user.name.as_str(),
            user.andrew_id.as_str(),
            subject.map(|subject| subject.issuer.as_str()),
            subject.map(|subject| subject.subject.as_str()),
        )
        .fetch_optional(self.connection())
        .await;
        self.the_row("update user", row)?.try_into()
    }
}
