//! `event.data`.

use plenum_domain::count::Majority;
use plenum_domain::event::{
    Ballot, EventType, Method, MethodError, MotionOptions, Secrecy, Terms, Visibility, VoteOptions,
};
use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_domain::text::{Description, OptionLabel};
use serde::{Deserialize, Serialize};

use crate::documents::{BaseWord, ComparisonWord, MotionRulesData, ThresholdData};

/// What stands in `events.data`. Whatever is left out takes its default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct EventData {
    /// What is decided, in words; up to 10,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The sitting's join code. Read only: a value given must be the sitting's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_code: Option<String>,
    /// The same word as `event_type`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vote_type: Option<String>,
    /// The choices; a motion has `yes`, `no`, `abstain` unless it says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vote_options: Option<Vec<String>>,
    /// A motion's threshold. `method.threshold` says the same and wins when both are there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<ThresholdData>,
    /// Who sees figures when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility: Option<VisibilityData>,
    /// Whether votes may be cast for others; default true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<bool>,
    /// `roll_call` or `standard` (default).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secrecy: Option<String>,
    /// How the votes are counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<MethodData>,
}

/// Who sees figures when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct VisibilityData {
    /// `hidden_until_release` (default) or `live`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participants: Option<String>,
}

/// How the votes are counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MethodData {
    /// `majority` for motions, `plurality` for elections. May be left out where the method stays.
    #[serde(default)]
    pub name: String,
    /// `majority`: the fraction of the base that is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<ThresholdData>,
    /// `majority`: `more_than` (usual up to one half) or `at_least` (usual above).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<ComparisonWord>,
    /// `majority`: what the fraction is taken of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<BaseWord>,
    /// `majority`: the option that counts in favour, where the words do not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_favour: Option<String>,
    /// `majority`: the option that counts against, where the words do not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<String>,
    /// The option that abstains, where the words do not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abstain: Option<String>,
    /// `plurality`: how many are elected; only 1 for now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seats: Option<u32>,
}

impl EventData {
    /// Writes the canonical document.
    pub fn of(terms: &Terms, session_code: &str) -> Self {
        let ballot = &terms.ballot;
        let label = |at: usize| ballot.options().labels().get(at).map(ToString::to_string);
        let (threshold, method) = match ballot.method() {
            Method::Majority(method) => {
                let threshold = ThresholdData(method.majority.threshold);
                let data = MethodData {
                    name: "majority".to_owned(),
                    threshold: Some(threshold),
                    comparison: Some(method.majority.comparison.into()),
                    base: Some(method.majority.base.into()),
                    in_favour: label(method.options.in_favour),
                    against: label(method.options.against),
                    abstain: method.options.abstain.and_then(label),
                    seats: None,
                };
                (Some(threshold), data)
            }
            Method::Plurality(method) => {
                let data = MethodData {
                    name: "plurality".to_owned(),
                    abstain: method.abstain.and_then(label),
                    seats: Some(1),
                    ..MethodData::default()
                };
                (None, data)
            }
        };
        Self {
            description: Some(terms.description.to_string()),
            session_code: Some(session_code.to_owned()),
            vote_type: Some(ballot.event_type().as_str().to_owned()),
            vote_options: Some(ballot.options().labels().iter().map(ToString::to_string).collect()),
            threshold,
            visibility: Some(VisibilityData { participants: Some(terms.visibility.as_str().to_owned()) }),
            proxy: Some(terms.proxy),
            secrecy: Some(terms.secrecy.as_str().to_owned()),
            method: Some(method),
        }
    }

    /// This document with what `change` says in place of what it said, key by key inside `method` and
    /// `visibility` too. What depends on something that changes is derived again: the roles of options
    /// that are replaced, the comparison that goes with another threshold.
    #[must_use]
    pub fn changed_by(self, change: Self) -> Self {
        let threshold = change.method.as_ref().and_then(|method| method.threshold).or(change.threshold);
        let kept = self.method.filter(|kept| {
            change.method.as_ref().is_none_or(|method| method.name.is_empty() || method.name == kept.name)
        });
        let method = match (kept, change.method) {
            (Some(kept), changed) => {
                Some(kept.changed_by(changed.unwrap_or_default(), threshold, change.vote_options.is_some()))
            }
            (None, changed) => changed,
        };
        let visibility = VisibilityData {
            participants: change
                .visibility
                .and_then(|change| change.participants)
                .or_else(|| self.visibility.and_then(|kept| kept.participants)),
        };
        Self {
            description: change.description.or(self.description),
            session_code: change.session_code.or(self.session_code),
            vote_type: change.vote_type.or(self.vote_type),
            vote_options: change.vote_options.or(self.vote_options),
            threshold: threshold.or(self.threshold),
            visibility: Some(visibility),
            proxy: change.proxy.or(self.proxy),
            secrecy: change.secrecy.or(self.secrecy),
            method,
        }
    }

    /// Reads the document of an event of this type; `default` is the organization's majority for motions.
    ///
    /// # Errors
    /// [`FieldErrors`] naming everything that is wrong.
    pub fn read(
        &self,
        event_type: EventType,
        session_code: &str,
        default: Majority,
    ) -> Result<Terms, FieldErrors> {
        let mut checks = FieldChecks::new();
        if self.session_code.as_ref().is_some_and(|code| !code.eq_ignore_ascii_case(session_code)) {
            checks.fail("session_code", "is not the code of this session; leave it out");
        }
        if self.vote_type.as_ref().is_some_and(|word| word != event_type.as_str()) {
            checks.fail(
                "vote_type",
                format!("must be {:?}, like event_type; or leave it out", event_type.as_str()),
            );
        }
        let description =
            checks.take("description", Description::parse(self.description.as_deref().unwrap_or("")));
        let visibility = match self.visibility.as_ref().and_then(|data| data.participants.as_deref()) {
            Some(text) => checks.take("visibility.participants", text.parse()),
            None => Some(Visibility::HiddenUntilRelease),
        };
        let secrecy = match self.secrecy.as_deref() {
            Some("secret") => {
                checks.fail("secrecy", "secret votes are not offered yet; use standard or roll_call");
                None
            }
            Some(text) => checks.take("secrecy", text.parse()),
            None => Some(Secrecy::Standard),
        };
        let options = checks.nest("vote_options", self.read_options(event_type));
        let ballot = options.and_then(|options| match event_type {
            EventType::Motion => self.motion(&mut checks, options, default),
            EventType::Election => self.election(&mut checks, options),
        });
        let built = description.zip(visibility).zip(secrecy).zip(ballot).map(
            |(((description, visibility), secrecy), ballot)| Terms {
                description,
                ballot,
                visibility,
                proxy: self.proxy.unwrap_or(true),
                secrecy,
            },
        );
        checks.finish(built)
    }

    fn read_options(&self, event_type: EventType) -> Result<VoteOptions, FieldErrors> {
        let usual = ["yes", "no", "abstain"].map(str::to_owned);
        let texts = match (&self.vote_options, event_type) {
            (Some(texts), _) => texts.as_slice(),
            (None, EventType::Motion) => &usual,
            (None, EventType::Election) => {
                return Err(FieldErrors::one("", "is required for an election: name the candidates"));
            }
        };
        let mut checks = FieldChecks::new();
        // All of them are looked at before any is missed, so that every mistake is told.
        let labels: Vec<Option<OptionLabel>> = texts
            .iter()
            .enumerate()
            .map(|(at, text)| checks.take(&format!("[{at}]"), OptionLabel::parse(text)))
            .collect();
        let labels: Option<Vec<OptionLabel>> = labels.into_iter().collect();
        let options = labels.and_then(|labels| checks.take("", VoteOptions::new(labels)));
        checks.finish(options)
    }

    fn motion(&self, checks: &mut FieldChecks, options: VoteOptions, default: Majority) -> Option<Ballot> {
        let method = self.method.clone().unwrap_or_default();
        if !matches!(method.name.as_str(), "" | "majority") {
            checks.fail("method.name", "must be \"majority\" for a motion");
            return None;
        }
        if method.seats.is_some() {
            checks.fail("method.seats", "belongs to elections; leave it out");
        }
        let wanted = MotionRulesData {
            threshold: method.threshold.or(self.threshold),
            comparison: method.comparison,
            base: method.base,
            abstentions_count: None,
        };
        let majority = checks.nest("method", wanted.over(default))?;
        let roles = method.roles(checks, &options).ok()?;
        match Ballot::motion(options, majority, roles) {
            Ok(ballot) => Some(ballot),
            Err(error) => {
                let field =
                    if error == MethodError::UnclearOptions { "vote_options" } else { "method.threshold" };
                checks.fail(field, error);
                None
            }
        }
    }

    fn election(&self, checks: &mut FieldChecks, options: VoteOptions) -> Option<Ballot> {
        let method = self.method.clone().unwrap_or_default();
        if !matches!(method.name.as_str(), "" | "plurality") {
            checks.fail("method.name", "must be \"plurality\" for an election");
            return None;
        }
        if method.seats.is_some_and(|seats| seats != 1) {
            checks.fail("method.seats", "must be 1: plurality elects one");
        }
        let foreign = [
            ("method.threshold", method.threshold.is_some()),
            ("method.comparison", method.comparison.is_some()),
            ("method.base", method.base.is_some()),
            ("method.in_favour", method.in_favour.is_some()),
            ("method.against", method.against.is_some()),
            ("threshold", self.threshold.is_some()),
        ];
        for (field, _) in foreign.into_iter().filter(|(_, present)| *present) {
            checks.fail(field, "belongs to motions; leave it out");
        }
        let abstain = match method.abstain.as_deref() {
            None => Ballot::usual_abstention(&options),
            Some(text) => {
                let position = options.position(text);
                if position.is_none() {
                    checks.fail("method.abstain", "is none of vote_options");
                }
                position
            }
        };
        checks.take("vote_options", Ballot::plurality(options, abstain))
    }
}

impl MethodData {
    fn changed_by(self, change: Self, threshold: Option<ThresholdData>, other_options: bool) -> Self {
        let comparison = if threshold.is_some() { None } else { self.comparison };
        let role = |changed: Option<String>, kept: Option<String>| {
            changed.or(if other_options { None } else { kept })
        };
        Self {
            name: self.name,
            threshold: threshold.or(self.threshold),
            comparison: change.comparison.or(comparison),
            base: change.base.or(self.base),
            in_favour: role(change.in_favour, self.in_favour),
            against: role(change.against, self.against),
            abstain: role(change.abstain, self.abstain),
            seats: change.seats.or(self.seats),
        }
    }

    /// Which option means what, `None` when nothing was said; an error after a mistake that was noted.
    fn roles(&self, checks: &mut FieldChecks, options: &VoteOptions) -> Result<Option<MotionOptions>, ()> {
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
}
