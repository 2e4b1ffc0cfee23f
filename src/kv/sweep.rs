//! The rule of compaction: from which compact revision on a row of the `key` bucket is gone.
//!
//! ```text
//! put superseded at 9     stays up to compact 8, goes at 9 and above
//! put that is the latest  stays
//! tombstone at 9          goes at 9 and above; newer releases keep it at 9 itself
//! ```
//!
//! As `keyIndex.compact` of etcd decides (`server/storage/mvcc/key_index.go`).

use super::{BucketKey, Revision};

/// The lowest compact revision at which a row is taken, by the next change of its key; `None` for
/// one that no compaction takes. `keeps_tombstone`: whether the release keeps a tombstone whose
/// revision is the compact revision itself (3.4.34, 3.5.16, 3.6 and above).
pub fn goes_at(row: BucketKey, next: Option<Revision>, keeps_tombstone: bool) -> Option<i64> {
    match (row.tombstone, next) {
        (true, _) => Some(row.revision.main.saturating_add(i64::from(keeps_tombstone))),
        (false, Some(next)) => Some(next.main),
        (false, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_goes_when_nobody_can_see_it() {
        let row = |main, tombstone| BucketKey {
            revision: Revision::new(main, 0),
            tombstone,
        };
        let check = |row, next: Option<i64>, expected: [Option<i64>; 2]| {
            let next = next.map(|main| Revision::new(main, 0));
            assert_eq!(
                [false, true].map(|keeps| goes_at(row, next, keeps)),
                expected
            );
        };
        check(row(5, false), None, [None, None]);
        check(row(5, false), Some(9), [Some(9), Some(9)]);
        check(row(5, true), None, [Some(5), Some(6)]);
        check(row(5, true), Some(7), [Some(5), Some(6)]);
        check(row(i64::MAX, true), None, [Some(i64::MAX); 2]);
    }
}
