//! A member's file made from rows alone: for tests, and for making large files.

use super::schema::options;
use super::store::{KEY_FILL, apply, fresh, open};
use super::{Change, Keyspace, Member};
use crate::bbolt::write::{Error, Image};
use crate::kv::Record;
use crate::mvcc::Release;

/// Operations that etcd puts in one transaction at most.
const OPERATIONS_A_COMMIT: u32 = 10_000;

impl Member {
    /// The file of this member as a single one of its cluster, holding these rows, which come in
    /// bucket order; `compact_revision` where rows below it are missing. Its `image.snapshot()`
    /// can be restored by etcd. Rows do not tell how long their leases run, so no lease is in it:
    /// etcd then takes them as ended.
    ///
    /// # Errors
    /// `ValueTooLarge` for a value of 2 GiB.
    pub fn file(
        &self,
        release: Release,
        compact_revision: Option<i64>,
        rows: impl IntoIterator<Item = Record>,
    ) -> Result<Image, Error> {
        let mut image = fresh(options(release, false))?;
        let mut tx = image.begin();
        for change in self.first_start(release).iter().flatten() {
            apply(&mut tx, change)?;
        }
        let mut index = 4i64;
        let mut main = 1;
        let mut left = OPERATIONS_A_COMMIT;
        let mut bucket = open(&mut tx, Keyspace::Key)?;
        tx.set_fill(bucket, KEY_FILL)?;
        for row in rows {
            index += i64::from(row.bucket_key.revision.main != main);
            main = row.bucket_key.revision.main;
            if left == 0 {
                left = OPERATIONS_A_COMMIT;
                tx.commit()?;
                tx = image.begin();
                bucket = open(&mut tx, Keyspace::Key)?;
                tx.set_fill(bucket, KEY_FILL)?;
            }
            left -= 1;
            tx.put(bucket, &row.bucket_key.encode(), &row.kv.encode())?;
        }
        if let Some(revision) = compact_revision {
            for name in ["scheduledCompactRev", "finishedCompactRev"] {
                apply(&mut tx, &Change::compacted(name, revision))?;
            }
        }
        for change in Change::raft(release, index, 2) {
            apply(&mut tx, &change)?;
        }
        tx.commit()?;
        Ok(image)
    }
}
