//! The Smith set and the Schwartz set for themselves, and instant runoff within the Smith set.

use super::{
    CondorcetMethod, Pairwise,
    graph::{schwartz_set, smith_set},
    strength::take_unranked,
};
use crate::{
    election::Candidate,
    error::ParamError,
    method::{CountingRule, MethodInfo, ParamInfo, Params, Rule, SeatRule},
    ranked::{Irv, OvervoteRule},
    result::{Halt, Record, Round, RoundEvent},
};

/// What there is to know about the Smith set.
pub(super) const SMITH: MethodInfo = MethodInfo {
    name: "smith-set",
    aliases: &["smith", "getcha"],
    title: "Smith set",
    ballots: &["ranked"],
    seats: SeatRule::One,
    parameters: &[],
    build: |params| {
        take_unranked(params)?;
        Ok(Rule::Condorcet(CondorcetMethod::SmithSet(SmithSet)))
    },
};

/// What there is to know about the Schwartz set.
pub(super) const SCHWARTZ: MethodInfo = MethodInfo {
    name: "schwartz-set",
    aliases: &["schwartz", "gocha"],
    title: "Schwartz set",
    ballots: &["ranked"],
    seats: SeatRule::One,
    parameters: &[],
    build: |params| {
        take_unranked(params)?;
        Ok(Rule::Condorcet(CondorcetMethod::SchwartzSet(SchwartzSet)))
    },
};

/// What there is to know about instant runoff within the Smith set.
pub(super) const SMITH_IRV: MethodInfo = MethodInfo {
    name: "smith-irv",
    aliases: &["smith//irv"],
    title: "Smith//IRV: instant runoff within the Smith set",
    ballots: &["ranked"],
    seats: SeatRule::One,
    parameters: &[ParamInfo {
        name: "overvote-rule",
        values: "exhaust, skip, exhaust-if-multiple-continuing; how the runoff reads equal ranks",
        default: "exhaust-if-multiple-continuing",
    }],
    build: build_smith_irv,
};

/// The smallest group, not empty, each of whom beats everybody outside it (J. H. Smith, 1973). Its only member, if it
/// has one, is elected: the Condorcet winner. Otherwise the set itself is the result and nobody is elected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct SmithSet;

/// Everybody who beats, directly or through others, all who so beat them (T. Schwartz, 1972). It differs from the Smith
/// set, of which it is a part, only where pairs are drawn. Its only member, if it has one, is elected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct SchwartzSet;

/// Everybody outside the Smith set is taken out first, then instant runoff decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SmithIrv {
    /// How the runoff reads several marks at one rank. The comparison of pairs reads them as equal preferences.
    pub overvote: OvervoteRule,
}

impl Default for SmithIrv {
    fn default() -> Self {
        Self { overvote: OvervoteRule::ExhaustIfMultipleContinuing }
    }
}

fn build_smith_irv(params: &mut Params) -> Result<Rule, ParamError> {
    take_unranked(params)?;
    let overvote = params
        .take_choice(&["overvote-rule", "overvote"], &OvervoteRule::CHOICES)?
        .unwrap_or(OvervoteRule::ExhaustIfMultipleContinuing);
    Ok(Rule::Condorcet(CondorcetMethod::SmithIrv(SmithIrv { overvote })))
}

/// Reports a set; elects its only member.
fn report(
    record: &mut Record<'_>,
    group: &'static str,
    title: &str,
    members: &[Candidate],
) -> Result<(), Halt> {
    let mut round = Round::new(RoundEvent::Pairs);
    record.result.groups.push((group, members.to_vec()));
    let election = record.election();
    if let [_] = members {
        return record.conclude(round, members, |winner, _| {
            format!("{} alone forms the {title} and is elected", election.name(winner))
        });
    }
    round.sentence =
        format!("the {title} is {}; the method elects nobody from among them.", record.names(members));
    record.result.groups.push(("winners", Vec::new()));
    record.push(round);
    Ok(())
}

impl CountingRule for SmithSet {
    fn info(&self) -> &'static MethodInfo {
        &SMITH
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        let pairwise = Pairwise::record(record)?;
        let members = pairwise.named(smith_set(&pairwise));
        report(record, "smith_set", "Smith set", &members)
    }
}

impl CountingRule for SchwartzSet {
    fn info(&self) -> &'static MethodInfo {
        &SCHWARTZ
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        let pairwise = Pairwise::record(record)?;
        let members = pairwise.named(schwartz_set(&pairwise));
        report(record, "schwartz_set", "Schwartz set", &members)
    }
}

impl CountingRule for SmithIrv {
    fn info(&self) -> &'static MethodInfo {
        &SMITH_IRV
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![("overvote-rule", self.overvote.name().to_owned())]
    }

    fn count(&self, record: &mut Record<'_>) -> Result<(), Halt> {
        let pairwise = Pairwise::record(record)?;
        let members = pairwise.named(smith_set(&pairwise));
        let outside: Vec<Candidate> =
            pairwise.candidates().iter().copied().filter(|candidate| !members.contains(candidate)).collect();
        let reason = format!("the Smith set is {}.", record.names(&members));
        record.result.groups.push(("smith_set", members));
        let irv = Irv { overvote: self.overvote, ..Irv::default() };
        irv.count_without(record, &outside, &reason)
    }
}
