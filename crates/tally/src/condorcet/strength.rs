//! How strong a victory of one candidate over another is.

use super::pairwise::Pairwise;
use crate::{
    error::ParamError,
    method::{ParamInfo, Params, bad, fold},
};

/// What the strength of a pairwise victory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Strength {
    /// The ballots on the winning side.
    #[default]
    WinningVotes,
    /// The winning side less the losing side.
    Margins,
}

/// The description of the parameter.
pub(super) const STRENGTH: ParamInfo =
    ParamInfo { name: "strength", values: "winning-votes, margins", default: "winning-votes" };

/// The part of a value before a remark in parentheses, without case, blanks and hyphens.
pub(super) fn keyword(value: &str) -> String {
    fold(value.split('(').next().unwrap_or_default())
}

/// Takes the remark on unranked candidates, which every pairwise method here treats alike.
pub(super) fn take_unranked(params: &mut Params) -> Result<(), ParamError> {
    params.take_fixed(&["unranked"], &["equal last", "last"])
}

impl Strength {
    /// The keyword.
    pub const fn name(self) -> &'static str {
        match self {
            Self::WinningVotes => "winning-votes",
            Self::Margins => "margins",
        }
    }

    /// Takes the parameter out.
    pub(super) fn take(params: &mut Params) -> Result<Self, ParamError> {
        take_unranked(params)?;
        let Some(value) = params.take(&["strength"]) else {
            return Ok(Self::default());
        };
        match keyword(&value).as_str() {
            "winningvotes" | "winning" | "wv" => Ok(Self::WinningVotes),
            "margins" | "margin" => Ok(Self::Margins),
            _ => Err(bad(&["strength"], &value, STRENGTH.values)),
        }
    }

    /// The strength of the victory of `a` over `b` in units; 0 when it is none.
    pub fn of(self, pairwise: &Pairwise, a: usize, b: usize) -> u64 {
        let (won, lost) = (pairwise.wins(a, b), pairwise.wins(b, a));
        match self {
            _ if won <= lost => 0,
            Self::WinningVotes => won,
            Self::Margins => won - lost,
        }
    }

    /// In words, for sentences.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::WinningVotes => "votes",
            Self::Margins => "votes of margin",
        }
    }
}
