//! Who has a stream open, so that a change for one person, or of one sitting's screen, reaches their
//! streams and no others.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use plenum_domain::id::{SessionId, UserId};
use tokio::sync::watch;

/// Rings at the streams of one person or screen. Holding it keeps it in the list.
pub(super) type Bell = Arc<watch::Sender<()>>;

/// How many entries there are before those that ended are looked for.
const MANY: usize = 1024;

/// The bells of everything of a kind that has a stream open.
pub(super) struct Bells<K>(Mutex<HashMap<K, Weak<watch::Sender<()>>>>);

/// Those of everyone.
pub(super) type People = Bells<UserId>;
/// Those of every screen that is shown by a link.
pub(super) type Screens = Bells<SessionId>;

impl<K> Default for Bells<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Copy + Eq + Hash> Bells<K> {
    /// The bell of one, the same for all of its streams.
    pub(super) fn bell(&self, id: K) -> Bell {
        let mut bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if bells.len() >= MANY && bells.len() == bells.capacity() {
            bells.retain(|_, bell| bell.strong_count() > 0);
        }
        if let Some(bell) = bells.get(&id).and_then(Weak::upgrade) {
            return bell;
        }
        let bell = Bell::new(watch::channel(()).0);
        bells.insert(id, Arc::downgrade(&bell));
        bell
    }

    /// Tells the streams of one to ask whether they may go on.
    pub(super) fn ring(&self, id: K) {
        let bell = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&id).and_then(Weak::upgrade);
        if let Some(bell) = bell {
            bell.send_replace(());
        }
    }

    /// Tells all.
    pub(super) fn ring_all(&self) {
        let bells: Vec<Bell> = {
            let bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            bells.values().filter_map(Weak::upgrade).collect()
        };
        for bell in bells {
            bell.send_replace(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_reaches_one_person_and_those_who_left_are_forgotten() {
        let people = People::default();
        let (first, second) = (people.bell(UserId::new(1)), people.bell(UserId::new(2)));
        assert!(Arc::ptr_eq(&first, &people.bell(UserId::new(1))));
        let (mut heard, silent) = (first.subscribe(), second.subscribe());
        people.ring(UserId::new(1));
        assert!(heard.has_changed().expect("a bell") && !silent.has_changed().expect("a bell"));
        heard.mark_unchanged();
        people.ring_all();
        assert!(heard.has_changed().expect("a bell") && silent.has_changed().expect("a bell"));
        for id in 10..10_000 {
            people.bell(UserId::new(id));
        }
        assert!(people.0.lock().expect("the list").len() < 4 * MANY);
    }
}
