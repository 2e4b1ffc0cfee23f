//! [`Fate`]: why a compaction keeps a row or takes it.

use std::fmt;

use super::Release;
use crate::kv::sweep::goes_at;
use crate::kv::{BucketKey, Revision};

/// What a compaction does with a row of the `key` bucket, and why.
///
/// This is the rule of `KeyIndex::compact` told for one row ([`goes_at`]). A test compares the two
/// on random commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Stays: it is newer than the compact revision.
    Newer(i64),
    /// Stays: readers at the compact revision still see it.
    Newest(i64),
    /// Stays: a tombstone right at the compact revision, which this release keeps.
    KeptTombstone(i64),
    /// Goes: another change of its key, at or below the compact revision, took its place.
    Superseded(Revision),
    /// Goes: a tombstone at or below the compact revision.
    Tombstone(i64),
}

impl Fate {
    /// What a compaction at `at` does with a row whose key changed next at `next`.
    pub fn of(row: BucketKey, next: Option<Revision>, at: i64, release: Release) -> Self {
        if row.revision.main > at {
            return Self::Newer(at);
        }
        let goes = goes_at(row, next, release.keeps_tombstone_at_compact_revision());
        match (row.tombstone, goes.is_some_and(|from| from <= at), next) {
            (true, true, _) => Self::Tombstone(at),
            (true, false, _) => Self::KeptTombstone(at),
            (false, true, Some(next)) => Self::Superseded(next),
            (false, ..) => Self::Newest(at),
        }
    }

    /// Whether the row stays.
    pub fn stays(self) -> bool {
        matches!(
            self,
            Self::Newer(_) | Self::Newest(_) | Self::KeptTombstone(_)
        )
    }
}

/// In a few words: `kept: newest at or below 5`, `gone: superseded by 9`.
impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newer(at) => write!(f, "kept: newer than {at}"),
            Self::Newest(at) => write!(f, "kept: newest at or below {at}"),
            Self::KeptTombstone(at) => write!(f, "kept: tombstone at {at}"),
            Self::Superseded(by) if by.sub == 0 => write!(f, "gone: superseded by {}", by.main),
            Self::Superseded(by) => write!(f, "gone: superseded by {by}"),
            Self::Tombstone(at) => write!(f, "gone: tombstone at or below {at}"),
        }
    }
}
