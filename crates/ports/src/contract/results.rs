//! Counted results.

use plenum_domain::event::Terms;
use plenum_domain::id::EventId;
use plenum_domain::organization::{QuorumRule, Weight};
use plenum_domain::result::{self, Outcome, RollLine};
use plenum_domain::vote::Response;

use super::World;
use super::fixture::{Done, Hall, begin, counted_by, election, motion, refused};
use crate::documents::ResultData;

/// Results of motions and elections come back figure by figure, in and outside a transaction.
pub async fn results_of_every_outcome_come_back(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 4).await;
    let heavy = Weight::new(Weight::MAX).expect("a weight");
    let line = |at: usize| RollLine {
        principal: hall.id(at),
        weight: if at == 3 { heavy } else { Weight::ONE },
        present: at != 2,
    };
    let roll: Vec<RollLine> = (0..4).map(line).collect();
    let names = || election(&["Żaneta", "王小明", "abstain"]);
    let one = |choices: &[usize]| choices.iter().map(|choice| Response::One(*choice)).collect::<Vec<_>>();
    let ranking =
        |orders: &[&[usize]]| orders.iter().map(|order| Response::Ranking(order.to_vec())).collect();
    let cases: [(Terms, QuorumRule, Vec<Response>, Outcome); 8] = [
        (motion(), QuorumRule::None, one(&[0, 0, 1]), Outcome::Adopted),
        (motion(), QuorumRule::Count(2), one(&[1, 0, 2, 1]), Outcome::Rejected),
        (motion(), QuorumRule::Count(9), one(&[0, 0]), Outcome::NoQuorum),
        (names(), QuorumRule::None, one(&[0, 1, 1]), Outcome::Elected),
        (names(), QuorumRule::None, one(&[0, 1, 2]), Outcome::Tie),
        (names(), QuorumRule::None, one(&[2, 2]), Outcome::NobodyElected),
        (counted_by("meek-stv", 2), QuorumRule::None, ranking(&[&[0, 1], &[0, 2], &[1]]), Outcome::Elected),
        (counted_by("schulze", 1), QuorumRule::None, ranking(&[&[0, 2], &[1], &[]]), Outcome::Tie),
    ];
    let mut kept = Vec::new();
    for (terms, quorum, choices, outcome) in cases {
        let votes: Vec<_> =
            choices.into_iter().enumerate().map(|(at, response)| (hall.id(at), response)).collect();
        let result = result::count(&terms.ballot, quorum, &roll, &votes);
        assert_eq!(result.outcome, outcome, "{}", result.summary);
        let result = ResultData::counted(&result);
        let draft = hall.draft(&mut *tx, terms).await;
        let event = hall.open(&mut *tx, &draft, &[0, 1, 2, 3]).await;
        let now = tx.now().await.done();
        tx.results().insert(event.id, &result, now).await.done();
        assert_eq!(tx.results().get(event.id).await.done().as_ref(), Some(&result));
        kept.push((event.id, result));
    }
    tx.commit().await.done();

    for (event, result) in kept {
        assert_eq!(world.queries().result(event).await.done(), Some(result));
    }
    let mut tx = begin(world).await;
    assert_eq!(tx.results().get(EventId::new(i32::MAX)).await.done(), None);
    assert_eq!(world.queries().result(EventId::new(i32::MAX)).await.done(), None);
}

/// A second result is refused and the first one stays.
pub async fn a_result_is_written_once(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 1).await;
    let event = hall.open_motion(&mut *tx, &[0]).await;
    assert_eq!(tx.results().get(event.id).await.done(), None);
    let (_, first) = hall.close(&mut *tx, &event).await;
    tx.commit().await.done();

    let mut tx = begin(world).await;
    let line = RollLine { principal: hall.id(0), weight: Weight::ONE, present: true };
    let vote = (hall.id(0), Response::One(0));
    let second = ResultData::counted(&result::count(&event.terms.ballot, QuorumRule::None, &[line], &[vote]));
    assert_ne!(second, first);
    let now = tx.now().await.done();
    refused(tx.results().insert(event.id, &second, now).await);
    drop(tx);
    assert_eq!(world.queries().result(event.id).await.done(), Some(first));
}

/// A result that waited is followed by another, which is the present one; without a first there is none to follow.
pub async fn a_result_is_completed_by_another(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 1).await;
    let event = hall.open_motion(&mut *tx, &[0]).await;
    tx.commit().await.done();

    let mut tx = begin(world).await;
    let line = RollLine { principal: hall.id(0), weight: Weight::ONE, present: true };
    let count = |choice| {
        let vote = (hall.id(0), Response::One(choice));
        ResultData::counted(&result::count(&event.terms.ballot, QuorumRule::None, &[line], &[vote]))
    };
    let now = tx.now().await.done();
    refused(tx.results().complete(event.id, &count(1), now).await);
    drop(tx);

    let mut tx = begin(world).await;
    tx.results().insert(event.id, &count(1), now).await.done();
    for choice in [2, 0] {
        tx.results().complete(event.id, &count(choice), now).await.done();
        assert_eq!(tx.results().get(event.id).await.done(), Some(count(choice)));
    }
    tx.commit().await.done();
    assert_eq!(world.queries().result(event.id).await.done(), Some(count(0)));
}
