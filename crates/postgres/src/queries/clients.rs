//! API clients.

use plenum_domain::id::{ClientId, OrganizationId};
use plenum_ports::StoreError;
use plenum_ports::page::{Page, Paged};
use plenum_ports::queries::ClientLine;
use sqlx::PgPool;

use super::{above, one_more};
use crate::error::failed;
use crate::rows::{ClientLineRow, all};

pub(super) async fn clients(
    pool: &PgPool,
    id: OrganizationId,
    page: Page,
) -> Result<Paged<ClientLine>, StoreError> {
    let rows = sqlx::query_as!(
        ClientLineRow,
        r#"SELECT c.user_id, c.organization_id, c.name, c.created_by_user_id, c.created_at,
                  u.disabled_at IS NOT NULL AS "disabled!",
                  ARRAY(SELECT r.role FROM roles r
                        WHERE r.user_id = c.user_id AND r.organization_id = c.organization_id
                          AND r.deleted_at IS NULL) AS "roles!"
           FROM api_clients c
           JOIN users u ON u.id = c.user_id
           WHERE c.organization_id = $1 AND c.deleted_at IS NULL AND c.user_id > $2::bigint
           ORDER BY c.user_id
           LIMIT $3"#,
        id.get(),
        above(page),
        one_more(page),
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    Ok(Paged::from_one_more(page, all(rows)?, |line: &ClientLine| line.client.id.get().into()))
}

pub(super) async fn client(pool: &PgPool, id: ClientId) -> Result<Option<ClientLine>, StoreError> {
    let row = sqlx::query_as!(
        ClientLineRow,
        r#"SELECT c.user_id, c.organization_id, c.name, c.created_by_user_id, c.created_at,
                  u.disabled_at IS NOT NULL AS "disabled!",
                  ARRAY(SELECT r.role FROM roles r
                        WHERE r.user_id = c.user_id AND r.organization_id = c.organization_id
                          AND r.deleted_at IS NULL) AS "roles!"
           FROM api_clients c
           JOIN users u ON u.id = c.user_id
           WHERE c.user_id = $1 AND c.deleted_at IS NULL"#,
        id.get(),
    )
    .fetch_optional(pool)
    .await
    .map_err(failed)?;
    row.map(TryInto::try_into).transpose()
}
