//! The versions of organizations' rules.

use async_trait::async_trait;
use plenum_domain::id::OrganizationId;
use plenum_domain::rules::{Adopted, Rules};

use super::state::{checked, refers};
use super::store::MemoryTx;
use crate::error::StoreError;
use crate::repository::RulesRepository;

#[async_trait]
impl RulesRepository for MemoryTx {
    async fn adopt(&mut self, adopted: &Adopted) -> Result<(), StoreError> {
        self.change(|state| {
            let known = state.organizations.contains_key(&adopted.organization_id);
            refers(known, "organization_rules_organization_id_fkey")?;
            let key = (adopted.organization_id, adopted.rules.version);
            checked(!state.rules.contains_key(&key), "organization_rules_pkey")?;
            state.rules.insert(key, adopted.clone());
            Ok(())
        })
    }

    async fn adopted(&mut self, id: OrganizationId, version: u32) -> Result<Option<Rules>, StoreError> {
        self.look(|state| state.rules.get(&(id, version)).map(|adopted| adopted.rules.clone()))
    }
}
