//! What happened and is not on pages yet.
//!
//! Rows lie one behind the other in one buffer, so that noting a put costs a copy and no more:
//!
//! ```text
//! | key length 4 | value length 4 | bucket key | mvccpb.KeyValue | key length 4 | ...
//! ```

use super::Change;
use crate::bytes::Cursor;
use crate::kv::{BucketKey, Record};

/// One step towards the pages.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// So many rows of the buffer go into the `key` bucket.
    Rows(u64),
    /// An entry of another bucket.
    Change(Change),
    /// A compaction at a revision, and the rows that it takes.
    Compact(i64, Vec<BucketKey>),
    /// What came before is committed at once, at this index of the raft log; more follows.
    Force(i64),
    /// The member starts again, in this term.
    Restart(i64),
    /// The file is rewritten.
    Defrag,
    /// The transaction ends, at this index of the raft log.
    Commit(i64),
}

/// What happened and is not on pages yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Journal {
    pub(super) steps: Vec<Step>,
    rows: Vec<u8>,
}

impl Journal {
    pub(super) fn push(&mut self, step: Step) {
        self.steps.push(step);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Bytes of rows.
    pub(super) fn len(&self) -> u64 {
        self.rows.len() as u64
    }

    /// Adds all of another journal behind this one.
    pub(super) fn append(&mut self, later: &mut Self) {
        self.steps.append(&mut later.steps);
        self.rows.append(&mut later.rows);
    }

    /// Notes rows for the `key` bucket.
    pub(super) fn rows(&mut self, records: &[Record]) {
        for record in records {
            let key = record.bucket_key.encode();
            let value = record.kv.encode();
            // etcd takes no request of more than a few MiB.
            self.rows.extend((key.len() as u32).to_le_bytes());
            self.rows.extend((value.len() as u32).to_le_bytes());
            self.rows.extend(key);
            self.rows.extend(value);
        }
        self.steps.push(Step::Rows(records.len() as u64));
    }

    /// Where the rows are read, in the order of their noting.
    pub(super) fn reader(&self) -> Cursor<'_> {
        Cursor::new(&self.rows)
    }
}

/// The next row; `None` at the end.
pub(super) fn next_row<'a>(cursor: &mut Cursor<'a>) -> Option<(&'a [u8], &'a [u8])> {
    let key_len = cursor.u32_le("row.key").ok()?;
    let value_len = cursor.u32_le("row.value").ok()?;
    let key = cursor.take("row.key", key_len.into()).ok()?;
    let value = cursor.take("row.value", value_len.into()).ok()?;
    Some((key, value))
}
