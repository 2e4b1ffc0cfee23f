//! What if: what `etcdctl compact N` and `defrag` would give back on an opened file.
//!
//! ```text
//! rows, latest first   ─▶ which go, by etcd's rule (`kv::sweep`), counted by prefix
//! items of all buckets ─▶ written twice by lengths alone, as `defrag` does: with all rows, and
//!                         without those that go ─▶ the two sizes of the file
//! ```
//!
//! Nothing is changed in the file, and no value is kept. Start from [`Trial`], which is stepped;
//! [`Line`] tells the counts for any revision at once, for a line that is dragged.

mod fold;
mod line;
mod sizes;
mod trial;
mod words;

pub use line::{Counts, Line};
pub use sizes::{SizeError, Sizes};
pub use trial::{Loss, Outcome, Trial};
pub use words::{breaks, breaks_for_kubernetes, words};

use crate::etcd::{EtcdFile, Minor};
use crate::history::History;
use crate::kv::Revision;

/// Why etcd would not compact. The words are its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrialError {
    /// The revision is at or below the compact revision.
    #[error("mvcc: required revision has been compacted")]
    Compacted,
    /// The revision is above the current one.
    #[error("mvcc: required revision is a future revision")]
    FutureRevision,
}

/// Whether etcd would compact at a revision.
///
/// # Errors
/// `Compacted` at or below the compact revision (so 0 is fine once, before any compaction),
/// `FutureRevision` above the current one.
pub fn check(history: &History, at: i64) -> Result<(), TrialError> {
    if at <= history.compact_revision() {
        return Err(TrialError::Compacted);
    }
    if at > history.head() {
        return Err(TrialError::FutureRevision);
    }
    Ok(())
}

/// What a release does with a tombstone whose revision is the compact revision itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TombstoneRule {
    /// It stays: 3.4.34, 3.5.16, 3.6 and above.
    pub keeps: bool,
    /// The file tells: by its storage version, or since it was compacted at a tombstone that is
    /// still there. Else the older rule is taken; a file does not name the patch that wrote it.
    pub is_known: bool,
}

impl TombstoneRule {
    /// The rule of the etcd that wrote a file.
    pub fn of(file: &EtcdFile, history: &History) -> Self {
        let info = file.info();
        if info
            .release
            .is_some_and(|release| release.minor >= Minor(3, 6))
        {
            return Self {
                keeps: true,
                is_known: true,
            };
        }
        let compacted = history.compact_revision();
        let start = history.row_at(Revision::new(compacted, 0));
        let here = history
            .changes_from(start as u64, u64::MAX)
            .take_while(|change| change.revision().main == compacted);
        // A compaction that was cut short may have left anything.
        let left =
            !info.compaction_interrupted() && here.into_iter().any(|change| change.is_tombstone());
        Self {
            keeps: left,
            is_known: left,
        }
    }
}
