//! The versions of organizations' rules.

use plenum_domain::id::OrganizationId;
use plenum_domain::rules::Adopted;
use plenum_ports::StoreError;
use plenum_ports::page::{Page, Paged};
use sqlx::PgPool;

use super::{below, one_more};
use crate::error::failed;
use crate::rows::{RulesRow, all};

pub(super) async fn versions(
    pool: &PgPool,
    id: OrganizationId,
    page: Page,
) -> Result<Paged<Adopted>, StoreError> {
    let rows = sqlx::query_as!(
        RulesRow,
        r#"SELECT organization_id, version, rules AS "rules: _", adopted_at, adopted_by_user_id
           FROM organization_rules
           WHERE organization_id = $1 AND version < $2::bigint
           ORDER BY version DESC
           LIMIT $3"#,
        id.get(),
        below(page),
        one_more(page),
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    Ok(Paged::from_one_more(page, all(rows)?, |adopted: &Adopted| adopted.rules.version.into()))
}

pub(super) async fn version(
    pool: &PgPool,
    id: OrganizationId,
    version: u32,
) -> Result<Option<Adopted>, StoreError> {
    let row = sqlx::query_as!(
        RulesRow,
        r#"SELECT organization_id, version, rules AS "rules: _", adopted_at, adopted_by_user_id
           FROM organization_rules
           WHERE organization_id = $1 AND version = $2::bigint"#,
        id.get(),
        i64::from(version),
    )
    .fetch_optional(pool)
    .await
    .map_err(failed)?;
    row.map(TryInto::try_into).transpose()
}
