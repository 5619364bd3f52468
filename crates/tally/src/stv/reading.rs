//! How transferable-vote counts read a ballot, and the ballots made ready for them.

use std::borrow::Cow;

use crate::{
    ballots::{BlankBallots, EqualRanks, RankedBallots, RankingRules, Repeats, SkippedRanks, clean},
    election::Election,
    error::{BallotError, ParamError},
    method::{ParamInfo, Params},
    result::{Halt, Record},
};

/// What a method that wants strict orders makes of irregular ballots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Several candidates at one rank.
    pub equal_ranks: EqualRanks,
    /// The longest gap of empty ranks a ballot survives; `None`: any, later preferences move up.
    pub max_skipped: Option<u32>,
    /// A name met a second time.
    pub repeats: Repeats,
}

impl Default for Reading {
    fn default() -> Self {
        Self { equal_ranks: EqualRanks::Stop, max_skipped: None, repeats: Repeats::FirstCounts }
    }
}

const EQUAL: [(&str, EqualRanks); 5] = [
    ("stop", EqualRanks::Stop),
    ("skip", EqualRanks::Skip),
    ("split", EqualRanks::Split),
    ("invalid", EqualRanks::Invalid),
    ("refuse", EqualRanks::Refuse),
];

const REPEATS: [(&str, Repeats); 3] =
    [("first-counts", Repeats::FirstCounts), ("stop", Repeats::Stop), ("invalid", Repeats::Invalid)];

pub(super) const EQUAL_RANKS: ParamInfo = ParamInfo {
    name: "equal-ranks",
    values: "stop (the ballot counts up to that rank), skip (that rank is passed over), split (into all orders, evenly), \
             invalid, refuse",
    default: "stop",
};
pub(super) const MAX_SKIPPED: ParamInfo = ParamInfo {
    name: "max-skipped-ranks-allowed",
    values: "a number, or unlimited; a longer gap ends the ballot",
    default: "unlimited",
};
pub(super) const REPEATED: ParamInfo = ParamInfo {
    name: "repeats",
    values: "first-counts, stop (the ballot counts up to the repeated name), invalid",
    default: "first-counts",
};

pub(super) fn word_of<T: PartialEq>(choices: &[(&'static str, T)], value: &T) -> &'static str {
    choices.iter().find(|(_, choice)| choice == value).map_or("", |(word, _)| word)
}

impl Reading {
    pub(super) fn build(params: &mut Params) -> Result<Self, ParamError> {
        let equal_ranks = params.take_choice(&[EQUAL_RANKS.name], &EQUAL)?;
        let (max_skipped, repeats) = Self::build_gaps(params)?;
        Ok(Self { equal_ranks: equal_ranks.unwrap_or(EqualRanks::Stop), max_skipped, repeats })
    }

    /// The parameters besides equal ranks, for methods that treat those in their own way.
    pub(super) fn build_gaps(params: &mut Params) -> Result<(Option<u32>, Repeats), ParamError> {
        let max_skipped = limit(params, MAX_SKIPPED.name, "unlimited")?;
        let repeats = params.take_choice(&[REPEATED.name], &REPEATS)?;
        Ok((max_skipped, repeats.unwrap_or(Repeats::FirstCounts)))
    }

    pub(super) fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut said = vec![(EQUAL_RANKS.name, word_of(&EQUAL, &self.equal_ranks).to_owned())];
        said.extend(gap_parameters(self.max_skipped, self.repeats));
        said
    }

    const fn rules(&self) -> RankingRules {
        RankingRules {
            equal: self.equal_ranks,
            skipped: match self.max_skipped {
                None => SkippedRanks::CloseUp,
                Some(most) => SkippedRanks::AtMost(most),
            },
            repeats: self.repeats,
            blanks: BlankBallots::SetAside,
        }
    }

    /// The ballots under these rules, blank ones set aside; what was set aside is noted in the record.
    pub(super) fn prepare<'a>(&self, record: &mut Record<'a>) -> Result<Cow<'a, RankedBallots>, Halt> {
        let ballots = record.ranked()?;
        let election = record.election();
        if is_strict(election, ballots) {
            // Nothing to treat, and nothing to merge again.
            return Ok(Cow::Borrowed(ballots));
        }
        let cleaned = clean(election, ballots, &self.rules())?;
        record.note_cleaned(&cleaned);
        Ok(Cow::Owned(cleaned.ballots))
    }
}

pub(super) fn gap_parameters(max_skipped: Option<u32>, repeats: Repeats) -> [(&'static str, String); 2] {
    let skipped = max_skipped.map_or("unlimited".to_owned(), |most| most.to_string());
    [(MAX_SKIPPED.name, skipped), (REPEATED.name, word_of(&REPEATS, &repeats).to_owned())]
}

/// A number, or a word for "no limit".
pub(super) fn limit(params: &mut Params, name: &str, word: &str) -> Result<Option<u32>, ParamError> {
    let Some(value) = params.take(&[name]) else {
        return Ok(None);
    };
    match value.trim().to_lowercase().as_str() {
        "unlimited" | "max" => Ok(None),
        number => number.parse().map(Some).map_err(|_| ParamError::BadValue {
            name: name.to_owned(),
            value: value.clone(),
            expected: format!("a whole number or `{word}`"),
        }),
    }
}

/// A number of decimal places.
pub(super) fn places(params: &mut Params, names: &[&str], default: u8) -> Result<u8, ParamError> {
    let Some(digits) = params.take_u32(names)? else {
        return Ok(default);
    };
    u8::try_from(digits).ok().filter(|digits| *digits <= crate::numbers::MAX_DIGITS).ok_or_else(|| {
        ParamError::BadValue {
            name: names.first().copied().unwrap_or_default().to_owned(),
            value: digits.to_string(),
            expected: format!("at most {}", crate::numbers::MAX_DIGITS),
        }
    })
}

/// Whether every ballot is a strict order without gaps, repeats, withdrawn names or blanks.
fn is_strict(election: &Election, ballots: &RankedBallots) -> bool {
    let mut seen = vec![0_u32; ballots.candidates()];
    for candidate in election.all().filter(|one| election.is_withdrawn(*one)) {
        seen[candidate.index()] = u32::MAX;
    }
    let mut stamp = 0_u32;
    ballots.iter().all(|(_, mut marks)| {
        stamp += 1;
        marks.len() > 0
            && marks.all(|mark| match mark.candidate() {
                Some(candidate) if !mark.is_shared() => {
                    let last = &mut seen[candidate.index()];
                    let fresh = *last < stamp;
                    if fresh {
                        *last = stamp;
                    }
                    fresh
                }
                _ => false,
            })
    })
}

/// The error of an election nobody could count this way.
pub(super) fn too_large() -> BallotError {
    BallotError::TooManyMarks { max: u32::MAX as usize }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::election::Candidate;

    #[test]
    fn strict_ballots_are_told_from_others() -> Result<(), BallotError> {
        let strict = |ranks: &[&[usize]]| -> Result<bool, BallotError> {
            let mut builder = RankedBallots::builder(4);
            builder.push_ranks(1, &[&[0], &[1]])?;
            builder.push_ranks(1, ranks)?;
            let ballots = builder.finish();
            let election = Election::new("", ["a", "b", "c", "d"], 1, ballots.clone())?
                .with_withdrawn(&[Candidate::at(3)?]);
            Ok(is_strict(&election, &ballots))
        };
        assert!(strict(&[&[2], &[1], &[0]])?);
        assert!(!strict(&[&[2], &[], &[0]])?);
        assert!(!strict(&[&[2, 1]])?);
        assert!(!strict(&[&[2], &[2]])?);
        assert!(!strict(&[&[3]])?);
        assert!(!strict(&[])?);
        Ok(())
    }
}
