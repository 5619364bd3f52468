//! An order that nobody can guess.

use plenum_ports::randomness::Randomness;

/// Puts items into an order drawn uniformly from all there are, from cryptographic randomness.
pub(crate) fn shuffle<T>(items: &mut [T], randomness: &dyn Randomness) {
    for last in (1..items.len()).rev() {
        items.swap(last, below(last as u64 + 1, randomness));
    }
}

/// A number below `bound`, each as likely as any other.
fn below(bound: u64, randomness: &dyn Randomness) -> usize {
    // Numbers from an incomplete last round would favour the small ones; they are drawn again.
    let limit = u64::MAX - u64::MAX % bound;
    loop {
        let mut bytes = [0; 8];
        randomness.fill(&mut bytes);
        let drawn = u64::from_le_bytes(bytes);
        if drawn < limit {
            // Unwrap safety: below the length of a slice.
            return usize::try_from(drawn % bound).expect("an index fits");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Mutex;

    use plenum_ports::fakes::FakeRandomness;
    use plenum_ports::randomness::Randomness;

    use super::{below, shuffle};

    #[test]
    fn every_order_is_as_likely_as_any_other() {
        const ROUNDS: u32 = 24_000;
        let randomness = FakeRandomness::seeded(1);
        let mut orders: HashMap<[u8; 4], u32> = HashMap::new();
        for _ in 0..ROUNDS {
            let mut items = [0, 1, 2, 3];
            shuffle(&mut items, &randomness);
            *orders.entry(items).or_default() += 1;
        }
        assert_eq!(orders.len(), 24);
        // Chi squared with 23 degrees of freedom; 49.7 is exceeded once in a thousand.
        let squares: u32 = orders.values().map(|count| (count.abs_diff(1_000)).pow(2)).sum();
        assert!(squares / 1_000 < 50, "{orders:?}");
    }

    #[test]
    fn nothing_is_lost_and_little_stays_in_place() {
        let randomness = FakeRandomness::seeded(2);
        let mut items: Vec<usize> = (0..10_000).collect();
        shuffle(&mut items, &randomness);
        let unmoved = items.iter().enumerate().filter(|(at, item)| at == *item).count();
        assert!(unmoved < 10, "{unmoved} of 10,000 stayed");
        items.sort_unstable();
        assert!(items.into_iter().eq(0..10_000));
        let (mut none, mut one): ([u8; 0], [u8; 1]) = ([], [7]);
        shuffle(&mut none, &randomness);
        shuffle(&mut one, &randomness);
    }

    /// Gives what it was given.
    struct Given(Mutex<Vec<u64>>);

    impl Randomness for Given {
        fn fill(&self, bytes: &mut [u8]) {
            let next = self.0.lock().expect("not poisoned").remove(0);
            bytes.copy_from_slice(&next.to_le_bytes());
        }
    }

    #[test]
    fn numbers_of_an_incomplete_round_are_drawn_again() {
        let randomness = Given(Mutex::new(vec![u64::MAX, u64::MAX - 1, 7]));
        assert_eq!(below(10, &randomness), 7);
        let randomness = Given(Mutex::new(vec![u64::MAX - 6]));
        assert_eq!(below(10, &randomness), 9, "the last of a whole round");
    }
}
