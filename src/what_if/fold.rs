//! All rows, latest first, each with the compact revision from which on it is gone.

use super::TombstoneRule;
use crate::history::{Change, History};
use crate::kv::sweep::goes_at;
use crate::kv::{BucketKey, Revision};

/// Main revision of a change that there is not.
const NONE: i64 = i64::MAX;

/// The pass. Takes 8 bytes a key.
#[derive(Debug)]
pub(super) struct Fold {
    /// Rows that are still to come.
    left: usize,
    /// By the key's number: main revision of its next change.
    next: Vec<i64>,
    rule: TombstoneRule,
}

/// A row and what compactions do with it.
pub(super) struct Row<'h> {
    pub(super) number: usize,
    pub(super) change: &'h Change,
    /// The lowest compact revision that takes it; `None` if none does.
    pub(super) goes_at: Option<i64>,
    /// Whether it is the latest of its key: a compaction that takes it takes all of the key, since
    /// what comes before goes no later.
    pub(super) is_last: bool,
}

impl Fold {
    pub(super) fn new(history: &History, rule: TombstoneRule) -> Self {
        Self {
            left: usize::try_from(history.row_count()).unwrap_or(usize::MAX),
            next: vec![NONE; usize::try_from(history.key_count()).unwrap_or(0)],
            rule,
        }
    }

    /// Rows that are still to come.
    pub(super) fn left(&self) -> usize {
        self.left
    }

    /// The next row back; rows that are gone already are passed over.
    pub(super) fn next<'h>(&mut self, history: &'h History) -> Option<Row<'h>> {
        loop {
            self.left = self.left.checked_sub(1)?;
            let change = history.row(self.left)?;
            let Some(next) = self.next.get_mut(change.key().0 as usize) else {
                continue;
            };
            if change.is_compacted() {
                continue;
            }
            let row = BucketKey {
                revision: change.revision(),
                tombstone: change.is_tombstone(),
            };
            let main = std::mem::replace(next, row.revision.main);
            let after = (main != NONE).then(|| Revision::new(main, 0));
            return Some(Row {
                number: self.left,
                change,
                goes_at: goes_at(row, after, self.rule.keeps),
                is_last: after.is_none(),
            });
        }
    }
}
