//! What `endpoint status` shows of the member: raft numbers and the size of its file.
//!
//! The size follows bbolt's page accounting, simplified: rows fill leaf pages in order to nine
//! tenths, a row that does not fit takes a leaf with overflow pages, a small bucket lies inline
//! in the root page; a commit writes changed pages anew before the old ones are freed, one commit
//! later. The file never shrinks. A real file also depends on when its commits happened (every
//! 100 ms), so real sizes differ by some pages.

use crate::kv::Record;

/// bbolt's page size on common machines, in bytes.
const PAGE: i64 = 4096;
/// A bucket up to a quarter page lies inline in its parent.
const INLINE: i64 = PAGE / 4;
/// What of a leaf page is filled before it is split, in bytes.
const LEAF_FILL: i64 = PAGE * 9 / 10;
/// Header of an element in a leaf page, in bytes.
const ELEMENT: i64 = 16;
/// Tags, lengths and the small numbers of a value, in bytes.
const FIELDS: i64 = 12;
/// Children of a branch page: 16 bytes of element and 17 of key each, filled to nine tenths.
const BRANCH_FAN_OUT: i64 = PAGE * 9 / 10 / 33;

/// Raft numbers and file size of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Term of the raft log.
    pub raft_term: i64,
    /// Last entry of the raft log; applied, as the member is alone.
    pub raft_index: i64,
    /// Size of the file in bytes.
    pub db_size: i64,
    /// What of it is in use, in bytes.
    pub db_size_in_use: i64,
}

/// Pages of the file.
#[derive(Clone, Debug)]
pub(super) struct Pages {
    /// Bytes of rows that share leaf pages.
    small: i64,
    /// Pages of rows that need several.
    large: i64,
    high_water_mark: i64,
}

impl Default for Pages {
    fn default() -> Self {
        let mut pages = Self {
            small: 0,
            large: 0,
            high_water_mark: 0,
        };
        pages.commit();
        pages
    }
}

impl Pages {
    pub(super) fn add(&mut self, record: &Record) {
        self.change(record, 1);
    }

    pub(super) fn remove(&mut self, record: &Record) {
        self.change(record, -1);
    }

    /// A commit: new copies of the changed pages stand beside the old ones.
    pub(super) fn commit(&mut self) {
        self.high_water_mark = self.high_water_mark.max(self.in_use() + self.path());
    }

    /// A fresh file with the same rows, and its first commit.
    pub(super) fn defrag(&mut self) {
        self.high_water_mark = 0;
        self.commit();
    }

    pub(super) fn usage(&self, raft_term: i64, raft_index: i64) -> Usage {
        Usage {
            raft_term,
            raft_index,
            db_size: self.high_water_mark * PAGE,
            db_size_in_use: self.in_use() * PAGE,
        }
    }

    fn change(&mut self, record: &Record, sign: i64) {
        let key = 17 + i64::from(record.bucket_key.tombstone);
        let content = (record.kv.key.len() + record.kv.value.len()) as i64;
        let bytes = ELEMENT + key + content + FIELDS;
        if bytes > PAGE {
            self.large += sign * (bytes / PAGE + 1);
        } else {
            self.small += sign * bytes;
        }
    }

    /// Leaf pages of the bucket, and its branch pages above them.
    fn bucket(&self) -> (i64, i64) {
        if self.large == 0 && self.small <= INLINE {
            return (0, 0);
        }
        let leaves = self.large + (self.small + LEAF_FILL - 1) / LEAF_FILL;
        let mut level = leaves;
        let mut branches = 0;
        while level > 1 {
            level = (level + BRANCH_FAN_OUT - 1) / BRANCH_FAN_OUT;
            branches += level;
        }
        (leaves, branches)
    }

    /// Pages that one commit writes: the root and the way down to the last leaf.
    fn path(&self) -> i64 {
        let (leaves, branches) = self.bucket();
        1 + leaves.min(1) + branches.min(2)
    }

    /// Two metas, the root, the bucket's pages, and those that wait for the next commit.
    fn in_use(&self) -> i64 {
        let (leaves, branches) = self.bucket();
        3 + leaves + branches + self.path()
    }
}
