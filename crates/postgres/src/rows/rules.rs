//! The versions of organizations' rules.

use plenum_domain::Moment;
use plenum_domain::id::{OrganizationId, UserId};
use plenum_domain::rules::{Adopted, Rules};
use plenum_ports::StoreError;
use plenum_ports::documents::RulesData;

use super::{Cell, Document};

/// A row of `organization_rules`.
#[derive(Debug)]
pub(crate) struct RulesRow {
    pub(crate) organization_id: i32,
    pub(crate) version: i32,
    pub(crate) rules: Document,
    pub(crate) adopted_at: Moment,
    pub(crate) adopted_by_user_id: Option<i32>,
}

impl TryFrom<RulesRow> for Adopted {
    type Error = StoreError;

    fn try_from(row: RulesRow) -> Result<Self, StoreError> {
        let cell = |column| Cell::new("organization_rules", column, row.organization_id);
        let data: RulesData = cell("rules").document(&row.rules)?;
        let rules = cell("rules").fields(data.over(&Rules::default()))?;
        let version = cell("version").check(u32::try_from(row.version))?;
        Ok(Self {
            organization_id: OrganizationId::new(row.organization_id),
            // The column counts: a document from before versions were kept names none.
            rules: Rules { version, ..rules },
            adopted_at: row.adopted_at,
            adopted_by_user_id: row.adopted_by_user_id.map(UserId::new),
        })
    }
}

/// The number of a version as it is stored.
pub(crate) fn version(organization: OrganizationId, version: u32) -> Result<i32, StoreError> {
    Cell::new("organization_rules", "version", organization.get()).check(i32::try_from(version))
}
