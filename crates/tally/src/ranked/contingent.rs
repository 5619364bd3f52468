//! The contingent vote and the supplementary vote: a runoff between the first two on the same ballots.

use super::{
    RankedMethod,
    irv::{Irv, OvervoteRule, Piles, exclusion_sentence, tally_round},
};
use crate::{
    election::Candidate,
    error::ParamError,
    method::{BallotForm, CountingRule, MethodInfo, ParamInfo, Params, Rule, SeatRule, bad},
    numbers::Figure,
    result::{Halt, Record, RoundEvent, names, plural_votes},
};

const OVERVOTE: ParamInfo = ParamInfo {
    name: "overvote-rule",
    values: "exhaust, skip, exhaust-if-multiple-continuing",
    default: "exhaust",
};

/// What there is to know about the contingent vote.
pub(super) const INFO: MethodInfo = MethodInfo {
    name: "contingent-vote",
    aliases: &["contingent", "two-round-runoff"],
    title: "Contingent vote (runoff between the first two)",
    ballots: &["ranked"],
    seats: SeatRule::One,
    parameters: &[
        OVERVOTE,
        ParamInfo {
            name: "max-rankings-allowed",
            values: "a number, or max; later ranks are not read",
            default: "max",
        },
    ],
    build: |params| build(params, false),
};

/// What there is to know about the supplementary vote.
pub(super) const SUPPLEMENTARY: MethodInfo = MethodInfo {
    name: "supplementary-vote",
    aliases: &["supplementary"],
    title: "Supplementary vote (two preferences, runoff between the first two)",
    ballots: &["ranked"],
    seats: SeatRule::One,
    parameters: &[OVERVOTE],
    build: |params| build(params, true),
};

/// Whoever has more than half of the first preferences is elected. Otherwise all but the two with the most are taken out
/// at once, each of their ballots goes to whichever of the two it ranks higher, and whoever then has more is elected.
///
/// The contingent vote reads all ranks (Queensland 1892 to 1942; Sri Lanka with three). The supplementary vote reads two
/// (England and Wales, Local Government Act 2000, schedule 2). Ties for the second place in the runoff are ties about
/// who advances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contingent {
    /// What several marks at one rank mean.
    pub overvote: OvervoteRule,
    /// Ranks read; `None`: all.
    pub max_rankings: Option<u32>,
    /// Whether it is the supplementary vote, which reads two.
    pub supplementary: bool,
}

fn build(params: &mut Params, supplementary: bool) -> Result<Rule, ParamError> {
    let overvote = params
        .take_choice(&["overvote-rule", "overvote"], &OvervoteRule::CHOICES)?
        .unwrap_or(OvervoteRule::Exhaust);
    let max_rankings = if supplementary {
        Some(2)
    } else {
        match params.take(&["max-rankings-allowed"]) {
            Some(value) if !matches!(value.trim(), "max" | "unlimited") => {
                let parsed = value.trim().parse();
                Some(parsed.map_err(|_| bad(&["max-rankings-allowed"], &value, "a number or max"))?)
            }
            _ => None,
        }
    };
    Ok(Rule::Ranked(RankedMethod::Contingent(Contingent { overvote, max_rankings, supplementary })))
}

impl CountingRule for Contingent {
    fn info(&self) -> &'static MethodInfo {
        if self.supplementary { &SUPPLEMENTARY } else { &INFO }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut parameters = vec![("overvote-rule", self.overvote.name().to_owned())];
        if !self.supplementary {
            let most = self.max_rankings.map_or("max".to_owned(), |most| most.to_string());
            parameters.push(("max-rankings-allowed", most));
        }
        parameters
    }

    fn form(&self, _seats: u32) -> BallotForm {
        BallotForm::Ranking { most: self.max_rankings }
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        let ballots = record.ranked()?;
        let election = record.election();
        let scale = ballots.scale();
        let reading = Irv { overvote: self.overvote, max_rankings: self.max_rankings, ..Irv::default() };
        let mut piles = Piles::new(&reading, election, ballots);
        let mut round = tally_round(election, &piles, scale);
        let active = piles.active();
        let majority =
            piles.continuing().iter().copied().find(|candidate| piles.tally(*candidate) * 2 > active);
        if let Some(winner) = majority {
            return record.conclude(round, &[winner], |winner, _| {
                format!(
                    "{} has {} of {}, more than half, and is elected",
                    election.name(winner),
                    Figure::scaled(piles.tally(winner), scale).to_plain(),
                    plural_votes(&Figure::scaled(active, scale))
                )
            });
        }
        let all = piles.continuing().to_vec();
        let ties = record.result.ties.len();
        let finalists = match record.best(&all, |candidate| piles.tally(candidate), 2, false) {
            Ok(finalists) => finalists,
            Err(halt) => return Err(record.stopped(round, halt)),
        };
        record.result.groups.push(("finalists", finalists.clone()));
        let out: Vec<Candidate> =
            all.into_iter().filter(|candidate| !finalists.contains(candidate)).collect();
        if !out.is_empty() {
            round.transfers = piles.exclude(&out);
            round.sentence = format!(
                "{} have the most votes and meet in the runoff; {}{}",
                names(election, &finalists),
                exclusion_sentence(election, &out, &round.transfers),
                record.tie_sentence(ties)
            );
            round.eliminated = out;
            record.push(round);
            round = tally_round(election, &piles, scale);
        }
        round.event = RoundEvent::Runoff;
        let most = piles.continuing().iter().map(|candidate| piles.tally(*candidate)).max();
        let front: Vec<Candidate> = piles
            .continuing()
            .iter()
            .copied()
            .filter(|candidate| Some(piles.tally(*candidate)) == most)
            .collect();
        record.conclude(round, &front, |winner, tied| {
            let votes = Figure::scaled(piles.tally(winner), scale);
            let name = election.name(winner);
            if tied {
                format!("both have {}; {name} is elected", plural_votes(&votes))
            } else {
                format!("{name} has more votes, {}, and is elected", votes.to_plain())
            }
        })
    }
}
