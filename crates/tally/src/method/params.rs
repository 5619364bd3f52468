//! Parameters as text, from a command line, a request or a file.

use std::collections::BTreeMap;

use crate::{
    error::ParamError,
    ties::{TiePolicy, TieRule},
};

/// What there is to know about a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParamInfo {
    /// Stable name, in kebab-case.
    pub name: &'static str,
    /// What it takes.
    pub values: &'static str,
    /// What holds when it is not given.
    pub default: &'static str,
}

/// A name or keyword without case, `-`, `_` and blanks, so that `overvoteRule`, `overvote-rule` and `overvote_rule`
/// are one.
pub fn fold(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).flat_map(char::to_lowercase).collect()
}

/// Parameters by name. Methods take out what they know; what is left over is an error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params {
    /// By folded name: the name as given and the value.
    given: BTreeMap<String, (String, String)>,
}

impl Params {
    /// No parameter.
    pub fn new() -> Self {
        Self::default()
    }

    /// Parameters from pairs of name and value; a later one replaces an earlier one of the same name.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut params = Self::new();
        for (name, value) in pairs {
            params.set(name, value);
        }
        params
    }

    /// Sets one.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.given.insert(fold(name), (name.to_owned(), value.into()));
    }

    /// Takes one out, under any of its names.
    pub fn take(&mut self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.given.remove(&fold(name))).map(|(_, value)| value)
    }

    /// Takes one out when its value is one the method understands, and leaves it otherwise: for a name that is also a
    /// common parameter's.
    pub fn take_if(&mut self, names: &[&str], understood: impl Fn(&str) -> bool) -> Option<String> {
        let name = names.iter().map(|name| fold(name)).find(|name| self.given.contains_key(name))?;
        let (_, value) = self.given.get(&name)?;
        if !understood(value) {
            return None;
        }
        self.given.remove(&name).map(|(_, value)| value)
    }

    /// Takes out one that is one of some keywords.
    ///
    /// # Errors
    /// When it is none of them.
    pub fn take_choice<T: Clone>(
        &mut self,
        names: &[&str],
        choices: &[(&str, T)],
    ) -> Result<Option<T>, ParamError> {
        let Some(value) = self.take(names) else {
            return Ok(None);
        };
        let wanted = fold(&value);
        if let Some((_, choice)) = choices.iter().find(|(keyword, _)| fold(keyword) == wanted) {
            return Ok(Some(choice.clone()));
        }
        let keywords: Vec<&str> = choices.iter().map(|(keyword, _)| *keyword).collect();
        Err(bad(names, &value, &format!("one of: {}", keywords.join(", "))))
    }

    /// Takes out a yes or no.
    ///
    /// # Errors
    /// When it is neither.
    pub fn take_bool(&mut self, names: &[&str]) -> Result<Option<bool>, ParamError> {
        self.take_choice(names, &[("true", true), ("false", false), ("yes", true), ("no", false)])
    }

    /// Takes out a whole number.
    ///
    /// # Errors
    /// When it is none.
    pub fn take_u32(&mut self, names: &[&str]) -> Result<Option<u32>, ParamError> {
        self.take_parsed(names, "a whole number")
    }

    /// Takes out a whole number.
    ///
    /// # Errors
    /// When it is none.
    pub fn take_u64(&mut self, names: &[&str]) -> Result<Option<u64>, ParamError> {
        self.take_parsed(names, "a whole number")
    }

    /// Takes out anything that can be parsed, such as a [`crate::Figure`].
    ///
    /// # Errors
    /// When it cannot be.
    pub fn take_parsed<T: std::str::FromStr>(
        &mut self,
        names: &[&str],
        expected: &str,
    ) -> Result<Option<T>, ParamError> {
        let Some(value) = self.take(names) else {
            return Ok(None);
        };
        value.trim().parse().map(Some).map_err(|_| bad(names, &value, expected))
    }

    /// Takes out one that may only have the value the method follows anyway. For settings of other programs that name
    /// a choice this method does not have.
    ///
    /// # Errors
    /// When it has another value.
    pub fn take_fixed(&mut self, names: &[&str], allowed: &[&str]) -> Result<(), ParamError> {
        let choices: Vec<(&str, ())> = allowed.iter().map(|keyword| (*keyword, ())).collect();
        self.take_choice(names, &choices).map(|_| ())
    }

    /// Takes out everything about ties: `ties`, `seed`, `chair-n`, and `tiebreakMode` with `randomSeed` as `RCTab` names
    /// them. An `RCTab` mode that draws lots without a seed refuses such a tie instead.
    pub(crate) fn take_ties(&mut self) -> Result<TiePolicy, ParamError> {
        let seed = self.take(&["seed", "randomSeed"]);
        let mut decisions = Vec::new();
        while let Some(name) = self.take(&[&format!("chair-{}", decisions.len() + 1)]) {
            decisions.push(name);
        }
        let lot = seed.clone().map(|seed| TieRule::Lot { seed });
        let chair = TieRule::Chair { decisions: decisions.clone() };
        let rules = if let Some(listed) = self.take(&["ties", "tie"]) {
            let mut rules = Vec::new();
            for word in listed.split(',').map(str::trim).filter(|word| !word.is_empty()) {
                rules.push(match fold(word).as_str() {
                    "refuse" => TieRule::Refuse,
                    "backwards" | "backward" => TieRule::Backwards,
                    "forwards" | "forward" => TieRule::Forwards,
                    "previousround" => TieRule::PreviousRound,
                    "lot" | "random" => lot.clone().ok_or_else(|| ParamError::Missing {
                        name: "seed".to_owned(),
                        expected: "the text lots are drawn from".to_owned(),
                    })?,
                    "chair" => chair.clone(),
                    "candidateorder" => TieRule::CandidateOrder,
                    "reversecandidateorder" => TieRule::ReverseCandidateOrder,
                    _ => return Err(bad(&["ties"], &listed, super::COMMON_PARAMETERS[1].values)),
                });
            }
            rules
        } else {
            let modes = [
                ("useCandidateOrder", vec![TieRule::CandidateOrder]),
                ("usePermutationInConfig", vec![TieRule::CandidateOrder]),
                (
                    "previousRoundCountsThenRandom",
                    [Some(TieRule::Backwards), lot.clone()].into_iter().flatten().collect(),
                ),
                ("previousRoundCountsThenAsk", vec![TieRule::Backwards, chair.clone()]),
                ("stopCountingAndAsk", vec![chair.clone()]),
                ("random", lot.iter().cloned().collect()),
                ("generatePermutation", lot.iter().cloned().collect()),
            ];
            match self.take_choice(&["tiebreakMode"], &modes)? {
                Some(rules) => rules,
                None if !decisions.is_empty() => vec![chair],
                None => lot.into_iter().collect(),
            }
        };
        Ok(TiePolicy { rules })
    }

    /// The end: nothing may be left over.
    ///
    /// # Errors
    /// Names the first parameter nobody took.
    pub fn finish(self, method: &str) -> Result<(), ParamError> {
        match self.given.into_values().next() {
            None => Ok(()),
            Some((name, _)) => Err(ParamError::UnknownParameter { method: method.to_owned(), name }),
        }
    }
}

pub(crate) fn bad(names: &[&str], value: &str, expected: &str) -> ParamError {
    ParamError::BadValue {
        name: names.first().copied().unwrap_or_default().to_owned(),
        value: value.to_owned(),
        expected: expected.to_owned(),
    }
}
