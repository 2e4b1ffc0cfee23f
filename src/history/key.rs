//! One key of a history, and a run of its changes.

use std::fmt;
use std::ops::Range;

use super::change::Change;
use super::chunks::Chunks;
use super::generation::{generations_from, start_of, starts_between};
use super::lists::Lives;
use super::{Generation, KeyId};
use crate::kv::Revision;

/// Everything known of one key: a view into its history.
#[derive(Clone, Copy, Debug)]
pub struct KeyHistory<'a> {
    /// The key's number.
    pub id: KeyId,
    /// The key's bytes.
    pub key: &'a [u8],
    /// Its changes in the order of revisions, the compacted ones included as far as they are known.
    pub changes: Changes<'a>,
    /// Counts of its lives.
    pub(super) lives: Lives<'a>,
}

impl<'a> KeyHistory<'a> {
    /// The lives of the key, oldest first.
    pub fn generations(&self) -> impl Iterator<Item = Generation<'a>> + use<'a> {
        self.generations_from(0)
    }

    /// The lives of the key from the one on that has the change at position `from`.
    pub fn generations_from(&self, from: usize) -> impl Iterator<Item = Generation<'a>> + use<'a> {
        let start = start_of(self.changes, from);
        generations_from(self.changes, start, self.lives_before(start))
    }

    /// The latest lives of the key, `most` of them or all, oldest first.
    pub fn last_generations(&self, most: usize) -> impl Iterator<Item = Generation<'a>> + use<'a> {
        let mut from = self.changes.len();
        for _ in 0..most {
            let Some(before) = from.checked_sub(1) else {
                break;
            };
            from = start_of(self.changes, before);
        }
        self.generations_from(from)
    }

    /// How many lives are known.
    pub fn generation_count(&self) -> u32 {
        self.lives_before(self.changes.len())
    }

    /// How many lives begin before position `at`: a look at each of a few changes, however many
    /// there are, but for those that were added since the lists were made.
    pub(super) fn lives_before(&self, at: usize) -> u32 {
        let (from, count) = self.lives.near(at, self.changes.settled());
        count.saturating_add(starts_between(self.changes, from, at))
    }

    /// The change that a read at `rev` would return, if the key was alive then and the row is
    /// still there.
    pub fn at(&self, rev: i64) -> Option<&'a Change> {
        let after = self.changes.partition_point(|change| change.main() <= rev);
        let last = self.changes.get(after.checked_sub(1)?)?;
        (!last.is_tombstone() && !last.is_compacted()).then_some(last)
    }

    /// Position of the change at `revision`.
    pub fn position(&self, revision: Revision) -> Option<usize> {
        let at = self
            .changes
            .partition_point(|change| change.revision() < revision);
        let found = self.changes.get(at)?;
        (found.revision() == revision).then_some(at)
    }
}

/// Changes of one key that follow each other. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Changes<'a> {
    rows: &'a Chunks<Change>,
    settled: &'a [u32],
    added: &'a [u32],
}

impl<'a> Changes<'a> {
    pub(super) fn new(rows: &'a Chunks<Change>, [settled, added]: [&'a [u32]; 2]) -> Self {
        Self {
            rows,
            settled,
            added,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.settled.len() + self.added.len()
    }

    /// How many of them were listed at once.
    pub(super) fn settled(&self) -> usize {
        self.settled.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One of them, the oldest at 0.
    pub fn get(&self, at: usize) -> Option<&'a Change> {
        let number = match at.checked_sub(self.settled.len()) {
            None => self.settled.get(at),
            Some(at) => self.added.get(at),
        };
        self.rows.get(*number? as usize)
    }

    /// The oldest.
    pub fn first(&self) -> Option<&'a Change> {
        self.get(0)
    }

    /// The newest.
    pub fn last(&self) -> Option<&'a Change> {
        self.get(self.len().checked_sub(1)?)
    }

    /// All of them, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &'a Change> + use<'a> {
        let changes = *self;
        (0..self.len()).filter_map(move |at| changes.get(at))
    }

    /// Some of them; a range that leaves them is cut.
    pub fn slice(&self, range: Range<usize>) -> Self {
        let edge = self.settled.len();
        let cut = |list: &'a [u32], from: usize, to: usize| {
            let to = to.min(list.len());
            list.get(from.min(to)..to).unwrap_or_default()
        };
        Self {
            rows: self.rows,
            settled: cut(self.settled, range.start, range.end),
            added: cut(
                self.added,
                range.start.saturating_sub(edge),
                range.end.saturating_sub(edge),
            ),
        }
    }

    /// Position of the first one for which `before` is false; all behind it must be so too.
    pub fn partition_point(&self, before: impl Fn(&Change) -> bool) -> usize {
        let test = |number: &u32| self.rows.get(*number as usize).is_some_and(&before);
        match self.added.first() {
            Some(first) if test(first) => self.settled.len() + self.added.partition_point(test),
            _ => self.settled.partition_point(test),
        }
    }
}

impl fmt::Debug for Changes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
