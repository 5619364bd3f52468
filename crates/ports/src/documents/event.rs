//! `event.data`.

use plenum_domain::count::Majority;
use plenum_domain::event::{
    Ballot, EventType, Method, MethodError, Secrecy, Terms, Timing, Visibility, VoteOptions,
};
use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_domain::id::EventId;
use plenum_domain::rules::{EventRules, Seconds};
use plenum_domain::text::{Description, OptionLabel};
use serde::{Deserialize, Serialize};

use crate::documents::{EventRulesData, MethodData, MotionRulesData, ThresholdData, VotersData};

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
    /// `roll_call`, `standard` (default) or `secret`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secrecy: Option<String>,
    /// The event whose outcome asked for this one. Read only: the server sets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows_event_id: Option<i32>,
    /// How the votes are counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<MethodData>,
    /// Whether it opens by itself when its start time comes; default false. When it cannot be opened then,
    /// for want of a quorum for instance, this turns false and the audit log says why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub automatic_open: Option<bool>,
    /// How many seconds voting lasts from its start where no `end_time` is set, from 5 to 2592000; 0:
    /// until it is closed. Left out, the organization's rules say when it opens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<u32>,
    /// Who may vote on it. Left out, the organization's rules say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voters: Option<VotersData>,
    /// What it keeps of the organization's rules. Read only, and there from its opening on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<EventRulesData>,
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
                    ..MethodData::default()
                };
                (Some(threshold), data)
            }
            Method::Election(method) => (None, MethodData::of_election(method, label)),
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
            follows_event_id: terms.follows.map(EventId::get),
            method: Some(method),
            automatic_open: Some(terms.timing.opens_by_itself),
            duration: terms.timing.duration.map(Seconds::get),
            voters: terms.voters.as_ref().map(VotersData::of),
            rules: terms.rules.version.map(|_| EventRulesData::of(&terms.rules)),
        }
    }

    /// Refuses what only the server writes.
    ///
    /// # Errors
    /// [`FieldErrors`] when the document says what the event keeps of the rules.
    pub fn require_writable(&self) -> Result<(), FieldErrors> {
        match self.rules {
            Some(_) => Err(FieldErrors::one("rules", "is settled when the event opens; leave it out")),
            None => Ok(()),
        }
    }

    /// This document with what `change` says in place of what it said, key by key inside `method` and
    /// `visibility` too. What depends on something that changes is derived again: the roles of options
    /// that are replaced, the comparison that goes with another threshold.
    #[must_use]
    pub fn changed_by(self, change: Self) -> Self {
        let threshold = change.method.as_ref().and_then(|method| method.threshold).or(change.threshold);
        let kept =
            self.method.filter(|kept| change.method.as_ref().is_none_or(|method| method.is_of(&kept.name)));
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
            threshold: change.threshold.or(self.threshold),
            visibility: Some(visibility),
            proxy: change.proxy.or(self.proxy),
            secrecy: change.secrecy.or(self.secrecy),
            follows_event_id: self.follows_event_id,
            method,
            automatic_open: change.automatic_open.or(self.automatic_open),
            duration: change.duration.or(self.duration),
            voters: change.voters.or(self.voters),
            rules: change.rules.or(self.rules),
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
            Some(text) => checks.take("secrecy", text.parse()),
            None => Some(Secrecy::Standard),
        };
        if (secrecy, visibility) == (Some(Secrecy::Secret), Some(Visibility::Live)) {
            checks.fail(
                "visibility.participants",
                "cannot be live for a secret vote: only who has voted is known before it is counted; use \
                 hidden_until_release",
            );
        }
        let options = checks.nest("vote_options", self.read_options(event_type));
        let ballot = options.and_then(|options| match event_type {
            EventType::Motion => self.motion(&mut checks, options, default),
            EventType::Election => self.election(&mut checks, options),
        });
        let duration = match self.duration {
            None | Some(0) => Some(None),
            Some(seconds) => checks.take("duration", Seconds::new(seconds)).map(Some),
        };
        let rules = match &self.rules {
            Some(document) => checks.nest("rules", document.read()),
            None => Some(EventRules::default()),
        };
        let voters = match &self.voters {
            Some(document) => checks.nest("voters", document.read()).map(Some),
            None => Some(None),
        };
        let built = (|| {
            Some(Terms {
                description: description?,
                ballot: ballot?,
                visibility: visibility?,
                proxy: self.proxy.unwrap_or(true),
                secrecy: secrecy?,
                timing: Timing { opens_by_itself: self.automatic_open.unwrap_or(false), duration: duration? },
                rules: rules?,
                follows: self.follows_event_id.map(EventId::new),
                voters: voters?,
            })
        })();
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
        method.refuse_elections(checks);
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
        method.refuse_motions(checks);
        if self.threshold.is_some() {
            checks.fail("threshold", "belongs to motions; leave it out");
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
        let mut named = |field: &str, text: Option<&str>| {
            let position = text.and_then(|text| options.position(text));
            if text.is_some() && position.is_none() {
                checks.fail(field, "is none of vote_options");
            }
            position
        };
        let reopen = named("method.reopen_nominations", method.reopen_nominations.as_deref());
        let none = named("method.none_of_the_above", method.none_of_the_above.as_deref());
        let ballot = Ballot::election(options, &method.wish([abstain, reopen, none]));
        checks.all(ballot)
    }
}
