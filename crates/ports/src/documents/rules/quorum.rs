use plenum_domain::count::{Comparison, Fraction};
use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_domain::rules::{AtCounting, AtOpening, QuorumOf, QuorumRule, QuorumRules};
use serde::{Deserialize, Serialize};

use super::{choose, word};
use crate::documents::{ComparisonWord, ThresholdData};

/// A quorum: `{}` for none, a `count` of people, or a `fraction` of those entitled or of those present.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct QuorumData {
    /// At least so many people must be present or represented.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// A share, such as `"1/2"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fraction: Option<ThresholdData>,
    /// Whether the share itself is enough: `at_least` (default) or `more_than`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<ComparisonWord>,
    /// Of whom it is a share: of those `entitled` (default), so many of whom must be present or
    /// represented; or of those `present` or represented, so many of whom must vote, abstentions among
    /// the votes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// What happens when it is missed as a vote is opened: the opening is refused (`refuse`, default), it
    /// opens with a warning (`warn`), or it is not looked at (`ignore`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_opening: Option<String>,
    /// What happens when it is missed as a vote is counted: nothing is decided (`no_quorum`, default), the
    /// decision stands and the result says so (`warn`), or it is not looked at (`ignore`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_counting: Option<String>,
}

const OF: [(QuorumOf, &str); 2] = [(QuorumOf::Entitled, "entitled"), (QuorumOf::Present, "present")];
const AT_OPENING: [(AtOpening, &str); 3] =
    [(AtOpening::Refuse, "refuse"), (AtOpening::Warn, "warn"), (AtOpening::Ignore, "ignore")];
pub(super) const AT_COUNTING: [(AtCounting, &str); 3] =
    [(AtCounting::NoDecision, "no_quorum"), (AtCounting::Warn, "warn"), (AtCounting::Ignore, "ignore")];

impl QuorumData {
    /// Writes the canonical document of a rule, without what happens when it is missed.
    pub fn of(rule: QuorumRule) -> Self {
        let (share, strictly, of) = match rule {
            QuorumRule::None => return Self::default(),
            QuorumRule::Count(count) => return Self { count: Some(count), ..Self::default() },
            QuorumRule::Fraction { share, strictly } => (share, strictly, None),
            QuorumRule::FractionOfPresent { share, strictly } => {
                (share, strictly, Some(word(&OF, QuorumOf::Present)))
            }
        };
        Self {
            fraction: Some(ThresholdData(share)),
            comparison: Some(if strictly { Comparison::MoreThan } else { Comparison::AtLeast }.into()),
            of,
            ..Self::default()
        }
    }

    pub(super) fn with(rule: QuorumRule, missed: QuorumRules) -> Self {
        Self {
            at_opening: Some(word(&AT_OPENING, missed.at_opening)),
            at_counting: Some(word(&AT_COUNTING, missed.at_counting)),
            ..Self::of(rule)
        }
    }

    /// Reads a quorum.
    ///
    /// # Errors
    /// [`FieldErrors`] when it names both a count and a fraction, or a fraction above one.
    pub fn read(&self) -> Result<QuorumRule, FieldErrors> {
        let of = match self.of.as_deref() {
            Some(text) => {
                let mut checks = FieldChecks::new();
                let of = checks.take("of", super::value(&OF, text));
                Some(checks.finish(of)?)
            }
            None => None,
        };
        match (self.count, self.fraction, self.comparison) {
            (None, None, None) if of.is_none() => Ok(QuorumRule::None),
            (Some(count), None, None) if of.is_none() => Ok(QuorumRule::Count(count)),
            (None, Some(ThresholdData(share)), comparison) => {
                if share > Fraction::ONE {
                    return Err(FieldErrors::one("fraction", "must lie between 0 and 1"));
                }
                let strictly = comparison == Some(ComparisonWord::MoreThan);
                Ok(match of {
                    Some(QuorumOf::Present) => QuorumRule::FractionOfPresent { share, strictly },
                    Some(QuorumOf::Entitled) | None => QuorumRule::Fraction { share, strictly },
                })
            }
            _ => Err(FieldErrors::one("", "takes either a count, or a fraction with a comparison")),
        }
    }

    /// Reads a quorum and, over what holds now, what happens when it is missed.
    pub(super) fn over(&self, missed: QuorumRules) -> Result<(QuorumRule, QuorumRules), FieldErrors> {
        let mut checks = FieldChecks::new();
        let rule = checks.nest("", self.read());
        let at_opening =
            choose(&mut checks, "at_opening", &AT_OPENING, self.at_opening.as_deref(), missed.at_opening);
        let at_counting =
            choose(&mut checks, "at_counting", &AT_COUNTING, self.at_counting.as_deref(), missed.at_counting);
        let built = rule
            .zip(at_opening)
            .zip(at_counting)
            .map(|((rule, at_opening), at_counting)| (rule, QuorumRules { at_opening, at_counting }));
        checks.finish(built)
    }
}
