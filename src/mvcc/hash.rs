//! `hashkv`: one number for the records that replicas must agree on.

use std::collections::BTreeSet;

use super::{Error, Store};
use crate::kv::Revision;

/// The answer of `endpoint hashkv`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashKv {
    /// CRC-32C over the bucket's name, then the keys and values of the rows that count.
    pub hash: u32,
    /// The store's compact revision, -1 before any compaction.
    pub compact_revision: i64,
    /// Revision up to which rows count.
    pub hash_revision: i64,
}

impl Store {
    /// Hashes the rows up to `revision`, or all for 0 (etcd's `mvcc/hash.go`).
    ///
    /// Rows at or below the compact revision count only where they are still the live version at
    /// `revision`, so that members that have compacted and members that have not yet agree.
    ///
    /// # Errors
    /// `Compacted` below the compact revision (in older releases also at it), `FutureRevision`.
    pub fn hash_kv(&self, revision: i64) -> Result<HashKv, Error> {
        self.check_revision(revision)?;
        let at_edge = revision > 0 && revision == self.compact_revision;
        if at_edge && !self.release.hashes_at_compact_revision() {
            return Err(Error::Compacted);
        }
        let hash_revision = if revision <= 0 {
            self.revision
        } else {
            revision
        };
        let kept: BTreeSet<Revision> = self
            .key_indexes()
            .filter_map(|index| index.kept(hash_revision, self.release))
            .collect();
        let compact = self.compact_revision;
        let skips_tombstone = self.release.keeps_tombstone_at_compact_revision();
        let mut hash = crc32c::crc32c(b"key");
        for (revision, record) in self
            .records
            .range(..=Revision::new(hash_revision, i64::MAX))
        {
            let stale = revision.main <= compact && !kept.is_empty() && !kept.contains(revision);
            let at_edge = revision.main == compact && record.bucket_key.tombstone;
            if stale || (at_edge && skips_tombstone) {
                continue;
            }
            hash = crc32c::crc32c_append(hash, &record.bucket_key.encode());
            hash = crc32c::crc32c_append(hash, &record.kv.encode());
        }
        Ok(HashKv {
            hash,
            compact_revision: compact,
            hash_revision,
        })
    }
}
