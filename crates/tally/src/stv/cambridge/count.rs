//! Counting whole ballots.

use std::{borrow::Cow, fmt::Write};

use super::{Cambridge, draw};
use crate::{
    ballots::RankedBallots,
    election::{Candidate, Election},
    error::CountError,
    numbers::Figure,
    result::{Halt, Record, Round, RoundEvent, StepOrder, Target, Transfer, names, plural_votes},
    stv::stages::{destinations, elections},
    ties::TieQuestion,
};

/// The most ballots laid out one by one.
const MOST_BALLOTS: u64 = 20_000_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Hopeful,
    Pending,
    Elected,
    Out,
}

/// A ballot on a pile: which, and how far it is read.
#[derive(Clone, Copy)]
struct Paper {
    group: u32,
    next: u32,
}

struct Count<'a> {
    election: &'a Election,
    ballots: Cow<'a, RankedBallots>,
    piles: Vec<Vec<Paper>>,
    standing: Vec<Standing>,
    /// Who may receive ballots now.
    open: Vec<bool>,
    exhausted: u64,
    quota: usize,
    seats: usize,
    without_quota: Vec<Candidate>,
}

fn whole(number: usize) -> Figure {
    Figure::from(number as u64)
}

pub(super) fn count(rules: &Cambridge, seed: &str, record: &mut Record<'_>) -> Result<(), Halt> {
    record.result.step_order = StepOrder::ActionThenTally;
    let ballots = rules.reading.prepare(record)?;
    if ballots.scale() != 1 || ballots.total() > MOST_BALLOTS {
        let reason =
            format!("whole ballots are counted one by one: no fractions, and at most {MOST_BALLOTS}");
        return Err(CountError::Unsuitable(reason).into());
    }
    let election = record.election();
    let seats = record.seats();
    let papers = draw::papers(&ballots, seed);
    let hopeful: Vec<bool> = election.all().map(|one| !election.is_withdrawn(one)).collect();
    let mut count = Count {
        piles: vec![Vec::new(); election.len()],
        standing: hopeful.iter().map(|one| if *one { Standing::Hopeful } else { Standing::Out }).collect(),
        open: hopeful,
        exhausted: 0,
        quota: papers.len() / seats.saturating_add(1) + 1,
        seats,
        without_quota: Vec::new(),
        election,
        ballots,
    };
    for group in papers {
        let begin = count.ballots.span(group as usize).start;
        // Marks are counted in 32 bits when they are added, so nothing is lost here.
        let next = u32::try_from(begin).unwrap_or(u32::MAX);
        count.hand_on(Paper { group, next }, usize::MAX);
    }
    let ran = count.run(rules, record);
    record.result.figures.push(("quota", whole(count.quota)));
    record.result.groups.push(("elected_without_quota", count.without_quota));
    ran
}

impl Count<'_> {
    fn run(&mut self, rules: &Cambridge, record: &mut Record<'_>) -> Result<(), Halt> {
        let round = Round::new(RoundEvent::FirstPreferences);
        let said = format!("The ballots are sorted by first preferences; the quota is {}.", self.quota);
        self.finish(round, said, record);
        let mut first = true;
        loop {
            let hopeful = self.all(Standing::Hopeful);
            if self.vacancies() == 0 || hopeful.len() <= self.vacancies() {
                return Ok(());
            }
            record.step()?;
            let ties_before = record.result.ties.len();
            let pending = self.all(Standing::Pending);
            let most = pending.iter().map(|one| self.votes(*one)).max();
            let highest: Vec<Candidate> =
                pending.into_iter().filter(|one| Some(self.votes(*one)) == most).collect();
            if !highest.is_empty() {
                let candidate = record.break_tie(TieQuestion::Order, &highest)?;
                self.transfer_surplus(candidate, ties_before, record);
                continue;
            }
            let losers = if std::mem::take(&mut first) {
                self.below(rules.minimum_votes, &hopeful)
            } else {
                Vec::new()
            };
            let losers = if losers.is_empty() {
                let fewest = hopeful.iter().map(|one| self.votes(*one)).min();
                let lowest: Vec<Candidate> =
                    hopeful.into_iter().filter(|one| Some(self.votes(*one)) == fewest).collect();
                vec![record.break_tie(TieQuestion::Exclude, &lowest)?]
            } else {
                losers
            };
            self.exclude(&losers, ties_before, record);
        }
    }

    fn votes(&self, candidate: Candidate) -> usize {
        self.piles[candidate.index()].len()
    }

    fn all(&self, standing: Standing) -> Vec<Candidate> {
        let is = |candidate: &Candidate| self.standing[candidate.index()] == standing;
        self.election.all().filter(is).collect()
    }

    fn vacancies(&self) -> usize {
        let elected = self.standing.iter().filter(|one| matches!(one, Standing::Pending | Standing::Elected));
        self.seats.saturating_sub(elected.count())
    }

    /// Those with fewer votes than asked for, fewest first, as long as enough are left.
    fn below(&self, minimum: u64, hopeful: &[Candidate]) -> Vec<Candidate> {
        let mut losers: Vec<Candidate> =
            hopeful.iter().copied().filter(|one| (self.votes(*one) as u64) < minimum).collect();
        losers.sort_by_key(|one| (self.votes(*one), *one));
        if hopeful.len() - losers.len() < self.vacancies() {
            losers.clear();
        }
        losers
    }

    /// Reads a ballot on and lays it on its pile; whoever thereby has `limit` ballots receives no more. Answers who got it.
    fn hand_on(&mut self, paper: Paper, limit: usize) -> Option<Candidate> {
        let end = self.ballots.span(paper.group as usize).end;
        let mut at = paper.next as usize;
        while at < end {
            let candidate = self.ballots.candidate_at(at);
            at += 1;
            let Some(candidate) = candidate.filter(|one| self.open[one.index()]) else {
                continue;
            };
            let pile = &mut self.piles[candidate.index()];
            pile.push(Paper { group: paper.group, next: u32::try_from(at).unwrap_or(u32::MAX) });
            if pile.len() >= limit {
                self.open[candidate.index()] = false;
            }
            return Some(candidate);
        }
        None
    }

    /// The order in which the ballots of a pile are looked at: every n-th, again and again from one further.
    fn order(total: usize, surplus: usize) -> Vec<usize> {
        let step = ((2 * total + surplus) / (2 * surplus)).max(1);
        let (begin, rest) = (step - 1, 0..step - 1);
        // From the n-th on, then from the one after it, and so on; the ones before the n-th come last.
        let mut order: Vec<usize> =
            (begin..total.min(begin + step)).flat_map(|start| (start..total).step_by(step)).collect();
        order.extend(rest.filter(|place| *place < total));
        let mut seen = vec![false; total];
        order.retain(|place| !std::mem::replace(&mut seen[*place], true));
        order
    }

    fn transfer_surplus(&mut self, candidate: Candidate, ties_before: usize, record: &mut Record<'_>) {
        let at = candidate.index();
        let pile = std::mem::take(&mut self.piles[at]);
        let surplus = pile.len() - self.quota;
        let mut stays = vec![true; pile.len()];
        let mut gains = vec![0; self.piles.len()];
        let mut moved = 0;
        for place in Self::order(pile.len(), surplus) {
            if moved == surplus {
                break;
            }
            if let Some(to) = self.hand_on(pile[place], self.quota) {
                gains[to.index()] += 1;
                stays[place] = false;
                moved += 1;
            }
        }
        let staying = pile.into_iter().zip(stays).filter(|(_, stays)| *stays);
        self.piles[at] = staying.map(|(paper, _)| paper).collect();
        self.standing[at] = Standing::Elected;
        let transfer = self.transfer(candidate, &gains, 0);
        let said = format!(
            "The surplus of {}, {}, is drawn: {}.{}",
            self.election.name(candidate),
            plural_votes(&whole(surplus)),
            destinations(self.election, &transfer),
            record.tie_sentence(ties_before),
        );
        let mut round = Round::new(RoundEvent::Surplus);
        round.subjects = vec![candidate];
        round.transfers = vec![transfer];
        self.finish(round, said, record);
    }

    fn exclude(&mut self, losers: &[Candidate], ties_before: usize, record: &mut Record<'_>) {
        for candidate in losers {
            self.standing[candidate.index()] = Standing::Out;
            self.open[candidate.index()] = false;
        }
        let mut round = Round::new(RoundEvent::Exclusion);
        let verb = if losers.len() == 1 { "is" } else { "are" };
        let mut said = format!("{} {verb} excluded", names(self.election, losers));
        for candidate in losers {
            let mut gains = vec![0; self.piles.len()];
            let mut nobody = 0;
            for paper in std::mem::take(&mut self.piles[candidate.index()]) {
                match self.hand_on(paper, self.quota) {
                    Some(to) => gains[to.index()] += 1,
                    None => nobody += 1,
                }
            }
            self.exhausted += nobody as u64;
            let transfer = self.transfer(*candidate, &gains, nobody);
            let _ = write!(
                said,
                "; of the ballots of {}, {}",
                self.election.name(*candidate),
                destinations(self.election, &transfer),
            );
            round.transfers.push(transfer);
        }
        said.push('.');
        said.push_str(&record.tie_sentence(ties_before));
        round.subjects = losers.to_vec();
        round.eliminated = losers.to_vec();
        self.finish(round, said, record);
    }

    fn transfer(&self, from: Candidate, gains: &[usize], nobody: usize) -> Transfer {
        let mut to: Vec<(Target, Figure)> = self
            .election
            .all()
            .zip(gains)
            .filter(|(_, gain)| **gain > 0)
            .map(|(candidate, gain)| (Target::Candidate(candidate), whole(*gain)))
            .collect();
        if nobody > 0 {
            to.push((Target::Nobody("exhausted"), whole(nobody)));
        }
        Transfer { from, to, value: None }
    }

    /// Completes a stage with the figures as they are and who thereby is elected.
    fn finish(&mut self, mut round: Round, said: String, record: &mut Record<'_>) {
        let mut reached: Vec<Candidate> =
            self.all(Standing::Hopeful).into_iter().filter(|one| self.votes(*one) >= self.quota).collect();
        reached.sort_by(|a, b| self.votes(*b).cmp(&self.votes(*a)).then(a.cmp(b)));
        for candidate in &reached {
            let over = self.votes(*candidate) > self.quota;
            self.standing[candidate.index()] = if over { Standing::Pending } else { Standing::Elected };
            self.open[candidate.index()] = false;
        }
        round.elected = reached;
        let left = self.all(Standing::Hopeful);
        let vacancies = self.vacancies();
        if vacancies > 0 && left.len() <= vacancies {
            for candidate in &left {
                self.standing[candidate.index()] = Standing::Elected;
            }
            round.elected.extend_from_slice(&left);
            self.without_quota = left;
        }
        round.tally = self
            .election
            .all()
            .map(|one| (!self.election.is_withdrawn(one)).then(|| whole(self.votes(one))))
            .collect();
        round.quota = Some(whole(self.quota));
        round.exhausted = Some(Figure::from(self.exhausted));
        round.sentence = said;
        let elected = elections(self.election, &round, &self.without_quota);
        round.sentence.push_str(&elected);
        record.push(round);
    }
}
