//! The versions of organizations' rules.

use async_trait::async_trait;
use plenum_domain::id::OrganizationId;
use plenum_domain::rules::{Adopted, Rules};

use crate::error::StoreError;

/// Keeps every version of an organization's rules. A version is written once and never changed.
#[async_trait]
pub trait RulesRepository: Send {
    /// Keeps a version under its number. The organization is held for update, so that two cannot take
    /// one number.
    async fn adopt(&mut self, adopted: &Adopted) -> Result<(), StoreError>;
    /// The rules of a version, if it was kept.
    async fn adopted(&mut self, id: OrganizationId, version: u32) -> Result<Option<Rules>, StoreError>;
}
