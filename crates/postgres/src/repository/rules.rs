//! The versions of organizations' rules.

use async_trait::async_trait;
use plenum_domain::id::UserId;
use plenum_domain::rules::Adopted;
use plenum_ports::StoreError;
use plenum_ports::documents::RulesData;
use plenum_ports::repository::RulesRepository;
use sqlx::types::Json;

use crate::rows;
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
}
