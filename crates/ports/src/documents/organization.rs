//! `organization.data`: the description and the rules.

use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_domain::organization::Organization;
use plenum_domain::rules::Rules;
use plenum_domain::text::Description;
use serde::{Deserialize, Serialize};

use crate::documents::RulesData;

/// What stands in `organizations.data`. Whatever is left out keeps its present value, or the default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct OrganizationData {
    /// What the organization says about itself; up to 10,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The bylaws it votes by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<RulesData>,
}

/// Reads a document over what there is now.
///
/// # Errors
/// [`FieldErrors`] naming everything that is wrong.
pub fn read_organization_data(
    data: &OrganizationData,
    description: &Description,
    rules: &Rules,
) -> Result<(Description, Rules), FieldErrors> {
    let mut checks = FieldChecks::new();
    let description = match &data.description {
        Some(text) => checks.take("description", Description::parse(text)),
        None => Some(description.clone()),
    };
    let rules = match &data.rules {
        Some(document) => checks.nest("rules", document.over(rules)),
        None => Some(rules.clone()),
    };
    checks.finish(description.zip(rules))
}

impl OrganizationData {
    /// Writes the canonical document.
    pub fn of(organization: &Organization) -> Self {
        Self::new(&organization.description, &organization.rules)
    }

    /// Writes the canonical document.
    pub fn new(description: &Description, rules: &Rules) -> Self {
        Self { description: Some(description.to_string()), rules: Some(RulesData::of(rules)) }
    }
}
