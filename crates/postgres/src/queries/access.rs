//! Who acts: logins, API tokens, people by name.

use plenum_domain::id::{LoginId, UserId};
use plenum_domain::text::AndrewId;
use plenum_domain::user::User;
use plenum_ports::StoreError;
use plenum_ports::page::{Page, Paged};
use plenum_ports::queries::LoginLine;
use plenum_ports::repository::{ApiToken, TokenHash};
use sqlx::PgPool;

use super::{above, one_more};
use crate::error::failed;
use crate::rows::{ApiTokenRow, UserRow, all};

pub(super) async fn login(pool: &PgPool, token: TokenHash) -> Result<Option<LoginLine>, StoreError> {
    let row = sqlx::query!(
        "SELECT l.id, l.last_used_at, l.expires_at, u.id AS user_id, u.name, u.andrew_id, u.created_at
         FROM logins l
         JOIN users u ON u.id = l.user_id AND u.disabled_at IS NULL
         WHERE l.token_hash = $1",
        token.0.as_slice(),
    )
    .fetch_optional(pool)
    .await
    .map_err(failed)?;
    row.map(|row| {
        let user =
            UserRow { id: row.user_id, name: row.name, andrew_id: row.andrew_id, created_at: row.created_at };
        Ok(LoginLine {
            id: LoginId::new(row.id),
            user: user.try_into()?,
            last_used_at: row.last_used_at,
            expires_at: row.expires_at,
        })
    })
    .transpose()
}

pub(super) async fn api_token(
    pool: &PgPool,
    token: TokenHash,
) -> Result<Option<(ApiToken, User)>, StoreError> {
    let row = sqlx::query!(
        "SELECT t.id, t.name, t.scopes, t.created_at, t.expires_at, t.last_used_at, u.id AS user_id,
                u.name AS user_name, u.andrew_id, u.created_at AS user_created_at
         FROM api_tokens t
         JOIN users u ON u.id = t.user_id AND u.disabled_at IS NULL
         WHERE t.token_hash = $1 AND t.revoked_at IS NULL",
        token.0.as_slice(),
    )
    .fetch_optional(pool)
    .await
    .map_err(failed)?;
    row.map(|row| {
        let token = ApiTokenRow {
            id: row.id,
            user_id: row.user_id,
            name: row.name,
            scopes: row.scopes,
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
        };
        let user = UserRow {
            id: row.user_id,
            name: row.user_name,
            andrew_id: row.andrew_id,
            created_at: row.user_created_at,
        };
        Ok((token.try_into()?, user.try_into()?))
    })
    .transpose()
}

pub(super) async fn api_tokens(
    pool: &PgPool,
    user: UserId,
    page: Page,
) -> Result<Paged<ApiToken>, StoreError> {
    let rows = sqlx::query_as!(
        ApiTokenRow,
        "SELECT id, user_id, name, scopes, created_at, expires_at, last_used_at
         FROM api_tokens
         WHERE user_id = $1 AND revoked_at IS NULL AND id > $2::bigint
         ORDER BY id
         LIMIT $3",
        user.get(),
        above(page),
        one_more(page),
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    Ok(Paged::from_one_more(page, all(rows)?, |token: &ApiToken| token.id.get().into()))
}

pub(super) async fn user_by_andrew_id(
    pool: &PgPool,
    andrew_id: &AndrewId,
) -> Result<Option<User>, StoreError> {
    let row = sqlx::query_as!(
        UserRow,
        "SELECT id, name, andrew_id, created_at FROM users WHERE andrew_id = $1",
        andrew_id.as_str(),
    )
    .fetch_optional(pool)
    .await
    .map_err(failed)?;
    row.map(User::try_from).transpose()
}
