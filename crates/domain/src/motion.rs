//! Motions beside their vote: the text and how it came about, mover and seconder, amendments,
//! reconsideration, withdrawal.

use crate::event::{Event, EventState, EventType};
use crate::id::{EventId, UserId};
use crate::result::Outcome;
use crate::session::Session;
use crate::text::{MotionText, Reason};
use crate::{Moment, Refusal};

/// What an amendment does to the text of the motion it amends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amendment {
    /// The words it replaces, which stand in the text exactly once; empty: it adds to the end.
    pub replaces: MotionText,
    /// The words it puts there; empty: it strikes out.
    pub inserts: MotionText,
}

/// How a motion is tied to another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// It amends a motion; when it is adopted and released, that motion's text changes.
    Amends {
        /// The motion it amends.
        main: EventId,
        /// What it does to its text.
        change: Amendment,
    },
    /// It puts a decided motion to the vote again.
    Reconsiders(EventId),
}

impl Link {
    /// The motion it is tied to.
    pub const fn target(&self) -> EventId {
        match self {
            Self::Amends { main, .. } => *main,
            Self::Reconsiders(decided) => *decided,
        }
    }
}

/// One state of a motion's text. Written once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextVersion {
    /// Counted from 1.
    pub number: u32,
    /// The whole text.
    pub text: MotionText,
    /// Since when.
    pub at: Moment,
    /// Who wrote it, or released the amendment that made it.
    pub by_user_id: UserId,
    /// The amendment that made it, with what it did; `None` for a text written by hand.
    pub amendment: Option<(EventId, Amendment)>,
}

/// That a motion was taken back before it was voted on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// When.
    pub at: Moment,
    /// Who did it.
    pub by_user_id: UserId,
    /// Their reason, when they gave one.
    pub reason: Option<Reason>,
}

/// What is known of a motion beside its vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Motion {
    /// The event it is voted on as.
    pub event_id: EventId,
    /// Who moves it.
    pub mover: Option<UserId>,
    /// Who seconds it.
    pub seconder: Option<UserId>,
    /// What it amends or reconsiders.
    pub link: Option<Link>,
    /// Its text, the oldest version first; empty when none was written.
    pub texts: Vec<TextVersion>,
    /// That it was withdrawn.
    pub withdrawal: Option<Withdrawal>,
}

impl Amendment {
    /// The text with the amendment in it.
    ///
    /// # Errors
    /// [`Refusal::AmendmentTextNotFound`], [`Refusal::AmendmentTextAmbiguous`], or
    /// [`Refusal::AmendedTextTooLong`].
    pub fn apply(&self, text: &MotionText) -> Result<MotionText, Refusal> {
        let (text, replaces, inserts) = (text.as_str(), self.replaces.as_str(), self.inserts.as_str());
        let amended = if replaces.is_empty() {
            [text, inserts].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("\n\n")
        } else {
            let (before, after) = text.split_once(replaces).ok_or(Refusal::AmendmentTextNotFound)?;
            // Looked for from the second letter of the first place on, so that places that overlap count.
            let first = replaces.chars().next().map_or(0, char::len_utf8);
            if text[before.len() + first..].contains(replaces) {
                return Err(Refusal::AmendmentTextAmbiguous);
            }
            format!("{before}{inserts}{after}")
        };
        MotionText::parse(&amended).map_err(|_| Refusal::AmendedTextTooLong)
    }
}

impl Motion {
    /// A motion of which nothing is known yet.
    pub const fn new(event_id: EventId) -> Self {
        Self { event_id, mover: None, seconder: None, link: None, texts: Vec::new(), withdrawal: None }
    }

    /// Everyone it names: who moved, seconded, wrote or withdrew it, each once, by id.
    pub fn people(&self) -> Vec<UserId> {
        let written = self.texts.iter().map(|version| version.by_user_id);
        let withdrawn = self.withdrawal.iter().map(|withdrawal| withdrawal.by_user_id);
        let named = self.mover.into_iter().chain(self.seconder).chain(written).chain(withdrawn);
        named.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
    }

    /// The text as it is now.
    pub fn text(&self) -> Option<&MotionText> {
        self.texts.last().map(|version| &version.text)
    }

    /// Passes while it was not withdrawn.
    ///
    /// # Errors
    /// [`Refusal::MotionWithdrawn`].
    pub const fn require_standing(&self) -> Result<(), Refusal> {
        if self.withdrawal.is_some() { Err(Refusal::MotionWithdrawn) } else { Ok(()) }
    }

    /// The next version of its text; `None` when the text is what it was.
    pub fn next_text(
        &self,
        text: MotionText,
        by: UserId,
        now: Moment,
        amendment: Option<(EventId, Amendment)>,
    ) -> Option<TextVersion> {
        if amendment.is_none() && self.text() == Some(&text) {
            return None;
        }
        let number = self.texts.last().map_or(1, |version| version.number.saturating_add(1));
        Some(TextVersion { number, text, at: now, by_user_id: by, amendment })
    }

    /// Takes it back, by its mover or by the chair, before it is voted on.
    ///
    /// # Errors
    /// [`Refusal::MotionVoteBegun`] from the opening of its vote on, [`Refusal::MotionWithdrawn`],
    /// [`Refusal::NotTheMover`], [`Refusal::NotAMotion`], [`Refusal::SessionClosed`].
    pub fn withdraw(
        &self,
        event: &Event,
        session: &Session,
        by: UserId,
        conducts: bool,
        reason: Option<Reason>,
        now: Moment,
    ) -> Result<Withdrawal, Refusal> {
        require_motion(event)?;
        if !conducts && self.mover != Some(by) {
            return Err(Refusal::NotTheMover);
        }
        session.require_running()?;
        self.require_standing()?;
        if event.state != EventState::Draft {
            return Err(Refusal::MotionVoteBegun);
        }
        Ok(Withdrawal { at: now, by_user_id: by, reason })
    }
}

/// Passes for a motion.
///
/// # Errors
/// [`Refusal::NotAMotion`].
pub fn require_motion(event: &Event) -> Result<(), Refusal> {
    match event.event_type() {
        EventType::Motion => Ok(()),
        EventType::Election => Err(Refusal::NotAMotion),
    }
}

/// Passes when the motion may be opened as far as its amendments go: none of them is being voted on or
/// waits for its result to be released.
///
/// # Errors
/// [`Refusal::AmendmentPending`].
pub fn require_amendments_settled(amendments: &[Event]) -> Result<(), Refusal> {
    let pending = amendments
        .iter()
        .any(|event| matches!(event.state, EventState::Active { .. } | EventState::Closed(_)));
    if pending { Err(Refusal::AmendmentPending) } else { Ok(()) }
}

/// Passes when a motion may be put to the vote again: it was decided, and everybody knows how.
///
/// # Errors
/// [`Refusal::NotAMotion`], [`Refusal::NotDecided`].
pub fn require_decided(event: &Event, outcome: Option<Outcome>) -> Result<(), Refusal> {
    require_motion(event)?;
    match (&event.state, outcome) {
        (EventState::Released { .. }, Some(Outcome::Adopted | Outcome::Rejected)) => Ok(()),
        _ => Err(Refusal::NotDecided),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> MotionText {
        MotionText::parse(text).expect("a text")
    }

    fn amended(before: &str, replaces: &str, inserts: &str) -> Result<String, Refusal> {
        let change = Amendment { replaces: text(replaces), inserts: text(inserts) };
        change.apply(&text(before)).map(|text| text.to_string())
    }

    #[test]
    fn an_amendment_replaces_strikes_and_adds() {
        let motion = "The senate buys 20 chairs.";
        assert_eq!(amended(motion, "20 chairs", "30 stools"), Ok("The senate buys 30 stools.".into()));
        assert_eq!(amended("Buy 20 red chairs.", "red", "blue"), Ok("Buy 20 blue chairs.".into()));
        assert_eq!(amended(motion, "", "In June."), Ok("The senate buys 20 chairs.\n\nIn June.".into()));
        assert_eq!(amended("", "", "In June."), Ok("In June.".into()));
    }

    #[test]
    fn an_amendment_says_beyond_doubt_where() {
        assert_eq!(amended("One chair", "table", "x"), Err(Refusal::AmendmentTextNotFound));
        assert_eq!(amended("red, red", "red", "x"), Err(Refusal::AmendmentTextAmbiguous));
        assert_eq!(amended("aaa", "aa", "x"), Err(Refusal::AmendmentTextAmbiguous), "places may overlap");
        assert_eq!(amended("żżż", "żż", "x"), Err(Refusal::AmendmentTextAmbiguous));
        let long = "x".repeat(MotionText::MAX);
        assert_eq!(amended(&long, "", "y"), Err(Refusal::AmendedTextTooLong));
    }

    #[test]
    fn versions_are_counted_and_the_same_text_is_none() {
        let mut motion = Motion::new(EventId::new(1));
        let (ann, now) = (UserId::new(1), Moment::default());
        let first = motion.next_text(text("One"), ann, now, None).expect("the first");
        assert_eq!(first.number, 1);
        motion.texts.push(first);
        assert_eq!(motion.next_text(text("One"), ann, now, None), None);
        assert_eq!(motion.next_text(text("Two"), ann, now, None).map(|version| version.number), Some(2));
    }
}
