//! Several marks on a ballot, each one vote: block vote and limited vote.

use super::{ChoiceMethod, sums::Largest};
use crate::{
    ballots::Ballots,
    error::ParamError,
    method::{BallotForm, CountingRule, MethodInfo, ParamInfo, Params, Rule, SeatRule},
    numbers::Figure,
    result::{Halt, Record},
};

/// What there is to know about the block vote.
pub(super) const BLOCK: MethodInfo = MethodInfo {
    name: "block-vote",
    aliases: &["block", "bloc-vote", "plurality-at-large"],
    title: "Block vote",
    ballots: &["approval"],
    seats: SeatRule::Any,
    parameters: &[ParamInfo {
        name: "votes",
        values: "a number, or seats; the most marks a ballot may have",
        default: "seats",
    }],
    build: |params| build(params, false),
};

/// What there is to know about the limited vote.
pub(super) const LIMITED: MethodInfo = MethodInfo {
    name: "limited-vote",
    aliases: &["limited"],
    title: "Limited vote",
    ballots: &["approval"],
    seats: SeatRule::Any,
    parameters: &[ParamInfo {
        name: "votes",
        values: "a number, or seats (one fewer than there are); the most marks a ballot may have",
        default: "seats",
    }],
    build: |params| build(params, true),
};

/// A ballot marks up to so many candidates, each mark is a vote, and those with the most votes are elected. The block
/// vote gives as many votes as there are seats, the limited vote fewer.
///
/// A ballot with more marks than allowed, of candidates who stand, is invalid; one with fewer is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Whether it is the limited vote.
    pub limited: bool,
    /// Votes per ballot; `None`: as many as seats, or one fewer in the limited vote, but at least one.
    pub votes: Option<u32>,
}

fn build(params: &mut Params, limited: bool) -> Result<Rule, ParamError> {
    let votes = if params.take_if(&["votes"], |value| value == "seats").is_some() {
        None
    } else {
        params.take_u32(&["votes", "votes-per-ballot"])?
    };
    Ok(Rule::Choice(ChoiceMethod::Block(Block { limited, votes })))
}

impl Block {
    /// The most marks on a ballot.
    fn most(&self, seats: u32) -> u32 {
        match self.votes {
            Some(votes) => votes,
            None if self.limited => seats.saturating_sub(1).max(1),
            None => seats,
        }
    }
}

impl CountingRule for Block {
    fn info(&self) -> &'static MethodInfo {
        if self.limited { &LIMITED } else { &BLOCK }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let votes = self.votes.map_or("seats".to_owned(), |votes| votes.to_string());
        vec![("votes", votes)]
    }

    fn form(&self, seats: u32) -> BallotForm {
        BallotForm::Set { most: Some(self.most(seats)) }
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        let election = record.election();
        let Ballots::Approval(ballots) = election.ballots() else {
            return Err(record.wrong_ballots("approval"));
        };
        let most = self.most(record.result.seats) as usize;
        let mut units = vec![0_u128; election.len()];
        let (mut blank, mut invalid) = (0, 0);
        for (weight, marks) in ballots.iter() {
            let standing = || marks.clone().filter(|candidate| !election.is_withdrawn(*candidate));
            match standing().count() {
                0 => blank += weight,
                marked if marked > most => invalid += weight,
                _ => {
                    for candidate in standing() {
                        units[candidate.index()] += u128::from(weight);
                    }
                }
            }
        }
        let scale = ballots.scale();
        record.result.ballots.blank = Figure::scaled(blank, scale);
        record.result.ballots.invalid = Figure::scaled(invalid, scale);
        record.result.figures.push(("votes_per_ballot", Figure::from(most as u64)));
        let among: Vec<_> = election.standing().collect();
        Largest { column: "totals", units: &units, scale, words: "votes", among: &among, one: false }
            .elect(record)
    }
}
