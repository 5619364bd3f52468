//! Ten thousand random sequences of grants, promises, revocations, changes of membership and committees, and people
//! who are kept out or joined: at no time is the organization without somebody who runs it, and nobody ever hands
//! out more than they may do.

#[path = "grants/world.rs"]
mod world;

use plenum_domain::permission::{Action, Standing};
use proptest::prelude::*;
use world::{Attempt, Change, PEOPLE, PLACES, World, attempts};

/// How everybody stands towards everything: one row for each person.
type Standings = Vec<Vec<Standing>>;

fn standings(world: &World) -> Standings {
    (0..PEOPLE).map(|who| PLACES.iter().map(|place| world.standing(who, *place)).collect()).collect()
}

fn actions(standing: &Standing) -> impl Iterator<Item = Action> {
    Action::ALL.iter().copied().filter(|action| action.allows(standing))
}

/// Holds what an attempt changed against what everybody could do before it.
fn check(
    before: &Standings,
    after: &Standings,
    attempt: &Attempt,
    change: Change,
) -> Result<(), TestCaseError> {
    for who in 0..PEOPLE {
        for (at, place) in PLACES.iter().enumerate() {
            let (was, is) = (&before[who][at], &after[who][at]);
            if was == is {
                continue;
            }
            let won: Vec<Action> = actions(is).filter(|action| !action.allows(was)).collect();
            let fair = |giver: usize| won.iter().all(|action| action.allows(&before[giver][at]));
            match change {
                _ if won.is_empty() => {}
                Change::Gave { to, by } => {
                    prop_assert_eq!(to, who, "somebody else gained by {:?}", attempt);
                    prop_assert!(to != by, "{:?} gave a person {:?} of their own making", attempt, won);
                    prop_assert!(fair(by), "{attempt:?} gave {won:?} at {place:?}, more than {by} had");
                }
                Change::Joined { kept, gone } => {
                    prop_assert_eq!(kept, who, "somebody else gained by {:?}", attempt);
                    prop_assert!(fair(gone), "{attempt:?} made {won:?} at {place:?} of nothing");
                }
                Change::Refused | Change::Took => {
                    prop_assert!(false, "{attempt:?} gave {who} {won:?} at {place:?}");
                }
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_granted_and_revoked(attempts in attempts()) {
        let mut world = World::new();
        let mut before = standings(&world);
        for attempt in &attempts {
            let change = world.attempt(attempt);
            if change == Change::Refused {
                continue;
            }
            prop_assert!(world.is_run(), "nobody runs the organization after {attempt:?}");
            let after = standings(&world);
            check(&before, &after, attempt, change)?;
            before = after;
        }
    }
}
