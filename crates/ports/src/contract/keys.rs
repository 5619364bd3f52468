//! The contract of key stores, apart from that of stores: neither needs the other.
//!
//! [`key_store_tests!`](crate::key_store_tests) turns each behaviour into a test of the adapter's own.

use std::sync::Arc;

use async_trait::async_trait;

use crate::fakes::FakeRandomness;
use crate::keys::{Envelope, KeyId, KeyStore, KeyStoreError, Opened, Opener, PublicKey, Sealing};

/// A key store of a behaviour's own, empty at first.
#[async_trait]
pub trait KeyWorld: Send + Sync {
    /// The store; each call opens it afresh, as a restart of the program does.
    async fn keys(&self) -> Arc<dyn KeyStore>;
    /// What seals for it.
    fn sealing(&self) -> Arc<dyn Sealing>;
}

fn id(number: u8) -> KeyId {
    KeyId::new([number; 16])
}

async fn generate(keys: &dyn KeyStore, number: u8) -> PublicKey {
    keys.generate(id(number)).await.expect("a key is made")
}

async fn opener(keys: &dyn KeyStore, number: u8) -> Arc<dyn Opener> {
    keys.opener(id(number)).await.expect("the store answers").expect("the key is there")
}

async fn open(opener: &dyn Opener, envelopes: &[Envelope]) -> Vec<Option<Vec<u8>>> {
    let contents: Vec<Opened> = opener.open(envelopes.to_vec()).await.expect("the opener answers");
    contents.into_iter().map(|content| content.ok().map(|content| content.to_vec())).collect()
}

struct Sealer<'a> {
    sealing: Arc<dyn Sealing>,
    key: &'a PublicKey,
    randomness: FakeRandomness,
}

impl<'a> Sealer<'a> {
    fn new(world: &dyn KeyWorld, key: &'a PublicKey) -> Self {
        Self { sealing: world.sealing(), key, randomness: FakeRandomness::seeded(3) }
    }

    #[expect(clippy::similar_names, reason = "the words of RFC 9180 and of the vote")]
    fn seal(&self, context: &str, content: &[u8]) -> Envelope {
        let sealed = self.sealing.seal(self.key, context.as_bytes(), content, &self.randomness);
        Envelope { context: context.as_bytes().to_vec(), sealed: sealed.expect("it is sealed") }
    }
}

/// What was sealed to a key comes out again, in order, also after the store was opened anew.
pub async fn a_key_opens_what_was_sealed_to_it(world: &dyn KeyWorld) {
    let key = generate(&*world.keys().await, 1).await;
    let sealer = Sealer::new(world, &key);
    let contents: Vec<Vec<u8>> = (0..40_u8).map(|at| vec![at; usize::from(at)]).collect();
    let envelopes: Vec<Envelope> = contents.iter().map(|content| sealer.seal("here", content)).collect();
    let keys = world.keys().await;
    let opened = open(&*opener(&*keys, 1).await, &envelopes).await;
    assert_eq!(opened, contents.into_iter().map(Some).collect::<Vec<_>>());
    assert_eq!(open(&*opener(&*keys, 1).await, &[]).await, []);
}

/// Length tells the length of the content and nothing else; the same content never looks the same.
pub async fn envelopes_show_a_length_and_nothing_else(world: &dyn KeyWorld) {
    let key = generate(&*world.keys().await, 1).await;
    let sealer = Sealer::new(world, &key);
    let same: Vec<Envelope> = (0..50).map(|_| sealer.seal("here", b"the same content")).collect();
    for (at, one) in same.iter().enumerate() {
        assert!(same.iter().skip(at + 1).all(|other| other.sealed != one.sealed));
        assert!(
            !one.sealed.windows(4).any(|part| b"the same content".windows(4).any(|content| content == part))
        );
    }
    let overhead = same[0].sealed.len() - 16;
    for length in [0, 1, 15, 64, 1000] {
        for fill in [0, 255] {
            let envelope = sealer.seal("here", &vec![fill; length]);
            assert_eq!(envelope.sealed.len(), length + overhead);
        }
    }
}

/// An envelope that was changed, moved to another context or sealed to another key is unreadable, and
/// spoils none of its neighbours.
pub async fn nothing_else_opens(world: &dyn KeyWorld) {
    let keys = world.keys().await;
    let (one, two) = (generate(&*keys, 1).await, generate(&*keys, 2).await);
    assert_ne!(one, two);
    let good = Sealer::new(world, &one).seal("here", b"content");
    let foreign = Sealer::new(world, &two).seal("here", b"content");
    let mut envelopes = vec![good.clone(), foreign.clone()];
    envelopes.push(Envelope { context: b"there".to_vec(), ..good.clone() });
    envelopes.push(Envelope { sealed: Vec::new(), ..good.clone() });
    envelopes.push(Envelope { sealed: good.sealed[..good.sealed.len() - 1].to_vec(), ..good.clone() });
    for at in 0..good.sealed.len() {
        let mut changed = good.clone();
        changed.sealed[at] ^= 1;
        envelopes.push(changed);
    }
    envelopes.push(good.clone());
    let opened = open(&*opener(&*keys, 1).await, &envelopes).await;
    let readable: Vec<usize> = (0..opened.len()).filter(|at| opened[*at].is_some()).collect();
    assert_eq!(readable, [0, envelopes.len() - 1]);
    assert_eq!(open(&*opener(&*keys, 2).await, &[foreign]).await, [Some(b"content".to_vec())]);
}

/// A destroyed key is gone, after a restart too, and its id stays free to name another.
pub async fn a_destroyed_key_is_gone(world: &dyn KeyWorld) {
    let keys = world.keys().await;
    let first = generate(&*keys, 1).await;
    generate(&*keys, 2).await;
    let sealed = Sealer::new(world, &first).seal("here", b"content");
    keys.destroy(id(1)).await.expect("it is destroyed");
    keys.destroy(id(1)).await.expect("twice is as good");
    keys.destroy(id(9)).await.expect("and so is one that never was");
    for keys in [keys, world.keys().await] {
        assert!(keys.opener(id(1)).await.expect("the store answers").is_none());
        let listed: Vec<KeyId> = keys.list().await.expect("a list").iter().map(|key| key.id).collect();
        assert_eq!(listed, [id(2)]);
    }
    let keys = world.keys().await;
    assert_ne!(generate(&*keys, 1).await, first);
    assert_eq!(open(&*opener(&*keys, 1).await, &[sealed]).await, [None]);
}

/// An id names one key: the second one asked for is refused and the first one stays.
pub async fn an_id_names_one_key(world: &dyn KeyWorld) {
    let keys = world.keys().await;
    let key = generate(&*keys, 1).await;
    let sealed = Sealer::new(world, &key).seal("here", b"content");
    let again = keys.generate(id(1)).await;
    assert!(matches!(again, Err(KeyStoreError::Taken)), "{again:?}");
    assert_eq!(open(&*opener(&*keys, 1).await, &[sealed]).await, [Some(b"content".to_vec())]);
}

/// Keys are listed by id.
pub async fn keys_are_listed(world: &dyn KeyWorld) {
    let keys = world.keys().await;
    assert_eq!(keys.list().await.expect("a list"), []);
    for number in [7, 3, 5] {
        generate(&*keys, number).await;
    }
    let listed = world.keys().await.list().await.expect("a list");
    assert_eq!(listed.iter().map(|key| key.id).collect::<Vec<_>>(), [id(3), id(5), id(7)]);
}

/// A store stays the same store when it is opened anew.
pub async fn a_store_keeps_its_name(world: &dyn KeyWorld) {
    let first = world.keys().await.id().await.expect("an id");
    generate(&*world.keys().await, 1).await;
    assert_eq!(world.keys().await.id().await.expect("an id"), first);
}

/// A public key that is none is refused.
pub async fn sealing_wants_a_key(world: &dyn KeyWorld) {
    let randomness = FakeRandomness::seeded(3);
    let right = generate(&*world.keys().await, 1).await;
    assert!(world.sealing().seal(&right, b"here", b"content", &randomness).is_ok());
    for bytes in [vec![], vec![7; 31], vec![7; 33]] {
        let sealed = world.sealing().seal(&PublicKey::new(bytes), b"here", b"content", &randomness);
        assert!(sealed.is_err());
    }
    assert!(!world.sealing().suite().is_empty());
}

/// Makes a test of every behaviour of a key store. The expression gives a fresh
/// [`KeyWorld`](crate::contract::keys::KeyWorld) each time.
#[macro_export]
macro_rules! key_store_tests {
    ($world:expr) => {
        $crate::key_store_tests! { @ $world,
            a_key_opens_what_was_sealed_to_it
            envelopes_show_a_length_and_nothing_else
            nothing_else_opens
            a_destroyed_key_is_gone
            an_id_names_one_key
            keys_are_listed
            a_store_keeps_its_name
            sealing_wants_a_key
        }
    };
    (@ $world:expr, $($name:ident)+) => {$(
        #[tokio::test]
        async fn $name() {
            let world = $world;
            $crate::contract::keys::$name(&world).await;
        }
    )+};
}
