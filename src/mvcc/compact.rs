//! Compaction: dropping what nobody at or above a revision can see.
//!
//! For every key the newest change at or below the compact revision C stays if it is a put; a
//! tombstone stays only where its revision is C itself, and only in newer releases. All else at
//! or below C goes, from the index and from the bucket.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use super::Error;
use super::store::Store;
use crate::kv::{Record, Revision};

/// Rows that some later compaction will take, noted when they are superseded, so that a
/// compaction touches only what it removes.
#[derive(Clone, Debug, Default)]
pub(super) struct Garbage {
    /// `(main revision of the change that superseded it, the row)`, in order of the former.
    superseded: VecDeque<(i64, Revision)>,
    tombstones: VecDeque<Revision>,
}

impl Garbage {
    /// A change at `by` makes `row` useless to readers from `by` on.
    pub(super) fn superseded(&mut self, by: i64, row: Revision) {
        self.superseded.push_back((by, row));
    }

    /// A tombstone is useless to readers behind it.
    pub(super) fn tombstone(&mut self, row: Revision) {
        self.tombstones.push_back(row);
    }

    /// Takes the rows that a compaction at `at` removes, in bucket order.
    fn take(&mut self, at: i64, keep_tombstone_at: bool) -> Vec<Revision> {
        let mut rows = Vec::new();
        let count = self.superseded.partition_point(|(by, _)| *by <= at);
        rows.extend(self.superseded.drain(..count).map(|(_, row)| row));
        let last = if keep_tombstone_at { at - 1 } else { at };
        let count = self.tombstones.partition_point(|row| row.main <= last);
        rows.extend(self.tombstones.drain(..count));
        rows.sort_unstable();
        rows
    }
}

impl Store {
    /// Compacts at `at`: below the new compact revision nothing can be read any more.
    ///
    /// # Errors
    /// `Compacted` at or below the compact revision (so 0 is fine once, before any compaction),
    /// `FutureRevision` above the current one.
    pub(super) fn compact(&mut self, at: i64) -> Result<Arc<[Record]>, Error> {
        if at <= self.compact_revision {
            return Err(Error::Compacted);
        }
        if at > self.revision {
            return Err(Error::FutureRevision);
        }
        let before = std::mem::replace(&mut self.compact_revision, at);
        let release = self.release;
        let rows = self
            .garbage
            .take(at, release.keeps_tombstone_at_compact_revision());
        let removed: Arc<[Record]> = rows
            .into_iter()
            .filter_map(|row| self.remove(row))
            .collect();
        let keys: BTreeSet<&[u8]> = removed.iter().map(|row| row.kv.key.as_slice()).collect();
        for key in keys {
            let gone = self
                .index
                .get_mut(key)
                .is_some_and(|index| index.compact(at, release));
            if gone {
                self.index.remove(key);
            }
        }
        self.hashes.note(before, at, &removed, release);
        Ok(removed)
    }
}
