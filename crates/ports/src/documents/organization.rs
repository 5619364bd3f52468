//! `organization.data`: the description and the rules.

use plenum_domain::count::{Base, Comparison, Majority};
use plenum_domain::event::check_majority;
use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_domain::organization::{Joining, Organization, ProxyHolders, ProxyRules, QuorumRule, Rules};
use plenum_domain::text::Description;
use serde::{Deserialize, Serialize};

use crate::documents::{BaseWord, ComparisonWord, ThresholdData};

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

/// The bylaws an organization votes by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct RulesData {
    /// Who may enter a sitting with its code: `members` (default) or `anyone` who is signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joining: Option<String>,
    /// How many must be present or represented for a decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quorum: Option<QuorumData>,
    /// Voting for someone else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxies: Option<ProxyRulesData>,
    /// The majority of a motion that does not say its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub motion: Option<MotionRulesData>,
}

/// A quorum: `{}` for none, a `count` of people, or a `fraction` of those entitled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct QuorumData {
    /// At least so many people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// A share of the entitled members, such as `"1/2"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fraction: Option<ThresholdData>,
    /// Whether the share itself is enough: `at_least` (default) or `more_than`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<ComparisonWord>,
}

/// Rules on voting for someone else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ProxyRulesData {
    /// Whether there are proxies at all; default true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<bool>,
    /// How many votes of others one person may hold in a sitting; default 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_per_holder: Option<u32>,
    /// Who may hold them: `voting_members` (default), `members` or `anyone`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holders: Option<String>,
}

/// The default majority of motions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MotionRulesData {
    /// The fraction of the base; default one half.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<ThresholdData>,
    /// `more_than` (default up to one half) or `at_least` (default above).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<ComparisonWord>,
    /// What the fraction is taken of; default `votes_cast_without_abstentions`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<BaseWord>,
}

const JOINING: [(Joining, &str); 2] = [(Joining::Members, "members"), (Joining::Anyone, "anyone")];
const HOLDERS: [(ProxyHolders, &str); 3] = [
    (ProxyHolders::VotingMembers, "voting_members"),
    (ProxyHolders::Members, "members"),
    (ProxyHolders::Anyone, "anyone"),
];

fn word<T: Copy + PartialEq>(table: &[(T, &'static str)], value: T) -> String {
    table.iter().find(|(known, _)| *known == value).map(|(_, word)| (*word).to_owned()).unwrap_or_default()
}

fn value<T: Copy>(table: &[(T, &'static str)], text: &str) -> Result<T, String> {
    let words = || table.iter().map(|(_, word)| *word).collect::<Vec<_>>().join(", ");
    let found = table.iter().find(|(_, word)| *word == text).map(|(value, _)| *value);
    found.ok_or_else(|| format!("must be one of: {}", words()))
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
        Some(document) => checks.nest("rules", document.over(*rules)),
        None => Some(*rules),
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

impl RulesData {
    /// Writes the canonical document.
    pub fn of(rules: &Rules) -> Self {
        let majority = &rules.motion_majority;
        Self {
            joining: Some(word(&JOINING, rules.joining)),
            quorum: Some(QuorumData::of(rules.quorum)),
            proxies: Some(ProxyRulesData {
                allowed: Some(rules.proxies.allowed),
                max_per_holder: Some(rules.proxies.max_per_holder),
                holders: Some(word(&HOLDERS, rules.proxies.holders)),
            }),
            motion: Some(MotionRulesData {
                threshold: Some(ThresholdData(majority.threshold)),
                comparison: Some(majority.comparison.into()),
                base: Some(majority.base.into()),
            }),
        }
    }

    /// Reads over what there is now.
    ///
    /// # Errors
    /// [`FieldErrors`] naming everything that is wrong.
    pub fn over(&self, rules: Rules) -> Result<Rules, FieldErrors> {
        let mut checks = FieldChecks::new();
        let joining = match &self.joining {
            Some(text) => checks.take("joining", value(&JOINING, text)),
            None => Some(rules.joining),
        };
        let quorum = match &self.quorum {
            Some(document) => checks.nest("quorum", document.read()),
            None => Some(rules.quorum),
        };
        let proxies = match &self.proxies {
            Some(document) => checks.nest("proxies", document.over(rules.proxies)),
            None => Some(rules.proxies),
        };
        let majority = match &self.motion {
            Some(document) => checks.nest("motion", document.over(rules.motion_majority)),
            None => Some(rules.motion_majority),
        };
        let built = joining.zip(quorum).zip(proxies).zip(majority).map(
            |(((joining, quorum), proxies), motion_majority)| Rules {
                joining,
                quorum,
                proxies,
                motion_majority,
            },
        );
        checks.finish(built)
    }
}

impl QuorumData {
    /// Writes the canonical document.
    pub fn of(rule: QuorumRule) -> Self {
        match rule {
            QuorumRule::None => Self::default(),
            QuorumRule::Count(count) => Self { count: Some(count), ..Self::default() },
            QuorumRule::Fraction { share, strictly } => Self {
                fraction: Some(ThresholdData(share)),
                comparison: Some(if strictly { Comparison::MoreThan } else { Comparison::AtLeast }.into()),
                ..Self::default()
            },
        }
    }

    /// Reads a quorum.
    ///
    /// # Errors
    /// [`FieldErrors`] when it names both a count and a fraction, or a fraction above one.
    pub fn read(&self) -> Result<QuorumRule, FieldErrors> {
        match (self.count, self.fraction, self.comparison) {
            (None, None, None) => Ok(QuorumRule::None),
            (Some(count), None, None) => Ok(QuorumRule::Count(count)),
            (None, Some(ThresholdData(share)), comparison) => {
                if share > plenum_domain::count::Fraction::ONE {
                    return Err(FieldErrors::one("fraction", "must lie between 0 and 1"));
                }
                Ok(QuorumRule::Fraction { share, strictly: comparison == Some(ComparisonWord::MoreThan) })
            }
            _ => Err(FieldErrors::one("", "takes either a count, or a fraction with a comparison")),
        }
    }
}

impl ProxyRulesData {
    fn over(&self, rules: ProxyRules) -> Result<ProxyRules, FieldErrors> {
        let mut checks = FieldChecks::new();
        let holders = match &self.holders {
            Some(text) => checks.take("holders", value(&HOLDERS, text)),
            None => Some(rules.holders),
        };
        checks.finish(holders.map(|holders| ProxyRules {
            allowed: self.allowed.unwrap_or(rules.allowed),
            max_per_holder: self.max_per_holder.unwrap_or(rules.max_per_holder),
            holders,
        }))
    }
}

impl MotionRulesData {
    /// Reads a majority over a default one. A new threshold without a comparison takes the usual one.
    ///
    /// # Errors
    /// [`FieldErrors`] when the majority can never be reached.
    pub fn over(&self, default: Majority) -> Result<Majority, FieldErrors> {
        let threshold = self.threshold.map_or(default.threshold, |ThresholdData(fraction)| fraction);
        let comparison = match self.comparison {
            Some(word) => word.into(),
            None if self.threshold.is_some() => Majority::usual_comparison(threshold),
            None => default.comparison,
        };
        let majority = Majority { threshold, comparison, base: self.base.map_or(default.base, Base::from) };
        match check_majority(&majority) {
            Ok(()) => Ok(majority),
            Err(error) => Err(FieldErrors::one("threshold", error)),
        }
    }
}
