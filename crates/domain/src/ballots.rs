//! From the votes of an event to the ballots of the counting crate.

use plenum_tally::ballots::UNMARKED;
use plenum_tally::method::BallotForm;
use plenum_tally::{
    ApprovalBallots, BallotError, Ballots, CountError, CountResult, Election, RankedBallots, ScoreBallots,
    TieRule,
};

use crate::event::{Ballot, ElectionMethod, Method, VoteOptions};
use crate::field::FieldErrors;
use crate::vote::Response;

/// How many ballots are made up for a rehearsal.
const REHEARSED: usize = 8;

/// The candidates of an election: all options but the one that abstains.
struct Candidates {
    names: Vec<String>,
    /// By position in the options: the place in `names`.
    places: Vec<Option<usize>>,
}

impl Candidates {
    fn of(options: &VoteOptions, abstain: Option<usize>) -> Self {
        let mut names = Vec::new();
        let mut places = Vec::new();
        for (at, label) in options.labels().iter().enumerate() {
            let stands = abstain != Some(at);
            places.push(stands.then_some(names.len()));
            if stands {
                names.push(label.to_string());
            }
        }
        Self { names, places }
    }

    fn place(&self, option: usize) -> Option<usize> {
        self.places.get(option).copied().flatten()
    }

    fn places(&self, options: &[usize]) -> Vec<usize> {
        options.iter().filter_map(|option| self.place(*option)).collect()
    }
}

/// The votes as the ballots of an election.
///
/// Who chose to abstain put nothing into the box; a ballot without a mark is counted as blank, and what that means is the
/// method's to say. Votes without weight are left out. The order of the votes plays no part, not even where ballots are drawn
/// by lot: they are put in an order of their own first.
///
/// # Errors
/// [`BallotError`] when the weights together are too large.
pub(crate) fn election(
    options: &VoteOptions,
    method: &ElectionMethod,
    votes: &[(&Response, u64)],
) -> Result<Election, BallotError> {
    let candidates = Candidates::of(options, method.abstain());
    let cast = votes.iter().filter(|(_, weight)| *weight > 0);
    let ballots = match method.form() {
        BallotForm::Scores { highest, .. } => scores(&candidates, highest.unwrap_or(0), cast)?,
        form => {
            let mut marked: Vec<(Vec<usize>, u64)> = cast
                .filter_map(|(response, weight)| {
                    Some((candidates.places(&named(response, method)?), *weight))
                })
                .collect();
            marked.sort_unstable();
            if matches!(form, BallotForm::Set { .. }) {
                approvals(candidates.names.len(), &marked)?
            } else {
                ranked(candidates.names.len(), &marked)?
            }
        }
    };
    Election::new("", candidates.names, method.seats(), ballots)
}

/// The options named, in order; `None` for an abstention.
fn named(response: &Response, method: &ElectionMethod) -> Option<Vec<usize>> {
    match response {
        Response::One(at) if method.abstain() == Some(*at) => None,
        Response::One(at) => Some(vec![*at]),
        Response::Set(positions) | Response::Ranking(positions) => Some(positions.clone()),
        Response::Scores(scores) => Some(scores.iter().map(|(at, _)| *at).collect()),
        // Its parts are ballots of their own.
        Response::Split(_) => None,
    }
}

fn ranked(candidates: usize, votes: &[(Vec<usize>, u64)]) -> Result<Ballots, BallotError> {
    let mut builder = RankedBallots::builder(candidates);
    for (order, weight) in votes {
        builder.push_order(*weight, order)?;
    }
    Ok(builder.finish().into())
}

fn approvals(candidates: usize, votes: &[(Vec<usize>, u64)]) -> Result<Ballots, BallotError> {
    let mut builder = ApprovalBallots::builder(candidates);
    for (approved, weight) in votes {
        builder.push(*weight, approved)?;
    }
    Ok(builder.finish().into())
}

fn scores<'a>(
    candidates: &Candidates,
    highest: u16,
    votes: impl Iterator<Item = &'a (&'a Response, u64)>,
) -> Result<Ballots, BallotError> {
    let mut rows = Vec::new();
    for (response, weight) in votes {
        let Response::Scores(scores) = response else { continue };
        let mut row = vec![UNMARKED; candidates.names.len()];
        for (option, score) in scores {
            if let Some(slot) = candidates.place(*option).and_then(|place| row.get_mut(place)) {
                *slot = *score;
            }
        }
        rows.push((row, *weight));
    }
    rows.sort_unstable();
    let mut builder = ScoreBallots::builder(candidates.names.len(), highest);
    for (row, weight) in rows {
        builder.push(weight, &row)?;
    }
    Ok(builder.finish().into())
}

impl Ballot {
    /// Passes when the method counts made-up ballots for these options, so that what it cannot count is found before anybody
    /// votes. Takes as long as a count does: for a draft, not for each look at it.
    ///
    /// # Errors
    /// [`FieldErrors`] with the reason.
    pub fn rehearse(&self) -> Result<(), FieldErrors> {
        match self.method() {
            Method::Majority(_) => Ok(()),
            Method::Election(method) => method.rehearse(self.options()).map_err(|error| {
                FieldErrors::one("method", format!("cannot be counted with these options: {error}"))
            }),
        }
    }
}

impl ElectionMethod {
    /// Counts ballots.
    pub(crate) fn count(&self, election: &Election) -> Result<CountResult, CountError> {
        plenum_tally::count(self.method(), election)
    }

    /// Counts made-up ballots, none at first and then a few.
    fn rehearse(&self, options: &VoteOptions) -> Result<(), CountError> {
        let standing: Vec<usize> =
            (0..options.labels().len()).filter(|at| self.abstain() != Some(*at)).collect();
        let mut order = standing.clone();
        let made_up: Vec<Response> = standing
            .iter()
            .take(REHEARSED)
            .map(|_| {
                order.rotate_left(1);
                self.made_up(&order)
            })
            .collect();
        let weighted: Vec<(&Response, u64)> = made_up.iter().zip(1..).collect();
        // Ties are separated without anybody, so that the count goes to its end.
        let lot = TieRule::Lot { seed: "rehearsal".to_owned() };
        let method = self.method().clone().with_ties([lot]);
        for votes in [&[], weighted.as_slice()] {
            plenum_tally::count(&method, &election(options, self, votes)?)?;
        }
        Ok(())
    }

    /// A ballot that says as much as one can.
    fn made_up(&self, order: &[usize]) -> Response {
        let up_to = |most: Option<u32>| {
            let most = most.map_or(order.len(), |most| most as usize);
            order.iter().copied().take(most).collect::<Vec<_>>()
        };
        match self.form() {
            BallotForm::One => Response::Ranking(up_to(Some(1))),
            BallotForm::Set { most } => Response::Set(up_to(most)),
            BallotForm::Ranking { most } => Response::Ranking(up_to(most)),
            BallotForm::Scores { highest, together, .. } => {
                let highest = highest.unwrap_or(0);
                let mut left = together.unwrap_or(u32::MAX);
                let scores = order.iter().zip((0..=highest).rev().cycle()).map(|(at, score)| {
                    let score = score.min(u16::try_from(left).unwrap_or(u16::MAX));
                    left -= u32::from(score);
                    (*at, score)
                });
                Response::Scores(scores.collect())
            }
        }
    }
}
