use plenum_domain::count::{Base, Majority};
use plenum_domain::event::check_majority;
use plenum_domain::field::FieldErrors;
use serde::{Deserialize, Serialize};

use crate::documents::{BaseWord, ComparisonWord, ThresholdData};

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
    /// Whether abstentions count, as another way of naming the base: true for `votes_cast`, false for
    /// `votes_cast_without_abstentions`. Every other base counts them, as it counts everyone in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abstentions_count: Option<bool>,
}

const fn counts_abstentions(base: Base) -> bool {
    !matches!(base, Base::VotesCastWithoutAbstentions)
}

impl MotionRulesData {
    pub(super) fn of(majority: &Majority) -> Self {
        Self {
            threshold: Some(ThresholdData(majority.threshold)),
            comparison: Some(majority.comparison.into()),
            base: Some(majority.base.into()),
            abstentions_count: Some(counts_abstentions(majority.base)),
        }
    }

    /// Reads a majority over a default one. A new threshold without a comparison takes the usual one.
    ///
    /// # Errors
    /// [`FieldErrors`] when the majority can never be reached, or the base is named twice and differently.
    pub fn over(&self, default: Majority) -> Result<Majority, FieldErrors> {
        let threshold = self.threshold.map_or(default.threshold, |ThresholdData(fraction)| fraction);
        let comparison = match self.comparison {
            Some(word) => word.into(),
            None if self.threshold.is_some() => Majority::usual_comparison(threshold),
            None => default.comparison,
        };
        let base = self.base.map_or(default.base, Base::from);
        let base = match (self.abstentions_count, self.base) {
            (Some(count), Some(_)) if count != counts_abstentions(base) => {
                let message = "does not go with the base; leave one of the two out";
                return Err(FieldErrors::one("abstentions_count", message));
            }
            (Some(false), None) => Base::VotesCastWithoutAbstentions,
            (Some(true), None) if !counts_abstentions(base) => Base::VotesCast,
            _ => base,
        };
        let majority = Majority { threshold, comparison, base };
        match check_majority(&majority) {
            Ok(()) => Ok(majority),
            Err(error) => Err(FieldErrors::one("threshold", error)),
        }
    }
}
