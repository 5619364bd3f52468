//! Bucklin: further preferences are added until somebody has a majority.

use super::{RankedMethod, weak::WeakOrder};
use crate::{
    election::Candidate,
    method::{CountingRule, MethodInfo, Rule, SeatRule},
    numbers::Figure,
    result::{Column, Halt, Record, Round, RoundEvent, plural_votes},
};

/// What there is to know about it.
pub(super) const INFO: MethodInfo = MethodInfo {
    name: "bucklin",
    aliases: &["grand-junction"],
    title: "Bucklin",
    ballots: &["ranked"],
    seats: SeatRule::One,
    parameters: &[],
    build: |_| Ok(Rule::Ranked(RankedMethod::Bucklin(Bucklin))),
};

/// First preferences are counted; while nobody has more than half of the ballots, the next preferences are added. As
/// soon as somebody has, whoever has the most is elected; and so it is when there are no preferences left to add (J. W.
/// Bucklin; Grand Junction, Colorado, 1909).
///
/// A candidate's preference is one more than the number of candidates ranked above, so two at the first rank are both a
/// first preference and the next is a third. Ballots that rank nobody are set aside and belong to no majority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Bucklin;

impl CountingRule for Bucklin {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        let ballots = record.ranked()?;
        let election = record.election();
        let standing: Vec<Candidate> = election.standing().collect();
        let wanted: Vec<bool> = election.all().map(|candidate| !election.is_withdrawn(candidate)).collect();
        // Units by preference (from 0) and candidate; rows are added as they are needed.
        let mut by_preference: Vec<Vec<u64>> = Vec::new();
        let mut order = WeakOrder::new(election.len());
        let mut blank = 0;
        for group in 0..ballots.len() {
            let weight = ballots.weight(group);
            order.read(ballots, group, &wanted);
            if order.is_empty() {
                blank += weight;
            }
            for (above, rank) in order.iter() {
                if by_preference.len() <= above {
                    by_preference.resize(above + 1, vec![0; election.len()]);
                }
                for candidate in rank {
                    by_preference[above][*candidate] += weight;
                }
            }
        }
        let scale = ballots.scale();
        let voting = ballots.total() - blank;
        record.result.ballots.blank = Figure::scaled(blank, scale);

        let mut totals = vec![0_u64; election.len()];
        let levels = by_preference.len();
        for (level, added) in by_preference.iter().enumerate() {
            record.step()?;
            for (total, units) in totals.iter_mut().zip(added) {
                *total += units;
            }
            let mut round = Round::new(RoundEvent::Round);
            round.tally = record.figures(|candidate| Figure::scaled(totals[candidate.index()], scale));
            let majority = totals.iter().any(|total| total * 2 > voting);
            if majority || level + 1 == levels {
                return decide(record, round, &standing, &totals, majority);
            }
            round.sentence = format!(
                "with {}, nobody has more than half of the {}.",
                preferences(level),
                plural_votes(&Figure::scaled(voting, scale))
            );
            record.push(round);
        }
        let round = Round::new(RoundEvent::Round);
        decide(record, round, &standing, &totals, false)
    }
}

fn preferences(level: usize) -> String {
    if level == 0 {
        "first preferences alone".to_owned()
    } else {
        format!("preferences 1 to {} added up", level + 1)
    }
}

fn decide(
    record: &mut Record<'_>,
    round: Round,
    standing: &[Candidate],
    totals: &[u64],
    majority: bool,
) -> Result<(), Halt> {
    let election = record.election();
    let scale = election.ballots().total().1;
    let figure = |candidate: Candidate| Figure::scaled(totals[candidate.index()], scale);
    let values = record.figures(figure);
    record.result.columns.push(Column { name: "totals", values });
    let most = standing.iter().map(|candidate| totals[candidate.index()]).max();
    let front: Vec<Candidate> =
        standing.iter().copied().filter(|candidate| Some(totals[candidate.index()]) == most).collect();
    record.conclude(round, &front, |winner, tied| {
        let share = if tied { "shares" } else { "has" };
        let why = if majority {
            "a majority of the ballots"
        } else {
            "though no majority, and there are no more preferences to add"
        };
        format!(
            "{} {share} the highest total, {}, {why}, and is elected",
            election.name(winner),
            figure(winner).to_plain()
        )
    })
}
