//! What fills a store: rows and bytes by prefix of the key, what of it lives, and how it grew.
//!
//! Folded from a history, also while that still grows ([`Fills::take`] goes on where it left off),
//! so that a file tells what fills it before it is read to its end. Bytes are those of the rows of
//! the `key` bucket, keys and messages as they are stored ([`crate::kv::codec::RowLens`]).
//! Start from [`Fills`].

mod growth;
mod prefix;

use std::collections::HashMap;

use crate::history::{Change, History};

pub use growth::{Growth, GrowthBin};
pub use prefix::prefix_of;

/// Prefixes that are told apart; what comes after them is counted as one.
const MAX_GROUPS: usize = 20_000;

/// Sums over rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// Keys that were ever seen.
    pub keys: u64,
    /// Keys that live.
    pub live_keys: u64,
    /// Rows, tombstones included.
    pub rows: u64,
    /// Rows that mark a deletion.
    pub tombstones: u64,
    /// Bytes of all rows.
    pub bytes: u64,
    /// Bytes of the rows that are the latest of a living key.
    pub live_bytes: u64,
    /// First and last revision; 0 where there is no row.
    pub first: i64,
    /// Last revision.
    pub last: i64,
}

/// The keys of one prefix, with their sums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What the keys begin with; empty for keys without a `/`, and for all that are counted as one
    /// because there are too many prefixes.
    pub prefix: Vec<u8>,
    /// The sums.
    pub sum: Sum,
}

/// What is known of one key.
#[derive(Clone, Copy, Debug, Default)]
struct Key {
    group: u32,
    /// Bytes of its latest row; 0 while it does not live.
    live: u32,
}

/// The fold. Takes 8 bytes a key.
#[derive(Clone, Debug, Default)]
pub struct Fills {
    groups: Vec<Group>,
    numbers: HashMap<Vec<u8>, u32>,
    keys: Vec<Key>,
    total: Sum,
    growth: Growth,
    taken: u64,
}

impl Fills {
    /// Takes in at most `count` further rows; false once it has taken all that there are.
    pub fn take(&mut self, history: &History, count: u64) -> bool {
        for change in history.changes_from(self.taken, count) {
            self.push(history, change);
            self.taken += 1;
        }
        self.taken < history.row_count()
    }

    /// Everything together.
    pub fn total(&self) -> &Sum {
        &self.total
    }

    /// Rows that were taken in.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// How it grew.
    pub fn growth(&self) -> &Growth {
        &self.growth
    }

    /// How many prefixes there are.
    pub fn len(&self) -> usize {
        self.groups.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The prefixes with the most bytes, most first.
    pub fn top(&self, count: usize) -> Vec<&Group> {
        let mut all: Vec<&Group> = self.groups.iter().collect();
        all.sort_by(|a, b| {
            let by_bytes = b.sum.bytes.cmp(&a.sum.bytes);
            by_bytes.then_with(|| a.prefix.cmp(&b.prefix))
        });
        all.truncate(count);
        all
    }

    fn push(&mut self, history: &History, change: &Change) {
        let id = change.key().0 as usize;
        while self.keys.len() <= id {
            let next = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
            let key = history.key_bytes(crate::history::KeyId(next));
            let group = self.group(prefix_of(key.unwrap_or_default()));
            self.keys.push(Key { group, live: 0 });
            self.total.keys += 1;
            if let Some(group) = self.groups.get_mut(group as usize) {
                group.sum.keys += 1;
            }
        }
        let bytes = history.lens(change).sum();
        let main = change.revision().main;
        self.growth.push(main, bytes);
        let Some(key) = self.keys.get_mut(id) else {
            return;
        };
        let live = match change.is_tombstone() {
            true => 0,
            false => u32::try_from(bytes).unwrap_or(u32::MAX),
        };
        let before = std::mem::replace(&mut key.live, live);
        let add = |sum: &mut Sum| {
            sum.rows += 1;
            sum.tombstones += u64::from(live == 0);
            sum.bytes += bytes;
            sum.live_bytes = (sum.live_bytes + u64::from(live)).saturating_sub(u64::from(before));
            sum.live_keys =
                (sum.live_keys + u64::from(live > 0)).saturating_sub(u64::from(before > 0));
            if sum.first == 0 {
                sum.first = main;
            }
            sum.last = main;
        };
        add(&mut self.total);
        if let Some(group) = self.groups.get_mut(key.group as usize) {
            add(&mut group.sum);
        }
    }

    fn group(&mut self, prefix: &[u8]) -> u32 {
        let prefix = match self.groups.len() < MAX_GROUPS {
            true => prefix,
            false => &[],
        };
        if let Some(number) = self.numbers.get(prefix) {
            return *number;
        }
        let number = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
        self.groups.push(Group {
            prefix: prefix.to_vec(),
            sum: Sum::default(),
        });
        self.numbers.insert(prefix.to_vec(), number);
        number
    }
}
