//! Meek STV as New Zealand's Local Electoral Regulations 2001, schedule 1A, have it.

use std::fmt::Write;

use super::{count::State, tree::Keep};
use crate::{
    election::{Candidate, Election},
    error::ParamError,
    method::{CountingRule, MethodInfo, ParamInfo, Params, Rule, SeatRule},
    numbers::{Arithmetic, Figure, Fixed, FixedPoint, Rounding},
    result::{Halt, Record, RoundEvent, names},
    stv::reading::{EQUAL_RANKS, MAX_SKIPPED, REPEATED, Reading, word_of},
    ties::{TieQuestion, TieRule},
};

/// What there is to know about it.
pub(in crate::stv) const NZ: MethodInfo = MethodInfo {
    name: "meek-nz-stv",
    aliases: &["stv-meek-nz", "meek-nz", "new-zealand-stv"],
    title: "New Zealand Meek STV",
    ballots: &["ranked"],
    seats: SeatRule::Any,
    parameters: &[
        ParamInfo {
            name: "draw",
            values: "schedule (ties equal at every round go by the numbers the schedule draws), none (by the tie policy)",
            default: "schedule",
        },
        EQUAL_RANKS,
        MAX_SKIPPED,
        REPEATED,
    ],
    build,
};

/// Who decides ties that no round separates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NzDraw {
    /// The pseudorandom numbers of the schedule, drawn from the numbers of candidates, seats and votes.
    Schedule,
    /// The tie policy asked for.
    None,
}

const DRAWS: [(&str, NzDraw); 2] = [("schedule", NzDraw::Schedule), ("none", NzDraw::None)];

/// New Zealand Meek STV: nine decimal places, votes kept rounded up, surpluses considered gone below 0.0001.
///
/// In every round, first whoever has no votes (once the surpluses are gone), or whoever cannot catch up with the next even with
/// all surpluses, or (once they are gone) whoever has the fewest votes, is excluded; then the factors of all above the quota
/// are lowered and the votes distributed again. Ties go to the first round at which the candidates differed, then to the
/// numbers the schedule draws: ascending in odd rounds, descending in even ones.
///
/// The schedule's text and the program the counts are made with differ in places; this follows the program where its
/// behaviour is known: a ballot's rest is what is left of it, the seed uses 10000, and each number is subtracted from 10000.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeekNz {
    /// Who decides ties that no round separates.
    pub draw: NzDraw,
    /// How ballots are read.
    pub reading: Reading,
}

impl Default for MeekNz {
    fn default() -> Self {
        Self { draw: NzDraw::Schedule, reading: Reading::default() }
    }
}

fn build(params: &mut Params) -> Result<Rule, ParamError> {
    let draw = params.take_choice(&["draw"], &DRAWS)?;
    Ok(Rule::Stv(crate::stv::StvMethod::MeekNz(MeekNz {
        draw: draw.unwrap_or(NzDraw::Schedule),
        reading: Reading::build(params)?,
    })))
}

/// Candidates in ascending order of the numbers the schedule draws for them.
fn drawn_order(election: &Election, seats: usize, votes: u64) -> Vec<Candidate> {
    let mut x = election.len() as u64 + 5;
    let mut y = seats as u64;
    let mut z = votes.wrapping_add(10_000 * (votes % 10)) % 30_323;
    let mut next = || {
        x = 171 * x % 30_269;
        y = 172 * y % 30_307;
        z = 170 * z % 30_323;
        let sum = 10_000 * x / 30_269 + 10_000 * y / 30_307 + 10_000 * z / 30_323;
        10_000 - sum % 10_000
    };
    for _ in 0..4 {
        next();
    }
    let mut drawn: Vec<(u64, Candidate)> = Vec::new();
    for candidate in election.standing() {
        let mut number = next();
        // There are 10000 numbers; with more candidates than that the last ones share theirs.
        let mut tries = 0;
        while tries < 100_000 && drawn.iter().any(|(known, _)| *known == number) {
            number = next();
            tries += 1;
        }
        drawn.push((number, candidate));
    }
    drawn.sort_unstable();
    drawn.into_iter().map(|(_, candidate)| candidate).collect()
}

impl CountingRule for MeekNz {
    fn info(&self) -> &'static MethodInfo {
        &NZ
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut said = vec![("draw", word_of(&DRAWS, &self.draw).to_owned())];
        said.extend(self.reading.parameters());
        said
    }

    fn statutory_ties(&self) -> Vec<TieRule> {
        match self.draw {
            NzDraw::Schedule => vec![TieRule::Forwards, TieRule::Drawn],
            NzDraw::None => vec![TieRule::Forwards],
        }
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        let ar = FixedPoint::new(9)?;
        let ballots = self.reading.prepare(record)?;
        let votes = ballots.total() / ballots.scale();
        let order = drawn_order(record.election(), record.seats(), votes);
        let mut state = State::new(ar, record, ballots, Keep::PartUp, None)?;
        let zero = ar.zero();
        let limit = ar.parse(&Figure::Fixed { units: 1, digits: 4 }, Rounding::Down)?;
        state.distribute()?;
        let mut history: Vec<Vec<Fixed>> = Vec::new();
        let mut excluded: Vec<Candidate> = Vec::new();
        let mut said = "First preferences are counted.".to_owned();
        let mut event = RoundEvent::FirstPreferences;
        loop {
            record.step()?;
            let quota = state.quota()?;
            let winners: Vec<Candidate> =
                state.hopeful.iter().copied().filter(|candidate| state.reaches(*candidate, &quota)).collect();
            let mut surplus = zero;
            for candidate in state.elected.iter().chain(&winners) {
                let over = ar.sub(&state.votes[candidate.index()], &quota)?;
                surplus = ar.add(&surplus, &over.max(zero))?;
            }
            let mut round = state.sheet(event, &quota, &surplus)?;
            for candidate in &winners {
                let _ = write!(
                    said,
                    " {} reaches the quota of {} with {} and is elected.",
                    state.election.name(*candidate),
                    ar.figure(&quota).to_plain(),
                    state.votes_of(*candidate),
                );
                state.elect(*candidate);
            }
            round.subjects = std::mem::take(&mut excluded);
            round.eliminated.clone_from(&round.subjects);
            round.elected = winners;
            round.sentence = std::mem::take(&mut said);
            record.push(round);
            if state.is_decided() {
                record.result.figures.push(("quota", ar.figure(&quota)));
                finish_columns(record, &state);
                return state.close(record, &quota, &surplus, false);
            }
            history.push(state.factors.clone());
            let ties_before = record.result.ties.len();
            // Odd rounds ascend: the numbers say who goes first.
            let mut drawn = order.clone();
            if record.result.rounds.len().is_multiple_of(2) {
                drawn.reverse();
            }
            record.set_drawn(drawn);
            excluded = losers(record, &state, &surplus, &limit, &history)?;
            let over: Vec<Candidate> = state
                .elected
                .iter()
                .copied()
                .filter(|candidate| state.votes[candidate.index()] > quota)
                .collect();
            for candidate in &over {
                state.lower(*candidate, &quota)?;
            }
            for candidate in &excluded {
                state.exclude(*candidate);
            }
            event = if excluded.is_empty() { RoundEvent::Iteration } else { RoundEvent::Exclusion };
            if !excluded.is_empty() {
                said = format!(
                    "{} {} excluded.{}",
                    names(state.election, &excluded),
                    if excluded.len() == 1 { "is" } else { "are" },
                    record.tie_sentence(ties_before),
                );
            }
            if !over.is_empty() {
                let whose = names(state.election, &over);
                let _ = write!(said, " The keep factors of {whose} are lowered.");
            }
            said = said.trim_start().to_owned();
            if said.is_empty() {
                "The votes are counted again.".clone_into(&mut said);
            }
            state.distribute()?;
        }
    }
}

fn finish_columns(record: &mut Record<'_>, state: &State<'_, FixedPoint>) {
    let columns = [("votes", &state.votes), ("keep_factors", &state.factors)];
    for (name, values) in columns {
        record.result.columns.push(state.column(name, values));
    }
}

/// Who is excluded now, if anybody.
fn losers(
    record: &mut Record<'_>,
    state: &State<'_, FixedPoint>,
    surplus: &Fixed,
    limit: &Fixed,
    history: &[Vec<Fixed>],
) -> Result<Vec<Candidate>, Halt> {
    let ar = state.ar;
    let votes = |candidate: &Candidate| state.votes[candidate.index()];
    let gone = surplus < limit;
    // Somebody must be left for every seat.
    let most = state.hopeful.len().saturating_sub(state.vacancies());
    if gone {
        let without: Vec<Candidate> =
            state.hopeful.iter().copied().filter(|candidate| votes(candidate) == ar.zero()).collect();
        if !without.is_empty() && without.len() <= most {
            return Ok(without);
        }
    }
    let mut ascending = state.hopeful.clone();
    ascending.sort_by(|a, b| votes(a).cmp(&votes(b)).then(a.cmp(b)));
    if let [lowest, next, ..] = ascending[..]
        && ar.add(&votes(&lowest), surplus)? < votes(&next)
    {
        return Ok(vec![lowest]);
    }
    if gone || is_stuck(history) {
        let fewest = ascending.first().map(votes);
        let tied: Vec<Candidate> =
            ascending.iter().copied().filter(|candidate| Some(votes(candidate)) == fewest).collect();
        return Ok(vec![record.break_tie(TieQuestion::Exclude, &tied)?]);
    }
    Ok(Vec::new())
}

/// Whether the factors have come to rest, or one has grown: more rounds would change nothing but the last digits.
fn is_stuck(history: &[Vec<Fixed>]) -> bool {
    match history {
        [.., before, last] => before == last || before.iter().zip(last).any(|(before, last)| last > before),
        _ => false,
    }
}
