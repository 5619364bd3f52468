//! Random sequences of everything that can happen in a sitting, held against what must always be true:
//! nobody is counted twice, no accepted vote is lost, none is accepted late, no figure exceeds the roll,
//! no mandate is passed on, and a result is a function of roll, votes and method.

mod checks;
mod command;
mod world;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

use command::{Command, Setting, commands, settings};
use world::{Seen, World};

fn play(setting: &Setting, commands: &[Command]) -> Seen {
    let mut world = World::new(setting);
    world.apply(&Command::Open { election: false, proxies: true, delay: 0, minutes: None });
    for command in commands {
        world.apply(command);
        checks::hold(&world);
    }
    world.apply(&Command::CloseSitting);
    checks::hold(&world);
    checks::everything_is_counted(&world);
    world.seen
}

proptest! {
    #![proptest_config(Config { cases: 512, failure_persistence: None, ..Config::default() })]

    #[test]
    fn whatever_happens_in_a_sitting_its_results_are_right(
        setting in settings(),
        commands in commands(),
    ) {
        play(&setting, &commands);
    }
}

/// The sequences would prove nothing if they never came to the point.
#[test]
fn the_sequences_come_to_the_point() {
    let mut runner = TestRunner::deterministic();
    let mut total = Seen::default();
    for _ in 0..256 {
        let drawn = (settings(), commands()).new_tree(&mut runner).expect("a sequence");
        let (setting, commands) = drawn.current();
        total += play(&setting, &commands);
    }
    for (what, count, least) in [
        ("votes accepted", total.accepted, 300),
        ("votes accepted through a proxy", total.by_proxy, 50),
        ("votes refused", total.refused, 1000),
        ("votes refused because the event was closed or over", total.too_late, 100),
        ("votes refused because the principal had voted", total.twice, 100),
        ("votes refused because the principal was present", total.suspended, 20),
        ("mandates given", total.given, 200),
        ("mandates refused because they would be passed on", total.chains, 50),
        ("mandates revoked", total.revoked, 20),
        ("revocations refused because the mandate was used", total.used, 5),
        ("events counted", total.counted, 200),
        ("people removed", total.removed, 50),
    ] {
        assert!(count >= least, "only {count} {what}: {total:?}");
    }
}
