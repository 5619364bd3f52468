use async_trait::async_trait;
use plenum_domain::id::{OrganizationId, UserId};
use plenum_domain::organization::Organization;
use plenum_domain::permission::{EditOrganization, Permitted};
use plenum_domain::text::OrganizationName;
use plenum_ports::Tx;
use plenum_ports::documents::{OrganizationData, read_organization_data};
use serde_json::json;

use super::adopt_rules::{Named, adopt};
use crate::audit::{self, Describe};
use crate::{Env, Failure, UseCase, load};

/// Changes an organization's name, description, rules or colour; what is left out stays.
///
/// Rules that change become a new version; events that are open keep the one they were opened under.
#[derive(Clone, Debug)]
pub struct UpdateOrganization {
    /// Which one.
    pub organization_id: OrganizationId,
    /// Who changes it.
    pub by: UserId,
    /// Its new name.
    pub name: Option<OrganizationName>,
    /// Its new description, rules and colour.
    pub data: Option<OrganizationData>,
}

#[async_trait]
impl UseCase for UpdateOrganization {
    const NAME: &'static str = "organization.update";
    type Output = Organization;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<Organization, Failure> {
        let (before, standing) = load::organization(tx, self.organization_id, self.by).await?;
        EditOrganization::permit(&standing).map_err(|denied| Failure::denied(denied, "organization"))?;
        load::require_active(tx, self.organization_id).await?;
        if let Some(rules) = self.data.as_ref().and_then(|data| data.rules.as_ref()) {
            let members: Vec<UserId> =
                tx.organizations().members(before.id).await?.iter().map(|member| member.user_id).collect();
            Named {
                rules,
                organization: Some(before.id),
                members: &members,
                by_version: before.rules.version,
            }
            .check(tx)
            .await?;
        }
        let (description, mut rules, accent) = match &self.data {
            Some(data) => read_organization_data(data, &before.description, &before.rules, before.accent)
                .map_err(|errors| errors.under("data"))?,
            None => (before.description.clone(), before.rules.clone(), before.accent),
        };
        let adopted = rules.differ_from(&before.rules);
        rules.version = before.rules.version.saturating_add(u32::from(adopted));
        let name = self.name.clone().unwrap_or_else(|| before.name.clone());
        let after = Organization { id: before.id, name, description, rules, accent };
        if after == before {
            return Ok(after);
        }
        tx.organizations().update(&after).await?;
        let now = tx.now().await?;
        if adopted {
            adopt(tx, &after, self.by, now).await?;
        }
        let document = |organization: &Organization| json!({"name": organization.name.as_str(), "data": OrganizationData::of(organization)});
        let entry = audit::entry(Self::NAME, "organizations", after.id.get(), Some(self.by), now)
            .organization(after.id)
            .before(document(&before))
            .after(document(&after));
        tx.audit().append(&[entry]).await?;
        Ok(after)
    }
}
