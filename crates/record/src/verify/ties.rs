//! Ties that the chair decided, or a lot.

use plenum_domain::event::Ballot;
use plenum_domain::result::EventResult;
use plenum_ports::documents::{AwaitedData, TieDecisionData};
use serde_json::Value;

use super::sitting::Told;
use super::{Check, Report};
use crate::leaf::Actor;

fn of(result: &Value) -> &[Value] {
    result["decisions"].as_array().map_or(&[], Vec::as_slice)
}

/// Whether the leaf of a decision adds one to those before, made by whom it says.
pub(super) fn follows(told: &Told<'_>, before: Option<&Value>, result: &Value) -> bool {
    let decisions = of(result);
    let Some(last) = decisions.len().checked_sub(1) else { return false };
    let by = decisions[last]["decided_by_user_id"].as_i64();
    let actor = match &told.leaf.actor {
        Actor::Person { user_id, .. } => Some(i64::from(*user_id)),
        Actor::Word(_) => None,
    };
    before.is_none_or(|before| of(before) == &decisions[..last]) && by.is_some() && by == actor
}

/// What was decided, in order. Each decision has to answer the question that the count asked when it came to it, with
/// one of those between whom it asked; a lot has to fall as its seed says.
pub(super) fn decided(
    id: i32,
    ballot: &Ballot,
    logged: &Value,
    count: impl Fn(&[String]) -> EventResult,
    report: &mut Report,
) -> Vec<String> {
    let mut choices = Vec::new();
    for (number, decision) in (1..).zip(of(logged)) {
        let decision: Option<TieDecisionData> = serde_json::from_value(decision.clone()).ok();
        let holds = decision.as_ref().is_some_and(|decision| answers(ballot, decision, &count(&choices)));
        report.expect(Check::Tally, holds, || {
            format!("event {id}: decision {number} on a tie is none that the count asked for, or no lot of its seed")
        });
        choices.extend(decision.map(|decision| decision.choice));
    }
    choices
}

fn answers(ballot: &Ballot, decision: &TieDecisionData, counted: &EventResult) -> bool {
    let Some(awaited) = &counted.awaits else { return false };
    let asked: AwaitedData = awaited.into();
    let chosen = match (decision.by.as_str(), &decision.seed) {
        ("chair", None) => decision.between.contains(&decision.choice),
        ("lot", Some(seed)) => awaited.draw(ballot, seed).as_ref() == Ok(&decision.choice),
        _ => false,
    };
    chosen && asked.question == decision.question && asked.between == decision.between
}
