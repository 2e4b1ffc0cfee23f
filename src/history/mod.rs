//! What happened to each key, whoever tells it: a fold over records.
//!
//! A file and a simulation both feed [`History::push`] with rows of the `key` bucket in order,
//! and get the same history. A history keeps no values: they stay in the file or in the store
//! and are read by revision when they are shown. Start from [`History`].

mod change;
mod chunks;
mod generation;
pub mod kept;
mod key;
mod keys;
mod lists;
mod order;

use crate::kv::codec::RowLens;
use crate::kv::{LeaseId, RecordRef, Revision};

use change::Leases;
use chunks::Chunks;
use keys::Keys;
use lists::Lists;

pub use change::{Change, ChangeKind};
pub use generation::Generation;
pub use key::{Changes, KeyHistory};
pub use keys::KeyId;

/// The changes of all keys, by key and in the order of revisions.
///
/// A row takes 40 bytes, a key its own and about 50 more.
#[derive(Clone, Debug)]
pub struct History {
    keys: Keys,
    leases: Leases,
    rows: Chunks<Change>,
    lists: Lists,
    last: Option<Revision>,
    head: i64,
    compact_revision: i64,
    compacted_rows: u64,
    out_of_order: u64,
}

impl Default for History {
    fn default() -> Self {
        Self::new()
    }
}

impl History {
    /// No key, at the revision of a fresh store, never compacted.
    pub fn new() -> Self {
        Self {
            head: 1,
            compact_revision: -1,
            keys: Keys::default(),
            leases: Leases::default(),
            rows: Chunks::default(),
            lists: Lists::default(),
            last: None,
            compacted_rows: 0,
            out_of_order: 0,
        }
    }

    /// Adds the next row of the bucket.
    ///
    /// Rows come in the order of their revisions; a row that is not behind the last one (a
    /// damaged file) is counted in [`History::out_of_order`] and left out.
    pub fn push(&mut self, record: &RecordRef<'_>) {
        if !self.is_next(record.bucket_key.revision) {
            self.out_of_order += 1;
            return;
        }
        let lease = self.leases.number(record.lease);
        let change = self
            .keys
            .intern(record.key)
            .and_then(|key| Change::new(record, key, lease));
        if let Some(change) = change {
            self.push_change(change);
        }
    }

    /// Whether a row at `revision` comes behind the last one, and is one that etcd can write: a
    /// sub revision counts the operations of one transaction.
    fn is_next(&self, revision: Revision) -> bool {
        u32::try_from(revision.sub).is_ok() && self.last.is_none_or(|last| last < revision)
    }

    fn push_change(&mut self, change: Change) {
        self.rows.push(change);
        self.last = Some(change.revision());
        self.head = self.head.max(change.main());
        self.compacted_rows += u64::from(change.is_compacted());
    }

    /// The same history with only the keys that begin with `prefix`.
    pub fn with_prefix(&self, prefix: &[u8]) -> Self {
        let mut out = Self::new();
        for (key, change) in self.rows_from(0, u64::MAX) {
            if key.key.starts_with(prefix)
                && let Some(id) = out.keys.intern(key.key)
            {
                let lease = out.leases.number(self.lease(change));
                out.push_change(change.renumbered(id, lease));
            }
        }
        out.settle();
        out.head = self.head;
        out.compact_revision = self.compact_revision;
        out
    }

    /// Puts the keys in order and gives each its changes. To be called after a batch of pushes,
    /// before keys are asked for; a million keys are sorted once, not a million times.
    pub fn settle(&mut self) {
        self.keys.sort();
        self.lists.complete(&self.rows, self.keys.len());
    }

    /// Says that the store was compacted at `rev` and that these rows went.
    pub fn compact(&mut self, rev: i64, removed: impl IntoIterator<Item = Revision>) {
        self.set_compact_revision(rev);
        for revision in removed {
            let change = self
                .row_of(revision)
                .and_then(|index| self.rows.get_mut(index));
            if let Some(change) = change
                && !change.is_compacted()
            {
                change.set_compacted();
                self.compacted_rows += 1;
            }
        }
    }

    /// The current revision, where it is known to be past the last record (the last writes may
    /// have been compacted away).
    pub fn set_head(&mut self, head: i64) {
        self.head = self.head.max(head);
    }

    /// The lower edge of what can be read, as a file states it; −1 if never compacted.
    pub fn set_compact_revision(&mut self, rev: i64) {
        self.compact_revision = self.compact_revision.max(rev);
        self.head = self.head.max(rev);
    }

    /// The current revision; 1 in a fresh store.
    pub fn head(&self) -> i64 {
        self.head
    }

    /// The lower edge of what can be read; −1 if never compacted.
    pub fn compact_revision(&self) -> i64 {
        self.compact_revision
    }

    /// How many rows there are, those that a compaction removed while watched included.
    pub fn row_count(&self) -> u64 {
        self.rows.len() as u64
    }

    /// How many rows the bucket holds now.
    pub fn retained_rows(&self) -> u64 {
        self.row_count() - self.compacted_rows
    }

    /// How many rows were left out because they were not behind the row before them.
    pub fn out_of_order(&self) -> u64 {
        self.out_of_order
    }

    /// How many keys were ever seen.
    pub fn key_count(&self) -> u64 {
        self.keys.len() as u64
    }

    /// How many keys a read at `rev` would return.
    pub fn live_keys(&self, rev: i64) -> u64 {
        self.keys().filter(|key| key.at(rev).is_some()).count() as u64
    }

    /// All keys in the order of their bytes.
    pub fn keys(&self) -> impl Iterator<Item = KeyHistory<'_>> {
        self.keys_from(0, u64::MAX)
    }

    /// Some of the keys in the order of their bytes.
    pub fn keys_from(&self, first: u64, count: u64) -> impl Iterator<Item = KeyHistory<'_>> {
        debug_assert!(
            self.keys.is_sorted() && self.lists.is_complete(self.rows.len()),
            "keys are asked for after settle"
        );
        let first = usize::try_from(first).unwrap_or(usize::MAX);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        self.keys
            .sorted()
            .iter()
            .skip(first)
            .take(count)
            .filter_map(|id| self.key(*id))
    }

    /// One key by its number.
    pub fn key(&self, id: KeyId) -> Option<KeyHistory<'_>> {
        Some(KeyHistory {
            id,
            key: self.keys.bytes(id)?,
            changes: Changes::new(&self.rows, self.lists.of(id)),
            lives: self.lists.lives(id),
        })
    }

    /// Numbers of all keys in the order of their bytes.
    pub fn sorted_ids(&self) -> &[KeyId] {
        self.keys.sorted()
    }

    /// A key's bytes.
    pub fn key_bytes(&self, id: KeyId) -> Option<&[u8]> {
        self.keys.bytes(id)
    }

    /// Numbers of the rows of several keys, by revision: for each of `groups` groups its own
    /// list. `group_of` has a key's group by the key's number; keys past its end have none.
    ///
    /// Reads every row once.
    pub fn grouped(&self, group_of: &[Option<u32>], groups: usize) -> Vec<Vec<u32>> {
        let mut sizes = vec![0; groups];
        for (id, group) in (0..).zip(group_of) {
            if let Some(size) = group.and_then(|group| sizes.get_mut(group as usize)) {
                *size += self
                    .lists
                    .of(KeyId(id))
                    .map(<[u32]>::len)
                    .iter()
                    .sum::<usize>();
            }
        }
        let mut out: Vec<Vec<u32>> = sizes.into_iter().map(Vec::with_capacity).collect();
        for (number, row) in (0..).zip(self.rows.iter()) {
            let group = group_of.get(row.key().0 as usize).copied().flatten();
            if let Some(list) = group.and_then(|group| out.get_mut(group as usize)) {
                list.push(number);
            }
        }
        out
    }

    /// Changes of any keys, by numbers of rows in rising order.
    pub fn changes_of<'a>(&'a self, rows: &'a [u32]) -> Changes<'a> {
        Changes::new(&self.rows, [rows, &[]])
    }

    /// Bytes of the values that each key's rows hold, by the key's number.
    pub fn bytes_by_key(&self) -> Vec<u64> {
        let mut out = vec![0_u64; self.keys.len()];
        for row in self.rows.iter() {
            if let Some(sum) = out.get_mut(row.key().0 as usize) {
                *sum += u64::from(row.value_len());
            }
        }
        out
    }

    /// One key by its bytes.
    pub fn find(&self, key: &[u8]) -> Option<KeyHistory<'_>> {
        self.key(self.keys.find(key)?)
    }

    /// The lease that a change of this history attached its key to.
    pub fn lease(&self, change: &Change) -> LeaseId {
        self.leases.id(change.lease())
    }

    /// Some of the rows without their keys; may be asked for before [`History::settle`].
    pub fn changes_from(&self, first: u64, count: u64) -> impl Iterator<Item = &Change> {
        let len = self.rows.len();
        let first = usize::try_from(first).unwrap_or(usize::MAX).min(len);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let end = first.saturating_add(count).min(len);
        (first..end).filter_map(|index| self.rows.get(index))
    }

    /// How many bytes a change takes as a row of the bucket.
    pub fn lens(&self, change: &Change) -> RowLens {
        let key = self.keys.bytes(change.key()).map_or(0, <[u8]>::len) as u64;
        if change.is_tombstone() {
            return RowLens::of_tombstone(key);
        }
        let numbers = [
            change.create_revision(),
            change.main(),
            change.version(),
            self.lease(change).0,
        ];
        RowLens::of_put(key, u64::from(change.value_len()), numbers)
    }

    /// Some of the rows in the order of the bucket.
    pub fn rows_from(
        &self,
        first: u64,
        count: u64,
    ) -> impl DoubleEndedIterator<Item = (KeyHistory<'_>, &Change)> {
        let len = self.rows.len();
        let first = usize::try_from(first).unwrap_or(usize::MAX).min(len);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let end = first.saturating_add(count).min(len);
        (first..end).filter_map(|index| self.change(index))
    }

    /// One row, without its key.
    pub fn row(&self, index: usize) -> Option<&Change> {
        self.rows.get(index)
    }

    /// Index of the row at `revision`.
    pub fn row_of(&self, revision: Revision) -> Option<usize> {
        let index = self.row_at(revision);
        (self.rows.get(index)?.revision() == revision).then_some(index)
    }

    /// Index of the first row at or behind `revision`.
    pub fn row_at(&self, revision: Revision) -> usize {
        self.rows
            .partition_point(|change| change.revision() < revision)
    }

    /// The change at `revision` and its key.
    pub fn find_change(&self, revision: Revision) -> Option<(KeyHistory<'_>, &Change)> {
        self.change(self.row_of(revision)?)
    }

    fn change(&self, index: usize) -> Option<(KeyHistory<'_>, &Change)> {
        let change = self.rows.get(index)?;
        Some((self.key(change.key())?, change))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kv::BucketKey;

    fn push(history: &mut History, main: i64, sub: i64, key: &str, create: i64, version: i64) {
        history.push(&RecordRef {
            bucket_key: BucketKey {
                revision: Revision::new(main, sub),
                tombstone: version == 0,
            },
            key: key.as_bytes(),
            value: b"v",
            create_revision: create,
            mod_revision: main,
            version,
            lease: LeaseId::NONE,
        });
    }

    /// foo1: put 2, put 4, delete 5, put 7; foo0: put 3.
    fn sample() -> History {
        let mut history = History::new();
        push(&mut history, 2, 0, "foo1", 2, 1);
        push(&mut history, 3, 0, "foo0", 3, 1);
        push(&mut history, 4, 0, "foo1", 2, 2);
        push(&mut history, 5, 0, "foo1", 0, 0);
        push(&mut history, 7, 0, "foo1", 7, 1);
        history.settle();
        history
    }

    #[test]
    fn folds_rows_into_keys_in_byte_order() {
        let history = sample();
        let keys: Vec<_> = history.keys().map(|key| key.key).collect();
        assert_eq!(keys, [b"foo0", b"foo1"]);
        assert_eq!((history.head(), history.compact_revision()), (7, -1));
        assert_eq!((history.row_count(), history.key_count()), (5, 2));
        let kinds: Vec<_> = history
            .find(b"foo1")
            .unwrap()
            .changes
            .iter()
            .map(|c| c.kind())
            .collect();
        use ChangeKind::{Create, Modify, Tombstone};
        assert_eq!(kinds, [Create, Modify, Tombstone, Create]);
    }

    #[test]
    fn reads_the_past() {
        let history = sample();
        let foo1 = history.find(b"foo1").unwrap();
        let mods: Vec<_> = (1..=8)
            .map(|rev| foo1.at(rev).map(|change| change.revision().main))
            .collect();
        let expected = [
            None,
            Some(2),
            Some(2),
            Some(4),
            None,
            None,
            Some(7),
            Some(7),
        ];
        assert_eq!(mods, expected);
        assert_eq!(history.live_keys(4), 2);
        assert_eq!(history.live_keys(5), 1);
    }

    #[test]
    fn a_compaction_marks_exactly_the_rows_that_went() {
        let mut history = sample();
        history.compact(
            5,
            [
                Revision::new(2, 0),
                Revision::new(4, 0),
                Revision::new(9, 9),
            ],
        );
        let gone: Vec<_> = history
            .rows_from(0, u64::MAX)
            .filter(|(_, change)| change.is_compacted())
            .map(|(_, change)| change.revision().main)
            .collect();
        assert_eq!(gone, [2, 4]);
        assert_eq!(
            (history.compact_revision(), history.retained_rows()),
            (5, 3)
        );
        history.compact(5, [Revision::new(2, 0)]);
        assert_eq!(history.retained_rows(), 3, "a row goes once");
    }

    #[test]
    fn rows_out_of_order_are_counted_and_left_out() {
        let mut history = sample();
        push(&mut history, 7, 0, "again", 7, 1);
        push(&mut history, 1, 0, "before", 1, 1);
        assert_eq!((history.out_of_order(), history.row_count()), (2, 5));
        assert!(history.find(b"again").is_none());
    }

    #[test]
    fn finds_rows_by_revision() {
        let history = sample();
        assert_eq!(history.row_of(Revision::new(4, 0)), Some(2));
        assert_eq!(history.row_of(Revision::new(6, 0)), None);
        assert_eq!(history.row_at(Revision::new(6, 0)), 4);
        let window: Vec<_> = history
            .rows_from(3, 100)
            .map(|(_, change)| change.revision().main)
            .collect();
        assert_eq!(window, [5, 7]);
        assert_eq!(history.rows_from(99, 1).count(), 0);
    }
}
