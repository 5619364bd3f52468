//! The fakes keep the contract, and what they add works.

use std::sync::Arc;

use chrono::TimeDelta;

use super::*;
use crate::StoreError;
use crate::clock::Clock;
use crate::contract::{self, World};
use crate::live::Notifier;
use crate::queries::Queries;
use crate::randomness::Randomness;
use crate::store::Store;

impl World for MemoryStore {
    fn store(&self) -> Arc<dyn Store> {
        Arc::new(self.clone())
    }

    fn queries(&self) -> Arc<dyn Queries> {
        Arc::new(self.clone())
    }

    fn notifier(&self) -> Arc<dyn Notifier> {
        Arc::new(self.clone())
    }
}

mod contract_kept {
    use super::super::MemoryStore;

    crate::contract_tests!(MemoryStore::new());
}

#[tokio::test]
async fn the_contract_can_be_run_as_one() {
    contract::run_all(async || MemoryStore::new()).await;
}

#[test]
fn clones_of_a_clock_show_the_same_time() {
    let clock = FakeClock::default();
    let before = clock.now();
    clock.clone().advance(TimeDelta::seconds(5));
    assert_eq!(clock.now(), before + TimeDelta::seconds(5));
    clock.set(before);
    assert_eq!(clock.now(), before);
}

#[test]
fn randomness_repeats_itself_and_differs_by_seed() {
    let draw = |seed| {
        let source = FakeRandomness::seeded(seed);
        let (mut one, mut two) = ([0; 16], [0; 13]);
        source.fill(&mut one);
        source.fill(&mut two);
        assert_ne!(one[..13], two);
        (one, two)
    };
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
}

#[tokio::test]
async fn the_clock_of_the_store_is_set_by_the_test() {
    let store = MemoryStore::new();
    let start = store.clock().now();
    store.advance(TimeDelta::hours(1));
    let mut tx = store.begin().await.expect("a transaction begins");
    assert_eq!(tx.now().await.expect("the time"), start + TimeDelta::hours(1));
    store.set_now(start);
    assert_eq!(Queries::now(&store).await.expect("the time"), start);
}

#[tokio::test(start_paused = true)]
async fn a_transaction_inside_another_is_refused_and_does_not_hang() {
    let store = MemoryStore::new();
    let _held = store.begin().await.expect("a transaction begins");
    assert!(matches!(store.begin().await, Err(StoreError::Unavailable(_))));
}

mod key_contract_kept {
    use std::sync::Arc;

    use async_trait::async_trait;

    use super::super::{FakeSealing, MemoryKeyStore};
    use crate::contract::keys::KeyWorld;
    use crate::keys::{KeyStore, Sealing};

    #[async_trait]
    impl KeyWorld for MemoryKeyStore {
        async fn keys(&self) -> Arc<dyn KeyStore> {
            Arc::new(self.clone())
        }

        fn sealing(&self) -> Arc<dyn Sealing> {
            Arc::new(FakeSealing)
        }
    }

    crate::key_store_tests!(MemoryKeyStore::default());
}
