//! What a voter may put on a ballot, as a method reads it.

use super::MethodInfo;

/// What one ballot holds, with the limits its method sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BallotForm {
    /// One name.
    One,
    /// Any number of names without an order.
    Set {
        /// The most names; `None`: as many as stand.
        most: Option<u32>,
    },
    /// Names in order of preference.
    Ranking {
        /// The most ranks that are read; `None`: all.
        most: Option<u32>,
    },
    /// A number for each name.
    Scores {
        /// The highest number, where the method says it; `None`: whoever prints the ballots does.
        highest: Option<u16>,
        /// What the numbers together may come to at most.
        together: Option<u32>,
        /// Whether every name needs one.
        every: bool,
    },
}

impl BallotForm {
    /// The form that goes with the kinds of ballots a method counts: where it reads a ranking and a set of marks alike, it
    /// looks for one name.
    pub(super) fn of(info: &MethodInfo) -> Self {
        match (info.ballots.contains(&"ranked"), info.ballots.contains(&"approval")) {
            (true, true) => Self::One,
            (true, false) => Self::Ranking { most: None },
            (false, true) => Self::Set { most: None },
            (false, false) => Self::Scores { highest: None, together: None, every: false },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        error::ParamError,
        method::{Method, Params, methods},
    };

    #[test]
    fn methods_know_their_ballots() -> Result<(), ParamError> {
        let form = |name: &str, pairs: &[(&str, &str)], seats| -> Result<BallotForm, ParamError> {
            let method = Method::from_params(name, Params::from_pairs(pairs.iter().copied()))?;
            Ok(method.rule.as_counting().form(seats))
        };
        for name in ["plurality", "sntv", "dhondt", "sainte-lague", "hare-largest-remainder"] {
            assert_eq!(form(name, &[], 3)?, BallotForm::One, "{name}");
        }
        for name in ["approval", "approval-multiwinner", "approval-majority"] {
            assert_eq!(form(name, &[], 3)?, BallotForm::Set { most: None }, "{name}");
        }
        assert_eq!(form("block-vote", &[], 3)?, BallotForm::Set { most: Some(3) });
        assert_eq!(form("limited-vote", &[], 3)?, BallotForm::Set { most: Some(2) });
        assert_eq!(form("limited-vote", &[("votes", "1")], 3)?, BallotForm::Set { most: Some(1) });
        assert_eq!(form("irv", &[("max-rankings-allowed", "3")], 1)?, BallotForm::Ranking { most: Some(3) });
        assert_eq!(form("contingent-vote", &[], 1)?, BallotForm::Ranking { most: None });
        assert_eq!(form("supplementary-vote", &[], 1)?, BallotForm::Ranking { most: Some(2) });
        let scores = |highest, together, every| BallotForm::Scores { highest, together, every };
        assert_eq!(form("star", &[("max-score", "9")], 1)?, scores(Some(9), None, false));
        assert_eq!(form("cumulative", &[], 4)?, scores(None, Some(4), false));
        assert_eq!(form("cumulative", &[("votes", "6")], 4)?, scores(None, Some(6), false));
        assert_eq!(form("majority-judgment", &[("mode", "all-judged")], 1)?, scores(None, None, true));
        for info in methods().filter(|info| info.ballots == ["ranked"]) {
            assert!(matches!(form(info.name, &[], 1)?, BallotForm::Ranking { .. }), "{}", info.name);
        }
        Ok(())
    }
}
