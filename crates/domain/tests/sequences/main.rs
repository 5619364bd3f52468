//! Random sequences of everything that can happen in a sitting, held against what must always be true:
//! nobody is counted twice, no accepted vote is lost, none is accepted late, no figure exceeds the roll,
//! no mandate is passed on, and a result is a function of roll, votes and method.

mod checks;
mod command;
mod desk;
mod presence;
mod voting;
mod world;

use std::hash::BuildHasher;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use command::{Command, Setting, commands, settings};
use desk::DeskCommand;
use world::{Seen, World};

fn play(setting: &Setting, commands: &[Command]) -> Seen {
    let mut world = World::new(setting);
    world.apply(&Command::Open { election: false, proxies: true, delay: 0, minutes: None });
    // An office to stand for and a motion to amend, so that what follows has something to meet.
    for command in [
        DeskCommand::OpenOffice { seats: 2 },
        DeskCommand::Move { by: 1 },
        DeskCommand::Write { motion: 0, word: 0 },
        DeskCommand::Amend { motion: 0, from: 0, to: 1 },
    ] {
        world.apply(&Command::Desk(command));
    }
    for command in commands {
        world.apply(command);
        checks::hold(&world);
        if matches!(command, Command::Desk(_)) {
            world.desk.hold();
        }
    }
    world.apply(&Command::CloseSitting);
    checks::hold(&world);
    checks::everything_is_counted(&world);
    world.seen
}

/// Sequences in one test run, spread over four tests that run side by side.
const SEQUENCES: u64 = 10_000;
const PARTS: u64 = 4;
/// Where the sequences begin that a test run plays; a number in this variable plays the same again.
const SEED: &str = "PLENUM_SEED";

/// What the sequences of this run begin with: another one each time, unless someone says.
fn seed() -> u64 {
    match std::env::var(SEED) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{SEED} is a number, not {text}")),
        Err(_) => std::collections::hash_map::RandomState::new().hash_one(0),
    }
}

fn generator(seed: u64, number: u64) -> TestRng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&number.to_le_bytes());
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}

/// Plays a part of the sequences, each from a seed of its own; one that fails is made as short as it
/// still fails, and told with the seed that brings it back.
fn play_part(part: u64) {
    let seed = seed();
    let config = Config { cases: 1, failure_persistence: None, ..Config::default() };
    for number in part * SEQUENCES / PARTS..(part + 1) * SEQUENCES / PARTS {
        let mut runner = TestRunner::new_with_rng(config.clone(), generator(seed, number));
        let played = runner.run(&(settings(), commands()), |(setting, commands)| {
            play(&setting, &commands);
            Ok(())
        });
        if let Err(failure) = played {
            panic!("sequence {number} fails; play it again with {SEED}={seed}: {failure}");
        }
    }
}

#[test]
fn whatever_happens_its_results_are_right_first_quarter() {
    play_part(0);
}

#[test]
fn whatever_happens_its_results_are_right_second_quarter() {
    play_part(1);
}

#[test]
fn whatever_happens_its_results_are_right_third_quarter() {
    play_part(2);
}

#[test]
fn whatever_happens_its_results_are_right_fourth_quarter() {
    play_part(3);
}

/// The sequences would prove nothing if they never came to the point.
#[test]
fn the_sequences_come_to_the_point() {
    let mut runner = TestRunner::deterministic();
    let mut total = Seen::default();
    for _ in 0..640 {
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
        ("votes changed", total.changed, 5),
        ("votes given more time", total.extended, 3),
        ("figures shown or hidden", total.shared, 10),
        ("late arrivals refused", total.late, 10),
        ("late arrivals who joined the roll", total.joined_late, 5),
        ("people nominated", total.desk.nominated, 60),
        ("nominations refused", total.desk.not_nominated, 20),
        ("nominations answered", total.desk.answered, 10),
        ("ballots made of nominations", total.desk.ballots, 5),
        ("texts amended", total.desk.amended, 1),
        ("motions withdrawn", total.desk.withdrawn, 3),
        ("motions voted on", total.desk.opened, 30),
        ("motions that wait for an amendment", total.desk.pending, 1),
        ("ties decided by the chair", total.desk.ties, 5),
        ("elections stopped by an option that is no candidate", total.desk.stopped, 1),
        ("sealed votes counted", total.desk.sealed, 5),
        ("weights split", total.split, 5),
        ("people who waited", total.waited, 20),
        ("people let in by the host", total.let_in, 10),
        ("people turned away", total.turned_away, 5),
        ("corrections of the attendance", total.corrected, 50),
        ("presence checks", total.asked, 50),
        ("people set absent by one", total.set_absent, 10),
    ] {
        assert!(count >= least, "only {count} {what}: {total:?}");
    }
}
