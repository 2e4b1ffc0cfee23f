//! The bucket keys of the live rows, in about two bytes each.

use crate::kv::{BucketKey, Revision};

/// Keys between two entries of the index.
const STRIDE: usize = 128;

/// A set of bucket keys that is filled in order and asked later.
#[derive(Clone, Debug, Default)]
pub(super) struct LiveSet {
    /// Every `STRIDE`th key, and where the ones behind it start.
    index: Vec<(BucketKey, usize)>,
    /// Difference to the key before: of the main revision and the tombstone mark, then of sub.
    steps: Vec<u8>,
    last: Option<BucketKey>,
    since: usize,
    /// Keys that came out of order, as a damaged file has them; sorted by [`LiveSet::finish`].
    strays: Vec<BucketKey>,
}

impl LiveSet {
    /// Adds a key.
    pub(super) fn insert(&mut self, key: BucketKey) {
        let Some(last) = self.last.filter(|_| self.since < STRIDE) else {
            if self.last.is_some_and(|last| key <= last) {
                self.strays.push(key);
                return;
            }
            self.index.push((key, self.steps.len()));
            self.last = Some(key);
            self.since = 1;
            return;
        };
        if key.revision <= last.revision {
            self.strays.push(key);
            return;
        }
        let main = key.revision.main.abs_diff(last.revision.main);
        let sub = match main {
            0 => key.revision.sub.abs_diff(last.revision.sub),
            _ => key.revision.sub.cast_unsigned(),
        };
        push(&mut self.steps, main);
        push(&mut self.steps, sub << 1 | u64::from(key.tombstone));
        self.last = Some(key);
        self.since += 1;
    }

    /// Ends the filling.
    pub(super) fn finish(&mut self) {
        self.strays.sort_unstable();
        self.steps.shrink_to_fit();
    }

    /// The greatest main revision.
    pub(super) fn last_main(&self) -> i64 {
        let main = |key: Option<&BucketKey>| key.map_or(0, |key| key.revision.main);
        main(self.last.as_ref()).max(main(self.strays.last()))
    }

    /// Whether a key is in the set.
    pub(super) fn contains(&self, key: &BucketKey) -> bool {
        if self.strays.binary_search(key).is_ok() {
            return true;
        }
        let next = self.index.partition_point(|(first, _)| first <= key);
        let Some((first, start)) = next.checked_sub(1).and_then(|at| self.index.get(at)) else {
            return false;
        };
        let end = self.index.get(next).map(|(_, start)| *start);
        let steps = self.steps.get(*start..end.unwrap_or(self.steps.len()));
        let mut steps = steps.unwrap_or_default().iter().copied();
        let mut at = *first;
        while at < *key {
            let (Some(main), Some(rest)) = (pull(&mut steps), pull(&mut steps)) else {
                return false;
            };
            let Revision { main: m, sub } = at.revision;
            at = BucketKey {
                revision: match main {
                    0 => Revision::new(m, sub.saturating_add_unsigned(rest >> 1)),
                    _ => Revision::new(m.saturating_add_unsigned(main), (rest >> 1).cast_signed()),
                },
                tombstone: rest & 1 == 1,
            };
        }
        at == *key
    }
}

fn push(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn pull(bytes: &mut impl Iterator<Item = u8>) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..70).step_by(7) {
        let byte = bytes.next()?;
        number |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(main: i64, sub: i64, tombstone: bool) -> BucketKey {
        BucketKey {
            revision: Revision::new(main, sub),
            tombstone,
        }
    }

    #[test]
    fn holds_what_was_put_in_and_nothing_else() {
        let mut set = LiveSet::default();
        let mut put = Vec::new();
        for main in 1..2000i64 {
            for sub in 0..main % 4 {
                put.push(key(main * 3, sub, (main + sub) % 5 == 0));
            }
        }
        put.push(key(i64::MAX, i64::MAX, true));
        for key in &put {
            set.insert(*key);
        }
        // Out of order, and one twice.
        for stray in [key(2, 0, false), key(5, 7, true), put[3]] {
            set.insert(stray);
            put.push(stray);
        }
        set.finish();
        assert_eq!(set.last_main(), i64::MAX);
        for key in &put {
            assert!(set.contains(key), "{key:?}");
        }
        put.sort();
        for main in 0..6010 {
            for (sub, tombstone) in [(0, false), (0, true), (1, false), (2, true), (9, false)] {
                let key = key(main, sub, tombstone);
                assert_eq!(
                    set.contains(&key),
                    put.binary_search(&key).is_ok(),
                    "{key:?}"
                );
            }
        }
    }
}
