//! Keys of secret votes: had before a transaction, destroyed after it.
//!
//! A key store may be far away, so nothing of it is waited for inside a transaction. What a use case
//! may need is had before ([`KeysInHand`]), and had anew for every try. A key is made durable before
//! the opening that uses it commits, so that no event is ever open without one, and destroyed after
//! the count has committed, so that none is ever lost to a crash in between. Whatever a crash leaves
//! undone is found in the database and in the store by [`App::tend_keys`].

use std::collections::HashMap;
use std::sync::Arc;

use plenum_domain::id::EventId;
use plenum_ports::keys::{KeyId, KeyStoreError, KeyStoreId, Opener, PublicKey};
use plenum_ports::repository::Seal;
use plenum_ports::{StoreError, Tx};

use crate::runner::App;
use crate::use_cases::NoteDestroyedKey;
use crate::{Failure, KeyTrouble};

/// A key that no event uses is thrown away when it is older than this. No opening takes so long.
const LEFTOVER: chrono::TimeDelta = chrono::TimeDelta::hours(1);

/// A key pair made for an event that is about to open.
#[derive(Clone, Debug)]
pub struct FreshKey {
    /// Which one.
    pub id: KeyId,
    /// Where its private half is.
    pub store: KeyStoreId,
    /// Its public half.
    pub public_key: PublicKey,
}

/// What was found of a key.
#[derive(Clone)]
pub enum Found {
    /// It is at hand.
    Here(Arc<dyn Opener>),
    /// Its own store does not have it any more.
    Lost,
    /// It belongs to another store than this server's.
    Elsewhere,
    /// The store cannot be asked, for this reason.
    Unknown(String),
}

/// The keys that a use case has at hand.
#[derive(Clone, Default)]
pub struct KeysInHand {
    /// One for each event that may be opened.
    fresh: Vec<Result<FreshKey, String>>,
    /// Which of them is for the event that opens now.
    turn: usize,
    found: HashMap<EventId, Found>,
}

impl KeysInHand {
    /// Whether nothing was asked for.
    pub fn is_empty(&self) -> bool {
        self.fresh.is_empty() && self.found.is_empty()
    }

    /// The key for an event that opens. Failing to have one is told here, where it is known that the
    /// person may open the event.
    ///
    /// # Errors
    /// [`Failure::Keys`]; [`StoreError::Retry`] when nobody asked for one, because the event became
    /// secret meanwhile.
    pub fn fresh(&self) -> Result<&FreshKey, Failure> {
        match self.fresh.get(self.turn) {
            Some(Ok(key)) => Ok(key),
            Some(Err(reason)) => Err(KeyTrouble::Unavailable(reason.clone()).into()),
            None => Err(StoreError::Retry.into()),
        }
    }

    /// The same for the event that opens as the one of this number, counted from 0, where several do.
    #[must_use]
    pub fn for_opening(&self, turn: usize) -> Self {
        Self { turn, ..self.clone() }
    }

    /// What opens the envelopes of an event; `None` when its key is lost.
    ///
    /// # Errors
    /// [`Failure::Keys`]; [`StoreError::Retry`] when nobody asked for it, because the event was opened
    /// meanwhile.
    pub fn opener(&self, event: EventId) -> Result<Option<&dyn Opener>, Failure> {
        match self.found.get(&event) {
            Some(Found::Here(opener)) => Ok(Some(&**opener)),
            Some(Found::Lost) => Ok(None),
            Some(Found::Elsewhere) => Err(KeyTrouble::Elsewhere.into()),
            Some(Found::Unknown(reason)) => Err(KeyTrouble::Unavailable(reason.clone()).into()),
            None => Err(StoreError::Retry.into()),
        }
    }
}

impl App {
    /// Makes a key for an event that is about to open. Whether that worked is told when the key is used.
    pub(crate) async fn fresh_key(&self) -> KeysInHand {
        self.fresh_keys(1).await
    }

    /// Makes keys for events that are about to open together.
    pub(crate) async fn fresh_keys(&self, count: usize) -> KeysInHand {
        let mut keys = KeysInHand::default();
        for _ in 0..count {
            keys.fresh.push(self.make_key().await);
        }
        keys
    }

    async fn make_key(&self) -> Result<FreshKey, String> {
        let made = async {
            let store = self.keys.id().await?;
            let id = KeyId::draw(&*self.env.randomness);
            let public_key = self.keys.generate(id).await?;
            Ok::<_, KeyStoreError>(FreshKey { id, store, public_key })
        };
        made.await.map_err(|error| error.to_string())
    }

    /// Has what opens the envelopes of these events.
    pub(crate) async fn keys_of(&self, seals: Vec<Seal>) -> KeysInHand {
        let mut keys = KeysInHand::default();
        for seal in seals {
            let found = self.find(&seal).await.unwrap_or_else(|error| Found::Unknown(error.to_string()));
            keys.found.insert(seal.event_id, found);
        }
        keys
    }

    async fn find(&self, seal: &Seal) -> Result<Found, KeyStoreError> {
        if self.keys.id().await? != seal.key_store_id {
            return Ok(Found::Elsewhere);
        }
        Ok(self.keys.opener(seal.key_id).await?.map_or(Found::Lost, Found::Here))
    }

    /// What follows a try of a use case: a key that was made and not used goes, and so do keys that have
    /// done their duty. Whatever goes wrong here is put right by the schedule.
    pub(crate) async fn settle(&self, keys: &KeysInHand, outcome_known: bool) {
        let fresh: Vec<KeyId> = keys.fresh.iter().flatten().map(|key| key.id).collect();
        if outcome_known && let Err(failure) = self.discard_unused(&fresh).await {
            tracing::warn!(%failure, "a key that was not used could not be destroyed yet");
        }
        if !keys.found.is_empty()
            && let Err(failure) = self.destroy_retired_keys().await
        {
            tracing::warn!(%failure, "a key could not be destroyed yet; the schedule tries again");
        }
    }

    /// Destroys what no event needs: keys of votes that are over, and keys of openings that never came
    /// to be. Returns how many keys of votes went.
    ///
    /// # Errors
    /// [`Failure::Keys`] or [`Failure::Store`]; what is left is found the next time.
    pub async fn tend_keys(&self) -> Result<usize, Failure> {
        let destroyed = self.destroy_retired_keys().await?;
        let old = self.env.clock.now() - LEFTOVER;
        let keys = self.keys.list().await?;
        let old: Vec<KeyId> = keys.iter().filter(|key| key.created_at < old).map(|key| key.id).collect();
        self.discard_unused(&old).await?;
        Ok(destroyed)
    }

    /// Destroys the keys of votes that were counted or never will be, and notes it.
    ///
    /// That a key is retired was read from another connection than the one that wrote it, so it is
    /// committed and on disk.
    async fn destroy_retired_keys(&self) -> Result<usize, Failure> {
        let store = self.keys.id().await?;
        let waiting = self.queries.keys_to_destroy(store).await?;
        for seal in &waiting {
            self.env.observer.reached("keys.destroying");
            self.keys.destroy(seal.key_id).await?;
            self.env.observer.reached("keys.destroyed");
            // Boxed: a use case ends with this, and this runs one, which needs no keys itself.
            Box::pin(self.run(&NoteDestroyedKey { event_id: seal.event_id })).await?;
        }
        Ok(waiting.len())
    }

    async fn discard_unused(&self, keys: &[KeyId]) -> Result<(), Failure> {
        if keys.is_empty() {
            return Ok(());
        }
        let known = self.queries.known_keys(keys).await?;
        for key in keys.iter().filter(|key| !known.contains(key)) {
            self.keys.destroy(*key).await?;
        }
        Ok(())
    }
}

/// Retires the key of an event, when it has one: nothing is opened with it from here on.
pub(crate) async fn retire(
    tx: &mut dyn Tx,
    event: EventId,
    at: plenum_domain::Moment,
) -> Result<(), Failure> {
    if tx.sealed().seal(event).await?.is_some() {
        tx.sealed().retire_key(event, at).await?;
    }
    Ok(())
}
