//! What becomes of several candidates who are lowest together.

use crate::{
    error::ParamError,
    method::{ParamInfo, Params},
};

/// What becomes of several candidates who are lowest together, in methods that exclude one after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum TiedLowest {
    /// The tie is broken as told; without a rule the count stops for a decision.
    #[default]
    TieRule,
    /// All of them go.
    All,
}

impl TiedLowest {
    pub(crate) const INFO: ParamInfo = ParamInfo {
        name: "tied-lowest",
        values: "tie-rule (one goes, as the tie rules say), all (all of them go)",
        default: "tie-rule",
    };

    /// The keyword.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TieRule => "tie-rule",
            Self::All => "all",
        }
    }

    pub(crate) fn take(params: &mut Params) -> Result<Self, ParamError> {
        let choices = [("tie-rule", Self::TieRule), ("all", Self::All)];
        Ok(params.take_choice(&[Self::INFO.name], &choices)?.unwrap_or_default())
    }
}
