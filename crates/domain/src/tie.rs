//! Ties that wait for a decision: the chair's, or a lot that the server draws.

use plenum_tally::ties::{TieQuestion, permutation};
use plenum_tally::{Election, RankedBallots};

use crate::event::{Ballot, Method};
use crate::field::FieldErrors;
use crate::rules::MotionTie;

/// What is to be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Who goes out of the count.
    Exclude,
    /// Who is elected, or goes on.
    Elect,
    /// Who comes first.
    Order,
    /// Whether a motion with equal votes is adopted.
    CastingVote,
}

impl Question {
    /// The published word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exclude => "exclude",
            Self::Elect => "elect",
            Self::Order => "order",
            Self::CastingVote => "casting_vote",
        }
    }
}

impl From<TieQuestion> for Question {
    fn from(question: TieQuestion) -> Self {
        match question {
            TieQuestion::Exclude => Self::Exclude,
            TieQuestion::Elect => Self::Elect,
            TieQuestion::Order => Self::Order,
        }
    }
}

/// A decision that a result waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaited {
    /// What is to be decided.
    pub question: Question,
    /// Between which options.
    pub between: Vec<String>,
}

/// How ties are settled when an event is counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settling<'a> {
    /// What equal votes on a motion mean.
    pub motion: MotionTie,
    /// What was decided so far, in the order the ties are met: the option chosen.
    pub decisions: &'a [String],
}

impl Awaited {
    /// The option chosen, as the ballot writes it.
    ///
    /// # Errors
    /// [`FieldErrors`] when it is none of those between which a decision is needed.
    pub fn choose(&self, ballot: &Ballot, choice: &str) -> Result<String, FieldErrors> {
        let position = ballot.options().position(choice);
        let chosen = position.and_then(|at| ballot.options().labels().get(at)).map(ToString::to_string);
        chosen.filter(|chosen| self.between.contains(chosen)).ok_or_else(|| {
            FieldErrors::one(
                "choice",
                format!("must be one of those who are tied: {}", self.between.join(", ")),
            )
        })
    }

    /// The option that a lot drawn from this seed chooses: all options are put in the order that
    /// [`permutation`] draws, whoever stands first in it wins, and whoever stands last goes out.
    ///
    /// # Errors
    /// [`FieldErrors`] for a casting vote, which the chair gives in person.
    pub fn draw(&self, ballot: &Ballot, seed: &str) -> Result<String, FieldErrors> {
        let by_hand =
            || FieldErrors::one("by_lot", "a casting vote is given by the chair; say which in choice");
        let Method::Election(_) = ballot.method() else { return Err(by_hand()) };
        let names: Vec<String> = ballot.options().labels().iter().map(ToString::to_string).collect();
        let nobody = RankedBallots::builder(names.len()).finish();
        let election =
            Election::new("", names, 1, nobody).map_err(|error| FieldErrors::one("by_lot", error))?;
        let drawn = permutation(&election, seed);
        let mut tied = drawn
            .iter()
            .map(|one| election.name(*one))
            .filter(|name| self.between.iter().any(|one| one == name));
        let chosen = if self.question == Question::Exclude { tied.next_back() } else { tied.next() };
        chosen.map(str::to_owned).ok_or_else(by_hand)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::VoteOptions;
    use crate::text::OptionLabel;

    fn ballot() -> Ballot {
        let labels = ["Ann", "Bob", "Cy", "Di"].map(|name| OptionLabel::parse(name).expect("a label"));
        Ballot::plurality(VoteOptions::new(labels.to_vec()).expect("options"), None).expect("a ballot")
    }

    #[test]
    fn a_lot_is_drawn_among_the_tied_and_can_be_drawn_again() {
        // printf '2026\nAnn' | sha256sum, and so on, put them in the order Di, Ann, Bob, Cy.
        let awaited = |question| Awaited { question, between: vec!["Bob".to_owned(), "Ann".to_owned()] };
        assert_eq!(awaited(Question::Elect).draw(&ballot(), "2026"), Ok("Ann".to_owned()));
        assert_eq!(awaited(Question::Exclude).draw(&ballot(), "2026"), Ok("Bob".to_owned()));
    }

    #[test]
    fn only_the_tied_can_be_chosen() {
        let awaited =
            Awaited { question: Question::Elect, between: vec!["Ann".to_owned(), "Bob".to_owned()] };
        assert_eq!(awaited.choose(&ballot(), "bob"), Ok("Bob".to_owned()));
        assert!(awaited.choose(&ballot(), "Cy").is_err() && awaited.choose(&ballot(), "Zoe").is_err());
    }
}
