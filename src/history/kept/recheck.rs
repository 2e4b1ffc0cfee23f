//! Whether a history is what the rows of a file make, row by row and without a second history.

use crate::history::{Change, History};
use crate::kv::{RecordRef, Revision};

/// A comparison on its way: fed with the rows of the bucket in order, as [`History::push`] was.
#[derive(Clone, Debug, Default)]
pub struct Recheck {
    next: u64,
    last: Option<Revision>,
    out_of_order: u64,
    differs: bool,
}

impl Recheck {
    /// Nothing compared yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Compares the next row; false as soon as the history is another one.
    pub fn push(&mut self, history: &History, record: &RecordRef<'_>) -> bool {
        let revision = record.bucket_key.revision;
        let is_next =
            u32::try_from(revision.sub).is_ok() && self.last.is_none_or(|last| last < revision);
        if !is_next {
            self.out_of_order += 1;
            return !self.differs;
        }
        self.last = Some(revision);
        let row = history.rows_from(self.next, 1).next();
        self.next += 1;
        self.differs |= !row.is_some_and(|(key, change)| {
            let truth = Change::new(record, change.key(), change.lease());
            let lease = history.lease(change) == record.lease;
            truth.as_ref() == Some(change) && lease && key.key == record.key
        });
        !self.differs
    }

    /// Whether all rows were those of the history, and there were no others.
    pub fn is_same(&self, history: &History) -> bool {
        !self.differs
            && self.next == history.row_count()
            && self.out_of_order == history.out_of_order()
    }
}
