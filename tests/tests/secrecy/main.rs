//! Secret votes under attack by somebody who holds everything the database ever wrote: its rows in
//! their physical order, its files with what was deleted from them, transaction numbers, and the
//! write-ahead log. The same attacker breaks two usual ways of keeping ballots apart from voters, so
//! that it is known to work.

mod attack;
mod crash;
mod hall;

use std::collections::BTreeMap;

use attack::{Evidence, Order};
use hall::{Hall, OPTIONS};

const VOTERS: usize = 1_000;

/// The share of voters whose choice an attacker names who knows the result and nothing else.
fn chance(votes: &BTreeMap<i32, usize>) -> f64 {
    let mut counts = [0_usize; OPTIONS.len()];
    for choice in votes.values() {
        counts[*choice] += 1;
    }
    share(counts.into_iter().max().unwrap_or_default(), votes.len())
}

#[expect(clippy::cast_precision_loss, reason = "a share of at most a few thousand")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

/// What three standard deviations above chance come to.
fn bar(votes: &BTreeMap<i32, usize>) -> f64 {
    let chance = chance(votes);
    3.0_f64.mul_add((chance * (1.0 - chance) / share(votes.len(), 1)).sqrt(), chance)
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_with_the_whole_database_links_voters_to_ballots() {
    let hall = Hall::open(VOTERS).await;
    let event = hall.secret_election("Sealed").await;
    let votes = hall.vote(event).await;
    hall.close(event).await;
    let nulled = hall.naive_nulled(&votes).await;
    let tables = hall.naive_two_tables(&votes).await;

    // The write-ahead log first: a checkpoint may throw parts of it away.
    let log = hall.write_ahead_log();
    hall.checkpoint().await;
    let files = hall.database_files();
    let sealed = hall.rows("envelopes", "principal_user_id", "ballots", "vote_response->>0", event).await;
    let bar = bar(&votes);
    let figure = |name: &str, evidence: &Evidence| {
        let rate = evidence.rate(&votes);
        println!("{name}: {rate:.3} of {VOTERS} linked (chance {:.3}, bar {bar:.3})", chance(&votes));
        rate
    };
    let attacks = [
        ("sealed, dump order", sealed.pair(Order::Physical)),
        ("sealed, keys in order", sealed.pair(Order::Keys)),
        ("sealed, transaction numbers", sealed.pair(Order::Transactions)),
        ("sealed, same transaction", sealed.same_transaction()),
        ("sealed, heap files", attack::beside(&files, &hall.instances, "sealed")),
        ("sealed, write-ahead log", attack::beside(&log, &hall.instances, "sealed")),
        ("sealed, order in the write-ahead log", attack::in_sequence(&log, &hall.instances, "sealed")),
    ];
    for (name, evidence) in &attacks {
        assert!(figure(name, evidence) <= bar, "{name}: better than chance");
    }
    // The same attacks on layouts that look as if they kept the secret.
    let naive = [
        ("set to NULL, heap files", attack::beside(&files, &hall.instances, "nulled")),
        ("set to NULL, write-ahead log", attack::beside(&log, &hall.instances, "nulled")),
        ("two tables, dump order", tables.pair(Order::Physical)),
        ("two tables, keys in order", tables.pair(Order::Keys)),
        ("two tables, transaction numbers", tables.pair(Order::Transactions)),
        ("two tables, same transaction", tables.same_transaction()),
        ("two tables, order in the write-ahead log", attack::in_sequence(&log, &hall.instances, "apart")),
    ];
    for (name, evidence) in &naive {
        assert!(figure(name, evidence) > 0.9, "{name}: the attack does not work, so it proves nothing");
    }
    assert_eq!(nulled, 0, "in the table itself nothing is left to see");
    hall.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ballot_appears_nowhere_while_voting_is_open_and_beside_nobody_after() {
    let hall = Hall::open(40).await;
    let event = hall.secret_election("Canary").await;
    // The names of the candidates stand in the event, all together; only a vote names one alone.
    hall.vote(event).await;
    hall.checkpoint().await;
    let open = hall.everything();
    assert!(attack::count(&open, hall::label("Canary", 1).as_bytes()) > 0, "the candidates are there");
    assert_eq!(attack::choices(&open, "Canary"), 0, "a choice was written while voting was open");
    for choice in OPTIONS {
        let packed = hall.packed(event, choice).await;
        assert_eq!(attack::count(&open, &packed), 0, "an envelope's content was written");
    }
    hall.close(event).await;
    hall.checkpoint().await;
    assert!(
        attack::choices(&hall.everything(), "Canary") >= 40,
        "bare ballots are there: choices can be found"
    );
    let evidence = attack::beside(&hall.everything(), &hall.instances, "Canary");
    assert!(evidence.is_empty(), "a choice stands beside a person: {evidence:?}");
    assert_eq!(attack::count(&hall.key_files(), b"plenum key"), 0, "the key is gone");
    hall.end().await;
}
