//! Quota preferential by quotient, as Douglas Woodall proposed it in "Voting matters" 17 (2003).

use super::{
    papers::{Class, Papers},
    reading::{EQUAL_RANKS, MAX_SKIPPED, REPEATED, Reading},
};
use crate::{
    election::{Candidate, Election},
    error::{CountError, ParamError},
    method::{CountingRule, MethodInfo, ParamInfo, Params, Rule, SeatRule},
    numbers::{Arithmetic, BigRational, Exact, Figure, Rounding},
    result::{Column, Halt, Record, Round, RoundEvent, names},
    ties::TieQuestion,
};

/// What there is to know about it.
pub(super) const INFO: MethodInfo = MethodInfo {
    name: "qpq",
    aliases: &["quota-preferential-by-quotient"],
    title: "Quota preferential by quotient (QPQ)",
    ballots: &["ranked"],
    seats: SeatRule::Any,
    parameters: &[
        ParamInfo {
            name: "restart",
            values: "true, false; whether the count begins again without the excluded after each exclusion",
            default: "true",
        },
        EQUAL_RANKS,
        MAX_SKIPPED,
        REPEATED,
    ],
    build,
};

/// QPQ: seats go one after another to the highest quotient.
///
/// The quotient of a candidate is `v/(1+t)`: `v` votes name the candidate as their topmost hopeful one, and have together
/// elected `t` candidates so far. The quota is `a/(1+s-x)`: `a` active votes, `s` seats, and `x` elected by the votes that
/// name nobody hopeful. If the highest quotient exceeds the quota its candidate is elected, and each of the `v` votes has then
/// elected `1/quotient`; else the lowest quotient is excluded and the count begins again without it. All in exact fractions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Qpq {
    /// Whether the count begins again after each exclusion.
    pub restart: bool,
    /// How ballots are read.
    pub reading: Reading,
}

impl Default for Qpq {
    fn default() -> Self {
        Self { restart: true, reading: Reading::default() }
    }
}

/// Bits of a fraction beyond which the count is given up.
const MOST_BITS: u64 = 1 << 20;

fn build(params: &mut Params) -> Result<Rule, ParamError> {
    Ok(Rule::Stv(super::StvMethod::Qpq(Qpq {
        restart: params.take_bool(&["restart"])?.unwrap_or(true),
        reading: Reading::build(params)?,
    })))
}

impl CountingRule for Qpq {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut said = vec![("restart", self.restart.to_string())];
        said.extend(self.reading.parameters());
        said
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        let mut papers = Papers::new(Exact, self.reading.prepare(record)?)?;
        // A paper's value is the number of candidates it has elected: none.
        let none = papers.class_for(Exact.zero());
        let election = record.election();
        let mut excluded = vec![false; election.len()];
        let mut state = State::begin(election, &mut papers, none, &excluded);
        let mut quotients = Vec::new();
        let mut elected: Vec<(Candidate, u32)> = Vec::new();
        loop {
            let hopeful = state.hopeful(election);
            let vacancies = record.seats().saturating_sub(elected.len());
            if vacancies == 0 || hopeful.len() <= vacancies {
                close(record, &elected, &hopeful, vacancies, &quotients);
                return Ok(());
            }
            record.step()?;
            quotients = state.quotients(&papers)?;
            let quota = state.quota(&papers, record.seats())?;
            let quotient = |candidate: &Candidate| quotients[candidate.index()].as_ref();
            let highest = hopeful.iter().filter_map(quotient).max().cloned();
            let ties_before = record.result.ties.len();
            let mut round = Round::new(RoundEvent::Seat);
            round.tally = figures(&quotients);
            round.quota = quota.as_ref().map(|quota| Exact.figure(quota));
            round.columns.push(Column { name: "votes", values: state.votes_column(election, &papers) });
            let elects = match (&highest, &quota) {
                (Some(highest), Some(quota)) => highest > quota,
                _ => false,
            };
            let lowest = hopeful.iter().filter_map(quotient).min().cloned();
            let (end, question) =
                if elects { (highest, TieQuestion::Elect) } else { (lowest, TieQuestion::Exclude) };
            let tied: Vec<Candidate> =
                hopeful.iter().copied().filter(|candidate| quotient(candidate) == end.as_ref()).collect();
            let chosen = match record.break_tie(question, &tied) {
                Ok(chosen) => chosen,
                Err(halt) => return Err(record.stopped(round, halt)),
            };
            let name = election.name(chosen);
            let shown = end.as_ref().map_or_else(String::new, ToString::to_string);
            let needed = round.quota.as_ref().map_or_else(String::new, Figure::to_plain);
            round.subjects = vec![chosen];
            if let Some(quotient) = end.filter(|_| elects) {
                round.sentence = format!(
                    "{name} has the highest quotient, {shown}, more than the quota of {needed}, and takes a seat."
                );
                let share = Exact.div(&Exact.whole(1)?, &quotient, Rounding::Down)?;
                if share.denom().bits() > MOST_BITS {
                    return Err(CountError::Unsuitable(
                        "the fractions of this count are too long to go on".to_owned(),
                    )
                    .into());
                }
                let class = papers.class_for(share);
                elected.push((chosen, record.next_number()));
                state.open[chosen.index()] = false;
                state.pass_on(&mut papers, chosen, |_| class);
            } else {
                excluded[chosen.index()] = true;
                round.event = RoundEvent::Exclusion;
                round.eliminated = vec![chosen];
                round.sentence = format!(
                    "no quotient exceeds the quota of {needed}; {name} has the lowest, {shown}, and is excluded{}.",
                    if self.restart && !elected.is_empty() {
                        "; the count begins again without the excluded, and seats taken are open again"
                    } else {
                        ""
                    }
                );
                if self.restart {
                    elected.clear();
                    papers.restart();
                    state = State::begin(election, &mut papers, none, &excluded);
                } else {
                    state.open[chosen.index()] = false;
                    state.pass_on(&mut papers, chosen, |class| class);
                }
            }
            round.sentence.push_str(&record.tie_sentence(ties_before));
            record.push(round);
        }
    }
}

/// The seats as they stand when no quotient is needed any more.
fn close(
    record: &mut Record<'_>,
    elected: &[(Candidate, u32)],
    hopeful: &[Candidate],
    vacancies: usize,
    quotients: &[Option<BigRational>],
) {
    let mut round = Round::new(RoundEvent::Close);
    round.elected = elected.iter().map(|(candidate, _)| *candidate).collect();
    if vacancies > 0 {
        round.elected.extend_from_slice(hopeful);
    }
    let who = names(record.election(), &round.elected);
    let verb = if round.elected.len() == 1 { "is" } else { "are" };
    round.sentence = match (round.elected.is_empty(), vacancies) {
        (true, _) => "nobody stands.".to_owned(),
        (false, 0) => format!("all seats are taken; {who} {verb} elected."),
        (false, _) => format!("as many are left as seats; {who} {verb} elected."),
    };
    round.subjects.clone_from(&round.elected);
    record.result.columns.push(Column { name: "quotients", values: figures(quotients) });
    record.push(round);
}

fn figures(quotients: &[Option<BigRational>]) -> Vec<Option<Figure>> {
    quotients.iter().map(|quotient| quotient.as_ref().map(|one| Exact.figure(one))).collect()
}

/// Where the papers lie.
struct State {
    open: Vec<bool>,
    piles: Vec<Vec<u32>>,
    /// Votes and what they elected, in units by class, of each candidate.
    held: Vec<Vec<(Class, u64)>>,
    /// The same of papers that name nobody hopeful.
    inactive: Vec<(Class, u64)>,
}

fn add(to: &mut Vec<(Class, u64)>, class: Class, units: u64) {
    match to.iter_mut().find(|(known, _)| *known == class) {
        Some((_, sum)) => *sum += units,
        None => to.push((class, units)),
    }
}

impl State {
    fn begin(election: &Election, papers: &mut Papers<'_, Exact>, none: Class, excluded: &[bool]) -> Self {
        let open: Vec<bool> = election
            .all()
            .zip(excluded)
            .map(|(candidate, excluded)| !election.is_withdrawn(candidate) && !excluded)
            .collect();
        let mut state = Self {
            open,
            piles: vec![Vec::new(); election.len()],
            held: vec![Vec::new(); election.len()],
            inactive: Vec::new(),
        };
        let all = papers.all();
        state.hand_out(papers, all, |_| none);
        state
    }

    fn hopeful(&self, election: &Election) -> Vec<Candidate> {
        election.all().filter(|candidate| self.open[candidate.index()]).collect()
    }

    fn pass_on(
        &mut self,
        papers: &mut Papers<'_, Exact>,
        candidate: Candidate,
        reclass: impl Fn(Class) -> Class,
    ) {
        let pile = std::mem::take(&mut self.piles[candidate.index()]);
        self.held[candidate.index()].clear();
        self.hand_out(papers, pile, reclass);
    }

    fn hand_out(
        &mut self,
        papers: &mut Papers<'_, Exact>,
        groups: impl IntoIterator<Item = u32>,
        reclass: impl Fn(Class) -> Class,
    ) {
        for mut parcel in papers.move_on(groups, &self.open, reclass) {
            match parcel.to {
                Some(candidate) => {
                    add(&mut self.held[candidate.index()], parcel.class, parcel.units);
                    self.piles[candidate.index()].append(&mut parcel.groups);
                }
                None => add(&mut self.inactive, parcel.class, parcel.units),
            }
        }
    }

    /// Votes, and candidates elected by them.
    fn sums(papers: &Papers<'_, Exact>, held: &[(Class, u64)]) -> Result<(BigRational, BigRational), Halt> {
        let mut elected = Exact.zero();
        let mut units = 0;
        for (class, part) in held {
            elected += papers.worth(*class, *part)?;
            units += part;
        }
        Ok((Exact.ratio(units, papers.scale(), Rounding::Down)?, elected))
    }

    fn quotients(&self, papers: &Papers<'_, Exact>) -> Result<Vec<Option<BigRational>>, Halt> {
        let one = Exact.whole(1)?;
        self.open
            .iter()
            .zip(&self.held)
            .map(|(open, held)| {
                if !open {
                    return Ok(None);
                }
                let (votes, elected) = Self::sums(papers, held)?;
                Ok(Some(Exact.div(&votes, &(elected + &one), Rounding::Down)?))
            })
            .collect()
    }

    /// `None` when the inactive votes have elected everybody there is room for, which ends all elections.
    fn quota(&self, papers: &Papers<'_, Exact>, seats: usize) -> Result<Option<BigRational>, Halt> {
        let mut active = Exact.zero();
        for held in &self.held {
            active += Self::sums(papers, held)?.0;
        }
        let (_, elected) = Self::sums(papers, &self.inactive)?;
        let parts = Exact.whole((seats as u64).saturating_add(1))? - elected;
        if parts <= Exact.zero() {
            return Ok(None);
        }
        Ok(Some(Exact.div(&active, &parts, Rounding::Down)?))
    }

    fn votes_column(&self, election: &Election, papers: &Papers<'_, Exact>) -> Vec<Option<Figure>> {
        election
            .all()
            .map(|candidate| {
                let held = &self.held[candidate.index()];
                let units = held.iter().map(|(_, units)| units).sum();
                self.open[candidate.index()].then(|| Figure::scaled(units, papers.scale()))
            })
            .collect()
    }
}
