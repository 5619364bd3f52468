//! The versions of organizations' rules.

use async_trait::async_trait;
use plenum_domain::id::{OrganizationId, UserId};
use plenum_domain::rules::{Adopted, Rules};
use plenum_ports::StoreError;
use plenum_ports::documents::RulesData;
use plenum_ports::repository::RulesRepository;
use sqlx::types::Json;

use crate::rows::{self, RulesRow};
use crate::store::PgTx;

#[async_trait]
impl RulesRepository for PgTx {
    async fn adopt(&mut self, adopted: &Adopted) -> Result<(), StoreError> {
        let version = rows::version(adopted.organization_id, adopted.rules.version)?;
        let answer = sqlx::query!(
            "INSERT INTO organization_rules (organization_id, version, rules, adopted_at, adopted_by_user_id)
             VALUES ($1, $2, $3, $4, $5)",
            adopted.organization_id.get(),
            version,
            Json(RulesData::of(&adopted.rules)) as _,
            adopted.adopted_at,
            adopted.adopted_by_user_id.map(UserId::get),
        )
        .execute(self.connection())
        .await;
        self.changed("adopt rules", 1, answer)
    }

    async fn adopted(&mut self, id: OrganizationId, version: u32) -> Result<Option<Rules>, StoreError> {
        let row = sqlx::query_as!(
            RulesRow,
            r#"SELECT organization_id, version, rules AS "rules: _", adopted_at, adopted_by_user_id
               FROM organization_rules
               WHERE organization_id = $1 AND version = $2::bigint"#,
            id.get(),
            i64::from(version),
        )
        .fetch_optional(self.connection())
        .await;
        let row = self.done(row)?;
        Ok(row.map(Adopted::try_from).transpose()?.map(|adopted| adopted.rules))
    }
}
