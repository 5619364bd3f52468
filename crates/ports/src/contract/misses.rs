//! Join codes that led nowhere.

use chrono::TimeDelta;
use plenum_domain::id::UserId;

use super::World;
use super::fixture::{Done, begin, minutes};
use crate::repository::MissKey;

const PERSON: MissKey = MissKey::Person(UserId::new(7));
const ADDRESS: MissKey = MissKey::Address(std::net::IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)));

/// Misses weigh one after the other, each under its own key, and are forgotten when nothing is left.
pub async fn misses_weigh_one_after_the_other(world: &dyn World) {
    let queries = world.queries();
    let keys = [MissKey::All, PERSON, ADDRESS];
    assert_eq!(queries.misses(&keys).await.done(), [TimeDelta::zero(); 3]);
    let mut tx = begin(world).await;
    tx.misses()
        .add(&[(PERSON, minutes(10)), (MissKey::All, minutes(1)), (ADDRESS, TimeDelta::zero())])
        .await
        .done();
    tx.misses().add(&[(PERSON, minutes(10)), (MissKey::All, minutes(1))]).await.done();
    tx.commit().await.done();
    let left = queries.misses(&keys).await.done();
    let about =
        |left: TimeDelta, whole| left <= minutes(whole) && left > minutes(whole) - TimeDelta::seconds(30);
    assert!(about(left[0], 2), "of all: {left:?}");
    assert!(about(left[1], 20), "of the person: {left:?}");
    assert_eq!(left[2], TimeDelta::zero());
    assert_eq!(queries.misses(&[]).await.done(), []);

    let mut tx = begin(world).await;
    assert_eq!(tx.misses().purge().await.done(), 1, "the address is forgotten");
    assert_eq!(tx.misses().purge().await.done(), 0);
    tx.commit().await.done();
    assert!(about(queries.misses(&[PERSON]).await.done()[0], 20));
}
