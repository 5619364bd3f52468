//! Methods by name, with their parameters, and the one function that counts.
//!
//! A method is a small struct of its parameters in a file of its own, implementing [`CountingRule`], with a
//! [`MethodInfo`] that carries its name and builds it from text parameters. Its family's enum has a variant for it and
//! its family's `METHODS` list its info; nothing else in the crate changes when a method is added.

mod form;
mod params;

pub use form::BallotForm;
pub(crate) use params::bad;
pub use params::{ParamInfo, Params, fold};

use crate::{
    choice::{self, ChoiceMethod},
    condorcet::{self, CondorcetMethod},
    election::Election,
    error::{CountError, ParamError},
    lists::{self, ListMethod},
    ranked::{self, RankedMethod},
    result::{CountResult, Halt, Record},
    stv::{self, StvMethod},
    ties::{TiePolicy, TieRule},
};

/// Steps a count may take unless told otherwise. Real counts take some dozens, Meek some thousands of iterations.
pub const DEFAULT_MAX_STEPS: u64 = 1_000_000;

/// How many a method elects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeatRule {
    /// One, whatever the election says.
    One,
    /// As many as the election or the parameter `seats` says.
    Any,
}

/// What there is to know about a method before it counts.
#[derive(Debug)]
pub struct MethodInfo {
    /// Stable name, in kebab-case.
    pub name: &'static str,
    /// Other names it answers to. Case, `-`, `_` and blanks never matter.
    pub aliases: &'static [&'static str],
    /// What it is, for people.
    pub title: &'static str,
    /// The kind of ballots it counts, as [`crate::Ballots::kind`] calls them; several if it takes several.
    pub ballots: &'static [&'static str],
    /// How many it elects.
    pub seats: SeatRule,
    /// Its own parameters; those every method has are in [`COMMON_PARAMETERS`].
    pub parameters: &'static [ParamInfo],
    /// Builds it, taking its own parameters out of the map.
    pub build: fn(&mut Params) -> Result<Rule, ParamError>,
}

/// A way of counting.
pub trait CountingRule {
    /// What there is to know about it.
    fn info(&self) -> &'static MethodInfo;

    /// Its own parameters as they are in force, by the names of [`MethodInfo::parameters`].
    fn parameters(&self) -> Vec<(&'static str, String)>;

    /// What a voter may put on a ballot where so many seats are filled.
    fn form(&self, _seats: u32) -> BallotForm {
        BallotForm::of(self.info())
    }

    /// Ways of breaking ties that are part of the rule itself; they come before the policy asked for.
    fn statutory_ties(&self) -> Vec<TieRule> {
        Vec::new()
    }

    /// Counts, writing into the record.
    ///
    /// # Errors
    /// A tie nobody may break, or a count that cannot be carried out.
    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt>;
}

/// A method with its own parameters, by family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Marks, approvals, scores and grades.
    Choice(ChoiceMethod),
    /// Rankings, one seat, counted by elimination or points.
    Ranked(RankedMethod),
    /// Rankings compared pair by pair.
    Condorcet(CondorcetMethod),
    /// Rankings, several seats, transferable votes.
    Stv(StvMethod),
    /// Party lists.
    Lists(ListMethod),
}

impl Rule {
    /// The method itself.
    pub fn as_counting(&self) -> &dyn CountingRule {
        match self {
            Self::Choice(method) => method.as_counting(),
            Self::Ranked(method) => method.as_counting(),
            Self::Condorcet(method) => method.as_counting(),
            Self::Stv(method) => method.as_counting(),
            Self::Lists(method) => method.as_counting(),
        }
    }
}

/// A method with everything that can be set about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    /// The method and its own parameters.
    pub rule: Rule,
    /// How ties are broken, after what the rule itself prescribes.
    pub ties: TiePolicy,
    /// Seats to fill instead of the election's own number; methods for one seat ignore it.
    pub seats: Option<u32>,
    /// Steps after which the count gives up.
    pub max_steps: u64,
}

/// Parameters every method has.
pub const COMMON_PARAMETERS: &[ParamInfo] = &[
    ParamInfo { name: "seats", values: "a number of seats", default: "the election's" },
    ParamInfo {
        name: "ties",
        values: "refuse, backwards, forwards, previous-round, lot, chair, candidate-order, reverse-candidate-order; \
                 several, separated by commas, are tried in turn",
        default: "refuse",
    },
    ParamInfo { name: "seed", values: "any text; what lots are drawn from", default: "none" },
    ParamInfo {
        name: "chair-1",
        values: "a name, the chair's decision on the first tie (chair-2, ...)",
        default: "none",
    },
    ParamInfo { name: "max-steps", values: "a number of steps", default: "1000000" },
    ParamInfo { name: "rule", values: "a remark on the rule followed; not interpreted", default: "none" },
];

/// All methods, by family.
pub fn methods() -> impl Iterator<Item = &'static MethodInfo> {
    [choice::METHODS, ranked::METHODS, condorcet::METHODS, stv::METHODS, lists::METHODS]
        .into_iter()
        .flatten()
        .copied()
}

/// The method of that name or alias.
pub fn find(name: &str) -> Option<&'static MethodInfo> {
    let wanted = fold(name);
    methods().find(|info| fold(info.name) == wanted || info.aliases.iter().any(|alias| fold(alias) == wanted))
}

impl Method {
    /// A rule with no tie policy, the election's seats and the usual bound.
    pub const fn new(rule: Rule) -> Self {
        Self { rule, ties: TiePolicy::REFUSE, seats: None, max_steps: DEFAULT_MAX_STEPS }
    }

    /// The method of that name with every parameter at its default.
    ///
    /// # Errors
    /// When there is none, or it has a parameter that must be given.
    pub fn named(name: &str) -> Result<Self, ParamError> {
        Self::from_params(name, Params::new())
    }

    /// The method of that name with those parameters. Every parameter must be known.
    ///
    /// # Errors
    /// When the name, a parameter or a value is not known.
    pub fn from_params(name: &str, mut params: Params) -> Result<Self, ParamError> {
        let info = find(name).ok_or_else(|| ParamError::UnknownMethod { name: name.to_owned() })?;
        // A free remark; nothing depends on it.
        let _ = params.take(&["rule"]);
        let seats = params.take_u32(&["seats", "numberOfWinners"])?;
        let max_steps = params.take_u64(&["max-steps"])?.unwrap_or(DEFAULT_MAX_STEPS);
        // The method comes before the common parameters about ties, so that it may claim a value of its own for one of
        // their names (see Params::take_if).
        let rule = (info.build)(&mut params)?;
        let ties = params.take_ties()?;
        params.finish(info.name)?;
        Ok(Self { rule, ties, seats, max_steps })
    }

    /// The same with that tie policy.
    #[must_use]
    pub fn with_ties(mut self, rules: impl IntoIterator<Item = TieRule>) -> Self {
        self.ties = TiePolicy::of(rules);
        self
    }

    /// The same for that many seats.
    #[must_use]
    pub const fn with_seats(mut self, seats: u32) -> Self {
        self.seats = Some(seats);
        self
    }

    /// What there is to know about the method.
    pub fn info(&self) -> &'static MethodInfo {
        self.rule.as_counting().info()
    }

    /// Every parameter in force, by stable name.
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut parameters = self.rule.as_counting().parameters();
        let names: Vec<&str> = self.tie_rules().iter().map(TieRule::name).collect();
        parameters.push(("ties", if names.is_empty() { "refuse".to_owned() } else { names.join(", ") }));
        for rule in &self.ties.rules {
            if let TieRule::Lot { seed } = rule {
                parameters.push(("seed", seed.clone()));
            }
        }
        parameters
    }

    fn tie_rules(&self) -> Vec<TieRule> {
        let mut rules = self.rule.as_counting().statutory_ties();
        rules.extend(self.ties.rules.iter().cloned());
        rules
    }
}

/// Counts an election. The result is a function of its two arguments and nothing else.
///
/// # Errors
/// When the method cannot count these ballots, a figure becomes too large, or the bound on steps is reached. A tie is
/// no error: the result says where the count stopped.
pub fn count(method: &Method, election: &Election) -> Result<CountResult, CountError> {
    let rule = method.rule.as_counting();
    let info = rule.info();
    let seats = match info.seats {
        SeatRule::One => 1,
        SeatRule::Any => method.seats.unwrap_or(election.seats()),
    };
    if seats == 0 {
        return Err(CountError::Unsuitable("there is no seat to fill".to_owned()));
    }
    if !info.ballots.contains(&election.ballots().kind()) {
        let expected = info.ballots.first().copied().unwrap_or("other");
        return Err(CountError::WrongBallots {
            method: info.name,
            expected,
            found: election.ballots().kind(),
        });
    }
    let mut record =
        Record::new(election, info.name, method.parameters(), seats, method.tie_rules(), method.max_steps);
    let halted = rule.count(&mut record);
    record.finish(halted)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_distinct_and_every_method_stands_with_its_defaults() {
        let mut seen = HashSet::new();
        for info in methods() {
            for name in [info.name].iter().chain(info.aliases) {
                assert!(seen.insert(fold(name)), "{name} is taken twice");
            }
            let method = Method::named(info.name);
            assert!(method.as_ref().is_ok_and(|method| method.info().name == info.name), "{method:?}");
        }
    }

    #[test]
    fn parameters_are_all_known_or_refused() {
        let with = |name, value| Method::from_params("irv", Params::from_pairs([(name, value)]));
        assert!(with("overvoteRule", "alwaysSkipToNextRank").is_ok());
        assert!(with("overvote_rule", "exhaust").is_ok());
        assert!(matches!(with("overvoteRule", "maybe"), Err(ParamError::BadValue { .. })));
        assert!(matches!(with("over", "exhaust"), Err(ParamError::UnknownParameter { .. })));
        assert!(matches!(Method::named("guess"), Err(ParamError::UnknownMethod { .. })));
    }

    #[test]
    fn what_a_method_says_of_itself_builds_it_again() -> Result<(), ParamError> {
        for info in methods() {
            let method = Method::named(info.name)?;
            let said: Vec<(&str, String)> = method.rule.as_counting().parameters();
            let again = Method::from_params(
                info.name,
                Params::from_pairs(said.iter().map(|(n, v)| (*n, v.as_str()))),
            )?;
            assert_eq!(method.rule, again.rule);
        }
        Ok(())
    }
}
