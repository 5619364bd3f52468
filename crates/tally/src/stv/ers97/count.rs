//! Counting by ERS97.

use std::fmt::Write;

use super::Ers97;
use crate::{
    election::Candidate,
    error::NumberError,
    numbers::{Arithmetic, Fixed, FixedPoint, Rounding},
    result::{Halt, Record, Round, RoundEvent, StepOrder, Transfer, names, plural_votes},
    stv::{
        papers::{Class, Papers, Parcel},
        stages::{Gains, Stages, Standing, destinations, elections},
    },
    ties::TieQuestion,
};

struct Count<'a> {
    stages: Stages<'a, FixedPoint>,
    ar: FixedPoint,
    /// The papers each candidate received last.
    last_batch: Vec<Vec<u32>>,
    quota: Fixed,
    /// The votes that elect now.
    needed: Fixed,
    first_exclusion: bool,
    without_quota: Vec<Candidate>,
}

pub(super) fn count(rules: &Ers97, record: &mut Record<'_>) -> Result<(), Halt> {
    record.result.step_order = StepOrder::ActionThenTally;
    let ar = FixedPoint::new(2)?;
    let ballots = rules.reading.prepare(record)?;
    let stages = Stages::new(record.election(), Papers::new(ar, ballots)?, record.seats())?;
    let mut count = Count {
        last_batch: vec![Vec::new(); record.election().len()],
        stages,
        ar,
        quota: ar.zero(),
        needed: ar.zero(),
        first_exclusion: true,
        without_quota: Vec::new(),
    };
    let ran = count.run(record);
    record.result.figures.push(("quota", ar.figure(&count.quota)));
    record.result.groups.push(("elected_without_quota", count.without_quota));
    ran
}

impl Count<'_> {
    fn run(&mut self, record: &mut Record<'_>) -> Result<(), Halt> {
        self.stages.first_preferences()?;
        self.last_batch.clone_from(&self.stages.piles);
        let round = Round::new(RoundEvent::FirstPreferences);
        let said = "The papers are sorted by first preferences.";
        self.finish(round, said.to_owned(), record)?;
        while !self.stages.is_decided() {
            record.step()?;
            let ties_before = record.result.ties.len();
            let sure = self.sure_losers()?;
            if sure.is_empty() && self.surpluses()? > self.ar.zero() {
                let highest = self.stages.at_end(&self.stages.all(Standing::Pending), true);
                let candidate = record.break_tie(TieQuestion::Order, &highest)?;
                self.transfer_surplus(candidate, ties_before, record)?;
            } else {
                let losers = self.losers(sure, record)?;
                self.exclude(&losers, ties_before, record)?;
            }
        }
        Ok(())
    }

    /// The value of papers not with any candidate, what was neglected included.
    fn nontransferable(&self) -> Result<Fixed, NumberError> {
        self.ar.add(&self.stages.nontransferable, &self.stages.rounding()?)
    }

    fn surpluses(&self) -> Result<Fixed, NumberError> {
        let mut sum = self.ar.zero();
        for candidate in self.stages.all(Standing::Pending) {
            let over = self.ar.sub(self.stages.votes(candidate), &self.quota)?;
            sum = self.ar.add(&sum, &over.max(self.ar.zero()))?;
        }
        Ok(sum)
    }

    /// The quota, while nobody is elected, and the votes that elect now (5.1.6, 5.1.7, 5.4.8).
    fn update_needed(&mut self) -> Result<(), NumberError> {
        let ar = self.ar;
        let seats = self.stages.seats as u64;
        let vacancies = self.stages.vacancies() as u64;
        let held = self.stages.votes.iter().try_fold(ar.zero(), |sum, votes| ar.add(&sum, votes))?;
        if vacancies == seats {
            // The total valid vote without the non-transferable one is what candidates hold.
            self.quota = ar.div(&held, &ar.whole(seats.saturating_add(1))?, Rounding::Up)?;
        }
        if vacancies == 0 {
            return Ok(());
        }
        let mut active = self.surpluses()?;
        for standing in [Standing::Hopeful, Standing::Excluded] {
            for candidate in self.stages.all(standing) {
                active = ar.add(&active, self.stages.votes(candidate))?;
            }
        }
        self.needed = ar.div(&active, &ar.whole(vacancies + 1)?, Rounding::Up)?;
        Ok(())
    }

    /// Elects whoever has enough votes, again and again as that falls.
    fn elect(&mut self, record: &mut Record<'_>) -> Result<Vec<Candidate>, Halt> {
        let mut elected = Vec::new();
        self.update_needed()?;
        while self.stages.vacancies() > 0 {
            record.step()?;
            let least = self.needed.max(Fixed::from_units(1));
            let reached = self.stages.all(Standing::Hopeful);
            let mut reached: Vec<Candidate> =
                reached.into_iter().filter(|candidate| *self.stages.votes(*candidate) >= least).collect();
            if reached.is_empty() {
                break;
            }
            while reached.len() > self.stages.vacancies() {
                // The stage being decided is not written down yet, so all that are written come before it.
                let fewest = self.stages.at_end(&reached, false);
                record.result.step_order = StepOrder::TallyThenAction;
                let loser = record.break_tie(TieQuestion::Exclude, &fewest);
                record.result.step_order = StepOrder::ActionThenTally;
                let loser = loser?;
                reached.retain(|candidate| *candidate != loser);
            }
            let reached = self.stages.by_votes(reached);
            for candidate in &reached {
                self.stages.set(*candidate, Standing::Pending);
            }
            elected.extend(reached);
            self.update_needed()?;
        }
        Ok(elected)
    }

    /// Elects, completes the stage and adds it.
    fn finish(&mut self, round: Round, mut said: String, record: &mut Record<'_>) -> Result<(), Halt> {
        let ties_before = record.result.ties.len();
        let elected = self.elect(record)?;
        said.push_str(&record.tie_sentence(ties_before));
        let mut sheet = self.stages.sheet(round.event, &self.needed)?;
        // What is neglected is non-transferable under these rules, not a figure of its own.
        sheet.exhausted = Some(self.ar.figure(&self.nontransferable()?));
        sheet.rounding = Some(self.ar.figure(&self.ar.zero()));
        sheet.details.push(("quota", self.ar.figure(&self.quota)));
        sheet.subjects = round.subjects;
        sheet.eliminated = round.eliminated;
        sheet.transfers = round.transfers;
        sheet.elected = elected;
        let vacancies = self.stages.vacancies();
        let left = self.stages.all(Standing::Hopeful);
        if vacancies > 0 && left.len() <= vacancies {
            let left = self.stages.by_votes(left);
            for candidate in &left {
                self.stages.set(*candidate, Standing::Elected);
            }
            sheet.elected.extend_from_slice(&left);
            self.without_quota = left;
        }
        sheet.sentence = said;
        let _ = write!(sheet.sentence, " {} are needed.", plural_votes(&self.ar.figure(&self.needed)));
        let elected = elections(self.stages.election, &sheet, &self.without_quota);
        sheet.sentence.push_str(&elected);
        record.push(sheet);
        Ok(())
    }

    /// Remembers what each candidate receives as the last batch.
    fn receive(&mut self, parcels: &[Parcel]) {
        let mut fresh = vec![true; self.last_batch.len()];
        for parcel in parcels {
            if let Some(candidate) = parcel.to {
                let batch = &mut self.last_batch[candidate.index()];
                if std::mem::replace(&mut fresh[candidate.index()], false) {
                    batch.clear();
                }
                batch.extend(&parcel.groups);
            }
        }
    }

    /// Section 5.3.
    fn transfer_surplus(
        &mut self,
        candidate: Candidate,
        ties_before: usize,
        record: &mut Record<'_>,
    ) -> Result<(), Halt> {
        let ar = self.ar;
        let at = candidate.index();
        let surplus = ar.sub(self.stages.votes(candidate), &self.quota)?;
        let before = self.nontransferable()?;
        let batch = std::mem::take(&mut self.last_batch[at]);
        self.stages.piles[at] = Vec::new();
        let open = self.stages.open.clone();
        let mut parcels = self.stages.papers.move_on(batch, &open, |class| class);
        parcels.retain(|parcel| parcel.to.is_some());
        let mut worth = ar.zero();
        for parcel in &parcels {
            worth = ar.add(&worth, &self.stages.papers.worth(parcel.class, parcel.units)?)?;
        }
        let units: u64 = parcels.iter().map(|parcel| parcel.units).sum();
        if worth > surplus {
            let scale = ar.whole(self.stages.papers.scale())?;
            let value = ar.mul_div(&surplus, &scale, &ar.whole(units)?, Rounding::Down)?;
            let class = self.stages.papers.class_for(value);
            for parcel in &mut parcels {
                self.stages.papers.set_class(&parcel.groups, class);
                parcel.class = class;
            }
        }
        let class = parcels.first().map(|parcel| parcel.class);
        self.receive(&parcels);
        let gains = self.stages.credit(parcels)?;
        self.stages.votes[at] = self.quota;
        self.stages.set(candidate, Standing::Elected);
        let lost = ar.sub(&self.nontransferable()?, &before)?;
        let value = class.map(|class| self.stages.papers.value(class));
        // What does not move on is non-transferable, whatever the reason.
        let gains = Gains { nontransferable: lost, ..gains };
        let transfer = self.stages.transfer(candidate, &gains, &ar.zero(), value);
        let election = self.stages.election;
        let said = format!(
            "The surplus of {}, {}, is transferred: {}.{}",
            election.name(candidate),
            plural_votes(&ar.figure(&surplus)),
            destinations(election, &transfer),
            record.tie_sentence(ties_before),
        );
        let mut round = Round::new(RoundEvent::Surplus);
        round.subjects = vec![candidate];
        round.transfers = vec![transfer];
        self.finish(round, said, record)
    }

    /// The largest group whose votes and all surpluses together do not exceed the votes of the next candidate (5.2.5).
    fn sure_losers(&self) -> Result<Vec<Candidate>, NumberError> {
        let mut ascending = self.stages.by_votes(self.stages.all(Standing::Hopeful));
        ascending.reverse();
        let most = ascending.len().saturating_sub(self.stages.vacancies());
        let mut sum = self.surpluses()?;
        let mut sure = 0;
        for (place, candidate) in ascending.iter().enumerate().take(most) {
            let votes = self.stages.votes(*candidate);
            sum = self.ar.add(&sum, votes)?;
            let Some(next) = ascending.get(place + 1).map(|next| self.stages.votes(*next)) else {
                break;
            };
            // Those with equal votes stay together.
            if next > votes && sum <= *next {
                sure = place + 1;
            }
        }
        ascending.truncate(sure);
        Ok(ascending)
    }

    fn losers(&mut self, sure: Vec<Candidate>, record: &mut Record<'_>) -> Result<Vec<Candidate>, Halt> {
        let first = std::mem::replace(&mut self.first_exclusion, false);
        let zero = self.ar.zero();
        let others: Vec<Candidate> = self
            .stages
            .all(Standing::Hopeful)
            .into_iter()
            .filter(|candidate| !sure.contains(candidate))
            .collect();
        let one_more = first
            && self.surpluses()? == zero
            && sure.iter().all(|candidate| *self.stages.votes(*candidate) == zero)
            && others.len() > self.stages.vacancies();
        let mut losers = sure;
        if losers.is_empty() || one_more {
            let lowest = self.stages.at_end(&others, false);
            losers.push(record.break_tie(TieQuestion::Exclude, &lowest)?);
        }
        losers.sort_unstable();
        Ok(losers)
    }

    /// Section 5.4: papers of one value after another, highest first, each its own stage.
    fn exclude(
        &mut self,
        losers: &[Candidate],
        ties_before: usize,
        record: &mut Record<'_>,
    ) -> Result<(), Halt> {
        let election = self.stages.election;
        for candidate in losers {
            self.stages.set(*candidate, Standing::Excluded);
        }
        let mut classes: Vec<Class> = Vec::new();
        for candidate in losers {
            for group in &self.stages.piles[candidate.index()] {
                let class = self.stages.papers.class_of(*group);
                if !classes.contains(&class) {
                    classes.push(class);
                }
            }
        }
        classes.sort_by(|a, b| self.stages.papers.value(*b).cmp(self.stages.papers.value(*a)));
        let who = names(election, losers);
        let verb = if losers.len() == 1 { "is" } else { "are" };
        let ties = record.tie_sentence(ties_before);
        if classes.is_empty() {
            let mut round = Round::new(RoundEvent::Exclusion);
            round.subjects = losers.to_vec();
            round.eliminated = losers.to_vec();
            return self.finish(round, format!("{who} {verb} excluded, holding no papers.{ties}"), record);
        }
        let last = classes.len() - 1;
        for (number, class) in classes.into_iter().enumerate() {
            record.step()?;
            let mut round = Round::new(RoundEvent::Exclusion);
            let mut parts = Vec::new();
            let open = self.stages.open.clone();
            let mut received = Vec::new();
            for candidate in losers {
                let at = candidate.index();
                let papers = &self.stages.papers;
                let pile = std::mem::take(&mut self.stages.piles[at]);
                let (moving, staying): (Vec<u32>, Vec<u32>) =
                    pile.into_iter().partition(|group| papers.class_of(*group) == class);
                self.stages.piles[at] = staying;
                let parcels = self.stages.papers.move_on(moving, &open, |class| class);
                received.extend(parcels.iter().cloned());
                let transfer = self.hand_on(*candidate, class, parcels)?;
                if number == last {
                    self.stages.votes[at] = self.ar.zero();
                }
                if !transfer.to.is_empty() {
                    round.transfers.push(transfer);
                }
            }
            self.receive(&received);
            for transfer in &round.transfers {
                parts.push(format!(
                    "of {}, {}",
                    election.name(transfer.from),
                    destinations(election, transfer)
                ));
            }
            let value = self.ar.figure(self.stages.papers.value(class));
            let mut said = if number == 0 {
                round.eliminated = losers.to_vec();
                format!("{who} {verb} excluded.{ties} ")
            } else {
                String::new()
            };
            let _ =
                write!(said, "Papers of {who} at {} each move on: {}.", value.to_plain(), parts.join("; "));
            round.subjects = losers.to_vec();
            self.finish(round, said, record)?;
            if self.stages.is_decided() {
                break;
            }
        }
        Ok(())
    }

    /// Credits one excluded candidate's papers of one value.
    fn hand_on(
        &mut self,
        candidate: Candidate,
        class: Class,
        parcels: Vec<Parcel>,
    ) -> Result<Transfer, NumberError> {
        let at = candidate.index();
        let units = parcels.iter().map(|parcel| parcel.units).sum();
        let worth = self.stages.papers.worth(class, units)?;
        self.stages.votes[at] = self.ar.sub(&self.stages.votes[at], &worth)?;
        let gains = self.stages.credit(parcels)?;
        let value = Some(self.stages.papers.value(class));
        Ok(self.stages.transfer(candidate, &gains, &self.ar.zero(), value))
    }
}
