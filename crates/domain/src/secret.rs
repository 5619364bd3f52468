//! Secret votes: what goes into an envelope, when secrecy holds, and what may be published.

use std::collections::BTreeMap;

use crate::Refusal;
use crate::event::Ballot;
use crate::id::{EventId, UserId, UserSessionId};
use crate::organization::Weight;
use crate::result::{self, Bar, EventResult, RollLine};
use crate::roll::RollEntry;
use crate::tie::Settling;
use crate::vote::Response;

/// So many people must share a weight before figures do not tell how each of them voted.
pub const SMALLEST_CLASS: u64 = 5;

/// Contents are padded to a multiple of so many bytes.
const BLOCK: usize = 64;
/// Version and kind.
const HEADER: usize = 2;
/// What each option takes.
const CELL: usize = 4;
const VERSION: u8 = 1;
const CONTEXT: &[u8] = b"plenum vote v1";

/// What an envelope is bound to: it opens as the vote of this person, cast with this instance on this
/// event, and as no other.
pub fn context(event: EventId, instance: UserSessionId, principal: UserId) -> Vec<u8> {
    let ids = [event.get(), instance.get(), principal.get()];
    CONTEXT.iter().copied().chain(ids.into_iter().flat_map(i32::to_be_bytes)).collect()
}

/// What a vote looks like inside its envelope.
///
/// Every vote on a ballot has the same length: one cell for each option, whatever was chosen, and
/// zeros up to a multiple of 64 bytes.
pub fn pack(ballot: &Ballot, response: &Response) -> Vec<u8> {
    let options = ballot.options().labels().len();
    let mut bytes = vec![0; (HEADER + CELL * options).next_multiple_of(BLOCK)];
    let mut put = |option: usize, value: u32| {
        let at = HEADER + CELL * option;
        if let Some(cell) = bytes.get_mut(at..at + CELL) {
            cell.copy_from_slice(&value.to_be_bytes());
        }
    };
    let kind = match response {
        Response::One(option) => {
            put(*option, 1);
            1
        }
        Response::Set(options) => {
            for option in options {
                put(*option, 1);
            }
            2
        }
        Response::Ranking(options) => {
            for (rank, option) in (1..).zip(options) {
                put(*option, rank);
            }
            3
        }
        Response::Scores(scores) => {
            for (option, score) in scores {
                put(*option, u32::from(*score) + 1);
            }
            4
        }
        // Secret votes are never split; what is written here opens as no vote.
        Response::Split(_) => 0,
    };
    bytes[0] = VERSION;
    bytes[1] = kind;
    bytes
}

/// Reads what an envelope held; `None` for anything that [`pack`] does not write for a vote that fits
/// the ballot.
pub fn unpack(ballot: &Ballot, bytes: &[u8]) -> Option<Response> {
    let options = ballot.options().labels().len();
    let cells = bytes.get(HEADER..HEADER + CELL * options)?;
    let values: Vec<u32> =
        cells.chunks_exact(CELL).filter_map(|cell| cell.try_into().ok().map(u32::from_be_bytes)).collect();
    let given = || values.iter().enumerate().filter(|(_, value)| **value > 0);
    let response = match bytes.get(1)? {
        1 => Response::One(given().next()?.0),
        2 => Response::Set(given().map(|(option, _)| option).collect()),
        3 => {
            let mut ranked: Vec<(u32, usize)> = given().map(|(option, rank)| (*rank, option)).collect();
            ranked.sort_unstable();
            Response::Ranking(ranked.into_iter().map(|(_, option)| option).collect())
        }
        4 => Response::Scores(
            given().filter_map(|(option, value)| Some((option, u16::try_from(value - 1).ok()?))).collect(),
        ),
        _ => return None,
    };
    // One way to write a vote, so that nothing can be hidden in how it is written.
    (bytes == pack(ballot, &response) && fits(ballot, &response)).then_some(response)
}

fn fits(ballot: &Ballot, response: &Response) -> bool {
    Response::parse(ballot, &response.labels(ballot)).is_ok_and(|parsed| parsed == *response)
}

/// A weight that few people share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SmallClass {
    /// The weight.
    pub weight: Weight,
    /// How many have it.
    pub people: u64,
}

fn small_classes(weights: impl Iterator<Item = Weight>) -> Vec<SmallClass> {
    let mut classes: BTreeMap<Weight, u64> = BTreeMap::new();
    for weight in weights {
        *classes.entry(weight).or_default() += 1;
    }
    let small = classes.into_iter().filter(|(_, people)| *people < SMALLEST_CLASS);
    small.map(|(weight, people)| SmallClass { weight, people }).collect()
}

/// The weights on a roll that fewer than five people share, the smallest weight first.
pub fn small_classes_of(roll: &[RollEntry]) -> Vec<SmallClass> {
    small_classes(roll.iter().map(|entry| entry.weight))
}

/// Passes when enough people share each weight on the roll for a vote to be secret.
///
/// # Errors
/// [`Refusal::WeightClassTooSmall`].
pub fn require_large_classes(roll: &[RollEntry]) -> Result<(), Refusal> {
    match small_classes_of(roll).first() {
        None => Ok(()),
        Some(class) => Err(Refusal::WeightClassTooSmall {
            weight: class.weight.get(),
            people: class.people,
            least: SMALLEST_CLASS,
        }),
    }
}

/// What was in an envelope, with nothing to know it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BareBallot {
    /// How much it counts; `None` where every vote counts the same.
    pub weight: Option<Weight>,
    /// What was voted.
    pub response: Response,
}

/// A counted secret vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The result, which says in words where figures tell more than a secret vote should.
    pub result: EventResult,
    /// What was in the envelopes, still in the order of the votes; `None` where so few cast a vote of one
    /// weight that ballots would tell whose they are.
    pub ballots: Option<Vec<BareBallot>>,
}

/// Counts a secret vote.
pub fn count(
    ballot: &Ballot,
    settling: Settling<'_>,
    bar: impl Into<Bar>,
    roll: &[RollLine],
    votes: &[(UserId, Response)],
) -> Counted {
    let mut result = result::settle(ballot, settling, bar, roll, votes);
    let weights: BTreeMap<UserId, Weight> = roll.iter().map(|line| (line.principal, line.weight)).collect();
    let cast: Vec<(Weight, &Response)> =
        votes.iter().filter_map(|(principal, response)| Some((*weights.get(principal)?, response))).collect();
    let equal = cast.windows(2).all(|pair| pair[0].0 == pair[1].0);
    let hidden = !equal && !small_classes(cast.iter().map(|(weight, _)| *weight)).is_empty();
    if cast.len() > 1 && cast.windows(2).all(|pair| pair[0].1 == pair[1].1) {
        result.summary.push_str(
            " Everyone voted the same way, so this result tells how each of them voted although the vote was secret.",
        );
    }
    if hidden {
        result.summary.push_str(
            " Fewer than five of those who voted share a weight, so the figures may tell how they voted; the ballots \
             are not published.",
        );
    }
    let bare = |(weight, response): &(Weight, &Response)| BareBallot {
        weight: (!equal).then_some(*weight),
        response: (*response).clone(),
    };
    Counted { result, ballots: (!hidden).then(|| cast.iter().map(bare).collect()) }
}

/// Lays bare ballots on those who cast, each on somebody with its weight, so that they can be counted
/// again. Any such layout has the same figures; which of them is the true one nobody knows.
///
/// # Errors
/// [`Refusal::BallotsNotKept`] when there are not as many ballots of each weight as people cast.
pub fn lay_out(
    roll: &[RollLine],
    casters: &[UserId],
    ballots: Vec<BareBallot>,
) -> Result<Vec<(UserId, Response)>, Refusal> {
    let weights: BTreeMap<UserId, Weight> = roll.iter().map(|line| (line.principal, line.weight)).collect();
    let mut by_weight: BTreeMap<Option<Weight>, Vec<Response>> = BTreeMap::new();
    for ballot in ballots {
        by_weight.entry(ballot.weight).or_default().push(ballot.response);
    }
    let equal = by_weight.contains_key(&None);
    let mut votes = Vec::with_capacity(casters.len());
    for caster in casters {
        let weight = if equal { None } else { weights.get(caster).copied() };
        let response = by_weight.get_mut(&weight).and_then(Vec::pop).ok_or(Refusal::BallotsNotKept)?;
        votes.push((*caster, response));
    }
    if by_weight.values().all(Vec::is_empty) { Ok(votes) } else { Err(Refusal::BallotsNotKept) }
}

#[cfg(test)]
mod tests {
    use plenum_tally::motion::Majority;

    use super::{BareBallot, SMALLEST_CLASS, context, count, lay_out, pack, small_classes, unpack};
    use crate::Refusal;
    use crate::event::{Ballot, VoteOptions};
    use crate::id::{EventId, UserId, UserSessionId};
    use crate::organization::{QuorumRule, Weight};
    use crate::result::RollLine;
    use crate::text::OptionLabel;
    use crate::tie::Settling;
    use crate::vote::Response;

    fn motion() -> Ballot {
        let labels = ["yes", "no", "abstain"].map(|label| OptionLabel::parse(label).expect("a label"));
        Ballot::motion(VoteOptions::new(labels.to_vec()).expect("options"), Majority::SIMPLE, None)
            .expect("a ballot")
    }

    #[test]
    fn every_vote_has_the_same_length_and_comes_out_as_it_went_in() {
        for option in 0..3 {
            let bytes = pack(&motion(), &Response::One(option));
            assert_eq!(bytes.len(), 64);
            assert_eq!(unpack(&motion(), &bytes), Some(Response::One(option)));
        }
        let short = pack(&motion(), &Response::Ranking(vec![2]));
        let long = pack(&motion(), &Response::Ranking(vec![2, 0, 1]));
        assert_eq!(short.len(), long.len(), "the length of a ranking does not show");
    }

    #[test]
    fn what_is_no_vote_on_this_ballot_is_not_read() {
        let good = pack(&motion(), &Response::One(1));
        assert_eq!(unpack(&motion(), &[]), None);
        assert_eq!(unpack(&motion(), &good[..63]), None);
        assert_eq!(unpack(&motion(), &[good.clone(), vec![0]].concat()), None);
        assert_eq!(
            unpack(&motion(), &pack(&motion(), &Response::Ranking(vec![1]))),
            None,
            "a motion is not ranked"
        );
        for at in 0..good.len() {
            let mut other = good.clone();
            other[at] ^= 0x40;
            assert_eq!(unpack(&motion(), &other), None, "byte {at}");
        }
    }

    #[test]
    fn an_envelope_belongs_to_one_vote() {
        let of = |event, instance, principal| {
            context(EventId::new(event), UserSessionId::new(instance), UserId::new(principal))
        };
        let all = [of(1, 2, 3), of(2, 2, 3), of(1, 3, 3), of(1, 2, 4), of(3, 2, 1)];
        for (at, one) in all.iter().enumerate() {
            assert!(all.iter().skip(at + 1).all(|other| other != one));
        }
    }

    #[test]
    fn a_class_of_four_is_small_and_one_of_five_is_not() {
        let weights = |counts: &[(u32, u64)]| {
            let all = counts
                .iter()
                .flat_map(|(weight, people)| (0..*people).map(|_| Weight::new(*weight).expect("a weight")));
            small_classes(all).iter().map(|class| (class.weight.get(), class.people)).collect::<Vec<_>>()
        };
        assert_eq!(weights(&[(1, SMALLEST_CLASS)]), []);
        assert_eq!(weights(&[(1, 4)]), [(1, 4)]);
        assert_eq!(weights(&[(2, 9), (1, 1), (7, 4), (3, 5)]), [(1, 1), (7, 4)]);
        assert_eq!(weights(&[]), []);
    }

    #[test]
    fn ballots_carry_weights_only_where_many_share_them() {
        let counted = |heavy: i32, light: i32| {
            let line = |at: i32| RollLine {
                principal: UserId::new(at),
                weight: Weight::new(if at < heavy { 3 } else { 1 }).expect("a weight"),
                present: true,
            };
            let roll: Vec<RollLine> = (0..heavy + light).map(line).collect();
            let votes: Vec<(UserId, Response)> = roll
                .iter()
                .map(|line| (line.principal, Response::One(usize::from(line.principal.get() % 2 == 0))))
                .collect();
            count(&motion(), Settling::default(), QuorumRule::None, &roll, &votes)
        };
        let weights = |heavy, light| {
            let ballots = counted(heavy, light).ballots?;
            Some(ballots.iter().map(|ballot| ballot.weight.map(Weight::get)).collect::<Vec<_>>())
        };
        assert_eq!(
            weights(0, 3),
            Some(vec![None; 3]),
            "with one weight for all, no ballot says more than the figures"
        );
        assert_eq!(weights(5, 5), Some([[Some(3); 5], [Some(1); 5]].concat()));
        assert_eq!(weights(4, 6), None);
        assert!(counted(4, 6).result.summary.contains("the ballots are not published"));
        assert!(!counted(5, 5).result.summary.contains("not published"));
    }

    #[test]
    fn shuffled_ballots_have_the_figures_of_the_votes_and_too_few_of_them_have_none() {
        let line = |at: i32| RollLine {
            principal: UserId::new(at),
            weight: Weight::new(if at < 5 { 3 } else { 1 }).expect("a weight"),
            present: true,
        };
        let roll: Vec<RollLine> = (0..12).map(line).collect();
        let votes: Vec<(UserId, Response)> = roll
            .iter()
            .take(10)
            .map(|line| (line.principal, Response::One(usize::from(line.principal.get() > 3))))
            .collect();
        let casters: Vec<UserId> = votes.iter().map(|(principal, _)| *principal).collect();
        let counted = |votes: &[(UserId, Response)]| {
            count(&motion(), Settling::default(), QuorumRule::None, &roll, votes)
        };
        let first = counted(&votes);
        let mut ballots = first.ballots.expect("five share each weight");
        ballots.reverse();
        let laid = lay_out(&roll, &casters, ballots.clone()).expect("as many as were cast");
        assert_eq!(counted(&laid).result, first.result);
        let too_few: Vec<BareBallot> = ballots.into_iter().skip(1).collect();
        assert_eq!(lay_out(&roll, &casters, too_few), Err(Refusal::BallotsNotKept));
        assert_eq!(lay_out(&roll, &casters, Vec::new()), Err(Refusal::BallotsNotKept));
    }
}
