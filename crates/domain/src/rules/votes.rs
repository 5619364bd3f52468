//! Weights, cast votes, ties, durations and votes that can be put with one call.

use plenum_tally::motion::Majority;

use crate::event::{Ballot, Secrecy, Terms, Timing, Visibility, VoteOptions};
use crate::rules::EventRules;
use crate::text::{Description, OptionLabel, Title};

/// How much a vote counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeightRules {
    /// Whether the members' weights are used; otherwise everyone counts one.
    pub used: bool,
    /// Whether a person may give parts of their weight to several responses.
    pub split: bool,
}

impl Default for WeightRules {
    fn default() -> Self {
        Self { used: true, split: false }
    }
}

/// What can be done with a cast vote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VoteRules {
    /// Whether it may be changed while voting is open.
    pub may_be_changed: bool,
}

/// What an equal vote on a motion means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MotionTie {
    /// The motion is lost: things stay as they are.
    #[default]
    Rejected,
    /// The chair decides with a casting vote; the result waits for it.
    Chair,
}

/// What equal votes for the last seat of an election mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ElectionTie {
    /// Nobody among the equal ones is elected; the result says so and a runoff can be prepared.
    #[default]
    Refuse,
    /// The lot decides, drawn by the server and recorded so that it can be checked.
    Lot,
    /// The chair decides; the result waits for it.
    Chair,
}

/// What happens when votes are equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TieRules {
    /// On a motion.
    pub motion: MotionTie,
    /// In an election.
    pub election: ElectionTie,
}

/// How long voting lasts: from five seconds to thirty days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Seconds(u32);

/// The time is too short or too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number of seconds from 5 to 2592000 (30 days)")]
pub struct SecondsError;

impl Seconds {
    /// One minute.
    pub const MINUTE: Self = Self(60);

    /// Checks a time.
    ///
    /// # Errors
    /// [`SecondsError`] below five seconds and above thirty days.
    pub const fn new(seconds: u32) -> Result<Self, SecondsError> {
        if seconds < 5 || seconds > 30 * 24 * 60 * 60 { Err(SecondsError) } else { Ok(Self(seconds)) }
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The stretch of time.
    pub fn span(self) -> chrono::TimeDelta {
        chrono::TimeDelta::seconds(i64::from(self.0))
    }
}

/// How long voting lasts when neither the event nor the chair says; `None`: until the chair closes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Durations {
    /// A motion.
    pub motion: Option<Seconds>,
    /// An election.
    pub election: Option<Seconds>,
    /// A vote put with one call that does not have its own.
    pub quick_vote: Option<Seconds>,
}

/// A vote that can be put with one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preset {
    /// What it is called, and what the event is called when nobody names it.
    pub name: Title,
    /// What is put to the vote and how. Where it has no duration, [`Durations::quick_vote`] says.
    pub terms: Terms,
}

/// Up to ten votes that can be put with one call, each with a name of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presets(Vec<Preset>);

/// What is wrong with a list of presets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PresetsError {
    /// More than can be shown on a chair's screen.
    #[error("may have at most {} presets", Presets::MAX)]
    TooMany,
    /// The same name twice.
    #[error("has two presets called {0:?}")]
    Twice(String),
}

impl Presets {
    /// The most presets an organization has.
    pub const MAX: usize = 10;

    /// Checks a list of presets.
    ///
    /// # Errors
    /// [`PresetsError`] when there are too many, or two have one name.
    pub fn new(presets: Vec<Preset>) -> Result<Self, PresetsError> {
        if presets.len() > Self::MAX {
            return Err(PresetsError::TooMany);
        }
        for (at, preset) in presets.iter().enumerate() {
            if presets.iter().take(at).any(|other| same(&other.name, preset.name.as_str())) {
                return Err(PresetsError::Twice(preset.name.to_string()));
            }
        }
        Ok(Self(presets))
    }

    /// What an organization starts with: a motion, a straw poll whose figures are seen at once, and a
    /// vote by name.
    pub fn usual() -> Self {
        let preset = |name: &str, labels: &[&str], visibility, secrecy| {
            let labels: Result<Vec<OptionLabel>, _> =
                labels.iter().map(|label| OptionLabel::parse(label)).collect();
            let ballot = Ballot::motion(VoteOptions::new(labels.ok()?).ok()?, Majority::SIMPLE, None).ok()?;
            let description = Description::parse("").ok()?;
            let timing = Timing::default();
            let rules = EventRules::default();
            let terms = Terms {
                description,
                ballot,
                visibility,
                proxy: true,
                secrecy,
                timing,
                rules,
                follows: None,
                voters: None,
            };
            Some(Preset { name: Title::parse(name).ok()?, terms })
        };
        let presets = [
            preset(
                "Yes, no, abstain",
                &["yes", "no", "abstain"],
                Visibility::HiddenUntilRelease,
                Secrecy::Standard,
            ),
            preset("Straw poll", &["agree", "disagree", "abstain"], Visibility::Live, Secrecy::Standard),
            preset("Roll call", &["yes", "no", "abstain"], Visibility::Live, Secrecy::RollCall),
        ];
        Self(presets.into_iter().flatten().collect())
    }

    /// The presets in the order they are shown.
    pub fn as_slice(&self) -> &[Preset] {
        &self.0
    }

    /// The preset of this name, found without regard to case.
    pub fn find(&self, name: &str) -> Option<&Preset> {
        self.0.iter().find(|preset| same(&preset.name, name.trim()))
    }
}

fn same(name: &Title, text: &str) -> bool {
    name.as_str().to_lowercase() == text.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_three_presets_to_start_with() {
        let usual = Presets::usual();
        assert_eq!(usual.as_slice().len(), 3, "none of them was left out");
        assert!(usual.find(" straw POLL").is_some());
        assert!(usual.find("poll").is_none());
    }

    #[test]
    fn presets_are_ten_at_most_and_have_names_of_their_own() {
        let one = Presets::usual().as_slice()[0].clone();
        let named = |name: &str| Preset { name: Title::parse(name).expect("a name"), ..one.clone() };
        let ten: Vec<Preset> = (0..10).map(|number| named(&format!("Vote {number}"))).collect();
        assert!(Presets::new(ten.clone()).is_ok());
        let eleven = ten.into_iter().chain([named("One more")]).collect();
        assert_eq!(Presets::new(eleven), Err(PresetsError::TooMany));
        let twice = vec![named("Show of hands"), named("show of HANDS")];
        assert_eq!(Presets::new(twice), Err(PresetsError::Twice("show of HANDS".into())));
    }

    #[test]
    fn times_have_bounds() {
        assert_eq!(Seconds::new(4), Err(SecondsError));
        assert_eq!(Seconds::new(5).map(Seconds::get), Ok(5));
        assert!(Seconds::new(2_592_000).is_ok() && Seconds::new(2_592_001).is_err());
    }
}
