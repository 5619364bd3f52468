//! `organization.data`: the description, the rules and the colour of its pages.

use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_domain::organization::{Accent, Organization};
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
    /// The colour of its pages: `blue`, `plum`, `pine`, `rust`, `indigo`, `crimson`, `moss` or `teal`. One of them by the
    /// organization's number until it is chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accent: Option<String>,
}

/// Reads a document over what there is now.
///
/// # Errors
/// [`FieldErrors`] naming everything that is wrong.
pub fn read_organization_data(
    data: &OrganizationData,
    description: &Description,
    rules: &Rules,
    accent: Option<Accent>,
) -> Result<(Description, Rules, Option<Accent>), FieldErrors> {
    let mut checks = FieldChecks::new();
    let description = match &data.description {
        Some(text) => checks.take("description", Description::parse(text)),
        None => Some(description.clone()),
    };
    let rules = match &data.rules {
        Some(document) => checks.nest("rules", document.over(rules)),
        None => Some(rules.clone()),
    };
    let accent = match &data.accent {
        Some(word) => checks.take("accent", word.parse::<Accent>()),
        None => accent,
    };
    checks.finish(description.zip(rules).map(|(description, rules)| (description, rules, accent)))
}

impl OrganizationData {
    /// Writes the canonical document.
    pub fn of(organization: &Organization) -> Self {
        Self::new(&organization.description, &organization.rules, organization.accent)
    }

    /// Writes the canonical document.
    pub fn new(description: &Description, rules: &Rules, accent: Option<Accent>) -> Self {
        Self {
            description: Some(description.to_string()),
            rules: Some(RulesData::of(rules)),
            accent: accent.map(|accent| accent.as_str().to_owned()),
        }
    }
}
