//! `event.data.method`.

use std::collections::BTreeMap;
use std::fmt;

use plenum_domain::count::method::fold;
use plenum_domain::event::{ElectionMethod, ElectionWish, MotionOptions, VoteOptions};
use plenum_domain::field::FieldChecks;
use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::documents::{BaseWord, ComparisonWord, ThresholdData};

/// How the votes are counted.
///
/// Motions have `majority` with a threshold. Elections have any counting method by name, with its own parameters beside
/// the fields listed here: `{"name": "scottish-stv", "seats": 4, "ties": ["backwards", "lot"]}`. A parameter that the
/// method does not have is refused by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(example = json!({
    "name": "scottish-stv", "seats": 4, "ties": ["backwards", "lot"],
})))]
pub struct MethodData {
    /// `majority` for motions; for elections a counting method such as `plurality`, `irv` or `scottish-stv`. May be left
    /// out where the method stays.
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub name: String,
    /// `majority`, `approval-majority`: the fraction of the base that is needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<ThresholdData>,
    /// `majority`: `more_than` (usual up to one half) or `at_least` (usual above).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<ComparisonWord>,
    /// `majority`: what the fraction is taken of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<BaseWord>,
    /// `majority`: the option that counts in favour, where the words do not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_favour: Option<String>,
    /// `majority`: the option that counts against, where the words do not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub against: Option<String>,
    /// The option that abstains, where the words do not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abstain: Option<String>,
    /// Elections: how many are elected; one when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seats: Option<u32>,
    /// Elections by scores: the highest score a voter can give; 5 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_score: Option<u32>,
    /// `plurality`: whether more than half of the votes are needed; otherwise a runoff of the first ones follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runoff: Option<bool>,
    /// Elections: the option that asks for new nominations. When it wins, a new draft is prepared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reopen_nominations: Option<String>,
    /// Elections: the option for none of those who stand. When it wins, what is left stays empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub none_of_the_above: Option<String>,
    /// Elections: the method's own parameters, and `ties` and `seed`.
    #[serde(flatten)]
    pub parameters: BTreeMap<String, ParameterData>,
}

/// The value of a parameter of a counting method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum ParameterData {
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Number(u64),
    /// A word, a name or a figure; figures with decimals are text or the decimal that is meant.
    Text(String),
    /// Several words, tried in turn.
    List(Vec<String>),
}

impl ParameterData {
    /// A value of the counting crate as JSON writes it.
    fn of(value: String) -> Self {
        match value.as_str() {
            "true" => Self::Flag(true),
            "false" => Self::Flag(false),
            // Only what is written the usual way, so that it is read back as it was.
            text => match text.parse::<u64>() {
                Ok(number) if number.to_string() == text => Self::Number(number),
                _ => Self::Text(value),
            },
        }
    }

    /// The value as the counting crate takes it.
    fn text(&self) -> String {
        match self {
            Self::Flag(flag) => flag.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            Self::List(words) => words.join(", "),
        }
    }
}

impl<'de> Deserialize<'de> for ParameterData {
    /// Numbers are kept as they are written, never as binary fractions. Lists of other things than words and objects are
    /// kept as the text they are.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = raw.get();
        match text.as_bytes().first() {
            Some(b'"') => serde_json::from_str(text).map(Self::Text).map_err(D::Error::custom),
            Some(b'[') => Ok(match serde_json::from_str(text) {
                Ok(words) => Self::List(words),
                Err(_) => Self::Text(text.to_owned()),
            }),
            _ => Ok(Self::of(text.to_owned())),
        }
    }
}

const FIELDS: &[&str] = &[
    "name",
    "threshold",
    "comparison",
    "base",
    "in_favour",
    "against",
    "abstain",
    "seats",
    "max_score",
    "runoff",
    "reopen_nominations",
    "none_of_the_above",
];

impl<'de> Deserialize<'de> for MethodData {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("MethodData", FIELDS, Reader)
    }
}

/// Reads the fields there are for everybody, and keeps the rest for the method to judge.
struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = MethodData;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a method with a name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<MethodData, A::Error> {
        let mut data = MethodData::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "name" => data.name = map.next_value()?,
                "threshold" => data.threshold = map.next_value()?,
                "comparison" => data.comparison = map.next_value()?,
                "in_favour" => data.in_favour = map.next_value()?,
                "against" => data.against = map.next_value()?,
                "abstain" => data.abstain = map.next_value()?,
                "seats" => data.seats = map.next_value()?,
                "max_score" => data.max_score = map.next_value()?,
                "runoff" => data.runoff = map.next_value()?,
                "reopen_nominations" => data.reopen_nominations = map.next_value()?,
                "none_of_the_above" => data.none_of_the_above = map.next_value()?,
                // A motion's base is one of a few words; a counting method may have a base of its own.
                "base" => match map.next_value::<Option<ParameterData>>()? {
                    None => {}
                    Some(given) => match BaseWord::find(&given.text()) {
                        Ok(word) => data.base = Some(word),
                        Err(_) => {
                            data.parameters.insert(key, given);
                        }
                    },
                },
                "" => {
                    map.next_value::<IgnoredAny>()?;
                    return Err(A::Error::custom("a parameter needs a name"));
                }
                _ => {
                    if let Some(value) = map.next_value::<Option<ParameterData>>()? {
                        data.parameters.insert(key, value);
                    }
                }
            }
        }
        Ok(data)
    }
}

impl BaseWord {
    fn word(self) -> String {
        serde_json::to_value(self).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
    }

    fn find(text: &str) -> Result<Self, String> {
        serde_json::from_value(text.into()).map_err(|error| {
            let error = error.to_string();
            let words = error.split_once("expected one of ").map_or(error.as_str(), |(_, words)| words);
            format!("must be one of: {}", words.replace('`', ""))
        })
    }
}

impl MethodData {
    /// The canonical document of an election's method.
    pub(super) fn of_election(method: &ElectionMethod, label: impl Fn(usize) -> Option<String>) -> Self {
        let mut data = Self {
            runoff: method.runoff().then_some(true),
            reopen_nominations: method.reopen().and_then(&label),
            none_of_the_above: method.none_of_the_above().and_then(&label),
            name: method.info().name.to_owned(),
            abstain: method.abstain().and_then(&label),
            seats: Some(method.seats()),
            max_score: method.max_score().map(u32::from),
            ..Self::default()
        };
        for (name, value) in method.parameters() {
            match name.as_str() {
                "threshold" => match value.parse() {
                    Ok(fraction) => data.threshold = Some(ThresholdData(fraction)),
                    Err(_) => {
                        data.parameters.insert(name, ParameterData::Text(value));
                    }
                },
                _ => {
                    data.parameters.insert(name, ParameterData::of(value));
                }
            }
        }
        if let Some(ties) = method.ties() {
            let ties = ties.into_iter().map(str::to_owned).collect();
            data.parameters.insert("ties".to_owned(), ParameterData::List(ties));
        }
        if let Some(seed) = method.seed() {
            data.parameters.insert("seed".to_owned(), ParameterData::Text(seed.to_owned()));
        }
        data
    }

    /// The election that is asked for, with the positions of its options to abstain, to open nominations again, and for none
    /// of those who stand.
    pub(super) fn wish(&self, [abstain, reopen, none]: [Option<usize>; 3]) -> ElectionWish {
        let own = self.parameters.iter().map(|(name, value)| (name.clone(), value.text()));
        let threshold = self.threshold.map(|threshold| ("threshold".to_owned(), threshold.0.to_string()));
        let base = self.base.map(|base| ("base".to_owned(), base.word()));
        ElectionWish {
            name: self.name.clone(),
            seats: self.seats,
            max_score: self.max_score,
            abstain,
            runoff: self.runoff.unwrap_or(false),
            reopen,
            none,
            parameters: own.chain(threshold).chain(base).collect(),
        }
    }

    /// Notes what only elections have.
    pub(super) fn refuse_elections(&self, checks: &mut FieldChecks) {
        let fields = [
            ("seats", self.seats.is_some()),
            ("max_score", self.max_score.is_some()),
            ("runoff", self.runoff.is_some()),
            ("reopen_nominations", self.reopen_nominations.is_some()),
            ("none_of_the_above", self.none_of_the_above.is_some()),
        ];
        let fields = fields.into_iter().filter(|(_, given)| *given).map(|(name, _)| name);
        for name in fields.chain(self.parameters.keys().map(String::as_str)) {
            let base = self.parameters.get(name).filter(|_| name == "base");
            let message = base.and_then(|given| BaseWord::find(&given.text()).err());
            let message =
                message.unwrap_or_else(|| "is no field of a motion's method; leave it out".to_owned());
            checks.fail(&format!("method.{name}"), message);
        }
    }

    /// Notes what only motions have.
    pub(super) fn refuse_motions(&self, checks: &mut FieldChecks) {
        for (field, given) in [
            ("method.comparison", self.comparison.is_some()),
            ("method.in_favour", self.in_favour.is_some()),
            ("method.against", self.against.is_some()),
        ] {
            if given {
                checks.fail(field, "belongs to motions; leave it out");
            }
        }
    }

    /// Whether this is the same method, or leaves it open.
    pub(super) fn is_of(&self, name: &str) -> bool {
        use plenum_domain::count::method::find;
        let same = || find(&self.name).zip(find(name)).is_some_and(|(one, other)| one.name == other.name);
        self.name.is_empty() || self.name == name || same()
    }

    fn merged(mut self, change: BTreeMap<String, ParameterData>) -> BTreeMap<String, ParameterData> {
        for (name, value) in change {
            // Spelled another way it is the same parameter.
            self.parameters.retain(|kept, _| fold(kept) != fold(&name));
            self.parameters.insert(name, value);
        }
        self.parameters
    }

    /// Which option means what, `None` when nothing was said; an error after a mistake that was noted.
    pub(super) fn roles(
        &self,
        checks: &mut FieldChecks,
        options: &VoteOptions,
    ) -> Result<Option<MotionOptions>, ()> {
        let mut find = |field: &str, text: &Option<String>| {
            let text = text.as_deref()?;
            let position = options.position(text);
            if position.is_none() {
                checks.fail(field, "is none of vote_options");
            }
            position
        };
        let in_favour = find("method.in_favour", &self.in_favour);
        let against = find("method.against", &self.against);
        let abstain = find("method.abstain", &self.abstain);
        if !checks.is_clean() {
            return Err(());
        }
        match (in_favour, against) {
            (Some(in_favour), Some(against)) => Ok(Some(MotionOptions { in_favour, against, abstain })),
            (None, None) if abstain.is_none() => Ok(None),
            _ => {
                checks.fail("method", "needs both in_favour and against when it names one of them");
                Err(())
            }
        }
    }

    pub(super) fn changed_by(
        self,
        change: Self,
        threshold: Option<ThresholdData>,
        other_options: bool,
    ) -> Self {
        let comparison = if threshold.is_some() { None } else { self.comparison };
        let role = |changed: Option<String>, kept: &Option<String>| {
            changed.or_else(|| if other_options { None } else { kept.clone() })
        };
        Self {
            name: self.name.clone(),
            threshold: threshold.or(self.threshold),
            comparison: change.comparison.or(comparison),
            base: change.base.or(self.base),
            in_favour: role(change.in_favour, &self.in_favour),
            against: role(change.against, &self.against),
            abstain: role(change.abstain, &self.abstain),
            seats: change.seats.or(self.seats),
            max_score: change.max_score.or(self.max_score),
            runoff: change.runoff.or(self.runoff),
            reopen_nominations: role(change.reopen_nominations, &self.reopen_nominations),
            none_of_the_above: role(change.none_of_the_above, &self.none_of_the_above),
            parameters: self.merged(change.parameters),
        }
    }
}

#[cfg(test)]
mod tests {
    use plenum_domain::count::method::methods;
    use plenum_domain::event::Ballot;
    use plenum_domain::text::OptionLabel;

    use super::*;

    fn options() -> VoteOptions {
        let labels = ["Ann", "Bob", "Cy", "Di"].map(|name| OptionLabel::parse(name).expect("a label"));
        VoteOptions::new(labels.to_vec()).expect("options")
    }

    #[test]
    fn every_method_with_its_defaults_is_read_back_as_it_was_written() {
        for info in methods() {
            let wish = ElectionWish { name: info.name.to_owned(), ..ElectionWish::default() };
            let ballot = Ballot::election(options(), &wish).expect(info.name);
            let plenum_domain::event::Method::Election(method) = ballot.method() else { continue };
            let json = serde_json::to_string(&MethodData::of_election(method, |_| None)).expect("json");
            let read: MethodData = serde_json::from_str(&json).expect(&json);
            let again = ElectionMethod::new(&read.wish([None; 3]), &options()).expect(&json);
            assert_eq!(&again, &**method, "{json}");
        }
    }

    #[test]
    fn values_keep_what_was_written() {
        let json = r#"{"name": "irv", "seats": 1, "batch_elimination": true, "minimum-vote-threshold": 3,
                       "ties": ["backwards", "lot"], "seed": "007", "omega": 0.10, "majority_ratio": [3, 1]}"#;
        let data: MethodData = serde_json::from_str(json).expect("a method");
        let text = |name: &str| data.parameters[name].text();
        assert_eq!(text("batch_elimination"), "true");
        assert_eq!(text("minimum-vote-threshold"), "3");
        assert_eq!(text("ties"), "backwards, lot");
        assert_eq!(text("seed"), "007");
        assert_eq!(text("omega"), "0.10");
        assert_eq!(text("majority_ratio"), "[3, 1]");
        assert!(serde_json::from_str::<MethodData>(r#"{"name": 3}"#).is_err());
    }
}
