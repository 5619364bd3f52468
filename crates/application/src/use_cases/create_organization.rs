use async_trait::async_trait;
use plenum_domain::id::UserId;
use plenum_domain::organization::{Member, Organization, Role, Rules, Weight};
use plenum_domain::text::{Description, OrganizationName};
use plenum_ports::Tx;
use plenum_ports::documents::{OrganizationData, read_organization_data};
use plenum_ports::repository::{NewMember, NewOrganization};
use serde_json::json;

use super::adopt_rules::{Named, adopt};
use crate::audit::{self, Describe};
use crate::{Env, Failure, UseCase};

/// Founds an organization; who does it becomes its first owner.
#[derive(Clone, Debug)]
pub struct CreateOrganization {
    /// Who founds it.
    pub by: UserId,
    /// What it is called.
    pub name: OrganizationName,
    /// Its description and rules; defaults for what is left out.
    pub data: OrganizationData,
}

#[async_trait]
impl UseCase for CreateOrganization {
    const NAME: &'static str = "organization.create";
    type Output = (Organization, Member);

    async fn run(&self, env: &Env, tx: &mut dyn Tx) -> Result<Self::Output, Failure> {
        if !env.settings.open_foundation {
            return Err(Failure::Forbidden {
                needs: "Only the administrator of this server can add an organization.",
            });
        }
        let empty = Description::parse("")
            .map_err(|error| plenum_domain::field::FieldErrors::one("description", error))?;
        let (description, rules, accent) =
            read_organization_data(&self.data, &empty, &Rules::default(), None)
                .map_err(|errors| errors.under("data"))?;
        if let Some(rules) = &self.data.rules {
            Named { rules, organization: None, members: &[self.by], by_version: 1 }.check(tx).await?;
        }
        let new = NewOrganization { name: self.name.clone(), description, rules, accent };
        let organization = tx.organizations().insert(&new).await?;
        let owner = NewMember { user_id: self.by, role: Role::Owner, weight: Weight::ONE };
        let members = tx.organizations().put_members(organization.id, &[owner]).await?;
        let now = tx.now().await?;
        adopt(tx, &organization, self.by, now).await?;
        let entry = audit::entry(Self::NAME, "organizations", organization.id.get(), Some(self.by), now)
            .organization(organization.id)
            .after(json!({
                "name": organization.name.as_str(),
                "data": OrganizationData::of(&organization),
                "owner_user_id": self.by.get(),
            }));
        tx.audit().append(&[entry]).await?;
        let member = members.into_iter().next().ok_or(Failure::NotFound("member"))?;
        Ok((organization, member))
    }
}
