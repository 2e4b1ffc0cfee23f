//! What happened to each key, whoever tells it: a fold over records.
//!
//! A file and a simulation both feed [`History::push`] with rows of the `key` bucket in order,
//! and get the same history. A history keeps no values: they stay in the file or in the store
//! and are read by revision when they are shown. Start from [`History`].

mod generation;

use std::collections::HashMap;

use crate::kv::{LeaseId, RecordRef, Revision};

pub use generation::{Generation, generations};

/// What a change did to its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// The first put of a generation.
    Create,
    /// A later put of the same generation.
    Modify,
    /// The deletion that ends a generation.
    Tombstone,
}

/// One row of the `key` bucket without its key and value: 48 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    main: i64,
    /// Revision of the first put of the generation; 0 in a tombstone.
    pub create_revision: i64,
    /// Count of puts in the generation up to this one; 0 in a tombstone.
    pub version: i64,
    /// The lease that the key was attached to.
    pub lease: LeaseId,
    sub: u32,
    /// Length of the value in bytes.
    pub value_len: u32,
    /// What the change did.
    pub kind: ChangeKind,
    /// Whether a compaction has removed the row since it was seen.
    pub compacted: bool,
}

impl Change {
    /// Where in the order of all changes this one stands.
    pub fn revision(&self) -> Revision {
        Revision::new(self.main, i64::from(self.sub))
    }

    fn from_record(record: &RecordRef<'_>) -> Self {
        let Revision { main, sub } = record.bucket_key.revision;
        let kind = if record.bucket_key.tombstone {
            ChangeKind::Tombstone
        } else if record.create_revision == main {
            ChangeKind::Create
        } else {
            ChangeKind::Modify
        };
        Self {
            main,
            create_revision: record.create_revision,
            version: record.version,
            lease: record.lease,
            sub: u32::try_from(sub).unwrap_or(u32::MAX),
            value_len: u32::try_from(record.value.len()).unwrap_or(u32::MAX),
            kind,
            compacted: false,
        }
    }
}

/// Number of a key in the order in which the keys were first seen. It never changes, while a
/// key's place in the sorted list does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub u32);

/// Everything known of one key, oldest change first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyHistory {
    /// The key's number.
    pub id: KeyId,
    /// The key's bytes.
    pub key: Box<[u8]>,
    /// Its changes in the order of revisions, the compacted ones included as far as they are known.
    pub changes: Vec<Change>,
}

impl KeyHistory {
    /// The lives of the key, oldest first.
    pub fn generations(&self) -> impl Iterator<Item = Generation<'_>> {
        generations(&self.changes)
    }

    /// The change that a read at `rev` would return, if the key was alive then and the row is
    /// still there.
    pub fn at(&self, rev: i64) -> Option<&Change> {
        let after = self.changes.partition_point(|change| change.main <= rev);
        let last = self.changes.get(after.checked_sub(1)?)?;
        (last.kind != ChangeKind::Tombstone && !last.compacted).then_some(last)
    }

    /// Position of the change at `revision`.
    pub fn position(&self, revision: Revision) -> Option<usize> {
        self.changes
            .binary_search_by_key(&revision, Change::revision)
            .ok()
    }
}

/// A row of the `key` bucket: whose, and which of its changes. 8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Row {
    key: KeyId,
    change: u32,
}

/// The changes of all keys, by key and in the order of revisions.
#[derive(Clone, Debug)]
pub struct History {
    keys: Vec<KeyHistory>,
    by_key: HashMap<Box<[u8]>, KeyId>,
    sorted: Vec<KeyId>,
    is_settled: bool,
    rows: Vec<Row>,
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
            keys: Vec::new(),
            by_key: HashMap::new(),
            sorted: Vec::new(),
            is_settled: true,
            rows: Vec::new(),
            compacted_rows: 0,
            out_of_order: 0,
        }
    }

    /// Adds the next row of the bucket.
    ///
    /// Rows come in the order of their revisions; a row that is not behind the last one (a
    /// damaged file) is counted in [`History::out_of_order`] and left out.
    pub fn push(&mut self, record: &RecordRef<'_>) {
        self.push_change(record.key, Change::from_record(record));
    }

    fn push_change(&mut self, key: &[u8], change: Change) {
        let behind = self
            .rows
            .last()
            .and_then(|row| self.change(*row))
            .is_none_or(|(_, last)| last.revision() < change.revision());
        if !behind {
            self.out_of_order += 1;
            return;
        }
        let id = self.intern(key);
        let Some(key) = self.keys.get_mut(id.0 as usize) else {
            return;
        };
        let Ok(position) = u32::try_from(key.changes.len()) else {
            return;
        };
        key.changes.push(change);
        self.rows.push(Row {
            key: id,
            change: position,
        });
        self.head = self.head.max(change.main);
        self.compacted_rows += u64::from(change.compacted);
    }

    fn intern(&mut self, key: &[u8]) -> KeyId {
        if let Some(id) = self.by_key.get(key) {
            return *id;
        }
        let id = KeyId(u32::try_from(self.keys.len()).unwrap_or(u32::MAX));
        let in_order = self
            .sorted
            .last()
            .and_then(|last| self.key(*last))
            .is_none_or(|last| *last.key < *key);
        self.is_settled &= in_order;
        self.sorted.push(id);
        self.by_key.insert(key.into(), id);
        self.keys.push(KeyHistory {
            id,
            key: key.into(),
            changes: Vec::new(),
        });
        id
    }

    /// The same history with only the keys that begin with `prefix`.
    pub fn with_prefix(&self, prefix: &[u8]) -> Self {
        let mut out = Self::new();
        for (key, change) in self.rows_from(0, u64::MAX) {
            if key.key.starts_with(prefix) {
                out.push_change(&key.key, *change);
            }
        }
        out.settle();
        out.head = self.head;
        out.compact_revision = self.compact_revision;
        out
    }

    /// Puts the keys in order. To be called after a batch of pushes, before keys are listed; a
    /// million keys are sorted once, not a million times.
    pub fn settle(&mut self) {
        if !self.is_settled {
            let keys = &self.keys;
            self.sorted
                .sort_by_key(|id| keys.get(id.0 as usize).map(|key| &key.key));
            self.is_settled = true;
        }
    }

    /// Says that the store was compacted at `rev` and that these rows went.
    pub fn compact(&mut self, rev: i64, removed: impl IntoIterator<Item = Revision>) {
        self.set_compact_revision(rev);
        for revision in removed {
            let Some(row) = self.row_of(revision).and_then(|index| self.rows.get(index)) else {
                continue;
            };
            let change = self
                .keys
                .get_mut(row.key.0 as usize)
                .and_then(|key| key.changes.get_mut(row.change as usize));
            if let Some(change) = change
                && !change.compacted
            {
                change.compacted = true;
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
    pub fn keys(&self) -> impl Iterator<Item = &KeyHistory> {
        self.keys_from(0, u64::MAX)
    }

    /// Some of the keys in the order of their bytes.
    pub fn keys_from(&self, first: u64, count: u64) -> impl Iterator<Item = &KeyHistory> {
        debug_assert!(self.is_settled, "keys are listed after settle");
        let first = usize::try_from(first).unwrap_or(usize::MAX);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        self.sorted
            .iter()
            .skip(first)
            .take(count)
            .filter_map(|id| self.key(*id))
    }

    /// One key by its number.
    pub fn key(&self, id: KeyId) -> Option<&KeyHistory> {
        self.keys.get(id.0 as usize)
    }

    /// One key by its bytes.
    pub fn find(&self, key: &[u8]) -> Option<&KeyHistory> {
        self.by_key.get(key).and_then(|id| self.key(*id))
    }

    /// Some of the rows in the order of the bucket.
    pub fn rows_from(
        &self,
        first: u64,
        count: u64,
    ) -> impl DoubleEndedIterator<Item = (&KeyHistory, &Change)> {
        let first = usize::try_from(first)
            .unwrap_or(usize::MAX)
            .min(self.rows.len());
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let end = first.saturating_add(count).min(self.rows.len());
        self.rows
            .get(first..end)
            .unwrap_or_default()
            .iter()
            .filter_map(|row| self.change(*row))
    }

    /// Index of the row at `revision`.
    pub fn row_of(&self, revision: Revision) -> Option<usize> {
        let index = self.row_at(revision);
        let (_, change) = self.change(*self.rows.get(index)?)?;
        (change.revision() == revision).then_some(index)
    }

    /// Index of the first row at or behind `revision`.
    pub fn row_at(&self, revision: Revision) -> usize {
        self.rows.partition_point(|row| {
            self.change(*row)
                .is_some_and(|(_, change)| change.revision() < revision)
        })
    }

    /// The change at `revision` and its key.
    pub fn find_change(&self, revision: Revision) -> Option<(&KeyHistory, &Change)> {
        self.change(*self.rows.get(self.row_of(revision)?)?)
    }

    fn change(&self, row: Row) -> Option<(&KeyHistory, &Change)> {
        let key = self.key(row.key)?;
        Some((key, key.changes.get(row.change as usize)?))
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
    fn a_change_is_small() {
        assert_eq!(size_of::<Change>(), 48);
        assert_eq!(size_of::<Row>(), 8);
    }

    #[test]
    fn folds_rows_into_keys_in_byte_order() {
        let history = sample();
        let keys: Vec<_> = history.keys().map(|key| &*key.key).collect();
        assert_eq!(keys, [b"foo0", b"foo1"]);
        assert_eq!((history.head(), history.compact_revision()), (7, -1));
        assert_eq!((history.row_count(), history.key_count()), (5, 2));
        let kinds: Vec<_> = history
            .find(b"foo1")
            .unwrap()
            .changes
            .iter()
            .map(|c| c.kind)
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
            .filter(|(_, change)| change.compacted)
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
