//! What can be voted for, and how it is counted.

use plenum_tally::Fraction;
use plenum_tally::motion::{Comparison, Majority};
use unicode_normalization::UnicodeNormalization;

use crate::event::EventType;
use crate::event::election::{ElectionMethod, ElectionWish};
use crate::field::FieldErrors;
use crate::rules::{ElectionRules, ElectionTie};
use crate::text::{OptionLabel, is_invisible};

/// The choices on a ballot: unique without regard to case, in the order they are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoteOptions(Vec<OptionLabel>);

/// What is wrong with a list of choices.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VoteOptionsError {
    /// None at all.
    #[error("needs at least one option")]
    Empty,
    /// More than can be shown.
    #[error("may have at most {} options", VoteOptions::MAX)]
    TooMany,
    /// The same choice twice.
    #[error("has the option {0:?} twice")]
    Twice(String),
}

/// How a label looks to a voter: without regard to case and to characters that cannot be seen.
pub(crate) fn looks(label: &str) -> String {
    label.nfkc().filter(|c| *c == ' ' || !is_invisible(*c)).collect::<String>().to_lowercase()
}

impl VoteOptions {
    /// The most choices on one ballot.
    pub const MAX: usize = 200;

    /// Checks a list of choices.
    ///
    /// # Errors
    /// [`VoteOptionsError`] when it is empty, too long, or has a choice twice.
    pub fn new(labels: Vec<OptionLabel>) -> Result<Self, VoteOptionsError> {
        if labels.is_empty() {
            return Err(VoteOptionsError::Empty);
        }
        if labels.len() > Self::MAX {
            return Err(VoteOptionsError::TooMany);
        }
        let mut seen = std::collections::HashSet::new();
        for label in &labels {
            if !seen.insert(looks(label.as_str())) {
                return Err(VoteOptionsError::Twice(label.to_string()));
            }
        }
        Ok(Self(labels))
    }

    /// The choices in order.
    pub fn labels(&self) -> &[OptionLabel] {
        &self.0
    }

    /// The position of a choice, found without regard to case.
    pub fn position(&self, text: &str) -> Option<usize> {
        let text = looks(text.trim());
        self.0.iter().position(|label| looks(label.as_str()) == text)
    }
}

/// Which choice of a motion means what, as positions in its [`VoteOptions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MotionOptions {
    /// The choice that counts in favour.
    pub in_favour: usize,
    /// The choice that counts against.
    pub against: usize,
    /// The choice that abstains, when there is one.
    pub abstain: Option<usize>,
}

const IN_FAVOUR: &[&str] = &[
    "yes",
    "yea",
    "yay",
    "aye",
    "for",
    "in favour",
    "in favor",
    "approve",
    "accept",
    "agree",
    "pass",
    "adopt",
];
const AGAINST: &[&str] =
    &["no", "nay", "against", "oppose", "reject", "disapprove", "disagree", "fail", "decline"];
const ABSTAIN: &[&str] = &["abstain", "abstention", "abstaining", "present"];

fn is_one_of(words: &[&str], label: &OptionLabel) -> bool {
    words.contains(&label.as_str().to_lowercase().as_str())
}

impl MotionOptions {
    /// Recognizes the usual English words; `None` when that is not possible beyond doubt.
    pub fn recognize(options: &VoteOptions) -> Option<Self> {
        let only = |words: &[&str]| {
            let mut found = options
                .labels()
                .iter()
                .enumerate()
                .filter(|(_, label)| is_one_of(words, label))
                .map(|(at, _)| at);
            match (found.next(), found.next()) {
                (first, None) => Some(first),
                _ => None,
            }
        };
        let found = Self { in_favour: only(IN_FAVOUR)??, against: only(AGAINST)??, abstain: only(ABSTAIN)? };
        found.covers(options).then_some(found)
    }

    fn covers(&self, options: &VoteOptions) -> bool {
        let mut positions: Vec<usize> =
            [self.in_favour, self.against].into_iter().chain(self.abstain).collect();
        positions.sort_unstable();
        positions.into_iter().eq(0..options.labels().len())
    }
}

/// A motion decided by a majority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MajorityMethod {
    /// How many votes in favour are needed.
    pub majority: Majority,
    /// Which choice means what.
    pub options: MotionOptions,
}

/// How the votes are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Method {
    /// In favour, against, abstaining.
    Majority(MajorityMethod),
    /// An election by a method of the counting crate.
    Election(Box<ElectionMethod>),
}

impl Method {
    /// The published name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Majority(_) => "majority",
            Self::Election(method) => method.info().name,
        }
    }
}

/// Why choices and method do not go together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MethodError {
    /// It is not clear which choice means yes.
    #[error(
        "a motion has one option in favour, one against and at most one to abstain, such as \
         [\"yes\", \"no\", \"abstain\"]; for other words say which is which with method.in_favour, \
         method.against and method.abstain"
    )]
    UnclearOptions,
    /// More than the whole is asked for.
    #[error("must lie between 0 and 1")]
    ThresholdAboveOne,
    /// Strictly more than everyone.
    #[error("nothing can be more than all of the votes; use the comparison \"at_least\"")]
    ThresholdUnreachable,
}

/// The choices together with a method that fits them; cannot be built otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ballot {
    options: VoteOptions,
    method: Method,
}

impl Ballot {
    /// A motion. Without `roles` the usual words are recognized.
    ///
    /// # Errors
    /// [`MethodError`] when it is unclear what means yes, or the threshold cannot be reached.
    pub fn motion(
        options: VoteOptions,
        majority: Majority,
        roles: Option<MotionOptions>,
    ) -> Result<Self, MethodError> {
        let roles =
            roles.or_else(|| MotionOptions::recognize(&options)).ok_or(MethodError::UnclearOptions)?;
        if !roles.covers(&options) {
            return Err(MethodError::UnclearOptions);
        }
        check_majority(&majority)?;
        Ok(Self { options, method: Method::Majority(MajorityMethod { majority, options: roles }) })
    }

    /// The choice that abstains in an election where nobody says which: one called "abstain".
    pub fn usual_abstention(options: &VoteOptions) -> Option<usize> {
        options.labels().iter().position(|label| is_one_of(&["abstain", "abstention"], label))
    }

    /// An election.
    ///
    /// # Errors
    /// [`FieldErrors`] by the names of the fields in the data of an event.
    pub fn election(options: VoteOptions, wish: &ElectionWish) -> Result<Self, FieldErrors> {
        let method = ElectionMethod::new(wish, &options)?;
        Ok(Self { options, method: Method::Election(Box::new(method)) })
    }

    /// An election of one by most votes. The choice at `abstain` stands for no candidate.
    ///
    /// # Errors
    /// [`FieldErrors`] when nothing but an abstention is left.
    pub fn plurality(options: VoteOptions, abstain: Option<usize>) -> Result<Self, FieldErrors> {
        Self::election(options, &ElectionWish { abstain, ..ElectionWish::default() })
    }

    /// The same ballot with the options that the organization's rules put on every ballot of an election. An option that
    /// is there already by that name is taken for it; lists have no such options.
    ///
    /// # Errors
    /// [`FieldErrors`] when there are too many options then.
    pub fn with_usual_options(self, rules: &ElectionRules) -> Result<Self, FieldErrors> {
        let Method::Election(method) = &self.method else { return Ok(self) };
        if method.elects_lists() {
            return Ok(self);
        }
        let mut labels = self.options.labels().to_vec();
        let mut others = method.others();
        for (at, label) in [(1, &rules.reopen_nominations), (2, &rules.none_of_the_above)] {
            if let (None, Some(label)) = (others[at], label) {
                let known = labels.iter().position(|known| looks(known.as_str()) == looks(label.as_str()));
                others[at] = Some(known.unwrap_or(labels.len()));
                if known.is_none() {
                    labels.push(label.clone());
                }
            }
        }
        if others == method.others() {
            return Ok(self);
        }
        let options = VoteOptions::new(labels).map_err(|error| FieldErrors::one("vote_options", error))?;
        let mut wish = method.wish_again(method.seats(), others);
        wish.parameters.extend(method.seed().map(|seed| ("seed".to_owned(), seed.to_owned())));
        Self::election(options, &wish)
    }

    /// The same election for fewer options and so many seats: those that stand again, and the options that are no candidates.
    /// `None` when nothing is left to elect.
    pub(crate) fn narrowed(
        &self,
        method: &ElectionMethod,
        stands: impl Fn(&str) -> bool,
        seats: u32,
    ) -> Option<Self> {
        let kept: Vec<usize> = (0..self.options.labels().len())
            .filter(|at| !method.is_candidate(*at) || stands(self.options.labels()[*at].as_str()))
            .collect();
        let labels = kept.iter().map(|at| self.options.labels()[*at].clone()).collect();
        let options = VoteOptions::new(labels).ok()?;
        let moved = |at: Option<usize>| at.and_then(|at| kept.iter().position(|kept| *kept == at));
        let wish = method.wish_again(seats, method.others().map(moved));
        Self::election(options, &wish).ok()
    }

    /// The same with ties as the organization's rules settle them, where nothing was said about them.
    #[must_use]
    pub fn under(self, rule: ElectionTie) -> Self {
        let method = match self.method {
            Method::Election(method) => Method::Election(Box::new(method.under(rule))),
            majority @ Method::Majority(_) => majority,
        };
        Self { options: self.options, method }
    }

    /// The same with a seed for the lots that have none.
    #[must_use]
    pub fn with_seed(self, seed: &str) -> Self {
        let method = match self.method {
            Method::Election(method) => Method::Election(Box::new(method.with_seed(seed))),
            majority @ Method::Majority(_) => majority,
        };
        Self { options: self.options, method }
    }

    /// Whether lots are wanted whose seed is still to be drawn.
    pub fn wants_seed(&self) -> bool {
        matches!(&self.method, Method::Election(method) if method.wants_seed())
    }

    /// What lots are drawn from; `None` when no lot is drawn, or its seed is not drawn yet.
    pub fn seed(&self) -> Option<&str> {
        match &self.method {
            Method::Election(method) => method.seed(),
            Method::Majority(_) => None,
        }
    }

    /// The choices.
    pub const fn options(&self) -> &VoteOptions {
        &self.options
    }

    /// How the votes are counted.
    pub const fn method(&self) -> &Method {
        &self.method
    }

    /// What kind of decision this method serves.
    pub const fn event_type(&self) -> EventType {
        match self.method {
            Method::Majority(_) => EventType::Motion,
            Method::Election(_) => EventType::Election,
        }
    }
}

/// Passes when a majority can be reached at all.
///
/// # Errors
/// [`MethodError::ThresholdAboveOne`] or [`MethodError::ThresholdUnreachable`].
pub fn check_majority(majority: &Majority) -> Result<(), MethodError> {
    if majority.threshold > Fraction::ONE {
        return Err(MethodError::ThresholdAboveOne);
    }
    if majority.threshold == Fraction::ONE && majority.comparison == Comparison::MoreThan {
        return Err(MethodError::ThresholdUnreachable);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(labels: &[&str]) -> VoteOptions {
        let labels = labels.iter().map(|label| OptionLabel::parse(label).expect("a label")).collect();
        VoteOptions::new(labels).expect("options")
    }

    #[test]
    fn usual_words_are_recognized_wherever_they_stand() {
        let found = MotionOptions::recognize(&options(&["No", "Abstain", "Yes"]));
        assert_eq!(found, Some(MotionOptions { in_favour: 2, against: 0, abstain: Some(1) }));
        let found = MotionOptions::recognize(&options(&["for", "against"]));
        assert_eq!(found, Some(MotionOptions { in_favour: 0, against: 1, abstain: None }));
    }

    #[test]
    fn doubtful_words_are_not_guessed() {
        for labels in
            [&["Ja", "Nein"][..], &["yes", "aye", "no"], &["yes", "no", "maybe"], &["yes"], &["yes", "x"]]
        {
            let refused = Ballot::motion(options(labels), Majority::SIMPLE, None);
            assert_eq!(refused, Err(MethodError::UnclearOptions), "{labels:?}");
        }
        let roles = MotionOptions { in_favour: 1, against: 0, abstain: None };
        assert!(Ballot::motion(options(&["Nein", "Ja"]), Majority::SIMPLE, Some(roles)).is_ok());
        let overlap = MotionOptions { in_favour: 0, against: 0, abstain: Some(1) };
        assert!(Ballot::motion(options(&["Nein", "Ja"]), Majority::SIMPLE, Some(overlap)).is_err());
    }

    #[test]
    fn more_than_everyone_is_refused() {
        let all = Majority { threshold: Fraction::ONE, ..Majority::SIMPLE };
        assert_eq!(check_majority(&all), Err(MethodError::ThresholdUnreachable));
        assert_eq!(check_majority(&Majority { comparison: Comparison::AtLeast, ..all }), Ok(()));
    }

    #[test]
    fn choices_are_unique_without_regard_to_case() {
        let labels = ["Ann", "ann"].map(|label| OptionLabel::parse(label).expect("a label"));
        assert_eq!(VoteOptions::new(labels.to_vec()), Err(VoteOptionsError::Twice("ann".into())));
        let labels = ["Ann", "A\u{200B}nn"].map(|label| OptionLabel::parse(label).expect("a label"));
        assert!(VoteOptions::new(labels.to_vec()).is_err(), "they look the same");
        assert_eq!(options(&["Ann", "Bob"]).position(" BOB "), Some(1));
    }

    #[test]
    fn an_abstention_cannot_be_elected() {
        assert_eq!(Ballot::usual_abstention(&options(&["Ann", "Abstain"])), Some(1));
        assert_eq!(Ballot::usual_abstention(&options(&["Present", "Ann"])), None);
        let ballot = Ballot::plurality(options(&["Ann", "Enthaltung"]), Some(1)).expect("a ballot");
        assert!(matches!(ballot.method(), Method::Election(method) if method.abstain() == Some(1)));
        assert!(Ballot::plurality(options(&["Abstain"]), Some(0)).is_err());
    }
}
